"""Options that many commands have, so that they mean and say the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., Any]")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def page_option(what: str) -> Callable[[_Command], _Command]:
    """Return ``--html FILE``, with what its help says of the page."""
    return click.option(
        "--html", "html_file", metavar="FILE", type=click.Path(path_type=Path), help=what
    )
