"""Many markets of one company: what each of them hands in, and what is added up at the end.

``plan_keys`` decides before anything is told; then each market is built alone, in any process.
``handed_in`` is what it writes. ``shares`` is what the end needs of it, small whatever the market;
``reduced`` makes the tables of it that belong to all markets together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.world import _keys
from generate.world._reduced import REDUCED, part
from generate.world._shared import BOARDS, OF_THE_COMPANY, ONCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from generate.scenario import Scenario
    from generate.world._keys import KeyPlan, Occupied
    from generate.world._world import World
    from terpseed.catalog import Catalog


def plan_keys(
    scenario: Scenario,
    catalog: Catalog,
    scale: int = 1,
    *,
    occupied: Occupied | None = None,
    first: World | None = None,
) -> KeyPlan:
    """Decide which keys each market gets.

    The first market tells how many a market needs; others get a quarter more, rounded up.

    Args:
        scenario: the business to simulate.
        catalog: the schema version, which limits how large keys may become.
        scale: number of markets.
        occupied: what the database that the run continues holds.
        first: the first market if it was built already, which saves building it.

    Raises:
        ScenarioError: if the keys do not fit; the error names the largest scale that does.
    """
    if scale == 1:
        return _keys.KeyPlan(occupied=occupied or _keys.Occupied())
    if first is None:
        from generate.world import build  # noqa: PLC0415 - it imports this module

        first = build(scenario)
    return _keys.plan_blocks(first.taken, catalog, scale, occupied)


def handed_in(world: World, *, alone: bool = False) -> dict[str, pl.DataFrame]:
    """Return the tables that a market writes, newest names, rows in order of id.

    Args:
        world: a market that was built.
        alone: whether it is the only one of its run, so that nothing is added up later.
    """
    keys = world.keys
    left = set() if alone else set(REDUCED)
    if keys.shard:
        left |= OF_THE_COMPANY.keys() | ONCE
    # What is set, and who was ranked on days that are over, stays as a database has it.
    left |= keys.held & (ONCE | BOARDS)
    return {name: frame for name, frame in world.tables.items() if name not in left}


def shares(world: World) -> dict[str, pl.DataFrame]:
    """Return what ``reduced`` needs of a market."""
    parts = {name: part(world, name) for name in REDUCED}
    return {name: frame for name, frame in parts.items() if frame is not None}


def reduced(parts: Iterable[Mapping[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """Return the tables that belong to all markets together, newest names.

    Args:
        parts: ``shares`` of every market, in order of their numbers.
    """
    listed = list(parts)
    return {
        name: combine([shared[name] for shared in listed if name in shared])
        for name, combine in REDUCED.items()
        if any(name in shared for shared in listed)
    }
