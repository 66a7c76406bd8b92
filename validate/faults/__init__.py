"""Planted faults: for every rule a small damage to the data that it must notice, and others.

A rule in a file says in its header which statements break it; a row of a shape says so in its
field ``fault``, or its shape knows how. Rules that the catalog implies have theirs in
``catalogue.toml``, and so have faults that no single rule was written for. Statements run on the
tables of an opened dataset; they name tables as ``stored.<table>``, and a statement that starts
with ``@<table>`` is left out where the schema lacks that table. Other rules may notice a fault as
well if they read what it damages, a column or whole rows; nobody else may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.faults._catalogue import catalogue_faults
from validate.faults._fault import Fault, plant, planted
from validate.faults._trial import Bench, Trial
from validate.faults._written import written_faults

if TYPE_CHECKING:
    from validate._ground import Ground

__all__ = [
    "Bench",
    "Fault",
    "Trial",
    "all_faults",
    "catalogue_faults",
    "plant",
    "planted",
    "written_faults",
]


def all_faults(ground: Ground) -> tuple[Fault, ...]:
    """Return every fault that can be planted in a dataset.

    Args:
        ground: what the dataset offers.
    """
    return (*catalogue_faults(), *written_faults(ground))
