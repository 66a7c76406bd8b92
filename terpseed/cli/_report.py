"""The command ``report``: parse, compute the figures of a dataset, print."""

from __future__ import annotations

import json as json_text
from pathlib import Path

import click

from terpseed.cli._options import json_option


@click.command()
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--figure",
    "names",
    metavar="NAME",
    multiple=True,
    help="Only this figure, for example revenue-by-month; may be given several times.",
)
@json_option
@click.option(
    "--memory-limit",
    metavar="SIZE",
    help="Most memory that DuckDB may use, for example 1GB; for datasets larger than memory.",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Threads; the result is the same.")
def report(
    *,
    dataset: Path,
    names: tuple[str, ...],
    as_json: bool,
    memory_limit: str | None,
    workers: int | None,
) -> None:
    """Show the business in the dataset in DIR: what an owner would ask for.

    Revenue and its season, who brings it, sizes of orders, days to pay, ages of what is owed,
    margins, stock turns, weekdays and hours, profit and loss, balance sheets.

    \b
    terpseed report output/full
    terpseed report output/full --figure profit-and-loss --figure balance-sheet
    terpseed report output/full --json
    """  # noqa: D301 - click's mark for lines that stay as they are
    from terpseed.dataset import open_dataset  # noqa: PLC0415 - heavy
    from validate.figures import as_text, figures  # noqa: PLC0415 - heavy

    found = figures(
        open_dataset(dataset), names=names or None, memory_limit=memory_limit, workers=workers
    )
    if as_json:
        click.echo(json_text.dumps(found.to_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo(as_text(found))
