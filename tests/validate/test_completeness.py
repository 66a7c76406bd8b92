"""Every derived column is known to a rule, and what is not is listed with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from terpseed.catalog import NEWEST, shipped, shipped_versions
from tests.validate.base import AS_OF
from validate._ground import Ground
from validate._plan import plan_checks
from validate.completeness import ROWS, entered, knowing, mutate, noticed, reason_of, unnoticed
from validate.faults import Bench

if TYPE_CHECKING:
    from terpseed.catalog import Catalog


def _columns(catalog: Catalog) -> set[tuple[str, str]]:
    return {
        (table.name, column.name)
        for table in catalog.tables.values()
        for column in table.columns
        if not column.generated and column.name not in table.primary_key
    }


@pytest.mark.parametrize("schema", shipped_versions())
def test_every_column_was_damaged(schema: str) -> None:
    damaged = {key for key in noticed(schema) if key[1] != ROWS}
    assert damaged == _columns(shipped(schema)), "run `make completeness`"
    assert {table for table, column in noticed(schema) if column == ROWS} == set(
        shipped(schema).tables
    )


@pytest.mark.parametrize("schema", shipped_versions())
def test_a_column_that_no_rule_knows_is_entered_by_somebody(schema: str) -> None:
    assert unnoticed(schema) == [], "write a rule, or say in entered.csv why there can be none"


def test_no_reason_is_given_for_nothing() -> None:
    unknown = {
        key
        for schema in shipped_versions()
        for key, found in noticed(schema).items()
        if key[1] != ROWS and not knowing(found)
    }
    used = {reason_of(*key) for key in unknown}
    assert [entry for entry in entered() if entry not in used] == []
    assert all(entry.reason for entry in entered())


@pytest.mark.parametrize("schema", shipped_versions())
def test_rules_that_noticed_still_read_the_column(schema: str) -> None:
    # So that a rule which goes, or changes its mind, does not stay in the list.
    plan = plan_checks(Ground(shipped(schema), as_of=AS_OF))
    bench = Bench(cast("Any", None), plan)
    idle = {entry.rule.id for entry in plan.not_run}
    reads: dict[str, set[str]] = {}
    for check in plan.checks:
        reads.setdefault(check.rule.id, set()).update(check.tables, bench.words(check))
    stale = [
        f"{table}.{column}: {rule}"
        for (table, column), found in noticed(schema).items()
        for rule in knowing(found)
        if rule not in idle
        and (
            rule not in reads
            or table not in reads[rule]
            or (column != ROWS and column not in reads[rule])
        )
    ]
    assert stale == [], "run `make completeness`"


def test_damage_is_noticed_as_it_is_written_down(light_bench: Bench) -> None:
    columns = {
        ("clients", "total_owed"),
        ("invoices", "amountDue"),
        ("invoices", "customerId"),
        ("batches", "onHandQty"),
        ("ledgerEntries", "accountId"),
        ("orders", "shipped_at"),
        ("invoices", "notes"),
        ("sites", "city"),
    }
    found = {(one.table, one.column): one for one in mutate(light_bench, columns)}
    assert set(found) == columns
    known = {key for key, one in found.items() if knowing(one)}
    assert known == columns - {("invoices", "notes"), ("sites", "city")}
    assert known == {key for key in columns if knowing(noticed(NEWEST)[key])}
