"""Signing in: whose account the administrator's is, and the password that all accounts share.

TERP keeps a bcrypt hash of the password in ``users.loginMethod`` and signs in by ``users.email``;
roles and overrides name people by ``users.openId``, which TERP sets to the mail address.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import polars as pl

from generate.world._stream import Stream
from generate.world.people import PASSWORD_MARK
from terpseed.errors import UsageError

if TYPE_CHECKING:
    from terpseed.catalog import Catalog

DEMO_PASSWORD = "terpseed-demo"  # noqa: S105 - public on purpose: the password of a demonstration
COST = 10
SHORTEST, LONGEST = 8, 72  # characters; bytes, of which bcrypt reads no more
LONGEST_MAIL = 64  # users.openId is varchar(64)

_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OF_BCRYPT = str.maketrans(
    _STANDARD, "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)


def hashed(password: str, seed: int) -> str:
    """Return the bcrypt hash (``$2b$10$``, 60 characters) of a password.

    The salt comes from the seed and not from the system, so that the same inputs give the same
    bytes; a dataset is no place for a password that is used elsewhere.

    Args:
        password: what the accounts sign in with.
        seed: of the scenario.

    Raises:
        UsageError: if the password is shorter than 8 characters or longer than 72 bytes.
    """
    import bcrypt  # noqa: PLC0415 - needed once a run

    if len(password) < SHORTEST or len(password.encode()) > LONGEST or "\x00" in password:
        raise UsageError(
            f"the administrator's password has {len(password)} characters",
            why=f"TERP's hash takes {SHORTEST} characters to {LONGEST} bytes",
            then="set TERPSEED_ADMIN_PASSWORD to another one, or use --ask-password",
        )
    random = Stream.named(seed, 0, "login", "salt").bits.bytes(16)
    salt = base64.b64encode(random).decode()[:22].translate(_OF_BCRYPT)
    return bcrypt.hashpw(password.encode(), f"$2b${COST:02d}${salt}".encode()).decode()


def checked_mail(address: str) -> str:
    """Return a mail address that can be the administrator's.

    Raises:
        UsageError: if it is none, or too long for the column that identifies people.
    """
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address) or len(address) > LONGEST_MAIL:
        raise UsageError(
            f"{address!r} cannot be the administrator's mail address",
            why=f"it needs the form name@host and at most {LONGEST_MAIL} characters",
        )
    return address


def of_logins(catalog: Catalog) -> frozenset[str]:
    """Return the tables that ``set_logins`` may change."""
    named = {
        entry.table
        for entry in catalog.references
        if entry.kind == "text" and (entry.ref_table, entry.ref_column) == ("users", "openId")
    }
    return frozenset({"users", "vip_portal_auth"} | named)


def set_logins(
    frames: dict[str, pl.DataFrame], catalog: Catalog, mail: str | None, password_hash: str
) -> None:
    """Give the first user the administrator's address, everywhere, and all accounts the password.

    Args:
        frames: fitted frames by table, changed in place; without ``users`` nothing happens.
        catalog: the schema version, which tells who refers to people by ``openId``.
        mail: the administrator's address; None keeps the one that the business gave.
        password_hash: what to store for the accounts that have a password.

    Raises:
        UsageError: if another user has that address.
    """
    if "users" not in frames:
        return
    for table, column in (("users", "loginMethod"), ("vip_portal_auth", "password_hash")):
        if table in frames and column in frames[table].columns:
            marked = pl.col(column) == PASSWORD_MARK
            stored = pl.when(marked).then(pl.lit(password_hash)).otherwise(pl.col(column))
            frames[table] = frames[table].with_columns(stored.alias(column))
    if mail is None or not {"id", "openId", "email"} <= set(frames["users"].columns):
        return
    users = frames["users"]
    own = pl.col("id") == users["id"][0]  # the administrator got the first account
    others = users.filter(~own)["email"].str.to_lowercase()
    if (others == mail.lower()).any():
        raise UsageError(
            f"{mail!r} is the address of another user of this business",
            then="choose another --admin-email",
        )
    former = users["openId"][0]
    frames["users"] = users.with_columns(
        pl.when(own).then(pl.lit(mail)).otherwise(pl.col(name)).alias(name)
        for name in ("openId", "email")
    )
    for entry in catalog.references:
        named = entry.kind == "text" and (entry.ref_table, entry.ref_column) == ("users", "openId")
        if named and entry.table in frames and entry.column in frames[entry.table].columns:
            renamed = pl.col(entry.column).replace({former: mail})
            frames[entry.table] = frames[entry.table].with_columns(renamed)


def admin_of(frames: dict[str, pl.DataFrame]) -> str:
    """Return the address that the administrator signs in with, or nothing if there is none."""
    users = frames.get("users")
    if users is None or not {"id", "email"} <= set(users.columns):
        return ""
    found = users["email"].head(1).drop_nulls()
    return str(found[0]) if len(found) else ""
