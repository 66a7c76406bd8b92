"""Columns with a state machine hold a state that the machine can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.derived._columns import column_check
from validate.rule import Check, Rule
from validate.sql import key_columns, name, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog import Catalog, StateMachine
    from validate._ground import Ground

REACHABLE = Rule(
    "states.reachable",
    "states can be reached",
    "error",
    "Every state column holds a state that its machine can reach from a first one.",
    "A row in an impossible state is stuck: no button of the application moves it on.",
    "catalog",
)
RULES = (REACHABLE,)


def checks(ground: Ground) -> Iterator[Check]:
    """Yield one check for each state machine whose table is there."""
    for machine in ground.catalog.states:
        if ground.why_no_column(machine.table, machine.column):
            continue
        states = texts(sorted(reachable(machine)))
        table = ground.catalog[machine.table]
        if not table[machine.column].type.is_integer:
            condition = f"CAST({name(machine.column)} AS VARCHAR) NOT IN {states}"
            yield column_check(REACHABLE, table, machine.column, condition)
        elif lookup := state_names(ground.catalog, machine):
            keys = ", ".join("t." + name(key) for key in key_columns(table))
            yield Check(
                REACHABLE,
                f"{machine.table}.{machine.column}",
                frozenset({machine.table, lookup}),
                f"SELECT {keys}, s.slug AS actual FROM {ground.relation(machine.table)} t "
                f"JOIN {ground.relation(lookup)} s ON s.id = t.{name(machine.column)} "
                f"WHERE s.slug NOT IN {states}",
            )


def reachable(machine: StateMachine) -> frozenset[str]:
    """Return the states that can be reached from the machine's first ones."""
    seen = set(machine.initial)
    while more := {to for begin, to in machine.steps if begin in seen} - seen:
        seen |= more
    return frozenset(seen)


def state_names(catalog: Catalog, machine: StateMachine) -> str | None:
    """Return the table with a ``slug`` for each state of a machine whose column holds ids."""
    declared = [
        key.ref_table
        for key in catalog[machine.table].foreign_keys
        if key.columns == (machine.column,)
    ]
    logical = [
        reference.ref_table
        for reference in catalog.references
        if (reference.table, reference.column) == (machine.table, machine.column)
    ]
    for table in declared + logical:
        if table in catalog and "slug" in catalog[table]:
            return table
    return None
