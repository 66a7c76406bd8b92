"""What a dataset lacks is found or reported as not run; it never lets a rule pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from terpseed.catalog import NEWEST, Catalog, shipped, shipped_versions
from tests.validate.base import AS_OF, Base, empty_tables, tables_in_memory
from validate import Frames, ValidationResult, validate
from validate._ground import Ground
from validate._plan import known_rules, plan_checks

if TYPE_CHECKING:
    from collections.abc import Mapping


def _reasons(result: ValidationResult) -> Mapping[str, str]:
    return {entry.rule.id: entry.reason for entry in result.not_run}


def _failed(result: ValidationResult) -> set[str]:
    return {entry.rule.id for entry in result.failed}


def _ran(result: ValidationResult) -> set[str]:
    return {entry.rule.id for entry in result.results}


@pytest.mark.parametrize("version", shipped_versions())
def test_an_empty_database_fails(version: str) -> None:
    catalog = shipped(version)
    result = validate(Frames(catalog, empty_tables(catalog), AS_OF))
    filled = next(entry for entry in result.failed if entry.rule.id == "structure.filled")
    assert {finding.subject for finding in filled.findings} == set(catalog.tables)


@pytest.mark.parametrize("version", shipped_versions())
def test_every_rule_is_run_or_reported(version: str) -> None:
    catalog = shipped(version)
    result = validate(Frames(catalog, empty_tables(catalog), AS_OF))
    assert _ran(result) | set(_reasons(result)) == {rule.id for rule in known_rules()}
    assert _ran(result) & set(_reasons(result)) == set()


def test_a_missing_table_is_found_and_its_rules_are_not_run(newest: Base) -> None:
    whole = tables_in_memory(newest.dataset)
    rest = {name: frame for name, frame in whole.tables.items() if name != "invoices"}
    result = validate(replace(whole, tables=rest))
    assert "structure.tables" in _failed(result)
    reasons = _reasons(result)
    assert reasons["ledger.receivables-control"] == "table invoices is missing from the dataset"
    assert reasons["receivables.invoice-due"] == "table invoices is missing from the dataset"
    assert "ledger.balanced" in _ran(result)


def test_a_missing_column_is_found_and_its_rules_are_not_run(newest: Base) -> None:
    whole = tables_in_memory(newest.dataset)
    rest = {**whole.tables, "invoices": whole.tables["invoices"].drop("amountDue")}
    result = validate(replace(whole, tables=rest))
    assert "structure.columns" in _failed(result)
    expected = "column invoices.amountDue is missing from the dataset"
    assert _reasons(result)["ledger.receivables-control"] == expected
    assert _reasons(result)["receivables.invoice-due"] == expected
    assert "documents.invoice-total" in _ran(result)


def test_an_unknown_table_is_found(newest: Base) -> None:
    whole = tables_in_memory(newest.dataset)
    extra = {**whole.tables, "mystery": pl.DataFrame({"id": [1]})}
    result = validate(replace(whole, tables=extra))
    found = next(entry for entry in result.failed if entry.rule.id == "structure.tables")
    assert found.findings[0].rows == (("mystery", "not in the catalog"),)


def test_without_a_date_and_a_scenario_their_rules_are_not_run(newest: Base) -> None:
    whole = replace(tables_in_memory(newest.dataset), as_of=None, scenario=None)
    result = validate(whole)
    reasons = _reasons(result)
    assert reasons["time.nothing-after-now"] == "the dataset has no as-of date"
    assert reasons["receivables.invoice-status"] == "the dataset has no as-of date"
    assert reasons["scenario.revenue"] == "the dataset has no scenario that promises sales.revenue"
    assert not {rule for rule in _ran(result) if rule.startswith("scenario.")}
    assert _failed(result) <= {rule for rule, _ in newest.counts}


def test_what_says_nothing_of_a_small_scenario_is_not_run() -> None:
    def idle(scenario: Mapping[str, object]) -> Mapping[str, str]:
        plan = plan_checks(Ground(shipped(NEWEST), as_of=AS_OF, scenario=scenario))
        return {entry.rule.id: entry.reason for entry in plan.not_run}

    period = {"start": "2024-01-01", "end": "2024-01-27"}
    small = idle({"sales": {"orders": 50}, "period": period})
    assert small["realism.days-to-pay"] == (
        "the scenario is too small: sales.orders is 50, the rule asks from 500 on"
    )
    assert "period.days is 27" in small["application.vendors-to-pay"]
    large = idle({"sales": {"orders": 500}, "period": {**period, "end": "2024-03-01"}})
    assert not {"realism.days-to-pay", "application.vendors-to-pay"} & set(large)


def test_a_schema_never_seen_runs_what_fits_it() -> None:
    known = shipped(NEWEST)
    wanted = ("invoices", "clients", "orders")
    tables = {
        name: replace(
            known[name],
            columns=tuple(c for c in known[name].columns if c.name != "discountAmount"),
            foreign_keys=(),
        )
        for name in wanted
    }
    catalog = Catalog("custom", tables)
    result = validate(Frames(catalog, empty_tables(catalog), date(2025, 1, 1)))
    reasons = _reasons(result)
    assert reasons["ledger.balanced"] == "there is no table ledgerEntries in schema custom"
    assert (
        reasons["documents.invoice-total"]
        == "there is no column invoices.discountAmount in schema custom"
    )
    assert "receivables.invoice-due" in _ran(result)


def test_a_value_that_stops_a_query_is_a_finding_and_no_crash(newest: Base) -> None:
    whole = tables_in_memory(newest.dataset)
    orders = whole.tables["orders"].with_columns(
        items=pl.when(pl.col("id") == 1).then(pl.lit('[{"a": ')).otherwise("items")
    )
    result = validate(replace(whole, tables={**whole.tables, "orders": orders}))
    assert {"structure.json", "documents.order-items-array"} <= _failed(result)


def test_rules_that_need_another_schema_say_so() -> None:
    for version in shipped_versions():
        plan = plan_checks(Ground(shipped(version), as_of=AS_OF))
        for entry in plan.not_run:
            assert entry.reason, entry.rule.id
            if version == NEWEST:
                assert "no scenario" in entry.reason or entry.rule.id in {
                    "structure.fits",
                    "structure.text-numbers",
                    "ledger.payables-control-by-batch",
                }, f"{entry.rule.id}: {entry.reason}"
