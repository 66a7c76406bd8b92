"""What terpseed knows about a schema that the schema itself does not say, for any catalog.

A shipped version carries references and state machines that were read out of TERP. A catalog from
a database or a file that resembles a shipped version gets those of them that it has columns for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from terpseed.catalog._shipped import INITIAL, TERMINAL, shipped, shipped_versions
from terpseed.catalog.likeness import renamed_columns
from terpseed.catalog.model import Reference, StateMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog.model import Catalog

_RESEMBLANCE = 0.5  # share of a catalog's columns that a version must have to speak for it


def nearest_version(catalog: Catalog) -> str | None:
    """Return the shipped version that a catalog is most like, or None if it is like none.

    The most alike is the one that shares the largest part of the columns of the catalog's own
    tables, for a catalog may be a part of a version; and among equals, of all tables.
    """
    own = _columns(catalog)
    best, best_score = None, (0.0, 0.0)
    for version in shipped_versions():
        theirs = _columns(shipped(version))
        shared = len(own & theirs)
        beside = {column for column in theirs if column[0] in catalog}
        score = (shared / len(own | beside), shared / len(own | theirs))
        if shared >= _RESEMBLANCE * len(own) and score >= best_score:
            best, best_score = version, score
    return best


def with_knowledge(catalog: Catalog) -> Catalog:
    """Return a catalog with the references and state machines of the version it is most like.

    A column that is taken for a known one under a new name gets what is known about that one.
    A catalog of exactly a shipped structure takes that version's name, too. One that resembles
    none, or brings its own knowledge, is returned as it is.
    """
    version = nearest_version(catalog)
    if version is None or catalog.references or catalog.states:
        return catalog
    known = _under_own_names(shipped(version), catalog)
    return replace(
        catalog,
        version=version if catalog.fingerprint == known.fingerprint else catalog.version,
        references=tuple(_references(catalog, known)),
        states=tuple(_states(catalog, known)),
    )


def _under_own_names(known: Catalog, catalog: Catalog) -> Catalog:
    """Return what a version knows with the names that a catalog gives to renamed columns."""
    names = {
        table.name: {old: new for new, old in renamed_columns(known[table.name], table).items()}
        for table in catalog.tables.values()
        if table.name in known
    }
    if not any(names.values()):
        return known

    def own(table: str, column: str) -> str:
        return names.get(table, {}).get(column, column)

    return replace(
        known,
        tables={
            name: replace(
                table,
                columns=tuple(replace(c, name=own(name, c.name)) for c in table.columns),
                foreign_keys=tuple(
                    replace(
                        key,
                        columns=tuple(own(name, part) for part in key.columns),
                        ref_columns=tuple(own(key.ref_table, part) for part in key.ref_columns),
                    )
                    for key in table.foreign_keys
                ),
            )
            for name, table in known.tables.items()
        },
        references=tuple(
            replace(
                one,
                column=own(one.table, one.column),
                ref_column=own(one.ref_table, one.ref_column),
                when=(own(one.table, one.when[0]), one.when[1]) if one.when else None,
            )
            for one in known.references
        ),
        states=tuple(replace(one, column=own(one.table, one.column)) for one in known.states),
    )


def _columns(catalog: Catalog) -> frozenset[tuple[str, str]]:
    return frozenset(
        (table.name, column.name) for table in catalog.tables.values() for column in table.columns
    )


def _references(catalog: Catalog, known: Catalog) -> Iterator[Reference]:
    has = _columns(catalog)
    declared = {
        (table.name, key.columns[0], key.ref_table)
        for table in catalog.tables.values()
        for key in table.foreign_keys
        if len(key.columns) == 1
    }
    for reference in known.references:
        ends = {(reference.table, reference.column)}
        ends |= {(reference.ref_table, reference.ref_column)} if reference.ref_table else set()
        ends |= {(reference.table, reference.when[0])} if reference.when else set()
        if ends <= has and (reference.table, reference.column, reference.ref_table) not in declared:
            yield reference
    # A database that was stripped of its foreign keys means them all the same.
    for table in known.tables.values():
        for key in table.foreign_keys:
            end = (table.name, key.columns[0], key.ref_table)
            reference = Reference(*end, key.ref_columns[0])
            ends = {end[:2], (reference.ref_table, reference.ref_column)}
            if len(key.columns) == 1 and end not in declared and ends <= has:
                yield reference


def _states(catalog: Catalog, known: Catalog) -> Iterator[StateMachine]:
    for machine in known.states:
        if machine.table not in catalog or machine.column not in catalog[machine.table]:
            continue
        labels = catalog[machine.table][machine.column].type.labels
        if not labels:
            yield machine
            continue
        legal = frozenset(labels)
        ends = legal | {INITIAL, TERMINAL}
        yield replace(
            machine,
            initial=machine.initial & legal,
            steps=frozenset(step for step in machine.steps if legal.issuperset(step)),
            terminal=machine.terminal & legal,
            inferred=frozenset(step for step in machine.inferred if ends.issuperset(step)),
        )
