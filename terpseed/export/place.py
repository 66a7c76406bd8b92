"""The place of an export: filled under a hidden name beside its own, then renamed.

Only what an earlier export wrote is ever replaced: a folder is known by its ``export.json``, a
file by the folder's rule that the caller names.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from terpseed.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ABOUT = "export.json"


@contextmanager
def placed(out: Path, *, force: bool, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield a hidden path to fill; give it its name when that went well, else remove it.

    Args:
        out: the final place.
        force: whether an older export there is replaced.
        is_ours: says whether what lies there is an older export.

    Raises:
        OutputError: if the place is taken or the disk refuses.
    """
    out = out.resolve()
    hidden = out.with_name(f".{out.name}.partial-{os.getpid()}")
    if out.exists():
        if not is_ours(out):
            raise OutputError(
                "the place is taken by something that is no export",
                where=str(out),
                why="terpseed replaces only what it wrote",
                then="choose another --out",
            )
        if not force:
            raise OutputError(
                "there is an export already", where=str(out), then="add --force to replace it"
            )
    try:
        hidden.parent.mkdir(parents=True, exist_ok=True)
        _remove(hidden)
        yield hidden
        older = out.with_name(f".{out.name}.replaced-{os.getpid()}")
        if out.exists():
            out.replace(older)
        hidden.replace(out)
        _remove(older)
    except OSError as error:
        raise OutputError(
            "the export cannot be written",
            where=f"{error.filename or hidden}: {error.strerror or error}",
            then="free space, or choose another --out",
        ) from error
    finally:
        with suppress(OSError):  # what went wrong first is what has to be told
            _remove(hidden)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
