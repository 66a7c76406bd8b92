"""``terpseed scenario``: list, show, check and new."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from generate.scenario import load_scenario, scenario_names
from terpseed.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def _run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["scenario", *words], input=typed)


def test_list_names_every_scenario() -> None:
    listed = json.loads(_run("list", "--json").stdout)["scenarios"]
    assert [one["name"] for one in listed] == list(scenario_names())
    assert all(one["title"] in _run("list").stdout for one in listed)


def test_show_prints_toml_that_is_the_scenario(tmp_path: Path) -> None:
    file = tmp_path / "full.toml"
    file.write_text(_run("show", "full").stdout)
    assert load_scenario(file) == load_scenario("full")
    assert "# 1 to 1,000,000 orders" in file.read_text()


def test_check_refuses_what_cannot_exist() -> None:
    assert _run("check", "light").exit_code == 0
    refused = _run("check", "light", "--set", "sales.orders=3")
    assert refused.exit_code == 3
    assert "too few for 10 clients" in refused.stderr


def test_new_takes_options(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    made = _run("new", str(file), "--base", "light", "--clients", "20", "--title", "Mine")
    assert made.exit_code == 0, made.stderr
    one = load_scenario(file)
    assert (one.title, one.parties.whales + one.parties.regulars) == ("Mine", 20)
    again = _run("new", str(file), "--base", "light")
    assert again.exit_code == 6
    assert "add --force" in again.stderr


def test_new_asks_if_nothing_is_said(tmp_path: Path) -> None:
    file = tmp_path / "asked.toml"
    made = _run("new", str(file), typed="light\nAsked for\n20\n2\n\n3000000\n")
    assert made.exit_code == 0, made.stderr
    one = load_scenario(file)
    assert one.title == "Asked for"
    assert one.parties.whales + one.parties.regulars == 20
    assert one.sales.revenue == 3_000_000
    assert (one.period.end - one.period.start).days > 55
    assert made.stdout == ""


def test_new_writes_only_scenarios(tmp_path: Path) -> None:
    assert _run("new", str(tmp_path / "mine.txt")).exit_code == 2


def test_new_without_anybody_to_ask_says_which_options_answer(tmp_path: Path) -> None:
    made = _run("new", str(tmp_path / "nobody.toml"), typed="")
    assert made.exit_code == 2
    assert "say it with options: --base light" in made.stderr
    assert list(tmp_path.iterdir()) == []
