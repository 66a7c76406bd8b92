"""What is known of clients, what they see in their portal, and how they are ranked."""

from typing import Annotated, Literal, NotRequired, TypedDict

from terpseed.json_types.words import OPEN, Between, Count, Key, LabelOf, Moment, Number

Weight = Annotated[int, Between(0, 100)]
"""Points that a measure counts; those of one ranking make a hundred."""
Expiry = Literal["1_DAY", "5_DAYS", "1_WEEK", "1_MONTH"]


class SignedUp(TypedDict):
    """A client was entered."""

    name: str
    teriCode: str
    description: str


class RecordChanged(TypedDict):
    """A field of a client's record changed."""

    field: str
    before: str | None
    after: str | None
    description: str


class Invoiced(TypedDict):
    """A client got an invoice."""

    orderNumber: str
    invoiceNumber: str
    amount: Number
    description: str


class Paid(TypedDict):
    """A client paid or was paid."""

    paymentNumber: str
    amount: Number
    description: str


class NoteTaken(TypedDict):
    """Somebody wrote a note about a client."""

    noteId: Key
    title: str
    description: str


class TagChanged(TypedDict):
    """A client got a tag or lost it."""

    tag: str
    description: str


class CatalogFilters(TypedDict):
    """What a client's view of the live catalogue shows."""

    category: NotRequired[str]
    brand: list[str]
    grade: list[str]
    stockLevel: Literal["all", "in_stock", "low_stock"]
    priceMin: NotRequired[Number]
    priceMax: NotRequired[Number]
    search: NotRequired[str]


class DashboardFeatures(TypedDict):
    """The first page of the portal."""

    showGreeting: bool
    showCurrentBalance: bool
    showYtdSpend: bool
    showQuickLinks: bool


class ReceivablesFeatures(TypedDict):
    """What a client owes."""

    showSummaryTotals: bool
    showInvoiceDetails: bool
    allowPdfDownloads: bool
    highlightOverdue: bool


class PayablesFeatures(TypedDict):
    """What a client who sells is owed."""

    showSummaryTotals: bool
    showBillDetails: bool
    allowPdfDownloads: bool
    highlightOverdue: bool


class HistoryFeatures(TypedDict):
    """The list of all transactions."""

    showAllTypes: bool
    allowDateFilter: bool
    allowTypeFilter: bool
    allowStatusFilter: bool
    showDetails: bool
    allowPdfDownloads: bool


class TierFeatures(TypedDict):
    """The tier that a client has reached."""

    showBadge: bool
    showRequirements: bool
    showRewards: bool
    showProgress: bool
    showRecommendations: bool


class CreditFeatures(TypedDict):
    """The credit limit and its use."""

    showCreditLimit: bool
    showCreditUsage: bool
    showAvailableCredit: bool
    showUtilizationVisual: bool
    showHistory: bool
    showRecommendations: bool


class NeedsFeatures(TypedDict):
    """What clients may ask for."""

    allowCreate: bool
    showActiveListings: bool
    allowEdit: bool
    allowCancel: bool
    showTemplates: bool
    requireExpiration: bool


class SupplyFeatures(TypedDict):
    """What clients may offer."""

    allowCreate: bool
    showActiveListings: bool
    allowEdit: bool
    allowCancel: bool
    showTemplates: bool
    requireExpiration: bool
    allowNewStrain: bool
    showTags: bool


class CatalogFeatures(TypedDict):
    """The live catalogue; the categories are those that a client may see."""

    visibleCategories: list[Key]
    showPrices: NotRequired[bool]
    allowDrafts: NotRequired[bool]
    allowPriceAlerts: NotRequired[bool]


class BoardFeatures(TypedDict):
    """The ranking that a client sees; older schemas keep it in columns."""

    enabled: bool
    type: NotRequired[str]
    displayMode: NotRequired[str]
    showSuggestions: NotRequired[bool]
    minimumClients: NotRequired[Count]


class PortalFeatures(TypedDict):
    """What a client sees and may do in each module of the portal."""

    dashboard: DashboardFeatures
    ar: ReceivablesFeatures
    ap: PayablesFeatures
    transactionHistory: HistoryFeatures
    vipTier: TierFeatures
    creditCenter: CreditFeatures
    marketplaceNeeds: NeedsFeatures
    marketplaceSupply: SupplyFeatures
    liveCatalog: Annotated[CatalogFeatures, OPEN]
    leaderboard: Annotated[BoardFeatures, OPEN]


class PortalOptions(TypedDict):
    """How far back a client sees, and how long what they ask for or offer stands."""

    transactionHistoryLimit: Literal["ALL", "12_MONTHS", "6_MONTHS", "3_MONTHS"]
    defaultNeedsExpiration: Expiry
    defaultSupplyExpiration: Expiry
    priceInputType: Literal["SINGLE", "RANGE", "BOTH"]


class Benefit(TypedDict):
    """What a tier gets besides its discount."""

    name: str
    description: str
    value: NotRequired[str | Number]


class CustomerWeights(TypedDict):
    """What counts in the ranking of clients who buy."""

    ytd_revenue: Weight
    on_time_payment_rate: Weight
    order_frequency: Weight
    profit_margin: Weight
    credit_utilization: Weight
    yoy_growth: Weight
    recency: Weight


class SupplierWeights(TypedDict):
    """What counts in the ranking of suppliers."""

    ytd_purchase_volume: Weight
    delivery_reliability: Weight
    quality_score: Weight
    product_variety: Weight
    response_time: Weight
    return_rate: Weight


class AllWeights(TypedDict):
    """What counts in the ranking of buyers and suppliers together: any of their measures."""

    ytd_revenue: NotRequired[Weight]
    on_time_payment_rate: NotRequired[Weight]
    order_frequency: NotRequired[Weight]
    profit_margin: NotRequired[Weight]
    credit_utilization: NotRequired[Weight]
    yoy_growth: NotRequired[Weight]
    recency: NotRequired[Weight]
    ytd_purchase_volume: NotRequired[Weight]
    delivery_reliability: NotRequired[Weight]
    quality_score: NotRequired[Weight]
    product_variety: NotRequired[Weight]
    response_time: NotRequired[Weight]
    return_rate: NotRequired[Weight]


class RawMeasure(TypedDict):
    """What a measure was worked out from."""

    numerator: Number
    denominator: Number
    dataPoints: NotRequired[Count]


class Negotiation(TypedDict):
    """What buyer and seller said about the price of an item in a live session."""

    status: Annotated[str, LabelOf("sessionCartItems", "negotiationStatus")]
    originalPrice: Number
    proposedPrice: Number
    proposedQuantity: NotRequired[Number | None]
    counterPrice: NotRequired[Number | None]
    counterQuantity: NotRequired[Number | None]
    finalPrice: NotRequired[Number | None]
    reason: NotRequired[str | None]
    requestedBy: NotRequired[Key | None]
    requestedAt: NotRequired[Moment | None]
    acceptedBy: NotRequired[Key | None]
    acceptedAt: NotRequired[Moment | None]
    rejectedBy: NotRequired[Key | None]
    rejectedAt: NotRequired[Moment | None]
    rejectionReason: NotRequired[str | None]


class SessionConfig(TypedDict):
    """How a live session is held."""

    channel: str
    allowNegotiation: bool
    showInventory: bool
    recordSession: bool
    maxItems: Count
