"""What a row costs to load as its table grows: ten million ledger entries, in one load.

    python benchmarks/load_growth.py [--server mariadb|mysql] [--rows N]

The load's own progress says when how many rows were in; what is told is microseconds a row between
0.1, 0.5, 1, 2, 5 and 10 million. Raw numbers go to ``benchmarks/results/load_growth.json``.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import load
from benchmarks._timing import keep, sql
from benchmarks.load_vs_mysqlimport import catalog, write
from terpseed.catalog.ddl import create_database_sql
from terpseed.server import KINDS, PrivateServer, ServerKind, install

if TYPE_CHECKING:
    from load import Progress

MARKS = (100_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)


def measure(kind: ServerKind, rows: int) -> dict[str, Any]:
    """Load, and return seconds by rows, microseconds a row between marks, and memory."""
    install(kind)
    with PrivateServer.start(kind) as server, tempfile.TemporaryDirectory() as folder:
        sql(server.target, "CREATE DATABASE bench CHARACTER SET utf8mb4")
        target = server.target.with_database("bench")
        sql(target, *create_database_sql(catalog()))
        dataset = write(Path(folder) / "set", rows, "parquet")
        seen: list[tuple[int, float]] = []

        def note(progress: Progress) -> None:
            if progress.phase == "load":
                seen.append((progress.done, time.perf_counter()))

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        result = load.load(load.plan(dataset, target), progress=note)
        assert result.proof.ok
        start = seen[0][1]
        points = [(done, round(at - start, 3)) for done, at in seen]
        costs, last = {}, (0, 0.0)
        for mark in (m for m in MARKS if m <= rows):
            at = next(point for point in points if point[0] >= mark)
            costs[at[0]] = round((at[1] - last[1]) / (at[0] - last[0]) * 1e6, 2)
            last = at
        return {
            "server": f"{kind} {server.program.version}",
            "rows": rows,
            "microseconds_a_row_up_to": costs,
            "seconds": {"load": result.seconds[0], "proof": result.seconds[1]},
            "megabytes_while_loading": {
                "before": before // 1024,
                "after": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            },
            "points": points[::20],
        }


@click.command()
@click.option("--server", "kinds", multiple=True, type=click.Choice(KINDS))
@click.option("--rows", default=10_000_000, show_default=True)
def main(kinds: tuple[ServerKind, ...], rows: int) -> None:
    """Measure, print costs, keep the raw numbers."""
    results = []
    for kind in kinds or KINDS:
        results.append(measure(kind, rows))
        print(f"{results[-1]['server']}: {results[-1]['microseconds_a_row_up_to']}")
        keep("load_growth", {"results": results})


if __name__ == "__main__":
    main()
