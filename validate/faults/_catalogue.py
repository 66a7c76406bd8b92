"""Faults of ``catalogue.toml``: those of derived rules, and those that no rule was made for."""

from __future__ import annotations

import csv
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
            follows=followers(entry["id"]),
        )
        for entry in tomllib.loads(text)["fault"]
    )


def followers(fault: str) -> frozenset[str]:
    """Return the rules that may notice a fault that is not theirs, because it damages both."""
    return _followers().get(fault, frozenset())


@cache
def _followers() -> dict[str, frozenset[str]]:
    text = files("validate").joinpath("faults", "follows.csv").read_text(encoding="utf-8")
    return {
        row["fault"]: frozenset(row["rules"].split()) for row in csv.DictReader(text.splitlines())
    }
