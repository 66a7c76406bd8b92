"""Loading beside rows that are there, and in their place; what was there is kept or counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

import load
from load import _advance
from load._session import describe, rows, session
from terpseed.catalog import Catalog
from terpseed.cli import main
from terpseed.dataset import Advance, After, DatasetWriter, checksum_sql, open_dataset
from terpseed.errors import LoadError, StateDiffersError, UsageError
from tests.conftest import execute
from tests.load.rows import AS_OF, create, frame_of, part_of, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from terpseed.connection import Target
    from terpseed.dataset import Dataset, FileFormat

NAMES = ("accounts", "ledgerEntries", "sequences", "users", "user_roles", "roles", "fiscalPeriods")
CATALOG = part_of("2026-05", NAMES)
# Its table user_roles has a key of two columns.
OLDER = part_of("2025-11", ("users", "user_roles", "roles"))
BASE = 4  # rows of each table that are there before
LOOKUPS = ("accounts", "roles", "fiscalPeriods", "sequences", "users")
NEW = 6


def shifted(catalog: Catalog, name: str, fewest: int = BASE) -> pl.DataFrame:
    """Return rows with keys after those of ``BASE`` rows; they refer to rows that are there."""
    frame = frame_of(catalog, name, BASE + NEW, fewest)
    return frame[BASE:]


def continuing(
    out: Path,
    target: Target,
    catalog: Catalog = CATALOG,
    *,
    file_format: FileFormat = "parquet",
    change: Mapping[str, pl.Expr] | None = None,
    database: str | None = None,
) -> Dataset:
    """Write a dataset for a target that holds ``BASE`` rows of every table."""
    with session(target) as connection:
        server = describe(connection).uid
    advances: tuple[Advance, ...] = ()
    if "sequences" in catalog:
        before = frame_of(catalog, "sequences", BASE, BASE)
        last = str(before["currentValue"][1])
        advances = (Advance("sequences", {"id": 2}, "currentValue", last, "77"),)
    frames, reused = {}, {}
    for name in catalog.tables:
        base = frame_of(catalog, name, BASE, BASE)
        if name == "sequences":
            at = pl.when(pl.col("id") == 2).then(77).otherwise("currentValue")
            base = base.with_columns(currentValue=at.cast(base.schema["currentValue"]))
        frame = shifted(catalog, name)
        if name == "sequences":
            frame = frame.clear()
        if change and name in change:
            frame = frame.with_columns(change[name])
        reused[name] = base.height if name in LOOKUPS or name == "user_roles" else 0
        frames[name] = pl.concat([base, frame]) if reused[name] else frame
    firsts = dict.fromkeys(catalog.tables, BASE + 1)
    after = After(server, database or target.database or "", firsts, reused, advances)
    with DatasetWriter(
        out, catalog, format=file_format, scenario={}, seed=1, as_of=AS_OF, after=after
    ) as writer:
        for name, frame in frames.items():
            writer.write(name, frame)
        writer.commit()
    return open_dataset(out)


def sums(target: Target, catalog: Catalog, where: str = "") -> dict[str, tuple[int, int]]:
    """Return rows and checksum of every table, as the server computes them."""
    with session(target) as connection:
        found = {n: rows(connection, checksum_sql(t, where)) for n, t in catalog.tables.items()}
    return {name: (int(count), int(total)) for name, ((count, total),) in found.items()}


@pytest.fixture
def used(target: Target, tmp_path: Path) -> Target:
    """A database with ``BASE`` rows in every table."""
    create(target, CATALOG)
    load.load(load.plan(write(tmp_path / "base", CATALOG, BASE), target))
    return target


@pytest.mark.parametrize(
    ("file_format", "method", "chunk_bytes"),
    [("parquet", "load-data", load.CHUNK_BYTES), ("csv", "insert", 200)],
)
def test_a_dataset_goes_beside_what_is_there(
    file_format: FileFormat, method: load.Method, chunk_bytes: int, used: Target, tmp_path: Path
) -> None:
    before = sums(used, CATALOG)
    more = continuing(tmp_path / "more", used, file_format=file_format)
    plan = load.plan(more, used, mode="append", method=method, chunk_bytes=chunk_bytes)
    assert plan.ready, plan.obstacle()
    own = {name: NEW for name in CATALOG.tables if name != "sequences"}
    assert plan.rows == sum(own.values())
    result = load.load(plan)
    assert result.proof.ok
    assert (result.advanced, result.meanwhile) == (1, {})
    after = sums(used, CATALOG)
    assert {n: after[n][0] - before[n][0] for n in own} == own
    old = sums(used, CATALOG, f"id <= {BASE}")
    assert {name: old[name] for name in own} == {name: before[name] for name in own}
    assert execute(used, "SELECT currentValue FROM sequences ORDER BY id")[1] == (77,)
    # The application goes on numbering after the rows of the load.
    execute(used, "INSERT INTO roles (name, description) VALUES ('next', 'x')")
    assert execute(used, "SELECT MAX(id) FROM roles") == [(BASE + NEW + 1,)]
    assert load.verify(more, used).ok
    # What has been loaded once is not loaded again, and is taken back as it came.
    with pytest.raises(StateDiffersError, match="this dataset was loaded here"):
        load.load(load.plan(more, used, mode="append"))


def test_what_changed_since_is_refused_with_the_command_to_run(
    used: Target, tmp_path: Path
) -> None:
    more = continuing(tmp_path / "more", used)
    name = shifted(CATALOG, "roles")["name"][2]
    entry = execute(used, "SELECT MAX(id) FROM ledgerEntries")[0][0]
    execute(
        used,
        "SET foreign_key_checks = 0",
        "UPDATE sequences SET currentValue = 5000 WHERE id = 2",
        f"UPDATE roles SET name = '{name}' WHERE id = 1",
        "DELETE FROM accounts WHERE id = 2",
        f"UPDATE ledgerEntries SET id = 9 WHERE id = {entry}",
    )
    plan = load.plan(more, used, mode="append")
    with pytest.raises(StateDiffersError) as caught:
        load.load(plan)
    text = str(caught.value)
    for words in (
        "ledgerEntries has 1 rows with keys of the dataset",
        "1 rows of accounts that it reuses are gone",
        "rows of roles that it reuses have other names",
        f"roles.name {name} is taken",
        "sequences.currentValue (id 2) is '5000', not '2'",
        "run `terpseed generate --after mysql://",
    ):
        assert words in text
    assert used.password not in text
    assert caught.value.exit_code == 6


def test_append_takes_only_what_was_made_for_the_target(used: Target, tmp_path: Path) -> None:
    plain = write(tmp_path / "plain", CATALOG)
    with pytest.raises(StateDiffersError, match="not made for a database in use"):
        load.load(load.plan(plain, used, mode="append"))
    other = continuing(tmp_path / "other", used, database="another")
    with pytest.raises(StateDiffersError, match="made for another database"):
        load.load(load.plan(other, used, mode="append"))


def test_a_failed_append_leaves_the_target_as_it_was(used: Target, tmp_path: Path) -> None:
    before = sums(used, CATALOG)
    more = continuing(tmp_path / "more", used)
    execute(used, "ALTER TABLE ledgerEntries ADD CONSTRAINT few CHECK (entryNumber <> '9')")
    with pytest.raises(LoadError, match="ledgerEntries"):
        load.load(load.plan(more, used, mode="append", chunk_bytes=100))
    execute(used, "ALTER TABLE ledgerEntries DROP CONSTRAINT few")
    assert sums(used, CATALOG) == before
    # A proof that fails takes the sequences back too.
    wrong = continuing(
        tmp_path / "wrong",
        used,
        change={"ledgerEntries": pl.lit(99, pl.Int32).alias("accountId")},
    )
    with pytest.raises(load.ProofFailedError, match=r"ledgerEntries\.accountId -> accounts"):
        load.load(load.plan(wrong, used, mode="append"))
    assert sums(used, CATALOG) == before


def test_an_interrupted_append_goes_on(used: Target, tmp_path: Path) -> None:
    more = continuing(tmp_path / "more", used)
    plan = load.plan(more, used, mode="append", workers=1, chunk_bytes=200)

    class StopError(Exception):
        pass

    def stop(progress: load.Progress) -> None:
        if progress.done > NEW:
            raise StopError

    with pytest.raises(StopError):
        load.load(plan, progress=stop, keep=True)
    again = load.plan(more, used, mode="append", chunk_bytes=200)
    assert again.present
    assert len(again.present) < len(again.chunks)
    assert load.load(again).proof.ok
    with pytest.raises(StateDiffersError, match="this dataset was loaded here"):
        load.load(load.plan(more, used, mode="append"))


def test_tables_with_keys_of_several_columns_go_beside_too(target: Target, tmp_path: Path) -> None:
    create(target, OLDER)
    load.load(load.plan(write(tmp_path / "base", OLDER, BASE), target))
    more = continuing(tmp_path / "more", target, OLDER)
    plan = load.plan(more, target, mode="append")
    pieces = [p for c in plan.chunks for p in c.pieces if p.table == "user_roles"]
    assert [len(piece.members) for piece in pieces] == [NEW]
    assert load.load(plan).proof.ok
    assert execute(target, "SELECT COUNT(*) FROM user_roles") == [(BASE + NEW,)]
    assert load.verify(more, target).ok


def test_unique_values_that_are_not_asked_for_are_counted(
    used: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = continuing(tmp_path / "more", used)

    def said() -> str:
        (text,) = [
            check.detail
            for check in load.plan(more, used, mode="append").checks
            if "no key or number is taken" in check.detail
        ]
        return text

    assert "unique values" not in said()
    monkeypatch.setattr("load._keys._MOST", NEW - 1)
    keys = sum(len(table.unique) for name, table in CATALOG.tables.items() if name != "sequences")
    assert f"judges up to {keys} unique values when they are sent" in said()


def test_others_who_write_meanwhile_are_noticed(used: Target, tmp_path: Path) -> None:
    more = continuing(tmp_path / "more", used)
    plan = load.plan(more, used, mode="append")
    written: list[str] = []

    def write_once(progress: load.Progress) -> None:
        if progress.phase == "proof" and not written:
            written.append("x")
            execute(used, "INSERT INTO roles (name, description) VALUES ('theirs', 'x')")

    assert load.load(plan, progress=write_once).meanwhile == {"roles": 1}
    # Before anything is sent, it is refused.
    late = load.plan(write(tmp_path / "whole", CATALOG), used, mode="replace")
    execute(used, "INSERT INTO roles (name, description) VALUES ('late', 'x')")
    with pytest.raises(StateDiffersError, match="changed since the plan"):
        load.load(late, confirmed=used.database)


def test_replace_keeps_a_backup_that_puts_everything_back(used: Target, tmp_path: Path) -> None:
    execute(used, "DELETE FROM user_roles")
    before = sums(used, CATALOG)
    other = write(tmp_path / "other", CATALOG, 2)
    backup = tmp_path / "backup"
    words = ["load", str(other.path), "--to", used.url, "--mode", "replace"]
    words += ["--backup", str(backup)]
    asked = CliRunner().invoke(main, words)
    assert asked.exit_code == 2
    assert "24 rows in 6 tables are deleted first" in asked.stderr
    assert f"--yes --database {used.database}" in asked.stderr
    mistaken = CliRunner().invoke(main, [*words, "--yes", "--database", "other"])
    assert (mistaken.exit_code, sums(used, CATALOG)) == (2, before)
    done = CliRunner().invoke(main, [*words, "--yes", "--database", str(used.database)])
    assert done.exit_code == 0, done.output
    assert "deleted 24 rows of 6 tables" in done.stdout
    assert sums(used, CATALOG)["roles"][0] == 2
    back = load.plan(open_dataset(backup), used, mode="replace")
    assert load.load(back, confirmed=used.database).proof.ok
    assert sums(used, CATALOG) == before


def test_a_replace_that_fails_says_where_the_rows_are(used: Target, tmp_path: Path) -> None:
    wrong = write(
        tmp_path / "wrong",
        CATALOG,
        change={"ledgerEntries": lambda frame: frame.with_columns(accountId=pl.lit(99))},
    )
    kept = tmp_path / "kept"
    plan = load.plan(wrong, used, mode="replace", backup=kept)
    with pytest.raises(load.ProofFailedError) as caught:
        load.load(plan, confirmed=used.database)
    assert f"the 28 rows that were there before were deleted and are in {kept}" in str(caught.value)
    assert f"terpseed load {kept} --mode replace" in str(caught.value)
    assert load.load(load.plan(open_dataset(kept), used)).rows == 28


def test_replace_refuses_to_leave_references_to_nothing(used: Target, tmp_path: Path) -> None:
    part = Catalog("part", {"roles": replace(CATALOG["roles"], foreign_keys=())})
    plan = load.plan(write(tmp_path / "part", part), used, mode="replace")
    with pytest.raises(StateDiffersError, match=r"user_roles\.role_id \(4 rows\)"):
        load.load(plan, confirmed=used.database)
    assert execute(used, "SELECT COUNT(*) FROM roles") == [(BASE,)]
    with pytest.raises(UsageError, match="--backup keeps what --mode replace deletes"):
        load.plan(write(tmp_path / "b", part), used, backup=tmp_path / "x")


def test_cells_are_set_once_and_set_back(used: Target) -> None:
    cell = Advance("sequences", {"id": 2}, "currentValue", "2", "77")
    moment = "SELECT updatedAt FROM sequences WHERE id = 2"
    (before,) = execute(used, moment)
    with session(used) as connection:
        _advance.apply(connection, CATALOG, [cell])
        _advance.apply(connection, CATALOG, [cell])
        assert _advance.unset(connection, [cell]) == []
        assert _advance.revert(connection, CATALOG, [cell]) == []
        assert _advance.differing(connection, [cell], begun=False) == []
    assert execute(used, moment) == [before]
    execute(used, "UPDATE sequences SET currentValue = 80 WHERE id = 2")
    with session(used) as connection:
        with pytest.raises(StateDiffersError, match="somebody else changed"):
            _advance.apply(connection, CATALOG, [cell])
        assert _advance.revert(connection, CATALOG, [cell]) == ["sequences.currentValue (id 2)"]
