"""A load is taken back exactly: everything is what it was before, or it is said why not."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import load
import load.undoing
from load._counters import read_counters
from load._session import session
from load.receipt import read
from terpseed.cli import main
from terpseed.errors import StateDiffersError, UsageError
from tests.conftest import execute
from tests.load.rows import create, write
from tests.load.test_modes import BASE, CATALOG, NEW, OLDER, continuing, sums

if TYPE_CHECKING:
    from pathlib import Path

    from load import Progress
    from terpseed.catalog import Catalog
    from terpseed.connection import Target

OWN = NEW * (len(CATALOG.tables) - 1)  # rows that an append brings; sequences get none


def counters(target: Target) -> dict[str, int]:
    with session(target) as connection:
        return read_counters(connection, target.database or "", CATALOG.tables)


def state(target: Target, catalog: Catalog = CATALOG) -> object:
    """Return all that a load changes: rows, checksums and next automatic keys of every table."""
    return sums(target, catalog), counters(target)


class Appended:
    """A database in use, and what one more load brought into it."""

    def __init__(self, target: Target, folder: Path, catalog: Catalog = CATALOG) -> None:
        self.target, self.catalog = target, catalog
        create(target, catalog)
        load.load(load.plan(write(folder / "base", catalog, BASE), target))
        self.before = state(target, catalog)
        self.dataset = continuing(folder / "more", target, catalog)
        plan = load.plan(self.dataset, target, mode="append", chunk_bytes=400)
        self.result = load.load(plan)
        self.receipt = self.result.receipt

    def plan(self) -> load.UndoPlan:
        return load.plan_undo(self.receipt, self.target)

    def refused(self, match: str, *, force: bool = False) -> StateDiffersError:
        """Assert that taking back is refused and that nothing was touched."""
        before = state(self.target, self.catalog)
        with pytest.raises(StateDiffersError, match=match) as caught:
            load.undo(self.plan(), force=force)
        assert state(self.target, self.catalog) == before
        assert caught.value.exit_code == 6
        return caught.value


@pytest.fixture
def appended(target: Target, tmp_path: Path) -> Appended:
    return Appended(target, tmp_path)


def test_everything_is_what_it_was_before(appended: Appended) -> None:
    assert state(appended.target) != appended.before
    plan = appended.plan()
    assert (plan.rows, plan.obstacle(), plan.changed) == (OWN, None, ())
    names = [one.table.name for one in plan.tables]
    assert names.index("ledgerEntries") < names.index("accounts")
    seen: list[Progress] = []
    result = load.undo(plan, progress=seen.append)
    assert state(appended.target) == appended.before
    assert (result.rows, result.cells, result.notes) == (OWN, 1, ())
    assert result.counters >= 5
    assert {name: result.before[name] - result.after[name] for name in names} == result.removed
    assert set(result.after.values()) == {BASE}
    assert (seen[-1].done, seen[-1].total) == (OWN, OWN)
    assert read(appended.receipt).ending == "undone"
    with pytest.raises(StateDiffersError, match="taken back already"):
        appended.plan()
    # The way is free to load it again, and to take that back.
    again = load.load(load.plan(appended.dataset, appended.target, mode="append"))
    assert load.undo(load.plan_undo(again.receipt, appended.target)).rows == OWN
    assert state(appended.target) == appended.before


def test_keys_of_several_columns_are_taken_back_too(target: Target, tmp_path: Path) -> None:
    appended = Appended(target, tmp_path, OLDER)
    assert load.undo(appended.plan()).removed["user_roles"] == NEW
    assert sums(target, OLDER) == appended.before[0]  # type: ignore[index]  # a pair


def test_rows_that_were_loaded_and_are_referred_to_stay(appended: Appended) -> None:
    execute(
        appended.target,
        "SET foreign_key_checks = 0",
        f"UPDATE ledgerEntries SET accountId = {BASE + 1} WHERE id = 2",
        f"UPDATE user_roles SET role_id = {BASE + 2} WHERE id = 3",
    )
    error = appended.refused("rows of others refer to rows of the load", force=True)
    assert "ledgerEntries.accountId -> accounts.id: 1" in error.where
    assert f"ledgerEntries id 2: {BASE + 1}" in error.where
    execute(appended.target, "UPDATE ledgerEntries SET accountId = 1 WHERE id = 2")
    assert len(appended.plan().referring) == 1
    execute(appended.target, "DELETE FROM user_roles WHERE id = 3")
    assert load.undo(appended.plan()).rows == OWN


def test_rows_that_were_changed_are_listed_and_go_by_force(appended: Appended) -> None:
    execute(
        appended.target,
        f"UPDATE accounts SET accountName = '' WHERE id = {BASE + 2}",
        f"DELETE FROM ledgerEntries WHERE id = {BASE + NEW}",
    )
    error = appended.refused("rows of the load were changed since")
    assert f"accounts: {NEW} rows were loaded, {NEW} are there; 1 changed" in error.where
    assert f"id {BASE + 2}: accountName is '' and should be '{BASE + 2}'" in error.where
    assert f"id {BASE + NEW}: missing" in error.where
    assert "--force" in error.then
    assert load.undo(appended.plan(), force=True).rows == OWN - 1
    assert state(appended.target) == appended.before


def test_rows_of_others_between_are_never_taken(appended: Appended) -> None:
    def moved(old: int, new: int) -> str:
        return f"UPDATE roles SET id = {new}, updated_at = updated_at WHERE id = {old}"

    other = f"INSERT INTO roles (id, name, description) VALUES ({BASE + NEW}, 'other', 'x')"
    execute(
        appended.target,
        "SET foreign_key_checks = 0",
        moved(BASE + NEW, BASE + 100),
        other,
    )
    error = appended.refused("rows of the load were changed since")
    assert "'other'" in error.where
    execute(
        appended.target,
        "SET foreign_key_checks = 0",
        moved(BASE + NEW, BASE + 50),
        moved(BASE + 100, BASE + NEW),
    )
    # Beyond the load's own keys the other's row is nobody's business.
    assert load.undo(appended.plan()).after["roles"] == BASE + 1


def test_numbers_that_were_given_out_since_stay(appended: Appended) -> None:
    execute(
        appended.target,
        "UPDATE sequences SET currentValue = 80 WHERE id = 2",
        "INSERT INTO roles (name, description) VALUES ('later', 'x')",
    )
    result = load.undo(appended.plan())
    assert result.rows == OWN
    assert "sequences.currentValue (id 2) was changed since" in "\n".join(result.notes)
    assert f"automatic key of roles stays {BASE + NEW + 2}" in "\n".join(result.notes)
    assert execute(appended.target, "SELECT currentValue FROM sequences WHERE id = 2") == [(80,)]


def test_what_is_cut_off_is_gone_on_with(
    appended: Appended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load.undoing, "ROWS", 2)

    def stop(progress: Progress) -> None:
        if progress.done >= OWN // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load.undo(appended.plan(), progress=stop)
    receipt = read(appended.receipt)
    assert (receipt.undoing, receipt.ending) == (True, "proved")
    plan = appended.plan()
    assert 0 < plan.rows < OWN
    assert plan.obstacle() is None
    load.undo(plan)
    assert state(appended.target) == appended.before


def test_receipts_of_other_targets_and_unfinished_loads_are_refused(
    appended: Appended, tmp_path: Path
) -> None:
    with pytest.raises(StateDiffersError, match="of a load into another database"):
        load.plan_undo(appended.receipt, appended.target.with_database("mysql"))
    with pytest.raises(UsageError, match="there is no such receipt"):
        load.plan_undo(tmp_path / "none.jsonl", appended.target)
    with pytest.raises(UsageError, match="names no database"):
        load.plan_undo(appended.receipt, appended.target.with_database(None))
    lines = appended.receipt.read_text(encoding="utf-8").splitlines(keepends=True)
    unfinished = tmp_path / "load-x.jsonl"
    unfinished.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(StateDiffersError, match="did not come to its end") as caught:
        load.plan_undo(unfinished, appended.target)
    assert "--clean" in caught.value.then


def test_a_receipt_outlives_its_dataset(appended: Appended) -> None:
    other = write(appended.dataset.path.parent / "other", CATALOG, 3)
    shutil.copytree(appended.dataset.path / "receipts", other.path / "receipts")
    plan = load.plan_undo(other.path / "receipts" / appended.receipt.name, appended.target)
    assert "the dataset of the receipt is gone" in plan.notes[0]
    load.undo(plan)
    assert state(appended.target) == appended.before


def test_the_command_says_what_it_does(appended: Appended) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(
            main, ["undo", str(appended.receipt), "--to", appended.target.url, *words]
        )
        return result.exit_code, result.stdout, result.stderr

    code, plan, _ = run("--dry-run")
    assert code == 0
    assert f"{OWN} rows in {len(CATALOG.tables) - 1} tables, those that refer first" in plan
    assert json.loads(run("--dry-run", "--json")[1])["schema"] == "terpseed.undo.plan/1"
    assert run("--yes", "--database", "other")[0] == 2
    code, text, talk = run()
    assert code == 0, talk
    assert f"took {OWN} rows out of {len(CATALOG.tables) - 1} tables" in text
    assert "set back: 1 cells" in text
    assert appended.target.password not in text + talk
    assert state(appended.target) == appended.before
    assert run()[0] == 6
