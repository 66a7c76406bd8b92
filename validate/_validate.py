"""The stage's one function: open a dataset, plan, check, and say what was found."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from validate._bind import bound
from validate._blurred import told_apart
from validate._opened import Opened, add_facts, add_views, opened
from validate._plan import Plan, plan_checks
from validate._run import Outcome, make_views, run_checks
from validate.facts import Frames
from validate.result import RuleResult, ValidationResult

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from terpseed.dataset import Dataset

KEPT = 100


def validate(
    dataset: Dataset | Frames,
    *,
    rules_dir: Path | None = None,
    memory_limit: str | None = None,
    workers: int | None = None,
    kept: int = KEPT,
    only: Collection[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ValidationResult:
    """Check every rule that the dataset gives ground to.

    Args:
        dataset: on disk (see ``terpseed.dataset.open_dataset``) or in memory.
        rules_dir: a folder with rules of the user's own, to run besides ours.
        memory_limit: how much memory DuckDB may use, ``512MB``; needed for datasets that do not
            fit into memory, slower for those that do.
        workers: threads; as many as there are processors if not given.
        kept: most breaking rows to show of each check.
        only: ids of the rules to check; all if not given.
        progress: told how many of how many checks are done, from any of the threads in turn.

    Returns:
        What was found, what was not run and why. The same dataset gives the same result, timings
        apart, whatever the number of workers.

    Raises:
        DatasetError: if a file of the dataset cannot be read.
        RuleError: if a rule in ``rules_dir`` cannot be read or run; names file and line.
        UsageError: if ``rules_dir`` holds no rules, or the memory limit is no size.
    """
    start = time.perf_counter()
    with opened(dataset, memory_limit=memory_limit, workers=workers) as open_:
        read = time.perf_counter()
        plan = plan_checks(open_.ground, rules_dir)
        if only is not None:
            plan = plan.only(only)
        prepare(open_, plan)
        plan = told_apart(bound(open_, plan), open_.ground, open_.words)
        outcomes = run_checks(open_, plan.checks, kept=kept, files=plan.files, progress=progress)
        done = time.perf_counter()
        return ValidationResult(
            dataset=_about(dataset, open_.rows),
            results=tuple(by_rule(outcomes)),
            not_run=plan.not_run,
            seconds={"read": read - start, "check": done - read},
            kept=kept,
        )


def prepare(open_: Opened, plan: Plan) -> None:
    """Create what the checks of a plan select from besides the tables."""
    add_facts(open_)
    add_views(open_, set(plan.optional))
    make_views(open_, plan.views)


def by_rule(outcomes: Sequence[Outcome]) -> list[RuleResult]:
    """Return the outcomes of checks put together by rule, in order of concern and id."""
    grouped: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        grouped[outcome.check.rule.id].append(outcome)
    return [
        RuleResult(
            rule=found[0].check.rule,
            checks=len(found),
            seconds=sum(outcome.seconds for outcome in found),
            findings=tuple(outcome.finding for outcome in found if outcome.finding),
        )
        for _, found in sorted(grouped.items())
    ]


def _about(dataset: Dataset | Frames, rows: Mapping[str, int]) -> dict[str, Any]:
    counted = {"tables": len(rows), "rows": sum(rows.values()), "rows_by_table": dict(rows)}
    if isinstance(dataset, Frames):
        return {
            "path": None,
            "format": "memory",
            "schema": dataset.catalog.version,
            "as_of": dataset.as_of,
            **counted,
        }
    manifest = dataset.manifest
    return {
        "path": str(dataset.path),
        "format": manifest.file_format,
        "schema": manifest.catalog_version,
        "scenario": manifest.scenario.get("name"),
        "seed": manifest.seed,
        "as_of": manifest.as_of,
        "generator": manifest.generator,
        **({"source": manifest.source} if manifest.source else {}),
        **counted,
    }
