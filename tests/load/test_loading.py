"""What was written arrives, whole and unchanged, on both servers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

import polars as pl
import pytest

import load
from load import _records
from load.receipt import read
from terpseed.catalog import Catalog, shipped
from terpseed.dataset import FileFormat, write_csv
from terpseed.errors import DatasetError, StateDiffersError
from tests.conftest import execute
from tests.dataset import hostile
from tests.load.rows import LEDGER, create, empty, part_of, tamper, write

if TYPE_CHECKING:
    from pathlib import Path

    from terpseed.connection import Target
    from terpseed.dataset import Dataset

FORMATS: tuple[FileFormat, ...] = ("parquet", "csv")


@pytest.mark.parametrize("version", ["2025-11", "2026-05"])
def test_every_table_of_a_shipped_schema_loads_and_is_proved(
    version: str, target: Target, tmp_path: Path
) -> None:
    catalog = shipped(version)
    declared = sum(len(table.foreign_keys) for table in catalog.tables.values())
    create(target, catalog)
    for file_format in FORMATS:
        dataset = write(tmp_path / file_format, catalog, 3, file_format=file_format)
        result = load.load(load.plan(dataset, target))
        assert result.proof.ok
        assert (result.tables, result.rows) == (len(catalog.tables), dataset.manifest.rows)
        assert len(result.proof.references) == declared + len(catalog.references)
        assert execute(target, "SELECT COUNT(*) FROM orders") == [(3,)]
        assert load.verify(dataset, target) == result.proof
        empty(target, catalog)


@pytest.mark.parametrize("chunk_bytes", [2_000, load.CHUNK_BYTES])
@pytest.mark.parametrize("file_format", FORMATS)
def test_hostile_values_arrive_as_they_are(
    file_format: FileFormat, chunk_bytes: int, target: Target, tmp_path: Path
) -> None:
    create(target, hostile.CATALOG)
    dataset = write_hostile(tmp_path / "set", file_format)
    plan = load.plan(dataset, target, chunk_bytes=chunk_bytes)
    assert (len(plan.chunks) > 1) == (chunk_bytes == 2_000)
    assert load.load(plan).proof.ok


def write_hostile(out: Path, file_format: FileFormat) -> Dataset:
    frame = hostile.hostile_frame()
    return write(
        out,
        hostile.CATALOG,
        1,
        file_format=file_format,
        change={"hostile": lambda _: frame.with_columns(plain=None)},
    )


@pytest.mark.parametrize("file_format", FORMATS)
def test_large_tables_are_cut_and_small_ones_travel_together(
    file_format: FileFormat, ledger: Target, tmp_path: Path
) -> None:
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": 3_000}, file_format=file_format)
    plan = load.plan(dataset, ledger, chunk_bytes=50_000)
    entries = [c for c in plan.chunks if c.pieces[0].table == "ledgerEntries"]
    assert len(entries) > 3
    assert all(len(chunk.pieces) == 1 for chunk in entries)
    assert sum(chunk.rows for chunk in entries) == 3_000
    assert [chunk.pieces[0].first for chunk in entries[1:]] == [
        chunk.pieces[0].last + 1 for chunk in entries[:-1]
    ]
    others = plan.chunks[len(entries) :]
    assert len(others) < len(LEDGER.tables) - 1
    assert load.load(plan).chunks == len(plan.chunks)


def test_several_files_of_a_table_load_in_parts(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "set", LEDGER, 40, shards=(0, 1, 2))
    plan = load.plan(dataset, ledger, workers=3, chunk_bytes=1_000)
    assert len({piece.file for c in plan.chunks for piece in c.pieces}) == 3 * len(LEDGER.tables)
    assert load.load(plan).proof.ok


def test_a_table_without_a_single_whole_key_travels_in_one_transaction(
    target: Target, tmp_path: Path
) -> None:
    catalog = part_of("2025-11")
    assert catalog["user_roles"].primary_key == ("user_id", "role_id")
    create(target, catalog)
    dataset = write(tmp_path / "set", catalog, 60, shards=(0, 1))
    plan = load.plan(dataset, target, chunk_bytes=500)
    (chunk,) = [c for c in plan.chunks if c.pieces[0].table == "user_roles"]
    assert len(chunk.pieces) > 2
    assert {piece.key for piece in chunk.pieces} == {None}
    assert load.load(plan).proof.ok


def test_a_key_of_zero_stays_zero(ledger: Target, tmp_path: Path) -> None:
    dataset = write(
        tmp_path / "set",
        LEDGER,
        change={"roles": lambda frame: frame.with_columns(id=pl.Series([0, 2], dtype=pl.Int32))},
    )
    with pytest.raises(load.ProofFailedError, match=r"user_roles\.role_id -> roles\.id"):
        load.load(load.plan(dataset, ledger), keep=True)
    assert execute(ledger, "SELECT id FROM roles ORDER BY id") == [(0,), (2,)]


def test_the_servers_clock_and_settings_do_not_matter(target: Target, tmp_path: Path) -> None:
    """A database whose defaults are not ours: latin1, another time zone, a lax mode."""
    execute(target, f"ALTER DATABASE `{target.database}` CHARACTER SET latin1")
    ((zone, mode),) = execute(target, "SELECT @@GLOBAL.time_zone, @@GLOBAL.sql_mode")
    execute(target, "SET GLOBAL time_zone = '-09:30'", "SET GLOBAL sql_mode = ''")
    try:
        create(target, LEDGER)
        dataset = write(tmp_path / "set", LEDGER)
        assert load.load(load.plan(dataset, target)).proof.ok
    finally:
        execute(target, f"SET GLOBAL time_zone = '{zone}'", f"SET GLOBAL sql_mode = '{mode}'")


def test_a_target_may_have_more_than_the_dataset(ledger: Target, tmp_path: Path) -> None:
    execute(
        ledger,
        "ALTER TABLE roles ADD COLUMN remark varchar(20) NULL,"
        " ADD COLUMN level int NOT NULL DEFAULT 7,"
        " ADD COLUMN twice int GENERATED ALWAYS AS (level * 2) STORED",
        "ALTER TABLE users MODIFY COLUMN name longtext",
        "CREATE TABLE migrations (id int PRIMARY KEY)",
        "INSERT INTO migrations VALUES (1)",
    )
    dataset = write(tmp_path / "set", LEDGER)
    plan = load.plan(dataset, ledger)
    assert "1 more" in next(check.detail for check in plan.checks if check.name == "schema")
    assert load.load(plan).proof.ok
    assert execute(ledger, "SELECT remark, level, twice FROM roles WHERE id = 2") == [(None, 7, 14)]


def test_the_files_of_a_csv_dataset_are_only_read(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "set", LEDGER, file_format="csv")
    files = sorted(dataset.path.glob("*.csv"))
    before = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    load.load(load.plan(dataset, ledger))
    assert [hashlib.sha256(file.read_bytes()).hexdigest() for file in files] == before
    assert {file.stat().st_nlink for file in files} == {1}


def test_a_plan_is_what_is_executed_and_holds_no_secret(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "set", LEDGER)
    plan = load.plan(dataset, ledger)
    printed = json.dumps(plan.to_dict())
    assert ledger.password not in printed
    assert plan.to_dict()["schema"] == "terpseed.load.plan/1"
    result = load.load(plan)
    receipt = read(result.receipt)
    assert receipt.chunks == plan.chunks
    assert receipt.done == {chunk.number for chunk in plan.chunks}
    assert receipt.ending == "proved"
    assert ledger.password not in result.receipt.read_text(encoding="utf-8")
    assert json.dumps(result.to_dict())


def test_a_plan_is_executed_only_on_the_target_that_it_saw(ledger: Target, tmp_path: Path) -> None:
    plan = load.plan(write(tmp_path / "set", LEDGER), ledger)
    execute(ledger, "SET foreign_key_checks = 0", "INSERT INTO roles (id, name) VALUES (9, 'x')")
    with pytest.raises(StateDiffersError, match="changed since the plan was made"):
        load.load(plan)
    assert execute(ledger, "SELECT COUNT(*) FROM users") == [(0,)]


@pytest.mark.parametrize("block", [1, 7, 4096])
def test_records_are_found_whatever_their_text_holds(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_records, "_BLOCK", block)
    frame = hostile.hostile_frame()
    path = tmp_path / "hostile.csv"
    write_csv(frame, path)
    spans = list(_records.spans(path, repeat(300)))
    assert len(spans) > 3
    assert list(_records.spans(path, repeat(300), frame.height)) == spans
    content = path.read_bytes()
    assert spans[0].span
    header = content[: spans[0].span[0]]
    assert header.count(b"\n") == 1
    assert [s.start for s in spans] == [sum(s.rows for s in spans[:at]) for at in range(len(spans))]
    for span in spans:
        part = tmp_path / "part.csv"
        write_csv(frame[span.start : span.start + span.rows], part)
        assert span.span
        assert part.read_bytes() == header + content[slice(*span.span)]
        assert _records.first_number(path, span) == frame["id"][span.start]
    assert spans[-1].span
    assert spans[-1].span[1] == len(content)


def test_records_are_found_alike_where_lines_are_records(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    write_csv(pl.select(id=pl.int_range(500), text=pl.lit('a "b", c')), path)
    sizes = [100, 500]
    spans = list(_records.spans(path, chain(sizes, repeat(900)), 500))
    assert spans == list(_records.spans(path, chain(sizes, repeat(900))))
    assert spans[0].rows < spans[1].rows < spans[2].rows
    assert sum(span.rows for span in spans) == 500


@pytest.mark.parametrize("file_format", FORMATS)
def test_unsorted_keys_make_a_table_travel_whole(
    file_format: FileFormat, target: Target, tmp_path: Path
) -> None:
    """A file that another program wrote may be in any order."""
    catalog = Catalog("odd", {"roles": replace(LEDGER["roles"], foreign_keys=())})
    create(target, catalog)
    dataset = write(tmp_path / "set", catalog, 500, file_format=file_format)
    dataset = tamper(dataset, "roles", lambda frame: frame.reverse())
    plan = load.plan(dataset, target, chunk_bytes=2_000)
    assert len(plan.chunks) == 1
    assert len(plan.chunks[0].pieces) > 3
    assert load.load(plan).proof.ok


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_single_key_out_of_order_is_refused(
    file_format: FileFormat, target: Target, tmp_path: Path
) -> None:
    catalog = Catalog("odd", {"roles": replace(LEDGER["roles"], foreign_keys=())})
    create(target, catalog)
    dataset = write(tmp_path / "set", catalog, 500, file_format=file_format)
    order = [*range(100), *range(101, 450), 100, *range(450, 500)]
    dataset = tamper(dataset, "roles", lambda frame: frame[order])
    with pytest.raises(DatasetError, match="not in the order of their primary key"):
        load.load(load.plan(dataset, target, chunk_bytes=2_000))
    assert execute(target, "SELECT COUNT(*) FROM roles") == [(0,)]
