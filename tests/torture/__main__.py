"""The whole torture, on both servers: ``make torture``; the counts go to ``report.json``.

Needs root for the full disk, which is a tmpfs of its own: without it that fault is left out, and
the report says so.
"""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terpseed.server import KINDS, PrivateServer, ServerKind, install
from tests.torture import faults
from tests.torture.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.torture.faults import Outcome
    from tests.torture.proxy import Manner

REPORT = Path(__file__).with_name("report.json")
_ONCE_MORE = 1.1  # of a load's duration: some faults strike when it is over


def torture(kind: ServerKind, counts: dict[str, int], seed: int) -> Iterator[Outcome]:
    """Yield what came of every fault on one server."""
    chance = random.Random(seed)  # noqa: S311 -- moments, not secrets
    with tempfile.TemporaryDirectory() as name, PrivateServer.start(kind) as server:
        scene = Scene(server, Path(name))
        span = scene.span() * _ONCE_MORE
        plan: list[tuple[int, partial[Outcome]]] = [
            (counts["kills"], partial(faults.kill_loader, scene, chance, span)),
            (counts["crashes"], partial(faults.kill_server, scene, chance, span)),
            (counts["interrupts"], partial(faults.interrupt, scene, chance, span)),
            (counts["pairs"], partial(faults.two_loaders, scene, chance, span)),
            (counts["locks"], partial(faults.hold_locks, scene, chance, span)),
        ]
        manners: tuple[Manner, ...] = ("cut", "half", "stall", "delay")
        plan += [
            (counts["breaks"], partial(faults.break_connections, scene, chance, manner))
            for manner in manners
        ]
        plan.append(
            (
                counts["breaks"],
                partial(faults.break_connections, scene, chance, "cut", patience=0),
            )
        )
        for times, fault in plan:
            for _ in range(times):
                yield _tried(scene, fault)
    if counts["disks"] and os.geteuid() == 0:
        yield from _disks(kind, counts["disks"])


def _tried(scene: Scene, fault: partial[Outcome]) -> Outcome:
    """Run a fault; a run that could not be brought to its end is one with something wrong."""
    started = time.monotonic()
    try:
        return fault()
    except Exception:  # noqa: BLE001 -- an hour's work goes on, and the report says what happened
        if not scene.server.is_running:
            scene.server.launch()
        return faults.unfinished(fault.func.__name__, traceback.format_exc(), started)


def _disks(kind: ServerKind, times: int) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory() as name, _small_disk() as disk:
        options = (
            f"--tmpdir={disk}",
            *("--log-bin=binlog", "--server-id=1", "--binlog-format=ROW"),
            *("--binlog-cache-size=4096", "--sync-binlog=0"),
        )
        with PrivateServer.start(kind, options=options) as server:
            scene, resize = Scene(server, Path(name)), partial(_resize, disk)
            for _ in range(times):
                yield _tried(scene, partial(faults.fill_disk, scene, disk, resize))


@contextmanager
def _small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", name], check=True)
        try:
            Path(name).chmod(0o777)
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)


def _resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def summary(outcomes: list[Outcome]) -> dict[str, dict[str, int]]:
    """Return counts by fault."""
    found: dict[str, dict[str, int]] = {}
    for one in outcomes:
        counts = found.setdefault(
            one.fault,
            dict.fromkeys(
                ("runs", "survived", "loads", "in_doubt", "lost", "duplicated", "altered"), 0
            )
            | {"not_proved": 0, "unexplained": 0},
        )
        counts["runs"] += 1
        counts["survived"] += one.survived
        counts["loads"] += len(one.codes)
        counts["in_doubt"] += one.in_doubt
        counts["lost"] += one.verdict.lost
        counts["duplicated"] += one.verdict.duplicated
        counts["altered"] += one.verdict.altered
        counts["unexplained"] += bool(one.odd)
        counts["not_proved"] += not one.verdict.proved
    return found


def _line(one: Outcome) -> str:
    return (
        f"{one.fault:28} at {one.moment:6.2f} s: exit {one.codes},"
        f" {one.gone_on} chunks there, {one.in_doubt} in doubt; lost {one.verdict.lost},"
        f" duplicated {one.verdict.duplicated}, altered {one.verdict.altered}"
        f"{'' if one.verdict.proved else ', NOT PROVED'} {one.detail}"
        f"{'; UNEXPLAINED: ' + one.odd[0] if one.odd else ''}"
    )


@click.command()
@click.option("--server", "kinds", multiple=True, type=click.Choice(KINDS))
@click.option("--kills", default=50, show_default=True)
@click.option("--crashes", default=20, show_default=True)
@click.option("--interrupts", default=10, show_default=True)
@click.option("--pairs", default=10, show_default=True)
@click.option("--locks", default=5, show_default=True)
@click.option("--breaks", default=10, show_default=True, help="Of each manner.")
@click.option("--disks", default=3, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--report", default=str(REPORT), show_default=True)
def main(kinds: tuple[ServerKind, ...], seed: int, report: str, **counts: int) -> None:
    """Break everything, load again, count what is lost, duplicated or altered."""
    result: dict[str, Any] = {
        "seed": seed,
        "counts": counts,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "servers": {},
    }
    bad = 0
    for kind in kinds or KINDS:
        install(kind)
        started = time.monotonic()
        outcomes: list[Outcome] = []
        for one in torture(kind, counts, seed):
            outcomes.append(one)
            bad += not one.ok
            click.echo(f"{kind} {_line(one)}")
            result["servers"][kind] = {
                "seconds": round(time.monotonic() - started),
                "disk_full": "done" if os.geteuid() == 0 else "left out: needs root",
                "summary": summary(outcomes),
                "runs": [one.to_dict() for one in outcomes],
            }
            # Each time, so that a torture that is stopped leaves what it has found.
            Path(report).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for kind, one in result["servers"].items():
        for fault, counted in one["summary"].items():
            click.echo(f"{kind} {fault}: {counted}")
    click.echo(f"{bad} runs with something wrong")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
