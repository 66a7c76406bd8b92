"""Two of the checks with dataframely: a schema with a primary key, and one with a rule.

Its collections join tables by a key that all of them share, which a reference to an account is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl

from benchmarks.peers._told import told

if TYPE_CHECKING:
    from pathlib import Path


class Entry(dy.Schema):
    """Entries with their key alone."""

    id = dy.Int32(primary_key=True)


class Posting(dy.Schema):
    """Entries with what a document posts."""

    document = dy.Int32(nullable=False)
    debit = dy.Decimal(12, 2, nullable=False)
    credit = dy.Decimal(12, 2, nullable=False)

    @dy.rule()
    def balanced(cls) -> pl.Expr:  # noqa: N805 -- dataframely makes it a class method
        """Debits equal credits."""
        return (pl.col("debit").sum() == pl.col("credit").sum()).over("document")


def primary_key(folder: Path) -> bool:
    """Say whether every id is there once."""
    rows = pl.scan_parquet(folder / "ledger.parquet").select("id").collect()
    return bool(Entry.is_valid(rows))


def balanced(folder: Path) -> bool:
    """Say whether debits equal credits in every document."""
    columns = ["document", "debit", "credit"]
    rows = pl.scan_parquet(folder / "ledger.parquet").select(columns).collect()
    return bool(Posting.is_valid(rows))


if __name__ == "__main__":
    told(primary_key, balanced)
