"""The command ``doctor``: what is in order, and how to fix what is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terpseed import __version__
from terpseed.cli import _console as console
from terpseed.cli._options import json_option
from terpseed.errors import ExitCode, TerpseedError, UsageError
from terpseed.machine import Finding, look, optional_libraries

if TYPE_CHECKING:
    from load import Check

FORMAT = 1  # of the JSON


@click.command()
@click.option(
    "--to",
    metavar="URL",
    help="Database to look at; else DATABASE_URL from the environment or from .env, if there is"
    " one.",
)
@click.option("--no-database", is_flag=True, help="Look at this machine alone.")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("output"),
    show_default=True,
    help="Where datasets are to be written; its disk is looked at.",
)
@json_option
@click.pass_context
def doctor(
    ctx: click.Context, to: str | None, out: Path, *, no_database: bool, as_json: bool
) -> None:
    r"""Check this machine and a database, and say how to fix what is wrong.

    Nothing is written. Exit code 0 if all is well or only warned of, 1 if something on this machine
    has to be fixed, and what `load` would exit with if it is the database: 2 the URL, 3 its tables,
    4 getting in, 6 a setting.

    \b
    Examples:
      terpseed doctor
      terpseed doctor --to mysql://user:password@localhost:3306/terp
      terpseed doctor --no-database --json
    """
    findings = list(look(out))
    code = ExitCode.FINDINGS if any(f.state == "failed" for f in findings) else ExitCode.GOOD
    if no_database:
        findings.append(Finding("database", "not made", "not asked for"))
    else:
        seen, worst = _database(to)
        findings += seen
        code = code or worst
    if as_json:
        click.echo(
            console.json_text(
                {
                    "format": FORMAT,
                    "version": __version__,
                    "ok": code == ExitCode.GOOD,
                    "exit_code": int(code),
                    "extras": optional_libraries(),
                    "checks": [finding.to_dict() for finding in findings],
                }
            )
        )
    else:
        click.echo(_text([*findings[:2], *_extras(), *findings[2:]]))
    ctx.exit(code)


def _database(to: str | None) -> tuple[list[Finding], ExitCode]:
    """Return what was found at the database, and the exit code of the first that is wrong."""
    from load.examine import examine  # noqa: PLC0415 - heavy
    from terpseed.connection import Target  # noqa: PLC0415 - heavy

    if to is None and not os.environ.get("DATABASE_URL") and not Path(".env").exists():
        unnamed = Finding(
            "database",
            "not made",
            "none is named",
            "give --to URL, or put DATABASE_URL into the environment or into .env",
        )
        return [unnamed], ExitCode.GOOD
    try:
        target = Target.parse(to)
    except UsageError as error:
        found = Finding("database URL", "failed", f"{error.what}: {error.where}", error.then)
        return [found], error.exit_code
    checks = list(examine(target))
    errors = [check.error for check in checks if isinstance(check.error, TerpseedError)]
    return [_finding(check) for check in checks], (errors[0].exit_code if errors else ExitCode.GOOD)


def _finding(check: Check) -> Finding:
    if check.error is None:
        return Finding(check.name, "ok", check.detail)
    why = f" ({check.error.why})" if check.error.why else ""
    return Finding(check.name, "failed", f"{check.detail}{why}", check.error.then)


def _extras() -> list[Finding]:
    """Return which extras are there; that one is not is no fault."""
    said = [
        f"{name} {'installed' if has else 'not installed'}"
        for name, has in optional_libraries().items()
    ]
    return [Finding("extras", "ok", f"{', '.join(said)}; for clusters and storage")] if said else []


def _text(findings: list[Finding]) -> str:
    width = max(len(finding.name) for finding in findings)
    shown = {
        "ok": console.good("ok     "),
        "warning": click.style("warning", fg="yellow"),
        "failed": console.bad("FAILED "),
        "not made": console.faint("-      "),
    }
    lines = []
    for finding in findings:
        lines.append(f"{shown[finding.state]}  {finding.name:<{width}}  {finding.detail}")
        if finding.fix:
            lines.append(f"{'':<{width + 9}}  fix: {finding.fix}")
    bad = sum(finding.state == "failed" for finding in findings)
    warned = sum(finding.state == "warning" for finding in findings)
    also = "" if not warned else ", 1 warning" if warned == 1 else f", {warned} warnings"
    lines.append(f"\n{bad} to fix{also}" if bad else f"\nall is well{also}")
    return "\n".join(lines)
