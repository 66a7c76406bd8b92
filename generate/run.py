"""From a scenario to a dataset on disk: plan, then tell the business, fit, fill and write it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generate.scenario import DEFAULT, load_scenario
from terpseed.catalog import NEWEST
from terpseed.catalog.domains import chosen, with_needed
from terpseed.catalog.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import polars as pl

    from generate.scenario import Scenario
    from terpseed.catalog import Catalog
    from terpseed.dataset import DatasetWriter, FileFormat, Manifest

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
    """

    scenario: Scenario
    catalog: Catalog
    out: Path
    file_format: FileFormat
    force: bool
    admin_email: str | None
    password_hash: str = field(repr=False)
    tables: frozenset[str] | None = None

    def wants(self, table: str) -> bool:
        """Say whether a table is to be written."""
        return self.tables is None or table in self.tables

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
        }


def plan(
    scenario: str | Path = DEFAULT,
    *,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    as_of: date | None = None,
    schema: str = NEWEST,
    out: Path | None = None,
    file_format: FileFormat = "parquet",
    force: bool = False,
    admin_email: str | None = None,
    password: str | None = None,
    only: Sequence[str] = (),
) -> GeneratePlan:
    """Decide what a run will do; nothing is written.

    Args:
        scenario: name of a shipped scenario, or path of a TOML file.
        overrides: ``section.key=value`` texts that change it.
        seed: replaces the scenario's seed.
        as_of: the day on which the books are looked at; the whole period moves with it.
        schema: a shipped version, FILE.json, FILE.sql or the URL of a database.
        out: where the dataset will be; ``output/`` and the scenario's name by default.
        file_format: of the table files.
        force: whether an older dataset there is replaced.
        admin_email: address of the administrator.
        password: what all accounts sign in with; the documented demo password by default.
        only: domains and tables to write, with all that they refer to; empty for everything.

    Raises:
        ScenarioError: if the scenario is wrong or cannot exist.
        SchemaError: if the schema is unknown or cannot be read.
        ConnectionFailedError: if the schema is a database that cannot be reached.
        UsageError: if address or password cannot be used, or ``only`` names nothing known.
    """
    from generate._login import DEMO_PASSWORD, checked_mail, hashed  # noqa: PLC0415 - heavy

    business = load_scenario(scenario, overrides, seed=seed, as_of=as_of)
    mail = None if admin_email is None else checked_mail(admin_email)
    with ThreadPoolExecutor(1) as aside:
        # Hashing is slow on purpose and lets go of Python; the domains are read beside it.
        hashing = aside.submit(
            hashed, DEMO_PASSWORD if password is None else password, business.seed
        )
        catalog = resolve(schema)
        import_module("generate.world._story")
        password_hash = hashing.result()
    return GeneratePlan(
        scenario=business,
        catalog=catalog,
        out=out if out is not None else OUTPUT / business.name,
        file_format=file_format,
        force=force,
        admin_email=mail,
        password_hash=password_hash,
        tables=frozenset(with_needed(chosen(only, catalog), catalog)) if only else None,
    )


def generate(what: GeneratePlan, progress: Progress | None = None) -> GenerateResult:
    """Carry a plan out: simulate the business and write it as a dataset.

    The place is claimed first, so that a run that cannot write does not simulate; the dataset
    appears under its name complete, or not at all.

    Args:
        what: the plan.
        progress: told of every stage in turn.

    Raises:
        OutputError: if the place is taken or the disk refuses.
        ScenarioError: if the business turns out to be impossible.
        SchemaError: if the business does not fit the schema.
    """
    from terpseed.dataset import DatasetWriter  # noqa: PLC0415 - heavy

    with DatasetWriter(
        what.out,
        what.catalog,
        format=what.file_format,
        scenario=what.scenario.to_dict(),
        seed=what.scenario.seed,
        as_of=what.scenario.period.as_of,
        force=what.force,
    ) as writer:
        frames, told = _simulate_into(writer, what, progress or _silent)
        manifest = writer.commit()
        notes = writer.notes
    from generate._login import admin_of  # noqa: PLC0415 - heavy

    return GenerateResult(what, manifest, told, _revenue(frames), admin_of(frames), notes)


def _silent(_stage: str, _done: int, _steps: int) -> None:
    pass


def _simulate_into(
    writer: DatasetWriter, what: GeneratePlan, progress: Progress
) -> tuple[dict[str, pl.DataFrame], frozenset[str]]:
    from generate._login import set_logins  # noqa: PLC0415 - heavy
    from generate.fill import fill  # noqa: PLC0415 - heavy
    from generate.fit import fit  # noqa: PLC0415 - heavy
    from generate.world import build  # noqa: PLC0415 - heavy

    progress("business", 0, 1)
    world = build(what.scenario)
    progress("business", 1, 1)
    told = fit(world.tables, what.catalog, world.clock.opening)
    set_logins(told, what.catalog, what.admin_email, what.password_hash)
    steps = len(what.catalog.tables) if what.tables is None else len(what.tables)
    # What the filler leaves as it is goes to disk while the filler works.
    early = [name for name in told if what.wants(name) and _is_final(told, what.catalog, name)]
    for done, name in enumerate(early):
        progress("tables", done, steps)
        writer.write(name, told[name])
    frames = fill(
        told,
        what.catalog,
        seed=what.scenario.seed,
        opening=world.clock.opening,
        now=world.now,
    )
    # again, for accounts that the filler made
    set_logins(frames, what.catalog, what.admin_email, what.password_hash)
    late = [name for name in frames if what.wants(name) and name not in early]
    for done, name in enumerate(late, start=len(early)):
        progress("tables", done, steps)
        writer.write(name, frames[name])
    progress("tables", steps, steps)
    return frames, frozenset(filter(what.wants, told))


def _is_final(told: dict[str, pl.DataFrame], catalog: Catalog, name: str) -> bool:
    """Say whether neither the filler nor the logins can still change a table."""
    from terpseed.dataset import stored_columns  # noqa: PLC0415 - heavy

    return "users" in told and len(told[name].columns) == len(stored_columns(catalog[name]))


def _revenue(frames: dict[str, pl.DataFrame]) -> Decimal | None:
    """Return what was invoiced: the total of all invoices that were not voided."""
    import polars as pl  # noqa: PLC0415 - heavy

    invoices = frames.get("invoices")
    if invoices is None or not {"totalAmount", "status"} <= set(invoices.columns):
        return None
    return Decimal(invoices.filter(pl.col("status") != "VOID")["totalAmount"].sum())
