"""The schema versions that terpseed ships, read from its own files.

Each version is a folder under ``versions/``: ``tables.json`` (structure), ``references.csv``
(references that the schema does not declare) and ``states.csv`` (legal state steps).
"""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from terpseed.catalog.model import Catalog, Reference, ReferenceKind, StateMachine
from terpseed.catalog.serialise import table_from_dict
from terpseed.errors import SchemaError, nearest

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

NEWEST = "2026-05"
# Stand for "from nothing" and "to nothing" in states.csv and in ``StateMachine.inferred``.
INITIAL, TERMINAL = "(initial)", "(terminal)"


def shipped_versions() -> tuple[str, ...]:
    """Return the names of the shipped versions, oldest first."""
    folder = files("terpseed.catalog").joinpath("versions")
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir()))


@cache
def shipped(version: str = NEWEST) -> Catalog:
    """Return a shipped catalog.

    Args:
        version: name of the version, for example ``2026-05``.

    Raises:
        SchemaError: if no version of that name is shipped.
    """
    if version not in shipped_versions():
        raise SchemaError(
            f"schema version {version!r} is not shipped",
            where=f"known versions: {', '.join(shipped_versions())}",
            then=nearest(version, shipped_versions()) or "run `terpseed schema list`",
        )
    folder = files("terpseed.catalog").joinpath("versions", version)
    tables = json.loads(folder.joinpath("tables.json").read_text(encoding="utf-8"))
    return Catalog(
        version=version,
        tables={name: table_from_dict(name, entry) for name, entry in tables["tables"].items()},
        references=tuple(_references(folder)),
        states=tuple(_states(folder)),
        source=f"shipped {version}",
    )


def _rows(file: Traversable) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def _references(folder: Traversable) -> list[Reference]:
    return [
        Reference(
            table=row["table"],
            column=row["column"],
            ref_table=row["ref_table"],
            ref_column=row["ref_column"],
            kind=cast("ReferenceKind", row["kind"]),
            when=(row["when_column"], tuple(row["when_values"].split("|")))
            if row["when_column"]
            else None,
            json_path=row["json_path"] or None,
            also=tuple(row["also"].split("|")) if row["also"] else (),
            inferred=row["inferred"] == "yes",
        )
        for row in _rows(folder.joinpath("references.csv"))
    ]


def _states(folder: Traversable) -> list[StateMachine]:
    by_column: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _rows(folder.joinpath("states.csv")):
        by_column.setdefault((row["table"], row["column"]), []).append(row)
    return [
        StateMachine(
            table=table,
            column=column,
            initial=frozenset(row["to"] for row in rows if row["from"] == INITIAL),
            steps=frozenset(
                (row["from"], row["to"])
                for row in rows
                if row["from"] != INITIAL and row["to"] != TERMINAL
            ),
            terminal=frozenset(row["from"] for row in rows if row["to"] == TERMINAL),
            inferred=frozenset((row["from"], row["to"]) for row in rows if row["inferred"]),
        )
        for (table, column), rows in by_column.items()
    ]
