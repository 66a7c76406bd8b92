"""What an earlier load left behind: chunks in doubt, other plans, temporary files."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

import load
from load._leftovers import working_folder
from load.receipt import ReceiptWriter, read
from terpseed.catalog import Catalog, Column, ColumnType, Table
from terpseed.catalog.ddl import quoted
from terpseed.connection import connect
from terpseed.dataset import open_dataset
from terpseed.errors import StateDiffersError
from tests.conftest import execute
from tests.load.rows import LEDGER, create, write

if TYPE_CHECKING:
    from pathlib import Path

    from load import LoadPlan
    from terpseed.connection import Target


@pytest.fixture
def plan(ledger: Target, tmp_path: Path) -> LoadPlan:
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": 300})
    return load.plan(dataset, ledger, workers=1, chunk_bytes=20_000)


def begun(plan: LoadPlan, *numbers: int) -> Path:
    """Leave the receipt of a load that was killed when it had begun some chunks."""
    writer = ReceiptWriter.open(plan)
    with writer.claim:
        for number in numbers:
            writer.begin(plan.chunks[number])
    return writer.path


def test_a_commit_that_the_server_still_works_on_is_waited_for(
    plan: LoadPlan, ledger: Target
) -> None:
    """A killed loader's session goes on; its rows are not to be seen before they are committed."""
    path = begun(plan, 0)
    (piece,) = plan.chunks[0].pieces
    other = f"{ledger.database}_other"
    execute(ledger, f"CREATE DATABASE {other}")
    copy = ledger.with_database(other)
    create(copy, LEDGER)
    load.load(load.plan(open_dataset(plan.dataset.path), copy))
    with closing(connect(ledger)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        cursor.execute(
            f"INSERT INTO {quoted(piece.table)} SELECT * FROM {other}.{quoted(piece.table)}"
            f"{piece.where}"
        )
        late = threading.Timer(0.7, connection.commit)
        late.start()
        again = load.plan(plan.dataset, ledger, workers=1, chunk_bytes=20_000)
        late.join()
    execute(ledger, f"DROP DATABASE {other}")
    assert (again.continues, set(again.present)) == (path, {0})
    assert load.load(again).chunks == len(plan.chunks) - 1


def test_another_plan_or_target_is_not_gone_on_with(plan: LoadPlan, ledger: Target) -> None:
    path = begun(plan, 0)
    execute(
        ledger,
        "SET foreign_key_checks = 0",
        "INSERT INTO accounts (id, accountNumber, accountName, accountType, normalBalance)"
        " VALUES (1, '1', '1', 'ASSET', 'DEBIT')",
    )
    refused = load.plan(plan.dataset, ledger, workers=1, chunk_bytes=20_000).obstacle()
    assert isinstance(refused, StateDiffersError)
    assert refused.exit_code == 6
    execute(ledger, "DELETE FROM accounts")
    load.load(replace(plan, continues=path))
    execute(ledger, "DELETE FROM ledgerEntries WHERE id > 200")
    text = path.read_text(encoding="utf-8")
    path.write_text("".join(text.splitlines(keepends=True)[:-1]), encoding="utf-8")
    other = load.plan(plan.dataset, ledger, workers=1, chunk_bytes=9_000)
    assert other.continues is None
    obstacle = other.obstacle()
    assert isinstance(obstacle, StateDiffersError)
    assert "not empty" in obstacle.what


def test_a_load_that_is_there_already_is_named(plan: LoadPlan, ledger: Target) -> None:
    result = load.load(plan)
    obstacle = load.plan(plan.dataset, ledger).obstacle()
    assert obstacle is not None
    assert "for this dataset was loaded here" in obstacle.what
    assert str(result.receipt) in obstacle.where
    assert "terpseed undo" in obstacle.then
    assert obstacle.exit_code == 6
    assert set(read(result.receipt).checksums) == set(LEDGER.tables)


def test_temporary_files_of_the_dead_are_removed_and_those_of_the_living_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = tmp_path / "terpseed-load-dead"
    dead.mkdir()
    (dead / "7.csv").write_bytes(b"x" * 2_000_000)
    with working_folder() as alive:
        (alive / "1.csv").write_text("a")
        time.sleep(1.1)
        (note,) = load.clean_leftovers()
        assert alive.is_dir()
    assert not dead.exists()
    assert str(dead) in note
    assert "1.9 MB" in note
    assert load.clean_leftovers() == []


def test_json_that_mysql_reorders_is_the_same(target: Target, tmp_path: Path) -> None:
    key = Column("id", ColumnType.parse("int"), nullable=False)
    data = Column("data", ColumnType.parse("json"), nullable=True)
    catalog = Catalog("json", {"docs": Table("docs", (key, data), ("id",))})
    create(target, catalog)
    texts = pl.Series(['{"bb":1,"a":[1.50, -0.0]}', "[ ]", None])
    change = {"docs": lambda frame: frame.with_columns(data=texts)}
    dataset = write(tmp_path / "set", catalog, 3, change=change)
    assert load.load(load.plan(dataset, target)).proof.ok
    assert load.verify(dataset, target).ok
    execute(target, """UPDATE docs SET data = '{"a": [1.5, 0.0], "bb": 1}' WHERE id = 1""")
    (failure,) = load.verify(dataset, target).failures
    assert "1 changed" in failure.text
    assert 'id 1: data is \'{"a": [1.5, 0.0], "bb": 1}\'' in failure.text
