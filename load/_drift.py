"""A dataset made for one schema against a database of another: four classes, column by column.

What fits is sent as it is. What fits by a conversion that keeps every value is converted, and the
conversion is named. What the target has more is left to its defaults. What does not fit is refused,
or, where the user allows it, left out, cut or replaced, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from load._charsets import Charsets, unspeakable
from load._convert import Conversion, conversion, label_steps
from load._fits import holds
from terpseed.catalog.likeness import renamed_columns
from terpseed.dataset import stored_columns
from terpseed.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terpseed.catalog import Catalog, Column, Reference, Table
    from terpseed.dataset import Dataset

_AS_IS = Conversion("", pl.lit(None), pl.lit(value=False))

Fit = Literal["fits", "converted", "more", "misfit"]
CLASSES: Mapping[Fit, str] = {
    "fits": "fits",
    "converted": "fits with a conversion",
    "more": "the target has more",
    "misfit": "does not fit",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What was found about one table or column.

    Attributes:
        fit: its class.
        table: the table.
        column: the column, or empty for the table as a whole.
        text: what it is, for people.
        rows: rows that lose something.
        curable: whether ``--allow-drift`` lets it through.
        how: what is done with it then.
    """

    fit: Fit
    table: str
    column: str
    text: str
    rows: int = 0
    curable: bool = False
    how: str = ""

    @property
    def place(self) -> str:
        """The table or column."""
        return f"column {self.table}.{self.column}" if self.column else f"table {self.table}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "class": self.fit,
            "table": self.table,
            "column": self.column,
            "text": self.text,
            "rows": self.rows,
            "allowed_by_drift": self.curable,
            "how": self.how,
        }


@dataclass(frozen=True, slots=True)
class Fitting:
    """How rows of one table of a dataset become rows of the target's.

    Attributes:
        source: the table as the dataset has it.
        into: the table as rows are sent: the target's name, and the columns that are sent.
        values: expressions of these columns; empty if rows go as they are.
        same_text: whether the text of each row stays what the manifest's checksum is made of.
    """

    source: Table
    into: Table
    values: tuple[pl.Expr, ...] = ()
    same_text: bool = True

    @property
    def names(self) -> dict[str, str]:
        """The target's names of the columns that are sent, by the dataset's."""
        if not self.values:
            return {column.name: column.name for column in stored_columns(self.source)}
        return {
            value.meta.root_names()[0]: column.name
            for value, column in zip(self.values, self.into.columns, strict=True)
        }

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return rows as they are sent."""
        return frame.select(self.values) if self.values else frame


@dataclass(frozen=True, slots=True)
class Drift:
    """The comparison of a dataset's schema with a target's.

    Attributes:
        notes: everything but columns that simply fit, in order of tables.
        plain: number of columns that simply fit.
        fittings: by table of the dataset, how its rows are sent.
        left_out: tables of the dataset that are not sent.
        seen: the dataset's catalog as far as it is sent, with the target's names, and what the
            target declares.
        allowed: whether the user lets go of what does not fit.
    """

    notes: tuple[Note, ...] = ()
    plain: int = 0
    fittings: Mapping[str, Fitting] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    seen: Catalog | None = None
    allowed: bool = False

    @property
    def refused(self) -> tuple[Note, ...]:
        """What stands in the way."""
        return tuple(
            note
            for note in self.notes
            if note.fit == "misfit" and not (self.allowed and note.curable)
        )

    @property
    def given_up(self) -> tuple[Note, ...]:
        """What is lost because the user allows it."""
        return tuple(note for note in self.notes if note.fit == "misfit" and note.curable)

    def counts(self) -> dict[Fit, int]:
        """Return how many columns and tables fall into each class."""
        found: dict[Fit, int] = dict.fromkeys(CLASSES, 0)
        found["fits"] = self.plain
        for note in self.notes:
            found[note.fit] += 1
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "classes": dict(self.counts()),
            "allowed": self.allowed,
            "left_out": sorted(self.left_out),
            "notes": [note.to_dict() for note in self.notes],
        }


def compare(
    dataset: Dataset,
    target: Catalog,
    charsets: Charsets,
    *,
    fold: bool,
    allow: bool,
) -> Drift:
    """Compare a dataset, its rows included, with the schema of a target.

    Only columns whose types differ are read, and only where the values decide.

    Args:
        dataset: an opened dataset.
        target: the catalog of the database, as introspected.
        charsets: character sets of the target's columns.
        fold: whether the server takes capitals in table names for small letters.
        allow: whether the user lets go of what does not fit.
    """
    known = {name.lower() if fold else name: table for name, table in target.tables.items()}
    notes: list[Note] = []
    fittings: dict[str, Fitting] = {}
    left_out: set[str] = set()
    plain = 0
    taken: dict[str, str] = {}
    for name in dataset.tables:
        rows = dataset.manifest.tables[name].rows
        found = known.get(name.lower() if fold else name)
        if found is None:
            hint = nearest(name, known)
            missing = f"is missing in the target{f' ({hint})' if hint else ''}"
            notes.append(Note("misfit", name, "", missing, rows, True, "left out"))
            left_out.add(name)
            continue
        if found.name in taken:
            twin = f"is the same table as {taken[found.name]} to this server"
            notes.append(Note("misfit", name, "", twin, rows))
        taken[found.name] = name
        one = _Comparison(dataset, dataset.catalog[name], found, charsets, allow=allow)
        fittings[name] = one.make()
        notes += one.notes
        plain += one.plain
    seen = _seen(dataset.catalog, known, fittings, fold=fold)
    return Drift(tuple(notes), plain, fittings, frozenset(left_out), seen, allow)


def _seen(
    catalog: Catalog, known: Mapping[str, Table], fittings: Mapping[str, Fitting], *, fold: bool
) -> Catalog:
    """Return a dataset's catalog as the target sees it."""
    if all(fitting.into is fitting.source for fitting in fittings.values()):
        return catalog
    names = {name: fitting.names for name, fitting in fittings.items()}
    tables = {}
    for name, fitting in fittings.items():
        theirs = known[name.lower() if fold else name]
        sent = set(fitting.into.column_names)
        tables[name] = replace(
            fitting.into,
            foreign_keys=tuple(key for key in theirs.foreign_keys if sent.issuperset(key.columns)),
        )
    return replace(
        catalog,
        tables=tables,
        references=tuple(
            reference
            for old in catalog.references
            if (reference := _renamed(old, names)) is not None
        ),
    )


def _renamed(reference: Reference, names: Mapping[str, Mapping[str, str]]) -> Reference | None:
    """Return a reference between what is sent, under the target's names, or None."""
    ours = names.get(reference.table, {})
    theirs = names.get(reference.ref_table, {})
    when = reference.when
    if reference.column not in ours or (when and when[0] not in ours):
        return None
    if reference.ref_table and reference.ref_column not in theirs:
        return None
    return replace(
        reference,
        column=ours[reference.column],
        ref_column=theirs.get(reference.ref_column, reference.ref_column),
        when=(ours[when[0]], when[1]) if when else None,
    )


@dataclass(slots=True)
class _Comparison:
    dataset: Dataset
    wanted: Table
    found: Table
    charsets: Charsets
    allow: bool = field(kw_only=True)
    notes: list[Note] = field(default_factory=list)
    plain: int = 0

    def make(self) -> Fitting:
        pairs = list(self._pairs())
        columns, values = [], []
        changed = False
        for column, into in pairs:
            made = self._column(column, into)
            if made is None:
                changed = True
                continue
            if made.name:
                changed = True
                columns.append(into)
                values.append(self._value(made).alias(into.name))
            else:
                columns.append(replace(column, name=into.name))
                values.append(self._as_is(column, into))
        self._more({column.name for column in columns})
        self._keys({column.name: into.name for column, into in pairs})
        names = tuple(column.name for column in columns)
        into_table = replace(self.wanted, name=self.found.name, columns=tuple(columns))
        into_table = replace(into_table, primary_key=self.found.primary_key)
        renamed = names != tuple(c.name for c in stored_columns(self.wanted))
        if not changed and not renamed and self.found.name == self.wanted.name:
            return Fitting(self.wanted, self.wanted)
        return Fitting(self.wanted, into_table, tuple(values), same_text=not changed)

    def _pairs(self) -> Iterator[tuple[Column, Column]]:
        guesses = {old: new for new, old in renamed_columns(self.wanted, self.found).items()}
        for column in stored_columns(self.wanted):
            into = column.name if column.name in self.found else guesses.get(column.name)
            if column.name in self.wanted.primary_key and into != column.name:
                into = None  # what rows are told by is no matter of guesses
            if into is not None:
                if into != column.name:
                    text = f"is taken for {into} of the target: same type, same place (a guess)"
                    self._note("converted", column.name, text)
                yield column, self.found[into]
                continue
            told = self._count(column, "is_not_null")
            hint = nearest(column.name, self.found.column_names)
            if told:
                missing = f"is missing in the target{f' ({hint})' if hint else ''}"
                self._note("misfit", column.name, missing, told, how="left out")
            else:
                self._note("converted", column.name, "left out: it holds nothing but NULL")

    def _column(self, column: Column, into: Column) -> Conversion | None:
        """Return how a column is sent, its name empty for as it is; None if it is left out."""
        if into.generated:
            text = "is computed by the target and cannot be loaded"
            self._note("misfit", column.name, text, self._rows, how="left to the target")
            return None
        fits = holds(into.type, column.type) and (into.nullable or not column.nullable)
        made = _AS_IS if fits else conversion(column, into)
        charset = self.charsets.get((self.found.name, into.name), "utf8mb4")
        if made is None:
            if into.nullable and not self._is_key(column.name):
                how, curable = "left out", True
            else:
                how, curable = "", False
            text = f"is {column.type} in the dataset and {into.type} in the target"
            told = self._count(column, "is_not_null")
            self._note("misfit", column.name, text, told, how=how, curable=curable)
            return None
        if (strange := unspeakable(column, charset)) is not None:
            lost = self._lost(strange)
            text = f"is {charset} in the target"
            if lost:
                self._note(
                    "misfit", column.name, f"{text}, which lacks characters", lost, curable=False
                )
            else:
                self._note("converted", column.name, f"{text}, which has all its characters")
        if fits:
            self.plain += 1
            return made
        return self._weigh(column, into, made)

    def _weigh(self, column: Column, into: Column, made: Conversion) -> Conversion:
        lost = self._lost(made.lost)
        if not lost:
            self._note("converted", column.name, made.name)
            # A name alone changes no value, but what is sent has the target's type.
            return made
        text = f"is {column.type} in the dataset and {into.type} in the target"
        if column.nullable and not into.nullable and column.type == into.type:
            text = "may be NULL in the dataset and not in the target"
        without = self._lost(
            made.lost & (made.exact if made.loose is None else made.loose).is_null()
        )
        curable = not self._is_key(column.name) and (into.nullable or not without)
        how = made.manner or "NULL"
        if into.type.labels and made.manner:
            used = self._used(column)
            steps = label_steps(used, into)
            how = "labels become the nearest ones: " + ", ".join(
                f"{old} -> {new}" for old, new in sorted(steps.items())
            )
        self._note("misfit", column.name, text, lost, how=how, curable=curable)
        return made

    def _value(self, made: Conversion) -> pl.Expr:
        if not self.allow or made.loose is None:
            return made.exact
        return pl.when(made.lost).then(made.loose).otherwise(made.exact)

    def _as_is(self, column: Column, into: Column) -> pl.Expr:
        return pl.col(column.name).alias(into.name)

    def _more(self, sent: set[str]) -> None:
        for column in self.found.columns:
            if column.name in sent:
                continue
            if column.required:
                text = "of the target needs a value that the dataset does not have"
                self._note("misfit", column.name, text, self._rows, curable=False)
            elif column.name not in self.wanted:
                kind = (
                    "computed"
                    if column.generated
                    else "numbered"
                    if column.auto_increment
                    else f"default {column.default}"
                    if column.default is not None
                    else "NULL"
                )
                self._note("more", column.name, f"is only in the target: {kind}")

    def _keys(self, names: Mapping[str, str]) -> None:
        ours = tuple(names.get(name, name) for name in self.wanted.primary_key)
        if self.found.primary_key != ours:
            self._note(
                "misfit",
                "",
                f"has the primary key ({', '.join(self.found.primary_key)}) in the"
                f" target and ({', '.join(self.wanted.primary_key)}) in the dataset",
                self._rows,
                curable=False,
            )
        back = {new: old for old, new in names.items()}
        known = {tuple(names.get(part, part) for part in key) for key in self.wanted.unique}
        for key in self.found.unique:
            if key in known or key == self.found.primary_key or not set(key) <= set(back):
                continue
            twins = self._twins([back[part] for part in key])
            text = f"({', '.join(key)}) is unique in the target"
            if twins:
                self._note("misfit", "", f"{text} and not in the dataset", twins, curable=False)
            else:
                self._note("converted", "", f"{text}, and no two rows share it")

    @property
    def _rows(self) -> int:
        return self.dataset.manifest.tables[self.wanted.name].rows

    def _is_key(self, name: str) -> bool:
        keys: Sequence[tuple[str, ...]] = (
            self.wanted.primary_key,
            *self.wanted.unique,
            *(key.columns for key in self.wanted.foreign_keys),
        )
        return any(name in key for key in keys)

    def _note(
        self,
        fit: Fit,
        column: str,
        text: str,
        rows: int = 0,
        *,
        how: str = "",
        curable: bool = True,
    ) -> None:
        self.notes.append(
            Note(fit, self.wanted.name, column, text, rows, fit == "misfit" and curable, how)
        )

    def _count(self, column: Column, test: str) -> int:
        return self._lost(getattr(pl.col(column.name), test)())

    def _lost(self, test: pl.Expr) -> int:
        frame = self.dataset.scan(self.wanted.name).select(test.sum().alias("n")).collect()
        return int(frame["n"][0] or 0)

    def _used(self, column: Column) -> list[str]:
        values = (
            self.dataset.scan(self.wanted.name)
            .select(pl.col(column.name).cast(pl.String).drop_nulls().unique())
            .collect()
        )
        return sorted(values.to_series())

    def _twins(self, names: list[str]) -> int:
        keys = (
            self.dataset.scan(self.wanted.name)
            .select(
                pl.col(n).str.to_lowercase() if self.wanted[n].type.is_text else pl.col(n)
                for n in names
            )
            .drop_nulls()
            .collect()
        )
        return keys.height - keys.n_unique()
