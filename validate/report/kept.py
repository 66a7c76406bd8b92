"""Breaking rows and the result as files, so that they can be looked at later.

``result.json`` holds all; ``<rule>.csv`` the breaking rows of one rule. A later run replaces the
files of an earlier one and nothing else: what else lies in the folder is not ours.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from terpseed.errors import OutputError
from validate.result import FORMAT, plain

if TYPE_CHECKING:
    from validate.result import RuleResult, ValidationResult

RESULT = "result.json"
FINDINGS = "findings"


def keep(result: ValidationResult, folder: Path) -> list[Path]:
    """Write a result and its breaking rows into a folder.

    Args:
        result: what was found.
        folder: where to; it is made if it is not there.

    Returns:
        The files.

    Raises:
        OutputError: if the folder holds another kind of ``result.json``, or the disk refuses.
    """
    try:
        _remove_earlier(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as part:
            names = [_write_rows(failed, Path(part)) for failed in result.failed]
            content = {**result.to_dict(), "files": names}
            text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
            (Path(part) / RESULT).write_text(text, encoding="utf-8")
            for name in [*names, RESULT]:
                (Path(part) / name).replace(folder / name)
    except OSError as error:
        raise OutputError(
            "the findings cannot be written",
            where=f"{error.filename or folder}: {error.strerror or error}",
            then="give another folder with --report DIR",
        ) from None
    return [folder / name for name in [*names, RESULT]]


def keep_or_clear(result: ValidationResult, dataset: Path) -> Path | None:
    """Keep findings in the dataset's own folder for them, or remove those of an earlier run.

    Returns:
        The folder, or None if there is nothing to keep.

    Raises:
        OutputError: as ``keep`` does.
    """
    folder = dataset / FINDINGS
    if not result.is_good:
        keep(result, folder)
        return folder
    try:
        _remove_earlier(folder)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise OutputError(
            "the findings of an earlier run cannot be removed",
            where=f"{error.filename or folder}: {error.strerror or error}",
        ) from None
    return None


def _remove_earlier(folder: Path) -> None:
    path = folder / RESULT
    if not path.exists():
        return
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        names = content["files"] if content["format"] <= FORMAT else None
    except (ValueError, KeyError, TypeError):
        names = None
    if not isinstance(names, list):
        raise OutputError(
            f"the folder holds a {RESULT} that is not of an earlier validation",
            where=str(path),
            then="give another folder with --report DIR",
        )
    for name in names:
        if isinstance(name, str) and Path(name).name == name:
            (folder / name).unlink(missing_ok=True)
    for part in folder.glob(".part-*"):
        shutil.rmtree(part, ignore_errors=True)
    path.unlink()


def _write_rows(failed: RuleResult, folder: Path) -> str:
    columns = dict.fromkeys(name for finding in failed.findings for name in finding.columns)
    name = f"{failed.rule.id}.csv"
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["subject", *columns])
        for finding in failed.findings:
            for row in finding.rows:
                values = dict(zip(finding.columns, map(plain, row), strict=True))
                writer.writerow([finding.subject, *(values.get(column) for column in columns)])
    return name
