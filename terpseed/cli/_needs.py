"""What a run will need, as text; ``generate.capacity`` finds it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terpseed.cli import _console as console

if TYPE_CHECKING:
    from generate.capacity import Capacity

_KEYS = 3  # as many of the scarcest are shown


def rows_text(*rows: tuple[str, str]) -> str:
    """Return names and values, one a line."""
    return "\n".join(f"{name:<10}{value}" for name, value in rows)


def needs_text(needs: Capacity) -> str:
    """Return what a run will need: totals first, then tables."""
    each = f"{needs.workers} workers of {needs.worker_bytes / 1e6:,.0f} MB"
    pace = f"each worker has a core; a market just took {needs.market_seconds:.2f} s of one"
    keys = [
        f"{use.column} up to {use.last:,}, {use.share:.1%} of what its type holds"
        for use in needs.keys[:_KEYS]
    ]
    totals = rows_text(
        ("markets", f"{needs.markets:,} of {needs.largest:,} that {needs.scarcest} has keys for"),
        ("rows", f"{needs.rows:,}"),
        ("size", f"{needs.bytes / 1e6:,.1f} MB in {needs.files:,} files"),
        ("memory", f"{needs.memory_bytes / 1e6:,.0f} MB: {each}, and the command's own"),
        ("time", f"{console.duration(needs.seconds)} if {pace}"),
        *(("keys" if not place else "", text) for place, text in enumerate(keys)),
    )
    tables = [
        [need.table, f"{need.rows:,}", f"{need.bytes:,}", f"{need.files:,}"]
        for need in needs.tables
    ]
    titled = [["table", "rows", "bytes", "files"], *tables]
    return f"{totals}\n\n{console.table_text(titled, right=frozenset({1, 2, 3}))}"
