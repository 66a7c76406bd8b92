"""Comparing datasets: every kind of difference, counted exactly and told in three forms."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

from terpseed.catalog import ColumnType
from terpseed.cli import main
from terpseed.diff import compare, html, text
from terpseed.errors import UsageError
from tests.load.rows import LEDGER, write

if TYPE_CHECKING:
    from pathlib import Path

    from terpseed.dataset import Dataset

ROWS = {"ledgerEntries": 5000, "users": 20}


@pytest.fixture
def before(tmp_path: Path) -> Dataset:
    return write(tmp_path / "before [x]", LEDGER, ROWS)


def test_the_same_rows_in_another_form_are_the_same(before: Dataset, tmp_path: Path) -> None:
    after = write(tmp_path / "after", LEDGER, ROWS, file_format="csv", shards=(0, 1))
    found = compare(before, after)
    assert found.is_same
    assert found.same == len(LEDGER.tables)
    result = CliRunner().invoke(main, ["diff", str(before.path), str(after.path)])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].startswith(f"same: {len(LEDGER.tables)} tables")


def _changed(frame: pl.DataFrame) -> pl.DataFrame:
    """Take away rows 1 to 3, add 9001 and 9002, change debit in ten rows and text in one."""
    rows = frame.filter(pl.col("id") > 3).with_columns(
        debit=pl.when(pl.col("id").is_between(11, 20))
        .then(pl.col("debit") + pl.lit("0.01").cast(pl.Decimal(12, 2)))
        .otherwise("debit")
        .cast(pl.Decimal(12, 2)),
        description=pl.when(pl.col("id") == 20)
        .then(pl.lit("<b>new</b>"))
        .when(pl.col("id") == 30)
        .then(None)
        .otherwise("description"),
    )
    more = frame.head(2).with_columns(
        id=pl.Series([9001, 9002], dtype=pl.Int32), entryNumber=pl.Series(["X1", "X2"])
    )
    return pl.concat([rows, more])


def test_rows_are_matched_by_key_and_counted(before: Dataset, tmp_path: Path) -> None:
    after = write(tmp_path / "after", LEDGER, ROWS, change={"ledgerEntries": _changed})
    found = compare(before, after, kept=4, memory_limit="200MB")
    (table,) = found.tables
    assert (table.table, table.rows) == ("ledgerEntries", (5000, 4999))
    assert (table.added, table.removed, table.changed) == (2, 3, 11)
    assert table.columns == {"debit": 10, "description": 2}
    assert table.added_keys == ((9001,), (9002,))
    assert table.removed_keys == ((1,), (2,), (3,))
    assert [row.key for row in table.changed_rows] == [(11,), (12,), (13,), (14,)]
    one, other = table.changed_rows[0].cells["debit"]
    assert other - one == Decimal("0.01")
    assert set(table.changed_rows[0].cells) == {"debit"}
    back = compare(after, before).tables[0]
    assert (back.added, back.removed, back.changed) == (3, 2, 11)


def test_text_json_and_page_tell_the_same(before: Dataset, tmp_path: Path) -> None:
    after = write(tmp_path / "after", LEDGER, ROWS, change={"ledgerEntries": _changed})
    page = tmp_path / "page.html"
    words = ["diff", str(before.path), str(after.path), "--html", str(page), "--keep", "11"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert "columns with changes: debit (10), description (2)" in result.stdout
    assert "+ id 9001" in result.stdout
    assert "- id 3" in result.stdout
    told = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert told["format"] == 1
    assert told["verdict"] == "different"
    assert told["summary"] == {
        "tables_same": len(LEDGER.tables) - 1,
        "tables_different": 1,
        "rows_added": 2,
        "rows_removed": 3,
        "rows_changed": 11,
    }
    shown = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;new&lt;/b&gt;" in shown
    assert "<b>" not in shown
    assert "<script" not in shown
    assert "http" not in shown.replace("http-equiv", "")


def test_tables_columns_and_types_that_differ(tmp_path: Path) -> None:
    users = LEDGER["users"]
    other = replace(
        LEDGER,
        version="other",
        tables={
            **{name: table for name, table in LEDGER.tables.items() if name != "categories"},
            "users": replace(
                users,
                columns=tuple(
                    replace(c, type=ColumnType("varchar", length=9)) if c.name == "id" else c
                    for c in users.columns
                    if c.name != "email"
                ),
                unique=(),
                indexes=(),
            ),
        },
        references=(),
    )
    found = compare(write(tmp_path / "a", LEDGER), write(tmp_path / "b", other))
    assert found.only == ({"categories": 2}, {})
    assert not found.is_same
    kinds = {(d.kind, d.table, d.name) for d in found.schema.differences}
    assert ("table", "categories", "") in kinds
    assert ("column", "users", "email") in kinds
    assert ("column", "users", "id") in kinds
    assert "users" not in [table.table for table in found.tables]  # the same values as text
    assert "only in the first:\n  categories: 2 rows" in text(found)
    assert "Tables that only the first has" in html(found)


def test_tables_without_a_key_are_counted_off(tmp_path: Path) -> None:
    catalog = replace(
        LEDGER,
        version="loose",
        tables={"roles": replace(LEDGER["roles"], primary_key=(), unique=())},
        references=(),
    )
    one = write(tmp_path / "a", catalog, 3)
    other = write(tmp_path / "b", catalog, 3, change={"roles": lambda frame: frame[[0, 0, 1]]})
    (table,) = compare(one, other).tables
    assert (table.key, table.added, table.removed, table.changed) == ((), 1, 1, 0)
    assert table.added_keys[0][0] == 1
    assert table.removed_keys[0][0] == 3


def test_a_memory_limit_that_is_none_is_refused(before: Dataset) -> None:
    with pytest.raises(UsageError, match="no size"):
        compare(before, before, memory_limit="lots")
