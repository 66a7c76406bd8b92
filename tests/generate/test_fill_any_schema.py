"""The filler on schemas that nobody thought of: whatever is declared holds in what it makes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generate.fill import fill
from terpseed.catalog import Catalog, Column, ColumnType, ForeignKey, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

OPENING, NOW = datetime(2024, 1, 1, 8), datetime(2024, 1, 27, 12)  # noqa: DTZ001 - naive

NAMES = (
    "name", "email", "status", "startDate", "end_date", "created_at", "updatedAt", "total_amount",
    "quantity", "unit_price", "is_active", "code", "notes", "min_size", "max_size", "paid_at",
    "x", "ein_long_name_that_says_nothing", "deleted_at", "slug", "phone", "base64", "monthYear",
)  # fmt: skip
TYPES = (
    "int", "bigint", "smallint", "tinyint", "tinyint(1)", "int unsigned", "decimal(3,2)",
    "decimal(2,0)",
    "decimal(20,8)", "varchar(1)", "varchar(3)", "varchar(40)", "text", "char(2)", "json", "date",
    "timestamp", "datetime(6)", "enum('A','B')", "enum('PENDING','PAID','it''s')",
)  # fmt: skip


@st.composite
def schemas(draw: st.DrawFn) -> Catalog:
    """Tables that refer to each other at random, with keys over random columns."""
    names = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True))
    tables = {}
    for name in sorted(names):
        columns = [Column("id", ColumnType.parse("int"), nullable=False, auto_increment=True)]
        foreign_keys = []
        for column in draw(st.lists(st.sampled_from(NAMES), max_size=6, unique=True)):
            kind = ColumnType.parse(draw(st.sampled_from(TYPES)))
            columns.append(Column(column, kind, nullable=draw(st.booleans())))
        for index, parent in enumerate(draw(st.lists(st.sampled_from(names), max_size=3))):
            key = f"of_{index}_id"
            columns.append(Column(key, ColumnType.parse("int"), nullable=draw(st.booleans())))
            foreign_keys.append(ForeignKey((key,), parent, ("id",)))
        candidates = [c.name for c in columns[1:] if c.type.base not in {"json", "text"}]
        keys = st.lists(st.sampled_from(candidates), min_size=1, max_size=3, unique=True)
        unique = draw(st.lists(keys, max_size=2)) if candidates else []
        tables[name] = Table(
            name,
            tuple(columns),
            ("id",),
            unique=tuple(tuple(key) for key in unique),
            foreign_keys=tuple(foreign_keys),
        )
    return Catalog("any", tables)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(catalog=schemas())
def test_what_a_schema_declares_holds(
    find_problems: Callable[[Mapping[str, pl.DataFrame], Catalog], list[str]], catalog: Any
) -> None:
    frames = fill({}, catalog, seed=3, opening=OPENING, now=NOW)
    assert find_problems(frames, catalog) == []
