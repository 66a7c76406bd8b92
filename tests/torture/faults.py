"""The faults, each as a function: break something while a load runs, load again, judge.

Every function makes one run on a database of its own and returns what came of it. Moments are
drawn from a seeded stream between a load's first receipt and a little after its end.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from terpseed.connection import connect
from tests.torture.proxy import Manner, Proxy
from tests.torture.scene import Verdict

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from terpseed.connection import Connection, Target
    from tests.torture.scene import Run, Scene


# Exit codes of loads that are struck; a signal that comes when all is done ends Python itself.
EXPECTED = frozenset({0, 4, 5, 6, 130, -signal.SIGKILL, -signal.SIGINT})
_STRIKES = 6


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that struck.

    Attributes:
        fault: which.
        started: when its run began, on the monotonic clock.
        moment: seconds after the first receipt.
        detail: more about it.
    """

    fault: str
    started: float
    moment: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one fault.

    Attributes:
        fault: which.
        moment: seconds after the first receipt at which it struck; 0 where there is none.
        codes: exit codes of the runs, the one that was struck first.
        gone_on: chunks that the first run after it found in the target.
        in_doubt: chunks whose commit was not confirmed when it struck.
        survived: whether the run that was struck succeeded by itself.
        verdict: the database held against the truth.
        seconds: time of everything.
        detail: more about it.
        odd: what runs said that ended with a code that no fault explains.
    """

    fault: str
    moment: float
    codes: tuple[int, ...]
    gone_on: int | None
    in_doubt: int
    survived: bool
    verdict: Verdict
    seconds: float
    detail: str = ""
    odd: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with the database, and every run said what stopped it."""
        return self.verdict.ok and not self.odd

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def kill_loader(scene: Scene, chance: random.Random, span: float) -> Outcome:
    """Kill the loader with SIGKILL."""
    return _strike(scene, "loader killed", chance.triangular(0, span, 0), subprocess.Popen.kill)


def interrupt(scene: Scene, chance: random.Random, span: float) -> Outcome:
    """Press Ctrl-C."""
    return _strike(
        scene,
        "Ctrl-C",
        chance.triangular(0, span, 0),
        lambda process: process.send_signal(signal.SIGINT),
    )


def kill_server(scene: Scene, chance: random.Random, span: float) -> Outcome:
    """Kill the server with SIGKILL and start it again on its data."""
    pause = chance.uniform(0, 1)

    def crash(_process: subprocess.Popen[str]) -> None:
        scene.server.kill()
        time.sleep(pause)
        scene.server.launch()

    return _strike(scene, "server killed", chance.triangular(0, span, 0), crash)


def break_connections(
    scene: Scene, chance: random.Random, manner: Manner, *, patience: float = 20
) -> Outcome:
    """Load through a proxy that breaks connections."""
    target, started = scene.fresh(), time.monotonic()
    with Proxy(scene.server.target.port, manner, chance.randrange(2**32)) as proxy:
        through = replace(target, port=proxy.port)
        first = scene.end(scene.start(through, patience=patience))
        broken = proxy.broken
    name = f"connections: {manner}{'' if patience else ', no patience'}"
    return _after(scene, target, Struck(name, started, detail=f"{broken} broken"), first)


def hold_locks(scene: Scene, chance: random.Random, span: float) -> Outcome:
    """Hold locks that a load waits for in vain, and ask for them in orders that deadlock."""
    del span
    target, started = scene.fresh(), time.monotonic()
    before = _deadlocks(scene)
    scene.sql(scene.server.target, "SET GLOBAL innodb_lock_wait_timeout = 1")
    stop, seen = threading.Event(), [0, 0]
    thread = threading.Thread(target=_trouble, args=(target, stop, seen, chance.random()))
    process = scene.start(target)
    thread.start()
    try:
        first = scene.end(process)
    finally:
        stop.set()
        thread.join()
        scene.sql(scene.server.target, "SET GLOBAL innodb_lock_wait_timeout = 50")
    detail = f"{seen[0]} locks held, {_deadlocks(scene) - before} deadlocks"
    return _after(scene, target, Struck("locks and deadlocks", started, detail=detail), first)


def two_loaders(scene: Scene, chance: random.Random, span: float) -> Outcome:
    """Start a second loader while the first one loads."""
    target, started = scene.fresh(), time.monotonic()
    one = scene.start(target)
    pause = chance.triangular(0, span, 0)
    time.sleep(pause)
    two = scene.start(target)
    runs = [scene.end(one), scene.end(two)]
    # Both may have found the database empty; one of them loads, the other one is refused.
    codes = sorted(run.code for run in runs)
    assert codes in ([0, 6], [0, 0]), [run.talk for run in runs]
    won = next(run for run in runs if run.code == 0)
    detail = f"exit codes {codes}"
    return _after(scene, target, Struck("two loaders", started, pause, detail), won)


def fill_disk(scene: Scene, tmpdir: Path, resize: Callable[[str], None]) -> Outcome:
    """Load while the server's folder for temporary files is full.

    Args:
        scene: with a server whose temporary files lie in ``tmpdir``: those of the binary log, into
            which every transaction goes that does not fit its cache in memory.
        tmpdir: a file system of its own.
        resize: gives it another size.
    """
    target, started = scene.fresh(), time.monotonic()
    resize("64k")
    first = scene.end(scene.start(target, patience=2))
    assert first.code != 0, "a full disk went unnoticed"
    resize("256m")
    with suppress(Exception):
        for left in tmpdir.iterdir():
            left.unlink()
    if not scene.server.is_running:  # a server may give up rather than write half a log
        scene.server.launch()
    said = next((line.strip() for line in first.talk.splitlines() if "says" in line), "")
    name = "server's temporary disk full"
    return _after(scene, target, Struck(name, started, detail=said[:160]), first)


def unfinished(fault: str, talk: str, started: float) -> Outcome:
    """Return what came of a fault whose run could not be brought to its end."""
    return Outcome(
        fault=f"not finished: {fault}",
        moment=0.0,
        codes=(),
        gone_on=None,
        in_doubt=0,
        survived=False,
        verdict=Verdict(0, 0, 0, proved=False),
        seconds=round(time.monotonic() - started, 1),
        odd=(talk,),
    )


def _strike(
    scene: Scene, fault: str, moment: float, strike: Callable[[subprocess.Popen[str]], None]
) -> Outcome:
    """Start a load, strike, and see; sooner, if it was over before."""
    started = time.monotonic()
    for _ in range(_STRIKES):
        target = scene.fresh()
        process = scene.start(target)
        if scene.begun(process):
            time.sleep(moment)
        if process.poll() is None:
            break
        assert scene.end(process).code == 0
        scene.drop(target)
        moment *= 0.7
    strike(process)
    first = scene.end(process)
    return _after(scene, target, Struck(fault, started, moment), first)


def _after(scene: Scene, target: Target, struck: Struck, first: Run) -> Outcome:
    """Load again until it succeeds, and judge."""
    doubt = scene.in_doubt()
    more = scene.finish(target) if first.code != 0 else []
    runs = [first, *more]
    odd = [run.talk[-6000:] for run in runs if run.code not in EXPECTED]
    verdict = scene.judge(target)
    return Outcome(
        fault=struck.fault,
        moment=round(struck.moment, 3),
        codes=tuple(run.code for run in runs),
        gone_on=more[0].present if more else None,
        in_doubt=doubt,
        survived=first.code == 0,
        verdict=verdict,
        seconds=round(time.monotonic() - struck.started, 1),
        detail=struck.detail,
        odd=tuple(odd),
    )


def _trouble(target: Target, stop: threading.Event, seen: list[int], start: float) -> None:
    """Hold locks for longer than a load waits, or until it waits, and then ask for what it has."""
    import mysql.connector

    # A load sends these two in one transaction, in the order of the alphabet.
    first, last = "accounts", "categories"
    turn = int(start * 8)
    while not stop.is_set():
        turn += 1
        with suppress(mysql.connector.Error), closing(connect(target)) as connection:
            _lock(connection, last if turn % 2 else "ledgerEntries")
            seen[0] += 1
            end = time.monotonic() + 1.5
            while time.monotonic() < end and not stop.wait(0.02):
                if turn % 2 and _waits(target, last):
                    _lock(connection, first)
                    seen[1] += 1
                    break
            connection.rollback()
        stop.wait(0.1)


def _lock(connection: Connection, table: str) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT * FROM `{table}` WHERE id > 0 FOR UPDATE")
        cursor.fetchall()


def _waits(target: Target, table: str) -> bool:
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SHOW FULL PROCESSLIST")
        running: list[Any] = cursor.fetchall()
    return any("LOAD DATA" in str(row[7]) and f"`{table}`" in str(row[7]) for row in running)


def _deadlocks(scene: Scene) -> int:
    found = scene.sql(scene.server.target, "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
    if found:
        return int(found[0][1])
    ((count,),) = scene.sql(
        scene.server.target,
        "SELECT COALESCE(SUM(count), 0) FROM information_schema.innodb_metrics"
        " WHERE name = 'lock_deadlocks'",
    )
    return int(count)
