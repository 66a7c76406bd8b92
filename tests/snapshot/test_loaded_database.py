"""A snapshot of a loaded database is the dataset that was loaded, to rules and byte for byte."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

from terpseed.cli import main
from terpseed.dataset import open_dataset
from terpseed.snapshot import Mask, snapshot
from tests.conftest import execute
from validate import Frames, ValidationResult, validate

if TYPE_CHECKING:
    from pathlib import Path

    from terpseed.connection import Target
    from terpseed.dataset import Dataset

BACK = {
    "ledgerEntries": "UPDATE ledgerEntries SET debit = debit - 0.01 WHERE id = 1",
    "invoices": "UPDATE invoices SET customerId = customerId - 900000, updatedAt = updatedAt"
    " WHERE id IN (5, 6)",
}
PLANTED = {name: sql.replace(" - ", " + ") for name, sql in BACK.items()}


def _findings(result: ValidationResult) -> dict[tuple[str, str], int]:
    return {
        (entry.rule.id, finding.subject): finding.count
        for entry in result.failed
        for finding in entry.findings
    }


@pytest.fixture(scope="module")
def fault(light: Dataset) -> dict[tuple[str, str], int]:
    """What rules find in the dataset when the same values are changed in its own tables."""
    tables = {name: light.scan(name).collect() for name in light.tables}
    tables["ledgerEntries"] = tables["ledgerEntries"].with_columns(
        pl.when(pl.col("id") == 1)
        .then(pl.col("debit") + pl.lit("0.01").cast(pl.Decimal(12, 2)))
        .otherwise("debit")
        .cast(pl.Decimal(12, 2))
        .alias("debit")
    )
    tables["invoices"] = tables["invoices"].with_columns(
        pl.when(pl.col("id").is_in([5, 6]))
        .then(pl.col("customerId") + 900_000)
        .otherwise("customerId")
        .cast(pl.Int32)
        .alias("customerId")
    )
    result = validate(Frames(light.catalog, tables, light.manifest.as_of))
    found = _findings(result)
    assert ("ledger.balanced", "") in found
    assert any(rule.startswith("references.") for rule, _ in found)
    return found


def test_all_comes_back_exactly_and_only_what_was_changed_is_found(
    loaded: Target, light: Dataset, fault: dict[tuple[str, str], int], tmp_path: Path
) -> None:
    day = light.manifest.as_of
    taken = snapshot(loaded, tmp_path / "clean", as_of=day, workers=2)
    clean = open_dataset(taken.out)
    assert clean.manifest.content_digest == light.manifest.content_digest
    assert clean.catalog == light.catalog
    assert taken.rows == light.manifest.rows
    assert taken.unheld == ()
    good = validate(clean)
    assert _findings(good) == {}
    idle = {entry.rule.id for entry in good.not_run}
    assert "scenario.revenue" in idle

    execute(loaded, "SET foreign_key_checks = 0", *PLANTED.values())
    try:
        snapshot(loaded, tmp_path / "planted", as_of=day)
    finally:
        execute(loaded, "SET foreign_key_checks = 0", *BACK.values())
    assert _findings(validate(open_dataset(tmp_path / "planted"))) == fault


@pytest.mark.parametrize("server_url", ["mariadb"], indirect=True)  # commands are tried on one
def test_no_secret_reaches_the_disk(loaded: Target, tmp_path: Path) -> None:
    out = tmp_path / "part"
    snapshot(loaded, out, tables=("users", "roles"), mask=Mask("the mask's key"))
    text = (out / "manifest.json").read_text()
    assert loaded.password
    assert loaded.password not in text
    assert "the mask's key" not in text
    assert json.loads(text)["source"]["database"] == loaded.database
    assert set(open_dataset(out).tables) == {"roles", "users"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part"]


def test_masked_rows_break_no_rule(light: Dataset) -> None:
    tables = {name: light.scan(name).collect() for name in light.tables}
    mask = Mask("any")
    hidden = {name: mask.apply(frame, light.catalog[name]) for name, frame in tables.items()}
    assert hidden["clients"]["name"].is_in(tables["clients"]["name"].to_list()).sum() == 0
    result = validate(Frames(light.catalog, hidden, light.manifest.as_of))
    assert _findings(result) == {}


@pytest.mark.parametrize("server_url", ["mariadb"], indirect=True)  # commands are tried on one
def test_commands_take_a_url(loaded: Target, light: Dataset, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = ["diff", str(light.path), loaded.url, "--html", str(page), "--json"]
    same = CliRunner().invoke(main, words)
    assert same.exit_code == 0, same.output
    told = json.loads(same.stdout)
    assert told["verdict"] == "same"
    assert told["sides"][1]["path"] == loaded.display
    assert str(loaded.password) not in page.read_text()

    words = ["validate", loaded.url, "--as-of", light.manifest.as_of.isoformat(), "--json"]
    good = CliRunner().invoke(main, words)
    assert good.exit_code == 0, good.output
    assert json.loads(good.stdout)["dataset"]["path"] == loaded.display


@pytest.mark.parametrize("server_url", ["mariadb"], indirect=True)  # commands are tried on one
def test_a_stale_book_is_said(loaded: Target, tmp_path: Path) -> None:
    words = ["snapshot", "--from", loaded.url, "--out", str(tmp_path / "out")]
    words += ["--tables", "ledgerEntries,accounts", "--as-of", date(2030, 1, 1).isoformat()]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert "the newest entry in the books is of 202" in result.stdout
