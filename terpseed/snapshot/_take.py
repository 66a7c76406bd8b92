"""Reading a database into a dataset: the view, the pieces, the workers, the manifest."""

from __future__ import annotations

import os
import shutil
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terpseed.catalog import shipped, shipped_versions
from terpseed.catalog.introspect import pull
from terpseed.catalog.part import in_part
from terpseed.dataset import DatasetWriter
from terpseed.dataset.staging import disk_refused, refuse_taken
from terpseed.errors import ConnectionFailedError
from terpseed.snapshot._journal import Journal, journal, remove
from terpseed.snapshot._lines import frame_of
from terpseed.snapshot._pieces import pieces
from terpseed.snapshot._read import Reader, read_all
from terpseed.snapshot._scope import holdable
from terpseed.snapshot._view import View, one_view
from terpseed.snapshot.result import Piece, Show, Snapshot, Unheld

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terpseed.catalog import Catalog
    from terpseed.connection import Target
    from terpseed.snapshot.mask import Mask


def snapshot(
    target: Target,
    out: Path,
    *,
    tables: Sequence[str] = (),
    mask: Mask | None = None,
    as_of: date | None = None,
    workers: int = 2,
    force: bool = False,
    fresh: bool = False,
    show: Show | None = None,
) -> Snapshot:
    """Read a live database into a dataset.

    All connections see the database at one moment. If the run is interrupted, what was read stays
    beside ``out``; the next run for the same place goes on with what has not changed since.

    Args:
        target: the database.
        out: where the dataset will be.
        tables: names of the tables to read; none for all.
        mask: how personal data is hidden; None to read it as it is.
        as_of: the day on which the books are looked at; the server's today if None.
        workers: connections that read at the same time.
        force: whether an older dataset at ``out`` is replaced.
        fresh: whether to throw away what an interrupted run has read.
        show: called with progress.

    Returns:
        What was read. Its ``source`` is what the manifest keeps: ``server``, ``database``,
        ``taken`` (moment, UTC), ``view`` (how all connections came to see the same), ``masked``
        (columns), ``unheld`` (values that a dataset cannot hold, which are NULL in it),
        ``left_out`` (columns whose type a dataset cannot hold), ``weak`` (tables without
        transactions).

    Raises:
        ConnectionFailedError: if the server cannot be reached, or breaks off.
        SchemaError: if there is no such database, or it holds no tables.
        UsageError: if a table is not there.
        OutputError: if the place is taken or the disk refuses.
        DatasetError: if a row cannot be read.
    """
    import mysql.connector  # noqa: PLC0415 -- heavy

    started = time.perf_counter()
    refuse_taken(out.resolve(), force=force)
    with one_view(target, workers) as view:
        catalog, left_out = holdable(in_part(_as_shipped(pull(view.connections[0])), tables))
        header = {
            "place": [target.host, target.port, target.socket, target.database],
            "schema": catalog.fingerprint,
            "mask": mask.mark if mask else None,
        }
        with journal(out, header, fresh=fresh) as work:
            try:
                plan = _plan(view, catalog, work)
                reader = Reader(catalog, work, mask)
                again = read_all(view.connections, reader, plan, show)
            except mysql.connector.Error as error:
                raise _broken_off(target, error) from None
            source = {
                "server": view.server,
                "database": target.database,
                "taken": view.now,
                "view": view.how,
                "masked": list(mask.columns(catalog)) if mask else [],
                "unheld": [entry.to_dict() for entry in _unheld(work)],
                "left_out": list(left_out),
                "weak": list(view.weak),
            }
            day = as_of or date.fromisoformat(view.today)
            rows, notes = _commit(out, catalog, work, source, day, force=force)
            remove(work)
    newest = _newest(out, catalog)
    return Snapshot(
        out=out,
        source=source,
        tables=len(catalog.tables),
        rows=rows,
        again=again,
        newest=newest,
        as_of=day.isoformat(),
        seconds=time.perf_counter() - started,
        notes=(*notes, *_notes(source)),
    )


def _as_shipped(catalog: Catalog) -> Catalog:
    """Return the shipped catalog of the same structure, or the catalog itself if there is none."""
    if catalog.version in shipped_versions():
        known = shipped(catalog.version)
        if known.fingerprint == catalog.fingerprint:
            return known
    return catalog


def _plan(view: View, catalog: Catalog, work: Journal) -> tuple[Piece, ...]:
    """Return the pieces: those of the interrupted run if there was one, which still hold all."""
    if not work.plan:
        work.begin(pieces(view.connections[0], catalog, view.estimates))
    return work.plan


def _unheld(work: Journal) -> list[Unheld]:
    found: dict[tuple[str, str], Unheld] = {}
    for done in work.done.values():
        for entry in done.unheld:
            key = (entry.table, entry.column)
            found[key] = found[key] + entry if key in found else entry
    return [found[key] for key in sorted(found)]


def _commit(
    out: Path,
    catalog: Catalog,
    work: Journal,
    source: Mapping[str, Any],
    day: date,
    *,
    force: bool,
) -> tuple[int, tuple[str, ...]]:
    """Make the dataset out of the work folder's files, which stay until it is in place."""
    files = [file for done in work.done.values() for file in done.files]
    with DatasetWriter(
        out,
        catalog,
        format="parquet",
        scenario={},
        seed=0,
        as_of=day,
        force=force,
        source=source,
    ) as writer:
        folder = Path(str(writer.sink.folder))
        for file in files:
            place = folder / file.path
            try:
                place.parent.mkdir(exist_ok=True)
                _link(work.folder / file.path, place)
            except OSError as error:
                raise disk_refused(error, place) from error
        writer.add(files)
        for name in set(catalog.tables) - {file.table for file in files}:
            writer.write(name, frame_of([], catalog[name])[0])
        manifest = writer.commit()
        return manifest.rows, writer.notes


def _link(source: Path, place: Path) -> None:
    try:
        os.link(source, place)
    except OSError:
        shutil.copyfile(source, place)  # a file system without hard links


_TABLE_CHANGED = 1412
_BOOKS = (("ledgerEntries", "entryDate"), ("orders", "created_at"), ("orders", "createdAt"))


def _newest(out: Path, catalog: Catalog) -> str | None:
    """Return the day of the newest entry in the books: of what has happened, not of plans."""
    import polars as pl  # noqa: PLC0415 -- heavy

    from terpseed.dataset import open_dataset  # noqa: PLC0415 -- heavy

    dataset = open_dataset(out, verify=False)
    days = [
        dataset.scan(table).select(pl.col(column).max().cast(pl.Date)).collect().item()
        for table, column in _BOOKS
        if table in catalog and column in catalog[table]
    ]
    return max((day.isoformat() for day in days if day is not None), default=None)


def _notes(source: Mapping[str, Any]) -> Iterator[str]:
    if source["weak"]:
        yield (f"tables without transactions may be of any moment: {', '.join(source['weak'])}")
    if source["left_out"]:
        yield f"left out, since a dataset cannot hold it: {', '.join(source['left_out'])}"
    for entry in map(Unheld.from_dict, source["unheld"]):
        key, value = entry.examples[0]
        yield (
            f"{entry.table}.{entry.column}: {entry.count:,} values that the type cannot hold are "
            f"NULL, the first {value!r} in row {key}"
        )


def _broken_off(target: Target, error: Any) -> ConnectionFailedError:
    changed = error.errno == _TABLE_CHANGED
    return ConnectionFailedError(
        "the schema was changed while it was read" if changed else "the server broke off",
        where=target.display,
        why=f"it says: {error.msg}",
        then="run the same command again; what was read is kept, as far as it has not changed",
    )
