"""How fast rows come into each table is said for those under way, on any kind of stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.testing import CliRunner

import load
from load.progress import TableRows
from terpseed.cli import _console, _target
from terpseed.cli._table_paces import TablePaces
from terpseed.connection import Target
from tests.load.rows import LEDGER, create, write

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_has_its_own_rate_and_time_left() -> None:
    seconds = 0.0
    paces = TablePaces(lambda: seconds)
    assert paces.text([TableRows("orders", 1_000, 9_000)]) == "orders 1,000 of 9,000"
    seconds = 10.0
    assert paces.text([TableRows("lines", 5_000, 30_000)]) == (
        "lines 5,000 of 30,000; orders 1,000 of 9,000"
    )
    seconds = 20.0
    assert paces.text([TableRows("orders", 5_000, 9_000)]) == (
        # 4,000 rows in 20 s; nothing is known of the other one yet.
        "lines 5,000 of 30,000; orders 5,000 of 9,000 (200 rows/s, 20 s left)"
    )
    assert paces.text([TableRows("lines", 30_000, 30_000)]).startswith("orders 5,000")
    assert paces.text([TableRows("orders", 9_000, 9_000)]) == ""


def test_tables_that_come_at_once_are_never_under_way() -> None:
    paces = TablePaces(lambda: 0.0)
    assert paces.text([TableRows("roles", 5, 5), TableRows("users", 7, 7)]) == ""


def test_rows_that_were_there_before_are_no_part_of_the_rate() -> None:
    seconds = 0.0
    paces = TablePaces(lambda: seconds)
    paces.text([TableRows("orders", 8_000, 9_000)])
    seconds = 10.0
    assert paces.text([TableRows("orders", 8_500, 9_000)]) == (
        "orders 8,500 of 9,000 (50 rows/s, 10 s left)"
    )


def test_a_load_says_how_far_each_table_is(database_url: str, tmp_path: Path) -> None:
    target = Target.parse(database_url)
    create(target, LEDGER)
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": 2_000, "users": 20})
    plan = load.plan(dataset, target, chunk_bytes=30_000, workers=1)
    seen: list[TableRows] = []

    @click.command()
    def command() -> None:
        with _target.reporting() as report:

            def both(at: load.Progress) -> None:
                seen.extend(at.tables)
                report(at)

            load.load(plan, progress=both)

    _console.add_options(command)
    said = CliRunner().invoke(command, ["--verbose"])
    assert said.exit_code == 0, said.output
    steps = [one.done for one in seen if one.table == "ledgerEntries"]
    assert len(steps) > 3
    assert steps == sorted(set(steps))
    assert steps[-1] == 2_000
    totals = {one.table: one.total for one in seen}
    assert totals == {name: entry.rows for name, entry in dataset.manifest.tables.items()}
    assert f"; ledgerEntries {steps[0]:,} of 2,000" in said.stderr
