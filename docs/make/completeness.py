"""The page of completeness, from what was noticed when every column was damaged."""

from __future__ import annotations

from itertools import groupby

from terpseed.catalog import NEWEST, shipped_versions
from validate.completeness import ROWS, Noticed, entered, knowing, noticed, reason_of

_HEAD = """\
# Completeness

Which rules would notice if a column were wrong. `make completeness` damages every column of generated datasets in memory, one at
a time, and asks all rules that read it: first each row gets the value of the next one, so that types, labels, references and
totals stay right and only what belongs to which row is wrong; where nobody notices, values are altered (one more, another label, the
opposite). Of each table every second row is taken away. This page is made of the result by `make docs`; a test says when it is
stale, and when a column is known to no rule and is not listed at the end.

*Known* means that a rule beyond those of structure and references noticed. *Entered* means that somebody or something outside
enters the value: nothing in the data says what it must be, so that only its type, length, words and references can be proved.
"""  # noqa: E501 - a paragraph's lines are as long as those of the other pages
_SHOWN = 4  # rules of one column


def completeness_page() -> str:
    """Return the page."""
    lines = [_HEAD, "| schema | columns | known | entered | tables whose rows are counted |"]
    lines += ["|---|---:|---:|---:|---:|"]
    lines += [_summary(schema) for schema in shipped_versions()]
    for schema in (NEWEST, *(v for v in shipped_versions() if v != NEWEST)):
        lines += ["", f"## Schema {schema}"]
        found = sorted(noticed(schema).values(), key=lambda one: one.table)
        for table, columns in groupby(found, key=lambda one: one.table):
            lines += ["", *_table(table, list(columns))]
    lines += [
        "",
        "## Entered columns",
        "",
        "| tables | columns | why nothing says what they must be |",
    ]
    lines += ["|---|---|---|"]
    lines += [f"| `{one.table}` | `{one.column}` | {one.reason} |" for one in entered()]
    return "\n".join(lines) + "\n"


def _summary(schema: str) -> str:
    columns = [one for one in noticed(schema).values() if one.column != ROWS]
    known = sum(bool(knowing(one)) for one in columns)
    rows = [one for one in noticed(schema).values() if one.column == ROWS]
    counted = sum(bool(one.rules) for one in rows)
    return (
        f"| {schema} | {len(columns):,} | {known:,} | {len(columns) - known:,} "
        f"| {counted} of {len(rows)} |"
    )


def _table(table: str, columns: list[Noticed]) -> list[str]:
    lines = [f"### {table}", ""]
    known = [one for one in columns if knowing(one)]
    for one in known:
        name = "*rows*" if one.column == ROWS else f"`{one.column}`"
        rules = knowing(one)
        more = f" and {len(rules) - _SHOWN} more" if len(rules) > _SHOWN else ""
        lines.append(f"- {name}: {', '.join(rules[:_SHOWN])}{more}")
    rest = [one for one in columns if not knowing(one) and one.column != ROWS]
    if rest:
        lines.append(f"- entered: {', '.join(_entered(one) for one in rest)}")
    return lines


def _entered(one: Noticed) -> str:
    if reason_of(one.table, one.column) is None:
        return f"**`{one.column}` (known to no rule)**"
    return f"`{one.column}`"
