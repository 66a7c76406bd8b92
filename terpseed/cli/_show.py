"""The command ``show``: parse, call ``terpseed.show``, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terpseed.catalog import NEWEST
from terpseed.cli import _completion as complete
from terpseed.cli import _console as console
from terpseed.cli._options import json_option
from terpseed.errors import UsageError
from terpseed.textfile import write_text

if TYPE_CHECKING:
    import polars as pl

    from terpseed.dataset import Dataset

FORMAT = 1  # of the JSON
_WIDEST = 32  # characters of a cell in a list of rows


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.argument(
    "what",
    metavar="[TABLE|DOCUMENT]",
    required=False,
    shell_complete=complete.words(complete.documents),
)
@click.argument("number", metavar="[NUMBER]", required=False)
@click.option(
    "--where",
    "conditions",
    metavar="CONDITION",
    multiple=True,
    help="Only rows with COLUMN=VALUE; also != < <= > >=, and ~ for contains. May be repeated.",
)
@click.option("--columns", metavar="NAME,...", help="Only these columns.")
@click.option(
    "--rows",
    metavar="N",
    type=click.IntRange(0, 100_000),
    default=10,
    show_default=True,
    help="Most rows of a table.",
)
@click.option("--all", "everything", is_flag=True, help="All rows of a document's branches.")
@click.option(
    "--erd",
    metavar="DOMAIN|TABLE,...",
    shell_complete=complete.words(complete.domains, listed=True),
    help="Draw these tables and their references as SVG, on stdout or into --out.",
)
@click.option(
    "--schema",
    metavar="SCHEMA",
    help=f"Schema for --erd if there is no DIR.  [default: {NEWEST}]",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File for --erd.")
@json_option
def show(folder: Path | None, what: str | None, number: str | None, **options: Any) -> None:
    r"""Show what is in the dataset in DIR.

    Without TABLE, its tables by domain. With TABLE, the first rows. With a DOCUMENT (order,
    invoice, payment, client, batch, purchase-order) and its number, the document and all that
    belongs to it. Files are not checked against their checksums here, which `validate` does, so
    that even a large dataset opens at once.

    \b
    Examples:
      terpseed show output/full
      terpseed show output/full invoices --where status=OVERDUE --where 'totalAmount>50000'
      terpseed show output/full clients --columns teri_code,name,total_owed --rows 60
      terpseed show output/full order ORD-000123
      terpseed show output/full batch BATCH-001024 --all
      terpseed show --erd sales --out sales.svg
      terpseed show --erd orders,invoices,payments --schema 2025-11 > few.svg
    """
    if options["erd"] is not None:
        _draw(folder, options["erd"], options["schema"], options["out"])
        return
    if folder is None:
        raise UsageError("no dataset is named", then="write `terpseed show DIR`")
    from terpseed import show as seeing  # noqa: PLC0415 - heavy
    from terpseed.dataset import open_dataset  # noqa: PLC0415 - heavy

    dataset = open_dataset(folder, verify=False)
    if what is None:
        click.echo(
            console.json_text(_summary(dataset)) if options["as_json"] else _summary_text(dataset)
        )
    elif number is not None:
        if what in dataset.tables and what not in seeing.KINDS:
            raise UsageError(
                f"{what!r} is a table, and {number!r} is one word too many",
                then=f"write --where id={number}, or name a document: {', '.join(seeing.KINDS)}",
            )
        node = seeing.document(dataset, what, number)
        tree = {"format": FORMAT, "document": what, **node.to_dict()}
        click.echo(
            console.json_text(tree)
            if options["as_json"]
            else seeing.tree_text(node, everything=options["everything"])
        )
    else:
        _rows(dataset, what, options)


def _rows(dataset: Dataset, table: str, options: dict[str, Any]) -> None:
    from terpseed import show as seeing  # noqa: PLC0415 - heavy

    if table in seeing.KINDS and table not in dataset.tables:
        raise UsageError(
            f"the number of the {table} is missing",
            then=f"write `terpseed show {dataset.path} {table} NUMBER`; "
            f"`terpseed show {dataset.path} {seeing.KINDS[table].table}` lists them",
        )
    names = [name.strip() for name in (options["columns"] or "").split(",") if name.strip()]
    frame, count = seeing.head(
        dataset,
        table,
        filters=[seeing.parse_filter(text) for text in options["conditions"]],
        columns=names,
        rows=options["rows"],
    )
    if options["as_json"]:
        rows = [{k: _plain(v) for k, v in row.items()} for row in frame.to_dicts()]
        click.echo(
            console.json_text({"format": FORMAT, "table": table, "found": count, "rows": rows})
        )
        return
    click.echo(_frame_text(frame) if names else _records_text(frame))
    console.talk(f"{frame.height:,} of {count:,} rows")


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cell(value: object) -> str:
    text = "" if value is None else str(_plain(value)).replace("\n", "⏎")
    return text.removesuffix("+00:00")


def _frame_text(frame: pl.DataFrame) -> str:
    """Return rows as a table: short cells, numbers to the right."""
    cells = [[_cell(value) for value in row] for row in frame.iter_rows()]
    cut = [[c if len(c) <= _WIDEST else f"{c[: _WIDEST - 1]}…" for c in row] for row in cells]
    right = frozenset(k for k, kind in enumerate(frame.dtypes) if kind.is_numeric())
    return console.table_text([frame.columns, *cut], right=right)


def _records_text(frame: pl.DataFrame) -> str:
    """Return rows one below the other, a line for each column that has a value."""
    blocks = []
    for row in frame.iter_rows(named=True):
        lines = [[name, _cell(value)] for name, value in row.items() if value is not None]
        blocks.append(console.table_text(lines))
    return "\n\n".join(blocks)


def _summary(dataset: Dataset) -> dict[str, Any]:
    from terpseed.catalog.domains import MEANING, domain_of  # noqa: PLC0415 - beside its use

    manifest = dataset.manifest
    domains: dict[str, dict[str, int]] = {name: {} for name in MEANING}
    for name, entry in manifest.tables.items():
        domains[domain_of(name)][name] = entry.rows
    return {
        "format": FORMAT,
        "dataset": str(dataset.path),
        "scenario": manifest.scenario.get("name", ""),
        "title": manifest.scenario.get("title", ""),
        "seed": manifest.seed,
        "as_of": manifest.as_of.isoformat(),
        "schema": manifest.catalog_version,
        "file_format": manifest.file_format,
        "rows": manifest.rows,
        "bytes": manifest.bytes,
        "domains": {name: tables for name, tables in domains.items() if tables},
    }


def _summary_text(dataset: Dataset) -> str:
    about = _summary(dataset)
    lines = [
        f"{about['dataset']}  {about['scenario']}: {about['title']}",
        (
            f"schema {about['schema']}, as of {about['as_of']}, seed {about['seed']}, "
            f"{about['rows']:,} rows, {about['bytes'] / 1e6:,.1f} MB ({about['file_format']})"
        ),
    ]
    for domain, tables in about["domains"].items():
        lines.append(f"\n{domain}")
        width = max(len(name) for name in tables)
        lines += [f"  {name:<{width}}  {rows:>12,}" for name, rows in tables.items()]
    return "\n".join(lines)


def _draw(folder: Path | None, wanted: str, schema: str | None, out: Path | None) -> None:
    from terpseed.catalog.domains import MEANING, chosen  # noqa: PLC0415 - beside its use
    from terpseed.catalog.resolve import resolve  # noqa: PLC0415 - may open a connection
    from terpseed.show.diagram import draw  # noqa: PLC0415 - beside its use

    if folder is not None:
        from terpseed.dataset import open_dataset  # noqa: PLC0415 - heavy

        catalog = open_dataset(folder, verify=False).catalog
    else:
        catalog = resolve(schema or NEWEST)
    words = [word.strip() for word in wanted.split(",") if word.strip()]
    tables = chosen(words, catalog)
    if not tables:
        raise UsageError(f"schema {catalog.version} has no table of {wanted!r}")
    title = ", ".join(f"{word}: {MEANING[word]}" if word in MEANING else word for word in words)
    svg = draw(catalog, tables, title)
    if out is None:
        click.echo(svg, nl=False)
        return
    write_text(out, svg, "drawing")
    console.talk(f"wrote {out}: {len(tables)} tables")
