"""Installing a server program where there is none: Debian's packages, and nothing outside them.

MariaDB comes from the system's own packages and needs root. MySQL is not in Debian's stable
releases; its package of Debian unstable and every library it needs, down to the C library, are
unpacked into a private folder that the system does not notice, which needs no root at all. Apt
fetches them from the mirror that this machine's own apt configuration names, and Debian's archive
keyring vouches for them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from terpseed.errors import ConnectionFailedError
from terpseed.server.program import ServerKind, ServerProgram, cache_folder, find_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_MYSQL_PACKAGE = "mysql-server-core"
# The client's package has what the server's script for making system tables calls.
_MARIADB_PACKAGES = ("mariadb-server-core", "mariadb-client")


def install(kind: ServerKind) -> ServerProgram:
    """Return this machine's server program, after installing one if there is none.

    MySQL takes 60 MB of download, 350 MB in the cache folder and some seconds; it is kept there.

    Raises:
        ConnectionFailedError: if it cannot be installed here; it says what to install by hand.
    """
    if program := find_program(kind):
        return program
    if not (shutil.which("apt-get") and _KEYRING.exists()):
        raise _impossible(kind, "this is not Debian")
    if kind == "mariadb":
        _install_mariadb()
    else:
        _install_mysql()
    program = find_program(kind)
    if program is None:
        raise _impossible(kind, "the packages were installed, but the program does not run")
    return program


def _install_mariadb() -> None:
    if os.geteuid() != 0:
        raise _impossible("mariadb", "installing Debian's packages needs root")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run("mariadb", ["apt-get", "update"], environment)
    # Only the programs: the package mariadb-server would also start a server of the system.
    words = ["apt-get", "install", "--yes", "--no-install-recommends", *_MARIADB_PACKAGES]
    _run("mariadb", words, environment)


def _install_mysql() -> None:
    cache = cache_folder()
    root = cache / "mysql-root"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / "install.lock"):
            if root.exists() and find_program("mysql"):
                return
            with tempfile.TemporaryDirectory(prefix="mysql-", dir=cache) as name:
                work = Path(name)
                _download(work)
                _unpack(work)
                shutil.rmtree(root, ignore_errors=True)
                (work / "root").rename(root)
    except OSError as error:
        raise _impossible("mysql", f"the folder {cache} cannot be filled: {error}") from error


def _download(work: Path) -> None:
    """Let a private apt fetch the package and all that it depends on into ``work/archives``."""
    for folder in ("state/lists/partial", "archives/partial"):
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    mirrors = _mirrors()
    settings = {
        "Dir::State": work / "state",
        # An empty status file: nothing counts as installed, so that everything is fetched.
        "Dir::State::status": work / "status",
        "Dir::Cache": work,
        "Dir::Etc::sourcelist": work / "debian.sources",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        # Mirrors that are snapshots are past their date. Signatures are still checked.
        "Acquire::Check-Valid-Until": "false",
    }
    lines = [f'{key} "{value}";' for key, value in settings.items()]
    (work / "apt.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    environment = {**os.environ, "APT_CONFIG": str(work / "apt.conf"), "LC_ALL": "C"}
    for mirror in mirrors:
        (work / "debian.sources").write_text(
            f"Types: deb\nURIs: {mirror}\nSuites: unstable\nComponents: main\n"
            f"Signed-By: {_KEYRING}\n",
            encoding="utf-8",
        )
        try:
            _run("mysql", ["apt-get", "update", "--error-on=any"], environment)
            words = ["apt-get", "install", "--yes", "--download-only", _MYSQL_PACKAGE]
            _run("mysql", words, environment)
        except ConnectionFailedError:
            if mirror == mirrors[-1]:
                raise
        else:
            return


def _mirrors() -> list[str]:
    """Return the addresses of Debian's main archive in this machine's apt configuration."""
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL)", "Created-By: Packages"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    found = []
    for line in done.stdout.splitlines():
        address, _, label = line.strip().partition(" ")
        # The label is only known after an update; the security archive has no unstable.
        if label in {"", "Debian"} and "security" not in address and address not in found:
            found.append(address)
    if not found:
        raise _impossible("mysql", "apt's configuration names no mirror of Debian")
    return found


def _unpack(work: Path) -> None:
    root = work / "root"
    root.mkdir()
    for package in sorted((work / "archives").glob("*.deb")):
        _run("mysql", ["dpkg-deb", "--extract", str(package), str(root)], os.environ)
    for folder in sorted((root / "usr/share").iterdir()):
        if folder.name != "mysql":
            shutil.rmtree(folder)


def _run(kind: ServerKind, words: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n         ".join(done.stdout.splitlines()[-8:])
        raise _impossible(kind, f"`{' '.join(words[:2])}` failed:\n         {tail}")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Let one process at a time install; the others wait and find it done."""
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _impossible(kind: ServerKind, why: str) -> ConnectionFailedError:
    by_hand = {
        "mariadb": f"as root on Debian: apt-get install {' '.join(_MARIADB_PACKAGES)}",
        "mysql": "install MySQL 8 or 9 so that mysqld is on PATH, for example from "
        "https://dev.mysql.com/downloads/mysql/",
    }[kind]
    return ConnectionFailedError(
        f"{'MariaDB' if kind == 'mariadb' else 'MySQL'} cannot be installed here",
        why=why,
        then=by_hand,
    )
