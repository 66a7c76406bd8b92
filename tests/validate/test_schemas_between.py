"""Rules about columns that a schema of nobody's making lacks are listed as not run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate import run
from terpseed.catalog import Catalog, shipped
from terpseed.catalog.ddl import create_database_sql
from terpseed.catalog.known_words import known_words
from terpseed.dataset import Dataset, open_dataset
from tests.between import between
from tests.load.rows import part_of, write
from validate import validate
from validate.facts import Frames

if TYPE_CHECKING:
    from pathlib import Path

    from validate.result import ValidationResult

DESK = "application.administrator-desk"
TABLES = (
    "notifications",
    "time_off_requests",
    "dashboard_widget_configs",
    "calendar_user_access",
)


def test_a_rule_whose_column_only_some_of_its_tables_have_is_not_run(tmp_path: Path) -> None:
    whole = part_of("2026-05", TABLES)
    access = whole["calendar_user_access"]
    columns = tuple(column for column in access.columns if column.name != "user_id")
    bare = replace(access, columns=columns, unique=(), foreign_keys=(), indexes=())
    lacking = Catalog("between", {**whole.tables, "calendar_user_access": bare})
    for catalog, runs in ((whole, True), (lacking, False)):
        dataset = write(tmp_path / catalog.version, catalog)
        result = validate(dataset, only=(DESK,))
        assert [one.rule.id for one in result.results] == [DESK] * runs
        assert [one.rule.id for one in result.not_run] == [DESK] * (not runs)
    assert "lacks what it reads" in result.not_run[0].reason


@pytest.fixture(scope="module", params=[7])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A dataset that was generated for a schema between the shipped ones."""
    catalog = between(request.param)
    folder = tmp_path_factory.mktemp("between")
    ddl = folder / f"{catalog.version}.sql"
    ddl.write_text(";\n".join(part.rstrip(";\n ") for part in create_database_sql(catalog)) + ";\n")
    run.generate(run.plan("light", schema=str(ddl), out=folder / "set"))
    return open_dataset(folder / "set")


def findings(result: ValidationResult) -> list[tuple[str, str, int]]:
    return [(r.rule.id, f.subject, f.count) for r in result.results for f in r.findings]


def test_rules_hold_in_a_schema_of_other_names_and_labels(made: Dataset) -> None:
    result = validate(made)
    assert findings(result) == []
    assert len(result.results) > 500
    reasons = [one.reason for one in result.not_run]
    absent = {name for name in shipped().tables if name not in made.catalog}
    assert absent
    assert any(f"no table {name} " in reason for reason in reasons for name in absent)
    assert known_words(made.catalog).blurs
    assert any("does not tell apart" in reason for reason in reasons)


def test_json_and_text_repeat_labels_as_the_schema_calls_them(made: Dataset) -> None:
    """What is changed back to a known word that the schema does not have is found."""
    words = known_words(made.catalog)
    log = made.scan("auditLogs").collect()
    said = pl.col("after")
    for (_, column), labels in words.labels.items():
        for own, known in labels.items():
            said = said.str.replace_all(f'"{column}": "{own}"', f'"{column}": "{known}"')
    changed = log.with_columns(said)
    tables = {"auditLogs": changed, "paymentMethods": made.scan("paymentMethods").collect()}
    found = findings(validate(Frames(made.catalog, tables), only=("structure.json-types",)))
    rows = (changed["after"] != log["after"]).sum()
    assert found == [("structure.json-types", "auditLogs.after", rows)][: bool(rows)]
    codes = words.labels.get(("payments", "paymentMethod"), {})
    told = set(tables["paymentMethods"]["code"])
    assert set(codes) <= told
    assert not set(codes.values()) & told
    assert rows + len(codes) > 0
