"""Rules are listed, shown and run one by one; faults are planted in copies of datasets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from terpseed.catalog import NEWEST
from terpseed.cli import main
from terpseed.dataset import open_dataset
from terpseed.errors import ExitCode
from validate.browse import described
from validate.detection import detect

if TYPE_CHECKING:
    from pathlib import Path


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_rules_are_listed_by_concern_severity_and_table() -> None:
    told = json.loads(_run("rules", "list", "--json").stdout)["rules"]
    assert len(told) == len(described())
    ledger = json.loads(_run("rules", "list", "--concern", "ledger", "--json").stdout)["rules"]
    assert {rule["concern"] for rule in ledger} == {"ledger"}
    few = json.loads(
        _run("rules", "list", "--table", "invoices", "--severity", "warning", "--json").stdout
    )["rules"]
    assert all("invoices" in rule["tables"] and rule["severity"] == "warning" for rule in few)
    wrong = _run("rules", "list", "--concern", "ledgr")
    assert wrong.exit_code == ExitCode.USAGE
    assert "did you mean 'ledger'" in wrong.stderr


def test_every_rule_is_told_in_full() -> None:
    for entry in described():
        assert entry.faults, entry.rule.id
        assert entry.schemas or entry.needs, entry.rule.id
        # Planned only where a column is stored in another type than the schema's.
        if entry.rule.id != "structure.fits":
            assert entry.tables, entry.rule.id
            assert entry.sql, entry.rule.id


def test_a_rule_is_shown_with_query_and_faults() -> None:
    text = _run("rules", "show", "receivables.paid-by-settlements").stdout
    assert "invoices.amountPaid is the sum of settlements.amount" in text
    assert "payment-a-cent-off" in text
    assert "SELECT" in text


def test_a_rule_runs_alone_and_what_is_not_run_is_no_success(light: dict[str, Path]) -> None:
    good = _run("rules", "run", "ledger.balanced", light[NEWEST], "--json")
    assert good.exit_code == 0
    assert [rule["id"] for rule in json.loads(good.stdout)["rules"]] == ["ledger.balanced"]
    idle = _run("rules", "run", "ledger.payables-control-by-batch", light[NEWEST])
    assert idle.exit_code == ExitCode.USAGE
    assert "nothing is proved" in idle.stderr


@pytest.mark.parametrize("fault", ["balance-right-in-total", "structure.enum"])
def test_a_corrupted_copy_is_a_dataset_in_which_the_rule_finds_the_fault(
    light: dict[str, Path], tmp_path: Path, fault: str
) -> None:
    out = tmp_path / "damaged"
    made = _run("corrupt", light[NEWEST], "--fault", fault, "--out", out, "--json")
    assert made.exit_code == 0, made.output
    rule = json.loads(made.stdout)["fault"]["rule"]
    damaged = open_dataset(out)
    assert damaged.manifest.planted is not None
    assert damaged.manifest.planted["id"] == fault
    assert damaged.format == ("csv" if fault == "structure.enum" else "parquet")
    found = _run("rules", "run", rule, out)
    assert found.exit_code == ExitCode.FINDINGS
    assert _run("rules", "run", rule, light[NEWEST]).exit_code == 0


def test_what_cannot_be_planted_is_refused(light: dict[str, Path], tmp_path: Path) -> None:
    for words, said in (
        (("--fault", "balance-right-in-totl"), "did you mean 'balance-right-in-total'"),
        ((), "says what to do"),
    ):
        refused = _run("corrupt", light[NEWEST], *words, "--out", tmp_path / "x")
        assert refused.exit_code == ExitCode.USAGE
        assert said in refused.stderr
    assert not (tmp_path / "x").exists()


def test_the_detection_rate_counts_what_was_caught(light: dict[str, Path]) -> None:
    few = {"payment-a-cent-off", "movement-dropped", "batch-allocated-twice", "lines-cut-off"}
    detection = detect(open_dataset(light[NEWEST]), only=few)
    assert {trial.fault.id for trial in detection.trials} == few
    assert detection.rate == 1
    assert detection.is_good
    told = detection.to_dict()
    assert (told["planted"], told["caught"], told["unexpected"]) == (4, 4, 0)
