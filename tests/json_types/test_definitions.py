"""The definitions cover both shipped schemas and rest on what these have."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Annotated, Any, Literal, NotRequired, TypedDict, get_args, get_type_hints

import pytest

from terpseed.catalog import shipped, shipped_versions
from terpseed.json_types import (
    Either,
    Form,
    Keyed,
    Listing,
    Record,
    appointments,
    audit,
    clients,
    desk,
    example,
    form_of,
    goods,
    json_column,
    json_columns,
    misfits,
    money,
    sales,
)
from terpseed.json_types.words import OPEN, Between, Date, DecimalText, LabelOf, Number

MODULES = (appointments, audit, clients, desk, goods, money, sales)


class Line(TypedDict):
    product: str
    amount: Number
    size: NotRequired[Literal["small", "large"] | None]


@pytest.mark.parametrize("version", shipped_versions())
def test_every_json_column_has_a_definition(version: str) -> None:
    columns = {
        (table.name, column.name)
        for table in shipped(version).tables.values()
        for column in table.columns
        if column.type.base == "json"
    }
    assert columns - set(json_columns()) == set()


def test_every_definition_is_of_a_column() -> None:
    """Every column exists, holds JSON or text, and what it depends on is in its table."""
    for table, column in json_columns():
        definition = json_column(table, column)
        assert definition is not None
        versions = [shipped(v) for v in shipped_versions() if table in shipped(v)]
        held = [catalog[table] for catalog in versions if column in catalog[table]]
        assert held, f"{table}.{column}"
        for owner in held:
            assert owner[column].type.base == "json" or owner[column].type.is_text
            assert all(name in owner for name in definition.by)


def test_kinds_are_labels_of_the_column_that_tells_them() -> None:
    catalog = shipped()
    for table, column in json_columns():
        definition = json_column(table, column, catalog)
        assert definition is not None
        labels = [catalog[table][name].type.labels for name in definition.by]
        for kind in definition.forms:
            for word, known in zip(kind, labels, strict=True):
                assert not known or word in known, f"{table}.{column}: {word}"


def test_every_word_that_the_schema_says_is_known_to_it() -> None:
    """A definition that names an enum finds its labels in one of the shipped versions."""
    found = 0
    for module in MODULES:
        for kind in vars(module).values():
            hints = get_type_hints(kind, include_extras=True) if isinstance(kind, type) else {}
            for mark in marks([kind, *hints.values()]):
                if isinstance(mark, LabelOf):
                    found += 1
                    assert mark.labels(shipped()), f"{module.__name__}: {mark}"
    assert found > 20


def marks(annotations: Any) -> list[Any]:
    """Return everything that annotations are made of, at any depth."""
    parts = [part for one in annotations for part in get_args(one)]
    return [*parts, *marks(parts)] if parts else []


def test_every_record_is_used() -> None:
    used = set[str]()
    for table, column in json_columns():
        definition = json_column(table, column)
        assert definition is not None
        for form in (*definition.forms.values(), definition.otherwise):
            used |= names(form) if form else set()
    defined = {
        name
        for module in MODULES
        for name, kind in vars(module).items()
        if isinstance(kind, type) and kind.__module__ == module.__name__
    }
    assert defined - used == set()


def names(form: Form) -> set[str]:
    match form:
        case Record():
            inner = {name for entry in form.fields.values() for name in names(entry.form)}
            return {form.name, *inner}
        case Listing() | Keyed():
            return names(form.of)
        case Either():
            return {name for one in form.forms for name in names(one)}
        case _:
            return set()


def test_examples_fit() -> None:
    for version in shipped_versions():
        for table, column in json_columns():
            definition = json_column(table, column, shipped(version))
            assert definition is not None
            for form in (*definition.forms.values(), definition.otherwise):
                if form is not None:
                    value = json.loads(json.dumps(example(form)))
                    assert list(misfits(form, value)) == [], f"{table}.{column}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"product": "Flower", "amount": 2.5}, []),
        ({"product": "Flower", "amount": 2, "size": None}, []),
        ({"product": "Flower", "amount": 2, "size": "large"}, []),
        ({"product": "Flower"}, ["$.amount: nothing instead of number"]),
        ({"product": "F", "amount": "2"}, ["$.amount: text 2 instead of number"]),
        ({"product": "F", "amount": True}, ["$.amount: true instead of number"]),
        ({"product": None, "amount": 1}, ["$.product: null instead of text"]),
        (
            {"product": "F", "amount": 1, "size": "huge"},
            ["$.size: text huge instead of one of small, large or null"],
        ),
        (
            {"product": "F", "amount": 1, "colour": []},
            ["$.colour: list of 0 instead of no such key in Line"],
        ),
        ([], ["$: list of 0 instead of object Line"]),
    ],
)
def test_what_does_not_fit_is_named(value: Any, said: list[str]) -> None:
    assert [str(misfit) for misfit in misfits(form_of(Line), value)] == said


def test_elements_are_read_one_by_one() -> None:
    lines = [{"product": "F", "amount": 1}, {"product": "F"}, {"product": 3, "amount": 1}]
    assert [misfit.path for misfit in misfits(form_of(list[Line]), lines)] == [
        "$[1].amount",
        "$[2].product",
    ]


def test_open_records_may_have_more() -> None:
    value = {"product": "F", "amount": 1, "colour": "green"}
    assert list(misfits(form_of(Annotated[Line, OPEN]), value)) == []


@pytest.mark.parametrize(
    ("annotation", "fits", "not_"),
    [
        (Annotated[int, Between(0, 6)], [0, 6], [-1, 7, 1.5, True, "3", None]),
        (Date, ["2024-01-31"], ["2024-1-31", "2024-01-31 ", 20240131]),
        (DecimalText, ["1.5", "-2"], ["", "1.", "one", 1.5]),
        (dict[str, bool], [{}, {"a": True}], [{"a": 1}, {"a": None}, []]),
        (list[int | str], [[], [1, "a"]], [[1.5], [None], {}]),
    ],
)
def test_words_mean_what_they_say(annotation: Any, fits: list[Any], not_: list[Any]) -> None:
    form = form_of(annotation)
    assert [value for value in fits if list(misfits(form, value))] == []
    assert [value for value in not_ if not list(misfits(form, value))] == []


@pytest.mark.parametrize("annotation", [float, set[int], Annotated[str, Between(0, 1)]])
def test_what_json_does_not_have_is_refused(annotation: Any) -> None:
    with pytest.raises(TypeError):
        form_of(annotation)


def test_definitions_need_no_heavy_library() -> None:
    code = (
        "import sys, terpseed.json_types as t; "
        "[t.json_column(*c) for c in t.json_columns()]; "
        "heavy = {'polars', 'duckdb', 'pyarrow', 'sqlglot', 'faker', 'numpy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
