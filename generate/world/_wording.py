"""Texts for rows of many kinds: each kind has its templates, each row its own facts.

``_text.sentence`` knows one list of templates; here every kind of row brings its own, at the cost
of one pass per slot, however many templates there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generate.world._stream import Stream


def worded(
    frame: pl.DataFrame,
    stream: Stream,
    templates: Mapping[str, Sequence[str]],
    slots: Sequence[str],
) -> pl.Series:
    """Return one text per row from its kind's templates, slots filled from the row.

    Args:
        frame: rows with the String column ``kind`` and a column for every slot.
        stream: which of its kind's templates a row gets.
        templates: texts with slots such as ``"Call {client}"``, by kind; a row of a kind without
            templates gets no text.
        slots: columns that a text may use; an empty one prints nothing.

    Returns:
        String series of the frame's height, null where the kind has no templates.
    """
    texts = pl.Series([text for group in templates.values() for text in group])
    counts = {name: len(group) for name, group in templates.items()}
    firsts, total = {}, 0
    for name, count in counts.items():
        firsts[name], total = total, total + count
    kind = pl.col("kind")
    draw = pl.Series(stream.uniform(frame.height))
    pick = frame.select(
        kind.replace_strict(firsts, default=None, return_dtype=pl.Int64)
        + (draw * kind.replace_strict(counts, default=0, return_dtype=pl.Int64)).cast(pl.Int64)
    ).to_series()
    text = pl.lit(texts.gather(pick))
    for slot in slots:
        value = pl.col(slot).cast(pl.String).fill_null("")
        text = text.str.replace_all(f"{{{slot}}}", value, literal=True)
    return frame.select(text.alias("text")).to_series()
