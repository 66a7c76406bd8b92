"""Opening a dataset: its manifest, its catalog, and proof that its files are what was written."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from terpseed.dataset.carried import carried_catalog
from terpseed.dataset.dialect import read_csv
from terpseed.dataset.dtypes import frame_schema, stored_columns
from terpseed.dataset.layout import CATALOG, MANIFEST, is_reserved, list_files
from terpseed.dataset.manifest import FileFormat, Manifest, TableFile, parse_manifest
from terpseed.errors import DatasetError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terpseed.catalog import Catalog, Table

_AGAIN = "generate the dataset again"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that was opened.

    Attributes:
        path: its folder.
        manifest: what it says about itself.
        catalog: the schema that it was made for, references and state machines included.
    """

    path: Path
    manifest: Manifest
    catalog: Catalog

    @property
    def format(self) -> FileFormat:
        """Format of the table files."""
        return self.manifest.file_format

    @property
    def tables(self) -> Mapping[str, Table]:
        """The definitions of the tables that it holds, by name, in alphabetical order."""
        return {name: self.catalog[name] for name in self.manifest.tables}

    def files(self, table: str) -> list[Path]:
        """Return the paths of a table's files, in order.

        Raises:
            DatasetError: if the dataset does not hold the table.
        """
        return [self.path / file.path for file in self._entries(table)]

    def scan(self, table: str) -> pl.LazyFrame:
        """Return the rows of a table, with the exact types of ``dtype_of``, read when collected.

        Raises:
            DatasetError: if the dataset does not hold the table; on collecting a CSV dataset also
                if a file does not hold what the manifest says.
        """
        entries = self._entries(table)
        definition = self.catalog[table]
        schema = frame_schema(definition)
        if self.format == "parquet":
            return pl.scan_parquet(
                [self.path / file.path for file in entries], schema=schema, glob=False
            )
        parts = [
            pl.defer(_CsvPart(self.path, file, definition), schema=schema, validate_schema=True)
            for file in entries
        ]
        return pl.concat(parts) if len(parts) > 1 else parts[0]

    def _entries(self, table: str) -> tuple[TableFile, ...]:
        try:
            return self.manifest.tables[table].files
        except KeyError:
            raise DatasetError(
                f"the dataset holds no table {table!r}",
                where=str(self.path),
                then=nearest(table, self.manifest.tables),
            ) from None


@dataclass(frozen=True, slots=True)
class _CsvPart:
    """Reads one CSV file when it is called."""

    folder: Path
    file: TableFile
    table: Table

    def __call__(self) -> pl.DataFrame:
        path = self.folder / self.file.path
        try:
            frame = read_csv(path, self.table)
        except ValueError as error:
            raise DatasetError(
                f"a file of table {self.table.name} cannot be read as CSV",
                where=f"{path}: {error}",
                then=_AGAIN,
            ) from None
        if frame.height != self.file.rows:
            raise _wrong_rows(path, frame.height, self.file.rows)
        return frame


def open_dataset(path: Path, *, verify: bool = True) -> Dataset:
    """Open a dataset.

    Args:
        path: its folder.
        verify: whether to prove that every file is there, is what was written, and that there is no
            other. Without it nothing but the manifest and the catalog is read.

    Raises:
        DatasetError: if the folder is no dataset, or one that is damaged, incomplete, edited, too
            new, or made for an unknown schema.
    """
    path = Path(path)
    try:
        manifest = _read_manifest(path)
        dataset = Dataset(path, manifest, carried_catalog(path, manifest))
        _check_columns(dataset)
        if verify:
            _verify(dataset)
    except OSError as error:
        raise DatasetError(
            "the dataset cannot be read",
            where=f"{error.filename or path}: {error.strerror or error}",
        ) from error
    return dataset


def _read_manifest(path: Path) -> Manifest:
    scheme, colon, rest = str(path).partition(":/")
    if colon and scheme.isalnum():
        raise DatasetError(
            "datasets in object storage are read from a copy",
            where=f"{scheme}://{rest}",
            then=f"run `terpseed fetch {scheme}://{rest} DIR`, and give DIR",
        )
    if not path.exists():
        raise DatasetError(
            "there is no such dataset", where=str(path), then="run `terpseed generate --out DIR`"
        )
    try:
        text = (path / MANIFEST).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetError(
            "not a dataset" if path.is_dir() else "a file, not the folder of a dataset",
            where=f"{path} has no {MANIFEST}",
            why="the manifest is written last, so a folder without it was never finished",
            then="give the folder that `terpseed generate` or `terpseed snapshot` wrote",
        ) from None
    except UnicodeDecodeError as error:
        raise DatasetError(
            "the manifest is not readable JSON",
            where=f"{path / MANIFEST}: byte {error.start} is no UTF-8",
            then=_AGAIN,
        ) from None
    return parse_manifest(text, path / MANIFEST)


def _check_columns(dataset: Dataset) -> None:
    """Compare the manifest's tables and columns with the catalog's."""
    for name, entry in dataset.manifest.tables.items():
        if name not in dataset.catalog:
            raise DatasetError(
                f"the manifest names a table {name!r} that schema {dataset.catalog.version} lacks",
                where=str(dataset.path / MANIFEST),
                then=_AGAIN,
            )
        known = tuple((c.name, str(c.type)) for c in stored_columns(dataset.catalog[name]))
        if entry.columns != known:
            odd = sorted(set(entry.columns) ^ set(known)) or list(known)
            raise DatasetError(
                f"the manifest's columns of table {name} are not those of its schema",
                where=f"{dataset.path / MANIFEST}: {odd[0][0]} {odd[0][1]}",
                then=_AGAIN,
            )


def _verify(dataset: Dataset) -> None:
    manifest = dataset.manifest
    files = [file for entry in manifest.tables.values() for file in entry.files]
    found = list_files(dataset.path)
    for file in files:
        if file.path not in found:
            raise DatasetError(
                "a file of the dataset is missing",
                where=f"table {file.table}: {dataset.path / file.path}",
                then=_AGAIN,
            )
        _refuse_link(dataset.path, file)
    expected = {file.path for file in files} | {MANIFEST}
    expected |= {CATALOG} if manifest.catalog_sha256 else set()
    extra = [name for name in found if name not in expected and not is_reserved(name)]
    if extra:
        raise DatasetError(
            "the dataset's folder holds files that are no part of it",
            where=", ".join(str(dataset.path / name) for name in extra[:5]),
            why="a file that is not in the manifest would be neither checked nor loaded",
            then="move them elsewhere",
        )
    for file in files:
        if found[file.path] != file.bytes:
            short = found[file.path] < file.bytes
            raise DatasetError(
                "a file of the dataset is "
                + ("cut short" if short else "longer than it was written"),
                where=f"table {file.table}: {dataset.path / file.path} has {found[file.path]} "
                f"bytes, the manifest says {file.bytes}",
                then=_AGAIN,
            )
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda file: _verify_file(dataset, file), files):
            pass


def _refuse_link(folder: Path, file: TableFile) -> None:
    """Refuse a file that lies elsewhere: a dataset from others must not name any file of ours."""
    real = (folder / file.path).resolve()
    if not real.is_relative_to(folder.resolve()):
        raise DatasetError(
            "a file of the dataset is a link that leads out of its folder",
            where=f"table {file.table}: {folder / file.path} is {real}",
            why="a dataset is moved, proved and loaded as one folder",
            then="put the file itself there, or generate the dataset again",
        )


def _verify_file(dataset: Dataset, file: TableFile) -> None:
    path = dataset.path / file.path
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != file.sha256:
        raise DatasetError(
            "a file of the dataset was changed or damaged",
            where=f"table {file.table}: {path} has SHA-256 {digest}, "
            f"the manifest says {file.sha256}",
            why="the size is right, so bytes were changed in place",
            then=_AGAIN,
        )
    if dataset.format == "parquet":
        _verify_parquet(path, file, dataset.catalog[file.table])


def _verify_parquet(path: Path, file: TableFile, table: Table) -> None:
    try:
        scan = pl.scan_parquet(path, glob=False)
        found = scan.collect_schema()
        rows = scan.select(pl.len()).collect().item()
    except pl.exceptions.PolarsError as error:
        raise DatasetError(
            f"a file of table {table.name} cannot be read as Parquet",
            where=f"{path}: {error}",
            then=_AGAIN,
        ) from None
    expected = frame_schema(table)
    if list(found.items()) != list(expected.items()):
        odd = [f"{n} {t}" for n, t in found.items() if expected.get(n) != t] or list(found)
        raise DatasetError(
            f"a file of table {table.name} does not have the columns that the manifest says",
            where=f"{path}: {odd[0]}",
            then=_AGAIN,
        )
    if rows != file.rows:
        raise _wrong_rows(path, rows, file.rows)


def _wrong_rows(path: Path, found: int, expected: int) -> DatasetError:
    return DatasetError(
        f"a file of the dataset holds {found} rows; the manifest says {expected}",
        where=str(path),
        then=_AGAIN,
    )
