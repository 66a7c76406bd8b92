"""What terpseed knows about a schema that the schema itself does not say, for any catalog.

A shipped version carries references and state machines that were read out of TERP. A catalog from
a database or a file that resembles a shipped version gets those of them that it has columns for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from terpseed.catalog._shipped import INITIAL, TERMINAL, shipped, shipped_versions
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

    A catalog of exactly a shipped structure takes that version's name, too. One that resembles
    none, or brings its own knowledge, is returned as it is.
    """
    version = nearest_version(catalog)
    if version is None or catalog.references or catalog.states:
        return catalog
    known = shipped(version)
    return replace(
        catalog,
        version=version if catalog.fingerprint == known.fingerprint else catalog.version,
        references=tuple(_references(catalog, known)),
        states=tuple(_states(catalog, known)),
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
