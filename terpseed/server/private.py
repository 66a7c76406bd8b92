"""A server of our own: own data, own port, gone when it stops."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from terpseed.connection import Target, connect
from terpseed.errors import ConnectionFailedError
from terpseed.server.program import ServerKind, ServerProgram, require_program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

_USER = "terp"
_START_TIMEOUT = 120  # seconds; a cold disk on a busy machine has taken 20
_LAUNCHES = 3  # a port that was free may be taken before the server binds it
_LOG_LINES = 15
_GROUP_TIMEOUT = 5  # seconds; where nobody reaps orphans, the dead stay in their group


class PrivateServer:
    """A running server that nobody else knows; ``start`` makes one.

    It listens on a free port of the loopback address alone, with one user whose random password
    is only in ``url`` and in a file that only we can read. Its data lies in a temporary folder.
    Durability is left at the servers' defaults, so that loads are measured honestly, but the
    binary log is off: nothing replicates from a server that is thrown away.

    Attributes:
        program: the server program that runs.
        folder: the temporary folder that holds everything of it.
        target: how to connect to it, without a database.
    """

    def __init__(
        self, program: ServerProgram, folder: Path, *, local_infile: bool, options: Sequence[str]
    ) -> None:
        self.program = program
        self.folder = folder
        self._password = secrets.token_hex(16)
        self._local_infile = local_infile
        self._options = tuple(options)
        self._process: subprocess.Popen[bytes] | None = None
        self.target = Target("127.0.0.1", 0, _USER, self._password)

    @classmethod
    def start(
        cls,
        kind: ServerKind,
        *,
        basedir: Path | None = None,
        local_infile: bool = True,
        options: Sequence[str] = (),
    ) -> Self:
        """Start a server and wait until it answers.

        Args:
            kind: whose server.
            basedir: an unpacked server to use instead of an installed one.
            local_infile: whether it accepts ``LOAD DATA LOCAL``.
            options: more options of the server program; they win over ours.

        Raises:
            ConnectionFailedError: if none is installed or it does not start; nothing is left.
        """
        program = require_program(kind, basedir=basedir)
        folder = Path(tempfile.mkdtemp(prefix=f"terpseed-{kind}-"))
        server = cls(program, folder, local_infile=local_infile, options=options)
        try:
            server._initialise()
            server.launch()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """URL of a user who may do everything, password included, without a database."""
        return self.target.url

    @property
    def kind(self) -> ServerKind:
        """Whose server it is."""
        return self.program.kind

    @property
    def pid(self) -> int | None:
        """Process id, or None if it does not run."""
        return self._process.pid if self.is_running and self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start the process on the data that is there; after ``kill`` this is a crash recovery.

        The port stays the same from the second launch on.

        Raises:
            ConnectionFailedError: if it ends or does not answer in time.
        """
        if self.is_running:
            return
        for attempt in range(1, _LAUNCHES + 1):
            port = self.target.port or _free_port()
            self._process = self._spawn(port)
            if self._answers(port):
                self.target = Target("127.0.0.1", port, _USER, self._password)
                return
            self.kill()
            if attempt == _LAUNCHES or "in use" not in self._log_tail():
                break
        raise self._failed("the private server did not start")

    def kill(self) -> None:
        """End the process at once, as a crash does; its data stays."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End the process and remove its folder; calling it again does nothing.

        It is killed, not shut down: pages that a shutdown would flush are deleted anyway.
        """
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _as_root(self) -> list[str]:
        # Both servers refuse to run as root unless they are told to.
        return ["--user=root"] if os.geteuid() == 0 else []

    def _initialise(self) -> None:
        """Make the system tables and the file that creates our user at every start."""
        for name in ("tmp", "files"):
            (self.folder / name).mkdir()
        identified = f"IDENTIFIED BY '{self._password}'"
        statements = [
            f"CREATE USER IF NOT EXISTS '{_USER}'@'%' {identified};",
            f"GRANT ALL PRIVILEGES ON *.* TO '{_USER}'@'%' WITH GRANT OPTION;",
        ]
        common = ["--no-defaults", f"--datadir={self._data}", *self._as_root()]
        if self.program.installer:
            # Root may only come in through the socket, which lies in our folder.
            words = [self.program.installer, *common, "--skip-test-db", "--skip-name-resolve"]
            words += ["--auth-root-authentication-method=socket"]
        else:
            statements.append(f"ALTER USER 'root'@'localhost' {identified};")
            words = [*self.program.command, *common, *self.program.options]
            words += ["--initialize-insecure", "--skip-log-bin"]
            # MySQL takes this one from the day on which the data is made.
            words += [word for word in self._options if "lower-case-table-names" in word]
        init_file = self.folder / "init.sql"
        init_file.touch(mode=0o600)
        init_file.write_text("\n".join(statements) + "\n", encoding="utf-8")
        with (self.folder / "server.log").open("wb") as log:
            maker = subprocess.Popen(
                [*words, f"--tmpdir={self.folder / 'tmp'}"],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        try:
            code = maker.wait()
        except BaseException:
            _end_group(maker)
            raise
        if code:
            raise self._failed("the private server's system tables could not be made")

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        switch = "ON" if self._local_infile else "OFF"
        words = [
            *self.program.command,
            "--no-defaults",
            *self.program.options,
            *self._as_root(),
            f"--datadir={self._data}",
            f"--tmpdir={self.folder / 'tmp'}",
            f"--secure-file-priv={self.folder / 'files'}",
            f"--init-file={self.folder / 'init.sql'}",
            # Relative to the data folder: a socket's path may only have 107 characters.
            "--socket=server.sock",
            f"--pid-file={self.folder / 'server.pid'}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--default-time-zone=+00:00",
            f"--local-infile={switch}",
            "--max-allowed-packet=64M",
            "--innodb-buffer-pool-size=256M",
            "--performance-schema=OFF",
            "--skip-log-bin",
        ]
        if self.kind == "mysql":
            words.append("--mysqlx=OFF")
        else:
            # The default before MariaDB 10.10 gives timestamps defaults that nobody wrote.
            words.append("--explicit-defaults-for-timestamp=ON")
        if setpriv := shutil.which("setpriv"):
            # If we are killed so hard that nothing of ours runs any more, the server ends too. (The
            # system takes the end of the thread that starts it for our end.)
            words = [setpriv, "--pdeathsig", "TERM", "--", *words]
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [*words, *self._options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                # Ctrl-C in a terminal is for us; we stop the server ourselves.
                start_new_session=True,
            )

    def _answers(self, port: int) -> bool:
        target = Target("127.0.0.1", port, _USER, self._password)
        deadline = time.monotonic() + _START_TIMEOUT
        while self.is_running and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                # Cheaper than a failing login, and the log stays clean.
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                with contextlib.suppress(ConnectionFailedError):
                    connect(target).close()
                    return self.is_running
            time.sleep(0.05)
        return False

    def _log_tail(self) -> str:
        try:
            text = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n         ".join(text.replace(self._password, "***").splitlines()[-_LOG_LINES:])

    def _failed(self, what: str) -> ConnectionFailedError:
        return ConnectionFailedError(
            what,
            where=f"{self.program.command[-1]} ({self.kind} {self.program.version})",
            why=f"its log ends with\n         {self._log_tail()}",
            then="check that the program runs, and that the temporary folder has 500 MB left",
        )


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    """End a process and its children, and wait for all of them: they write into our folder."""
    deadline = time.monotonic() + _GROUP_TIMEOUT
    with contextlib.suppress(ProcessLookupError):  # as soon as none is left
        while time.monotonic() < deadline:
            os.killpg(leader.pid, signal.SIGKILL)
            leader.poll()
            time.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
