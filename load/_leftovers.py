"""The folder of a load's temporary files, and those that killed loads left behind.

A folder is locked while its process lives, however it ends. What is not locked is of the dead.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from terpseed.dataset.staging import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOMENT = 0.3  # seconds
_PREFIX = "terpseed-load-"


@contextmanager
def working_folder() -> Iterator[Path]:
    """Make a temporary folder that is removed in the end, and locked until then."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        with locked(folder):
            yield folder


def clean_leftovers() -> list[str]:
    """Remove the temporary folders of loads that were killed.

    Returns:
        One sentence per folder that was found.
    """
    notes = []
    for entry in sorted(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")):
        try:
            if not _may_be_dead(entry):
                continue
            with locked(entry) as is_dead:
                if is_dead:
                    size = sum(file.lstat().st_size for file in entry.iterdir())
                    shutil.rmtree(entry)
                    notes.append(
                        f"removed what a killed load left behind: {entry} ({size / 2**20:,.1f} MB)"
                    )
        except OSError as error:  # of another user, or gone meanwhile
            if not isinstance(error, FileNotFoundError | PermissionError):
                notes.append(f"what a killed load left behind cannot be removed: {error}")
    return notes


def _may_be_dead(entry: Path) -> bool:
    # A folder that was made this moment may not be locked yet.
    age = time.time() - entry.lstat().st_mtime
    return entry.is_dir() and not entry.is_symlink() and age > _MOMENT
