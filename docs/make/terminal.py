"""A terminal of its own for a command, to see what people see."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def in_terminal(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command in a terminal and return all that it wrote there.

    Args:
        words: the command.
        folder: where it runs.
        environment: all its variables.
    """
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            written = b""
            while True:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # what Linux says when the other end is closed
                    break
                if not piece:
                    break
                written += piece
            process.wait()
    finally:
        os.close(ours)
    return written.decode()
