"""Slips of the keyboard: letters in the wrong order, notes left empty, texts pasted from anywhere.

Only where a tenth misbehaves (``anomalies.share``): a page must bear what people type. Touches
free notes that no other row quotes; what happened is told by other columns. No domain: it takes
place when a table is finished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from generate.world._stream import Stream
    from generate.world._world import World

_NOTES = {
    "orders": "notes",
    "order_status_history": "notes",
    "sampleRequests": "notes",
    "returns": "notes",
    "client_needs": "notes",
    "client_wants": "notes",
    "client_communications": "notes",
    "intake_session_batches": "internal_notes",
    "purchaseOrders": "notes",
    "bills": "notes",
    "expenses": "description",
    "scratch_pad_notes": "content",
    "vendorNotes": "note",
}
_MAY_BE_EMPTY = {"notes", "internal_notes"}
_SHORTEST, _LONG_TIMES = 4, 12
_LONG = (
    " — Größe: 4½ lb, naïve façade, Ñandú & Æsir; 東京の客様より「再入荷希望」; цена по "
    "договорённости; שלום, عرض خاص; 🌿🍃 👩🏽‍🌾 e\u0301 = é; “quotes”, \u2018apostrophes\u2019, "
    "back\\slash,\ttab"
)


def mistype(world: World, table: str) -> None:
    """Let people mistype in the notes of a table that is finished, where the scenario wants it."""
    share, column = world.scenario.anomalies.share, _NOTES.get(table)
    if share and column:
        _slip(world, world.stream("slips", table, column), table, column, share)


def _slip(world: World, stream: Stream, table: str, column: str, share: float) -> None:
    """Swap two letters in one text of so many, empty a few, and make a few very long."""
    length = pl.col("text").str.len_chars()
    texts = world[table].select("id", text=column).filter(length > _SHORTEST)
    n = texts.height
    mood = pl.lit(pl.Series(stream.uniform(n)))
    room = length.cast(pl.Int64) - 3
    place = 1 + (pl.lit(pl.Series(stream.uniform(n))) * room).cast(pl.Int64)
    texts = texts.with_columns(
        mood=mood,
        head=pl.col("text").str.slice(0, place),
        first=pl.col("text").str.slice(place, 1),
        second=pl.col("text").str.slice(place + 1, 1),
        tail=pl.col("text").str.slice(place + 2),
    )
    letters = pl.all_horizontal(
        pl.col(name).str.contains(r"^[a-z]$") for name in ("first", "second")
    )
    swapped = pl.concat_str("head", "second", "first", "tail")
    longer = pl.concat_str("text", pl.lit(_LONG * _LONG_TIMES))
    empty = pl.lit("") if column in _MAY_BE_EMPTY else pl.col("text")
    world.amend(
        table,
        texts.filter(pl.col("mood") < 2 * share).select(
            "id",
            pl.when(pl.col("mood") < share / 10)
            .then(longer)
            .when(pl.col("mood") < share / 3)
            .then(empty)
            .when(letters)
            .then(swapped)
            .otherwise("text")
            .alias(column),
        ),
    )
