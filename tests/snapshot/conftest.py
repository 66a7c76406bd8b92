"""A generated dataset, and databases that it is loaded into, one on each server."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from generate import run
from terpseed.catalog import shipped
from terpseed.catalog.ddl import create_database_sql
from terpseed.cli import main
from terpseed.connection import Target
from terpseed.dataset import Dataset, open_dataset
from tests.conftest import execute

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "2025-11"


@pytest.fixture(scope="session")
def light(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The light scenario."""
    folder = tmp_path_factory.mktemp("light") / "dataset"
    run.generate(run.plan("light", schema=VERSION, out=folder))
    return open_dataset(folder)


@pytest.fixture(scope="session")
def loaded(server_url: str, light: Dataset) -> Iterator[Target]:
    """A database that holds the light scenario, on each server in turn."""
    server = Target.parse(server_url)
    name = f"terpseed_test_{secrets.token_hex(4)}"
    target = server.with_database(name)
    execute(server, f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    execute(target, *create_database_sql(shipped(VERSION)))
    result = CliRunner().invoke(main, ["load", str(light.path), "--to", target.url])
    assert result.exit_code == 0, result.output
    yield target
    execute(server, f"DROP DATABASE `{name}`")
