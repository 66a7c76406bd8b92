"""Scenarios: what is shipped can exist, and a wrong one says what is wrong and what is allowed."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from generate import _limits
from generate.pools import pool
from generate.scenario import load_scenario, scenario_names
from terpseed.errors import ExitCode, ScenarioError

if TYPE_CHECKING:
    from pathlib import Path


def refusal(*overrides: str, name: str = "full") -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(name, overrides)
    return caught.value


def test_the_five_scenarios_are_shipped_and_valid() -> None:
    assert scenario_names() == ("chaos", "e2e", "edge-cases", "full", "light")
    for name in scenario_names():
        assert load_scenario(name).name == name


def test_full_is_the_target() -> None:
    full = load_scenario()
    assert (full.period.start, full.period.end) == (date(2024, 1, 1), date(2025, 10, 31))
    assert full.period.as_of == full.period.end
    assert (full.parties.whales, full.parties.regulars, full.parties.vendors) == (10, 50, 8)
    assert (full.sales.revenue, full.sales.orders, full.sales.lines) == (44_000_000, 1100, 4400)


def test_a_scenario_is_plain_data_for_the_manifest() -> None:
    data = json.loads(json.dumps(load_scenario("edge-cases").to_dict()))
    edge = load_scenario("edge-cases").period
    assert data["period"] == {
        "start": edge.start.isoformat(),
        "end": edge.end.isoformat(),
        "as_of": edge.as_of.isoformat(),
    }
    assert data["sales"]["whale_revenue_share"] == 1.0


def test_overrides_seed_and_as_of() -> None:
    changed = load_scenario(
        "full",
        ["sales.orders = 1200", "sales.orders=1300", "title=Mine"],
        seed=7,
        as_of=date(2026, 5, 14),
    )
    assert (changed.sales.orders, changed.title, changed.seed) == (1300, "Mine", 7)
    full = load_scenario("full").period
    assert changed.period.as_of == date(2026, 5, 14)
    assert changed.period.end - changed.period.start == full.end - full.start
    late = load_scenario("edge-cases", as_of=date(2026, 5, 14)).period
    edge = load_scenario("edge-cases").period
    assert late.as_of - late.end == edge.as_of - edge.end
    assert late.as_of > late.end


def test_a_file_may_hold_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('base = "light"\n[sales]\norders = 40\n', encoding="utf-8")
    mine = load_scenario(file)
    assert (mine.name, mine.sales.orders, mine.sales.lines) == ("mine", 40, 200)


def test_an_unknown_name_names_the_nearest() -> None:
    error = refusal(name="edge-case")
    assert error.exit_code == ExitCode.SCENARIO_OR_SCHEMA
    assert "'edge-case' is not known" in str(error)
    assert "did you mean 'edge-cases'?" in str(error)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("sales.ordrs=3", ("'sales.ordrs'", "did you mean 'sales.orders'?")),
        ("revenue=3", ("'revenue'", "did you mean 'sales.revenue'?")),
        ("sales=3", ("sales is a section",)),
        ("sales.orders", ("sets nothing", "section.key=value")),
        ("sales.orders=many", ("sales.orders = 'many'", "whole number", "1 to 1,000,000")),
        ("sales.orders=true", ("sales.orders = True", "whole number")),
        ("sales.orders=11.5", ("sales.orders = 11.5", "whole number")),
        ("sales.orders=0", ("sales.orders = 0", "1 to 1,000,000 orders")),
        ("sales.margin=1.5", ("sales.margin = 1.5", "0.01 to 0.8")),
        ("sales.margin=nan", ("sales.margin = nan", "0.01 to 0.8")),
        ("period.start=1970-01-01", ("period.start = 1970-01-01", "2000-01-01 to 2036-12-31")),
        ("period.start=yesterday", ("period.start = 'yesterday'", "a date")),
        ("seed=-1", ("seed = -1", "0 to")),
    ],
)
def test_a_wrong_key_or_value_is_named(override: str, expected: tuple[str, ...]) -> None:
    message = str(refusal(override))
    for part in expected:
        assert part in message


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["period.end=2023-12-31"], "ends before it starts"),
        (["period.end=2024-01-10"], "10 days cannot hold the business"),
        (["period.as_of=2025-10-30"], "looked at before the business ends"),
        (["period.as_of=2032-01-01"], "days after the business ended"),
        (["mix.indoor=0.5"], "add up to 1.1, not to 1"),
        (["sales.lines=1099"], "1,099 lines do not fit 1,100 orders"),
        (["sales.lines=16501"], "16,501 lines do not fit"),
        (["sales.orders=120000", "sales.lines=120000"], "too many for 480 working days"),
        (["sales.orders=59"], "too few for 60 clients"),
        (["parties.whales=0", "parties.regulars=0"], "nobody buys"),
        (["parties.whales=0"], "whales buy, but there are none"),
        (["parties.regulars=0"], "regular clients buy, but there are none"),
        (["sales.whale_revenue_share=1.0"], "regular clients never buy"),
        (["parties.selling_clients=50", "parties.regulars=5"], "50 clients sell"),
        (["supply.lots=301"], "301 lots are more than 300 batches"),
        (["supply.purchase_orders=151"], "150 lots are too few"),
        (["catalogue.products=301"], "300 batches are too few for 301 products"),
        (["catalogue.products=49"], "too few for 50 strains"),
        (["supply.batches=100000", "sales.revenue=10000000"], "would have to sell 0 pounds"),
        (["sales.revenue=400000000"], "would have to sell 1,106 pounds each"),
        (["period.end=2024-05-01"], "of the invoices cannot be over 120 days past due"),
        (["sales.high_margin_share=0.9", "sales.low_margin_share=0.2"], "more than all lines"),
    ],
)
def test_a_business_that_cannot_exist_is_refused(overrides: list[str], expected: str) -> None:
    assert expected in str(refusal(*overrides))


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    broken, latin, incomplete, based = (tmp_path / f"{n}.toml" for n in ("a", "b", "c", "d"))
    broken.write_text("[sales\n", encoding="utf-8")
    latin.write_bytes(b'title = "Caf\xe9"\n')
    incomplete.write_text("seed = 1\n", encoding="utf-8")
    based.write_text('base = "fulll"\n', encoding="utf-8")
    assert "not TOML" in str(refusal(name=str(broken)))
    assert "not UTF-8" in str(refusal(name=str(latin)))
    assert "'title' is missing" in str(refusal(name=str(incomplete)))
    assert "did you mean 'full'?" in str(refusal(name=str(based)))
    assert "No such file" in str(refusal(name=str(tmp_path / "none.toml")))
    assert "Is a directory" in str(refusal(name=str(tmp_path)))


def test_no_scenario_asks_for_more_strains_than_have_names() -> None:
    assert _limits.LIMITS["catalogue.strains"].high == len(pool("strain"))
