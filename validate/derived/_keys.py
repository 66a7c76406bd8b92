"""Primary and unique keys hold, natural keys also under the server's collation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.rule import Check, Rule
from validate.sql import name, stored, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog import Table
    from validate._ground import Ground

PRIMARY = Rule(
    "structure.primary-key",
    "primary keys are unique",
    "error",
    "No two rows of a table share a primary key, and no part of one is NULL.",
    "The server keeps one of the rows and skips the others, with a warning.",
    "catalog",
)
UNIQUE = Rule(
    "structure.unique-key",
    "unique keys are unique",
    "error",
    "No two rows share the values of a unique key; rows with a NULL in it do not count.",
    "The server keeps one of the rows and skips the others, with a warning.",
    "catalog",
)
COLLATION = Rule(
    "structure.unique-in-collation",
    "natural keys differ by more than case, accents or trailing spaces",
    "error",
    "No two values of a unique text key are equal in the server's collation.",
    "MySQL takes 'a', 'A' and 'a ' for the same key and skips the second row.",
    "catalog",
)
RULES = (PRIMARY, UNIQUE, COLLATION)


def checks(ground: Ground) -> Iterator[Check]:
    """Yield the checks of every key whose columns are there."""
    for table in tables_of(ground.catalog):
        if table.name in ground.missing:
            continue
        lost = ground.lost.get(table.name, frozenset())
        keys = [(PRIMARY, table.primary_key)]
        keys += [(UNIQUE, key) for key in dict.fromkeys(table.unique)]
        for rule, key in keys:
            if key and not lost.intersection(key):
                yield from _key_checks(rule, table, key)


def _key_checks(rule: Rule, table: Table, key: tuple[str, ...]) -> Iterator[Check]:
    subject = f"{table.name}({', '.join(key)})"
    plain = [name(column) for column in key]
    yield _duplicates(rule, subject, table, plain, null_counts=rule is PRIMARY)
    texts = {column for column in key if table[column].type.is_text}
    if texts:
        folded = [
            f"rtrim(lower(strip_accents(CAST({name(column)} AS VARCHAR))))"
            if column in texts
            else name(column)
            for column in key
        ]
        yield _duplicates(COLLATION, subject, table, folded, distinct=plain)


def _duplicates(
    rule: Rule,
    subject: str,
    table: Table,
    values: list[str],
    *,
    null_counts: bool = False,
    distinct: list[str] | None = None,
) -> Check:
    """Return a check for values that several rows share.

    Args:
        rule: the promise.
        subject: what is checked.
        table: where.
        values: expressions that together are the key.
        null_counts: whether a NULL in the key is a finding (else such rows are left out).
        distinct: expressions that must differ between the rows for them to be a finding.
    """
    names = [f"key_{i + 1}" for i in range(len(values))]
    listed = ", ".join(f"{value} AS {alias}" for value, alias in zip(values, names, strict=True))
    where = " AND ".join(f"{value} IS NOT NULL" for value in values)
    having = f"count(DISTINCT ({', '.join(distinct)})) > 1" if distinct else "count(*) > 1"
    rows = (
        f"SELECT {listed}, count(*) AS actual FROM {stored(table.name)} "
        f"WHERE {where} GROUP BY {', '.join(names)} HAVING {having}"
    )
    different = f"count(DISTINCT {_one(values, where)})"
    if distinct:
        measure = f"{different} <> count(DISTINCT {_one(distinct, where)})"
    elif null_counts:
        measure = f"{different} <> count(*)"
        rows += f" UNION ALL SELECT {listed}, 1 FROM {stored(table.name)} WHERE NOT ({where})"
    else:
        measure = f"{different} <> count(*) FILTER ({where})"
    return Check(rule, subject, frozenset({table.name}), rows, measure=measure)


def _one(values: list[str], where: str) -> str:
    """Return several values as one that is NULL if one of them is."""
    return values[0] if len(values) == 1 else f"CASE WHEN {where} THEN ({', '.join(values)}) END"
