"""Every rule notices the fault that is planted for it, and no rule that has nothing to do with it.

Faults are planted in the light scenario, which is quick; those that need a larger business in the
full one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from terpseed.catalog import NEWEST, shipped, shipped_versions
from terpseed.dataset import open_dataset
from tests.validate.base import AS_OF, Base
from validate._ground import Ground
from validate._plan import known_rules, plan_checks
from validate.detection import try_file
from validate.faults import Bench, Fault, Trial, all_faults

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OLDER = [version for version in shipped_versions() if version != NEWEST]


def _ground(version: str) -> Ground:
    return Ground(shipped(version), as_of=AS_OF)


def _faults(version: str) -> dict[str, Fault]:
    return {fault.id: fault for fault in all_faults(_ground(version))}


def _concerns() -> list[str]:
    return sorted({fault.rule.partition(".")[0] for fault in _faults(NEWEST).values()})


def test_every_rule_has_a_planted_fault() -> None:
    planted = {fault.rule for version in shipped_versions() for fault in _faults(version).values()}
    assert {rule.id for rule in known_rules()} - planted == set()


def test_every_fault_is_for_rules_that_exist() -> None:
    rules = {rule.id for rule in known_rules()}
    for version in shipped_versions():
        for fault in _faults(version).values():
            assert {fault.rule} | fault.follows <= rules, fault.id
            assert fault.rule not in fault.follows, fault.id
            assert fault.title, fault.id


def test_ids_of_faults_are_unique() -> None:
    for version in shipped_versions():
        ids = [fault.id for fault in all_faults(_ground(version))]
        assert len(set(ids)) == len(ids)


def _judge(bench: Bench, larger: Bench, faults: Iterable[Fault]) -> list[str]:
    """Plant faults, ask the rule of each; return what went wrong, a line for each."""
    wrong = []
    for fault in faults:
        if not fault.touched(bench.open_.ground):
            continue
        trials = list[Trial]()
        for place in (bench, larger):
            asked = [check for check in place.plan.checks if check.rule.id == fault.rule]
            if asked and not any(trial.is_caught for trial in trials):
                trials.append(place.try_(fault, asked))
        reasons = {entry.rule.id: entry.reason for entry in larger.plan.not_run}
        if not any(trial.changed for trial in trials) and fault.rule not in reasons:
            wrong.append(f"{fault.id}: planted nowhere, and its rule is not reported as not run")
        elif trials and not any(trial.is_caught for trial in trials):
            wrong.append(f"{fault.id}: {fault.rule} did not notice")
    return wrong


@pytest.mark.parametrize("concern", _concerns())
def test_a_fault_is_caught(light_bench: Bench, newest: Base, concern: str) -> None:
    faults = [
        fault
        for fault in all_faults(light_bench.open_.ground)
        if fault.rule.partition(".")[0] == concern and fault.damage == "rows"
    ]
    assert _judge(light_bench, newest.bench, faults) == []


@pytest.mark.parametrize("base", OLDER, indirect=True)
def test_a_fault_is_caught_in_older_schemas(older_bench: Bench, base: Base) -> None:
    faults = [fault for fault in all_faults(older_bench.open_.ground) if fault.damage == "rows"]
    assert _judge(older_bench, base.bench, faults) == []


def test_no_rule_notices_a_fault_in_what_it_does_not_read(light_bench: Bench) -> None:
    # Every twelfth, since all rules of the damaged tables are asked; `terpseed corrupt --report`
    # does it for all.
    faults = [f for f in all_faults(light_bench.open_.ground) if f.damage == "rows"]
    trials = [light_bench.try_(fault, light_bench.touching(fault)) for fault in faults[::12]]
    assert {t.fault.id: t.unexpected for t in trials if t.unexpected} == {}
    assert sum(t.is_caught for t in trials) > 40


@pytest.mark.parametrize(
    "fault", [f for f in _faults(NEWEST).values() if f.damage != "rows"], ids=lambda f: f.id
)
def test_a_fault_that_only_files_can_have_is_caught(
    light: dict[str, Path], light_bench: Bench, fault: Fault
) -> None:
    trial = try_file(open_dataset(light[NEWEST]), light_bench, fault, only={fault.rule})
    assert trial is not None
    assert trial.changed > 0
    assert trial.is_caught


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
