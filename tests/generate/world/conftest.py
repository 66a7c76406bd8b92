"""Worlds to ask questions of: each is told once per run of the tests and never changed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from generate.scenario import load_scenario
from generate.world import World, build

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def worlds() -> Callable[[str], World]:
    """Return the world of a shipped scenario by its name."""

    @cache
    def told(name: str) -> World:
        return build(load_scenario(name))

    return told


@pytest.fixture(params=["light", "full"])
def world(request: pytest.FixtureRequest, worlds: Callable[[str], World]) -> World:
    """Return a small and the usual world, one after the other."""
    return worlds(request.param)
