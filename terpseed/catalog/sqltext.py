"""SQL text as a catalog: dumps, ``SHOW CREATE TABLE``, migrations, and our own DDL.

Statements are applied in order, as a server would: tables are created, changed and dropped. What
says nothing about tables (data, settings, views, routines, grants) is passed over; a statement
about tables that is not understood is an error, never a gap.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from terpseed.catalog._statements import statements
from terpseed.catalog.knowledge import with_knowledge
from terpseed.catalog.model import Catalog
from terpseed.catalog.serialise import contradictions
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from terpseed.catalog._draft import Draft

_ABOUT_TABLES = re.compile(
    r"(CREATE\s+(OR\s+REPLACE\s+)?(TABLE|(UNIQUE\s+)?INDEX)|ALTER\s+(IGNORE\s+)?TABLE"
    r"|DROP\s+(TABLE|INDEX)|RENAME\s+TABLE)\b",
    re.IGNORECASE,
)
_PASSED_OVER = re.compile(
    r"(SET|USE|INSERT|REPLACE|UPDATE|DELETE|SELECT|TRUNCATE|CALL|LOCK|UNLOCK|BEGIN|START|COMMIT"
    r"|ROLLBACK|GRANT|REVOKE|FLUSH|ANALYZE|OPTIMIZE|CHANGE|DELIMITER|SHOW"
    r"|(CREATE|DROP|ALTER)\b(?!\s+(OR\s+REPLACE\s+|IGNORE\s+|UNIQUE\s+)?(TABLE|INDEX)\b)"
    r".*?\b(DATABASE|SCHEMA|VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|USER|ROLE|SEQUENCE|SERVER"
    r"|TEMPORARY\s+TABLE|FULLTEXT\s+INDEX|SPATIAL\s+INDEX))\b",
    re.IGNORECASE | re.DOTALL,
)


def read_sql(text: str, *, origin: str = "SQL text", version: str = "sql") -> Catalog:
    """Read a catalog from SQL text.

    Args:
        text: statements of MySQL or MariaDB.
        origin: file name, for errors.
        version: the catalog's name, unless it turns out to be a shipped version.

    Returns:
        The catalog, with what a shipped version that it resembles knows about it.

    Raises:
        SchemaError: if a statement about tables is not understood (it names file and line), no
            table is created, or keys name columns that do not exist.
    """
    drafts: dict[str, Draft] = {}
    for line, statement in statements(text):
        where = f"{origin}:{line}"
        if _ABOUT_TABLES.match(statement):
            _apply(drafts, _parsed(statement, origin, line), where)
        elif not _PASSED_OVER.match(statement):
            raise SchemaError(
                "this is no SQL statement that is known here", where=where, why=_start(statement)
            )
    if not drafts:
        raise SchemaError("the SQL text creates no table", where=origin)
    tables = {draft.name: draft.table() for draft in drafts.values()}
    catalog = Catalog(version, dict(sorted(tables.items())), source=origin)
    for problem in contradictions(catalog):
        raise SchemaError("the schema contradicts itself", where=f"{origin}: {problem}")
    return with_knowledge(catalog)


def _parsed(statement: str, origin: str, line: int) -> exp.Expression:
    import sqlglot  # noqa: PLC0415 -- heavy
    from sqlglot.errors import ParseError, SqlglotError  # noqa: PLC0415 -- heavy

    try:
        with _quiet():
            return cast("exp.Expression", sqlglot.parse_one(statement, dialect="mysql"))
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        inside = int(first.get("line") or 1) - 1
        raise SchemaError(
            "the SQL text is not understood",
            where=f"{origin}:{line + inside}",
            why=f"{first.get('description', error)}, near {first.get('highlight')!r}"
            f" in: {_start(statement)}",
        ) from error
    except SqlglotError as error:
        raise SchemaError(
            "the SQL text is not understood", where=f"{origin}:{line}", why=_start(statement)
        ) from error


def _apply(drafts: dict[str, Draft], node: exp.Expression, where: str) -> None:
    from sqlglot import exp  # noqa: PLC0415 -- heavy

    from terpseed.catalog._pieces import NotUnderstoodError  # noqa: PLC0415 -- heavy

    try:
        match node:
            case exp.Create() if node.args["kind"] == "TABLE":
                _create(drafts, node)
            case exp.Create():
                index = node.this
                _known(drafts, index.args["table"].name).add_index(
                    index.name,
                    index.args["params"].args["columns"],
                    unique=bool(node.args.get("unique")),
                )
            case exp.Alter():
                _alter(drafts, node)
            case exp.Drop() if node.args["kind"] == "TABLE":
                for table in node.args["tables"]:
                    drafts.pop(table.name.lower(), None)
            case _:
                raise NotUnderstoodError(_start(node.sql(dialect="mysql")))  # noqa: TRY301
    except (NotUnderstoodError, ValueError, KeyError) as error:
        raise SchemaError(
            "the SQL statement has no meaning for a catalog", where=where, why=str(error)
        ) from error


def _create(drafts: dict[str, Draft], node: exp.Create) -> None:
    from sqlglot import exp  # noqa: PLC0415 -- heavy

    from terpseed.catalog._draft import Draft  # noqa: PLC0415 -- heavy
    from terpseed.catalog._pieces import NotUnderstoodError  # noqa: PLC0415 -- heavy

    schema = node.this
    if not isinstance(schema, exp.Schema):
        raise NotUnderstoodError("a table that is made from another one")
    name = schema.this.name
    if name.lower() in drafts:
        if node.args.get("exists"):
            return
        if not node.args.get("replace"):
            raise NotUnderstoodError(f"table {name} is created twice")
    draft = Draft(name)
    # Columns first: MariaDB's checks and inline keys name them.
    pieces = sorted(schema.expressions, key=lambda piece: not isinstance(piece, exp.ColumnDef))
    for piece in pieces:
        draft.add(piece)
    drafts[name.lower()] = draft


def _alter(drafts: dict[str, Draft], node: exp.Alter) -> None:
    from sqlglot import exp  # noqa: PLC0415 -- heavy

    draft = _known(drafts, node.this.name)
    for action in node.args["actions"]:
        if isinstance(action, exp.AlterRename):
            del drafts[draft.name.lower()]
            draft.name = action.this.name
            drafts[draft.name.lower()] = draft
        else:
            draft.change(action)


def _known(drafts: dict[str, Draft], name: str) -> Draft:
    from terpseed.catalog._pieces import NotUnderstoodError  # noqa: PLC0415 -- heavy

    if name.lower() not in drafts:
        raise NotUnderstoodError(f"table {name} does not exist here")
    return drafts[name.lower()]


def _start(statement: str) -> str:
    words = " ".join(statement.split())
    return words if len(words) <= 100 else f"{words[:97]}..."


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep sqlglot's notices about what it does not know off stderr; we raise an error instead."""
    logger = logging.getLogger("sqlglot")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
