"""Which rows of a target a dataset accounts for, and what they must come to.

In an empty or emptied table these are all rows. Beside other rows they are those of the keys that
the dataset brought. The checksum is the manifest's where rows arrive as the files hold them, and
computed from the files where they are converted or only some of them are sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from load._own import among
from terpseed.catalog.ddl import quoted
from terpseed.dataset import Checksum, checksum

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from load._drift import Drift, Fitting
    from load._own import Own
    from terpseed.catalog import Catalog, Table
    from terpseed.dataset import Dataset

_SLICE = 250_000  # rows in memory at a time
_KEYS = 2_000  # keys a question


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table that a dataset accounts for.

    Attributes:
        table: the table as the dataset calls it.
        into: the table as the target has it, with the columns that were sent.
        wheres: conditions, SQL without the word WHERE, whose rows together are the part; one empty
            condition for all rows of the table.
        expected: what the rows must come to.
    """

    table: str
    into: Table
    wheres: tuple[str, ...]
    expected: Checksum


@dataclass(frozen=True, slots=True)
class View:
    """How a dataset looks in a target.

    Attributes:
        dataset: the dataset.
        drift: how its tables become the target's; None where the schemas were not compared.
        own: which rows are its own; None for all.
    """

    dataset: Dataset
    drift: Drift | None = None
    own: Own | None = None

    @property
    def catalog(self) -> Catalog:
        """The catalog whose references must hold in the target."""
        seen = self.drift.seen if self.drift else None
        return self.dataset.catalog if seen is None else seen

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that are sent, in alphabetical order."""
        left_out = self.drift.left_out if self.drift and self.drift.allowed else frozenset()
        return tuple(name for name in self.dataset.manifest.tables if name not in left_out)

    @property
    def fittings(self) -> Mapping[str, Fitting]:
        """How rows are sent, of the tables that fit."""
        if self.drift is None:
            return {}
        wrong = {note.table for note in self.drift.refused}
        return {n: fitting for n, fitting in self.drift.fittings.items() if n not in wrong}

    def part(self, name: str) -> Part:
        """Return what of a table in the target the dataset accounts for."""
        return part_of(self.dataset, name, self.fittings.get(name), self.own)

    def frames(self, name: str) -> Iterator[pl.DataFrame]:
        """Yield the rows that the dataset accounts for as the target must have them, in parts."""
        condition, _ = _conditions(self.dataset, name, self.own)
        return _arrivals(self.dataset, name, self.fittings.get(name), condition)

    def claims(self) -> dict[str, str]:
        """Return, by table, SQL that follows its name to mean the rows that may be the load's."""
        return {name: f" WHERE {self.condition(name)}" if self.own else "" for name in self.tables}

    def condition(self, name: str, alias: str = "") -> str:
        """Return SQL that is true for a table's rows that may be the load's; empty for all."""
        if self.own is None:
            return ""
        files = self.dataset.manifest.tables[name].files
        return self.own.condition(self.dataset.catalog[name], files, alias)


def part_of(dataset: Dataset, name: str, fitting: Fitting | None, own: Own | None) -> Part:
    """Return the part of one table.

    Args:
        dataset: an opened dataset.
        name: the table.
        fitting: how its rows are sent; None for as they are.
        own: which rows are the dataset's own; None for all.

    Raises:
        DatasetError: if its files have to be read and cannot be.
    """
    into = dataset.catalog[name] if fitting is None else fitting.into
    condition, wheres = _conditions(dataset, name, own)
    manifest = dataset.manifest.tables[name]
    if condition is None and (fitting is None or fitting.same_text):
        return Part(name, into, wheres, manifest.checksum)
    frames = _arrivals(dataset, name, fitting, condition)
    return Part(name, into, wheres, Checksum.total(checksum(frame, into) for frame in frames))


def _arrivals(
    dataset: Dataset, name: str, fitting: Fitting | None, condition: pl.Expr | None
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table that arrive in a target, as they arrive, in parts."""
    scan = dataset.scan(name)
    for at in range(0, dataset.manifest.tables[name].rows, _SLICE):
        frame = scan.slice(at, _SLICE).collect()
        if condition is not None:
            frame = frame.filter(condition)
        yield frame if fitting is None else fitting.rows(frame)


def _conditions(
    dataset: Dataset, name: str, own: Own | None
) -> tuple[pl.Expr | None, tuple[str, ...]]:
    if own is None:
        return None, ("",)
    table, entry = dataset.catalog[name], dataset.manifest.tables[name]
    if name in own.firsts:
        (key,) = table.primary_key
        first, last = own.firsts[name], (entry.key_range or (0, -1))[1]
        where = f"{quoted(key)} BETWEEN {first:d} AND {last:d}"
        whole = entry.key_range is None or entry.key_range[0] >= first
        return (None if whole else pl.col(key) >= first), (where,)
    sent = [key for file in entry.files for key in own.members.get(file.path, ())]
    batches = [sent[at : at + _KEYS] for at in range(0, len(sent), _KEYS)]
    wheres = tuple(among(table.primary_key, batch) for batch in batches) or ("FALSE",)
    if len(sent) == entry.rows:
        return None, wheres
    keys = pl.DataFrame(
        sent, schema=list(table.primary_key), orient="row", infer_schema_length=None
    )
    named = pl.struct(pl.col(column).cast(pl.String) for column in table.primary_key)
    listed = keys.select(named.alias("key"))["key"] if keys.height else None
    return (pl.lit(value=False) if listed is None else named.is_in(listed.implode())), wheres
