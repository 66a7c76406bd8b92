"""The proof finds what differs, wherever it is, and never passes what it could not look at."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

import load
from load._references import anti_joins
from terpseed.catalog import Catalog, Column, ColumnType, ForeignKey, Reference, Table, shipped
from terpseed.errors import ExitCode, LoadError
from tests.conftest import execute
from tests.load.rows import LEDGER, create, empty, write

if TYPE_CHECKING:
    from pathlib import Path

    from load import VerifyResult
    from terpseed.connection import Target
    from terpseed.dataset import Dataset


def differences(dataset: Dataset, target: Target) -> list[str]:
    """Verify, and return what is wrong."""
    result = load.verify(dataset, target)
    assert result.ok is (not result.failures)
    assert json.dumps(result.to_dict())
    return [failure.text for failure in result.failures]


CHANGES = (
    (
        "UPDATE ledgerEntries SET debit = debit + 0.01 WHERE id = 3",
        "UPDATE ledgerEntries SET debit = debit - 0.01 WHERE id = 3",
        "ledgerEntries has as many rows as the dataset (5) but other values",
    ),
    (
        "UPDATE ledgerEntries SET debit = 2, credit = 3 WHERE id = 4",
        "UPDATE ledgerEntries SET debit = 3, credit = 2 WHERE id = 4",
        "ledgerEntries has as many rows",
    ),
    (
        "UPDATE users SET email = '', updatedAt = updatedAt WHERE id = 2",
        "UPDATE users SET email = NULL, updatedAt = updatedAt WHERE id = 2",
        "users has as many rows",
    ),
    (
        "UPDATE users SET name = '2 ', updatedAt = updatedAt WHERE id = 2",
        "UPDATE users SET name = '2', updatedAt = updatedAt WHERE id = 2",
        "users has as many rows",
    ),
    (
        "UPDATE users SET name = 3 - id, updatedAt = updatedAt WHERE id < 3",
        "UPDATE users SET name = id, updatedAt = updatedAt WHERE id < 3",
        "users has as many rows",
    ),
    (
        "INSERT INTO roles (id, name) VALUES (99, 'x')",
        "DELETE FROM roles WHERE id = 99",
        "roles has 6 rows in the target and 5 in the dataset",
    ),
    (
        "DELETE FROM ledgerEntries WHERE id = 5",
        "DO 0",
        "ledgerEntries has 4 rows in the target and 5 in the dataset",
    ),
)


def test_every_change_after_the_load_is_found(ledger: Target, tmp_path: Path) -> None:
    change = {
        "users": lambda frame: frame.with_columns(email=pl.lit(None, pl.String)),
        "ledgerEntries": lambda frame: frame.with_columns(
            debit=pl.Series(["0.00", "1.00", "2.00", "3.00", "4.00"]).str.to_decimal(scale=2),
            credit=pl.Series(["0.00", "0.00", "1.00", "2.00", "0.00"]).str.to_decimal(scale=2),
        ),
    }
    dataset = write(tmp_path / "set", LEDGER, 5, change=change)
    load.load(load.plan(dataset, ledger))
    for statement, undo, words in CHANGES:
        assert differences(dataset, ledger) == []
        execute(ledger, statement)
        (found,) = differences(dataset, ledger)
        assert words in found
        execute(ledger, undo)


def test_a_table_that_is_gone_or_denied_is_a_failure(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "set", LEDGER)
    load.load(load.plan(dataset, ledger))
    execute(ledger, "SET foreign_key_checks = 0", "DROP TABLE categories")
    result = load.verify(dataset, ledger)
    texts = [failure.text for failure in result.failures]
    assert [text.split(": 1146")[0] for text in texts] == [
        "categories could not be checked",
        "products.category -> categories.name could not be checked",
    ]
    assert result.references[0].broken == 0
    assert not result.ok


def column(name: str, kind: str) -> Column:
    return Column(name, ColumnType.parse(kind), nullable=name != "id")


PARENT = Table(
    "parents", (column("id", "int"), column("name", "varchar(40)"), column("url", "text")), ("id",)
)
CHILD = Table(
    "children",
    (
        column("id", "int"),
        column("parent_id", "int"),
        column("kind", "varchar(10)"),
        column("subject", "int"),
        column("parent_name", "varchar(40)"),
        column("number_text", "varchar(40)"),
        column("data", "json"),
        column("file", "varchar(20)"),
    ),
    ("id",),
    foreign_keys=(ForeignKey(("parent_id",), "parents", ("id",)),),
)
FAMILY = Catalog(
    "family",
    {"children": CHILD, "parents": PARENT},
    references=(
        Reference("children", "subject", "parents", "id", when=("kind", ("P", "Q"))),
        Reference("children", "subject", "", "", kind="null", when=("kind", ("NONE",))),
        Reference("children", "subject", "", "", kind="zero", when=("kind", ("ZERO",))),
        Reference(
            "children", "parent_name", "parents", "name", kind="text", also=("OTHER", "it's")
        ),
        Reference("children", "number_text", "parents", "id", kind="text"),
        Reference("children", "data", "parents", "id", kind="json", json_path="$.ids[*]"),
        Reference("children", "data", "parents", "name", kind="json", json_path="$.names[*].name"),
        Reference("children", "file", "parents", "url", kind="url"),
    ),
)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("parent_id = 99", ["children.parent_id -> parents.id: 1", "children id 3: 99"]),
        (
            "kind = 'Q', subject = 98",
            ["children.subject (kind P or Q) -> parents.id: 1", "children id 3: 98"],
        ),
        ("kind = 'other', subject = 98", []),
        ("kind = 'p', subject = 98", []),
        ("kind = 'NONE', subject = NULL", []),
        ("kind = 'NONE', subject = 1", ["children.subject (kind NONE) is NULL: 1", "id 3: 1"]),
        ("kind = 'ZERO', subject = 0", []),
        ("kind = 'ZERO', subject = 1", ["children.subject (kind ZERO) is 0: 1", "id 3: 1"]),
        ("kind = 'ZERO', subject = NULL", ["children.subject (kind ZERO) is 0: 1", "id 3: NULL"]),
        ("parent_name = 'Ann'", []),
        ("parent_name = 'ann'", ["children.parent_name -> parents.name: 1", "id 3: ann"]),
        ("parent_name = 'OTHER'", []),
        ("parent_name = 'it''s'", []),
        ("parent_name = 'Ann '", ["children.parent_name -> parents.name: 1", "id 3: Ann "]),
        ("number_text = '2'", []),
        ("number_text = '2x'", ["children.number_text -> parents.id: 1", "id 3: 2x"]),
        ("""data = '{"ids": [1, 2, null]}'""", []),
        ("""data = '{"ids": [1, 7]}'""", ["children.data at $.ids[*] -> parents.id: 1", "3: 7"]),
        ("""data = '{"ids": ["2", "2x"]}'""", ["children.data at $.ids[*] -> parents.id: 1", "2x"]),
        (
            """data = '{"names": [{"name": "Ann"}, {"name": null}, {}, {"name": "Zoë"}]}'""",
            [],
        ),
        ("""data = '{"names": [{"name": "Zoe"}]}'""", ["children.data at $.names[*].name", "Zoe"]),
        ("file = 'a.png'", []),
        ("file = 'z.png'", ["children.file ends a parents.url: 1", "id 3: z.png"]),
    ],
)
def test_each_kind_of_reference_is_proved(change: str, broken: list[str], family: Family) -> None:
    found = family.after(change)
    references = [proof for proof in found.references if not proof.ok]
    assert len(references) == bool(broken)
    for word in broken:
        assert word in references[0].text


class Family:
    """A database with parents and children that is changed in one row at a time."""

    def __init__(self, target: Target, dataset: Dataset) -> None:
        self.target, self.dataset = target, dataset

    def after(self, change: str) -> VerifyResult:
        reset = ", ".join(f"{c.name} = NULL" for c in CHILD.columns if c.name != "id")
        execute(
            self.target,
            "SET foreign_key_checks = 0",
            f"UPDATE children SET {reset} WHERE id = 3",
            f"UPDATE children SET {change} WHERE id = 3",
        )
        return load.verify(self.dataset, self.target)


@pytest.fixture(scope="module")
def family(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> object:
    from terpseed.connection import Target

    target = Target.parse(server_url).with_database("terpseed_test_family")
    execute(
        target.with_database(None),
        "DROP DATABASE IF EXISTS terpseed_test_family",
        "CREATE DATABASE terpseed_test_family CHARACTER SET utf8mb4",
    )
    create(target, FAMILY)
    blank = {c.name: pl.lit(None) for c in CHILD.columns if c.name != "id"}
    dataset = write(
        tmp_path_factory.mktemp("family") / "set",
        FAMILY,
        3,
        change={
            "children": lambda frame: frame.with_columns(
                **{k: v.cast(frame.schema[k]) for k, v in blank.items()}
            ),
            "parents": lambda frame: frame.with_columns(
                name=pl.Series(["Ann", "Bob", "Zoë"]),
                url=pl.Series(["https://x.example/media/a.png", None, "b"]),
            ),
        },
    )
    assert load.load(load.plan(dataset, target)).proof.ok
    yield Family(target, dataset)
    execute(target.with_database(None), "DROP DATABASE terpseed_test_family")


def test_every_reference_of_the_shipped_schemas_has_a_query() -> None:
    for version in ("2025-11", "2026-05"):
        catalog = shipped(version)
        joins = anti_joins(catalog)
        declared = sum(len(table.foreign_keys) for table in catalog.tables.values())
        assert len(joins) == declared + len(catalog.references)
        assert len({join.source for join in joins}) > 0.9 * len(joins)


def test_a_load_whose_proof_fails_is_taken_out_again(ledger: Target, tmp_path: Path) -> None:
    orphan = {"ledgerEntries": lambda frame: frame.with_columns(accountId=pl.lit(77, pl.Int32))}
    dataset = write(tmp_path / "set", LEDGER, 3, change=orphan)
    with pytest.raises(load.ProofFailedError) as caught:
        load.load(load.plan(dataset, ledger))
    text = str(caught.value)
    assert "ledgerEntries.accountId -> accounts.id: 3 refer to nothing" in text
    assert "for example ledgerEntries id 1: 77" in text
    assert "nothing is left in the target" in text
    assert caught.value.exit_code == ExitCode.LOAD_OR_VERIFY
    assert not caught.value.proof.ok
    assert isinstance(caught.value, LoadError)
    for name in LEDGER.tables:
        assert execute(ledger, f"SELECT COUNT(*) FROM `{name}`") == [(0,)]


def test_what_is_kept_for_a_look_is_cleaned_on_demand(ledger: Target, tmp_path: Path) -> None:
    orphan = {"ledgerEntries": lambda frame: frame.with_columns(accountId=pl.lit(77, pl.Int32))}
    dataset = write(tmp_path / "set", LEDGER, 3, change=orphan)
    with pytest.raises(load.ProofFailedError, match=r"the rows were kept[^$]*--clean"):
        load.load(load.plan(dataset, ledger), keep=True)
    assert execute(ledger, "SELECT COUNT(*) FROM ledgerEntries") == [(3,)]
    obstacle = load.plan(dataset, ledger).obstacle()
    assert obstacle is not None
    assert "--clean" in obstacle.then
    assert obstacle.exit_code == ExitCode.STATE_DIFFERS
    assert load.clean(dataset, ledger) == dataset.manifest.rows
    assert execute(ledger, "SELECT COUNT(*) FROM ledgerEntries") == [(0,)]
    assert load.plan(dataset, ledger).ready
    assert load.clean(dataset, ledger) == 0


def test_both_formats_prove_the_same_database(ledger: Target, tmp_path: Path) -> None:
    parquet = write(tmp_path / "parquet", LEDGER, 4)
    csv = write(tmp_path / "csv", LEDGER, 4, file_format="csv")
    load.load(load.plan(csv, ledger))
    assert load.verify(parquet, ledger).ok
    empty(ledger, LEDGER)
    assert len(differences(parquet, ledger)) == len(LEDGER.tables)


def test_a_table_without_a_key_still_shows_an_example(target: Target, tmp_path: Path) -> None:
    keyless = replace(CHILD, primary_key=(), foreign_keys=())
    catalog = Catalog(
        "keyless",
        {"children": keyless, "parents": PARENT},
        references=(Reference("children", "subject", "parents", "id"),),
    )
    create(target, catalog)
    lonely = {"children": lambda frame: frame.with_columns(subject=pl.lit(55, pl.Int32))}
    dataset = write(tmp_path / "set", catalog, change=lonely)
    with pytest.raises(load.ProofFailedError, match="2 refer to nothing, for example children: 55"):
        load.load(load.plan(dataset, target))
    assert execute(target, "SELECT COUNT(*) FROM children") == [(0,)]
