"""DuckDB as all of terpseed uses it: how it is opened, and how names and texts are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terpseed.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from terpseed.catalog import ColumnType, Table

_TYPES = {"int": "INTEGER", "bigint": "BIGINT", "date": "DATE"}

_SETTINGS: dict[str, Any] = {
    # Nothing is ever fetched from the network: what is not built in is not there.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # DuckDB 2.0 fails to fold a comparison that the column's statistics decide for every row.
    "disabled_optimizers": "statistics_propagation",
}


def connected(
    workers: int, memory_limit: str | None, spill: str | None, database: str = ":memory:"
) -> duckdb.DuckDBPyConnection:
    """Open a database whose clock is in UTC and that asks nothing of the network.

    Args:
        workers: threads.
        memory_limit: how much memory it may use, ``512MB``; rows then need not keep their order
            where no query asks for one. None leaves it to DuckDB.
        spill: folder for what does not fit into the limit.
        database: path of a file; in memory without one.

    Raises:
        UsageError: if the memory limit is no size.
    """
    import duckdb  # noqa: PLC0415 - slow to import

    settings = {**_SETTINGS, "threads": workers}
    if memory_limit:
        settings |= {
            "memory_limit": memory_limit,
            "temp_directory": spill,
            "preserve_insertion_order": False,
        }
    try:
        connection = duckdb.connect(database, config=settings)
    except duckdb.Error as error:
        raise UsageError(
            f"the memory limit {memory_limit!r} is no size that DuckDB takes",
            where=str(error).splitlines()[0],
            then="write for example 512MB or 2GB",
        ) from None
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def name(*parts: str) -> str:
    """Return an identifier, quoted; several parts are joined by dots."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def text(value: str) -> str:
    """Return a string literal."""
    return "'" + value.replace("'", "''") + "'"


def stored_type(column: ColumnType) -> str:
    """Return the DuckDB type in which a dataset holds a column type; times without their zone."""
    if column.is_boolean:
        return "BOOLEAN"
    if column.base == "decimal":
        return f"DECIMAL({column.precision},{column.scale})"
    if column.base in {"timestamp", "datetime"}:
        return "TIMESTAMP"
    if column.integer_range is not None:
        low, high = column.integer_range
        if high >= 2**63:
            return "UBIGINT"
        return "INTEGER" if low >= -(2**31) and high < 2**31 else "BIGINT"
    return _TYPES.get(column.base, "VARCHAR")


def without_zone(table: Table) -> list[str]:
    """Return the columns of a SELECT * REPLACE that takes the zone, always UTC, from moments."""
    return [
        f"CAST({name(column.name)} AS TIMESTAMP) AS {name(column.name)}"
        for column in table.columns
        if column.type.base in {"timestamp", "datetime"} and not column.generated
    ]


def short_of_memory(what: str, error: Exception) -> UsageError:
    """Return the error of a query that a memory limit is too small for.

    Args:
        what: what the query is for.
        error: DuckDB's.
    """
    return UsageError(
        f"there is too little memory for {what}",
        where=str(error).partition("\n")[0],
        then="raise --memory-limit, or lower --workers, which share it",
    )
