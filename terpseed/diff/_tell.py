"""A comparison as text for a terminal and as one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terpseed import page
from terpseed.diff.result import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from terpseed.diff.result import ChangedRow, Comparison, Key, TableComparison

_SHOWN = 3  # rows of each kind for a table, in text
_COLUMNS_SHOWN = 6
_WIDEST = 50
_CELLS_SHOWN = 5


def text(found: Comparison) -> str:
    """Return the comparison as text: structure, tables, then the rows of each table."""
    parts = ["\n".join(_sides(found))]
    if found.schema:
        parts.append("\n".join(["structure:", *(f"  {d}" for d in found.schema.differences)]))
    parts += [block for block in (_only(found, 0), _only(found, 1)) if block]
    if found.tables:
        parts.append(_table([_HEADERS, *(_counts(table) for table in found.tables)]))
    parts += ["\n".join(_rows(table)) for table in found.tables]
    return "\n\n".join([*parts, _verdict(found)])


_HEADERS = ("table", "rows before", "rows after", "added", "removed", "changed")


def _sides(found: Comparison) -> Iterator[str]:
    for name, side in zip(("from", "to"), found.sides, strict=True):
        yield (
            f"{name:5} {side['path']}: schema {side['schema']}, as of {side['as_of']}, "
            f"{side['rows']:,} rows in {side['tables']} tables"
        )


def _only(found: Comparison, side: int) -> str:
    names = [f"  {table}: {rows:,} rows" for table, rows in found.only[side].items()]
    return "\n".join([f"only in {('the first', 'the second')[side]}:", *names]) if names else ""


def _counts(table: TableComparison) -> tuple[str, ...]:
    numbers = (*table.rows, table.added, table.removed, table.changed)
    return (table.table, *(f"{number:,}" for number in numbers))


def _table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _rows(table: TableComparison) -> Iterator[str]:
    yield f"{table.table}:"
    if table.columns:
        most = [f"{name} ({count:,})" for name, count in table.columns.items()]
        more = f" and {len(most) - _COLUMNS_SHOWN} more" if len(most) > _COLUMNS_SHOWN else ""
        yield f"  columns with changes: {', '.join(most[:_COLUMNS_SHOWN])}{more}"
    for sign, keys in (("+", table.added_keys), ("-", table.removed_keys)):
        for key in keys[:_SHOWN]:
            yield f"  {sign} {_key(table, key)}"
    for row in table.changed_rows[:_SHOWN]:
        cells = [f"{name}: {_short(a)} -> {_short(b)}" for name, (a, b) in row.cells.items()]
        more = f", and {len(cells) - _CELLS_SHOWN} more" if len(cells) > _CELLS_SHOWN else ""
        yield f"  ~ {_key(table, row.key)}  {', '.join(cells[:_CELLS_SHOWN])}{more}"


def _key(table: TableComparison, key: Key) -> str:
    names = table.key or ("row",) * len(key)
    return ", ".join(
        f"{name} {_short(part)}" for name, part in zip(names, key[:_CELLS_SHOWN], strict=False)
    )


def _short(value: Any) -> str:
    told = "NULL" if value is None else page.shown(plain(value)).replace("\n", " ")
    return told if len(told) <= _WIDEST else f"{told[: _WIDEST - 3]}..."


def _verdict(found: Comparison) -> str:
    if found.is_same:
        return f"same: {found.same} tables hold the same rows ({found.seconds:.1f} s)"
    added, removed, changed = found.totals
    return (
        f"different: {len(found.tables)} of {len(found.tables) + found.same} common tables; rows "
        f"added {added:,}, removed {removed:,}, changed {changed:,}; "
        f"{len(found.schema.differences)} differences in structure ({found.seconds:.1f} s)"
    )


def html(found: Comparison) -> str:
    """Return the comparison as one self-contained page."""
    tone = "good" if found.is_same else "warn"
    verdict = page.paragraph(page.tag("strong", _verdict(found).capitalize()))
    parts = [
        page.section("What is compared", _about(found), mark="sides"),
        page.section("Structure", *_structure(found), mark="structure"),
        page.section("Tables", *_overview(found), mark="tables"),
        page.section("Rows", *(_article(table) for table in found.tables), mark="rows"),
    ]
    names = [side["path"] for side in found.sides]
    return page.page(
        f"terpseed: {names[0]} and {names[1]}",
        page.tag(
            "h1", "What differs? ", page.tag("bdi", names[0]), " to ", page.tag("bdi", names[1])
        ),
        page.tag("div", verdict, class_=f"verdict {tone}"),
        *(parts if found.tables else parts[:-1]),
        links=[("structure", "Structure"), ("tables", "Tables")]
        + ([("rows", "Rows")] if found.tables else []),
    )


def _about(found: Comparison) -> page.Html:
    facts = [name for name in found.sides[0] if name != "path"]
    rows = [
        (name.replace("_", " "), *(_fact(side[name]) for side in found.sides)) for name in facts
    ]
    headers = ("", *(side["path"] for side in found.sides))
    return page.table(page.Table("Facts about both sides", headers, rows, folded=True))


def _fact(value: Any) -> Any:
    return "none" if value is None else plain(value)


def _structure(found: Comparison) -> Iterable[page.Html]:
    if not found.schema:
        yield page.paragraph("Tables, columns, types and keys are the same.")
        return
    rows = [
        (d.change, d.kind, d.table, d.name, d.aspect, d.before, d.after)
        for d in found.schema.differences
    ]
    headers = ("change", "what", "table", "name", "aspect", "before", "after")
    yield page.table(page.Table("Differences in structure", headers, rows, folded=True))


def _overview(found: Comparison) -> Iterable[page.Html]:
    yield page.paragraph(f"{found.same} tables hold the same rows.")
    for side, name in enumerate(("first", "second")):
        if found.only[side]:
            rows = [(table, page.number(count)) for table, count in found.only[side].items()]
            caption = f"Tables that only the {name} has"
            yield page.table(page.Table(caption, ("table", "rows"), rows, frozenset({1})))
    if found.tables:
        rows_of = [_counts(table) for table in found.tables]
        caption = "Tables whose rows differ"
        yield page.table(page.Table(caption, _HEADERS, rows_of, frozenset(range(1, 6))))
        yield page.figure(
            "Rows that differ",
            "Rows that were removed, added and changed, by table.",
            _bars(found.tables[:_BARS]),
            page.Table(caption, _HEADERS, rows_of, frozenset(range(1, 6))),
        )


_BARS = 25


def _bars(tables: Sequence[TableComparison]) -> page.Html:
    return page.bars(
        "Rows that differ, by table",
        [table.table for table in tables],
        [
            ("changed", [table.changed for table in tables]),
            ("removed", [table.removed for table in tables]),
            ("added", [table.added for table in tables]),
        ],
        page.number,
    )


def _article(table: TableComparison) -> page.Html:
    parts = []
    if table.columns:
        rows = [(name, page.number(count)) for name, count in table.columns.items()]
        caption = f"Columns of {table.table} with changes"
        parts.append(page.table(page.Table(caption, ("column", "rows"), rows, frozenset({1}))))
    if table.changed_rows:
        parts.append(_changed(table, table.changed_rows))
    for name, keys in (("added", table.added_keys), ("removed", table.removed_keys)):
        if keys:
            caption = f"The first rows of {table.table} that were {name}"
            headers = table.key or tuple(f"value {n}" for n in range(1, len(keys[0]) + 1))
            shown = [[plain(part) for part in key] for key in keys]
            parts.append(page.table(page.Table(caption, headers, shown)))
    told = f"{table.added:,} added, {table.removed:,} removed, {table.changed:,} changed."
    return page.tag(
        "article", page.tag("h3", table.table), page.paragraph(told), *parts, class_="rule"
    )


def _changed(table: TableComparison, changed: Sequence[ChangedRow]) -> page.Html:
    rows = [
        (*(plain(part) for part in row.key), name, plain(a), plain(b))
        for row in changed
        for name, (a, b) in row.cells.items()
    ]
    caption = f"The first rows of {table.table} that were changed"
    return page.table(page.Table(caption, (*table.key, "column", "before", "after"), rows))
