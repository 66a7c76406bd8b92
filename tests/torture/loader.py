"""One load as a process of its own, that may be killed: ``loader.py DATASET CHUNK_BYTES PATIENCE``.

The target is in ``DATABASE_URL``. It is what ``terpseed load`` does, in small transactions, so that
there are many moments between them.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

import load
from terpseed.connection import Target, prefer_c_extension
from terpseed.dataset import open_dataset
from terpseed.errors import TerpseedError


def main() -> int:
    """Load, and return the exit code that the command would have."""
    # Where a shell started us in the background, Ctrl-C would be ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    prefer_c_extension()
    folder, chunk_bytes, patience = sys.argv[1:]
    for note in load.clean_leftovers():
        click.echo(note, err=True)
    try:
        plan = load.plan(
            open_dataset(Path(folder)), Target.parse(), workers=2, chunk_bytes=int(chunk_bytes)
        )
        if (obstacle := plan.obstacle()) is not None:
            raise obstacle
        click.echo(f"present {len(plan.present)} of {len(plan.chunks)}")
        result = load.load(plan, patience=float(patience))
    except TerpseedError as error:
        click.echo(error, err=True)
        return int(error.exit_code)
    except KeyboardInterrupt as stop:
        click.echo("; ".join(getattr(stop, "__notes__", ())), err=True)
        return 130
    click.echo(f"sent {result.chunks}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
