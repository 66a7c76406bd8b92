"""Rules of the user's own: run besides ours, and told apart when they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from terpseed.dataset import open_dataset
from terpseed.errors import RuleError, UsageError
from validate import ValidationResult, validate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.validate.base import Base

GOOD = """-- id: own.big-invoices
-- title: no invoice is above a thousand dollars
-- severity: warning
-- proves: Nothing much.
-- why: To have something
--      that finds rows.
-- tables: invoices
SELECT id, 1000 AS expected, "totalAmount" AS actual
FROM invoices WHERE "totalAmount" > 1000;
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "deeper"
    folder.mkdir(parents=True)
    return folder.parent


def _validate(base: Base, rules: Path) -> ValidationResult:
    return validate(open_dataset(base.dataset.path, verify=False), rules_dir=rules)


def test_an_own_rule_runs_besides_ours(newest: Base, rules: Path) -> None:
    (rules / "deeper" / "big.sql").write_text(GOOD)
    result = _validate(newest, rules)
    own = next(entry for entry in result.results if entry.rule.id == "own.big-invoices")
    expected = newest.open_.connection.execute(
        'SELECT count(*) FROM invoices WHERE "totalAmount" > 1000'
    ).fetchone()
    assert expected is not None
    assert own.count == expected[0] > 0
    assert own.rule.why == "To have something that finds rows."
    assert own.rule.severity == "warning"
    assert own.findings[0].columns == ("id", "expected", "actual")
    assert "ledger.balanced" in {entry.rule.id for entry in result.results}


def test_an_own_rule_may_use_our_shared_results_and_macros(newest: Base, rules: Path) -> None:
    text = GOOD.replace("invoices\nSELECT", "order_book\nSELECT").partition("SELECT")[0]
    text += "SELECT id FROM order_book WHERE shipped_at > as_of_moment() OR promised('x') = 1\n"
    (rules / "book.sql").write_text(text)
    result = _validate(newest, rules)
    own = next(entry for entry in result.results if entry.rule.id == "own.big-invoices")
    assert own.count == 0


def test_an_own_rule_on_a_table_that_is_not_there_is_not_run(newest: Base, rules: Path) -> None:
    (rules / "a.sql").write_text(GOOD.replace("tables: invoices", "tables: warehouses"))
    result = _validate(newest, rules)
    assert "own.big-invoices" not in {entry.rule.id for entry in result.results}
    reasons = {entry.rule.id: entry.reason for entry in result.not_run}
    assert reasons["own.big-invoices"] == "there is no table warehouses in schema 2026-05"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (GOOD.replace("totalAmount", "totalAmmount"), "bad.sql, line 9: Binder Error"),
        (
            GOOD.replace("FROM invoices WHERE", "FRM invoices WHERE"),
            "bad.sql, line 9: Parser Error",
        ),
        (GOOD.replace("-- severity: warning", "-- severity: bad"), "bad.sql, line 3"),
        (GOOD.replace("own.big-invoices", "big"), "bad.sql, line 1"),
        (GOOD.replace("-- title:", "-- titel:"), "bad.sql, line 2"),
        (GOOD.replace("-- title:", "-- enough: sales.orders many\n-- title:"), "bad.sql, line 2"),
        (GOOD.replace("-- title: no", "-- title\n-- no"), "bad.sql, line 2"),
        (
            GOOD.replace("-- why: To have something\n--      that finds rows.\n", ""),
            "bad.sql, line 1",
        ),
        (GOOD.partition("SELECT")[0], "bad.sql, line 8"),
        (GOOD.replace("own.big-invoices", "ledger.balanced"), "bad.sql, line 1"),
        ("SELECT 1", "bad.sql, line 1"),
    ],
)
def test_a_broken_rule_names_file_and_line(
    newest: Base, rules: Path, text: str, where: str
) -> None:
    (rules / "bad.sql").write_text(text)
    with pytest.raises(RuleError) as caught:
        _validate(newest, rules)
    assert where in str(caught.value)


def test_a_rule_that_is_no_text_is_an_error(newest: Base, rules: Path) -> None:
    (rules / "bad.sql").write_bytes(b"-- id: x\xff")
    with pytest.raises(RuleError, match=r"cannot be read(.|\n)*bad\.sql"):
        _validate(newest, rules)


def test_a_folder_without_rules_is_an_error(newest: Base, rules: Path) -> None:
    with pytest.raises(UsageError, match="no rule in the folder"):
        _validate(newest, rules)
    with pytest.raises(UsageError, match="no such folder"):
        _validate(newest, rules / "nowhere")


def test_near_keys_are_suggested(newest: Base, rules: Path) -> None:
    (rules / "bad.sql").write_text(GOOD.replace("-- severity:", "-- severty:"))
    with pytest.raises(RuleError, match="did you mean 'severity'"):
        _validate(newest, rules)
