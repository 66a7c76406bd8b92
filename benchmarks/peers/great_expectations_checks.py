"""The three checks with Great Expectations on pandas frames, which is its way for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import great_expectations as gx
import pandas as pd

from benchmarks.peers._told import told

if TYPE_CHECKING:
    from pathlib import Path


def _holds(rows: pd.DataFrame, expectation: gx.expectations.Expectation) -> bool:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("files").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": rows})
    return bool(batch.validate(expectation, result_format="BOOLEAN_ONLY").success)


def primary_key(folder: Path) -> bool:
    """Say whether every id is there once."""
    rows = pd.read_parquet(folder / "ledger.parquet", columns=["id"])
    return _holds(rows, gx.expectations.ExpectColumnValuesToBeUnique(column="id"))


def reference(folder: Path) -> bool:
    """Say whether every account is in the table of accounts."""
    rows = pd.read_parquet(folder / "ledger.parquet", columns=["account_id"])
    accounts = pd.read_parquet(folder / "accounts.parquet", columns=["id"])["id"].tolist()
    expectation = gx.expectations.ExpectColumnValuesToBeInSet(
        column="account_id", value_set=accounts
    )
    return _holds(rows, expectation)


def balanced(folder: Path) -> bool:
    """Say whether debits equal credits in every document."""
    columns = ["document", "debit", "credit"]
    rows = pd.read_parquet(folder / "ledger.parquet", columns=columns)
    sums = rows.groupby("document", as_index=False)[["debit", "credit"]].sum()
    expectation = gx.expectations.ExpectColumnPairValuesToBeEqual(
        column_A="debit", column_B="credit"
    )
    return _holds(sums, expectation)


if __name__ == "__main__":
    told(primary_key, reference, balanced)
