"""Time ``terpseed load`` beside what else loads the same ledger entries.

Two million of them go into TERP's real table with its indexes, on a private server with default
durability: by ``terpseed load`` of CSV and of Parquet, by ``mysqlimport --local`` of the one file,
by ``mysqlimport --use-threads=2`` of the file in two halves, by one LOAD DATA of the connector, and
by ``executemany`` (a tenth of the rows). They take turns, so that a busy moment of the machine hits
all of them; programs are timed as whole processes. ``terpseed load`` also checks beforehand, is
gated on warnings, and proves afterwards what arrived; its time without the proof, and with it, are
both given.

    python benchmarks/load_vs_mysqlimport.py [--server mariadb|mysql] [--rows N] [--runs N]

Raw seconds go to ``benchmarks/results/load_vs_mysqlimport_SERVER.json``.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from benchmarks._timing import keep, load, run, sql
from terpseed.catalog import Catalog, shipped
from terpseed.catalog.ddl import create_database_sql, quoted
from terpseed.connection import connect
from terpseed.dataset import (
    LOAD_DATA_CLAUSE,
    DatasetWriter,
    FileFormat,
    dtype_of,
    open_dataset,
    write_csv,
)
from terpseed.server import PrivateServer, ServerKind, install

if TYPE_CHECKING:
    from collections.abc import Callable

    from terpseed.connection import Target
    from terpseed.dataset import Dataset

TABLE = "ledgerEntries"
_TENTH = 10


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


def halves(dataset: Dataset, folder: Path) -> list[Path]:
    """Write the dataset's file as two, whose names mysqlimport takes for the table's."""
    (file,) = dataset.files(TABLE)
    frame = dataset.scan(TABLE).collect()
    paths = [folder / f"{TABLE}.{number}.csv" for number in (1, 2)]
    middle = frame.height // 2
    for path, part in zip(paths, (frame[:middle], frame[middle:]), strict=True):
        write_csv(part, path)
    assert sum(path.stat().st_size for path in paths) > file.stat().st_size
    return paths


def one_statement(target: Target, dataset: Dataset) -> float:
    """Load the dataset's file with one LOAD DATA of the connector; return its seconds."""
    (file,) = dataset.files(TABLE)
    names = ", ".join(quoted(column.name) for column in catalog()[TABLE].columns)
    started = time.perf_counter()
    with closing(connect(target, local_infile=True)) as connection:
        with closing(connection.cursor()) as cursor:
            cursor.execute(
                f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE {TABLE} {LOAD_DATA_CLAUSE} ({names})"
            )
        connection.commit()
    return round(time.perf_counter() - started, 3)


def many(target: Target, dataset: Dataset) -> float:
    """Insert a tenth of the rows with ``executemany``, 1,000 at a time; return ten times that."""
    frame = dataset.scan(TABLE).head(dataset.manifest.rows // _TENTH).collect()
    marks = ", ".join(["%s"] * frame.width)
    values = [row for part in frame.iter_slices(1_000) for row in [part.rows()]]
    started = time.perf_counter()
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        for part in values:
            cursor.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", part)
        connection.commit()
    return round((time.perf_counter() - started) * _TENTH, 3)


def mysqlimport(target: Target, files: list[Path], options: Path, threads: int = 0) -> float:
    """Load files with mysqlimport; return its seconds."""
    program = shutil.which("mysqlimport") or shutil.which("mariadb-import")
    assert program, "install mysqlimport (Debian: mariadb-client)"
    names = ",".join(column.name for column in catalog()[TABLE].columns)
    seconds, _ = run(
        program,
        f"--defaults-extra-file={options}",
        "--local",
        *([f"--use-threads={threads}"] if threads else []),
        "--fields-terminated-by=,",
        '--fields-optionally-enclosed-by="',
        "--fields-escaped-by=",
        "--lines-terminated-by=\\n",
        "--ignore-lines=1",
        "--default-character-set=utf8mb4",
        f"--columns={names}",
        str(target.database),
        *files,
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
        peers = {
            "mysqlimport": partial(mysqlimport, target, csv.files(TABLE), options),
            "mysqlimport, 2 threads": partial(
                mysqlimport, target, halves(csv, Path(folder)), options, 2
            ),
            "LOAD DATA, one connection": partial(one_statement, target, csv),
            "executemany": partial(many, target, csv),
        }
        ways: dict[str, Callable[[], Any]] = {
            "terpseed csv": partial(load, target, csv.path, workers),
            "terpseed parquet": partial(load, target, parquet.path, workers),
            **peers,
        }
        raw: dict[str, list[Any]] = {name: [] for name in ways}
        for turn in range(runs):
            for name, way in ways.items():
                sql(target, f"TRUNCATE TABLE {TABLE}")
                raw[name].append(way())
                ((count,),) = sql(target, f"SELECT COUNT(*) FROM {TABLE}")
                assert count == (rows // _TENTH if name == "executemany" else rows)
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
    """Return medians, and how many times as fast as mysqlimport each way is."""
    medians: dict[str, float] = {}
    for name, runs in raw.items():
        if name.startswith("terpseed"):
            medians[name] = statistics.median(run["whole"] - run["proof"] for run in runs)
            medians[f"{name}, proof included"] = statistics.median(run["whole"] for run in runs)
        else:
            medians[name] = statistics.median(runs)
    peer = medians["mysqlimport"]
    return {"medians": medians, "ratios": {name: peer / median for name, median in medians.items()}}


@click.command()
@click.option("--server", "kinds", multiple=True, type=click.Choice(["mariadb", "mysql"]))
@click.option("--rows", default=2_000_000, show_default=True)
@click.option("--runs", default=3, show_default=True)
@click.option("--workers", default=2, show_default=True)
def main(kinds: tuple[ServerKind, ...], rows: int, runs: int, workers: int) -> None:
    """Measure, print medians and ratios, keep the raw numbers."""
    for kind in kinds or ("mariadb", "mysql"):
        result = measure(kind, rows, runs, workers)
        print(f"{result['server']}, {rows:,} ledger entries, {runs} runs, medians")
        for name, seconds in result["medians"].items():
            print(f"  {name:<34} {seconds:7.2f} s  ratio {result['ratios'][name]:.2f}")
        keep(f"load_vs_mysqlimport_{kind}", result)


if __name__ == "__main__":
    main()
