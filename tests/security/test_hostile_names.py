"""A schema with names that would break or abuse careless SQL passes through every stage."""

from __future__ import annotations

import json
import re
from contextlib import closing
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner, Result

from terpseed.catalog import Catalog, Column, ColumnType, ForeignKey, Table, catalog_to_dict
from terpseed.catalog.ddl import create_tables
from terpseed.cli import main
from terpseed.connection import Target, connect
from tests.conftest import execute

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "t`; DROP TABLE users; -- '\"<script>alert(1)<"
OTHER = 'select * from "x" where 1=1 #\''
COLUMN = "c`,(SELECT 1)-- '\"<img src=x>"
LABELS = ("it's", 'say "x"', "a`b", "</td><script>", "DROP")


def _column(name: str, kind: str, *, nullable: bool = False) -> Column:
    return Column(name, ColumnType.parse(kind), nullable, auto_increment=name == "id")


LABEL_TYPE = "enum(" + ",".join("'" + label.replace("'", "''") + "'" for label in LABELS) + ")"
CATALOG = Catalog(
    "hostile",
    {
        OTHER: Table(OTHER, (_column("id", "int"), _column(COLUMN, "varchar(80)")), ("id",)),
        TABLE: Table(
            TABLE,
            (
                _column("id", "int"),
                _column(COLUMN, LABEL_TYPE),
                _column("a' OR '1'='1", "int"),
            ),
            ("id",),
            foreign_keys=(ForeignKey(("a' OR '1'='1",), OTHER, ("id",)),),
        ),
    },
)


def _run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of that schema, made by the filler."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "schema.json").write_text(json.dumps(catalog_to_dict(CATALOG)))
    out = folder / "data"
    _run(
        "generate", "--scenario", "light", "--schema", str(folder / "schema.json"),
        "--out", str(out), "--quiet",
    )  # fmt: skip
    return out


def test_it_is_proved_shown_and_exported(dataset: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["validate", str(dataset), "--json"])
    summary = json.loads(result.stdout)["summary"]
    assert summary["checks"] > 10
    assert result.exit_code == 0, result.stdout[-3000:]
    shown = _run("show", str(dataset), TABLE, "--where", "no_such~x", code=2)
    assert "no column" in shown.stderr
    assert "rows" in _run("show", str(dataset), OTHER, "--rows", "2").stderr
    _run("export", str(dataset), "--format", "duckdb", "--out", str(tmp_path / "x.duckdb"))
    with duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True) as connection:
        named = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert {TABLE, OTHER} <= {name for (name,) in named}
    drawn = _run("show", str(dataset), "--erd", f"{OTHER},other").stdout
    assert "<script>" not in drawn
    assert "<img" not in drawn


def test_it_is_loaded_and_verified_and_nothing_else_happens(
    dataset: Path, database_url: str, tmp_path: Path
) -> None:
    target = Target.parse(database_url)
    with closing(connect(target)) as connection:
        create_tables(connection, CATALOG)
    execute(target, "CREATE TABLE users (id INT)", "INSERT INTO users VALUES (7)")
    _run("load", str(dataset), "--to", target.url, "--quiet")
    _run("verify", str(dataset), "--to", target.url, "--quiet")
    assert execute(target, "SELECT id FROM users") == [(7,)]
    execute(target, *(f"DELETE FROM {_quoted(table)}" for table in (TABLE, OTHER)))
    _run("export", str(dataset), "--format", "sql", "--out", str(tmp_path / "sql"), "--quiet")
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        for file in sorted((tmp_path / "sql").glob("*.sql")):
            for statement in re.split(r";\n(?=[A-Z]|$)", file.read_text()):
                if statement.strip():
                    cursor.execute(statement)
    _run("verify", str(dataset), "--to", target.url, "--quiet")
    assert execute(target, "SELECT id FROM users") == [(7,)]


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


class _Scripts(HTMLParser):
    """Counts elements of a page that run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag in {"script", "img", "iframe"} or {n for n in names if n.startswith("on")}:
            self.found.append(f"{tag} {attrs}")


def test_a_page_about_it_runs_nothing_of_its_names(dataset: Path, tmp_path: Path) -> None:
    """A rule that finds every row puts names and values of the data into the page."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "all.sql").write_text(
        "-- id: house.all\n-- title: <script>alert(2)</script>\n-- severity: error\n"
        "-- proves: <img src=x onerror=alert(3)>\n-- why: no\n"
        f"-- tables: {OTHER}\n"
        "SELECT id, '<script>alert(4)</script>' AS found FROM (SELECT 1 AS id)"
    )
    page = tmp_path / "page.html"
    CliRunner().invoke(main, ["validate", str(dataset), "--rules", str(rules), "--html", str(page)])
    scripts = _Scripts()
    scripts.feed(page.read_text())
    clean = _Scripts()
    other = tmp_path / "clean.html"
    CliRunner().invoke(main, ["validate", str(dataset), "--html", str(other)])
    clean.feed(other.read_text())
    assert "alert(" in page.read_text(), "the rule's words are not on the page"
    assert len(scripts.found) == len(clean.found)
    assert not [one for one in scripts.found if "alert" in one]
