"""Rows that break what handles text carelessly, in a table with every type that a dataset holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from terpseed.catalog import Catalog, Column, ColumnType, Reference, Table
from terpseed.dataset import frame_schema

STATES = ("NEW", "it's", 'say "hi"', "a,b", "NULL", "é", "1")

_COLUMNS = {
    "id": "int",
    "flag": "tinyint(1)",
    "tiny": "tinyint",
    "small": "smallint",
    "plain": "int",
    "big": "bigint",
    "count": "int unsigned",
    "huge": "bigint unsigned",
    "amount": "decimal(15,2)",
    "exact": "decimal(38,4)",
    "day": "date",
    "moment": "timestamp",
    "fine": "datetime(6)",
    "milli": "datetime(3)",
    "state": "enum(" + ",".join("'" + s.replace("'", "''") + "'" for s in STATES) + ")",
    "name": "varchar(60)",
    "note": "text",
    "data": "json",
}

HOSTILE = Table(
    name="hostile",
    columns=tuple(
        Column(name, ColumnType.parse(kind), nullable=name != "id", auto_increment=name == "id")
        for name, kind in _COLUMNS.items()
    ),
    primary_key=("id",),
)
CATALOG = Catalog(
    version="hostile",
    tables={"hostile": HOSTILE},
    references=(Reference("hostile", "plain", "hostile", "id", inferred=True),),
)
SCHEMA = frame_schema(HOSTILE)

TEXTS = (
    "",
    " ",
    "plain",
    "NULL",
    "null",
    '"NULL"',
    "\\N",
    "\\",
    "\\\\",
    'ends with \\"',
    '"',
    '""',
    'a "quoted" word',
    "'",
    "''; DROP TABLE hostile; --",
    ",",
    "a,b,,c",
    "\n",
    "two\nlines",
    "windows\r\nline",
    "\r",
    "old\rmac",
    "\t",
    "\x1f",
    "\x1e\n",
    "\x1e\x1f\x1e\n\n",
    "\x00",
    "nul\x00inside",
    "\x1a",
    "\x7f",
    "trailing space ",
    " leading space",
    "\ufeffbyte order mark",
    "naïve café",
    "日本語",
    "😀 emoji 👩‍👩‍👧‍👦",
    "\u202eright to left",
    "e\u0301",
    "0",
    "-1",
    "1.50",
    "1e5",
    "true",
    "2024-01-01",
    "#comment",
    "=1+1",
    "%s %d {}",
    "\u2028",
)
# As MySQL prints them: keys by length, then by bytes; one space after commas and colons.
JSON = ('{"a": 1, "b": "x\\"y", "cc": [1, 2.5, null]}', "[]", "{}", "null", '"NULL"', '"é😀"', "12")

_EXTREMES: dict[str, tuple[Any, ...]] = {
    "flag": (True, False),
    "tiny": (-128, 127, 0),
    "small": (-32768, 32767),
    "plain": (-(2**31), 2**31 - 1, 0),
    "big": (-(2**63), 2**63 - 1),
    "count": (0, 2**32 - 1),
    "huge": (0, 2**64 - 1),
    "amount": tuple(
        map(Decimal, ("0.00", "-0.01", "9999999999999.99", "-9999999999999.99", "5.10"))
    ),
    "exact": (Decimal("0.0001"), Decimal("9" * 34 + ".9999"), Decimal("-" + "9" * 34 + ".9999")),
    "day": (date(1000, 1, 1), date(9999, 12, 31), date(2024, 2, 29), date(1969, 12, 31)),
    "moment": (
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC),
        datetime(2024, 3, 31, 2, 30, tzinfo=UTC),  # an hour that summer time leaves out
        datetime(2024, 10, 27, 2, 30, tzinfo=UTC),  # an hour that it has twice
    ),
    "fine": (
        datetime(1000, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 1, 1, 12, 0, 0, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC),
    ),
    "milli": (
        datetime(2024, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 7_000, tzinfo=UTC),
        datetime(2024, 1, 1, 0, 0, 0, 120_000, tzinfo=UTC),
    ),
    "state": STATES,
    "name": TEXTS,
    "note": tuple(reversed(TEXTS)),
    "data": JSON,
}


def hostile_frame() -> pl.DataFrame:
    """Return rows that hold each extreme value of each column, and NULL, at least once."""
    height = len(TEXTS) + 1
    columns: dict[str, list[Any]] = {"id": list(range(1, height + 1))}
    for name, values in _EXTREMES.items():
        cycle = [*values, None]
        columns[name] = [cycle[row % len(cycle)] for row in range(height)]
    return pl.DataFrame(columns, schema=SCHEMA)


def _decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda n: Decimal(n).scaleb(-scale))


# Surrogates are no characters; everything else is a text that a column may hold.
_ANY_TEXT = st.one_of(
    st.sampled_from(TEXTS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text(st.sampled_from('",\\\n\r\x00\x1e\x1fNUL 😀'), max_size=12),
)
_MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "flag": st.booleans(),
    "tiny": st.integers(-128, 127),
    "small": st.integers(-(2**15), 2**15 - 1),
    "plain": st.integers(-(2**31), 2**31 - 1),
    "big": st.integers(-(2**63), 2**63 - 1),
    "count": st.integers(0, 2**32 - 1),
    "huge": st.integers(0, 2**64 - 1),
    "amount": _decimals(15, 2),
    "exact": _decimals(38, 4),
    "day": st.dates(date(1000, 1, 1)),
    "moment": st.integers(1, 2**31 - 1).map(lambda n: datetime.fromtimestamp(n, UTC)),
    "fine": _MOMENTS,
    "milli": _MOMENTS.map(lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000)),
    "state": st.sampled_from(STATES),
    "name": _ANY_TEXT,
    "note": _ANY_TEXT,
    "data": st.sampled_from(JSON),
}


def hostile_frames() -> st.SearchStrategy[pl.DataFrame]:
    """Return frames of up to eight rows of anything that the table may hold."""
    row = st.fixed_dictionaries({name: st.none() | value for name, value in _VALUES.items()})
    return st.lists(row, max_size=8).map(
        lambda rows: pl.DataFrame(
            [{"id": number, **values} for number, values in enumerate(rows, 1)], schema=SCHEMA
        )
    )
