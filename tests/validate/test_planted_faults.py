"""Every rule notices the fault that is planted for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from terpseed.catalog import NEWEST, shipped, shipped_versions
from tests.validate.base import AS_OF, Base, tables_in_memory
from validate import validate
from validate._ground import Ground
from validate._plan import known_rules, plan_checks
from validate.faults import FRAME_FAULTS, Fault, FrameFault, all_faults

if TYPE_CHECKING:
    from collections.abc import Callable


def _ground(version: str) -> Ground:
    return Ground(shipped(version), as_of=AS_OF)


def _faults() -> list[str]:
    found = {fault.id for version in shipped_versions() for fault in all_faults(_ground(version))}
    return sorted(found)


def test_every_rule_has_a_planted_fault() -> None:
    planted = {fault.rule for fault in FRAME_FAULTS}
    for version in shipped_versions():
        planted |= {fault.rule for fault in all_faults(_ground(version))}
    assert {rule.id for rule in known_rules()} - planted == set()


def test_every_fault_is_for_a_rule() -> None:
    rules = {rule.id for rule in known_rules()}
    for version in shipped_versions():
        assert {fault.rule for fault in all_faults(_ground(version))} <= rules
    assert {fault.rule for fault in FRAME_FAULTS} <= rules


@pytest.mark.parametrize("fault_id", _faults())
def test_the_rule_notices_its_fault(
    base: Base, fault_id: str, record_property: Callable[[str, object], None]
) -> None:
    faults = {fault.id: fault for fault in all_faults(base.open_.ground)}
    if fault_id not in faults or not base.checks(faults[fault_id].rule):
        reasons = {entry.rule.id: entry.reason for entry in base.plan.not_run}
        assert fault_id in reasons, "a rule with a fault is neither run nor reported as not run"
        pytest.skip(f"not run on this schema: {reasons[fault_id]}")
    fault = faults[fault_id]
    touched = fault.touched(base.open_.ground)
    if base.dataset.catalog.version != NEWEST:
        touched = frozenset()  # which others fire is the same there, and takes most of the time
    related = [
        check
        for check in base.plan.checks
        if check.rule.id == fault.rule
        or (check.tables & touched and check.rule.origin != "catalog")
    ]
    changed, fired = base.fired(fault, related)
    others = sorted({rule for rule, _ in fired} - {fault.rule})
    record_property("also fired", ", ".join(others))
    assert changed > 0, f"the fault changed nothing: {fault.for_schema(base.open_.ground)}"
    assert fault.rule in {rule for rule, _ in fired}, f"only these noticed: {others}"


@pytest.mark.parametrize("fault", FRAME_FAULTS, ids=lambda fault: fault.rule)
def test_the_rule_notices_damage_to_the_shape_of_tables(newest: Base, fault: FrameFault) -> None:
    whole = tables_in_memory(newest.dataset)
    damaged = validate(
        type(whole)(whole.catalog, fault.change(whole.tables), whole.as_of, whole.scenario)
    )
    assert fault.rule in {failed.rule.id for failed in damaged.failed}


def test_a_fault_leaves_nothing_behind(newest: Base) -> None:
    before = newest.counts
    fault = Fault(
        "x", "structure.filled", ("DELETE FROM stored.strains", "DELETE FROM stored.orders")
    )
    newest.fired(fault, newest.checks("structure.filled"))
    assert newest.count(newest.plan.checks) == before


def test_nothing_is_planned_twice() -> None:
    for version in shipped_versions():
        plan = plan_checks(_ground(version))
        seen = [(check.rule.id, check.subject) for check in plan.checks]
        doubled = (
            {key for key in seen if seen.count(key) > 1} if len(set(seen)) < len(seen) else set()
        )
        assert doubled == set()
        assert not {check.rule.id for check in plan.checks} & {n.rule.id for n in plan.not_run}
