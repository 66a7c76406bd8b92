"""The command ``undo``: parse, call the package ``load``, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terpseed.cli import _console as console
from terpseed.cli._target import (
    as_json,
    confirmation_options,
    confirmed_name,
    reporting,
    target_of,
    target_options,
)
from terpseed.errors import UsageError

if TYPE_CHECKING:
    from load import UndoPlan, UndoResult

_SHOWN = 20  # tables


@click.command()
@click.argument(
    "receipts", metavar="RECEIPT", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@target_options
@confirmation_options
@click.option("--dry-run", is_flag=True, help="Look, print what would be done, write nothing.")
@click.option(
    "--force",
    is_flag=True,
    help="Take out rows of the load that were changed since, too; they are listed first.",
)
@click.option("--json", is_flag=True, help="Print the result as JSON.")
def undo(receipts: tuple[Path, ...], *, database: str | None, **asked: Any) -> None:
    r"""Take a load back: remove exactly the rows that it brought, and what it set.

    RECEIPT is the file that `load` names when it ends, in DIR/receipts. Rows go in small
    transactions, those that refer before those that are referred to; sequences and automatic keys
    are set back. It refuses if rows of others refer to the load's, or if rows of the load were
    changed since. Interrupted, it goes on when it is run again.

    \b
    Examples:
      terpseed undo output/full/receipts/load-terp_dev-20260105T101500.123456Z.jsonl --dry-run
      terpseed undo RECEIPT --to mysql://terp@localhost/terp_dev
      terpseed undo RECEIPT --yes --database terp_staging
    """
    import load as loading  # noqa: PLC0415 -- heavy

    if len(receipts) > 1:
        raise UsageError(
            f"{len(receipts)} receipts were given, and a load is taken back by its own",
            where=", ".join(path.name for path in receipts),
            then=f"name one; of the latest load that is {max(receipts, key=_began)}",
        )
    target = target_of(asked)
    plan = loading.plan_undo(receipts[0], target)
    if asked["dry_run"]:
        click.echo(as_json(plan.to_dict()) if asked["json"] else _plan_text(plan))
    else:
        console.talk(_plan_text(plan))
    if (obstacle := plan.obstacle(force=asked["force"])) is not None:
        raise obstacle
    if asked["dry_run"]:
        return
    confirmed = confirmed_name(plan, database, ask=not asked["yes"])
    with reporting() as report:
        result = loading.undo(plan, force=asked["force"], confirmed=confirmed, progress=report)
    click.echo(as_json(result.to_dict()) if asked["json"] else _result_text(result))


def _began(receipt: Path) -> str:
    """Return when the load of a receipt began, as its name ends with."""
    return receipt.stem.rpartition("-")[2]


def _plan_text(plan: UndoPlan) -> str:
    lines = [
        f"undo: {plan.path}",
        f"  from {plan.target.display}: {plan.server.title} as {plan.server.user}",
        f"  {plan.rows:,} rows in {len(plan.tables)} tables, those that refer first:",
    ]
    lines += [
        f"    {plan.found[one.table.name]:>12,} of {plan.totals[one.table.name]:,} rows of"
        f" {one.table.name}"
        for one in plan.tables[:_SHOWN]
    ]
    if len(plan.tables) > _SHOWN:
        lines.append(f"    and {len(plan.tables) - _SHOWN} more tables")
    if plan.receipt.advances:
        lines.append(f"  then {len(plan.receipt.advances)} cells are set back, sequences")
    lines += [f"  changed since: {change.text}" for change in plan.changed]
    return "\n".join([*lines, *(f"  {note}" for note in plan.notes)])


def _result_text(result: UndoResult) -> str:
    taken = f"took {result.rows:,} rows out of {len(result.removed)} tables of {result.target}"
    rest = f"{sum(result.after.values()):,} of others stay there"
    back = f"set back: {result.cells} cells, {result.counters} automatic keys"
    return "\n".join([f"{taken}; {rest}", back, *result.notes])
