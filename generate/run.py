"""From a scenario to a dataset on disk: plan, then tell the business, fit, fill and write it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generate.markets import invoiced
from generate.scaled import generate_parts, plan_scaling
from generate.scenario import DEFAULT, load_scenario, sized
from terpseed.catalog import NEWEST
from terpseed.catalog.domains import chosen, with_needed
from terpseed.catalog.part import in_part
from terpseed.catalog.resolve import resolve
from terpseed.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from decimal import Decimal

    import polars as pl

    from generate.continued import Continued
    from generate.scaled import Scaling
    from generate.scenario import Scenario
    from generate.world import World
    from terpseed.catalog import Catalog, Table
    from terpseed.connection import Target
    from terpseed.dataset import DatasetWriter, FileFormat, Manifest
    from terpseed.dataset.place import Remote

    Progress = Callable[[str, int, int], None]
    """Called with a stage's name, and how many of how many steps of it are done."""

OUTPUT = Path("output")
FORMAT = 1  # of the JSON that a plan and a result print


@dataclass(frozen=True, slots=True)
class GeneratePlan:
    """What a run will do.

    Attributes:
        scenario: the business to simulate.
        catalog: the schema version that the dataset is made for.
        out: where the dataset will be.
        file_format: of the table files.
        force: whether an older dataset at ``out`` is replaced.
        admin_email: address of the administrator; None leaves it to the business.
        password_hash: bcrypt hash that all accounts get.
        tables: the tables to write; None for all. The whole business is simulated in any case, so
            that their rows are the same.
        scaling: the markets of a run that is made in parts; None for one market in a folder.
        after: the database that the dataset goes on from; None if it stands for itself.
    """

    scenario: Scenario
    catalog: Catalog
    out: Path | Remote
    file_format: FileFormat
    force: bool
    admin_email: str | None
    password_hash: str = field(repr=False)
    tables: frozenset[str] | None = None
    scaling: Scaling | None = None
    after: Continued | None = None

    @property
    def written(self) -> Catalog:
        """The schema of what is written: a part of the catalog, if a part was asked for."""
        return self.catalog if self.tables is None else in_part(self.catalog, sorted(self.tables))

    def wants(self, table: str) -> bool:
        """Say whether a table is to be written."""
        return self.tables is None or table in self.tables

    @property
    def fitting(self) -> dict[str, Any] | None:
        """What is guessed about a schema that terpseed does not ship; None for one that it does."""
        from generate.fit import guesses  # noqa: PLC0415 - heavy

        found = guesses(self.catalog)
        return None if found is None else found.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data, without anything secret."""
        return {
            "format": FORMAT,
            "scenario": self.scenario.to_dict(),
            "schema": {
                "version": self.catalog.version,
                "source": self.catalog.source,
                "tables": len(self.catalog.tables),
            },
            "tables": None if self.tables is None else sorted(self.tables),
            "out": str(self.out),
            "file_format": self.file_format,
            "force": self.force,
            "admin_email": self.admin_email,
            "scaling": None if self.scaling is None else self.scaling.to_dict(),
            "after": None if self.after is None else self.after.to_dict(),
            "fitting": self.fitting,
        }


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """What a run did.

    Attributes:
        plan: what it was to do.
        manifest: of the dataset.
        told: tables that the business told of; the filler made the others.
        revenue: US dollars invoiced, None if the schema has no invoices as TERP knows them.
        admin_email: address that the administrator signs in with.
        notes: what earlier, interrupted runs had left and was cleaned.
    """

    plan: GeneratePlan
    manifest: Manifest
    told: frozenset[str]
    revenue: Decimal | None
    admin_email: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data; money as text, so that it stays exact."""
        tables = self.manifest.tables
        return {
            "format": FORMAT,
            "dataset": str(self.plan.out),
            "scenario": self.plan.scenario.name,
            "seed": self.manifest.seed,
            "as_of": self.manifest.as_of.isoformat(),
            "schema": self.manifest.catalog_version,
            "file_format": self.manifest.file_format,
            "rows": self.manifest.rows,
            "bytes": self.manifest.bytes,
            "revenue": None if self.revenue is None else str(self.revenue),
            "admin_email": self.admin_email,
            "content_digest": self.manifest.content_digest,
            "tables": {
                name: {
                    "rows": entry.rows,
                    "bytes": entry.bytes,
                    "source": "business" if name in self.told else "filler",
                }
                for name, entry in tables.items()
            },
            "notes": list(self.notes),
            "fitting": self.manifest.fitting,
        }


def plan(
    scenario: str | Path = DEFAULT,
    *,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    as_of: date | None = None,
    schema: str = NEWEST,
    out: Path | Remote | None = None,
    file_format: FileFormat = "parquet",
    force: bool = False,
    admin_email: str | None = None,
    password: str | None = None,
    only: Sequence[str] = (),
    scale: int = 1,
    workers: int | None = None,
    cluster: str | None = None,
    parts: bool = False,
    market_size: int = 1,
    after: Target | None = None,
) -> GeneratePlan:
    """Decide what a run will do; nothing is written.

    Args:
        scenario: name of a shipped scenario, or path of a TOML file.
        overrides: ``section.key=value`` texts that change it.
        seed: replaces the scenario's seed.
        as_of: the day on which the books are looked at; the whole period moves with it.
        schema: a shipped version, FILE.json, FILE.sql or the URL of a database.
        out: where the dataset will be; ``output/``, the scenario's name and the scale by default.
        file_format: of the table files.
        force: whether an older dataset there is replaced.
        admin_email: address of the administrator.
        password: what all accounts sign in with; the documented demo password by default.
        only: domains and tables to write, with all that they refer to; empty for everything.
        scale: number of markets.
        workers: processes that make them, if there are several; one per core by default.
        cluster: address of a Dask scheduler whose workers make them instead.
        parts: whether even a single market is made as a part, so that it can be foreseen and
            continued; several always are.
        market_size: how many times the scenario's size a market has.
        after: a database in use that the dataset is made to be appended to, for its schema: its
            keys begin above those there, and rows that are there already are reused.

    Raises:
        ScenarioError: if the scenario is wrong or cannot exist, or so many markets do not fit.
        SchemaError: if the schema is unknown or cannot be read.
        ConnectionFailedError: if the schema is a database that cannot be reached.
        UsageError: if address or password cannot be used, or ``only`` names nothing known.
    """
    from generate._login import DEMO_PASSWORD, checked_mail, hashed  # noqa: PLC0415 - heavy
    from generate.world._story import prepare  # noqa: PLC0415 - heavy

    if after is not None:
        _check_alone(schema, admin_email, scale, parts=parts)
    business = load_scenario(scenario, overrides, seed=seed, as_of=as_of)
    if market_size > 1:
        business = sized(business, market_size)
    mail = None if admin_email is None else checked_mail(admin_email)
    with ThreadPoolExecutor(1) as aside:
        # Hashing is slow on purpose and lets go of Python; the domains are read beside it.
        hashing = aside.submit(
            hashed, DEMO_PASSWORD if password is None else password, business.seed
        )
        continued = _continued(after)
        catalog = resolve(schema) if continued is None else continued.catalog
        prepare(catalog.tables)
        password_hash = hashing.result()
    scaling = None
    if parts or scale > 1 or cluster is not None or not isinstance(out, Path | None):
        scaling = plan_scaling(
            business,
            catalog,
            scale,
            workers=workers or os.cpu_count() or 1,
            cluster=cluster,
        )
    name = business.name if scale == 1 else f"{business.name}-x{scale}"
    return GeneratePlan(
        scenario=business,
        catalog=catalog,
        out=out if out is not None else OUTPUT / name,
        file_format=file_format,
        force=force,
        admin_email=mail,
        password_hash=password_hash,
        tables=frozenset(with_needed(chosen(only, catalog), catalog)) if only else None,
        scaling=scaling,
        after=continued,
    )


def _continued(after: Target | None) -> Continued | None:
    if after is None:
        return None
    from generate.continued import read_continued  # noqa: PLC0415 - heavy

    return read_continued(after)


def _check_alone(schema: str, admin_email: str | None, scale: int, *, parts: bool) -> None:
    """Refuse what a dataset that goes on from a database cannot have."""
    if schema != NEWEST:
        raise UsageError(
            "--after takes the schema of the database that it names",
            then="leave --schema out",
        )
    if admin_email is not None:
        raise UsageError(
            "the administrator of a database in use keeps the address there",
            then="leave --admin-email out",
        )
    if scale > 1 or parts:
        raise UsageError(
            "--after adds one market at a time",
            why="the next one begins where the keys of the last one end",
            then="leave --scale out; generate and load again for another market",
        )


def generate(what: GeneratePlan, progress: Progress | None = None) -> GenerateResult:
    """Carry a plan out: simulate the business and write it as a dataset.

    The place is claimed first, so that a run that cannot write does not simulate; the dataset
    appears under its name complete, or not at all. A run of many markets that is interrupted keeps
    what it has finished, and the same plan goes on with it.

    Args:
        what: the plan.
        progress: told of every stage in turn.

    Raises:
        OutputError: if the place is taken or the disk refuses.
        ScenarioError: if the business turns out to be impossible.
        SchemaError: if the business does not fit the schema.
    """
    from terpseed.dataset import DatasetWriter  # noqa: PLC0415 - heavy

    if what.scaling is not None:
        made = generate_parts(what, what.scaling, progress or _silent)
        return GenerateResult(
            what, made.manifest, made.told, made.revenue, made.admin_email, made.notes
        )
    assert isinstance(what.out, Path)  # noqa: S101 - storage takes parts alone
    with DatasetWriter(
        what.out,
        what.written,
        format=what.file_format,
        scenario=what.scenario.to_dict(),
        seed=what.scenario.seed,
        as_of=what.scenario.period.as_of,
        force=what.force,
        fitting=what.fitting,
    ) as writer:
        simulate = _simulate_into if what.after is None else _go_on
        frames, told = simulate(writer, what, progress or _silent)
        manifest = writer.commit()
        notes = writer.notes
    from generate._login import admin_of  # noqa: PLC0415 - heavy

    return GenerateResult(what, manifest, told, invoiced(frames), admin_of(frames), notes)


def _silent(_stage: str, _done: int, _steps: int) -> None:
    pass


def _simulate_into(
    writer: DatasetWriter, what: GeneratePlan, progress: Progress
) -> tuple[dict[str, pl.DataFrame], frozenset[str]]:
    from generate._login import of_logins, set_logins  # noqa: PLC0415 - heavy
    from generate.fill import fill  # noqa: PLC0415 - heavy
    from generate.fit import fit, stand_alone  # noqa: PLC0415 - heavy
    from generate.world import build  # noqa: PLC0415 - heavy

    catalog = what.catalog
    steps = len(catalog.tables) if what.tables is None else len(what.tables)
    alone = stand_alone(catalog) - of_logins(catalog)
    written: dict[str, pl.DataFrame] = {}

    def finished(world: World, name: str) -> None:
        # What the filler and the logins leave as it is goes to disk while the story is told.
        if name not in alone or not what.wants(name) or "users" not in world:
            return
        for table, frame in fit({name: world[name]}, catalog, world.clock.opening).items():
            if _is_complete(frame, catalog[table]):
                writer.write(table, frame)
                written[table] = frame

    progress("business", 0, 1)
    world = build(what.scenario, tables=catalog.tables, finished=finished)
    progress("business", 1, 1)
    others = {name: frame for name, frame in world.tables.items() if name not in written}
    told = {**written, **fit(others, catalog, world.clock.opening)}
    set_logins(told, catalog, what.admin_email, what.password_hash)
    for name in [name for name in told if name not in written and what.wants(name)]:
        progress("tables", len(written), steps)
        if "users" in told and _is_complete(told[name], catalog[name]):
            writer.write(name, told[name])
            written[name] = told[name]
    frames = fill(
        told,
        catalog,
        seed=what.scenario.seed,
        opening=world.clock.opening,
        now=world.now,
    )
    # again, for accounts that the filler made
    set_logins(frames, catalog, what.admin_email, what.password_hash)
    late = [name for name in frames if what.wants(name) and name not in written]
    for done, name in enumerate(late, start=len(written)):
        progress("tables", done, steps)
        writer.write(name, frames[name])
    progress("tables", steps, steps)
    return frames, frozenset(filter(what.wants, told))


def _go_on(
    writer: DatasetWriter, what: GeneratePlan, progress: Progress
) -> tuple[dict[str, pl.DataFrame], frozenset[str]]:
    """Write a market that joins a database in use, with the rows there that it reuses."""
    from generate._login import set_logins  # noqa: PLC0415 - heavy
    from generate.fill import fill  # noqa: PLC0415 - heavy
    from generate.fit import fit  # noqa: PLC0415 - heavy
    from generate.world import build  # noqa: PLC0415 - heavy

    assert what.after is not None  # noqa: S101 - who calls this knows
    catalog = what.catalog
    progress("business", 0, 1)
    world = build(what.scenario, keys=what.after.keys, tables=catalog.tables)
    progress("business", 1, 1)
    opening = world.clock.opening
    told = what.after.joined(fit(what.after.told(world), catalog, opening))
    frames = fill(
        told,
        what.after.filled(told),
        seed=what.scenario.seed,
        opening=opening,
        now=world.now,
    )
    set_logins(frames, catalog, None, what.password_hash)
    frames = {name: frame for name, frame in frames.items() if what.wants(name)}
    for done, (name, frame) in enumerate(frames.items()):
        progress("tables", done, len(frames))
        writer.write(name, frame)
    progress("tables", len(frames), len(frames))
    writer.goes_on(what.after.after(frames))
    return frames, frozenset(filter(what.wants, told))


def _is_complete(frame: pl.DataFrame, table: Table) -> bool:
    """Say whether a table has all its columns, so that the filler changes nothing of it."""
    from terpseed.dataset import stored_columns  # noqa: PLC0415 - heavy

    return len(frame.columns) == len(stored_columns(table))
