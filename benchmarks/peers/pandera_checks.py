"""The three checks with pandera on Polars frames (on lazy ones it lets bad data pass)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.polars as pa
import polars as pl

from benchmarks.peers._told import told

if TYPE_CHECKING:
    from pathlib import Path


def _holds(schema: pa.DataFrameSchema, rows: pl.DataFrame) -> bool:
    try:
        schema.validate(rows, lazy=True)
    except pa.errors.SchemaErrors:
        return False
    return True


def primary_key(folder: Path) -> bool:
    """Say whether every id is there once."""
    rows = pl.read_parquet(folder / "ledger.parquet", columns=["id"])
    return _holds(pa.DataFrameSchema({"id": pa.Column(pl.Int32, unique=True)}), rows)


def reference(folder: Path) -> bool:
    """Say whether every account is in the table of accounts."""
    rows = pl.read_parquet(folder / "ledger.parquet", columns=["account_id"])
    accounts = pl.read_parquet(folder / "accounts.parquet", columns=["id"])["id"]
    check = pa.Check(lambda data: data.lazyframe.select(pl.col(data.key).is_in(accounts.implode())))
    return _holds(pa.DataFrameSchema({"account_id": pa.Column(pl.Int32, check)}), rows)


def balanced(folder: Path) -> bool:
    """Say whether debits equal credits in every document."""
    columns = ["document", "debit", "credit"]
    rows = pl.read_parquet(folder / "ledger.parquet", columns=columns)
    sums = rows.lazy().group_by("document").agg(pl.col("debit").sum(), pl.col("credit").sum())
    schema = pa.DataFrameSchema(
        checks=pa.Check(lambda data: data.lazyframe.select(pl.col("debit") == pl.col("credit")))
    )
    return _holds(schema, sums.collect(engine="streaming"))


if __name__ == "__main__":
    told(primary_key, reference, balanced)
