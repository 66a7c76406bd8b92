"""Rules about columns that a schema of nobody's making lacks are listed as not run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from terpseed.catalog import Catalog
from tests.load.rows import part_of, write
from validate import validate

if TYPE_CHECKING:
    from pathlib import Path

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
    columns = tuple(
        replace(column, name="whose") if column.name == "user_id" else column
        for column in access.columns
    )
    bare = replace(access, columns=columns, unique=(), foreign_keys=(), indexes=())
    lacking = Catalog("between", {**whole.tables, "calendar_user_access": bare})
    for catalog, runs in ((whole, True), (lacking, False)):
        dataset = write(tmp_path / catalog.version, catalog)
        result = validate(dataset, only=(DESK,))
        assert [one.rule.id for one in result.results] == [DESK] * runs
        assert [one.rule.id for one in result.not_run] == [DESK] * (not runs)
    assert "lacks what it reads" in result.not_run[0].reason
