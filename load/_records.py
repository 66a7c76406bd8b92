"""Finding the records of a large CSV file, so that it can be sent in parts without rewriting it.

In the dialect of datasets a quote inside a value is doubled, so a line feed ends a record exactly
if the number of quotes before it is even; that can be counted without reading values. Where a file
has no more line feeds than records, each of them ends one, and quotes need not be counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_BLOCK = 2**20
_NUMBER_BYTES = 24
_QUOTE, _LINE_FEED = ord('"'), ord("\n")


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive rows of a table file.

    Attributes:
        start: rows before it.
        rows: its rows.
        span: where it begins and ends (exclusive) in a CSV file, in bytes; None in others.
    """

    start: int
    rows: int
    span: tuple[int, int] | None = None


def spans(path: Path, sizes: Iterator[int], records: int | None = None) -> Iterator[Span]:
    """Yield the records of a file in parts of so many bytes or a little more.

    Args:
        path: CSV file of the dialect, with a header line.
        sizes: bytes of each part, without end.
        records: how many there are, if that is known; it is six times as quick where no value
            holds a line feed.

    Raises:
        OSError: if it cannot be read.
    """
    start = rows = begin = end = 0
    size = next(sizes)
    block_bytes = min(size, _BLOCK)
    blocks: Iterable[tuple[int, int, int]] = _blocks(path, block_bytes)
    if records is not None:
        lines = list(_lines(path, block_bytes))
        if sum(count for _, _, count in lines) == records + 1:  # the header, too
            blocks = lines
    for first, last, count in blocks:
        if not begin:
            begin, count = first, count - 1  # noqa: PLW2901 -- the first record is the header
        rows, end = rows + count, last
        if rows and end - begin >= size:
            yield Span(start, rows, (begin, end))
            start, begin, rows, size = start + rows, end, 0, next(sizes)
    if rows:
        yield Span(start, rows, (begin, end))


def _lines(path: Path, block_bytes: int) -> Iterator[tuple[int, int, int]]:
    """Yield where the first and the last line that ends in a block end, and how many do."""
    import numpy as np  # noqa: PLC0415 -- heavy

    offset = 0
    with path.open("rb") as file:
        while block := file.read(block_bytes):
            count = int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == _LINE_FEED))
            if count:
                yield offset + block.find(b"\n") + 1, offset + block.rfind(b"\n") + 1, count
            offset += len(block)


def _blocks(path: Path, block_bytes: int) -> Iterator[tuple[int, int, int]]:
    """Yield where the first and the last record that ends in a block end, and how many do."""
    import numpy as np  # noqa: PLC0415 -- heavy

    offset = quotes = 0
    with path.open("rb") as file:
        while block := file.read(block_bytes):
            data = np.frombuffer(block, dtype=np.uint8)
            quoted = np.flatnonzero(data == _QUOTE)
            feeds = np.flatnonzero(data == _LINE_FEED)
            ends = feeds[(np.searchsorted(quoted, feeds) + quotes) % 2 == 0]
            if len(ends):
                yield offset + int(ends[0]) + 1, offset + int(ends[-1]) + 1, len(ends)
            offset, quotes = offset + len(block), quotes + len(quoted)


def first_number(path: Path, part: Span) -> int:
    """Return the first value of the first record of a part, a whole number.

    Args:
        path: the CSV file.
        part: one of its ``spans``.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if the value is no whole number.
    """
    if part.span is None:
        raise ValueError("not a part of a CSV file")
    with path.open("rb") as file:
        file.seek(part.span[0])
        return int(file.read(_NUMBER_BYTES).split(b",")[0])
