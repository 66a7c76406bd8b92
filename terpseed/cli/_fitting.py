"""How a business was fitted to a schema that terpseed does not ship, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHOWN = 20  # guesses of a kind


def summary(fitting: Mapping[str, Any]) -> str:
    """Return one line: how many columns, labels and tables were guessed or filled."""
    counts = [f"{count:,} {kind}" for kind, count in fitting["counts"].items() if count]
    like = fitting["nearest_version"]
    return f"{f'like {like}' if like else 'like no version'}: {', '.join(counts) or 'no guesses'}"


def details(fitting: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line per guess, a bounded number of each kind."""
    yield from _bounded(
        f"{one['table']}.{one['column']} is taken for {one['is']} of {one['version']}"
        for one in fitting["renamed_columns"]
    )
    yield from _bounded(
        f"{one['table']}.{one['column']}: {one['label']} becomes {one['to'] or 'nothing'}"
        f" ({one['by']})"
        for one in fitting["mapped_labels"]
    )
    yield from _bounded(f"{place} is made by the filler" for place in fitting["filled_columns"])
    yield from _bounded(f"table {name} is filled" for name in fitting["filled_tables"])
    yield from _bounded(
        f"{one['table']}.{one['column']} is {one['here']}, in known versions {one['known']}"
        for one in fitting["other_types"]
    )


def _bounded(lines: Iterator[str]) -> Iterator[str]:
    every = list(lines)
    yield from every[:_SHOWN]
    if len(every) > _SHOWN:
        yield f"and {len(every) - _SHOWN} more such; the manifest lists them under `fitting`"
