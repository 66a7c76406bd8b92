"""Reading a live database: every value, one moment, in pieces, and going on after a stop."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

from terpseed.cli import main
from terpseed.connection import Target, connect
from terpseed.dataset import open_dataset
from terpseed.errors import OutputError, SchemaError, UsageError
from terpseed.snapshot import Mask, snapshot
from terpseed.snapshot import _pieces as cutting
from terpseed.snapshot._view import ask, one_view
from tests.conftest import execute
from tests.dataset.hostile import TEXTS
from validate import validate

if TYPE_CHECKING:
    from pathlib import Path

VALUES = """CREATE TABLE v (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(500), note LONGTEXT, doc JSON,
  amount DECIMAL(30,10), day DATE, moment DATETIME(6), stamp TIMESTAMP(3) NULL,
  flag TINYINT(1), small SMALLINT, kind ENUM('a','it''s','') , made INT AS (small + 1) STORED,
  ratio DOUBLE)"""


@pytest.fixture
def target(database_url: str) -> Target:
    return Target.parse(database_url)


def _execute(target: Target, *statements: str) -> None:
    execute(target, "SET sql_mode = ''", *statements)


def test_every_kind_of_value_is_exact(target: Target, tmp_path: Path) -> None:
    _execute(
        target,
        VALUES,
        "INSERT INTO v (id, name, note, doc, amount, day, moment, stamp, flag, small, kind, ratio)"
        " VALUES (18446744073709551615, '', NULL, '{\"k\": [1, null, \"x\"]}',"
        " -12345678901234567890.0123456789, '9999-12-31', '2024-02-29 23:59:59.000001',"
        " '2024-01-01 00:00:00.123', 1, -32768, 'it''s', 0.5),"
        " (2, 'NULL', '', NULL, 0, '1000-01-01', NULL, NULL, 0, 32767, NULL, NULL)",
    )
    taken = snapshot(target, tmp_path / "out")
    dataset = open_dataset(taken.out)
    assert dataset.catalog["v"].primary_key == ("id",)
    assert taken.source["left_out"] == ["v.ratio double"]
    assert dataset.scan("v").collect().rows() == [
        (2, "NULL", "", None, Decimal(0), date(1000, 1, 1), None, None, False, 32767, None),
        (
            18446744073709551615,
            "",
            None,
            '{"k": [1, null, "x"]}',
            Decimal("-12345678901234567890.0123456789"),
            date(9999, 12, 31),
            datetime(2024, 2, 29, 23, 59, 59, 1, tzinfo=UTC),
            datetime(2024, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC),
            True,
            -32768,
            "it's",
        ),
    ]


def test_hostile_texts_come_back_as_they_are(target: Target, tmp_path: Path) -> None:
    texts = list(TEXTS)
    _execute(target, "CREATE TABLE h (id INT PRIMARY KEY, x LONGTEXT)")
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        cursor.executemany("INSERT INTO h VALUES (%s, %s)", list(enumerate(texts)))
        connection.commit()
    snapshot(target, tmp_path / "out")
    assert open_dataset(tmp_path / "out").scan("h").collect()["x"].to_list() == texts


def test_values_that_no_type_can_hold_are_counted(target: Target, tmp_path: Path) -> None:
    _execute(
        target,
        "CREATE TABLE z (id INT PRIMARY KEY, day DATE NOT NULL, at DATETIME, kind ENUM('a','b'),"
        " flag TINYINT(1))",
        "INSERT INTO z VALUES (1, '0000-00-00', '2024-01-01', 'a', 1),"
        " (2, '2024-00-10', '0000-00-00', 'wrong', 2), (3, '2024-01-02', NULL, 'b', 0)",
    )
    words = ["snapshot", "--from", target.url, "--out", str(tmp_path / "out"), "--json"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1, result.output
    unheld = {entry["column"]: entry for entry in json.loads(result.stdout)["source"]["unheld"]}
    assert {name: entry["count"] for name, entry in unheld.items()} == {
        "day": 2,
        "at": 1,
        "kind": 1,
        "flag": 1,
    }
    assert unheld["day"]["examples"] == [["1", "0000-00-00"], ["2", "2024-00-10"]]
    dataset = open_dataset(tmp_path / "out")
    judged = validate(dataset)
    (odd,) = [entry for entry in judged.failed if entry.rule.id == "structure.types"]
    assert {row[1]: row[2] for f in odd.findings for row in f.rows} == {
        "day": 2,
        "at": 1,
        "kind": 1,
        "flag": 1,
    }
    required = {entry.rule.id: entry.count for entry in judged.failed}
    assert required["structure.required"] == 2
    frame = dataset.scan("z").collect()
    assert frame["day"].to_list() == [None, None, date(2024, 1, 2)]
    assert frame["flag"].to_list() == [True, None, False]


def test_keys_of_every_kind(target: Target, tmp_path: Path) -> None:
    _execute(
        target,
        "CREATE TABLE words (k VARCHAR(20) PRIMARY KEY, n INT)",
        "CREATE TABLE pairs (a INT, b INT, PRIMARY KEY (a, b))",
        "CREATE TABLE loose (n INT)",
        "CREATE TABLE nothing (id INT PRIMARY KEY)",
        "CREATE TABLE `a/b` (id INT PRIMARY KEY)",
        "INSERT INTO words VALUES ('b', 1), ('a', 2)",
        "INSERT INTO pairs VALUES (2, 1), (1, 2), (1, 1)",
        "INSERT INTO loose VALUES (7), (7), (NULL)",
    )
    taken = snapshot(target, tmp_path / "out")
    assert taken.source["left_out"] == ["a/b"]
    assert "a/b" in " ".join(taken.notes)
    dataset = open_dataset(tmp_path / "out")
    assert dataset.scan("words").collect().sort("k").rows() == [("a", 2), ("b", 1)]
    assert dataset.scan("pairs").collect().rows() == [(1, 1), (1, 2), (2, 1)]
    assert sorted(dataset.scan("loose").collect()["n"].to_list(), key=str) == [7, 7, None]
    assert dataset.scan("nothing").collect().height == 0
    idle = {entry.rule.id: entry.reason for entry in validate(dataset).not_run}
    assert "where a table may be empty" in idle["structure.filled"]


def test_all_connections_see_the_same_moment(target: Target) -> None:
    _execute(target, "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)")
    with one_view(target, 3) as view:
        assert len(view.connections) == 3
        assert "FLUSH TABLES WITH READ LOCK" in view.how
        execute(target, "INSERT INTO t VALUES (3)", "DELETE FROM t WHERE id = 1")
        for connection in view.connections:
            assert ask(connection, "SELECT id FROM t ORDER BY id") == [(1,), (2,)]


def test_who_may_lock_nothing_reads_over_one_connection(target: Target, tmp_path: Path) -> None:
    user = f"reader_{str(target.database)[-8:]}"
    _execute(target, "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    execute(target, f"CREATE USER '{user}'@'%' IDENTIFIED BY 'Reader-1!'")
    execute(target, f"GRANT SELECT ON `{target.database}`.* TO '{user}'@'%'")
    reader = Target(
        target.host, target.port, user, "Reader-1!", target.database, socket=target.socket
    )
    try:
        taken = snapshot(reader, tmp_path / "out", workers=4)
        assert "one connection" in taken.source["view"]
        assert taken.rows == 1
        execute(target, f"GRANT LOCK TABLES ON `{target.database}`.* TO '{user}'@'%'")
        taken = snapshot(reader, tmp_path / "out", workers=4, force=True)
        assert taken.source["view"] == "4 connections under LOCK TABLES"
    finally:
        execute(target, f"DROP USER '{user}'@'%'")


def _fill(target: Target) -> None:
    """Make a table of 6,000 rows whose keys leave wide gaps."""
    execute(
        target,
        "CREATE TABLE big (id BIGINT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(100))",
        "CREATE TABLE ten (n INT)",
        "INSERT INTO ten VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)",
        "INSERT INTO big SELECT 1 + a.n + 10 * b.n + 100 * c.n + IF(d.n > 2, 9000000000, 0)"
        " + 1000 * d.n, CONCAT('Name ', a.n) FROM ten a, ten b, ten c, ten d WHERE d.n < 6",
        "ANALYZE TABLE big",
    )


def test_an_interrupted_run_goes_on_with_what_has_not_changed(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "_MOST", 500)
    monkeypatch.setattr(cutting, "_FEWEST", 500)
    _fill(target)
    out, done = tmp_path / "out", list[int]()

    def stop(_title: str, at: int, _all: int, _what: str) -> None:
        done.append(at)
        if at == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        snapshot(target, out, show=stop)
    assert not out.exists()
    assert (tmp_path / ".out.snapshot" / "journal.jsonl").exists()

    execute(target, "UPDATE big SET name = 'changed' WHERE id = 1", "DELETE FROM big WHERE id = 2")
    execute(target, "INSERT INTO big VALUES (NULL, 'new')")
    (tmp_path / ".out.snapshot" / "stray.parquet").write_text("half")
    taken = snapshot(target, out)
    assert 500 <= taken.again < 6000
    whole = snapshot(target, tmp_path / "whole", fresh=True)
    assert whole.again == 0
    one, other = open_dataset(out), open_dataset(tmp_path / "whole")
    assert one.manifest.content_digest == other.manifest.content_digest
    assert len(one.files("big")) > 10
    assert taken.rows == 6010
    assert not (tmp_path / ".out.snapshot").exists()


def test_another_database_is_no_reason_to_keep_what_was_read(
    target: Target, tmp_path: Path
) -> None:
    _execute(target, "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        snapshot(target, tmp_path / "out", show=stop)
    taken = snapshot(target, tmp_path / "out", mask=Mask("x"))
    assert taken.again == 0


def test_what_cannot_be_is_said(target: Target, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="holds no tables"):
        snapshot(target, tmp_path / "out")
    with pytest.raises(SchemaError, match="names no database"):
        snapshot(target.with_database(None), tmp_path / "out")
    _execute(target, "CREATE TABLE orders (id INT PRIMARY KEY)")
    with pytest.raises(UsageError, match="did you mean 'orders'"):
        snapshot(target, tmp_path / "out", tables=("order",))
    snapshot(target, tmp_path / "out")
    with pytest.raises(OutputError, match="--force"):
        snapshot(target, tmp_path / "out")
    assert isinstance(open_dataset(tmp_path / "out").scan("orders").collect(), pl.DataFrame)
