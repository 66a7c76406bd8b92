"""The rule on JSON sees what the definitions say, in every column, key and element."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb

from terpseed.catalog import shipped
from terpseed.json_types import (
    Anything,
    Either,
    Form,
    Keyed,
    Listing,
    Null,
    Number,
    Record,
    Text,
    Truth,
    Whole,
    json_column,
    json_columns,
    misfits,
)
from terpseed.json_types.words import Between
from validate._json_forms import wrong
from validate._json_problems import problems
from validate._run import run_checks
from validate.faults import Fault, planted
from validate.sql import name, stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.validate.base import Base

RULE = "structure.json-types"


SAMPLES: dict[type[Form], Any] = {
    Anything: {"any": ["thing"]},
    Null: None,
    Number: 12.5,
    Truth: True,
    Whole: 7,
}
SAID = {"a date": "2024-01-31", "a moment": "2024-01-31T08:00:00Z", "a time": "08:00"}


def sample(form: Form, *, optional: bool = True) -> Any:
    """Return a value that fits a form: with all keys that a record may have, or with the least."""
    value = SAMPLES.get(type(form))
    match form:
        case Record():
            value = {
                key: sample(entry.form, optional=optional)
                for key, entry in form.fields.items()
                if optional or entry.required
            }
        case Listing():
            value = [sample(form.of, optional=False), sample(form.of)]
        case Keyed():
            value = {"one": sample(form.of), "other": sample(form.of)}
        case Either():
            value = sample(form.forms[0], optional=optional)
        case Text():
            value = sample_text(form)
        case Whole(Between(_, most)):
            value = most
    return value


def sample_text(form: Text) -> str:
    if form.words:
        return form.words[-1]
    if form.like is None:
        return 'it\'s "said" \\ so\nå'
    known = [text for what, text in SAID.items() if form.like.said.startswith(what)]
    return known[0] if known else "12.5"


STRANGE: tuple[Any, ...] = ("?", -70_000, 0.5, None, False, [None], {"strange": 1})


def damaged(form: Form, value: Any) -> Iterator[Any]:
    """Yield copies of a fitting value with one part of it changed, most of which do not fit."""
    yield from STRANGE
    if isinstance(value, dict):
        yield {**value, "strange": "?"}
        for key, child in value.items():
            yield {k: v for k, v in value.items() if k != key}
            for option in _options(form):
                below = _below(option, key)
                if below is not None:
                    yield from ({**value, key: other} for other in damaged(below, child))
    if isinstance(value, list):
        for option in _options(form):
            if isinstance(option, Listing):
                yield []
                yield from ([*value[:-1], other] for other in damaged(option.of, value[-1]))


def _options(form: Form) -> tuple[Form, ...]:
    return form.forms if isinstance(form, Either) else (form,)


def _below(form: Form, key: str) -> Form | None:
    if isinstance(form, Keyed):
        return form.of
    if isinstance(form, Record) and key in form.fields:
        return form.fields[key].form
    return None


def all_forms() -> list[tuple[str, Form]]:
    catalog = shipped()
    found: dict[str, Form] = {}
    for table, column in json_columns():
        definition = json_column(table, column, catalog)
        assert definition is not None
        for form in (*definition.forms.values(), definition.otherwise):
            if form is not None:
                found.setdefault(f"{table}.{column} {form}", form)
    return sorted(found.items())


def test_the_rule_and_the_reader_of_single_values_agree() -> None:
    """What DuckDB finds in a value by a definition is what Python finds in it."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (id INTEGER, x VARCHAR)")
    tried = broken = 0
    for what, form in all_forms():
        values = [sample(form), sample(form, optional=False)]
        values += [other for value in values for other in damaged(form, value)]
        texts = list(dict.fromkeys(json.dumps(value, ensure_ascii=False) for value in values))
        expected = {
            (n, misfit.path, misfit.expected, misfit.actual)
            for n, text in enumerate(texts)
            for misfit in misfits(form, json.loads(text))
        }
        connection.execute("DELETE FROM t")
        connection.execute(
            "INSERT INTO t SELECT unnest($1), unnest($2)", [list(range(len(texts))), texts]
        )
        screened = connection.execute(f"SELECT id FROM t WHERE {wrong(form, 'x')}").fetchall()
        assert {n for (n,) in screened} == {n for n, *_ in expected}, what
        source = "SELECT id, x, '$' AS here FROM t"
        query = " UNION ALL BY NAME ".join(problems(form, source, "id"))
        found = connection.execute(f"SELECT id, path, expected, actual FROM ({query})").fetchall()
        assert {n for n, *_ in found} == {n for n, *_ in expected}, what
        if not _has_choice(form):
            assert set(found) == expected, what
        assert 0 not in {n for n, *_ in expected}, what
        tried, broken = tried + len(texts), broken + len({n for n, *_ in expected})
    assert tried > broken > tried // 2


def _has_choice(form: Form) -> bool:
    """Return whether a form chooses among objects: which of them is then told less exactly."""
    return sum(isinstance(one, Record) for one in _options(form)) > 1


def test_keys_given_twice_are_noticed() -> None:
    definition = json_column("pricing_rules", "conditions")
    assert definition is not None
    assert definition.otherwise is not None
    twice = """'{"grade": "A", "grade": "B"}'"""
    found = duckdb.execute(f"SELECT {wrong(definition.otherwise, twice)}").fetchall()
    assert found == [(True,)]


def test_every_column_is_checked(base: Base) -> None:
    """A number is not what any column holds in all of its rows."""
    missed = []
    for check in base.checks(RULE):
        table, _, column = check.subject.partition(".")
        statement = f"UPDATE {stored(table)} SET {name(column)} = '42'"
        changed, fired = base.fired(Fault("sweep", RULE, (statement,)), [check])
        assert changed, f"{table} has no rows"
        missed += [check.subject] if not fired else []
    assert missed == []


def test_every_json_column_of_the_schema_is_checked(base: Base) -> None:
    checked = {check.subject for check in base.checks(RULE)}
    catalog = base.open_.ground.catalog
    columns = {
        f"{table.name}.{column.name}"
        for table in catalog.tables.values()
        for column in table.columns
        if column.type.base == "json"
    }
    assert columns - checked == set()
    assert checked - columns == {
        "auditLogs.after",
        "auditLogs.before",
        "batches.metadata",
        "strains.aliases",
        "transactions.metadata",
    }


def test_a_finding_says_where_and_what(newest: Base) -> None:
    """Row, path, what should be there and what is: enough to go and correct it."""
    items = json.dumps([{"batchId": "17"}])
    statement = f"UPDATE stored.orders SET items = '{items}' WHERE id = 1"
    (check,) = [check for check in newest.checks(RULE) if check.subject == "orders.items"]
    with planted(newest.open_, Fault("x", RULE, (statement,)), ()):
        (outcome,) = run_checks(newest.open_, [check], kept=100)
    assert outcome.finding is not None
    assert outcome.finding.columns == ("id", "path", "expected", "actual")
    assert (1, "$[0].batchId", "whole number", "text 17") in outcome.finding.rows
    assert (1, "$[0].lineTotal", "number", "nothing") in outcome.finding.rows
