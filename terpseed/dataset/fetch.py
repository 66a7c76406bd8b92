"""Bringing a dataset from object storage into a folder, proved on the way."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from terpseed.dataset.interrupts import held, termination_interrupts
from terpseed.dataset.layout import CATALOG, MANIFEST
from terpseed.dataset.manifest import parse_manifest
from terpseed.dataset.staging import Staging, disk_refused
from terpseed.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from terpseed.dataset.manifest import Manifest, TableFile
    from terpseed.dataset.place import Remote

_THREADS = 8


def fetch(
    place: Remote,
    out: Path,
    *,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Manifest:
    """Copy a dataset from object storage into a folder, which appears complete or not at all.

    What is fetched follows from the manifest; nothing is listed.

    Args:
        place: where it is.
        out: where it will be.
        force: whether an older dataset there is replaced.
        progress: told how many of how many bytes have come.

    Raises:
        DatasetError: if there is no dataset, or a file is missing or not what was written.
        OutputError: if the folder is taken, or the disk or the storage refuses.
    """
    text = place.get(MANIFEST)
    if text is None:
        raise DatasetError(
            "not a dataset",
            where=f"{place} has no {MANIFEST}",
            why="the manifest is written last, so what has none was never finished",
            then="run the `terpseed generate` that began it again: it goes on where it was",
        )
    manifest = parse_manifest(text.decode(errors="replace"), Path(f"{place}/{MANIFEST}"))
    with termination_interrupts():
        with held():
            staging = Staging(out, force=force)
        try:
            _copy(place, manifest, staging.folder, progress or _silent)
            (staging.folder / MANIFEST).write_bytes(text)
            staging.commit()
        except OSError as error:
            raise disk_refused(error, staging.folder) from error
        finally:
            staging.discard()
    return manifest


def _silent(_done: int, _total: int) -> None:
    pass


def _copy(
    place: Remote, manifest: Manifest, folder: Path, progress: Callable[[int, int], None]
) -> None:
    files = [file for entry in manifest.tables.values() for file in entry.files]
    total, done = manifest.bytes, 0

    def copy(file: TableFile) -> int:
        data = _proved(place, file.path, file.sha256)
        target = folder / file.path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
        return len(data)

    if manifest.catalog_sha256 is not None:
        (folder / CATALOG).write_bytes(_proved(place, CATALOG, manifest.catalog_sha256))
    pool = ThreadPoolExecutor(_THREADS)
    try:
        for size in pool.map(copy, files):
            done += size
            progress(done, total)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _proved(place: Remote, path: str, sha256: str) -> bytes:
    data = place.get(path)
    if data is not None and hashlib.sha256(data).hexdigest() == sha256:
        return data
    raise DatasetError(
        "a file of the dataset is missing"
        if data is None
        else "a file of the dataset was changed or damaged",
        where=f"{place}/{path}",
        then="generate the dataset again, with --force",
    )
