"""The figures of the business: complete, the same again, and equal to sums made elsewhere."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

from terpseed.catalog import shipped_versions
from terpseed.cli import main
from terpseed.dataset import open_dataset
from terpseed.errors import UsageError
from validate.figures import Figures, as_text, figures
from validate.figures._measure import columns_of, figure_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module", params=shipped_versions())
def found(request: pytest.FixtureRequest, full: dict[str, Path]) -> Figures:
    return figures(open_dataset(full[request.param]))


def test_every_figure_is_computed_in_every_version(found: Figures) -> None:
    assert found.left_out == {}
    assert [figure.name for figure in found.figures] == list(figure_files())
    assert all(figure.rows for figure in found.figures)


def test_every_file_of_a_figure_declares_its_columns_and_units() -> None:
    for name, files in figure_files().items():
        for file in files:
            assert len(columns_of(file)) > 1, name


def test_revenue_is_the_sum_of_the_invoices(found: Figures, full: dict[str, Path]) -> None:
    invoices = open_dataset(full[found.dataset["schema"]]).scan("invoices").collect()
    billed = invoices.filter(~pl.col("status").is_in(["VOID", "DRAFT"]))
    by_month = billed.group_by(pl.col("invoiceDate").dt.truncate("1mo")).agg(
        pl.len(), pl.col("totalAmount").sum()
    )
    expected = {month: (n, total) for month, n, total in by_month.iter_rows()}
    shown = {row[0]: (row[1], row[2]) for row in found["revenue-by-month"].rows}
    assert shown == expected
    assert sum(found["whales"].column("revenue")) == billed["totalAmount"].sum()  # type: ignore[arg-type]


def test_profit_and_balance_agree_with_the_ledger(found: Figures, full: dict[str, Path]) -> None:
    dataset = open_dataset(full[found.dataset["schema"]])
    ledger = (
        dataset.scan("ledgerEntries")
        .join(dataset.scan("accounts"), left_on="accountId", right_on="id")
        .with_columns(earned=pl.col("credit") - pl.col("debit"))
        .collect()
    )
    kind = pl.col("accountType").cast(pl.String)
    profit = ledger.filter(kind.is_in(["REVENUE", "EXPENSE"]))["earned"].sum()
    assets = -ledger.filter(kind == "ASSET")["earned"].sum()
    assert sum(found["profit-and-loss"].column("profit")) == profit  # type: ignore[arg-type]
    assert found["balance-sheet"].column("assets")[-1] == assets
    assert found["balance-sheet"].column("earnings")[-1] == profit
    assert set(found["balance-sheet"].column("difference")) == {Decimal("0.00")}


def test_shares_add_up_to_the_whole(found: Figures) -> None:
    shares = [
        ("whales", "revenue_share"),
        ("order-lines", "orders_share"),
        ("order-value", "revenue_share"),
        ("receivables-aging", "due_share"),
        ("margin-by-category", "revenue_share"),
        ("weekdays", "orders_share"),
        ("hours", "orders_share"),
    ]
    for figure, column in shares:
        total = sum(value for value in found[figure].column(column) if isinstance(value, Decimal))
        assert round(total, 2) == 1, figure


def test_receivables_by_age_are_all_that_clients_owe(found: Figures, full: dict[str, Path]) -> None:
    clients = open_dataset(full[found.dataset["schema"]]).scan("clients").collect()
    assert sum(found["receivables-aging"].column("due")) == clients["total_owed"].sum()  # type: ignore[arg-type]


def test_the_same_dataset_gives_the_same_figures(full: dict[str, Path]) -> None:
    dataset = open_dataset(full["2026-05"])
    alone = figures(dataset, workers=1)
    together = figures(dataset, workers=2, memory_limit="1GB")
    assert alone == together


def test_chosen_figures_only(full: dict[str, Path]) -> None:
    found = figures(open_dataset(full["2026-05"]), names=["hours", "whales"])
    assert [figure.name for figure in found.figures] == ["whales", "hours"]
    with pytest.raises(UsageError, match="there is no figure 'whale'"):
        figures(open_dataset(full["2026-05"]), names=["whale"])


def test_text_shows_money_shares_and_quarters(full: dict[str, Path]) -> None:
    text = as_text(figures(open_dataset(full["2026-05"]), names=["whales", "profit-and-loss"]))
    lines = text.splitlines()
    assert "schema 2026-05, scenario full, as of 2025-10-31" in lines
    assert any("whales" in line and "$3" in line and "70.0 %" in line for line in lines)
    assert any(line.startswith("  2024 Q1") for line in lines)


def test_the_command_prints_text_or_json(full: dict[str, Path]) -> None:
    folder = str(full["2025-11"])
    text = CliRunner().invoke(main, ["report", folder, "--figure", "receivables-aging"])
    assert text.exit_code == 0
    assert "over 120 days" in text.output
    data = CliRunner().invoke(main, ["report", folder, "--json", "--figure", "balance-sheet"])
    loaded = json.loads(data.output)
    assert loaded["format"] == 1
    assert loaded["dataset"]["as_of"] == date(2025, 10, 31).isoformat()
    assert [figure["name"] for figure in loaded["figures"]] == ["balance-sheet"]
    wrong = CliRunner().invoke(main, ["report", folder, "--figure", "balance"])
    assert wrong.exit_code == 2
    assert "balance-sheet" in wrong.output
