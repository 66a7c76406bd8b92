"""A slice of the torture: a few faults on each server; the whole of it is ``make torture``."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from terpseed.server import KINDS, PrivateServer, ServerKind, install
from tests.torture import faults
from tests.torture.scene import CATALOG, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

SPAN = 0.4  # seconds in which most of a load of so few rows happens


@pytest.fixture(scope="module", params=KINDS)
def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    kind: ServerKind = request.param
    install(kind)
    with PrivateServer.start(kind) as server:
        yield Scene(server, tmp_path_factory.mktemp("torture"), rows=4_000)


def test_nothing_is_lost_doubled_or_altered(scene: Scene) -> None:
    chance = random.Random(7)  # noqa: S311 -- moments, not secrets
    outcomes = [
        faults.kill_loader(scene, chance, SPAN),
        faults.kill_server(scene, chance, SPAN),
        faults.break_connections(scene, chance, "half"),
    ]
    assert [one for one in outcomes if not one.ok] == []
    assert outcomes[0].codes[0] != 0


def test_the_judge_sees_what_is_wrong(scene: Scene) -> None:
    target = scene.fresh()
    assert scene.finish(target)[-1].code == 0
    scene.sql(
        target,
        "SET foreign_key_checks = 0",
        "DELETE FROM ledgerEntries WHERE id = 5",
        "DELETE FROM keyless LIMIT 1",
        "INSERT INTO keyless VALUES (-1, 'x', NULL), (-1, 'x', NULL)",
        "INSERT INTO named VALUES ('more', 1)",
        "UPDATE users SET name = '3 ' WHERE id = 3",
        "UPDATE pairs SET note = NULL WHERE a = 4",
    )
    verdict = scene.judge(target)
    assert (verdict.lost, verdict.duplicated, verdict.altered) == (2, 3, 2)
    assert not verdict.proved
    assert len(CATALOG.tables) == 11
