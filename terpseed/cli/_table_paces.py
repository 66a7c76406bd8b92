"""How fast rows come into each table while a load goes on, and how long that will still take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from terpseed.cli._console import pace_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from load.progress import TableRows

_SHOWN = 2  # tables, those first that have most rows to come


class TablePaces:
    """Tables that are under way: begun, and not complete.

    A table's time begins with its first report: rows may have been there before the load.

    Args:
        clock: seconds, of any beginning.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: dict[str, tuple[float, int]] = {}
        self._at: dict[str, TableRows] = {}

    def text(self, tables: Iterable[TableRows]) -> str:
        """Note how far some tables are; return how far and how fast those are that are under way.

        Args:
            tables: those that have got rows since the last report.
        """
        now = self._clock()
        for one in tables:
            self._began.setdefault(one.table, (now, one.done))
            self._at[one.table] = one
        open_ones = [one for one in self._at.values() if one.done < one.total]
        open_ones.sort(key=lambda one: one.done - one.total)
        return "; ".join(self._one(one, now) for one in open_ones[:_SHOWN])

    def _one(self, one: TableRows, now: float) -> str:
        began, first = self._began[one.table]
        pace = pace_text(one.done - first, now - began, one.total - one.done, "rows")
        share = f"{one.table} {one.done:,} of {one.total:,}"
        return f"{share} ({pace})" if pace else share
