"""What a scenario may hold: the range of every number, and combinations that cannot exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generate.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Limit:
    """Smallest and largest value of a key, both included, and what is counted."""

    low: Any
    high: Any
    unit: str = ""

    def __str__(self) -> str:
        """Return the range for a message."""
        return f"{_shown(self.low)} to {_shown(self.high)} {self.unit}".strip()


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value}"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A combination of values that no business can have.

    Attributes:
        keys: the keys that contradict each other.
        what: what is wrong, with the numbers.
        why: why no such business exists.
        then: which value to change.
    """

    keys: tuple[str, ...]
    what: str
    why: str
    then: str = ""


_SHARE = Limit(0.0, 1.0, "(a share)")
# TIMESTAMP columns end in January 2038, and schedules reach a year beyond the as-of date.
_DAY = Limit(date(2000, 1, 1), date(2036, 12, 31))

LIMITS: dict[str, Limit] = {
    "seed": Limit(0, 2**63 - 1),
    "period.start": _DAY,
    "period.end": _DAY,
    "period.as_of": _DAY,
    "parties.whales": Limit(0, 100, "clients"),
    "parties.regulars": Limit(0, 400, "clients"),
    "parties.vendors": Limit(1, 50, "vendors"),
    "parties.selling_clients": Limit(0, 50, "clients"),
    "parties.users": Limit(2, 100, "employees"),
    "catalogue.strains": Limit(1, 78, "strains"),
    "catalogue.products": Limit(1, 700, "products"),
    "catalogue.flower_share": Limit(0.05, 1.0, "(a share)"),
    "prices.indoor": Limit(10, 100_000, "US dollars a pound"),
    "prices.greenhouse": Limit(10, 100_000, "US dollars a pound"),
    "prices.outdoor": Limit(10, 100_000, "US dollars a pound"),
    "prices.other_cost": Limit(1, 10_000, "US dollars a unit"),
    "mix.indoor": _SHARE,
    "mix.greenhouse": _SHARE,
    "mix.outdoor": _SHARE,
    "supply.purchase_orders": Limit(1, 20_000, "orders"),
    "supply.lots": Limit(1, 50_000, "lots"),
    "supply.batches": Limit(1, 100_000, "batches"),
    "supply.consigned_share": _SHARE,
    "supply.range_cost_share": _SHARE,
    "sales.revenue": Limit(10_000, 2_000_000_000, "US dollars"),
    "sales.orders": Limit(1, 1_000_000, "orders"),
    "sales.lines": Limit(1, 5_000_000, "lines"),
    "sales.whale_revenue_share": _SHARE,
    "sales.whale_order_share": _SHARE,
    "sales.consigned_share": _SHARE,
    "sales.margin": Limit(0.01, 0.8, "(a share of the price)"),
    "sales.margin_spread": Limit(0.0, 0.9, "(relative)"),
    "sales.high_margin_share": _SHARE,
    "sales.low_margin_share": _SHARE,
    "sales.open_share": _SHARE,
    "sales.cancelled_share": _SHARE,
    "sales.quote_share": _SHARE,
    "sales.draft_share": _SHARE,
    "receivables.overdue_share": _SHARE,
    "receivables.very_late_share": _SHARE,
    "receivables.paid_share": _SHARE,
    "receivables.return_share": _SHARE,
    "receivables.refund_share": _SHARE,
    "receivables.refund_part": _SHARE,
    "receivables.write_off_share": _SHARE,
    "anomalies.share": Limit(0.0, 0.5, "(a share)"),
}

SHORTEST_DAYS = 21  # goods are ordered, delivered, sold and invoiced within the period
LONGEST_WAIT_DAYS = 1_096  # from the end of business to the as-of date
ORDERS_PER_CLIENT_DAY = 4
LINES_PER_ORDER = 15
INTAKES_PER_DAY = 8
FLOWER_BATCH_POUNDS = (10, 500)
VERY_LATE_DAYS = 120


def contradictions(scenario: Scenario) -> Iterator[Contradiction]:
    """Yield what makes the business impossible, gravest first."""
    for check in (_period, _shares, _parties, _catalogue, _sales, _supply, _receivables):
        yield from check(scenario)


def workdays(start: date, end: date) -> int:
    """Return the number of days from Monday to Friday, both ends included."""
    weeks, rest = divmod((end - start).days + 1, 7)
    return weeks * 5 + sum((start + timedelta(days=k)).weekday() < 5 for k in range(rest))


def _period(s: Scenario) -> Iterator[Contradiction]:
    start, end, as_of = s.period.start, s.period.end, s.period.as_of
    if end < start:
        yield Contradiction(
            ("period.start", "period.end"),
            "the period ends before it starts",
            "nothing can be sold in it",
        )
    elif (end - start).days + 1 < SHORTEST_DAYS:
        yield Contradiction(
            ("period.start", "period.end"),
            f"the period of {(end - start).days + 1} days cannot hold the business",
            "goods are ordered, delivered, sold and invoiced within it",
            f"make it at least {SHORTEST_DAYS} days long",
        )
    if as_of < end:
        yield Contradiction(
            ("period.end", "period.as_of"),
            "the books are looked at before the business ends",
            "sales after the as-of date would lie in the future",
            "move period.as_of to period.end or later",
        )
    elif (as_of - end).days > LONGEST_WAIT_DAYS:
        yield Contradiction(
            ("period.end", "period.as_of"),
            f"the books are looked at {(as_of - end).days:,} days after the business ended",
            f"more than {LONGEST_WAIT_DAYS:,} days of silence are no business",
        )


def _shares(s: Scenario) -> Iterator[Contradiction]:
    mix = s.mix.indoor + s.mix.greenhouse + s.mix.outdoor
    if abs(mix - 1) > 1e-9:
        yield Contradiction(
            ("mix.indoor", "mix.greenhouse", "mix.outdoor"),
            f"the shares of the mix add up to {mix:.4g}, not to 1",
            "every pound of flower is grown one of these ways",
        )
    if s.sales.high_margin_share + s.sales.low_margin_share > 1:
        yield Contradiction(
            ("sales.high_margin_share", "sales.low_margin_share"),
            "more than all lines have an unusual margin",
            "a line has one margin",
        )


def _parties(s: Scenario) -> Iterator[Contradiction]:
    whales, regulars = s.parties.whales, s.parties.regulars
    keys = ("parties.whales", "parties.regulars")
    if whales + regulars == 0:
        yield Contradiction(keys, "nobody buys", "revenue needs clients")
        return
    for key in ("whale_revenue_share", "whale_order_share"):
        share = getattr(s.sales, key)
        if whales == 0 and share > 0:
            yield Contradiction(
                (keys[0], f"sales.{key}"),
                "whales buy, but there are none",
                "",
                f"set sales.{key}=0",
            )
        if regulars == 0 and share < 1:
            yield Contradiction(
                (keys[1], f"sales.{key}"),
                "regular clients buy, but there are none",
                f"whales alone make all sales, not {share:.0%} of them",
                f"set sales.{key}=1",
            )
        if whales and regulars and share in {0, 1}:
            yield Contradiction(
                (*keys, f"sales.{key}"),
                f"{'whales' if share == 0 else 'regular clients'} never buy",
                "a client of the scenario is one that buys",
            )
    if whales + regulars > s.sales.orders:
        yield Contradiction(
            (*keys, "sales.orders"),
            f"{s.sales.orders:,} orders are too few for {whales + regulars:,} clients",
            "every client places at least one order",
        )
    if s.parties.selling_clients > whales + regulars:
        yield Contradiction(
            (*keys, "parties.selling_clients"),
            f"{s.parties.selling_clients:,} clients sell, but only {whales + regulars:,} buy",
            "a selling client is one of the buyers",
        )


def _catalogue(s: Scenario) -> Iterator[Contradiction]:
    strains, products = s.catalogue.strains, s.catalogue.products
    if products < strains:
        yield Contradiction(
            ("catalogue.strains", "catalogue.products"),
            f"{products:,} products are too few for {strains:,} strains",
            "every strain of the catalogue is sold as at least one product",
        )
    most = strains * 9 + min(strains, 10) * 11
    if products > most:
        yield Contradiction(
            ("catalogue.strains", "catalogue.products"),
            f"{products:,} products cannot be made of {strains:,} strains",
            "a strain comes in nine kinds of flower, and the first ten in eleven other forms",
            f"use at most {most:,} products, or more strains",
        )


def _sales(s: Scenario) -> Iterator[Contradiction]:
    orders, lines = s.sales.orders, s.sales.lines
    if not orders <= lines <= orders * LINES_PER_ORDER:
        yield Contradiction(
            ("sales.orders", "sales.lines"),
            f"{lines:,} lines do not fit {orders:,} orders",
            f"an order has 1 to {LINES_PER_ORDER} lines",
            f"set sales.lines between {orders:,} and {orders * LINES_PER_ORDER:,}",
        )
    days = workdays(s.period.start, s.period.end)
    clients = s.parties.whales + s.parties.regulars
    if orders > days * clients * ORDERS_PER_CLIENT_DAY:
        yield Contradiction(
            ("sales.orders", "period.start", "period.end"),
            f"{orders:,} orders are too many for {days:,} working days",
            f"{clients:,} clients place at most {ORDERS_PER_CLIENT_DAY} orders a day each",
            "use fewer orders, more clients or a longer period",
        )


def _supply(s: Scenario) -> Iterator[Contradiction]:
    supply = s.supply
    if supply.lots < supply.purchase_orders:
        yield Contradiction(
            ("supply.lots", "supply.purchase_orders"),
            f"{supply.lots:,} lots are too few for {supply.purchase_orders:,} purchase orders",
            "every received purchase order brings at least one lot",
        )
    if supply.batches < supply.lots:
        yield Contradiction(
            ("supply.batches", "supply.lots"),
            f"{supply.lots:,} lots are more than {supply.batches:,} batches",
            "every lot is at least one batch",
        )
    if supply.batches < s.catalogue.products:
        yield Contradiction(
            ("supply.batches", "catalogue.products"),
            f"{supply.batches:,} batches are too few for {s.catalogue.products:,} products",
            "a product can only be sold from a batch of it",
        )
    days = workdays(s.period.start, s.period.end)
    if supply.purchase_orders > days * INTAKES_PER_DAY:
        yield Contradiction(
            ("supply.purchase_orders", "period.start", "period.end"),
            f"{supply.purchase_orders:,} intakes are too many for {days:,} working days",
            f"receiving handles at most {INTAKES_PER_DAY} a day",
        )
    yield from _stock(s)


def _stock(s: Scenario) -> Iterator[Contradiction]:
    price = (
        s.mix.indoor * s.prices.indoor
        + s.mix.greenhouse * s.prices.greenhouse
        + s.mix.outdoor * s.prices.outdoor
    )
    batches = max(1, round(s.supply.batches * s.catalogue.flower_share))
    pounds = s.sales.revenue / price / batches
    low, high = FLOWER_BATCH_POUNDS
    if not low * 0.5 <= pounds <= high:
        yield Contradiction(
            ("sales.revenue", "supply.batches"),
            f"{batches:,} batches of flower would have to sell {pounds:,.0f} pounds each",
            f"a batch of flower weighs {low} to {high} pounds",
            f"use {'more' if pounds > high else 'fewer'} batches, or change the revenue",
        )


def _receivables(s: Scenario) -> Iterator[Contradiction]:
    money = s.receivables
    very_late = money.overdue_share * money.very_late_share
    if very_late * s.sales.orders < 0.5:
        return
    days = (s.period.end - s.period.start).days + 1
    old = (s.period.as_of - s.period.start).days - VERY_LATE_DAYS
    if old < very_late * days:
        yield Contradiction(
            ("receivables.overdue_share", "receivables.very_late_share", "period.as_of"),
            f"{very_late:.0%} of the invoices cannot be over {VERY_LATE_DAYS} days past due",
            f"only the first {max(0, old)} of {days} days lie that far behind the as-of date",
            "lower receivables.very_late_share, or move period.as_of",
        )
