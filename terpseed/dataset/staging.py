"""A folder that appears under its name at once, complete, or not at all.

It is filled under a hidden name beside its final one, ``.NAME.partial-PID``, and then renamed.
The folder is locked while its process lives; what a killed process left behind is not, and the
next run for the same name takes it away. What may be continued is filled under the name
``.NAME.unfinished`` and stays until it is finished. A replaced dataset waits as
``.NAME.replaced-PID`` until the new one is in place; if the process dies in between, the next run
puts it back.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from terpseed.dataset.interrupts import held
from terpseed.dataset.layout import CATALOG, MANIFEST, is_reserved, list_files, sync
from terpseed.dataset.manifest import peek
from terpseed.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Staging:
    """The hidden folder of a dataset that is being written.

    Args:
        out: the dataset's final place.
        force: whether an older dataset there is replaced.
        continued: whether a later run may go on with the folder: then it is kept when this one
            ends, and may be there already.

    Attributes:
        out: the final place, links resolved.
        folder: the hidden folder.
        notes: what was found and cleaned, one sentence each.

    Raises:
        OutputError: if the place is taken, another run writes there, or the disk refuses.
    """

    def __init__(self, out: Path, *, force: bool, continued: bool = False) -> None:
        self.out = out.resolve()
        self._force = force
        self._is_continued = continued
        self._is_made = False
        self._lock = ExitStack()
        self._made: list[Path] = []
        self.notes: list[str] = []
        self.folder = (
            self.out.with_name(f".{self.out.name}.unfinished")
            if continued
            else self._hidden("partial")
        )
        try:
            with held():
                self.notes += clean_leftovers(self.out)
                refuse_taken(self.out, force=force)
                self._make()
        except OSError as error:
            self.discard()
            raise disk_refused(error, self.folder) from error
        except BaseException:
            self.discard()
            raise

    def _hidden(self, kind: str) -> Path:
        return self.out.with_name(f".{self.out.name}.{kind}-{os.getpid()}")

    def _make(self) -> None:
        for parent in reversed(self.out.parents):
            if not parent.exists():
                parent.mkdir()
                self._made.append(parent)
        try:
            self.folder.mkdir(exist_ok=self._is_continued)
        except FileExistsError:
            raise self._busy() from None
        if self._is_continued:
            self._lock.enter_context(locked(self.folder, busy=self._busy()))
        else:
            self._is_made = True
            self._lock.enter_context(locked(self.folder))

    def _busy(self) -> OutputError:
        return OutputError(
            "another run is writing to the same place",
            where=str(self.folder),
            then="wait until it ends, or choose another folder with --out",
        )

    def commit(self) -> None:
        """Give the folder its final name, in place of an older dataset if that was allowed.

        Raises:
            OutputError: if the place was taken meanwhile, or the disk refuses; what was there
                before is there again.
        """
        try:
            self._sync()
            with held():
                refuse_taken(self.out, force=self._force)
                self._swap()
        except OSError as error:
            raise disk_refused(error, self.out) from error

    def _sync(self) -> None:
        files = [self.folder / name for name in list_files(self.folder)]
        folders = sorted({file.parent for file in files} | {self.folder})
        with ThreadPoolExecutor(8) as pool:
            for _ in pool.map(sync, files + folders):
                pass

    def _swap(self) -> None:
        if self.out.exists() and any(self.out.iterdir()):
            self._replace()
        else:
            self.folder.rename(self.out)
        self._is_made = False
        self._lock.close()
        self._made.clear()
        with suppress(
            OSError
        ):  # the dataset is in place; at worst the old name survives a power cut
            sync(self.out.parent)

    def _replace(self) -> None:
        older = self._hidden("replaced")
        _keep_receipts(self.out, self.folder)
        with locked(self.out):
            self.out.rename(older)
            try:
                self.folder.rename(self.out)
            except BaseException:
                older.rename(self.out)
                raise
            shutil.rmtree(older, ignore_errors=True)
        if older.exists():
            self.notes.append(f"the replaced dataset could not be deleted: {older}")

    def start_again(self) -> None:
        """Empty the folder of what an earlier run had put into it.

        Raises:
            OutputError: if the disk refuses.
        """
        try:
            for entry in self.folder.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
        except OSError as error:
            raise disk_refused(error, self.folder, kept=True) from error

    def discard(self, *, everything: bool = False) -> None:
        """Remove the hidden folder and the parents that were made for it; never raises.

        Args:
            everything: whether even a folder goes that a later run could continue.
        """
        with held():
            self._is_made |= everything and self.folder.exists()
            if self._is_made:
                shutil.rmtree(self.folder, ignore_errors=True)
                self._is_made = False
            for parent in reversed(self._made):
                with suppress(OSError):
                    parent.rmdir()
            self._made.clear()
            self._lock.close()


@contextmanager
def locked(folder: Path, busy: OutputError | None = None) -> Iterator[bool]:
    """Lock a folder; say whether that worked. A file system without locks counts as not.

    Args:
        folder: what to lock.
        busy: raised if another process holds the lock.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if busy is not None and isinstance(error, BlockingIOError):
                raise busy from None
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _keep_receipts(older: Path, newer: Path) -> None:
    # A receipt is all that can take a load back out of a target; it outlives its dataset.
    receipts = older / "receipts"
    if receipts.is_dir():
        shutil.copytree(receipts, newer / "receipts")


def clean_leftovers(out: Path) -> list[str]:
    """Remove, or put back, what killed runs for a place left beside it.

    Args:
        out: final place of a dataset.

    Returns:
        One sentence per folder that was found.
    """
    if not out.parent.is_dir():
        return []
    notes = []
    partial, replaced = f".{out.name}.partial-", f".{out.name}.replaced-"
    for entry in sorted(out.parent.iterdir()):
        if not entry.name.startswith((partial, replaced)) or not entry.is_dir():
            continue
        try:
            with locked(entry) as is_dead:
                if is_dead and entry.name.startswith(replaced) and not out.exists():
                    entry.rename(out)
                    notes.append(
                        f"an interrupted run had moved the dataset away; it is back: {out}"
                    )
                elif is_dead:
                    shutil.rmtree(entry)
                    notes.append(f"removed what an interrupted run left behind: {entry}")
        except OSError as error:
            notes.append(f"what an interrupted run left behind cannot be removed: {error}")
    return notes


def refuse_taken(out: Path, *, force: bool) -> None:
    """Make sure that a dataset may be put in a place.

    Args:
        out: the place.
        force: whether an older dataset may be replaced. Nothing else ever is.

    Raises:
        OutputError: if it may not.
        OSError: if the place cannot be read.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(
            "the output is a file, not a folder", where=str(out), then="choose another --out"
        )
    if out.is_mount():
        raise OutputError(
            "the output folder is a mount point, which cannot be replaced at once",
            where=str(out),
            then=f"choose a folder inside it, for example --out {out / 'dataset'}",
        )
    files = list_files(out)
    if not files and not any(out.iterdir()):
        return
    manifest = peek(out / MANIFEST)
    if manifest is None:
        raise OutputError(
            "the output folder holds something else than a dataset",
            where=f"{out}: {_some(list(files) or [entry.name for entry in sorted(out.iterdir())])}",
            why="terpseed replaces only what it wrote itself, even with --force",
            then="choose another --out, or empty the folder",
        )
    if not force:
        raise OutputError(
            f"the output folder holds an older dataset made by terpseed {manifest['generator']}",
            where=str(out),
            then="add --force to replace it, or choose another --out",
        )
    known = {MANIFEST, CATALOG} | {
        file["path"] for entry in manifest["tables"].values() for file in entry["files"]
    }
    strangers = [name for name in files if name not in known and not is_reserved(name)]
    if strangers:
        raise OutputError(
            "the older dataset's folder holds files that are no part of it",
            where=f"{out}: {_some(strangers)}",
            why="--force would delete them",
            then="move them away, or choose another --out",
        )


def _some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


_REFUSALS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file would become larger than is allowed",
    errno.EACCES: "there is no permission to write",
    errno.EPERM: "there is no permission to write",
    errno.EROFS: "the disk is read-only",
}


def disk_refused(error: OSError, path: Path, *, kept: bool = False) -> OutputError:
    """Return the error to raise when the disk refuses to write.

    Args:
        error: what the system said.
        path: what was being written.
        kept: whether what was finished stays, for a later run to go on with.
    """
    if kept:
        return OutputError(
            _REFUSALS.get(error.errno or 0, "the dataset cannot be written"),
            where=f"{path}: {error.strerror or error}",
            why="the dataset is not finished; what is finished of it is kept",
            then="make room, and run the same command again: it goes on from there",
        )
    what = _REFUSALS.get(error.errno or 0, "the dataset cannot be written")
    return OutputError(
        what,
        where=f"{path}: {error.strerror or error}",
        why="no dataset was made, and what was written of it is removed",
        then="free some space or choose another --out"
        if error.errno in {errno.ENOSPC, errno.EDQUOT}
        else "choose another --out",
    )
