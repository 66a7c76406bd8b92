"""Which definition each JSON column has, text columns that hold JSON included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from terpseed.json_types import appointments, audit, clients, desk, goods, money, sales
from terpseed.json_types._forms import Form, form_of
from terpseed.json_types.words import OPEN, Date, Key, Number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terpseed.catalog import Catalog


@dataclass(frozen=True, slots=True)
class By:
    """A definition that depends on the row.

    Attributes:
        columns: whose values say which.
        kinds: the definition for each value of ``columns``.
        otherwise: the definition for values that are not listed; they hold nothing if None.
    """

    columns: tuple[str, ...]
    kinds: Mapping[tuple[str, ...], Any]
    otherwise: Any = dict[str, Any]


def _by(column: str, otherwise: Any = dict[str, Any], /, **kinds: Any) -> By:
    return By((column,), {(kind,): annotation for kind, annotation in kinds.items()}, otherwise)


_SNAPSHOTS: Mapping[tuple[str, str], tuple[Any, Any]] = {
    ("Batch", "CREATED"): (None, audit.BatchRow),
    ("Batch", "STATUS_CHANGED"): (audit.BatchState, audit.BatchState),
    ("batch", "COGS_UPDATED"): (audit.BatchCost, audit.BatchCost),
    ("Brand", "CREATED"): (None, audit.BrandRow),
    ("Lot", "CREATED"): (None, audit.LotRow),
    ("ORDER_ITEM_BAG", "PACK"): (None, audit.BagLine),
    ("ORDER_ITEM_BAG", "UNPACK"): (audit.BagLine, None),
    ("Product", "CREATED"): (None, audit.ProductRow),
    ("Vendor", "CREATED"): (None, audit.VendorRow),
    ("client", "CREATED"): (None, audit.ClientRow),
    ("client", "UPDATED"): (audit.FieldValue, audit.FieldValue),
    ("credit", "CREATED"): (None, audit.CreditRow),
    ("credit", "ENDED"): (audit.CreditState, audit.CreditState),
    ("inventory_movement", "CREATED"): (audit.Counted, audit.Counted),
    ("invoice", "CREATED"): (None, audit.InvoiceRow),
    ("invoice", "VOIDED"): (audit.InvoiceState, audit.InvoiceState),
    ("ledger_entry", "POSTED"): (None, audit.EntryRow),
    ("order", "CANCELLED"): (audit.OrderState, audit.OrderState),
    ("order", "CREATED"): (None, audit.OrderRow),
    ("payment", "CREATED"): (None, audit.PaymentRow),
    ("transaction", "CREATED"): (None, audit.TransactionRow),
    ("user", "CREATED"): (None, audit.UserRow),
    ("user", "PERMISSION_CHANGED"): (None, audit.PermissionGiven),
    ("user", "ROLE_ASSIGNED"): (None, audit.RoleGiven),
    ("user", "SIGNED_IN"): (None, audit.SignedIn),
    ("vendor", "NOTE_ADDED"): (None, audit.VendorNoteRow),
    ("vipAlert", "TRIGGERED"): (None, audit.LargeOrder),
}

_COLUMNS: Mapping[tuple[str, str], Any] = {
    ("admin_impersonation_actions", "action_details"): desk.ActionDetails,
    ("appointment_status_history", "metadata"): Annotated[appointments.StatusSource, OPEN],
    ("auditLogs", "after"): By(
        ("entity", "action"), {kind: after for kind, (_, after) in _SNAPSHOTS.items()}
    ),
    ("auditLogs", "before"): By(
        ("entity", "action"), {kind: before for kind, (before, _) in _SNAPSHOTS.items()}
    ),
    ("batches", "metadata"): goods.BatchMetadata,
    ("calendar_event_history", "full_snapshot"): Annotated[appointments.EventSnapshot, OPEN],
    ("calendar_events", "metadata"): Annotated[appointments.EventMetadata, OPEN],
    ("calendar_invitation_history", "metadata"): Annotated[appointments.InvitationChannel, OPEN],
    ("calendar_invitation_settings", "auto_accept_by_event_type"): list[appointments.EventType],
    ("calendar_invitation_settings", "auto_accept_by_module"): list[appointments.Module],
    ("calendar_invitation_settings", "auto_accept_from_organizers"): list[Key],
    ("calendar_recurrence_rules", "by_day"): list[appointments.Weekday],
    ("calendar_recurrence_rules", "by_day_of_week_in_month"): list[appointments.WeekdayOfMonth],
    ("calendar_recurrence_rules", "by_month"): list[appointments.Month],
    ("calendar_recurrence_rules", "by_month_day"): list[appointments.MonthDay],
    ("calendar_recurrence_rules", "by_week_of_month"): list[appointments.Week],
    ("calendar_recurrence_rules", "exception_dates"): list[Date],
    ("calendar_views", "filters"): appointments.ViewFilters,
    ("client_activity", "metadata"): _by(
        "activity_type",
        CREATED=clients.SignedUp,
        UPDATED=clients.RecordChanged,
        TRANSACTION_ADDED=clients.Invoiced,
        PAYMENT_RECORDED=clients.Paid,
        NOTE_ADDED=clients.NoteTaken,
        TAG_ADDED=clients.TagChanged,
        TAG_REMOVED=clients.TagChanged,
    ),
    ("client_catalog_views", "filters"): clients.CatalogFilters,
    ("client_meeting_history", "action_items"): list[appointments.ActionItem],
    ("client_meeting_history", "attendees"): list[appointments.Attendee],
    ("client_transactions", "metadata"): (
        money.InvoiceOrigin | money.PaymentOrigin | money.QuoteOrigin
    ),
    ("client_want_matches", "match_reasons"): list[str],
    ("clients", "custom_pricing_rules"): list[Annotated[sales.OwnPriceRule, OPEN]],
    ("clients", "tags"): list[str],
    ("credit_audit_log", "metadata"): Annotated[money.CreditEvent, OPEN],
    ("credit_signal_history", "calculation_metadata"): Annotated[money.CreditRun, OPEN],
    ("dashboard_widget_configs", "config"): desk.WidgetConfig,
    ("dashboard_widget_layouts", "config"): Annotated[desk.WidgetLayout, OPEN],
    ("deployments", "webhookPayload"): Annotated[desk.Push, OPEN],
    ("feature_flag_audit_logs", "new_value"): _by(
        "feature_flag_audit_action",
        created=desk.FlagState,
        updated=desk.FlagWords,
        enabled=desk.FlagState,
        disabled=desk.FlagState,
        deleted=None,
        override_added=desk.FlagForRole | desk.FlagForUser,
        override_removed=None,
    ),
    ("feature_flag_audit_logs", "previous_value"): _by(
        "feature_flag_audit_action",
        created=None,
        updated=desk.FlagWords,
        enabled=desk.FlagState,
        disabled=desk.FlagState,
        deleted=desk.FlagState,
        override_added=None,
        override_removed=desk.FlagForRole | desk.FlagForUser,
    ),
    ("feature_flags", "metadata"): Annotated[desk.FlagMetadata, OPEN],
    ("freeform_notes", "content"): desk.NoteDocument,
    ("freeform_notes", "sharedWith"): list[Key],
    ("freeform_notes", "tags"): list[str],
    ("idempotency_keys", "result"): _by(
        "operation", applyCredit=money.CreditApplied, recordPayment=money.PaymentRecorded
    ),
    ("inventoryViews", "filters"): Annotated[goods.InventoryFilters, OPEN],
    ("leaderboard_default_weights", "weights"): _by(
        "client_type",
        CUSTOMER=clients.CustomerWeights,
        SUPPLIER=clients.SupplierWeights,
        ALL=clients.AllWeights,
    ),
    ("leaderboard_metric_cache", "raw_data"): clients.RawMeasure,
    ("leaderboard_weight_configs", "weights"): _by(
        "client_type",
        CUSTOMER=clients.CustomerWeights,
        SUPPLIER=clients.SupplierWeights,
        ALL=clients.AllWeights,
    ),
    ("liveShoppingSessions", "sessionConfig"): Annotated[clients.SessionConfig, OPEN],
    ("match_records", "match_reasons"): list[str],
    ("note_activity", "metadata"): _by(
        "activityType",
        CREATED=desk.NoteCreated,
        UPDATED=desk.NoteUpdated,
        COMMENTED=desk.NoteCommented,
        SHARED=desk.NoteShared,
        TEMPLATE_APPLIED=desk.TemplateApplied,
    ),
    ("notifications", "metadata"): Annotated[desk.NoticeMetadata, OPEN],
    ("order_audit_log", "changes"): _by(
        "action",
        CREATE_DRAFT=sales.DraftTaken,
        UPDATE_DRAFT=sales.DraftChanged,
        LINE_ITEM_ADD=sales.LinesAdded,
        LINE_ITEM_UPDATE=sales.QuantitySet,
        LINE_ITEM_REMOVE=sales.LineRemoved,
        ADJUSTMENT_CHANGE=sales.DiscountChanged,
        FINALIZE=sales.OrderConfirmed,
        COGS_OVERRIDE=sales.CostSet,
        MARGIN_OVERRIDE=sales.MarginSet,
    ),
    ("orders", "items"): list[sales.OrderItem],
    ("organization_settings", "setting_value"): _by(
        "setting_type", Any, BOOLEAN=bool, STRING=str, NUMBER=Number, JSON=dict[str, Any]
    ),
    ("pricing_profiles", "rules"): list[sales.ProfileRule],
    ("pricing_rules", "conditions"): sales.PriceConditions,
    ("product_categories", "metadata"): Annotated[goods.CategoryMetadata, OPEN],
    ("recurring_orders", "order_template"): sales.OrderTemplate,
    ("returns", "items"): list[sales.ReturnItem],
    ("rooms", "features"): list[str],
    ("salesSheetVersions", "column_visibility"): dict[str, bool],
    ("salesSheetVersions", "filters"): Annotated[sales.SheetFilters, OPEN],
    ("salesSheetVersions", "selected_items"): list[Key],
    ("sales_sheet_drafts", "items"): list[sales.SheetItem],
    ("sales_sheet_history", "items"): list[sales.SheetItem],
    ("sales_sheet_templates", "column_visibility"): dict[str, bool],
    ("sales_sheet_templates", "filters"): Annotated[sales.SheetFilters, OPEN],
    ("sales_sheet_templates", "selected_items"): list[Key],
    ("sampleRequests", "products"): list[sales.SampleProduct],
    ("sessionCartItems", "negotiationData"): clients.Negotiation,
    ("sites", "operating_hours"): goods.OperatingHours,
    ("storage_zones", "metadata"): Annotated[goods.ZoneMetadata, OPEN],
    ("strains", "aliases"): list[str],
    ("transactions", "metadata"): (
        money.InvoiceOrigin | money.PaymentOrigin | money.QuoteOrigin | money.WriteOff
    ),
    ("userDashboardPreferences", "widgetConfig"): list[desk.WidgetPlace],
    ("vip_portal_configurations", "advanced_options"): clients.PortalOptions,
    ("vip_portal_configurations", "features_config"): clients.PortalFeatures,
    ("vip_tiers", "custom_benefits"): list[clients.Benefit],
}


@dataclass(frozen=True, slots=True)
class JsonColumn:
    """The form of the values of a column.

    Attributes:
        by: columns of the same table whose values decide which form a value has; often none.
        forms: the form for each of their values; None where the column is NULL.
        otherwise: the form for all other values of theirs; None where the column is NULL.
    """

    by: tuple[str, ...]
    forms: Mapping[tuple[str, ...], Form | None]
    otherwise: Form | None

    def form(self, *kind: str) -> Form | None:
        """Return the form of values in rows with these values of ``by``."""
        return self.forms.get(kind, self.otherwise)


def json_columns() -> tuple[tuple[str, str], ...]:
    """Return the tables and columns that have a definition, in alphabetical order."""
    return tuple(sorted(_COLUMNS))


def json_column(table: str, column: str, catalog: Catalog | None = None) -> JsonColumn | None:
    """Return the definition of a column, or None if it has none.

    Args:
        table: its table.
        column: a JSON column, or a text column that holds JSON.
        catalog: says the labels of enums; without it texts that hold one may be anything.
    """
    annotation = _COLUMNS.get((table, column))
    if annotation is None:
        return None
    if not isinstance(annotation, By):
        return JsonColumn((), {}, form_of(annotation, catalog))
    known = {
        kind: None if one is None else form_of(one, catalog)
        for kind, one in annotation.kinds.items()
    }
    other = annotation.otherwise
    return JsonColumn(annotation.columns, known, None if other is None else form_of(other, catalog))
