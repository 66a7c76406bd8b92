"""Each thing that pages of the application need has a rule: an error in full, else a warning."""

from __future__ import annotations

import dataclasses

import pytest

from terpseed.catalog import NEWEST, shipped
from tests.validate.base import AS_OF
from validate._ground import Ground
from validate._plan import known_rules, plan_checks

PROMISES = {
    "an administrator signs in with a mail address and a bcrypt hash": ("sign-in",),
    "other users have a role with permissions, by their openId": ("rights",),
    "clients of the portal have login, session and configuration": ("portal",),
    "nothing is named as what lists hide": ("visible",),
    "dashboards find business in each window that they count from today": ("lively",),
    "the administrator owns plenty in personal tables": ("administrator", "administrator-desk"),
    "KPIs and AR aging: open invoices in every state, paid ones in two windows": ("receivables",),
    "AP aging: open bills in every state": ("payables",),
    "operational KPIs: orders under way, shipped today, cash of two weeks": ("operations",),
    "transaction snapshot: today and this week": ("snapshot",),
    "vendors that need payment": ("vendors-to-pay",),
    "cash flow: received and sent": ("cash-flow",),
    "orders, pick lists, packing: stages, bags, items as JSON": ("pick-and-pack", "order-items"),
    "quotes": ("quotes",),
    "ledger of clients and of suppliers": ("client-ledger", "supplier-ledger"),
    "client page: documents, activity, credit, referrers": ("client-page", "client-referred"),
    "trial balance: posted entries on active accounts in a period": ("trial-balance",),
    "income statement: paid invoices, their costs, expenses": ("income",),
    "cost of sales: paid orders of the range": ("cost-of-sales",),
    "inventory: batches with product, brand, lot, supplier": ("inventory", "inventory-supplier"),
    "catalogue: metadata that is JSON": ("catalogue",),
    "top products: sales": ("top-products",),
    "bad debt and refunds: documents, and returns in their notes": ("bad-debt",),
    "receiving, transfers, shrinkage: movements of each kind": ("movements",),
    "last sale price": ("last-price",),
    "client pricing: profiles with rules that exist": ("client-prices",),
    "sales sheet templates of the user, for clients and for all": ("sheet-templates",),
    "calendars and requests of appointments of the user": ("calendars",),
    "scheduling today: rooms, shifts, someone clocked in": ("scheduling",),
    "spreadsheet view: its flag": ("spreadsheet",),
    "live shopping: its flag and a session": ("live-shopping",),
    "history panels: entities of the log": ("history",),
    "consignment alerts: terms of clients": ("consignment",),
    "search: names with words in them": ("search",),
    "what lies ahead: events, deliveries, shifts": ("ahead", "ahead-shifts"),
}
PROMISED = {f"application.{name}" for names in PROMISES.values() for name in names}


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_has_a_rule_of_its_own(promise: str) -> None:
    rules = {rule.id: rule for rule in known_rules()}
    for name in PROMISES[promise]:
        rule = rules[f"application.{name}"]
        assert rule.origin == f"validate/rules/application/{name}.sql"
        assert (rule.severity, rule.strict) == ("warning", "full")


def test_every_such_rule_is_promised() -> None:
    strict = {rule.id for rule in known_rules() if rule.strict and rule.concern == "application"}
    assert strict == PROMISED


@pytest.mark.parametrize(("scenario", "severity"), [("full", "error"), ("my-shop", "warning")])
def test_the_scenario_decides_how_severe_it_is(scenario: str, severity: str) -> None:
    period = {"start": "2024-01-01", "end": "2025-10-31"}
    ground = Ground(shipped(NEWEST), as_of=AS_OF, scenario={"name": scenario, "period": period})
    found = {check.rule.id: check.rule.severity for check in plan_checks(ground).checks}
    assert {found[rule] for rule in PROMISED} == {severity}
    assert found["ledger.balanced"] == "error"


def test_a_severity_says_which_scenario_it_is_stricter_for() -> None:
    rule = next(rule for rule in known_rules() if rule.id == "realism.season")
    assert rule.graded("full") == dataclasses.replace(rule, severity="error")
    assert rule.graded("light") is rule
    assert rule.graded(None) is rule
