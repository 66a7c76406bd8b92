"""The command: exit codes, what goes to stdout, and one clear error for what is no dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from terpseed.catalog import NEWEST, shipped
from terpseed.cli import main
from terpseed.dataset import DatasetWriter
from tests.validate.base import AS_OF, empty_tables

if TYPE_CHECKING:
    from collections.abc import Sequence


def _run(arguments: Sequence[str | Path]) -> Result:
    return CliRunner().invoke(main, ["validate", *map(str, arguments)])


@pytest.fixture
def dataset(full: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(full[NEWEST], tmp_path / "dataset"))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A dataset whose tables are all empty: whole, and full of findings."""
    folder, catalog = tmp_path / "empty", shipped(NEWEST)
    with DatasetWriter(
        folder, catalog, format="parquet", scenario={}, seed=1, as_of=AS_OF
    ) as writer:
        for name, frame in empty_tables(catalog).items():
            writer.write(name, frame)
        writer.commit()
    return folder


def test_a_good_dataset_exits_0(dataset: Path) -> None:
    result = _run([dataset])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].startswith("good: nothing breaks a rule")
    assert not (dataset / "findings").exists()


def test_findings_exit_1_and_are_kept(empty: Path) -> None:
    result = _run([empty])
    assert result.exit_code == 1
    assert "ERROR   structure.filled: every table has rows" in result.stdout
    assert (empty / "findings" / "structure.filled.csv").exists()
    again = _run([empty])
    assert again.exit_code == 1, "kept findings are no part of the dataset"


def test_a_report_goes_where_it_is_wanted(empty: Path, tmp_path: Path) -> None:
    result = _run([empty, "--report", tmp_path / "report"])
    assert result.exit_code == 1
    assert (tmp_path / "report" / "result.json").exists()
    assert not (empty / "findings").exists()


def test_json_is_all_of_stdout(empty: Path) -> None:
    result = _run([empty, "--json", "--keep", "1"])
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["format"] == 1
    assert told["verdict"] == "findings"
    assert told["kept"] == 1


def _cut_short(folder: Path) -> None:
    file = folder / "orders.parquet"
    file.write_bytes(file.read_bytes()[:-1])


def _flip_a_bit(folder: Path) -> None:
    file = folder / "orders.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _take_one_away(folder: Path) -> None:
    (folder / "orders.parquet").unlink()


def _add_one(folder: Path) -> None:
    (folder / "more.parquet").write_bytes(b"")


def _edit_the_manifest(folder: Path) -> None:
    file = folder / "manifest.json"
    file.write_text(file.read_text().replace('"seed": 12345', '"seed": 54321'))


def _lose_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        _cut_short,
        _flip_a_bit,
        _take_one_away,
        _add_one,
        _edit_the_manifest,
        _lose_the_manifest,
        shutil.rmtree,
    ],
)
def test_what_is_no_dataset_is_one_clear_error(dataset: Path, damage: object) -> None:
    assert callable(damage)
    damage(dataset)
    result = _run([dataset])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert str(dataset) in result.stderr


def test_own_rules_are_given_by_folder(empty: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "bad.sql").write_text("-- id: own.bad\n")
    result = _run([empty, "--rules", rules])
    assert result.exit_code == 2
    assert "bad.sql" in result.stderr


def test_a_wrong_memory_limit_is_an_error(empty: Path) -> None:
    result = _run([empty, "--memory-limit", "plenty"])
    assert result.exit_code == 2
    assert "512MB" in result.stderr
