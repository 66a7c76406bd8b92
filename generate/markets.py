"""Many markets of one company: how they are divided into parts, and how a part is made.

A part is one market, or a few that share files. It is a pure function of its task, so that any
process can make it, and make it again. What runs parts is ``executors``; what becomes of their
files is ``terpseed.dataset.parts``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from terpseed import __version__
from terpseed.catalog.part import in_part
from terpseed.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from generate.scenario import Scenario
    from generate.world import KeyPlan, World
    from terpseed.catalog import Catalog
    from terpseed.dataset import FileFormat, TableFile, TableSink
    from terpseed.dataset.place import Place

ROWS_IN_PART = 400_000  # so many that a part's files are worth opening, so few that memory is small
WORTH_PACKING = 1 << 15  # bytes of rows; compressing fewer costs more than they take
PARTS_AT_LEAST = 16  # where markets allow it, so that workers end at about the same time


@dataclass(frozen=True, slots=True)
class Part:
    """Markets that share files.

    Attributes:
        markets: their numbers, in a row.
        label: what their files are called within the folder of a table.
    """

    markets: range
    label: str


@dataclass(frozen=True, slots=True)
class Logins:
    """Who signs in, and how.

    Attributes:
        admin_email: address of the administrator; None leaves it to the business.
        password_hash: what all accounts get.
    """

    admin_email: str | None
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartTask:
    """All that making a part needs; a plain value that can be sent.

    Attributes:
        part: which part.
        scenario: of each market.
        catalog: the schema version.
        keys: of all markets.
        place: where files go.
        file_format: of the table files.
        attach: path, in the place, of what the part leaves for the end; it is followed by
            the number of the market and the table.
        logins: of the company.
        tables: the tables to write; None for all.
        generator: version of terpseed that gave the task.
    """

    part: Part
    scenario: Scenario
    catalog: Catalog
    keys: KeyPlan
    place: Place
    file_format: FileFormat
    attach: str
    logins: Logins
    tables: frozenset[str] | None = None
    generator: str = __version__

    @property
    def sink(self) -> TableSink:
        """What writes table files."""
        from terpseed.dataset import TableSink  # noqa: PLC0415 - heavy

        return TableSink(self.place, self.catalog, self.file_format)


@dataclass(frozen=True, slots=True)
class PartMade:
    """What came of a task.

    Attributes:
        label: of the part.
        files: that it wrote.
        attached: paths of what it left for the end.
        summary: what the run's result is made of: revenue, tables told, the administrator.
    """

    label: str
    files: tuple[TableFile, ...]
    attached: tuple[str, ...]
    summary: Mapping[str, Any]


def divided(scale: int, rows: int) -> list[Part]:
    """Divide markets into parts; the first part is the first market alone.

    Args:
        scale: number of markets.
        rows: of one market.
    """
    most = max(1, ROWS_IN_PART // max(1, rows))
    together = max(1, min(most, scale // PARTS_AT_LEAST))
    digits = max(4, len(str(scale - 1)))
    starts = [0, *range(1, scale, together)]
    ends = [*starts[1:], scale]
    return [
        Part(
            range(start, end),
            f"{start:0{digits}d}"
            if end - start == 1
            else f"{start:0{digits}d}-{end - 1:0{digits}d}",
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def make_part(task: PartTask) -> PartMade:
    """Make the markets of a part and write their files.

    Args:
        task: what to make.

    Raises:
        OutputError: if the place refuses, or this process runs another version of terpseed.
        ScenarioError: if a market turns out to be impossible.
        SchemaError: if the business does not fit the schema.
    """
    if task.generator != __version__:
        raise OutputError(
            f"a worker runs terpseed {__version__}, the run was begun by {task.generator}",
            why="their files would not fit together",
            then="install the same version on all workers",
        )
    from generate.world import build  # noqa: PLC0415 - heavy

    return write_part(
        task,
        (
            build(task.scenario, shard=number, keys=task.keys, tables=task.catalog.tables)
            for number in task.part.markets
        ),
    )


def drained(worlds: list[World]) -> Iterator[World]:
    """Yield worlds from a list, which lets go of each before it is yielded."""
    while worlds:
        yield worlds.pop(0)


def write_part(task: PartTask, worlds: Iterable[World]) -> PartMade:
    """Write markets that were simulated; see ``make_part``.

    Args:
        task: what they were simulated for.
        worlds: its markets, in order; each is let go before the next one is asked for.
    """
    from generate._login import admin_of  # noqa: PLC0415 - heavy

    frames: dict[str, list[pl.DataFrame | bytes]] = {}
    attached: list[str] = []
    several = len(task.part.markets) > 1
    told: set[str] = set()
    revenue: list[Decimal] = []
    admin = ""
    for world in worlds:
        made, names = _fitted(task, world)
        told |= names
        admin = admin or admin_of(made)
        total = invoiced(made)
        revenue += [] if total is None else [total]
        while made:
            name, frame = made.popitem()
            frames.setdefault(name, []).append(_packed(frame) if several else frame)
        attached += _left(task, world)
        del world, frame  # or they would stay while the next market is simulated
    return PartMade(
        label=task.part.label,
        files=tuple(_written(task, frames)),
        attached=tuple(attached),
        summary={
            "revenue": str(sum(revenue, Decimal(0))) if revenue else None,
            "told": sorted(told),
            "admin": admin,
        },
    )


def write_reduced(task: PartTask, attached: Sequence[Sequence[str]]) -> list[TableFile]:
    """Write the tables that belong to all markets together.

    Args:
        task: of any part; its place and catalog count.
        attached: paths of what each market left, in order of their numbers.
    """
    import polars as pl  # noqa: PLC0415 - heavy

    from generate.fit import fit  # noqa: PLC0415 - heavy
    from generate.world import Clock  # noqa: PLC0415 - heavy
    from generate.world._markets import reduced  # noqa: PLC0415 - heavy

    def read(path: str) -> pl.DataFrame:
        data = task.place.get(path)
        if data is None:
            raise OutputError("a file of the unfinished dataset is missing", where=path)
        return pl.read_parquet(BytesIO(data))

    parts = (
        {path.rsplit("/", 1)[1].removesuffix(".parquet"): read(path) for path in paths}
        for paths in attached
    )
    period = task.scenario.period
    opening = Clock(period.start, period.end, period.as_of).opening
    fitted = fit(reduced(parts), task.catalog, opening)
    return [
        task.sink.write(name, frame)
        for name, frame in fitted.items()
        if task.tables is None or name in task.tables
    ]


def _fitted(task: PartTask, world: World) -> tuple[dict[str, pl.DataFrame], set[str]]:
    """Return what a market writes, with exact types, and which of it the business told."""
    from generate._login import set_logins  # noqa: PLC0415 - heavy
    from generate.fill import fill  # noqa: PLC0415 - heavy
    from generate.fit import fit  # noqa: PLC0415 - heavy
    from generate.world._markets import handed_in  # noqa: PLC0415 - heavy

    handed = handed_in(world)
    # The filler refers to what markets share, so it sees that too.
    told = fit({**world.tables, **handed}, task.catalog, world.clock.opening)
    # Tables that only the filler knows are of the company: the first market makes them.
    catalog = in_part(task.catalog, sorted(told)) if world.keys.joins else task.catalog
    filled = fill(
        told,
        catalog,
        seed=task.scenario.seed,
        opening=world.clock.opening,
        now=world.now,
        shard=world.keys.shard,
    )
    set_logins(filled, task.catalog, task.logins.admin_email, task.logins.password_hash)
    kept = {name: frame for name, frame in filled.items() if name in handed or name not in told}
    return kept, set(told)


def _left(task: PartTask, world: World) -> list[str]:
    """Write what the end needs of a market; return the paths."""
    from generate.world._markets import shares  # noqa: PLC0415 - heavy

    paths = []
    for name, frame in shares(world).items():
        buffer = BytesIO()
        frame.write_parquet(buffer)
        path = f"{task.attach}{world.keys.shard}/{name}.parquet"
        task.place.put(path, buffer.getvalue())
        paths.append(path)
    return paths


def _packed(frame: pl.DataFrame) -> pl.DataFrame | bytes:
    """Return rows as they wait for the other markets of a part: compressed, unless they are few."""
    if frame.estimated_size() < WORTH_PACKING:
        return frame
    buffer = BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


def _written(task: PartTask, frames: dict[str, list[pl.DataFrame | bytes]]) -> Iterable[TableFile]:
    import polars as pl  # noqa: PLC0415 - heavy

    for name in sorted(frames):
        rows = frames.pop(name)
        if task.tables is None or name in task.tables:
            yield task.sink.write(
                name,
                pl.concat(
                    (pl.read_ipc(r) if isinstance(r, bytes) else r for r in rows), rechunk=True
                ),
                task.part.label,
            )


def invoiced(frames: Mapping[str, pl.DataFrame]) -> Decimal | None:
    """Return the total of all invoices that were not voided, in US dollars.

    None if the schema has no invoices as TERP knows them.
    """
    import polars as pl  # noqa: PLC0415 - heavy

    invoices = frames.get("invoices")
    if invoices is None or not {"totalAmount", "status"} <= set(invoices.columns):
        return None
    return Decimal(invoices.filter(pl.col("status") != "VOID")["totalAmount"].sum())
