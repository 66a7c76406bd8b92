"""The manual pages, one for each command, as ``man`` reads them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from docs.make.commands import MEANING
from docs.make.tree import every_command
from terpseed import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator


def manual_pages() -> dict[str, str]:
    """Return the text of every page by the name of its file."""
    return {
        f"{context.command_path.replace(' ', '-')}.1": "\n".join([*_page(context), ""])
        for context in every_command()
    }


def _page(context: click.Context) -> Iterator[str]:
    command = context.command
    name = context.command_path.replace(" ", "-")
    text = inspect.cleandoc(command.help or "")
    first, _, rest = text.partition("\n\n")
    yield f'.TH "{name.upper()}" "1" "" "terpseed {__version__}" "terpseed"'
    yield ".SH NAME"
    yield f"{_escaped(name)} \\- {_escaped(' '.join(first.split()).rstrip('.'))}"
    yield ".SH SYNOPSIS"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\\fB{_escaped(context.command_path)}\\fR {_escaped(usage)}"
    if rest:
        yield ".SH DESCRIPTION"
        yield from _paragraphs(rest)
    options = [p for p in command.get_params(context) if p.get_help_record(context)]
    if options:
        yield ".SH OPTIONS"
    for option in options:
        record = option.get_help_record(context)
        assert record is not None  # noqa: S101 - asked for above
        yield ".TP"
        yield f"\\fB{_escaped(record[0])}\\fR"
        yield _escaped(" ".join(record[1].split()))
        if isinstance(option, click.Option) and isinstance(option.envvar, str):
            yield f".br\nEnvironment: {_escaped(option.envvar)}"
    if isinstance(command, click.Group):
        yield ".SH COMMANDS"
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            yield ".TP"
            yield f"\\fB{_escaped(name)}\\-{_escaped(inner)}(1)\\fR"
            yield _escaped(found.get_short_help_str(100) if found else "")
    if context.parent is None:
        yield ".SH EXIT STATUS"
        for code, meaning in MEANING.items():
            yield f".TP\n\\fB{int(code)}\\fR\n{_escaped(meaning.replace('`', ''))}"


def _paragraphs(text: str) -> Iterator[str]:
    for block in text.split("\n\n"):
        if block.startswith("\b"):
            yield ".PP\n.nf"
            yield from (_escaped(line) for line in block.splitlines()[1:])
            yield ".fi"
        elif block.startswith(" "):
            yield ".PP\n.nf"
            yield from (_escaped(line) for line in block.splitlines())
            yield ".fi"
        else:
            yield ".PP"
            yield _escaped(" ".join(block.split()))


def _escaped(text: str) -> str:
    """Return text that the formatter takes for text, in ASCII."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("→", "->")
    shown = "".join(sign if ord(sign) < 128 else f"\\[u{ord(sign):04X}]" for sign in plain)
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown
