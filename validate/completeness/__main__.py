"""Damage every column of datasets, and write down who noticed: ``make completeness``.

Give the folders of sound datasets. All of one schema are put together, so that a column that only
a larger business fills counts as noticed too.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from terpseed.dataset import open_dataset
from validate._opened import opened
from validate._plan import plan_checks
from validate._validate import prepare
from validate.completeness import Noticed, knowing, mutate, write
from validate.faults import Bench


def damage(folder: Path, wanting: set[tuple[str, str]] | None) -> list[Noticed]:
    """Damage the columns of one dataset.

    Args:
        folder: of the dataset.
        wanting: the columns to damage; all if it is None.
    """
    with opened(open_dataset(folder), workers=1) as open_:
        plan = plan_checks(open_.ground)
        prepare(open_, plan)
        return list(mutate(Bench.of(open_, plan), wanting))


def run(folders: list[Path]) -> None:
    """Damage datasets one after the other; those of a schema only in what was not noticed yet."""
    by_schema: dict[str, list[Path]] = defaultdict(list)
    for folder in folders:
        by_schema[open_dataset(folder, verify=False).catalog.version].append(folder)
    for schema, places in by_schema.items():
        runs: list[list[Noticed]] = []
        wanting: set[tuple[str, str]] | None = None
        for place in places:
            found = damage(place, wanting)
            runs.append(found)
            wanting = {(one.table, one.column) for one in found if not knowing(one)}
            sys.stderr.write(f"{place}: {len(found)} damaged, {len(wanting)} known to no rule\n")
        write(runs, Path(__file__).parent / f"noticed-{schema}.csv")


if __name__ == "__main__":
    run([Path(word) for word in sys.argv[1:]])
