"""The same checks on the same files with terpseed and with other validators: seconds and memory.

10M ledger entries and 1M accounts in Parquet: every id once, every account there, debits equal
credits in each of 2.5M documents. Each validator runs in a process of its own, start to exit; runs
alternate, and medians are reported. One run on smaller files with a fault of each kind says what is
caught. ``terpseed validate`` does more than the three checks, since it knows the schema: it also
proves the files' SHA-256, types, NULLs, lengths and ranges.

    pip install --group bench
    python benchmarks/validate_vs_peers.py [--rows N] [--runs N]

Raw numbers go to ``benchmarks/results/validate_vs_peers.json``.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from benchmarks._timing import ROOT, TERPSEED, keep
from terpseed.catalog import Catalog, Column, ColumnType, ForeignKey, Table
from terpseed.dataset import DatasetWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

PEERS = {
    "pointblank": "pointblank",
    "dataframely": "dataframely",
    "pandera": "pandera",
    "great_expectations": "great_expectations",
}
CHECKS = ("primary_key", "reference", "balanced")
RULES = {
    "primary_key": "structure.primary-key",
    "reference": "references.declared",
    "balanced": "own.balanced",
}
PATIENCE = 180.0  # seconds before a validator counts as not finishing
RULE = """-- id: own.balanced
-- title: debits equal credits in every document
-- severity: error
-- proves: The sum of debits of each document is that of its credits.
-- why: A document that is off is off by somebody's money.
-- tables: ledger
SELECT document, sum(debit) AS debit, sum(credit) AS credit
FROM ledger GROUP BY document HAVING sum(debit) <> sum(credit)
"""


def _column(name: str, kind: str) -> Column:
    return Column(name, ColumnType.parse(kind), nullable=False)


CATALOG = Catalog(
    version="bench",
    tables={
        "accounts": Table(
            "accounts", (_column("id", "int"), _column("name", "varchar(40)")), ("id",)
        ),
        "ledger": Table(
            "ledger",
            tuple(
                _column(name, kind)
                for name, kind in (
                    ("id", "int"),
                    ("document", "int"),
                    ("account_id", "int"),
                    ("debit", "decimal(12,2)"),
                    ("credit", "decimal(12,2)"),
                    ("text", "varchar(80)"),
                )
            ),
            ("id",),
            foreign_keys=(ForeignKey(("account_id",), "accounts", ("id",)),),
        ),
    },
)


def write_files(folder: Path, rows: int, *, faulty: bool) -> Path:
    """Write the dataset; with faults, one row of each kind is wrong."""
    accounts = rows // 10
    number = pl.int_range(0, rows, dtype=pl.Int32, eager=True)
    cents = (number // 4 * 7919 % 1_000_003 + 1).cast(pl.Decimal(12, 2))
    zero = pl.repeat(0, rows, eager=True).cast(pl.Decimal(12, 2))
    is_debit = number % 2 == 0
    ledger = pl.DataFrame(
        {
            "id": number + 1,
            "document": number // 4 + 1,
            "account_id": (number.cast(pl.Int64) * 48271 % accounts + 1).cast(pl.Int32),
            "debit": cents.zip_with(is_debit, zero),
            "credit": zero.zip_with(is_debit, cents),
            "text": pl.select(pl.format("Entry of document {}", number // 4)).to_series(),
        }
    )
    with DatasetWriter(
        folder, CATALOG, format="parquet", scenario={}, seed=0, as_of=date(2025, 10, 31)
    ) as writer:
        if faulty:
            at, half = pl.int_range(0, rows, eager=True), rows // 2
            odd = pl.Series([77]).cast(pl.Decimal(12, 2))[0]
            ledger = ledger.with_columns(
                id=ledger["id"].set(at == half, half),
                account_id=ledger["account_id"].set(at == half, accounts + 5),
                debit=ledger["debit"].set(at == half + 100, odd),
            )
        # Past the writer's own proof, which would refuse a key that is there twice.
        writer.add([writer.sink.encode("ledger", ledger)])
        ids = pl.int_range(1, accounts + 1, dtype=pl.Int32, eager=True)
        writer.write(
            "accounts",
            pl.DataFrame({"id": ids, "name": pl.select(pl.format("Account {}", ids)).to_series()}),
        )
        writer.commit()
    return folder


def timed(words: Sequence[str | Path]) -> dict[str, Any]:
    """Run a program; return wall and processor seconds, peak megabytes and what it printed."""
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        pid = os.posix_spawn(
            str(words[0]),
            [str(word) for word in words],
            {**os.environ, "PYTHONPATH": str(ROOT)},
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1)],
        )
        watch = threading.Timer(PATIENCE, os.kill, (pid, signal.SIGKILL))
        watch.start()
        _, status, usage = os.wait4(pid, 0)
        watch.cancel()
        seconds = time.perf_counter() - started
        output.seek(0)
        printed = output.read()
    code = os.waitstatus_to_exitcode(status)
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "megabytes": round(usage.ru_maxrss / 1024),
        "finished": code in {0, 1},
        "printed": json.loads(printed) if code in {0, 1} and printed else None,
    }


def runners(folder: Path, rules: Path) -> dict[str, list[str | Path]]:
    """Return what is run, by name; peers that are not installed are left out, and said."""
    ours: list[str | Path] = [*TERPSEED, "validate", folder, "--rules", rules, "--json"]
    found: dict[str, list[str | Path]] = {
        "terpseed": ours,
        "terpseed, 512 MB": [*ours, "--memory-limit", "512MB"],
    }
    for name, module in PEERS.items():
        if find_spec(module) is None:
            print(f"{name} is not installed and left out")
            continue
        script = ROOT / "benchmarks" / "peers" / f"{name}_checks.py"
        found[name] = [sys.executable, script, folder]
    return found


def holds(name: str, printed: Any) -> dict[str, bool | None]:
    """Return what a run said of each check; None where it says nothing."""
    if printed is None:
        return dict.fromkeys(CHECKS)
    if name.startswith("terpseed"):
        states = {rule["id"]: rule["status"] == "passed" for rule in printed["rules"]}
        return {check: states.get(rule) for check, rule in RULES.items()}
    return {check: printed.get(check, {}).get("holds") for check in CHECKS}


def seconds_of(name: str, found: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the median seconds of each check, as the validator itself measured them."""
    seconds: dict[str, list[float]] = {}
    for run in found:
        if run["printed"] is None:
            continue
        if name.startswith("terpseed"):
            told = {rule["id"]: rule["seconds"] for rule in run["printed"]["rules"]}
            each = {check: told.get(rule) for check, rule in RULES.items()}
        else:
            each = {check: told["seconds"] for check, told in run["printed"].items()}
        for check, value in each.items():
            if value is not None:
                seconds.setdefault(check, []).append(value)
    return {check: round(statistics.median(values), 3) for check, values in seconds.items()}


@click.command()
@click.option("--rows", default=10_000_000, show_default=True)
@click.option("--runs", default=3, show_default=True)
def main(rows: int, runs: int) -> None:
    """Measure, print medians, keep the raw numbers."""
    with tempfile.TemporaryDirectory(prefix="terpseed-bench-") as name:
        work = Path(name)
        (work / "rules").mkdir()
        (work / "rules" / "balanced.sql").write_text(RULE)
        # In a process of its own: a child's peak memory begins with what its parent held.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            good = pool.submit(write_files, work / "good", rows, faulty=False).result()
            bad = pool.submit(write_files, work / "bad", rows // 10, faulty=True).result()
        caught = {
            who: holds(who, timed(words)["printed"])
            for who, words in runners(bad, work / "rules").items()
        }
        raw: dict[str, list[dict[str, Any]]] = {}
        slow: set[str] = set()
        for _ in range(runs):
            for who, words in runners(good, work / "rules").items():
                if who not in slow:
                    raw.setdefault(who, []).append(timed(words))
                    run = raw[who][-1]
                    print(who, run["seconds"], run["megabytes"], run["finished"], flush=True)
                    slow |= set() if run["finished"] else {who}
            _save(rows, raw, caught)


def _save(rows: int, raw: dict[str, list[dict[str, Any]]], caught: dict[str, Any]) -> None:
    medians = {
        who: {
            **{
                what: statistics.median(run[what] for run in found)
                for what in ("seconds", "processor_seconds", "megabytes")
            },
            "finished": all(run["finished"] for run in found),
            "holds": holds(who, found[-1]["printed"]),
            "seconds_of_checks": seconds_of(who, found),
        }
        for who, found in raw.items()
    }
    last = raw["terpseed"][-1]["printed"]
    keep(
        "validate_vs_peers",
        {
            "rows": rows,
            "versions": {n: version(module) for n, module in PEERS.items() if find_spec(module)},
            "medians": medians,
            "with_faults": caught,
            "load_average": os.getloadavg(),
            "raw": {
                who: [{k: v for k, v in run.items() if k != "printed"} for run in found]
                for who, found in raw.items()
            },
            "terpseed_rules": {
                rule["id"]: [rule["checks"], rule["seconds"]] for rule in last["rules"]
            }
            if last
            else {},
        },
    )


if __name__ == "__main__":
    main()
