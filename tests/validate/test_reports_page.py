"""The page and the XML: whole, escaped against hostile data, and quiet in a real browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from terpseed.dataset import open_dataset
from terpseed.page import amount, percent, shown
from tests.browser import visit
from validate import Finding, NotRun, Rule, RuleResult, ValidationResult
from validate.figures import Column, Figure, Figures, figures
from validate.report import html, junit, terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.validate.base import Base

HOSTILE = (
    "<script>console.error('in')</script>",
    '"><img src=http://127.0.0.1:9/x.png onerror=alert(1)>',
    "'; </title></table><!-- &amp; <svg onload=alert(1)>",
    "\u202eright to left\u0000\x1b[31m",
    '<a href="javascript:alert(1)">',
)


def _rule(name: str, severity: str = "error") -> Rule:
    return Rule(name, f"title of {name} {HOSTILE[0]}", severity, "proves", HOSTILE[1], "x.sql")  # type: ignore[arg-type]


def _result() -> ValidationResult:
    rows = tuple((number, text, None, Decimal("1E+2")) for number, text in enumerate(HOSTILE))
    found = Finding(f"orders.{HOSTILE[2]}", 40, ("id", HOSTILE[3], "actual", "amount"), rows)
    return ValidationResult(
        dataset={
            "path": f"/data/{HOSTILE[0]}",
            "format": "parquet",
            "schema": HOSTILE[4],
            "as_of": date(2025, 10, 31),
            "tables": 2,
            "rows": 1234,
            "rows_by_table": {HOSTILE[0]: 1200, "orders": 34},
        },
        results=(
            RuleResult(_rule("ledger.balanced"), 1, 0.01, ()),
            RuleResult(_rule("stock.samples", "warning"), 1, 0.01, (found,)),
            RuleResult(_rule("structure.required"), 3, 0.02, (found, replace(found, count=5))),
        ),
        not_run=(NotRun(_rule("loyalty.points"), f"there is no table {HOSTILE[1]}"),),
        seconds={"read": 0.1, "check": 0.2},
        kept=100,
    )


def _figures() -> Figures:
    columns = (
        Column("status", "label"),
        Column("batches", "count"),
        Column("on_hand_value", "money"),
    )
    rows = tuple((text, 3, Decimal("1234567.89")) for text in HOSTILE)
    return Figures({}, (Figure("stock-by-status", HOSTILE[0], HOSTILE[1], columns, rows),), {})


class _Seen(HTMLParser):
    """Collects elements, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def test_hostile_values_are_text_and_nothing_else() -> None:
    seen = _Seen(html(_result(), _figures()))
    assert seen.open == []
    assert {"script", "img", "a", "svg"} & set(seen.elements) == {"a", "svg"}
    names = {name for name, _ in seen.attributes}
    assert not {name for name in names if name.startswith("on") or name == "src"}
    assert all(str(value).startswith("#") for name, value in seen.attributes if name == "href")
    assert "xmlns" not in names
    assert HOSTILE[0] in seen.text
    assert "\u202e" not in seen.text
    assert "\x00" not in seen.text


def test_the_page_tells_everything_that_the_result_holds() -> None:
    text = _Seen(html(_result(), _figures())).text
    assert "Findings: 1 error and 1 warning. 3 rules with 5 checks ran; 1 rules did not" in text
    assert text.index("structure.required") < text.index("stock.samples")
    assert "the first 5 of 40 rows" in text
    assert "NULL" in text
    assert "100" in text
    assert "there is no table" in text
    assert "Stock by status, at cost" in text
    assert "$1,234,567.89" in text
    assert "Rows per table" in text


def test_charts_are_described_and_repeated_as_tables() -> None:
    page = html(_result(), _figures())
    assert page.count("<svg") == page.count("<desc>") == 2
    assert page.count('role="img"') == 2
    assert page.count("The same as a table</summary>") == 2
    seen = _Seen(page)
    assert seen.elements.count("caption") == seen.elements.count("table")


def test_a_good_result_says_so() -> None:
    result = replace(_result(), results=_result().results[:1])
    text = _Seen(html(result)).text
    assert "Good: nothing breaks a rule." in text
    assert "There are none." in text
    assert "The business in figures" not in text


def test_xml_has_a_case_for_each_rule() -> None:
    root = ET.fromstring(junit(_result()))  # noqa: S314 - we wrote it
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("4", "2", "1")
    cases = {case.get("name", "").partition(":")[0]: case for case in root.iter("testcase")}
    assert set(cases) == {
        "ledger.balanced",
        "loyalty.points",
        "stock.samples",
        "structure.required",
    }
    assert len(cases["ledger.balanced"]) == 0
    (skipped,) = cases["loyalty.points"]
    assert skipped.tag == "skipped"
    assert HOSTILE[1] in (skipped.get("message") or "")
    (failure,) = cases["structure.required"]
    assert failure.get("type") == "error"
    assert "actual=NULL  amount=100" in (failure.text or "")
    assert sum(int(suite.get("failures", "9")) for suite in root) == 2


def test_concerns_with_errors_come_first_in_the_terminal() -> None:
    text = terminal(_result())
    lines = [line.split(" ")[0] for line in text.splitlines()]
    assert lines.index("structure") < lines.index("stock") < lines.index("ledger")
    assert text.index("ERROR   structure.required") < text.index("WARNING stock.samples")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1234.50"), "$1,234.50"),
        (Decimal(-5), "\N{MINUS SIGN}$5.00"),
        (0, "$0.00"),
    ],
)
def test_amounts_are_exact(value: Decimal, text: str) -> None:
    assert amount(value) == text


def test_values_are_shown_plainly() -> None:
    assert amount(1_250_000, short=True) == "$1.2M"
    assert percent(Decimal("0.1234")) == "12.3\N{NO-BREAK SPACE}%"
    assert shown("x" * 400).endswith("\N{HORIZONTAL ELLIPSIS}")
    assert shown(True) == "true"


def test_the_browser_check_sees_complaints_and_requests(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<script>console.error('boo')</script><img src=http://127.0.0.1:9/x.png>")
    found = visit(page, tmp_path)
    assert any("boo" in line for line in found.complaints)
    assert "http://127.0.0.1:9/x.png" in found.requests


def test_the_page_is_quiet_and_whole_in_a_browser(newest: Base, tmp_path: Path) -> None:
    """A whole dataset's figures, and hostile findings, opened from a file."""
    dataset = open_dataset(newest.dataset.path, verify=False)
    page = tmp_path / "page.html"
    page.write_text(html(_result(), figures(dataset)), encoding="utf-8")
    found = visit(page, tmp_path)
    assert found.complaints == []
    assert [address for address in found.requests if not address.startswith("file:")] == []
    seen = _Seen(found.content)
    assert "script" not in seen.elements
    drawn = (
        "Revenue and cost by month",
        "Margin by month",
        "Whales and regulars",
        "Cash at the end of each month",
        "Receivables by age",
        "Payables by age",
        "Stock by status, at cost",
        "Rows per table",
    )
    assert [title for title in drawn if title not in seen.text] == []
    assert seen.elements.count("svg") == 9
