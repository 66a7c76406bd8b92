"""The recorded numbers of rows are those of ``full``, and the filler makes none of its tables."""

from __future__ import annotations

import csv
import io
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generate.fit import fit
from generate.world._story import ROWS, made_by, rows_in_full
from terpseed.catalog import shipped, shipped_versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def counted(worlds: Callable[[str], World]) -> Callable[[str, str], dict[str, int]]:
    """Return the number of rows of each table that the business tells, before any filler."""

    @cache
    def rows(scenario: str, version: str) -> dict[str, int]:
        world = worlds(scenario)
        told = fit(world.tables, shipped(version), world.clock.opening)
        return {name: frame.height for name, frame in told.items()}

    return rows


def test_the_recorded_story_has_these_numbers_of_rows(
    counted: Callable[[str, str], dict[str, int]],
) -> None:
    """With ``make golden`` they are written anew instead."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("table", *shipped_versions()))
    found = {version: counted("full", version) for version in shipped_versions()}
    names = sorted(set().union(*found.values()))
    table.writerows((name, *(found[v].get(name, "") for v in found)) for name in names)
    place = ROOT / "generate" / "world" / ROWS
    if os.environ.get("TERPSEED_ACCEPT_GOLDEN"):
        place.write_text(text.getvalue(), encoding="utf-8")
        rows_in_full.cache_clear()
    assert place.read_text(encoding="utf-8") == text.getvalue(), "run `make golden`"


@pytest.mark.parametrize("version", shipped_versions())
@pytest.mark.parametrize("scenario", ["light", "full", "edge-cases", "chaos"])
def test_the_filler_makes_no_table_of_a_shipped_schema(
    scenario: str, version: str, counted: Callable[[str, str], dict[str, int]]
) -> None:
    rows = counted(scenario, version)
    assert set(rows) == set(shipped(version).tables)
    assert [name for name, n in rows.items() if n == 0] == []


def test_every_table_has_a_module_of_the_business() -> None:
    for version in shipped_versions():
        assert set(shipped(version).tables) <= set(made_by())
        assert set(rows_in_full()[version]) == set(shipped(version).tables)
