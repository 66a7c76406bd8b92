"""Common wishes about a business, and the scenario keys that follow from each.

``--clients 200`` alone would leave a business that cannot exist: too few orders for so many. A knob
changes its own key and what depends on it in proportion; what is set by name wins over all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from generate import _limits
from terpseed.errors import ScenarioError

if TYPE_CHECKING:
    from generate.scenario import Scenario

_MONTH = 30.4375  # days
_ORDERS_PER_CLIENT = 4  # least that a knob leaves a client; fewer would be no customer
_POUNDS = 120  # of flower in a usual batch


@dataclass(frozen=True, slots=True)
class Knobs:
    """What a user wishes; None leaves the scenario's.

    Attributes:
        clients: buyers, in the scenario's proportion of whales and regulars.
        orders: shipped orders; lines and purchasing follow.
        revenue: US dollars invoiced; batches follow, so that each is as large as before.
        months: length of the business, which ends when it did; what is sold a month stays.
    """

    clients: int | None = None
    orders: int | None = None
    revenue: int | None = None
    months: int | None = None

    def overrides(self, base: Scenario) -> tuple[str, ...]:
        """Return the ``section.key=value`` texts that make the wishes come true.

        Args:
            base: the scenario as it is.

        Raises:
            ScenarioError: if a wish is no positive number.
        """
        for name in ("clients", "orders", "revenue", "months"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ScenarioError(f"--{name} {value} is no business", then="ask for 1 or more")
        if self == Knobs():
            return ()
        values: dict[str, object] = {}
        grown = self._period(base, values)
        orders = self.orders or max(1, round(base.sales.orders * grown))
        revenue = self.revenue or round(base.sales.revenue * grown)
        if self.clients is not None:
            orders = max(orders, self.clients * _ORDERS_PER_CLIENT) if not self.orders else orders
            values |= _clients(base, self.clients)
        elif orders < (buyers := base.parties.whales + base.parties.regulars):
            values |= _clients(base, max(1, min(buyers, orders // _ORDERS_PER_CLIENT)))
        values |= _sales(base, orders, revenue) | _supply(
            base, revenue, date.fromisoformat(str(values.get("period.start", base.period.start)))
        )
        return tuple(f"{key}={value}" for key, value in values.items())

    def _period(self, base: Scenario, values: dict[str, object]) -> float:
        """Set another start if another length is wanted; return the length relative to before."""
        days = (base.period.end - base.period.start).days + 1
        if self.months is None:
            return 1.0
        start = _months_before(base.period.end, self.months)
        values["period.start"] = start.isoformat()
        wanted = (base.period.end - start).days + 1
        late = base.receivables.overdue_share * base.receivables.very_late_share
        old = max(0, (base.period.as_of - start).days - _limits.VERY_LATE_DAYS)
        if late * wanted > old:
            # only invoices of the first days can be that late
            share = old / wanted / base.receivables.overdue_share
            values["receivables.very_late_share"] = f"{share * 0.9:.3f}"
        return wanted / days


def _months_before(end: date, months: int) -> date:
    """Return the first day of a period of so many months that ends on a day.

    Raises:
        ScenarioError: if that lies before the first year that a scenario may have.
    """
    count = end.year * 12 + end.month - 1 - months
    year, month = divmod(count, 12)
    if year < _limits.LIMITS["period.start"].low.year:
        raise ScenarioError(f"--months {months} begins in {year}", then="ask for fewer months")
    # the day after the same day so many months ago, in months that may be shorter
    same = min(end.day, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month])
    return date.fromordinal(date(year, month + 1, same).toordinal() + 1)


def _clients(base: Scenario, wanted: int) -> dict[str, object]:
    whales, regulars = base.parties.whales, base.parties.regulars
    share = whales / (whales + regulars)
    many = min(max(1 if whales else 0, round(wanted * share)), wanted - 1 if regulars else wanted)
    if regulars:
        # past what there may be of one kind, the other makes up for it
        many = max(many, wanted - int(_limits.LIMITS["parties.regulars"].high))
    selling = min(base.parties.selling_clients, wanted)
    values: dict[str, object] = {
        "parties.whales": many,
        "parties.regulars": wanted - many,
        "parties.selling_clients": selling,
    }
    if many == 0 and whales:
        values |= {"sales.whale_revenue_share": 0.0, "sales.whale_order_share": 0.0}
    return values


def _sales(base: Scenario, orders: int, revenue: int) -> dict[str, object]:
    lines = round(orders * base.sales.lines / base.sales.orders)
    return {
        "sales.orders": orders,
        "sales.lines": min(max(lines, orders), orders * _limits.LINES_PER_ORDER),
        "sales.revenue": revenue,
    }


def _supply(base: Scenario, revenue: int, start: date) -> dict[str, object]:
    """Buy in proportion to what is sold, so that a batch stays as large as it was."""
    grown = revenue / base.sales.revenue
    if grown == 1:
        return {}
    price = sum(
        getattr(base.mix, growth) * getattr(base.prices, growth)
        for growth in ("indoor", "greenhouse", "outdoor")
    )
    usual = revenue / price / _POUNDS / base.catalogue.flower_share
    batches = max(1, round(base.supply.batches * grown), round(min(usual, 3)))
    products = min(base.catalogue.products, batches)
    intakes = _limits.workdays(start, base.period.end) * _limits.INTAKES_PER_DAY
    lots = min(batches, max(1, round(base.supply.lots * grown)))
    return {
        "supply.batches": batches,
        "supply.lots": lots,
        "supply.purchase_orders": min(
            lots, intakes, max(1, round(base.supply.purchase_orders * grown))
        ),
        "catalogue.products": products,
        "catalogue.strains": min(base.catalogue.strains, products),
    }
