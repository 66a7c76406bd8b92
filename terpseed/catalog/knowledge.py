"""What terpseed knows about a schema that the schema itself does not say, for any catalog.

A shipped version carries references and state machines that were read out of TERP. A catalog from
a database or a file that resembles a shipped version gets those of them that it has columns for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from terpseed.catalog._shipped import INITIAL, TERMINAL, shipped, shipped_versions
from terpseed.catalog.model import Reference
from terpseed.catalog.reading import labels_of_any_version, read, versions_newest_first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from terpseed.catalog.model import Catalog, Column, StateMachine

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
        states=tuple(_states(catalog, shipped(version))),
    )


def _under_own_names(known: Catalog, catalog: Catalog) -> Catalog:
    """Return what a version knows with the names that a catalog gives to renamed columns."""
    reading = read(catalog)
    if not reading.names:
        return known
    own = reading.own

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


def _states(catalog: Catalog, nearest: Catalog) -> Iterator[StateMachine]:
    """Yield the machine of each column as the version tells it whose labels are most like its."""
    reading = read(catalog)
    versions = {nearest.version: nearest, **versions_newest_first()}
    places = dict.fromkeys((one.table, one.column) for v in versions.values() for one in v.states)
    for place in places:
        table, own = place[0], reading.own(*place)
        if table not in catalog or own not in catalog[table]:
            continue
        column, mapped = catalog[table][own], reading.labels.get(place, {})
        machine = _machine(versions.values(), place, column, mapped)
        if machine is not None:
            yield replace(machine.mapped(_own_labels(column, mapped)), column=own)


def _machine(
    versions: Iterable[Catalog], place: tuple[str, str], column: Column, mapped: Mapping[str, Any]
) -> StateMachine | None:
    """Return the machine of the first version whose labels of the column are most like its own."""
    name, known = place
    known_ones = labels_of_any_version(place)
    made_of = {own: label for label, own in mapped.items() if own not in known_ones}
    labels = {made_of.get(label, label) for label in column.type.labels}
    best, best_share = None, -1.0
    for version in versions:
        if name in version and known in version[name]:
            theirs = set(version[name][known].type.labels)
            share = len(labels & theirs) / max(len(labels | theirs), 1)
            if share > best_share:
                best, best_share = version, share
    if best is None:
        return None
    return next((one for one in best.states if (one.table, one.column) == place), None)


def _own_labels(column: Column, mapped: Mapping[str, str | None]) -> Callable[[str], str | None]:
    """Return what tells how a column calls the states of a machine."""
    labels = column.type.labels

    def own(state: str) -> str | None:
        if not labels or state in labels or state in {INITIAL, TERMINAL}:
            return state
        return mapped.get(state)

    return own
