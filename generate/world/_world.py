"""The simulated business while it is being told: one frame per table, ids, streams and the clock.

Conventions that every domain follows:

- Tables and columns carry their 2026-05 names; ``fit`` maps them to other versions.
- Inside a domain money is whole cents (columns ending in ``_c``) and quantities are whole
  ten-thousandths (ending in ``_q``), both Int64. Only ``money`` and ``quantity`` turn them into
  the DECIMAL that a table's frame holds. No float ever holds money.
- Times are naive ``Datetime("us")`` in the business's own clock, stored as UTC; dates are ``Date``.
- Rows are in order of their id, and ids follow time wherever the table tells a history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from generate.world._keys import Keys
from generate.world._shared import COUNTED
from generate.world._stream import Stream
from terpseed.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from generate.scenario import Scenario

OPENING, CLOSING = time(8, 0), time(18, 0)


@dataclass(frozen=True, slots=True)
class Clock:
    """The only clock there is.

    Attributes:
        start: first day of business.
        end: last day of business.
        as_of: the day on which the books are looked at; not before ``end``.
    """

    start: date
    end: date
    as_of: date

    @property
    def now(self) -> datetime:
        """Noon of the as-of date: nothing has happened after it, only planned."""
        return datetime.combine(self.as_of, time(12, 0))

    @property
    def opening(self) -> datetime:
        """The moment on the first day at which the books are opened."""
        return datetime.combine(self.start, OPENING)

    @property
    def days(self) -> int:
        """Days of business, both ends included."""
        return (self.end - self.start).days + 1

    @property
    def months(self) -> list[date]:
        """First days of the months from ``start`` to ``as_of``."""
        first = self.start.replace(day=1)
        result = []
        while first <= self.as_of:
            result.append(first)
            first = (first + timedelta(days=32)).replace(day=1)
        return result


@dataclass
class World:
    """Frames of one market.

    Attributes:
        scenario: the business to simulate.
        clock: when it happens.
        keys: which keys the market gets.
        shard: number of the market whose random streams are drawn from: 0 while something is made
            that all markets share.
        tables: finished frames by table name, in the order in which they were made.
        facts: frames that domains leave for later ones and that are no tables themselves.
        reused: ids of rows that a database in use holds already, by table.
    """

    scenario: Scenario
    clock: Clock
    keys: Keys = field(default_factory=Keys)
    shard: int = 0
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    facts: dict[str, pl.DataFrame] = field(default_factory=dict)
    reused: dict[str, list[pl.Series]] = field(default_factory=dict)
    _next_id: dict[str, int] = field(default_factory=dict)

    def stream(self, *purpose: str) -> Stream:
        """Return the random stream of a purpose: domain first, then use."""
        return Stream.named(self.scenario.seed, self.shard, *purpose)

    def ids(
        self, table: str, n: int, known: Mapping[str, Sequence[object] | pl.Series] | None = None
    ) -> pl.Series:
        """Reserve the next ``n`` ids of a table and return them, ascending, as Int64 ``id``.

        Args:
            table: the table.
            n: number of rows.
            known: natural key of the rows, by column, of a table that markets share. Rows that a
                database in use holds already get the ids that they have there.

        Raises:
            ScenarioError: if the market takes more ids than were planned for it.
        """
        found = self.keys.found.get(table)
        if known is not None and found is not None and "id" in found.columns:
            return self._found(table, n, pl.DataFrame(known), found)
        return self._fresh(table, n)

    def _fresh(self, table: str, n: int) -> pl.Series:
        before = self.before(table)
        first = self._next_id.get(table, before + 1)
        self._next_id[table] = first + n
        room = self.keys.room.get(table)
        if room is not None and first + n - 1 > before + room:
            raise ScenarioError(
                f"a market makes more rows of {table} than the {room:,} that were planned",
                where=f"market {self.keys.shard}",
                why="its keys would run into those of the next market",
                then="choose another seed",
            )
        return pl.int_range(first, first + n, dtype=pl.Int64, eager=True).alias("id")

    def _found(self, table: str, n: int, known: pl.DataFrame, found: pl.DataFrame) -> pl.Series:
        names = known.columns
        held = found.select("id", *names).unique(names, keep="first", maintain_order=True)
        ids = known.join(held, on=names, how="left", maintain_order="left")["id"]
        self.reused.setdefault(table, []).append(ids.drop_nulls())
        if not ids.null_count():
            return ids.cast(pl.Int64)
        fresh = self._fresh(table, ids.null_count())
        place = ids.is_null().cast(pl.Int64).cum_sum() - 1
        filled = pl.select(pl.coalesce(ids, fresh.gather(place.clip(0)))).to_series()
        if len(filled) != n:
            raise ValueError(f"{table}: {n} ids are wanted for {len(filled)} rows")
        return filled.cast(pl.Int64).alias("id")

    def number(self, place: pl.Expr, digits: int) -> pl.Expr:
        """Return documents' numbers as text, in the market's own block.

        Args:
            place: place in the series, from 1.
            digits: least number of digits.
        """
        return (place + self.keys.numbers).cast(pl.String).str.zfill(digits)

    def at(self, table: str, place: int) -> int:
        """Return the id of the row at a place of a table that was handed in, the first being 1.

        After the last row it goes on with the first: a company may have few people.
        """
        ids = self.tables[table]["id"]
        return int(ids[(place - 1) % len(ids)])

    def id_of(self, table: str, place: str | pl.Expr) -> pl.Expr:
        """Return the ids of the rows at places of a table that was handed in, the first being 1."""
        places = pl.col(place) if isinstance(place, str) else place
        if self._in_one_run(table):
            return places + self.before(table)
        ids = self.tables[table]["id"]
        return pl.lit(ids).gather((places - 1) % len(ids))

    def place_of(self, table: str, key: str | pl.Expr) -> pl.Expr:
        """Return the places, from 1, of the rows with these ids; the opposite of ``id_of``."""
        ids = pl.col(key) if isinstance(key, str) else key
        if self._in_one_run(table):
            return ids - self.before(table)
        places = {key: place for place, key in enumerate(self.tables[table]["id"], start=1)}
        return ids.replace_strict(places, default=None, return_dtype=pl.Int64)

    def _in_one_run(self, table: str) -> bool:
        return not any(len(ids) for ids in self.reused.get(table, ()))

    def before(self, table: str) -> int:
        """Return the last id of a table before the market's first one."""
        return self.keys.ids.get(table, 0)

    @property
    def admin(self) -> int:
        """The id of the administrator, who was the first to get an account."""
        return self.at("users", 1)

    @property
    def taken(self) -> dict[str, int]:
        """Number of ids that were reserved, by table."""
        return {
            name: after - 1 - self.keys.ids.get(name, 0) for name, after in self._next_id.items()
        }

    def put(self, table: str, frame: pl.DataFrame) -> None:
        """Hand in the finished rows of a table; twice for one table appends.

        Columns that are left out become NULL or the schema's default in ``fit``.
        """
        if table in self.reused and table not in COUNTED:
            frame = self._as_found(table, frame)
        if table in self.tables:
            frame = pl.concat([self.tables[table], frame], how="diagonal_relaxed")
        self.tables[table] = frame

    def _as_found(self, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Return rows with what a database in use says of those that it holds already."""
        found = self.keys.found[table]
        names = [name for name in frame.columns if name in found.columns and name != "id"]
        theirs = found.select("id", *[pl.col(name).alias(f"{name}__found") for name in names])
        is_reused = pl.col("id").is_in(pl.concat(self.reused[table]).implode())
        told = frame.join(theirs, on="id", how="left", maintain_order="left")
        return told.select(
            pl.when(is_reused)
            .then(pl.col(f"{name}__found").cast(frame.schema[name]))
            .otherwise(pl.col(name))
            .alias(name)
            if name in names
            else pl.col(name)
            for name in frame.columns
        )

    def amend(self, table: str, changes: pl.DataFrame, key: str = "id") -> None:
        """Set columns of existing rows from what was derived later.

        Args:
            table: a table that was handed in.
            changes: the key and the columns to set; rows of the table without a match keep what
                they have (NULL in new columns).
            key: the column that both share, unique in ``changes``.
        """
        names = [name for name in changes.columns if name != key]
        frame = self.tables[table]
        merged = frame.join(changes, on=key, how="left", suffix="__new", maintain_order="left")
        kept = set(frame.columns)
        self.tables[table] = merged.select(
            *[
                pl.coalesce(f"{name}__new", name).alias(name) if name in names else pl.col(name)
                for name in frame.columns
            ],
            *[pl.col(name) for name in names if name not in kept],
        )

    def __getitem__(self, table: str) -> pl.DataFrame:
        """Return the rows of a table as handed in so far."""
        return self.tables[table]

    def __contains__(self, table: object) -> bool:
        """Say whether a table was handed in."""
        return table in self.tables

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the tables handed in."""
        return iter(self.tables)

    @cached_property
    def now(self) -> datetime:
        """The clock's present moment."""
        return self.clock.now


def money(cents: str | pl.Expr) -> pl.Expr:
    """Return whole cents as an exact DECIMAL with two places, under the name without ``_c``."""
    return _named(cents, 2, "_c")


def quantity(ten_thousandths: str | pl.Expr) -> pl.Expr:
    """Return whole ten-thousandths as an exact DECIMAL with four places, without ``_q``."""
    return _named(ten_thousandths, 4, "_q")


def _named(value: str | pl.Expr, scale: int, suffix: str) -> pl.Expr:
    decimal = exact(value, scale)
    return decimal.alias(value.removesuffix(suffix)) if isinstance(value, str) else decimal


def exact(value: str | pl.Expr, scale: int) -> pl.Expr:
    """Return a whole number of ``10**-scale`` as an exact DECIMAL with that many places."""
    expression = pl.col(value) if isinstance(value, str) else value
    decimal: pl.Expr = expression.cast(pl.Decimal(38, scale)) / 10**scale
    return decimal


def at_work(
    dates: pl.Series,
    stream: Stream,
    opens: time = OPENING,
    closes: time = CLOSING,
    *,
    now: datetime | None = None,
) -> pl.Series:
    """Return a moment within business hours, to the second, on each of the dates.

    Args:
        dates: Date series of any length; weekends are the caller's business.
        stream: where the seconds come from.
        opens: earliest time of day.
        closes: time of day that no moment reaches.
        now: if given, moments on its date come before its time of day.
    """
    first = opens.hour * 3600 + opens.minute * 60
    last = closes.hour * 3600 + closes.minute * 60 - 1
    share = pl.Series("at", stream.uniform(len(dates)))
    span = pl.lit(last - first)
    if now is not None:
        morning = now.hour * 3600 + now.minute * 60 - 600 - first
        span = (
            pl.when(pl.col("date") == now.date()).then(min(morning, last - first)).otherwise(span)
        )
    seconds = (pl.col("at") * span).cast(pl.Int64) + first
    return (
        pl.DataFrame([dates.alias("date"), share])
        .select(pl.col("date").cast(pl.Datetime("us")) + pl.duration(seconds=seconds))
        .to_series()
    )
