"""A catalog by whatever names it: a shipped version, a file, or a database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from terpseed.catalog._shipped import shipped, shipped_versions
from terpseed.catalog.serialise import read_catalog
from terpseed.errors import SchemaError, nearest

if TYPE_CHECKING:
    from terpseed.catalog.model import Catalog


def resolve(text: str) -> Catalog:
    """Return the catalog that a text names.

    Args:
        text: a shipped version, ``FILE.json`` (see ``serialise``), ``FILE.sql``, or the URL of a
            database.

    Raises:
        SchemaError: if it names none of them, or what it names cannot be read.
        ConnectionFailedError: if the database cannot be reached.
        UsageError: if the URL is none.
    """
    if text in shipped_versions():
        return shipped(text)
    if text.startswith(("mysql://", "mariadb://")):
        return _from_database(text)
    path = Path(text)
    if path.suffix == ".json":
        return read_catalog(path)
    if path.suffix == ".sql":
        return _from_sql(path)
    raise SchemaError(
        f"{text!r} is no schema",
        where=f"shipped versions: {', '.join(shipped_versions())}",
        then=nearest(text, shipped_versions())
        or "name a shipped version, FILE.json, FILE.sql or mysql://user:password@host/database",
    )


def _from_database(url: str) -> Catalog:
    from terpseed.catalog.introspect import pull  # noqa: PLC0415 -- seldom needed
    from terpseed.connection import Target, connect  # noqa: PLC0415 -- seldom needed

    target = Target.parse(url)
    if target.database is None:
        raise SchemaError(
            "the URL names no database", where=target.display, then="add /DATABASE to the URL"
        )
    with closing(connect(target)) as connection:
        return pull(connection)


def _from_sql(path: Path) -> Catalog:
    from terpseed.catalog.sqltext import read_sql  # noqa: PLC0415 -- seldom needed

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError("the SQL file cannot be read", where=str(path), why=str(error)) from error
    return read_sql(text, origin=str(path), version=path.stem)
