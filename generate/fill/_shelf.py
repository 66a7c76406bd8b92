"""What rows can refer to: the frames made so far, and the keys of those still planned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.fill._names import plain, words

if TYPE_CHECKING:
    from generate.fill._links import Link, Links
    from generate.world._stream import Ints
    from terpseed.catalog import Catalog, Column

_BORN = ("createdAt", "created_at")
_VENDOR_WORDS = {"vendor", "supplier", "seller"}
_CLIENT_WORDS = {"client", "customer", "buyer"}


@dataclass(slots=True)
class Shelf:
    """Frames by table, and what can be looked up in them.

    Attributes:
        catalog: the schema version.
        links: of every table.
        frames: finished frames.
        planned: number of rows of the tables that are still to be made.
    """

    catalog: Catalog
    links: Links
    frames: dict[str, pl.DataFrame]
    planned: dict[str, int]
    _candidates: dict[tuple[str, ...], pl.DataFrame] = field(default_factory=dict)
    _born: dict[tuple[str, str], tuple[Ints, Ints] | None] = field(default_factory=dict)

    def put(self, table: str, frame: pl.DataFrame) -> None:
        """Add a finished frame."""
        self.frames[table] = frame
        self._candidates = {k: v for k, v in self._candidates.items() if k[0] != table}
        self._born = {k: v for k, v in self._born.items() if k[0] != table}

    def plan(self, table: str, rows: int) -> None:
        """Change the number of rows of a table that is still to be made."""
        self.planned[table] = rows
        self._candidates = {k: v for k, v in self._candidates.items() if k[0] != table}

    def candidates(self, link: Link) -> pl.DataFrame:
        """Return the rows that a link may choose from: its referred columns, distinct, not NULL.

        Rows that are deleted are no candidates; a column named after a vendor or a buyer chooses
        among those clients that are one. Empty if nothing can be referred to yet.
        """
        role = _role(link)
        key = (link.ref_table, *link.ref_columns, role, str(link.is_direct))
        if key not in self._candidates:
            self._candidates[key] = self._find(link, role)
        return self._candidates[key]

    def _find(self, link: Link, role: str) -> pl.DataFrame:
        names = list(dict.fromkeys(link.ref_columns))
        table = self.catalog[link.ref_table]
        if link.ref_table not in self.frames:
            keyed = len(names) == 1 and names[0] in table and table[names[0]].auto_increment
            # a table may get fewer rows than planned, and only plain columns are corrected then
            planned = self.planned.get(link.ref_table, 0)
            rows = (planned if link.is_direct else min(planned, 1)) if keyed else 0
            return pl.DataFrame({name: pl.int_range(1, rows + 1, eager=True) for name in names})
        frame = self.frames[link.ref_table]
        if any(name not in frame.columns for name in names):
            return pl.DataFrame({name: [] for name in names})
        live = [pl.col(c.name).is_null() for c in table.columns if c.name in frame and _ends(c)]
        chosen = frame.filter(live) if live else frame
        chosen = chosen if chosen.height else frame
        if role and role in frame.columns:
            flag = chosen[role].fill_null(value=False)
            chosen = chosen.filter(flag) if flag.any() else chosen
        return chosen.select(names).drop_nulls().unique(maintain_order=True)

    def born(self, table: str, column: str) -> tuple[Ints, Ints] | None:
        """Return the whole-number keys of a table's rows, ascending, and when each was made.

        Returns:
            Keys and microseconds since 1970, or None if that is not known.
        """
        if (table, column) not in self._born:
            self._born[table, column] = self._find_born(table, column)
        return self._born[table, column]

    def _find_born(self, table: str, column: str) -> tuple[Ints, Ints] | None:
        frame = self.frames.get(table)
        time = next((n for n in _BORN if frame is not None and n in frame.columns), None)
        if frame is None or time is None or column not in frame.columns:
            return None
        if not frame.schema[time].is_temporal():
            return None
        keys, times = frame[column], frame[time].cast(pl.Datetime("us"))
        if not keys.dtype.is_integer() or keys.null_count():
            return None
        numbers = keys.cast(pl.Int64).to_numpy()
        order = np.argsort(numbers, kind="stable")
        return numbers[order], times.cast(pl.Int64).fill_null(0).to_numpy()[order]

    def told_by(self, link: Link, through: Link) -> pl.DataFrame | None:
        """Return ``key`` and ``told``: what the row that ``through`` refers to says of ``link``.

        A dispute of an invoice concerns the invoice's client: both rows name the client, under
        names that differ in style at most.

        Returns:
            None if the row referred to does not tell.
        """
        frame = self.frames.get(through.ref_table)
        if frame is None or not through.is_direct or through.ref_columns[0] not in frame.columns:
            return None
        for other in self.links[through.ref_table]:
            same = other.is_direct and other.ref_table == link.ref_table
            if same and plain(other.column) == plain(link.column) and other.column in frame.columns:
                return frame.select(
                    pl.col(through.ref_columns[0]).alias("key"), pl.col(other.column).alias("told")
                ).unique("key", keep="first", maintain_order=True)
        return None


def _ends(column: Column) -> bool:
    return column.nullable and words(column.name) == ("deleted", "at")


def _role(link: Link) -> str:
    if link.ref_table != "clients":
        return ""
    named = set(words(link.column))
    if named & _VENDOR_WORDS:
        return "is_seller"
    return "is_buyer" if named & _CLIENT_WORDS else ""
