"""What a dataset of somebody's making says about its files leads nowhere else."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from terpseed.dataset import DatasetWriter, open_dataset
from terpseed.dataset.manifest import _digest
from terpseed.errors import DatasetError, OutputError, TerpseedError
from terpseed.export import export
from tests.dataset.hostile import CATALOG, hostile_frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "inner" / "data"
    with DatasetWriter(
        out, CATALOG, format="parquet", scenario={}, seed=1, as_of=date(2024, 1, 1)
    ) as writer:
        writer.write("hostile", hostile_frame())
        writer.commit()
    return out


def _reseal(folder: Path, change: Callable[[str], str]) -> None:
    """Change the text of a manifest and seal it again, as an attacker would."""
    content = json.loads(change((folder / "manifest.json").read_text()))
    content.pop("manifest_sha256")
    content["manifest_sha256"] = _digest(content)
    (folder / "manifest.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    "path",
    [
        "../outside.parquet",
        "/etc/passwd",
        "a/../../outside.parquet",
        "..",
        "",
        ".",
        "hostile.parquet/../../outside.parquet",
    ],
)
def test_a_path_that_leads_out_is_refused(folder: Path, path: str) -> None:
    (folder / "hostile.parquet").rename(folder.parent / "outside.parquet")
    _reseal(folder, lambda text: text.replace('"path": "hostile.parquet"', f'"path": "{path}"'))
    with pytest.raises(DatasetError):
        open_dataset(folder)
    with pytest.raises(TerpseedError):
        open_dataset(folder, verify=False).scan("hostile").collect()


def test_a_file_that_is_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    outside = folder.parent / "outside.parquet"
    (folder / "hostile.parquet").rename(outside)
    (folder / "hostile.parquet").symlink_to(outside)
    with pytest.raises(DatasetError, match="a link that leads out of its folder"):
        open_dataset(folder)


def test_a_folder_that_is_itself_reached_by_a_link_is_fine(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert open_dataset(link).manifest.rows == hostile_frame().height


@pytest.mark.parametrize("name", ["../hostile", "a/b", ".hidden"])
def test_a_table_whose_name_is_a_path_is_never_a_file(folder: Path, name: str) -> None:
    """Neither in a dataset nor in an export of one whose manifest was made by hand."""
    for file in ("manifest.json", "catalog.json"):
        text = (folder / file).read_text().replace('"hostile":', f'"{name}":')
        (folder / file).write_text(text.replace('"ref_table": "hostile"', f'"ref_table": "{name}"'))
    with pytest.raises((OutputError, DatasetError)):
        export(open_dataset(folder, verify=False), folder.parent / "out", "csv")
    assert not (folder.parent / "out").exists()
    assert {entry.name for entry in folder.parent.iterdir()} == {"data"}
