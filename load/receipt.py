"""Receipts: what a load did to a target, one JSON line per step, on disk before the next step.

A receipt says which rows are a load's own, so that a later one can go on or take them out. It
never holds a secret. What really is in the target is asked of the target; see ``_presence``.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from load.plans import Chunk
from terpseed.dataset import Advance, Checksum, stored_columns
from terpseed.errors import OutputError, StateDiffersError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from load.plans import LoadPlan, Server

FORMAT = 1
FOLDER = "receipts"
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EINVAL})  # file systems without locks

Event = Literal["plan", "continue", "begin", "done", "removed", "undo", "end"]
Ending = Literal["proved", "removed", "kept", "undone"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as read from disk.

    Attributes:
        path: the file.
        dataset: identity of the dataset that was loaded.
        target: who the target was: see ``identity_of``.
        mode: what could be in the target beforehand.
        chunks: what was to be sent.
        counters: next automatic key of each table before the load.
        advances: cells of rows that were there which the load set.
        checksums: rows and checksum of the load's own rows in the target, by table, when they were
            proved.
        columns: the columns that the load filled, by table.
        undoing: whether taking the load back was begun.
        begun: numbers of the chunks that were begun; each may be in the target or not.
        done: numbers of the chunks whose commit the server confirmed.
        ending: how the load ended; None if it did not come to an end.
    """

    path: Path
    dataset: str
    target: Mapping[str, Any]
    mode: str
    chunks: tuple[Chunk, ...]
    counters: Mapping[str, int]
    advances: tuple[Advance, ...]
    checksums: Mapping[str, Checksum]
    columns: Mapping[str, Sequence[str]]
    undoing: bool
    begun: frozenset[int]
    done: frozenset[int]
    ending: Ending | None

    @property
    def open(self) -> bool:
        """Whether rows may be left that no proved load accounts for."""
        return self.ending not in {"proved", "removed", "undone"}

    @property
    def touched(self) -> tuple[Chunk, ...]:
        """Chunks that may be in the target, wholly."""
        return tuple(chunk for chunk in self.chunks if chunk.number in self.begun | self.done)

    @property
    def doubtful(self) -> tuple[Chunk, ...]:
        """Chunks that were begun and whose commit was not confirmed."""
        return tuple(chunk for chunk in self.chunks if chunk.number in self.begun - self.done)


def identity_of(server: Server, database: str) -> dict[str, Any]:
    """Return what tells one target from another, whatever address it was reached at."""
    return {"server": server.uid, "database": database}


@dataclass(slots=True)
class ReceiptWriter:
    """A receipt that is being written; every line is on disk when a method returns.

    Attributes:
        path: the file.
        begun: numbers of the chunks begun in this run.
        done: numbers of the chunks committed in this run.
        claim: what is open for as long as no other process may write this receipt.
    """

    path: Path
    begun: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    claim: ExitStack = field(default_factory=ExitStack)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def reopen(cls, path: Path) -> ReceiptWriter:
        """Go on with a receipt, as the only process that does.

        Raises:
            OutputError: if it cannot be written.
            StateDiffersError: if another process writes it.
        """
        writer = cls(path)
        try:
            handle = writer.claim.enter_context(path.open("r+b"))
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            writer.claim.close()
            raise StateDiffersError(
                "another process goes on with this load or takes it back",
                where=str(path),
                why="two would write into the same key ranges",
                then="wait until it ends",
            ) from None
        except OSError as error:
            writer.claim.close()
            if error.errno not in _NO_LOCKS:
                raise _refused(path, error) from None
        _drop_torn_line(path)
        return writer

    @classmethod
    def open(cls, plan: LoadPlan, counters: Mapping[str, int] | None = None) -> ReceiptWriter:
        """Begin the receipt of a plan, or go on with the one that the plan continues.

        Args:
            plan: the plan.
            counters: next automatic key of each table before the load.

        Raises:
            OutputError: if it cannot be written.
            StateDiffersError: if another process writes it.
        """
        if plan.continues is not None:
            writer = cls.reopen(plan.continues)
            writer.go_on(plan.present)
            return writer
        if plan.server is None:
            raise StateDiffersError("a plan for a server that did not answer cannot be executed")
        moment = datetime.now(UTC)
        folder = plan.dataset.path / FOLDER
        name = f"load-{plan.target.database}-{moment:%Y%m%dT%H%M%S.%fZ}.jsonl"
        writer = cls(folder / name.replace("/", "_"))
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise _refused(folder, error) from None
        writer._write(
            "plan",
            format=FORMAT,
            at=moment.isoformat(timespec="seconds"),
            dataset=plan.dataset.manifest.identity,
            target=identity_of(plan.server, plan.target.database or ""),
            reached={
                "host": plan.target.host,
                "port": plan.target.port,
                "hostname": plan.server.host,
                "version": plan.server.title,
                "user": plan.server.user,
            },
            mode=plan.mode,
            counters=dict(counters or {}),
            columns=_columns(plan),
            advances=[advance.to_dict() for advance in plan.advances],
            chunks=[chunk.to_dict() for chunk in plan.chunks],
        )
        _sync_folder(folder)
        return cls.reopen(writer.path)

    def go_on(self, present: Iterable[int]) -> None:
        """Note that a load is gone on with, and which chunks the target was found to hold."""
        self._write("continue", present=sorted(present))

    def begin(self, chunk: Chunk) -> None:
        """Note that a chunk is about to be sent."""
        self.begun.add(chunk.number)
        self._write("begin", chunk=chunk.number)

    def commit(self, chunk: Chunk) -> None:
        """Note that the server has confirmed the commit of a chunk."""
        self.done.add(chunk.number)
        self._write("done", chunk=chunk.number)

    def remove(self, chunk: Chunk) -> None:
        """Note that a chunk's rows are no longer in the target."""
        self.begun.discard(chunk.number)
        self.done.discard(chunk.number)
        self._write("removed", chunk=chunk.number)

    def undo(self) -> None:
        """Note that taking the load back is about to begin."""
        self._write("undo")

    def end(self, how: Ending, checksums: Mapping[str, Checksum] | None = None) -> None:
        """Note how the load ended.

        Args:
            how: how.
            checksums: rows and checksum of the load's own rows, by table, if they were proved.
        """
        proved = {
            table: [checksum.rows, checksum.crc_sum]
            for table, checksum in sorted((checksums or {}).items())
        }
        self._write("end", how=how, **({"checksums": proved} if proved else {}))
        self.claim.close()

    def _write(self, event: Event, **values: Any) -> None:
        line = json.dumps({"event": event, **values}, separators=(",", ":")) + "\n"
        try:
            with self._lock, self.path.open("a", encoding="utf-8") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _refused(self.path, error) from None


def read(path: Path) -> Receipt:
    """Read a receipt; a last line that a crash cut off is passed over.

    Raises:
        StateDiffersError: if the file is no receipt, or one of a newer format.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    try:
        events = [json.loads(line) for line in lines[:-1]]
        plan, *later = events
        _check_format(plan)
        begun, done, ending = _replay(later)
        nothing: dict[str, Any] = {}
        proved = next((event for event in reversed(later) if "checksums" in event), nothing)
        return Receipt(
            path=path,
            dataset=plan["dataset"],
            target=plan["target"],
            mode=plan["mode"],
            counters=plan.get("counters", {}),
            columns=plan.get("columns", {}),
            advances=tuple(Advance(**one) for one in plan.get("advances", ())),
            checksums={
                table: Checksum(count, crc_sum)
                for table, (count, crc_sum) in proved.get("checksums", {}).items()
            },
            undoing=any(event["event"] == "undo" for event in later),
            chunks=tuple(Chunk.from_dict(chunk) for chunk in plan["chunks"]),
            begun=frozenset(begun),
            done=frozenset(done),
            ending=ending,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StateDiffersError(
            "the receipt cannot be read",
            where=f"{path}: {error}",
            why="it says which rows of a database an earlier load brought in",
            then="restore it, or move it away if that database is of no interest any more",
        ) from None


def _columns(plan: LoadPlan) -> dict[str, list[str]]:
    """Return the columns that a plan fills, by table, by their names in the target."""
    fittings = plan.view.fittings if plan.view else {}
    catalog = plan.dataset.catalog
    into = {
        name: fittings[name].into if name in fittings else catalog[name] for name in plan.tables
    }
    return {name: [column.name for column in stored_columns(table)] for name, table in into.items()}


def _check_format(plan: Mapping[str, Any]) -> None:
    if plan["event"] != "plan" or plan["format"] > FORMAT:
        raise ValueError(f"its format is {plan.get('format')!r}")


def _replay(events: list[dict[str, Any]]) -> tuple[set[int], set[int], Ending | None]:
    begun: set[int] = set()
    done: set[int] = set()
    ending: Ending | None = None
    for event in events:
        match event["event"]:
            case "begin":
                begun.add(event["chunk"])
            case "done":
                done.add(event["chunk"])
            case "removed":
                begun.discard(event["chunk"])
                done.discard(event["chunk"])
            case "continue":
                ending = None
            case "end":
                ending = event["how"]
    return begun, done, ending


def proved(folder: Path, target: Mapping[str, Any], dataset: str) -> Path | None:
    """Return the receipt of a proved load of a dataset into a target, or None.

    Args:
        folder: the dataset's folder.
        target: the target's ``identity_of``.
        dataset: the dataset's identity.
    """
    for path in sorted((folder / FOLDER).glob("load-*.jsonl"), reverse=True):
        if b"\n" in path.read_bytes():
            one = read(path)
            if one.ending == "proved" and one.target == target and one.dataset == dataset:
                return path
    return None


def unfinished(folder: Path, target: Mapping[str, Any]) -> tuple[Receipt, ...]:
    """Return a dataset's receipts of loads into a target that left something, latest first.

    Args:
        folder: the dataset's folder.
        target: the target's ``identity_of``.

    Raises:
        StateDiffersError: if a receipt cannot be read.
    """
    paths = sorted((folder / FOLDER).glob("load-*.jsonl"), reverse=True)
    # A receipt without one whole line is of a load that was cut off before it sent anything.
    found = [read(path) for path in paths if b"\n" in path.read_bytes()]
    return tuple(one for one in found if one.open and one.target == target)


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(
        "the receipt of the load cannot be written",
        where=f"{path}: {error.strerror or error}",
        why="without it nothing could tell the load's rows from others after a crash",
        then="make the dataset's folder writable, or free some space",
    )


def _drop_torn_line(path: Path) -> None:
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
