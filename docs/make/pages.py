"""The generated pages by path, and which of them on disk are not what they should be."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from docs.make.commands import commands_page
from docs.make.completeness import completeness_page
from docs.make.errors import errors_page
from docs.make.manual import manual_pages
from docs.make.rules import rules_page
from docs.make.schemas import schemas_page
from docs.make.tables import tables_page
from terpseed.catalog import NEWEST, shipped
from terpseed.catalog.domains import MEANING, tables_of
from terpseed.show.diagram import draw

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
_MANUAL = "docs/man"


@cache
def pages() -> Mapping[str, str]:
    """Return the text of every generated page by its path from the root of the repository."""
    return {
        "docs/commands.md": commands_page(),
        "docs/errors.md": errors_page(ROOT),
        "docs/json.md": schemas_page(ROOT),
        "docs/tables.md": tables_page(),
        "docs/completeness.md": completeness_page(),
        "docs/rules.md": rules_page(),
        **{f"docs/screens/erd-{name}.svg": _drawing(name) for name in ("sales", "receivables")},
        **{f"{_MANUAL}/{name}": text for name, text in manual_pages().items()},
    }


def _drawing(domain: str) -> str:
    catalog = shipped(NEWEST)
    return draw(catalog, tables_of(domain, catalog), f"{domain}: {MEANING[domain]}")


def stale() -> list[str]:
    """Return the paths of pages that are missing, differ, or are of commands that are gone."""
    there = {str(file.relative_to(ROOT)) for file in (ROOT / _MANUAL).glob("*.1")}
    return sorted(
        path
        for path in {*pages(), *there}
        if path not in pages() or _on_disk(ROOT / path) != pages()[path]
    )


def _on_disk(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
