"""Catalog to SQL: the statements that create its tables, for MySQL 8+ and MariaDB 10.6+.

Names of keys are made from what they key, so that the same catalog always gives the same text.
The statements are made for an empty database; changing one that exists is not done here.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terpseed.catalog.model import Catalog, Column, Table
    from terpseed.connection import Connection

NOW = "now()"
_NAME_LENGTH = 64  # characters, both servers
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_KEY_PREFIX = 255  # characters of a text column that a key covers; a longer key has no use here
# MySQL takes defaults of these only as expressions; both servers take expressions for all.
_EXPRESSION_ONLY = {"json", "tinytext", "text", "mediumtext", "longtext", "blob", "longblob"}


def create_database_sql(catalog: Catalog) -> Iterator[str]:
    """Yield the statements, without semicolons, that create a catalog's tables in a database.

    Foreign keys stand inside their tables: with the checks off a table may refer to one that
    comes later, which saves one rebuild of a table per key.

    Args:
        catalog: any catalog; tables come in alphabetical order.
    """
    yield "SET FOREIGN_KEY_CHECKS = 0"
    for name in sorted(catalog.tables):
        yield create_table_sql(catalog.tables[name])
    yield "SET FOREIGN_KEY_CHECKS = 1"


def create_tables(connection: Connection, catalog: Catalog) -> None:
    """Create a catalog's tables in the empty database that a connection uses.

    Args:
        connection: an open connection with a database.
        catalog: any catalog.
    """
    with closing(connection.cursor()) as cursor:
        for statement in create_database_sql(catalog):
            cursor.execute(statement)


def create_table_sql(table: Table) -> str:
    """Return the statement that creates one table with all its keys."""
    lines = [_column_sql(column) for column in table.columns]
    if table.primary_key:
        lines.append(f"PRIMARY KEY {_key_columns(table, table.primary_key)}")
    taken: set[str] = set()
    for prefix, word, keys in (
        ("uq", "UNIQUE KEY", table.unique),
        ("idx", "KEY", table.indexes),
    ):
        for key in sorted(keys):
            name = _name([prefix, *key], taken)
            lines.append(f"{word} {quoted(name)} {_key_columns(table, key)}")
    for foreign in sorted(table.foreign_keys, key=lambda key: (key.columns, key.ref_table)):
        # Unique in the database, not only in the table.
        name = _name(["fk", table.name, *foreign.columns], taken)
        lines.append(
            f"CONSTRAINT {quoted(name)} FOREIGN KEY ({_list(foreign.columns)}) "
            f"REFERENCES {quoted(foreign.ref_table)} ({_list(foreign.ref_columns)}) "
            f"ON DELETE {foreign.on_delete}"
        )
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {quoted(table.name)} (\n  {body}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"


def quoted(name: str) -> str:
    """Return an identifier between backticks; the one place that does it."""
    return "`" + name.replace("`", "``") + "`"


def text_literal(value: str) -> str:
    """Return a text literal that means the same with and without NO_BACKSLASH_ESCAPES.

    Raises:
        ValueError: if the text holds a backslash, which no such literal can.
    """
    if "\\" in value:
        raise ValueError("a backslash means different things to different SQL modes")
    return "'" + value.replace("'", "''") + "'"


def _column_sql(column: Column) -> str:
    parts = [quoted(column.name), str(column.type)]
    if column.generated:
        parts.append(f"GENERATED ALWAYS AS {column.default or '(NULL)'} STORED")
        return " ".join(parts)
    # NULL is written out: older servers take a plain timestamp for NOT NULL.
    parts.append("NULL" if column.nullable else "NOT NULL")
    if column.auto_increment:
        parts.append("AUTO_INCREMENT")
    if column.default is not None:
        parts.append(f"DEFAULT {_default_sql(column)}")
    if column.on_update_now:
        parts.append(f"ON UPDATE {_now_sql(column)}")
    return " ".join(parts)


def _default_sql(column: Column) -> str:
    default = column.default or ""
    if default == NOW:
        return _now_sql(column)
    if default.startswith("(") and default.endswith(")"):
        return default
    if (
        column.type.base not in _EXPRESSION_ONLY
        and _is_number(column)
        and _NUMBER.fullmatch(default)
    ):
        return default
    literal = text_literal(default)
    return f"({literal})" if column.type.base in _EXPRESSION_ONLY else literal


def _is_number(column: Column) -> bool:
    return column.type.is_integer or column.type.base in {"decimal", "float", "double"}


def _now_sql(column: Column) -> str:
    digits = column.type.precision
    return f"CURRENT_TIMESTAMP({digits})" if digits else "CURRENT_TIMESTAMP"


def _key_columns(table: Table, names: Sequence[str]) -> str:
    parts = []
    for name in names:
        is_long = table[name].type.base in _EXPRESSION_ONLY
        parts.append(quoted(name) + (f"({_KEY_PREFIX})" if is_long else ""))
    return f"({', '.join(parts)})"


def _list(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def _name(parts: Sequence[str], taken: set[str]) -> str:
    """Return a key's name out of its parts: short enough, and not taken in this table."""
    whole = "_".join(parts)
    name, number = whole, 1
    if len(name) > _NAME_LENGTH:
        digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
        name = f"{whole[: _NAME_LENGTH - 9]}_{digest}"
    while name.lower() in taken:
        number += 1
        name = f"{whole[: _NAME_LENGTH - 1 - len(str(number))]}_{number}"
    taken.add(name.lower())
    return name
