"""Which database to talk to, and how to connect to it.

A ``Target`` is a parsed URL that never shows its password; ``connect`` opens it with the session
settings that everything here relies on. Statements belong to the modules that need them.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field, replace
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from terpseed.errors import ConnectionFailedError, UsageError, nearest
from terpseed.option_file import read_option_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mysql.connector.abstracts import MySQLConnectionAbstract

    Connection: TypeAlias = MySQLConnectionAbstract

SslMode = Literal["disabled", "preferred", "required", "verify_ca", "verify_identity"]

EXAMPLE = "mysql://user:password@host:3306/database"
_OPTIONS = ("ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket")
_TIMEOUT = 10  # seconds to wait for a server to answer


@dataclass(frozen=True, slots=True)
class Target:
    """A database to connect to.

    Attributes:
        host: host name or address.
        port: TCP port.
        user: user name.
        password: never part of ``repr``, ``display`` or an error.
        database: database name, or None for none.
        ssl_mode: how TLS is used; ``preferred`` asks no more of a local server than it offers.
        ssl_ca: file of certificate authorities, or None for the system's.
        ssl_cert: file of the client's certificate.
        ssl_key: file of the client's key.
        socket: path of a Unix socket that is used instead of host and port.
    """

    host: str
    port: int = 3306
    user: str = "root"
    password: str = field(default="", repr=False)
    database: str | None = None
    ssl_mode: SslMode = "preferred"
    ssl_ca: str | None = None
    ssl_cert: str | None = None
    ssl_key: str | None = None
    socket: str | None = None

    @classmethod
    def parse(
        cls,
        url: str | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        option_file: Path | None = None,
        option_group: str | None = None,
    ) -> Target:
        """Read a target from a URL, else from ``DATABASE_URL``, else from ``.env``, as TERP does.

        What an option file says fills in what the URL leaves out; without a URL it is all there is.

        Args:
            url: ``mysql://user:password@host:port/database?ssl-mode=...``, or None to look it up.
            environ: environment to look in; the process's if None.
            folder: folder of the ``.env`` file; the current one if None.
            option_file: an option file of MySQL's or MariaDB's programs.
            option_group: a group of it that is read beside ``[client]``.

        Raises:
            UsageError: if there is no URL, or it is not one, or the option file cannot be read. The
                message never repeats the URL or a value of the file.
        """
        told = read_option_file(option_file, option_group) if option_file else {}
        if url:
            return _parse(url, "the URL given", told)
        if option_file:
            return _from_options(told, str(option_file))
        if found := (os.environ if environ is None else environ).get("DATABASE_URL"):
            return _parse(found, "DATABASE_URL in the environment")
        file = (folder or Path.cwd()) / ".env"
        if found := _from_env_file(file):
            return _parse(found, f"DATABASE_URL in {file}")
        raise UsageError(
            "no database is named",
            where="neither a URL, nor DATABASE_URL in the environment or in .env",
            then=f"give one like {EXAMPLE}",
        )

    @property
    def is_local(self) -> bool:
        """Whether traffic never leaves this machine: a Unix socket or a loopback address."""
        if self.socket or self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def display(self) -> str:
        """The target for people: no password, no options."""
        place = self.socket or f"{_bracketed(self.host)}:{self.port}"
        return f"mysql://{self.user}@{place}/{self.database or ''}"

    @property
    def url(self) -> str:
        """The whole URL, password included; for another process, never for a message."""
        mode = self.ssl_mode if self.ssl_mode != _default_mode(self) else None
        values = (mode, self.ssl_ca, self.ssl_cert, self.ssl_key, self.socket)
        query = urlencode({k: v for k, v in zip(_OPTIONS, values, strict=True) if v})
        login = quote(self.user, safe="")
        login += f":{quote(self.password, safe='')}" if self.password else ""
        place = f"{login}@{_bracketed(self.host)}:{self.port}"
        name = quote(self.database or "", safe="")
        return f"mysql://{place}/{name}{'?' if query else ''}{query}"

    def with_database(self, name: str | None) -> Target:
        """Return the same server and user with another database."""
        return replace(self, database=name)


def _from_options(told: Mapping[str, str], origin: str) -> Target:
    """Return a target that an option file describes by itself."""
    place = _bracketed(told.get("host", "localhost"))
    if not told.get("port", "3306").isdigit():
        raise UsageError("the port in the option file is no number", where=origin)
    return _parse(f"mysql://{place}:{told.get('port', '3306')}", origin, told)


def _parse(url: str, origin: str, told: Mapping[str, str] | None = None) -> Target:
    given = told or {}

    def wrong(what: str, then: str = "") -> UsageError:
        return UsageError(what, where=origin, then=then or f"write it like {EXAMPLE}")

    try:
        parts = urlsplit(url.strip())
        port = parts.port or 3306
    except ValueError:
        # Python's message may hold a piece of the password.
        raise wrong(
            "the database URL cannot be read",
            "percent-encode special characters of the password (@ is %40, / is %2F, # is %23)",
        ) from None
    if parts.scheme not in {"mysql", "mariadb"}:
        raise wrong("the database URL does not begin with mysql://")
    if not parts.hostname:
        raise wrong("the database URL names no host")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    query = {**{key: value for key, value in given.items() if key in _OPTIONS}, **asked}
    for key in asked:
        if key not in _OPTIONS:
            raise wrong(
                f"unknown option {key!r} in the database URL",
                nearest(key, _OPTIONS) or f"known options: {', '.join(_OPTIONS)}",
            )
    mode = query.get("ssl-mode", "").lower().replace("-", "_")
    if mode and mode not in get_args(SslMode):
        raise wrong(f"unknown ssl-mode {mode!r}", f"use {', '.join(get_args(SslMode))}")
    target = Target(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or "") or given.get("user", "root"),
        password=unquote(parts.password or "") or given.get("password", ""),
        database=unquote(parts.path.lstrip("/")) or given.get("database"),
        ssl_ca=query.get("ssl-ca"),
        ssl_cert=query.get("ssl-cert"),
        ssl_key=query.get("ssl-key"),
        socket=query.get("socket"),
    )
    return replace(target, ssl_mode=cast("SslMode", mode) if mode else _default_mode(target))


def _default_mode(target: Target) -> SslMode:
    return "preferred" if target.is_local else "required"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _from_env_file(file: Path) -> str | None:
    """Return ``DATABASE_URL`` of a ``.env`` file: ``KEY=value``, quoted or not, last one wins."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError):
        raise UsageError("the .env file cannot be read", where=str(file)) from None
    found = None
    for line in lines:
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and key.strip() == "DATABASE_URL":
            value = value.strip()
            if value[:1] in {"'", '"'}:
                value = value[1:].split(value[0], 1)[0]
            else:
                value = value.split(" #", 1)[0].strip()
            found = value or None
    return found


def prefer_c_extension() -> bool:
    """Import the connector's C extension before another library can spoil it; say if it is there.

    The extension brings its own OpenSSL. Once Polars, DuckDB, PyArrow or Python's ``ssl`` have
    loaded an older one from the system, it cannot be imported any more, and the connector falls
    back to pure Python without a word: half the speed for reading and ``executemany``.
    """
    try:
        import_module("_mysql_connector")
    except ImportError:
        return False
    return True


def connect(target: Target, *, local_infile: bool | Path = False) -> Connection:
    """Open a connection: utf8mb4, UTC, autocommit off, TLS as the target says.

    Args:
        target: the database.
        local_infile: whether the server may ask for local files (``LOAD DATA LOCAL``): any file if
            True, only files below a folder if a path, none if False.

    Raises:
        ConnectionFailedError: if the server cannot be reached, refuses the login, does not know
            the database, or a remote one offers no TLS.
    """
    prefer_c_extension()
    import mysql.connector  # noqa: PLC0415 -- heavy

    arguments: dict[str, object] = {
        "user": target.user,
        "password": target.password,
        "charset": "utf8mb4",
        "time_zone": "+00:00",
        "connection_timeout": _TIMEOUT,
        "allow_local_infile": local_infile is True,
        **_tls_arguments(target),
    }
    if isinstance(local_infile, Path):
        arguments["allow_local_infile_in_path"] = str(local_infile)
    if target.database:
        arguments["database"] = target.database
    if target.socket:
        arguments["unix_socket"] = target.socket
    else:
        # The C library takes "localhost" for a Unix socket, whatever the port says.
        arguments["host"] = "127.0.0.1" if target.host == "localhost" else target.host
        arguments["port"] = target.port
    try:
        connection = mysql.connector.connect(**arguments)
    except mysql.connector.Error as error:
        raise _explained(target, error.errno, error.msg or str(error)) from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        # The connector lets some wrong arguments and socket errors through as they are.
        raise _explained(target, None, f"{type(error).__name__}: {error}") from None
    opened = cast("Connection", connection)
    _send_at_once(opened)
    if _needs_tls(target) and not _is_encrypted(opened):
        opened.close()
        raise ConnectionFailedError(
            "the server offers no TLS",
            where=target.display,
            why="passwords and business data would cross the network in the clear",
            then="enable TLS on the server, or add ?ssl-mode=disabled to the URL if that is wanted",
        )
    return opened


def implementation(connection: Connection) -> Literal["C", "Python"]:
    """Return which half of the connector serves a connection; see ``prefer_c_extension``."""
    return "C" if type(connection).__name__.startswith("CMySQL") else "Python"


def _send_at_once(connection: Connection) -> None:
    """Keep the pure Python connector from waiting 40 ms for an acknowledgement per local file.

    It sends a file and the packet that ends it apart; the C extension sets this option itself.
    """
    raw = getattr(getattr(connection, "_socket", None), "sock", None)
    if isinstance(raw, socket.socket) and raw.family != socket.AF_UNIX:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _needs_tls(target: Target) -> bool:
    if target.ssl_mode == "disabled":
        return False
    return not target.is_local or target.ssl_mode != "preferred"


def _tls_arguments(target: Target) -> dict[str, object]:
    if target.ssl_mode == "disabled":
        return {"ssl_disabled": True}
    verify = target.ssl_mode.startswith("verify_")
    arguments: dict[str, object] = {
        "ssl_ca": target.ssl_ca,
        "ssl_cert": target.ssl_cert,
        "ssl_key": target.ssl_key,
        "ssl_verify_cert": verify,
        "ssl_verify_identity": target.ssl_mode == "verify_identity",
    }
    if verify and target.ssl_ca is None:
        import ssl  # noqa: PLC0415 -- after the C extension, see prefer_c_extension

        arguments["ssl_ca"] = ssl.get_default_verify_paths().cafile
    return {key: value for key, value in arguments.items() if value}


def _is_encrypted(connection: Connection) -> bool:
    cursor = connection.cursor()
    cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    row = cast("tuple[str, str] | None", cursor.fetchone())
    cursor.close()
    return bool(row and row[1])


def _explained(target: Target, errno: int | None, text: str) -> ConnectionFailedError:
    """Turn a connector's error into one of ours, by its number."""
    if target.password:
        text = text.replace(target.password, "***")
    if "SSL" in text or "certificate" in text:
        # Pure Python reports a failed handshake as a lost connection.
        errno = 2026
    name, port = target.host, target.port
    what, then = {
        1044: (
            f"user {target.user!r} may not use database {target.database!r}",
            "grant the user access to it",
        ),
        1045: (
            f"the server refuses user {target.user!r} or the password",
            "check both, and the host it names; @ : / # of a password are %40 %3A %2F %23",
        ),
        1049: (
            f"database {target.database!r} does not exist",
            "create it, or correct its name in the URL",
        ),
        1698: (
            f"the server does not let user {target.user!r} in with a password",
            "use a user who has one",
        ),
        2002: ("no server answers", f"check that one runs at {target.socket or f'{name}:{port}'}"),
        2003: ("no server answers", f"check that one runs at {name}:{port}"),
        2005: (f"host {name!r} is unknown", "correct its name in the URL"),
        2013: ("the server broke off the connection", f"check that {name}:{port} is MySQL's port"),
        2026: ("the TLS connection failed", "check ssl-mode, ssl-ca, ssl-cert and ssl-key"),
    }.get(errno or 0, ("the connection failed", f"check that {name}:{port} is MySQL's port"))
    return ConnectionFailedError(what, where=target.display, why=f"it says: {text}", then=then)
