"""What the loading benchmarks share: running programs and statements, and keeping raw numbers."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terpseed.connection import Target, connect

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
TERPSEED = (sys.executable, "-c", "from terpseed.cli import main; main()")


def run(*words: str | Path, **environment: str) -> tuple[float, str]:
    """Run a program; return its seconds from start to exit and what it printed."""
    started = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in words],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{words[0]} left with {done.returncode}:\n{done.stderr}")
    return seconds, done.stdout


def sql(target: Target, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements; return the rows of the last one."""
    rows: list[Any] = []
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        for statement in statements:
            cursor.execute(statement)
            rows = list(cursor.fetchall()) if cursor.description else []
        connection.commit()
    return rows


def load(target: Target, dataset: Path, workers: int = 2) -> dict[str, float]:
    """Run ``terpseed load``; return seconds of the whole process, of sending and of the proof."""
    seconds, printed = run(
        *TERPSEED, "load", dataset, "--json", "--workers", str(workers), DATABASE_URL=target.url
    )
    result = json.loads(printed)
    assert result["ok"]
    return {"whole": round(seconds, 3), **result["seconds"]}


def keep(name: str, result: Mapping[str, Any]) -> None:
    """Write a result with its raw numbers to ``benchmarks/results``."""
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    machine = {"cpus": os.cpu_count(), "python": platform.python_version()}
    text = json.dumps({**result, "machine": machine}, indent=1)
    (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
