"""Kill a run of many markets at random moments, continue it, and compare it with one left alone.

    python benchmarks/interrupted.py [--kills N] [--markets N] [--seed N]

Each round starts the same command again and ends it with SIGKILL: one in three at a random moment
from its start, the others at one from when it has finished another part. Half of the kills hit the
command alone, whose workers have to notice. When a run ends, every file is compared byte for byte,
and the next series begins. Counts go to results/interrupted.json after each round.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks._timing import ROOT, TERPSEED, keep


def command(out: Path, markets: int, workers: int) -> list[str]:
    """Return the command that makes the markets."""
    options = ("--scenario", "light", "--schema", "2025-11", "--scale", str(markets))
    return [*TERPSEED, "generate", *options, "--workers", str(workers), "--out", str(out)]


def start(words: list[str]) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own."""
    return subprocess.Popen(
        words,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def living(session: int) -> int:
    """Return the number of processes of a session that are alive."""
    count = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            count += int(fields[3]) == session and fields[0] != "Z"
    return count


def survivors_of(process: subprocess.Popen[bytes], *, alone: bool) -> int:
    """Kill a command, with its workers or alone; return how many processes outlive it by 5 s."""
    (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
    process.wait()
    end = time.monotonic() + 5
    while living(process.pid) and time.monotonic() < end:
        time.sleep(0.02)
    return living(process.pid)


def files(folder: Path) -> dict[str, bytes]:
    """Return all files of a dataset by path."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def finished_parts(out: Path) -> int:
    """Return how many parts an unfinished dataset has finished."""
    journal = out.with_name(f".{out.name}.unfinished") / "journal"
    return len(list(journal.glob("0*.json")))


@click.command()
@click.option("--kills", default=40, show_default=True)
@click.option("--markets", default=6, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(kills: int, markets: int, seed: int) -> None:
    """Run the rounds, compare, and keep the counts."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    counts = {"kills": 0, "of the command alone": 0, "before anything was finished": 0}
    counts |= {"in the midst": 0, "when the dataset had its name": 0}
    counts |= {"datasets compared": 0, "datasets that differed": 0}
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        whole, out = Path(folder) / "whole", Path(folder) / "out"
        began = time.perf_counter()
        if start(command(whole, markets, 1)).wait():
            raise SystemExit("the run to compare with failed")
        usual = time.perf_counter() - began
        expected = files(whole)

        def compare() -> None:
            counts["datasets compared"] += 1
            counts["datasets that differed"] += files(out) != expected
            shutil.rmtree(out)

        while counts["kills"] < kills or out.with_name(".out.unfinished").exists():
            before = finished_parts(out)
            process = start(command(out, markets, 2))
            within = usual
            if counts["kills"] < kills and chance.random() > 1 / 3:
                within = usual / markets / 4  # starting takes most of a short run
                while process.poll() is None and finished_parts(out) == before:
                    time.sleep(0.01)
            try:
                # A run that continues is shorter, so that some moments lie behind its end.
                code = process.wait(chance.uniform(0, within) if counts["kills"] < kills else None)
            except subprocess.TimeoutExpired:
                alone = chance.random() < 0.5
                survivors += survivors_of(process, alone=alone)
                counts["kills"] += 1
                counts["of the command alone"] += alone
                if out.exists():  # it has its name already: the command was about to end
                    counts["when the dataset had its name"] += 1
                    compare()
                else:
                    begun = finished_parts(out) > 0
                    counts["in the midst" if begun else "before anything was finished"] += 1
            else:
                if code:
                    raise SystemExit(f"a run that was not killed left with {code}")
                compare()
            counts["processes that outlived a kill"] = survivors
            click.echo(f"{counts}", err=True)
            keep("interrupted", {"markets": markets, "seed": seed, **counts})
    sys.exit(bool(counts["datasets that differed"] or survivors))


if __name__ == "__main__":
    main()
