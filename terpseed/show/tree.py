"""A document and what belongs to it, as a tree of rows, and the tree as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from terpseed.errors import DatasetError, UsageError, nearest
from terpseed.show.documents import KINDS, Branch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terpseed.dataset import Dataset
    from terpseed.show.documents import Kind

_MOST = 12  # rows of a branch that are printed unless all are asked for


@dataclass(frozen=True, slots=True)
class Node:
    """A row and what belongs to it.

    Attributes:
        title: what it is to the row above it.
        table: where it lies.
        row: its columns.
        shown: columns to print, see ``Branch``.
        branches: titles, and the rows below each.
    """

    title: str
    table: str
    row: Mapping[str, Any]
    shown: tuple[str, ...]
    branches: tuple[tuple[str, tuple[Node, ...]], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data: all columns, money and times as text."""
        return {
            "table": self.table,
            "row": {name: _plain(value) for name, value in self.row.items()},
            **{title: [node.to_dict() for node in nodes] for title, nodes in self.branches},
        }

    @property
    def text(self) -> str:
        """The row in one line."""
        words = []
        for entry in self.shown:
            column, _, word = entry.partition("=")
            value = self.row.get(column)
            if value is not None and not (word in {"debit", "credit"} and value == 0):
                words.append(f"{word} {_said(value)}".strip())
        return " · ".join(words)


def document(dataset: Dataset, kind: str, number: str) -> Node:
    """Return a document with all that belongs to it.

    Args:
        dataset: an opened dataset.
        kind: one of ``KINDS``.
        number: its number, name or id.

    Raises:
        UsageError: if there is no such kind.
        DatasetError: if the dataset holds no such document.
    """
    if kind not in KINDS:
        raise UsageError(
            f"{kind!r} is no document", where=f"documents: {', '.join(KINDS)}",
            then=nearest(kind, KINDS),
        )  # fmt: skip
    what = KINDS[kind]
    row = _find(dataset, what, number)
    return _node(dataset, Branch(kind, what.table, {}, what.shown, then=what.branches), row)


def _find(dataset: Dataset, kind: Kind, number: str) -> dict[str, Any]:
    frame = dataset.scan(kind.table)
    columns = dataset.tables[kind.table].column_names
    named = [column for column in kind.number if column in columns]
    wanted = pl.any_horizontal(pl.col(c).cast(pl.String) == number for c in [*named, "id"])
    found = frame.filter(wanted).limit(1).collect()
    if found.height:
        return found.row(0, named=True)
    known = frame.select(named[0]).drop_nulls().limit(2000).collect().to_series().to_list()
    raise DatasetError(
        f"there is no {kind.name} {number!r}",
        where=str(dataset.path),
        then=nearest(number, known) or f"see `terpseed show {dataset.path} {kind.table}`",
    )


def _node(dataset: Dataset, branch: Branch, row: Mapping[str, Any]) -> Node:
    below: list[tuple[str, tuple[Node, ...]]] = []
    for further in branch.then:
        if further.unless in {title for title, _ in below}:
            continue
        nodes = tuple(_node(dataset, further, one) for one in _rows(dataset, further, row))
        if nodes:
            below.append((further.title, nodes))
    return Node(branch.title, branch.table, row, branch.shown, tuple(below))


def _rows(dataset: Dataset, branch: Branch, above: Mapping[str, Any]) -> list[dict[str, Any]]:
    if branch.table not in dataset.tables:
        return []
    columns = dataset.tables[branch.table].column_names
    if not {*branch.on, *branch.fixed} <= set(columns):
        return []
    keys = {column: above.get(outer) for column, outer in branch.on.items()}
    if any(value is None for value in keys.values()):
        return []
    wanted = [pl.col(column) == value for column, value in keys.items()]
    wanted += [pl.col(c).cast(pl.String).is_in(texts) for c, texts in branch.fixed.items()]
    order = branch.order if branch.order in columns else columns[0]
    frame = dataset.scan(branch.table).filter(pl.all_horizontal(wanted))
    return frame.sort(order, columns[0]).collect().to_dicts()


def tree_text(node: Node, *, everything: bool = False) -> str:
    """Return a tree as text, one line a row.

    Args:
        node: the tree.
        everything: whether branches with many rows are printed whole.
    """
    return "\n".join([f"{node.title}  {node.text}", *_below(node, "", everything=everything)])


def _below(node: Node, indent: str, *, everything: bool) -> Iterator[str]:
    for place, (title, nodes) in enumerate(node.branches):
        last = place == len(node.branches) - 1
        corner, bar = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if len(nodes) == 1:
            yield f"{indent}{corner}{title}  {_line(nodes[0])}"
            yield from _below(_trimmed(nodes[0]), indent + bar, everything=everything)
            continue
        yield f"{indent}{corner}{title} ({len(nodes)})"
        most = len(nodes) if everything else _MOST
        for number, one in enumerate(nodes[:most]):
            end = number == min(most, len(nodes)) - 1 and len(nodes) <= most
            yield f"{indent}{bar}{'└─ ' if end else '├─ '}{_line(one)}"
            deeper = indent + bar + ("   " if end else "│  ")
            yield from _below(_trimmed(one), deeper, everything=everything)
        if len(nodes) > most:
            yield f"{indent}{bar}└─ … {len(nodes) - most:,} more; --all shows them"


def _line(node: Node) -> str:
    """Return a row in one line, with what is one row without anything below it appended."""
    leaves = [nodes[0] for _, nodes in node.branches if _is_leaf(nodes)]
    return "  ".join([node.text, *(f"[{leaf.title} {leaf.text}]" for leaf in leaves)])


def _trimmed(node: Node) -> Node:
    kept = tuple((title, nodes) for title, nodes in node.branches if not _is_leaf(nodes))
    return Node(node.title, node.table, node.row, node.shown, kept)


def _is_leaf(nodes: tuple[Node, ...]) -> bool:
    return len(nodes) == 1 and not nodes[0].branches and len(nodes[0].text) < 40


def _said(value: object) -> str:
    """Return a value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        return text.removesuffix("00") if text[-5:-4] == "." and text.endswith("00") else text
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
