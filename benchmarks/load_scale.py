"""Twenty markets into a local server on 1, 2 and 4 connections: does speed last, what limits it?

    python benchmarks/load_scale.py [--server mysql|mariadb] [--scale N] [--workers N]...

While ``terpseed load`` runs, the server is looked at ten times a second: rows written so far, its
processor seconds, and what its threads do (running or ready to run, or waiting for the disk). Speed
is told by thirds of the rows, per wall second and per second of the server's processor, which other
work on the machine does not blur, and the slowest third is held against the quickest. What the
server waited for is told by its own counts, which both have, and by MySQL's account of events. Raw
numbers go to results/load_scale.json.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from benchmarks._timing import TERPSEED, keep, load, run, sql
from terpseed.catalog import shipped
from terpseed.catalog.ddl import create_database_sql
from terpseed.connection import connect
from terpseed.dataset import open_dataset
from terpseed.server import KINDS, PrivateServer, ServerKind, install

if TYPE_CHECKING:
    from terpseed.connection import Target

SCHEMA = "2025-11"
EVERY = 0.1  # seconds between two looks
THIRDS = 3
# Rows written: MySQL counts those of temporary tables as handler writes, too; MariaDB does not, and
# has no other count.
COUNTERS = {"mysql": "Innodb_rows_inserted", "mariadb": "Handler_write"}
WAITS = (
    *("Innodb_row_lock_waits", "Innodb_row_lock_time", "Innodb_log_waits"),
    *("Innodb_buffer_pool_wait_free", "Innodb_buffer_pool_reads", "Innodb_data_fsyncs"),
    *("Innodb_os_log_fsyncs", "Table_locks_waited"),
)
TICK = os.sysconf("SC_CLK_TCK")


def processor(pid: int) -> float:
    """Return the processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def states(pid: int) -> dict[str, int]:
    """Return how many threads of a process are in which state, sleeping ones left out."""
    found: dict[str, int] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            state = (task / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "S":
            found[state] = found.get(state, 0) + 1
    return found


class Watch:
    """Looks at a server while a load runs."""

    def __init__(self, target: Target, pid: int, counter: str) -> None:
        self.looks: list[tuple[float, float, int]] = []
        self.states: dict[str, int] = {}
        self._target, self._pid, self._over = target, pid, threading.Event()
        self._counter = counter
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        with closing(connect(self._target)) as connection, closing(connection.cursor()) as cursor:
            while not self._over.wait(EVERY):
                cursor.execute(f"SHOW GLOBAL STATUS LIKE '{self._counter}'")
                ((_, rows),) = cursor.fetchall()
                self.looks.append((time.perf_counter(), processor(self._pid), int(str(rows))))
                for state, count in states(self._pid).items():
                    self.states[state] = self.states.get(state, 0) + count

    def thirds(self, rows: int) -> list[dict[str, float]]:
        """Return speed by thirds of the rows."""
        first = self.looks[0][2]
        # The last look before rows came in: starting the program is no part of the first third.
        marks = [[one for one in self.looks if one[2] <= first + rows // 1000][-1]]
        for part in range(1, THIRDS + 1):
            wanted = first + rows * part // THIRDS
            marks.append(next((one for one in self.looks if one[2] >= wanted), self.looks[-1]))
        return [
            {
                "rows": end[2] - begin[2],
                "rows_per_wall_s": round((end[2] - begin[2]) / max(0.01, end[0] - begin[0])),
                "rows_per_server_cpu_s": round((end[2] - begin[2]) / max(0.01, end[1] - begin[1])),
            }
            for begin, end in pairwise(marks)
        ]


def flatness(thirds: list[dict[str, float]], what: str) -> float:
    """Return the speed of the slowest third as a share of that of the quickest."""
    speeds = [third[what] for third in thirds]
    return round(min(speeds) / max(speeds), 2)


def pressure(target: Target) -> dict[str, int]:
    """Return what a server has counted of waiting: for locks, its log, free pages, and the disk."""
    names = ", ".join(f"'{name}'" for name in WAITS)
    found = sql(target, f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})")
    return {str(name): int(value) for name, value in found}


def waits(target: Target) -> list[list[Any]]:
    """Return what a MySQL server waited for longest, in seconds; it keeps no account of mutexes."""
    return [
        [name, round(float(seconds), 2)]
        for name, seconds in sql(
            target,
            "SELECT event_name, sum_timer_wait / 1e12 FROM"
            " performance_schema.events_waits_summary_global_by_event_name"
            " WHERE sum_timer_wait > 0 AND event_name <> 'idle' ORDER BY 2 DESC LIMIT 5",
        )
    ]


def measure(kind: ServerKind, dataset: Path, workers: int) -> dict[str, Any]:
    """Load a dataset into a new server; return what was seen."""
    rows = open_dataset(dataset, verify=False).manifest.rows
    with PrivateServer.start(kind) as server:
        sql(server.target, "CREATE DATABASE scale CHARACTER SET utf8mb4")
        target = server.target.with_database("scale")
        sql(target, *create_database_sql(shipped(SCHEMA)))
        pid = server.pid
        assert pid is not None
        before = processor(pid)
        with Watch(target, pid, COUNTERS[kind]) as watch:
            seconds = load(target, dataset, workers)
        thirds = watch.thirds(rows)
        return {
            "server": f"{kind} {server.program.version}",
            "workers": workers,
            "rows": rows,
            "load_before": round(os.getloadavg()[0], 1),
            "seconds": seconds,
            "server_cpu_s": round(processor(pid) - before, 2),
            "thirds": thirds,
            "slowest_to_quickest_third": {
                "wall": flatness(thirds, "rows_per_wall_s"),
                "server_cpu": flatness(thirds, "rows_per_server_cpu_s"),
            },
            "threads_seen_running": watch.states.get("R", 0),
            "threads_seen_waiting_for_disk": watch.states.get("D", 0),
            "looks": len(watch.looks),
            "counted_waits": pressure(target),
            "waits": waits(target) if kind == "mysql" else None,
        }


@click.command()
@click.option("--server", "kinds", multiple=True, type=click.Choice(KINDS))
@click.option("--scale", default=20, show_default=True)
@click.option("--workers", "counts", multiple=True, type=int, default=(1, 2, 4))
def main(kinds: tuple[ServerKind, ...], scale: int, counts: tuple[int, ...]) -> None:
    """Measure, print and keep."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "markets"
        words = ("generate", "--schema", SCHEMA, "--scale", str(scale), "--out", out)
        run(*TERPSEED, *words)
        for kind in kinds or KINDS:
            install(kind)
            for workers in counts:
                results.append(measure(kind, out, workers))
                click.echo(json.dumps(results[-1]))
                keep("load_scale", {"scale": scale, "schema": SCHEMA, "runs": results})


if __name__ == "__main__":
    main()
