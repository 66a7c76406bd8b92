"""Writing a dataset in parts, in several processes, and going on after an interruption.

Each part (one market, or a few) writes its files and then an entry in the journal that lies beside
them until the dataset is finished: what files it wrote, with their checksums. A later run of the
same inputs reads the journal, proves the files that it names, and leaves the others to be made.
The manifest is written last. In a folder all this happens under a hidden name; in object storage,
which knows no renaming, under the final one, where only the manifest makes a dataset of the files.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from terpseed import __version__
from terpseed.dataset.interrupts import held, termination_interrupts
from terpseed.dataset.layout import CATALOG, MANIFEST, list_files
from terpseed.dataset.manifest import (
    TableFile,
    digest_of_text,
    parse_manifest,
    plain,
    table_file_from_dict,
)
from terpseed.dataset.place import Folder, Remote, holds
from terpseed.dataset.sink import TableSink
from terpseed.dataset.staging import Staging, disk_refused
from terpseed.errors import DatasetError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from terpseed.dataset.heading import Heading
    from terpseed.dataset.manifest import Manifest
    from terpseed.dataset.place import Place

JOURNAL = "journal"
_PLAN = f"{JOURNAL}/plan.json"
_THREADS = 4


class PartWriter:
    """Writes one dataset part by part; a context manager. What is finished outlives a failure.

    Args:
        out: where the dataset will be.
        heading: what holds for the whole dataset.
        parts: names of all parts, in order.
        inputs: all else that the bytes follow from, as plain data; a run goes on only with what
            equal inputs have begun.
        force: whether an older dataset there, or an unfinished one of other inputs, is replaced.

    Attributes:
        finished: files of the parts that are finished, by name of the part.
        attached: paths of what they left for the end, by name of the part.
        summaries: what was said of them, by name of the part.
    """

    def __init__(
        self,
        out: Path | Remote,
        heading: Heading,
        parts: Sequence[str],
        *,
        inputs: Mapping[str, Any],
        force: bool = False,
    ) -> None:
        self._out = out
        self._heading = heading
        self._parts = tuple(parts)
        self._inputs = {
            "generator": __version__,
            "catalog": heading.catalog.fingerprint,
            "format": heading.format,
            "scenario": heading.scenario,
            "seed": heading.seed,
            "as_of": heading.as_of.isoformat(),
            "after": None if heading.after is None else heading.after.to_dict(),
            "parts": len(self._parts),
            **plain(inputs),
        }
        self._force = force
        self._place: Place | None = None
        self._staging: Staging | None = None
        self._older: tuple[str, ...] = ()
        self._is_ours = False  # what lies in the place follows from our inputs
        self._stack = ExitStack()
        self.finished: dict[str, tuple[TableFile, ...]] = {}
        self.attached: dict[str, tuple[str, ...]] = {}
        self.summaries: dict[str, Mapping[str, Any]] = {}

    def __enter__(self) -> Self:
        """Claim the place, and find out what of the dataset is finished.

        Raises:
            OutputError: if the place is taken, another run writes there, what lies there unfinished
                has other inputs, or the disk or storage refuses.
        """
        try:
            self._stack.enter_context(termination_interrupts())
            self._place = self._claimed()
            self._read_journal()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the place. Without ``commit`` what is finished stays, for a later run."""
        self._place = None
        self._stack.close()

    @property
    def place(self) -> Place:
        """Where files go; a plain value that other processes can be given."""
        if self._place is None:
            raise RuntimeError("a PartWriter writes only inside its with statement")
        return self._place

    @property
    def sink(self) -> TableSink:
        """What writes table files there, in any process."""
        return TableSink(self.place, self._heading.catalog, self._heading.format)

    @property
    def notes(self) -> tuple[str, ...]:
        """What earlier, interrupted runs had left and was cleaned; one sentence each."""
        return tuple(self._staging.notes) if self._staging else ()

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The parts that are not finished, in order."""
        return tuple(part for part in self._parts if part not in self.finished)

    def attach(self, part: str, name: str) -> str:
        """Return the path, for ``place``, of what a part leaves for the end; it is no table."""
        return f"{JOURNAL}/{part}/{name}"

    def finish(
        self,
        part: str,
        files: Sequence[TableFile],
        *,
        attached: Sequence[str] = (),
        summary: Mapping[str, Any] | None = None,
    ) -> None:
        """Enter a part whose files are all written into the journal.

        Args:
            part: its name.
            files: its table files.
            attached: paths from ``attach`` that it wrote.
            summary: what the end needs to know of it, as plain data.
        """
        said = dict(summary or {})
        entry = {
            "files": [{"table": file.table, **file.to_dict()} for file in files],
            "attached": sorted(attached),
            "summary": said,
        }
        self.place.put(_entry_name(part), json.dumps(entry, indent=1).encode())
        self._enter(part, files, attached, said)

    def _enter(
        self,
        part: str,
        files: Sequence[TableFile],
        attached: Sequence[str],
        summary: Mapping[str, Any],
    ) -> None:
        self.finished[part] = tuple(files)
        self.attached[part] = tuple(attached)
        self.summaries[part] = summary

    def commit(self, others: Iterable[TableFile] = ()) -> Manifest:
        """Write the manifest, remove the journal, and give the dataset its name.

        Args:
            others: files that belong to no part.

        Raises:
            OutputError: if the place was taken meanwhile, or the disk or storage refuses.
        """
        if self.unfinished:
            raise RuntimeError(f"unfinished: {', '.join(self.unfinished[:5])}")
        files = [*others, *(file for part in self._parts for file in self.finished[part])]
        manifest = self._heading.manifest(files, str(self._out))
        if self._heading.carried is not None:
            self.place.put(CATALOG, self._heading.carried.encode())
        text = manifest.to_json().encode()
        if self._staging is None:
            self.place.put(MANIFEST, text)
            paths = {file.path for file in files} | {MANIFEST, CATALOG}
            self.place.remove([name for name in self._older if name not in paths])
            self.place.remove(self._journal_names())
            return manifest
        self._keep_only({file.path for file in files} | {CATALOG})
        self.place.put(MANIFEST, text)
        self._staging.commit()
        return manifest

    def _claimed(self) -> Place:
        if isinstance(self._out, Remote):
            self._claim_remote(self._out)
            return self._out
        with held():
            self._staging = Staging(self._out, force=self._force, continued=True)
            self._stack.callback(self._let_go, self._staging)
        return Folder(self._staging.folder)

    def _let_go(self, staging: Staging) -> None:
        """Keep the folder if there is anything in it that a later run could use."""
        staging.discard(everything=self._is_ours and not self.finished)

    def _claim_remote(self, place: Remote) -> None:
        text = place.get(MANIFEST)
        if text is None:
            return
        if not self._force:
            raise OutputError(
                "there is a dataset already",
                where=str(place),
                then="add --force to replace it, or choose another --out",
            )
        with suppress(DatasetError):
            older = parse_manifest(text.decode(errors="replace"), Path(MANIFEST))
            self._older = tuple(f.path for entry in older.tables.values() for f in entry.files)
        # Its files are about to change; without a manifest nobody takes them for a dataset.
        place.remove([MANIFEST])

    def _read_journal(self) -> None:
        digest = digest_of_text(json.dumps(self._inputs, sort_keys=True))
        begun = self.place.get(_PLAN)
        if begun is None or json.loads(begun).get("digest") != digest:
            if begun is not None:
                self._refuse_other(json.loads(begun))
            self._is_ours = True
            if self._staging is not None:
                self._staging.start_again()
            plan = {"digest": digest, "inputs": self._inputs}
            self.place.put(_PLAN, json.dumps(plan, indent=1).encode())
            return
        self._is_ours = True
        with ThreadPoolExecutor(_THREADS) as pool:
            for part, entry in zip(self._parts, pool.map(self._proved, self._parts), strict=True):
                if entry is not None:
                    self._enter(part, *entry)

    def _refuse_other(self, begun: Mapping[str, Any]) -> None:
        if self._force:
            return
        theirs = begun.get("inputs", {})
        differing = [key for key, value in self._inputs.items() if theirs.get(key) != value]
        raise OutputError(
            "an unfinished dataset of other inputs lies there",
            where=f"{self._staging.folder if self._staging else self._out}: "
            f"other {', '.join(differing)}",
            why="its parts do not fit this run",
            then="run the command that began it to go on with it, or add --force to drop it",
        )

    def _proved(self, part: str) -> tuple[list[TableFile], list[str], Mapping[str, Any]] | None:
        """Return what the journal says of a part that is finished, None for one that is not."""
        text = self.place.get(_entry_name(part))
        if text is None:
            return None
        try:
            entry = json.loads(text)
            files = [table_file_from_dict(file["table"], file) for file in entry["files"]]
            attached: list[str] = entry["attached"]
            summary: Mapping[str, Any] = entry["summary"]
        except (ValueError, KeyError, TypeError):
            return None  # cut short by a power failure: made again
        proved = all(holds(self.place, file) for file in files)
        if proved and all(self.place.get(name) is not None for name in attached):
            return files, attached, summary
        return None

    def _journal_names(self) -> list[str]:
        names = [_PLAN]
        for part in self._parts:
            names += [*self.attached[part], _entry_name(part)]
        return names

    def _keep_only(self, paths: set[str]) -> None:
        """Remove the journal, and files that killed workers had begun under temporary names."""
        assert self._staging is not None  # noqa: S101 - only for folders
        folder = self._staging.folder
        try:
            for name in list_files(folder):
                if name not in paths:
                    (folder / name).unlink()
            for path in sorted((folder / JOURNAL).rglob("*"), reverse=True):
                path.rmdir()
            (folder / JOURNAL).rmdir()
        except OSError as error:
            raise disk_refused(error, folder, kept=True) from error


def _entry_name(part: str) -> str:
    return f"{JOURNAL}/{part}.json"
