"""Many markets: speed, memory and cost per row of generating and validating, and the peers' beside.

    python benchmarks/scale.py generate      N = 1, 10, 100 markets, Parquet; CSV at N = 10
    python benchmarks/scale.py validate      the datasets that `generate` left, under 2 GB
    python benchmarks/scale.py peers         tpchgen-cli and the ceiling of vectorised generation
    python benchmarks/scale.py all

A market is ten times `full` (640,000 rows) unless ``SIZE`` says otherwise. Processor seconds are
of all processes together; they, not wall seconds, are put against peers, because the machine is
shared. Peers run before and after ours. Raw numbers go to results/scale.json, which keeps what
other calls measured. Datasets are left in ``FOLDER`` (2 GB) for loading benchmarks; delete them by
hand.
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
SIZE = int(os.environ.get("SIZE", "10"))
SCALES = tuple(int(n) for n in os.environ.get("SCALES", "1,10,100").split(","))
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


def dataset(scale: int, file_format: str = "parquet") -> Path:
    """Return where the dataset of a scale lies."""
    return FOLDER / f"{file_format}-{scale}-of-{SIZE}"


def generate(scale: int, file_format: str = "parquet") -> dict[str, float]:
    """Generate markets and return what it took."""
    out = dataset(scale, file_format)
    options = ("--schema", "2025-11", "--scale", str(scale), "--market-size", str(SIZE))
    figures = measured(
        *TERPSEED,
        "generate",
        *options,
        "--workers",
        str(WORKERS),
        "--format",
        file_format,
        "--out",
        out,
        "--force",
    )
    files = [
        file
        for entry in json.loads((out / "manifest.json").read_text())["tables"].values()
        for file in entry["files"]
    ]
    return per_row(figures, sum(f["rows"] for f in files), sum(f["bytes"] for f in files))


def validate(scale: int) -> dict[str, float]:
    """Validate a dataset that is there under a memory limit, and return what it took."""
    out = dataset(scale)
    report = FOLDER / f"report-{scale}"
    figures = measured(
        *TERPSEED, "validate", out, "--memory-limit", "2GB", "--report", report, "--json"
    )
    manifest = json.loads((out / "manifest.json").read_text())["tables"]
    files = [file for entry in manifest.values() for file in entry["files"]]
    return per_row(figures, sum(f["rows"] for f in files), sum(f["bytes"] for f in files))


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
    kept.setdefault(name, []).append(figures)
    machine = {
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10**6,
        "system": platform.platform(),
        "python": platform.python_version(),
        "shared": "with other work all the time; processor seconds are what counts",
        "names": "N x K: N markets of K times `full`, schema 2025-11 (117 tables)",
    }
    TARGET.write_text(json.dumps({"machine": machine, "raw": kept}, indent=1) + "\n")


def main() -> None:
    """Measure what was asked for."""
    wanted = set(sys.argv[1:]) or {"all"}
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = json.loads(TARGET.read_text())["raw"] if TARGET.exists() else {}
    if wanted & {"peers", "all"}:
        peers(kept)
    if wanted & {"generate", "all"}:
        for scale in SCALES:
            add(kept, f"generate {scale} x {SIZE}, Parquet", generate(scale))
        if wanted & {"csv", "all"}:
            add(kept, f"generate 10 x {SIZE}, CSV", generate(10, "csv"))
            shutil.rmtree(dataset(10, "csv"))
    elif "csv" in wanted:
        add(kept, f"generate 10 x {SIZE}, CSV", generate(10, "csv"))
        shutil.rmtree(dataset(10, "csv"))
    if wanted & {"validate", "all"}:
        for scale in SCALES:
            add(kept, f"validate {scale} x {SIZE}", validate(scale))
    if "all" in wanted:
        peers(kept)


if __name__ == "__main__":
    main()
