"""Demand first: which client orders what, how much of it, when, and at what price.

Makes no table; leaves the fact frames ``orders`` and ``lines`` from which procurement plans the
supply and sales writes the documents. Counts, revenue and the whales' share meet the scenario
exactly or within the rounding of a tenth of a pound.

``orders`` has one row per order of every kind, in the order of ``ordered``:
``order`` (0..), ``kind`` (shipped, open, cancelled, quote, draft), ``client_id``, ``ordered``.
``lines`` has one row per line: ``order``, ``place``, ``product`` (row of the catalogue),
``product_id``, ``quantity_q``, ``price_c``, ``kind``, ``ordered``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from generate.world._shares import apportion, scatter, within
from generate.world._world import World, at_work

if TYPE_CHECKING:
    from generate.world._stream import Stream

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

KINDS = ("shipped", "open", "cancelled", "quote", "draft")
# Weight of a day, Monday to Sunday, and of a month, January to December.
_WEEKDAYS = (1.0, 1.05, 1.0, 1.1, 1.2, 0.3, 0.04)
_MONTHS = (0.82, 0.86, 0.95, 1.08, 0.98, 0.95, 0.96, 0.97, 1.0, 1.12, 1.22, 1.18)
# The first deliveries arrive in the second week; orders wait for them.
FIRST_ORDER_AFTER = 11
# Out of a thousand orders, how many have one line, two, and so on: most have two to five.
_LINES = (100, 200, 240, 170, 100, 60, 40, 30, 20, 13, 9, 7, 5, 4, 2)
_MAX_LINES = len(_LINES)
# Orders and drafts of the last morning: the dashboard of today must not be empty.
_THIS_MORNING = {"open": 2, "draft": 1}
_STILL_TO_CONFIRM = timedelta(minutes=70)
# Share, smallest and largest quantity of a line, in pounds and in units of anything else.
_POUNDS = ((0.10, 0.5, 2), (0.70, 2, 5), (0.15, 5, 10), (0.05, 10, 20))
_UNITS = ((0.10, 1, 10), (0.60, 10, 30), (0.20, 30, 60), (0.10, 60, 100))
_TINY_ORDERS = 0.10


def build(world: World) -> None:
    """Plan every order of the period."""
    orders = _orders(world)
    lines = _lines(world, orders)
    lines = _prices(world, lines)
    lines = _quantities(world, orders, lines)
    world.facts["orders"], world.facts["lines"] = orders, lines


def _counts(world: World) -> dict[str, int]:
    sales = world.scenario.sales
    least = {"open": 6, "cancelled": 3, "quote": 12, "draft": 3}
    shares = {
        "open": sales.open_share,
        "cancelled": sales.cancelled_share,
        "quote": sales.quote_share,
        "draft": sales.draft_share,
    }
    extra = {kind: max(least[kind], round(share * sales.orders)) for kind, share in shares.items()}
    return {"shipped": sales.orders, **extra}


def _days(world: World, stream: Stream, n: int, first: int, last: int) -> Ints:
    """Return ``n`` day offsets between first and last, by season and weekday, without luck."""
    offsets = np.arange(first, max(first, last) + 1)
    dates = [world.clock.start + timedelta(days=int(k)) for k in offsets]
    weights = np.array([_WEEKDAYS[d.weekday()] * _MONTHS[d.month - 1] for d in dates])
    growth = 1 + 0.15 * offsets / max(1, world.clock.days)
    edges = np.cumsum(weights * growth)
    draws = (np.arange(n) + stream.uniform(n)) / max(n, 1) * edges[-1]
    drawn: Ints = offsets[np.minimum(np.searchsorted(edges, draws, side="right"), len(offsets) - 1)]
    return drawn


def _orders(world: World) -> pl.DataFrame:
    counts = _counts(world)
    stream = world.stream("demand", "orders")
    last = world.clock.days - 1
    windows = {
        # Half a week before the end, an order can still be on the floor instead of on the road.
        "shipped": (FIRST_ORDER_AFTER, last - 1),
        "open": (max(FIRST_ORDER_AFTER, last - 9), last - 1),
        "cancelled": (FIRST_ORDER_AFTER, last - 3),
        "quote": (FIRST_ORDER_AFTER, last - 1),
        "draft": (max(FIRST_ORDER_AFTER, last - 20), last - 1),
    }
    frames = []
    for kind, n in counts.items():
        days = _days(world, stream, n, *windows[kind])
        if kind == "quote":
            # Quotes are asked for faster than they are decided: a quarter of them is young.
            young = n // 4
            days[n - young :] = _days(
                world, stream, young, max(FIRST_ORDER_AFTER, last - 25), last - 1
            )
        days[n - _THIS_MORNING.get(kind, 0) :] = last
        dates = pl.lit(world.clock.start) + pl.duration(days=pl.lit(pl.Series("day", days)))
        moments = at_work(pl.select(dates).to_series(), stream, now=world.now - _STILL_TO_CONFIRM)
        frames.append(pl.DataFrame({"day": days}).select("day", kind=pl.lit(kind), ordered=moments))
    orders = pl.concat(frames)
    orders = orders.with_columns(client_id=_clients(world, orders)).sort(
        "ordered", "kind", "client_id", maintain_order=True
    )
    # No two orders in the same second: numbers follow time without ties.
    return orders.with_columns(
        order=pl.int_range(pl.len(), dtype=pl.Int64),
        ordered=pl.col("ordered") + pl.duration(seconds=pl.int_range(pl.len()).over("ordered")),
    )


def _clients(world: World, orders: pl.DataFrame) -> pl.Series:
    """Return a client for each order: whales by their share, all at least once, none early."""
    buyers = world.facts["buyers"]
    share = world.scenario.sales.whale_order_share
    result = np.zeros(orders.height, dtype=np.int64)
    for kind in KINDS:
        rows = np.flatnonzero((orders["kind"] == kind).to_numpy())
        stream = world.stream("demand", "clients", kind)
        whale_orders = (
            round(share * len(rows)) if buyers.filter(~pl.col("whale")).height else len(rows)
        )
        counts = np.zeros(buyers.height, dtype=np.int64)
        for group, n in ((True, whale_orders), (False, len(rows) - whale_orders)):
            members = np.flatnonzero((buyers["whale"] == group).to_numpy())
            if len(members) == 0:
                continue
            # Who came later has had less time to order.
            time = 1 - buyers["since"].to_numpy()[members] / (world.clock.days * 1.2)
            weights = buyers["weight"].to_numpy()[members] * time
            least = 1 if kind == "shipped" and n >= len(members) else 0
            counts[members] = apportion(n, weights, least=least)
        result[rows] = _seat(
            stream, buyers["since"].to_numpy(), counts, orders["day"].to_numpy()[rows]
        )
    return buyers["id"].gather(result)


def _seat(stream: Stream, since: Ints, counts: Ints, days: Ints) -> Ints:
    """Match clients to order days: shuffled, then who would be early trades with a later order."""
    clients = scatter(counts)
    clients = clients[stream.order(len(clients))]
    by_day = np.argsort(days, kind="stable")
    seats = np.empty(len(clients), dtype=np.int64)
    seats[by_day] = clients
    for _ in range(50):
        early = np.flatnonzero(days <= since[seats])
        if len(early) == 0:
            break
        partners = stream.indices(len(early), len(seats))
        early_first, where = np.unique(partners, return_index=True)
        mine = early[where]
        apart = ~np.isin(early_first, early)
        mine, theirs = mine[apart], early_first[apart]
        useful = (days[theirs] > since[seats[mine]]) & (days[mine] > since[seats[theirs]])
        mine, theirs = mine[useful], theirs[useful]
        seats[mine], seats[theirs] = seats[theirs], seats[mine]
    # Nobody left to trade with: the earliest client takes the order.
    late = days <= since[seats]
    seats[late] = int(np.argmin(since))
    return seats


def _lines(world: World, orders: pl.DataFrame) -> pl.DataFrame:
    stream = world.stream("demand", "lines")
    catalogue = world.facts["catalogue"]
    kinds = orders["kind"].to_numpy()
    most = min(_MAX_LINES, catalogue.height)
    tiny = stream.chance(orders.height, _TINY_ORDERS)
    drawn = 1 + stream.indices(orders.height, most, _LINES[:most])
    shipped = kinds == "shipped"
    launch, days = catalogue["launch"].to_numpy(), orders["day"].to_numpy()
    available = np.searchsorted(np.sort(launch), days, side="left").clip(1)
    counts = np.minimum(np.where(tiny, stream.integers(orders.height, 1, 2), drawn), available)
    counts[shipped] = _as_many(
        stream, world.scenario.sales.lines, counts[shipped], np.minimum(most, available[shipped])
    )
    # Products of an order are different ones, drawn by popularity among those introduced by then.
    with np.errstate(divide="ignore"):
        race = -np.log(1 - stream.uniform(orders.height * catalogue.height))
    race = race.reshape(orders.height, catalogue.height) / catalogue["weight"].to_numpy()
    race[launch[None, :] >= days[:, None]] += 1e9
    winners = np.argsort(race, axis=1, kind="stable")
    order, place = scatter(counts), within(counts)
    product = winners[order, place]
    return pl.DataFrame(
        {"order": order, "place": place, "product": product, "tiny": tiny[order]}
    ).select(
        "order",
        "place",
        "product",
        "tiny",
        product_id=catalogue["id"].gather(product),
        kind=orders["kind"].gather(order),
        client_id=orders["client_id"].gather(order),
        ordered=orders["ordered"].gather(order),
    )


def _as_many(stream: Stream, total: int, drawn: Ints, most: Ints) -> Ints:
    """Return counts of lines with the drawn ones' shape that add up; each at least 1.

    Raises:
        ValueError: if the orders cannot have that many lines, or that few.
    """
    if not len(drawn) <= total <= most.sum():
        raise ValueError(f"{len(drawn)} orders cannot have {total} lines")
    scaled = np.floor(drawn * (total / drawn.sum()) + stream.uniform(len(drawn)))
    counts: Ints = np.clip(scaled, 1, most).astype(np.int64)
    while missing := total - int(counts.sum()):
        able = np.flatnonzero(counts < most if missing > 0 else counts > 1)
        counts[able[stream.order(len(able))[: abs(missing)]]] += np.sign(missing)
    return counts


def _prices(world: World, lines: pl.DataFrame) -> pl.DataFrame:
    """Set unit prices: list price, the client's bargain, a few lines far off the usual margin."""
    scenario, sales = world.scenario, world.scenario.sales
    stream = world.stream("demand", "prices")
    n = lines.height
    catalogue = world.facts["catalogue"]
    listed = catalogue["list_c"].gather(lines["product"]).to_numpy().astype(np.float64)
    from generate.world.catalogue import base_margin  # noqa: PLC0415 - the formula lives there

    cost_part = 1 - base_margin(world)
    mood = stream.uniform(n)
    high = mood < sales.high_margin_share
    low = (mood >= sales.high_margin_share) & (
        mood < sales.high_margin_share + sales.low_margin_share
    )
    factor = stream.spread(n, 0.03)
    factor = np.where(high, cost_part / (1 - stream.uniform(n, 0.50, 0.70)), factor)
    factor = np.where(low, cost_part / (1 - stream.uniform(n, 0.05, 0.10)), factor)
    odd = stream.chance(n, scenario.anomalies.share / 2)
    # Sold at cost or below it: what a margin report has to find.
    factor = np.where(odd, cost_part * stream.uniform(n, 0.85, 1.0), factor)
    pounds = (catalogue["unit"].gather(lines["product"]) == "LB").to_numpy()
    step = np.where(pounds, 100, 25)
    price = np.maximum(step, np.round(listed * factor / step).astype(np.int64) * step)
    return lines.with_columns(
        price_c=pl.Series(price), pounds=pl.Series(pounds), usual=pl.Series(~(high | low | odd))
    )


def _drawn_quantities(
    stream: Stream, n: int, bands: tuple[tuple[float, float, float], ...]
) -> Floats:
    band = stream.indices(n, len(bands), [share for share, _, _ in bands])
    low = np.array([b for _, b, _ in bands])[band]
    high = np.array([b for _, _, b in bands])[band]
    drawn: Floats = low + (high - low) * stream.uniform(n)
    return drawn


def _quantities(world: World, orders: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Draw quantities and scale them until revenue and the whales' share are right."""
    stream = world.stream("demand", "quantities")
    n = lines.height
    pounds = lines["pounds"].to_numpy()
    base = np.where(
        pounds, _drawn_quantities(stream, n, _POUNDS), _drawn_quantities(stream, n, _UNITS)
    )
    base = np.where(lines["tiny"].to_numpy(), base * 0.25, base)
    if world.scenario.anomalies.share:
        base = np.where(stream.chance(n, world.scenario.anomalies.share / 5), base * 6, base)
    buyers = world.facts["buyers"]
    row_of = {client: k for k, client in enumerate(buyers["id"].to_list())}
    client = np.array([row_of[c] for c in orders["client_id"].to_list()])[lines["order"].to_numpy()]
    shipped = (lines["kind"] == "shipped").to_numpy()
    price = lines["price_c"].to_numpy()
    step = np.where(pounds, 1_000, 10_000)
    target = _client_targets(world)
    whale = buyers["whale"].to_numpy()[client]
    size = np.bincount(client, weights=base * price * shipped, minlength=buyers.height)
    per_client = np.divide(target, size, out=np.zeros_like(target), where=size > 0)
    typical = np.median(per_client[per_client > 0])
    per_client = np.clip(np.where(per_client > 0, per_client, typical), typical / 4, typical * 4)
    wanted = base * per_client[client]
    revenue = world.scenario.sales.revenue * 100
    share = world.scenario.sales.whale_revenue_share if (~buyers["whale"]).any() else 1.0
    quantity = np.zeros(n, dtype=np.int64)
    for _ in range(12):
        quantity = np.maximum(1, np.round(wanted * 10_000 / step).astype(np.int64)) * step
        amount = quantity * price // 10_000
        for group, goal in ((True, share * revenue), (False, (1 - share) * revenue)):
            mine = whale == group
            have = float(amount[mine & shipped].sum())
            if have:
                wanted[mine] *= goal / have
    return lines.with_columns(
        quantity_q=pl.Series(quantity),
        # Prices step in 25 cents and quantities in tenths of a pound or whole units: exact cents.
        amount_c=pl.Series((quantity * price + 5_000) // 10_000),
    ).drop("tiny")


def _client_targets(world: World) -> Floats:
    buyers, sales = world.facts["buyers"], world.scenario.sales
    share = sales.whale_revenue_share if (~buyers["whale"]).any() else 1.0
    time = 1 - buyers["since"].to_numpy() / (world.clock.days * 1.2)
    weight = buyers["weight"].to_numpy() * time
    whale = buyers["whale"].to_numpy()
    result = np.zeros(len(weight))
    for group, part in ((True, share), (False, 1 - share)):
        mine = whale == group
        if mine.any():
            result[mine] = weight[mine] / weight[mine].sum() * part * sales.revenue * 100
    return result
