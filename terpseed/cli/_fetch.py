"""The command ``fetch``: a dataset from object storage into a folder."""

from __future__ import annotations

from pathlib import Path

import click

from terpseed.cli import _console as console
from terpseed.errors import UsageError


@click.command()
@click.argument("place", metavar="s3://BUCKET/PREFIX")
@click.argument("out", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace an older dataset in DIR.")
def fetch(place: str, out: Path, *, force: bool) -> None:
    r"""Copy a dataset from object storage into a folder, and prove every file on the way.

    DIR appears complete or not at all. Credentials and endpoint come from the environment alone:
    AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL. Needs the extra `s3`.

    \b
    Examples:
      terpseed fetch s3://bucket/load output/load      then validate or load it from there
    """
    from terpseed.dataset.fetch import fetch as bring  # noqa: PLC0415 - heavy
    from terpseed.dataset.place import Remote, place_named  # noqa: PLC0415 - heavy

    source = place_named(place)
    if not isinstance(source, Remote):
        raise UsageError(f"{place} is a folder already", then="give s3://BUCKET/PREFIX")
    with console.progress("bytes") as show:
        manifest = bring(
            source,
            out,
            force=force,
            progress=lambda done, total: show("fetching", done, total, ""),
        )
    size = f"{manifest.bytes / 1e6:,.1f} MB"
    click.echo(f"fetched {manifest.rows:,} rows in {size} into {out}")
