"""Comparing a dataset with the schema of a target that it has been loaded into, or will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from load._charsets import read_charsets
from load._compare import compare
from load._own import own_rows
from load._scope import View
from terpseed.catalog.introspect import pull
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from load._drift import Drift
    from load.plans import Server
    from terpseed.catalog import Catalog
    from terpseed.connection import Connection, Target
    from terpseed.dataset import Dataset


def drift_of(
    dataset: Dataset,
    connection: Connection,
    database: str,
    server: Server,
    *,
    allow: bool,
) -> tuple[Drift, Catalog]:
    """Return how a dataset fits a database, and the database's catalog.

    Args:
        dataset: an opened dataset.
        connection: a session on the target.
        database: the database.
        server: what answers there.
        allow: whether the user lets go of what does not fit.

    Raises:
        SchemaError: if the database holds no tables.
    """
    found = pull(connection, database)
    drift = compare(
        dataset,
        found,
        read_charsets(connection, database),
        fold=server.lower_case_tables != 0,
        allow=allow,
    )
    return drift, found


def look(
    dataset: Dataset, connection: Connection, target: Target, server: Server, *, allow: bool
) -> View:
    """Return how a dataset that was loaded looks in a target.

    What does not fit is looked for as it is, and then found to differ.

    Args:
        dataset: an opened dataset.
        connection: a session on the target.
        target: the database.
        server: what answers there.
        allow: whether the user lets go of what does not fit.
    """
    try:
        drift, _ = drift_of(dataset, connection, target.database or "", server, allow=allow)
    except SchemaError:  # nothing is there to compare with
        return View(dataset)
    own = own_rows(dataset, None) if dataset.manifest.after else None
    return View(dataset, drift, own)
