"""The names in a dataset's folder: which belong to it, and which to what is done with it later."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
CATALOG = "catalog.json"
_RESERVED_FOLDERS = ("receipts", "findings")


def is_reserved(path: str) -> bool:
    """Say whether a path in a dataset belongs to loads and reports, outside of all checksums.

    Args:
        path: relative to the dataset, with ``/``.
    """
    first = path.split("/", 1)[0]
    return first in _RESERVED_FOLDERS or first.startswith("report")


def list_files(folder: Path) -> dict[str, int]:
    """Return the size of each file below a folder by its path relative to it, in order.

    Links are listed as what they point to and are not followed into folders.

    Raises:
        OSError: if a folder cannot be read.
    """
    found: dict[str, int] = {}

    def visit(inner: str, prefix: str) -> None:
        with os.scandir(inner) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    visit(entry.path, f"{prefix}{entry.name}/")
                else:
                    size = entry.stat().st_size if entry.is_file() else 0
                    found[f"{prefix}{entry.name}"] = size

    visit(str(folder), "")
    return dict(sorted(found.items()))


def sync(path: Path) -> None:
    """Have the disk keep a file, or a folder's list of names.

    Raises:
        OSError: if it cannot. A file system that does not know how counts as having done so.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)
