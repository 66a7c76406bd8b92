"""The commands ``load`` and ``verify`` from the outside: words, JSON, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

from terpseed.cli import main
from tests.conftest import execute
from tests.load.rows import LEDGER, write

if TYPE_CHECKING:
    from click.testing import Result

    from terpseed.connection import Target
    from terpseed.dataset import Dataset


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return write(tmp_path / "set", LEDGER, 3)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_load_shows_its_checks_its_progress_and_its_result(
    dataset: Dataset, ledger: Target
) -> None:
    result = run("load", dataset.path, "--to", ledger.url)
    assert result.exit_code == 0, result.output
    assert "ok      privileges" in result.stderr
    assert "loading: 0 of 24 rows" in result.stderr
    assert "proving:" in result.stderr
    assert "loaded 24 rows into 8 tables" in result.stdout
    assert "proved: 8 tables with 24 rows hold what the dataset holds" in result.stdout
    assert "receipts/load-" in result.stdout
    assert ledger.password not in result.output
    again = run("load", dataset.path, "--to", ledger.url)
    assert again.exit_code == 6
    assert "FAILED  tables empty" in again.stderr
    assert "error: 8 of the tables are not empty" in again.stderr
    assert "accounts 3" in again.stderr
    assert again.stdout == ""


def test_a_dry_run_prints_the_plan_and_writes_nothing(dataset: Dataset, ledger: Target) -> None:
    text = run("load", dataset.path, "--to", ledger.url, "--dry-run")
    assert text.exit_code == 0, text.output
    assert "8 tables, 24 rows in 1 transactions over 2 connections" in text.stdout
    assert "accounts and 7 more" in text.stdout
    printed = run("load", dataset.path, "--to", ledger.url, "--dry-run", "--json", "--workers", 3)
    plan = json.loads(printed.stdout)
    assert (plan["schema"], plan["ready"]) == ("terpseed.load.plan/1", True)
    assert (plan["workers"], plan["rows"], plan["tables"]) == (3, 24, 8)
    assert {check["state"] for check in plan["checks"]} == {"ok"}
    assert not (dataset.path / "receipts").exists()
    assert execute(ledger, "SELECT COUNT(*) FROM users") == [(0,)]


def test_a_dry_run_that_finds_an_obstacle_leaves_with_its_code(
    dataset: Dataset, ledger: Target
) -> None:
    execute(ledger, "SET foreign_key_checks = 0", "DROP TABLE categories")
    result = run("load", dataset.path, "--to", ledger.url, "--dry-run", "--json")
    assert result.exit_code == 3
    plan = json.loads(result.stdout)
    states = {check["name"]: check["state"] for check in plan["checks"]}
    assert (plan["ready"], states["schema"], states["tables empty"]) == (
        False,
        "failed",
        "not made",
    )
    assert "table categories is missing in the target" in result.stderr


def test_results_are_json_on_demand(dataset: Dataset, ledger: Target) -> None:
    result = run("load", dataset.path, "--to", ledger.url, "--json")
    loaded = json.loads(result.stdout)
    assert (loaded["schema"], loaded["ok"]) == ("terpseed.load.result/1", True)
    assert loaded["proof"]["references"]["failed"] == []
    verified = json.loads(run("verify", dataset.path, "--to", ledger.url, "--json").stdout)
    assert verified == loaded["proof"]
    assert (verified["schema"], verified["rows"]) == ("terpseed.verify.result/1", 24)


def test_verify_leaves_with_five_if_anything_differs(dataset: Dataset, ledger: Target) -> None:
    run("load", dataset.path, "--to", ledger.url)
    assert run("verify", dataset.path, "--to", ledger.url).exit_code == 0
    execute(ledger, "UPDATE users SET name = 'changed' WHERE id = 1")
    text = run("verify", dataset.path, "--to", ledger.url)
    assert text.exit_code == 5
    assert "1 differences between the dataset and" in text.stdout
    assert "users has as many rows as the dataset (3) but other values" in text.stdout
    printed = run("verify", dataset.path, "--to", ledger.url, "--json")
    assert printed.exit_code == 5
    assert [t["table"] for t in json.loads(printed.stdout)["tables"] if not t["ok"]] == ["users"]


def test_a_failed_proof_is_json_too_and_cleaned_on_demand(ledger: Target, tmp_path: Path) -> None:
    orphan = {"ledgerEntries": lambda frame: frame.with_columns(accountId=pl.lit(9, pl.Int32))}
    dataset = write(tmp_path / "orphans", LEDGER, 3, change=orphan)
    failed = run("load", dataset.path, "--to", ledger.url, "--json", "--keep")
    assert failed.exit_code == 5
    (reference,) = json.loads(failed.stdout)["references"]["failed"]
    assert (reference["reference"], reference["broken"]) == (
        "ledgerEntries.accountId -> accounts.id",
        3,
    )
    assert "the rows were kept" in failed.stderr
    cleaned = run("load", dataset.path, "--to", ledger.url, "--clean")
    assert (cleaned.exit_code, cleaned.stdout) == (0, "24 rows taken out\n")
    assert execute(ledger, "SELECT COUNT(*) FROM users") == [(0,)]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"password": "wrong"}, 4), ({"port": 1}, 4), ({"database": "terpseed_no_such"}, 4)],
)
def test_a_target_out_of_reach_leaves_with_four(
    change: dict[str, str | int], code: int, dataset: Dataset, ledger: Target
) -> None:
    url = replace(ledger, **change).url  # type: ignore[arg-type]  # a row of the table above
    for words in (
        ("load", dataset.path),
        ("load", dataset.path, "--clean"),
        ("verify", dataset.path),
    ):
        result = run(*words, "--to", url)
        assert result.exit_code == code
        assert "Traceback" not in result.output
        assert result.stderr.count("error:") == 1


def test_what_is_no_dataset_is_refused_before_the_target_is_asked(tmp_path: Path) -> None:
    for command in ("load", "verify"):
        result = run(command, tmp_path, "--to", "mysql://u@127.0.0.1:1/x")
        assert result.exit_code == 2
        assert "not a dataset" in result.stderr


def test_the_target_may_come_from_the_environment(
    dataset: Dataset, ledger: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://u@127.0.0.1:1/x")
    assert run("load", dataset.path).exit_code == 4
    monkeypatch.setenv("TERPSEED_LOAD_TO", ledger.url)
    assert run("load", dataset.path).exit_code == 0
    monkeypatch.setenv("DATABASE_URL", ledger.url)
    assert run("verify", dataset.path).exit_code == 0


def test_a_terminal_gets_a_bar(dataset: Dataset, ledger: Target) -> None:
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "terpseed", "load", dataset.path],
        env={**os.environ, "DATABASE_URL": ledger.url, "TERM": "xterm"},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=follower,
    )
    os.close(follower)
    assert process.wait(timeout=60) == 0
    talk = os.read(leader, 100_000).decode()
    os.close(leader)
    assert "loading" in talk
    assert "━" in talk
    assert "proving" in talk
