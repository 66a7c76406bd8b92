"""The rules themselves are in order: named after their files, and true about what they read."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlglot
from sqlglot import exp

import validate
from terpseed.catalog import shipped, shipped_versions
from tests.validate.base import AS_OF
from validate import derived
from validate._files import shipped_library
from validate._ground import Ground
from validate._plan import known_rules
from validate._tables import vocabularies
from validate.shapes import SHAPES, shape_rows

if TYPE_CHECKING:
    from validate._rulefile import RuleFile

RULES = Path(validate.__file__).parent / "rules"
LIBRARY = shipped_library()
FILES = [entry.file for entry in LIBRARY.rules]
VIEWS = [file for files in LIBRARY.views.values() for file in files]


def test_ids_are_unique() -> None:
    assert [rule for rule, n in Counter(rule.id for rule in known_rules()).items() if n > 1] == []


def test_ids_have_a_concern_and_a_name() -> None:
    wrong = [
        r.id for r in known_rules() if not re.fullmatch(r"[a-z_]+\.[a-z0-9]+(-[a-z0-9]+)*", r.id)
    ]
    assert wrong == []


def test_every_rule_says_what_it_proves_and_why() -> None:
    for rule in known_rules():
        assert rule.title, rule.id
        assert not rule.title.endswith("."), rule.id
        assert rule.proves.endswith("."), rule.id
        assert rule.why.endswith("."), rule.id


def test_rules_in_files_lie_in_the_folder_of_their_concern() -> None:
    for entry in LIBRARY.rules:
        folder, name = entry.file.path.split("/")[-2:]
        assert entry.rule.id == f"{folder}.{name.removesuffix('.sql')}"


@pytest.mark.parametrize("file", FILES + VIEWS, ids=lambda file: file.path.split("rules/")[1])
def test_a_file_names_the_tables_that_it_reads(file: RuleFile) -> None:
    tree = sqlglot.parse_one(file.sql, dialect="duckdb")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = {table.name for table in tree.find_all(exp.Table)} - own - {""}
    assert read == set(file.tables)


@pytest.mark.parametrize("version", shipped_versions())
def test_a_row_names_the_tables_that_it_reads(version: str) -> None:
    ground = Ground(shipped(version), as_of=AS_OF)
    for row in shape_rows():
        if row.why_not(ground, LIBRARY.views):
            continue
        tree = sqlglot.parse_one(SHAPES[row.shape].build(row, ground), dialect="duckdb")
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        read = {table.name for table in tree.find_all(exp.Table)} - own - {""}
        assert read <= set(row.tables.values()), row.rule.id


def test_names_in_headers_are_tables_or_views() -> None:
    known = {table for version in shipped_versions() for table in shipped(version).tables}
    for file in FILES + VIEWS:
        assert set(file.tables) <= known | set(LIBRARY.views), file.path
        for table, column in (*file.needed, *file.optional):
            columns = {
                name
                for version in shipped_versions()
                if table in shipped(version)
                for name in shipped(version)[table].column_names
            }
            assert column in columns, f"{file.path}: {table}.{column}"


def test_promises_in_headers_are_those_in_queries() -> None:
    for file in FILES:
        asked = set(re.findall(r"promised(?:_word)?\('([a-z_.]+)'\)", file.sql))
        asked = {key for key in asked if not key.endswith(".")}
        assert asked >= {key for key in file.words("scenario") if key in file.sql}, file.path
        missing = {key for key in asked if key not in file.words("scenario")}
        assert missing <= {"period.start"} or not missing, f"{file.path}: {missing}"


@pytest.mark.parametrize("table", ["deprecated.csv", "vocabularies.csv", "scheduled.csv"])
def test_small_tables_name_columns_that_exist(table: str) -> None:
    known = {
        (name, column)
        for version in shipped_versions()
        for name, entry in shipped(version).tables.items()
        for column in entry.column_names
    }
    known |= {("*", column) for _, column in known}
    lines = (RULES / table).read_text(encoding="utf-8").splitlines()[1:]
    listed = [(line.split(",")[0], line.split(",")[1]) for line in lines]
    assert [pair for pair in listed if pair not in known] == []
    assert len(set(listed)) == len(listed) or table == "deprecated.csv"


def test_vocabularies_are_for_texts_without_labels() -> None:
    for (table, column), words in vocabularies().items():
        for version in shipped_versions():
            catalog = shipped(version)
            if table in catalog and column in catalog[table]:
                assert catalog[table][column].type.is_text, f"{table}.{column}"
                longest = max(map(len, words))
                assert longest <= (catalog[table][column].type.max_length or longest)


def test_every_derived_rule_is_planned_somewhere() -> None:
    planned = {
        check.rule.id
        for version in shipped_versions()
        for check in derived.checks(Ground(shipped(version), as_of=AS_OF))
    }
    idle = {rule.id for rule in derived.rules()} - planned
    assert idle == {"structure.fits"}, "which is planned for columns stored in another type"
