"""Figures of the business as charts, each with its table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from terpseed import page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from validate.figures import Column, Figure, Figures

    Draw = Callable[[Figure], page.Html]

_MOST_TABLES = 25
_NUMBERS = frozenset({"count", "money", "share", "ratio", "days"})


def charts(found: Figures) -> page.Html:
    """Return the figures that are drawn, in the order in which a finance person reads them."""
    known = {figure.name: figure for figure in found.figures}
    drawn = [
        _framed(known[name], draw, title)
        for name, title, draw in _DRAWN
        if name in known and known[name].rows
    ]
    return page.tag("div", *drawn, class_="charts")


def rows_by_table(rows: dict[str, int]) -> page.Html:
    """Return how many rows each table has, the largest as bars and all as a table."""
    largest = sorted(rows.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = largest[:_MOST_TABLES]
    more = f" The {len(shown)} largest of {len(rows)}." if len(rows) > len(shown) else ""
    return page.figure(
        "Rows per table",
        f"What the dataset holds.{more}",
        page.bars(
            "Rows per table",
            [name for name, _ in shown],
            [("rows", [count for _, count in shown])],
            page.number,
        ),
        page.Table("Rows per table", ("table", "rows"), largest, frozenset({1})),
    )


def _framed(figure: Figure, draw: Draw, title: str) -> page.Html:
    headers = [column.name.replace("_", " ") for column in figure.columns]
    numeric = frozenset(n for n, column in enumerate(figure.columns) if column.unit in _NUMBERS)
    rows = [
        [_text(column, value) for column, value in zip(figure.columns, row, strict=True)]
        for row in figure.rows
    ]
    return page.figure(
        title, figure.why, draw(figure), page.Table(figure.title, headers, rows, numeric)
    )


def _text(column: Column, value: Any) -> str | None:
    if value is None:
        return None
    match column.unit:
        case "money":
            return page.amount(value)
        case "share":
            return page.percent(value)
        case "count":
            return page.number(value)
        case "month" | "quarter":
            return _period(value)
    return str(value)


def _period(day: date) -> str:
    return f"{day:%Y-%m}"


def _names(figure: Figure) -> list[str]:
    first = figure.column(figure.columns[0].name)
    return [_period(value) if isinstance(value, date) else str(value) for value in first]


def _values(figure: Figure, column: str) -> list[float]:
    """Return values for drawing, where cents no longer matter."""
    return [
        float(value) if isinstance(value, int | Decimal) else 0.0 for value in figure.column(column)
    ]


def _money(value: float) -> str:
    return page.amount(value, short=True)


def _by_month(title: str, columns: Sequence[tuple[str, str]]) -> Draw:
    return lambda figure: page.columns(
        title, _names(figure), [(name, _values(figure, key)) for key, name in columns], _money
    )


def _over_time(
    title: str, columns: Sequence[tuple[str, str]], label: Callable[[float], str]
) -> Draw:
    return lambda figure: page.line(
        title, _names(figure), [(name, _values(figure, key)) for key, name in columns], label
    )


def _stacked(title: str, columns: Sequence[tuple[str, str]]) -> Draw:
    return lambda figure: page.bars(
        title, _names(figure), [(name, _values(figure, key)) for key, name in columns], _money
    )


def _whales(figure: Figure) -> page.Html:
    """Return clients, orders and revenue, each divided among the kinds of buyers."""
    kinds = _names(figure)
    parts = [
        [value / (sum(_values(figure, column)) or 1) for value in _values(figure, column)]
        for column in ("clients", "orders", "revenue")
    ]
    return page.shares(
        "Whales and regulars",
        ("clients", "orders", "revenue"),
        [(kind, [part[place] for part in parts]) for place, kind in enumerate(kinds)],
        page.percent,
    )


_DRAWN: tuple[tuple[str, str, Draw], ...] = (
    (
        "revenue-by-month",
        "Revenue and cost by month",
        _by_month("Revenue and cost by month", (("revenue", "revenue"), ("cost", "cost"))),
    ),
    (
        "revenue-by-month",
        "Margin by month",
        _over_time("Margin by month", (("margin", "margin"),), page.percent),
    ),
    (
        "cash-by-month",
        "Cash at the end of each month",
        _over_time("Cash at the end of each month", (("cash", "cash"),), _money),
    ),
    ("whales", "Whales and regulars", _whales),
    (
        "receivables-aging",
        "Receivables by age",
        _stacked("Receivables by age", (("due", "due"),)),
    ),
    (
        "payables-aging",
        "Payables by age",
        lambda figure: _stacked(
            "Payables by age",
            [
                (column.name, column.name.replace("_", " "))
                for column in figure.columns
                if column.unit == "money"
            ],
        )(figure),
    ),
    (
        "stock-by-status",
        "Stock by status, at cost",
        _stacked("Stock by status, at cost", (("on_hand_value", "on hand"),)),
    ),
    (
        "margin-by-category",
        "Revenue by category",
        lambda figure: page.bars(
            "Revenue by category",
            [f"{row[0]}, {row[1]}" for row in figure.rows],
            [("revenue", _values(figure, "revenue"))],
            _money,
        ),
    ),
)
