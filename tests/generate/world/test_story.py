"""Domains that nothing needs are left out, and the others tell the same without them."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generate.scenario import load_scenario
from generate.world import build
from generate.world._recording import recorded
from generate.world._story import FILE, STORY, needed_for
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

ROOT = Path(__file__).parents[3]
SCENARIOS = ("light", "edge-cases", "full", "chaos")


def test_the_recorded_story_is_what_the_domains_do() -> None:
    """With ``make golden`` it is written anew instead."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("domain", "verb", "thing"))
    table.writerows(recorded(map(load_scenario, SCENARIOS)))
    place = ROOT / "generate" / "world" / FILE
    if os.environ.get("TERPSEED_ACCEPT_GOLDEN"):
        place.write_text(text.getvalue(), encoding="utf-8")
    assert place.read_text(encoding="utf-8") == text.getvalue(), "run `make golden`"


def test_an_older_schema_leaves_domains_out() -> None:
    kept = needed_for(shipped("2025-11").tables)
    assert {"orders", "ledger", "stock"} <= set(kept)
    assert not {"shifts", "timesheets", "receiving"} & set(kept)
    assert list(kept) == [domain for domain in STORY if domain in kept]


def test_every_domain_is_needed_for_the_newest_schema() -> None:
    assert needed_for(shipped("2026-05").tables) == STORY == needed_for(None)


@pytest.mark.parametrize("name", ["light", "full"])
@pytest.mark.parametrize(
    "tables",
    [
        frozenset(shipped("2025-11").tables),
        frozenset({"bills"}),
        frozenset({"time_entries", "invoices"}),
    ],
    ids=["2025-11", "bills", "time entries and invoices"],
)
def test_a_story_told_in_part_has_the_same_rows(
    name: str, tables: frozenset[str], worlds: Callable[[str], World]
) -> None:
    whole, part = worlds(name), build(load_scenario(name), tables=tables)
    assert len(needed_for(tables)) < len(STORY)
    for table in sorted(tables):
        assert part[table].equals(whole[table]), table


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_table_that_is_said_to_be_finished_changes_no_more(
    name: str, worlds: Callable[[str], World]
) -> None:
    seen = {}
    world = build(
        load_scenario(name), finished=lambda world, table: seen.update({table: world[table]})
    )
    assert set(seen) == set(world)
    for table in world:
        assert seen[table].equals(worlds(name)[table]), table
