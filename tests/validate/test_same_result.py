"""The same data give the same result: in any format, on any number of workers, in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from generate import run
from terpseed.catalog import NEWEST
from terpseed.dataset import DatasetWriter, open_dataset
from terpseed.errors import UsageError
from tests.validate.base import Base, tables_in_memory
from validate import ValidationResult, validate

if TYPE_CHECKING:
    from pathlib import Path


def _content(result: ValidationResult) -> dict[str, Any]:
    """Return what was found, without timings and without where it lies."""
    told = result.to_dict()
    del told["seconds"], told["dataset"]
    for rule in told["rules"]:
        del rule["seconds"]
    return told


@pytest.fixture(scope="module")
def damaged(newest: Base, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with findings of several kinds, sealed as if it were right."""
    folder = tmp_path_factory.mktemp("damaged") / "dataset"
    manifest = newest.dataset.manifest
    with DatasetWriter(
        folder,
        newest.dataset.catalog,
        format="parquet",
        scenario=manifest.scenario,
        seed=manifest.seed,
        as_of=manifest.as_of,
    ) as writer:
        for name in newest.dataset.tables:
            frame = newest.dataset.scan(name).collect()
            if name == "ledgerEntries":
                frame = frame.head(frame.height - 1)
            if name == "invoices":
                frame = frame.reverse().head(frame.height - 3).reverse()
            writer.write(name, frame)
        writer.commit()
    return folder


def test_workers_do_not_matter(damaged: Path) -> None:
    one, two, four = (
        _content(validate(open_dataset(damaged), workers=workers)) for workers in (1, 2, 4)
    )
    assert one["summary"]["failed"] > 3
    assert one == two == four


def test_little_memory_does_not_matter(damaged: Path) -> None:
    usual = validate(open_dataset(damaged))
    sparing = validate(open_dataset(damaged), memory_limit="256MB")
    assert _content(usual) == _content(sparing)


def test_tables_in_memory_give_the_same(damaged: Path) -> None:
    dataset = open_dataset(damaged)
    memory = tables_in_memory(dataset, as_of=dataset.manifest.as_of)
    assert _content(validate(dataset)) == _content(validate(memory))


def test_csv_gives_the_same_as_parquet(tmp_path: Path) -> None:
    results = []
    for file_format in ("parquet", "csv"):
        out = tmp_path / file_format
        run.generate(run.plan("light", schema=NEWEST, out=out, file_format=file_format))
        results.append(_content(validate(open_dataset(out))))
    assert results[0] == results[1]


def test_a_folder_with_a_pattern_in_its_name_is_read(tmp_path: Path) -> None:
    out = tmp_path / "what? [2024] *"
    run.generate(run.plan("light", schema="2025-11", out=out))
    plain = tmp_path / "it's"
    run.generate(run.plan("light", schema="2025-11", out=plain))
    assert _content(validate(open_dataset(out))) == _content(validate(open_dataset(plain)))


@pytest.mark.parametrize("limit", ["8MB", "30MB"])
def test_too_little_memory_is_said_and_not_blamed_on_the_dataset(damaged: Path, limit: str) -> None:
    with pytest.raises(UsageError, match="too little memory for") as raised:
        validate(open_dataset(damaged), memory_limit=limit, workers=1)
    assert "raise --memory-limit" in str(raised.value)


def test_a_memory_limit_must_be_a_size(damaged: Path) -> None:
    with pytest.raises(UsageError, match="no size"):
        validate(open_dataset(damaged), memory_limit="plenty")


def test_at_most_so_many_rows_are_kept(damaged: Path) -> None:
    result = validate(open_dataset(damaged), kept=2)
    lengths = {len(finding.rows) for failed in result.failed for finding in failed.findings}
    counts = {finding.count for failed in result.failed for finding in failed.findings}
    assert max(lengths) == 2
    assert max(counts) > 2
