"""The page of rules, from the rules themselves."""

from __future__ import annotations

from itertools import groupby

from validate.browse import Described, described

_HEAD = """\
# Rules

What `terpseed validate` proves, {count} rules in {concerns} concerns. Made by `make docs`; a test says when it is stale.
`terpseed rules show ID` prints a rule with its query and its planted faults, `terpseed rules run ID DIR` runs one alone.
How to write your own: [writing a rule](writing-a-rule.md). What would notice which wrong column:
[completeness](completeness.md).

A rule of severity *error* means that the data is wrong, *warning* that it is doubtful. The column *how* says how a rule is written:
`catalog` for what the schema itself implies (one check for each column, key or reference), `sql` for a query of its own, else
the shape that the rule is a row of (`validate/rules/shapes`).
"""  # noqa: E501 - a paragraph's lines are as long as those of the other pages


def rules_page() -> str:
    """Return the page."""
    known = described()
    by_concern = [
        (concern, list(entries))
        for concern, entries in groupby(known, key=lambda entry: entry.rule.concern)
    ]
    lines = [_HEAD.format(count=len(known), concerns=len(by_concern))]
    lines += ["| concern | rules |", "|---|---:|"]
    lines += [f"| [{concern}](#{concern}) | {len(entries)} |" for concern, entries in by_concern]
    for concern, entries in by_concern:
        lines += ["", f"## {concern}", ""]
        for entry in entries:
            lines += [*_told(entry), ""]
    return "\n".join(lines).rstrip() + "\n"


def _told(entry: Described) -> list[str]:
    rule = entry.rule
    strict = f", error for {rule.strict}" if rule.strict else ""
    tables = ", ".join(f"`{table}`" for table in entry.tables)
    if entry.kind == "catalog":
        tables = f"{len(entry.tables)} tables" if len(entry.tables) > 6 else tables
    needs = f" Needs {' and '.join(entry.needs)}." if entry.needs else ""
    only = f" Only in {', '.join(entry.schemas)}." if len(entry.schemas) == 1 else ""
    return [
        f"**`{rule.id}`** {rule.title} ({rule.severity}{strict}; {entry.kind})  ",
        f"Proves: {_plain(rule.proves)}  ",
        f"Why: {rule.why}  ",
        f"Reads {tables}.{needs}{only}",
    ]


def _plain(text: str) -> str:
    """Return a sentence in which Markdown takes no letter for a mark."""
    for mark in ("\\", "*", "_", "<", "|", "`", "[", "]"):
        text = text.replace(mark, f"\\{mark}")
    return text
