"""What money was for: documents, credit limits, and answers kept for requests sent twice."""

from typing import Literal, TypedDict

from terpseed.json_types.words import Count, Key, Number


class InvoiceOrigin(TypedDict):
    """A document of an invoice, and of the order that it bills."""

    invoiceId: Key
    orderId: Key


class PaymentOrigin(TypedDict):
    """A document of a payment."""

    paymentId: Key


class QuoteOrigin(TypedDict):
    """A document of an order that has no invoice."""

    orderId: Key


class WriteOff(TypedDict):
    """A document that gives up what another one claims."""

    writeOffReason: str
    writeOffType: Literal["BAD_DEBT"]
    originalTransactionId: Key
    originalTransactionNumber: str


class CreditRun(TypedDict):
    """What a credit limit was worked out from."""

    invoices: Count
    months: Count
    creditLimit: Number
    healthScore: Number


class CreditEvent(TypedDict):
    """What happened to a credit limit, and who or what did it."""

    event: str
    source: str


class CreditApplied(TypedDict):
    """The answer to a request to apply a credit."""

    creditId: Key
    applicationId: Key
    amountApplied: Number


class PaymentRecorded(TypedDict):
    """The answer to a request to record a payment."""

    paymentId: Key
    paymentNumber: str
    amount: Number
