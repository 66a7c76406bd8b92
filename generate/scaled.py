"""A run of many markets: planned, made part by part on an executor, added up, and finished.

Also the run of one market into object storage, which has no folder to rename. What a part is and
how it is made stands in ``markets``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from generate.executors import completed, executor
from generate.markets import (
    Logins,
    Part,
    PartMade,
    PartTask,
    divided,
    drained,
    make_part,
    write_part,
    write_reduced,
)
from terpseed.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generate.run import GeneratePlan, Progress
    from generate.scenario import Scenario
    from generate.world import KeyPlan, Occupied, World
    from terpseed.catalog import Catalog
    from terpseed.dataset import Manifest
    from terpseed.dataset.parts import PartWriter


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many markets a run makes, and how.

    Attributes:
        scale: number of markets.
        workers: processes that make them.
        cluster: address of the Dask scheduler that has the workers; None for this machine.
        keys: of all markets.
        parts: how the markets are divided.
        first: the first market, which had to be simulated to plan; a run takes it, once.
    """

    scale: int
    workers: int
    cluster: str | None
    keys: KeyPlan
    parts: tuple[Part, ...]
    first: list[World] = field(default_factory=list, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "scale": self.scale,
            "workers": self.workers,
            "cluster": self.cluster,
            "parts": len(self.parts),
            "keys": self.keys.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class ScaledResult:
    """What a run of many markets did.

    Attributes:
        manifest: of the dataset.
        told: tables that the business told of.
        revenue: US dollars invoiced in all markets, None if the schema has no invoices.
        admin_email: address that the administrator signs in with.
        notes: what earlier runs had left: cleaned, or gone on with.
    """

    manifest: Manifest
    told: frozenset[str]
    revenue: Decimal | None
    admin_email: str
    notes: tuple[str, ...]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in a run that can be continued; its text says how far it was."""


def plan_scaling(
    scenario: Scenario,
    catalog: Catalog,
    scale: int,
    *,
    workers: int,
    cluster: str | None = None,
    occupied: Occupied | None = None,
    first: World | None = None,
) -> Scaling:
    """Decide how many markets are made: their keys, and which of them share files.

    Args:
        scenario: of each market.
        catalog: the schema version.
        scale: number of markets.
        workers: processes that make them.
        cluster: address of a Dask scheduler that has the workers instead.
        occupied: what the database that the run continues holds.
        first: the first market, if it was simulated already.

    Raises:
        ScenarioError: if the keys do not fit the schema; it names the largest scale that does.
    """
    from generate.world import build  # noqa: PLC0415 - heavy
    from generate.world._markets import plan_keys  # noqa: PLC0415 - heavy

    first = build(scenario, tables=catalog.tables) if first is None else first
    keys = plan_keys(scenario, catalog, scale, occupied=occupied, first=first)
    rows = sum(frame.height for name, frame in first.tables.items() if name in catalog)
    return Scaling(scale, workers, cluster, keys, tuple(divided(scale, rows)), [first])


def generate_parts(what: GeneratePlan, scaling: Scaling, progress: Progress) -> ScaledResult:
    """Make all markets, or those that an earlier run has not finished.

    Args:
        what: the plan of the run.
        scaling: its markets.
        progress: told how many parts are finished.

    Raises:
        OutputError: if the place is taken, or the disk, the storage or a worker fails; finished
            parts are kept, and the same run goes on with them.
        Interrupted: on Ctrl-C; the same holds.
    """
    from terpseed.dataset.heading import Heading  # noqa: PLC0415 - heavy
    from terpseed.dataset.parts import PartWriter  # noqa: PLC0415 - heavy

    logins = Logins(what.admin_email, what.password_hash)
    heading = Heading(
        what.written,
        what.file_format,
        _promised(what.scenario, scaling),
        what.scenario.seed,
        what.scenario.period.as_of,
        fitting=what.fitting,
    )
    inputs = {
        "scale": scaling.scale,
        "keys": scaling.keys.to_dict(),
        "admin_email": what.admin_email,
        "password_hash": what.password_hash,
        "tables": None if what.tables is None else sorted(what.tables),
    }
    labels = [part.label for part in scaling.parts]
    with PartWriter(what.out, heading, labels, inputs=inputs, force=what.force) as writer:
        task = partial(
            PartTask,
            scenario=what.scenario,
            catalog=what.catalog,
            keys=scaling.keys,
            place=writer.place,
            file_format=what.file_format,
            logins=logins,
            tables=what.tables,
        )
        begun = len(writer.finished)
        notes = [*writer.notes]
        if begun:
            notes.append(f"{begun} of {len(labels)} parts were finished by an earlier run")
        _make(writer, scaling, task, progress)
        last = task(part=scaling.parts[0], attach="")
        manifest = writer.commit(write_reduced(last, _attached(writer, scaling)))
    summaries = [writer.summaries[label] for label in labels]
    return ScaledResult(
        manifest=manifest,
        told=frozenset(name for summary in summaries for name in summary["told"]),
        revenue=_total(summaries),
        admin_email=next((s["admin"] for s in summaries if s["admin"]), ""),
        notes=tuple(notes),
    )


def _promised(scenario: Scenario, scaling: Scaling) -> dict[str, Any]:
    """Return the scenario of each market, and how many markets keep its promises."""
    scale = {"scale": {"markets": scaling.scale}} if scaling.scale > 1 else {}
    return scenario.to_dict() | scale


def _make(
    writer: PartWriter, scaling: Scaling, task: Callable[..., PartTask], progress: Progress
) -> None:
    left = [part for part in scaling.parts if part.label in set(writer.unfinished)]
    total = len(scaling.parts)
    simulated = [scaling.first.pop()] if scaling.first else []

    def given(part: Part) -> PartTask:
        return task(part=part, attach=writer.attach(part.label, ""))

    def enter(made: PartMade) -> None:
        writer.finish(made.label, made.files, attached=made.attached, summary=made.summary)
        progress("markets", len(writer.finished), total)

    progress("markets", len(writer.finished), total)
    if not left:
        return
    try:
        with (
            executor(min(scaling.workers, len(left)), scaling.cluster) as (pool, ahead),
            ThreadPoolExecutor(1) as aside,
        ):
            beside = []
            if simulated and left[0] == scaling.parts[0]:
                # The workers have yet to start; meanwhile the first market is written here.
                beside.append(aside.submit(write_part, given(left.pop(0)), drained(simulated)))
            for made in completed(pool, make_part, map(given, left), ahead):
                enter(made)
            for future in beside:
                enter(future.result())
    except BrokenProcessPool:
        raise OutputError(
            "a worker process was killed",
            where=f"{len(writer.finished)} of {total} parts are finished",
            why="most often the machine ran out of memory",
            then="run the same command again, with fewer --workers: it goes on from there",
        ) from None
    except KeyboardInterrupt:
        raise Interrupted(
            f"{len(writer.finished)} of {total} parts are finished and kept; the same command goes "
            "on from there, and --force with other options drops them"
        ) from None


def _attached(writer: PartWriter, scaling: Scaling) -> list[list[str]]:
    """Return the paths of what each market left, in order of their numbers."""
    by_market: list[list[str]] = []
    for part in scaling.parts:
        paths = writer.attached[part.label]
        for number in part.markets:
            begin = writer.attach(part.label, f"{number}/")
            by_market.append([path for path in paths if path.startswith(begin)])
    return by_market


def _total(summaries: list[Mapping[str, Any]]) -> Decimal | None:
    told = [summary["revenue"] for summary in summaries if summary["revenue"] is not None]
    return sum((Decimal(text) for text in told), Decimal(0)) if told else None
