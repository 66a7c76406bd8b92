"""What somebody who types wrong things, stops, or has no room is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from terpseed.cli import _console, _is_importing, main
from terpseed.dataset import open_dataset
from terpseed.errors import OutputError
from terpseed.export import export
from terpseed.machine import optional_libraries
from terpseed.textfile import write_text

if TYPE_CHECKING:
    from terpseed.export.exporting import ExportFormat

ROOT = Path(__file__).parents[2]


def _start(*words: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "terpseed", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # a shell that starts things in the background lets them ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_validation_is_stopped_in_the_middle_with_its_code(
    stop: signal.Signals, code: int, light_path: Path
) -> None:
    """Not with SIGABRT of a library's thread, and not after all checks have been made."""
    with _start("validate", str(light_path), "--verbose") as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first.startswith(b"checking"), first
        process.send_signal(stop)
        rest = process.stderr.read()
        assert process.wait() == code, rest
    assert b"terminate called" not in rest
    said = [line for line in rest.splitlines() if line.startswith(b"checking")]
    done = int(said[-1].split()[1].replace(b",", b"")) if said else 0
    total = int(first.split()[3].replace(b",", b""))
    assert done < total


def test_a_stop_within_an_import_waits_until_the_import_is_over(tmp_path: Path) -> None:
    """Anything else ends the process, if it is a library in C++ that sets itself up."""
    (tmp_path / "slow_to_import.py").write_text(
        "import os, signal, sys\n"
        "from terpseed.cli import _stops_unwind\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "done = sum(range(200_000))\n"
        "print('imported', flush=True)\n"
    )
    code = (
        "import signal, sys; sys.path.insert(0, sys.argv[1])\n"
        "from terpseed.cli import _stops_unwind\n"
        "with _stops_unwind([]):\n"
        "    import slow_to_import\n"
        "    signal.pause()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (143, b"imported\n"), ran.stderr
    assert not _is_importing(sys._getframe(0))


@pytest.mark.parametrize("form", ["csv", "duckdb", "sql"])
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a disk of a known size")
def test_an_export_that_finds_the_disk_full_says_so_and_leaves_nothing(
    form: ExportFormat, light_path: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"no disk can be made here: {made.stderr.decode()}")
    try:
        with pytest.raises(OutputError, match=r"No space left|full"):
            export(open_dataset(light_path), disk / "out", form)
        assert not list(disk.iterdir())
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(OutputError, match="Read-only"):
            export(open_dataset(light_path), disk / "out", form)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("words", [["show"], ["--help"], ["show", "--help"]])
def test_output_that_cannot_be_written_is_an_error_and_no_traceback(
    light_path: Path, words: list[str]
) -> None:
    asked = [*words, str(light_path)] if words == ["show"] else words
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "terpseed", *asked],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert ran.returncode == 6, ran.stderr
    assert ran.stderr.startswith("error: the disk is full\n  where: what is printed")
    assert "Traceback" not in ran.stderr


def test_a_locale_without_utf8_gets_the_tree_all_the_same(light_path: Path) -> None:
    with _start(
        "show", str(light_path), "order", "ORD-000012", PYTHONUTF8="0", LC_ALL="POSIX",
        PYTHONCOERCECLOCALE="0",
    ) as process:  # fmt: skip
        out, err = process.communicate()
    assert process.returncode == 0, err
    assert "├─ client" in out.decode()


def test_a_file_that_cannot_be_written_is_not_left_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("as it was")
    with pytest.raises(OutputError, match="the drawing cannot be written"):
        write_text(tmp_path / "file" / "below.svg", "new", "drawing")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "file", "\ud800", "drawing")
    assert (tmp_path / "file").read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_narrow_terminal_gets_numbers_instead_of_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for columns, shown in ((40, False), (100, True)):
        monkeypatch.setenv("COLUMNS", str(columns))
        _console._Line(_console._Names("tables", {}))("writing tables", 117, 233)
        line = capsys.readouterr().err
        assert ("━" in line) is shown
        assert "117/233 tables" in line


def test_several_receipts_are_answered_with_the_latest(tmp_path: Path) -> None:
    names = [
        tmp_path / f"load-{database}-20260105T10150{number}.123456Z.jsonl"
        for database, number in (("z", 0), ("a", 2), ("b", 1))
    ]
    words = ["undo", *map(str, names), "--to", "mysql://terp@127.0.0.1:1/terp"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert f"name one; of the latest load that is {names[1]}" in result.stderr


def test_help_is_not_only_an_option_to_somebody_who_asks_for_it() -> None:
    result = CliRunner().invoke(main, ["help"])
    assert result.exit_code == 2
    assert "write `terpseed --help`" in result.stderr


def test_what_was_changed_in_a_scenario_is_said() -> None:
    words = ["generate", "--scenario", "light", "--clients", "20", "--dry-run"]
    assert "changed   parties.whales=" in CliRunner().invoke(main, words).stdout
    assert "changed" not in CliRunner().invoke(main, [*words[:3], "--dry-run"]).stdout


def test_the_doctor_names_extras_of_what_is_installed() -> None:
    """A checkout that is only on the path declares none."""
    shown = CliRunner().invoke(main, ["doctor", "--no-database"]).stdout
    assert ("extras  " in shown) is bool(optional_libraries())
    assert all(f"{extra} " in shown for extra in optional_libraries())
