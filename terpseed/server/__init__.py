"""Throw-away MySQL and MariaDB servers: finding one, installing one, running one.

Nothing here touches a server that somebody else runs.
"""

from terpseed.server.packages import install
from terpseed.server.private import PrivateServer
from terpseed.server.program import (
    KINDS,
    ServerKind,
    ServerProgram,
    cache_folder,
    find_program,
    require_program,
)

__all__ = [
    "KINDS",
    "PrivateServer",
    "ServerKind",
    "ServerProgram",
    "cache_folder",
    "find_program",
    "install",
    "require_program",
]
