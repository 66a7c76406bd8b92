"""Reading a guide: what a reader would type, which files they would write, and what to expect.

In a guide, a fenced block of ``sh`` holds commands and is run; any other block is shown only.
Comments in HTML, which a reader does not see, say what a test needs to know about the next block:

    <!-- exit: 1 -->            the exit code of the block's last command; 0 if nothing is said
    <!-- file: mine.toml -->    the block is a file that the reader writes
    <!-- says: good: nothing -->  words that the block prints
    <!-- database: terp -->     an empty database of that name is needed from here on
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DIRECTIVE = re.compile(r"^<!-- (?P<key>exit|file|says|database): (?P<value>.*?) -->$")
_FENCE = re.compile(r"^```(?P<language>\w*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a guide.

    Attributes:
        line: on which it begins.
        language: after the fence.
        text: what is in it.
        exit_code: what its last command ends with.
        file: name of the file that it is; empty if it is none.
        says: words that it prints.
        databases: empty databases that are needed from here on.
    """

    line: int
    language: str
    text: str
    exit_code: int = 0
    file: str = ""
    says: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()


def blocks(path: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    told: list[tuple[str, str]] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        if match := _DIRECTIVE.match(line):
            told.append((match["key"], match["value"]))
        elif match := _FENCE.match(line):
            start = place
            while lines[place] != "```":
                place += 1
            yield _block(start, match["language"], lines[start:place], told)
            told = []
            place += 1


def _block(line: int, language: str, lines: list[str], told: list[tuple[str, str]]) -> Block:
    def all_of(key: str) -> tuple[str, ...]:
        return tuple(value for name, value in told if name == key)

    return Block(
        line,
        language,
        "\n".join(lines) + "\n",
        exit_code=int((all_of("exit") or ("0",))[-1]),
        file="".join(all_of("file")),
        says=all_of("says"),
        databases=all_of("database"),
    )
