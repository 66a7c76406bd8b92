"""SQL that can be pasted: INSERT statements in files of a size that a client takes.

Every file stands for itself: it sets what it needs, and sets it back. Text is escaped for the SQL
mode that the file sets, so that it means the same on both servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from terpseed.catalog.ddl import create_database_sql, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from terpseed.catalog import Catalog
    from terpseed.dataset import Dataset

_HEAD = """\
SET NAMES utf8mb4;
SET @old_mode = @@SESSION.sql_mode, @old_zone = @@SESSION.time_zone, @old_keys = @@SESSION.foreign_key_checks;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', SESSION time_zone = '+00:00', SESSION foreign_key_checks = 0;
START TRANSACTION;
"""  # noqa: E501 - a statement a line reads best where it is pasted
_TAIL = """\
COMMIT;
SET SESSION sql_mode = @old_mode, SESSION time_zone = @old_zone, SESSION foreign_key_checks = @old_keys;
"""  # noqa: E501 - see above
_STATEMENT = 256 * 1024  # characters; far below what servers take in one packet by default


@dataclass(frozen=True, slots=True)
class SqlOptions:
    """How SQL is written.

    Attributes:
        file_bytes: about the largest that a file gets.
        statement_rows: most rows in one INSERT.
        with_tables: whether the first file creates the tables.
    """

    file_bytes: int = 2_000_000
    statement_rows: int = 500
    with_tables: bool = False


def write_sql(dataset: Dataset, folder: Path, options: SqlOptions) -> Iterator[tuple[str, int]]:
    """Write a dataset as numbered files; yield each table and its rows when it is done.

    Raises:
        OSError: if the disk refuses.
    """
    script = _Script(folder, options.file_bytes)
    if options.with_tables:
        script.alone("tables", _tables(dataset.catalog, list(dataset.tables)))
    for name in dataset.tables:
        rows = 0
        for frame in dataset.scan(name).collect_batches():
            rows += frame.height
            for statement in _inserts(name, frame, options):
                script.add(name, statement)
        yield name, rows
    script.close()


class _Script:
    """The files, opened one after the other; none is much larger than the limit."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit
        self._number, self._size, self._name = 0, 0, ""
        self._parts: list[str] = []

    def add(self, table: str, statement: str) -> None:
        if self._parts and self._size + len(statement) > self._limit:
            self.close()
        self._name = self._name or table
        self._parts.append(statement)
        self._size += len(statement)

    def alone(self, name: str, text: str) -> None:
        self.close()
        self._write(name, text)

    def close(self) -> None:
        if self._parts:
            self._write(self._name, "".join([_HEAD, *self._parts, _TAIL]))
        self._parts, self._size, self._name = [], 0, ""

    def _write(self, name: str, text: str) -> None:
        self._number += 1
        safe = "".join(sign if sign.isalnum() or sign in "_-" else "_" for sign in name)
        path = self._folder / f"{self._number:04}_{safe}.sql"
        path.write_text(text, encoding="utf-8", newline="\n")


def _tables(catalog: Catalog, names: list[str]) -> str:
    wanted = {quoted(name) for name in names}
    statements = [
        statement
        for statement in create_database_sql(catalog)
        if not statement.startswith("CREATE TABLE")
        or statement.removeprefix("CREATE TABLE ").split(" (", 1)[0] in wanted
    ]
    return "".join(f"{statement};\n" for statement in statements)


def _inserts(table: str, frame: pl.DataFrame, options: SqlOptions) -> Iterator[str]:
    columns = ", ".join(quoted(name) for name in frame.columns)
    start = f"INSERT INTO {quoted(table)} ({columns}) VALUES\n"
    size = min(_STATEMENT, options.file_bytes)
    for part in frame.iter_slices(options.statement_rows):
        yield from _packed(start, _row_literals(part), size)


def _packed(start: str, rows: Iterable[str], most: int) -> Iterator[str]:
    """Join rows to statements, none longer than so many characters unless one row is."""
    held: list[str] = []
    size = 0
    for row in rows:
        if held and size + len(row) > most:
            yield _statement(start, held)
            held, size = [], 0
        held.append(row)
        size += len(row)
    if held:
        yield _statement(start, held)


def _statement(start: str, rows: list[str]) -> str:
    return start + ",\n".join(rows) + ";\n"


def _row_literals(frame: pl.DataFrame) -> list[str]:
    """Return each row as ``(1, 'text', NULL)``."""
    cells = [_literal(name, kind).fill_null("NULL") for name, kind in frame.schema.items()]
    row = pl.format("({})", pl.concat_str(cells, separator=", "))
    return frame.select(row.alias("row"))["row"].to_list()


def _literal(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Boolean):
        return column.cast(pl.Int8).cast(pl.String)
    if kind.is_numeric():
        return column.cast(pl.String)
    if isinstance(kind, pl.Datetime):
        text = column.dt.strftime("%Y-%m-%d %H:%M:%S%.6f").str.strip_suffix(".000000")
        return pl.format("'{}'", text)
    text = column.cast(pl.String)
    # the backslash first, since the others bring new ones
    for sign, escaped in (
        ("\\", "\\\\"),
        ("'", "\\'"),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\0", "\\0"),
        ("\x1a", "\\Z"),
    ):
        text = text.str.replace_all(sign, escaped, literal=True)
    return pl.format("'{}'", text)
