"""Making a plan: the checks and the chunks of a load, before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from load._chunks import CHUNK_BYTES
from load._scope import View
from load._workers import suitable_workers
from load.plans import LoadPlan
from load.preflight import Wish, inspect
from terpseed.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from load.plans import Method, Mode
    from terpseed.connection import Target
    from terpseed.dataset import Dataset


def plan(
    dataset: Dataset,
    target: Target,
    *,
    mode: Mode = "empty",
    method: Method = "load-data",
    workers: int | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    allow_drift: bool = False,
    backup: Path | None = None,
) -> LoadPlan:
    """Look at a dataset and a target, and say what a load would do; nothing is written.

    A plan is made whatever is found; ``LoadPlan.ready`` says whether it can be executed, and its
    checks what stands in the way.

    Args:
        dataset: an opened and verified dataset.
        target: the database.
        mode: ``empty``: all of the dataset's tables are there and hold no rows. ``append``: the
            dataset was made for the target with ``generate --after`` and goes beside its rows.
            ``replace``: the tables of the dataset are emptied first.
        method: ``load-data`` sends files; ``insert`` sends statements, where files are not let in.
        workers: connections that load at the same time; None for what cores and server allow.
        chunk_bytes: CSV text of a transaction, about; also bounds each temporary file.
        allow_drift: whether what does not fit the target's schema is left out, cut or replaced by
            what is nearest; the plan lists and counts it.
        backup: where the rows that ``replace`` deletes are kept as a dataset.

    Raises:
        UsageError: if the target names no database, or there is nothing to back up.
        DatasetError: if a large file cannot be read.
    """
    if backup is not None and mode != "replace":
        raise UsageError(
            f"--backup keeps what --mode replace deletes; mode {mode} deletes nothing",
            then="leave --backup out; `terpseed snapshot` keeps a whole database",
        )
    found = inspect(Wish(dataset, target, mode, method, chunk_bytes, allow_drift))
    return LoadPlan(
        dataset=dataset,
        target=target,
        mode=mode,
        workers=workers or suitable_workers(found.server),
        server=found.server,
        checks=tuple(found.checks),
        chunks=found.chunks,
        continues=found.continues,
        present=found.present,
        method=method,
        view=View(dataset, found.drift, found.own),
        there=found.there,
        emptied=found.emptied,
        others=found.others,
        backup=backup,
    )
