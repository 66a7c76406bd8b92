"""The detection rate: every fault planted in a dataset, and which rules notice it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terpseed.errors import DatasetError, UsageError
from validate._opened import opened
from validate._plan import plan_checks
from validate._validate import prepare, validate
from validate.corrupt import corrupt
from validate.faults import Bench, Fault, Trial, all_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from terpseed.dataset import Dataset

FORMAT = 1
_NOTHING = "nothing in this dataset to damage"


@dataclass(frozen=True)
class Detection:
    """What came of planting faults in a dataset.

    Attributes:
        schema: the dataset's schema version.
        trials: the faults that were planted, in the order of the catalogue.
        untried: faults that this dataset has no ground for, and why.
    """

    schema: str
    trials: tuple[Trial, ...]
    untried: tuple[tuple[Fault, str], ...]

    @property
    def missed(self) -> tuple[Trial, ...]:
        """Faults that the rule which must notice them did not notice."""
        return tuple(trial for trial in self.trials if not trial.is_caught)

    @property
    def unexpected(self) -> tuple[Trial, ...]:
        """Faults that rules noticed which read nothing of what is damaged."""
        return tuple(trial for trial in self.trials if trial.unexpected)

    @property
    def rate(self) -> float:
        """Share of the planted faults that was caught, 0 to 1."""
        return 1 - len(self.missed) / len(self.trials) if self.trials else 0.0

    @property
    def is_good(self) -> bool:
        """Whether every fault was caught, and by no rule that has nothing to do with it."""
        return bool(self.trials) and not self.missed and not self.unexpected

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "format": FORMAT,
            "schema": self.schema,
            "planted": len(self.trials),
            "caught": len(self.trials) - len(self.missed),
            "rate": round(self.rate, 6),
            "unexpected": len(self.unexpected),
            "faults": [
                {
                    "id": trial.fault.id,
                    "title": trial.fault.title,
                    "rule": trial.fault.rule,
                    "damage": trial.fault.damage,
                    "rows": trial.changed,
                    "caught": trial.is_caught,
                    "noticed": sorted(trial.noticed),
                    "unexpected": list(trial.unexpected),
                }
                for trial in self.trials
            ],
            "untried": [{"id": fault.id, "reason": reason} for fault, reason in self.untried],
        }


def detect(
    dataset: Dataset,
    *,
    only: Collection[str] | None = None,
    told: Callable[[Trial, int, int], None] | None = None,
) -> Detection:
    """Plant every fault in a dataset, one at a time, and ask all rules.

    Args:
        dataset: a sound dataset; it is not changed.
        only: ids of the faults to plant; all if not given.
        told: called with each trial as soon as it is over, the number of faults that were looked
            at and of all.

    Raises:
        DatasetError: if a file of the dataset cannot be read.
    """
    trials: list[Trial] = []
    untried: list[tuple[Fault, str]] = []
    with opened(dataset, workers=1) as open_:
        plan = plan_checks(open_.ground)
        prepare(open_, plan)
        bench = Bench.of(open_, plan)
        reasons = {entry.rule.id: entry.reason for entry in plan.not_run}
        faults = [f for f in all_faults(open_.ground) if only is None or f.id in only]
        for done, fault in enumerate(faults, 1):
            reason = "" if fault.damage != "rows" else reasons.get(fault.rule, "")
            reason = reason or _no_ground(bench, fault)
            trial = reason or _tried(dataset, bench, fault)
            if isinstance(trial, str):
                untried.append((fault, trial))
                continue
            trials.append(trial)
            if told:
                told(trial, done, len(faults))
    return Detection(dataset.catalog.version, tuple(trials), tuple(untried))


def _no_ground(bench: Bench, fault: Fault) -> str:
    """Return which table a fault damages that the dataset lacks, or the empty string."""
    ground = bench.open_.ground
    return next(filter(None, map(ground.why_no_table, sorted(fault.touched(ground)))), "")


def _tried(dataset: Dataset, bench: Bench, fault: Fault) -> Trial | str:
    """Plant a fault; return what came of it, or why it cannot be planted in this dataset."""
    import duckdb  # noqa: PLC0415 - slow to import

    if fault.damage != "rows":
        return try_file(dataset, bench, fault) or _NOTHING
    try:
        trial = bench.try_(fault, bench.touching(fault))
    except duckdb.CatalogException as error:
        # It picks the rows that it damages by those of a table that is not there.
        return str(error).partition("\n")[0].removeprefix("Catalog Error: ")
    return trial if trial.changed else _NOTHING


def try_file(
    dataset: Dataset, bench: Bench, fault: Fault, *, only: Collection[str] | None = None
) -> Trial | None:
    """Plant a fault that shows in files alone: write the damaged dataset and validate it.

    Args:
        dataset: a sound dataset.
        bench: the same, opened.
        fault: any fault.
        only: ids of the rules to ask; all if not given.

    Returns:
        What came of it; None if the dataset gives it nothing to damage.
    """
    from terpseed.dataset import open_dataset  # noqa: PLC0415 - imports Polars

    related = frozenset(check.rule.id for check in bench.related(fault))
    with tempfile.TemporaryDirectory(prefix="terpseed-fault-") as folder:
        out = Path(folder) / "dataset"
        try:
            made = corrupt(dataset, fault.id, out)
        except UsageError:
            return None
        try:
            result = validate(open_dataset(out), kept=0, only=only)
        except DatasetError:
            # A dataset that cannot be judged is no proof that a rule works.
            return Trial(fault, made.rows, frozenset(), related)
        noticed = {failed.rule.id for failed in result.failed} - {rule for rule, _ in bench.before}
        return Trial(fault, made.rows, frozenset(noticed), related)
