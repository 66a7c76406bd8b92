"""SQL that finds rows which refer to nothing, one anti-join per reference of a catalog.

Declared foreign keys and the references that a schema does not declare take the same road. Values
of text are compared byte by byte, beside the collation's comparison that can use an index: to a
server 'a' equals 'A', to the application it does not. Running the SQL is ``proving``'s business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from terpseed.catalog.ddl import quoted, text_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terpseed.catalog import Catalog, ForeignKey, Reference, Table


@dataclass(frozen=True, slots=True)
class AntiJoin:
    """A query for the rows that break one reference.

    Attributes:
        table: the referring table.
        title: the reference for people, for example ``orders.client_id -> clients.id``.
        tables: every table that the query reads.
        source: SQL from FROM on; ``c`` is the referring table, one row each that breaks it.
        value: SQL of the referring value.
    """

    table: str
    title: str
    tables: frozenset[str]
    source: str
    value: str

    def among(self, condition: str) -> AntiJoin:
        """Return the query for those rows alone that meet a condition; empty for all rows."""
        if not condition:
            return self
        return replace(self, source=f"{self.source} AND {condition}")

    def example_sql(self, key: tuple[str, ...]) -> str:
        """Return SQL of one row that breaks the reference: its primary key, then its value."""
        columns = ", ".join([*(f"c.{quoted(name)}" for name in key), self.value])
        return f"SELECT {columns} {self.source} ORDER BY {columns} LIMIT 1"


def anti_joins(catalog: Catalog, parents: Callable[[str], str] = quoted) -> tuple[AntiJoin, ...]:
    """Return a query per declared and per logical reference of a catalog, in its order.

    Args:
        catalog: the catalog.
        parents: SQL of the rows of a table that may be referred to; the table itself if all may.
    """
    return tuple(_all(catalog, parents))


def _all(catalog: Catalog, parents: Callable[[str], str]) -> Iterator[AntiJoin]:
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            yield _declared(table, key, parents)
    for reference in catalog.references:
        yield _logical(catalog, reference, parents)


def _declared(table: Table, key: ForeignKey, parents: Callable[[str], str]) -> AntiJoin:
    pairs = list(zip(key.columns, key.ref_columns, strict=True))
    on = " AND ".join(f"p.{quoted(theirs)} = c.{quoted(ours)}" for ours, theirs in pairs)
    given = " AND ".join(f"c.{quoted(ours)} IS NOT NULL" for ours in key.columns)
    return AntiJoin(
        table=table.name,
        title=f"{table.name}.{'+'.join(key.columns)} -> {key.ref_table}"
        f".{'+'.join(key.ref_columns)}",
        tables=frozenset({table.name, key.ref_table}),
        source=f"FROM {quoted(table.name)} c LEFT JOIN {parents(key.ref_table)} p ON {on}"
        f" WHERE {given} AND p.{quoted(key.ref_columns[0])} IS NULL",
        value=f"c.{quoted(key.columns[0])}"
        if len(pairs) == 1
        else "CONCAT_WS(', ', " + ", ".join(f"c.{quoted(ours)}" for ours, _ in pairs) + ")",
    )


def _logical(catalog: Catalog, reference: Reference, parents: Callable[[str], str]) -> AntiJoin:
    ours = f"c.{quoted(reference.column)}"
    where = _condition(reference)
    child = quoted(reference.table)
    parent = parents(reference.ref_table) if reference.ref_table else ""
    theirs = f"p.{quoted(reference.ref_column)}"
    tables = {reference.table, reference.ref_table} - {""}
    title = f"{reference.table}.{reference.column}"
    if reference.json_path:
        title += f" at {reference.json_path}"
    if reference.when:
        title += f" ({reference.when[0]} {' or '.join(reference.when[1])})"
    value = ours
    if reference.kind == "null":
        title += " is NULL"
        source = f"FROM {child} c WHERE {ours} IS NOT NULL"
    elif reference.kind == "zero":
        title += " is 0"
        source = f"FROM {child} c WHERE ({ours} <> 0 OR {ours} IS NULL)"
    elif reference.kind == "url":
        title += f" ends a {reference.ref_table}.{reference.ref_column}"
        source = (
            f"FROM {child} c WHERE {ours} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} p"
            f" WHERE CAST(RIGHT({theirs}, CHAR_LENGTH({ours})) AS BINARY) = CAST({ours} AS BINARY))"
        )
    else:
        title += f" -> {reference.ref_table}.{reference.ref_column}"
        numbers = (
            reference.kind != "json" and catalog[reference.table][reference.column].type.is_integer,
            catalog[reference.ref_table][reference.ref_column].type.is_integer,
        )
        origin = f"FROM {child} c"
        if reference.kind == "json":
            value = "j.v"
            # Text and not a number: '12x' must not pass for 12.
            origin += (
                f" JOIN JSON_TABLE({ours}, {text_literal(reference.json_path or '$')}"
                " COLUMNS (v VARCHAR(255) CHARACTER SET utf8mb4 PATH '$')) j"
            )
        on = _equal(theirs, value, numbers)
        source = (
            f"{origin} LEFT JOIN {parent} p ON {on} WHERE {value} IS NOT NULL AND {theirs} IS NULL"
        )
    if reference.also:
        allowed = ", ".join(_bytes(text_literal(text)) for text in reference.also)
        where += f" AND {_bytes(value)} NOT IN ({allowed})"
    return AntiJoin(reference.table, title, frozenset(tables), source + where, value)


def _equal(theirs: str, ours: str, numbers: tuple[bool, bool]) -> str:
    """Return SQL that compares exactly.

    Args:
        theirs: SQL of the value referred to.
        ours: SQL of the referring value.
        numbers: whether ours and theirs are whole numbers.
    """
    if numbers == (True, True):
        return f"{theirs} = {ours}"
    same = f"{_bytes(theirs)} = {_bytes(ours)}"
    # The number lets the server use the key; the text decides, for '12x' is not 12.
    return f"{theirs} = CAST({ours} AS SIGNED) AND {same}" if numbers == (False, True) else same


def _condition(reference: Reference) -> str:
    if reference.when is None:
        return ""
    column, values = reference.when
    names = ", ".join(_bytes(text_literal(value)) for value in values)
    return f" AND {_bytes(f'c.{quoted(column)}')} IN ({names})"


def _bytes(sql: str) -> str:
    return f"CAST({sql} AS BINARY)"
