"""How far a load or a proof is, as its caller gets to know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Phase = Literal["load", "proof", "removal"]


@dataclass(frozen=True, slots=True)
class TableRows:
    """How far a table is.

    Attributes:
        table: the table.
        done: its rows that are in the target.
        total: its rows that shall be.
    """

    table: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is.

    Attributes:
        phase: what is being done.
        done: steps done: rows when loading and removing, tables and references when proving.
        total: steps there are.
        what: what was done last, for people.
        tables: how far the tables are that rows were brought to last, when loading.
    """

    phase: Phase
    done: int
    total: int
    what: str
    tables: tuple[TableRows, ...] = ()


Report: TypeAlias = Callable[[Progress], None]
"""Called in the calling thread, again and again; what it raises stops the work."""


def silent(_progress: Progress) -> None:
    """Report nothing."""
