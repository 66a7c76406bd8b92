"""``terpseed schema``: every subcommand, what it prints and how it fails."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from terpseed.catalog import catalog_from_dict, read_catalog, shipped
from terpseed.catalog.ddl import create_tables
from terpseed.cli import main
from terpseed.connection import Target, connect

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*words: str, **environ: str) -> Result:
    return CliRunner().invoke(main, words, env={"DATABASE_URL": "", **environ})


def test_list_names_both_versions() -> None:
    result = run("schema", "list")
    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:]] == [
        ["2025-11", "117"],
        ["2026-05", "233"],
    ]
    data = json.loads(run("schema", "list", "--json").stdout)
    assert [row["tables"] for row in data["versions"]] == [117, 233]


def test_show_as_json_is_the_catalog() -> None:
    result = run("schema", "show", "2025-11", "--json")
    assert catalog_from_dict(json.loads(result.stdout)) == shipped("2025-11")


def test_show_table_names_columns_keys_references_and_states() -> None:
    text = run("schema", "show", "2026-05", "orders").stdout
    for words in ("id ", "auto increment", "primary key", "foreign key", "reference", "states"):
        assert words in text
    data = json.loads(run("schema", "show", "2026-05", "orders", "--json").stdout)
    assert data["primary_key"] == ["id"]


def test_ddl_read_back_from_its_file_does_not_differ(tmp_path: Path) -> None:
    file = tmp_path / "terp.sql"
    file.write_text(run("schema", "ddl", "2025-11").stdout)
    same = run("schema", "diff", "2025-11", str(file))
    assert (same.exit_code, same.stdout) == (0, "2025-11 and 2025-11 have the same structure\n")


def test_diff_exits_with_findings() -> None:
    result = run("schema", "diff", "2025-11", "2026-05")
    assert result.exit_code == 1
    assert "+ vip_tiers" in result.stdout.splitlines()
    data = json.loads(run("schema", "diff", "2025-11", "2026-05", "--json").stdout)
    assert len(data["differences"]) == len(result.stdout.splitlines())


def test_pulled_file_is_the_catalog_of_the_database(database_url: str, tmp_path: Path) -> None:
    with closing(connect(Target.parse(database_url))) as connection:
        create_tables(connection, shipped("2026-05"))
    file = tmp_path / "pulled.json"
    result = run("schema", "pull", "--out", str(file), DATABASE_URL=database_url)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert read_catalog(file).version == "2026-05"
    assert run("schema", "diff", str(file), "2026-05").exit_code == 0
    assert run("schema", "diff", str(file), database_url).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["pulled.json"]
    printed = run("schema", "pull", "--from", database_url).stdout
    assert json.loads(printed) == json.loads(file.read_text())
    assert Target.parse(database_url).password not in printed


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("schema", "show", "2026-5"), 3, "did you mean '2026-05'?"),
        (("schema", "show", "2026-05", "order"), 3, "did you mean 'orders'?"),
        (("schema", "ddl", "nowhere.json"), 3, "nowhere.json"),
        (("schema", "ddl", "nowhere.sql"), 3, "nowhere.sql"),
        (("schema", "ddl", "mysql://u:hunter2@127.0.0.1:1/d"), 4, "no server answers"),
        (("schema", "ddl", "mysql://u:hunter2@127.0.0.1:1"), 3, "names no database"),
        (("schema", "ddl", "mysql://u:hunter2@127.0.0.1:x/d"), 2, "cannot be read"),
        (("schema", "pull"), 2, "no database is named"),
        (("schema", "diff", "2026-05"), 2, "AFTER"),
        (("shema",), 2, "did you mean 'schema'?"),
    ],
)
def test_errors_have_a_code_and_say_what_is_meant(
    words: tuple[str, ...], code: int, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""
    assert "hunter2" not in result.stderr
    assert "Traceback" not in result.stderr


def test_output_that_cannot_be_written_is_refused(mysql_url: str, tmp_path: Path) -> None:
    url = Target.parse(mysql_url).with_database("mysql").url
    (tmp_path / "file").touch()
    result = run("schema", "pull", "--from", url, "--out", str(tmp_path / "file" / "file.json"))
    assert result.exit_code == 6
    assert "cannot be written" in result.stderr


def test_options_come_from_the_environment() -> None:
    result = run("schema", "list", TERPSEED_SCHEMA_LIST_JSON="1")
    assert json.loads(result.stdout)["newest"] == "2026-05"
