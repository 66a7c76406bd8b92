"""A scenario as a commented TOML file to edit: the shipped text with other values in it."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generate.scenario import Scenario

_SECTION = re.compile(r"^\[(\w+)\]")
_ENTRY = re.compile(r"^(\w+) = ([^#]*?)(\s*)(#.*)?$")


def draft(scenario: Scenario, base: str, *, title: str) -> str:
    """Return TOML text that holds a scenario, with the comments of the shipped one it began as.

    Args:
        scenario: the values to write.
        base: name of the shipped scenario whose text is taken.
        title: one line for people.
    """
    text = files("generate").joinpath("scenarios", f"{base}.toml").read_text(encoding="utf-8")
    values = scenario.to_dict() | {"title": title}
    lines, section = [], ""
    for line in text.splitlines():
        if match := _SECTION.match(line):
            section = match[1]
        lines.append(_changed(line, values[section] if section else values))
    while lines and lines[0].startswith("#"):
        del lines[0]
    head = [
        f"# {title}. Begun as the scenario {base!r}; every value may be changed.",
        f"# Only what differs is needed: base = {_word(base)} takes the rest from there.",
        "# Check it:  terpseed scenario check FILE    Use it:  terpseed generate --scenario FILE",
    ]
    return "\n".join([*head, *_with_end(lines, values), ""])


def _changed(line: str, values: Mapping[str, object]) -> str:
    match = _ENTRY.match(line)
    if match is None or match[1] not in values:
        return line
    shown = _word(values[match[1]])
    if _same(shown, match[2]):
        return line
    entry, comment = f"{match[1]} = {shown}", match[4]
    if comment is None:
        return entry
    return f"{entry:<{line.index(comment) - 2}}  {comment}"


def _same(shown: str, text: str) -> bool:
    try:
        return float(shown) == float(text.replace("_", ""))
    except ValueError:
        return shown == text


def _with_end(lines: list[str], values: Mapping[str, object]) -> list[str]:
    """Write the as-of date out if the text leaves it to the end of the period and it differs."""
    period = values["period"]
    assert isinstance(period, dict)  # noqa: S101 - a section of the scenario
    if period["as_of"] == period["end"] or any(line.startswith("as_of = ") for line in lines):
        return lines
    place = next(k for k, line in enumerate(lines) if line.startswith("end = "))
    return [*lines[: place + 1], f"as_of = {period['as_of']}", *lines[place + 1 :]]


def _word(value: object) -> str:
    """Return a value as TOML writes it; dates are plain words there."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, int) and not isinstance(value, bool) and value >= 10_000:
        return f"{value:_}"
    return str(value)
