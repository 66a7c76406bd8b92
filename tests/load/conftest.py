"""A database with a few TERP tables, on each server in turn."""

from __future__ import annotations

import pytest

from terpseed.connection import Target
from tests.load.rows import LEDGER, create


@pytest.fixture
def target(database_url: str) -> Target:
    """An empty database of the test's own."""
    return Target.parse(database_url)


@pytest.fixture
def ledger(target: Target) -> Target:
    """A database with the tables of ``LEDGER``, all empty."""
    create(target, LEDGER)
    return target
