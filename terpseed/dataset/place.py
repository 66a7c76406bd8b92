"""Where the files of an unfinished dataset go: a folder, or object storage under a prefix.

A place is a plain value, so that it can be sent to other processes and machines. A file appears in
it whole or not at all, and putting it again replaces it. Nothing is ever listed: what there is
follows from names that are known.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from terpseed.dataset.staging import disk_refused
from terpseed.errors import OutputError, UsageError

if TYPE_CHECKING:
    from terpseed.dataset.manifest import TableFile

_URL = re.compile(r"(s3|s3a|gs|az|abfs|abfss)://[^/@]+/.+", re.IGNORECASE)
_RETRIES = 4
_SECONDS = 60  # for which one request is tried again


class Place(Protocol):
    """What a dataset's files are put into."""

    def put(self, name: str, data: bytes) -> None:
        """Store a file, in place of one of the same name.

        Args:
            name: path relative to the dataset, with ``/``.
            data: what it holds.

        Raises:
            OutputError: if the place refuses.
        """

    def get(self, name: str) -> bytes | None:
        """Return what a file holds, or None if there is none of that name."""

    def remove(self, names: list[str]) -> None:
        """Remove files, those that are not there included."""


def holds(place: Place, file: TableFile) -> bool:
    """Say whether a place has a file of exactly these bytes."""
    data = place.get(file.path)
    return (
        data is not None
        and len(data) == file.bytes
        and hashlib.sha256(data).hexdigest() == file.sha256
    )


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a file system that all workers see.

    Attributes:
        path: the folder.
    """

    path: Path

    def put(self, name: str, data: bytes) -> None:
        """Store a file, in place of one of the same name; see ``Place``."""
        target = self.path / name
        # Another worker may be writing the same file: what an interrupted run had begun.
        partial = target.with_name(f".{target.name}.{os.uname().nodename}-{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(data)
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise disk_refused(error, target, kept=True) from error

    def get(self, name: str) -> bytes | None:
        """Return what a file holds, or None; see ``Place``."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutputError(
                "a file of the unfinished dataset cannot be read",
                where=f"{self.path / name}: {error.strerror or error}",
            ) from error

    def remove(self, names: list[str]) -> None:
        """Remove files; see ``Place``."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Remote:
    """A prefix of an object storage; credentials and endpoint come from the environment alone.

    Attributes:
        url: ``s3://bucket/prefix``, or what else the library knows (``gs://``, ``az://``).
    """

    url: str

    def __str__(self) -> str:
        """Return the URL."""
        return self.url

    @property
    def name(self) -> str:
        """Last part of the prefix."""
        return self.url.rsplit("/", 1)[1]

    def put(self, name: str, data: bytes) -> None:
        """Store an object; see ``Place``. Storage shows it only when it is whole."""
        self._ask("put", name, data)

    def get(self, name: str) -> bytes | None:
        """Return what an object holds, or None; see ``Place``."""
        found = self._ask("get", name, missing=None)
        return None if found is None else bytes(found.bytes())

    def remove(self, names: list[str]) -> None:
        """Remove objects; see ``Place``."""
        for start in range(0, len(names), 1000):
            self._ask("delete", names[start : start + 1000], missing=None)

    def _ask(self, action: str, name: str | list[str], *data: bytes, **options: Any) -> Any:
        store = _store(self.url, os.environ.get("AWS_ENDPOINT_URL", ""))
        import obstore  # noqa: PLC0415 - an extra; _store says so if it is missing

        try:
            return getattr(obstore, action)(store, name, *data)
        except (FileNotFoundError, obstore.exceptions.NotFoundError) as error:
            if "missing" in options and "NoSuchBucket" not in str(error):
                return options["missing"]
            self._refused(name, error)
        except (obstore.exceptions.BaseError, OSError) as error:
            self._refused(name, error)

    def _refused(self, name: str | list[str], error: Exception) -> NoReturn:
        shown = name if isinstance(name, str) else name[0]
        # What the library says goes on for pages after the first paragraph.
        said = str(error).partition("\n")[0].partition("<?xml")[0].strip()
        raise OutputError(
            "the object storage refuses",
            where=f"{self.url}/{shown}: {said}",
            then="check the bucket's name, AWS_ENDPOINT_URL, AWS_REGION and the credentials in the "
            "environment; what is stored already is kept, and the same command goes on from there",
        ) from error


@cache  # with its open connections
def _store(url: str, endpoint: str) -> Any:
    try:
        from obstore.store import from_url  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "writing to object storage needs a library that is not installed",
            where=url,
            then="install it with: pip install 'terpseed[s3]'",
        ) from None
    plain = endpoint.startswith("http://")
    try:
        return from_url(
            url,
            client_options={"allow_http": plain},
            retry_config={"max_retries": _RETRIES, "retry_timeout": _timeout()},
        )
    except Exception as error:
        raise UsageError(
            f"{url!r} cannot be used as object storage",
            where=str(error).partition("\n")[0],
            then="write s3://BUCKET/PREFIX",
        ) from error


def _timeout() -> Any:
    from datetime import timedelta  # noqa: PLC0415 - beside its only use

    return timedelta(seconds=_SECONDS)


def place_named(text: str) -> Path | Remote:
    """Return what a place's name means: a folder, or object storage where it has a scheme.

    Args:
        text: a path, or ``s3://BUCKET/PREFIX``.

    Raises:
        UsageError: if it has a scheme that is not known, or no prefix.
    """
    if "://" not in text:
        return Path(text)
    if not _URL.fullmatch(text.rstrip("/")):
        raise UsageError(
            f"{text.rpartition('@')[2]!r} is no place for a dataset",
            why="a dataset lies under a name of its own in a bucket; credentials are read from the "
            "environment alone",
            then="write s3://BUCKET/PREFIX, or the path of a folder",
        )
    return Remote(text.rstrip("/"))
