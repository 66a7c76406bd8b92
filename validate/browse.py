"""Rules told in full: what each proves, why it matters, what it reads, its query, its faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from terpseed.catalog import NEWEST, shipped, shipped_versions
from terpseed.errors import UsageError, nearest
from validate import derived
from validate._ground import Ground
from validate._plan import library_with
from validate.faults import Fault, all_faults
from validate.shapes import SHAPES, shape_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from validate._files import FileRule, Library
    from validate.rule import Rule
    from validate.shapes._row import Row

FORMAT = 1
_ANY_DAY = date(2025, 10, 31)
_DERIVED = "catalog"


@dataclass(frozen=True)
class Described:
    """A rule with all that is known of it.

    Attributes:
        rule: the promise.
        kind: how it is written: ``catalog``, ``sql``, or the shape that it is a row of.
        tables: tables and shared views that it reads; those of the newest schema for a rule of the
            catalog.
        needs: further conditions under which it is run, one sentence each.
        sql: its query, in the newest schema that has its tables; one of its checks for a rule of
            the catalog.
        faults: what is planted for it.
        schemas: shipped schema versions that it is run on.
    """

    rule: Rule
    kind: str
    tables: tuple[str, ...]
    needs: tuple[str, ...]
    sql: str
    faults: tuple[Fault, ...]
    schemas: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            **self.rule.to_dict(),
            "kind": self.kind,
            "tables": list(self.tables),
            "needs": list(self.needs),
            "schemas": list(self.schemas),
            "sql": self.sql,
            "faults": [{"id": fault.id, "title": fault.title} for fault in self.faults],
        }


def described(rules_dir: Path | None = None) -> tuple[Described, ...]:
    """Return every rule, in order of concern and id.

    Args:
        rules_dir: a folder with rules of the user's own, to be told besides ours.

    Raises:
        RuleError: if a file in the folder is no rule; names file and line.
        UsageError: if there is no such folder, or no rule in it.
    """
    library = library_with(rules_dir)
    planted = _faults()
    found = [
        *_of_catalog(planted),
        *(_of_row(row, library, planted) for row in shape_rows()),
        *(_of_file(entry, library, planted) for entry in library.rules),
    ]
    return tuple(sorted(found, key=lambda entry: (entry.rule.concern, entry.rule.id)))


def describe(rule_id: str, rules_dir: Path | None = None) -> Described:
    """Return one rule.

    Raises:
        UsageError: if there is none of that id.
    """
    known = {entry.rule.id: entry for entry in described(rules_dir)}
    if rule_id not in known:
        raise UsageError(
            f"there is no rule {rule_id!r}",
            then=nearest(rule_id, known) or "run `terpseed rules list`",
        )
    return known[rule_id]


@cache
def _grounds() -> Mapping[str, Ground]:
    """Return a complete dataset of each shipped schema, newest first."""
    older = [version for version in shipped_versions() if version != NEWEST]
    return {version: Ground(shipped(version), as_of=_ANY_DAY) for version in (NEWEST, *older)}


@cache
def _faults() -> Mapping[str, tuple[Fault, ...]]:
    found: dict[str, dict[str, Fault]] = {}
    for ground in _grounds().values():
        for fault in all_faults(ground):
            found.setdefault(fault.rule, {}).setdefault(fault.id, fault)
    return {rule: tuple(faults.values()) for rule, faults in found.items()}


def _of_catalog(planted: Mapping[str, tuple[Fault, ...]]) -> Iterator[Described]:
    by_version = {version: list(derived.checks(ground)) for version, ground in _grounds().items()}
    for rule in derived.rules():
        checks = {v: [c for c in found if c.rule.id == rule.id] for v, found in by_version.items()}
        schemas = [version for version, found in checks.items() if found]
        example = checks[schemas[0]][0] if schemas else None
        tables = (
            sorted({table for check in checks[schemas[0]] for table in check.tables})
            if example
            else []
        )
        sql = ""
        if example:
            sql = example.rows or f"-- {example.subject}\nSELECT ... WHERE {example.condition}"
        needs = ("a dataset with an as-of date",) if rule.id == "time.nothing-after-now" else ()
        if rule.id == "structure.fits":
            needs = ("a column that is stored in another type than the schema's",)
        yield Described(
            rule, _DERIVED, tuple(tables), needs, sql, planted.get(rule.id, ()), tuple(schemas)
        )


def _of_row(row: Row, library: Library, planted: Mapping[str, tuple[Fault, ...]]) -> Described:
    fitting = [
        version for version, ground in _grounds().items() if not row.why_not(ground, library.views)
    ]
    sql = SHAPES[row.shape].build(row, _grounds()[fitting[0]]) if fitting else ""
    needs = ("a dataset with an as-of date",) if "as_of_" in repr(row.fields) else ()
    tables = tuple(dict.fromkeys(row.tables.values()))
    return Described(
        row.rule, row.shape, tables, needs, sql, planted.get(row.rule.id, ()), tuple(fitting)
    )


def _of_file(
    entry: FileRule, library: Library, planted: Mapping[str, tuple[Fault, ...]]
) -> Described:
    file = entry.file
    needs = [f"a schema without table {table}" for table in file.words("without")]
    needs += [f"a scenario that promises {key}" for key in file.words("scenario")]
    if "as_of_" in file.sql:
        needs.append("a dataset with an as-of date")
    own = [table for table in file.tables if table not in library.views]
    schemas = [
        version
        for version, ground in _grounds().items()
        if not ground.why_not(own, file.sql, file.optional)
        and not any(table in ground.catalog for table in file.words("without"))
    ]
    return Described(
        entry.rule,
        "sql",
        file.tables,
        tuple(needs),
        file.sql,
        planted.get(entry.rule.id, ()),
        tuple(schemas),
    )
