"""Common wishes become scenarios that can exist, and datasets that hold every rule."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from generate.draft import draft
from generate.knobs import Knobs
from generate.scenario import load_scenario, scenario_names
from terpseed.cli import main
from terpseed.dataset import open_dataset
from terpseed.errors import ScenarioError
from validate import validate

if TYPE_CHECKING:
    from pathlib import Path

WISHES: tuple[dict[str, int], ...] = (
    {"clients": 100},
    {"clients": 1, "orders": 20},
    {"clients": 400},
    {"orders": 30},
    {"orders": 300},
    {"revenue": 500_000},
    {"months": 1},
    {"months": 7},
    {"months": 24},
    {"clients": 30, "orders": 300, "months": 3, "revenue": 3_000_000},
)


@pytest.mark.parametrize("wishes", WISHES, ids=str)
@pytest.mark.parametrize("name", ["light", "full", "chaos"])
def test_a_wish_comes_true_in_a_business_that_can_exist(name: str, wishes: dict[str, int]) -> None:
    base = load_scenario(name)
    one = load_scenario(name, Knobs(**wishes).overrides(base))
    found = {
        "clients": one.parties.whales + one.parties.regulars,
        "orders": one.sales.orders,
        "revenue": one.sales.revenue,
    }
    assert {key: found[key] for key in wishes if key != "months"} == {
        key: value for key, value in wishes.items() if key != "months"
    }
    if "months" in wishes:
        days = (one.period.end - one.period.start).days + 1
        assert abs(days - wishes["months"] * 30.44) < 2
        assert one.period.end == base.period.end


def test_what_is_set_by_name_wins() -> None:
    base = load_scenario("light")
    overrides = (*Knobs(clients=20).overrides(base), "sales.orders=77", "sales.lines=200")
    assert load_scenario("light", overrides).sales.orders == 77


@pytest.mark.parametrize("wishes", [{"clients": 0}, {"orders": -1}, {"months": 0}, {"months": 999}])
def test_wishes_that_are_no_business_are_refused(wishes: dict[str, int]) -> None:
    with pytest.raises(ScenarioError, match="--"):
        Knobs(**wishes).overrides(load_scenario("light"))


def test_part_of_a_wished_business_holds_every_rule(tmp_path: Path) -> None:
    out = tmp_path / "part"
    words = "generate --scenario light --clients 15 --months 2 --only stock --tables tags -q"
    result = CliRunner().invoke(main, [*words.split(), "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    dataset = open_dataset(out)
    assert {"batches", "inventoryMovements", "tags", "clients"} <= set(dataset.tables)
    assert not {"notifications", "client_activity", "ledgerEntries"} & set(dataset.tables)
    proved = validate(dataset)
    assert proved.is_good
    assert proved.to_dict()["summary"]["checks"] > 1000


def test_a_part_has_the_rows_of_the_whole(light_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "part"
    words = f"generate --scenario light --tables ledgerEntries -q --out {out}".split()
    assert CliRunner().invoke(main, words).exit_code == 0
    whole = open_dataset(light_path, verify=False).manifest.tables
    part = open_dataset(out, verify=False).manifest.tables
    assert len(part) < len(whole) / 2
    assert {name: entry.checksum for name, entry in part.items()} == {
        name: whole[name].checksum for name in part
    }


@pytest.mark.parametrize("name", scenario_names())
def test_a_draft_is_the_scenario_with_its_comments(name: str, tmp_path: Path) -> None:
    one = load_scenario(name, ("sales.orders=456", "sales.lines=1500"))
    file = tmp_path / f"{name}.toml"
    file.write_text(draft(one, name, title='A "new" one'))
    back = load_scenario(file)
    assert _but_title(back.to_dict()) == _but_title(one.to_dict())
    assert back.title == 'A "new" one'
    assert "# shipped and invoiced" in file.read_text()
    assert tomllib.loads(file.read_text())


def _but_title(scenario: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in scenario.items() if key != "title"}
