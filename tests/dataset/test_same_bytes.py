"""The same inputs make the same bytes; shards make one table; nothing depends on the clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from terpseed import __version__
from terpseed.dataset import DatasetWriter, FileFormat, checksum, open_dataset
from tests.dataset.hostile import CATALOG, HOSTILE, hostile_frame

if TYPE_CHECKING:
    from terpseed.dataset import Manifest, TableFile, TableSink

SCENARIO = {
    "name": "tiny",
    "start": date(2024, 1, 1),
    "share": Decimal("0.70"),
    "labels": ("a", "b"),
    "deep": {"on": True, "rate": 0.5, "none": None},
}


def write(
    out: Path,
    file_format: FileFormat = "parquet",
    frame: pl.DataFrame | None = None,
    **options: Any,
) -> Manifest:
    settings = {"scenario": SCENARIO, "seed": 7, "as_of": date(2025, 10, 31), **options}
    with DatasetWriter(out, CATALOG, format=file_format, **settings) as writer:
        writer.write("hostile", hostile_frame() if frame is None else frame)
        return writer.commit()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_twice_the_same_inputs_are_the_same_bytes(tmp_path: Path, file_format: FileFormat) -> None:
    first = write(tmp_path / "a", file_format)
    second = write(tmp_path / "b", file_format)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert first.identity == second.identity


def test_the_number_of_threads_does_not_change_a_byte(tmp_path: Path) -> None:
    # Enough rows for Polars to work on parts of them in parallel.
    program = (
        "import sys; from datetime import date; from pathlib import Path; import polars as pl\n"
        "from terpseed.dataset import DatasetWriter\n"
        "from tests.dataset.hostile import CATALOG, hostile_frame\n"
        "frame = pl.concat([hostile_frame()] * 2000).with_columns(\n"
        "    id=pl.int_range(pl.len(), dtype=pl.Int32) + 1)\n"
        "options = dict(scenario={}, seed=1, as_of=date(2025, 10, 31))\n"
        "for kind in ('parquet', 'csv'):\n"
        "    with DatasetWriter(Path(sys.argv[1], kind), CATALOG, format=kind, **options) as w:\n"
        "        w.write('hostile', frame)\n"
        "        w.commit()\n"
    )
    for folder, count in (("one", 1), ("many", 5)):
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / folder)],
            check=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "POLARS_MAX_THREADS": str(count)},
        )
    assert contents(tmp_path / "one") == contents(tmp_path / "many")


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_the_pieces_of_a_frame_do_not_change_a_byte(
    tmp_path: Path, file_format: FileFormat
) -> None:
    frame = hostile_frame()
    pieces = pl.concat([frame.slice(row, 3) for row in range(0, frame.height, 3)], rechunk=False)
    assert pieces.n_chunks() > 10
    write(tmp_path / "whole", file_format)
    write(tmp_path / "pieces", file_format, frame=pieces)
    assert contents(tmp_path / "whole") == contents(tmp_path / "pieces")


def test_the_manifest_says_what_was_asked_for(tmp_path: Path) -> None:
    manifest = write(tmp_path / "out")
    content = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert list(content) == [
        *("format", "generator", "file_format", "seed", "as_of", "catalog", "scenario", "tables"),
        "manifest_sha256",
    ]
    assert content["generator"] == __version__
    assert content["seed"] == 7
    assert content["as_of"] == "2025-10-31"
    assert content["catalog"]["version"] == "hostile"
    assert content["catalog"]["fingerprint"] == CATALOG.fingerprint
    assert content["scenario"] == {
        "name": "tiny",
        "start": "2024-01-01",
        "share": "0.70",
        "labels": ["a", "b"],
        "deep": {"on": True, "rate": 0.5, "none": None},
    }
    entry = content["tables"]["hostile"]
    expected = checksum(hostile_frame(), HOSTILE)
    assert (entry["rows"], entry["crc_sum"]) == (expected.rows, expected.crc_sum)
    (file,) = entry["files"]
    assert file["key_range"] == [1, expected.rows]
    assert file["bytes"] == (tmp_path / "out" / "hostile.parquet").stat().st_size
    assert open_dataset(tmp_path / "out").manifest == manifest


def test_another_seed_is_another_dataset_with_the_same_content(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a"), write(tmp_path / "b", seed=8)
    assert first.content_digest == second.content_digest
    assert first.identity != second.identity


def test_a_scenario_that_json_cannot_hold_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot hold set"):
        write(tmp_path / "out", scenario={"labels": {"a"}})


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_shards_are_files_of_one_table(tmp_path: Path, file_format: FileFormat) -> None:
    whole = write(tmp_path / "whole", file_format)
    settings: dict[str, Any] = {"scenario": {}, "seed": 7, "as_of": date(2025, 10, 31)}
    with DatasetWriter(tmp_path / "out", CATALOG, format=file_format, **settings) as writer:
        writer.write("hostile", hostile_frame().slice(20), shard=12)
        writer.write("hostile", hostile_frame().head(20), shard=3)
        manifest = writer.commit()
    dataset = open_dataset(tmp_path / "out")
    assert dataset.files("hostile") == [
        tmp_path / "out" / "hostile" / f"0003.{file_format}",
        tmp_path / "out" / "hostile" / f"0012.{file_format}",
    ]
    assert_frame_equal(dataset.scan("hostile").collect(), hostile_frame())
    entry = manifest.tables["hostile"]
    assert [file.key_range for file in entry.files] == [(1, 20), (21, hostile_frame().height)]
    assert entry.key_range == (1, hostile_frame().height)
    assert manifest.content_digest == whole.content_digest


def write_shard(sink: TableSink, shard: int) -> TableFile:
    return sink.write("hostile", hostile_frame().slice(shard * 10, 10), shard)


def test_other_processes_may_write_shards(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"scenario": {}, "seed": 7, "as_of": date(2025, 10, 31)}
    with (
        DatasetWriter(tmp_path / "out", CATALOG, format="parquet", **settings) as writer,
        ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool,
    ):
        tasks = [pool.submit(write_shard, writer.sink, shard) for shard in (1, 0)]
        writer.add(task.result() for task in tasks)
        writer.commit()
    dataset = open_dataset(tmp_path / "out")
    assert_frame_equal(dataset.scan("hostile").collect(), hostile_frame().head(20))
