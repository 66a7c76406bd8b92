"""The text that the terminal shows: concerns and what is broken in them, worst first."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from validate.result import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validate.result import Finding, RuleResult, ValidationResult
    from validate.rule import NotRun

_ROWS_SHOWN = 3
_SUBJECTS_SHOWN = 5
_REASONS_SHOWN = 5  # missing tables, one by one
_VALUE_WIDTH = 60


def terminal(result: ValidationResult, *, kept_in: str = "") -> str:
    """Return the report.

    Args:
        result: what was found.
        kept_in: where the breaking rows were written to, or the empty string.
    """
    parts = [_dataset(result), _concerns(result)]
    ranks = {concern: rank for rank, concern in enumerate(_worst_first(result))}
    parts += [
        _failure(failed) for failed in sorted(result.failed, key=lambda r: ranks[r.rule.concern])
    ]
    if result.not_run:
        parts.append(_not_run(result.not_run))
    parts.append(_verdict(result, kept_in))
    return "\n\n".join(parts)


def _dataset(result: ValidationResult) -> str:
    facts = result.dataset
    known = [
        f"schema {facts['schema']}",
        *([f"scenario {facts['scenario']}"] if facts.get("scenario") else []),
        *([f"as of {plain(facts['as_of'])}"] if facts.get("as_of") else []),
        f"{facts['rows']:,} rows in {facts['tables']} tables ({facts['format']})",
    ]
    return "\n".join(
        [facts["path"] or "tables in memory", ", ".join(known), *_source(facts.get("source"))]
    )


def _source(source: Mapping[str, Any] | None) -> Iterable[str]:
    if not source:
        return
    masked = f", {len(source['masked'])} columns masked" if source["masked"] else ""
    yield (
        f"read from {source['database']} on {source['server']}, {source['taken']} UTC, "
        f"{source['view']}{masked}"
    )
    for entry in source["unheld"]:
        yield (
            f"{entry['table']}.{entry['column']}: {entry['count']:,} values that their own type "
            f"cannot hold, such as {entry['examples'][0][1]!r}, are NULL here"
        )


def _concerns(result: ValidationResult) -> str:
    lines = [("concern", "rules", "checks", "broken", "rows", "not run", "seconds")]
    idle = Counter(entry.rule.concern for entry in result.not_run)
    by_concern = groupby(result.results, key=lambda entry: entry.rule.concern)
    seen = {concern: list(entries) for concern, entries in by_concern}
    for concern in _worst_first(result):
        entries = seen.get(concern, [])
        lines.append(
            (
                concern,
                str(len(entries)),
                f"{sum(entry.checks for entry in entries):,}",
                str(sum(bool(entry.findings) for entry in entries) or "-"),
                f"{sum(entry.count for entry in entries) or '-':,}"
                if any(entry.count for entry in entries)
                else "-",
                str(idle[concern] or "-"),
                f"{sum(entry.seconds for entry in entries):.2f}",
            )
        )
    return _table(lines)


def _worst_first(result: ValidationResult) -> list[str]:
    """Return the concerns: those with errors first, then with warnings, then the others."""
    concerns = {entry.rule.concern for entry in result.results}
    concerns |= {entry.rule.concern for entry in result.not_run}
    errors = Counter(r.rule.concern for r in result.failed if r.rule.severity == "error")
    broken = Counter(r.rule.concern for r in result.failed)
    return sorted(concerns, key=lambda name: (-errors[name], -broken[name], name))


def _table(lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _failure(failed: RuleResult) -> str:
    rule = failed.rule
    lines = [
        f"{rule.severity.upper():7} {rule.id}: {rule.title}",
        f"        {_rows(failed.count)} break{'s' * (failed.count == 1)} it. {rule.why}",
    ]
    for finding in failed.findings[:_SUBJECTS_SHOWN]:
        if finding.subject:
            lines.append(f"        {finding.subject}: {_rows(finding.count)}")
        lines += [f"          {line}" for line in _shown(finding)]
    if (left := len(failed.findings) - _SUBJECTS_SHOWN) > 0:
        lines.append(f"        and {left} more columns, keys or references")
    return "\n".join(lines)


def _shown(finding: Finding) -> Iterable[str]:
    for row in finding.rows[:_ROWS_SHOWN]:
        yield "  ".join(
            f"{column}={_short(value)}" for column, value in zip(finding.columns, row, strict=True)
        )
    if (left := finding.count - len(finding.rows[:_ROWS_SHOWN])) > 0:
        yield f"and {left:,} more"


def _short(value: Any) -> str:
    text = "NULL" if value is None else str(plain(value)).replace("\n", " ")
    return text if len(text) <= _VALUE_WIDTH else text[: _VALUE_WIDTH - 3] + "..."


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _not_run(entries: Sequence[NotRun]) -> str:
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        by_reason.setdefault(entry.reason, []).append(entry.rule.id)
    lines = [f"not run: {len(entries)} rules, which prove nothing about this dataset"]
    missing = [reason for reason in by_reason if reason.startswith("there is no table ")]
    if len(missing) > _REASONS_SHOWN:
        # of a part of the tables they would hide all that was found
        count = sum(len(by_reason.pop(reason)) for reason in missing)
        lines.append(
            f"  {len(missing)} tables that they read are not there: {count} rules (--json)"
        )
    lines += [f"  {reason}: {', '.join(ids)}" for reason, ids in sorted(by_reason.items())]
    return "\n".join(lines)


def _verdict(result: ValidationResult, kept_in: str) -> str:
    checks = sum(entry.checks for entry in result.results)
    spent = sum(result.seconds.values())
    ran = f"{len(result.results)} rules, {checks:,} checks, {spent:.1f} s"
    if result.is_good:
        return f"good: nothing breaks a rule ({ran})"
    severities = Counter(entry.rule.severity for entry in result.failed)
    listed = ", ".join(
        f"{n} {severity}{'' if n == 1 else 's'}" for severity, n in sorted(severities.items())
    )
    where = f"; breaking rows are kept in {kept_in}" if kept_in else ""
    return f"findings: {len(result.failed)} rules are broken ({listed}; {ran}){where}"
