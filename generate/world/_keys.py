"""Which keys a market gets: planned before it is told, so that markets never ask each other.

A market owns a block of ids in every table and a block of numbers in every series of documents.
Blocks of ids are multiples of ``ID_STEP``, which every number up to 12 divides: choices that are
made by the remainder of an id fall the same way in each market. Blocks of numbers are multiples of
``NUMBER_STEP``, so that a document's number alone tells where a run of numbers begins.

What the company has only once (people, accounts, words to sort by) is made by the first market;
the others make the same rows to refer to them, and do not hand them in. A database that is in use
counts as a company that exists: its rows are found by their natural keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from generate.world._shared import OF_THE_COMPANY, ONCE
from terpseed.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from terpseed.catalog import Catalog

ID_STEP = 27_720  # the least common multiple of the numbers up to 12
NUMBER_STEP = 10_000
ROOM = 1.25  # a market gets that much more than the first one took
# A seller has the same id in both, and so has an invoice that is filed as a document.
TIED = {"vendors": "clients", "transactions": "invoices"}
INT_MAX = 2**31 - 1
_LATER = 1_000_000


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one market.

    Attributes:
        shard: number of the market, from 0.
        streams: number that names its random streams.
        joins: whether the company exists already, so that its own rows are not handed in again.
        ids: last id before the market's first one, by table; 0 where a table is not named.
        numbers: last number before the market's first one, the same in every series.
        label: tells the market's names and addresses from others; empty for the first one.
        room: most ids that the market may take, by table; no limit where a table is not named.
        found: rows of the company that a database holds, by table, newest names.
        held: tables of that database that hold rows.
    """

    shard: int = 0
    streams: int = 0
    joins: bool = False
    ids: Mapping[str, int] = field(default_factory=dict)
    numbers: int = 0
    label: str = ""
    room: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    @property
    def apart(self) -> int:
        """How many steps of clients' ids come before the market's: a small number of its own."""
        return self.ids.get("clients", 0) // ID_STEP

    @property
    def mark(self) -> str:
        """The ending of codes that would otherwise repeat those of other markets."""
        return f"-{self.label}" if self.label else ""

    @property
    def place(self) -> str:
        """The ending of names, likewise."""
        return f" No. {self.label}" if self.label else ""


@dataclass(frozen=True, slots=True)
class Occupied:
    """What a database holds already.

    Attributes:
        ids: highest id by table.
        numbers: highest number of any series.
        found: rows of the company, by table, newest names, naive moments and texts for labels.
        held: tables that hold rows.
    """

    ids: Mapping[str, int] = field(default_factory=dict)
    numbers: int = 0
    found: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    @property
    def is_company(self) -> bool:
        """Whether business is done there: there are clients."""
        return "clients" in self.held

    @property
    def is_empty(self) -> bool:
        """Whether a market's names cannot be taken there."""
        return self.held <= OF_THE_COMPANY.keys() | ONCE


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """The keys of all markets of a run; a plain value that any process can be given.

    Attributes:
        scale: number of markets.
        block: ids that each market gets, by table.
        number_block: numbers that each market gets in each series.
        occupied: what the database that the run continues holds.
    """

    scale: int = 1
    block: Mapping[str, int] = field(default_factory=dict)
    number_block: int = NUMBER_STEP
    occupied: Occupied = field(default_factory=Occupied)

    def keys(self, shard: int) -> Keys:
        """Return the keys of a market.

        Args:
            shard: number of the market, from 0 to ``scale`` - 1.

        Raises:
            ValueError: if there is no such market.
        """
        if not 0 <= shard < self.scale:
            raise ValueError(f"market {shard} of {self.scale}")
        tables = self.block.keys() | self.occupied.ids.keys()
        firsts = {table: self.first(table, shard) for table in sorted(tables)}
        numbers = _up(self.occupied.numbers, NUMBER_STEP) + shard * self.number_block
        apart = firsts.get("clients", 0) // ID_STEP
        return Keys(
            shard=shard,
            # Who joins later is none of the markets that were made together.
            streams=shard if not self.occupied.is_company else _LATER + apart,
            joins=shard > 0 or self.occupied.is_company,
            ids=firsts,
            numbers=numbers,
            label=str(apart + 1) if apart or not self.occupied.is_empty else "",
            room=self.block if self.scale > 1 else {},
            found=self.occupied.found,
            held=self.occupied.held,
        )

    def first(self, table: str, shard: int) -> int:
        """Return the last id of a table before a market's first one."""
        table = TIED.get(table, table)
        tied = [name for name, other in TIED.items() if other == table]
        used = max(self.occupied.ids.get(name, 0) for name in [table, *tied])
        market = 0 if table in OF_THE_COMPANY else shard
        return _up(used, ID_STEP) + market * self.block.get(table, ID_STEP)

    def to_dict(self) -> dict[str, Any]:
        """Return what rules and readers need of it as plain data."""
        return {
            "markets": self.scale,
            "number_block": self.number_block,
            "id_blocks": dict(sorted(self.block.items())),
        }


def plan_blocks(
    taken: Mapping[str, int],
    catalog: Catalog,
    scale: int,
    occupied: Occupied | None = None,
) -> KeyPlan:
    """Decide which keys each market gets.

    Args:
        taken: ids that the first market took, by table.
        catalog: the schema version, which says how large keys may become.
        scale: number of markets.
        occupied: what the database that the run continues holds.

    Raises:
        ScenarioError: if the keys of so many markets do not fit the columns; it names the largest
            scale that fits.
    """
    block = {table: _up(max(1, round(n * ROOM)), ID_STEP) for table, n in sorted(taken.items())}
    for table, other in TIED.items():
        block[other] = block[table] = max(block.get(table, ID_STEP), block.get(other, ID_STEP))
    plan = KeyPlan(
        scale=scale,
        block=block,
        # no series has more numbers than a table has rows
        number_block=_up(max(block.values(), default=1), NUMBER_STEP),
        occupied=occupied or Occupied(),
    )
    _check_limits(plan, taken, catalog)
    return plan


def largest_scale(plan: KeyPlan, catalog: Catalog) -> tuple[int, str]:
    """Return the largest scale whose keys fit, and the column that sets the limit."""
    # Sequences stand at the highest number, in a column of the same size as keys.
    used = _up(plan.occupied.numbers, NUMBER_STEP)
    fits = [((INT_MAX - used) // plan.number_block, "sequences.currentValue")]
    for table, block in plan.block.items():
        if table in OF_THE_COMPANY or table in ONCE:
            continue
        limit, column = _limit(catalog, table)
        fits.append(((limit - replace(plan, scale=1).first(table, 0)) // block, column))
    return min(fits)


def _check_limits(plan: KeyPlan, taken: Mapping[str, int], catalog: Catalog) -> None:
    most, column = largest_scale(plan, catalog)
    if plan.scale <= most or not taken:
        return
    block = plan.block.get(column.partition(".")[0], plan.number_block)
    raise ScenarioError(
        f"the keys of {plan.scale:,} such markets do not fit the schema",
        where=column,
        why=f"each market gets a block of {block:,} keys or numbers there",
        then=f"use --scale {max(most, 1)} at most, or a smaller scenario",
    )


def _limit(catalog: Catalog, name: str) -> tuple[int, str]:
    """Return the largest key that a table's id, and all that refers to it, can hold."""
    limit, column = INT_MAX, f"{name}.id"
    if name in catalog and "id" in catalog[name]:
        bounds = catalog[name]["id"].type.integer_range
        limit = bounds[1] if bounds else INT_MAX
    return limit, column


def _up(n: int, step: int) -> int:
    return -(-n // step) * step
