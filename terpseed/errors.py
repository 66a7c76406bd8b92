"""One exception tree with the exit code of each family; nothing else lives here.

An error says what happened, where, why it matters and what to do next. The command line prints
``str(error)`` on stderr and leaves with ``error.exit_code``; a traceback is a bug.
"""

from __future__ import annotations

import difflib
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """Process exit codes; part of the command line's contract."""

    GOOD = 0
    FINDINGS = 1
    USAGE = 2
    SCENARIO_OR_SCHEMA = 3
    CONNECTION = 4
    LOAD_OR_VERIFY = 5
    STATE_DIFFERS = 6
    INTERRUPTED = 130


class TerpseedError(Exception):
    """Base of every error that a user can cause or cure.

    Args:
        what: what happened, one sentence without a full stop.
        where: table, file, row, key or address that it happened at.
        why: why it matters.
        then: what to do next.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, what: str, *, where: str = "", why: str = "", then: str = "") -> None:
        self.what, self.where, self.why, self.then = what, where, why, then
        lines = [what if not where else f"{what}\n  where: {where}"]
        lines += [f"  why:   {why}"] if why else []
        lines += [f"  next:  {then}"] if then else []
        super().__init__("\n".join(lines))


class UsageError(TerpseedError):
    """The command was called with arguments that cannot be meant."""


class ScenarioError(TerpseedError):
    """The scenario is wrong: unknown key, value out of range, a business that cannot exist."""

    exit_code = ExitCode.SCENARIO_OR_SCHEMA


class SchemaError(TerpseedError):
    """A catalog is unknown, unreadable or does not fit what is asked of it."""

    exit_code = ExitCode.SCENARIO_OR_SCHEMA


class DatasetError(TerpseedError):
    """The folder is no dataset, or one that is damaged, incomplete, edited or too new."""

    exit_code = ExitCode.USAGE


class RuleError(TerpseedError):
    """A rule of the user's own cannot be read or run."""


class OutputError(TerpseedError):
    """The dataset cannot be written: the folder is taken, or the disk refuses."""

    exit_code = ExitCode.STATE_DIFFERS


class ConnectionFailedError(TerpseedError):
    """The server cannot be reached or does not let us in."""

    exit_code = ExitCode.CONNECTION


class LoadError(TerpseedError):
    """A load or its proof failed; what was not committed is rolled back."""

    exit_code = ExitCode.LOAD_OR_VERIFY


class StateDiffersError(TerpseedError):
    """The target, dataset or receipt is not in the state that the command needs."""

    exit_code = ExitCode.STATE_DIFFERS


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the known word nearest to a wrong one, or the empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else ""
