"""Pieces of parsed SQL in the catalog's words: columns, defaults, the columns of a key."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from terpseed.catalog.model import Column, ColumnType

_TYPES = frozenset(
    """
    tinyint smallint mediumint int bigint decimal float double bit date time datetime timestamp
    year char varchar tinytext text mediumtext longtext enum set json binary varbinary tinyblob
    blob mediumblob longblob geometry point linestring polygon multipoint multilinestring
    multipolygon geometrycollection uuid inet4 inet6 vector
    """.split()  # noqa: SIM905 -- one word a line would be forty lines
)
_NOW = {"now", "current_timestamp", "localtime", "localtimestamp"}


class NotUnderstoodError(Exception):
    """A piece of SQL has no place in a catalog; the message says which."""


def read_column(piece: exp.ColumnDef) -> tuple[Column, list[exp.Expression]]:
    """Return a column, and the keys and checks that were written beside it."""
    kind = piece.args.get("kind")
    if kind is None:
        raise NotUnderstoodError(f"column {piece.name} has no type")
    column_type = ColumnType.parse(kind.sql(dialect="mysql"))
    if column_type.base not in _TYPES:
        raise NotUnderstoodError(f"column {piece.name} has the unknown type {column_type}")
    column = Column(piece.name, column_type, nullable=True)
    keys: list[exp.Expression] = []
    for constraint in piece.args.get("constraints") or ():
        match constraint.args["kind"]:
            case exp.NotNullColumnConstraint() as word:
                column = replace(column, nullable=bool(word.args.get("allow_null")))
            case exp.DefaultColumnConstraint() as word:
                column = replace(column, default=read_default(word.this))
            case exp.AutoIncrementColumnConstraint():
                column = replace(column, auto_increment=True, nullable=False)
            case exp.OnUpdateColumnConstraint():
                column = replace(column, on_update_now=True)
            case exp.ComputedColumnConstraint() as word:
                text = f"({word.this.unnest().sql(dialect='mysql')})"
                column = replace(column, generated=True, default=text)
            case word:
                keys.append(word)
    return column, keys


def read_default(node: exp.Expression) -> str | None:
    """Return a default in the catalog's words."""
    inner = node.unnest()
    while isinstance(inner, exp.Collate | exp.Introducer):
        inner = inner.expression if isinstance(inner, exp.Introducer) else inner.this
    found: str | None = f"({inner.sql(dialect='mysql')})"
    match inner:
        case exp.Null():
            found = None
        case exp.Literal():
            found = str(inner.this)
        case exp.Boolean():
            found = "1" if inner.this else "0"
        case exp.Neg(this=exp.Literal()):
            found = f"-{inner.this.this}"
        case exp.CurrentTimestamp():
            found = "now()"
        case exp.Anonymous() if inner.name.lower() in _NOW:
            found = "now()"
    return found


def key_columns(columns: list[exp.Expression]) -> tuple[str, ...]:
    """Return the column names of a key; lengths of prefixes and directions are not modelled."""
    names = []
    for column in columns:
        inner = column
        while isinstance(inner, exp.Ordered | exp.ColumnPrefix):
            inner = inner.this
        if not isinstance(inner, exp.Column | exp.Identifier):
            raise NotUnderstoodError(f"a key on the expression {inner.sql(dialect='mysql')}")
        names.append(inner.name)
    return tuple(names)


def text_of(node: exp.Expression | None) -> str:
    """Return a node's name, or the empty string for none."""
    return node.name if node is not None else ""
