"""Trying faults: plant each in an opened dataset, ask the rules, and take it out again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from terpseed.errors import RuleError
from validate._run import run_checks
from validate.faults._fault import planted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from validate._opened import Opened
    from validate._plan import Plan
    from validate.faults._fault import Fault
    from validate.rule import Check

_WORD = re.compile(r"\w+")
Counts = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of planting a fault.

    Attributes:
        fault: the fault.
        changed: number of rows that it changed; 0 if the dataset gives it nothing to damage.
        noticed: rules that found more than before.
        related: rules that read what is damaged.
    """

    fault: Fault
    changed: int
    noticed: frozenset[str]
    related: frozenset[str]

    @property
    def is_caught(self) -> bool:
        """Whether the rule that must notice the fault did."""
        return self.fault.rule in self.noticed

    @property
    def unexpected(self) -> tuple[str, ...]:
        """Rules that noticed it although nothing that they read is damaged."""
        return tuple(sorted(self.noticed - {self.fault.rule} - self.fault.follows - self.related))


@dataclass(frozen=True)
class Bench:
    """An opened dataset for trying faults.

    Attributes:
        open_: the dataset; opened with one worker, and prepared.
        plan: all that is checked.
        before: number of breaking rows of each check without any fault.
    """

    open_: Opened
    plan: Plan
    before: Mapping[tuple[str, str], int] = field(default_factory=dict)
    _words: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, open_: Opened, plan: Plan) -> Bench:
        """Return the bench of a dataset, with what its rules find already."""
        return cls(open_, plan, cls(open_, plan).count(plan.checks))

    def count(self, checks: Iterable[Check]) -> Counts:
        """Return the number of breaking rows by rule and subject, without those that hold."""
        found = run_checks(self.open_, list(checks), kept=0, files=self.plan.files)
        return {
            (outcome.check.rule.id, outcome.check.subject): outcome.finding.count
            for outcome in found
            if outcome.finding
        }

    def related(self, fault: Fault) -> list[Check]:
        """Return the checks that a fault can make a difference to.

        Those that read a damaged table and, where only columns are changed, that name one of them.
        """
        touched, columns = fault.touched(self.open_.ground), fault.columns
        return [
            check
            for check in self.plan.checks
            if check.tables & touched and (columns is None or self.words(check) & columns)
        ]

    def touching(self, fault: Fault) -> list[Check]:
        """Return the checks that read a damaged table, whether or not they name what is damaged."""
        touched = fault.touched(self.open_.ground)
        return [check for check in self.plan.checks if check.tables & touched]

    def words(self, check: Check) -> frozenset[str]:
        """Return every word of a check's queries, and of the shared results that it reads."""
        text = " ".join((check.rows, check.condition, check.measure, check.gate, *check.shown))
        return self._words_of(text)

    def _words_of(self, text: str) -> frozenset[str]:
        if text not in self._words:
            words = frozenset(_WORD.findall(text))
            for view in self.plan.views:
                if view.name in words and view.sql != text:
                    words |= self._words_of(view.sql)
            self._words[text] = words
        return self._words[text]

    def try_(self, fault: Fault, checks: Iterable[Check] | None = None) -> Trial:
        """Plant a fault and say which rules notice it.

        Args:
            fault: a damage to rows.
            checks: what to ask; ``related`` if not given.
        """
        related = self.related(fault)
        asked = related if checks is None else list(checks)
        try:
            changed, after = self._found(fault, asked, copied=False)
        except RuleError as error:
            if "transaction is aborted" not in str(error):
                raise
            changed, after = self._found(fault, asked, copied=True)
        noticed = {check[0] for check, n in after.items() if n > self.before.get(check, 0)}
        return Trial(
            fault, changed, frozenset(noticed), frozenset(check.rule.id for check in related)
        )

    def _found(
        self, fault: Fault, checks: Sequence[Check], *, copied: bool
    ) -> tuple[int, Mapping[tuple[str, str], int]]:
        with planted(self.open_, fault, self.plan.views, copied=copied) as changed:
            return changed, self.count(checks) if changed else {}
