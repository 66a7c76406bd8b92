"""A live database as a catalog, from ``information_schema``.

MySQL and MariaDB describe the same table in different words; here they are brought to one form,
so that a catalog compares equal whichever server holds it. What a catalog does not model is left
out: views, full-text, spatial and functional indexes, collations, checks.
"""

from __future__ import annotations

import re
from contextlib import closing
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from terpseed.catalog._server_made import Key, made_for
from terpseed.catalog.knowledge import with_knowledge
from terpseed.catalog.model import Catalog, Column, ColumnType, ForeignKey, Table
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from terpseed.connection import Connection

_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = %s AND table_type = 'BASE TABLE' ORDER BY table_name"""
_COLUMNS = """
SELECT table_name, column_name, column_type, is_nullable, column_default, extra,
       generation_expression
FROM information_schema.columns WHERE table_schema = %s ORDER BY table_name, ordinal_position"""
_INDEXES = """
SELECT table_name, index_name, non_unique, column_name
FROM information_schema.statistics
WHERE table_schema = %s AND index_type NOT IN ('FULLTEXT', 'SPATIAL')
ORDER BY table_name, index_name, seq_in_index"""
_FOREIGN_KEYS = """
SELECT u.table_name, u.constraint_name, r.delete_rule, u.referenced_table_name,
       u.column_name, u.referenced_column_name
FROM information_schema.key_column_usage u
JOIN information_schema.referential_constraints r
  ON r.constraint_schema = u.constraint_schema AND r.constraint_name = u.constraint_name
 AND r.table_name = u.table_name
WHERE u.table_schema = %s AND u.referenced_table_name IS NOT NULL
ORDER BY u.table_name, u.constraint_name, u.ordinal_position"""
# MariaDB only: its JSON is a long text with this check.
_JSON_CHECKS = """
SELECT table_name, check_clause FROM information_schema.check_constraints
WHERE constraint_schema = %s AND check_clause LIKE 'json_valid(%%'"""

_JSON_CHECK = re.compile(r"^\s*json_valid\(`((?:[^`]|``)+)`\)\s*$", re.IGNORECASE)
_NOW = re.compile(r"^(now|current_timestamp|localtime|localtimestamp)(\(\d*\))?$", re.IGNORECASE)
_TEXT = re.compile(r"^(?:_[a-z0-9]+\s*)?'((?:[^'\\]|''|\\.)*)'$", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|''|\\.)*'|`[^`]*`", re.DOTALL)
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")


def pull(connection: Connection, database: str | None = None) -> Catalog:
    """Read the catalog of a live database.

    A database that resembles a shipped version gets what that version knows beyond its schema,
    see ``with_knowledge``.

    Args:
        connection: an open connection; any transaction on it stays as it is.
        database: the database; the connection's own if None.

    Raises:
        SchemaError: if there is no such database, or it holds no tables.
    """
    with closing(connection.cursor()) as cursor:

        def rows(query: str, *values: str) -> list[tuple[Any, ...]]:
            cursor.execute(query, values)
            return [tuple(_plain(cell) for cell in row) for row in cast("list[Any]", cursor)]

        ((current, server),) = rows("SELECT DATABASE(), VERSION()")
        name = database or current
        if name is None:
            raise SchemaError("no database is named", then="add /DATABASE to the URL")
        names = [row[0] for row in rows(_TABLES, name)]
        if not names:
            raise SchemaError(
                "the database holds no tables, or does not exist",
                where=str(name),
                then="create a TERP schema in it: `terpseed schema ddl | mysql ...`",
            )
        is_mariadb = "mariadb" in server.lower()
        columns = _by_table(rows(_COLUMNS, name))
        indexes = _by_table(rows(_INDEXES, name))
        foreign = _by_table(rows(_FOREIGN_KEYS, name))
        checks = _by_table(rows(_JSON_CHECKS, name) if is_mariadb else [])
    return with_knowledge(
        Catalog(
            version=name,
            tables={
                table: _table(
                    table,
                    columns.get(table, ()),
                    indexes.get(table, ()),
                    foreign.get(table, ()),
                    _json_columns(checks.get(table, ())),
                    is_mariadb=is_mariadb,
                )
                for table in names
            },
            source=f"database {name} on {'MariaDB' if is_mariadb else 'MySQL'} {server}",
        )
    )


def read_default(text: str | None, *, is_mariadb: bool, is_expression: bool) -> str | None:
    """Return a default in the catalog's words out of what a server says.

    Args:
        text: ``column_default``.
        is_mariadb: whether MariaDB says it: there literals stand in quotes and NULL is a word.
        is_expression: whether MySQL marks it as computed.
    """
    if text is None or (is_mariadb and text.upper() == "NULL"):
        return None
    if _NOW.match(text) and (is_mariadb or is_expression):
        return "now()"
    if not is_mariadb and not is_expression:
        return text
    unescaped = text if is_mariadb else _unescaped(text)
    if match := _TEXT.match(unescaped):
        return re.sub(r"\\(.)|''", lambda m: m[1] or "'", match[1], flags=re.DOTALL)
    if is_mariadb and _NUMBER.match(unescaped):
        return unescaped
    return _in_brackets(unescaped)


def _table(
    name: str,
    columns: Sequence[tuple[Any, ...]],
    indexes: Sequence[tuple[Any, ...]],
    foreign: Sequence[tuple[Any, ...]],
    json_columns: frozenset[str],
    *,
    is_mariadb: bool,
) -> Table:
    primary: tuple[str, ...] = ()
    unique: list[tuple[str, ...]] = []
    plain: list[Key] = []
    for (index, non_unique), group in groupby(indexes, key=lambda row: (row[0], row[1])):
        key = tuple(row[2] for row in group)
        if None in key:  # MySQL: an index on an expression
            continue
        if index == "PRIMARY":
            primary = key
        elif non_unique:
            plain.append(Key(index, key))
        else:
            unique.append(key)
    constraints: list[Key] = []
    foreign_keys: list[ForeignKey] = []
    for (constraint, rule, referred), group in groupby(foreign, key=lambda row: row[:3]):
        pairs = [row[3:5] for row in group]
        key = tuple(pair[0] for pair in pairs)
        constraints.append(Key(constraint, key))
        foreign_keys.append(ForeignKey(key, referred, tuple(pair[1] for pair in pairs), rule))
    return Table(
        name=name,
        columns=tuple(
            _column(row, is_json=row[0] in json_columns, is_mariadb=is_mariadb) for row in columns
        ),
        primary_key=primary,
        unique=tuple(sorted(unique)),
        foreign_keys=tuple(sorted(foreign_keys, key=lambda key: (key.columns, key.ref_table))),
        indexes=tuple(sorted(key.columns for key in plain if not made_for(key, name, constraints))),
    )


def _column(row: tuple[Any, ...], *, is_json: bool, is_mariadb: bool) -> Column:
    name, type_text, nullable, default, extra, generation = row
    marks = (extra or "").lower()
    is_generated = bool(generation)
    if is_generated:
        value: str | None = _in_brackets(generation if is_mariadb else _unescaped(generation))
    else:
        is_expression = "default_generated" in marks
        value = read_default(default, is_mariadb=is_mariadb, is_expression=is_expression)
    return Column(
        name=name,
        type=ColumnType("json") if is_json else ColumnType.parse(type_text),
        nullable=nullable == "YES",
        default=value,
        auto_increment="auto_increment" in marks,
        on_update_now="on update" in marks,
        generated=is_generated,
    )


def _unescaped(expression: str) -> str:
    """Take away the escapes that MySQL adds to an expression as a whole."""
    return re.sub(r"\\(.)", r"\1", expression, flags=re.DOTALL)


def _in_brackets(expression: str) -> str:
    """Return an expression between one pair of brackets, whether it has one already or not."""
    depth = 0
    bare = _QUOTED.sub(lambda match: "x" * len(match[0]), expression)
    for place, letter in enumerate(bare, 1):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return expression if place == len(bare) > 1 else f"({expression})"
    return f"({expression})"


def _json_columns(checks: Iterable[tuple[Any, ...]]) -> frozenset[str]:
    matches = (_JSON_CHECK.match(clause) for (clause,) in checks)
    return frozenset(match[1].replace("``", "`") for match in matches if match)


def _by_table(rows: Iterable[tuple[Any, ...]]) -> Mapping[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    return found


def _plain(cell: Any) -> Any:
    """Return text as text: depending on server and connector, some columns come as bytes."""
    return bytes(cell).decode() if isinstance(cell, bytes | bytearray) else cell
