"""The manifest: what a dataset says about itself, and how that is written down.

Nothing here opens a table file; ``reader`` compares the files with what the manifest says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from terpseed.dataset.after import After
from terpseed.dataset.text import Checksum
from terpseed.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2  # since 2, checksums tell NULL from the text \N

FileFormat = Literal["parquet", "csv"]
_SEAL = "manifest_sha256"


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file of a table.

    Attributes:
        table: the table.
        path: where it lies, relative to the dataset, with ``/``.
        rows: number of rows.
        bytes: size.
        sha256: of the file.
        crc_sum: sum of the rows' numbers, see ``text``.
        key_range: smallest and largest primary key, if that is one whole number and there are rows.
    """

    table: str
    path: str
    rows: int
    bytes: int
    sha256: str
    crc_sum: int
    key_range: tuple[int, int] | None = None

    @property
    def checksum(self) -> Checksum:
        """The checksum of the file's rows."""
        return Checksum(self.rows, self.crc_sum)

    def to_dict(self) -> dict[str, Any]:
        """Return it as the manifest holds it; the table is the key that it lies under."""
        return {
            "path": self.path,
            "rows": self.rows,
            "key_range": list(self.key_range) if self.key_range else None,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "crc_sum": self.crc_sum,
        }


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One table of a dataset.

    Attributes:
        name: the table.
        columns: name and MySQL type of each column, in order.
        files: its files, in order of path.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    files: tuple[TableFile, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(file.rows for file in self.files)

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def checksum(self) -> Checksum:
        """The checksum of all rows."""
        return Checksum.total(file.checksum for file in self.files)

    @property
    def key_range(self) -> tuple[int, int] | None:
        """Smallest and largest primary key of all files, if they have one."""
        ranges = [file.key_range for file in self.files if file.key_range]
        return (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else None

    def to_dict(self) -> dict[str, Any]:
        """Return it as the manifest holds it; the name is the key that it lies under."""
        return {
            "rows": self.rows,
            "crc_sum": self.checksum.crc_sum,
            "columns": [list(column) for column in self.columns],
            "files": [file.to_dict() for file in self.files],
        }


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dataset says about itself.

    Attributes:
        generator: version of terpseed that made it.
        file_format: of the table files.
        scenario: the resolved scenario as plain data.
        seed: of the random numbers.
        as_of: the day on which the books are looked at.
        catalog_version: name of the schema version that it is made for.
        catalog_fingerprint: of that schema's structure.
        catalog_sha256: of ``catalog.json``; None if the catalog is one that terpseed ships.
        tables: its tables by name, in alphabetical order.
        after: the database that it continues; None if it stands for itself.
        fitting: how the business was fitted to a schema that terpseed does not ship, as plain
            data: guesses, mapped labels, filled tables; None where nothing was.
        source: the database that the rows were read from, as plain data, and what could not be
            read exactly; None for simulated rows.
        planted: the fault that was put into the rows on purpose; None for sound ones.
    """

    generator: str
    file_format: FileFormat
    scenario: Mapping[str, Any]
    seed: int
    as_of: date
    catalog_version: str
    catalog_fingerprint: str
    catalog_sha256: str | None
    tables: Mapping[str, TableEntry]
    after: After | None = None
    fitting: Mapping[str, Any] | None = None
    source: Mapping[str, Any] | None = None
    planted: Mapping[str, Any] | None = None

    @property
    def rows(self) -> int:
        """Number of rows of all tables."""
        return sum(entry.rows for entry in self.tables.values())

    @property
    def bytes(self) -> int:
        """Size of all table files."""
        return sum(entry.bytes for entry in self.tables.values())

    @property
    def identity(self) -> str:
        """SHA-256 of all that the manifest says: the name of exactly this dataset."""
        return _digest(self.to_dict())

    @property
    def content_digest(self) -> str:
        """SHA-256 of the tables' columns and checksums alone: the same for Parquet and CSV."""
        return _digest(
            {
                name: [entry.rows, entry.checksum.crc_sum, [list(c) for c in entry.columns]]
                for name, entry in self.tables.items()
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, keys in the order of the file."""
        return {
            "format": FORMAT,
            "generator": self.generator,
            "file_format": self.file_format,
            "seed": self.seed,
            "as_of": self.as_of.isoformat(),
            "catalog": {
                "version": self.catalog_version,
                "fingerprint": self.catalog_fingerprint,
                "sha256": self.catalog_sha256,
            },
            "scenario": self.scenario,
            **({"after": self.after.to_dict()} if self.after else {}),
            **({"fitting": self.fitting} if self.fitting is not None else {}),
            **({"source": self.source} if self.source is not None else {}),
            **({"planted": self.planted} if self.planted is not None else {}),
            "tables": {name: entry.to_dict() for name, entry in self.tables.items()},
        }

    def to_json(self) -> str:
        """Return the text of the manifest file, sealed with a checksum of its own content."""
        content = self.to_dict()
        return json.dumps({**content, _SEAL: _digest(content)}, ensure_ascii=False, indent=1) + "\n"


def parse_manifest(text: str, path: Path) -> Manifest:
    """Read the text of a manifest file.

    Args:
        text: what the file holds.
        path: of the file, for errors.

    Raises:
        DatasetError: if it is no manifest, was edited, or has another format.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DatasetError(
            "the manifest is not readable JSON",
            where=f"{path}, line {error.lineno}, column {error.colno}: {error.msg}",
            why="without it nothing says what the dataset holds",
            then="generate the dataset again",
        ) from None
    if not _looks_like_manifest(content):
        raise DatasetError(
            "the file is no manifest of a terpseed dataset",
            where=str(path),
            then="give the folder that `terpseed generate` or `terpseed snapshot` wrote",
        )
    if content["format"] > FORMAT:
        raise DatasetError(
            f"the dataset has format {content['format']}; this terpseed reads {FORMAT}",
            where=f"{path}, made by terpseed {content['generator']}",
            then="use that version of terpseed or a later one",
        )
    if content["format"] < FORMAT:
        raise DatasetError(
            f"the dataset has format {content['format']}; this terpseed reads {FORMAT}",
            where=f"{path}, made by terpseed {content['generator']}",
            why="its checksums were computed in another way and cannot be compared",
            then="generate the dataset again",
        )
    seal = content.pop(_SEAL, None)
    if seal != _digest(content):
        raise DatasetError(
            "the manifest was edited or damaged",
            where=f"{path}: its content has SHA-256 {_digest(content)}, its seal says {seal}",
            why="what it says about the files can no longer be trusted",
            then="generate the dataset again",
        )
    try:
        return _manifest(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(
            f"the manifest lacks something or holds something else than it must: {error!r}",
            where=str(path),
            then="generate the dataset again",
        ) from None


def peek(path: Path) -> dict[str, Any] | None:
    """Return what a manifest file holds, damaged or not, or None if it is no manifest.

    Raises:
        OSError: if there is a file and it cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content if _looks_like_manifest(content) else None


def _looks_like_manifest(content: object) -> bool:
    return (
        isinstance(content, dict)
        and isinstance(content.get("format"), int)
        and isinstance(content.get("generator"), str)
        and isinstance(content.get("tables"), dict)
    )


def _manifest(content: dict[str, Any]) -> Manifest:
    catalog = content["catalog"]
    if content["file_format"] not in {"parquet", "csv"}:
        raise ValueError(f"file_format {content['file_format']!r}")
    return Manifest(
        generator=content["generator"],
        file_format=content["file_format"],
        scenario=content["scenario"],
        seed=content["seed"],
        as_of=date.fromisoformat(content["as_of"]),
        catalog_version=catalog["version"],
        catalog_fingerprint=catalog["fingerprint"],
        catalog_sha256=catalog["sha256"],
        tables={
            name: TableEntry(
                name,
                tuple((column, kind) for column, kind in entry["columns"]),
                tuple(table_file_from_dict(name, file) for file in entry["files"]),
            )
            for name, entry in content["tables"].items()
        },
        after=After.from_dict(content["after"]) if "after" in content else None,
        fitting=content.get("fitting"),
        source=content.get("source"),
        planted=content.get("planted"),
    )


def table_file_from_dict(table: str, entry: Mapping[str, Any]) -> TableFile:
    """Return a file of a table from ``TableFile.to_dict``'s plain data.

    Raises:
        KeyError, TypeError, ValueError: if it is no such data, or its path leads elsewhere.
    """
    bounds = entry["key_range"]
    path = PurePosixPath(entry["path"])
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"path {entry['path']!r} leads out of the dataset")
    return TableFile(
        table=table,
        path=entry["path"],
        rows=entry["rows"],
        bytes=entry["bytes"],
        sha256=entry["sha256"],
        crc_sum=entry["crc_sum"],
        key_range=(bounds[0], bounds[1]) if bounds else None,
    )


def _digest(content: object) -> str:
    return digest_of_text(
        json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )


def digest_of_text(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """Return data as JSON has it: dates and decimals as text, tuples as lists.

    Raises:
        TypeError: if JSON has no such thing.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a manifest cannot hold {type(value).__name__} {value!r}")
