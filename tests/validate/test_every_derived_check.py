"""Each single check that is derived from the catalog finds what it is for.

The planted faults prove one check of each rule; here every column, key, reference and state machine
of the schema gets its own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from validate.faults import Fault, planted
from validate.rule import Check
from validate.sql import name, stored

if TYPE_CHECKING:
    from terpseed.catalog import Column, Reference, Table
    from tests.validate.base import Base

_NOWHERE = 2_000_000_000
_WRONG = {
    "structure.required": "NULL",
    "structure.enum": "'no such label'",
    "structure.json": "'{'",
    "structure.moments": "TIMESTAMP '2024-01-02 03:04:05.678'",
    "structure.numbered": "0",
    "structure.text-numbers": "'1e3'",
    "structure.vocabulary": "'no such word'",
    "time.nothing-after-now": "DATE '2037-01-01'",
    "time.updated-after-created": "DATE '1999-01-01'",
}


def _column(check: Check) -> tuple[str, str]:
    table, _, column = check.subject.partition(".")
    return table, column


@pytest.mark.parametrize("rule", sorted(_WRONG))
def test_every_column_is_checked(base: Base, rule: str) -> None:
    by_table = defaultdict[str, list[Check]](list)
    for check in base.checks(rule):
        by_table[_column(check)[0]].append(check)
    if not by_table:
        assert rule in {entry.rule.id for entry in base.plan.not_run}
        return
    missed = []
    for table, checks in by_table.items():
        changes = ", ".join(f"{name(_column(check)[1])} = {_WRONG[rule]}" for check in checks)
        fault = Fault("sweep", rule, (f"UPDATE {stored(table)} SET {changes}",))
        changed, fired = base.fired(fault, checks)
        assert changed, f"{table} has no rows"
        missed += [check.subject for check in checks if (rule, check.subject) not in fired]
    assert missed == []


def test_every_text_is_measured(base: Base) -> None:
    missed = []
    for check in base.checks("structure.length"):
        table, column = _column(check)
        size = base.open_.ground.catalog[table][column].type.max_length or 0
        first = f"WHERE rowid = (SELECT min(rowid) FROM {stored(table)})"
        longer = f"UPDATE {stored(table)} SET {name(column)} = repeat('x', {size + 1}) {first}"
        _, fired = base.fired(Fault("sweep", check.rule.id, (longer,)), [check])
        exact = f"UPDATE {stored(table)} SET {name(column)} = repeat('x', {size}) {first}"
        _, too_strict = base.fired(Fault("sweep", check.rule.id, (exact,)), [check])
        missed += [check.subject] if not fired or too_strict else []
    assert missed == []


@pytest.mark.parametrize("rule", ["structure.primary-key", "structure.unique-key"])
def test_every_key_is_checked(base: Base, rule: str) -> None:
    missed = []
    for check in base.checks(rule):
        table = base.open_.ground.catalog[check.subject.partition("(")[0]]
        twice = f"INSERT INTO {stored(table.name)} SELECT * FROM {stored(table.name)} LIMIT 1"
        filled = ", ".join(_some(table[c]) for c in _key(check))
        statements = (f"UPDATE {stored(table.name)} SET {filled}", twice)
        _, fired = base.fired(Fault("sweep", rule, statements), [check])
        missed += [check.subject] if not fired else []
    assert missed == []


def test_every_text_key_is_checked_in_the_collation(base: Base) -> None:
    missed = []
    for check in base.checks("structure.unique-in-collation"):
        table = base.open_.ground.catalog[check.subject.partition("(")[0]]
        same = ", ".join(_some(table[c]) for c in _key(check))
        other = ", ".join(_same_in_collation(table[c]) for c in _key(check))
        statements = (
            f"UPDATE {stored(table.name)} SET {same}",
            (
                f"INSERT INTO {stored(table.name)} SELECT * REPLACE ({other}) "
                f"FROM {stored(table.name)} LIMIT 1"
            ),
        )
        _, fired = base.fired(Fault("sweep", check.rule.id, statements), [check])
        missed += [check.subject] if not fired else []
    assert missed == []


def _key(check: Check) -> list[str]:
    return check.subject.partition("(")[2].rstrip(")").split(", ")


def _some(column: Column) -> str:
    if column.type.base == "enum":
        value = f"'{column.type.labels[0]}'"
    elif column.type.is_integer:
        value = "7"
    elif column.type.base == "date":
        value = "DATE '2024-01-02'"
    else:
        value = "'Cafe'"
    return f"{name(column.name)} = {value}"


def _same_in_collation(column: Column) -> str:
    value = "'CAFÉ  '" if column.type.is_text else name(column.name)
    return f"{value} AS {name(column.name)}"


def test_every_declared_reference_is_followed(base: Base) -> None:
    missed = []
    for check in base.checks("references.declared"):
        table, column = _column(check)
        column = column.partition(" -> ")[0]
        broken = f"UPDATE {stored(table)} SET {name(column)} = {_NOWHERE}"
        _, fired = base.fired(Fault("sweep", check.rule.id, (broken,)), [check])
        missed += [check.subject] if not fired else []
    assert missed == []


def test_every_other_reference_is_followed(base: Base) -> None:
    checks = {
        check.subject: check
        for rule in ("references.logical", "references.json", "references.nothing")
        for check in base.checks(rule)
    }
    catalog = base.open_.ground.catalog
    tried = set()
    missed = []
    for reference in catalog.references:
        subject = _subject(reference)
        check = checks[subject]
        tried.add(subject)
        statement = _broken(catalog[reference.table], reference)
        changed, fired = base.fired(Fault("sweep", check.rule.id, (statement,)), [check])
        missed += [subject] if not (changed and fired) else []
    assert missed == []
    assert tried == set(checks)


def _subject(reference: Reference) -> str:
    path = (reference.json_path or "").removeprefix("$")
    subject = f"{reference.table}.{reference.column}{path} -> {reference.ref_table or 'nothing'}"
    return f"{subject} ({'|'.join(reference.when[1])})" if reference.when else subject


def _broken(table: Table, reference: Reference) -> str:
    kind = table[reference.column].type
    value = str(_NOWHERE) if kind.is_integer else "'nowhere'"
    if reference.kind == "json":
        value = f"'{_json_at(reference.json_path or '$')}'"
    changes = [f"{name(reference.column)} = {value}"]
    if reference.when:
        changes.append(f"{name(reference.when[0])} = '{reference.when[1][0]}'")
    return f"UPDATE {stored(table.name)} SET {', '.join(changes)}"


def _json_at(path: str) -> str:
    """Return a document that holds an id from nowhere at a path such as ``$.a[*].b``."""
    document = str(_NOWHERE)
    for step in reversed(path.removeprefix("$").replace("[*]", ".*").strip(".").split(".")):
        document = (
            f"[{document}]" if step == "*" else f'{{"{step}": {document}}}' if step else document
        )
    return document


def test_every_kind_of_reference_must_be_known(base: Base) -> None:
    missed = []
    for check in base.checks("references.kind"):
        table, column = _column(check)
        kinds = {
            reference.when[0]
            for reference in base.open_.ground.catalog.references
            if (reference.table, reference.column) == (table, column) and reference.when
        }
        unknown = ", ".join(f"{name(kind)} = 'nothing known'" for kind in kinds)
        some = f"{name(column)} = 1"
        statement = f"UPDATE {stored(table)} SET {unknown}, {some}"
        _, fired = base.fired(Fault("sweep", check.rule.id, (statement,)), [check])
        missed += [check.subject] if not fired else []
    assert missed == []


def test_every_deleted_parent_is_missed(base: Base) -> None:
    """A parent that is marked deleted is noticed by all that refer to it and are live."""
    catalog = base.open_.ground.catalog
    by_parent = defaultdict[str, list[Check]](list)
    for check in base.checks("references.deleted"):
        by_parent[check.subject.partition(" -> ")[2].partition(" ")[0]].append(check)
    missed, referring = [], 0
    for parent, checks in by_parent.items():
        mark = "deletedAt" if "deletedAt" in catalog[parent] else "deleted_at"
        for check in checks:
            anyone = check.rows.replace(f'p."{mark}" IS NOT NULL', "true")
            assert anyone != check.rows
            live = base.count([Check(check.rule, check.subject, check.tables, anyone)])
            deleted = f"UPDATE {stored(parent)} SET {mark} = TIMESTAMP '2024-01-02 00:00:00'"
            with planted(base.open_, Fault("sweep", check.rule.id, (deleted,)), ()):
                found = base.count([check])
            referring += bool(live)
            missed += [check.subject] if found != live else []
    assert missed == []
    assert referring > 0 or not by_parent


def test_every_state_machine_is_held(base: Base) -> None:
    missed = []
    for check in base.checks("states.reachable"):
        table, column = _column(check)
        if base.open_.ground.catalog[table][column].type.is_integer:
            statement = "UPDATE stored.workflow_statuses SET slug = 'nowhere'"
        else:
            statement = f"UPDATE {stored(table)} SET {name(column)} = 'nowhere'"
        _, fired = base.fired(Fault("sweep", check.rule.id, (statement,)), [check])
        missed += [check.subject] if not fired else []
    assert missed == []
