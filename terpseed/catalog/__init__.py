"""Catalogs: what a TERP schema version looks like, and where one comes from.

What is not always needed is imported from its own module: a live database (``introspect.pull``),
SQL text (``sqltext.read_sql``), whatever a user names (``resolve.resolve``), DDL
(``ddl.create_database_sql``) and comparing (``diff.diff``).
"""

from terpseed.catalog._shipped import NEWEST, shipped, shipped_versions
from terpseed.catalog.knowledge import nearest_version, with_knowledge
from terpseed.catalog.model import (
    Catalog,
    Column,
    ColumnType,
    ForeignKey,
    Reference,
    StateMachine,
    Table,
)
from terpseed.catalog.serialise import catalog_from_dict, catalog_to_dict, read_catalog

__all__ = [
    "NEWEST",
    "Catalog",
    "Column",
    "ColumnType",
    "ForeignKey",
    "Reference",
    "StateMachine",
    "Table",
    "catalog_from_dict",
    "catalog_to_dict",
    "nearest_version",
    "read_catalog",
    "shipped",
    "shipped_versions",
    "with_knowledge",
]
