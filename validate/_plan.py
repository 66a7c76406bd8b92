"""Which checks a dataset gets: plan first, run then; what is not run is part of the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from validate import derived
from validate._files import Library, file_checks, own_library, shipped_library, views_for
from validate.rule import Check, NotRun, Rule, View
from validate.shapes import shape_checks, shape_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from validate._ground import Ground
    from validate._rulefile import RuleFile


@dataclass(frozen=True)
class Plan:
    """What will be checked.

    Attributes:
        checks: in the order of their rules.
        not_run: rules without a check, and why.
        views: shared results to compute first, in order.
        optional: (table, column) pairs that some planned rule can do without.
        files: where the queries of rules in files come from, by the id of the rule.
    """

    checks: tuple[Check, ...]
    not_run: tuple[NotRun, ...]
    views: tuple[View, ...]
    optional: frozenset[tuple[str, str]]
    files: Mapping[str, RuleFile]

    def only(self, rules: Collection[str]) -> Plan:
        """Return the part of the plan that is about some rules, by their ids."""
        return replace(
            self,
            checks=tuple(check for check in self.checks if check.rule.id in rules),
            not_run=tuple(entry for entry in self.not_run if entry.rule.id in rules),
        )


def known_rules(library: Library | None = None) -> tuple[Rule, ...]:
    """Return every rule: derived ones, rows of shapes, files; those of a library if given."""
    library = library or shipped_library()
    return (
        *derived.rules(),
        *(row.rule for row in shape_rows()),
        *(entry.rule for entry in library.rules),
    )


def library_with(rules_dir: Path | None) -> Library:
    """Return the rules that are files: ours, and those of a folder of the user's own.

    Raises:
        RuleError: if a file in the folder is no rule; names file and line.
        UsageError: if there is no such folder, or no rule in it.
    """
    if rules_dir is None:
        return shipped_library()
    return own_library(rules_dir, [rule.id for rule in known_rules()])


def plan_checks(ground: Ground, rules_dir: Path | None = None) -> Plan:
    """Plan the validation of a dataset.

    Args:
        ground: what the dataset offers.
        rules_dir: a folder with rules of the user's own, to run besides ours.

    Raises:
        RuleError: if a file in the folder is no rule; names file and line.
        UsageError: if there is no such folder, or no rule in it.
    """
    library = library_with(rules_dir)
    checks = list(derived.checks(ground))
    not_run = _idle(checks, ground)
    files: dict[str, RuleFile] = {}
    used: list[str] = []
    for row_entry in shape_checks(library, ground):
        if isinstance(row_entry, NotRun):
            not_run.append(row_entry)
        else:
            checks.append(row_entry[0])
            used += row_entry[1].tables.values()
    for file_entry in file_checks(library, ground):
        if isinstance(file_entry, NotRun):
            not_run.append(file_entry)
        else:
            check, file = file_entry
            checks.append(check)
            files[check.rule.id] = file
            used += file.tables
    apart = {check.rule: ground.why_not_alone(check.rule.id) for check in checks}
    not_run += [NotRun(rule, reason) for rule, reason in apart.items() if reason]
    checks = [check for check in checks if not apart[check.rule]]
    views = views_for(library, ground, used)
    makers = [f for view in views for f in library.views[view.name] if f.path == view.origin]
    optional = {pair for file in (*files.values(), *makers) for pair in file.optional}
    return Plan(
        tuple(_graded(check, ground) for check in checks),
        tuple(not_run),
        tuple(views),
        frozenset(optional),
        files,
    )


def _graded(check: Check, ground: Ground) -> Check:
    """Return a check of the rule with the severity that it has for the dataset's scenario."""
    rule = check.rule.graded(ground.promises.get("name"))
    return check if rule is check.rule else replace(check, rule=rule)


def _idle(checks: list[Check], ground: Ground) -> list[NotRun]:
    """Return the derived rules that have nothing to check in this dataset."""
    busy = {check.rule.id for check in checks}
    reasons = {
        "structure.fits": "every column is stored in the type of the schema",
        "structure.text-numbers": f"schema {ground.catalog.version} keeps no numbers as text",
    }
    if ground.as_of is None:
        reasons["time.nothing-after-now"] = "the dataset has no as-of date"
    nothing = f"nothing in schema {ground.catalog.version} to check"
    return [
        NotRun(rule, reasons.get(rule.id, nothing))
        for rule in derived.rules()
        if rule.id not in busy
    ]
