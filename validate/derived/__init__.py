"""Rules that the catalog itself implies; they need no file and fit every schema version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.derived import _columns, _json, _keys, _references, _states, _structure, _times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validate._ground import Ground
    from validate.rule import Check, Rule

_FAMILIES = (_structure, _columns, _json, _keys, _references, _states, _times)


def rules() -> tuple[Rule, ...]:
    """Return every rule that can be derived from a catalog."""
    return tuple(rule for family in _FAMILIES for rule in family.RULES)


def checks(ground: Ground) -> Iterator[Check]:
    """Yield the checks that a dataset's catalog implies, without those of missing tables."""
    for family in _FAMILIES:
        yield from family.checks(ground)
