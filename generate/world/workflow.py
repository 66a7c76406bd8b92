"""The queue that every batch passes on its way from the truck to the price list.

Makes ``workflow_statuses`` and ``batch_status_history`` and sets ``batches.statusId``. A batch is
counted in, checked, tested and packed, and is ready before the first order for it; one that is set
aside leaves the path for On Hold and, if it is cleared, comes back behind the check. Batches that
are sold out have left the queue (``statusId`` is empty), and a few never went through it. Leaves
the fact frame ``readiness`` (batch, and when it became ready for sale) for the photographers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.pools import pool
from generate.world._hours import between
from generate.world._text import sentence
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

INTAKE, CHECK, LAB, PACKAGING, READY, HOLD = 1, 2, 3, 4, 5, 6
_STATUSES = (
    ("Intake Queue", "intake-queue", "#3B82F6"),
    ("Quality Check", "quality-check", "#F59E0B"),
    ("Lab Testing", "lab-testing", "#8B5CF6"),
    ("Packaging", "packaging", "#10B981"),
    ("Ready for Sale", "ready-for-sale", "#059669"),
    ("On Hold", "on-hold", "#EF4444"),
)
# The ways through the queue: of each step the status, the leg of the journey in which it was
# reached, and how much of that leg's time had passed.
_THROUGH = (
    (INTAKE, "gate", 0.0), (CHECK, "gate", 0.2), (LAB, "gate", 0.45), (PACKAGING, "gate", 0.8),
    (READY, "gate", 1.0),
)  # fmt: skip
_ASIDE = ((INTAKE, "check", 0.0), (CHECK, "check", 0.5), (HOLD, "check", 1.0))
_BACK = ((LAB, "cleared", 0.1), (PACKAGING, "cleared", 0.7), (READY, "cleared", 1.0))
_WAITING = tuple((status, "wait", share * 0.9) for status, _, share in _THROUGH)
_PATHS = {
    "through": _THROUGH,
    "cleared": (*_ASIDE, *_BACK),
    "aside": _ASIDE,
    "recalled": (*_THROUGH, (HOLD, "recall", 0.6)),
    **{f"waiting {steps}": _WAITING[:steps] for steps in (1, 2, 3, 4)},
}
# From when to when each leg lasts, by column of the journeys.
_LEGS = {
    "gate": ("gate_at", "ready_at"),
    "check": ("gate_at", "aside_at"),
    "cleared": ("cleared_at", "ready_at"),
    "recall": ("ready_at", "now_at"),
    "wait": ("gate_at", "now_at"),
}
_NOTES = {
    INTAKE: (
        "{code} counted in, {amount} from {vendor}",
        "{vendor} delivered {amount}, now {code}",
    ),
    CHECK: ("Moisture and trim of {code} looked at", "{code}: bags opened, {goods} smells right"),
    LAB: ("Sample of {code} picked up by {lab}", "{lab} has the sample of {code}"),
    PACKAGING: (
        "Certificate for {code} is in, bagging {amount}",
        "{goods} ({code}) being bagged",
    ),
    READY: ("{code} on the list: {goods}", "{amount} of {code} can be sold"),
    HOLD: (
        "{code} set aside, waiting for a second opinion",
        "{goods} ({code}) stays in the cage",
    ),
}
_DAYS = (3, 14)  # from the gate to ready, unless an order wants it earlier


def build(world: World) -> None:
    """Take every batch through the queue."""
    _put_statuses(world)
    steps = _steps(_journeys(world))
    _put_history(world, steps)
    _amend_batches(world, steps)


def _put_statuses(world: World) -> None:
    n = len(_STATUSES)
    entered = pl.lit(world.clock.opening) + pl.duration(minutes=pl.int_range(n))
    world.put(
        "workflow_statuses",
        pl.DataFrame(_STATUSES, schema=["name", "slug", "color"], orient="row").select(
            world.ids("workflow_statuses", n, {"slug": [slug for _, slug, _ in _STATUSES]}),
            pl.all(),
            order=pl.int_range(1, n + 1),
            isActive=pl.lit(1),  # the queue needs all six
            createdAt=entered,
            updatedAt=entered,
        ),
    )


def _journeys(world: World) -> pl.DataFrame:
    """Return per batch its path and the moments at which its legs begin and end."""
    stream = world.stream("workflow", "journeys")
    stock = world.facts["stock"]
    kind = pl.col("inventoryMovementType")
    moved = (
        world["inventoryMovements"]
        .filter(kind.is_in(["QUARANTINE", "RELEASE_FROM_QUARANTINE"]))
        .group_by(batch_id="batchId")
        .agg(
            aside_at=pl.col("createdAt").filter(kind == "QUARANTINE").min(),
            cleared_at=pl.col("createdAt").filter(kind == "RELEASE_FROM_QUARANTINE").max(),
        )
    )
    state, batch, arrived = pl.col("state"), pl.col("batch_id"), pl.col("received_at")
    days = stream.integers(stock.height, *_DAYS)
    wish = arrived + pl.duration(days=pl.lit(pl.Series(days)))
    now = pl.lit(world.now - timedelta(minutes=20))
    # Orders may be written before the truck is here, but none ships before the batch is ready.
    early = pl.col("need") - arrived > timedelta(hours=30)
    wanted = pl.when(early).then("need").otherwise("first_sold_at") - timedelta(minutes=20)
    path = (
        pl.when(state == "AWAITING_INTAKE").then(pl.format("waiting {}", batch % 4 + 1))
        .when((state == "QUARANTINED") | ((state == "ON_HOLD") & (batch % 2 == 0)))
        .then(pl.lit("aside"))
        .when(state == "ON_HOLD").then(pl.lit("recalled"))
        .when(pl.col("cleared_at").is_not_null()).then(pl.lit("cleared"))
        .when((state != "LIVE") | (batch % 30 != 7)).then(pl.lit("through"))
    )  # fmt: skip
    return (
        stock.join(moved, on="batch_id", how="left", maintain_order="left")
        .with_columns(path=path, gate_at=arrived + timedelta(minutes=10), now_at=now, wish=wish)
        .filter(pl.col("path").is_not_null())
        .with_columns(
            aside_at=pl.coalesce("aside_at", pl.min_horizontal(arrived + timedelta(hours=26), now)),
            ready_at=pl.max_horizontal(
                pl.min_horizontal("wish", wanted, now),
                pl.col("cleared_at") + timedelta(minutes=75),
                pl.col("gate_at") + timedelta(minutes=30),
            ),
        )
    )


def _steps(journeys: pl.DataFrame) -> pl.DataFrame:
    """Return every step of every batch, in order of time."""
    paths = pl.DataFrame(
        [(path, k, *step) for path, steps in _PATHS.items() for k, step in enumerate(steps)],
        schema={
            "path": pl.String,
            "step": pl.Int64,
            "status": pl.Int64,
            "leg": pl.String,
            "share": pl.Float64,
        },
        orient="row",
    )
    begins = {leg: pl.col(first) for leg, (first, _) in _LEGS.items()}
    ends = {leg: pl.col(last) for leg, (_, last) in _LEGS.items()}
    leg = pl.col("leg")
    first = pl.coalesce(pl.when(leg == name).then(column) for name, column in begins.items())
    last = pl.coalesce(pl.when(leg == name).then(column) for name, column in ends.items())
    return (
        journeys.join(paths, on="path", how="left", maintain_order="left")
        .with_columns(at=between(first, last, pl.col("share")))
        .sort("batch_id", "step")
        .with_columns(came_from=pl.col("status").shift(1).over("batch_id"))
        .sort("at", "batch_id", "step")
    )


def _put_history(world: World, steps: pl.DataFrame) -> None:
    stream = world.stream("workflow", "history")
    n = steps.height
    labs = pool("lab")
    floor = staff_of(world, "Inventory Manager", "Warehouse Staff")
    chief = int(staff_of(world, "Operations Manager")[0])
    unit = pl.when("pounds").then(pl.lit("lb")).otherwise(pl.lit("units"))
    facts = (
        steps.join(
            world["batches"].select("code", batch_id="id"), on="batch_id", maintain_order="left"
        )
        .join(
            world["products"].select(product_id="id", goods="nameCanonical"),
            on="product_id",
            maintain_order="left",
        )
        .join(
            world["vendors"].select(vendor_id="id", vendor="name"),
            on="vendor_id",
            maintain_order="left",
        )
        .select(
            "status", "code", "goods", "vendor",
            lab=labs.gather(stream.indices(n, len(labs))),
            amount=pl.format("{} {}", pl.col("size_q") // 10_000, unit),
        )
    )  # fmt: skip
    told = pl.Series(stream.chance(n, 0.7))
    texts = {
        status: sentence(facts, stream, templates, "notes") for status, templates in _NOTES.items()
    }
    status = pl.col("status")
    note = pl.coalesce(pl.when(status == number).then(text) for number, text in texts.items())
    world.put(
        "batch_status_history",
        steps.select(
            world.ids("batch_status_history", n),
            batchId="batch_id",
            fromStatusId=world.id_of("workflow_statuses", "came_from"),
            toStatusId=world.id_of("workflow_statuses", "status"),
            changedBy=pl.when(status == HOLD)
            .then(pl.lit(chief))
            .otherwise(floor.gather(stream.indices(n, len(floor)))),
            notes=pl.when(told).then(note),
            createdAt="at",
        ),
    )


def _amend_batches(world: World, steps: pl.DataFrame) -> None:
    """Give each batch that is still in the queue its last status."""
    last = steps.group_by("batch_id", maintain_order=True).agg(
        pl.col("status", "at", "state").last(),
        ready=pl.col("at").filter(pl.col("status") == READY).max(),
    )
    queued = ~pl.col("state").is_in(["SOLD_OUT", "CLOSED"])
    changed = world["batches"].select(batch_id="id", changed="updatedAt")
    world.amend(
        "batches",
        last.join(changed, on="batch_id", maintain_order="left").select(
            id="batch_id",
            statusId=pl.when(queued).then(world.id_of("workflow_statuses", "status")),
            updatedAt=pl.max_horizontal("at", "changed"),
        ),
    )
    world.facts["readiness"] = last.filter(pl.col("ready").is_not_null()).select(
        "batch_id", ready_at="ready"
    )
