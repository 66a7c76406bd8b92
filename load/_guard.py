"""What makes a target one that must be named twice before anything is written to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terpseed.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from load.plans import LoadPlan
    from terpseed.connection import Target

# Names of databases and hosts that look like production.
_LIVE = re.compile(
    r"(^|[^a-z])(prod(uction)?|prd|live|main|master|primary)\d*([^a-z]|$)", re.IGNORECASE
)


def looks_live(name: str) -> bool:
    """Say whether the name of a database or host looks like production."""
    return _LIVE.search(name) is not None


def reasons(plan: LoadPlan) -> tuple[str, ...]:
    """Return why the database's name has to be typed before a plan is executed."""
    return tuple(_reasons(plan))


def check(plan: LoadPlan, confirmed: str | None) -> None:
    """Check that whoever executes a plan has named its database, if that is needed.

    Raises:
        UsageError: if it was not named, or another one was.
    """
    confirm(plan.target, reasons(plan), confirmed)


def confirm(target: Target, why: Sequence[str], confirmed: str | None) -> None:
    """Check that whoever writes to a target has named its database, if there are reasons to.

    Args:
        target: the target.
        why: why it has to be named; empty if it need not be.
        confirmed: the name as it was given; None if it was not.

    Raises:
        UsageError: if it was not named, or another one was.
    """
    wanted = target.database
    if confirmed is not None and confirmed != wanted:
        raise UsageError(
            f"the target is database {wanted!r}, not {confirmed!r}",
            where=target.display,
            then="check which database is meant; nothing was written",
        )
    if why and confirmed is None:
        raise UsageError(
            "the name of the database has to be given before anything is written",
            where=target.display,
            why="; ".join(why),
            then=f"type it when asked, or in scripts add --yes --database {wanted}",
        )


def target_reasons(target: Target) -> Iterator[str]:
    """Yield why the database's name has to be typed before anything is written to a target."""
    if not target.is_local:
        yield f"{target.host} is another machine"
    for what, name in (("database", target.database or ""), ("host", target.host)):
        if looks_live(name):
            yield f"the {what}'s name {name!r} looks like production"


def _reasons(plan: LoadPlan) -> Iterator[str]:
    yield from target_reasons(plan.target)
    if plan.emptied:
        total = sum(plan.emptied.values())
        yield f"{total:,} rows in {len(plan.emptied)} tables are deleted first" + (
            "" if plan.backup else ", without a backup"
        )
