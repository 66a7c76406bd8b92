"""Time and memory of `full`, from start to exit: generate and validate, both versions.

Beside it runs what seed scripts usually do: Faker, one row after the other, into dictionaries and
a CSV file; its rows per second are put against ours. Runs alternate, medians are reported, and the
raw numbers go to results/full_scenario.json.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 5
PEER_ROWS = 20_000
COMMAND = (sys.executable, "-c", "from terpseed.cli import main; main()")
PEER = f"""
import csv, random, sys
from faker import Faker
Faker.seed(1); random.seed(1); fake = Faker()
with open(sys.argv[1], "w", newline="") as file:
    writer = csv.writer(file)
    for number in range({PEER_ROWS}):
        writer.writerow([number, fake.company(), fake.name(), fake.date_this_decade(),
                         fake.sentence(), random.randint(1, 10**6) / 100])
"""


def timed(*words: str) -> tuple[float, float]:
    """Run a program; return its wall seconds and its peak memory in megabytes."""
    started = time.perf_counter()
    pid = os.posix_spawn(
        words[0],
        words,
        {**os.environ, "PYTHONPATH": str(ROOT)},
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(words)} failed")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    """Run everything in turn and print medians."""
    raw: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(RUNS + 1):
            for version in ("2025-11", "2026-05"):
                out = f"{folder}/{version}"
                generate = (*COMMAND, "generate", "--schema", version, "--out", out, "--force")
                for name, words in (
                    (f"generate {version}", generate),
                    (f"validate {version}", (*COMMAND, "validate", out)),
                ):
                    figures = timed(*words)
                    if turn:  # the first run only warms up
                        raw.setdefault(name, []).append(figures)
            figures = timed(sys.executable, "-c", PEER, f"{folder}/peer.csv")
            if turn:
                raw.setdefault("faker row by row", []).append(figures)
        rows = {
            version: sum(entry["rows"] for entry in _tables(Path(folder, version, "manifest.json")))
            for version in ("2025-11", "2026-05")
        }
    medians = {
        name: {
            "seconds": round(statistics.median(s for s, _ in runs), 3),
            "megabytes": round(max(m for _, m in runs)),
        }
        for name, runs in raw.items()
    }
    peer = PEER_ROWS / medians["faker row by row"]["seconds"]
    for version, count in rows.items():
        entry = medians[f"generate {version}"]
        entry["rows"] = count
        entry["rows_per_second_against_faker"] = round(count / entry["seconds"] / peer, 1)
    result = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "medians": medians,
        "raw": {name: [[round(s, 3), round(m)] for s, m in runs] for name, runs in raw.items()},
    }
    target = ROOT / "benchmarks" / "results" / "full_scenario.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    for name, entry in medians.items():
        print(f"{name:20} {entry}")


def _tables(manifest: Path) -> list[dict[str, int]]:
    return list(json.loads(manifest.read_text())["tables"].values())


if __name__ == "__main__":
    main()
