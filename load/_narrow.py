"""Which rows differ, when a checksum says that some do: by key ranges, down to single values.

The server and the files are asked for the same sums by ranges of keys; ranges that differ are cut
into smaller ones, until rows are few enough to be looked at one by one. Rows of tables without a
key of one whole number are sorted into classes by their own numbers instead. What is told is
bounded; what was not looked at any more is said.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from load._session import rows
from load.differences import Cell, Kind, Narrowed, RowDifference
from terpseed.catalog.ddl import quoted
from terpseed.dataset import row_number_sql, row_numbers, stored_columns
from terpseed.dataset.text import value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    import polars as pl

    from terpseed.catalog import Table
    from terpseed.connection import Connection

Frames: TypeAlias = "Callable[[], Iterable[pl.DataFrame]]"
Values: TypeAlias = "tuple[str | None, ...]"

EXAMPLES = 5
_PARTS = 1024  # ranges that are asked for in one statement
_FEW = 1_000  # keys of a range whose rows are looked at one by one
_RANGES = 40  # ranges that are followed on each level


def narrow(
    connection: Connection,
    table: Table,
    wheres: Sequence[str],
    frames: Frames,
    examples: int = EXAMPLES,
) -> Narrowed:
    """Find the rows of a table that are not those of a dataset.

    Args:
        connection: a session on the target.
        table: the table as the target has it, with the columns that count.
        wheres: conditions whose rows together are looked at; an empty one for all rows.
        frames: gives the rows that should be there, in parts, each time it is called.
        examples: rows that are shown, at most.
    """
    search = _Search(connection, table, tuple(wheres), frames)
    if is_numbered(table):
        return search.by_key(examples)
    return search.by_number(examples)


def is_numbered(table: Table) -> bool:
    """Say whether rows of a table are told by one whole number."""
    return len(table.primary_key) == 1 and table[table.primary_key[0]].type.is_integer


@dataclass(frozen=True, slots=True)
class _Search:
    connection: Connection
    table: Table
    wheres: tuple[str, ...]
    frames: Frames

    @property
    def key(self) -> str:
        return quoted(self.table.primary_key[0])

    @property
    def number(self) -> str:
        return row_number_sql(self.table)

    @property
    def texts(self) -> str:
        return ", ".join(f"CAST({quoted(c.name)} AS CHAR)" for c in stored_columns(self.table))

    def ask(self, columns: str, condition: str = "", end: str = "") -> Iterator[tuple[Any, ...]]:
        """Query the rows that are looked at, by each of the conditions in turn."""
        for where in self.wheres:
            both = " AND ".join(f"({part})" for part in (where, condition) if part)
            origin = f"{quoted(self.table.name)}{f' WHERE {both}' if both else ''}"
            yield from rows(self.connection, f"SELECT {columns} FROM {origin}{end}")

    def between(self, low: int, high: int) -> str:
        return f"{self.key} BETWEEN {low:d} AND {high:d}"

    def by_key(self, examples: int) -> Narrowed:
        """Follow ranges of keys that differ."""
        ours = self._numbers()
        ranges, complete = self._ranges(ours)
        kinds: dict[int, Kind] = {}
        for low, high in ranges:
            kinds |= self._kinds(ours, low, high)
        shown = list(kinds)[:examples]
        mine = self._file_rows(shown)
        theirs = {
            self._key_of(values): values
            for key in shown
            for values in self.ask(self.texts, self.between(key, key))
        }
        counts = Counter(kinds.values())
        return Narrowed(
            counts["missing"],
            counts["extra"],
            counts["changed"],
            complete,
            tuple(
                self._difference(kinds[key], mine.get((str(key),)), theirs.get((str(key),)))
                for key in shown
            ),
        )

    def by_number(self, examples: int) -> Narrowed:
        """Look at classes of rows that differ, where there are no ranges of keys."""
        classes, complete = self._classes()
        listed = ", ".join(map(str, sorted(classes)))
        condition = f"{self.number} MOD {_PARTS} IN ({listed or -1})"
        mine = Counter(self._file_rows_in(classes))
        theirs = Counter(tuple(values) for values in self.ask(self.texts, condition))
        lacking = sorted((mine - theirs).elements(), key=str)
        surplus = sorted((theirs - mine).elements(), key=str)
        known = {self._key_of(values): values for values in surplus}
        has_key = bool(self.table.primary_key)
        found: list[RowDifference] = []
        for values in lacking:
            other = known.pop(self._key_of(values), None) if has_key else None
            found.append(self._difference("changed" if other else "missing", values, other))
        rest = known.values() if has_key else surplus
        found += [self._difference("extra", None, values) for values in rest]
        counts = Counter(difference.kind for difference in found)
        return Narrowed(
            counts["missing"], counts["extra"], counts["changed"], complete, tuple(found[:examples])
        )

    def _numbers(self) -> pl.DataFrame:
        """Return key and number of each row that should be there."""
        import polars as pl  # noqa: PLC0415 -- heavy

        (key,) = self.table.primary_key
        schema = {"key": pl.Int128, "number": pl.Int64}
        return pl.concat(
            [
                pl.DataFrame(schema=schema),
                *(
                    pl.DataFrame(
                        {"key": frame[key], "number": list(row_numbers(frame, self.table))},
                        schema_overrides=schema,
                    )
                    for frame in self.frames()
                ),
            ]
        )

    def _ranges(self, ours: pl.DataFrame) -> tuple[list[tuple[int, int]], bool]:
        """Return small ranges of keys that differ, and whether they are all."""
        found = [
            *self.ask(f"MIN({self.key}), MAX({self.key})"),
            (ours["key"].min(), ours["key"].max()),
        ]
        bounds = [int(bound) for pair in found for bound in pair if bound is not None]
        ranges, complete = [(min(bounds), max(bounds))] if bounds else [], True
        while ranges and max(high - low for low, high in ranges) >= _FEW:
            steps = max(2, _PARTS // len(ranges))
            ranges = [part for span in ranges for part in self._differing(ours, span, steps)]
            complete = complete and len(ranges) <= _RANGES
            ranges = ranges[:_RANGES]
        return ranges, complete

    def _differing(
        self, ours: pl.DataFrame, span: tuple[int, int], steps: int
    ) -> list[tuple[int, int]]:
        """Return the parts of a range of keys whose rows or sums differ."""
        import polars as pl  # noqa: PLC0415 -- heavy

        low, high = span
        width = max(_FEW // 2, -(-(high - low + 1) // steps))
        grouped = (
            ours.filter(pl.col("key").is_between(low, high))
            .group_by((pl.col("key") - low) // width)
            .agg(pl.len(), pl.col("number").sum())
        )
        mine = Counter({int(part): (n << 64) + total for part, n, total in grouped.iter_rows()})
        theirs: Counter[int] = Counter()
        columns = f"({self.key} - {low:d}) DIV {width:d}, COUNT(*), SUM({self.number})"
        for part, count, total in self.ask(columns, self.between(low, high), " GROUP BY 1"):
            theirs[int(part)] += (int(count) << 64) + int(total)
        return [
            (low + part * width, min(high, low + (part + 1) * width - 1))
            for part in sorted(mine.keys() | theirs.keys())
            if mine[part] != theirs[part]
        ]

    def _kinds(self, ours: pl.DataFrame, low: int, high: int) -> dict[int, Kind]:
        """Return what is wrong with the rows of a range, by key."""
        import polars as pl  # noqa: PLC0415 -- heavy

        mine = dict(ours.filter(pl.col("key").is_between(low, high)).iter_rows())
        theirs = {
            int(key): int(number)
            for key, number in self.ask(f"{self.key}, {self.number}", self.between(low, high))
        }
        kinds: dict[int, Kind] = {}
        for key in sorted(mine.keys() | theirs.keys()):
            if key not in theirs:
                kinds[key] = "missing"
            elif key not in mine:
                kinds[key] = "extra"
            elif mine[key] != theirs[key]:
                kinds[key] = "changed"
        return kinds

    def _classes(self) -> tuple[set[int], bool]:
        """Return the classes whose rows differ, and whether they are all."""
        mine: Counter[int] = Counter()
        for frame in self.frames():
            for number in row_numbers(frame, self.table):
                mine[number % _PARTS] += (1 << 64) + number
        theirs: Counter[int] = Counter()
        columns = f"{self.number} MOD {_PARTS}, COUNT(*), SUM({self.number})"
        for part, count, total in self.ask(columns, end=" GROUP BY 1"):
            theirs[int(part)] += (int(count) << 64) + int(total)
        differing = sorted(n for n in mine.keys() | theirs.keys() if mine[n] != theirs[n])
        return set(differing[:_RANGES]), len(differing) <= _RANGES

    def _file_rows(self, keys: Collection[int]) -> dict[Values, Values]:
        """Return the texts of the rows with some keys, by key."""
        import polars as pl  # noqa: PLC0415 -- heavy

        (key,) = self.table.primary_key
        return {
            self._key_of(values): values
            for frame in (self.frames() if keys else ())
            for values in self._texts_of(frame.filter(pl.col(key).is_in(list(keys))))
        }

    def _file_rows_in(self, classes: Collection[int]) -> Iterator[Values]:
        import polars as pl  # noqa: PLC0415 -- heavy

        for frame in self.frames() if classes else ():
            wanted = [number % _PARTS in classes for number in row_numbers(frame, self.table)]
            yield from self._texts_of(frame.filter(pl.Series(wanted, dtype=pl.Boolean)))

    def _texts_of(self, frame: pl.DataFrame) -> Iterator[Values]:
        return frame.select(
            value_text(column.name, column.type).alias(column.name)
            for column in stored_columns(self.table)
        ).iter_rows()

    def _key_of(self, values: Values) -> Values:
        names = [column.name for column in stored_columns(self.table)]
        return tuple(values[names.index(name)] for name in self.table.primary_key)

    def _difference(self, kind: Kind, mine: Values | None, theirs: Values | None) -> RowDifference:
        names = [column.name for column in stored_columns(self.table)]
        named = self.table.primary_key or names
        known = dict(zip(names, mine or theirs or (), strict=False))
        cells: tuple[Cell, ...] = ()
        if mine is not None and theirs is not None:
            triples = zip(names, mine, theirs, strict=True)
            cells = tuple(Cell(*triple) for triple in triples if triple[1] != triple[2])
        return RowDifference(kind, {n: v for n, v in known.items() if n in named}, cells)
