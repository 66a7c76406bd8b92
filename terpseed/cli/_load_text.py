"""How plans, results and proofs of loads read for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terpseed.cli import _console as console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from load import Check, LoadPlan, LoadResult, VerifyResult

_WAYS = {"load-data": "LOAD DATA LOCAL", "insert": "INSERT statements"}
_NOTES = 40  # lines of differences between schemas


def checks_text(plan: LoadPlan) -> str:
    """Return who is written to, what was looked at, and what differs between the schemas."""
    width = max(len(check.name) for check in plan.checks)
    lines = [*_target(plan), "", *(_check_text(check, width) for check in plan.checks)]
    return "\n".join([*lines, *_drift(plan)])


def plan_text(plan: LoadPlan) -> str:
    """Return the whole plan: what ``--dry-run`` prints."""
    amount = f"{len(plan.tables)} tables, {plan.rows:,} rows in {len(plan.chunks)} transactions"
    lines = [
        f"plan: {plan.dataset.path} -> {plan.target.display}, mode {plan.mode}",
        "",
        checks_text(plan),
        "",
    ]
    if plan.emptied:
        total = sum(plan.emptied.values())
        kept = f", after they are kept in {plan.backup}" if plan.backup else ""
        lines.append(f"first {total:,} rows of {len(plan.emptied)} tables are deleted{kept}")
    lines.append(f"{amount} over {plan.workers} connections, each {_WAYS[plan.method]}:")
    for chunk in plan.chunks:
        done = "  there already" if chunk.number in plan.present else ""
        size = f"{chunk.size / 2**20:,.1f} MB"
        lines.append(
            f"  {chunk.number + 1:>5}  {chunk.rows:>12,} rows  {size:>10}  {chunk.title}{done}"
        )
    if plan.advances:
        lines.append(f"then {len(plan.advances)} cells of rows that are there are set, sequences")
    lines.append("then rows and checksums of every table, and every reference, are proved")
    return "\n".join(lines)


def result_text(result: LoadResult) -> str:
    """Return what a load came to."""
    sending, proving = result.seconds
    lines = []
    if result.emptied:
        total = sum(result.emptied.values())
        lines.append(f"deleted {total:,} rows of {len(result.emptied)} tables")
    loaded = f"loaded {result.rows:,} rows into {result.tables} tables of {result.target}"
    lines.append(f"{loaded} in {sending:.1f} s")
    lines.append(f"{proof_text(result.proof)} in {proving:.1f} s")
    if result.drift is not None and result.drift.given_up:
        lost = sum(note.rows for note in result.drift.given_up)
        lines.append(
            f"let go, as allowed: {lost:,} values or rows in {len(result.drift.given_up)} places"
        )
    if result.advanced:
        lines.append(f"set {result.advanced} cells of rows that were there")
    if result.meanwhile:
        others = ", ".join(f"{name} {count:+,}" for name, count in result.meanwhile.items())
        lines.append(f"note: others wrote during the load, rows by table: {others}")
    return "\n".join([*lines, f"receipt: {result.receipt}"])


def proof_text(result: VerifyResult) -> str:
    """Return what a comparison came to."""
    if result.ok:
        return (
            f"proved: {len(result.tables)} tables with {result.rows:,} rows hold what the dataset"
            f" holds, {len(result.references)} references hold"
        )
    lines = [f"{len(result.failures)} differences between the dataset and {result.target}:"]
    return "\n  ".join([*lines, *(failure.text for failure in result.failures)])


def _target(plan: LoadPlan) -> Iterator[str]:
    target, server = plan.target, plan.server
    there = sum(plan.there.values())
    yield f"  host         {target.socket or f'{target.host}:{target.port}'}" + (
        "" if target.is_local else ", another machine"
    )
    yield f"  database     {target.database}"
    if server is not None:
        yield f"  server       {server.title} on {server.host}"
        yield f"  TLS          {server.cipher or 'none'}"
        yield f"  user         {server.user}"
        rows = f"{there:,} in {len(plan.there)} tables of the dataset" if there else "none"
        yield f"  rows there   {rows}"
        yield f"  connections  {', '.join(plan.others) or 'none but ours that this user can see'}"


def _check_text(check: Check, width: int) -> str:
    state = f"{'ok' if check.ok else 'FAILED' if check.made else '-':<6}"
    shown = console.good(state) if check.ok else console.bad(state) if check.made else state
    return f"  {shown}  {check.name:<{width}}  {check.detail}"


def _drift(plan: LoadPlan) -> Iterator[str]:
    drift = plan.view.drift if plan.view else None
    if drift is None or not drift.notes:
        return
    yield ""
    yield "  differences between the dataset's schema and the target's:"
    signs = {"converted": "=", "more": "+", "misfit": "-"}
    for note in drift.notes[:_NOTES]:
        text = f"  {signs[note.fit]} {note.place} {note.text}"
        text += f" ({note.rows:,} rows)" if note.rows else ""
        if note.fit == "misfit" and note.curable:
            text += f"; {note.how}" if drift.allowed else f"; with --allow-drift: {note.how}"
        yield f"  {text}"
    if len(drift.notes) > _NOTES:
        yield f"    and {len(drift.notes) - _NOTES} more; --json lists all"
