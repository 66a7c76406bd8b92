"""What a run will need, before it is started: rows and bytes, memory, time, keys.

Two parts are made for nothing, in this process, and what they took is multiplied: the first one,
which also makes what all markets share, and one that is like all others.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generate.markets import Logins, Part, PartTask, make_part

if TYPE_CHECKING:
    from generate.markets import PartMade
    from generate.run import GeneratePlan
    from generate.scaled import Scaling

_LEAST_SHARED = 0.001  # of a limit; keys that use less of it are of no interest


@dataclass(frozen=True, slots=True)
class TableNeed:
    """What the files of a table will hold.

    Attributes:
        table: the table.
        rows: number of rows.
        bytes: size of its files.
        files: number of its files.
    """

    table: str
    rows: int
    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How far the keys of a table reach.

    Attributes:
        column: ``table.column``.
        last: largest key that is planned.
        limit: largest that the column holds.
    """

    column: str
    last: int
    limit: int

    @property
    def share(self) -> float:
        """Part of the limit that is used."""
        return self.last / self.limit


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a run will need, as far as two of its parts tell.

    Attributes:
        markets: number of markets.
        workers: processes that make them.
        tables: what the files will hold, by table in order of the alphabet.
        worker_bytes: most memory that a worker will use.
        run_bytes: most memory that the process of the command will use beside the workers.
        market_seconds: processor time that a market takes.
        seconds: time of the whole run, if each worker has a core for itself.
        keys: how far keys reach, the scarcest first.
        largest: largest scale whose keys fit the schema.
        scarcest: the column that limits it.
    """

    markets: int
    workers: int
    tables: tuple[TableNeed, ...]
    worker_bytes: int
    run_bytes: int
    market_seconds: float
    seconds: float
    keys: tuple[KeyUse, ...]
    largest: int
    scarcest: str

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(need.rows for need in self.tables)

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(need.bytes for need in self.tables)

    @property
    def files(self) -> int:
        """Number of all files."""
        return sum(need.files for need in self.tables)

    @property
    def memory_bytes(self) -> int:
        """Memory of all processes of this machine."""
        return self.run_bytes + self.workers * self.worker_bytes

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "markets": self.markets,
            "workers": self.workers,
            "rows": self.rows,
            "bytes": self.bytes,
            "files": self.files,
            "memory_bytes": self.memory_bytes,
            "worker_bytes": self.worker_bytes,
            "market_seconds": round(self.market_seconds, 3),
            "seconds": round(self.seconds, 1),
            "largest_scale": self.largest,
            "scarcest_key": self.scarcest,
            "keys": {
                use.column: {"last": use.last, "limit": use.limit, "share": round(use.share, 4)}
                for use in self.keys
            },
            "tables": {
                need.table: {"rows": need.rows, "bytes": need.bytes, "files": need.files}
                for need in self.tables
            },
        }


@dataclass(frozen=True, slots=True)
class _Nowhere:
    """A place that keeps nothing."""

    def put(self, name: str, data: bytes) -> None:
        pass

    def get(self, name: str) -> bytes | None:  # noqa: ARG002 - the interface of a place
        return None

    def remove(self, names: list[str]) -> None:
        pass


def capacity(what: GeneratePlan, scaling: Scaling) -> Capacity:
    """Find out what a run will need, by making two of its parts and writing nothing.

    Args:
        what: the plan.
        scaling: its markets.

    Raises:
        ScenarioError: if a market turns out to be impossible.
        SchemaError: if the business does not fit the schema.
    """
    from generate.world import largest_scale  # noqa: PLC0415 - heavy

    run_bytes = _peak()
    first, began, _ = _made(what, scaling, scaling.parts[0])
    usual, seconds, markets = first, began, 1
    if len(scaling.parts) > 1:
        usual, seconds, markets = _made(what, scaling, scaling.parts[1])
    others = scaling.scale - 1
    largest, scarcest = largest_scale(scaling.keys, what.catalog)
    return Capacity(
        markets=scaling.scale,
        workers=scaling.workers,
        tables=_needs(first, usual, others, markets, len(scaling.parts)),
        worker_bytes=_peak(),
        run_bytes=run_bytes,
        market_seconds=seconds / markets,
        # A fresh process imports, and simulates a market, about as fast as this one did at first.
        seconds=began * 2 + others * seconds / markets / scaling.workers,
        keys=_uses(what, scaling),
        largest=largest,
        scarcest=scarcest,
    )


def _made(what: GeneratePlan, scaling: Scaling, part: Part) -> tuple[PartMade, float, int]:
    """Make a part for nothing; return it, the processor time and the number of its markets."""
    task = PartTask(
        part=part,
        scenario=what.scenario,
        catalog=what.catalog,
        keys=scaling.keys,
        place=_Nowhere(),
        file_format=what.file_format,
        attach="",
        logins=Logins(what.admin_email, what.password_hash),
        tables=what.tables,
    )
    began = time.process_time()
    made = make_part(task)
    return made, time.process_time() - began, len(part.markets)


def _needs(
    first: PartMade, usual: PartMade, others: int, markets: int, parts: int
) -> tuple[TableNeed, ...]:
    once = {file.table: (file.rows, file.bytes) for file in first.files}
    again = {file.table: (file.rows, file.bytes) for file in usual.files} if others else {}
    needs = []
    for table in sorted(once.keys() | again.keys()):
        rows, size = once.get(table, (0, 0))
        more_rows, more_size = again.get(table, (0, 0))
        needs.append(
            TableNeed(
                table,
                rows + more_rows * others // markets,
                size + more_size * others // markets,
                (table in once) + (parts - 1) * (table in again),
            )
        )
    return tuple(needs)


def _uses(what: GeneratePlan, scaling: Scaling) -> tuple[KeyUse, ...]:
    from generate.world._keys import INT_MAX  # noqa: PLC0415 - heavy
    from generate.world._shared import OF_THE_COMPANY, ONCE  # noqa: PLC0415 - heavy

    keys, last_market = scaling.keys, scaling.scale - 1
    numbers = keys.keys(last_market).numbers + keys.number_block
    uses = [KeyUse("sequences.currentValue", numbers, INT_MAX)]
    for table in sorted(keys.block.keys() - set(OF_THE_COMPANY) - set(ONCE)):
        if table not in what.catalog or "id" not in what.catalog[table]:
            continue
        bounds = what.catalog[table]["id"].type.integer_range
        if bounds:
            last = keys.first(table, last_market) + keys.block[table]
            uses.append(KeyUse(f"{table}.id", last, bounds[1]))
    uses.sort(key=lambda use: (-use.share, use.column))
    return tuple(use for use in uses if use.share >= _LEAST_SHARED)


def _peak() -> int:
    """Return the most memory that this process has used, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
