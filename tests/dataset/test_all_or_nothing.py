"""A dataset appears complete or not at all, and takes the place of nothing but a dataset."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from terpseed.dataset import DatasetWriter, Manifest, open_dataset
from terpseed.errors import ExitCode, OutputError
from tests.dataset.hostile import CATALOG, hostile_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_OF = date(2025, 10, 31)


def writer(out: Path, **options: Any) -> DatasetWriter:
    settings: dict[str, Any] = {"format": "parquet", "scenario": {}, "seed": 1, **options}
    return DatasetWriter(out, CATALOG, as_of=AS_OF, **settings)


def write(out: Path, **options: Any) -> Manifest:
    with writer(out, **options) as opened:
        opened.write("hostile", hostile_frame())
        return opened.commit()


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@contextmanager
def refused(pattern: str) -> Iterator[None]:
    with pytest.raises(OutputError, match=pattern) as caught:
        yield
    assert caught.value.exit_code == ExitCode.STATE_DIFFERS


def test_nothing_has_the_final_name_before_commit(tmp_path: Path) -> None:
    with writer(tmp_path / "out") as opened:
        opened.write("hostile", hostile_frame())
        assert names(tmp_path) == [f".out.partial-{os.getpid()}"]
        opened.commit()
        assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["catalog.json", "hostile.parquet", "manifest.json"]


def test_leaving_without_commit_removes_everything(tmp_path: Path) -> None:
    with writer(tmp_path / "new" / "deep" / "out") as opened:
        opened.write("hostile", hostile_frame())
    assert names(tmp_path) == []


def test_an_error_inside_is_not_hidden_by_cleaning_up(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writer(tmp_path / "out") as opened:
        opened.write("hostile", hostile_frame().head(1 // 0))
    assert names(tmp_path) == []


def test_a_dataset_of_nothing_is_refused(tmp_path: Path) -> None:
    with refused("without any table"), writer(tmp_path / "out") as opened:
        opened.commit()
    assert names(tmp_path) == []


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write(tmp_path / "out")
    open_dataset(tmp_path / "out")


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    write(tmp_path / "out")
    assert (tmp_path / "out").is_symlink()
    open_dataset(tmp_path / "disk")


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_something_else_is_never_touched(tmp_path: Path, *, force: bool) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("years of work")
    with refused("something else than a dataset"):
        write(out, force=force)
    assert names(tmp_path) == ["out"]
    assert (out / "thesis.doc").read_text() == "years of work"


def test_a_folder_with_only_folders_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "out" / "inner").mkdir(parents=True)
    with refused("something else than a dataset"):
        write(tmp_path / "out", force=True)


@pytest.mark.parametrize("force", [False, True])
def test_a_file_in_the_place_is_never_touched(tmp_path: Path, *, force: bool) -> None:
    (tmp_path / "out").write_text("a file")
    with refused("a file, not a folder"):
        write(tmp_path / "out", force=force)


def test_an_older_dataset_is_kept_unless_forced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write(out)
    with refused("older dataset made by terpseed") as _:
        write(out, seed=2)
    assert open_dataset(out).manifest == first
    second = write(out, seed=2, format="csv", force=True)
    assert open_dataset(out).manifest == second
    assert names(tmp_path) == ["out"]


def test_a_damaged_older_dataset_is_replaced_when_forced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out)
    (out / "hostile.parquet").unlink()
    write(out, force=True)
    open_dataset(out)


def test_force_does_not_delete_what_others_put_into_a_dataset(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out)
    (out / "notes.txt").write_text("mine")
    with refused(r"(?s)no part of it.*notes\.txt"):
        write(out, force=True)
    assert (out / "notes.txt").read_text() == "mine"


def test_receipts_outlive_their_dataset(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out)
    (out / "receipts").mkdir()
    (out / "receipts" / "load-1.json").write_text("{}")
    (out / "report.json").write_text("old findings")
    write(out, seed=2, force=True)
    assert (out / "receipts" / "load-1.json").read_text() == "{}"
    assert not (out / "report.json").exists()
    open_dataset(out)


def test_an_older_dataset_survives_a_failed_swap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    first = write(out)
    rename = Path.rename

    def fail_to_place(self: Path, target: Path) -> Path:
        if self.name.startswith(".out.partial"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_to_place)
    with refused("Input/output error"):
        write(out, seed=2, force=True)
    assert open_dataset(out).manifest == first
    assert names(tmp_path) == ["out"]


def test_a_place_taken_meanwhile_is_refused_at_commit(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with refused("older dataset"), writer(out) as late:
        late.write("hostile", hostile_frame())
        run(f"write({str(out)!r}, commit=True)")
        late.commit()
    open_dataset(out)
    assert names(tmp_path) == ["out"]


def test_two_writers_of_one_process_do_not_share_a_folder(tmp_path: Path) -> None:
    with writer(tmp_path / "out") as first:
        with refused("another run is writing"):
            write(tmp_path / "out")
        first.write("hostile", hostile_frame())
        first.commit()
    open_dataset(tmp_path / "out")


PROGRAM = """
import os, signal, sys, time
from datetime import date
from pathlib import Path
from terpseed.dataset import DatasetWriter
from tests.dataset.hostile import CATALOG, hostile_frame

def write(out, seed=1, commit=False, force=False):
    settings = dict(format="parquet", scenario={}, seed=seed, as_of=date(2025, 10, 31))
    with DatasetWriter(Path(out), CATALOG, force=force, **settings) as writer:
        print(*writer.notes, file=sys.stderr)
        writer.write("hostile", hostile_frame())
        if commit:
            writer.commit()
        else:
            print("ready", flush=True)
            time.sleep(60)

def stop_at(owner, name, number, nth=1):
    # Sends a signal to this very process just before the nth call of a function.
    original, left = getattr(owner, name), [nth]
    def stopping(*arguments, **options):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), number)
        return original(*arguments, **options)
    setattr(owner, name, stopping)

def main():
    BODY

try:
    main()
except KeyboardInterrupt:
    sys.exit(130)
"""


def start(body: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.replace("BODY", textwrap.indent(body, "    ").strip())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def run(body: str) -> tuple[int, str]:
    with start(body) as process:
        _, talk = process.communicate(timeout=60)
    return process.returncode, talk


def start_and_wait(out: Path) -> subprocess.Popen[str]:
    process = start(f"write({str(out)!r})")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_run_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with start_and_wait(tmp_path / "out") as process:
        process.send_signal(number)
        assert process.wait(30) == ExitCode.INTERRUPTED
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "moment",
    [
        "os, 'mkdir'",
        "Path, 'touch'",
        "Path, 'write_text', nth=1",
        "Path, 'write_text', nth=2",
        "os, 'fsync', nth=2",
    ],
)
def test_a_run_stopped_while_it_writes_leaves_nothing(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    owner_and_name, _, nth = moment.partition(", nth=")
    stop = f"stop_at({owner_and_name}, {int(number)}, {nth or 1})"
    code, _ = run(f"{stop}\nwrite({str(tmp_path / 'out')!r}, commit=True)")
    assert code == ExitCode.INTERRUPTED
    assert names(tmp_path) == []


@pytest.mark.parametrize("nth", [1, 2])
def test_a_run_stopped_in_the_swap_ends_it_first(tmp_path: Path, nth: int) -> None:
    out = tmp_path / "out"
    write(out)
    stop = f"stop_at(Path, 'rename', {int(signal.SIGTERM)}, {nth})"
    code, _ = run(f"{stop}\nwrite({str(out)!r}, seed=2, commit=True, force=True)")
    assert code == ExitCode.INTERRUPTED
    assert open_dataset(out).manifest.seed == 2
    assert names(tmp_path) == ["out"]


def test_what_a_killed_run_left_is_cleaned_and_told(tmp_path: Path) -> None:
    with start_and_wait(tmp_path / "out") as process:
        process.kill()
    left = f".out.partial-{process.pid}"
    assert names(tmp_path) == [left]
    with writer(tmp_path / "out") as opened:
        assert len(opened.notes) == 1
        assert left in opened.notes[0]
        assert left not in names(tmp_path)


def test_a_run_that_is_alive_is_left_alone(tmp_path: Path) -> None:
    with start_and_wait(tmp_path / "out") as process:
        write(tmp_path / "out")
        assert names(tmp_path) == [f".out.partial-{process.pid}", "out"]
        process.terminate()
    assert names(tmp_path) == ["out"]


def test_a_dataset_moved_away_by_a_killed_swap_comes_back(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write(out)
    stop = f"stop_at(Path, 'rename', {int(signal.SIGKILL)}, 2)"
    code, _ = run(f"{stop}\nwrite({str(out)!r}, seed=2, commit=True, force=True)")
    assert code == -signal.SIGKILL
    assert not out.exists()
    with refused("older dataset"):
        write(out)
    assert open_dataset(out).manifest == first
    assert names(tmp_path) == ["out"]


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """A file system of its own on a folder."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_full_disk_is_one_clear_error(tmp_path: Path, file_format: str) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "size=8k"):
        with refused(r"(?s)the disk is full.*disk.*free some space"):
            write(disk / "out", format=file_format)
        assert names(disk) == []


def test_wherever_the_disk_runs_full_nothing_is_left(tmp_path: Path) -> None:
    # One page more each time: first the table does not fit, then the catalog, then the manifest.
    refusals = []
    for pages in range(1, 40):
        disk = tmp_path / f"disk-{pages}"
        with small_disk(disk, f"size={pages * 4}k"):
            try:
                write(disk / "out", format="csv")
            except OutputError as error:
                refusals.append(error.what)
                left = names(disk)
            else:
                open_dataset(disk / "out")
                break
        assert left == []
    assert len(refusals) >= 3
    assert set(refusals) == {"the disk is full"}


def test_a_read_only_disk_is_one_clear_error(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "ro,size=1m"), refused("the disk is read-only"):
        write(disk / "out")


def test_a_mount_point_is_refused_with_advice(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "size=1m"), refused(r"(?s)mount point.*--out .*disk/dataset"):
        write(disk)


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_file_size_limit_is_one_clear_error(tmp_path: Path, file_format: str) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with refused("larger than is allowed"):
            write(tmp_path / "out", format=file_format)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert names(tmp_path) == []


def test_a_folder_without_permission_is_one_clear_error(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    root = os.geteuid() == 0
    if root:
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(0o755)
        os.seteuid(65534)  # root may write anywhere, nobody may not
    try:
        with refused("no permission to write"):
            write(locked / "out")
    finally:
        if root:
            os.seteuid(0)
    assert names(locked) == []
