"""Compare one table of a dataset with the target's, column by column, and say how rows are sent.

Only columns whose types differ are read (``_values``), and only where the values decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from load._charsets import Charsets, unspeakable
from load._convert import Conversion, conversion, label_steps
from load._drift import Fit, Fitting, Note
from load._fits import holds
from load._values import Values
from terpseed.catalog.likeness import renamed_columns
from terpseed.dataset import stored_columns
from terpseed.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terpseed.catalog import Column, Table
    from terpseed.dataset import Dataset

_AS_IS = Conversion("", pl.lit(None), pl.lit(value=False))


@dataclass(slots=True)
class Comparison:
    """The comparison of one table.

    Attributes:
        dataset: an opened dataset.
        wanted: the table as the dataset has it.
        found: the table as the target has it.
        charsets: character sets of the target's columns.
        allow: whether the user lets go of what does not fit.
        notes: what was found so far.
        plain: number of columns that simply fit.
    """

    dataset: Dataset
    wanted: Table
    found: Table
    charsets: Charsets
    allow: bool = field(kw_only=True)
    notes: list[Note] = field(default_factory=list)
    plain: int = 0

    @property
    def _values(self) -> Values:
        return Values(self.dataset, self.wanted)

    def make(self) -> Fitting:
        """Compare, and return how rows of the table are sent."""
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
                values.append(pl.col(column.name).alias(into.name))
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
            told = self._values.told(column.name)
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
            self._note("misfit", column.name, text, self._values.rows, how="left to the target")
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
            told = self._values.told(column.name)
            self._note("misfit", column.name, text, told, how=how, curable=curable)
            return None
        if (strange := unspeakable(column, charset)) is not None:
            lost = self._values.lost(strange)
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
        lost = self._values.lost(made.lost)
        if not lost:
            self._note("converted", column.name, made.name)
            # A name alone changes no value, but what is sent has the target's type.
            return made
        text = f"is {column.type} in the dataset and {into.type} in the target"
        if column.nullable and not into.nullable and column.type == into.type:
            text = "may be NULL in the dataset and not in the target"
        without = self._values.lost(
            made.lost & (made.exact if made.loose is None else made.loose).is_null()
        )
        curable = not self._is_key(column.name) and (into.nullable or not without)
        how = made.manner or "NULL"
        if into.type.labels and made.manner:
            used = self._values.used(column.name)
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

    def _more(self, sent: set[str]) -> None:
        for column in self.found.columns:
            if column.name in sent:
                continue
            if column.required:
                text = "of the target needs a value that the dataset does not have"
                self._note("misfit", column.name, text, self._values.rows, curable=False)
            elif column.name not in self.wanted:
                self._note("more", column.name, f"is only in the target: {_left_to(column)}")

    def _keys(self, names: Mapping[str, str]) -> None:
        ours = tuple(names.get(name, name) for name in self.wanted.primary_key)
        if self.found.primary_key != ours:
            self._note(
                "misfit",
                "",
                f"has the primary key ({', '.join(self.found.primary_key)}) in the"
                f" target and ({', '.join(self.wanted.primary_key)}) in the dataset",
                self._values.rows,
                curable=False,
            )
        back = {new: old for old, new in names.items()}
        known = {tuple(names.get(part, part) for part in key) for key in self.wanted.unique}
        for key in self.found.unique:
            if key in known or key == self.found.primary_key or not set(key) <= set(back):
                continue
            twins = self._values.twins([back[part] for part in key])
            text = f"({', '.join(key)}) is unique in the target"
            if twins:
                self._note("misfit", "", f"{text} and not in the dataset", twins, curable=False)
            else:
                self._note("converted", "", f"{text}, and no two rows share it")

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


def _left_to(column: Column) -> str:
    """Return what a target does about a column that gets no values."""
    if column.generated:
        return "computed"
    if column.auto_increment:
        return "numbered"
    return "NULL" if column.default is None else f"default {column.default}"
