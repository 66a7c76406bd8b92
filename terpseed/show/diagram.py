"""Tables and what they refer to, drawn as SVG.

What is referred to stands to the left of what refers to it. A box lists a table's key and its
referring columns alone; a reference to a table that is not drawn is named beside its column.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from terpseed.catalog import Catalog

_WIDTH, _GUTTER, _ROW, _HEAD, _GAP, _EDGE = 250, 110, 18, 26, 26, 30  # pixels
_CHARACTER = 6.4  # pixels of one at the size of the rows
_TALLEST = 900  # pixels of a column before it is continued beside itself
_HUES = (210, 28, 150, 340, 265, 48, 190, 95, 300, 5)

_STYLE = """
svg { background: #fff; font-family: "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif }
.box { fill: #fff; stroke: #8a94a6; stroke-width: 1 } .head { fill: #eaeef5 }
.name { font-size: 13px; font-weight: 600; fill: #1b2333 }
.row { font-size: 11px; fill: #3b4558 } .far { font-size: 10px; fill: #8a94a6 }
.title { font-size: 17px; font-weight: 600; fill: #1b2333 } .note { font-size: 11px; fill: #667085 }
.line { fill: none; stroke-width: 1.4 } .logical { stroke-dasharray: 5 3 }
@media (prefers-color-scheme: dark) {
svg { background: #14181f } .box { fill: #1c222c; stroke: #5b6577 } .head { fill: #2a3240 }
.name, .title { fill: #eef2f8 } .row { fill: #c4ccd8 } .far, .note { fill: #8a94a6 } }
"""


@dataclass(frozen=True, slots=True)
class _Link:
    """A reference: ``declared`` says whether the schema has it as a foreign key."""

    table: str
    column: str
    to: str
    to_column: str
    declared: bool


@dataclass(frozen=True, slots=True)
class _Box:
    """A table as it is drawn: its place, and the rows of text in it."""

    table: str
    x: int
    y: int
    rows: tuple[tuple[str, str], ...]

    @property
    def height(self) -> int:
        return _HEAD + _ROW * len(self.rows) + 8

    def row_y(self, column: str) -> int:
        """Return the height at which a column's line begins; the head's if it has no row."""
        for place, (name, _) in enumerate(self.rows):
            if name == column:
                return self.y + _HEAD + _ROW * place + _ROW // 2 + 3
        return self.y + _HEAD // 2


def draw(catalog: Catalog, tables: Sequence[str], title: str) -> str:
    """Return an SVG of tables and the references between them.

    Args:
        catalog: the schema.
        tables: the tables to draw.
        title: what stands above.
    """
    names = [name for name in catalog.tables if name in set(tables)]
    links = list(_links(catalog, names))
    rows = {name: _rows(catalog, name, links, names) for name in names}
    boxes = _placed(names, rows, [link for link in links if link.to in names])
    width = max(box.x + _WIDTH for box in boxes.values()) + _EDGE
    height = max(box.y + box.height for box in boxes.values()) + _EDGE
    hue = {name: _HUES[place % len(_HUES)] for place, name in enumerate(_referred(links, names))}
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-label="{escape(title)}">'
        ),
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="{_EDGE}" y="36">{escape(title)}</text>',
        (
            f'<text class="note" x="{_EDGE}" y="54">schema {escape(catalog.version)} · solid: '
            "declared foreign key · dashed: reference that the schema does not declare</text>"
        ),
    ]
    lanes: dict[int, int] = defaultdict(int)
    parts += [_line(link, boxes, hue[link.to], lanes) for link in links if link.to in boxes]
    parts += [_box(box, hue.get(box.table)) for box in boxes.values()]
    return "\n".join([*parts, "</svg>", ""])


def _links(catalog: Catalog, names: Iterable[str]) -> Iterable[_Link]:
    seen: set[tuple[str, str, str]] = set()
    for name in names:
        for key in catalog[name].foreign_keys:
            seen.add((name, key.columns[0], key.ref_table))
            yield _Link(name, key.columns[0], key.ref_table, key.ref_columns[0], declared=True)
    drawn = set(names)
    for reference in catalog.references:
        key3 = (reference.table, reference.column, reference.ref_table)
        if reference.table in drawn and reference.ref_table and key3 not in seen:
            seen.add(key3)
            yield _Link(
                reference.table,
                reference.column,
                reference.ref_table,
                reference.ref_column,
                declared=False,
            )


def _rows(
    catalog: Catalog, name: str, links: Sequence[_Link], names: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return the rows of a box: a column, and what it refers to outside the drawing."""
    own = [link for link in links if link.table == name]
    shown = [*catalog[name].primary_key, *(link.column for link in own)]
    outside: dict[str, list[str]] = defaultdict(list)
    for link in own:
        if link.to not in names:
            outside[link.column].append(link.to)
    return tuple(
        (column, _short(f"→ {', '.join(outside[column])}", column) if column in outside else "")
        for column in dict.fromkeys(shown)
    )


def _short(text: str, beside: str) -> str:
    room = int((_WIDTH - 24) / _CHARACTER) - len(beside) - 2
    return text if len(text) <= room else f"{text[: max(3, room - 1)]}…"


def _placed(
    names: Sequence[str], rows: Mapping[str, tuple[tuple[str, str], ...]], links: Sequence[_Link]
) -> dict[str, _Box]:
    """Place the boxes: columns by how far a table is from what refers to nothing."""
    near = [link for link in links if link.table != link.to]
    linked = {name for link in near for name in (link.table, link.to)}
    level = _levels([name for name in names if name in linked], near)
    columns: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for name, place in level.items():
        columns[place].append(name)
    order: dict[str, float] = {}
    for column in columns:
        column.sort(key=lambda name: (_middle(name, near, order), name))
        order |= {name: place for place, name in enumerate(column)}
    boxes: dict[str, _Box] = {}
    x = _EDGE
    for column in columns:
        x = _stack(column, rows, boxes, x)
    _stack([name for name in names if name not in linked], rows, boxes, x)
    return boxes


def _stack(
    column: Sequence[str],
    rows: Mapping[str, tuple[tuple[str, str], ...]],
    boxes: dict[str, _Box],
    x: int,
) -> int:
    """Put boxes below each other, beside each other where there are many; return the next place."""
    if not column:
        return x
    y = 76
    for name in column:
        box = _Box(name, x, y, rows[name])
        if y > 76 and y + box.height > _TALLEST:
            x, y = x + _WIDTH + _GUTTER, 76
            box = _Box(name, x, y, rows[name])
        boxes[name] = box
        y += box.height + _GAP
    return x + _WIDTH + _GUTTER


def _levels(names: Sequence[str], links: Sequence[_Link]) -> dict[str, int]:
    """Return how far right each table stands; a circle of references is cut where it is met."""
    to = defaultdict(set)
    for link in links:
        to[link.table].add(link.to)
    level: dict[str, int] = {}

    def visit(name: str, path: frozenset[str]) -> int:
        if name not in level:
            further = [visit(n, path | {name}) for n in sorted(to[name]) if n not in path | {name}]
            if path and to[name] & path:
                # part of a circle: only the visit that begins with it is final
                return max(further, default=-1) + 1
            level[name] = max(further, default=-1) + 1
        return level[name]

    for name in names:
        visit(name, frozenset())
    return {name: level[name] for name in names}


def _middle(name: str, links: Sequence[_Link], order: Mapping[str, float]) -> float:
    places = [order[link.to] for link in links if link.table == name and link.to in order]
    return sum(places) / len(places) if places else 0.0


def _referred(links: Sequence[_Link], names: Sequence[str]) -> list[str]:
    targets = {link.to for link in links}
    return [name for name in names if name in targets]


def _line(link: _Link, boxes: Mapping[str, _Box], hue: int, lanes: dict[int, int]) -> str:
    start, end = boxes[link.table], boxes[link.to]
    y1, y2 = start.row_y(link.column), end.y + _HEAD // 2
    kind = "line" if link.declared else "line logical"
    if end.x < start.x:
        # down a lane of its own in the gutter left of where it starts
        lanes[start.x] += 1
        turn = start.x - 14 - (lanes[start.x] * 7) % (_GUTTER - 34)
        x1, x2 = start.x, end.x + _WIDTH
        path = f"M{x1} {y1} H{turn + 6} Q{turn} {y1} {turn} {y1 + (6 if y2 > y1 else -6)} "
        path += f"V{y2 + (-6 if y2 > y1 else 6)} Q{turn} {y2} {turn - 6} {y2} H{x2}"
        if abs(y2 - y1) < 14:
            path = f"M{x1} {y1} C{turn} {y1} {turn} {y2} {x2} {y2}"
        ending = f"M{x2 + 8} {y2 - 4} L{x2} {y2} L{x2 + 8} {y2 + 4}"
    else:
        x1, x2 = start.x + _WIDTH, end.x + _WIDTH
        bulge = max(x1, x2) + 40
        path = f"M{x1} {y1} C{bulge} {y1} {bulge} {y2} {x2} {y2}"
        ending = f"M{x2 + 8} {y2 - 4} L{x2} {y2} L{x2 + 8} {y2 + 4}"
    label = f"{link.table}.{link.column} → {link.to}.{link.to_column}"
    stroke = f"hsl({hue} 60% 48%)"
    return (
        f'<g stroke="{stroke}"><title>{escape(label)}</title>'
        f'<path class="{kind}" d="{path}"/><path class="line" d="{ending}"/></g>'
    )


def _box(box: _Box, hue: int | None) -> str:
    edge = f' style="stroke: hsl({hue} 60% 48%); stroke-width: 2"' if hue is not None else ""
    parts = [
        (
            f'<g><rect class="box" x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{box.height}" '
            f'rx="5"{edge}/><rect class="head" x="{box.x + 1}" y="{box.y + 1}" width="{_WIDTH - 2}"'
            f' height="{_HEAD - 2}" rx="4"/><text class="name" x="{box.x + 10}" '
            f'y="{box.y + 18}">{escape(box.table)}</text>'
        )
    ]
    for place, (column, far) in enumerate(box.rows):
        y = box.y + _HEAD + _ROW * place + 15
        parts.append(
            f'<text class="row" x="{box.x + 10}" y="{y}">{escape(column)}'
            + (f'<tspan class="far" dx="8">{escape(far)}</tspan>' if far else "")
            + "</text>"
        )
    return "".join([*parts, "</g>"])
