"""What ``--json`` prints follows the published schemas, and every such command has one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from terpseed.catalog.ddl import create_tables
from terpseed.cli import COMMANDS, main
from terpseed.connection import Target, connect
from terpseed.dataset import open_dataset
from tests.conftest import execute

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
OFFLINE = {
    "generate-plan": "generate --scenario light --dry-run --json",
    "scenario-list": "scenario list --json",
    "scenario-show": "scenario show light --json",
    "scenario-check": "scenario check light --json",
    "schema-list": "schema list --json",
    "schema-show": "schema show 2025-11 --json",
    "schema-table": "schema show 2026-05 orders --json",
    "schema-diff": "schema diff 2025-11 2026-05 --json",
    "doctor": "doctor --no-database --json",
    "generate": "generate --scenario light --tables orders --out {out} --json",
    "show": "show {part} --json",
    "show-rows": "show {part} orders --json",
    "show-document": "show {part} order ORD-000012 --json",
    "export": "export {part} --format csv --out {out} --json",
    "report": "report {part} --figure revenue-by-month --json",
    "validate": "validate {part} --json",
    "diff": "diff {part} {part} --json",
    "rules-list": "rules list --concern ledger --json",
    "rules-show": "rules show ledger.balanced --json",
    "rules-run": "rules run references.logical {part} --json",
    "corrupt-list": "corrupt --list --json",
    "corrupt-report": "corrupt {few} --report --json",
    "corrupt": "corrupt {part} --fault structure.tables --out {out} --json",
}
ONLINE = {
    "load-plan": "load {part} --dry-run --json",
    "load": "load {part} --json",
    "verify": "verify {part} --json",
    "snapshot": "snapshot --tables users,clients --as-of 2024-01-27 --out {out} --json",
}
# needs object storage; its own tests hold its form
ELSEWHERE = {"fetch"}


def _follows(name: str, document: Any) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    errors = sorted(Draft202012Validator(schema).iter_errors(document), key=str)
    assert not errors, [f"{error.json_path}: {error.message}" for error in errors[:5]]


def _printed(line: str, codes: tuple[int, ...] = (0,), **environment: str) -> Any:
    result = CliRunner().invoke(main, line.split(), env=environment)
    assert result.exit_code in codes, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small dataset: orders and all that they refer to."""
    out = tmp_path_factory.mktemp("part") / "part"
    words = f"generate --scenario light --tables orders,batches --out {out}"
    assert CliRunner().invoke(main, words.split()).exit_code == 0
    return out


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of a few tables, in which all faults are planted within a second."""
    out = tmp_path_factory.mktemp("few") / "few"
    words = f"generate --scenario light --tables user_roles --out {out}"
    assert CliRunner().invoke(main, words.split()).exit_code == 0
    return out


@pytest.fixture(scope="module")
def target(mariadb_url: str, part: Path) -> Iterator[Target]:
    server = Target.parse(mariadb_url)
    name = f"terpseed_schemas_{id(part) % 10**8}"
    execute(server, f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    target = server.with_database(name)
    connection = connect(target)
    create_tables(connection, open_dataset(part, verify=False).catalog)
    connection.close()
    yield target
    execute(server, f"DROP DATABASE `{name}`")


@pytest.mark.parametrize("name", OFFLINE)
def test_output_follows_its_schema(name: str, part: Path, few: Path, tmp_path: Path) -> None:
    line = OFFLINE[name].format(part=part, few=few, out=tmp_path / "out")
    document = _printed(line, codes=(0, 1))
    _follows(name, document)
    if name == "corrupt-report":
        assert document["faults"]
        assert document["untried"]
    if name == "export":
        _follows(name, json.loads((tmp_path / "out" / "export.json").read_text()))


def test_what_a_database_is_involved_in_follows_its_schema(
    part: Path, target: Target, tmp_path: Path
) -> None:
    copy = tmp_path / "part"
    shutil.copytree(part, copy)
    for name, line in ONLINE.items():
        words = line.format(part=copy, out=tmp_path / "out")
        _follows(name, _printed(words, DATABASE_URL=target.url))
    (receipt,) = (copy / "receipts").iterdir()
    undo = f"undo {receipt} --yes --database {target.database} --json"
    _follows("undo-plan", _printed(f"{undo} --dry-run", DATABASE_URL=target.url))
    _follows("undo", _printed(undo, DATABASE_URL=target.url))


def test_a_manifest_follows_its_schema(light_path: Path) -> None:
    _follows("manifest", json.loads((light_path / "manifest.json").read_text()))


def test_every_command_with_json_has_a_schema() -> None:
    described = {json.loads(file.read_text())["title"] for file in SCHEMAS.glob("*.json")}
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        inner = command.commands if isinstance(command, click.Group) else {"": command}
        for below, one in inner.items():
            if any("--json" in parameter.opts for parameter in one.params):
                words = f"terpseed {name} {below}".strip()
                assert name in ELSEWHERE or any(d.startswith(words) for d in described), words
