"""The business, one module per domain, in the order in which the company's story unfolds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.world._keys import KeyPlan, Keys, Occupied, largest_scale
from generate.world._story import OF_ALL, needed_for, teller
from generate.world._world import Clock, World

if TYPE_CHECKING:
    from collections.abc import Collection

    from generate.scenario import Scenario


def build(
    scenario: Scenario,
    *,
    shard: int = 0,
    keys: KeyPlan | Keys | None = None,
    tables: Collection[str] | None = None,
) -> World:
    """Tell the story of one market.

    Args:
        scenario: the business to simulate.
        shard: number of the market, from 0.
        keys: the keys of all markets (``plan_keys``) or of this one; without, the market is alone.
        tables: newest names of tables that are needed: domains that none of them depends on are
            left out, the others make the same rows as ever. None for all.

    Returns:
        The world with every table that a domain makes, those that markets share included.
    """
    period = scenario.period
    own = keys.keys(shard) if isinstance(keys, KeyPlan) else keys or Keys(shard=shard)
    world = World(scenario, Clock(period.start, period.end, period.as_of), own)
    for domain in needed_for(tables):
        world.shard = 0 if domain in OF_ALL else own.shard
        teller(domain)(world)
    return world


__all__ = ["Clock", "KeyPlan", "Keys", "Occupied", "World", "build", "largest_scale"]
