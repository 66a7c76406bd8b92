"""Short remarks: what buyers note about vendors, and what everybody jots down in between.

Makes ``vendorNotes``, each about a purchase order of that vendor, and ``scratch_pad_notes``, about
orders of the last weeks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _dealings
from generate.world._text import sentence
from generate.world._voices import later

if TYPE_CHECKING:
    from generate.world._world import World

_RECENT = 150
_VENDOR = (
    "{client} asked to move {number} by a day; fine with us.",
    "Quality of {number} was good, {amount} well spent.",
    "{client} wants to be paid by check from {number} on.",
    "Two boxes of {number} were labelled wrong; {client} apologised.",
    "Price on {number} holds until the end of the quarter.",
    "Driver for {number} came early, {client} will call ahead next time.",
)
_SCRATCH = (
    "ask {seller} re {number}",
    "{client} - call back after {date}",
    "{amount}?? check {number}",
    "price sheet for {client}",
    "{number}: labels, manifest, COA",
    "lunch w/ {client} {date}",
    "don't forget {number}",
)


def build(world: World) -> None:
    """Write remarks about vendors and fill the scratch pads."""
    _vendors(world)
    _scratch(world)


def _vendors(world: World) -> None:
    """Keep two to four remarks about each vendor."""
    stream = world.stream("notes", "vendors")
    bought = _dealings.purchases(world)
    turn = pl.Series("turn", stream.uniform(bought.height))
    picked = bought.with_columns(turn).filter(
        pl.col("turn").rank("ordinal").over("client_id") <= 2 + pl.col("client_id") % 3
    )
    picked = picked.with_columns(
        sentence(picked, stream, _VENDOR, "words"),
        at=later(picked, "cause", stream, (60, 9 * 1_440), now=world.now),
    ).sort("at", "number")
    n = picked.height
    edited = pl.Series(stream.chance(n, 0.2))
    ids = world.ids("vendorNotes", n)
    gone = pl.lit(ids % 23 == 7)
    later_on = pl.min_horizontal(pl.col("at") + timedelta(days=3), pl.lit(world.now))
    world.put(
        "vendorNotes",
        picked.select(
            ids,
            client_id="client_id",
            vendorId="client_id",
            deleted_at=pl.when(gone).then(later_on),
            userId=pl.when(pl.Series(stream.chance(n, 0.3))).then(world.admin).otherwise("user_id"),
            note="words",
            createdAt="at",
            updatedAt=pl.when(edited | gone).then(later_on).otherwise("at"),
        ),
    )


def _scratch(world: World) -> None:
    """Jot down this and that in the last weeks, the administrator more than others."""
    stream = world.stream("notes", "scratch")
    recent = _dealings.sales(world).tail(_RECENT)
    staff = world.facts["staff"].height
    n = 8 + 2 * staff
    writers = world["users"]["id"].gather(stream.indices(n, staff, [4.0] + [1.0] * (staff - 1)))
    picked = recent[stream.indices(n, recent.height)].with_columns(writer=writers)
    picked = picked.with_columns(
        sentence(picked, stream, _SCRATCH, "words"),
        at=later(picked, "cause", stream, (10, 2_000), now=world.now),
    ).sort("at", "number", "writer")
    done = pl.Series(stream.chance(n, 0.4))
    finished = later(picked, "at", stream, (30, 4_000), now=world.now)
    ids = world.ids("scratch_pad_notes", n)
    gone = pl.lit(ids % 27 == 5)
    done_at = pl.when(done).then(pl.lit(finished))
    gone_at = pl.when(gone).then(
        pl.min_horizontal(pl.max_horizontal(done_at, "at") + timedelta(hours=3), pl.lit(world.now))
    )
    world.put(
        "scratch_pad_notes",
        picked.select(
            ids,
            userId="writer",
            deleted_at=gone_at,
            content="words",
            isCompleted=done,
            createdAt="at",
            updatedAt=pl.max_horizontal("at", done_at, gone_at),
            completedAt=done_at,
        ),
    )
