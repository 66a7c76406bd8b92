"""Making a plan: the checks and the chunks of a load, before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from load._chunks import CHUNK_BYTES, cut
from load.plans import LoadPlan
from load.preflight import inspect

if TYPE_CHECKING:
    from load.plans import Mode
    from terpseed.connection import Target
    from terpseed.dataset import Dataset


def plan(
    dataset: Dataset,
    target: Target,
    *,
    mode: Mode = "empty",
    workers: int = 2,
    chunk_bytes: int = CHUNK_BYTES,
) -> LoadPlan:
    """Look at a dataset and a target, and say what a load would do; nothing is written.

    A plan is made whatever is found; ``LoadPlan.ready`` says whether it can be executed, and its
    checks what stands in the way.

    Args:
        dataset: an opened and verified dataset.
        target: the database.
        mode: ``empty``: all of the dataset's tables are there and hold no rows.
        workers: connections that load at the same time.
        chunk_bytes: CSV text of a transaction, about; also bounds each temporary file.

    Raises:
        UsageError: if the target names no database.
        DatasetError: if a large file cannot be read.
    """
    chunks = cut(dataset, chunk_bytes)
    found = inspect(dataset, target, chunks)
    return LoadPlan(
        dataset=dataset,
        target=target,
        mode=mode,
        workers=workers,
        server=found.server,
        checks=tuple(found.checks),
        chunks=chunks,
        continues=found.continues,
        present=found.present,
    )
