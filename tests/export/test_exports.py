"""Every form of an export opens again, with the same values, where it is meant to be opened."""

from __future__ import annotations

import gzip
import json
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from load import verify
from terpseed.catalog.ddl import create_tables
from terpseed.connection import Target, connect
from terpseed.dataset import Dataset, DatasetWriter, open_dataset
from terpseed.errors import OutputError, UsageError
from terpseed.export import CsvOptions, ExportFormat, Options, SqlOptions, export
from tests.dataset.hostile import CATALOG, hostile_frame

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return a dataset of one table with every type and every text that breaks careless code."""
    out = tmp_path_factory.mktemp("hostile") / "data"
    with DatasetWriter(
        out, CATALOG, format="parquet", scenario={}, seed=1, as_of=date(2024, 1, 1)
    ) as writer:
        writer.write("hostile", hostile_frame())
        writer.commit()
    return open_dataset(out)


def _texts(frame: pl.DataFrame) -> list[tuple[str | None, ...]]:
    return frame.select("id", "name", "note", "state").cast(pl.String).rows()


def _csv_of(dataset: Dataset, out: Path, options: CsvOptions) -> Path:
    export(dataset, out, "csv", Options(csv=options))
    (file,) = out.glob("hostile.csv*")
    return file


def test_gzipped_csv_opens_in_polars_and_duckdb(hostile: Dataset, tmp_path: Path) -> None:
    file = _csv_of(hostile, tmp_path / "out", CsvOptions(gzipped=True, delimiter="\t"))
    assert gzip.decompress(file.read_bytes()).count(b"\t") > 100
    rows = _texts(hostile.scan("hostile").collect())
    read = pl.read_csv(file, separator="\t", infer_schema=False)
    assert _texts(read) == rows
    found = duckdb.execute(
        "SELECT id, name, note, state FROM read_csv($1, delim='\t', header=true, all_varchar=true,"
        " quote='\"', escape='\"', allow_quoted_nulls=false, nullstr='', new_line='\\n',"
        " auto_detect=false, columns=$2)",
        [str(file), dict.fromkeys(read.columns, "VARCHAR")],
    ).fetchall()
    assert found == rows


def test_excel_gets_a_mark_windows_lines_and_no_surprise(hostile: Dataset, tmp_path: Path) -> None:
    file = _csv_of(hostile, tmp_path / "out", CsvOptions(excel=True, delimiter=";"))
    head = file.read_bytes().split(b"\r\n")[0]
    assert head.startswith(b"\xef\xbb\xbfid;flag;")


def test_a_word_for_null_differs_from_the_same_word_as_text(
    hostile: Dataset, tmp_path: Path
) -> None:
    file = _csv_of(hostile, tmp_path / "out", CsvOptions(null="NULL", header=False))
    lines = file.read_text(encoding="utf-8")
    assert '"NULL"' in lines
    assert ",NULL" in lines
    assert not lines.startswith("id,")


@pytest.mark.parametrize("compression", ["snappy", "uncompressed"])
def test_parquet_has_the_compression_asked_for(
    compression: str, hostile: Dataset, tmp_path: Path
) -> None:
    export(hostile, tmp_path / "out", "parquet", Options(compression=compression))  # type: ignore[arg-type]
    file = tmp_path / "out" / "hostile.parquet"
    assert pl.read_parquet(file).equals(hostile.scan("hostile").collect())
    used = duckdb.execute("SELECT DISTINCT compression FROM parquet_metadata($1)", [str(file)])
    assert used.fetchall() == [(compression.upper(),)]


def test_duckdb_opens_with_keys_and_all_rows(light_path: Path, tmp_path: Path) -> None:
    dataset = open_dataset(light_path, verify=False)
    made = export(dataset, tmp_path / "terp.duckdb", "duckdb")
    with duckdb.connect(str(tmp_path / "terp.duckdb"), read_only=True) as connection:
        tables = dict(
            connection.execute(
                "SELECT table_name, estimated_size FROM duckdb_tables() WHERE schema_name = 'main'"
            ).fetchall()
        )
        assert tables == {name: entry.rows for name, entry in dataset.manifest.tables.items()}
        kinds = dict(
            connection.execute(
                "SELECT constraint_type, count(*) FROM duckdb_constraints()"
                " WHERE schema_name = 'main' GROUP BY 1"
            ).fetchall()
        )
        assert kinds["PRIMARY KEY"] == len(dataset.tables)
        declared = sum(len(table.foreign_keys) for table in dataset.tables.values())
        assert kinds["FOREIGN KEY"] > 0.9 * declared
        (listed,) = connection.execute(
            'SELECT count(*) FROM meta."references" WHERE declared'
        ).fetchall()[0]
        assert listed == declared
        assert connection.execute(
            "SELECT sum(o.total) FROM orders o JOIN clients c ON c.id = o.client_id"
        ).fetchall() == [(dataset.scan("orders").select(pl.col("total").sum()).collect().item(),)]
    assert made.tables == tables


def test_duckdb_holds_every_value(hostile: Dataset, tmp_path: Path) -> None:
    export(hostile, tmp_path / "h.duckdb", "duckdb")
    with duckdb.connect(str(tmp_path / "h.duckdb"), read_only=True) as connection:
        back = connection.execute(
            "SELECT id::VARCHAR, name, note, state::VARCHAR FROM hostile ORDER BY id"
        ).fetchall()
    assert back == _texts(hostile.scan("hostile").collect())


def test_sql_can_be_pasted_into_both_servers(
    hostile: Dataset, database_url: str, tmp_path: Path
) -> None:
    """The proof of a load finds in the database what the dataset holds."""
    export(hostile, tmp_path / "sql", "sql", Options(sql=SqlOptions(file_bytes=4000)))
    files = sorted((tmp_path / "sql").glob("*.sql"))
    assert len(files) > 2
    target = Target.parse(database_url)
    with closing(connect(target)) as connection:
        create_tables(connection, CATALOG)
        for file in files:
            with closing(connection.cursor()) as cursor:
                for statement in file.read_text(encoding="utf-8").split(";\n"):
                    if statement.strip():
                        cursor.execute(statement)
    proofs = verify(hostile, target).tables
    assert [proof.ok for proof in proofs] == [True]


def test_sql_creates_the_tables_it_fills(light_path: Path, tmp_path: Path) -> None:
    dataset = open_dataset(light_path, verify=False)
    export(dataset, tmp_path / "sql", "sql", Options(sql=SqlOptions(100_000, with_tables=True)))
    first, *rest = sorted((tmp_path / "sql").glob("*.sql"))
    assert first.read_text().count("CREATE TABLE") == len(dataset.tables)
    assert len(rest) > 10
    assert max(file.stat().st_size for file in rest) < 100_000 + 50_000
    text = "".join(file.read_text() for file in rest)
    assert text.count("INSERT INTO `orders` ") >= 1
    assert text.count("COMMIT;") == len(rest)


def test_the_same_dataset_gives_the_same_bytes(hostile: Dataset, tmp_path: Path) -> None:
    for name in ("one", "two"):
        _csv_of(hostile, tmp_path / name, CsvOptions(gzipped=True))
    first, second = (tmp_path / name / "hostile.csv.gz" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_an_export_replaces_only_an_export(hostile: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(hostile, out, "csv")
    about = json.loads((out / "export.json").read_text())
    assert about["dataset"] == hostile.manifest.identity
    with pytest.raises(OutputError, match="there is an export already"):
        export(hostile, out, "csv")
    export(hostile, out, "parquet", force=True)
    assert not list(out.glob("*.csv"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    forms: tuple[ExportFormat, ...] = ("csv", "duckdb")
    for form in forms:
        with pytest.raises(OutputError, match="no export"):
            export(hostile, tmp_path / "mine", form, force=True)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep me"
    assert not list(tmp_path.glob(".*"))


def test_an_export_never_lies_in_the_dataset(hostile: Dataset) -> None:
    with pytest.raises(UsageError, match="inside the dataset"):
        export(hostile, hostile.path / "csv", "csv")


@pytest.mark.parametrize("delimiter", ['"', "\n", ";;", "é"])
def test_delimiters_that_cannot_be_read_again_are_refused(delimiter: str) -> None:
    with pytest.raises(UsageError, match="cannot separate"):
        CsvOptions(delimiter=delimiter)
