"""Cutting a dataset into chunks: what is sent in one transaction.

A large table is cut into parts of about ``CHUNK_BYTES`` of CSV text with key ranges that do not
overlap; small tables travel together, because a commit costs more than they do. Only the manifest
is read, and of tables that are cut their primary keys.
"""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

from load._records import Span, first_number, spans
from load.plans import Chunk, Piece
from terpseed.dataset import read_csv, stored_columns, write_csv
from terpseed.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from load._own import Own
    from terpseed.dataset import Dataset, TableFile

# Sizes from 10 to 300 MB load equally fast. A small one keeps temporary files and transactions
# small; the first, the only one that is not prepared while the server is busy, is smaller still.
CHUNK_BYTES = 16 * 2**20
_GROUP_BYTES = 4 * 2**20  # small tables of one transaction
_GROUP_TABLES = 32
_FIRST = (8, 2)  # what share of a part the first ones of a large table are: an eighth, a half
_SAMPLE_ROWS = 2_000
_CELL_BYTES = 12  # of CSV text, a guess for tables that are small whatever it really is


@dataclass(frozen=True, slots=True)
class _Sized:
    """Pieces of one table that may not be parted, and their size."""

    pieces: tuple[Piece, ...]
    size: int


def cut(
    dataset: Dataset,
    chunk_bytes: int = CHUNK_BYTES,
    own: Own | None = None,
    left_out: frozenset[str] = frozenset(),
) -> tuple[Chunk, ...]:
    """Return the chunks of a dataset, large tables first.

    Args:
        dataset: an opened dataset.
        chunk_bytes: CSV text of a chunk, about.
        own: which rows are sent; None for all.
        left_out: tables that are not sent.

    Raises:
        DatasetError: if a file that has to be cut cannot be read.
    """
    names = [name for name in dataset.manifest.tables if name not in left_out]
    sized = [one for name in names for one in _table(dataset, name, chunk_bytes, own)]
    limit = min(_GROUP_BYTES, chunk_bytes // 4)
    files = {f.path: f.rows for entry in dataset.manifest.tables.values() for f in entry.files}
    large: list[_Sized] = []
    small: list[_Sized] = []
    for one in sized:
        # The first parts of a table that was cut are small and still go first.
        cut_out = own is None and any(p.rows < files[p.file] for p in one.pieces)
        (large if cut_out or one.size > limit else small).append(one)
    groups = [*([one] for one in _in_turn(large)), *_groups(small, limit)]
    return tuple(
        Chunk(
            number,
            tuple(piece for one in group for piece in one.pieces),
            sum(one.size for one in group),
        )
        for number, group in enumerate(groups)
    )


def _in_turn(large: Iterable[_Sized]) -> list[_Sized]:
    """Return parts of tables in order, a part of each table in turn, the largest table first.

    Sessions that load into different tables get less into each other's way.
    """
    parts: defaultdict[str, list[_Sized]] = defaultdict(list)
    for one in large:
        parts[one.pieces[0].table].append(one)
    tables = sorted(parts.values(), key=lambda table: -sum(one.size for one in table))
    return [one for turn in zip_longest(*tables) for one in turn if one is not None]


def _groups(small: Iterable[_Sized], limit: int) -> Iterator[list[_Sized]]:
    group: list[_Sized] = []
    for one in small:
        size = sum(member.size for member in group) + one.size
        if group and (size > limit or len(group) == _GROUP_TABLES):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _table(dataset: Dataset, name: str, chunk_bytes: int, own: Own | None) -> Iterator[_Sized]:
    """Yield the parts of one table, each to be sent in one transaction."""
    parts: list[tuple[Piece, int]] = []
    for file in dataset.manifest.tables[name].files:
        if own is not None and file.path in own.members:
            if own.members[file.path]:
                piece = _of_members(dataset, file, own.members[file.path])
                yield _Sized((piece,), _csv_bytes(dataset, file, chunk_bytes))
        elif file.rows:
            first = None if own is None else own.firsts.get(name)
            parts += _file(dataset, file, chunk_bytes, first)
    if not parts:
        return
    bounds = sorted((piece.first, piece.last) for piece, _ in parts if piece.key)
    apart = len(bounds) == len(parts) and all(a[1] < b[0] for a, b in pairwise(bounds))
    if apart:
        for piece, size in parts:
            yield _Sized((piece,), size)
        return
    if own is not None and name in own.firsts:
        raise DatasetError(
            "the files of a table have keys between each other's",
            where=f"table {name} in {dataset.path}",
            why="beside rows that are there already, the load's own could not be told",
            then="generate the dataset again",
        )
    # What is whose cannot be told by key ranges, so the table is sent as a whole.
    yield _Sized(
        tuple(replace(piece, key=None, first=0, last=0) for piece, _ in parts),
        sum(size for _, size in parts),
    )


def _of_members(
    dataset: Dataset, file: TableFile, members: tuple[tuple[int | str, ...], ...]
) -> Piece:
    key = dataset.catalog[file.table].primary_key
    return Piece(file.table, file.path, 0, len(members), by=key, members=members)


def _file(
    dataset: Dataset, file: TableFile, chunk_bytes: int, first: int | None
) -> Iterator[tuple[Piece, int]]:
    skipped = _below(dataset, file, first)
    if skipped == file.rows:
        return
    sent = file.rows - skipped
    size = _csv_bytes(dataset, file, chunk_bytes) * sent // file.rows
    whole = Piece(file.table, file.path, skipped, sent)
    if size <= chunk_bytes:
        bound = file.key_range
        if skipped and bound is not None and first is not None:
            bound = (first, bound[1])
        yield _keyed(dataset, whole, bound), size
        return
    parts = -(-size // chunk_bytes)  # of equal size, so that no worker is left with a small one
    if dataset.format == "csv" and not skipped:
        steps = _steps(-(-size // parts), parts)
        cuts = list(spans(dataset.path / file.path, steps, file.rows))
    else:
        cuts, at = [], skipped
        for step in _steps(-(-sent // parts), parts):
            cuts.append(Span(at, min(step, file.rows - at)))
            at += step
            if at >= file.rows:
                break
    bounds = _bounds(dataset, file, cuts)
    for cut_out, bound in zip(cuts, bounds, strict=True):
        piece = replace(whole, start=cut_out.start, rows=cut_out.rows, span=cut_out.span)
        yield _keyed(dataset, piece, bound), size * cut_out.rows // sent


def _steps(step: int, parts: int) -> Iterator[int]:
    """Yield the sizes of parts without end: a large table begins with small ones.

    The server has nothing to do until the first part is prepared.
    """
    if parts > len(_FIRST):
        yield from (-(-step // part) for part in _FIRST)
    while True:
        yield step


def _below(dataset: Dataset, file: TableFile, first: int | None) -> int:
    """Return how many rows of a file lie below a key; they come first."""
    if first is None or file.key_range is None or file.key_range[0] >= first:
        return 0
    if file.key_range[1] < first:
        return file.rows
    return int((_keys(dataset, file) < first).sum())


def _keyed(dataset: Dataset, piece: Piece, bounds: tuple[int, int] | None) -> Piece:
    if bounds is None:
        return piece
    (key,) = dataset.catalog[piece.table].primary_key
    return replace(piece, key=key, first=bounds[0], last=bounds[1])


def _csv_bytes(dataset: Dataset, file: TableFile, chunk_bytes: int) -> int:
    """Return the size of a file as CSV text; exact for CSV, estimated for Parquet."""
    if dataset.format == "csv":
        return file.bytes
    table = dataset.catalog[file.table]
    guess = max(file.bytes * 4, file.rows * len(stored_columns(table)) * _CELL_BYTES)
    if guess * 4 <= chunk_bytes:
        return guess
    import polars as pl  # noqa: PLC0415 -- heavy

    sample = (
        pl.scan_parquet(dataset.path / file.path)
        .gather_every(max(1, file.rows // _SAMPLE_ROWS))
        .collect()
    )
    text = io.BytesIO()
    write_csv(sample, text, header=False)
    return len(text.getvalue()) * file.rows // sample.height


def _bounds(dataset: Dataset, file: TableFile, cuts: list[Span]) -> list[tuple[int, int] | None]:
    """Return ranges of keys without gaps that hold the keys of each cut, or Nones.

    They are those of the first keys, which is true of rows in the order of their keys, as datasets
    have them; that they really are is checked when they are sent.
    """
    if file.key_range is None:
        return [None] * len(cuts)
    firsts = _first_keys(dataset, file, cuts)
    if any(a >= b for a, b in pairwise(firsts)):
        return [None] * len(cuts)
    return list(zip(firsts, [*(key - 1 for key in firsts[1:]), file.key_range[1]], strict=True))


def _first_keys(dataset: Dataset, file: TableFile, cuts: list[Span]) -> list[int]:
    """Return the primary key of the first row of each cut."""
    table = dataset.catalog[file.table]
    (key,) = table.primary_key
    path = dataset.path / file.path
    in_spans = all(cut_out.span for cut_out in cuts)
    if dataset.format == "csv" and stored_columns(table)[0].name == key and in_spans:
        return [first_number(path, cut_out) for cut_out in cuts]
    keys = _keys(dataset, file)
    return [keys[cut_out.start] for cut_out in cuts]


def _keys(dataset: Dataset, file: TableFile) -> pl.Series:
    """Return the primary keys of a file, of a table that has one of one column."""
    table = dataset.catalog[file.table]
    (key,) = table.primary_key
    path = dataset.path / file.path
    if dataset.format == "csv":
        return read_csv(path, table, [key], threads=False).to_series()
    import polars as pl  # noqa: PLC0415 -- heavy

    return pl.scan_parquet(path).select(key).collect().to_series()
