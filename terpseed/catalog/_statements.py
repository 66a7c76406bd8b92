"""SQL text to single statements, each with the line that it begins on; no statement is understood.

Made for dumps and migrations: comments are dropped, also those that hold statements for certain
versions (``/*!40101 ... */``: settings, views, triggers), and so is everything between a
``DELIMITER`` and its return to ``;``, where only routines live.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
      (?P<routine> ^[ \t]*DELIMITER[ \t]+(?!;[ \t]*$)\S+ .*?
                   (?: ^[ \t]*DELIMITER[ \t]+;[ \t]*$ | \Z) )
    | (?P<comment> /\*.*?\*/ | --(?=[\s>]|\Z)[^\n]* | \#[^\n]* )
    | (?P<quoted> '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`]|``)*` )
    | (?P<end> ; )
    | (?P<other> [^'"`;\#/\-\n]+ | . )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, statement) without semicolons; lines count from 1.

    Line breaks inside a statement stay where they are, so that a parser's line numbers, added to
    the statement's own, are those of the file.
    """
    line = begin = 1
    parts: list[str] = []
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if match.lastgroup == "end":
            if parts:
                yield begin, "".join(parts).rstrip()
            parts = []
        elif match.lastgroup in {"comment", "routine"}:
            if parts:
                parts.append(" " + "\n" * piece.count("\n"))
        elif parts or not piece.isspace():
            if not parts:
                leading = len(piece) - len(piece.lstrip())
                begin = line + piece.count("\n", 0, leading)
                parts.append(piece[leading:])
            else:
                parts.append(piece)
        line += piece.count("\n")
    if parts:
        yield begin, "".join(parts).rstrip()
