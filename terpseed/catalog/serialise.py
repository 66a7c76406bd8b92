"""Catalogs as plain data, to be kept in a JSON file or a manifest, and read back unchanged.

The form is terse, because a catalog has thousands of columns: a column is
``[name, type, flags, default]``, where flags are words out of ``null auto touch generated`` and a
missing default is left out. The shipped versions use the same form for their tables.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from terpseed.catalog.model import (
    Catalog,
    Column,
    ColumnType,
    ForeignKey,
    Reference,
    StateMachine,
    Table,
)
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FORMAT = 1

_parse_type = cache(ColumnType.parse)


def catalog_to_dict(catalog: Catalog) -> dict[str, Any]:
    """Return a catalog as plain data, with everything that it knows, in a fixed order."""
    return {
        "format": FORMAT,
        "version": catalog.version,
        "source": catalog.source,
        "fingerprint": catalog.fingerprint,
        "tables": {name: table_to_dict(table) for name, table in sorted(catalog.tables.items())},
        "references": [_reference_to_dict(reference) for reference in catalog.references],
        "states": [_machine_to_dict(machine) for machine in catalog.states],
    }


def catalog_from_dict(data: Mapping[str, Any], *, origin: str = "catalog") -> Catalog:
    """Read a catalog from plain data.

    Args:
        data: what ``catalog_to_dict`` returned.
        origin: where it came from, for errors.

    Raises:
        SchemaError: if the data is of a newer format, incomplete, contradicts itself, or was
            changed without its fingerprint.
    """
    found = data.get("format")
    if found != FORMAT:
        raise SchemaError(
            f"this is no catalog of format {FORMAT}",
            where=f"{origin}: format is {found!r}",
            then="write it anew with `terpseed schema pull` or `terpseed schema show --json`",
        )
    try:
        catalog = Catalog(
            version=data["version"],
            tables={name: table_from_dict(name, entry) for name, entry in data["tables"].items()},
            references=tuple(_reference_from_dict(entry) for entry in data["references"]),
            states=tuple(_machine_from_dict(entry) for entry in data["states"]),
            source=data["source"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SchemaError(
            "the catalog cannot be read", where=origin, why=f"{type(error).__name__}: {error}"
        ) from error
    problems = list(contradictions(catalog))
    if problems:
        raise SchemaError("the catalog contradicts itself", where=f"{origin}: {problems[0]}")
    if data.get("fingerprint") not in {None, catalog.fingerprint}:
        raise SchemaError(
            "the catalog was changed after it was written",
            where=f"{origin}: its fingerprint is not that of its tables",
            then="leave the fingerprint out of a catalog that is edited by hand",
        )
    return catalog


def read_catalog(path: Path) -> Catalog:
    """Read a catalog from a JSON file.

    Raises:
        SchemaError: if the file cannot be read or is no catalog.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(
            "the catalog file cannot be read", where=str(path), why=str(error)
        ) from error
    if not isinstance(data, dict):
        raise SchemaError("this is no catalog", where=str(path))
    return catalog_from_dict(data, origin=str(path))


def contradictions(catalog: Catalog) -> Iterable[str]:
    """Yield what cannot be: keys and references on columns or tables that do not exist."""
    for table in catalog.tables.values():
        names = table.column_names
        if len({name.lower() for name in names}) != len(names):
            yield f"{table.name} has a column twice"
        keys = [table.primary_key, *table.unique, *table.indexes]
        keys += [key.columns for key in table.foreign_keys]
        for name in (name for key in keys for name in key if name not in names):
            yield f"{table.name}: a key names the unknown column {name}"
        for key in table.foreign_keys:
            column = f"{table.name}.{key.columns[0]}"
            referred = catalog.tables.get(key.ref_table)
            if referred is None:
                yield f"{column} refers to the unknown table {key.ref_table}"
            elif not set(key.ref_columns) <= set(referred.column_names):
                yield f"{column} refers to an unknown column of {referred.name}"
    ends = [(r.table, r.column) for r in catalog.references]
    ends += [(r.ref_table, r.ref_column) for r in catalog.references if r.ref_table]
    ends += [(machine.table, machine.column) for machine in catalog.states]
    for name, column in ends:
        if name not in catalog or column not in catalog[name]:
            yield f"a reference or state machine names the unknown column {name}.{column}"


def table_to_dict(table: Table) -> dict[str, Any]:
    """Return one table as plain data."""
    return {
        "columns": [_column_to_list(column) for column in table.columns],
        "primary_key": list(table.primary_key),
        "unique": [list(key) for key in table.unique],
        "foreign_keys": [
            [list(key.columns), key.ref_table, list(key.ref_columns), key.on_delete]
            for key in table.foreign_keys
        ],
        "indexes": [list(index) for index in table.indexes],
    }


def table_from_dict(name: str, entry: Mapping[str, Any]) -> Table:
    """Read one table from plain data.

    Raises:
        KeyError: if a part is missing.
        TypeError: if a part has another shape.
        ValueError: if a type is none.
    """
    return Table(
        name=name,
        columns=tuple(_column(*row) for row in entry["columns"]),
        primary_key=tuple(entry["primary_key"]),
        unique=tuple(tuple(key) for key in entry["unique"]),
        foreign_keys=tuple(
            ForeignKey(tuple(columns), table, tuple(referred), on_delete)
            for columns, table, referred, on_delete in entry["foreign_keys"]
        ),
        indexes=tuple(tuple(index) for index in entry["indexes"]),
    )


def _column(name: str, type_text: str, flags: str, default: str | None = None) -> Column:
    marks = flags.split()
    return Column(
        name=name,
        type=_parse_type(type_text),
        nullable="null" in marks,
        default=default,
        auto_increment="auto" in marks,
        on_update_now="touch" in marks,
        generated="generated" in marks,
    )


def _column_to_list(column: Column) -> list[str]:
    marks = {
        "null": column.nullable,
        "auto": column.auto_increment,
        "touch": column.on_update_now,
        "generated": column.generated,
    }
    flags = " ".join(name for name, is_set in marks.items() if is_set)
    row = [column.name, str(column.type), flags]
    return row if column.default is None else [*row, column.default]


def _reference_to_dict(reference: Reference) -> dict[str, Any]:
    data: dict[str, Any] = {
        "table": reference.table,
        "column": reference.column,
        "ref_table": reference.ref_table,
        "ref_column": reference.ref_column,
        "kind": reference.kind,
    }
    if reference.when:
        data["when"] = {"column": reference.when[0], "values": list(reference.when[1])}
    if reference.json_path is not None:
        data["json_path"] = reference.json_path
    if reference.also:
        data["also"] = list(reference.also)
    if reference.inferred:
        data["inferred"] = True
    return data


def _reference_from_dict(entry: Mapping[str, Any]) -> Reference:
    when = entry.get("when")
    return Reference(
        table=entry["table"],
        column=entry["column"],
        ref_table=entry["ref_table"],
        ref_column=entry["ref_column"],
        kind=entry["kind"],
        when=(when["column"], tuple(when["values"])) if when else None,
        json_path=entry.get("json_path"),
        also=tuple(entry.get("also", ())),
        inferred=entry.get("inferred", False),
    )


def _machine_to_dict(machine: StateMachine) -> dict[str, Any]:
    return {
        "table": machine.table,
        "column": machine.column,
        "initial": sorted(machine.initial),
        "steps": [list(step) for step in sorted(machine.steps)],
        "terminal": sorted(machine.terminal),
        "inferred": [list(step) for step in sorted(machine.inferred)],
    }


def _machine_from_dict(entry: Mapping[str, Any]) -> StateMachine:
    return StateMachine(
        table=entry["table"],
        column=entry["column"],
        initial=frozenset(entry["initial"]),
        steps=frozenset((before, after) for before, after in entry["steps"]),
        terminal=frozenset(entry["terminal"]),
        inferred=frozenset((before, after) for before, after in entry["inferred"]),
    )
