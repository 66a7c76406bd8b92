"""The result as JUnit XML, which build servers show: a suite per concern, a case per rule."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from validate.result import plain
from validate.rule import NotRun

if TYPE_CHECKING:
    from validate.result import RuleResult, ValidationResult

_ROWS_SHOWN = 10
# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(result: ValidationResult) -> str:
    """Return the XML; warnings are failures too, and rules that were not run are skipped."""
    entries: list[RuleResult | NotRun] = sorted(
        [*result.results, *result.not_run], key=lambda entry: entry.rule.id
    )
    root = ET.Element(
        "testsuites",
        name=_safe(f"terpseed {result.dataset.get('path') or 'tables in memory'}"),
        tests=str(len(entries)),
        failures=str(len(result.failed)),
        skipped=str(len(result.not_run)),
        time=f"{sum(result.seconds.values()):.3f}",
    )
    for concern, group in groupby(entries, key=lambda entry: entry.rule.concern):
        _suite(root, concern, list(group))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, concern: str, entries: list[RuleResult | NotRun]) -> None:
    suite = ET.SubElement(root, "testsuite", name=f"terpseed.{concern}", tests=str(len(entries)))
    failures, skipped, seconds = 0, 0, 0.0
    for entry in entries:
        name = _safe(f"{entry.rule.id}: {entry.rule.title}")
        case = ET.SubElement(suite, "testcase", classname=f"terpseed.{concern}", name=name)
        if isinstance(entry, NotRun):
            skipped += 1
            ET.SubElement(case, "skipped", message=_safe(entry.reason))
        else:
            seconds += _case(case, entry)
            failures += len(case)
    suite.set("failures", str(failures))
    suite.set("skipped", str(skipped))
    suite.set("time", f"{seconds:.3f}")


def _case(case: ET.Element, entry: RuleResult) -> float:
    case.set("time", f"{entry.seconds:.4f}")
    if entry.findings:
        message = f"{entry.rule.severity}: {entry.count} rows break it. {entry.rule.why}"
        failure = ET.SubElement(case, "failure", type=entry.rule.severity, message=_safe(message))
        failure.text = _safe("\n".join(_lines(entry)))
    return entry.seconds


def _lines(entry: RuleResult) -> list[str]:
    lines = []
    for finding in entry.findings:
        if finding.subject:
            lines.append(f"{finding.subject}: {finding.count} rows")
        for row in finding.rows[:_ROWS_SHOWN]:
            pairs = zip(finding.columns, row, strict=True)
            lines.append("  ".join(f"{c}={'NULL' if v is None else plain(v)}" for c, v in pairs))
    return lines


def _safe(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
