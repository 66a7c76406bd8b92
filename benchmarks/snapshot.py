"""Time reading two million ledger entries of a live server into Parquet, beside connectorx.

``terpseed snapshot`` reads in one consistent view, with exact decimals, checksums of every row and
a manifest; connectorx reads over connections of its own, each with a view of its own, and gives
decimals another precision. Each run is a whole process, start to exit; runs alternate.

    pip install --group bench
    python benchmarks/snapshot.py [--server mariadb|mysql] [--rows N] [--runs N]

Raw numbers go to ``benchmarks/results/snapshot.json``.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks._timing import TERPSEED, keep, sql
from benchmarks.validate_vs_peers import timed
from terpseed.catalog import shipped
from terpseed.catalog.ddl import create_database_sql
from terpseed.server import KINDS, PrivateServer, ServerKind, install

if TYPE_CHECKING:
    from terpseed.connection import Target

PEER = """
import sys, connectorx
rows = connectorx.read_sql(sys.argv[1], "SELECT * FROM ledgerEntries", return_type="polars",
                           partition_on="id", partition_num=int(sys.argv[3]))
rows.write_parquet(sys.argv[2])
"""


def fill(target: Target, rows: int) -> int:
    """Make a ledger of entries that differ; return how many there are."""
    catalog = shipped("2026-05")
    sql(target, *(s for s in create_database_sql(catalog) if "`ledgerEntries`" in s.split("(")[0]))
    columns = [c.name for c in catalog["ledgerEntries"].columns]
    values = {
        "id": "id + {n}",
        "entryNumber": "CONCAT('LE-', id + {n})",
        "entryDate": "entryDate + INTERVAL (id % 300) DAY",
        "debit": "debit + id % 1000 / 100",
        "description": "CONCAT('Invoice INV-', id + {n}, ' to a client')",
        "referenceId": "id + {n}",
    }
    first = {
        "id": "1",
        "entryNumber": "'LE-1'",
        "entryDate": "'2024-01-02'",
        "accountId": "3",
        "debit": "1250.25",
        "credit": "0",
        "description": "'Opening'",
        "referenceType": "'INVOICE'",
        "referenceId": "1",
        "fiscalPeriodId": "1",
        "isManual": "0",
        "isPosted": "1",
        "postedBy": "1",
        "createdBy": "1",
        "createdAt": "'2024-01-02 03:04:05'",
        "postedAt": "'2024-01-02 03:04:05'",
    }
    listed = ", ".join(f"`{name}`" for name in columns)
    off = "SET foreign_key_checks = 0, unique_checks = 0"
    start = ", ".join(first.get(name, "NULL") for name in columns)
    sql(target, off, f"INSERT INTO ledgerEntries ({listed}) VALUES ({start})")
    done = 1
    while done < rows:
        select = ", ".join(values.get(name, f"`{name}`").format(n=done) for name in columns)
        more = min(done, rows - done)
        sql(
            target,
            off,
            f"INSERT INTO ledgerEntries ({listed}) SELECT {select} FROM ledgerEntries"
            f" WHERE id <= {more}",
        )
        done += more
    sql(target, "ANALYZE TABLE ledgerEntries")
    return done


def measure(kind: ServerKind, rows: int, runs: int) -> dict[str, Any]:
    """Read the ledger of one server with each reader in turn; return raw numbers and medians."""
    install(kind)
    with PrivateServer.start(kind) as server, tempfile.TemporaryDirectory() as name:
        sql(server.target, "CREATE DATABASE bench CHARACTER SET utf8mb4")
        target = server.target.with_database("bench")
        count = fill(target, rows)
        out = Path(name) / "out"
        ours: list[str | Path] = [
            *TERPSEED,
            "snapshot",
            "--from",
            target.url,
            "--out",
            out,
            "--force",
            "--json",
        ]
        peer: list[str | Path] = [
            sys.executable,
            "-c",
            PEER,
            target.url,
            Path(name) / "peer.parquet",
        ]
        readers: dict[str, list[str | Path]] = {
            "terpseed, 2 connections": [*ours, "--workers", "2"],
            "terpseed, 1 connection": [*ours, "--workers", "1"],
        }
        if find_spec("connectorx"):
            readers["connectorx, 2 connections"] = [*peer, "2"]
            readers["connectorx, 1 connection"] = [*peer, "1"]
        else:
            print("connectorx is not installed and left out")
        raw: dict[str, list[dict[str, Any]]] = {who: [] for who in readers}
        for _ in range(runs):
            for who, words in readers.items():
                raw[who].append({k: v for k, v in timed(words).items() if k != "printed"})
                print(kind, who, raw[who][-1], flush=True)
    return {
        "server": f"{kind} {server.program.version}",
        "rows": count,
        "medians": {
            who: {
                "seconds": statistics.median(run["seconds"] for run in found),
                "rows_per_second": round(count / statistics.median(r["seconds"] for r in found)),
                "processor_seconds": statistics.median(run["processor_seconds"] for run in found),
                "megabytes": statistics.median(run["megabytes"] for run in found),
            }
            for who, found in raw.items()
        },
        "raw": raw,
    }


@click.command()
@click.option("--server", "kinds", multiple=True, type=click.Choice(KINDS))
@click.option("--rows", default=2_000_000, show_default=True)
@click.option("--runs", default=3, show_default=True)
def main(kinds: tuple[ServerKind, ...], rows: int, runs: int) -> None:
    """Measure, print medians, keep the raw numbers."""
    results = [measure(kind, rows, runs) for kind in kinds or KINDS]
    for result in results:
        for who, median in result["medians"].items():
            print(
                f"{result['server']}: {who}: {median['rows_per_second']:,} rows/s,"
                f" {median['processor_seconds']} s of processor"
            )
    keep("snapshot", {"results": results, "load_average": os.getloadavg()})


if __name__ == "__main__":
    main()
