"""Takes pictures of the terminal: runs commands in one and draws what it shows at the end as SVG.

``python -m docs.make.screens`` needs a MariaDB or MySQL server program, which ``terpseed sandbox``
starts. Times in the pictures are of the machine that took them, so no test compares them.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from docs.make.terminal import in_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "screens"
_COLUMNS = 118
_CODE = re.compile(r"\x1b\[(?P<numbers>[\d;]*)(?P<kind>[A-Za-z])")
_COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "2": "#7d8590", "1": "#f0f6fc"}
_LINE, _CELL, _EDGE, _TOP = 19, 8.05, 20, 52  # pixels


@dataclass(frozen=True, slots=True)
class Screen:
    """A picture: its name, and the commands with how many lines of each are shown."""

    name: str
    commands: tuple[tuple[str, int], ...]


SCREENS = (
    Screen(
        "first-minutes",
        (
            ("terpseed generate --scenario light --out try", 9),
            ("terpseed validate try | tail -1", 2),
            ("terpseed sandbox -- terpseed load try --quiet", 4),
            ("terpseed show try order ORD-000012", 24),
        ),
    ),
    Screen("doctor", (("terpseed doctor --no-database", 12), ("terpseed generat", 6))),
)


def take(screen: Screen, folder: Path) -> str:
    """Run a screen's commands in a folder and return the picture.

    Raises:
        RuntimeError: if a command prints a traceback.
    """
    lines: list[str] = []
    for command, most in screen.commands:
        shown = _settled(_run(command, folder))
        if any("Traceback" in line for line in shown):
            raise RuntimeError("\n".join(shown))
        lines += [f"\x1b[1m$ {command}\x1b[0m", *shown[:most], ""]
    return draw(lines[:-1], screen.name)


def _run(command: str, folder: Path) -> str:
    """Run a command in a terminal of its own and return all that it wrote there."""
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment |= {"TERM": "xterm-256color", "COLUMNS": str(_COLUMNS), "LINES": "60"}
    text = in_terminal(["bash", "-c", command], folder, environment)
    for path, shown in {str(folder): "~", sys.executable: "~/.venv/bin/python"}.items():
        text = text.replace(path, shown)
    return text


def _settled(text: str) -> list[str]:
    """Return the lines that stay: a line that was redrawn is what it was last."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        last = line.rsplit("\x1b[K", 1)[-1].rsplit("\r", 1)[-1]
        if last or "\x1b[K" not in line:
            lines.append(last)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def draw(lines: list[str], title: str) -> str:
    """Return lines of a terminal as SVG."""
    width = round(_COLUMNS * _CELL + 2 * _EDGE)
    height = _TOP + len(lines) * _LINE + _EDGE - 8
    parts = [
        (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{escape(title)}">'),
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
        ('<circle cx="22" cy="20" r="6" fill="#ff5f56"/><circle cx="42" cy="20" r="6" '
        'fill="#ffbd2e"/><circle cx="62" cy="20" r="6" fill="#27c93f"/>'),
        ('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13.4" '
        'fill="#c9d1d9" xml:space="preserve">'),
    ]  # fmt: skip
    for number, line in enumerate(lines):
        y = _TOP + number * _LINE
        parts.append(f'<text x="{_EDGE}" y="{y}">{"".join(_spans(_cut(line)))}</text>')
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _cut(line: str) -> str:
    plain = _CODE.sub("", line)
    return line if len(plain) <= _COLUMNS else f"{plain[: _COLUMNS - 1]}…"


def _spans(line: str) -> Iterator[str]:
    colour, place = "", 0
    for match in _CODE.finditer(line):
        yield _span(line[place : match.start()], colour)
        place = match.end()
        if match["kind"] == "m":
            numbers = match["numbers"].split(";")
            found = [_COLOURS[n] for n in numbers if n in _COLOURS]
            colour = found[0] if found else ""
    yield _span(line[place:], colour)


def _span(text: str, colour: str) -> str:
    if not text:
        return ""
    # no-break spaces, since some viewers ignore xml:space
    shown = escape(text).replace(" ", "\u00a0")
    return f'<tspan fill="{colour}">{shown}</tspan>' if colour else shown


def main() -> None:
    """Take all pictures."""
    FOLDER.mkdir(exist_ok=True)
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for screen in SCREENS:
        with tempfile.TemporaryDirectory() as folder:
            picture = take(screen, Path(folder))
        (FOLDER / f"{screen.name}.svg").write_text(picture, encoding="utf-8")
        sys.stderr.write(f"wrote docs/screens/{screen.name}.svg\n")


if __name__ == "__main__":
    main()
