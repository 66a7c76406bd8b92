"""Opening what is no dataset, or no longer the one that was written, is one clear error."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from terpseed.catalog import shipped
from terpseed.dataset import (
    DatasetWriter,
    FileFormat,
    Manifest,
    frame_schema,
    open_dataset,
    write_csv,
)
from terpseed.errors import DatasetError, ExitCode
from tests.dataset.hostile import CATALOG, HOSTILE, hostile_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def refused(*words: str) -> Iterator[None]:
    with pytest.raises(DatasetError) as caught:
        yield
    for word in words:
        assert word in str(caught.value)
    assert caught.value.exit_code == ExitCode.USAGE


def make(out: Path, file_format: FileFormat = "parquet") -> Manifest:
    with DatasetWriter(
        out, CATALOG, format=file_format, scenario={"name": "x"}, seed=1, as_of=date(2025, 10, 31)
    ) as writer:
        writer.write("hostile", hostile_frame())
        return writer.commit()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A good dataset."""
    make(tmp_path / "out")
    return tmp_path / "out"


def reseal(out: Path, **file_changes: Any) -> None:
    """Rewrite the manifest so that it agrees with itself and with the file's bytes."""
    manifest = open_dataset(out, verify=False).manifest
    entry = manifest.tables["hostile"]
    path = out / entry.files[0].path
    file = dataclasses.replace(
        entry.files[0],
        bytes=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        **file_changes,
    )
    tables = {"hostile": dataclasses.replace(entry, files=(file,))}
    text = dataclasses.replace(manifest, tables=tables).to_json()
    (out / "manifest.json").write_text(text, encoding="utf-8")


def edit(out: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the manifest as an editor would."""
    path = out / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_good_dataset_opens(out: Path) -> None:
    dataset = open_dataset(out)
    assert dataset.path == out
    assert dataset.catalog == CATALOG
    assert list(dataset.tables) == ["hostile"]
    assert dataset.files("hostile") == [out / "hostile.parquet"]
    assert dataset.manifest.tables["hostile"].key_range == (1, hostile_frame().height)


def test_a_place_with_nothing(tmp_path: Path) -> None:
    with refused("there is no such dataset", "nowhere", "terpseed generate"):
        open_dataset(tmp_path / "nowhere")


def test_a_folder_that_is_no_dataset(tmp_path: Path) -> None:
    with refused("not a dataset", "has no manifest.json"):
        open_dataset(tmp_path)


def test_a_file_instead_of_a_folder(out: Path) -> None:
    with refused("a file, not the folder"):
        open_dataset(out / "manifest.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", ["not readable JSON", "manifest.json, line 1"]),
        (b'{"format": 1,\n "tables"', ["not readable JSON", "line 2"]),
        (b"\xff\xfe{}", ["not readable JSON", "byte 0"]),
        (b"[]", ["no manifest of a terpseed dataset"]),
        (b'{"name": "package", "version": 3}', ["no manifest of a terpseed dataset"]),
        (b'{"format": 2, "generator": "0", "tables": {}}', ["edited or damaged"]),
    ],
)
def test_a_manifest_that_is_none(out: Path, text: bytes, words: list[str]) -> None:
    (out / "manifest.json").write_bytes(text)
    with refused(*words):
        open_dataset(out)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(seed=2),
        lambda m: m["tables"]["hostile"].update(rows=1),
        lambda m: m["tables"]["hostile"]["files"][0].update(sha256="0" * 64),
        lambda m: m["tables"].pop("hostile"),
        lambda m: m["scenario"].update(name="y"),
        lambda m: m.pop("manifest_sha256"),
    ],
)
def test_an_edited_manifest(out: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    edit(out, change)
    with refused("manifest was edited or damaged", "manifest.json"):
        open_dataset(out)


def test_a_manifest_of_an_older_format(out: Path) -> None:
    edit(out, lambda m: m.update(format=1, generator="0.0.9"))
    with refused("has format 1", "reads 2", "0.0.9", "computed in another way", "again"):
        open_dataset(out)


def test_a_manifest_of_a_newer_format(out: Path) -> None:
    edit(out, lambda m: m.update(format=3, generator="9.0.0"))
    with refused("has format 3", "reads 2", "9.0.0", "a later one"):
        open_dataset(out)


def test_a_manifest_that_leads_out_of_its_folder(out: Path) -> None:
    reseal(out, path="../secret.parquet")
    with refused("leads out of the dataset"):
        open_dataset(out)


def test_a_missing_file(out: Path) -> None:
    (out / "hostile.parquet").unlink()
    with refused("missing", "table hostile", "hostile.parquet"):
        open_dataset(out)


def test_an_extra_file(out: Path) -> None:
    (out / "orders.parquet").write_bytes(b"")
    with refused("no part of it", "orders.parquet", "neither checked nor loaded"):
        open_dataset(out)


def test_an_extra_file_in_a_folder_of_its_own(out: Path) -> None:
    (out / "orders").mkdir()
    (out / "orders" / "0001.parquet").write_bytes(b"")
    with refused("no part of it", "orders/0001.parquet"):
        open_dataset(out)


def test_receipts_findings_and_reports_are_no_damage(out: Path) -> None:
    for name in ("receipts/load.json", "findings/rule/rows.csv", "report.json", "report/a.html"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("{}")
    open_dataset(out)


def test_a_file_cut_short(out: Path) -> None:
    path = out / "hostile.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with refused("cut short", "table hostile", str(path.stat().st_size)):
        open_dataset(out)


def test_a_file_that_grew(out: Path) -> None:
    with (out / "hostile.parquet").open("ab") as file:
        file.write(b"\n")
    with refused("longer than it was written", "table hostile"):
        open_dataset(out)


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_flipped_bit(tmp_path: Path, file_format: FileFormat) -> None:
    make(tmp_path / "out", file_format)
    path = tmp_path / "out" / f"hostile.{file_format}"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with refused("changed or damaged", "table hostile", str(path), "SHA-256"):
        open_dataset(tmp_path / "out")


def test_without_verification_files_are_not_looked_at(out: Path) -> None:
    (out / "hostile.parquet").unlink()
    assert list(open_dataset(out, verify=False).tables) == ["hostile"]


def test_a_table_file_with_other_rows_than_the_manifest_says(out: Path) -> None:
    hostile_frame().head(3).write_parquet(out / "hostile.parquet")
    reseal(out)
    with refused("holds 3 rows", f"the manifest says {hostile_frame().height}", "hostile.parquet"):
        open_dataset(out)


@pytest.mark.parametrize(
    "change",
    [
        pl.col("plain").cast(pl.Int64),
        pl.col("state").cast(pl.String),
        pl.col("moment").dt.replace_time_zone(None),
        pl.lit(1).alias("extra"),
    ],
)
def test_a_table_file_with_other_columns_than_the_manifest_says(out: Path, change: pl.Expr) -> None:
    hostile_frame().with_columns(change).write_parquet(out / "hostile.parquet")
    reseal(out)
    with refused("does not have the columns", "hostile.parquet"):
        open_dataset(out)


def test_a_table_file_that_is_not_of_its_format(out: Path) -> None:
    (out / "hostile.parquet").write_bytes(b"PAR1 and then nothing")
    reseal(out)
    with refused("cannot be read as Parquet", "hostile.parquet"):
        open_dataset(out)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (hostile_frame().head(3), ["holds 3 rows", "the manifest says"]),
        (hostile_frame().rename({"plain": "plane"}), ["cannot be read as CSV", "plane"]),
        (hostile_frame().with_columns(plain=pl.lit("x")), ["cannot be read as CSV", "int32"]),
        (hostile_frame().with_columns(state=pl.lit("GONE")), ["cannot be read as CSV", "GONE"]),
    ],
)
def test_a_csv_file_that_is_not_what_the_manifest_says(
    tmp_path: Path, frame: pl.DataFrame, words: list[str]
) -> None:
    out = tmp_path / "out"
    make(out, "csv")
    write_csv(frame, out / "hostile.csv")
    reseal(out)
    dataset = open_dataset(out)
    with refused("hostile.csv", *words):
        dataset.scan("hostile").collect()


def test_a_table_that_the_dataset_does_not_hold(out: Path) -> None:
    dataset = open_dataset(out)
    with refused("holds no table 'hostle'", "did you mean 'hostile'?"):
        dataset.scan("hostle")
    with refused("holds no table"):
        dataset.files("orders")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), ["missing", "catalog.json"]),
        (lambda path: path.write_bytes(b"\xff"), ["changed or damaged", "catalog.json"]),
        (
            lambda path: path.write_text(path.read_text().replace("varchar(60)", "varchar(61)")),
            ["changed or damaged", "catalog.json"],
        ),
    ],
)
def test_a_damaged_catalog(out: Path, damage: Callable[[Path], Any], words: list[str]) -> None:
    damage(out / "catalog.json")
    with refused(*words):
        open_dataset(out)


def shipped_dataset(out: Path) -> Manifest:
    catalog = shipped("2026-05")
    table = catalog["brands"]
    with DatasetWriter(
        out, catalog, format="parquet", scenario={}, seed=1, as_of=date(2025, 10, 31)
    ) as writer:
        writer.write("brands", pl.DataFrame(schema=frame_schema(table)))
        return writer.commit()


def test_a_shipped_catalog_is_named_and_not_copied(tmp_path: Path) -> None:
    manifest = shipped_dataset(tmp_path / "out")
    assert not (tmp_path / "out" / "catalog.json").exists()
    assert manifest.catalog_version == "2026-05"
    assert open_dataset(tmp_path / "out").catalog is shipped("2026-05")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"catalog_version": "2031-01"}, ["'2031-01'", "does not ship", "2026-05"]),
        ({"catalog_fingerprint": "0" * 64}, ["another form of schema 2026-05"]),
    ],
)
def test_a_catalog_that_nobody_knows(
    tmp_path: Path, changes: dict[str, str], words: list[str]
) -> None:
    out = tmp_path / "out"
    manifest = dataclasses.replace(shipped_dataset(out), **changes)  # type: ignore[arg-type]
    (out / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    with refused(*words):
        open_dataset(out)


def test_a_manifest_whose_columns_are_not_those_of_the_schema(out: Path) -> None:
    manifest = open_dataset(out).manifest
    entry = manifest.tables["hostile"]
    columns = (*entry.columns[:-1], ("data", "text"))
    tables = {"hostile": dataclasses.replace(entry, columns=columns)}
    text = dataclasses.replace(manifest, tables=tables).to_json()
    (out / "manifest.json").write_text(text, encoding="utf-8")
    with refused("columns of table hostile are not those of its schema", "data"):
        open_dataset(out)


def test_the_columns_in_the_manifest_are_those_of_the_table(out: Path) -> None:
    content = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    columns = content["tables"]["hostile"]["columns"]
    assert columns == [[column.name, str(column.type)] for column in HOSTILE.columns]
