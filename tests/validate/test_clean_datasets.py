"""What terpseed generates breaks no rule: every scenario in every schema version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generate import run
from terpseed.catalog import shipped_versions
from terpseed.dataset import open_dataset
from validate import validate
from validate.report import terminal

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = ("light", "full", "e2e", "edge-cases", "chaos")


@pytest.mark.parametrize("version", shipped_versions())
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_generated_dataset_has_no_finding(scenario: str, version: str, tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    run.generate(run.plan(scenario, schema=version, out=out))
    result = validate(open_dataset(out))
    assert result.is_good, terminal(result)


@pytest.mark.parametrize("seed", [1, 99])
def test_another_seed_has_no_finding_either(seed: int, tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    run.generate(run.plan("full", seed=seed, out=out))
    result = validate(open_dataset(out))
    assert result.is_good, terminal(result)
