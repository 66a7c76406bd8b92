"""The business, one module per domain, in the order in which the company's story unfolds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.world._keys import KeyPlan, Keys, Occupied, largest_scale
from generate.world._world import Clock, World

if TYPE_CHECKING:
    from generate.scenario import Scenario


def build(scenario: Scenario, *, shard: int = 0, keys: KeyPlan | Keys | None = None) -> World:
    """Tell the whole story of one market.

    Args:
        scenario: the business to simulate.
        shard: number of the market, from 0.
        keys: the keys of all markets (``plan_keys``) or of this one; without, the market is alone.

    Returns:
        The world with every table that a domain makes, those that markets share included.
    """
    from generate.world._story import OF_ALL, STORY  # noqa: PLC0415 - domains import Polars

    period = scenario.period
    own = keys.keys(shard) if isinstance(keys, KeyPlan) else keys or Keys(shard=shard)
    world = World(scenario, Clock(period.start, period.end, period.as_of), own)
    for domain in STORY:
        world.shard = 0 if domain in OF_ALL else own.shard
        domain(world)
    return world


__all__ = ["Clock", "KeyPlan", "Keys", "Occupied", "World", "build", "largest_scale"]
