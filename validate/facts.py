"""What is known about a dataset besides its tables, and tables that lie in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from terpseed.catalog import Catalog


@dataclass(frozen=True)
class Frames:
    """A dataset in memory: what ``validate`` takes instead of one on disk.

    Attributes:
        catalog: the schema version of the tables.
        tables: rows by table, in the types of ``terpseed.dataset.dtype_of``.
        as_of: the day on which the books are looked at; rules about it are not run without one.
        scenario: the resolved scenario; rules about its promises are not run without one.
    """

    catalog: Catalog
    tables: Mapping[str, pl.DataFrame]
    as_of: date | None = None
    scenario: Mapping[str, Any] | None = field(default=None)
