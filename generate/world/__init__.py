"""The business, one module per domain, in the order in which the company's story unfolds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.world._keys import KeyPlan, Keys, Occupied, largest_scale
from generate.world._slips import mistype
from generate.world._story import OF_ALL, OF_FIRST, finished_by, needed_for, teller
from generate.world._world import Clock, World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from generate.scenario import Scenario


def build(
    scenario: Scenario,
    *,
    shard: int = 0,
    keys: KeyPlan | Keys | None = None,
    tables: Collection[str] | None = None,
    finished: Callable[[World, str], None] | None = None,
) -> World:
    """Tell the story of one market.

    Args:
        scenario: the business to simulate.
        shard: number of the market, from 0.
        keys: the keys of all markets (``plan_keys``) or of this one; without, the market is alone.
        tables: newest names of tables that are needed: domains that none of them depends on are
            left out, the others make the same rows as ever. None for all.
        finished: called with each table as soon as no later domain changes it.

    Returns:
        The world with every table that a domain makes, those that markets share included.
    """
    period = scenario.period
    own = keys.keys(shard) if isinstance(keys, KeyPlan) else keys or Keys(shard, shard)
    world = World(scenario, Clock(period.start, period.end, period.as_of), own)
    done = finished_by()
    handed_over = {}
    for domain in needed_for(tables):
        if own.joins and domain in OF_FIRST:
            continue
        world.shard = 0 if domain in OF_ALL else own.streams
        teller(domain)(world)
        for table in done[domain]:
            if table not in world:
                continue
            mistype(world, table)
            handed_over[table] = world[table]
            if finished is not None:
                finished(world, table)
    changed = [name for name, frame in handed_over.items() if world[name] is not frame]
    if changed:
        raise RuntimeError(
            f"{', '.join(changed)} changed after they were finished: story.csv is out of date,"
            " run `make golden`"
        )
    return world


__all__ = ["Clock", "KeyPlan", "Keys", "Occupied", "World", "build", "largest_scale"]
