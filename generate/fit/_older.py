"""What older schema versions call things, and the few places where they know less.

The world carries the newest names. Everything here applies only where the catalog at hand lacks the
newer label or column, so one table serves every version, shipped or not. A value that is in neither
the catalog nor ``terpseed.catalog.older_labels`` is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from terpseed.catalog import NEWEST, shipped

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from terpseed.catalog import Catalog, Table

    _Link = tuple[str, str, tuple[str, tuple[str, ...]] | None]
    """The referring table, its column, and the condition under which it refers."""

_OLDER_MOVES = {
    "ORDER_SHIPMENT": "ORDER",
    "RETURN_RECEIVE": "RETURN",
    "BULK_STATUS_CHANGE": "MANUAL_ADJUSTMENT",  # neither names anything
}

HISTORIES: Mapping[str, tuple[str, str]] = {
    "order_status_history": ("order_id", "fulfillmentStatus"),
}
"""Tables of steps: (whose, which state); a step that an older version cannot tell is left out."""

_NOTICES = "notifications"
_NOTICED: Mapping[str, str] = {
    "orders": "order",
    "invoices": "invoice",
    "payments": "payment",
    "batches": "batch",
    "todo_tasks": "todo_task",
    "deployments": "deployment",
    "vendor_payables": "vendor_payable",
    "calendar_events": "calendar_event",
}
"""What notifications call the tables whose rows they name in JSON."""

ROUNDED = frozenset(
    {
        ("order_line_items", "cogs_per_unit"),
        ("order_line_items", "original_cogs_per_unit"),
        ("orders", "total_cogs"),
        ("clients", "cogs_adjustment_value"),
    }
)
"""Columns that kept fewer decimal places in older versions, so that rounding is right there."""


def _known_rows(has: Collection[str], target: Table, catalog: Catalog) -> pl.Expr | None:
    """Return which rows an older version can tell at all, or None for all of them.

    Args:
        has: the columns that the world tells of the table.
        target: the table as the catalog has it.
        catalog: the schema version to fit.
    """
    for mark in ("deleted_at", "deletedAt"):
        if mark in has and mark not in target and target.name != "payments":
            # what was deleted was gone, but for a payment: its notes say that it is void
            return pl.col(mark).is_null()
    if target.name == "returns" and "status" in has and "status" not in target:
        # every return was one that had been processed
        return pl.col("status") == "PROCESSED"
    if target.name == "auditLogs":
        kinds = {
            kind
            for reference in catalog.references
            if reference.table == target.name and reference.when
            for kind in reference.when[1]
        }
        return pl.col("entity").is_in(sorted(kinds)) if kinds else None
    return None


_BOARD: Mapping[str, str] = {
    "leaderboard_type": "type",
    "leaderboard_display_mode": "displayMode",
    "leaderboard_show_suggestions": "showSuggestions",
    "leaderboard_minimum_clients": "minimumClients",
}
"""Columns that became keys of ``features_config.leaderboard``."""


def without_unknown(
    tables: Mapping[str, pl.DataFrame], catalog: Catalog
) -> dict[str, pl.DataFrame]:
    """Return the world's tables without the rows that an older version cannot tell.

    What belongs to such a row goes with it, as the database would do on delete.

    Args:
        tables: the world's frames by table, newest names.
        catalog: the schema version to fit.
    """
    kept = dict(tables)
    gone: list[tuple[str, pl.Series]] = []
    for name, frame in tables.items():
        told = _known_rows(frame.columns, catalog[name], catalog) if name in catalog else None
        if told is not None:
            _leave_out(kept, gone, name, frame.filter(~told))
    links = _links(catalog) if gone else {}
    while gone:
        parent, ids = gone.pop()
        for name, column, when in links.get(parent, ()):
            children = kept.get(name)
            if children is None or column not in children or (when and when[0] not in children):
                continue
            belongs = pl.col(column).is_in(ids.implode())
            if when:
                belongs &= pl.col(when[0]).cast(pl.String).is_in(list(when[1]))
            _leave_out(kept, gone, name, children.filter(belongs))
        if parent in _NOTICED and "metadata" in kept.get(_NOTICES, pl.DataFrame()).columns:
            _leave_out(kept, gone, _NOTICES, kept[_NOTICES].filter(_tells_of(parent, ids)))
    return kept


def _tells_of(table: str, ids: pl.Series) -> pl.Expr:
    """Say which notifications name one of these rows of a table."""
    kind = pl.col("metadata").str.json_path_match("$.entityType") == _NOTICED[table]
    named = pl.col("metadata").str.json_path_match("$.entityId").cast(pl.Int64, strict=False)
    told = kind & named.is_in(ids.cast(pl.Int64).implode())
    return told.fill_null(value=False)


def _links(catalog: Catalog) -> Mapping[str, Sequence[_Link]]:
    """Return what refers to the ids of each table, declared or not."""
    links: dict[str, list[_Link]] = {}
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            links.setdefault(key.ref_table, []).append((table.name, key.columns[0], None))
    for one in catalog.references:
        numbered = catalog[one.table][one.column].type.is_integer
        if one.kind == "plain" and one.ref_column == "id" and numbered:
            links.setdefault(one.ref_table, []).append((one.table, one.column, one.when))
    return links


def stand_alone(catalog: Catalog) -> frozenset[str]:
    """Return the catalog's tables that lose no rows because of what another table loses."""
    newest = shipped(NEWEST)
    losing = {
        name
        for name, known in newest.tables.items()
        if name in catalog
        and _known_rows(set(known.column_names), catalog[name], catalog) is not None
    }
    links = _links(catalog)
    grown = True
    while grown:
        children = {name for parent in losing for name, _, _ in links.get(parent, ())}
        if not losing.isdisjoint(_NOTICED):
            children.add(_NOTICES)
        grown = not children <= losing
        losing |= children
    return frozenset(catalog.tables) - losing


def _leave_out(
    kept: dict[str, pl.DataFrame], gone: list[tuple[str, pl.Series]], name: str, rows: pl.DataFrame
) -> None:
    if rows.height:
        kept[name] = kept[name].join(rows.select("id"), on="id", how="anti", maintain_order="left")
        gone.append((name, rows["id"]))


def stand_in(has: Collection[str], target: Table, column: str) -> pl.Expr | None:
    """Return how an older version's column follows from the world's columns, or None.

    Args:
        has: the columns that the world tells of the table.
        target: the table as the catalog has it.
        column: a column of ``target``.
    """
    result: pl.Expr | None = None
    match target.name, column:
        case "user_roles", "created_at" if "assigned_at" in has:
            result = pl.col("assigned_at")
        case "user_permission_overrides", "created_at" if "granted_at" in has:
            result = pl.col("granted_at")
        case "vip_portal_configurations", "module_leaderboard_enabled" if "features_config" in has:
            enabled = pl.col("features_config").str.json_path_match("$.leaderboard.enabled")
            result = (enabled == "true").fill_null(value=False)
        case "vip_portal_configurations", name if name in _BOARD and "features_config" in has:
            told = pl.col("features_config").str.json_path_match(f"$.leaderboard.{_BOARD[name]}")
            result = _typed(told, target[name].type.base)
        case "purchaseOrders", "vendorId" if "supplier_client_id" in has:
            # a seller has the same id in both tables
            result = pl.coalesce(n for n in ("vendorId", "supplier_client_id") if n in has)
        case (("client_needs" | "vendor_supply"), "created_by") if not target[column].nullable:
            # what a client entered through the portal was entered by the first user
            result = pl.coalesce([*(n for n in (column,) if n in has), pl.lit(1)])
        case "clients", "cogs_adjustment_value" if _cannot_raise(target) and column in has:
            raised = pl.col("cogsAdjustmentType").cast(pl.String).str.ends_with("_INCREASE")
            result = pl.when(raised.fill_null(value=False)).then(0).otherwise(pl.col(column))
        case "inventoryMovements", "referenceType" if "deleted_at" not in target and column in has:
            result = pl.col(column).cast(pl.String).replace(_OLDER_MOVES)
        case "batches", "batchStatus" if "PHOTOGRAPHY_COMPLETE" in target[column].type.labels:
            result = _photographed(has)
    return result


def _typed(text: pl.Expr, base: str) -> pl.Expr:
    """Return JSON text of a boolean or whole number as what the column holds."""
    if base == "tinyint":
        return text == "true"
    return text.cast(pl.Int64) if base == "int" else text


def _cannot_raise(target: Table) -> bool:
    kinds = target["cogsAdjustmentType"].type.labels if "cogsAdjustmentType" in target else ()
    return bool(kinds) and "PERCENTAGE_INCREASE" not in kinds


def _photographed(has: Collection[str]) -> pl.Expr:
    # Being photographed was a state of its own, left for LIVE when the menu was published: one in
    # three of the photographed live batches has not been yet.
    status = pl.col("batchStatus").cast(pl.String)
    if "isPhotographyComplete" not in has or "id" not in has:
        return status
    waiting = (
        (status == "LIVE")
        & pl.col("isPhotographyComplete").cast(pl.Boolean)
        & (pl.col("id") % 3 == 0)
    )
    return pl.when(waiting).then(pl.lit("PHOTOGRAPHY_COMPLETE")).otherwise(status)
