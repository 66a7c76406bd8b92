"""Writing one table file: the format, the bytes, and what the manifest says about them."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from terpseed.dataset.conform import conform
from terpseed.dataset.dialect import write_csv
from terpseed.dataset.layout import is_reserved
from terpseed.dataset.manifest import FileFormat, TableFile
from terpseed.dataset.staging import disk_refused
from terpseed.dataset.text import checksum
from terpseed.errors import OutputError, SchemaError, nearest

if TYPE_CHECKING:
    from terpseed.catalog import Catalog, Table
    from terpseed.dataset.place import Place

_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_FILE_NAME = re.compile(r"[^/\\.\x00][^/\\\x00]*")


@dataclass(frozen=True, slots=True)
class TableSink:
    """Where table files go. It holds no open file, so that it can be sent to another process.

    Attributes:
        folder: of the unfinished dataset, where each file is written once; or a place that another
            run may have written to before, where files are replaced.
        catalog: the schema that the rows must fit.
        format: of the files.
    """

    folder: Path | Place
    catalog: Catalog
    format: FileFormat

    def write(self, table: str, frame: pl.DataFrame, shard: int | str | None = None) -> TableFile:
        """Write the rows of a table, or of one shard of it.

        Args:
            table: name of the table.
            frame: its rows; see ``conform`` for what is made to fit.
            shard: number of the market that the rows belong to, or a name for several of them;
                None for a table in one file.

        Returns:
            What the manifest must say about the file.

        Raises:
            OutputError: if the rows do not fit the table, or the disk refuses.
            SchemaError: if the catalog has no such table.
        """
        return self.encode(table, self.fit(table, frame), shard)

    def fit(self, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows as ``encode`` takes them; see ``conform``.

        Raises:
            OutputError: if the rows do not fit the table.
            SchemaError: if the catalog has no such table.
        """
        if table not in self.catalog:
            raise SchemaError(
                f"schema {self.catalog.version} has no table {table!r}",
                then=nearest(table, self.catalog.tables),
            )
        if not _FILE_NAME.fullmatch(table):
            raise OutputError(f"a table of the name {table!r} cannot be a file")
        return conform(frame, self.catalog[table])

    def encode(self, table: str, rows: pl.DataFrame, shard: int | str | None = None) -> TableFile:
        """Write rows that ``fit`` returned. Safe to call from several threads.

        Args:
            table: name of the table.
            rows: its rows.
            shard: number of the market that the rows belong to, or a name for several of them;
                None for a table in one file.

        Raises:
            OutputError: if the disk refuses, or the file was written before.
        """
        definition = self.catalog[table]
        name = self.name(table, shard)
        if isinstance(self.folder, Path):
            size, digest = _into_folder(self.folder, rows, name, self.format)
        else:
            buffer = BytesIO()
            _write(rows, buffer, self.format)
            data = buffer.getvalue()
            size, digest = len(data), hashlib.sha256(data).hexdigest()
            self.folder.put(name, data)
        return TableFile(
            table=table,
            path=name,
            rows=rows.height,
            bytes=size,
            sha256=digest,
            crc_sum=checksum(rows, definition).crc_sum,
            key_range=_key_range(rows, definition),
        )

    def name(self, table: str, shard: int | str | None = None) -> str:
        """Return the path of a table's file, relative to the dataset."""
        if shard is None:
            return f"{table}.{self.format}"
        label = f"{shard:04d}" if isinstance(shard, int) else shard
        # TERP has a table called receipts, and what loads leave lies in a folder of that name.
        folder = f"table-{table}" if is_reserved(f"{table}/") else table
        return f"{folder}/{label}.{self.format}"


def _into_folder(
    folder: Path, rows: pl.DataFrame, name: str, file_format: FileFormat
) -> tuple[int, str]:
    path = folder / name
    try:
        if "/" in name:
            path.parent.mkdir(exist_ok=True)
        path.touch(exist_ok=False)
        _write(rows, path, file_format)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileExistsError:
        raise OutputError("the same rows of a table are written twice", where=str(path)) from None
    except OSError as error:
        raise disk_refused(error, path) from error
    return path.stat().st_size, digest


def _write(rows: pl.DataFrame, path: Path | BytesIO, file_format: FileFormat) -> None:
    try:
        if file_format == "parquet":
            rows.write_parquet(path, compression="zstd")
        else:
            write_csv(rows, path)
    except (OSError, pl.exceptions.ComputeError) as error:
        # Polars tells the system's error number in words only.
        number = _OS_ERROR.search(str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error


def _key_range(rows: pl.DataFrame, table: Table) -> tuple[int, int] | None:
    if len(table.primary_key) != 1 or rows.is_empty():
        return None
    key = table[table.primary_key[0]]
    if not key.type.is_integer or key.type.is_boolean:
        return None
    values = rows[key.name]  # in order
    return int(values[0]), int(values[-1])
