"""The command: same inputs, same bytes; a dataset or nothing; errors that a user can act on."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import bcrypt
import polars as pl
import pytest
from click.testing import CliRunner, Result

from generate import run
from generate.scenario import scenario_names
from terpseed.catalog import shipped
from terpseed.cli import main
from terpseed.dataset import open_dataset
from terpseed.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terpseed.catalog import Catalog

GOLDEN = Path(__file__).with_name("golden.json")
COMMAND = [sys.executable, "-m", "terpseed", "generate"]
QUICK = ("--scenario", "light")
ROOT = Path(run.__file__).parent.parent


def generate(*options: str | Path, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["generate", *map(str, options)])


def started(*options: str | Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, options)],
        env={**os.environ, **environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def place(result: run.GenerateResult) -> Path:
    """Return the folder that a dataset was written to."""
    assert isinstance(result.plan.out, Path)
    return result.plan.out


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> run.GenerateResult:
    return run.generate(run.plan("light", out=tmp_path_factory.mktemp("light") / "out"))


def test_two_processes_give_the_same_bytes(tmp_path: Path) -> None:
    one = started(*QUICK, "--out", tmp_path / "one", "--workers", "1", PYTHONHASHSEED="1")
    two = started(*QUICK, "--out", tmp_path / "two", "--workers", "4", PYTHONHASHSEED="2")
    for process in (one, two):
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_csv_holds_what_parquet_holds(light: run.GenerateResult, tmp_path: Path) -> None:
    csv = run.generate(run.plan("light", out=tmp_path / "csv", file_format="csv"))
    assert csv.manifest.content_digest == light.manifest.content_digest
    assert csv.revenue == light.revenue
    ours, theirs = open_dataset(tmp_path / "csv"), open_dataset(place(light))
    for table in ("orders", "ledgerEntries", "freeform_notes"):
        assert ours.scan(table).collect().equals(theirs.scan(table).collect())


def test_another_seed_gives_another_business(light: run.GenerateResult, tmp_path: Path) -> None:
    other = run.generate(run.plan("light", out=tmp_path / "out", seed=2))
    assert other.manifest.content_digest != light.manifest.content_digest


CASES = [
    *((name, "2026-05") for name in scenario_names()),
    # the largest one is made for one version, to save time
    *((name, "2025-11") for name in scenario_names() if name != "e2e"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], run.GenerateResult]:
    """Return what makes a scenario for a version, once."""

    @cache
    def make(scenario: str, version: str) -> run.GenerateResult:
        out = tmp_path_factory.mktemp(f"{scenario}-{version}") / "out"
        return run.generate(run.plan(scenario, schema=version, out=out))

    return make


@pytest.mark.parametrize(("scenario", "version"), CASES)
def test_every_scenario_fills_every_table_of_every_version(
    scenario: str,
    version: str,
    made: Callable[[str, str], run.GenerateResult],
    find_problems: Callable[[Mapping[str, pl.DataFrame], Catalog], list[str]],
) -> None:
    result = made(scenario, version)
    catalog = shipped(version)
    assert set(result.manifest.tables) == set(catalog.tables)
    assert all(entry.rows for entry in result.manifest.tables.values())
    dataset = open_dataset(place(result))
    frames = {name: dataset.scan(name).collect() for name in dataset.tables}
    assert find_problems(frames, catalog) == []
    wanted = result.plan.scenario.sales.revenue
    assert result.revenue is not None
    assert abs(result.revenue - wanted) * 1000 <= wanted * 5


@pytest.mark.parametrize(("scenario", "version"), CASES)
def test_every_dataset_is_the_one_that_was_reviewed(
    scenario: str, version: str, made: Callable[[str, str], run.GenerateResult]
) -> None:
    """A change of values is meant, and then `make golden` accepts it, or it is a bug."""
    case = f"{scenario} {version}"
    digest = made(scenario, version).manifest.content_digest
    reviewed = json.loads(GOLDEN.read_text(encoding="utf-8"))
    if os.environ.get("TERPSEED_ACCEPT_GOLDEN"):
        reviewed[case] = digest
        GOLDEN.write_text(json.dumps(reviewed, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert digest == reviewed.get(case), "values changed; if that was meant, run `make golden`"


def test_the_period_moves_to_the_as_of_date(tmp_path: Path) -> None:
    result = run.generate(
        run.plan("light", out=tmp_path / "out", as_of=datetime(2026, 5, 14, tzinfo=UTC).date())
    )
    assert str(result.manifest.as_of) == "2026-05-14"
    orders = open_dataset(tmp_path / "out").scan("orders").collect()
    assert str(orders["created_at"].max())[:7] == "2026-05"


def test_a_schema_from_sql_text_gets_a_dataset(tmp_path: Path) -> None:
    schema = tmp_path / "mine.sql"
    schema.write_text(
        "CREATE TABLE users (id int NOT NULL AUTO_INCREMENT, openId varchar(64) NOT NULL,"
        " name text, mood enum('good','bad') NOT NULL, PRIMARY KEY (id), UNIQUE KEY u (openId));\n"
        "CREATE TABLE hens (id int NOT NULL AUTO_INCREMENT, user_id int NOT NULL,"
        " ring varchar(12) NOT NULL, PRIMARY KEY (id), UNIQUE KEY r (ring),"
        " CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id));\n",
        encoding="utf-8",
    )
    result = generate(*QUICK, "--schema", schema, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    dataset = open_dataset(tmp_path / "out")
    users, hens = dataset.scan("users").collect(), dataset.scan("hens").collect()
    assert set(users["mood"].cast(pl.String)) <= {"good", "bad"}
    assert set(hens["user_id"]) <= set(users["id"])
    assert "no invoices" in result.stdout


# -- what is printed


def test_the_result_is_a_small_table(tmp_path: Path) -> None:
    result = generate(*QUICK, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    printed = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert printed["tables"].startswith("233, of which")
    assert printed["revenue"].startswith(("$1,99", "$2,00"))
    assert {"rows", "size", "scenario", "schema"} <= set(printed)


def test_json_is_a_contract(light: run.GenerateResult, tmp_path: Path) -> None:
    result = generate(*QUICK, "--out", tmp_path / "out", "--json")
    data = json.loads(result.stdout)
    assert (data["format"], data["scenario"], data["schema"]) == (1, "light", "2026-05")
    assert data["rows"] == sum(table["rows"] for table in data["tables"].values())
    assert data["content_digest"] == light.manifest.content_digest
    assert data["tables"]["orders"]["source"] == "business"


def test_a_dry_run_prints_the_plan_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    shown = generate(*QUICK, "--out", out, "--dry-run", "--set", "sales.orders=60")
    assert shown.exit_code == 0
    assert "60 orders of 10 clients" in shown.stdout
    data = json.loads(generate(*QUICK, "--out", out, "--dry-run", "--json").stdout)
    assert data["scenario"]["sales"]["orders"] == 50
    assert list(tmp_path.iterdir()) == []


def test_options_come_from_the_environment_too(tmp_path: Path) -> None:
    shown = generate("--dry-run", "--out", tmp_path, TERPSEED_GENERATE_SCENARIO="chaos")
    assert shown.stdout.startswith("scenario  chaos")


def test_today_is_a_date(tmp_path: Path) -> None:
    shown = generate(*QUICK, "--out", tmp_path / "out", "--as-of", "today", "--dry-run")
    days = {str(datetime.now(UTC).date()), str(datetime.fromtimestamp(time.time(), UTC).date())}
    assert any(f"looked at on {day}" in shown.stdout for day in days)


# -- signing in


def users_of(result: run.GenerateResult) -> pl.DataFrame:
    return open_dataset(place(result)).scan("users").collect()


def test_everybody_signs_in_with_the_demo_password(light: run.GenerateResult) -> None:
    users = users_of(light)
    assert users["role"][0] == "admin"
    assert users["email"][0] == light.admin_email
    hashes = set(users["loginMethod"])
    assert len(hashes) == 1
    (stored,) = hashes
    assert stored.startswith("$2b$10$")
    assert bcrypt.checkpw(b"terpseed-demo", stored.encode())


def test_the_administrator_is_who_was_asked_for(light: run.GenerateResult, tmp_path: Path) -> None:
    result = generate(
        *QUICK, "--out", tmp_path / "out", "--admin-email", "me@farm.example", "--json",
        TERPSEED_ADMIN_PASSWORD="correct horse",
    )  # fmt: skip
    assert json.loads(result.stdout)["admin_email"] == "me@farm.example"
    assert "correct horse" not in result.output
    dataset = open_dataset(tmp_path / "out")
    users = dataset.scan("users").collect()
    assert (users["email"][0], users["openId"][0]) == ("me@farm.example", "me@farm.example")
    assert bcrypt.checkpw(b"correct horse", users["loginMethod"][0].encode())
    roles = dataset.scan("user_roles").collect()
    assert "me@farm.example" in roles["user_id"].to_list()
    assert light.admin_email not in roles["user_id"].to_list()
    written = b"".join(files(tmp_path / "out").values())
    assert b"correct horse" not in written


def test_a_password_can_be_asked_for(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main,
        ["generate", *QUICK, "--out", str(tmp_path / "out"), "--ask-password"],
        input="typed in once\ntyped in once\n",
    )
    assert result.exit_code == 0, result.output
    assert "typed in once" not in result.output
    users = open_dataset(tmp_path / "out").scan("users").collect()
    assert bcrypt.checkpw(b"typed in once", users["loginMethod"][0].encode())


@pytest.mark.parametrize("password", ["", "short", "x" * 73, "null\x00inside"])
def test_a_password_that_cannot_be_hashed_is_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(UsageError, match="password"):
        run.plan("light", out=tmp_path, password=password)


def test_an_empty_password_variable_is_refused(tmp_path: Path) -> None:
    result = generate(*QUICK, "--out", tmp_path / "out", TERPSEED_ADMIN_PASSWORD="")
    assert result.exit_code == ExitCode.USAGE
    assert "set but empty" in result.stderr


@pytest.mark.parametrize("address", ["nobody", "a b@c.example", "x" * 60 + "@long.example"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    result = generate(*QUICK, "--out", tmp_path / "out", "--admin-email", address)
    assert result.exit_code == ExitCode.USAGE
    assert "cannot be the administrator's" in result.stderr


def test_the_address_of_another_user_is_refused(light: run.GenerateResult, tmp_path: Path) -> None:
    other = users_of(light)["email"][1]
    result = generate(*QUICK, "--out", tmp_path / "out", "--admin-email", other.upper())
    assert result.exit_code == ExitCode.USAGE
    assert "another user" in result.stderr
    assert list(tmp_path.iterdir()) == []


# -- bad input


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        (["--scenario", "lite"], ExitCode.SCENARIO_OR_SCHEMA, "'lite' is not known"),
        (["--set", "sales.ordrs=1"], ExitCode.SCENARIO_OR_SCHEMA, "did you mean 'sales.orders'?"),
        (["--schema", "2026-06"], ExitCode.SCENARIO_OR_SCHEMA, "2026-05"),
        (["--schema", "none.sql"], ExitCode.SCENARIO_OR_SCHEMA, "cannot be read"),
        (["--set", "period.end=2024-01-05"], ExitCode.SCENARIO_OR_SCHEMA, "cannot hold"),
        (["--as-of", "31.12.2024"], ExitCode.USAGE, "YYYY-MM-DD"),
        (["--format", "xml"], ExitCode.USAGE, "parquet"),
        (["--seed", "-1"], ExitCode.SCENARIO_OR_SCHEMA, "seed = -1"),
        (["--scenario", "full", "--orders", "3"], ExitCode.SCENARIO_OR_SCHEMA, "more orders"),
    ],
)
def test_bad_input_is_named(
    tmp_path: Path, options: list[str], code: ExitCode, expected: str
) -> None:
    result = generate(*QUICK, "--out", tmp_path / "out", *options)
    assert result.exit_code == code
    assert expected in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_else_is_refused_even_with_force(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear", encoding="utf-8")
    for options in ([], ["--force"]):
        result = generate(*QUICK, "--out", tmp_path, *options)
        assert result.exit_code == ExitCode.STATE_DIFFERS
        assert "something else than a dataset" in result.stderr
    assert files(tmp_path) == {"letters.txt": b"dear"}


def test_an_older_dataset_is_replaced_only_with_force(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert generate(*QUICK, "--out", out).exit_code == 0
    before = files(out)
    refused = generate(*QUICK, "--out", out, "--seed", "2")
    assert refused.exit_code == ExitCode.STATE_DIFFERS
    assert "--force" in refused.stderr
    assert files(out) == before
    assert generate(*QUICK, "--out", out, "--seed", "2", "--force").exit_code == 0
    assert open_dataset(out).manifest.seed == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_disk_that_refuses_is_one_clear_error(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        result = generate(*QUICK, "--out", tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert result.exit_code == ExitCode.STATE_DIFFERS
    assert "larger than is allowed" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("scenario", ["light", "full"])
def test_a_stop_at_any_stage_leaves_nothing(
    tmp_path: Path, stop: signal.Signals, scenario: str
) -> None:
    """Before the place is claimed, while the business is simulated, and while it is written."""
    for files_seen in (None, 0, 40):
        process = started("--scenario", scenario, "--out", tmp_path / "out")
        maps = Path(f"/proc/{process.pid}/maps")
        while process.poll() is None:
            found = [len(list(f.iterdir())) for f in tmp_path.glob(".out.partial-*")]
            if files_seen is None and "polars" in maps.read_text(encoding="utf-8"):
                break
            if files_seen is not None and found and found[0] >= files_seen:
                break
            time.sleep(0.005)
        process.send_signal(stop)
        _, errors = process.communicate(timeout=120)
        if process.returncode == 0 and files_seen == 40:
            continue  # it was quicker than we
        assert "Traceback" not in errors
        assert process.returncode in {ExitCode.INTERRUPTED, 128 + stop, -stop}, errors
        assert list(tmp_path.iterdir()) == []
