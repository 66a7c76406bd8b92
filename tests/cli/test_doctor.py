"""``terpseed doctor`` finds what is wrong with a database, says how to fix it, and exits so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from terpseed.cli import main
from terpseed.connection import Target
from tests.conftest import execute

if TYPE_CHECKING:
    from pathlib import Path


def _doctor(*words: str, code: int = 0, **environment: str) -> dict[str, Any]:
    result = CliRunner().invoke(
        main, ["doctor", *words, "--json"], env={"DATABASE_URL": None, **environment}
    )
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["exit_code"] == code
    return {check["name"]: check for check in found["checks"]}


def test_a_machine_without_a_database_is_well(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    checks = _doctor()
    assert checks["python"]["state"] == checks["libraries"]["state"] == "ok"
    assert "DATABASE_URL" in checks["database"]["fix"]


def test_a_folder_that_cannot_be_written_to_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    checks = _doctor("--no-database", "--out", str(tmp_path / "file" / "data"), code=1)
    assert checks["disk"]["state"] == "failed"
    assert "--out" in checks["disk"]["fix"]


def test_a_database_is_looked_at_from_its_address_to_its_tables(database_url: str) -> None:
    target = Target.parse(database_url)
    checks = _doctor("--to", target.url, code=3)
    assert [name for name, check in checks.items() if check["state"] == "failed"] == ["tables"]
    assert "terpseed schema" in checks["tables"]["fix"]
    created = CliRunner().invoke(main, ["schema", "create", "2025-11", "--to", target.url])
    assert created.exit_code == 0, created.stderr
    assert "those of 2025-11" in _doctor("--to", target.url)["tables"]["detail"]
    again = CliRunner().invoke(main, ["schema", "create", "2025-11", "--to", target.url])
    assert again.exit_code == 6


def test_what_an_administrator_has_to_set_is_named(database_url: str) -> None:
    target = Target.parse(database_url)
    execute(target, "CREATE TABLE anything (id INT)")
    execute(target, "SET GLOBAL local_infile = 0")
    try:
        checks = _doctor("--to", target.url, code=6)
    finally:
        execute(target, "SET GLOBAL local_infile = 1")
    assert "SET GLOBAL local_infile = 1;" in checks["local_infile"]["fix"]
    assert "which are not TERP's" in checks["tables"]["detail"]


def test_a_user_who_may_not_write_is_told_what_to_grant(database_url: str) -> None:
    target = Target.parse(database_url)
    user = f"reader_{target.database}"[:30]
    execute(
        target,
        f"CREATE USER '{user}'@'%' IDENTIFIED BY 'reads-only'",
        f"GRANT SELECT ON `{target.database}`.* TO '{user}'@'%'",
    )
    try:
        url = f"mysql://{user}:reads-only@{target.host}:{target.port}/{target.database}"
        checks = _doctor("--to", url, code=4)
        assert f"GRANT INSERT, DELETE ON `{target.database}`.*" in checks["privileges"]["fix"]
        wrong = _doctor("--to", url.replace("reads-only", "wrong-one"), code=4)
        assert "refuses user" in wrong["reachable"]["detail"]
        assert "wrong-one" not in json.dumps(wrong)
    finally:
        execute(target, f"DROP USER '{user}'@'%'")


@pytest.mark.parametrize(
    ("url", "code", "name"),
    [
        ("mysql://root@127.0.0.1:1/terp", 4, "reachable"),
        ("postgres://root@localhost/terp", 2, "database URL"),
        ("mysql://root@nowhere.invalid/terp", 4, "reachable"),
    ],
)
def test_an_address_that_leads_nowhere_is_named(url: str, code: int, name: str) -> None:
    check = _doctor("--to", url, code=code)[name]
    assert check["state"] == "failed"
    assert check["fix"]


def test_the_text_has_a_cure_below_each_failure() -> None:
    text = CliRunner().invoke(main, ["doctor", "--to", "mysql://x@127.0.0.1:1/y"]).stdout
    lines = text.splitlines()
    (failed,) = [number for number, line in enumerate(lines) if line.startswith("FAILED")]
    assert "fix: check that one runs" in lines[failed + 1]
    assert lines[-1].startswith("1 to fix")
