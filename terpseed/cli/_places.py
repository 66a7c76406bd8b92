"""What a command is to look at: a dataset's folder, or a database that is read into one."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from terpseed.cli._console import progress, talk
from terpseed.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from terpseed.dataset import Dataset
    from terpseed.snapshot import Snapshot


def is_url(place: str) -> bool:
    """Say whether a place is a database and not a folder."""
    return place.startswith(("mysql://", "mariadb://"))


@contextmanager
def opened(place: str, as_of: date | None = None) -> Iterator[tuple[Dataset, Snapshot | None]]:
    """Open a dataset, or read a database into one for as long as it is needed.

    Args:
        place: folder or URL.
        as_of: for a database, the day on which the books are looked at; its today if None.

    Yields:
        The dataset, and what was read if it was a database; None if it was a folder.
    """
    from terpseed.dataset import open_dataset  # noqa: PLC0415 - heavy

    if not is_url(place):
        if as_of is not None:
            raise UsageError(
                "--as-of is for databases", where=place, then="a dataset has a day of its own"
            )
        yield open_dataset(Path(place)), None
        return
    from terpseed.connection import Target  # noqa: PLC0415 - seldom needed
    from terpseed.snapshot import snapshot  # noqa: PLC0415 - seldom needed

    target = Target.parse(place)
    with tempfile.TemporaryDirectory(prefix="terpseed-snapshot-") as folder:
        with progress("pieces") as show:
            taken = snapshot(target, Path(folder) / "dataset", as_of=as_of, show=show)
        for note in taken.notes:
            talk(note)
        yield open_dataset(taken.out, verify=False), taken


def display(place: str) -> str:
    """Return a place for people: a URL without its password."""
    if not is_url(place):
        return place
    from terpseed.connection import Target  # noqa: PLC0415 - seldom needed

    return Target.parse(place).display
