"""A table while its SQL text is being read: named keys that later statements may change.

Understands the pieces of a parsed statement (columns, constraints, changes); which statements
there are is decided in ``sqltext``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from sqlglot import exp

from terpseed.catalog._pieces import (
    NotUnderstoodError,
    key_columns,
    read_column,
    read_default,
    text_of,
)
from terpseed.catalog._server_made import Key, made_for
from terpseed.catalog.model import Column, ColumnType, ForeignKey, Table

_ON_DELETE = re.compile(r"^ON DELETE (.+)$", re.IGNORECASE)
_JSON_CHECK = re.compile(r"^JSON_VALID\(`?([^`)]+)`?\)$", re.IGNORECASE)


@dataclass(slots=True)
class Draft:
    """One table being read; keys by their lower-case names."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    unique: dict[str, tuple[str, ...]] = field(default_factory=dict)
    indexes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    foreign_keys: dict[str, ForeignKey] = field(default_factory=dict)

    def table(self) -> Table:
        """Return the finished table, keys in canonical order."""
        names = {name.lower(): name for name in self.columns}

        def spelled(key: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names.get(name.lower(), name) for name in key)

        constraints = [Key(name, spelled(key.columns)) for name, key in self.foreign_keys.items()]
        primary = spelled(self.primary_key)
        return Table(
            name=self.name,
            columns=tuple(
                replace(column, nullable=False) if column.name in primary else column
                for column in self.columns.values()
            ),
            primary_key=primary,
            unique=tuple(sorted(spelled(key) for key in self.unique.values())),
            foreign_keys=tuple(
                sorted(
                    (
                        replace(key, columns=spelled(key.columns))
                        for key in self.foreign_keys.values()
                    ),
                    key=lambda key: (key.columns, key.ref_table),
                )
            ),
            indexes=tuple(
                sorted(
                    spelled(key)
                    for name, key in self.indexes.items()
                    if not made_for(Key(name, spelled(key)), self.name.lower(), constraints)
                )
            ),
        )

    def add(self, piece: exp.Expression) -> None:
        """Add a column, key or constraint.

        Raises:
            NotUnderstoodError: if the piece is none of them.
        """
        match piece:
            case exp.ColumnDef():
                self._add_column(piece)
            case exp.PrimaryKey():
                self.primary_key = key_columns(piece.expressions)
            case exp.UniqueColumnConstraint():
                self._add_unique(piece, None)
            case exp.IndexColumnConstraint():
                if not piece.args.get("kind"):  # FULLTEXT and SPATIAL are not modelled
                    self.add_index(text_of(piece.this), piece.expressions, unique=False)
            case exp.ForeignKey():
                self._add_foreign_key(
                    key_columns(piece.expressions), piece.args.get("reference"), None
                )
            case exp.Constraint():
                self._add_constraint(piece)
            case exp.CheckColumnConstraint():
                self._add_check(piece)
            case _:
                raise NotUnderstoodError(piece.sql(dialect="mysql"))

    def add_index(self, name: str, columns: list[exp.Expression], *, unique: bool) -> None:
        """Add an index; one on an expression is left out, for a catalog has no place for it."""
        try:
            key = key_columns(columns)
        except NotUnderstoodError:
            return
        group = self.unique if unique else self.indexes
        group[self._free_name(name or key[0])] = key

    def change(self, action: exp.Expression) -> None:
        """Apply one action of an ALTER TABLE.

        Raises:
            NotUnderstoodError: if the action is not known.
        """
        match action:
            case exp.AddConstraint():
                for piece in action.expressions:
                    self.add(piece)
            case exp.ModifyColumn():
                before = text_of(action.args.get("rename_from")) or action.this.name
                self._replace_column(before, action.this)
            case exp.RenameColumn():
                self._rename_column(action.this.name, action.args["to"].name)
            case exp.AlterColumn() if action.args.get("default") is not None:
                column = self._column(action.name)
                default = read_default(action.args["default"])
                self.columns[column.name] = replace(column, default=default)
            case exp.Drop():
                for target in action.args["tables"]:
                    self._drop(str(action.args["kind"]).upper(), target.name)
            case _:
                self.add(action)

    def drop_index(self, name: str) -> None:
        """Forget an index or unique key."""
        if self.unique.pop(name.lower(), None) is None:
            self.indexes.pop(name.lower(), None)

    def _drop(self, kind: str, name: str) -> None:
        if kind == "COLUMN":
            del self.columns[self._column(name).name]
            for group in (self.unique, self.indexes):
                for index, key in list(group.items()):
                    left = tuple(part for part in key if part.lower() != name.lower())
                    group[index] = left
                    if not left:
                        del group[index]
        elif kind in {"INDEX", "KEY"}:
            self.drop_index(name)
        elif kind in {"FOREIGN KEY", "CONSTRAINT"}:
            if self.foreign_keys.pop(name.lower(), None) is None:
                self.drop_index(name)
        elif kind == "PRIMARY KEY":
            self.primary_key = ()
        else:
            raise NotUnderstoodError(f"DROP {kind}")

    def _column(self, name: str) -> Column:
        for own, column in self.columns.items():
            if own.lower() == name.lower():
                return column
        raise NotUnderstoodError(f"column {name} of {self.name} does not exist")

    def _replace_column(self, before: str, piece: exp.ColumnDef) -> None:
        old = self._column(before)
        order = list(self.columns)
        self._add_column(piece)
        if piece.name != old.name:
            self._rename_keys(old.name, piece.name)
            self.columns.pop(old.name, None)
            order[order.index(old.name)] = piece.name
        if piece.args.get("position") is None:
            self.columns = {name: self.columns[name] for name in order}

    def _rename_column(self, before: str, after: str) -> None:
        old = self._column(before)
        self.columns = {
            (after if name == old.name else name): (
                replace(column, name=after) if name == old.name else column
            )
            for name, column in self.columns.items()
        }
        self._rename_keys(old.name, after)

    def _rename_keys(self, before: str, after: str) -> None:
        def renamed(key: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(after if part == before else part for part in key)

        self.primary_key = renamed(self.primary_key)
        self.unique = {name: renamed(key) for name, key in self.unique.items()}
        self.indexes = {name: renamed(key) for name, key in self.indexes.items()}
        self.foreign_keys = {
            name: replace(key, columns=renamed(key.columns))
            for name, key in self.foreign_keys.items()
        }

    def _add_column(self, piece: exp.ColumnDef) -> None:
        column, keys = read_column(piece)
        self.columns[column.name] = column
        _place(self.columns, piece)
        for key in keys:
            match key:
                case exp.PrimaryKeyColumnConstraint():
                    self.primary_key = (column.name,)
                case exp.UniqueColumnConstraint():
                    self.unique[self._free_name(column.name)] = (column.name,)
                case exp.Reference():
                    self._add_foreign_key((column.name,), key, None)
                case exp.CheckColumnConstraint():
                    self._add_check(key)

    def _add_unique(self, piece: exp.UniqueColumnConstraint, name: str | None) -> None:
        schema = piece.this
        if not isinstance(schema, exp.Schema):
            raise NotUnderstoodError(piece.sql(dialect="mysql"))
        self.add_index(name or text_of(schema.this), schema.expressions, unique=True)

    def _add_constraint(self, piece: exp.Constraint) -> None:
        for part in piece.expressions:
            if isinstance(part, exp.ForeignKey):
                reference = part.args.get("reference")
                self._add_foreign_key(key_columns(part.expressions), reference, piece.name)
            elif isinstance(part, exp.UniqueColumnConstraint):
                self._add_unique(part, piece.name)
            else:
                self.add(part)

    def _add_check(self, piece: exp.CheckColumnConstraint) -> None:
        """Take MariaDB's way of writing a JSON column; other checks are not modelled."""
        match = _JSON_CHECK.match(piece.this.sql(dialect="mysql"))
        if match and match[1] in self.columns:
            column = self.columns[match[1]]
            self.columns[column.name] = replace(column, type=ColumnType("json"))

    def _add_foreign_key(
        self, columns: tuple[str, ...], reference: exp.Expression | None, name: str | None
    ) -> None:
        schema = reference.this if reference is not None else None
        if reference is None or not isinstance(schema, exp.Schema):
            raise NotUnderstoodError("a foreign key that names no columns")
        found = (_ON_DELETE.match(str(option)) for option in reference.args.get("options") or ())
        rules = [match[1].upper() for match in found if match]
        # The servers' own way of naming one without a name.
        key_name = name or f"{self.name}_ibfk_{len(self.foreign_keys) + 1}"
        self.foreign_keys[key_name.lower()] = ForeignKey(
            columns, schema.this.name, key_columns(schema.expressions), (rules or ["NO ACTION"])[0]
        )

    def _free_name(self, name: str) -> str:
        """Return an index name in lower case, numbered as the servers do if it is taken."""
        wanted, number = name.lower(), 2
        while wanted in self.unique or wanted in self.indexes:
            wanted, number = f"{name.lower()}_{number}", number + 1
        return wanted


def _place(columns: dict[str, Column], piece: exp.ColumnDef) -> None:
    """Move a new column to where FIRST or AFTER says."""
    position = piece.args.get("position")
    if position is None:
        return
    column = columns.pop(piece.name)
    order = list(columns.values())
    after = text_of(position.this).lower()
    names = [other.name.lower() for other in order]
    order.insert(names.index(after) + 1 if after in names else 0, column)
    columns.clear()
    columns.update((other.name, other) for other in order)
