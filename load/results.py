"""What a load or a proof came to, as data.

``to_dict`` is what ``--json`` prints; the name in ``schema`` changes when its meaning does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from terpseed.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from load._drift import Drift
    from load.differences import Narrowed
    from load.plans import Server
    from terpseed.dataset import Checksum

LOAD_SCHEMA = "terpseed.load.result/1"
VERIFY_SCHEMA = "terpseed.verify.result/1"
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class TableProof:
    """One table of a target against the dataset.

    Attributes:
        table: the table.
        expected: rows and checksum of the dataset.
        found: rows and checksum of the target, or None if they could not be computed.
        problem: why they could not, else empty.
        narrowed: the rows that differ, if they were looked for.
    """

    table: str
    expected: Checksum
    found: Checksum | None
    problem: str = ""
    narrowed: Narrowed | None = None

    @property
    def ok(self) -> bool:
        """Whether the target holds exactly the dataset's rows."""
        return self.found == self.expected

    @property
    def text(self) -> str:
        """What is wrong, for people."""
        if self.found is None:
            return f"{self.table} could not be checked: {self.problem}"
        rows = f"\n    {self.narrowed.text}" if self.narrowed else ""
        if self.found.rows != self.expected.rows:
            return (
                f"{self.table} has {self.found.rows} rows in the target and"
                f" {self.expected.rows} in the dataset{rows}"
            )
        return (
            f"{self.table} has as many rows as the dataset ({self.expected.rows}) but other values:"
            f" checksum {self.found.crc_sum} in the target, {self.expected.crc_sum} in the dataset"
            f"{rows}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        found = self.found
        return {
            "table": self.table,
            "ok": self.ok,
            "expected": {"rows": self.expected.rows, "crc_sum": self.expected.crc_sum},
            "found": {"rows": found.rows, "crc_sum": found.crc_sum} if found else None,
            "problem": self.problem,
            "rows": self.narrowed.to_dict() if self.narrowed else None,
        }


@dataclass(frozen=True, slots=True)
class ReferenceProof:
    """One reference of the catalog in a target.

    Attributes:
        title: the reference for people.
        broken: values that refer to nothing; None if it could not be counted.
        example: one of them: its row and value.
        problem: why it could not be counted, else empty.
    """

    title: str
    broken: int | None
    example: str = ""
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether every value refers to something."""
        return self.broken == 0

    @property
    def text(self) -> str:
        """What is wrong, for people."""
        if self.broken is None:
            return f"{self.title} could not be checked: {self.problem}"
        return f"{self.title}: {self.broken} refer to nothing, for example {self.example}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "reference": self.title,
            "broken": self.broken,
            "example": self.example,
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """A target compared with a dataset.

    Attributes:
        target: the target for people.
        server: what answered there.
        tables: every table of the dataset.
        references: every reference between them.
    """

    target: str
    server: Server
    tables: tuple[TableProof, ...]
    references: tuple[ReferenceProof, ...]

    @property
    def ok(self) -> bool:
        """Whether all was checked and nothing differs."""
        return not self.failures

    @property
    def rows(self) -> int:
        """Rows that were proved."""
        return sum(proof.expected.rows for proof in self.tables if proof.ok)

    @property
    def failures(self) -> tuple[TableProof | ReferenceProof, ...]:
        """What differs or could not be checked."""
        proofs: list[TableProof | ReferenceProof] = [*self.tables, *self.references]
        return tuple(proof for proof in proofs if not proof.ok)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "schema": VERIFY_SCHEMA,
            "ok": self.ok,
            "target": self.target,
            "server": self.server.to_dict(),
            "rows": self.rows,
            "tables": [proof.to_dict() for proof in self.tables],
            "references": {
                "checked": sum(proof.broken is not None for proof in self.references),
                "failed": [proof.to_dict() for proof in self.references if not proof.ok],
            },
        }


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A load that was proved.

    Attributes:
        target: the target for people.
        rows: rows brought in, those of an unfinished load that was continued included.
        tables: tables that got rows.
        chunks: transactions that this run committed.
        seconds: time of sending and of proving.
        receipt: the file that says what was done.
        proof: the comparison afterwards.
        emptied: rows by table that were deleted first.
        advanced: cells of rows that were there, which the load set: sequences above all.
        meanwhile: by table, rows that others added (or took away, below 0) during the load.
        drift: how the dataset fitted the target's schema; None if that is not known.
    """

    target: str
    rows: int
    tables: int
    chunks: int
    seconds: tuple[float, float]
    receipt: Path
    proof: VerifyResult
    emptied: Mapping[str, int] = field(default_factory=dict)
    advanced: int = 0
    meanwhile: Mapping[str, int] = field(default_factory=dict)
    drift: Drift | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        sending, proving = self.seconds
        return {
            "schema": LOAD_SCHEMA,
            "ok": self.proof.ok,
            "target": self.target,
            "rows": self.rows,
            "tables": self.tables,
            "chunks": self.chunks,
            "seconds": {"load": round(sending, 3), "proof": round(proving, 3)},
            "receipt": str(self.receipt),
            "rows_emptied": dict(self.emptied),
            "cells_advanced": self.advanced,
            "written_by_others_meanwhile": dict(self.meanwhile),
            "drift": self.drift.to_dict() if self.drift else None,
            "proof": self.proof.to_dict(),
        }


class ProofFailedError(LoadError):
    """What is in the target is not what the dataset holds.

    Args:
        proof: the comparison.
        why: what became of the rows, for people.
        then: what to do next.
    """

    def __init__(self, proof: VerifyResult, *, why: str = "", then: str = "") -> None:
        self.proof = proof
        failures = [failure.text for failure in proof.failures]
        shown = failures[:_SHOWN]
        if len(failures) > len(shown):
            shown.append(f"and {len(failures) - len(shown)} more")
        super().__init__(
            "the target does not hold what the dataset holds",
            where="\n         ".join(shown),
            why=why,
            then=then,
        )
