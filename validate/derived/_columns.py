"""Each value fits its column: present, short enough, in range, a label of its enum, valid JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate._tables import deprecated_values, vocabularies
from validate.rule import Check, Rule
from validate.sql import (
    key_columns,
    misfit,
    name,
    number_as_text,
    tables_of,
    text,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog import Column, Table
    from validate._ground import Ground

REQUIRED = Rule(
    "structure.required",
    "NOT NULL columns are set",
    "error",
    "No column that the schema declares NOT NULL is NULL.",
    "LOAD DATA puts a zero, an empty text or the current time there, with a warning at most.",
    "catalog",
)
LENGTH = Rule(
    "structure.length",
    "texts fit their columns",
    "error",
    "No text is longer than its column: characters for varchar, bytes for text.",
    "The server cuts the end off.",
    "catalog",
)
FITS = Rule(
    "structure.fits",
    "values fit the type of their column",
    "error",
    "Where a column is stored in another type than the schema's, each value survives the change.",
    "The server clips numbers to the largest that fits and turns garbage into 0.",
    "catalog",
)
TEXT_NUMBERS = Rule(
    "structure.text-numbers",
    "numbers kept as text are plain decimals",
    "error",
    "Quantities and amounts that an older schema keeps as text read like -12.3400, nothing else.",
    "The application computes with them: anything else becomes NaN on its pages.",
    "catalog",
)
ENUM = Rule(
    "structure.enum",
    "enums hold one of their labels",
    "error",
    "Every value of an enum column is one of the schema's labels, in its spelling.",
    "The server stores an empty text for a label that it does not know.",
    "catalog",
)
JSON = Rule(
    "structure.json",
    "JSON columns hold valid JSON",
    "error",
    "Every value of a JSON column parses.",
    "MySQL refuses the row, MariaDB skips it, and pages that parse it break.",
    "catalog",
)
MOMENTS = Rule(
    "structure.moments",
    "times are whole seconds that a TIMESTAMP can hold",
    "error",
    "Every time lies between 1970 and 2038 and has no more fractional digits than its column.",
    "MySQL rounds fractions and MariaDB cuts them, so that the same file gives two databases.",
    "catalog",
)
NUMBERED = Rule(
    "structure.numbered",
    "ids that the server would number are positive",
    "error",
    "No AUTO_INCREMENT column holds 0 or less.",
    "The server replaces 0 by a new id, and every reference to the row is lost.",
    "catalog",
)
DEPRECATED = Rule(
    "structure.deprecated",
    "no value that TERP has given up",
    "warning",
    "No column holds a value that the schema still allows but the application no longer means.",
    "Such rows are hidden, counted twice or misread by some of the application's pages.",
    "deprecated.csv",
)
VOCABULARY = Rule(
    "structure.vocabulary",
    "text columns with a vocabulary keep to it",
    "error",
    "Text columns that the application compares with fixed words hold one of these words.",
    "A word that the application does not know is shown nowhere.",
    "vocabularies.csv",
)
RULES = (
    REQUIRED,
    LENGTH,
    FITS,
    TEXT_NUMBERS,
    ENUM,
    JSON,
    MOMENTS,
    NUMBERED,
    DEPRECATED,
    VOCABULARY,
)

_FIRST, _LAST = "TIMESTAMP '1970-01-01 00:00:01'", "TIMESTAMP '2038-01-19 03:14:07'"
_PLAIN_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"


def checks(ground: Ground) -> Iterator[Check]:
    """Yield the checks of every column that is there."""
    for table in tables_of(ground.catalog):
        if table.name in ground.missing:
            continue
        lost = ground.lost.get(table.name, frozenset())
        odd = ground.odd.get(table.name, frozenset())
        for column in table.columns:
            if column.name in lost or column.generated:
                continue
            for rule, condition in _conditions(table, column, is_odd=column.name in odd):
                yield column_check(rule, table, column.name, condition)
            if column.name in odd and not number_as_text(table.name, column):
                condition = misfit(column.type, f"CAST({name(column.name)} AS VARCHAR)")
                yield column_check(FITS, table, column.name, condition)


def column_check(rule: Rule, table: Table, column: str, condition: str, *also: str) -> Check:
    """Return a check of single rows that shows the row's key, the column and ``also``."""
    shown = dict.fromkeys((*key_columns(table), column, *also))
    return Check(
        rule,
        f"{table.name}.{column}",
        frozenset({table.name}),
        condition=condition,
        shown=tuple(shown),
    )


def _conditions(table: Table, column: Column, *, is_odd: bool) -> Iterator[tuple[Rule, str]]:
    """Yield what is true of a wrong value; casts only where the column has an odd type."""
    kind, plain = column.type, name(column.name)
    value = f"CAST({plain} AS VARCHAR)" if is_odd else plain
    if not column.nullable:
        yield REQUIRED, f"{plain} IS NULL"
    if kind.is_text and kind.max_length and kind.max_length < 2**31:
        size = "length" if kind.base in {"char", "varchar"} else "strlen"
        yield LENGTH, f"{size}({value}) > {kind.max_length}"
    if decimal := number_as_text(table.name, column):
        yield (
            TEXT_NUMBERS,
            (
                f"NOT regexp_matches({value}, {text(_PLAIN_DECIMAL)}) "
                f"OR TRY_CAST({value} AS {decimal}) IS NULL AND {value} IS NOT NULL"
            ),
        )
    if kind.base == "enum":
        yield ENUM, f"{value} NOT IN {texts(kind.labels)}"
    if kind.base == "json":
        yield JSON, f"NOT json_valid({value})"
    if kind.base in {"timestamp", "datetime"}:
        moment = f"TRY_CAST({plain} AS TIMESTAMP)" if is_odd else plain
        unit = 10 ** (6 - (kind.precision or 0))
        fraction = f" OR epoch_us({moment}) % {unit} <> 0" if unit > 1 else ""
        yield MOMENTS, f"{moment} NOT BETWEEN {_FIRST} AND {_LAST}{fraction}"
    if column.auto_increment:
        yield NUMBERED, f"{f'TRY_CAST({plain} AS BIGINT)' if is_odd else plain} <= 0"
    if values := deprecated_values(table.name, column.name):
        yield DEPRECATED, f"{value} IN {texts(values)}"
    if words := vocabularies().get((table.name, column.name)):
        yield VOCABULARY, f"{value} NOT IN {texts(words)}"
