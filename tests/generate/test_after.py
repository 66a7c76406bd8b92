"""Markets for a database in use: new keys above its own, its people and words, the same rules."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

import load
from generate import run
from generate._login import set_logins
from generate.fit import fit
from generate.scenario import load_scenario
from generate.world import Keys, World, build
from generate.world._keys import ID_STEP, TIED
from generate.world._shared import BOARDS, OF_THE_COMPANY, ONCE
from terpseed.catalog import shipped
from terpseed.catalog.ddl import create_database_sql
from terpseed.cli import main
from terpseed.connection import Target
from terpseed.dataset import DatasetWriter, open_dataset
from terpseed.errors import ExitCode
from terpseed.snapshot import snapshot
from tests.conftest import execute
from validate import validate
from validate.facts import Frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terpseed.dataset import Dataset
    from validate.result import ValidationResult

AS_OF = date(2024, 1, 27)
HASH = "$2b$10$" + "x" * 53
VERSIONS = {"mariadb": "2026-05", "mysql": "2025-11"}


@cache
def company(version: str) -> dict[str, pl.DataFrame]:
    """Return the tables of a company that has other people, and whose keys begin anywhere."""
    tables = sorted(shipped().tables)
    drawn = np.random.default_rng(5).integers(0, 5_000, len(tables))
    base = dict(zip(tables, drawn.tolist(), strict=True))
    base |= {table: base[other] for table, other in TIED.items()}
    world = build(load_scenario("light", seed=777), keys=Keys(ids=base))
    first = pl.col("created_by").fill_null(world.admin)
    for table in ("client_needs", "vendor_supply"):
        world.tables[table] = world[table].with_columns(first)
    frames = fit(world.tables, shipped(version), world.clock.opening)
    set_logins(frames, shipped(version), None, HASH)
    return frames


def findings(result: ValidationResult) -> Counter[str]:
    """Return the number of breaking rows by rule."""
    return Counter({entry.rule.id: entry.count for entry in result.failed})


@dataclass(frozen=True, slots=True)
class Used:
    """A database in use, and what the rules say of it."""

    target: Target
    version: str
    before: Counter[str]


@pytest.fixture(scope="module")
def used(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Used]:
    server = Target.parse(server_url)
    kind = "mariadb" if "Maria" in str(execute(server, "SELECT VERSION()")[0][0]) else "mysql"
    version = VERSIONS[kind]
    name = f"terpseed_test_{secrets.token_hex(4)}"
    execute(server, f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    target = server.with_database(name)
    execute(target, *create_database_sql(shipped(version)))
    frames, out = company(version), tmp_path_factory.mktemp("company") / "out"
    with DatasetWriter(
        out, shipped(version), format="parquet", scenario={}, seed=777, as_of=AS_OF
    ) as writer:
        for table, frame in frames.items():
            writer.write(table, frame)
        writer.commit()
    load.load(load.plan(open_dataset(out, verify=False), target))
    before = validate(Frames(shipped(version), frames, AS_OF))
    yield Used(target, version, findings(before))
    execute(server, f"DROP DATABASE `{name}`")


@pytest.fixture(scope="module")
def more(used: Used, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A market that goes on from the database."""
    out = tmp_path_factory.mktemp("more") / "out"
    run.generate(run.plan("light", out=out, after=used.target))
    return open_dataset(out)


def test_a_market_for_a_database_is_appended_and_breaks_no_rule(
    used: Used, more: Dataset, tmp_path: Path
) -> None:
    assert not findings(validate(more))
    loaded = load.load(load.plan(more, used.target, mode="append"))
    assert loaded.rows > 4_000
    out = tmp_path / "union"
    snapshot(used.target, out, as_of=AS_OF)
    union = open_dataset(out, verify=False)
    after = findings(validate(union))
    assert not after - used.before
    for table in ("orders", "ledgerEntries", "clients", "bankAccounts"):
        sent = more.manifest.tables[table].rows
        assert union.manifest.tables[table].rows == company(used.version)[table].height + sent


def test_what_identifies_rows_is_found_again(used: Used, more: Dataset) -> None:
    after = more.manifest.after
    assert after is not None
    assert (after.database, dict(after.reused)["roles"]) == (used.target.database, 10)
    theirs = company(used.version)
    for table, key in OF_THE_COMPANY.items():
        if table not in more.tables:
            continue
        known = theirs[table]
        rows = more.scan(table).collect()
        shared = rows.join(known.select(key), on=key, how="semi")
        wanted = known.join(rows.select(key), on=key, how="semi")
        assert shared.sort(key).equals(wanted.sort(key)), table
        assert after.reused.get(table, 0) == shared.height
    users = more.scan("users").collect()
    assert users.join(theirs["users"], on=["id", "openId", "name"], how="anti").is_empty()


def test_own_keys_begin_above_those_there(used: Used, more: Dataset) -> None:
    after = more.manifest.after
    assert after is not None
    theirs = company(used.version)
    for table, first in after.firsts.items():
        highest = int(theirs[table]["id"].max() or 0)  # type: ignore[arg-type]
        assert first > highest
        own = more.scan(table).filter(pl.col("id") > highest).collect()
        if own.height:
            assert own["id"].min() == first
            assert first > ID_STEP
    assert not set(more.tables) & (ONCE | BOARDS) - {"custom_finance_statuses"} & set(theirs)


def test_sequences_go_on(used: Used, more: Dataset) -> None:
    after = more.manifest.after
    assert after is not None
    theirs = dict(company(used.version)["sequences"].select("id", "currentValue").iter_rows())
    ours = dict(more.scan("sequences").select("id", "currentValue").collect().iter_rows())
    assert after.advances
    for cell in after.advances:
        key = cell.key["id"]
        assert (cell.table, cell.column) == ("sequences", "currentValue")
        assert cell.before == str(theirs[int(key)])
        assert cell.after == str(ours[int(key)])
        assert ours[int(key)] > theirs[int(key)]


def test_a_dataset_for_an_empty_database_is_the_plain_one(
    mariadb_url: str, light_path: Path, tmp_path: Path
) -> None:
    server = Target.parse(mariadb_url)
    name = f"terpseed_test_{secrets.token_hex(4)}"
    execute(server, f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    target = server.with_database(name)
    execute(target, *create_database_sql(shipped()))
    out = tmp_path / "out"
    words = ["generate", "--scenario", "light", "--out", str(out), "--after", target.url]
    made = CliRunner().invoke(main, words)
    execute(server, f"DROP DATABASE `{name}`")
    assert made.exit_code == ExitCode.GOOD, made.output
    ours, plain = open_dataset(out), open_dataset(light_path)
    assert ours.manifest.content_digest == plain.manifest.content_digest
    assert ours.manifest.after is not None
    assert not ours.manifest.after.reused


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--schema", "2025-11"), "the schema of the database"),
        (("--scale", "2"), "one market at a time"),
        (("--admin-email", "me@example.com"), "keeps the address"),
    ],
)
def test_what_a_database_decides_cannot_be_asked_for(options: tuple[str, ...], said: str) -> None:
    made = CliRunner().invoke(
        main, ["generate", "--after", "mysql://nobody@127.0.0.1:1/terp", *options]
    )
    assert made.exit_code == ExitCode.USAGE
    assert said in made.output


def joining(**found: pl.DataFrame) -> World:
    """Return a market that joins a company with these rows."""
    held = frozenset({*found, "clients"})
    ids = dict.fromkeys(shipped().tables, 100)
    return build(
        load_scenario("light"), keys=Keys(joins=True, ids=ids, label="9", found=found, held=held)
    )


def test_entries_lie_in_the_periods_that_are_there() -> None:
    quarters = pl.DataFrame(
        {
            "id": [7, 4],
            "periodName": ["Q4", "Q1"],
            "startDate": [date(2023, 10, 1), date(2024, 1, 1)],
            "endDate": [date(2023, 12, 31), date(2024, 3, 31)],
            "fiscalYear": [2023, 2024],
            "status": ["CLOSED", "OPEN"],
        }
    )
    world = joining(fiscalPeriods=quarters)
    assert world["ledgerEntries"]["fiscalPeriodId"].unique().to_list() == [4]
    periods = world["fiscalPeriods"].sort("startDate")
    gaps = (periods["startDate"].shift(-1) - periods["endDate"]).drop_nulls().dt.total_days()
    assert set(gaps) == {1}
    assert periods.filter(pl.col("id") <= 7)["endDate"].to_list() == [date(2024, 3, 31)]


def test_few_people_do_all_the_work() -> None:
    people = pl.DataFrame(
        {
            "id": [31, 12],
            "openId": ["boss@terp.test", "clerk@terp.test"],
            "name": ["Ada Boss", "Bo Clerk"],
            "email": ["boss@terp.test", "clerk@terp.test"],
            "loginMethod": ["x", "y"],
            "role": ["admin", "user"],
            "createdAt": [None, None],
            "updatedAt": [None, None],
            "lastSignedIn": [None, None],
        },
        schema_overrides=dict.fromkeys(
            ("createdAt", "updatedAt", "lastSignedIn"), pl.Datetime("us")
        ),
    )
    world = joining(users=people)
    assert world.admin == 31
    assert world["users"]["id"].to_list() == [31, 12]
    for table in shipped().tables.values():
        for key in table.foreign_keys:
            column = key.columns[0]
            if key.ref_table == "users" and table.name in world and column in world[table.name]:
                named = world[table.name][column].drop_nulls().unique()
                assert set(named) <= {31, 12}, (table.name, column)
