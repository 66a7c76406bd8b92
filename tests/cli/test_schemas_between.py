"""A database between the shipped versions, from its URL to the proof that it is full."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from click.testing import CliRunner

from terpseed.cli import main
from terpseed.connection import Target
from tests.between import between
from tests.conftest import execute
from tests.load.rows import create

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: object) -> str:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_database_in_between_is_filled_loaded_and_proved(
    mariadb_url: str, tmp_path: Path
) -> None:
    target = Target.parse(mariadb_url).with_database(f"between_{secrets.token_hex(3)}")
    execute(target.with_database(None), f"CREATE DATABASE {target.database}")
    catalog = between(7)
    try:
        create(target, catalog)
        out = tmp_path / "set"
        words = ("generate", "--scenario", "light", "--schema", target.url, "--out", out)
        made = json.loads(run(*words, "--json"))
        fitted = made["fitting"]
        assert fitted == json.loads((out / "manifest.json").read_text())["fitting"]
        assert fitted["nearest_version"] == "2026-05"
        assert fitted["counts"]["renamed columns"] == len(fitted["renamed_columns"]) > 10
        assert {name for name, one in made["tables"].items() if one["source"] == "filler"} == set(
            fitted["filled_tables"]
        )
        loaded = json.loads(run("load", out, "--to", target.url, "--json"))
        assert loaded["proof"]["references"] == {
            "checked": loaded["proof"]["references"]["checked"],
            "failed": [],
        }
        assert loaded["tables"] == len(catalog.tables)
        assert loaded["drift"]["classes"]["misfit"] == 0
    finally:
        execute(target.with_database(None), f"DROP DATABASE {target.database}")
