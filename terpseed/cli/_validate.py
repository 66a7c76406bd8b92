"""The command ``validate``: parse, call the package ``validate``, print."""

from __future__ import annotations

import json as json_text
import sys
from pathlib import Path

import click

from terpseed.errors import ExitCode


@click.command()
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
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
    dataset: Path,
    rules_dir: Path | None,
    report_dir: Path | None,
    as_json: bool,
    memory_limit: str | None,
    workers: int | None,
    kept: int,
) -> None:
    """Prove the dataset in DIR; exit 1 if a rule is broken.

    Rules that cannot be checked on this dataset are listed as not run, never as passed.
    """
    from terpseed.dataset import open_dataset  # noqa: PLC0415 - heavy
    from validate import validate as check  # noqa: PLC0415 - heavy
    from validate.report import keep, keep_or_clear, terminal  # noqa: PLC0415 - heavy

    result = check(
        open_dataset(dataset),
        rules_dir=rules_dir,
        memory_limit=memory_limit,
        workers=workers,
        kept=kept,
    )
    if report_dir is not None:
        keep(result, report_dir)
        kept_in = str(report_dir)
    else:
        kept_in = str(keep_or_clear(result, dataset) or "")
    if as_json:
        click.echo(json_text.dumps(result.to_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo(terminal(result, kept_in=kept_in))
    if not result.is_good:
        sys.exit(ExitCode.FINDINGS)
