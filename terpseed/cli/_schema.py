"""``terpseed schema``: catalogs on the command line."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terpseed.catalog import NEWEST, catalog_to_dict, shipped, shipped_versions
from terpseed.errors import (
    ExitCode,
    SchemaError,
    StateDiffersError,
    UsageError,
    nearest,
)
from terpseed.textfile import write_text

if TYPE_CHECKING:
    from terpseed.catalog import Catalog, Table

_as_json = click.option("--json", is_flag=True, help="Print JSON instead of text.")


@click.group()
def schema() -> None:
    r"""Show, compare, read and write schema versions.

    SCHEMA is a shipped version, FILE.json as `schema pull` writes it, FILE.sql with CREATE TABLE
    statements, or the URL of a database: mysql://user:password@host/database.

    \b
    Examples:
      terpseed schema show 2026-05 orders
      terpseed schema diff 2025-11 mysql://user@localhost/terp
      terpseed schema create 2026-05 --to mysql://user@localhost/empty
    """


@schema.command("list")
@_as_json
def list_(*, json: bool) -> None:
    """List the schema versions that terpseed ships."""
    rows = [_summary(shipped(version)) for version in shipped_versions()]
    if json:
        _print_json({"format": 1, "newest": NEWEST, "versions": rows})
    else:
        _print_rows([list(rows[0]), *([str(cell) for cell in row.values()] for row in rows)])


@schema.command()
@click.argument("name", metavar="[SCHEMA]", default=NEWEST)
@click.argument("table", required=False)
@click.option(
    "--domains",
    is_flag=True,
    help="Show which part of the simulated business makes each table, its rules, its rows in full.",
)
@_as_json
def show(name: str, table: str | None, *, domains: bool, json: bool) -> None:
    """Show the tables of a schema, or one TABLE of it."""
    from terpseed.catalog.resolve import resolve  # noqa: PLC0415 -- may open a connection

    catalog = resolve(name)
    if domains:
        _show_domains(catalog, table, json=json)
        return
    if table is None:
        if json:
            _print_json(catalog_to_dict(catalog))
        else:
            _print_tables(catalog)
        return
    if table not in catalog:
        raise SchemaError(
            f"there is no table {table!r}",
            where=catalog.source,
            then=nearest(table, catalog.tables),
        )
    if json:
        from terpseed.catalog.serialise import table_to_dict  # noqa: PLC0415 -- seldom needed

        _print_json({"format": 1, "table": table, **table_to_dict(catalog[table])})
    else:
        _print_table(catalog, catalog[table])


def _show_domains(catalog: Catalog, table: str | None, *, json: bool) -> None:
    from terpseed.cli._domains import FILLER, FORMAT, table_stories  # noqa: PLC0415 -- heavy

    stories = [story for story in table_stories(catalog) if table in {None, story.table}]
    if not stories:
        raise SchemaError(
            f"there is no table {table!r}",
            where=catalog.source,
            then=nearest(str(table), catalog.tables),
        )
    if json:
        tables = [story.to_dict() for story in stories]
        _print_json({"format": FORMAT, "schema": catalog.version, "tables": tables})
        return
    click.echo(f"{catalog.source}")
    rows = [["table", "domain", "modules", *shipped_versions(), "rules"]]
    for story in stories:
        counts = [f"{story.rows[v]:,}" if v in story.rows else "" for v in shipped_versions()]
        rules = ", ".join(story.rules) if table else str(len(story.rules))
        modules = ", ".join(story.modules) or FILLER
        rows.append([story.table, story.domain, modules, *counts, rules])
    _print_rows(rows)


@schema.command("diff")
@click.argument("before")
@click.argument("after")
@_as_json
@click.pass_context
def diff_(ctx: click.Context, before: str, after: str, *, json: bool) -> None:
    """Compare two schemas; exit 1 if they differ.

    A line begins with + for what only AFTER has, - for what only BEFORE has, ~ for a change.
    """
    from terpseed.catalog.diff import diff  # noqa: PLC0415 -- seldom needed
    from terpseed.catalog.resolve import resolve  # noqa: PLC0415 -- may open a connection

    found = diff(resolve(before), resolve(after))
    if json:
        _print_json(found.to_dict())
    else:
        click.echo(found.text())
    ctx.exit(ExitCode.FINDINGS if found else ExitCode.GOOD)


@schema.command("pull")
@click.option(
    "--from",
    "url",
    metavar="URL",
    help="Database to read; DATABASE_URL or .env if not given.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write, else stdout."
)
def pull_(url: str | None, out: Path | None) -> None:
    """Write the schema of a live database as JSON, to be used with `--schema FILE.json`.

    A database that resembles a shipped version gets what terpseed knows about that one.
    """
    from terpseed.catalog.resolve import resolve  # noqa: PLC0415 -- opens a connection
    from terpseed.connection import Target  # noqa: PLC0415 -- opens a connection

    catalog = resolve(Target.parse(url).url)
    text = dumps(catalog_to_dict(catalog), ensure_ascii=False, indent=1)
    if out is None:
        click.echo(text)
        return
    write_text(out, text + "\n", "schema")
    click.echo(f"wrote {out}: {len(catalog.tables)} tables of {catalog.source}", err=True)


@schema.command()
@click.argument("name", metavar="[SCHEMA]", default=NEWEST)
def ddl(name: str) -> None:
    """Print the SQL that creates a schema's tables in an empty database.

    For example: terpseed schema ddl 2026-05 | mariadb terp
    """
    from terpseed.catalog.ddl import create_database_sql  # noqa: PLC0415 -- seldom needed
    from terpseed.catalog.resolve import resolve  # noqa: PLC0415 -- may open a connection

    catalog = resolve(name)
    click.echo(f"-- {catalog.source}: {len(catalog.tables)} tables, {catalog.fingerprint[:12]}")
    for statement in create_database_sql(catalog):
        click.echo(f"{statement};")


@schema.command()
@click.argument("name", metavar="[SCHEMA]", default=NEWEST)
@click.option(
    "--to",
    "url",
    metavar="URL",
    help="Empty database to create the tables in; DATABASE_URL or .env if not given.",
)
def create(name: str, url: str | None) -> None:
    r"""Create a schema's tables in an empty database.

    Refused with exit code 6 if there is any table. TERP's own migrations do the same and more;
    this is for test databases.

    \b
    Examples:
      terpseed schema create --to mysql://user:password@localhost:3306/terp
      terpseed schema create 2025-11
    """
    from contextlib import closing  # noqa: PLC0415 -- opens a connection

    from terpseed.catalog.ddl import create_tables  # noqa: PLC0415 -- opens a connection
    from terpseed.catalog.resolve import resolve  # noqa: PLC0415 -- may open a connection
    from terpseed.connection import Target, connect  # noqa: PLC0415 -- opens a connection

    catalog, target = resolve(name), Target.parse(url)
    if target.database is None:
        raise UsageError(
            "the URL names no database", where=target.display, then="add /DATABASE to it"
        )
    with closing(connect(target)) as connection:
        with closing(connection.cursor()) as cursor:
            cursor.execute("SHOW TABLES")
            there = len(cursor.fetchall())
        if there:
            raise StateDiffersError(
                f"the database has {there} tables already",
                where=target.display,
                why="tables are created in an empty database, never among others",
                then="name another database, or let TERP's migrations change this one",
            )
        create_tables(connection, catalog)
    click.echo(f"created {len(catalog.tables)} tables of {catalog.version} in {target.display}")


def _summary(catalog: Catalog) -> dict[str, Any]:
    tables = catalog.tables.values()
    return {
        "version": catalog.version,
        "tables": len(tables),
        "columns": sum(len(table.columns) for table in tables),
        "foreign keys": sum(len(table.foreign_keys) for table in tables),
        "references": len(catalog.references),
        "state machines": len(catalog.states),
        "fingerprint": catalog.fingerprint[:12],
    }


def _print_tables(catalog: Catalog) -> None:
    click.echo(f"{catalog.source}")
    rows = [["table", "columns", "primary key", "foreign keys", "references"]]
    for name, table in catalog.tables.items():
        key = ", ".join(table.primary_key)
        references = sum(reference.table == name for reference in catalog.references)
        counts = [str(len(table.foreign_keys)), str(references)]
        rows.append([name, str(len(table.columns)), key, *counts])
    _print_rows(rows)


def _print_table(catalog: Catalog, table: Table) -> None:
    rows = [["column", "type", "null", "default", ""]]
    for column in table.columns:
        marks = {
            "auto increment": column.auto_increment,
            "on update now": column.on_update_now,
            "generated": column.generated,
        }
        extra = ", ".join(word for word, is_set in marks.items() if is_set)
        default = "" if column.default is None else column.default or "''"
        null = "yes" if column.nullable else ""
        rows.append([column.name, str(column.type), null, default, extra])
    _print_rows(rows)
    click.echo(f"\nprimary key   {', '.join(table.primary_key)}")
    for key in table.unique:
        click.echo(f"unique        {', '.join(key)}")
    for index in table.indexes:
        click.echo(f"index         {', '.join(index)}")
    for foreign in table.foreign_keys:
        referred = f"{foreign.ref_table}.{', '.join(foreign.ref_columns)}"
        columns = ", ".join(foreign.columns)
        click.echo(f"foreign key   {columns} -> {referred}  on delete {foreign.on_delete.lower()}")
    for reference in catalog.references:
        if reference.table == table.name:
            when = f"  when {reference.when[0]} in {reference.when[1]}" if reference.when else ""
            path = f" {reference.json_path}" if reference.json_path else ""
            referred = f"{reference.ref_table}.{reference.ref_column}"
            referred = referred if reference.ref_table else reference.kind.upper()
            click.echo(f"reference     {reference.column}{path} -> {referred}{when}")
    for machine in catalog.states:
        if machine.table == table.name:
            click.echo(f"states        {machine.column}: from {', '.join(sorted(machine.initial))}")
            for before, after in sorted(machine.steps):
                click.echo(f"                {before} -> {after}")


def _print_rows(rows: list[list[str]]) -> None:
    """Print rows with their columns aligned; a long type does not push the others away."""
    widths = [min(max(len(row[place]) for row in rows), 40) for place in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _print_json(data: dict[str, Any]) -> None:
    click.echo(dumps(data, ensure_ascii=False, indent=1))
