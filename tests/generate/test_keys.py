"""Keys of markets: nothing depends on where ids begin, and markets never take the same ones."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from generate._login import set_logins
from generate.fit import fit
from generate.scenario import load_scenario
from generate.world import KeyPlan, Keys, World, build, largest_scale
from generate.world._keys import ID_STEP, NUMBER_STEP, TIED, plan_blocks
from generate.world._markets import handed_in, plan_keys, reduced, shares
from generate.world._reduced import REDUCED
from generate.world._shared import OF_THE_COMPANY, ONCE
from terpseed.catalog import NEWEST, shipped
from terpseed.errors import ScenarioError
from validate import validate
from validate.facts import Frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from terpseed.catalog import Catalog

MARKETS = 3
# Divided by every number by which the story divides ids to choose something.
FAR = 2**5 * 3**4 * 5**2 * 7 * 11 * 13 * 17 * 19 * 23
MADE_OF_IDS = {
    ("site_transfers", "tracking_number"),
    ("supplier_profiles", "license_number"),
    ("supplier_profiles", "tax_id"),
}
# What the rows of a table are counted by, beside ids: (table, column).
NATURAL = [
    ("brands", "name"),
    ("clients", "email"),
    ("clients", "name"),
    ("clients", "teri_code"),
    ("intake_sessions", "session_number"),
    ("ledgerEntries", "entryNumber"),
    ("orders", "order_number"),
    ("sites", "name"),
    ("supplier_profiles", "license_number"),
    ("supplier_profiles", "tax_id"),
    ("vendor_payables", "payable_number"),
    ("vendors", "name"),
]


def bases(seed: int) -> dict[str, int]:
    """Return a large base for every table, the same where tables share their ids."""
    tables = sorted(shipped().tables)
    drawn = np.random.default_rng(seed).integers(1, 30, len(tables))
    base = {table: FAR * int(n) for table, n in zip(tables, drawn, strict=True)}
    return base | {table: base[other] for table, other in TIED.items()}


def owners(catalog: Catalog) -> dict[tuple[str, str], list[tuple[str, tuple[str, ...] | None]]]:
    """Return by (table, column) which table's ids it holds, and in rows of which kinds."""
    found: dict[tuple[str, str], list[tuple[str, tuple[str, ...] | None]]] = {}
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            if key.ref_columns == ("id",):
                found.setdefault((table.name, key.columns[0]), []).append((key.ref_table, None))
    for entry in catalog.references:
        if entry.kind == "plain" and entry.ref_column == "id":
            kinds = None if entry.when is None else (entry.when[0], *entry.when[1])
            found.setdefault((entry.table, entry.column), []).append((entry.ref_table, kinds))
    return found


def moved_back(
    frame: pl.DataFrame, table: str, base: Mapping[str, int], catalog: Catalog
) -> pl.DataFrame:
    """Return rows with the bases taken off their key and their references."""
    columns = []
    for name, dtype in frame.schema.items():
        off = pl.lit(base[table]) if name == "id" else pl.lit(0)
        for owner, kinds in owners(catalog).get((table, name), []):
            here = pl.lit(value=True)
            if kinds is not None:
                here = pl.col(kinds[0]).cast(pl.String).is_in(list(kinds[1:]))
            off = pl.when(here).then(base[owner]).otherwise(off)
        is_whole = dtype.is_integer()
        columns.append((pl.col(name).cast(pl.Int64) - off).alias(name) if is_whole else name)
    return frame.select(columns)


def same_text(one: str | None, other: str | None, allowed: set[int]) -> bool:
    """Say whether two texts differ only in numbers, and those by a base."""
    if one is None or other is None:
        return one is other
    ours, theirs = re.split(r"(\d+)", one), re.split(r"(\d+)", other)
    return len(ours) == len(theirs) and all(
        a == b or (a.isdigit() and b.isdigit() and int(b) - int(a) in allowed)
        for a, b in zip(ours, theirs, strict=True)
    )


def differences(
    plain: World, moved: World, base: Mapping[str, int], catalog: Catalog
) -> Iterator[str]:
    allowed = set(base.values())
    for table, frame in plain.tables.items():
        back = moved_back(moved[table], table, base, catalog)
        if frame.height != back.height:
            yield f"{table} has {back.height} rows instead of {frame.height}"
            continue
        for name, dtype in frame.schema.items():
            ours = frame[name].cast(pl.Int64) if dtype.is_integer() else frame[name]
            odd = ours.ne_missing(back[name])
            rows = odd.arg_true().to_list() if (table, name) not in MADE_OF_IDS else []
            if dtype == pl.String:
                rows = [k for k in rows if not same_text(ours[k], back[name][k], allowed)]
            if rows:
                yield f"{table}.{name}: {ours[rows[0]]!r} became {back[name][rows[0]]!r}"


@pytest.fixture(scope="module")
def plain() -> World:
    return build(load_scenario("light"))


@pytest.fixture(scope="module")
def moved() -> World:
    return build(load_scenario("light"), keys=Keys(ids=bases(7)))


def test_nothing_but_keys_depends_on_where_ids_begin(plain: World, moved: World) -> None:
    found = list(differences(plain, moved, bases(7), shipped()))
    assert not found


def test_the_search_for_ids_written_by_hand_finds_one(plain: World, moved: World) -> None:
    wrong = replace(moved, tables=dict(moved.tables))
    wrong.tables["orders"] = moved["orders"].with_columns(created_by=pl.lit(1))
    notes = pl.col("notes").str.replace(r"\d+", "17")
    wrong.tables["payments"] = moved["payments"].with_columns(notes)
    found = list(differences(plain, wrong, bases(7), shipped()))
    assert {line.partition(":")[0] for line in found} == {"orders.created_by", "payments.notes"}


@pytest.fixture(scope="module")
def plan() -> KeyPlan:
    return plan_keys(load_scenario("light"), shipped(), MARKETS)


@pytest.fixture(scope="module")
def markets(plan: KeyPlan) -> list[World]:
    return [build(load_scenario("light"), shard=k, keys=plan) for k in range(MARKETS)]


@pytest.fixture(scope="module")
def together(markets: list[World]) -> Callable[[str], dict[str, pl.DataFrame]]:
    """Return the tables of all markets, as a run writes them, for a schema version."""

    @cache
    def written(version: str) -> dict[str, pl.DataFrame]:
        catalog = shipped(version)
        parts = [*(handed_in(world) for world in markets), reduced(map(shares, markets))]
        fitted = [fit(part, catalog, markets[0].clock.opening) for part in parts]
        frames = {
            table: pl.concat([part[table] for part in fitted if table in part])
            for table in catalog.tables
            if any(table in part for part in fitted)
        }
        set_logins(frames, catalog, None, "$2b$10$" + "x" * 53)
        return frames

    return written


@pytest.mark.parametrize("version", [NEWEST, "2025-11"])
def test_three_markets_keep_every_rule_together(
    together: Callable[[str], dict[str, pl.DataFrame]], version: str
) -> None:
    scenario = load_scenario("light")
    promised = scenario.to_dict() | {"scale": {"markets": MARKETS}}
    frames = together(version)
    assert frames.keys() == shipped(version).tables.keys()
    result = validate(Frames(shipped(version), frames, scenario.period.as_of, promised))
    assert not result.failed
    assert len(result.results) > len(result.not_run)


def test_one_market_alone_does_not_keep_the_promises_of_three(markets: list[World]) -> None:
    scenario = load_scenario("light")
    promised = scenario.to_dict() | {"scale": {"markets": MARKETS}}
    told = handed_in(markets[0], alone=True)
    few = {table: told[table] for table in ("clients", "invoices", "orders", "vendors")}
    frames = fit(few, shipped(), markets[0].clock.opening)
    result = validate(Frames(shipped(), frames, scenario.period.as_of, promised))
    broken = {entry.rule.id for entry in result.failed}
    assert {"scenario.parties", "scenario.revenue"} <= broken


def test_no_key_is_given_twice(together: Callable[[str], dict[str, pl.DataFrame]]) -> None:
    frames = together(NEWEST)
    keys = [
        (table.name, key)
        for table in shipped().tables.values()
        for key in {table.primary_key, *table.unique}
    ] + [(table, (column,)) for table, column in NATURAL]
    twice = [
        (table, key)
        for table, key in keys
        if frames[table].select(key).drop_nulls().is_duplicated().any()
    ]
    assert not twice


def test_numbers_lie_in_the_block_of_their_market(markets: list[World], plan: KeyPlan) -> None:
    for shard, world in enumerate(markets):
        numbers = world["invoices"]["invoiceNumber"].str.extract(r"(\d+)$").cast(pl.Int64)
        first = shard * plan.number_block
        assert numbers.is_between(first + 1, first + plan.number_block).all()
        assert first % NUMBER_STEP == 0


def test_what_the_company_has_once_is_the_same_for_all(markets: list[World]) -> None:
    first = markets[0]
    for world in markets[1:]:
        for table, key in OF_THE_COMPANY.items():
            if table in world:
                assert world[table].select("id", *key).equals(first[table].select("id", *key))
        assert not handed_in(world).keys() & (OF_THE_COMPANY.keys() | ONCE)
    known = first.tables.keys() - OF_THE_COMPANY.keys() - ONCE
    assert {"clients", "vendors", "orders", "ledgerEntries", "sites", "bankAccounts"} <= known


def test_markets_differ(markets: list[World]) -> None:
    totals = {world["orders"]["total"].sum() for world in markets}
    assert len(totals) == MARKETS


def test_ranks_and_sequences_are_those_of_all_markets(markets: list[World]) -> None:
    made = reduced(map(shares, markets))
    assert made.keys() == REDUCED.keys()
    board = ["leaderboard_period", "leaderboard_type", "period_start_date"]
    ranks = made["vip_leaderboard_snapshots"].sort(*board, "rank")
    places = ranks.select(
        at=pl.int_range(1, pl.len() + 1).over(board), falls=pl.col("score").diff().over(board)
    )
    assert places["at"].equals(ranks["rank"].cast(places.schema["at"]).alias("at"))
    assert (places["falls"].drop_nulls() <= 0).all()
    history = made["leaderboard_rank_history"]
    assert history["total_clients"].max() == sum(
        world["leaderboard_rank_history"]["total_clients"].max()  # type: ignore[misc]
        for world in markets
    )
    last = dict(markets[-1]["sequences"].select("name", "currentValue").iter_rows())
    for name, value in made["sequences"].select("name", "currentValue").iter_rows():
        assert value == last[name]


def test_a_market_of_one_adds_nothing_up(markets: list[World]) -> None:
    alone = reduced([shares(markets[0])])
    for table, frame in alone.items():
        assert frame.equals(markets[0][table].select(frame.columns)), table


def test_a_plan_is_a_value_that_any_process_can_be_given(plan: KeyPlan) -> None:
    again = pickle.loads(pickle.dumps(plan))  # noqa: S301 - our own bytes
    assert again == plan
    assert again.keys(2) == plan.keys(2)
    with pytest.raises(ValueError, match="market 3 of 3"):
        plan.keys(3)


def test_blocks_do_not_touch(plan: KeyPlan, markets: list[World]) -> None:
    for table, block in plan.block.items():
        firsts = [plan.first(table, shard) for shard in range(MARKETS)]
        if table in OF_THE_COMPANY:
            assert set(firsts) == {0}
            continue
        assert {after - before for before, after in pairwise(firsts)} == {block}
        assert block % ID_STEP == 0
        assert all(world.taken.get(table, 0) <= block for world in markets)


def test_too_many_markets_are_refused_with_the_most_that_fit() -> None:
    taken = {"orders": 100_000, "clients": 60}
    with pytest.raises(ScenarioError) as refused:
        plan_blocks(taken, shipped(), 20_000)
    most, column = largest_scale(plan_blocks(taken, shipped(), 2), shipped())
    assert column in {"orders.id", "sequences.currentValue"}
    assert f"--scale {most}" in refused.value.then
    assert refused.value.where == column
    assert plan_blocks(taken, shipped(), most).scale == most
    with pytest.raises(ScenarioError, match="do not fit"):
        plan_blocks(taken, shipped(), most + 1)


def test_a_market_that_outgrows_its_block_is_refused() -> None:
    world = World(load_scenario("light"), build(load_scenario("light"), tables=()).clock)
    world.keys = Keys(shard=4, ids={"orders": 40}, room={"orders": 10})
    assert world.ids("orders", 10).to_list() == list(range(41, 51))
    with pytest.raises(ScenarioError, match="more rows of orders than the 10"):
        world.ids("orders", 1)


def test_the_furthest_market_fits_every_column() -> None:
    scenario, catalog = load_scenario("light"), shipped()
    most = largest_scale(plan_keys(scenario, catalog, 2), catalog)[0]
    far = build(scenario, shard=most - 1, keys=plan_keys(scenario, catalog, most))
    fitted = fit(handed_in(far), catalog, far.clock.opening)
    for table, frame in fitted.items():
        for column in catalog[table].columns:
            room = column.type.max_length
            if room and frame.schema.get(column.name) == pl.String:
                longest = frame[column.name].str.len_chars().max() or 0
                assert longest <= room, (table, column.name)  # type: ignore[operator]
