"""Schemas between and beyond the shipped versions: every table filled, every reference valid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generate.fill import fill
from generate.fit import fit, guesses
from generate.scenario import load_scenario
from generate.world import build
from terpseed.catalog import Catalog, Column, ColumnType, shipped
from terpseed.catalog.knowledge import with_knowledge
from tests.between import between

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from generate.world import World

NEW = shipped("2026-05")


@pytest.fixture(scope="module")
def world() -> World:
    return build(load_scenario("light"))


def made(world: World, catalog: Catalog) -> dict[str, pl.DataFrame]:
    told = fit(world.tables, catalog, world.clock.opening)
    return fill(told, catalog, seed=1, opening=world.clock.opening, now=world.now)


def with_column(table: str, column: str, changed: Column) -> Catalog:
    """Return the newest schema with one column changed."""
    columns = tuple(changed if c.name == column else c for c in NEW[table].columns)
    tables = {**NEW.tables, table: replace(NEW[table], columns=columns)}
    return with_knowledge(Catalog("changed", tables))


@pytest.mark.parametrize("number", [0, 1, 2, 27])
def test_a_schema_between_is_filled_wholly(
    number: int,
    world: World,
    find_problems: Callable[[Mapping[str, pl.DataFrame], Catalog], list[str]],
) -> None:
    catalog = between(number)
    frames = made(world, catalog)
    assert find_problems(frames, catalog) == []
    found = guesses(catalog)
    assert found is not None
    assert all(found.counts()[kind] for kind in ("renamed columns", "mapped labels"))
    assert all(one.column.endswith("Kind") or one.column == "localExtra" for one in found.renamed)
    # What is guessed is told by the business: a renamed column holds what the known one does.
    shown = 0
    for one in found.renamed:
        known = NEW[one.table].columns if one.table in NEW else ()
        if one.known not in {column.name for column in known} or one.table not in world.tables:
            continue
        told = world.tables[one.table]
        if one.known in told.columns and frames[one.table].height == told.height:
            missing = told[one.known].null_count()
            shown += missing == frames[one.table][one.column].null_count()
    assert shown > 0


def test_a_renamed_state_keeps_its_values_its_steps_and_its_references(world: World) -> None:
    status = NEW["orders"]["fulfillmentStatus"]
    catalog = with_column("orders", status.name, replace(status, name="orderStage"))
    frames = made(world, catalog)
    wanted = world.tables["orders"]["fulfillmentStatus"]
    assert frames["orders"]["orderStage"].cast(wanted.dtype).to_list() == wanted.to_list()
    machines = {(m.table, m.column) for m in catalog.states}
    assert ("orders", "orderStage") in machines
    found = guesses(catalog)
    assert found is not None
    assert [(one.column, one.known, one.version) for one in found.renamed] == [
        ("orderStage", "fulfillmentStatus", "2026-05")
    ]
    assert found.counts()["filled columns"] == 0


def test_labels_go_by_the_version_table_and_else_by_meaning(world: World) -> None:
    status = NEW["orders"]["fulfillmentStatus"]
    labels = ("PENDING", "PACKED", "DISPATCHED", "VOIDED")
    kind = replace(status.type, labels=labels)
    catalog = with_column("orders", status.name, replace(status, type=kind, default="PENDING"))
    found = guesses(catalog)
    assert found is not None
    mapped = {one.label: (one.to, one.how) for one in found.mapped}
    assert mapped["CONFIRMED"] == ("PENDING", "version table")
    assert mapped["SHIPPED"] == ("DISPATCHED", "meaning")
    assert mapped["CANCELLED"][0] in {"VOIDED", "PENDING"}
    stages = made(world, catalog)["orders"]["fulfillmentStatus"]
    assert stages.null_count() == world.tables["orders"]["fulfillmentStatus"].null_count()
    assert "DISPATCHED" in set(stages)


def test_nothing_is_guessed_about_a_shipped_schema() -> None:
    assert [guesses(shipped(v)) for v in ("2025-11", "2026-05")] == [None, None]


def test_narrower_wider_and_required_columns_are_filled(world: World) -> None:
    notes = NEW["orders"]["notes"]
    short = Column("notes", ColumnType.parse("varchar(7)"), nullable=False)
    assert notes.nullable
    catalog = with_column("orders", "notes", short)
    values = made(world, catalog)["orders"]["notes"]
    assert values.null_count() == 0
    assert values.str.len_chars().max() == 7
    found = guesses(catalog)
    assert found is not None
    assert (found.required, [type_[:2] for type_ in found.types]) == (
        (("orders", "notes"),),
        [("orders", "notes")],
    )
