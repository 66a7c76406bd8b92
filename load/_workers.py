"""How many connections work at the same time, where nobody says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from load.plans import Server

_FEWEST, _MOST = 2, 8  # one sends while another prepares; beyond that servers gain nothing more
_SHARE = 4  # of the connections that a server would still accept, we take one in so many


def suitable_workers(server: Server | None) -> int:
    """Return how many connections a load or a proof uses by default.

    As many as this machine has cores for, which prepare and send files: servers on the same machine
    share these, and others are seldom smaller. Never so many that others could not connect.

    Args:
        server: what answers; None if nothing does.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    wanted = min(_MOST, max(_FEWEST, cores or _FEWEST))
    if server is None:
        return wanted
    return max(1, min(wanted, server.room // _SHARE))
