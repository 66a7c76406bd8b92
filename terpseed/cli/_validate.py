"""The command ``validate``: parse, call the package ``validate``, print and write reports."""

from __future__ import annotations

import json as json_text
import sys
from dataclasses import replace
from pathlib import Path

import click

from terpseed.cli._console import progress, talk
from terpseed.cli._options import json_option, page_option
from terpseed.cli._places import display, opened
from terpseed.cli._snapshot import read_day, stale
from terpseed.errors import ExitCode
from terpseed.page import write_page


@click.command()
@click.argument("dataset", metavar="DIR|URL")
@click.option(
    "--rules",
    "rules_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Run your own rules, the .sql files in DIR, besides ours.",
)
@click.option(
    "--report",
    "report_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write the result and all breaking rows to DIR instead of to findings/ in the dataset.",
)
@json_option
@page_option("Write one self-contained page: verdict, findings with their rows, rules, charts.")
@click.option(
    "--junit",
    "junit_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write JUnit XML for a build server: a case for each rule.",
)
@click.option(
    "--as-of",
    metavar="DATE|today",
    default="today",
    show_default=True,
    help="With a URL: the day on which the books are looked at.",
)
@click.option(
    "--memory-limit",
    metavar="SIZE",
    help="Most memory that DuckDB may use, for example 1GB; for datasets larger than memory.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Threads that run rules at the same time; the result is the same with any number.",
)
@click.option(
    "--keep",
    "kept",
    metavar="N",
    type=click.IntRange(0, 1_000_000),
    default=100,
    show_default=True,
    help="Most breaking rows to keep of each check.",
)
def validate(
    *,
    dataset: str,
    rules_dir: Path | None,
    report_dir: Path | None,
    as_json: bool,
    html_file: Path | None,
    junit_file: Path | None,
    as_of: str,
    memory_limit: str | None,
    workers: int | None,
    kept: int,
) -> None:
    """Prove the dataset in DIR, or a live database; exit 1 if a rule is broken.

    Rules that cannot be checked on this dataset are listed as not run, never as passed. A URL is
    read into a temporary folder first, as `terpseed snapshot` does.

    On two cores `light` takes 3 s and `full` 7 s. --html adds a second; --memory-limit makes it
    slower, never wrong; --keep costs disk alone.

    \b
    Examples:
      terpseed validate output/full
      terpseed validate output/full --html report.html --junit report.xml
      terpseed validate output/full --rules my-rules
      terpseed validate mysql://reader:secret@db.example/terp
    """  # noqa: D301 - click's mark for lines that stay as they are
    from validate import validate as check  # noqa: PLC0415 - heavy
    from validate.figures import figures  # noqa: PLC0415 - heavy
    from validate.report import html, junit, keep, keep_or_clear, terminal  # noqa: PLC0415 - heavy

    with opened(dataset, read_day(as_of)) as (found, taken):
        hint = "" if taken is None else stale(taken)
        with progress("checks") as show:
            result = check(
                found,
                rules_dir=rules_dir,
                memory_limit=memory_limit,
                workers=workers,
                kept=kept,
                progress=lambda done, total: show("checking", done, total, ""),
            )
        if taken is not None:
            result = replace(result, dataset={**result.dataset, "path": display(dataset)})
        if html_file is not None:
            drawn = figures(found, memory_limit=memory_limit, workers=workers)
            write_page(html_file, html(result, drawn))
    if junit_file is not None:
        write_page(junit_file, junit(result))
    kept_in = ""
    if report_dir is not None:
        keep(result, report_dir)
        kept_in = str(report_dir)
    elif taken is None:
        kept_in = str(keep_or_clear(result, Path(dataset)) or "")
    if as_json:
        click.echo(json_text.dumps(result.to_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo(terminal(result, kept_in=kept_in))
    if hint:
        talk(hint)
    if not result.is_good:
        sys.exit(ExitCode.FINDINGS)
