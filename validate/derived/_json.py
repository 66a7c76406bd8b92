"""Each value of a JSON column is what its definition says.

Definitions are ``terpseed.json_types``. Columns without one, of a schema that is not TERP's or is
newer, are not looked at here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terpseed.json_types import Form, JsonColumn, json_column, json_columns
from validate._json_forms import wrong
from validate._json_problems import problems
from validate.rule import Check, Rule
from validate.sql import key_columns, name, stored, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog import Table
    from validate._ground import Ground

TYPED = Rule(
    "structure.json-types",
    "JSON holds what its column is for",
    "error",
    "Every value of a JSON column, and of a text column that holds JSON, has the keys, the types "
    "and the words that the application reads there, in every element of every list.",
    "A page that reads a number and finds a text, or misses a key, breaks or computes nonsense.",
    "catalog",
)
RULES = (TYPED,)


def checks(ground: Ground) -> Iterator[Check]:
    """Yield one check for each column with a definition that is there."""
    for table, column in json_columns():
        definition = json_column(table, column, ground.catalog)
        needed = (column, *(definition.by if definition else ()))
        if definition and not any(ground.why_no_column(table, needs) for needs in needed):
            yield _check(ground.catalog[table], column, definition)


def _check(table: Table, column: str, definition: JsonColumn) -> Check:
    value = f"CAST({name(column)} AS VARCHAR)"
    cases = list(_cases(definition))
    conditions = [
        (kinds, f"{value} IS NOT NULL" if form is None else wrong(form, value))
        for kinds, form in cases
    ]
    if len(conditions) == 1:
        unfit = conditions[0][1]
    else:
        branches = "".join(f"WHEN {kinds} THEN {bad} " for kinds, bad in conditions[:-1])
        unfit = f"CASE {branches}ELSE {conditions[-1][1]} END"
    # What is no JSON at all stops the functions that read it. In a JSON column that is a finding of
    # its own; in a text column it is one of this rule.
    otherwise = "false" if table[column].type.base == "json" else f"{value} IS NOT NULL"
    unfit = f"CASE WHEN json_valid({value}) THEN {unfit} ELSE {otherwise} END"
    return Check(
        TYPED,
        f"{table.name}.{column}",
        frozenset({table.name}),
        rows=" UNION ALL BY NAME ".join(_rows(table, column, cases)),
        measure=f"count(*) FILTER ({unfit})",
    )


def _cases(definition: JsonColumn) -> Iterator[tuple[str, Form | None]]:
    """Yield which rows have which form; the last condition is that of all others."""
    grouped: dict[Form | None, list[tuple[str, ...]]] = {}
    for kind, form in definition.forms.items():
        grouped.setdefault(form, []).append(kind)
    for form, kinds in grouped.items():
        yield " OR ".join(_is_kind(definition.by, kind) for kind in kinds), form
    listed = " OR ".join(_is_kind(definition.by, kind) for kind in definition.forms)
    yield f"NOT coalesce({listed}, false)" if listed else "true", definition.otherwise


def _is_kind(columns: tuple[str, ...], kind: tuple[str, ...]) -> str:
    return " AND ".join(
        f"{name(column)} = {text(word)}" for column, word in zip(columns, kind, strict=True)
    )


def _rows(table: Table, column: str, cases: list[tuple[str, Form | None]]) -> Iterator[str]:
    """Yield queries of what is wrong: keys, path, expected, actual."""
    names = [key for key in key_columns(table) if key != column]
    keys = ", ".join(name(key) for key in names)
    value = f"CAST({name(column)} AS VARCHAR)"
    source = f"FROM {stored(table.name)}"
    if table[column].type.base != "json":
        # A JSON column that holds none breaks a rule of its own.
        yield (
            f"SELECT {keys}, '$' AS path, 'JSON' AS expected, left({value}, 60) AS actual "
            f"{source} WHERE NOT json_valid({value})"
        )
    valid = f"SELECT {keys}, {value} AS x, '$' AS here {source} WHERE json_valid({value})"
    for kinds, form in cases:
        if form is None:
            yield (
                f"SELECT {keys}, here AS path, 'NULL' AS expected, left(x, 60) AS actual "
                f"FROM ({valid} AND ({kinds}))"
            )
        else:
            yield from problems(form, f"{valid} AND ({kinds})", keys)
