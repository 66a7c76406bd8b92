"""CSV for people and tools: one file a table, in the dialect that the reader wants.

This is not the CSV of datasets, which is made for LOAD DATA; see ``terpseed.dataset.dialect``.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

import polars as pl

from terpseed.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MOMENT = "%Y-%m-%d %H:%M:%S%.f"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How CSV files are written.

    Attributes:
        delimiter: one character between values.
        header: whether the first line names the columns.
        gzipped: whether files are compressed, as ``.csv.gz``.
        excel: whether files begin with a byte order mark and lines end as Windows ends them, so
            that a double click in Excel shows them right.
        null: what stands for NULL, unquoted; an empty text is always quoted.
    """

    delimiter: str = ","
    header: bool = True
    gzipped: bool = False
    excel: bool = False
    null: str = ""

    def __post_init__(self) -> None:
        """Check that the values make a file that can be read again.

        Raises:
            UsageError: if they do not.
        """
        if len(self.delimiter.encode()) != 1 or self.delimiter in '"\n\r':
            raise UsageError(
                f"{self.delimiter!r} cannot separate values",
                then="use one ASCII character: a comma, a semicolon, tab, |",
            )
        if any(sign in self.null for sign in (self.delimiter, '"', "\n", "\r")):
            raise UsageError(
                f"{self.null!r} cannot stand for NULL", why="it would have to be quoted itself"
            )

    @property
    def suffix(self) -> str:
        """The ending of the files' names."""
        return ".csv.gz" if self.gzipped else ".csv"


def write_csv(frames: Iterable[pl.DataFrame], path: Path, options: CsvOptions) -> int:
    """Write frames of one table to a file; return the number of rows.

    Raises:
        OSError: if the disk refuses.
    """
    rows = 0
    with path.open("wb") as raw:
        # no name and no time inside, so that the same rows give the same bytes
        packed = gzip.GzipFile("", "wb", 6, raw, mtime=0) if options.gzipped else None
        stream = cast("IO[bytes]", packed or raw)
        if options.excel:
            stream.write(_BOM)
        for number, frame in enumerate(frames):
            _write(frame, stream, options, header=options.header and number == 0)
            rows += frame.height
        if packed is not None:
            packed.close()
    return rows


def _write(frame: pl.DataFrame, stream: IO[bytes], options: CsvOptions, *, header: bool) -> None:
    texts = [
        pl.col(name).cast(pl.String)
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Enum)
    ]
    stream.write(
        frame.with_columns(texts)
        .write_csv(
            None,
            include_header=header,
            separator=options.delimiter,
            null_value=options.null,
            # with a word for NULL, the same word as a text must differ from it
            quote_style="non_numeric" if options.null else "necessary",
            line_terminator="\r\n" if options.excel else "\n",
            datetime_format=_MOMENT,
        )
        .encode()
    )
