"""Many markets: the same bytes on every executor, alone or together, interrupted or not."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import distributed
import polars as pl
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from generate import markets, run
from generate.capacity import capacity
from generate.executors import completed
from generate.markets import ROWS_IN_PART, Logins, Part, PartTask, divided, make_part
from generate.scenario import load_scenario, sized
from generate.world import build
from terpseed.cli import main
from terpseed.dataset import open_dataset
from terpseed.dataset.fetch import fetch
from terpseed.dataset.place import Folder, Remote, place_named
from terpseed.errors import DatasetError, ExitCode, OutputError, ScenarioError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generate.world import World

ROOT = Path(run.__file__).parent.parent
MARKETS = 3
COMMAND = [sys.executable, "-c", "from terpseed.cli import main; main()", "generate"]
OPTIONS = ("--scenario", "light", "--schema", "2025-11", "--scale", str(MARKETS))


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def invoke(*words: str | Path) -> Any:
    return CliRunner().invoke(main, ["generate", *OPTIONS, *map(str, words)])


@pytest.fixture(scope="module")
def fresh() -> run.GeneratePlan:
    return run.plan("light", schema="2025-11", scale=MARKETS, workers=1)


@pytest.fixture(scope="module")
def plan(fresh: run.GeneratePlan) -> run.GeneratePlan:
    """Return a plan whose first market is simulated again by whoever makes it."""
    assert fresh.scaling is not None
    return replace(fresh, scaling=replace(fresh.scaling, first=[]))


@pytest.fixture(scope="module")
def whole(fresh: run.GeneratePlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of all markets, made by one worker without interruption."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run.generate(replace(fresh, out=out))
    return out


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    """Return the URL of a bucket of an S3-compatible server that runs in this process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "someone")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "something")
        environment.setenv("AWS_REGION", "us-east-1")
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        connection = HTTPConnection(host, port)
        connection.request("PUT", "/bucket")
        assert connection.getresponse().status == 200
        connection.close()
        yield "s3://bucket"
    server.stop()


@pytest.fixture
def task(plan: run.GeneratePlan, tmp_path: Path) -> PartTask:
    assert plan.scaling is not None
    return PartTask(
        part=plan.scaling.parts[-1],
        scenario=plan.scenario,
        catalog=plan.catalog,
        keys=plan.scaling.keys,
        place=Folder(tmp_path / "alone"),
        file_format=plan.file_format,
        attach="left/",
        logins=Logins(plan.admin_email, plan.password_hash),
    )


@pytest.mark.parametrize("part", [0, -1])
def test_one_market_alone_writes_the_bytes_that_it_writes_among_others(
    part: int, plan: run.GeneratePlan, whole: Path, task: PartTask, tmp_path: Path
) -> None:
    assert plan.scaling is not None
    made = make_part(replace(task, part=plan.scaling.parts[part]))
    alone = files(tmp_path / "alone")
    together = files(whole)
    assert {file.path for file in made.files} | set(made.attached) == set(alone)
    assert len(made.files) > 80
    for file in made.files:
        assert alone[file.path] == together[file.path], file.path


def test_markets_of_a_part_are_let_go_one_by_one_and_written_together(
    task: PartTask, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markets, "WORTH_PACKING", 1 << 12)  # so that some are packed, others not
    gone: list[bool] = []

    def worlds() -> Iterator[World]:
        earlier = None
        for number in (1, 2):
            world = build(task.scenario, shard=number, keys=task.keys, tables=task.catalog.tables)
            gone.append(earlier is None or earlier() is None)
            earlier = weakref.ref(world["orders"])
            yield world
            del world

    part = Part(range(1, MARKETS), "0001-0002")
    made = markets.write_part(replace(task, part=part), worlds())
    assert gone == [True, True]
    assert len(made.files) > 80
    for file in made.files:
        alone = sorted((whole / file.path).parent.glob("000[12].parquet"))
        together = pl.read_parquet(tmp_path / "alone" / file.path)
        assert together.equals(pl.concat(map(pl.read_parquet, alone))), file.path


def test_a_cluster_of_dask_gives_the_same_bytes(
    plan: run.GeneratePlan, whole: Path, tmp_path: Path
) -> None:
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None
    ) as cluster:
        assert plan.scaling is not None
        scaling = replace(plan.scaling, cluster=cluster.scheduler_address)
        run.generate(replace(plan, out=tmp_path / "out", scaling=scaling))
    assert files(tmp_path / "out") == files(whole)


def started(out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *OPTIONS, "--workers", "2", "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


def living(group: int) -> list[str]:
    """Return the processes of a group that are not just waiting to be buried."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(entry.name)
    return found


def test_two_processes_killed_and_continued_give_the_same_bytes(
    whole: Path, tmp_path: Path
) -> None:
    out, unfinished = tmp_path / "out", tmp_path / ".out.unfinished"
    killed = started(out)
    wait_for(lambda: any((unfinished / "journal").glob("0*.json")))
    killed.kill()
    killed.communicate()
    wait_for(lambda: not living(killed.pid))  # workers end with the run that they belong to
    assert not out.exists()
    done = [path.stem for path in (unfinished / "journal").glob("0*.json")]
    kept = {
        path: path.stat().st_mtime_ns
        for label in done
        for path in unfinished.glob(f"*/{label}.parquet")
    }
    assert kept
    again = started(out)
    _, talk = again.communicate(timeout=120)
    assert again.returncode == 0, talk
    assert f"{len(done)} of {MARKETS} parts were finished by an earlier run" in talk
    assert files(out) == files(whole)
    assert {out / path.relative_to(unfinished): at for path, at in kept.items()} == {
        out / path.relative_to(unfinished): (out / path.relative_to(unfinished)).stat().st_mtime_ns
        for path in kept
    }, "finished parts are not made again"
    assert not unfinished.exists()


def broken_off(plan: run.GeneratePlan, out: Path) -> Path:
    """Stop a run when it has finished one part; return what it left."""

    def stop(_stage: str, done: int, _steps: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=f"1 of {MARKETS} parts are finished and kept"):
        run.generate(replace(plan, out=out), progress=stop)
    return out.with_name(f".{out.name}.unfinished")


def test_what_changed_after_it_was_finished_is_made_again(
    plan: run.GeneratePlan, whole: Path, tmp_path: Path
) -> None:
    unfinished = broken_off(plan, tmp_path / "out")
    damaged = unfinished / "orders" / "0000.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    other = invoke("--out", tmp_path / "out", "--seed", "7")
    assert other.exit_code == ExitCode.STATE_DIFFERS
    assert "an unfinished dataset of other inputs" in other.stderr
    assert "other scenario, seed" in other.stderr
    assert damaged.exists(), "a refusal does not drop what was finished"
    damaged.with_name(".0001.parquet.host-1").write_bytes(b"begun by a killed worker")
    result = run.generate(replace(plan, out=tmp_path / "out"))
    assert result.notes == ()
    assert files(tmp_path / "out") == files(whole)


def test_a_taken_place_keeps_what_is_unfinished_and_force_drops_it(
    plan: run.GeneratePlan, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    unfinished = broken_off(plan, out)
    out.mkdir()
    (out / "mine.txt").write_text("not a dataset")
    with pytest.raises(OutputError, match="something else than a dataset"):
        run.generate(replace(plan, out=out))
    assert unfinished.exists()
    (out / "mine.txt").unlink()
    assert plan.scaling is not None
    one = replace(plan.scaling, scale=1, parts=plan.scaling.parts[:1])
    result = run.generate(replace(plan, out=out, scaling=one, force=True))
    assert result.notes == ()
    assert not unfinished.exists()
    assert {path.name for path in (out / "orders").iterdir()} == {"0000.parquet"}


def test_a_place_that_another_run_writes_to_is_left_alone(
    plan: run.GeneratePlan, tmp_path: Path
) -> None:
    def again(_stage: str, done: int, _steps: int) -> None:
        if done == 1:
            with pytest.raises(OutputError, match="another run is writing"):
                run.generate(replace(plan, out=tmp_path / "out"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.generate(replace(plan, out=tmp_path / "out"), progress=again)


SOME = ("users", "orders", "sequences", "ledgerEntries")


@pytest.fixture
def few(plan: run.GeneratePlan) -> run.GeneratePlan:
    """Return a plan that writes some tables only."""
    return replace(plan, tables=frozenset(SOME))


def test_stored_objects_are_the_files_of_a_folder(
    storage: str, few: run.GeneratePlan, whole: Path, tmp_path: Path
) -> None:
    url = f"{storage}/load/{tmp_path.name}"
    place = Remote(url)
    made = run.generate(replace(few, out=place))
    assert set(SOME) == set(made.manifest.tables)
    assert place.get("journal/plan.json") is None, "nothing but the dataset is left"
    runner = CliRunner()
    fetched = runner.invoke(main, ["fetch", url, str(tmp_path / "copy")])
    assert fetched.exit_code == 0, fetched.output
    copy, folder = files(tmp_path / "copy"), files(whole)
    assert open_dataset(tmp_path / "copy").manifest == made.manifest
    del copy["manifest.json"], copy["catalog.json"]
    assert copy == {name: folder[name] for name in copy}
    refused = invoke("--out", url)
    assert refused.exit_code == ExitCode.STATE_DIFFERS
    assert "there is a dataset already" in refused.stderr
    read = runner.invoke(main, ["validate", url])
    assert read.exit_code == ExitCode.USAGE
    assert f"terpseed fetch {url} DIR" in read.stderr
    place.put("orders/0001.parquet", b"damaged")
    damaged = runner.invoke(main, ["fetch", url, str(tmp_path / "other")])
    assert damaged.exit_code == ExitCode.USAGE
    assert f"{url}/orders/0001.parquet" in damaged.stderr
    assert not (tmp_path / "other").exists()


def test_an_interrupted_run_into_storage_has_no_manifest_and_goes_on(
    storage: str, few: run.GeneratePlan, whole: Path, tmp_path: Path
) -> None:
    url = f"{storage}/load/{tmp_path.name}"
    place = Remote(url)

    def stop(_stage: str, done: int, _steps: int) -> None:
        if done == MARKETS - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.generate(replace(few, out=place), progress=stop)
    assert place.get("orders/0001.parquet") == (whole / "orders" / "0001.parquet").read_bytes()
    assert place.get("manifest.json") is None
    with pytest.raises(DatasetError, match="goes on where it was"):
        fetch(place, tmp_path / "copy")
    result = run.generate(replace(few, out=place))
    assert result.notes == (f"{MARKETS - 1} of {MARKETS} parts were finished by an earlier run",)
    assert place.get("manifest.json") is not None
    for file in result.manifest.tables["ledgerEntries"].files:
        assert place.get(file.path) == (whole / file.path).read_bytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("s3://bucket", "no place for a dataset"),
        ("ftp://host/data", "no place for a dataset"),
        ("s3://someone:secret@bucket/data", "'bucket/data' is no place for a dataset"),
    ],
)
def test_what_is_no_place_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        place_named(text)


def test_a_bucket_that_does_not_exist_is_named(storage: str, plan: run.GeneratePlan) -> None:
    url = storage.replace("bucket", "nowhere") + "/load"
    with pytest.raises(OutputError, match="refuses") as caught:
        run.generate(replace(plan, out=Remote(url)))
    assert url in str(caught.value)
    assert "AWS_ENDPOINT_URL" in str(caught.value)


def test_what_is_foreseen_is_what_comes(plan: run.GeneratePlan, whole: Path) -> None:
    assert plan.scaling is not None
    needs = capacity(plan, plan.scaling)
    manifest = open_dataset(whole).manifest
    # markets differ a little from each other; the first two are known exactly
    assert abs(needs.rows - manifest.rows) < manifest.rows * 0.05
    assert abs(needs.bytes - manifest.bytes) < manifest.bytes * 0.05
    foreseen = {need.table: need for need in needs.tables}
    assert foreseen["users"].rows == manifest.tables["users"].rows
    assert foreseen["orders"].files == MARKETS
    assert needs.worker_bytes > 50_000_000
    assert needs.largest > 10_000
    assert all(0 < use.last <= use.limit for use in needs.keys)


def test_the_plan_is_printed_and_nothing_is_written(tmp_path: Path) -> None:
    shown = invoke("--dry-run", "--json", "--workers", "5", "--out", tmp_path / "out")
    assert shown.exit_code == 0, shown.output
    needs = json.loads(shown.stdout)["needs"]
    assert (needs["markets"], needs["workers"]) == (MARKETS, 5)
    assert needs["rows"] == sum(entry["rows"] for entry in needs["tables"].values())
    assert needs["memory_bytes"] > 5 * needs["worker_bytes"]
    assert list(tmp_path.iterdir()) == []


def test_more_markets_than_keys_are_refused_with_the_most_that_fit() -> None:
    with pytest.raises(ScenarioError, match="do not fit the schema") as caught:
        run.plan("light", schema="2025-11", scale=10_000_000)
    most = int(caught.value.then.partition("--scale ")[2].partition(" ")[0])
    assert 10_000 < most < 10_000_000


def test_a_larger_market_has_more_of_everything_but_people_and_goods() -> None:
    light = load_scenario("light")
    larger = sized(light, 6)
    worlds = [build(one, tables=["orders", "vendors"]) for one in (light, larger)]
    small, large = ({name: frame.height for name, frame in w.tables.items()} for w in worlds)
    assert (large["users"], large["products"]) == (small["users"], small["products"])
    assert large["clients"] - large["vendors"] == 6 * (small["clients"] - small["vendors"])
    assert large["vendors"] > small["vendors"]
    assert larger.sales.orders == 6 * light.sales.orders
    assert large["orders"] >= 6 * light.sales.orders
    for world in worlds:
        named = world["vendors"]["name"]
        assert named.n_unique() == len(named)


def test_a_market_that_cannot_exist_is_refused_with_the_reason() -> None:
    with pytest.raises(ScenarioError, match="100 times the scenario: 6,000 intakes") as caught:
        sized(load_scenario("full"), 100)
    assert "--scale" in caught.value.then


@pytest.mark.parametrize("rows", [10, 4_000, 75_000, 1_000_000])
@pytest.mark.parametrize("scale", [1, 2, 17, 100, 12_345])
def test_parts_hold_every_market_once_in_order(scale: int, rows: int) -> None:
    parts = divided(scale, rows)
    assert [number for part in parts for number in part.markets] == list(range(scale))
    assert [part.label for part in parts] == sorted({part.label for part in parts})
    assert all(len(part.markets) * rows <= max(rows, ROWS_IN_PART) for part in parts)
    assert len(parts) >= min(scale, 16)


def square(number: int) -> int:
    if number == 13:
        raise ValueError("thirteen")
    return number * number


def test_tasks_are_given_as_there_is_room_and_all_results_come() -> None:
    given = []

    def tasks() -> Iterator[int]:
        for number in range(8):
            given.append(number)
            yield number

    with ThreadPoolExecutor(2) as pool:
        results = completed(pool, square, tasks(), 3)
        first = next(results)
        assert len(given) == 3
        assert sorted([first, *results]) == [n * n for n in range(8)]


def test_what_was_done_beside_a_failure_is_not_lost() -> None:
    with ThreadPoolExecutor(1) as pool:
        results = completed(pool, square, [2, 13, 3], 3)
        assert next(results) == 4
        with pytest.raises(ValueError, match="thirteen"):
            list(results)


def test_a_worker_of_another_version_is_refused(task: PartTask) -> None:
    with pytest.raises(OutputError, match=r"the run was begun by 0\.0\.0"):
        make_part(replace(task, generator="0.0.0"))
