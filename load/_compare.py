"""Compare the schema of a dataset with that of a target, table by table.

One table is ``_compare_table``'s business; what comes out is ``_drift``'s words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from load._compare_table import Comparison
from load._drift import Drift, Fitting, Note
from terpseed.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from load._charsets import Charsets
    from terpseed.catalog import Catalog, Reference, Table
    from terpseed.dataset import Dataset


def compare(
    dataset: Dataset,
    target: Catalog,
    charsets: Charsets,
    *,
    fold: bool,
    allow: bool,
) -> Drift:
    """Compare a dataset, its rows included, with the schema of a target.

    Only columns whose types differ are read, and only where the values decide.

    Args:
        dataset: an opened dataset.
        target: the catalog of the database, as introspected.
        charsets: character sets of the target's columns.
        fold: whether the server takes capitals in table names for small letters.
        allow: whether the user lets go of what does not fit.
    """
    known = {name.lower() if fold else name: table for name, table in target.tables.items()}
    notes: list[Note] = []
    fittings: dict[str, Fitting] = {}
    left_out: set[str] = set()
    plain = 0
    taken: dict[str, str] = {}
    for name in dataset.tables:
        rows = dataset.manifest.tables[name].rows
        found = known.get(name.lower() if fold else name)
        if found is None:
            hint = nearest(name, known)
            missing = f"is missing in the target{f' ({hint})' if hint else ''}"
            notes.append(Note("misfit", name, "", missing, rows, True, "left out"))
            left_out.add(name)
            continue
        if found.name in taken:
            twin = f"is the same table as {taken[found.name]} to this server"
            notes.append(Note("misfit", name, "", twin, rows))
        taken[found.name] = name
        one = Comparison(dataset, dataset.catalog[name], found, charsets, allow=allow)
        fittings[name] = one.make()
        notes += one.notes
        plain += one.plain
    seen = _seen(dataset.catalog, known, fittings, fold=fold)
    return Drift(tuple(notes), plain, fittings, frozenset(left_out), seen, allow)


def _seen(
    catalog: Catalog, known: Mapping[str, Table], fittings: Mapping[str, Fitting], *, fold: bool
) -> Catalog:
    """Return a dataset's catalog as the target sees it."""
    if all(fitting.into is fitting.source for fitting in fittings.values()):
        return catalog
    names = {name: fitting.names for name, fitting in fittings.items()}
    tables = {}
    for name, fitting in fittings.items():
        theirs = known[name.lower() if fold else name]
        sent = set(fitting.into.column_names)
        tables[name] = replace(
            fitting.into,
            foreign_keys=tuple(key for key in theirs.foreign_keys if sent.issuperset(key.columns)),
        )
    return replace(
        catalog,
        tables=tables,
        references=tuple(
            reference
            for old in catalog.references
            if (reference := _renamed(old, names)) is not None
        ),
    )


def _renamed(reference: Reference, names: Mapping[str, Mapping[str, str]]) -> Reference | None:
    """Return a reference between what is sent, under the target's names, or None."""
    ours = names.get(reference.table, {})
    theirs = names.get(reference.ref_table, {})
    when = reference.when
    if reference.column not in ours or (when and when[0] not in ours):
        return None
    if reference.ref_table and reference.ref_column not in theirs:
        return None
    return replace(
        reference,
        column=ours[reference.column],
        ref_column=theirs.get(reference.ref_column, reference.ref_column),
        when=(ours[when[0]], when[1]) if when else None,
    )
