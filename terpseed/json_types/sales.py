"""What is sold and at which price: orders, quotes, returns, samples, sheets and price rules."""

from typing import Annotated, Literal, NotRequired, TypedDict

from terpseed.json_types.words import Count, DecimalText, Key, LabelOf, Number

CogsBasis = Annotated[str, LabelOf("order_line_items", "effective_cogs_basis")]
CogsMode = Annotated[str, LabelOf("batches", "cogsMode")]


class OrderItem(TypedDict):
    """A line of an order as the order itself tells it; ``order_line_items`` has the same."""

    id: NotRequired[Key]
    batchId: Key
    productId: NotRequired[Key | None]
    displayName: str
    originalName: str
    productName: NotRequired[str | None]
    strainName: NotRequired[str | None]
    location: NotRequired[str | None]
    quantity: Number
    unitPrice: Number
    isSample: bool
    unitCogs: Number
    originalCogsPerUnit: Number
    cogsMode: CogsMode
    cogsSource: Literal["FIXED", "LOW", "MIDPOINT", "HIGH", "CLIENT_ADJUSTMENT", "RULE", "MANUAL"]
    appliedRule: NotRequired[str | None]
    effectiveCogsBasis: NotRequired[CogsBasis | None]
    originalRangeMin: NotRequired[Number | None]
    originalRangeMax: NotRequired[Number | None]
    isBelowVendorRange: NotRequired[bool]
    unitMargin: Number
    marginPercent: Number
    lineTotal: Number
    lineCogs: Number
    lineMargin: Number
    overridePrice: NotRequired[Number | None]
    overrideCogs: NotRequired[Number | None]


class ReturnItem(TypedDict):
    """Goods of one batch that came back."""

    batchId: Key
    quantity: DecimalText | Number
    reason: Annotated[str, LabelOf("returns", "returnReason")]
    expectedCondition: NotRequired[Literal["SELLABLE", "DAMAGED", "DESTROYED", "QUARANTINE"]]


class SampleProduct(TypedDict):
    """A product of which samples were asked for; the application keeps the quantity as text."""

    productId: Key
    quantity: DecimalText


class TemplateItem(TypedDict):
    """A line that a standing order repeats."""

    productId: Key
    quantity: Number
    notes: NotRequired[str | None]


class OrderTemplate(TypedDict):
    """What a standing order orders each time."""

    items: list[TemplateItem]


class AppliedRule(TypedDict):
    """A price rule that had its part in the price of a sheet's item."""

    ruleId: Key
    ruleName: str
    adjustment: str | Number


class SheetItem(TypedDict):
    """A batch on a sales sheet, as it was offered; ``id`` is the batch's."""

    id: Key
    productId: NotRequired[Key | None]
    name: str
    category: str
    subcategory: str | None
    brand: str | None
    batchSku: str
    basePrice: Number
    retailPrice: Number
    finalPrice: NotRequired[Number | None]
    priceMarkup: Number
    quantity: Number
    grade: str | None
    vendor: str | None
    status: Annotated[str, LabelOf("batches", "batchStatus")]
    imageUrl: NotRequired[str | None]
    cogsMode: NotRequired[CogsMode]
    unitCogs: NotRequired[Number | None]
    effectiveCogs: NotRequired[Number | None]
    effectiveCogsBasis: NotRequired[CogsBasis | None]
    appliedRules: list[AppliedRule]


class SheetFilters(TypedDict):
    """What a sheet's template picks batches by."""

    category: NotRequired[str]
    subcategory: NotRequired[str]
    grade: NotRequired[str]


class PriceConditions(TypedDict):
    """What a price rule applies to; ``logic_type`` says whether all or any of it has to hold."""

    category: NotRequired[str]
    subcategory: NotRequired[str]
    strain: NotRequired[str]
    tag: NotRequired[str]
    grade: NotRequired[str]
    vendor: NotRequired[str]
    priceMin: NotRequired[Number]
    priceMax: NotRequired[Number]


class ProfileRule(TypedDict):
    """A price rule in a profile; higher priorities come first."""

    ruleId: Key
    priority: int


class OwnPriceRule(TypedDict):
    """A price rule that was agreed with one client."""

    name: str
    adjustmentType: Annotated[str, LabelOf("pricing_rules", "adjustment_type")]
    adjustmentValue: Number


class DraftTaken(TypedDict):
    """An order was written down."""

    orderNumber: str
    total: Number


class LinesAdded(TypedDict):
    """Lines were added to an order."""

    lines: Count


class DiscountChanged(TypedDict):
    """An order got a discount."""

    discount: Number


class OrderConfirmed(TypedDict):
    """An order became binding, for so much and on these terms."""

    total: Number
    terms: str | None


class MarginSet(TypedDict):
    """The margin of a line was set by hand."""

    lineItemId: Key
    marginPercent: Number


CostSet = TypedDict("CostSet", {"lineItemId": Key, "from": Number, "to": Number})
"""The cost of a line was set by hand; one of the keys is no name in Python."""


QuantitySet = TypedDict("QuantitySet", {"lineItemId": Key, "from": Number, "to": Number})
"""A line became longer or shorter; one of the keys is no name in Python."""


class LineRemoved(TypedDict):
    """A line was taken out of an order again: so much of which product."""

    productId: Key
    quantity: Number


class DraftChanged(TypedDict):
    """A draft was kept as it is."""

    status: str
