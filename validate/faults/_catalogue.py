"""Faults of ``catalogue.toml``: those of derived rules, and those that no rule was made for."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from validate.faults._fault import Fault, statements_of


@cache
def catalogue_faults() -> tuple[Fault, ...]:
    """Return the faults of the catalogue, in its order."""
    text = files("validate").joinpath("faults", "catalogue.toml").read_text(encoding="utf-8")
    return tuple(
        Fault(
            id=entry["id"],
            title=entry["title"],
            rule=entry["rule"],
            statements=statements_of(entry["sql"]),
            damage=entry.get("damage", "rows"),
            follows=frozenset(entry.get("follows", ())),
        )
        for entry in tomllib.loads(text)["fault"]
    )
