"""A shell completes commands, options and values; bash is asked for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from terpseed.cli import main

ROOT = Path(__file__).parents[2]
CASES = {
    "terpseed gen": ["generate"],
    "terpseed scenario ": ["check", "list", "new", "show"],
    "terpseed generate --scenario e": ["e2e", "edge-cases"],
    "terpseed generate --only sales,cal": ["sales,calendar"],
    "terpseed show DIR inv": ["invoice"],
    "terpseed export DIR --format d": ["duckdb"],
    "terpseed bogus x": [],
}


def test_bash_completes(tmp_path: Path) -> None:
    (tmp_path / "terpseed").write_text(
        f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -m terpseed \"$@\"\n"
    )
    (tmp_path / "terpseed").chmod(0o755)
    script = [
        "source <(terpseed completion bash)",
        (
            'ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); '
            '_terpseed_completion terpseed; echo "${COMPREPLY[@]}"; }'
        ),
    ]
    for line in CASES:
        words = " ".join(f"'{word}'" for word in line.split(" "))
        script.append(f"ask {words}")
    ran = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    assert dict(zip(CASES, ran.stdout.split("\n"), strict=False)) == {
        line: " ".join(found) for line, found in CASES.items()
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_understands(shell: str) -> None:
    script = CliRunner().invoke(main, ["completion", shell]).stdout
    assert "_TERPSEED_COMPLETE" in script
    if program := shutil.which(shell):  # fish and zsh are seldom there; bash always is
        subprocess.run([program, "-n", "/dev/stdin"], input=script, text=True, check=True)


def test_another_shell_is_named_wrong() -> None:
    assert CliRunner().invoke(main, ["completion", "csh"]).exit_code == 2
