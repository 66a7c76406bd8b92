"""The command ``snapshot``: parse, call ``terpseed.snapshot``, print."""

from __future__ import annotations

import json as json_text
import secrets
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terpseed.cli._console import progress, talk
from terpseed.connection import Target
from terpseed.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from terpseed.snapshot import Snapshot

_STALE = timedelta(days=7)  # books that end this long before the as-of date are of another day


@click.command()
@click.option(
    "--from",
    "url",
    metavar="URL",
    help="mysql://user:password@host:port/database; else DATABASE_URL from the environment or from"
    " .env.",
)
@click.option(
    "--out",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="Where the dataset will be.",
)
@click.option("--tables", metavar="A,B,...", help="Read only these tables.")
@click.option(
    "--as-of",
    metavar="DATE|today",
    default="today",
    show_default=True,
    help="The day on which the books are looked at; give the scenario's for a loaded dataset.",
)
@click.option("--mask", is_flag=True, help="Hide personal data on the way.")
@click.option(
    "--mask-seed",
    metavar="TEXT",
    help="The key of --mask: the same key hides the same text in the same way. Without one each"
    " snapshot has a key of its own that nobody knows.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Connections that read at the same time, all of the same moment.",
)
@click.option("--force", is_flag=True, help="Replace an older dataset in DIR.")
@click.option(
    "--fresh", is_flag=True, help="Read all, even what an interrupted run has read already."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def snapshot(
    *,
    url: str | None,
    out: Path,
    tables: str | None,
    as_of: str,
    mask: bool,
    mask_seed: str | None,
    workers: int,
    force: bool,
    fresh: bool,
    as_json: bool,
) -> None:
    """Read a live database into a dataset: to validate it, to keep it, to compare it.

    Nothing is written to the database. All connections see it as it was at one moment. If the run
    is interrupted, the same command goes on with what has not changed since. Exit code 1 if the
    database holds values that its own types cannot hold, such as the date 0000-00-00.

    \b
    terpseed snapshot --from mysql://reader:secret@db.example/terp --out output/today
    terpseed snapshot --from ... --out output/masked --mask --mask-seed "$KEY"
    terpseed snapshot --from ... --out output/books --tables ledgerEntries,accounts
    """  # noqa: D301 - click's mark for lines that stay as they are
    from terpseed import snapshot as reading  # noqa: PLC0415 -- heavy

    if mask_seed and not mask:
        raise UsageError("--mask-seed without --mask hides nothing", then="add --mask")
    hide = reading.Mask(mask_seed or secrets.token_hex(16)) if mask else None
    target = Target.parse(url)
    try:
        with progress("pieces") as show:
            found = reading.snapshot(
                target,
                out,
                tables=tuple(name.strip() for name in tables.split(",")) if tables else (),
                mask=hide,
                as_of=read_day(as_of),
                workers=workers,
                force=force,
                fresh=fresh,
                show=show,
            )
    except (KeyboardInterrupt, SystemExit):
        talk("what was read is kept; run the same command again to go on")
        raise
    if mask and not mask_seed:
        talk("masked with a key of its own; give --mask-seed to be able to repeat it")
    click.echo(
        json_text.dumps(found.to_dict(), ensure_ascii=False, indent=1) if as_json else _text(found)
    )
    if found.unheld:
        sys.exit(ExitCode.FINDINGS)


def read_day(text: str) -> date | None:
    """Return the day that an option names, or None for the server's today.

    Raises:
        UsageError: if it is no day.
    """
    if text == "today":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", then="write it like 2025-10-31") from None


def _text(found: Snapshot) -> str:
    source = found.source
    lines = [
        f"database  {source['database']} on {source['server']}",
        f"moment    {source['taken']} UTC, {source['view']}",
        f"dataset   {found.out}",
        f"size      {found.rows:,} rows in {found.tables} tables, {found.seconds:.1f} s",
        f"as of     {found.as_of}",
    ]
    if found.again:
        lines.append(f"kept      {found.again:,} rows that an interrupted run had read, unchanged")
    if source["masked"]:
        tables = {column.partition(".")[0] for column in source["masked"]}
        lines.append(
            f"masked    {len(source['masked'])} columns of {len(tables)} tables (--json names them)"
        )
    lines += [f"note      {note}" for note in found.notes]
    if hint := stale(found):
        lines.append(f"note      {hint}")
    return "\n".join(lines)


def stale(found: Snapshot) -> str:
    """Return a hint if the books end long before the day on which they are looked at."""
    if found.newest is None:
        return ""
    if date.fromisoformat(found.as_of) - date.fromisoformat(found.newest) <= _STALE:
        return ""
    return (
        f"the newest entry in the books is of {found.newest}; rules about what is due look at "
        f"{found.as_of}: for books that ended before, such as those of a dataset that was loaded, "
        f"give their last day, for example --as-of {found.newest}"
    )
