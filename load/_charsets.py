"""Which characters the columns of a target can hold, where they are not utf8mb4.

A database whose default is latin1 may have columns of it. The server refuses other characters when
they are sent; here they are found before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from load._session import rows

if TYPE_CHECKING:
    from terpseed.catalog import Column
    from terpseed.connection import Connection

Charsets: TypeAlias = Mapping[tuple[str, str], str]
"""Character sets by table and column; columns of utf8mb4 are not named."""

# What the servers call latin1 is Windows' code page 1252, with its five gaps filled.
_BEYOND = "".join(bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0))
# Patterns of whole texts.
_PATTERNS = {
    "latin1": "^[\\x00-\\x7F\\x{81}\\x{8D}\\x{8F}\\x{90}\\x{9D}\\x{A0}-\\x{FF}"
    f"{_BEYOND}]*$",
    "utf8mb3": "^[\\x00-\\x{FFFF}]*$",
    "utf8": "^[\\x00-\\x{FFFF}]*$",
    "ucs2": "^[\\x00-\\x{FFFF}]*$",
}
_ASCII = "^[\\x00-\\x7F]*$"
_WHOLE = frozenset({"utf8mb4", "utf16", "utf16le", "utf32", "binary"})


def read_charsets(connection: Connection, database: str) -> Charsets:
    """Return the character sets of text columns that are not utf8mb4, by table and column."""
    found = rows(
        connection,
        "SELECT table_name, column_name, character_set_name FROM information_schema.columns"
        " WHERE table_schema = %s AND character_set_name <> 'utf8mb4'",
        (database,),
    )
    return {(str(table), str(column)): str(name) for table, column, name in found}


def unspeakable(column: Column, charset: str) -> pl.Expr | None:
    """Return an expression that is true for values that a character set cannot hold.

    Args:
        column: the column of the dataset.
        charset: the target's character set.

    Returns:
        None if it holds every value.
    """
    kind = column.type
    if charset in _WHOLE or not (kind.is_text or kind.labels or kind.base == "json"):
        return None
    pattern = _PATTERNS.get(charset, _ASCII)
    value = pl.col(column.name).cast(pl.String)
    return (~value.str.contains(f"(?s){pattern}")).fill_null(value=False)
