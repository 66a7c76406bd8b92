"""What a rule is, and what a check of it is: the words of this package.

A rule is a promise about the data. Each check of it is one query that returns the rows that break
the promise; no rows means that it holds. Rules derived from the catalog have one check per column,
key or reference; rules in files have one check. Where rules come from lives in the sibling modules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

Severity = Literal["error", "warning"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning")
STRICT = "warning, error for "
"""What a severity begins with that depends on the scenario, whose name follows."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise.

    Attributes:
        id: concern and name, ``ledger.balanced``; unique.
        title: the promise in a few words.
        severity: ``error`` if the data is wrong, ``warning`` if it is only doubtful.
        proves: what is known when the rule holds.
        why: what goes wrong in the business or the application when it does not.
        origin: the file that the rule is written in, or ``catalog``.
        strict: the scenario for which the rule is no warning but an error; often none.
    """

    id: str
    title: str
    severity: Severity
    proves: str
    why: str
    origin: str
    strict: str = ""

    @property
    def concern(self) -> str:
        """The part of the business that the rule is about."""
        return self.id.partition(".")[0]

    def graded(self, scenario: object) -> Rule:
        """Return the rule with the severity that it has for a scenario of that name."""
        if not self.strict or scenario != self.strict:
            return self
        return replace(self, severity="error")

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain data."""
        return {
            "id": self.id,
            "concern": self.concern,
            "title": self.title,
            "severity": self.severity,
            "proves": self.proves,
            "why": self.why,
            "origin": self.origin,
        }


def severity_of(text: str) -> tuple[Severity, str] | None:
    """Return a severity and the scenario for which it is stricter, or None if it is neither.

    ``error``; ``warning``; ``warning, error for full``.
    """
    if text.startswith(STRICT) and text != STRICT:
        return "warning", text.removeprefix(STRICT)
    known = next((each for each in SEVERITIES if each == text), None)
    return (known, "") if known else None


@dataclass(frozen=True, slots=True)
class Check:
    """One query of a rule.

    Attributes:
        rule: the promise.
        subject: what the check looks at, ``orders.total``; empty if the rule has one check only.
        tables: tables whose rows decide the result.
        rows: a SELECT without ORDER BY and LIMIT that returns the breaking rows: their keys first,
            then the values that disagree. May be left out if ``condition`` and ``shown`` say it.
        condition: for a check of single rows of one table ``t``, what is true of a breaking row;
            such checks of a table share one scan.
        shown: with ``condition`` and without ``rows``, the columns to show of a breaking row.
        as_seen: whether ``condition`` is about the table as rules see it, not as it was stored.
        measure: for a check of one table, an aggregate that is true if ``rows`` would find
            something; it shares the scan as well.
        gate: a condition on the database without which ``rows`` cannot find anything; many checks
            share one.
    """

    rule: Rule
    subject: str
    tables: frozenset[str]
    rows: str = ""
    condition: str = ""
    shown: tuple[str, ...] = ()
    as_seen: bool = False
    measure: str = ""
    gate: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """An intermediate result that several rules share; computed once.

    Attributes:
        name: the name under which rules select from it.
        tables: tables that it is made from, those of other views included.
        sql: the SELECT.
        origin: the file that it is written in.
    """

    name: str
    tables: frozenset[str]
    sql: str
    origin: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """A rule that could not be checked on this dataset, and why."""

    rule: Rule
    reason: str
