"""Receipts survive crashes, and one that cannot be understood is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from load._chunks import cut
from load.plans import Chunk, LoadPlan, Piece, Server
from load.receipt import ReceiptWriter, read, unfinished
from terpseed.connection import Target
from terpseed.dataset import Checksum
from terpseed.errors import StateDiffersError
from tests.load.rows import LEDGER, write

if TYPE_CHECKING:
    from pathlib import Path


SERVER = Server(
    kind="MySQL",
    version=(9, 7, 4),
    uid="2f0c",
    host="db1",
    user="terp@%",
    cipher=None,
    local_infile=True,
    read_only=False,
    lower_case_tables=0,
    one_load_a_table=False,
)


@pytest.fixture
def plan(tmp_path: Path) -> LoadPlan:
    """A plan as ``load.plan`` makes it; receipts never ask a server."""
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": 400})
    return LoadPlan(
        dataset=dataset,
        target=Target("127.0.0.1", user="terp", password="Secret-1", database="terp"),
        mode="empty",
        workers=2,
        server=SERVER,
        checks=(),
        chunks=cut(dataset, 20_000),
    )


def test_each_step_is_on_disk_when_it_is_noted(plan: LoadPlan) -> None:
    writer = ReceiptWriter.open(plan)
    first, second, *_ = plan.chunks
    writer.begin(first)
    writer.begin(second)
    writer.commit(first)
    receipt = read(writer.path)
    assert receipt.chunks == plan.chunks
    assert receipt.dataset == plan.dataset.manifest.identity
    assert (set(receipt.begun), set(receipt.done)) == ({0, 1}, {0})
    assert (receipt.open, receipt.ending) == (True, None)
    assert receipt.touched == (first, second)
    assert "Secret-1" not in writer.path.read_text(encoding="utf-8")
    writer.remove(first)
    assert read(writer.path).touched == (second,)
    writer.end("removed")
    assert not read(writer.path).open


def test_receipts_of_one_target_are_found_latest_first(plan: LoadPlan) -> None:
    one, two = ReceiptWriter.open(plan), ReceiptWriter.open(plan)
    folder, target = plan.dataset.path, read(one.path).target
    assert [receipt.path for receipt in unfinished(folder, target)] == [two.path, one.path]
    one.end("proved")
    assert [receipt.path for receipt in unfinished(folder, target)] == [two.path]
    two.end("kept")
    assert [receipt.path for receipt in unfinished(folder, target)] == [two.path]
    assert unfinished(folder, {**target, "database": "other"}) == ()
    assert unfinished(folder, {**target, "server": "other"}) == ()


def test_a_line_that_a_crash_cut_off_is_passed_over(plan: LoadPlan) -> None:
    writer = ReceiptWriter.open(plan)
    writer.begin(plan.chunks[0])
    writer.claim.close()
    whole = writer.path.read_bytes()
    writer.path.write_bytes(whole + b'{"event":"do')
    assert read(writer.path).begun == {0}
    going_on = replace(plan, continues=writer.path, present=frozenset({0}))
    again = ReceiptWriter.open(going_on)
    with again.claim:
        again.commit(plan.chunks[0])
    assert read(writer.path).done == {0}
    assert writer.path.read_bytes().startswith(whole)


def test_a_receipt_has_one_writer_at_a_time(plan: LoadPlan) -> None:
    writer = ReceiptWriter.open(plan)
    with pytest.raises(StateDiffersError, match="another process goes on with this load"):
        ReceiptWriter.reopen(writer.path)
    writer.end("kept")
    again = ReceiptWriter.reopen(writer.path)
    again.end("undone")
    assert not read(writer.path).open


def test_what_taking_back_needs_is_kept(plan: LoadPlan) -> None:
    writer = ReceiptWriter.open(plan, {"users": 8})
    writer.begin(plan.chunks[0])
    assert read(writer.path).doubtful == (plan.chunks[0],)
    writer.commit(plan.chunks[0])
    writer.end("proved", {"users": Checksum(3, 12)})
    receipt = read(writer.path)
    assert receipt.doubtful == ()
    assert (receipt.counters, receipt.checksums) == ({"users": 8}, {"users": Checksum(3, 12)})
    assert (receipt.mode, receipt.undoing) == ("empty", False)
    again = ReceiptWriter.reopen(writer.path)
    with again.claim:
        again.undo()
    assert read(writer.path).undoing


def test_a_receipt_without_a_whole_line_is_of_a_load_that_sent_nothing(plan: LoadPlan) -> None:
    writer = ReceiptWriter.open(plan)
    writer.claim.close()
    target = read(writer.path).target
    writer.path.write_bytes(b'{"event":"plan"')
    assert unfinished(plan.dataset.path, target) == ()


@pytest.mark.parametrize(
    "content", ['{"event":"plan","format":99}\n', '{"event":"done"}\n', "nonsense\n", "[]\n"]
)
def test_a_receipt_that_cannot_be_understood_is_refused(content: str, plan: LoadPlan) -> None:
    writer = ReceiptWriter.open(plan)
    writer.claim.close()
    target = read(writer.path).target
    writer.path.write_text(content, encoding="utf-8")
    with pytest.raises(StateDiffersError, match="receipt cannot be read") as caught:
        unfinished(plan.dataset.path, target)
    assert str(writer.path) in str(caught.value)


def test_chunks_come_back_from_plain_data() -> None:
    chunk = Chunk(
        3,
        (
            Piece("a", "a/0001.csv", 10, 5, "id", 11, 15, (100, 250)),
            Piece("b", "b.parquet", 0, 7),
        ),
        999,
    )
    assert Chunk.from_dict(json.loads(json.dumps(chunk.to_dict()))) == chunk
