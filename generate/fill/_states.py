"""Words with a fixed vocabulary: enums, states, discriminators; and what a state implies.

A column such as ``approved_at``, ``approved_by`` or ``approval_notes`` is set exactly in the rows
whose state column says that the event has happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from generate.fill._names import plain, same_stem, words
from generate.fill._vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generate.fill._draft import Draft
    from generate.fill._shelf import Shelf
    from terpseed.catalog import Column, StateMachine

_TAILS = ("at", "by", "date", "reason", "notes", "time", "id")
_BEFORE, _AFTER = {"from", "previous", "old"}, {"to", "new"}


def labels(draft: Draft, column: Column) -> tuple[str, ...]:
    """Return the values of a column with a fixed vocabulary, or nothing if it has none."""
    if any(link.is_direct and link.column == column.name for link in draft.links):
        return ()
    known = VOCABULARY.get((draft.table.name, column.name), ())
    if column.type.labels:
        return tuple(label for label in known if label in column.type.labels) or column.type.labels
    if known or not column.type.is_text:
        return known
    machine = draft.machines.get(column.name)
    if machine is not None:
        return tuple(sorted(machine.initial | {to for _, to in machine.steps}))
    named = (link.when[1] for link in draft.links if link.when and link.when[0] == column.name)
    return tuple(dict.fromkeys(label for values in named for label in values))


def make_labels(draft: Draft, shelf: Shelf) -> None:
    """Make every column with a fixed vocabulary, legal values in turn."""
    for column in draft.left():
        options = resolvable(draft, shelf, column.name, labels(draft, column))
        if not options:
            continue
        length = column.type.length
        options = tuple(o for o in options if length is None or len(o) <= length)
        if column.name in draft.distinct:
            if len(options) >= draft.rows:
                draft.put(column.name, pl.Series(list(options[: draft.rows])))
            continue
        values = draft.cycle(options)
        optional = column.nullable and column.name not in draft.machines
        draft.put(column.name, draft.sparse(values, 0.7) if optional else values)
    _make_steps(draft)


def resolvable(draft: Draft, shelf: Shelf, name: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out values of a discriminator under which nothing could be referred to."""
    conditional = [link for link in draft.links if link.when and link.when[0] == name]
    if not conditional:
        return options
    columns = {link.column for link in conditional}
    good = []
    for option in options:
        links = [link for link in conditional if link.when and option in link.when[1]]
        covered = {link.column for link in links}
        found = all(
            link.kind in {"null", "zero"} or shelf.candidates(link).height > 0 for link in links
        )
        if covered == columns and found:
            good.append(option)
    return tuple(good)


def _make_steps(draft: Draft) -> None:
    """Let the former of two states (from, to) be another than the latter, NULL where it may."""
    for name in list(draft.values):
        head, *tail = words(name)
        if head not in _BEFORE:
            continue
        after = next(
            (n for n in draft.values if words(n)[0] in _AFTER and list(words(n)[1:]) == tail), None
        )
        if after is None or draft.values[name].dtype != pl.String:
            continue
        options = labels(draft, draft.table[name])
        turned = dict(zip(options, options[-1:] + options[:-1], strict=True))
        values = draft.values[after].replace(turned)
        differs = values != draft.values[after]
        nullable = draft.table[name].nullable
        draft.put(name, draft.only(values, differs) if nullable else values)


def happened(draft: Draft, column: Column) -> pl.Series | None:
    """Return in which rows the event that a column's name tells of has happened.

    Returns:
        Booleans, or None if no state or flag of the table tells.
    """
    stem = words(column.name)
    while len(stem) > 1 and stem[-1] in _TAILS:
        stem = stem[:-1]
    if stem == words(column.name):
        return None
    for flag, values in draft.values.items():
        if values.dtype == pl.Boolean and words(flag) in {stem, ("is", *stem)}:
            return values
    for name, values in draft.values.items():
        if values.dtype != pl.String or (
            "status" not in words(name)[-1] and name not in draft.machines
        ):
            continue
        options = labels(draft, draft.table[name])
        told = {o for o in options if any(same_stem(w, o) for w in (*stem, plain("_".join(stem))))}
        if told:
            reached = told | set(_after(draft.machines.get(name), told, options))
            return values.is_in(sorted(reached)).fill_null(value=False)
    return None


def _after(machine: StateMachine | None, told: set[str], options: tuple[str, ...]) -> Iterator[str]:
    """Yield the states that can only be reached through the told ones."""
    if machine is None:
        return
    without = set(machine.initial) - told
    edge = set(without)
    while edge:
        edge = {to for frm, to in machine.steps if frm in edge} - without - told
        without |= edge
    through = set(told)
    edge = set(told)
    while edge:
        edge = {to for frm, to in machine.steps if frm in edge} - through
        through |= edge
    yield from (option for option in options if option in through and option not in without)
