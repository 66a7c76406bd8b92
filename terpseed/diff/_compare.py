"""Comparing two datasets in DuckDB: one table at a time, under a limit of memory.

Tables with the same checksum over the same columns are the same; only the others are read. Rows are
matched by primary key; where the two sides have none in common, whole rows are counted off.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terpseed.catalog.diff import diff as schema_diff
from terpseed.dataset.duck import rows_sql
from terpseed.diff.result import ChangedRow, Comparison, TableComparison
from terpseed.duck import connected
from terpseed.duck import name as identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import duckdb

    from terpseed.dataset import Dataset

    Show = Callable[[str, int, int, str], None]

MEMORY = "1GB"


def compare(
    first: Dataset,
    second: Dataset,
    *,
    memory_limit: str = MEMORY,
    workers: int | None = None,
    kept: int = 10,
    show: Show | None = None,
) -> Comparison:
    """Return how two datasets differ, on the way from the first to the second.

    Args:
        first: the one to start from.
        second: the other; of any schema and file format.
        memory_limit: how much memory DuckDB may use; what does not fit goes to disk meanwhile.
        workers: threads; as many as there are processors if not given.
        kept: most rows of each kind to name for a table.
        show: called with progress.

    Raises:
        UsageError: if the memory limit is no size.
    """
    start = time.perf_counter()
    names = sorted(set(first.tables) & set(second.tables))
    found = []
    with _database(memory_limit, workers) as (connection, folder):
        links = _linked(first, folder / "first"), _linked(second, folder / "second")
        for done, table in enumerate(names, 1):
            if not _is_same(first, second, table):
                one = _Table(connection, first, second, table, kept)
                found.append(one.compared(links))
            if show:
                show("comparing", done, len(names), table)
    different = [table for table in found if table.differs]
    return Comparison(
        sides=(_about(first), _about(second)),
        schema=schema_diff(first.catalog, second.catalog),
        only=(_only(first, second), _only(second, first)),
        same=len(names) - len(different),
        tables=tuple(
            sorted(different, key=lambda t: (-(t.added + t.removed + t.changed), t.table))
        ),
        seconds=time.perf_counter() - start,
    )


@contextmanager
def _database(
    memory_limit: str, workers: int | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    with tempfile.TemporaryDirectory(prefix="terpseed-diff-") as name:
        threads = workers or len(os.sched_getaffinity(0))
        connection = connected(threads, memory_limit, f"{name}/spill")
        try:
            yield connection, Path(name)
        finally:
            connection.close()


def _linked(dataset: Dataset, link: Path) -> Path:
    """Return a path to a dataset without letters that DuckDB would take for a pattern."""
    link.symlink_to(dataset.path.resolve(), target_is_directory=True)
    return link


def _is_same(first: Dataset, second: Dataset, table: str) -> bool:
    one, other = first.manifest.tables[table], second.manifest.tables[table]
    return one.checksum == other.checksum and one.columns == other.columns


def _only(dataset: Dataset, other: Dataset) -> dict[str, int]:
    tables = dataset.manifest.tables
    return {name: tables[name].rows for name in sorted(set(tables) - set(other.tables))}


def _about(dataset: Dataset) -> dict[str, Any]:
    manifest = dataset.manifest
    return {
        "path": str(dataset.path),
        "schema": manifest.catalog_version,
        "scenario": manifest.scenario.get("name"),
        "seed": manifest.seed,
        "as_of": manifest.as_of,
        "generator": manifest.generator,
        "tables": len(manifest.tables),
        "rows": manifest.rows,
    }


class _Table:
    """One table that both datasets have, being compared."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        first: Dataset,
        second: Dataset,
        table: str,
        kept: int,
    ) -> None:
        self._run, self._sides, self._table, self._kept = connection, (first, second), table, kept
        known = [dict(side.manifest.tables[table].columns).keys() for side in self._sides]
        self._columns = [name for name in known[0] if name in known[1]]
        keys = {side.catalog[table].primary_key for side in self._sides}
        key = next(iter(keys)) if len(keys) == 1 else ()
        self._key = key if set(key) <= set(self._columns) else ()
        self._values = [name for name in self._columns if name not in self._key]

    def compared(self, links: tuple[Path, Path]) -> TableComparison:
        """Return how the table differs in the columns that both sides have."""
        for side, link, name in zip(self._sides, links, ("first", "second"), strict=True):
            sql = rows_sql(side, self._table, link)
            self._run.execute(f"CREATE OR REPLACE TEMP VIEW {name}_rows AS {sql}")
        self._align()
        return self._by_key() if self._key else self._by_row()

    def _align(self) -> None:
        """Make views of the common columns; a column of two types is compared as text."""
        types = [
            {name: kind for name, kind, *_ in self._run.execute(f"DESCRIBE {view}_rows").fetchall()}
            for view in ("first", "second")
        ]
        parts = [
            identifier(name)
            if types[0][name] == types[1][name]
            else f"CAST({identifier(name)} AS VARCHAR) AS {identifier(name)}"
            for name in self._columns
        ]
        for view in ("first", "second"):
            self._run.execute(
                f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {', '.join(parts)} FROM {view}_rows"
            )

    def _joined(self, kind: str) -> str:
        on = " AND ".join(f"a.{identifier(k)} = b.{identifier(k)}" for k in self._key)
        return f"FROM first a {kind} JOIN second b ON {on}"

    def _by_key(self) -> TableComparison:
        changes = [f"a.{identifier(c)} IS DISTINCT FROM b.{identifier(c)}" for c in self._values]
        either = " OR ".join(changes) or "false"
        mark = identifier(self._key[0])
        # A key is never NULL, so that a missing side shows in it.
        both = f"a.{mark} IS NOT NULL AND b.{mark} IS NOT NULL"
        counts = ", ".join(f"count(*) FILTER ({both} AND {change})" for change in changes)
        added, removed, changed, *by_column = self._run.execute(
            f"SELECT count(*) FILTER (a.{mark} IS NULL), count(*) FILTER (b.{mark} IS NULL), "
            f"count(*) FILTER ({both} AND ({either})){', ' if counts else ''}{counts} "
            f"{self._joined('FULL')}"
        ).fetchall()[0]
        columns = {c: n for c, n in zip(self._values, by_column, strict=True) if n}
        return TableComparison(
            table=self._table,
            rows=self._rows(),
            key=tuple(self._key),
            added=added,
            removed=removed,
            changed=changed,
            columns=dict(sorted(columns.items(), key=lambda entry: (-entry[1], entry[0]))),
            added_keys=self._keys("second", "first") if added else (),
            removed_keys=self._keys("first", "second") if removed else (),
            changed_rows=self._changed(either) if changed else (),
        )

    def _rows(self) -> tuple[int, int]:
        one, other = (side.manifest.tables[self._table].rows for side in self._sides)
        return one, other

    def _keys(self, has: str, lacks: str) -> tuple[tuple[Any, ...], ...]:
        keys = ", ".join(identifier(name) for name in self._key)
        return tuple(
            self._run.execute(
                f"SELECT {keys} FROM {has} ANTI JOIN {lacks} USING ({keys}) "
                f"ORDER BY ALL LIMIT {self._kept}"
            ).fetchall()
        )

    def _changed(self, either: str) -> tuple[ChangedRow, ...]:
        keys = [f"a.{identifier(name)}" for name in self._key]
        cells = [f"{side}.{identifier(c)}" for c in self._values for side in ("a", "b")]
        found = self._run.execute(
            f"SELECT {', '.join([*keys, *cells])} {self._joined('INNER')} WHERE {either} "
            f"ORDER BY {', '.join(keys)} LIMIT {self._kept}"
        ).fetchall()
        return tuple(self._row(row) for row in found)

    def _row(self, row: Sequence[Any]) -> ChangedRow:
        cells = row[len(self._key) :]
        pairs = zip(self._values, cells[::2], cells[1::2], strict=True)
        return ChangedRow(
            tuple(row[: len(self._key)]),
            {name: (one, other) for name, one, other in pairs if one != other},
        )

    def _by_row(self) -> TableComparison:
        """Count off whole rows: what is left on either side was added or removed."""
        sides = []
        for has, lacks in (("second", "first"), ("first", "second")):
            left = f"(SELECT * FROM {has} EXCEPT ALL SELECT * FROM {lacks})"
            count = self._run.execute(f"SELECT count(*) FROM {left}").fetchall()[0][0]
            shown = f"SELECT * FROM {left} ORDER BY ALL LIMIT {self._kept}"
            sides.append((count, tuple(self._run.execute(shown).fetchall()) if count else ()))
        (added, added_rows), (removed, removed_rows) = sides
        return TableComparison(
            self._table, self._rows(), (), added, removed, 0, {}, added_rows, removed_rows
        )
