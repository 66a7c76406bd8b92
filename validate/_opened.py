"""A dataset opened in DuckDB: its tables, the views that rules see, and facts as macros.

Tables lie in schema ``stored`` as they were stored. Rules select from unqualified names: where
rules should see something else (numbers that an old schema keeps as text, columns that a rule can
do without), a view of the same name in schema ``main`` comes first.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from terpseed.catalog.known_words import known_words
from terpseed.duck import connected, short_of_memory
from terpseed.errors import DatasetError
from validate._anyway import DAMAGE, read_anyway, wrong_header
from validate._ground import Ground
from validate._known import in_known_words
from validate._sources import Relation, relations
from validate.sql import business_type, name, stored, stored_type, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import duckdb

    from terpseed.catalog import Table
    from terpseed.catalog.known_words import KnownWords
    from terpseed.dataset import Dataset
    from validate.facts import Frames

Item = TypeVar("Item")
_LOOK_UP = 0.1  # seconds between two looks whether the user wants to stop

_HELD = 2_000_000  # rows of a dataset in Parquet up to which its tables are held in memory
_SESSION = "SET search_path = 'main,stored'; SET enable_progress_bar = false"


@dataclass
class Opened:
    """An open dataset.

    Attributes:
        connection: of the in-memory database.
        ground: what rules can stand on.
        words: what puts the rows into known words.
        rows: number of rows by table.
        workers: number of threads that run queries.
        replaced: tables of which rules see something else than what was stored.
    """

    connection: duckdb.DuckDBPyConnection
    ground: Ground
    words: KnownWords
    rows: dict[str, int] = field(default_factory=dict)
    workers: int = 1
    replaced: set[str] = field(default_factory=set)

    def sessions(self, n: int) -> list[duckdb.DuckDBPyConnection]:
        """Return connections to the same database for ``n`` threads; the first is our own."""
        extra = [self.connection.cursor() for _ in range(n - 1)]
        for session in extra:
            session.execute(_SESSION)
        return [self.connection, *extra]


@contextmanager
def opened(
    source: Dataset | Frames, *, memory_limit: str | None = None, workers: int | None = None
) -> Iterator[Opened]:
    """Open a dataset and close it again.

    Args:
        source: a dataset on disk or in memory.
        memory_limit: how much memory DuckDB may use, ``512MB``. Tables of Parquet are then read
            from disk again by each query instead of being held, as those of large datasets are in
            any case: reading compressed columns again costs no more than scanning held ones.
        workers: threads; as many as there are processors if not given.

    Raises:
        DatasetError: if a file cannot be read as what the manifest says it is.
        UsageError: if the memory limit is no size.
    """
    workers = workers or len(os.sched_getaffinity(0))
    spill = tempfile.mkdtemp(prefix="terpseed-validate-") if memory_limit else None
    # CSV is read once into a database on disk; Parquet can be read again by each query.
    is_csv = getattr(source, "format", "") == "csv"
    beside = str(Path(spill) / "tables.duckdb") if spill and is_csv else None
    connection = None
    try:
        connection = connected(workers, memory_limit, spill, beside or ":memory:")
        connection.execute(f"CREATE SCHEMA stored; CREATE SCHEMA meta; {_SESSION}")
        hold = is_csv or (memory_limit is None and _rows(source) <= _HELD)
        yield _fill(connection, source, workers, hold=hold)
    finally:
        if connection is not None:
            connection.close()
        if spill:
            shutil.rmtree(spill, ignore_errors=True)


def _rows(source: Dataset | Frames) -> int:
    manifest = getattr(source, "manifest", None)  # rows in memory are held as they are
    return 0 if manifest is None else int(manifest.rows)


def _fill(
    connection: duckdb.DuckDBPyConnection, source: Dataset | Frames, workers: int, *, hold: bool
) -> Opened:
    import duckdb  # noqa: PLC0415 - slow to import

    words = known_words(source.catalog)
    found, as_of, scenario = relations(connection, source, words)
    open_ = Opened(connection, Ground(words.catalog), words, workers=workers)
    kind = "TABLE" if hold else "VIEW"
    largest_first = sorted(found, key=lambda relation: -relation.size)
    try:
        connection.execute(DAMAGE)
        damaged = _create_all(open_, source, largest_first, kind)
        for table in damaged:
            read_anyway(connection, cast("Dataset", source), table)
            if not words.are_own:
                _reword(connection, words, table)
        for relation in largest_first:
            if relation.local:
                connection.execute(_create("TABLE", relation))
        _describe(connection, open_, found)
        open_.ground = _ground(open_, source, found, as_of, scenario)
        open_.rows = _count(connection, found)
    except duckdb.OutOfMemoryException as error:
        raise short_of_memory("opening the dataset", error) from None
    except (duckdb.Error, OSError, ValueError) as error:
        raise DatasetError(
            "a table file cannot be read",
            where=str(error).partition("\n")[0],
            why="the dataset's checksums are right, so it was written this way",
            then="generate the dataset again",
        ) from None
    return open_


def _create_all(
    open_: Opened, source: Dataset | Frames, found: Sequence[Relation], kind: str
) -> list[str]:
    """Create the tables on disk; return those whose files do not hold what they should."""
    import duckdb  # noqa: PLC0415 - slow to import

    damaged: list[str] = []
    lock = threading.Lock()

    def work(session: duckdb.DuckDBPyConnection, relation: Relation) -> None:
        table = source.catalog[relation.table]
        sound = not any(wrong_header(file, table) for file in relation.headed)
        try:
            if sound:
                session.execute(_create(kind, relation))
        except (duckdb.DataError, duckdb.InvalidInputException):
            sound = False
        if not sound:
            with lock:
                damaged.append(relation.table)

    on_disk = [relation for relation in found if not relation.local]
    share_out(open_.sessions(min(open_.workers, len(on_disk) or 1)), on_disk, work)
    return sorted(damaged)


def _create(kind: str, relation: Relation) -> str:
    return f"CREATE {kind} {stored(relation.table)} AS {relation.select}"


def _reword(connection: duckdb.DuckDBPyConnection, words: KnownWords, table: str) -> None:
    """Put a table that was read anyway into known words."""
    columns = [row[0] for row in connection.execute(f"DESCRIBE {stored(table)}").fetchall()]
    select = in_known_words(words, table, f"SELECT * FROM {stored(table)}", columns)
    connection.execute(f"CREATE OR REPLACE TABLE {stored(table)} AS {select}")


def _describe(
    connection: duckdb.DuckDBPyConnection, open_: Opened, found: Sequence[Relation]
) -> None:
    """Write down what the catalog expects and which tables are held, for rules of structure."""
    columns = [
        (table.name, column.name, position, stored_type(column.type))
        for table in open_.ground.catalog.tables.values()
        for position, column in enumerate((c for c in table.columns if not c.generated), 1)
    ]
    lists = [list(part) for part in zip(*columns, strict=True)]
    connection.execute(
        "CREATE TABLE meta.expected AS SELECT unnest($1) AS table_name, "
        "unnest($2) AS column_name, unnest($3) AS position, unnest($4) AS data_type",
        lists,
    )
    connection.execute(
        "CREATE TABLE meta.held AS SELECT unnest($1::VARCHAR[]) AS table_name",
        [[relation.table for relation in found]],
    )


def _ground(
    open_: Opened,
    source: Dataset | Frames,
    found: Sequence[Relation],
    as_of: Any,
    scenario: Any,
) -> Ground:
    held = {relation.table for relation in found}
    lost, odd = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    words = open_.words
    for table, column, kind in open_.connection.execute(
        "SELECT e.table_name, e.column_name, s.data_type FROM meta.expected e "
        "SEMI JOIN meta.held USING (table_name) LEFT JOIN (SELECT * FROM duckdb_columns() "
        "WHERE schema_name = 'stored') s USING (table_name, column_name) "
        "WHERE s.data_type IS DISTINCT FROM e.data_type"
    ).fetchall():
        (lost if kind is None else odd)[table].add(column)
    return Ground(
        catalog=words.catalog,
        missing=frozenset(set(source.catalog.tables) - held),
        lost={table: frozenset(columns) for table, columns in lost.items()},
        odd={table: frozenset(columns) for table, columns in odd.items()},
        as_of=as_of,
        scenario=scenario or None,
        goes_on_from=_goes_on_from(source),
        read_from=str(_read_from(source).get("database", "")),
        unheld=tuple(
            (
                entry["table"],
                words.names.get(entry["table"], {}).get(entry["column"], entry["column"]),
                entry["count"],
                *entry["examples"][0],
            )
            for entry in _read_from(source).get("unheld", ())
        ),
    )


def _read_from(source: Dataset | Frames) -> Mapping[str, Any]:
    manifest = getattr(source, "manifest", None)
    return (manifest.source if manifest is not None else None) or {}


def _goes_on_from(source: Dataset | Frames) -> str:
    manifest = getattr(source, "manifest", None)
    return manifest.after.database if manifest is not None and manifest.after else ""


def _count(connection: duckdb.DuckDBPyConnection, found: Sequence[Relation]) -> dict[str, int]:
    parts = [
        f"SELECT {text(relation.table)}, count(*) FROM {stored(relation.table)}"
        for relation in found
        if relation.rows is None
    ]
    counted = {relation.table: relation.rows for relation in found if relation.rows is not None}
    if parts:
        counted |= dict(connection.execute(" UNION ALL ".join(parts)).fetchall())
    return dict(sorted(counted.items()))


def add_views(open_: Opened, optional: set[tuple[str, str]]) -> None:
    """Create the views that rules see instead of the stored tables, where the two differ.

    Args:
        open_: the dataset.
        optional: (table, column) pairs that some rule can do without; where the dataset lacks the
            column, the view holds NULL.
    """
    types = {
        (table, column): kind
        for table, column, kind in open_.connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE schema_name = 'stored'"
        ).fetchall()
    }
    for table in open_.ground.catalog.tables.values():
        if table.name in open_.ground.missing:
            continue
        if select := _seen(open_.ground, table, types, optional):
            open_.connection.execute(f"CREATE VIEW {name('main', table.name)} AS {select}")
            open_.replaced.add(table.name)


def _seen(
    ground: Ground,
    table: Table,
    types: dict[tuple[str, str], str],
    optional: set[tuple[str, str]],
) -> str:
    """Return the SELECT of a table as rules see it, or the empty string if that is as stored."""
    replaced = []
    for column in table.columns:
        wanted = business_type(table.name, column)
        found = types.get((table.name, column.name))
        if found is not None and found != wanted:
            replaced.append(f"TRY_CAST({name(column.name)} AS {wanted}) AS {name(column.name)}")
    added = [
        f"NULL AS {name(column)}"
        for owner, column in sorted(optional)
        if owner == table.name and ground.why_no_column(owner, column)
    ]
    if not replaced and not added:
        return ""
    change = f" REPLACE ({', '.join(replaced)})" if replaced else ""
    return f"SELECT *{change}{''.join(', ' + part for part in added)} FROM {stored(table.name)}"


def add_facts(open_: Opened) -> None:
    """Create the macros that rules may use.

    ``as_of_day()`` and ``as_of_moment()``: the day of the books, and noon of it; ``promised(key)``
    and ``promised_word(key)``: a number or word of the scenario, which is that of each market;
    ``markets()``: how many there are; ``json_or_null(value)``.
    """
    ground = open_.ground
    day = f"DATE '{ground.as_of}'" if ground.as_of else "NULL::DATE"
    moment = f"TIMESTAMP '{ground.now}'" if ground.now else "NULL::TIMESTAMP"
    keys = list(ground.promises)
    values = [str(value) for value in ground.promises.values()]
    open_.connection.execute(
        f"CREATE MACRO as_of_day() AS {day}; CREATE MACRO as_of_moment() AS {moment}"
    )
    open_.connection.execute(
        "CREATE TABLE meta.promises AS SELECT unnest($1::VARCHAR[]) AS key, "
        "unnest($2::VARCHAR[]) AS word",
        [keys, values],
    )
    open_.connection.execute(
        "CREATE MACRO promised(wanted) AS "
        "(SELECT TRY_CAST(word AS DECIMAL(18,6)) FROM meta.promises WHERE key = wanted); "
        "CREATE MACRO promised_word(wanted) AS "
        "(SELECT word FROM meta.promises WHERE key = wanted); "
        "CREATE MACRO markets() AS CAST(coalesce(promised('scale.markets'), 1) AS DECIMAL(9)); "
        # Functions on JSON stop the whole query at a text that is none.
        "CREATE MACRO json_or_null(value) AS CASE WHEN json_valid(value) THEN value END"
    )


def share_out(
    sessions: Sequence[duckdb.DuckDBPyConnection],
    items: Iterable[Item],
    work: Callable[[duckdb.DuckDBPyConnection, Item], object],
) -> None:
    """Work through items on several sessions at once; raise the first error when all have stopped.

    Args:
        sessions: one per thread; with a single one nothing is started.
        items: taken in order by whichever session is free.
        work: called with a session and an item.
    """
    left = iter(items)
    lock, errors = threading.Lock(), list[BaseException]()
    nothing = object()

    def run(session: duckdb.DuckDBPyConnection) -> None:
        while not errors:
            with lock:
                item = next(left, nothing)
            if item is nothing:
                return
            try:
                work(session, cast("Item", item))
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors.append(error)

    if len(sessions) == 1:
        run(sessions[0])
    else:
        threads = [threading.Thread(target=run, args=(session,)) for session in sessions]
        for thread in threads:
            thread.start()
        _join(threads, sessions, errors)
    if errors:
        raise errors[0]


def _join(
    threads: Sequence[threading.Thread],
    sessions: Sequence[duckdb.DuckDBPyConnection],
    errors: list[BaseException],
) -> None:
    """Wait for threads; a stop of the user's interrupts what they have under way.

    Polars installs a handler of its own for SIGINT, after which a wait without end is not broken
    off by Ctrl-C.
    """
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK_UP)
    except BaseException as stop:
        errors.append(stop)
        for session in sessions:
            session.interrupt()
        for thread in threads:
            thread.join()
        raise
