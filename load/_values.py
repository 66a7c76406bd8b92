"""What the values of a dataset's table say where types alone do not decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from terpseed.catalog import Table
    from terpseed.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one table; each question reads the columns that it is about.

    Attributes:
        dataset: an opened dataset.
        table: the table as the dataset has it.
    """

    dataset: Dataset
    table: Table

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.dataset.manifest.tables[self.table.name].rows

    def told(self, column: str) -> int:
        """Return the number of rows in which a column is not NULL."""
        return self.lost(pl.col(column).is_not_null())

    def lost(self, test: pl.Expr) -> int:
        """Return the number of rows for which a test is true."""
        frame = self.dataset.scan(self.table.name).select(test.sum().alias("n")).collect()
        return int(frame["n"][0] or 0)

    def used(self, column: str) -> list[str]:
        """Return the different values of a column as text, in order."""
        values = (
            self.dataset.scan(self.table.name)
            .select(pl.col(column).cast(pl.String).drop_nulls().unique())
            .collect()
        )
        return sorted(values.to_series())

    def twins(self, names: list[str]) -> int:
        """Return the number of rows that repeat others in some columns, as servers compare them."""
        keys = (
            self.dataset.scan(self.table.name)
            .select(
                pl.col(n).str.to_lowercase() if self.table[n].type.is_text else pl.col(n)
                for n in names
            )
            .drop_nulls()
            .collect()
        )
        return keys.height - keys.n_unique()
