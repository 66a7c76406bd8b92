"""What a row refers to exists: declared foreign keys, and what the schema does not declare."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from terpseed.catalog import nearest_version, shipped
from validate.rule import Check, Rule
from validate.sql import deleted_column, key_columns, name, tables_of, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog import Reference, Table
    from validate._ground import Ground

# Logs and trails tell of what is gone, and its members go with a list: they have no mark of their
# own, and nobody comes to the deleted row through them.
_OUTLIVES = frozenset(
    {
        "auditLogs",
        "calendar_event_history",
        "feature_flag_audit_logs",
        "todo_list_members",
        "todo_task_activity",
    }
)

_REVERSED = frozenset({("ledgerEntries", "payments"), ("bankTransactions", "payments")})
"""Books that keep a payment which was voided, beside the entry that takes it back."""

DECLARED = Rule(
    "references.declared",
    "declared references resolve",
    "error",
    "Every value of a declared foreign key exists in the referred table.",
    "The server skips the row, or keeps an orphan if its checks are off during the load.",
    "catalog",
)
LOGICAL = Rule(
    "references.logical",
    "undeclared references resolve",
    "error",
    "Every value of a column that TERP follows without a foreign key exists where it looks.",
    "The application joins to nothing: names, amounts and whole rows vanish from its pages.",
    "catalog",
)
IN_JSON = Rule(
    "references.json",
    "ids inside JSON resolve",
    "error",
    "Every id that TERP reads out of a JSON column exists in the referred table.",
    "Order items, sales sheets and rule lists show gaps or break.",
    "catalog",
)
NOTHING = Rule(
    "references.nothing",
    "rows that refer to nothing say so",
    "error",
    "Where a row's kind has no target, the referring column is NULL or 0 as TERP writes it.",
    "Readers would follow the number into an unrelated table.",
    "catalog",
)
KIND = Rule(
    "references.kind",
    "the kind of a reference is known",
    "error",
    "A column that refers to different tables always says to which, in a word that TERP knows.",
    "A reference of unknown kind points at nothing, and nobody can prove it.",
    "catalog",
)
DELETED = Rule(
    "references.deleted",
    "nothing live refers to a deleted row",
    "error",
    "No row that is live refers to a row that is marked deleted.",
    "The application hides deleted rows, so that a live document loses its client or its order.",
    "catalog",
)
RULES = (DECLARED, LOGICAL, IN_JSON, NOTHING, KIND, DELETED)


def checks(ground: Ground) -> Iterator[Check]:
    """Yield the checks of every reference whose two ends are there."""
    for table in tables_of(ground.catalog):
        for key in table.foreign_keys:
            ends = [(table.name, column) for column in key.columns]
            ends += [(key.ref_table, column) for column in key.ref_columns]
            if not any(ground.why_no_column(*end) for end in ends):
                yield from _declared(ground, table, key.columns, key.ref_table, key.ref_columns)
    conditional: dict[tuple[str, str], list[Reference]] = defaultdict(list)
    for reference in ground.catalog.references:
        if not _is_there(ground, reference):
            continue
        yield from _logical(ground, reference)
        conditional[reference.table, reference.column].append(reference)
    for (table_name, column), references in conditional.items():
        if all(reference.when for reference in references):
            yield _kind(ground, ground.catalog[table_name], column, references)


def _is_there(ground: Ground, reference: Reference) -> bool:
    ends = [(reference.table, reference.column)]
    if reference.when:
        ends.append((reference.table, reference.when[0]))
    if reference.ref_table:
        ends.append((reference.ref_table, reference.ref_column))
    return not any(ground.why_no_column(*end) for end in ends)


def _declared(
    ground: Ground,
    table: Table,
    columns: tuple[str, ...],
    parent: str,
    parent_columns: tuple[str, ...],
) -> Iterator[Check]:
    values = [f"t.{name(column)}" for column in columns]
    match = " AND ".join(
        f"{value} = p.{name(column)}" for value, column in zip(values, parent_columns, strict=True)
    )
    set_ = " AND ".join(f"{value} IS NOT NULL" for value in values)
    subject = f"{table.name}.{', '.join(columns)} -> {parent}"
    tables = frozenset({table.name, parent})
    shown = _shown(table, *columns)
    source = f"FROM {ground.relation(table.name)} t"
    yield Check(
        DECLARED,
        subject,
        tables,
        f"SELECT {shown} {source} ANTI JOIN {ground.relation(parent)} p ON {match} WHERE {set_}",
    )
    rows = f"{shown} {source}"
    yield from _of_deleted(ground, table, parent, subject=subject, shown=rows, match=match)


def _of_deleted(
    ground: Ground,
    table: Table,
    parent: str,
    *,
    subject: str,
    shown: str,
    match: str,
    when: str = "",
) -> Iterator[Check]:
    """Yield the check that no live row refers to a deleted one, if the parent marks them."""
    mark = deleted_column(ground.catalog[parent])
    if mark is None or ground.why_no_column(parent, mark) or parent == table.name:
        return
    if table.name in _OUTLIVES or (table.name, parent) in _REVERSED:
        return
    own = deleted_column(table)
    live = f"t.{name(own)} IS NULL" if own and not ground.why_no_column(table.name, own) else "true"
    yield Check(
        DELETED,
        subject,
        frozenset({table.name, parent}),
        f"SELECT {shown} JOIN {ground.relation(parent)} p ON {match} "
        f"WHERE p.{name(mark)} IS NOT NULL AND {live}{when}",
        gate=f"EXISTS (SELECT 1 FROM {ground.relation(parent)} WHERE {name(mark)} IS NOT NULL)",
    )


def _logical(ground: Ground, reference: Reference) -> Iterator[Check]:
    table, column = ground.catalog[reference.table], f"t.{name(reference.column)}"
    shown, source = _shown(table, reference.column), f"FROM {ground.relation(reference.table)} t"
    when, subject = _when(reference), _subject(reference)
    if reference.kind in {"null", "zero"}:
        wrong = f"{column} IS NOT NULL" if reference.kind == "null" else f"{column} <> 0"
        own = frozenset({reference.table})
        yield Check(NOTHING, subject, own, f"SELECT {shown} {source} WHERE {wrong}{when}")
        return
    parent, target = ground.relation(reference.ref_table), f"p.{name(reference.ref_column)}"
    tables = frozenset({reference.table, reference.ref_table})
    if reference.kind == "json":
        values = _json_values(ground, reference, when)
        also = f" AND value NOT IN {texts(reference.also)}" if reference.also else ""
        rows = (
            f"SELECT t.* FROM (SELECT {shown.replace(column + ' AS actual', 'value AS actual')} "
            f"{values}) t ANTI JOIN {parent} p ON CAST({target} AS VARCHAR) = t.actual "
            f"WHERE t.actual IS NOT NULL{also.replace('value', 't.actual')}"
        )
        yield Check(IN_JSON, subject, tables, rows)
        return
    if reference.kind == "url":
        match = f"ends_with({target}, '/' || {column})"
    elif _comparable(ground, reference):
        match = f"{target} = {column}"
    else:
        match = f"CAST({target} AS VARCHAR) = CAST({column} AS VARCHAR)"
    also = (
        f" AND CAST({column} AS VARCHAR) NOT IN {texts(reference.also)}" if reference.also else ""
    )
    yield Check(
        LOGICAL,
        subject,
        tables,
        f"SELECT {shown} {source} ANTI JOIN {parent} p ON {match} "
        f"WHERE {column} IS NOT NULL{when}{also}",
    )
    if reference.kind == "plain":
        yield from _of_deleted(
            ground,
            table,
            reference.ref_table,
            subject=subject,
            shown=f"{shown} {source}",
            match=match,
            when=when,
        )


def _comparable(ground: Ground, reference: Reference) -> bool:
    own = ground.catalog[reference.table][reference.column].type
    other = ground.catalog[reference.ref_table][reference.ref_column].type
    return own.is_integer == other.is_integer


def _json_values(ground: Ground, reference: Reference, when: str) -> str:
    """Return FROM and WHERE that give one row per id in the JSON, the id as text ``value``."""
    path = text(reference.json_path or "$")
    column = f"CAST(t.{name(reference.column)} AS VARCHAR)"
    found = f"CASE WHEN json_valid({column}) THEN json_extract_string({column}, {path}) END"
    source = f"{ground.relation(reference.table)} t"
    if "*" in (reference.json_path or ""):
        return f"FROM {source}, unnest({found}) AS found(value) WHERE true{when}"
    return f"FROM (SELECT *, {found} AS value FROM {source}) t WHERE true{when}"


def _kind(ground: Ground, table: Table, column: str, references: list[Reference]) -> Check:
    """Return the check that a conditional reference's condition is always one that is known."""
    known: dict[str, list[str]] = defaultdict(list)
    for reference in (*references, *_of_absent(ground, table, column)):
        if reference.when:
            known[reference.when[0]] += reference.when[1]
    unknown = " AND ".join(
        f"coalesce(CAST(t.{name(kind)} AS VARCHAR), '') NOT IN {texts(sorted(set(words)))}"
        for kind, words in sorted(known.items())
    )
    return Check(
        KIND,
        f"{table.name}.{column}",
        frozenset({table.name}),
        f"SELECT {_shown(table, column)}, {', '.join('t.' + name(kind) for kind in sorted(known))} "
        f"FROM {ground.relation(table.name)} t WHERE t.{name(column)} IS NOT NULL AND {unknown}",
    )


def _of_absent(ground: Ground, table: Table, column: str) -> Iterator[Reference]:
    """Yield a column's references into tables that the schema lacks and the nearest version has."""
    nearest = nearest_version(ground.catalog)
    for reference in shipped(nearest).references if nearest else ():
        absent = reference.ref_table and reference.ref_table not in ground.catalog
        kinds = reference.when is not None and reference.when[0] in table
        if (reference.table, reference.column) == (table.name, column) and absent and kinds:
            yield reference


def _when(reference: Reference) -> str:
    if reference.when is None:
        return ""
    column, words = reference.when
    return f" AND CAST(t.{name(column)} AS VARCHAR) IN {texts(words)}"


def _subject(reference: Reference) -> str:
    path = (reference.json_path or "").removeprefix("$")
    subject = f"{reference.table}.{reference.column}{path} -> {reference.ref_table or 'nothing'}"
    return f"{subject} ({'|'.join(reference.when[1])})" if reference.when else subject


def _shown(table: Table, *columns: str) -> str:
    """Return the columns to show: the key, then the referring column as ``actual``."""
    keys = [f"t.{name(key)}" for key in key_columns(table) if key not in columns]
    if len(columns) == 1:
        return ", ".join([*keys, f"t.{name(columns[0])} AS actual"])
    return ", ".join(keys + [f"t.{name(column)}" for column in columns])
