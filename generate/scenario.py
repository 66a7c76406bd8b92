"""The scenario: which business to simulate, as a typed object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """Days of business, and the day on which the books are looked at."""

    start: date
    end: date
    as_of: date


@dataclass(frozen=True, slots=True)
class Parties:
    """Numbers of clients, vendors and employees."""

    whales: int
    regulars: int
    vendors: int
    selling_clients: int
    users: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Numbers of strains and products; share of flower among the batches."""

    strains: int
    products: int
    flower_share: float


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars a pound of flower by growth, and the cost of a unit of everything else."""

    indoor: int
    greenhouse: int
    outdoor: int
    other_cost: int


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the flower by growth; they add up to 1."""

    indoor: float
    greenhouse: float
    outdoor: float


@dataclass(frozen=True, slots=True)
class Supply:
    """Received purchase orders, lots and batches, and how they are bought."""

    purchase_orders: int
    lots: int
    batches: int
    consigned_share: float
    range_cost_share: float


@dataclass(frozen=True, slots=True)
class Sales:
    """Revenue in US dollars, shipped orders and lines, and the mix of what comes on top."""

    revenue: int
    orders: int
    lines: int
    whale_revenue_share: float
    whale_order_share: float
    consigned_share: float
    margin: float
    margin_spread: float
    high_margin_share: float
    low_margin_share: float
    open_share: float
    cancelled_share: float
    quote_share: float
    draft_share: float


@dataclass(frozen=True, slots=True)
class Receivables:
    """How clients pay, and what goes wrong."""

    overdue_share: float
    very_late_share: float
    paid_share: float
    return_share: float
    refund_share: float
    refund_part: float
    write_off_share: float


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Share of lines, orders and parties that misbehave within every hard rule."""

    share: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """A validated scenario; money in whole US dollars, shares between 0 and 1."""

    name: str
    title: str
    seed: int
    period: Period
    parties: Parties
    catalogue: Catalogue
    prices: Prices
    mix: Mix
    supply: Supply
    sales: Sales
    receivables: Receivables
    anomalies: Anomalies
