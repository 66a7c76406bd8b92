"""Time ``terpseed load`` of the scenario ``full``: every table of a version, loaded and proved.

Each run is a whole process, start to exit, on a private server with default durability: checks,
loading, and the proof of every row and reference.

    python benchmarks/load_full.py [--server mariadb|mysql] [--schema VERSION] [--runs N]

Raw seconds go to ``benchmarks/results/load_full.json``.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks._timing import TERPSEED, keep, load, run, sql
from terpseed.catalog import shipped, shipped_versions
from terpseed.catalog.ddl import create_database_sql
from terpseed.dataset import open_dataset
from terpseed.server import KINDS, PrivateServer, ServerKind, install

if TYPE_CHECKING:
    from collections.abc import Iterator


def measure(kind: ServerKind, versions: tuple[str, ...], runs: int) -> Iterator[dict[str, Any]]:
    """Load each version ``runs`` times into a new database; yield raw seconds and the median."""
    install(kind)
    with PrivateServer.start(kind) as server, tempfile.TemporaryDirectory() as folder:
        for version in versions:
            out = Path(folder) / version
            run(*TERPSEED, "generate", "--scenario", "full", "--schema", version, "--out", out)
            raw = []
            for number in range(runs):
                name = f"full_{number}"
                sql(server.target, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
                target = server.target.with_database(name)
                sql(target, *create_database_sql(shipped(version)))
                raw.append(load(target, out))
                sql(server.target, f"DROP DATABASE {name}")
            manifest = open_dataset(out).manifest
            yield {
                "server": f"{kind} {server.program.version}",
                "schema": version,
                "tables": len(manifest.tables),
                "rows": manifest.rows,
                "seconds": raw,
                "median": statistics.median(one["whole"] for one in raw),
            }


@click.command()
@click.option("--server", "kinds", multiple=True, type=click.Choice(KINDS))
@click.option("--schema", "versions", multiple=True, type=click.Choice(shipped_versions()))
@click.option("--runs", default=5, show_default=True)
def main(kinds: tuple[ServerKind, ...], versions: tuple[str, ...], runs: int) -> None:
    """Measure, print medians, keep the raw numbers."""
    results = []
    for kind in kinds or KINDS:
        for result in measure(kind, versions or shipped_versions(), runs):
            results.append(result)
            print(
                f"{result['server']}, {result['tables']} tables, {result['rows']:,} rows:"
                f" loaded and proved in {result['median']:.2f} s (median of {runs})"
            )
    keep("load_full", {"results": results})


if __name__ == "__main__":
    main()
