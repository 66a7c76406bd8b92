"""A real browser for tests of pages: what it shows, complains about and asks the network for.

``TERPSEED_TEST_CHROMIUM`` names a Chromium to use. Without it one of this machine is used; root on
Debian gets one from apt. Where there is none, tests that need it skip and say so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_PACKAGE = "chromium-headless-shell"


def chromium() -> str:
    """Return a Chromium, after installing one if there is none."""
    if given := os.environ.get("TERPSEED_TEST_CHROMIUM"):
        return given
    if found := next(filter(None, map(shutil.which, _PROGRAMS)), None):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "--yes", "--no-install-recommends", _PACKAGE]):
            subprocess.run(["apt-get", *words], env=environment, capture_output=True, check=False)
    found = shutil.which(_PACKAGE)
    if found is None:
        pytest.skip(
            "no Chromium on this machine, and none can be installed: install one, or set "
            "TERPSEED_TEST_CHROMIUM"
        )
    return found


@dataclass(frozen=True)
class Visit:
    """What a browser made of a page.

    Attributes:
        content: the page as the browser holds it.
        complaints: what it wrote to the console.
        requests: addresses that the page asked for, itself left out.
    """

    content: str
    complaints: list[str]
    requests: list[str]


def visit(file: Path, work: Path) -> Visit:
    """Open a page from its file in a headless browser."""
    log = work / "network.json"
    done = subprocess.run(
        [
            chromium(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={work / 'profile'}",
            "--enable-logging=stderr",
            f"--log-net-log={log}",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    return Visit(
        done.stdout,
        [line for line in done.stderr.splitlines() if "CONSOLE" in line],
        sorted({e["params"]["url"] for e in events if _is_of_page(e.get("params", {}))}),
    )


def _is_of_page(event: dict[str, object]) -> bool:
    """Say whether the page caused a request, and not the browser for itself."""
    return "url" in event and "file://" in str(event.get("site_for_cookies", ""))
