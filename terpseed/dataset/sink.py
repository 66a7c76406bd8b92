"""Writing one table file: the format, the bytes, and what the manifest says about them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from terpseed.dataset.conform import conform
from terpseed.dataset.dialect import write_csv
from terpseed.dataset.manifest import FileFormat, TableFile
from terpseed.dataset.staging import disk_refused
from terpseed.dataset.text import checksum
from terpseed.errors import OutputError, SchemaError, nearest

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from terpseed.catalog import Catalog, Table

_FILE_NAME = re.compile(r"[^/\\.\x00][^/\\\x00]*")


@dataclass(frozen=True, slots=True)
class TableSink:
    """Where table files go. It holds no open file, so that it can be sent to another process.

    Attributes:
        folder: the unfinished dataset.
        catalog: the schema that the rows must fit.
        format: of the files.
    """

    folder: Path
    catalog: Catalog
    format: FileFormat

    def write(self, table: str, frame: pl.DataFrame, shard: int | None = None) -> TableFile:
        """Write the rows of a table, or of one shard of it.

        Args:
            table: name of the table.
            frame: its rows; see ``conform`` for what is made to fit.
            shard: number of the market that the rows belong to; None for a table in one file.

        Returns:
            What the manifest must say about the file.

        Raises:
            OutputError: if the rows do not fit the table, or the disk refuses.
            SchemaError: if the catalog has no such table.
        """
        if table not in self.catalog:
            raise SchemaError(
                f"schema {self.catalog.version} has no table {table!r}",
                then=nearest(table, self.catalog.tables),
            )
        if not _FILE_NAME.fullmatch(table):
            raise OutputError(f"a table of the name {table!r} cannot be a file")
        definition = self.catalog[table]
        rows = conform(frame, definition)
        name = f"{table}.{self.format}" if shard is None else f"{table}/{shard:04d}.{self.format}"
        path = self.folder / name
        try:
            if shard is not None:
                path.parent.mkdir(exist_ok=True)
            size, digest = _write(rows, path, self.format)
        except OSError as error:
            raise disk_refused(error, path) from error
        return TableFile(
            table=table,
            path=name,
            rows=rows.height,
            bytes=size,
            sha256=digest,
            crc_sum=checksum(rows, definition).crc_sum,
            key_range=_key_range(rows, definition),
        )


def _write(rows: pl.DataFrame, path: Path, file_format: FileFormat) -> tuple[int, str]:
    with path.open("xb") as file:
        hashing = _HashingFile(file)
        try:
            if file_format == "parquet":
                rows.write_parquet(hashing, compression="zstd")  # type: ignore[arg-type]
            else:
                write_csv(rows, hashing)  # type: ignore[arg-type]
        except BaseException:
            # Polars turns what happens below it (a full disk, Ctrl-C) into errors of its own.
            if hashing.error is not None:
                raise hashing.error from None
            raise
        return hashing.size, hashing.digest.hexdigest()


class _HashingFile:
    """A file that knows the size and SHA-256 of what was written, and the error that stopped it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self.digest.update(data)
            self.size += len(data)
            return self._file.write(data)
        except BaseException as error:
            self.error = error
            raise

    def flush(self) -> None:
        try:
            self._file.flush()
        except BaseException as error:
            self.error = error
            raise


def _key_range(rows: pl.DataFrame, table: Table) -> tuple[int, int] | None:
    if len(table.primary_key) != 1 or rows.is_empty():
        return None
    key = table[table.primary_key[0]]
    if not key.type.is_integer or key.type.is_boolean:
        return None
    values = rows[key.name]  # in order
    return int(values[0]), int(values[-1])
