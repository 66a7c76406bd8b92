"""Which server programs this machine has, and how each is called."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from terpseed.errors import ConnectionFailedError

ServerKind = Literal["mariadb", "mysql"]
KINDS: tuple[ServerKind, ...] = ("mariadb", "mysql")

_DAEMONS: dict[ServerKind, tuple[str, ...]] = {
    "mariadb": ("mariadbd", "mysqld"),
    "mysql": ("mysqld",),
}
_INSTALLERS = ("mariadb-install-db", "mysql_install_db")
# Distributions keep daemons off an ordinary user's PATH.
_MORE_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/opt/homebrew/bin")
_BELOW_BASE = ("bin", "sbin", "libexec", "scripts", "usr/sbin", "usr/bin")
_VERSION = re.compile(r"Ver (\d+\.\d+\.\d+)\S*")


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """A server program that can be run.

    Attributes:
        kind: whose server it is.
        version: its version, for example ``10.11.6``.
        command: the words that start it; more than one when it runs under its own loader.
        installer: the script that makes MariaDB's system tables; None for MySQL, which makes its
            own.
        options: options that it needs because of where it lies.
    """

    kind: ServerKind
    version: str
    command: tuple[str, ...]
    installer: str | None = None
    options: tuple[str, ...] = ()


def cache_folder() -> Path:
    """Return the folder that keeps what was installed for the next run; it may not exist yet."""
    if given := os.environ.get("TERPSEED_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "terpseed"


def find_program(kind: ServerKind, *, basedir: Path | None = None) -> ServerProgram | None:
    """Return a server program of this machine, or None if there is none.

    Args:
        kind: whose server.
        basedir: an unpacked server to use instead of what is on PATH or in the cache.
    """
    if basedir is not None:
        folders = [str(basedir / name) for name in _BELOW_BASE]
        return _on_path(kind, os.pathsep.join(folders)) or _below_root(kind, basedir)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_MORE_FOLDERS])
    return _on_path(kind, path) or _below_root(kind, cache_folder() / f"{kind}-root")


def require_program(kind: ServerKind, *, basedir: Path | None = None) -> ServerProgram:
    """Return a server program of this machine.

    Raises:
        ConnectionFailedError: if there is none; it says how to install one.
    """
    program = find_program(kind, basedir=basedir)
    if program is None:
        name = {"mariadb": "MariaDB", "mysql": "MySQL"}[kind]
        packages = {"mariadb": "mariadb-server-core", "mysql": "mysql-server-core"}[kind]
        raise ConnectionFailedError(
            f"this machine has no {name} server program",
            where=str(basedir) if basedir else f"PATH, /usr/sbin, {cache_folder()}",
            then=f"run `terpseed sandbox --server {kind} --install` on Debian, or install your "
            f"system's package (Debian's is {packages})",
        )
    return program


def _on_path(kind: ServerKind, path: str) -> ServerProgram | None:
    for name in _DAEMONS[kind]:
        daemon = shutil.which(name, path=path)
        version = _version(kind, (daemon,)) if daemon else None
        if daemon is None or version is None:
            continue
        if kind == "mysql":
            return ServerProgram(kind, version, (daemon,))
        for script in _INSTALLERS:
            if installer := shutil.which(script, path=path):
                return ServerProgram(kind, version, (daemon,), installer)
    return None


def _below_root(kind: ServerKind, root: Path) -> ServerProgram | None:
    """Find a server in a private root, to be run by that root's own loader and libraries."""
    daemon = root / "usr/sbin/mysqld"
    loader = next(iter(sorted(root.glob("usr/lib*/ld-linux*.so.*"))), None)
    if kind != "mysql" or loader is None or not daemon.exists():
        return None
    libraries = os.pathsep.join(str(folder) for folder in sorted(root.glob("usr/lib/*-linux-*")))
    command = (str(loader), "--library-path", libraries, str(daemon))
    version = _version(kind, command)
    share = root / "usr/share/mysql"
    options = (
        f"--basedir={root / 'usr'}",
        f"--lc-messages-dir={share}",
        f"--character-sets-dir={share / 'charsets'}",
        f"--plugin-dir={root / 'usr/lib/mysql/plugin'}",
    )
    return ServerProgram(kind, version, command, None, options) if version else None


def _version(kind: ServerKind, command: tuple[str, ...]) -> str | None:
    """Return the version of a program if it runs and is of the kind; both are named mysqld."""
    try:
        done = subprocess.run(
            [*command, "--no-defaults", "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(done.stdout)
    is_mariadb = "mariadb" in done.stdout.lower()
    return match[1] if match and is_mariadb == (kind == "mariadb") else None
