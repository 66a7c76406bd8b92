"""From a dataset to an export: which form, where, and what was written."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from terpseed.errors import OutputError, UsageError
from terpseed.export.csvfiles import CsvOptions, write_csv
from terpseed.export.place import ABOUT, placed
from terpseed.export.sqlscript import SqlOptions, write_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from terpseed.dataset import Dataset

FORMAT = 1  # of ``export.json`` and of what ``--json`` prints

_FILE_NAME = re.compile(r"[^/\\.\x00][^/\\\x00]*")

ExportFormat = Literal["csv", "parquet", "duckdb", "sql"]
FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
Compression = Literal["zstd", "snappy", "gzip", "lz4", "uncompressed"]
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen; each form reads its own.

    Attributes:
        csv: of CSV.
        sql: of SQL.
        compression: of Parquet.
    """

    csv: CsvOptions = field(default_factory=CsvOptions)
    sql: SqlOptions = field(default_factory=SqlOptions)
    compression: Compression = "zstd"


@dataclass(frozen=True, slots=True)
class Export:
    """What was written.

    Attributes:
        out: the folder, or the file of DuckDB.
        form: the form.
        source: identity of the dataset.
        tables: rows of each table.
        files: number of files.
        bytes: size of all of them.
    """

    out: Path
    form: ExportFormat
    source: str
    tables: dict[str, int]
    files: int
    bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "format": FORMAT,
            "out": str(self.out),
            "form": self.form,
            "dataset": self.source,
            "rows": sum(self.tables.values()),
            "files": self.files,
            "bytes": self.bytes,
            "tables": self.tables,
        }


def export(
    dataset: Dataset,
    out: Path,
    form: ExportFormat,
    options: Options | None = None,
    *,
    force: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> Export:
    """Write a dataset in another form.

    Args:
        dataset: an opened dataset.
        out: the folder to write, or the file for DuckDB.
        form: the form.
        options: what can be chosen.
        force: whether an older export there is replaced.
        progress: told tables done, tables there are, and the table done last.

    Raises:
        OutputError: if the place is taken or the disk refuses.
        UsageError: if the export would lie inside the dataset.
    """
    if out.resolve().is_relative_to(dataset.path.resolve()):
        raise UsageError(
            "an export cannot lie inside the dataset",
            where=str(out),
            why="its files would be no part of what the manifest says",
            then="choose an --out elsewhere",
        )
    for name in dataset.tables:
        if not _FILE_NAME.fullmatch(name):
            # such a name cannot come from `generate`, but from a manifest of somebody's making
            raise OutputError(f"a table of the name {name!r} cannot be a file", where=str(out))
    chosen = options or Options()
    tables: dict[str, int] = {}
    is_ours = _is_duckdb if form == "duckdb" else _is_export
    with placed(out, force=force, is_ours=is_ours) as hidden:
        if form != "duckdb":
            hidden.mkdir()
        for name, rows in _written(dataset, hidden, form, chosen):
            tables[name] = rows
            if progress is not None:
                progress(len(tables), len(dataset.tables), name)
        files = [hidden] if form == "duckdb" else sorted(hidden.iterdir())
        size = sum(file.stat().st_size for file in files)
        result = Export(out, form, dataset.manifest.identity, tables, len(files), size)
        if form != "duckdb":
            about = json.dumps({**result.to_dict(), "out": None}, indent=1)
            (hidden / ABOUT).write_text(about + "\n", encoding="utf-8")
    return result


def _written(
    dataset: Dataset, place: Path, form: ExportFormat, options: Options
) -> Iterator[tuple[str, int]]:
    if form == "sql":
        yield from write_sql(dataset, place, options.sql)
    elif form == "duckdb":
        from terpseed.export.duckfile import write_duckdb  # noqa: PLC0415 - seldom needed

        yield from write_duckdb(dataset, place)
    elif form == "csv":
        for name in dataset.tables:
            frames = dataset.scan(name).collect_batches()
            path = place / f"{name}{options.csv.suffix}"
            yield name, write_csv(frames, path, options.csv)
    else:
        for name in dataset.tables:
            path = place / f"{name}.parquet"
            dataset.scan(name).sink_parquet(path, compression=options.compression)
            yield name, dataset.manifest.tables[name].rows


def _is_export(path: Path) -> bool:
    return (path / ABOUT).is_file()


def _is_duckdb(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(12)[8:12] == b"DUCK"
