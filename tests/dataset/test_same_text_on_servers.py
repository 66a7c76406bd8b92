"""MySQL and MariaDB load the CSV dialect exactly, and compute the checksums that files have."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from terpseed.catalog.ddl import create_table_sql, quoted
from terpseed.connection import Target, connect
from terpseed.dataset import (
    LOAD_DATA_CLAUSE,
    NULL_TEXT,
    SEPARATOR,
    checksum,
    checksum_sql,
    exact_sql,
    row_text,
    write_csv,
)
from tests.dataset.hostile import HOSTILE, hostile_frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terpseed.connection import Connection


@pytest.fixture
def loaded(database_url: str, tmp_path: Path) -> Iterator[Connection]:
    """A connection to a database whose table ``hostile`` was loaded from a CSV file."""
    path = tmp_path / "hostile.csv"
    write_csv(hostile_frame(), path)
    columns = ", ".join(map(quoted, HOSTILE.column_names))
    with closing(connect(Target.parse(database_url), local_infile=True)) as connection:
        query(connection, create_table_sql(HOSTILE))
        query(
            connection,
            f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE hostile {LOAD_DATA_CLAUSE} ({columns})",
        )
        assert query(connection, "SELECT @@warning_count") == [(0,)]
        yield connection


def query(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    with closing(connection.cursor()) as cursor:
        cursor.execute(statement)
        rows: list[Any] = cursor.fetchall() if cursor.description else []
    return rows


def test_each_value_arrives_with_the_text_that_the_file_has(loaded: Connection) -> None:
    columns = ", ".join(exact_sql(column) for column in HOSTILE.columns)
    rows = query(loaded, f"SELECT {columns} FROM hostile ORDER BY id")
    expected = row_text(hostile_frame(), HOSTILE).to_list()
    found = [SEPARATOR.join(NULL_TEXT if v is None else v for v in row) for row in rows]
    assert found == expected


def test_the_server_computes_the_checksum_of_the_rows(loaded: Connection) -> None:
    expected = checksum(hostile_frame(), HOSTILE)
    assert query(loaded, checksum_sql(HOSTILE)) == [(expected.rows, expected.crc_sum)]


def test_a_part_of_the_rows_has_a_checksum_too(loaded: Connection) -> None:
    part = checksum(hostile_frame().slice(9, 12), HOSTILE)
    found = query(loaded, checksum_sql(HOSTILE, "`id` BETWEEN 10 AND 21"))
    assert found == [(part.rows, part.crc_sum)]


def test_an_empty_table_has_the_checksum_zero(loaded: Connection) -> None:
    assert query(loaded, checksum_sql(HOSTILE, "`id` < 0")) == [(0, 0)]


@pytest.mark.parametrize("mode", ["NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", ""])
def test_the_sql_mode_does_not_change_the_checksum(loaded: Connection, mode: str) -> None:
    expected = checksum(hostile_frame(), HOSTILE)
    query(loaded, f"SET SESSION sql_mode = '{mode}'")
    assert query(loaded, checksum_sql(HOSTILE)) == [(expected.rows, expected.crc_sum)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE hostile SET amount = amount + 0.01 WHERE amount = 5.10 LIMIT 1",
        "UPDATE hostile SET note = '' WHERE note IS NULL LIMIT 1",
        "UPDATE hostile SET state = NULL WHERE state = 'NULL' LIMIT 1",
        "UPDATE hostile SET flag = NOT flag WHERE flag IS NOT NULL LIMIT 1",
        "UPDATE hostile SET fine = fine + INTERVAL 1 MICROSECOND WHERE YEAR(fine) = 2024 LIMIT 1",
        "UPDATE hostile SET name = CONCAT(name, ' ') WHERE name = 'plain'",
        "UPDATE hostile SET name = note, note = 'NULL' WHERE note = 'NULL' LIMIT 1",
        "UPDATE hostile SET note = CHAR(92, 78) WHERE note IS NULL LIMIT 1",
        "UPDATE hostile SET note = NULL WHERE note = CHAR(92, 78) LIMIT 1",
        "UPDATE hostile SET note = CONCAT('y', CHAR(31), '1:z'), name = 'x' WHERE id = 7",
        "UPDATE hostile SET note = REPLACE(note, '😀', '?') WHERE note LIKE '😀%'",
        "UPDATE hostile SET data = '[1]' WHERE CAST(data AS CHAR) = '[]' LIMIT 1",
        "DELETE FROM hostile WHERE id = 3",
    ],
)
def test_each_damage_shows_in_the_checksum(loaded: Connection, damage: str) -> None:
    expected = checksum(hostile_frame(), HOSTILE)
    query(loaded, damage)
    found = query(loaded, checksum_sql(HOSTILE))
    assert found != [(expected.rows, expected.crc_sum)]
