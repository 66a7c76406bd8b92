"""Emptying the tables that a dataset replaces, after keeping what they hold if that is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from load._session import execute
from load.progress import Progress
from terpseed.catalog.ddl import quoted
from terpseed.errors import StateDiffersError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from load.progress import Report
    from terpseed.connection import Connection, Target

_ROWS = 50_000  # of one transaction


def keep(target: Target, tables: Sequence[str], out: Path, workers: int) -> None:
    """Keep the rows of tables as a dataset that can be loaded to put them back.

    Raises:
        StateDiffersError: if it cannot hold all of them.
        OutputError: if the place is taken or the disk refuses.
    """
    from terpseed.snapshot import snapshot  # noqa: PLC0415 -- only here

    made = snapshot(target, out, tables=tables, workers=workers)
    lacking = [f"{entry.table}.{entry.column}: {entry.count:,} values" for entry in made.unheld]
    lacking += [str(column) for column in made.source["left_out"]]
    if lacking:
        raise StateDiffersError(
            "the backup cannot hold everything that the tables do",
            where=", ".join(lacking),
            why="what is deleted could not be put back; nothing was deleted",
            then="back these tables up with mysqldump, and run without --backup",
        )


def empty(connection: Connection, tables: Mapping[str, int], report: Report) -> int:
    """Delete all rows of tables, a bounded number in each transaction.

    Args:
        connection: a session of the load, foreign keys off.
        tables: rows by table.
        report: called after each transaction.

    Returns:
        The number of rows deleted.
    """
    deleted, total = 0, sum(tables.values())
    for table in tables:
        while True:
            gone = execute(connection, f"DELETE FROM {quoted(table)} LIMIT {_ROWS:d}")
            connection.commit()
            deleted += gone
            report(Progress("removal", min(deleted, total), total, table))
            if gone < _ROWS:
                break
    return deleted
