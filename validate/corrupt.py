"""Writing a dataset with a planted fault: for trying one's own checks, and for proving ours.

The new dataset is complete and sealed: its manifest is right about its files and names the fault.
It has the format of the old one, except where a value is damaged that Parquet's types cannot hold;
then all of it is CSV.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terpseed.catalog.known_words import known_words
from terpseed.errors import RuleError, UsageError, nearest
from validate._ground import Ground
from validate._known import in_own_words
from validate._opened import Opened, opened
from validate.faults import Fault, all_faults, plant
from validate.sql import stored

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import polars as pl

    from terpseed.catalog import Catalog, Table
    from terpseed.dataset import Dataset, DatasetWriter, FileFormat, Manifest, TableFile

_ANY_DAY = date(2025, 10, 31)
"""Which faults there are does not depend on the day, only on whether there is one."""
_MARK, _NO_TEXT = b"INVALID-UTF8-HERE", b"\xff\xfe\xc3\x28 no UTF-8 here"


@dataclass(frozen=True)
class Corrupted:
    """A dataset with a planted fault.

    Attributes:
        fault: the fault.
        path: the new dataset's folder.
        manifest: of the new dataset.
        tables: the damaged tables.
        rows: number of rows that were changed.
    """

    fault: Fault
    path: Path
    manifest: Manifest
    tables: tuple[str, ...]
    rows: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "path": str(self.path),
            "format": self.manifest.file_format,
            "fault": self.fault.to_dict(),
            "tables": list(self.tables),
            "rows": self.rows,
        }


def faults_for(catalog: Catalog) -> tuple[Fault, ...]:
    """Return every fault that can be planted in datasets of a schema."""
    return all_faults(Ground(known_words(catalog).catalog, as_of=_ANY_DAY))


def corrupt(dataset: Dataset, fault_id: str, out: Path, *, force: bool = False) -> Corrupted:
    """Write a copy of a dataset with a planted fault.

    Args:
        dataset: the sound dataset.
        fault_id: which fault, see ``faults_for``.
        out: folder of the new dataset.
        force: whether a dataset that is there is replaced.

    Raises:
        UsageError: if there is no such fault, or the dataset gives it nothing to damage.
        OutputError: if the place is taken or the disk refuses.
        DatasetError: if a file of the dataset cannot be read.
    """
    known = {fault.id: fault for fault in faults_for(dataset.catalog)}
    if fault_id not in known:
        raise UsageError(
            f"there is no fault {fault_id!r} for schema {dataset.catalog.version}",
            then=nearest(fault_id, known) or "run `terpseed corrupt --list`",
        )
    fault = known[fault_id]
    with opened(dataset) as open_:
        rows, tables = _planted(open_, fault)
        return _write(dataset, open_, fault, tables=tables, rows=rows, out=out, force=force)


def _planted(open_: Opened, fault: Fault) -> tuple[int, tuple[str, ...]]:
    import duckdb  # noqa: PLC0415 - slow to import

    tables = sorted(fault.touched(open_.ground))
    lacking = [table for table in tables if open_.ground.why_no_table(table)]
    if lacking or not tables:
        raise UsageError(
            f"the fault {fault.id} cannot be planted in schema {open_.ground.catalog.version}",
            where=", ".join(lacking),
        )
    try:
        rows = plant(open_, fault)
    except duckdb.Error as error:
        raise RuleError(
            f"the fault {fault.id} cannot be planted in this dataset",
            where=str(error).partition("\n")[0],
        ) from None
    if not rows:
        raise UsageError(
            f"the dataset has no rows that the fault {fault.id} could damage",
            where=", ".join(tables),
            then="take a larger scenario, for example full",
        )
    return rows, tuple(tables)


def _write(
    dataset: Dataset,
    open_: Opened,
    fault: Fault,
    *,
    tables: Sequence[str],
    rows: int,
    out: Path,
    force: bool,
) -> Corrupted:
    from terpseed.dataset import DatasetWriter  # noqa: PLC0415 - imports Polars

    frames = {table: _frame(open_, table) for table in tables}
    fits = all(_fits(frame, dataset.catalog[table]) for table, frame in frames.items())
    keeps = fault.damage not in {"types", "columns"} and fits
    manifest = dataset.manifest
    file_format: FileFormat = dataset.format if keeps else "csv"
    with DatasetWriter(
        out,
        dataset.catalog,
        format=file_format,
        scenario=manifest.scenario,
        seed=manifest.seed,
        as_of=manifest.as_of,
        force=force,
        after=manifest.after,
        fitting=manifest.fitting,
        source=manifest.source,
        planted=fault.to_dict(),
    ) as writer:
        for table in dataset.tables:
            if table not in frames:
                writer.add(_sound(writer, dataset, table))
            elif fault.damage != "table":
                writer.add([_damaged(writer, dataset.catalog[table], frames[table], fault)])
        written = writer.commit()
    return Corrupted(fault, out, written, tuple(tables), rows)


def _frame(open_: Opened, table: str) -> pl.DataFrame:
    import polars as pl  # noqa: PLC0415 - slow to import

    known = f"SELECT * FROM {stored(table)}"
    own = in_own_words(open_.words, table, known, open_.connection.sql(known).columns)
    found = open_.connection.sql(own).to_arrow_table()
    frame = pl.DataFrame(pl.from_arrow(found))
    keys = [key for key in open_.ground.catalog[table].primary_key if key in frame.columns]
    return frame.sort(keys, maintain_order=True) if keys else frame


def _fits(frame: pl.DataFrame, table: Table) -> bool:
    """Return whether the rows have the types of a table, so that Parquet can hold them."""
    import polars as pl  # noqa: PLC0415 - slow to import

    from terpseed.dataset import frame_schema  # noqa: PLC0415 - imports Polars

    for column, dtype in frame_schema(table).items():
        if isinstance(dtype, pl.Enum):
            labels = set(dtype.categories)
            if not set(frame[column].drop_nulls().unique()) <= labels:
                return False
    return True


def _sound(writer: DatasetWriter, dataset: Dataset, table: str) -> list[TableFile]:
    """Write a table that is not damaged: its very files if the format stays."""
    if writer.sink.format != dataset.format:
        return [writer.sink.encode(table, dataset.scan(table).collect())]
    files = list(dataset.manifest.tables[table].files)
    for file in files:
        target = _folder(writer) / file.path
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(dataset.path / file.path, target)
    return files


def _damaged(writer: DatasetWriter, table: Table, frame: pl.DataFrame, fault: Fault) -> TableFile:
    """Write a damaged table as it is: nothing is made to fit."""
    import polars as pl  # noqa: PLC0415 - slow to import

    from terpseed.dataset import frame_schema  # noqa: PLC0415 - imports Polars

    types, shown, odd = frame_schema(table), list[pl.Expr](), set[str]()
    for column in frame.columns:
        dtype, value = types[column], pl.col(column)
        if isinstance(dtype, pl.Datetime):
            value = value.dt.replace_time_zone("UTC")
        elif isinstance(dtype, pl.Enum) and writer.sink.format == "parquet":
            value = value.cast(dtype)
        elif frame[column].dtype != dtype:
            value = value.cast(pl.String)
            odd.add(column)
        shown.append(value)
    rows = frame.select(shown)
    keyed = not any(rows[key].null_count() for key in table.primary_key)
    definition = _as_text(table, odd, keyed=keyed)
    if fault.damage == "columns":
        first, second, third, *rest = definition.columns
        definition = replace(definition, columns=(first, third, second, *rest))
        rows = rows.select([column.name for column in definition.columns if not column.generated])
    sink = replace(
        writer.sink,
        catalog=replace(
            writer.sink.catalog, tables={**writer.sink.catalog.tables, table.name: definition}
        ),
    )
    file = sink.encode(table.name, rows)
    return _spoiled(writer, file, rows) if fault.damage == "bytes" else file


def _folder(writer: DatasetWriter) -> Path:
    folder = writer.sink.folder
    assert isinstance(folder, Path)  # noqa: S101 - a DatasetWriter writes into a folder
    return folder


def _as_text(table: Table, odd: Collection[str], *, keyed: bool) -> Table:
    """Return a table whose odd columns are texts, as they are written then."""
    from terpseed.catalog import ColumnType  # noqa: PLC0415 - reads the shipped catalogs

    return replace(
        table,
        primary_key=table.primary_key if keyed else (),
        columns=tuple(
            replace(column, type=ColumnType("varchar", length=65535))
            if column.name in odd
            else column
            for column in table.columns
        ),
    )


def _spoiled(writer: DatasetWriter, file: TableFile, rows: pl.DataFrame) -> TableFile:
    """Replace the mark in a file's texts by bytes that are no UTF-8."""
    path = _folder(writer) / file.path
    if writer.sink.format == "parquet":
        # Neither compressed nor in a dictionary's statistics, so that the bytes stand there.
        rows.write_parquet(path, compression="uncompressed", statistics=False)
    content = path.read_bytes().replace(_MARK, _NO_TEXT[: len(_MARK)].ljust(len(_MARK)))
    path.write_bytes(content)
    return replace(file, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
