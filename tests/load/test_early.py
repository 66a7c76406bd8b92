"""Sums made while a load goes on stand only as long as nobody changes what they summed up."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import load
from load._early import Counters, Early, EarlyProof
from load._session import session
from load.proving import verify
from terpseed.dataset import Checksum
from tests.conftest import execute
from tests.load.rows import LEDGER, write

if TYPE_CHECKING:
    from pathlib import Path

    from load import LoadPlan, Progress
    from terpseed.connection import Target

CHUNK_BYTES = 30_000
ROWS = 2_000
REPLACED = (
    "INSERT INTO ledgerEntries SELECT * FROM (SELECT * FROM ledgerEntries WHERE id = 1) a"
    " ON DUPLICATE KEY UPDATE credit = ledgerEntries.credit + 1"
)
SHIFTED = "UPDATE ledgerEntries SET debit = debit + 0.01 WHERE id = 3"


@pytest.fixture
def plan(ledger: Target, tmp_path: Path) -> LoadPlan:
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": ROWS})
    return load.plan(dataset, ledger, chunk_bytes=CHUNK_BYTES, workers=2)


def summed(plan: LoadPlan, ledger: Target) -> Early:
    """Load, and sum up every part but the last as a load would have done."""
    with session(ledger) as control:
        begin = Counters.read(control)
    assert load.load(plan).proof.ok
    with session(ledger) as control, closing(EarlyProof(plan)) as proof:
        proof.begin(control)
        parts = [c for c in plan.chunks if c.pieces[0].table == "ledgerEntries"]
        assert len(parts) > 3
        for chunk in parts[:-1]:
            proof.committed(chunk)
        proof.drain()
        early = proof.end()
    assert early is not None
    assert len(early.left["ledgerEntries"]) == 1
    return replace(early, begin=begin)


def found(early: Early, plan: LoadPlan, ledger: Target) -> list[str]:
    """Prove with early sums and without; both find the same; return what."""
    result = verify(plan.dataset, ledger, workers=2, view=plan.view, early=early)
    assert result == load.verify(plan.dataset, ledger, workers=2)
    return [failure.text for failure in result.failures]


def standing(early: Early, plan: LoadPlan, ledger: Target, rows: int = ROWS) -> bool:
    """Say whether the sum of the ledger stands, its last range being what the dataset holds."""
    with session(ledger) as control:
        now = Counters.read(control)
    whole = plan.dataset.manifest.tables["ledgerEntries"].checksum
    done = early.sums["ledgerEntries"]
    rest = Checksum(whole.rows - done.rows, whole.crc_sum - done.crc_sum)
    proof = load.TableProof("ledgerEntries", whole, rest)
    return bool(early.standing({"ledgerEntries": proof}, {"ledgerEntries": rows}, now))


def test_sums_stand_while_nothing_happens(plan: LoadPlan, ledger: Target) -> None:
    early = summed(plan, ledger)
    assert standing(early, plan, ledger)
    assert found(early, plan, ledger) == []
    # Rows of others show in the count, and what they lack in the sum.
    assert not standing(early, plan, ledger, ROWS + 1)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (SHIFTED, "ledgerEntries has as many rows as the dataset (2000) but other values"),
        ("DELETE FROM ledgerEntries WHERE id = 5", "ledgerEntries has 1999 rows"),
        (REPLACED, "ledgerEntries has as many rows"),
        ("TRUNCATE TABLE ledgerEntries", "ledgerEntries has 0 rows"),
        ("ALTER TABLE ledgerEntries MODIFY description VARCHAR(900)", ""),
    ],
)
def test_what_changes_after_its_sum_was_made_is_found(
    statement: str, words: str, plan: LoadPlan, ledger: Target
) -> None:
    early = summed(plan, ledger)
    execute(ledger, "SET foreign_key_checks = 0", statement)
    assert not standing(early, plan, ledger)
    texts = found(early, plan, ledger)
    assert [text[: len(words)] for text in texts] == ([words] if words else [])


def test_a_row_of_others_is_found(plan: LoadPlan, ledger: Target) -> None:
    early = summed(plan, ledger)
    execute(
        ledger,
        "SET foreign_key_checks = 0",
        "CREATE TEMPORARY TABLE more AS SELECT * FROM ledgerEntries WHERE id = 1",
        "UPDATE more SET id = 900000, entryNumber = 'other'",
        "INSERT INTO ledgerEntries SELECT * FROM more",
    )
    (text,) = found(early, plan, ledger)
    assert text.startswith("ledgerEntries has 2001 rows in the target and 2000 in the dataset")


def test_a_change_in_the_middle_of_a_load_fails_it(plan: LoadPlan, ledger: Target) -> None:
    """Somebody changes a row as soon as it is there."""
    changed: list[object] = []

    def meddle(at: Progress) -> None:
        if at.phase == "load" and at.done and not changed:
            changed.extend(
                execute(ledger, "UPDATE ledgerEntries SET debit = debit + 1 LIMIT 1", "SELECT 1")
            )

    with pytest.raises(load.ProofFailedError, match="but other values"):
        load.load(plan, progress=meddle)
    assert changed


@pytest.mark.parametrize("forgets", ["restarted", "reset"])
def test_a_server_that_forgot_its_counts_is_not_believed(
    forgets: str, plan: LoadPlan, ledger: Target
) -> None:
    early = summed(plan, ledger)
    begin = early.begin
    other = {
        "restarted": replace(begin, up=begin.up + 60, counting=begin.counting + 60),
        "reset": replace(begin, counting=begin.counting - 1),
    }
    assert not standing(replace(early, begin=other[forgets]), plan, ledger)


def test_one_worker_and_small_tables_have_no_early_proof(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "other", LEDGER, {"ledgerEntries": ROWS})
    for plan in (
        load.plan(dataset, ledger, chunk_bytes=CHUNK_BYTES, workers=1),
        load.plan(dataset, ledger, workers=2),
    ):
        with session(ledger) as control, closing(EarlyProof(plan)) as proof:
            proof.begin(control)
            for chunk in plan.chunks:
                proof.committed(chunk)
            proof.drain()
            assert proof.end() is None
