"""What the audit log tells of a row before and after it changed, by kind of row and by action.

Keys are the columns of the row's own table.
"""

from typing import Annotated, TypedDict

from terpseed.json_types.words import Date, Key, LabelOf, Number

BatchStatus = Annotated[str, LabelOf("batches", "batchStatus")]


class BrandRow(TypedDict):
    """A brand."""

    name: str
    vendorId: Key | None


class ProductRow(TypedDict):
    """A product."""

    nameCanonical: str
    category: str
    brandId: Key | None


class LotRow(TypedDict):
    """A lot."""

    code: str
    vendorId: Key


class BatchRow(TypedDict):
    """A batch as it came in."""

    id: Key
    code: str
    sku: str
    productId: Key
    lotId: Key
    grade: str | None
    cogsMode: Annotated[str, LabelOf("batches", "cogsMode")]
    paymentTerms: Annotated[str, LabelOf("batches", "paymentTerms")]
    ownership_type: Annotated[str, LabelOf("batches", "ownership_type")]
    batchStatus: BatchStatus
    unitCogs: Number | None
    onHandQty: Number


class BatchState(TypedDict):
    """Where a batch stands."""

    batchStatus: BatchStatus


class BatchCost(TypedDict):
    """What a unit of a batch costs."""

    unitCogs: Number


class Counted(TypedDict):
    """How much of a batch is there."""

    quantity: Number


class BagLine(TypedDict):
    """How much of an order's line lies in a bag."""

    bagId: Key
    bagIdentifier: str
    orderId: Key
    orderItemId: Key
    quantity: Number


class OrderRow(TypedDict):
    """An order."""

    order_number: str
    orderType: Annotated[str, LabelOf("orders", "orderType")]
    client_id: Key
    total: Number


class OrderState(TypedDict):
    """How far an order is."""

    saleStatus: Annotated[str, LabelOf("orders", "saleStatus")]
    fulfillmentStatus: Annotated[str, LabelOf("orders", "fulfillmentStatus")]


class InvoiceRow(TypedDict):
    """An invoice as it was raised."""

    invoiceNumber: str
    customerId: Key
    totalAmount: Number
    amountPaid: Number
    dueDate: Date
    status: Annotated[str, LabelOf("invoices", "status")]


class InvoiceState(TypedDict):
    """Where an invoice stands."""

    status: Annotated[str, LabelOf("invoices", "status")]


class PaymentRow(TypedDict):
    """A payment."""

    paymentNumber: str
    paymentType: Annotated[str, LabelOf("payments", "paymentType")]
    paymentMethod: Annotated[str, LabelOf("payments", "paymentMethod")]
    amount: Number


class CreditRow(TypedDict):
    """A credit as it was granted."""

    creditNumber: str
    clientId: Key
    creditAmount: Number
    creditReason: str | None
    creditStatus: Annotated[str, LabelOf("credits", "creditStatus")]


class CreditState(TypedDict):
    """Where a credit stands."""

    creditStatus: Annotated[str, LabelOf("credits", "creditStatus")]


class TransactionRow(TypedDict):
    """A refund or a write-off."""

    transactionNumber: str
    clientId: Key
    amount: Number


class EntryRow(TypedDict):
    """A leg of a journal entry that was made by hand."""

    entryNumber: str
    accountId: Key
    debit: Number
    credit: Number


class ClientRow(TypedDict):
    """A client."""

    teri_code: str
    name: str
    is_buyer: bool
    is_seller: bool


class FieldValue(TypedDict):
    """A field of a client's record."""

    field: str
    value: str | Number | None


class VendorRow(TypedDict):
    """A vendor."""

    name: str
    paymentTerms: str | None
    contactName: str | None


class VendorNoteRow(TypedDict):
    """A note about a vendor."""

    noteId: Key
    note: str


class LargeOrder(TypedDict):
    """An order so large that the owner is told."""

    alert: str
    orderNumber: str
    total: Number


class UserRow(TypedDict):
    """Somebody who works here."""

    email: str
    name: str
    role: Annotated[str, LabelOf("users", "role")]


class RoleGiven(TypedDict):
    """A role that somebody got."""

    role: str


class PermissionGiven(TypedDict):
    """A permission beyond somebody's role, given (1) or taken (0)."""

    permission: str
    granted: Number


class SignedIn(TypedDict):
    """Who signed in."""

    email: str
