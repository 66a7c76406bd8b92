"""Catalogs: what a TERP schema version looks like, and where one comes from."""

from terpseed.catalog._shipped import NEWEST, shipped, shipped_versions
from terpseed.catalog.model import (
    Catalog,
    Column,
    ColumnType,
    ForeignKey,
    Reference,
    StateMachine,
    Table,
)

__all__ = [
    "NEWEST",
    "Catalog",
    "Column",
    "ColumnType",
    "ForeignKey",
    "Reference",
    "StateMachine",
    "Table",
    "shipped",
    "shipped_versions",
]
