"""Writing a dataset: table files into a hidden folder, the manifest last, then the final name."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from terpseed.dataset.heading import Heading
from terpseed.dataset.interrupts import held, termination_interrupts
from terpseed.dataset.layout import CATALOG, MANIFEST
from terpseed.dataset.sink import TableSink
from terpseed.dataset.staging import Staging, disk_refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future
    from datetime import date
    from pathlib import Path
    from types import TracebackType

    import polars as pl

    from terpseed.catalog import Catalog
    from terpseed.dataset.after import After
    from terpseed.dataset.manifest import FileFormat, Manifest, TableFile

_THREADS = min(4, (os.cpu_count() or 1) + 1)
_MOST_PENDING = 4 * _THREADS  # frames that wait to be written and cannot be freed


class DatasetWriter:
    """Writes one dataset; a context manager. Leaving it without ``commit`` removes everything.

    Args:
        out: where the dataset will be.
        catalog: the schema that it is made for.
        format: of the table files.
        scenario: the resolved scenario: mappings, lists, texts, numbers, dates, decimals.
        seed: of the random numbers.
        as_of: the day on which the books are looked at.
        force: whether an older dataset at ``out`` is replaced.
        after: the database that the dataset continues, if it does.
        fitting: how the business was fitted to the schema, as plain data, if there is anything to
            tell.
        source: the database that the rows were read from, as plain data, if they were.
        planted: the fault that is put into the rows on purpose, as plain data, if there is one.
    """

    def __init__(
        self,
        out: Path,
        catalog: Catalog,
        *,
        format: FileFormat,  # noqa: A002 - the word that users know from --format
        scenario: Mapping[str, Any],
        seed: int,
        as_of: date,
        force: bool = False,
        after: After | None = None,
        fitting: Mapping[str, Any] | None = None,
        source: Mapping[str, Any] | None = None,
        planted: Mapping[str, Any] | None = None,
    ) -> None:
        self._out = out
        self._heading = Heading(
            catalog,
            format,
            scenario,
            seed,
            as_of,
            after=after,
            fitting=fitting,
            source=source,
            planted=planted,
        )
        self._force = force
        self._files: dict[str, TableFile] = {}
        self._pending: deque[Future[TableFile]] = deque()
        self._open: tuple[Staging, ThreadPoolExecutor] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the hidden folder.

        Raises:
            OutputError: if the place is taken, another run writes there, or the disk refuses.
        """
        stack = self._stack
        try:
            stack.enter_context(termination_interrupts())
            with held():
                staging = Staging(self._out, force=self._force)
                stack.callback(staging.discard)
                pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="dataset")
                stack.callback(pool.shutdown, wait=True, cancel_futures=True)
                self._open = staging, pool
        except BaseException:
            stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop writing, and remove what was not committed."""
        self._open = None
        self._stack.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What earlier, interrupted runs had left and was cleaned; one sentence each."""
        return tuple(self._parts()[0].notes)

    @property
    def sink(self) -> TableSink:
        """The place that files go to; another process may write there and hand in the result."""
        return TableSink(self._parts()[0].folder, self._heading.catalog, self._heading.format)

    def goes_on(self, after: After) -> None:
        """Write into the manifest which database the dataset continues, known by now."""
        self._heading.after = after

    def _parts(self) -> tuple[Staging, ThreadPoolExecutor]:
        if self._open is None:
            raise RuntimeError("a DatasetWriter writes only inside its with statement")
        return self._open

    def write(self, table: str, frame: pl.DataFrame, shard: int | None = None) -> None:
        """Check the rows of a table, or of one shard of it, and write them in the background.

        Args:
            table: name of the table.
            frame: its rows: all stored columns of the table. Wider numbers, texts for enums and
                naive moments are cast where that keeps every value.
            shard: number of the market that the rows belong to; None for a table in one file.

        Raises:
            OutputError: if the rows do not fit the table, the same rows are written twice, or the
                disk refuses. The latter two may also come from a later call or from ``commit``.
            SchemaError: if the catalog has no such table.
        """
        sink, pool = self.sink, self._parts()[1]
        rows = sink.fit(table, frame)
        self._pending.append(pool.submit(sink.encode, table, rows, shard))
        while self._pending and (self._pending[0].done() or len(self._pending) > _MOST_PENDING):
            self.add([self._pending.popleft().result()])

    def add(self, files: Iterable[TableFile]) -> None:
        """Hand in files that were written through ``sink``, in any order."""
        self._files.update({file.path: file for file in files})

    def commit(self) -> Manifest:
        """Write the manifest and give the dataset its name.

        Raises:
            OutputError: if nothing was written, the place was taken meanwhile, or the disk refuses;
                then nothing is left of the new dataset, and an older one is still there.
        """
        staging, _ = self._parts()
        while self._pending:
            self.add([self._pending.popleft().result()])
        carried = self._heading.carried
        manifest = self._heading.manifest(self._files.values(), str(self._out))
        try:
            if carried is not None:
                (staging.folder / CATALOG).write_text(carried, encoding="utf-8")
            (staging.folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        except OSError as error:
            raise disk_refused(error, staging.folder) from error
        staging.commit()
        return manifest
