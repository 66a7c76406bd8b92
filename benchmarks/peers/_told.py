"""What the peers' scripts share: run the checks on a folder, print seconds and verdicts."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def told(*checks: Callable[[Path], bool]) -> None:
    """Run checks on the folder that the command line names; print what came out as JSON."""
    folder, found = Path(sys.argv[1]), {}
    wanted = set(sys.argv[2:])
    for check in checks:
        if wanted and check.__name__ not in wanted:
            continue
        started = time.perf_counter()
        holds = check(folder)
        found[check.__name__] = {"holds": holds, "seconds": round(time.perf_counter() - started, 3)}
    print(json.dumps(found))
