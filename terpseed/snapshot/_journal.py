"""What an interrupted snapshot leaves behind, so that the next run need not read it again.

The work lies in a hidden folder beside the dataset's place, ``.NAME.snapshot``: table files, and a
journal with one line for each piece that is complete. A later run sees the database at a later
moment; a piece is kept only if the server's own checksum of it is still the same.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from terpseed.dataset import Checksum, TableFile
from terpseed.dataset.layout import sync
from terpseed.dataset.staging import disk_refused, locked
from terpseed.errors import OutputError
from terpseed.snapshot.result import Piece, Unheld

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FORMAT = 1
JOURNAL = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Done:
    """A piece that was read.

    Attributes:
        piece: which rows.
        checksum: of the rows as the server has them, before any masking.
        files: what was written; none for a piece without rows.
        unheld: values that the files cannot hold.
    """

    piece: Piece
    checksum: Checksum
    files: tuple[TableFile, ...]
    unheld: tuple[Unheld, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as the journal holds it."""
        return {
            "piece": [self.piece.table, self.piece.above, self.piece.upto],
            "rows": self.checksum.rows,
            "crc_sum": self.checksum.crc_sum,
            "files": [file.to_dict() for file in self.files],
            "unheld": [entry.to_dict() for entry in self.unheld],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Done:
        """Return it from ``to_dict``'s plain data."""
        table, above, upto = data["piece"]
        return cls(
            Piece(table, above, upto),
            Checksum(data["rows"], data["crc_sum"]),
            tuple(
                TableFile(
                    table,
                    **{
                        **file,
                        "key_range": tuple(file["key_range"]) if file["key_range"] else None,
                    },
                )
                for file in data["files"]
            ),
            tuple(Unheld.from_dict(entry) for entry in data["unheld"]),
        )


@dataclass
class Journal:
    """The work folder and what lies in it, complete.

    Attributes:
        folder: the work folder.
        done: complete pieces of this and of the interrupted run.
        plan: all pieces; empty until it is made.
    """

    folder: Path
    done: dict[Piece, Done] = field(default_factory=dict)
    plan: tuple[Piece, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, plan: tuple[Piece, ...]) -> None:
        """Write down what will be read."""
        self.plan = plan
        self._write({"plan": [[piece.table, piece.above, piece.upto] for piece in plan]})

    def add(self, done: Done) -> None:
        """Write down that a piece is complete; safe to call from several threads."""
        with self._lock:
            self.done[done.piece] = done
            self._write(done.to_dict())

    def _write(self, entry: Mapping[str, Any]) -> None:
        try:
            with (self.folder / JOURNAL).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
        except OSError as error:
            raise disk_refused(error, self.folder) from error

    def drop(self, piece: Piece) -> None:
        """Forget a piece that is no longer what the server has."""
        with self._lock:
            for file in self.done.pop(piece).files:
                (self.folder / file.path).unlink(missing_ok=True)


def work_folder(out: Path) -> Path:
    """Return where the work of a snapshot lies until it is complete."""
    place = out.resolve()
    return place.with_name(f".{place.name}.snapshot")


@contextmanager
def journal(out: Path, header: Mapping[str, Any], *, fresh: bool) -> Iterator[Journal]:
    """Open the work folder of a snapshot, with what an interrupted run left in it.

    Args:
        out: the dataset's final place.
        header: what must be the same for an interrupted run to be gone on with.
        fresh: whether to begin anew in any case.

    Raises:
        OutputError: if another run works there, or the disk refuses.
    """
    folder = work_folder(out)
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not stack.enter_context(locked(folder)):
                raise OutputError(
                    "another snapshot is writing to the same place",
                    where=str(folder),
                    then="wait until it ends, or choose another folder with --out",
                )
            found = None if fresh else _read(folder, header)
            if found is None:
                _clear(folder)
                text = json.dumps({"format": FORMAT, **header}, ensure_ascii=False)
                (folder / JOURNAL).write_text(text + "\n", encoding="utf-8")
                sync(folder / JOURNAL)
            work = found or Journal(folder)
            _sweep(work)
        except OSError as error:
            raise disk_refused(error, folder) from error
        yield work


def remove(work: Journal) -> None:
    """Remove the work folder; what cannot be removed is only a waste of space."""
    shutil.rmtree(work.folder, ignore_errors=True)


def _read(folder: Path, header: Mapping[str, Any]) -> Journal | None:
    """Return what an interrupted run has left, or None if there was none like this."""
    try:
        first, second, *rest = (folder / JOURNAL).read_text(encoding="utf-8").splitlines()
        if json.loads(first) != {"format": FORMAT, **header}:
            return None
        plan = tuple(Piece(*piece) for piece in json.loads(second)["plan"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    found = {}
    for line in rest:
        try:
            done = Done.from_dict(json.loads(line))
        except (ValueError, KeyError, TypeError):
            continue  # the line that was being written
        if all(_is_whole(folder, file) for file in done.files):
            found[done.piece] = done
    return Journal(folder, found, plan)


def _is_whole(folder: Path, file: TableFile) -> bool:
    path = folder / file.path
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _sweep(work: Journal) -> None:
    """Remove files that belong to no complete piece."""
    known = {file.path for done in work.done.values() for file in done.files} | {JOURNAL}
    for path in sorted(work.folder.rglob("*")):
        if path.is_file() and path.relative_to(work.folder).as_posix() not in known:
            path.unlink()
