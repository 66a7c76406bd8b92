"""Cutting a dataset into chunks: what is sent in one transaction.

A large table is cut into parts of about ``CHUNK_BYTES`` of CSV text with key ranges that do not
overlap; small tables travel together, because a commit costs more than they do. Only the manifest
is read, and of tables that are cut their primary keys.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from load._records import spans
from load.plans import Chunk, Piece
from terpseed.dataset import read_csv, stored_columns, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from terpseed.dataset import Dataset, TableFile

CHUNK_BYTES = 48 * 2**20
_GROUP_BYTES = 4 * 2**20  # small tables of one transaction
_GROUP_TABLES = 32
_SAMPLE_ROWS = 2_000
_CELL_BYTES = 12  # of CSV text, a guess for tables that are small whatever it really is


@dataclass(frozen=True, slots=True)
class _Sized:
    """Pieces of one table that may not be parted, and their size."""

    pieces: tuple[Piece, ...]
    size: int


def cut(dataset: Dataset, chunk_bytes: int = CHUNK_BYTES) -> tuple[Chunk, ...]:
    """Return the chunks of a dataset, large tables first.

    Args:
        dataset: an opened dataset.
        chunk_bytes: CSV text of a chunk, about.

    Raises:
        DatasetError: if a file that has to be cut cannot be read.
    """
    sized = [one for name in dataset.manifest.tables for one in _table(dataset, name, chunk_bytes)]
    limit = min(_GROUP_BYTES, chunk_bytes // 4)
    large = [one for one in sized if one.size > limit]
    weight = Counter[str]()
    for one in large:
        weight[one.pieces[0].table] += one.size
    large.sort(key=lambda one: -weight[one.pieces[0].table])  # parts of a table stay in order
    small = [one for one in sized if one.size <= limit]
    groups = [*([one] for one in large), *_groups(small, limit)]
    return tuple(
        Chunk(
            number,
            tuple(piece for one in group for piece in one.pieces),
            sum(one.size for one in group),
        )
        for number, group in enumerate(groups)
    )


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


def _table(dataset: Dataset, name: str, chunk_bytes: int) -> Iterator[_Sized]:
    """Yield the parts of one table, each to be sent in one transaction."""
    parts: list[tuple[Piece, int]] = []
    for file in dataset.manifest.tables[name].files:
        if file.rows:
            parts += _file(dataset, file, chunk_bytes)
    if not parts:
        return
    bounds = sorted((piece.first, piece.last) for piece, _ in parts if piece.key)
    apart = len(bounds) == len(parts) and all(a[1] < b[0] for a, b in pairwise(bounds))
    if apart:
        for piece, size in parts:
            yield _Sized((piece,), size)
        return
    # What is whose cannot be told by key ranges, so the table is sent as a whole.
    yield _Sized(
        tuple(replace(piece, key=None, first=0, last=0) for piece, _ in parts),
        sum(size for _, size in parts),
    )


def _file(dataset: Dataset, file: TableFile, chunk_bytes: int) -> Iterator[tuple[Piece, int]]:
    size = _csv_bytes(dataset, file, chunk_bytes)
    whole = Piece(file.table, file.path, 0, file.rows)
    if size <= chunk_bytes:
        yield _keyed(dataset, whole, file.key_range), size
        return
    keys = _keys(dataset, file) if file.key_range else None
    parts = -(-size // chunk_bytes)  # of equal size, so that no worker is left with a small one
    cuts: list[tuple[int, int, tuple[int, int] | None]]
    if dataset.format == "csv":
        cuts = [
            (span.start, span.rows, (span.first_byte, span.last_byte))
            for span in spans(dataset.path / file.path, -(-size // parts))
        ]
    else:
        step = -(-file.rows // parts)
        cuts = [(at, min(step, file.rows - at), None) for at in range(0, file.rows, step)]
    for start, rows, span in cuts:
        piece = replace(whole, start=start, rows=rows, span=span)
        bounds = None if keys is None else (keys[start], keys[start + rows - 1])
        yield _keyed(dataset, piece, bounds), size * rows // file.rows


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


def _keys(dataset: Dataset, file: TableFile) -> pl.Series | None:
    """Return the primary keys of a file in order, or None if the rows are not in their order."""
    import polars as pl  # noqa: PLC0415 -- heavy

    (key,) = dataset.catalog[file.table].primary_key
    path = dataset.path / file.path
    if dataset.format == "parquet":
        keys = pl.scan_parquet(path).select(key).collect().to_series()
    else:
        keys = read_csv(path, dataset.catalog[file.table], [key]).to_series()
    return keys if keys.is_sorted() and keys.null_count() == 0 else None
