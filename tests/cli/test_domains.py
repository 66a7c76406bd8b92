"""Tables with their modules, rules and rows: on the command line and on the page."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from docs.make.tables import tables_page
from terpseed.catalog import shipped
from terpseed.cli import main
from terpseed.cli._domains import table_stories
from validate._plan import known_rules

ROOT = Path(__file__).parents[2]


def test_every_table_has_a_module_that_exists_and_rules_that_exist() -> None:
    known = {rule.id for rule in known_rules()}
    for version in ("2025-11", "2026-05"):
        stories = table_stories(shipped(version))
        assert [story.table for story in stories] == list(shipped(version).tables)
        for story in stories:
            assert story.modules, f"no domain makes {story.table}"
            for module in story.modules:
                assert (ROOT / "generate" / "world" / f"{module}.py").is_file()
            assert set(story.rules) <= known
            assert story.rows[version] > 0, story.table


def test_rules_are_found_through_shared_views() -> None:
    stories = {story.table: story for story in table_stories(shipped("2026-05"))}
    assert "realism.working-hours" in stories["orders"].rules
    assert "ledger.balanced" in stories["ledgerEntries"].rules
    assert stories["orders"].modules[0] == "orders"


def test_the_page_of_tables_is_current() -> None:
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert page == tables_page(), "run `python -m docs.make`"


def test_the_command_shows_domains_as_text_and_json() -> None:
    text = CliRunner().invoke(main, ["schema", "show", "--domains"])
    assert text.exit_code == 0
    lines = {line.split()[0]: line.split() for line in text.output.splitlines()[2:]}
    assert lines["invoices"][1:3] == ["receivables", "payments"]
    shown = CliRunner().invoke(main, ["schema", "show", "2025-11", "orders", "--domains", "--json"])
    data = json.loads(shown.output)
    assert data["schema"] == "2025-11"
    assert [entry["table"] for entry in data["tables"]] == ["orders"]
    assert data["tables"][0]["rows"].keys() == {"2025-11", "2026-05"}
    wrong = CliRunner().invoke(main, ["schema", "show", "2025-11", "order", "--domains"])
    assert wrong.exit_code == 3
    assert "orders" in wrong.output
