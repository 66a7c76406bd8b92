"""What this machine offers: Python, libraries, disk, memory, server programs, each with its cure.

What a database offers is looked at by ``load.examine``.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

State = Literal["ok", "warning", "failed", "not made"]

_PYTHON = (3, 11)
_LIBRARIES = (
    "bcrypt",
    "click",
    "duckdb",
    "faker",
    "mysql-connector-python",
    "numpy",
    "polars",
    "pyarrow",
    "sqlglot",
)
_DISK_LITTLE = 500 * 2**20  # bytes; `full` and a load of it need less
_MEMORY_LITTLE = 2 * 2**30  # bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        state: what came out of it; a warning stands in the way of some uses alone.
        detail: what was found.
        fix: what to do about it; empty if all is well.
    """

    name: str
    state: State
    detail: str
    fix: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"name": self.name, "state": self.state, "detail": self.detail, "fix": self.fix}


def look(folder: Path) -> Iterator[Finding]:
    """Yield what was found on this machine.

    Args:
        folder: where datasets are to be written.
    """
    yield _python()
    yield _libraries()
    yield _connector()
    yield _disk("disk", folder, "datasets", "choose a folder on another disk with --out")
    temporary = Path(tempfile.gettempdir())
    yield _disk("temporary disk", temporary, "loading", "set TMPDIR to a folder with more space")
    yield _memory()
    yield _servers()


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= _PYTHON:
        return Finding("python", "ok", f"{found} at {sys.executable}")
    wanted = ".".join(str(part) for part in _PYTHON)
    return Finding("python", "failed", found, f"install Python {wanted} or later")


def _libraries() -> Finding:
    missing, found = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding(
            "libraries",
            "failed",
            f"missing: {', '.join(missing)}",
            f"in the same environment run: pip install {' '.join(missing)}",
        )
    return Finding("libraries", "ok", ", ".join(found))


def _connector() -> Finding:
    from terpseed.connection import prefer_c_extension  # noqa: PLC0415 - heavy

    if prefer_c_extension():
        return Finding("connector", "ok", "with its C half")
    return Finding(
        "connector",
        "warning",
        "the C half of mysql-connector-python cannot be loaded; reading back is half as fast",
        "install a wheel of mysql-connector-python for this platform",
    )


def _disk(name: str, folder: Path, use: str, other: str) -> Finding:
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    detail = f"{free / 1e9:,.1f} GB free at {there}"
    if not there.is_dir() or not os.access(there, os.W_OK):
        what = "cannot be written to" if there.is_dir() else "is no folder"
        return Finding(name, "failed", f"{there} {what}", other)
    if free < _DISK_LITTLE:
        return Finding(
            name, "warning", f"{detail}, which is little for {use}", f"free space, or {other}"
        )
    return Finding(name, "ok", detail)


def _memory() -> Finding:
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return Finding("memory", "not made", "this system does not say")
    detail = f"{size / 1e9:,.1f} GB, {os.cpu_count()} processors"
    if size < _MEMORY_LITTLE:
        return Finding(
            "memory",
            "warning",
            detail,
            "use --workers 1 and validate's --memory-limit, or a smaller scenario",
        )
    return Finding("memory", "ok", detail)


def _servers() -> Finding:
    from terpseed.server.program import KINDS, find_program  # noqa: PLC0415 - runs programs

    found = [f"{kind} {program.version}" for kind in KINDS if (program := find_program(kind))]
    if found:
        return Finding("server programs", "ok", f"{', '.join(found)}, for `terpseed sandbox`")
    return Finding(
        "server programs",
        "warning",
        "neither MariaDB nor MySQL is installed, so `terpseed sandbox` has nothing to run",
        "on Debian run: terpseed sandbox --install; elsewhere install MariaDB or MySQL",
    )


def optional_libraries() -> dict[str, bool]:
    """Return the extras that terpseed declares, and whether what they need is installed."""
    try:
        declared = requires("terpseed") or []
    except PackageNotFoundError:
        return {}
    extras: dict[str, bool] = {}
    for line in declared:
        requirement, _, marker = line.partition(";")
        if "extra ==" in marker:
            extra = marker.split("extra ==")[1].strip(" '\"")
            extras[extra] = extras.get(extra, True) and _is_installed(requirement)
    return extras


def _is_installed(requirement: str) -> bool:
    name = re.match(r"[\w.-]+", requirement.strip())
    try:
        version(name[0] if name else "")
    except (PackageNotFoundError, ValueError):
        return False
    return True
