"""What a dataset says about itself before any file is written, and the manifest made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from terpseed import __version__
from terpseed.dataset.carried import catalog_text
from terpseed.dataset.dtypes import stored_columns
from terpseed.dataset.manifest import (
    FileFormat,
    Manifest,
    TableEntry,
    TableFile,
    digest_of_text,
    plain,
)
from terpseed.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from terpseed.catalog import Catalog
    from terpseed.dataset.after import After


@dataclass(slots=True)
class Heading:
    """What holds for a whole dataset.

    Attributes:
        catalog: the schema that it is made for.
        format: of the table files.
        scenario: the resolved scenario: mappings, lists, texts, numbers, dates, decimals.
        seed: of the random numbers.
        as_of: the day on which the books are looked at.
        after: the database that it continues, if it does.
        fitting: how the business was fitted to the schema, as plain data, if there is anything to
            tell.
        source: the database that the rows were read from, as plain data, if they were.
        planted: the fault that is put into the rows on purpose, as plain data, if there is one.
        carried: text of the catalog's file; None for a catalog that terpseed ships.
    """

    catalog: Catalog
    format: FileFormat
    scenario: Mapping[str, Any]
    seed: int
    as_of: date
    after: After | None = None
    fitting: Mapping[str, Any] | None = None
    source: Mapping[str, Any] | None = None
    planted: Mapping[str, Any] | None = None
    carried: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.scenario = plain(self.scenario)
        self.carried = catalog_text(self.catalog)

    def manifest(self, files: Iterable[TableFile], where: str) -> Manifest:
        """Return the manifest of a dataset of these files.

        Args:
            files: all its table files, in any order.
            where: the dataset's place, for errors.

        Raises:
            OutputError: if there is no file.
        """
        by_table: dict[str, list[TableFile]] = {}
        for file in sorted(files, key=lambda file: file.path):
            by_table.setdefault(file.table, []).append(file)
        if not by_table:
            raise OutputError("a dataset without any table cannot be written", where=where)
        return Manifest(
            generator=__version__,
            file_format=self.format,
            scenario=self.scenario,
            seed=self.seed,
            as_of=self.as_of,
            catalog_version=self.catalog.version,
            catalog_fingerprint=self.catalog.fingerprint,
            catalog_sha256=None if self.carried is None else digest_of_text(self.carried),
            tables={
                name: TableEntry(
                    name,
                    tuple((c.name, str(c.type)) for c in stored_columns(self.catalog[name])),
                    tuple(by_table[name]),
                )
                for name in sorted(by_table)
            },
            after=self.after,
            fitting=None if self.fitting is None else plain(self.fitting),
            source=None if self.source is None else plain(self.source),
            planted=None if self.planted is None else plain(self.planted),
        )
