"""Which documents can be shown whole, and which rows of which tables belong to each.

A branch that a schema version has no table or column for is left out, so that one description
serves all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows that belong to a row.

    Attributes:
        title: what they are to it.
        table: where they lie.
        on: their columns, and the columns of the row above that these equal.
        shown: columns to print, in order; ``column=word`` puts a word before the value.
        fixed: their columns that hold one of these texts; ``None`` among them stands for NULL.
        then: what belongs to each of them in turn.
        order: column that they are sorted by; ``id`` if it is missing.
        unless: title of a branch that says the same and wins if it has rows.
    """

    title: str
    table: str
    on: Mapping[str, str]
    shown: tuple[str, ...]
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    then: tuple[Branch, ...] = ()
    order: str = "id"
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A document that has a number.

    Attributes:
        name: what people call it.
        table: where it lies.
        number: columns that name it, tried in turn; its ``id`` does, too.
        shown: columns to print of it.
        branches: what belongs to it.
    """

    name: str
    table: str
    number: tuple[str, ...]
    shown: tuple[str, ...]
    branches: tuple[Branch, ...]


def _ledger(*types: str) -> Branch:
    """Return the entries that post a document, each with its account."""
    return Branch(
        "ledger",
        "ledgerEntries",
        {"referenceId": "id"},
        ("entryDate", "debit=debit", "credit=credit", "description"),
        {"referenceType": types},
        (Branch("account", "accounts", {"id": "accountId"}, ("accountNumber", "accountName")),),
    )


_PAID = ("paymentNumber", "paymentType", "paymentDate", "amount", "paymentMethod")
_CLIENT = Branch(
    "client", "clients", {"id": "client_id"}, ("teri_code", "name", "businessType", "email")
)
_BATCH = Branch("batch", "batches", {"id": "batch_id"}, ("code", "sku"))
_OLD_BATCH = Branch("batch", "batches", {"id": "batchId"}, ("code", "sku"))
_SHIPPED_OF = ("inventoryMovementType", "quantityChange", "quantityAfter=then", "createdAt")
_LINE = (
    "product_display_name",
    "productDisplayName",
    "quantity",
    "unit_price=at",
    "unitPrice=at",
    "line_total==",
    "lineTotal==",
)

_INVOICE_BRANCHES = (
    Branch(
        "client", "clients", {"id": "customerId"}, ("teri_code", "name", "businessType", "email")
    ),
    Branch(
        "lines",
        "invoiceLineItems",
        {"invoiceId": "id"},
        ("description", "quantity", "unitPrice=at", "lineTotal=="),
        then=(_OLD_BATCH,),
    ),
    Branch(
        "payments",
        "invoice_payments",
        {"invoice_id": "id"},
        ("allocated_amount=allocated", "allocated_at"),
        then=(
            Branch("payment", "payments", {"id": "payment_id"}, _PAID, then=(_ledger("PAYMENT"),)),
        ),
    ),
    Branch("paid by", "payments", {"invoiceId": "id"}, _PAID, then=(_ledger("PAYMENT", "REFUND"),)),
    Branch(
        "credits applied",
        "creditApplications",
        {"invoiceId": "id"},
        ("amountApplied", "appliedDate"),
        then=(
            Branch(
                "credit", "credits", {"id": "creditId"}, ("creditNumber", "creditReason", "notes")
            ),
        ),
    ),
    Branch(
        "disputes",
        "invoice_disputes",
        {"invoice_id": "id"},
        ("dispute_type", "status", "dispute_status", "created_at"),
    ),
    _ledger("INVOICE", "COGS", "CREDIT_MEMO"),
)
_INVOICE_SHOWN = (
    "invoiceNumber",
    "status",
    "invoiceDate",
    "dueDate=due",
    "totalAmount=total",
    "amountPaid=paid",
    "amountDue=open",
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "order",
            "orders",
            ("order_number", "orderNumber"),
            (
                "order_number",
                "orderNumber",
                "orderType",
                "saleStatus",
                "quoteStatus",
                "fulfillmentStatus",
                "total",
                "created_at",
            ),
            (
                _CLIENT,
                Branch(
                    "lines",
                    "order_line_items",
                    {"order_id": "id"},
                    _LINE,
                    then=(_BATCH,),
                ),
                Branch(
                    "invoice",
                    "invoices",
                    {"referenceId": "id"},
                    _INVOICE_SHOWN,
                    {"referenceType": ("ORDER", "order")},
                    tuple(b for b in _INVOICE_BRANCHES if b.title != "client"),
                ),
                Branch(
                    "returns",
                    "returns",
                    {"order_id": "id"},
                    ("returnReason", "status", "notes", "processed_at"),
                    then=(_ledger("RETURN", "REFUND"),),
                ),
                Branch(
                    "stock movements",
                    "inventoryMovements",
                    {"referenceId": "id"},
                    _SHIPPED_OF,
                    {"referenceType": ("ORDER",)},
                    (_OLD_BATCH,),
                ),
                Branch(
                    "history",
                    "order_status_history",
                    {"order_id": "id"},
                    ("changed_at", "fulfillmentStatus", "notes"),
                    then=(Branch("by", "users", {"id": "changed_by"}, ("name",)),),
                    order="changed_at",
                ),
            ),
        ),
        Kind("invoice", "invoices", ("invoiceNumber",), _INVOICE_SHOWN, _INVOICE_BRANCHES),
        Kind(
            "payment",
            "payments",
            ("paymentNumber",),
            (*_PAID, "notes"),
            (
                Branch("client", "clients", {"id": "customerId"}, ("teri_code", "name")),
                Branch("invoice", "invoices", {"id": "invoiceId"}, _INVOICE_SHOWN),
                _ledger("PAYMENT", "VENDOR_PAYMENT"),
            ),
        ),
        Kind(
            "client",
            "clients",
            ("teri_code", "teriCode", "name"),
            ("teri_code", "name", "businessType", "total_spent=spent", "total_owed=owes", "email"),
            (
                Branch(
                    "orders",
                    "orders",
                    {"client_id": "id"},
                    ("order_number", "orderType", "fulfillmentStatus", "total", "created_at"),
                ),
                Branch("invoices", "invoices", {"customerId": "id"}, _INVOICE_SHOWN),
                Branch("payments", "payments", {"customerId": "id"}, _PAID),
                Branch(
                    "credits",
                    "credits",
                    {"clientId": "id"},
                    ("creditNumber", "creditStatus", "creditAmount", "amountRemaining=left"),
                ),
                Branch(
                    "needs",
                    "client_needs",
                    {"client_id": "id"},
                    ("strain", "category", "status", "created_at"),
                ),
                Branch(
                    "activity",
                    "client_activity",
                    {"client_id": "id"},
                    ("created_at", "activity_type", "activityType"),
                    order="created_at",
                ),
            ),
        ),
        Kind(
            "batch",
            "batches",
            ("code", "sku"),
            ("code", "sku", "batchStatus", "onHandQty=on hand", "reservedQty=reserved", "unitCogs"),
            (
                Branch("product", "products", {"id": "productId"}, ("nameCanonical", "category")),
                Branch(
                    "lot",
                    "lots",
                    {"id": "lotId"},
                    ("code", "date", "notes"),
                    then=(Branch("vendor", "vendors", {"id": "vendorId"}, ("name",)),),
                ),
                Branch(
                    "intake",
                    "intake_session_batches",
                    {"batch_id": "id"},
                    ("received_qty=received", "unit_cost=at", "total_cost=="),
                ),
                Branch(
                    "sales",
                    "sales",
                    {"batchId": "id"},
                    ("saleDate", "quantity", "salePrice=at", "notes"),
                    order="saleDate",
                ),
                Branch(
                    "payable",
                    "vendor_payables",
                    {"batch_id": "id"},
                    ("payable_number", "status", "total_amount=total", "amount_due=open"),
                ),
                Branch(
                    "stock movements",
                    "inventoryMovements",
                    {"batchId": "id"},
                    (*_SHIPPED_OF, "referenceType", "referenceId"),
                    order="createdAt",
                ),
                Branch(
                    "history",
                    "batch_status_history",
                    {"batchId": "id"},
                    ("createdAt", "notes"),
                    then=(
                        Branch("to", "workflow_statuses", {"id": "toStatusId"}, ("name",)),
                        Branch("by", "users", {"id": "changedBy"}, ("name",)),
                    ),
                    order="createdAt",
                ),
            ),
        ),
        Kind(
            "purchase-order",
            "purchaseOrders",
            ("poNumber",),
            (
                "poNumber",
                "purchaseOrderStatus",
                "orderDate",
                "expectedDeliveryDate=expected",
                "actualDeliveryDate=delivered",
                "total",
                "paymentTerms",
            ),
            (
                Branch("vendor", "vendors", {"id": "vendorId"}, ("name", "contactEmail")),
                Branch(
                    "items",
                    "purchaseOrderItems",
                    {"purchaseOrderId": "id"},
                    (
                        "quantityOrdered=ordered",
                        "quantityReceived=received",
                        "unitCost=at",
                        "totalCost==",
                    ),
                    then=(Branch("product", "products", {"id": "productId"}, ("nameCanonical",)),),
                ),
                Branch(
                    "intake",
                    "intake_sessions",
                    {"id": "intakeSessionId"},
                    ("session_number", "status", "receive_date", "total_amount=total"),
                    then=(
                        Branch(
                            "batches",
                            "intake_session_batches",
                            {"intake_session_id": "id"},
                            ("received_qty=received", "unit_cost=at", "total_cost=="),
                            then=(_BATCH,),
                        ),
                    ),
                ),
                Branch(
                    "receipts",
                    "intake_receipts",
                    {"purchase_order_id": "id"},
                    ("receipt_number", "status", "created_at"),
                ),
                Branch(
                    "bills",
                    "bills",
                    {"referenceId": "id"},
                    ("billNumber", "status", "totalAmount=total", "amountDue=open"),
                    {"referenceType": ("PURCHASE_ORDER", "PO", "PURCHASE")},
                    (_ledger("BILL"),),
                ),
            ),
        ),
    )
}
"""The documents that can be shown whole, by name."""
