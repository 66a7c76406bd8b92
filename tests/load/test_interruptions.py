"""Whatever cuts a load off, it is known what is in the database, and nothing is half there."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import load
from load.receipt import read, unfinished
from terpseed.connection import Target, connect
from terpseed.errors import ExitCode, LoadError, OutputError, StateDiffersError
from terpseed.server import KINDS, PrivateServer, ServerKind
from tests.conftest import execute
from tests.load.rows import LEDGER, create, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from load import LoadPlan, Progress
    from terpseed.dataset import Dataset

ROWS = {"ledgerEntries": 600}
CHUNK = 20_000
_MAIN = "from terpseed.__main__ import start; start()"


def counts(target: Target) -> dict[str, int]:
    """Return rows by table, of the tables that are not empty."""
    found = {
        name: execute(target, f"SELECT COUNT(*) FROM `{name}`")[0][0] for name in LEDGER.tables
    }
    return {name: count for name, count in found.items() if count}


def dataset_in(folder: Path) -> Dataset:
    return write(folder / "set", LEDGER, ROWS)


class After:
    """Does something once, when some rows are committed."""

    def __init__(self, action: Any) -> None:
        self.action, self.seen = action, list[load.Progress]()

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)
        if progress.phase == "load" and progress.done and self.action:
            action, self.action = self.action, None
            action()


@pytest.fixture(scope="module", params=KINDS)
def own_server(request: pytest.FixtureRequest) -> Iterator[PrivateServer]:
    """A server that may be killed."""
    kind: ServerKind = request.param
    with PrivateServer.start(kind) as server:
        yield server


def fresh(server: PrivateServer, name: str) -> Target:
    execute(server.target, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    target = server.target.with_database(name)
    create(target, LEDGER)
    return target


def killed_mid_load(server: PrivateServer, target: Target, dataset: Dataset) -> LoadPlan:
    """Kill the server while a load runs, and start it again; return the plan that was cut off."""
    plan = load.plan(dataset, target, workers=1, chunk_bytes=CHUNK)
    assert len(plan.chunks) > 4
    with pytest.raises(LoadError) as caught:
        load.load(plan, progress=After(server.kill), patience=0.1)
    text = str(caught.value)
    assert caught.value.exit_code == ExitCode.LOAD_OR_VERIFY
    assert "the connection to the server broke during the load" in text
    assert "committed" in text
    assert "run the same command again to go on from there" in text
    server.launch()
    return plan


def test_a_load_goes_on_after_the_server_was_killed(
    own_server: PrivateServer, tmp_path: Path
) -> None:
    target = fresh(own_server, "goes_on")
    dataset = dataset_in(tmp_path)
    cut_off = killed_mid_load(own_server, target, dataset)
    there = counts(target)
    assert 0 < there["ledgerEntries"] < ROWS["ledgerEntries"]
    plan = load.plan(dataset, target, workers=1, chunk_bytes=CHUNK)
    assert plan.ready
    assert plan.chunks == cut_off.chunks
    assert 0 < len(plan.present) < len(plan.chunks)
    detail = next(check.detail for check in plan.checks if check.name == "tables empty")
    assert f"{len(plan.present)} of {len(plan.chunks)} chunks are there" in detail
    result = load.load(plan)
    assert result.proof.ok
    assert result.chunks == len(plan.chunks) - len(plan.present)
    assert result.receipt == plan.continues
    assert read(result.receipt).ending == "proved"
    assert len(list((dataset.path / "receipts").iterdir())) == 1


def test_what_a_killed_server_kept_can_be_cleaned(
    own_server: PrivateServer, tmp_path: Path
) -> None:
    target = fresh(own_server, "cleaned")
    dataset = dataset_in(tmp_path)
    killed_mid_load(own_server, target, dataset)
    there = sum(counts(target).values())
    assert there > 0
    assert load.clean(dataset, target) == there
    assert counts(target) == {}
    assert load.load(load.plan(dataset, target)).proof.ok


def test_rows_of_others_are_never_taken_for_ours(own_server: PrivateServer, tmp_path: Path) -> None:
    target = fresh(own_server, "others")
    dataset = dataset_in(tmp_path)
    killed_mid_load(own_server, target, dataset)
    execute(target, "DELETE FROM ledgerEntries WHERE id = 1")
    obstacle = load.plan(dataset, target, workers=1, chunk_bytes=CHUNK).obstacle()
    assert isinstance(obstacle, StateDiffersError)
    assert "not empty" in obstacle.what
    assert "unfinished load of" in obstacle.why
    left = counts(target)["ledgerEntries"]
    with pytest.raises(StateDiffersError, match="cannot be told from others and were left"):
        load.clean(dataset, target)
    assert 0 < counts(target)["ledgerEntries"] <= left


def test_a_changed_dataset_does_not_go_on(own_server: PrivateServer, tmp_path: Path) -> None:
    target = fresh(own_server, "changed")
    dataset = dataset_in(tmp_path)
    killed_mid_load(own_server, target, dataset)
    other = write(tmp_path / "other", LEDGER, {"ledgerEntries": 601})
    (dataset.path / "receipts").rename(other.path / "receipts")
    obstacle = load.plan(other, target, workers=1, chunk_bytes=CHUNK).obstacle()
    assert isinstance(obstacle, StateDiffersError)
    assert "an earlier load left rows" in obstacle.what
    assert "--clean" in obstacle.then
    assert load.clean(other, target) > 0
    assert counts(target) == {}


def killing(ledger: Target) -> After:
    """Return what kills the connection that waits to load a locked table."""

    def cut() -> None:
        wait_for(lambda: waits(ledger))
        rows = execute(ledger, "SHOW FULL PROCESSLIST")
        mine = [r[0] for r in rows if r[3] == ledger.database and "LOAD DATA" in str(r[7])]
        assert len(mine) == 1
        execute(ledger, f"KILL CONNECTION {mine[0]}")

    return After(cut)


def test_a_connection_that_breaks_leaves_nothing(ledger: Target, tmp_path: Path) -> None:
    """The server lives, one connection dies: what was committed is taken out again."""
    dataset = dataset_in(tmp_path)
    plan = load.plan(dataset, ledger, workers=2, chunk_bytes=CHUNK)
    with held(ledger, "users"), pytest.raises(LoadError, match="connection to the server broke"):
        load.load(plan, progress=killing(ledger), patience=0)
    assert counts(ledger) == {}
    assert unfinished(dataset.path, {}) == ()
    assert load.load(load.plan(dataset, ledger)).proof.ok


def test_a_connection_that_breaks_is_opened_again(ledger: Target, tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    plan = load.plan(dataset, ledger, workers=2, chunk_bytes=CHUNK)
    with held(ledger, "users") as release:
        cut = killing(ledger)
        action = cut.action
        cut.action = lambda: (action(), release())
        assert load.load(plan, progress=cut, patience=30).proof.ok


@contextmanager
def held(target: Target, table: str) -> Iterator[Callable[[], None]]:
    """Lock a table's empty key range, so that a load into it waits; give what lets go of it."""
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT * FROM `{table}` WHERE id > 0 FOR UPDATE")
        cursor.fetchall()
        yield connection.rollback
        connection.rollback()


def waits(target: Target) -> bool:
    """Say whether a load waits for a lock, with something committed already."""
    running = [str(row[7]) for row in execute(target, "SHOW FULL PROCESSLIST")]
    return any("LOAD DATA" in sql and "`users`" in sql for sql in running) and bool(counts(target))


def wait_for(condition: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def start_load(dataset: Dataset, target: Target, *options: str, **settings: Any) -> Any:
    return subprocess.Popen(
        [sys.executable, "-c", _MAIN, "load", str(dataset.path), *options],
        env={**os.environ, "DATABASE_URL": target.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
        **settings,
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_load_leaves_nothing_and_says_so(
    number: signal.Signals, code: int, ledger: Target, tmp_path: Path
) -> None:
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": 60_000})
    with held(ledger, "users"):
        process = start_load(dataset, ledger)
        wait_for(lambda: waits(ledger))
        process.send_signal(number)
        _, talk = process.communicate(timeout=60)
    assert process.returncode == code, talk
    assert "nothing is left in the target: what was being sent was rolled back" in talk
    assert "60,000 rows committed before were taken out again" in talk
    assert "Traceback" not in talk
    assert counts(ledger) == {}
    (receipt,) = (dataset.path / "receipts").iterdir()
    assert read(receipt).ending == "removed"


def test_a_second_interrupt_stops_the_taking_out(ledger: Target, tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)

    def interrupt(progress: Progress) -> None:
        if progress.phase == "load" and progress.done:
            raise KeyboardInterrupt
        if progress.phase == "removal":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        load.load(load.plan(dataset, ledger, workers=1, chunk_bytes=CHUNK), progress=interrupt)
    (note,) = caught.value.__notes__
    assert "taking the rows out was interrupted too; some are left" in note
    assert "run the same command again to go on from there" in note


def test_a_killed_loader_is_gone_on_with(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": 60_000})
    with held(ledger, "users"):
        process = start_load(dataset, ledger)
        wait_for(lambda: waits(ledger))
        process.kill()
        process.communicate()
    assert counts(ledger) == {"ledgerEntries": 60_000}
    process = start_load(dataset, ledger, "--json")
    printed, talk = process.communicate(timeout=60)
    assert process.returncode == 0, talk
    assert "1 of 2 chunks are there, the rest follows" in talk
    result = json.loads(printed)
    assert (result["ok"], result["chunks"]) == (True, 1)


def test_a_full_disk_stops_a_load_and_leaves_nothing(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": 60_000})

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    process = start_load(dataset, ledger, preexec_fn=small_files)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == ExitCode.LOAD_OR_VERIFY, talk
    assert "a temporary file of the load cannot be written" in talk
    assert "set TMPDIR" in talk
    assert counts(ledger) == {}


def test_a_receipt_that_cannot_be_written_stops_a_load_before_it_sends(
    ledger: Target, tmp_path: Path
) -> None:
    dataset = dataset_in(tmp_path)
    plan = load.plan(dataset, ledger)
    (dataset.path / "receipts").write_text("in the way")
    with pytest.raises(OutputError, match="the receipt of the load cannot be written"):
        load.load(plan)
    assert counts(ledger) == {}


def test_a_lock_that_is_held_too_long_is_waited_for_and_then_named(
    ledger: Target, tmp_path: Path
) -> None:
    dataset = dataset_in(tmp_path)
    ((seconds,),) = execute(ledger, "SELECT @@GLOBAL.innodb_lock_wait_timeout")
    execute(ledger, "SET GLOBAL innodb_lock_wait_timeout = 1")
    try:
        with held(ledger, "users"), pytest.raises(LoadError, match="1205") as caught:
            load.load(load.plan(dataset, ledger, workers=1, chunk_bytes=CHUNK))
    finally:
        execute(ledger, f"SET GLOBAL innodb_lock_wait_timeout = {seconds}")
    assert "the server stopped the load" in str(caught.value)
    assert counts(ledger) == {}


def test_progress_is_reported_in_the_calling_thread_and_adds_up(
    ledger: Target, tmp_path: Path
) -> None:
    seen = After(None)
    plan = load.plan(dataset_in(tmp_path), ledger, chunk_bytes=CHUNK)
    load.load(plan, progress=seen)
    done = [p.done for p in seen.seen if p.phase == "load"]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, plan.rows)
    proof = [p for p in seen.seen if p.phase == "proof"]
    assert proof[-1].done == proof[-1].total > len(LEDGER.tables)


def test_an_error_of_the_caller_ends_the_load_cleanly(ledger: Target, tmp_path: Path) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    plan = load.plan(dataset_in(tmp_path), ledger, chunk_bytes=CHUNK)
    with pytest.raises(ZeroDivisionError) as caught:
        load.load(plan, progress=After(fail))
    assert "nothing is left in the target" in caught.value.__notes__[0]
    assert counts(ledger) == {}
