"""Results are told as data, as text and as files."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from terpseed.errors import OutputError
from validate import Finding, NotRun, Rule, RuleResult, ValidationResult
from validate.report import keep, keep_or_clear, terminal

if TYPE_CHECKING:
    from pathlib import Path


def _rule(name: str, severity: str = "error") -> Rule:
    return Rule(name, f"title of {name}", severity, "proves it", "Because of money.", "x.sql")  # type: ignore[arg-type]


def _result(*results: RuleResult, not_run: tuple[NotRun, ...] = ()) -> ValidationResult:
    about = {
        "path": "/data/full",
        "format": "parquet",
        "schema": "2026-05",
        "scenario": "full",
        "as_of": date(2025, 10, 31),
        "tables": 2,
        "rows": 1234,
    }
    return ValidationResult(about, results, not_run, {"read": 0.1, "check": 0.2}, 100)


PASSED = RuleResult(_rule("ledger.balanced"), 1, 0.01, ())
WARNED = RuleResult(
    _rule("stock.samples", "warning"), 1, 0.01, (Finding("", 9, ("id",), ((1,), (2,))),)
)
FAILED = RuleResult(
    _rule("structure.required"),
    3,
    0.02,
    (
        Finding(
            "orders.total",
            5,
            ("id", "expected", "actual", "at"),
            (
                (1, Decimal("10.50"), None, datetime(2024, 1, 2, 3, 4, 5)),  # noqa: DTZ001 - as stored
                (2, Decimal("1E+2"), "a\nb", None),
            ),
        ),
        Finding("orders.tax", 1, ("id",), ((7,),)),
    ),
)
IDLE = NotRun(_rule("loyalty.points"), "there is no table points_ledger in schema 2025-11")


def test_data_is_plain_and_complete() -> None:
    told = json.loads(json.dumps(_result(WARNED, FAILED, PASSED, not_run=(IDLE,)).to_dict()))
    assert told["format"] == 1
    assert told["verdict"] == "findings"
    assert told["summary"] == {"rules": 3, "checks": 5, "failed": 2, "not_run": 1, "rows": 15}
    assert told["dataset"]["as_of"] == "2025-10-31"
    failed = next(rule for rule in told["rules"] if rule["id"] == "structure.required")
    assert failed["status"] == "failed"
    assert failed["concern"] == "structure"
    assert failed["findings"][0]["rows"] == [
        [1, "10.50", None, "2024-01-02 03:04:05"],
        [2, "100", "a\nb", None],
    ]
    assert told["not_run"][0]["reason"].startswith("there is no table points_ledger")


def test_errors_come_before_warnings() -> None:
    assert [entry.rule.id for entry in _result(WARNED, FAILED).failed] == [
        "structure.required",
        "stock.samples",
    ]


def test_text_shows_what_is_broken_and_what_did_not_run() -> None:
    text = terminal(_result(WARNED, FAILED, PASSED, not_run=(IDLE,)), kept_in="/data/findings")
    assert text.index("ERROR   structure.required") < text.index("WARNING stock.samples")
    assert "6 rows break it. Because of money." in text
    assert "id=1  expected=10.50  actual=NULL  at=2024-01-02 03:04:05" in text
    assert "and 3 more" in text
    assert "there is no table points_ledger in schema 2025-11: loyalty.points" in text
    assert text.splitlines()[-1].startswith("findings: 2 rules are broken (1 error, 1 warning;")
    assert "/data/findings" in text.splitlines()[-1]


def test_text_of_a_good_dataset_says_so() -> None:
    text = terminal(_result(PASSED, not_run=(IDLE,)))
    assert text.splitlines()[-1].startswith("good: nothing breaks a rule (1 rules, 1 checks")
    assert "not run: 1 rules" in text


def test_breaking_rows_are_kept_as_files(tmp_path: Path) -> None:
    files = keep(_result(FAILED, PASSED), tmp_path / "report")
    assert {file.name for file in files} == {"structure.required.csv", "result.json"}
    with (tmp_path / "report" / "structure.required.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["subject"] for row in rows] == ["orders.total", "orders.total", "orders.tax"]
    assert rows[1]["actual"] == "a\nb"
    assert rows[2]["id"] == "7"


def test_a_later_run_replaces_the_files_of_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "findings"
    keep(_result(FAILED), folder)
    (folder / "my-notes.txt").write_text("mine")
    keep(_result(WARNED), folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "my-notes.txt",
        "result.json",
        "stock.samples.csv",
    ]


def test_a_good_run_removes_the_findings_of_an_earlier_one(tmp_path: Path) -> None:
    assert keep_or_clear(_result(FAILED), tmp_path) == tmp_path / "findings"
    assert (tmp_path / "findings" / "result.json").exists()
    assert keep_or_clear(_result(PASSED), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_good_run_writes_nothing(tmp_path: Path) -> None:
    assert keep_or_clear(_result(PASSED), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["{}", "[]", "no json", '{"format": 1, "files": 3}'])
def test_a_foreign_result_is_not_overwritten(tmp_path: Path, content: str) -> None:
    (tmp_path / "result.json").write_text(content)
    with pytest.raises(OutputError, match="not of an earlier validation"):
        keep(_result(FAILED), tmp_path)
    assert (tmp_path / "result.json").read_text() == content


def test_names_in_an_edited_result_cannot_reach_outside(tmp_path: Path) -> None:
    folder = tmp_path / "findings"
    folder.mkdir()
    (tmp_path / "precious.csv").write_text("keep me")
    (folder / "result.json").write_text('{"format": 1, "files": ["../precious.csv"]}')
    keep(_result(FAILED), folder)
    assert (tmp_path / "precious.csv").read_text() == "keep me"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"findings cannot be written(.|\n)*file"):
        keep(_result(FAILED), tmp_path / "file" / "report")
