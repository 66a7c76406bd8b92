"""Column types read what servers print, write what servers read, and know what fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terpseed.catalog import Column, ColumnType, shipped, shipped_versions

WORDS = st.text(st.characters(exclude_characters="\\\0", exclude_categories=["Cs"]), max_size=20)
TYPES = st.one_of(
    st.sampled_from(
        ["text", "longtext", "json", "date", "int", "double", "tinyint", "timestamp"]
    ).map(ColumnType),
    st.builds(
        ColumnType,
        st.sampled_from(["tinyint", "smallint", "mediumint", "int", "bigint", "float"]),
        unsigned=st.booleans(),
    ),
    st.builds(ColumnType, st.sampled_from(["char", "varchar", "bit"]), st.integers(1, 60)),
    st.builds(
        lambda digits, scale, unsigned: ColumnType(
            "decimal", precision=digits + scale, scale=scale, unsigned=unsigned
        ),
        st.integers(1, 35),
        st.integers(0, 30),
        st.booleans(),
    ),
    st.builds(
        lambda base, digits: ColumnType(base, precision=digits),
        st.sampled_from(["time", "datetime", "timestamp"]),
        st.integers(1, 6),
    ),
    st.builds(
        lambda base, labels: ColumnType(base, labels=tuple(labels)),
        st.sampled_from(["enum", "set"]),
        st.lists(WORDS, min_size=1, max_size=5, unique=True),
    ),
)


@given(TYPES)
def test_type_reads_back_what_it_writes(column_type: ColumnType) -> None:
    assert ColumnType.parse(str(column_type)) == column_type


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("int(11)", "int"),
        ("BIGINT(20) UNSIGNED", "bigint unsigned"),
        ("tinyint(4)", "tinyint"),
        ("tinyint(1)", "tinyint(1)"),
        ("boolean", "tinyint(1)"),
        ("numeric(8)", "decimal(8,0)"),
        ("decimal", "decimal(10,0)"),
        ("datetime(0)", "datetime"),
        ("char", "char(1)"),
        ("enum('a','it''s','c,d(e)')", "enum('a','it''s','c,d(e)')"),
    ],
)
def test_spellings_of_one_type_are_one(text: str, same: str) -> None:
    assert str(ColumnType.parse(text)) == same


@pytest.mark.parametrize("text", ["", "(10)", "'a'"])
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a column type"):
        ColumnType.parse(text)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("tinyint", -128, 127),
        ("smallint unsigned", 0, 65_535),
        ("mediumint", -8_388_608, 8_388_607),
        ("int", -2_147_483_648, 2_147_483_647),
        ("bigint unsigned", 0, 18_446_744_073_709_551_615),
    ],
)
def test_integer_ranges(text: str, low: int, high: int) -> None:
    assert ColumnType.parse(text).integer_range == (low, high)


def test_columns_that_an_insert_must_name() -> None:
    needed = Column("c", ColumnType("int"), nullable=False)
    assert needed.required
    assert not Column("c", ColumnType("int"), nullable=True).required
    assert not Column("c", ColumnType("int"), nullable=False, default="").required
    assert not Column("c", ColumnType("int"), nullable=False, auto_increment=True).required
    assert not Column("c", ColumnType("int"), nullable=False, generated=True).required


@pytest.mark.parametrize(
    ("version", "tables", "keys"), [("2025-11", 117, 146), ("2026-05", 233, 406)]
)
def test_shipped_versions_are_whole(version: str, tables: int, keys: int) -> None:
    catalog = shipped(version)
    assert version in shipped_versions()
    assert len(catalog.tables) == tables
    assert sum(len(table.foreign_keys) for table in catalog.tables.values()) == keys
    assert all(table.primary_key for table in catalog.tables.values())
    assert list(catalog.tables) == sorted(catalog.tables)
