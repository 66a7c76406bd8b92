"""All commands of the program, each with the context that its help is made in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from terpseed.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 96  # characters of a line of help


def every_command() -> Iterator[click.Context]:
    """Yield a context of the program and of each command below it, in the order of ``--help``."""
    yield from _below(main, "terpseed", None)


def _below(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[click.Context]:
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, parent, name, **settings)
    yield context
    if isinstance(command, click.Group):
        for inner_name in command.list_commands(context):
            inner = command.get_command(context, inner_name)
            if inner is not None and not inner.hidden:
                yield from _below(inner, inner_name, context)
