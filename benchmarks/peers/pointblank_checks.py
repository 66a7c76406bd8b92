"""The three checks with pointblank, on lazily read Parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pointblank as pb
import polars as pl

from benchmarks.peers._told import told

if TYPE_CHECKING:
    from pathlib import Path


def primary_key(folder: Path) -> bool:
    """Say whether every id is there once."""
    rows = pl.scan_parquet(folder / "ledger.parquet").select("id").collect()
    check = pb.Validate(rows).rows_distinct(columns_subset="id").col_vals_not_null(columns="id")
    return bool(check.interrogate(collect_extracts=False).all_passed())


def reference(folder: Path) -> bool:
    """Say whether every account is in the table of accounts."""
    rows = pl.scan_parquet(folder / "ledger.parquet").select("account_id").collect()
    accounts = pl.read_parquet(folder / "accounts.parquet", columns=["id"])
    check = pb.Validate(rows).col_vals_in_table(
        columns="account_id", ref_table=accounts, ref_column="id"
    )
    return bool(check.interrogate(collect_extracts=False).all_passed())


def balanced(folder: Path) -> bool:
    """Say whether debits equal credits in every document; in cents, as it takes no decimals."""
    sums = (
        pl.scan_parquet(folder / "ledger.parquet")
        .group_by("document")
        .agg((pl.col("debit", "credit").sum() * 100).cast(pl.Int64))
        .collect(engine="streaming")
    )
    check = pb.Validate(sums).col_vals_eq(columns="debit", value=pb.col("credit"))
    return bool(check.interrogate(collect_extracts=False).all_passed())


if __name__ == "__main__":
    told(primary_key, reference, balanced)
