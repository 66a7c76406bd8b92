"""Planted faults: for every rule a small damage to the data that it must notice.

A rule in a file says in its header which statements break it; a row of a shape says so in its
field ``fault``, or its shape knows how. Rules that the catalog implies have theirs in
``_catalog``. Statements run on the tables of an opened dataset, in a transaction that is rolled
back; they name tables as ``stored.<table>``, and a statement that starts with ``@<table>`` is left
out where the schema lacks that table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.faults._catalog import FRAME_FAULTS, FrameFault, catalog_faults
from validate.faults._fault import Fault, planted
from validate.faults._written import written_faults

if TYPE_CHECKING:
    from validate._ground import Ground

__all__ = [
    "FRAME_FAULTS",
    "Fault",
    "FrameFault",
    "all_faults",
    "catalog_faults",
    "planted",
    "written_faults",
]


def all_faults(ground: Ground) -> tuple[Fault, ...]:
    """Return every fault that statements can plant in a dataset.

    Args:
        ground: what the dataset offers.
    """
    return (*catalog_faults(), *written_faults(ground))
