"""Writing one file of text, at once or not at all; what is in it is its callers' business."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terpseed.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path


def write_text(path: Path, text: str, what: str) -> None:
    """Write a file under a hidden name and rename it, so that it is never half written.

    Args:
        path: the file; folders above it are made.
        text: what goes into it.
        what: what it is, for the error.

    Raises:
        OutputError: if the disk refuses.
    """
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"the {what} cannot be written",
            where=f"{path}: {error.strerror or error}",
            then="free space, or name another file",
        ) from None
