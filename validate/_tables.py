"""Small tables of words and exceptions that rules look things up in, read from ``rules/*.csv``."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files

ANY = "*"


def deprecated_values(table: str, column: str) -> tuple[str, ...]:
    """Return values of a column that TERP has given up."""
    return _grouped("deprecated.csv", "value").get((table, column), ())


@cache
def vocabularies() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the words that a text column may hold, by table and column."""
    return {
        key: tuple(words[0].split("|"))
        for key, words in _grouped("vocabularies.csv", "words").items()
    }


def scheduled_columns(table: str, column: str) -> bool:
    """Return whether a column holds plans, which may lie after the as-of date."""
    listed = _grouped("scheduled.csv", "reason")
    return (table, column) in listed or (ANY, column) in listed


@cache
def company_rules() -> dict[str, str]:
    """Return rules that only a whole company can keep, and why a market alone cannot, by id."""
    text = files("validate").joinpath("rules", "whole.csv").read_text(encoding="utf-8")
    return {row["rule"]: row["reason"] for row in csv.DictReader(text.splitlines())}


@cache
def _grouped(file: str, value: str) -> dict[tuple[str, str], tuple[str, ...]]:
    text = files("validate").joinpath("rules", file).read_text(encoding="utf-8")
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        grouped[row["table"], row["column"]].append(row[value])
    return {key: tuple(values) for key, values in grouped.items()}
