"""What names say: the words in a column's or table's name, whatever style it is written in."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SAME = {"customer": "client", "supplier": "vendor", "seller": "vendor"}


@cache
def words(name: str) -> tuple[str, ...]:
    """Return the lower-case words of a name in snake or camel case."""
    return tuple(word.lower() for word in _WORD.findall(name))


@cache
def plain(name: str) -> str:
    """Return a name without style, so that ``clientId``, ``client_id``, ``customerId`` are one."""
    return "".join(_SAME.get(word, word) for word in words(name))


@cache
def noun(table: str) -> str:
    """Return the singular of a table's name as words: ``tag group`` for ``tagGroups``."""
    *head, last = words(table)
    if last.endswith("ies") and last != "series":
        last = last[:-3] + "y"
    elif last.endswith(("sses", "xes", "ches", "uses")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith(("ss", "us", "is")):
        last = last[:-1]
    return " ".join([*head, last])


@cache
def initials(table: str) -> str:
    """Return two to four capitals that stand for a table in codes: ``SM`` for ``stock_moves``."""
    parts = words(table)
    letters = "".join(part[0] for part in parts)[:4] if len(parts) > 1 else parts[0][:3]
    return letters.upper()


@cache
def same_stem(stem: str, label: str) -> bool:
    """Say whether a word of a column's name and a state's label tell of the same event.

    ``paid`` and ``PAID``, ``revoke`` and ``REVOKED``, ``cancellation`` and ``CANCELLED`` do;
    ``read`` and ``READY`` do not.
    """
    label = label.lower()
    if stem == label:
        return True
    if min(len(stem), len(label)) >= 6:
        return stem[:5] == label[:5]
    return label in {f"{stem}d", f"{stem}ed", f"{stem}{stem[-1:]}ed"} or stem in {
        f"{label}d",
        f"{label}ed",
    }
