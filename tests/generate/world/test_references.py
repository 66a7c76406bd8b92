"""References that the schema does not declare: each kind occurs in full or chaos, and all hold."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from terpseed.catalog import Reference, shipped, shipped_versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

    Frames = dict[str, pl.DataFrame]
    Told = Callable[[str, str], Frames]

# Why a kind that TERP knows is not told; by table and kind, and the version if only one lacks it.
NOT_TOLD = {
    ("invoices", "SALE"): "an older name of ORDER",
    ("ledgerEntries", "SALE"): "an older name of INVOICE, from before there were invoices",
    ("ledgerEntries", "COGS"): "older: the application posts costs with their INVOICE",
    ("ledgerEntries", "ORDER"): "an older name of INVOICE, from before there were invoices",
    ("ledgerEntries", "BILL_PAYMENT"): "an older name of VENDOR_PAYMENT",
    ("comments", "event", "2025-11"): "an older kind, which the newest version has no word for",
}


@pytest.fixture(scope="module")
def told(worlds: Callable[[str], World]) -> Told:
    """Return the tables of a scenario in a version of the schema."""

    @cache
    def frames(scenario: str, version: str) -> Frames:
        world = worlds(scenario)
        return fit(world.tables, shipped(version), world.clock.opening)

    return frames


def _referring(frame: pl.DataFrame, entry: Reference, kind: str | None = None) -> pl.DataFrame:
    if entry.when is None:
        return frame
    kinds = [kind] if kind else list(entry.when[1])
    return frame.filter(pl.col(entry.when[0]).cast(pl.String).is_in(kinds))


@pytest.mark.parametrize("version", shipped_versions())
def test_every_kind_of_a_reference_occurs(version: str, told: Told) -> None:
    missing = set()
    for entry in shipped(version).references:
        for kind in entry.when[1] if entry.when else ():
            rows = [
                _referring(told(s, version)[entry.table], entry, kind) for s in ("full", "chaos")
            ]
            if entry.kind not in {"null", "zero"}:
                rows = [frame.drop_nulls(entry.column) for frame in rows]
            if not any(frame.height for frame in rows):
                missing.add((entry.table, kind))
    meant = {
        (key[0], key[1])
        for key in NOT_TOLD
        if key[2:] in {(), (version,)} and _is_known(version, key[0], key[1])
    }
    assert missing == meant


def _is_known(version: str, table: str, kind: str) -> bool:
    entries = [e for e in shipped(version).references if e.table == table and e.when]
    return any(kind in entry.when[1] for entry in entries if entry.when)


@pytest.mark.parametrize("version", shipped_versions())
@pytest.mark.parametrize("scenario", ["full", "chaos"])
def test_every_reference_holds(scenario: str, version: str, told: Told) -> None:
    frames = told(scenario, version)
    lost = {}
    for entry in shipped(version).references:
        values = _referring(frames[entry.table], entry)[entry.column].drop_nulls()
        allowed = {str(value) for value in entry.also}
        if entry.kind == "null":
            found = {str(value) for value in values}
        elif entry.kind == "zero":
            found = {str(value) for value in values} - {"0"}
        elif entry.kind == "json":
            known = {str(value) for value in frames[entry.ref_table][entry.ref_column]}
            named = {
                str(v) for text in values for v in _at(json.loads(text), entry.json_path or "$")
            }
            found = named - known
        else:
            known = {str(value) for value in frames[entry.ref_table][entry.ref_column]}
            if entry.kind == "url":
                known = {value.rsplit("/", 1)[-1] for value in known}
            found = {str(value) for value in values.unique()} - known
        if found - allowed:
            lost[entry.table, entry.column, entry.when] = sorted(found - allowed)[:3]
    assert lost == {}


def _at(node: object, path: str) -> list[object]:
    """Return the values at a JSON path: ``$``, ``.key`` and ``[*]``."""
    nodes = [node]
    for part in path.removeprefix("$").replace("[*]", ".*").split("."):
        if part == "*":
            nodes = [child for n in nodes if isinstance(n, list) for child in n]
        elif part:
            nodes = [n[part] for n in nodes if isinstance(n, dict) and n.get(part) is not None]
    return nodes
