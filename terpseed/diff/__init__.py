"""Two datasets compared: structure, tables, rows by key, cells; and how that is told."""

from terpseed.diff._compare import MEMORY, compare
from terpseed.diff._tell import html, text
from terpseed.diff.result import ChangedRow, Comparison, TableComparison

__all__ = [
    "MEMORY",
    "ChangedRow",
    "Comparison",
    "TableComparison",
    "compare",
    "html",
    "text",
]
