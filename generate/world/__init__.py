"""The business, one module per domain, in the order in which the company's story unfolds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.world._world import Clock, World

if TYPE_CHECKING:
    from generate.scenario import Scenario


def build(scenario: Scenario, *, shard: int = 0) -> World:
    """Tell the whole story of one market.

    Args:
        scenario: the business to simulate.
        shard: number of the market, from 0.

    Returns:
        The world with every table that a domain makes.
    """
    from generate.world._story import STORY  # noqa: PLC0415 - domains import Polars

    period = scenario.period
    world = World(scenario, Clock(period.start, period.end, period.as_of), shard)
    for domain in STORY:
        domain(world)
    return world


__all__ = ["Clock", "World", "build"]
