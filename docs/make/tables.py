"""The page of tables: who makes each, which rules read it, how many rows it has in ``full``."""

from __future__ import annotations

from importlib import import_module

from terpseed.catalog import NEWEST, shipped, shipped_versions
from terpseed.catalog.domains import MEANING
from terpseed.cli._domains import TableStory, table_stories

_HEAD = """\
# Tables

All {count} tables of TERP {newest}, by part of the business. A module of `generate/world` puts the rows of a table, others
may add columns to them later. Row counts are those of the scenario `full`, in each schema version that has the table.
Rules that the schema itself implies (types, keys, references, states) hold for every table and are not repeated here; what
the others prove is told in [the rules](rules.md). Made by `make docs` from what the domains do (`story.csv`, `rows.csv`) and
from the rules; `terpseed schema show --domains` prints the same.
"""  # noqa: E501 - a paragraph's lines are as long as those of the other pages


def tables_page() -> str:
    """Return the page."""
    catalog = shipped(NEWEST)
    stories = table_stories(catalog)
    older = [version for version in shipped_versions() if version != NEWEST]
    columns = [NEWEST, *older]
    lines = [_HEAD.format(count=len(stories), newest=NEWEST)]
    for domain, meaning in MEANING.items():
        mine = [story for story in stories if story.domain == domain]
        if mine:
            lines += [f"## {domain}", "", f"{meaning[0].upper()}{meaning[1:]}.", ""]
            lines += [f"| table | made by | {' | '.join(columns)} | rules |"]
            lines += ["|---|---|" + "---:|" * len(columns) + "---|"]
            lines += [_row(story, columns) for story in mine]
            lines += [""]
    lines += ["## What the modules tell", "", "| module | what happens |", "|---|---|"]
    lines += _modules(stories)
    return "\n".join(lines).rstrip() + "\n"


def _row(story: TableStory, versions: list[str]) -> str:
    first, *others = story.modules or ("filler",)
    made = f"`{first}`" + (f"; {', '.join(f'`{name}`' for name in others)}" if others else "")
    counts = [f"{story.rows[v]:,}" if v in story.rows else "" for v in versions]
    rules = ", ".join(f"`{rule}`" for rule in story.rules)
    return f"| `{story.table}` | {made} | {' | '.join(counts)} | {rules} |"


def _modules(stories: tuple[TableStory, ...]) -> list[str]:
    names = sorted({name for story in stories for name in story.modules})
    return [f"| `{name}` | {_told(name)} |" for name in names]


def _told(module: str) -> str:
    """Return the first sentence of a module's docstring."""
    text = import_module(f"generate.world.{module}").__doc__ or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("|", r"\|")
