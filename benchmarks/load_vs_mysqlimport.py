"""Time ``terpseed load`` beside ``mysqlimport --local`` on the same CSV file.

One million ledger entries go into TERP's real table with its indexes, on a private server with
default durability. The two take turns, so that a busy moment of the machine hits both; each is
timed as a whole process. ``terpseed load`` also checks beforehand, is gated on warnings, and proves
afterwards what arrived; its time without the proof, and with it, are both given.

    python benchmarks/load_vs_mysqlimport.py [--server mariadb|mysql] [--rows N] [--runs N]

Raw seconds go to ``benchmarks/results/load_vs_mysqlimport_SERVER.json``.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from benchmarks._timing import keep, load, run, sql
from terpseed.catalog import Catalog, shipped
from terpseed.catalog.ddl import create_database_sql
from terpseed.dataset import DatasetWriter, FileFormat, dtype_of, open_dataset
from terpseed.server import PrivateServer, ServerKind, install

if TYPE_CHECKING:
    from terpseed.connection import Target
    from terpseed.dataset import Dataset

TABLE = "ledgerEntries"


def catalog() -> Catalog:
    """Return TERP's ledger alone; its references lead out of it."""
    whole = shipped("2026-05")
    return Catalog("ledger", {TABLE: replace(whole[TABLE], foreign_keys=())})


def entries(rows: int) -> pl.DataFrame:
    """Return a ledger: sale and payment lines in turn, plausible widths, no randomness."""
    row = pl.int_range(1, rows + 1, dtype=pl.Int64)
    cents = (row * 7919) % 2_000_000 + 100
    amount = cents.cast(pl.Decimal(38, 2)) / 100
    even = row % 2 == 0
    values = {
        "id": row,
        "entryNumber": pl.format("JE-{}", row.cast(pl.String).str.zfill(9)),
        "deleted_at": pl.lit(None),
        "entryDate": pl.lit(date(2024, 1, 1)) + pl.duration(days=row * 660 // rows),
        "accountId": row % 24 + 1,
        "debit": pl.when(even).then(amount).otherwise(0),
        "credit": pl.when(even).then(0).otherwise(amount),
        "description": pl.format("Sale of order ORD-{}, line {}", row // 8, row % 8),
        "referenceType": pl.when(even).then(pl.lit("INVOICE")).otherwise(pl.lit("PAYMENT")),
        "referenceId": row // 4 + 1,
        "fiscalPeriodId": row % 22 + 1,
        "isManual": row % 50 == 0,
        "isPosted": pl.lit(True),
        "postedAt": pl.lit(datetime(2025, 1, 1, 9, tzinfo=UTC)) + pl.duration(seconds=row),
        "postedBy": row % 12 + 1,
        "createdBy": row % 12 + 1,
        "createdAt": pl.lit(datetime(2025, 1, 1, 8, tzinfo=UTC)) + pl.duration(seconds=row),
    }
    table = catalog()[TABLE]
    return pl.select(
        values[column.name].cast(dtype_of(column.type)).alias(column.name)
        for column in table.columns
    )


def write(out: Path, rows: int, file_format: FileFormat) -> Dataset:
    """Write the ledger as a dataset."""
    with DatasetWriter(
        out, catalog(), format=file_format, scenario={}, seed=1, as_of=date(2025, 10, 31)
    ) as writer:
        writer.write(TABLE, entries(rows))
        writer.commit()
    return open_dataset(out)


def mysqlimport(target: Target, dataset: Dataset, options: Path) -> float:
    """Load the dataset's file with mysqlimport; return its seconds."""
    program = shutil.which("mysqlimport") or shutil.which("mariadb-import")
    assert program, "install mysqlimport (Debian: mariadb-client)"
    (file,) = dataset.files(TABLE)
    names = ",".join(column.name for column in catalog()[TABLE].columns)
    seconds, _ = run(
        program,
        f"--defaults-extra-file={options}",
        "--local",
        "--fields-terminated-by=,",
        '--fields-optionally-enclosed-by="',
        "--fields-escaped-by=",
        "--lines-terminated-by=\\n",
        "--ignore-lines=1",
        "--default-character-set=utf8mb4",
        f"--columns={names}",
        str(target.database),
        file,
    )
    return round(seconds, 3)


def measure(kind: ServerKind, rows: int, runs: int, workers: int) -> dict[str, Any]:
    """Take turns ``runs`` times; return the raw seconds and their medians."""
    install(kind)
    with PrivateServer.start(kind) as server, tempfile.TemporaryDirectory() as folder:
        sql(server.target, "CREATE DATABASE bench CHARACTER SET utf8mb4")
        target = server.target.with_database("bench")
        sql(target, *create_database_sql(catalog()))
        csv = write(Path(folder) / "csv", rows, "csv")
        parquet = write(Path(folder) / "parquet", rows, "parquet")
        options = Path(folder) / "options.cnf"
        options.touch(mode=0o600)
        options.write_text(
            f"[client]\nhost={target.host}\nport={target.port}\nuser={target.user}\n"
            f"password={target.password}\nprotocol=tcp\n",
            encoding="utf-8",
        )
        raw: dict[str, list[Any]] = {"mysqlimport": [], "terpseed csv": [], "terpseed parquet": []}
        for turn in range(runs):
            for name, dataset in (("csv", csv), ("parquet", parquet)):
                sql(target, f"TRUNCATE TABLE {TABLE}")
                raw[f"terpseed {name}"].append(load(target, dataset.path, workers))
            assert sql(target, f"SELECT COUNT(*) FROM {TABLE}") == [(rows,)]
            sql(target, f"TRUNCATE TABLE {TABLE}")
            raw["mysqlimport"].append(mysqlimport(target, csv, options))
            assert sql(target, f"SELECT COUNT(*) FROM {TABLE}") == [(rows,)]
            click.echo(f"{kind} run {turn + 1} of {runs} done", err=True)
        ((version,),) = sql(target, "SELECT @@version")
        return {
            "server": f"{kind} {version}",
            "rows": rows,
            "csv_bytes": csv.manifest.bytes,
            "workers": workers,
            "seconds": raw,
            **summary(raw),
        }


def summary(raw: dict[str, list[Any]]) -> dict[str, Any]:
    """Return medians, and how many times as fast as mysqlimport terpseed is."""
    peer = statistics.median(raw["mysqlimport"])
    medians, ratios = {"mysqlimport": peer}, {}
    for name in ("terpseed csv", "terpseed parquet"):
        for label, part in (("", lambda r: r["whole"] - r["proof"]), (", proof included", whole)):
            medians[name + label] = statistics.median(part(r) for r in raw[name])
            ratios[name + label] = peer / medians[name + label]
    return {"medians": medians, "ratios": ratios}


def whole(record: dict[str, float]) -> float:
    """Return the seconds of a whole process."""
    return record["whole"]


@click.command()
@click.option("--server", "kinds", multiple=True, type=click.Choice(["mariadb", "mysql"]))
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--runs", default=5, show_default=True)
@click.option("--workers", default=2, show_default=True)
def main(kinds: tuple[ServerKind, ...], rows: int, runs: int, workers: int) -> None:
    """Measure, print medians and ratios, keep the raw numbers."""
    for kind in kinds or ("mariadb", "mysql"):
        result = measure(kind, rows, runs, workers)
        print(f"{result['server']}, {rows:,} ledger entries, {runs} runs, medians")
        for name, seconds in result["medians"].items():
            ratio = result["ratios"].get(name)
            print(f"  {name:<34} {seconds:7.2f} s" + (f"  ratio {ratio:.2f}" if ratio else ""))
        keep(f"load_vs_mysqlimport_{kind}", result)


if __name__ == "__main__":
    main()
