"""Generated datasets that rules are tried on, in every schema version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generate import run
from terpseed.catalog import NEWEST, shipped_versions
from tests.validate.base import Base, base_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from validate.faults import Bench


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of the full scenario by schema version."""
    folder = tmp_path_factory.mktemp("full")
    for version in shipped_versions():
        run.generate(run.plan("full", schema=version, out=folder / version))
    return {version: folder / version for version in shipped_versions()}


@pytest.fixture(scope="session")
def light(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of the light scenario by schema version."""
    folder = tmp_path_factory.mktemp("light")
    for version in shipped_versions():
        run.generate(run.plan("light", schema=version, out=folder / version))
    return {version: folder / version for version in shipped_versions()}


@pytest.fixture(scope="session")
def light_bench(light: dict[str, Path]) -> Iterator[Bench]:
    """The light scenario in the newest schema, for planting faults."""
    with base_of(light[NEWEST]) as found:
        yield found.bench


@pytest.fixture(scope="session")
def older_bench(light: dict[str, Path], base: Base) -> Iterator[Bench]:
    """The light scenario in the schema of ``base``, for planting faults."""
    with base_of(light[base.dataset.catalog.version]) as found:
        yield found.bench


@pytest.fixture(scope="session", params=shipped_versions())
def base(request: pytest.FixtureRequest, full: dict[str, Path]) -> Iterator[Base]:
    """The full scenario, opened, in each schema version in turn."""
    with base_of(full[request.param]) as found:
        yield found


@pytest.fixture(scope="session")
def newest(full: dict[str, Path]) -> Iterator[Base]:
    """The full scenario, opened, in the newest schema version."""
    with base_of(full[NEWEST]) as found:
        yield found
