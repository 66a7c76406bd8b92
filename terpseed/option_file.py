"""MySQL option files: the part of them that says where a server is and who one is there.

They keep passwords out of the command line and of environments. Only what a target is made of is
read; what belongs to other programs is passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terpseed.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEYS = (
    "host",
    "port",
    "user",
    "password",
    "database",
    "socket",
    "ssl-mode",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
)
GROUPS = ("client", "terpseed")
"""Groups that are read, the later one for what both say."""

_GROUP = re.compile(r"^\[([^\]]+)\]\s*$")
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "s": " ", "\\": "\\"}


def read_option_file(path: Path, group: str | None = None) -> dict[str, str]:
    """Return what an option file says of a target, by the names of ``KEYS``.

    Args:
        path: the file.
        group: a group of the file that is read after ``GROUPS``.

    Raises:
        UsageError: if it cannot be read, has no such group, or includes other files. The message
            never repeats a value.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the option file cannot be read",
            where=str(path),
            why=getattr(error, "strerror", None) or "it is no UTF-8",
        ) from None
    found = _by_group(path, lines)
    wanted = (*GROUPS, *([group] if group else []))
    if group and group not in found:
        raise UsageError(
            f"the option file has no group [{group}]",
            where=str(path),
            then=nearest(group, found) or f"its groups: {', '.join(found) or 'none'}",
        )
    result: dict[str, str] = {}
    for name in wanted:
        result.update(found.get(name, {}))
    return result


def _by_group(path: Path, lines: list[str]) -> Mapping[str, Mapping[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for number, line in _told(lines):
        if line.startswith("!include"):
            raise UsageError(
                "option files that include others are not followed",
                where=f"{path}, line {number}",
                then="name the file that has the group [client]",
            )
        if found := _GROUP.match(line):
            current = groups.setdefault(found[1], {})
            continue
        key, equals, value = line.partition("=")
        name = key.strip().lower().removeprefix("loose").strip("-_").replace("_", "-")
        if equals and name in KEYS:
            current[name] = _value(value)
    return groups


def _told(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and text[0] not in "#;":
            yield number, text


def _value(text: str) -> str:
    value = text.strip()
    if value[:1] in {"'", '"'} and value[-1:] == value[:1] and len(value) > 1:
        value = value[1:-1]
    else:
        value = value.split(" #", 1)[0].rstrip()
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), value)
