"""From the world's tables to a catalog's exact tables: names, types, older values, defaults.

The world speaks the newest version. What a catalog does not have is left out, what older versions
call otherwise is renamed (``_older``), what the world leaves out gets the schema's default, and
types become exactly those of the catalog. About a shipped schema nothing is guessed: a value,
column or table without a place is an error that names it. What is guessed about other schemas is
``_guess``'s business. Columns of no known version are left for the filler.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from generate.fit import _cast, _guess, _older
from generate.fit._guess import Guesses, guesses
from generate.fit._older import stand_alone
from generate.fit._words import with_own_words
from terpseed.catalog import NEWEST, shipped
from terpseed.catalog.likeness import nearest_label
from terpseed.catalog.reading import read
from terpseed.dataset.dtypes import dtype_of, stored_columns
from terpseed.errors import SchemaError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from terpseed.catalog import Catalog, Column, Table
    from terpseed.catalog.reading import Reading


def fit(
    tables: Mapping[str, pl.DataFrame], catalog: Catalog, opening: datetime
) -> dict[str, pl.DataFrame]:
    """Map the world's tables to a catalog.

    Args:
        tables: the world's frames by table, newest names, any order of columns.
        catalog: the schema version to fit.
        opening: naive moment that stands for ``now()`` where a row tells no time of its own.

    Returns:
        Frames by table, for the tables that both know, with the exact types of the catalog and its
        columns in order; only required columns that no shipped version has are missing.

    Raises:
        SchemaError: if a table or column of the world is unknown, a required column is missing, or
            a value has no place in the catalog.
    """
    newest = shipped(NEWEST)
    fitted = {}
    reading = read(catalog)
    if reading.names:
        known_tables = {name: reading.known_table(t) for name, t in catalog.tables.items()}
        catalog = replace(catalog, tables=known_tables)
    tables = with_own_words(_older.without_unknown(tables, catalog), catalog, reading)
    for name, frame in tables.items():
        known = newest.tables.get(name)
        if known is None and name not in catalog:
            raise SchemaError(
                f"the world makes a table {name!r} that no schema version has",
                then=nearest(name, newest.tables),
            )
        if name in catalog and frame.height:
            whole = _fit_table(frame, catalog[name], known or catalog[name], opening, reading)
            names = {known: own for own, known in reading.names.get(name, {}).items()}
            fitted[name] = whole.rename(names, strict=False) if names else whole
    return fitted


def _fit_table(
    frame: pl.DataFrame, target: Table, known: Table, opening: datetime, reading: Reading
) -> pl.DataFrame:
    for name in frame.columns:
        if name not in known and name not in target:
            raise SchemaError(
                f"the world makes a column {target.name}.{name} that no schema version has",
                then=nearest(name, known.column_names),
            )
    given = dict(frame.schema)
    moments = _cast.Moments(given, opening)
    expressions: list[pl.Expr] = []
    for column in stored_columns(target):
        expression = _column(frame, given, target, column, moments, reading=reading)
        if expression is not None:
            expressions.append(expression.alias(column.name))
        elif column.name in known and reading.is_shipped:
            raise SchemaError(
                f"the world does not tell {target.name}.{column.name}, which is required",
                where=f"table {target.name}, columns told: {', '.join(frame.columns)}",
            )
    if not reading.is_shipped:
        # What has no place in a type that no version gives the column is left to the filler.
        expressions = [one for one in expressions if _can_be_made(frame, one)]
    try:
        result = frame.select(expressions)
    except pl.exceptions.PolarsError as error:
        _blame(frame, target, expressions, error)
    _check_narrowed(frame, given, result, target)
    return _told(_steps(result, target), target, reading)


def _told(result: pl.DataFrame, target: Table, reading: Reading) -> pl.DataFrame:
    """Check that what must have a value has one, or leave it to the filler where one may guess."""
    for column in target.columns:
        if column.name not in result.columns or column.nullable:
            continue
        if not reading.is_shipped and result[column.name].null_count():
            result = result.drop(column.name)
        else:
            _check_told(result[column.name], target)
    return result


def _column(
    frame: pl.DataFrame,
    given: Mapping[str, pl.DataType],
    target: Table,
    column: Column,
    moments: _cast.Moments,
    *,
    reading: Reading,
) -> pl.Expr | None:
    source = _older.stand_in(given, target, column.name)
    dtype = pl.Unknown() if source is not None else given.get(column.name)
    if dtype is None:
        return _left_out(frame, column, moments)
    expression = source if source is not None else pl.col(column.name)
    outdated = _outdated(frame, expression, target, column, reading)
    if column.type.labels and outdated:
        expression = expression.cast(pl.String).replace(outdated)
        dtype = pl.String()
    where = f"{target.name}.{column.name}"
    try:
        expression = _cast.cast(expression, dtype, column, where)
    except SchemaError:
        if reading.is_shipped:
            raise
        return None
    if not reading.is_shipped:
        expression = _guess.squeezed(expression, frame, target, column)
    # NULL that the world tells stays NULL where it may; what it cannot tell gets the default
    told = column.name in given
    complete = told and (column.nullable or not frame[column.name].null_count())
    if column.default is None or complete:
        return expression
    return expression.fill_null(_cast.default(column, moments))


def _outdated(
    frame: pl.DataFrame, expression: pl.Expr, target: Table, column: Column, reading: Reading
) -> Mapping[str, str | None]:
    """Return which labels of the world become which others."""
    labels = column.type.labels
    mapped = dict(reading.labels.get((target.name, column.name), {}))
    if reading.is_shipped or not labels:
        return mapped
    used = frame.select(expression.cast(pl.String).drop_nulls().unique().sort()).to_series()
    for word in used:
        if word not in labels and word not in mapped:
            mapped[word] = nearest_label(word, labels, column.default).label
    return mapped


def _can_be_made(frame: pl.DataFrame, expression: pl.Expr) -> bool:
    try:
        frame.select(expression)
    except pl.exceptions.PolarsError:
        return False
    return True


def _left_out(frame: pl.DataFrame, column: Column, moments: _cast.Moments) -> pl.Expr | None:
    if column.auto_increment:
        return pl.int_range(1, frame.height + 1).cast(dtype_of(column.type))
    if column.default is not None:
        return _cast.default(column, moments)
    return pl.lit(None, dtype_of(column.type)) if column.nullable else None


def _check_narrowed(
    frame: pl.DataFrame, given: Mapping[str, pl.DataType], result: pl.DataFrame, target: Table
) -> None:
    for name, dtype in result.schema.items():
        source = given.get(name)
        if not (isinstance(dtype, pl.Decimal) and isinstance(source, pl.Decimal)):
            continue
        if source.scale <= dtype.scale or (target.name, name) in _older.ROUNDED:
            continue
        lost = (result[name] != frame[name]).fill_null(value=False)
        if lost.any():
            row = lost.arg_max() or 0
            raise SchemaError(
                f"{target.name}.{name} = {frame[name][row]} has more places than {dtype} keeps",
                where=f"table {target.name}, row {row + 1}",
                why="rounding it would break every sum that it is part of",
            )


def _check_told(values: pl.Series, target: Table) -> None:
    if values.null_count():
        row = values.is_null().arg_max() or 0
        raise SchemaError(
            f"the world leaves {target.name}.{values.name} empty, which is required",
            where=f"table {target.name}, row {row + 1} and {values.null_count() - 1} others",
        )


def _steps(result: pl.DataFrame, target: Table) -> pl.DataFrame:
    """Leave out history rows whose state this version cannot tell, or tells like the one before."""
    if target.name not in _older.HISTORIES:
        return result
    whose, state = _older.HISTORIES[target.name]
    if state not in result.columns:
        return result
    told = result.filter(pl.col(state).is_not_null())
    same = (pl.col(state) == pl.col(state).shift().over(whose)).fill_null(value=False)
    return told.filter(~same)


def _blame(
    frame: pl.DataFrame, target: Table, expressions: list[pl.Expr], error: Exception
) -> NoReturn:
    """Name the column and the values that a cast refused."""
    for expression in expressions:
        name = expression.meta.output_name()
        try:
            frame.select(expression)
        except pl.exceptions.PolarsError as reason:
            column = target[name]
            raise SchemaError(
                f"a value of {target.name}.{name} has no place in {column.type}",
                where=f"table {target.name}, column {name}: {_strangers(frame, column)}",
                why=str(reason).splitlines()[0],
                then="map it in terpseed/catalog/older_labels.py, or correct the domain",
            ) from reason
    raise SchemaError(f"table {target.name} does not fit: {error}") from error


def _strangers(frame: pl.DataFrame, column: Column) -> str:
    if column.name not in frame.columns:
        return "derived from other columns"
    values = frame[column.name].drop_nulls().unique()
    if column.type.labels:
        values = values.cast(pl.String)
        values = values.filter(~values.is_in(list(column.type.labels)))
    return ", ".join(repr(value) for value in values.sort().head(5))


__all__ = ["Guesses", "fit", "guesses", "stand_alone"]
