"""How everybody has set up the application: dashboards and saved views.

Makes ``userDashboardPreferences``, ``user_preferences``, ``dashboard_widget_layouts``,
``dashboard_kpi_configs``, ``dashboard_widget_configs`` and ``inventoryViews``. What each prefers
follows from the role: the floor sees batches, sales sees clients, the office sees money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world import _json
from terpseed.json_types.desk import WidgetConfig, WidgetLayout, WidgetPlace
from terpseed.json_types.goods import InventoryFilters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generate.world._world import World

_WIDGETS = (
    "sales-by-client", "cash-flow", "transaction-snapshot", "inventory-snapshot", "total-debt",
    "sales-comparison", "profitability", "matchmaking-opportunities",
)  # fmt: skip
# The layout of each role and the widgets that it shows, first things first.
_LAYOUTS = {
    "executive": (5, 6, 0, 1, 4, 2, 3),
    "operations": (3, 2, 7, 4),
    "sales": (0, 5, 7, 4, 2),
    "custom": (1, 4, 2, 6, 3),
}
_LAYOUT_OF_ROLE = {
    1: "executive", 2: "executive", 3: "operations", 4: "sales", 5: "custom", 6: "operations",
    7: "operations", 8: "sales", 9: "operations", 10: "executive",
}  # fmt: skip
_SEES_COST = (1, 2, 3, 4, 5, 7, 10)  # roles
# Size of each widget on the board.
_SIZES = ((2, 2), (2, 1), (1, 1), (2, 1), (1, 1), (3, 2), (2, 2), (2, 1))
_ADMIN_KPIS = (
    "total_revenue", "gross_margin", "accounts_receivable", "accounts_payable", "inventory_value",
    "cash_collected",
)  # fmt: skip
_USER_KPIS = (
    "open_orders", "fulfilled_today", "low_stock", "pending_quotes", "tasks_due", "samples_out",
)  # fmt: skip
_CONFIGS = (
    ("sales-by-client", {"mode": "top", "limit": 10, "metric": "revenue", "clientType": "all"}),
    ("total-debt", {"mode": "top", "limit": 5, "metric": "amountDue", "clientType": "buyers"}),
    ("inventory-snapshot", {"mode": "bottom", "limit": 8, "metric": "daysOfStock"}),
    ("profitability", {"mode": "bottom", "limit": 10, "metric": "marginPercent"}),
    ("cash-flow", {"limit": 12, "metric": "net"}),
    ("sales-comparison", {"limit": 4, "metric": "quantity", "clientType": "whales"}),
)
_CONFIGS_EACH = 3
_USER_BOARD = (3, 2, 7, 4, 0, 5)
_OWN_BOARDS = ((1, "executive"), (4, "sales"), (6, "operations"))
_BOARD = {
    "userId": pl.Int64,
    "role": pl.String,
    "widgetType": pl.String,
    "position": pl.Int64,
    "width": pl.Int64,
    "height": pl.Int64,
    "isVisible": pl.Boolean,
    "config": pl.String,
}
_HIDDEN = 7  # widget that only administrators see
_VIEWS = (
    ("Live flower", {"category": "Flower", "status": ["LIVE"]}, True, 1),
    ("Almost gone", {"status": ["LIVE"], "availableMax": 50}, True, 1),
    ("Consigned, over 60 days", {"ownership": "CONSIGNED", "ageDaysMin": 60}, True, 1),
    ("On hold or in quarantine", {"status": ["ON_HOLD", "QUARANTINED"]}, False, 6),
    ("Without pictures", {"status": ["LIVE"], "photographed": False}, False, 6),
    ("AAA only", {"grade": ["AAA"]}, False, 4),
    ("Waiting for intake", {"status": ["AWAITING_INTAKE"], "sort": "receivedAt"}, True, 7),
)


def build(world: World) -> None:
    """Set up everybody's screens."""
    _dashboards(world)
    _personal(world)
    _board_defaults(world)
    _views(world)


def moments(world: World, purpose: str, n: int) -> tuple[pl.Series, pl.Series]:
    """Return when each of n settings was made, in the first weeks, and when it was last changed."""
    stream = world.stream("preferences", purpose)
    days = world.clock.days - 1
    made = stream.integers(n, 0, min(40, days - 1))
    changed = made + stream.integers(n, 0, 999) * (days - made) // 1_000
    changed = np.where(stream.chance(n, 0.6), changed, made)
    minute = np.sort(stream.integers(2 * n, 10, 590).reshape(2, n), axis=0)
    minute[1] = np.where(changed == made, minute[0], minute[1])
    created, updated = (
        pl.select(
            pl.lit(world.clock.opening)
            + pl.duration(days=pl.lit(pl.Series(date)), minutes=pl.lit(pl.Series(time)))
        ).to_series()
        for date, time in ((made, minute[0]), (changed, minute[1]))
    )
    return created, updated


def _dashboards(world: World) -> None:
    """Give everybody the layout of their role; every widget is listed, shown or not."""
    staff = world.facts["staff"]
    texts = {
        name: _json.fixed(
            list[WidgetPlace],
            [
                {"id": _WIDGETS[k], "order": place, "isVisible": k in shown}
                for place, k in enumerate([*shown, *(j for j in range(8) if j not in shown)])
            ],
        )
        for name, shown in _LAYOUTS.items()
    }
    layout = pl.col("role_id").replace_strict(_LAYOUT_OF_ROLE, return_dtype=pl.String)
    created, updated = moments(world, "dashboards", staff.height)
    # deleted_at stays empty: a user has one layout, which is changed and not taken away.
    world.put(
        "userDashboardPreferences",
        staff.select(
            world.ids("userDashboardPreferences", staff.height),
            userId="id",
            activeLayout=layout,
            widgetConfig=layout.replace_strict(texts, return_dtype=pl.String),
            createdAt=created,
            updatedAt=updated,
        ),
    )


def _personal(world: World) -> None:
    """Keep what each user works with: the place that they work at, and what they see on orders."""
    staff = world.facts["staff"]
    n = staff.height
    stream = world.stream("preferences", "personal")
    places = world["locations"]["id"]
    role = pl.col("role_id")
    sees = role.is_in(_SEES_COST)
    floor = role.is_in([3, 6, 9])
    place = pl.Series(places.gather(stream.indices(n, min(9, len(places)))))
    created, updated = moments(world, "personal", n)
    world.put(
        "user_preferences",
        staff.select(
            world.ids("user_preferences", n),
            user_id="id",
            default_warehouse_id=pl.when(floor | (role == 1)).then(pl.lit(int(places[0]))),
            default_location_id=pl.when(floor | (role == 1)).then(pl.lit(place)),
            show_cogs_in_orders=sees,
            show_margin_in_orders=sees & (role != 7),
            show_grade_field=pl.Series(stream.chance(n, 0.8)) | (role == 1),
            hide_expected_delivery=pl.Series(stream.chance(n, 0.3)) & (role != 1),
            created_at=created,
            updated_at=updated,
        ),
    )


def _board_defaults(world: World) -> None:
    """Lay out the boards of both application roles, of the administrator and of two more."""
    boards: list[tuple[int | None, str | None, Sequence[int]]] = [
        (None, "admin", range(len(_WIDGETS))),
        (None, "user", _USER_BOARD),
        *((world.at("users", seat), None, _LAYOUTS[name]) for seat, name in _OWN_BOARDS),
    ]
    rows = [
        (user, role, _WIDGETS[k], place, *_SIZES[k], k != _HIDDEN or role == "admin", _board(k))
        for user, role, shown in boards
        for place, k in enumerate(shown)
    ]
    n = len(rows)
    created, updated = moments(world, "boards", n)
    # deleted_at stays empty here and in the two tables below: what nobody wants is made invisible.
    world.put(
        "dashboard_widget_layouts",
        pl.DataFrame(rows, schema=_BOARD, orient="row").select(
            world.ids("dashboard_widget_layouts", n),
            pl.all(),
            createdAt=created,
            updatedAt=updated,
        ),
    )
    kpis = [
        (role, kind, place, place < 5)
        for role, kinds in (("admin", _ADMIN_KPIS), ("user", _USER_KPIS))
        for place, kind in enumerate(kinds)
    ]
    created, updated = moments(world, "kpis", len(kpis))
    world.put(
        "dashboard_kpi_configs",
        pl.DataFrame(
            kpis, schema=["role", "kpiType", "position", "isVisible"], orient="row"
        ).select(
            world.ids("dashboard_kpi_configs", len(kpis)),
            pl.all(),
            createdAt=created,
            updatedAt=updated,
        ),
    )
    chosen = [
        (seat, user, place, _CONFIGS[(seat + place) % len(_CONFIGS)])
        for seat, user in enumerate(world.facts["staff"]["id"].to_list(), start=1)
        for place in range(_CONFIGS_EACH)
    ]
    configs = [
        (user, widget, _json.fixed(WidgetConfig, config), place, (seat + place) % 7 != 3)
        for seat, user, place, (widget, config) in chosen
    ]
    created, updated = moments(world, "configs", len(configs))
    world.put(
        "dashboard_widget_configs",
        pl.DataFrame(
            configs,
            schema=["user_id", "widget_type", "config", "position", "is_visible"],
            orient="row",
        ).select(
            world.ids("dashboard_widget_configs", len(configs)),
            pl.all(),
            created_at=created,
            updated_at=updated,
        ),
    )


def _board(widget: int) -> str | None:
    """Return what a widget shows; some show what they always show."""
    if widget % 5 == 0:
        return None
    period = ("week", "month", "quarter")[widget % 3]
    return _json.fixed(WidgetLayout, {"period": period, "compact": widget % 4 == 3})


def _views(world: World) -> None:
    rows = [
        (name, _json.fixed(InventoryFilters, filters), world.at("users", seat), int(shared))
        for name, filters, shared, seat in _VIEWS
    ]
    created, updated = moments(world, "views", len(rows))
    world.put(
        "inventoryViews",
        pl.DataFrame(
            rows, schema=["name", "filters", "createdBy", "isShared"], orient="row"
        ).select(
            world.ids("inventoryViews", len(rows)), pl.all(), createdAt=created, updatedAt=updated
        ),
    )
