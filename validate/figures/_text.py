"""Figures as text for a terminal: one table each, numbers aligned to the right."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validate.figures._figure import Column, Figure, Figures, Unit, Value


def as_text(figures: Figures) -> str:
    """Return all figures, with what was left out and why."""
    parts = [_dataset(figures), *(table(figure) for figure in figures.figures)]
    if figures.left_out:
        lines = [f"  {name}: {reason}" for name, reason in figures.left_out.items()]
        parts.append("\n".join(["left out", *lines]))
    return "\n\n".join(parts)


def table(figure: Figure) -> str:
    """Return one figure: its title, what it tells, and its rows under their columns."""
    head = [column.name.replace("_", " ") for column in figure.columns]
    units = [column.unit for column in figure.columns]
    rows = [
        [shown(value, unit) for value, unit in zip(row, units, strict=True)] for row in figure.rows
    ]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    lines = [_line(cells, widths, figure.columns) for cells in [head, *rows]]
    return "\n".join([figure.title, figure.why, *(f"  {line}" for line in lines)])


def shown(value: Value, unit: Unit) -> str:
    """Return a value as people read it: $1,234 and 12.3 %; a dash for what is not there."""
    match value:
        case None:
            return "-"
        case date():
            quarter = f"{value.year} Q{(value.month + 2) // 3}"
            return quarter if unit == "quarter" else f"{value:%Y-%m}"
        case Decimal():
            return _number(value, unit)
        case int():
            return f"{value:,}"
    return value


def _number(value: Decimal, unit: Unit) -> str:
    if unit == "money":
        return f"{'-' if value < 0 else ''}${abs(value):,.0f}"
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:,.1f}" if unit == "days" else f"{value:,.2f}"


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    aligned = (
        cell.ljust(width) if column.unit in {"label", "month", "quarter"} else cell.rjust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    )
    return "  ".join(aligned).rstrip()


def _dataset(figures: Figures) -> str:
    facts = figures.dataset
    known = [
        f"schema {facts['schema']}",
        *([f"scenario {facts['scenario']}"] if facts.get("scenario") else []),
        *([f"as of {facts['as_of']}"] if facts.get("as_of") else []),
    ]
    return f"{facts['path'] or 'tables in memory'}\n{', '.join(known)}"
