"""Cash in the house: registers, the vault, the weekly walk to the bank, the count of every shift.

Makes ``cash_locations``, ``cash_location_transactions`` and ``shift_audits`` for the latest cash
payments. What clients pay in cash goes into the front register, or into the driver's box where it
was paid on delivery; each evening it is carried to the vault, and on Mondays from there to the bank
(whose account the books debited on the day of the payment). What stays are the change funds, give
or take what a count found over or short.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._world import money
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

REGISTER, DRIVER, VAULT = 1, 2, 3
# name, change fund in cents
_PLACES = {
    REGISTER: ("Front Register", 50_000),
    DRIVER: ("Driver's Box", 30_000),
    VAULT: ("Main Vault", 200_000),
}
_PAYMENTS = 45
_OFF_SHARE = 0.12  # of the counts find something over or short
_ROW = ("place", "at", "kind", "amount_c", "change_c", "words", "basis", "ref_id", "pair", "side")
_WHOLE = ("place", "amount_c", "change_c", "ref_id", "pair", "side")


def build(world: World) -> None:
    """Take cash, carry it and count it."""
    taken = _taken(world)
    start = _start(world, taken)
    evenings = _evenings(world, taken)
    moves = pl.concat([_funds(start), taken, _carried(evenings), _banked(world, evenings)])
    shifts, corrections = _shifts(world, moves, evenings)
    moves = pl.concat([moves, corrections]).sort("at", "pair", "side", "place", nulls_last=True)
    _put_locations(world, moves, start)
    _put_moves(world, moves)
    _put_shifts(world, shifts)


def _row(frame: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """Return rows of cash moves; what is not given is empty."""
    empty = {
        "basis": pl.lit("MANUAL"),
        "ref_id": pl.lit(None, dtype=pl.Int64),
        "pair": pl.lit(None, dtype=pl.Int64),
        "side": pl.lit(None, dtype=pl.Int64),
    }
    rows = frame.select(**(empty | columns)).select(_ROW)
    return rows.with_columns(pl.col(_WHOLE).cast(pl.Int64))


def _taken(world: World) -> pl.DataFrame:
    """Return the latest payments in cash: where each was put, and what it was for."""
    invoices = world.facts["invoices"].select("invoice_id", "order_id", "terms", "order_number")
    clients = world["clients"].select(customer_id="id", client="name")
    paid = (
        world.facts["payments"]
        .filter((pl.col("kind") == "RECEIVED") & (pl.col("method") == "CASH"))
        .tail(_PAYMENTS)
        .join(invoices, on="invoice_id", how="left", maintain_order="left")
        .join(clients, on="customer_id", how="left", maintain_order="left")
    )
    on_delivery = (pl.col("terms") == "COD").fill_null(value=False)
    return _row(
        paid,
        place=pl.when(on_delivery).then(DRIVER).otherwise(REGISTER),
        at=pl.col("at"),
        kind=pl.lit("IN"),
        amount_c=pl.col("amount_c"),
        change_c=pl.col("amount_c"),
        words=pl.when(on_delivery)
        .then(pl.format("{} paid {} on delivery", "client", "order_number"))
        .otherwise(pl.format("{} from {}", "number", "client")),
        basis=pl.when(on_delivery).then(pl.lit("ORDER")).otherwise(pl.lit("PAYMENT")),
        ref_id=pl.when(on_delivery).then("order_id").otherwise("payment_id"),
    )


def _start(world: World, taken: pl.DataFrame) -> datetime:
    """Return the morning on which the registers were set up."""
    first = taken["at"].min()
    morning = (
        datetime.combine(first.date(), time(8, 15)) if isinstance(first, datetime) else world.now
    )
    return max(min(morning, world.now) - timedelta(days=1), world.clock.opening)


def _funds(start: datetime) -> pl.DataFrame:
    """Put the change funds in."""
    frame = pl.DataFrame(
        [(place, name, fund) for place, (name, fund) in _PLACES.items()],
        schema=["place", "name", "fund_c"],
        orient="row",
    )
    return _row(
        frame,
        place=pl.col("place"),
        at=pl.lit(start) + pl.duration(minutes=5 * pl.col("place")),
        kind=pl.lit("IN"),
        amount_c=pl.col("fund_c"),
        change_c=pl.col("fund_c"),
        words=pl.format("Change fund of the {}", "name"),
    )


def _evenings(world: World, taken: pl.DataFrame) -> pl.DataFrame:
    """Return per register and day what is carried to the vault, and when."""
    days = taken.group_by("place", day=pl.col("at").dt.date()).agg(
        pl.col("amount_c").sum(), last=pl.col("at").max()
    )
    closing = pl.col("day").cast(pl.Datetime("us")) + timedelta(hours=18, minutes=30)
    return (
        days.sort("day", "place")
        .with_columns(
            pair=pl.int_range(pl.len(), dtype=pl.Int64),
            at=pl.max_horizontal(closing, pl.col("last") + timedelta(minutes=5))
            + pl.duration(minutes=3 * pl.col("place")),
        )
        .filter(pl.col("at") < pl.lit(world.now))
    )


def _carried(evenings: pl.DataFrame) -> pl.DataFrame:
    """Carry each register's takings to the vault: two linked rows."""
    names = pl.col("place").replace_strict({k: name for k, (name, _) in _PLACES.items()})
    day = pl.col("day").dt.strftime("%B %d")
    rest = {"at": pl.col("at"), "kind": pl.lit("TRANSFER"), "amount_c": pl.col("amount_c")}
    link = {"basis": pl.lit("TRANSFER"), "pair": pl.col("pair")}
    return pl.concat(
        [
            _row(
                evenings,
                place=pl.col("place"),
                change_c=-pl.col("amount_c"),
                words=pl.format("Takings of {} to the vault", day),
                side=pl.lit(0, dtype=pl.Int64),
                **rest,
                **link,
            ),
            _row(
                evenings,
                place=pl.lit(VAULT),
                change_c=pl.col("amount_c"),
                words=pl.format("{} of {}", names, day),
                side=pl.col("place"),
                **rest,
                **link,
            ),
        ]
    )


def _banked(world: World, evenings: pl.DataFrame) -> pl.DataFrame:
    """Bring on Monday to the bank what the vault took in since the last one."""
    monday = evenings["at"].dt.truncate("1w") + timedelta(days=7, hours=10)
    weeks = (
        evenings.with_columns(monday=monday)
        .group_by("monday", maintain_order=True)
        .agg(pl.col("amount_c").sum(), runs=pl.len())
        .filter(pl.col("monday") < pl.lit(world.now))
    )
    return _row(
        weeks,
        place=pl.lit(VAULT),
        at=pl.col("monday"),
        kind=pl.lit("OUT"),
        amount_c=pl.col("amount_c"),
        change_c=-pl.col("amount_c"),
        words=pl.format("Deposited at the bank, evening counts: {}", "runs"),
    )


def _shifts(
    world: World, moves: pl.DataFrame, evenings: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Count each register at the end of a day with takings, and the vault after the bank.

    Returns:
        The counts, and the moves that book what was over or short.
    """
    stream = world.stream("cash", "counts")
    counted = pl.concat(
        [
            evenings.select("place", "day", end=pl.col("at") + timedelta(minutes=12)),
            moves.filter(pl.col("kind") == "OUT").select(
                "place",
                day=pl.col("at").dt.date(),
                end=pl.col("at") + timedelta(minutes=45),
            ),
        ]
    ).sort("end", "place")
    n = counted.height
    off = pl.Series(stream.chance(n, _OFF_SHARE))
    by = pl.Series(stream.integers(n, 1, 20)) * 100 * (1 - 2 * pl.Series(stream.integers(n, 0, 1)))
    counted = counted.with_columns(
        start=pl.col("day").cast(pl.Datetime("us")) + timedelta(hours=8),
        off_c=pl.when(off).then(by).otherwise(0),
    )
    wrong = counted.filter(pl.col("off_c") != 0)
    more = pl.col("off_c") > 0
    corrections = _row(
        wrong,
        place=pl.col("place"),
        at=pl.col("end") + timedelta(minutes=6),
        kind=pl.when(more).then(pl.lit("IN")).otherwise(pl.lit("OUT")),
        amount_c=pl.col("off_c").abs(),
        change_c=pl.col("off_c"),
        words=pl.format(
            "{} on {}",
            pl.when(more).then(pl.lit("Over")).otherwise(pl.lit("Short")),
            pl.col("day").dt.strftime("%B %d"),
        ),
    )
    today = pl.DataFrame(
        {"place": [REGISTER, DRIVER], "day": [world.clock.as_of] * 2},
        schema={"place": pl.Int64, "day": pl.Date},
    ).with_columns(
        start=pl.col("day").cast(pl.Datetime("us")) + timedelta(hours=8),
        end=pl.lit(None, dtype=pl.Datetime("us")),
        off_c=pl.lit(None, dtype=pl.Int64),
    )
    shifts = pl.concat([counted.select(today.columns), today]).sort("start", "place")
    book = (
        pl.concat([moves, corrections])
        .sort("at")
        .with_columns(balance_c=pl.col("change_c").cum_sum().over("place"))
        .select("place", "at", "balance_c")
    )
    for name, moment in (
        ("first_c", pl.col("start")),
        ("expected_c", pl.coalesce("end", pl.lit(world.now))),
    ):
        shifts = (
            shifts.with_columns(at=moment)
            .sort("at")
            .join_asof(
                book.rename({"balance_c": name}), on="at", by="place", check_sortedness=False
            )
            .drop("at")
        )
    return shifts.sort("start", "place"), corrections


def _put_locations(world: World, moves: pl.DataFrame, start: datetime) -> None:
    sums = moves.group_by("place").agg(pl.col("change_c").sum(), last=pl.col("at").max())
    names = [name for name, _ in _PLACES.values()]
    frame = pl.DataFrame(
        {"place": list(_PLACES), "name": names}, schema_overrides={"place": sums.schema["place"]}
    ).join(sums, on="place", how="left", maintain_order="left")
    world.put(
        "cash_locations",
        frame.select(
            world.ids("cash_locations", frame.height),
            name="name",
            current_balance=money("change_c"),
            is_active=pl.lit(True),  # all three are in use
            created_at=pl.lit(start) + pl.duration(minutes=2 * pl.int_range(pl.len())),
            updated_at="last",
        ),
    )


def _put_moves(world: World, moves: pl.DataFrame) -> None:
    stream = world.stream("cash", "clerks")
    n = moves.height
    clerks = staff_of(world, "Customer Service", "Accountant", "Super Admin")
    frame = moves.with_columns(world.ids("cash_location_transactions", n))
    # The two rows of a transfer follow each other.
    out = pl.col("side") == 0
    partner = (
        pl.when(out)
        .then(pl.col("id").shift(-1))
        .when(pl.col("side") > 0)
        .then(pl.col("id").shift(1))
    )
    world.put(
        "cash_location_transactions",
        frame.select(
            "id",
            location_id=world.id_of("cash_locations", "place"),
            transaction_type="kind",
            amount=money("amount_c"),
            description="words",
            reference_type="basis",
            reference_id=pl.coalesce("ref_id", partner),
            transfer_to_location_id=pl.when(out).then(pl.lit(world.at("cash_locations", VAULT))),
            transfer_from_location_id=pl.when(pl.col("side") > 0).then(
                world.id_of("cash_locations", "side")
            ),
            created_by=clerks.gather(stream.indices(n, len(clerks))),
            created_at="at",
        ),
    )


def _put_shifts(world: World, shifts: pl.DataFrame) -> None:
    stream = world.stream("cash", "audits")
    n = shifts.height
    keepers = staff_of(world, "Operations Manager", "Accountant", "Super Admin")
    closed = pl.col("end").is_not_null()
    off = pl.col("off_c").fill_null(0)
    world.put(
        "shift_audits",
        shifts.select(
            world.ids("shift_audits", n),
            location_id=world.id_of("cash_locations", "place"),
            shift_start="start",
            shift_end="end",
            starting_balance=money("first_c"),
            expected_balance=money("expected_c"),
            actual_count=money(pl.when(closed).then(pl.col("expected_c") + off)),
            variance=money(pl.when(closed).then(off)),
            notes=pl.when(off != 0).then(
                pl.format(
                    "Counted twice on {}, the difference stays",
                    pl.col("start").dt.strftime("%B %d"),
                )
            ),
            status=pl.when(closed).then(pl.lit("CLOSED")).otherwise(pl.lit("ACTIVE")),
            reset_by=pl.when(closed).then(keepers.gather(stream.indices(n, len(keepers)))),
            reset_at=pl.when(closed).then(pl.col("end") + timedelta(minutes=8)),
            created_at="start",
        ),
    )
