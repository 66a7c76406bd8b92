"""Pieces of a dataset as CSV files that a server may ask for, one at a time, bounded in size.

A CSV dataset's own file is given as it is where it is small enough, as a link in the folder that
the connection is confined to; everything else is written there and removed after use. Every value
was read with its exact type before, so that what a server would change in silence is found.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from load._silent import silent_change
from terpseed.catalog.ddl import quoted, text_literal
from terpseed.dataset import LOAD_DATA_CLAUSE, read_csv, stored_columns, write_csv
from terpseed.errors import DatasetError, LoadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from load._drift import Fitting
    from load.plans import Piece
    from terpseed.catalog import Table
    from terpseed.dataset import Dataset

_COPY = 1 << 20
_SHOWN = 60  # characters of a value
_NUMBERS = count()  # a name is never used again: what is written must never be an old link


@dataclass(frozen=True, slots=True)
class Fed:
    """A CSV file, with a header line, that holds the rows of a piece.

    Attributes:
        dataset: where they come from.
        piece: which they are.
        path: the file.
        fitting: how they become rows of the target; None for as they are.
    """

    dataset: Dataset
    piece: Piece
    path: Path
    fitting: Fitting | None = None

    @property
    def table(self) -> Table:
        """The table as rows of it are sent."""
        if self.fitting is not None:
            return self.fitting.into
        return self.dataset.catalog[self.piece.table]

    @property
    def origin(self) -> str:
        """The table and the dataset's file, for people."""
        return f"table {self.piece.table}, file {self.dataset.path / self.piece.file}"

    def frame(self) -> pl.DataFrame:
        """Return the rows, with exact types, read from the file.

        Raises:
            ValueError: if the file is not of the dialect, or its values are not the table's.
        """
        return read_csv(self.path, self.table, threads=False)

    def sql(self, path: Path | None = None, *, replace: bool = True) -> str:
        """Return the statement that loads the file.

        Args:
            path: another file of the same columns to load instead.
            replace: whether errors are strict; key ranges must be empty then.
        """
        columns = ", ".join(quoted(column.name) for column in stored_columns(self.table))
        return (
            f"LOAD DATA LOCAL INFILE {text_literal(str(path or self.path))}"
            f"{' REPLACE' if replace else ''} INTO TABLE {quoted(self.table.name)}"
            f" {LOAD_DATA_CLAUSE} ({columns})"
        )

    def place(self, frame: pl.DataFrame, row: int, column: str | None = None) -> str:
        """Return where a value is, for people: table, file, row from 1, key, column and value.

        Args:
            frame: the rows.
            row: position in the frame, from 0.
            column: the column, or None for the row as a whole.
        """
        values = frame.row(row, named=True)
        key = ", ".join(f"{name} {_shown(values[name])}" for name in self.table.primary_key)
        where = f"{self.origin}, row {self.piece.start + row + 1}" + (f" ({key})" if key else "")
        if column is None:
            return where
        return f"{where}, column {column} {self.table[column].type}: {_shown(values[column])}"


@contextmanager
def fed(
    dataset: Dataset, piece: Piece, folder: Path, fitting: Fitting | None = None
) -> Iterator[Fed]:
    """Give a piece as a CSV file.

    Args:
        dataset: an opened dataset.
        piece: the rows.
        folder: where the file is put; it is removed in the end.
        fitting: how they become rows of the target; None for as they are.

    Raises:
        LoadError: if a value would be changed in silence, or the disk refuses.
        DatasetError: if the rows cannot be read, or are not as many as planned.
    """
    given = Fed(dataset, piece, folder / f"{next(_NUMBERS)}.csv", fitting)
    try:
        _check(given, _put(given))
        yield given
    except OSError as error:
        raise LoadError(
            "a temporary file of the load cannot be written",
            where=f"{error.filename or given.path}: {error.strerror or error}",
            why=f"a load needs room for {piece.table} as CSV text, a part at a time",
            then="free some space, or set TMPDIR to a folder that has more",
        ) from error
    finally:
        given.path.unlink(missing_ok=True)


def _check(given: Fed, frame: pl.DataFrame) -> None:
    if frame.height != given.piece.rows:
        raise DatasetError(
            f"a file of the dataset holds {frame.height} rows, not {given.piece.rows} as planned",
            where=given.origin,
            then="generate the dataset again",
        )
    key = given.piece.key
    if key and not frame[key].is_between(given.piece.first, given.piece.last).all():
        raise DatasetError(
            "the rows of a file are not in the order of their primary key",
            where=f"{given.origin}: keys outside of {given.piece.first} to {given.piece.last}",
            why="a part of the file could not be told from others in the target",
            then="generate the dataset again",
        )
    if change := silent_change(frame, given.table):
        raise LoadError(
            f"a value of the dataset does not fit the target: {change.what}",
            where=given.place(frame, change.row, change.column),
            why=f"{change.why}, without a warning",
            then="correct what made the value and generate the dataset again",
        )


def _put(given: Fed) -> pl.DataFrame:
    """Make the CSV file of a piece and return its rows."""
    dataset, piece, fitting = given.dataset, given.piece, given.fitting
    source = dataset.path / piece.file
    converts = fitting is not None and bool(fitting.values)
    if dataset.format == "csv" and not converts and not _is_cut_out(given):
        if piece.span is None:
            _link(source, given.path)
        else:
            _copy_span(source, piece.span, given.path)
        return _read(given, given.path, given.table)
    frame = _rows(given, source)
    if fitting is not None:
        frame = fitting.rows(frame)
    write_csv(frame, given.path)
    return frame


def _is_cut_out(given: Fed) -> bool:
    """Say whether a piece is some rows of a file, and not known by where they stand in it."""
    piece = given.piece
    if piece.span is not None:
        return False
    files = given.dataset.manifest.tables[piece.table].files
    (file,) = (file for file in files if file.path == piece.file)
    return piece.rows != file.rows


def _rows(given: Fed, source: Path) -> pl.DataFrame:
    """Return the rows of a piece as the dataset has them."""
    import polars as pl  # noqa: PLC0415 -- heavy

    piece, table = given.piece, given.dataset.catalog[given.piece.table]
    if given.dataset.format == "csv":
        if piece.span is None:
            frame = _read(given, source, table)
        else:
            _copy_span(source, piece.span, given.path)
            frame = _read(given, given.path, table)
        if piece.span is None and not piece.members:
            frame = frame.slice(piece.start, piece.rows)
    elif piece.members:
        frame = pl.read_parquet(source)
    else:
        frame = pl.scan_parquet(source).slice(piece.start, piece.rows).collect()
    if piece.members:
        keys = pl.DataFrame(piece.members, schema=list(piece.by), orient="row")
        frame = frame.join(
            keys.cast(pl.Schema({n: frame.schema[n] for n in piece.by})),
            on=list(piece.by),
            how="semi",
            maintain_order="left",
        )
    return frame


def _read(given: Fed, path: Path, table: Table) -> pl.DataFrame:
    try:
        return read_csv(path, table, threads=False)
    except ValueError as error:
        raise DatasetError(
            "a file of the dataset cannot be read as CSV",
            where=f"{given.origin}: {error}",
            then="generate the dataset again",
        ) from None


def _link(source: Path, path: Path) -> None:
    try:
        os.link(source, path)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, path)


def _copy_span(source: Path, span: tuple[int, int], path: Path) -> None:
    first, last = span
    with source.open("rb") as file, path.open("wb") as copy:
        copy.write(file.readline())
        file.seek(first)
        while first < last and (block := file.read(min(_COPY, last - first))):
            copy.write(block)
            first += len(block)


def _shown(value: object) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    if len(text) > _SHOWN:
        return f"{text[:_SHOWN]!r}... ({len(text)} characters)"
    return repr(text) if isinstance(value, str) else text
