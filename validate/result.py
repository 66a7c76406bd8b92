"""What came out of a validation: findings, rules that were not run, timings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from validate.rule import NotRun, Rule

FORMAT = 1
"""Version of the form of ``ValidationResult.to_dict``; grows when a key changes its meaning."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows that break one check.

    Attributes:
        subject: what was checked, ``orders.total``; empty if the rule has one check only.
        count: number of breaking rows.
        columns: names of what is shown of each: keys first, then the values that disagree.
        rows: the first of the breaking rows, in the order of their columns.
    """

    subject: str
    count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain data; exact numbers and times as text."""
        return {
            "subject": self.subject,
            "count": self.count,
            "columns": list(self.columns),
            "rows": [[plain(value) for value in row] for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What came out of one rule.

    Attributes:
        rule: the promise.
        checks: number of queries that it took.
        seconds: time they took; queries that were run together share theirs equally.
        findings: the checks that found something.
    """

    rule: Rule
    checks: int
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def count(self) -> int:
        """Number of breaking rows."""
        return sum(finding.count for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return {
            **self.rule.to_dict(),
            "status": "failed" if self.findings else "passed",
            "checks": self.checks,
            "count": self.count,
            "seconds": round(self.seconds, 4),
            "findings": [finding.to_dict() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """What came out of a validation.

    Attributes:
        dataset: facts about the dataset for reports: path, format, schema, seed, as-of, rows.
        results: one entry for each rule that was run, in the order of concerns.
        not_run: rules that could not be checked, and why.
        seconds: wall time by step: ``read`` and ``check``.
        kept: most rows that are shown of each check.
    """

    dataset: Mapping[str, Any]
    results: tuple[RuleResult, ...]
    not_run: tuple[NotRun, ...]
    seconds: Mapping[str, float]
    kept: int

    @property
    def failed(self) -> tuple[RuleResult, ...]:
        """Rules with findings, worst first: errors before warnings, then by number of rows."""
        broken = [result for result in self.results if result.findings]
        return tuple(
            sorted(broken, key=lambda r: (r.rule.severity != "error", -r.count, r.rule.id))
        )

    @property
    def is_good(self) -> bool:
        """Whether no rule has a finding."""
        return not self.failed

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, for JSON."""
        return {
            "format": FORMAT,
            "verdict": "good" if self.is_good else "findings",
            "dataset": {key: plain(value) for key, value in self.dataset.items()},
            "summary": {
                "rules": len(self.results),
                "checks": sum(result.checks for result in self.results),
                "failed": len(self.failed),
                "not_run": len(self.not_run),
                "rows": sum(result.count for result in self.results),
            },
            "seconds": {step: round(value, 4) for step, value in self.seconds.items()},
            "kept": self.kept,
            "rules": [result.to_dict() for result in self.results],
            "not_run": [{**entry.rule.to_dict(), "reason": entry.reason} for entry in self.not_run],
        }


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: exact numbers and times become text."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return format(value, "f")
        case list() | tuple():
            return [plain(item) for item in value]
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
    return str(value)
