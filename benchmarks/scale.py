"""Many markets: speed, memory and cost per row of generating and validating, and the peers' beside.

    python benchmarks/scale.py            everything but `bounded`: 10 to 15 minutes
    python benchmarks/scale.py generate validate peers
                                          some of it
    python benchmarks/scale.py bounded    50 million rows made and validated within 1 GB

Names are N x K: N markets, each K times `full`. Everything is measured in one run, in this order:
1 x 1, 10 x 1, 100 x 1 and 10 x 10 as Parquet; 10 x 10 as CSV; tpchgen-cli and the ceiling of
vectorised generation; then all rules over 1 x 1, 10 x 1, 100 x 1 and 10 x 10 under 2 GB. Each
comes with wall seconds, processor seconds of all processes together, and the most memory of all of
them and of the largest. Raw numbers go to results/scale.json; a run replaces what an earlier one
said of the same. Datasets are left in ``FOLDER`` (0.6 GB) for loading benchmarks; delete them by
hand. ``bounded`` takes 2 GB of disk, deletes its dataset, and some 15 minutes; ``MARKETS`` and
``MARKET_SIZE`` make it another one.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "benchmarks" / "results" / "scale.json"
FOLDER = Path(os.environ.get("FOLDER", Path(tempfile.gettempdir()) / "terpseed-scale"))
SHAPES = ((1, 1), (10, 1), (100, 1), (10, 10))  # markets, and how many times `full` each is
IN_CSV = (10, 10)
EVERYTHING = ("generate", "peers", "validate")
LIMIT = "2GB"
BOUNDED = (int(os.environ.get("MARKETS", "80")), int(os.environ.get("MARKET_SIZE", "10")))
BOUNDED_LIMIT = os.environ.get("LIMIT", "512MB")  # of DuckDB; the process takes more
BOUND_MB = 1000
TERPSEED = (sys.executable, "-c", "from terpseed.cli import main; main()")
WORKERS = 2
EVERY = 0.1  # seconds between two looks at memory
LEDGER_ROWS, CHUNK = 10_000_000, 2_000_000


def measured(*words: str | Path) -> dict[str, float]:
    """Run a program to its end.

    Returns:
        Wall seconds, processor seconds of it and its children, most memory of all of them together
        and of the largest one, in megabytes, and the machine's load before it.
    """
    load = os.getloadavg()[0]
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        text=True,
    )
    peak, largest, over = [0.0], [0.0], threading.Event()

    def look() -> None:
        while not over.wait(EVERY):
            sizes = memory_of(process.pid)
            peak[0] = max(peak[0], sum(sizes))
            largest[0] = max(largest[0], *sizes, 0.0)

    watch = threading.Thread(target=look, daemon=True)
    watch.start()
    try:
        printed, _ = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        raise
    seconds = time.perf_counter() - started
    over.set()
    watch.join()
    if process.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(map(str, words))} left with {process.returncode}:\n{printed}")
    after = os.times()
    return {
        "exit": process.returncode,
        "wall_s": round(seconds, 2),
        "cpu_s": round(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system,
            2,
        ),
        "peak_mb": round(peak[0]),
        "largest_process_mb": round(largest[0]),
        "load_before": round(load, 1),
    }


def memory_of(session: int) -> list[float]:
    """Return the resident memory of each process of a session, in megabytes."""
    sizes = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                sizes.append(int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6)
        except (OSError, IndexError):
            continue
    return sizes


def per_row(figures: dict[str, float], rows: int, size: int) -> dict[str, float]:
    """Add what makes runs comparable."""
    return {
        **figures,
        "rows": rows,
        "bytes": size,
        "rows_per_wall_s": round(rows / figures["wall_s"]),
        "rows_per_cpu_s": round(rows / figures["cpu_s"]),
        "cpu_us_per_row": round(figures["cpu_s"] / rows * 1e6, 2),
        "mb_per_cpu_s": round(size / figures["cpu_s"] / 1e6, 2),
    }


def dataset(markets: int, size: int, file_format: str = "parquet") -> Path:
    """Return where a dataset lies."""
    return FOLDER / f"{file_format}-{markets}-of-{size}"


def files_of(out: Path) -> tuple[int, int]:
    """Return the rows and bytes of a dataset's files."""
    tables = json.loads((out / "manifest.json").read_text())["tables"].values()
    files = [file for entry in tables for file in entry["files"]]
    return sum(file["rows"] for file in files), sum(file["bytes"] for file in files)


def generate(
    markets: int, size: int, file_format: str = "parquet", workers: int = WORKERS
) -> dict[str, float]:
    """Generate markets and return what it took."""
    out = dataset(markets, size, file_format)
    options = ("--schema", "2025-11", "--scale", str(markets), "--market-size", str(size))
    told = ("--workers", str(workers), "--format", file_format, "--out", out, "--force")
    figures = measured(*TERPSEED, "generate", *options, *told)
    if figures["exit"]:
        raise SystemExit(f"{out} was not made")
    return per_row(figures, *files_of(out))


def validate(
    markets: int, size: int, limit: str = LIMIT, workers: int = WORKERS
) -> dict[str, float]:
    """Validate a dataset that is there under a memory limit, and return what it took."""
    out = dataset(markets, size)
    report = FOLDER / f"report-{markets}-of-{size}"
    told = ("--memory-limit", limit, "--workers", str(workers), "--report", report, "--json")
    return per_row(measured(*TERPSEED, "validate", out, *told), *files_of(out))


def bounded(kept: dict[str, Any]) -> bool:
    """Make and validate many rows in little memory; say whether both stayed below the bound."""
    markets, size = BOUNDED
    made = generate(markets, size, workers=1)
    add(kept, f"bounded: generate {markets} x {size}, 1 worker", made)
    checked = validate(markets, size, BOUNDED_LIMIT, workers=1)
    add(kept, f"bounded: validate {markets} x {size}, {BOUNDED_LIMIT}, 1 worker", checked)
    shutil.rmtree(dataset(markets, size))
    return max(made["peak_mb"], checked["peak_mb"]) <= BOUND_MB and not checked["exit"]


def tpch() -> dict[str, float]:
    """Run tpchgen-cli, compiled Rust that makes much simpler tables, at scale factor 1."""
    program = shutil.which("tpchgen-cli") or str(Path(sys.executable).with_name("tpchgen-cli"))
    out = FOLDER / "tpch"
    shutil.rmtree(out, ignore_errors=True)
    figures = measured(
        program,
        "parquet",
        "--scale-factor=1",
        "--compression=ZSTD(1)",
        f"--num-threads={WORKERS}",
        f"--output-dir={out}",
    )
    import pyarrow.parquet as pq  # noqa: PLC0415 - only for the peer

    files = sorted(out.rglob("*.parquet"))
    rows = sum(pq.ParquetFile(file).metadata.num_rows for file in files)
    size = sum(file.stat().st_size for file in files)
    shutil.rmtree(out)
    return per_row(figures, rows, size)


CEILING = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import numpy as np, polars as pl
texts = pl.Series([f"posting of kind {{i}}" for i in range(400)])
def chunk(k):
    r = np.random.Generator(np.random.Philox(key=k)); n = {CHUNK}
    def numbers(low, high): return r.integers(low, high, n)
    f = pl.DataFrame({{
        "id": pl.int_range(k * n, k * n + n, eager=True).cast(pl.Int32),
        "account": numbers(1, 90).astype(np.int32), "fiscal": numbers(1, 30).astype(np.int32),
        "day": numbers(19700, 20400).astype(np.int32), "debit": numbers(0, 9_000_000),
        "credit": numbers(0, 9_000_000), "kind": numbers(0, 12).astype(np.int32),
        "ref": numbers(1, 2_000_000).astype(np.int32), "by": numbers(1, 30).astype(np.int32),
        "manual": r.random(n) < 0.02, "made": numbers(1_700_000_000, 1_760_000_000),
        "text": numbers(0, 400).astype(np.int32),
    }}).with_columns(
        pl.col("day").cast(pl.Date), (pl.col("debit").cast(pl.Decimal(15, 2)) / 100),
        (pl.col("credit").cast(pl.Decimal(15, 2)) / 100),
        (pl.col("made") * 1_000_000).cast(pl.Datetime("us")),
        pl.lit(texts).gather("text").alias("text"),
    )
    if sys.argv[1] != "-":
        f.write_parquet(f"{{sys.argv[1]}}/{{k}}.parquet", compression="zstd")
with ThreadPoolExecutor({WORKERS}) as pool:
    list(pool.map(chunk, range({LEDGER_ROWS // CHUNK})))
"""


def ceiling(*, written: bool) -> dict[str, float]:
    """Make random ledger rows of twelve columns, and write them as Parquet or not at all."""
    out = FOLDER / "ceiling"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    figures = measured(sys.executable, "-c", CEILING, out if written else "-")
    size = sum(file.stat().st_size for file in out.iterdir())
    shutil.rmtree(out)
    return per_row(figures, LEDGER_ROWS, size)


def peers(kept: dict[str, Any]) -> None:
    """Run the peers once and add their numbers."""
    for name, figures in (
        ("tpchgen-cli SF1, Parquet zstd", tpch()),
        ("ceiling, written as Parquet zstd", ceiling(written=True)),
        ("ceiling, not written", ceiling(written=False)),
    ):
        add(kept, name, figures)


def add(kept: dict[str, Any], name: str, figures: dict[str, float]) -> None:
    """Keep a measurement, print it, and write all of them."""
    print(f"{name:40} {figures}", flush=True)
    kept[name] = figures
    machine = {
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10**6,
        "system": platform.platform(),
        "python": platform.python_version(),
        "names": "N x K: N markets of K times `full`, schema 2025-11 (117 tables)",
    }
    TARGET.write_text(json.dumps({"machine": machine, "raw": kept}, indent=1) + "\n")


def main() -> None:
    """Measure what was asked for."""
    wanted = set(sys.argv[1:]) or set(EVERYTHING)
    if strangers := wanted - {*EVERYTHING, "bounded"}:
        raise SystemExit(f"nothing to measure is called {', '.join(sorted(strangers))}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = json.loads(TARGET.read_text())["raw"] if TARGET.exists() else {}
    if wanted >= set(EVERYTHING):
        kept = {name: figures for name, figures in kept.items() if name.startswith("bounded")}
    if "generate" in wanted:
        for markets, size in SHAPES:
            add(kept, f"generate {markets} x {size}, Parquet", generate(markets, size))
        add(kept, "generate {} x {}, CSV".format(*IN_CSV), generate(*IN_CSV, "csv"))
        shutil.rmtree(dataset(*IN_CSV, "csv"))
    if "peers" in wanted:
        peers(kept)
    if "validate" in wanted:
        for markets, size in SHAPES:
            add(kept, f"validate {markets} x {size}, {LIMIT}", validate(markets, size))
    if "bounded" in wanted and not bounded(kept):
        raise SystemExit(f"the bound of {BOUND_MB} MB was exceeded, or rules are broken")


if __name__ == "__main__":
    main()
