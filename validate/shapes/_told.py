"""What a row of a shape proves, in words, from its fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALIAS = re.compile(r"\b([ts])\.(\w+)")


def told(shape: str, fields: Mapping[str, Any]) -> str:
    """Return what a row proves, one sentence or two.

    Args:
        shape: the shape that the row is of.
        fields: of the row.
    """
    sentence = _SENTENCES[shape](fields)
    if fields.get("where"):
        sentence += f", where {fields['where']}"
    names = {"t": fields["table"], "s": fields.get("source", "")}
    return _ALIAS.sub(lambda found: f"{names[found[1]]}.{found[2]}", sentence) + "."


def _sums(row: Mapping[str, Any]) -> str:
    also = f" with {row['also']}" if row.get("also") else ""
    return (
        f"{row['total']} is the sum of {row['value']} over the rows of {row['source']}{also} "
        f"whose {row['key']} is {row.get('to', 't.id')}"
    )


def _conditions(row: Mapping[str, Any]) -> str:
    return f"In every row of {row['table']}{_beside(row)}: {row['holds']}"


def _order(row: Mapping[str, Any]) -> str:
    day = ", by the day" if row.get("day") else ""
    return f"{row['after']} is not earlier than {row['before']}{_beside(row)}{day}"


def _copies(row: Mapping[str, Any]) -> str:
    return f"{row['value']} equals {row['equals']}{_beside(row)}"


def _presence(row: Mapping[str, Any]) -> str:
    how = {"exactly": "set exactly when", "when": "set when", "only": "set only when"}
    return (
        f"{' and '.join(row['columns'])} is {how[row.get('mode', 'exactly')]} {row['when']}"
        f"{_beside(row)}"
    )


def _counts(row: Mapping[str, Any]) -> str:
    return f"Each row of {row['table']} has {_many(row)} rows of {row['source']} with {row['on']}"


def _unique(row: Mapping[str, Any]) -> str:
    return f"No two rows of {row['table']}{_beside(row)} share {', '.join(row['columns'])}"


def _rows(row: Mapping[str, Any]) -> str:
    return f"There are {_many(row)} rows of {row['table']}{_beside(row)}"


def _chains(row: Mapping[str, Any]) -> str:
    ends = f", and the last one is {row['ends']}" if row.get("ends") else ""
    return f"Per {row['group']}, each {row['after']} is the one before plus {row['change']}{ends}"


def _paths(row: Mapping[str, Any]) -> str:
    ends = f", and the last one reaches {row['ends']}" if row.get("ends") else ""
    return f"Per {row['owner']}, the steps of {row['table']} are legal for {row['machine']}{ends}"


def _postings(row: Mapping[str, Any]) -> str:
    return (
        f"Each row of {row['table']} is in the ledger once, with {row['amount']} on {row['date']}: "
        f"debit where {row['debit']}, credit where {row['credit']}"
    )


def _beside(row: Mapping[str, Any]) -> str:
    return f", beside {row['source']} on {row['on']}" if row.get("source") else ""


def _many(row: Mapping[str, Any]) -> str:
    low, high = row.get("min", 0), row.get("max")
    if high is None:
        return f"{low} or more"
    return str(low) if low == high else f"{low} to {high}"


_SENTENCES = {
    "sums": _sums,
    "conditions": _conditions,
    "order": _order,
    "copies": _copies,
    "presence": _presence,
    "counts": _counts,
    "unique": _unique,
    "rows": _rows,
    "chains": _chains,
    "paths": _paths,
    "postings": _postings,
}
