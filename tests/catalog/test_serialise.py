"""A catalog written as data comes back as it was, and damaged data is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from terpseed.catalog import shipped, shipped_versions
from terpseed.catalog.serialise import (
    catalog_from_dict,
    catalog_to_dict,
    contradictions,
    read_catalog,
)
from terpseed.errors import ExitCode, SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("version", shipped_versions())
def test_catalog_survives_json(version: str, tmp_path: Path) -> None:
    catalog = shipped(version)
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps(catalog_to_dict(catalog)), encoding="utf-8")
    read = read_catalog(file)
    assert read == catalog
    assert read.fingerprint == catalog.fingerprint
    assert (len(read.references), len(read.states)) == (
        len(catalog.references),
        len(catalog.states),
    )


@pytest.mark.parametrize("version", shipped_versions())
def test_shipped_catalog_does_not_contradict_itself(version: str) -> None:
    assert list(contradictions(shipped(version))) == []


def _unknown_key_column(data: dict[str, Any]) -> None:
    data["tables"]["accounts"]["unique"].append(["nowhere"])


def _unknown_parent(data: dict[str, Any]) -> None:
    data["tables"]["accounts"]["foreign_keys"].append([["id"], "nowhere", ["id"], "CASCADE"])


def _unknown_reference(data: dict[str, Any]) -> None:
    data["references"][0]["column"] = "nowhere"


def _dropped_column(data: dict[str, Any]) -> None:
    data["tables"]["accounts"]["columns"].pop()


def _no_type(data: dict[str, Any]) -> None:
    data["tables"]["accounts"]["columns"][0][1] = "(10)"


def _newer(data: dict[str, Any]) -> None:
    data["format"] = 2


def _incomplete(data: dict[str, Any]) -> None:
    del data["references"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_unknown_key_column, "accounts: a key names the unknown column nowhere"),
        (_unknown_parent, r"accounts\.id refers to the unknown table nowhere"),
        (_unknown_reference, r"unknown column \w+\.nowhere"),
        (_dropped_column, "changed after it was written"),
        (_no_type, "not a column type"),
        (_newer, "no catalog of format 1"),
        (_incomplete, "KeyError: 'references'"),
    ],
)
def test_damaged_catalog_is_refused(damage: Callable[[dict[str, Any]], None], message: str) -> None:
    data = json.loads(json.dumps(catalog_to_dict(shipped())))
    damage(data)
    with pytest.raises(SchemaError, match=message) as caught:
        catalog_from_dict(data, origin="somewhere.json")
    assert "somewhere.json" in str(caught.value)
    assert caught.value.exit_code == ExitCode.SCENARIO_OR_SCHEMA


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"format": 1}'])
def test_file_that_is_no_catalog_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "catalog.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"catalog\.json"):
        read_catalog(file)
