"""Pages made from the program are what it would make now, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from docs.make.errors import every_error
from docs.make.pages import pages, stale
from docs.make.tree import every_command
from terpseed.cli import main

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"(?<!\\)\]\((?P<to>[^)\s]+)\)")


def test_no_page_is_stale() -> None:
    assert stale() == [], "run `make docs`"


def test_a_change_of_the_program_makes_a_page_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    command = main.get_command(click.Context(main), "export")
    assert command is not None
    monkeypatch.setattr(command, "help", "Says something else.")
    pages.cache_clear()
    try:
        found = stale()
    finally:
        pages.cache_clear()
    assert {"docs/commands.md", "docs/man/terpseed-export.1"} <= set(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_pages_that_are_there(page: Path) -> None:
    for match in _LINK.finditer(page.read_text(encoding="utf-8")):
        to = match["to"].partition("#")[0]
        if to and not to.startswith(("http:", "https:")):
            assert (page.parent / to).exists(), f"{page.name}: {match['to']}"


def test_every_guide_is_in_the_list_of_guides() -> None:
    listed = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in listed, page.name


@pytest.mark.parametrize(
    "words",
    [
        ["validate", "/nowhere"],
        ["show", ".", "orders"],
        ["generate", "--scenario", "nothing", "--dry-run"],
        ["generate", "--set", "sales.orders=1", "--dry-run"],
        ["generate", "--set", "sales.lines=x", "--dry-run"],
        ["generate", "--set", "period.end=2023-01-01", "--dry-run"],
        ["generate", "--schema", "1999-01", "--dry-run"],
        ["generate", "--only", "everything", "--dry-run"],
        ["load", ".", "--to", "http://x"],
        ["doctor", "--quiet", "--verbose"],
        ["scenario", "new", "x.txt"],
        ["schema", "show", "2026-05", "ordrs"],
        ["schema", "create", "--to", "mysql://root@127.0.0.1:1/x"],
        ["show", "--erd", "nothing"],
        ["export", ".", "--format", "csv", "--compression", "zstd"],
    ],
    ids=" ".join,
)
def test_the_error_that_a_user_gets_stands_on_the_page_with_its_cure(words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code in {2, 3, 4, 6}, result.output
    said = re.sub(r"^(error|Error): ", "", result.stderr.strip().splitlines()[-1])
    lines = [re.sub(r"^error: ", "", line) for line in result.stderr.splitlines()]
    known = [p for one in every_error(ROOT) if (p := _pattern(one.texts["what"])) is not None]
    found = [p for line in [*lines, said] for p in known if p.fullmatch(line)]
    assert found, result.stderr


def _pattern(text: str) -> re.Pattern[str] | None:
    """Return what a message of this form looks like; None if nothing of it is known before."""
    parts = [re.escape(part) for part in re.split("\u2039[^\u203a]*\u203a", text)]
    if not any(len(part) > 8 for part in parts):
        return None
    return re.compile(".*".join(parts).replace(r"\ /\ ", "|"))


def test_every_error_is_listed_with_its_family() -> None:
    errors = every_error(ROOT)
    assert len(errors) > 200
    page = pages()["docs/errors.md"]
    for one in errors:
        words = [w for w in re.split("\u2039[^\u203a]*\u203a", one.texts["what"]) if len(w) > 12]
        for word in words:
            shown = " ".join(word.split()).replace("|", "\\|").replace("<", "&lt;")
            assert shown in page, one


def test_manual_pages_are_whole_and_plain() -> None:
    """``man`` takes ASCII, and a line that begins with a dot is a command to it."""
    known = re.compile(r"\.(TH|SH|PP|TP|nf|fi|br)\b")
    names = {context.command_path.replace(" ", "-") for context in every_command()}
    files = {name: text for name, text in pages().items() if name.startswith("docs/man/")}
    assert {Path(name).stem for name in files} == names
    for text in files.values():
        assert text.isascii()
        assert text.startswith(".TH ")
        assert ".SH SYNOPSIS" in text
        for line in text.splitlines():
            assert not line.startswith("'")
            assert not line.startswith(".") or known.match(line), line
