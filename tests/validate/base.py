"""An opened dataset that faults are planted in, and what rules found in it before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from terpseed.dataset import Dataset, frame_schema, open_dataset
from validate import Frames
from validate._opened import Opened, opened
from validate._plan import Plan, plan_checks
from validate._validate import prepare
from validate.faults import Bench, Fault, planted

if TYPE_CHECKING:
    from pathlib import Path

    from terpseed.catalog import Catalog
    from validate.rule import Check

AS_OF = date(2025, 10, 31)
Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Base:
    """An opened dataset; ``counts`` are the breaking rows of each check before any fault."""

    dataset: Dataset
    open_: Opened
    plan: Plan
    counts: Counts

    @property
    def bench(self) -> Bench:
        return Bench(self.open_, self.plan, self.counts)

    def checks(self, rule: str) -> list[Check]:
        return [check for check in self.plan.checks if check.rule.id == rule]

    def count(self, checks: Iterable[Check]) -> dict[tuple[str, str], int]:
        return self.bench.count(checks)

    def fired(self, fault: Fault, checks: Iterable[Check]) -> tuple[int, set[tuple[str, str]]]:
        """Plant a fault; return the rows it changed and the checks that then find more."""
        with planted(self.open_, fault, self.plan.views) as changed:
            after = self.count(checks)
        return changed, {key for key, n in after.items() if n > self.counts.get(key, 0)}


@contextmanager
def base_of(path: Path) -> Iterator[Base]:
    """Open a dataset for planting faults, on one connection."""
    dataset = open_dataset(path)
    with opened(dataset, workers=1) as open_:
        plan = plan_checks(open_.ground)
        prepare(open_, plan)
        unmeasured = Base(dataset, open_, plan, {})
        yield Base(dataset, open_, plan, unmeasured.count(plan.checks))


def empty_tables(catalog: Catalog) -> dict[str, pl.DataFrame]:
    return {
        name: pl.DataFrame(schema=frame_schema(table)) for name, table in catalog.tables.items()
    }


def tables_in_memory(dataset: Dataset, *, as_of: date | None = AS_OF) -> Frames:
    tables = {name: dataset.scan(name).collect() for name in dataset.tables}
    return Frames(dataset.catalog, tables, as_of, dataset.manifest.scenario)
