"""Every column earns its place: it varies, its labels occur, its sentences differ, or it says why.

``generate/world/exceptions.csv`` lists what is meant to be otherwise. A row is a table and column,
what is so about it (``null`` or ``constant`` throughout ``full``, ``never LABEL`` in ``full`` or
``chaos``, ``repeats`` sentences), the version if it is so in one of two that have it, and why. The
list must be exact: what is missing from it fails, and so does what is no longer needed.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generate.world import World

    Frames = dict[str, pl.DataFrame]
    Finding = tuple[str, str, str]

VERSIONS = ("2025-11", "2026-05")
MANY_ROWS, ONE_PERCENT = 200, 0.01
SENTENCES = {"tinytext", "text", "mediumtext", "longtext"}  # JSON has a type of its own


@cache
def exceptions() -> pl.DataFrame:
    text = files("generate.world").joinpath("exceptions.csv").read_bytes()
    return pl.read_csv(text, infer_schema=False)


@pytest.fixture(scope="module")
def fitted(worlds: Callable[[str], World]) -> Callable[[str, str], Frames]:
    """Return the tables of a scenario in a version of the schema."""

    @cache
    def frames(scenario: str, version: str) -> Frames:
        world = worlds(scenario)
        return fit(world.tables, shipped(version), world.clock.opening)

    return frames


def listed(version: str, kind: str) -> set[Finding]:
    """Return what may be so in a version, of the kinds whose name begins with ``kind``."""
    catalog = shipped(version)
    return {
        (table, column, why)
        for table, column, why, only in exceptions()
        .select("table", "column", "why", "version")
        .iter_rows()
        if why.startswith(kind)
        and only in {None, version}
        and table in catalog
        and column in catalog[table]
        and (not why.startswith("never ") or why[6:] in catalog[table][column].type.labels)
    }


def unvaried(frames: Frames, version: str) -> Iterator[Finding]:
    for name, frame in frames.items():
        if frame.height < 2:
            continue
        kinds = frame.select(pl.all().n_unique()).row(0, named=True)
        for column in shipped(version)[name].columns:
            if kinds[column.name] == 1:
                empty = frame[column.name].null_count() > 0
                yield name, column.name, "null" if empty else "constant"


def unused(told: list[Frames], version: str) -> Iterator[Finding]:
    for table in shipped(version).tables.values():
        for column in table.columns:
            if column.type.base == "enum":
                used = {
                    label
                    for frames in told
                    for label in frames[table.name][column.name].drop_nulls().unique().to_list()
                }
                for label in column.type.labels:
                    if label not in used:
                        yield table.name, column.name, f"never {label}"


def repeated(frames: Frames, version: str) -> Iterator[Finding]:
    for name, frame in frames.items():
        if frame.height <= MANY_ROWS:
            continue
        for column in shipped(version)[name].columns:
            if column.type.base in SENTENCES:
                counts = frame[column.name].drop_nulls().value_counts()["count"].to_list()
                if max(counts, default=0) > ONE_PERCENT * frame.height:
                    yield name, column.name, "repeats"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_column_varies(version: str, fitted: Callable[[str, str], Frames]) -> None:
    found = set(unvaried(fitted("full", version), version))
    assert found == listed(version, "null") | listed(version, "constant")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_label_occurs(version: str, fitted: Callable[[str, str], Frames]) -> None:
    told = [fitted(scenario, version) for scenario in ("full", "chaos")]
    assert set(unused(told, version)) == listed(version, "never ")


@pytest.mark.parametrize("version", VERSIONS)
def test_sentences_differ(version: str, fitted: Callable[[str, str], Frames]) -> None:
    assert set(repeated(fitted("full", version), version)) == listed(version, "repeats")


def test_every_exception_has_a_column_and_a_reason() -> None:
    for table, column, why, only, reason in exceptions().iter_rows():
        versions = [v for v in VERSIONS if table in shipped(v) and column in shipped(v)[table]]
        assert versions, f"no version has {table}.{column}"
        assert only is None or len(versions) > 1, f"{table}.{column}: only one version has it"
        assert why in {"null", "constant", "repeats"} or why.startswith("never ")
        assert len(reason or "") > 10, f"{table}.{column} does not say why"


def test_the_list_is_in_order_and_free_of_repetition() -> None:
    keys = exceptions().select("table", "column", "why", "version").rows()
    assert keys == sorted(set(keys), key=lambda key: tuple(part or "" for part in key))
