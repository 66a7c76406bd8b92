"""Personal data hidden while a database is read: keyed, deterministic, and still a whole business.

Equal texts become equal texts wherever they stand, so that references hold; different ones stay
different, so that unique keys hold; lengths, punctuation and case stay, so that formats hold.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from terpseed.snapshot.mask._columns import Line, MaskedColumn, Way, masked_columns, masked_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from terpseed.catalog import Catalog, Table
    from terpseed.snapshot.mask._substitute import Letters

__all__ = ["Mask", "MaskedColumn", "masked_columns"]

_AT_ONCE = 2**20  # bytes of text in work at once; each takes some 100 bytes of memory
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")


@dataclass(frozen=True, slots=True)
class Mask:
    """How personal data is hidden.

    Attributes:
        seed: the key; the same key hides the same text in the same way.
        mark: tells one key from another without telling the key, as far as that is hard to guess.
    """

    seed: str = field(repr=False)

    @property
    def mark(self) -> str:
        """A word that tells this key from others and is slow to go back from."""
        made = hashlib.scrypt(self.seed.encode(), salt=b"terpseed mask", n=2**14, r=8, p=1, dklen=8)
        return made.hex()

    def columns(self, catalog: Catalog) -> tuple[str, ...]:
        """Return what is masked, as ``table.column``."""
        return tuple(f"{found.table}.{found.column}" for found in masked_columns(catalog))

    def touches(self, table: Table) -> bool:
        """Say whether any column of a table is masked."""
        return bool(masked_in(table))

    def apply(self, frame: pl.DataFrame, table: Table) -> pl.DataFrame:
        """Return rows of a table with its personal data hidden."""
        hidden = []
        for found in masked_in(table):
            values = frame[found.column]
            for line in found.lines:
                values = self._line(values, line)
            hidden.append(values)
        return frame.with_columns(hidden)

    def _line(self, values: pl.Series, line: Line) -> pl.Series:
        if not line.when:
            return self.hide(values, line.way, line.keys)
        meant = values.str.contains(line.when).fill_null(value=False)
        if not meant.any():
            return values
        hidden = self.hide(values.filter(meant), line.way, line.keys)
        return values.scatter(meant.arg_true(), hidden)

    def hide(self, values: pl.Series, way: Way = "text", keys: tuple[str, ...] = ()) -> pl.Series:
        """Return texts hidden.

        Args:
            values: texts.
            way: how; see ``columns.csv``.
            keys: for JSON, keys whose texts are hidden and nothing else.
        """
        import polars as pl  # noqa: PLC0415 -- heavy

        size = max(1, int(values.estimated_size()) // _AT_ONCE)
        rows = max(1, len(values) // size)
        parts = [
            self._part(values.slice(start, rows), way, keys)
            for start in range(0, len(values), rows)
        ]
        return pl.concat(parts) if parts else values

    def _part(self, values: pl.Series, way: Way, keys: tuple[str, ...]) -> pl.Series:
        """Return a few texts hidden; byte for byte as long as they were."""
        import numpy as np  # noqa: PLC0415 -- heavy
        import polars as pl  # noqa: PLC0415 -- heavy
        import pyarrow as pa  # noqa: PLC0415 -- heavy

        from terpseed.snapshot.mask import _substitute as by  # noqa: PLC0415 -- heavy

        filled = values.fill_null("")
        ends = np.cumsum(filled.str.len_bytes().to_numpy(), dtype=np.int64)
        text = filled.str.join("").item()
        if not text:
            return values
        points = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint32)
        starts = np.append(0, np.cumsum(filled.str.len_chars().to_numpy(), dtype=np.int64))[:-1]
        letters = by.letters_of(points)
        if keys:
            letters = letters.only(_inside(text, keys, len(points))[letters.at])
        if way == "secret":
            letters = by.hashes_kept(letters, filled, starts)
        self._replace(points, letters, starts, way)
        hidden = points.astype("<u4").tobytes().decode("utf-32-le").encode("utf-8")
        bounds = np.append(0, ends)
        array = pa.LargeStringArray.from_buffers(
            len(values), pa.py_buffer(bounds.tobytes()), pa.py_buffer(hidden)
        )
        made = pl.Series(values.name, pl.from_arrow(array), dtype=pl.String)
        return (
            made.to_frame()
            .select(
                pl.when(pl.lit(values.is_not_null())).then(pl.col(values.name)).alias(values.name)
            )
            .to_series()
        )

    def _replace(
        self,
        points: NDArray[np.uint32],
        letters: Letters,
        starts: NDArray[np.int64],
        way: Way,
    ) -> None:
        import numpy as np  # noqa: PLC0415 -- heavy

        from terpseed.snapshot.mask import _substitute as by  # noqa: PLC0415 -- heavy

        if way in {"code", "secret"}:
            segments = np.searchsorted(starts, letters.at, side="right")
        else:
            segments = by.words_of(letters, starts)
        if way in {"prose", "json"}:
            kept = ~by.numbers_in(points, letters, segments)
            letters, segments = letters.only(kept), segments[kept]
        by.substitute(points, letters, segments, by.round_keys(self.seed))


def _inside(text: str, keys: tuple[str, ...], size: int) -> NDArray[np.bool_]:
    """Say which characters of JSON belong to texts under some keys, escapes left out."""
    import numpy as np  # noqa: PLC0415 -- heavy

    found = np.zeros(size, dtype=bool)
    for start, end in _texts_under(text, keys):
        found[start:end] = True
    for match in _ESCAPE.finditer(text):
        found[match.start() : match.end()] = False
    return found


def _texts_under(text: str, keys: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield where the texts under some keys of JSON objects begin and end, without quotes."""
    names = "|".join(re.escape(key) for key in keys)
    pattern = re.compile(rf'"(?:{names})"\s*:\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
    for match in pattern.finditer(text):
        yield match.span(1)
