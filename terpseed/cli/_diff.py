"""The command ``diff``: parse, call ``terpseed.diff``, print and write the page."""

from __future__ import annotations

import json as json_text
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from terpseed.cli._console import progress
from terpseed.cli._options import json_option, page_option
from terpseed.cli._places import display, opened
from terpseed.errors import ExitCode
from terpseed.page import write_page

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("before", metavar="DIR|URL")
@click.argument("after", metavar="DIR|URL")
@json_option
@page_option("Write one self-contained page as well.")
@click.option(
    "--keep",
    "kept",
    metavar="N",
    type=click.IntRange(0, 10_000),
    default=10,
    show_default=True,
    help="Most rows of each kind to name for a table.",
)
@click.option(
    "--memory-limit",
    metavar="SIZE",
    default="1GB",
    show_default=True,
    help="Most memory that DuckDB may use; what does not fit goes to disk meanwhile.",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Threads; the result is the same.")
def diff(
    *,
    before: str,
    after: str,
    as_json: bool,
    html_file: Path | None,
    kept: int,
    memory_limit: str,
    workers: int | None,
) -> None:
    """Compare two datasets or databases; exit 0 if they are the same, 1 if they differ.

    Structure first, then tables, rows added, removed and changed by primary key, the columns with
    most changes, and the first of those rows with their values. A URL is read into a temporary
    folder first, as `terpseed snapshot` does.

    \b
    terpseed diff output/monday output/tuesday
    terpseed diff output/full mysql://reader:secret@db.example/terp --html changes.html
    """  # noqa: D301 - click's mark for lines that stay as they are
    from terpseed import diff as comparing  # noqa: PLC0415 - heavy

    with opened(before) as (first, _), opened(after) as (second, _), progress("tables") as show:
        found = comparing.compare(
            first, second, memory_limit=memory_limit, workers=workers, kept=kept, show=show
        )
    one, other = found.sides
    found = replace(
        found,
        sides=({**one, "path": display(before)}, {**other, "path": display(after)}),
    )
    if html_file is not None:
        write_page(html_file, comparing.html(found))
    if as_json:
        click.echo(json_text.dumps(found.to_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo(comparing.text(found))
    if not found.is_same:
        sys.exit(ExitCode.FINDINGS)
