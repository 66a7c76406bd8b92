"""People mistype where a tenth misbehaves, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.scenario import load_scenario
from generate.world import build
from generate.world._slips import _NOTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World


@pytest.fixture(scope="module")
def careful() -> World:
    """The world of chaos in which nobody mistypes: the same one, with a share too small to show."""
    return build(load_scenario("chaos", ["anomalies.share=0.0000001"]))


def _texts(world: World) -> pl.DataFrame:
    return pl.concat(
        world[table].select(pl.lit(table).alias("table"), pl.col(column).alias("text"))
        for table, column in _NOTES.items()
    ).drop_nulls()


def test_chaos_has_typos_empty_notes_and_long_unicode(worlds: Callable[[str], World]) -> None:
    texts = _texts(worlds("chaos"))["text"]
    assert (texts == "").sum() >= 5
    assert (texts.str.len_chars() > 1_000).sum() >= 3
    assert texts.str.contains("再入荷").any()


def test_typos_swap_two_letters_that_are_next_to_each_other(
    worlds: Callable[[str], World], careful: World
) -> None:
    right = careful["orders"].select("id", right="notes")
    both = worlds("chaos")["orders"].join(right, on="id").drop_nulls(["notes", "right"])
    swapped = [
        (typed, meant)
        for typed, meant in both.select("notes", "right").iter_rows()
        if typed != meant and sorted(typed) == sorted(meant)
    ]
    assert len(swapped) >= 5
    for typed, meant in swapped:
        first, second = (k for k in range(len(typed)) if typed[k] != meant[k])
        assert second == first + 1


@pytest.mark.parametrize("scenario", ["light", "full"])
def test_elsewhere_people_type_carefully(scenario: str, worlds: Callable[[str], World]) -> None:
    texts = _texts(worlds(scenario))["text"]
    assert (texts == "").sum() == 0
    assert not texts.str.contains("再入荷").any()
