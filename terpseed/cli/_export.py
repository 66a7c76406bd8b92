"""The command ``export``: parse, call ``terpseed.export``, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terpseed.cli import _console as console
from terpseed.cli._options import json_option
from terpseed.errors import UsageError

if TYPE_CHECKING:
    from terpseed.export import ExportFormat, Options

_FORMATS = ("csv", "parquet", "duckdb", "sql")
_OWN: dict[str, tuple[str, ...]] = {
    "csv": ("delimiter", "no_header", "gzip", "excel", "null"),
    "parquet": ("compression",),
    "duckdb": (),
    "sql": ("file_size", "with_tables"),
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    required=True,
    help="Form to write: a folder of files, or one DuckDB file.",
)
@click.option(
    "--out",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Where to write; DIR-FORMAT by default, DIR.duckdb for DuckDB.",
)
@click.option("--delimiter", metavar="SIGN", help="CSV: one character, or tab.  [default: ,]")
@click.option("--no-header", is_flag=True, help="CSV: no line of column names.")
@click.option("--gzip", is_flag=True, help="CSV: compress; a fifth of the size, half the speed.")
@click.option(
    "--excel", is_flag=True, help="CSV: byte order mark and Windows line ends, for a double click."
)
@click.option("--null", metavar="TEXT", help="CSV: what stands for NULL.  [default: nothing]")
@click.option(
    "--compression",
    type=click.Choice(["zstd", "snappy", "gzip", "lz4", "uncompressed"]),
    help="Parquet: zstd is smallest, snappy is read everywhere, lz4 is quickest.  [default: zstd]",
)
@click.option(
    "--file-size",
    metavar="KB",
    type=click.IntRange(16, 1_000_000),
    help="SQL: about the largest file, in kilobytes.  [default: 2000]",
)
@click.option("--with-tables", is_flag=True, help="SQL: the first file creates the tables.")
@click.option("--force", is_flag=True, help="Replace an older export.")
@json_option
def export(
    folder: Path, form: ExportFormat, out: Path | None, *, force: bool, as_json: bool, **asked: Any
) -> None:
    r"""Write the dataset in DIR in another form.

    The dataset is checked first and stays as it is: it is what was proved and what `load` loads.
    SQL is for those who can only paste: `load` is ten times as fast and proves what arrived.

    \b
    Examples:
      terpseed export output/full --format csv --gzip --out full-csv
      terpseed export output/full --format csv --excel --delimiter ';'
      terpseed export output/full --format parquet --compression snappy
      terpseed export output/full --format duckdb --out terp.duckdb
      terpseed export output/light --format sql --with-tables --file-size 500
    """
    options = _options(form, asked)
    from terpseed.dataset import open_dataset  # noqa: PLC0415 - heavy
    from terpseed.export import export as write  # noqa: PLC0415 - heavy

    dataset = open_dataset(folder)
    if out is None:
        name = folder.resolve().name
        out = folder.resolve().parent / (f"{name}.duckdb" if form == "duckdb" else f"{name}-{form}")
    with console.progress("tables") as show:
        result = write(
            dataset,
            out,
            form,
            options,
            force=force,
            progress=lambda done, total, table: show(f"writing {form}", done, total, table),
        )
    if as_json:
        click.echo(console.json_text(result.to_dict()))
        return
    rows = sum(result.tables.values())
    click.echo(
        f"wrote {rows:,} rows of {len(result.tables)} tables, {result.bytes / 1e6:,.1f} MB in "
        f"{result.files:,} {'file' if result.files == 1 else 'files'}: {result.out}"
    )


def _options(form: str, asked: dict[str, Any]) -> Options:
    """Return what was asked for as options.

    Raises:
        UsageError: if an option of another form is given, or a value cannot be used.
    """
    from terpseed.export import CsvOptions, Options, SqlOptions  # noqa: PLC0415 - heavy

    for owner, names in _OWN.items():
        for name in names:
            if owner != form and asked[name]:
                raise UsageError(
                    f"--{name.replace('_', '-')} is an option of {owner}, not of {form}",
                    then=f"leave it out, or write --format {owner}",
                )
    delimiter = asked["delimiter"] or ","
    return Options(
        csv=CsvOptions(
            delimiter="\t" if delimiter in {"tab", "\\t"} else delimiter,
            header=not asked["no_header"],
            gzipped=asked["gzip"],
            excel=asked["excel"],
            null=asked["null"] or "",
        ),
        sql=SqlOptions(
            file_bytes=(asked["file_size"] or 2000) * 1000, with_tables=asked["with_tables"]
        ),
        compression=asked["compression"] or "zstd",
    )
