"""The command ``corrupt``: a dataset with a planted fault, and proof that every fault is found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terpseed.cli import _console as console
from terpseed.cli._options import json_option
from terpseed.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from validate.detection import Detection
    from validate.faults import Fault

FORMAT = 1  # of the JSON


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--fault", "fault_id", metavar="ID", help="The fault to plant; see --list.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The new dataset.")
@click.option("--force", is_flag=True, help="Replace a dataset that is there.")
@click.option(
    "--list", "listed", is_flag=True, help="List the faults and the rules that find them."
)
@click.option(
    "--report",
    is_flag=True,
    help="Plant each fault in memory and say which rules find it; exit 1 if one is missed.",
)
@json_option
def corrupt(
    *,
    folder: Path | None,
    fault_id: str | None,
    out: Path | None,
    force: bool,
    listed: bool,
    report: bool,
    as_json: bool,
) -> None:
    r"""Copy the dataset in DIR with a fault planted in it, to try your own checks on.

    The copy is a complete dataset whose manifest names the fault; `validate` finds it. DIR itself
    is not changed.

    \b
    Examples:
      terpseed corrupt --list
      terpseed corrupt output/full --fault payment-a-cent-off --out output/damaged
      terpseed validate output/damaged
      terpseed corrupt output/light --report
    """
    if sum((listed, report, fault_id is not None)) != 1:
        raise UsageError(
            "one of --fault ID, --list and --report says what to do",
            then="run `terpseed corrupt --help`",
        )
    if listed:
        _list(folder, as_json=as_json)
        return
    if folder is None:
        raise UsageError("there is no DIR to plant faults in", then="name a dataset's folder")
    from terpseed.dataset import open_dataset  # noqa: PLC0415 - heavy

    dataset = open_dataset(folder)
    if report:
        from validate.detection import detect  # noqa: PLC0415 - heavy

        with console.progress("faults") as show:
            detection = detect(
                dataset,
                told=lambda trial, done, total: show("planting", done, total, trial.fault.id),
            )
        _tell(detection, as_json=as_json)
        if not detection.is_good:
            sys.exit(ExitCode.FINDINGS)
        return
    if out is None or fault_id is None:
        raise UsageError("nothing says where the damaged dataset goes", then="add --out DIR")
    from validate.corrupt import corrupt as plant  # noqa: PLC0415 - heavy

    made = plant(dataset, fault_id, out, force=force)
    if as_json:
        click.echo(console.json_text({"format_version": FORMAT, **made.to_dict()}))
        return
    rows = [
        ["dataset", str(made.path)],
        ["fault", f"{made.fault.id}: {made.fault.title}"],
        ["damaged", f"{', '.join(made.tables)} ({made.rows} rows), as {made.manifest.file_format}"],
        ["found by", made.fault.rule],
    ]
    click.echo(console.table_text(rows))


def _list(folder: Path | None, *, as_json: bool) -> None:
    from terpseed.catalog import NEWEST, shipped  # noqa: PLC0415 - heavy
    from validate.corrupt import faults_for  # noqa: PLC0415 - heavy

    if folder is None:
        faults = faults_for(shipped(NEWEST))
    else:
        from terpseed.dataset import open_dataset  # noqa: PLC0415 - heavy

        faults = faults_for(open_dataset(folder, verify=False).catalog)
    if as_json:
        click.echo(
            console.json_text({"format": FORMAT, "faults": [fault.to_dict() for fault in faults]})
        )
        return
    rows = [["fault", "rule", "what is wrong"], *(_row(fault) for fault in faults)]
    click.echo(console.table_text(rows))
    click.echo(f"{len(faults)} faults")


def _row(fault: Fault) -> list[str]:
    return [fault.id, "" if fault.rule == fault.id else fault.rule, fault.title]


def _tell(detection: Detection, *, as_json: bool) -> None:
    if as_json:
        click.echo(console.json_text(detection.to_dict()))
        return
    for trial in detection.missed:
        click.echo(f"missed      {trial.fault.id}: {trial.fault.rule} did not find it")
    for trial in detection.unexpected:
        click.echo(f"unexpected  {trial.fault.id}: {', '.join(trial.unexpected)}")
    for fault, reason in detection.untried:
        click.echo(f"not planted {fault.id}: {reason}")
    caught = len(detection.trials) - len(detection.missed)
    click.echo(
        f"{caught} of {len(detection.trials)} planted faults are caught "
        f"({100 * detection.rate:.1f} %), {len(detection.unexpected)} by rules that were not "
        f"expected, {len(detection.untried)} not planted (schema {detection.schema})"
    )
