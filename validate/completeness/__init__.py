"""Completeness: which rules would notice if a table or a column were wrong."""

from validate.completeness._kept import (
    Entered,
    entered,
    knowing,
    noticed,
    reason_of,
    unnoticed,
    write,
)
from validate.completeness._mutation import ROWS, Noticed, mutate

__all__ = [
    "ROWS",
    "Entered",
    "Noticed",
    "entered",
    "knowing",
    "mutate",
    "noticed",
    "reason_of",
    "unnoticed",
    "write",
]
