"""The filler: valid, plausible rows for every table, whatever the schema and whoever else fills."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from generate.fill import fill
from terpseed.catalog import (
    Catalog,
    Column,
    ColumnType,
    ForeignKey,
    Reference,
    StateMachine,
    Table,
    shipped,
)
from terpseed.errors import SchemaError
from terpseed.json_types import json_columns
from tests.generate.json_reading import column_misfits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OPENING, NOW = datetime(2024, 1, 1, 8), datetime(2025, 10, 31, 12)  # noqa: DTZ001 - naive
AHEAD = (
    "expir", "until", "due", "next", "scheduled", "deadline", "needed", "expected", "estimated",
)  # fmt: skip
VERSIONS = ("2025-11", "2026-05")


def filled(
    catalog: Catalog, frames: Mapping[str, pl.DataFrame] | None = None, seed: int = 1
) -> Any:
    return fill(frames or {}, catalog, seed=seed, opening=OPENING, now=NOW)


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> tuple[Catalog, dict[str, pl.DataFrame]]:
    catalog = shipped(request.param)
    return catalog, filled(catalog)


def test_every_table_gets_valid_rows_from_nothing(
    version: tuple[Catalog, dict[str, pl.DataFrame]],
    find_problems: Callable[[Mapping[str, pl.DataFrame], Catalog], list[str]],
) -> None:
    catalog, frames = version
    assert list(frames) == list(catalog.tables)
    assert find_problems(frames, catalog) == []


def test_json_columns_of_terp_hold_what_they_are_for(
    version: tuple[Catalog, dict[str, pl.DataFrame]],
) -> None:
    catalog, frames = version
    wrong = [
        f"{table}.{column}: {misfit}"
        for table, column in json_columns()
        if table in frames and column in frames[table]
        for misfit in column_misfits(table, column, frames[table], catalog)
    ]
    assert wrong == []


def test_the_same_seed_gives_the_same_rows_and_another_one_others(
    version: tuple[Catalog, dict[str, pl.DataFrame]],
) -> None:
    catalog, frames = version
    again, other = filled(catalog), filled(catalog, seed=2)
    assert all(frame.equals(again[name]) for name, frame in frames.items())
    changed = sum(not frame.equals(other[name]) for name, frame in frames.items())
    assert changed > 0.9 * len(frames)


def test_a_table_stays_as_it_is_when_others_are_told(
    version: tuple[Catalog, dict[str, pl.DataFrame]],
) -> None:
    catalog, frames = version
    told = {name: frames[name] for name in ("users", "clients", "orders")}
    again = filled(catalog, told)
    assert all(again[name] is told[name] for name in told)
    assert again["roles"].equals(frames["roles"])


def test_time_runs_forward(version: tuple[Catalog, dict[str, pl.DataFrame]]) -> None:
    catalog, frames = version
    checked = 0
    for name, frame in frames.items():
        made = next((n for n in ("createdAt", "created_at") if n in frame.columns), None)
        for column in catalog[name].columns:
            if column.type.base not in {"timestamp", "date"}:
                continue
            moments = frame[column.name].drop_nulls().cast(pl.Datetime("us"))
            if not any(word in column.name.lower() for word in AHEAD):
                assert (moments <= NOW).all(), f"{name}.{column.name} lies in the future"
            if made and column.name in {"updatedAt", "updated_at"}:
                assert (frame[column.name] >= frame[made]).all(), name
                checked += 1
    assert checked > 50


def test_children_are_made_after_their_parents(
    version: tuple[Catalog, dict[str, pl.DataFrame]],
) -> None:
    _, frames = version
    for child, key, parent in (
        ("comment_mentions", "comment_id", "comments"),
        ("todo_tasks", "list_id", "todo_lists"),
        ("calendar_reminders", "event_id", "calendar_events"),
    ):
        joined = frames[child].join(
            frames[parent].select(pl.col("id"), pl.col("created_at").alias("before")),
            left_on=key,
            right_on="id",
        )
        assert joined.height == frames[child].height
        assert (joined["created_at"] >= joined["before"]).all()


def test_states_are_legal_and_imply_their_columns() -> None:
    catalog = shipped("2026-05")
    frames = filled(catalog)
    for machine in catalog.states:
        values = frames[machine.table][machine.column]
        if values.dtype.is_integer():
            continue
        legal = machine.initial | machine.terminal | {s for step in machine.steps for s in step}
        assert set(values.drop_nulls().cast(pl.String)) <= legal, machine.table
    requests = frames["time_off_requests"]
    assert set(requests["status"]) == {"pending", "approved", "rejected"}
    for table, state, column, when in (
        ("todo_tasks", "is_completed", "completed_at", ["true"]),
        ("comments", "is_resolved", "resolved_at", ["true"]),
        ("invoice_disputes", "dispute_status", "resolved_at", ["RESOLVED"]),
        ("inbox_items", "status", "completed_at", ["completed"]),
        ("couch_tax_payouts", "status", "paid_at", ["PAID"]),
    ):
        frame = frames[table]
        happened = frame[state].cast(pl.String).is_in(when)
        assert (frame[column].is_not_null() == happened).all(), f"{table}.{column}"
        assert happened.any(), f"{table}.{state}"


def test_totals_add_up() -> None:
    frames = filled(shipped("2026-05"))
    lines = frames["service_invoice_line_items"]
    product = (lines["quantity"] * lines["unit_price"]).cast(pl.Decimal(15, 2))
    assert (lines["line_total"] == product).all()
    invoices = frames["service_invoices"]
    assert (invoices["amount_due"] == invoices["total_amount"] - invoices["amount_paid"]).all()
    assert (invoices.filter(pl.col("status") == "PAID")["amount_due"] == 0).all()
    zones = frames["storage_zones"].drop_nulls(["min_temp", "max_temp"])
    assert (zones["min_temp"] <= zones["max_temp"]).all()


INT, AUTO = ColumnType.parse("int"), Column("id", ColumnType.parse("int"), False, None, True)


def column(name: str, text: str, *, null: bool = False, default: str | None = None) -> Column:
    return Column(name, ColumnType.parse(text), null, default)


def catalog_of(*tables: Table, references: tuple[Reference, ...] = (), **more: Any) -> Catalog:
    return Catalog(
        "strange", {t.name: t for t in sorted(tables, key=lambda t: t.name)}, references, **more
    )


def strange() -> Catalog:
    """A schema that no version has: cycles, composite keys, narrow texts, roads that end."""
    return catalog_of(
        Table(
            "hens",
            (
                AUTO,
                column("egg_id", "int"),
                column("coop", "char(1)"),
                column("ring", "varchar(3)"),
            ),
            ("id",),
            unique=(("ring",), ("coop", "egg_id")),
            foreign_keys=(ForeignKey(("egg_id",), "eggs", ("id",)),),
        ),
        Table(
            "eggs",
            (
                AUTO,
                column("hen_id", "int"),
                column("kind", "enum('HEN','EGG','NONE')"),
                column("kin_id", "int", null=True),
                column("weight", "decimal(3,1)"),
                column("laidOn", "date"),
                column("extra", "json", null=True),
            ),
            ("id",),
            foreign_keys=(ForeignKey(("hen_id",), "hens", ("id",)),),
        ),
        Table(
            "nests",
            (column("hen_id", "int"), column("egg_id", "int"), column("since", "datetime(3)")),
            ("hen_id", "egg_id"),
            foreign_keys=(
                ForeignKey(("hen_id",), "hens", ("id",)),
                ForeignKey(("egg_id",), "eggs", ("id",)),
            ),
        ),
        Table(
            "visits",
            (AUTO, column("hen_id", "int"), column("egg_id", "int"), column("rank", "smallint")),
            ("id",),
            unique=(("hen_id", "egg_id", "rank"),),
            foreign_keys=(ForeignKey(("hen_id", "egg_id"), "nests", ("hen_id", "egg_id")),),
        ),
        Table("farm_settings", (AUTO, column("open", "tinyint(1)", default="1")), ("id",)),
        Table(
            "only_flags",
            (AUTO, column("on_flag", "tinyint(1)"), column("mode", "enum('a','b')")),
            ("id",),
            unique=(("on_flag", "mode"),),
        ),
        references=(
            Reference("eggs", "kin_id", "hens", "id", when=("kind", ("HEN",))),
            Reference("eggs", "kin_id", "eggs", "id", when=("kind", ("EGG",))),
            Reference("eggs", "kin_id", "", "", kind="null", when=("kind", ("NONE",))),
            Reference("eggs", "extra", "hens", "id", kind="json", json_path="$.seen[*].henId"),
        ),
        states=(
            StateMachine("eggs", "kind", frozenset({"NONE"}), frozenset(), frozenset({"EGG"})),
        ),
    )


def test_a_schema_never_seen_is_filled_too(
    find_problems: Callable[[Mapping[str, pl.DataFrame], Catalog], list[str]],
) -> None:
    catalog = strange()
    frames = filled(catalog)
    assert find_problems(frames, catalog) == []
    assert frames["farm_settings"].height == 1
    assert frames["only_flags"].height == 4
    assert set(frames["eggs"]["kind"]) == {"HEN", "EGG", "NONE"}


def test_columns_that_nobody_knows_are_added_to_told_rows() -> None:
    catalog = strange()
    full = filled(catalog)
    told = {"hens": full["hens"].drop("coop"), "eggs": full["eggs"].drop("weight", "laidOn")}
    again = filled(catalog, told)
    assert again["hens"].drop("coop").equals(told["hens"])
    assert again["hens"].columns == full["hens"].columns
    assert again["eggs"]["laidOn"].null_count() == 0
    assert (again["eggs"]["weight"] > 0).all()


def test_a_key_without_room_for_the_told_rows_is_an_error() -> None:
    table = Table("flags", (AUTO, column("is_on", "tinyint(1)")), ("id",), unique=(("is_on",),))
    told = {"flags": pl.DataFrame({"id": pl.Series([1, 2, 3], dtype=pl.Int32)})}
    with pytest.raises(SchemaError, match="room for 2 rows only"):
        filled(catalog_of(table), told)


def test_a_reference_that_nothing_can_satisfy_is_an_error() -> None:
    one = Table(
        "ones",
        (AUTO, column("code", "varchar(9)"), column("of_two", "varchar(9)")),
        ("id",),
        foreign_keys=(ForeignKey(("of_two",), "twos", ("code",)),),
    )
    two = Table(
        "twos",
        (AUTO, column("code", "varchar(9)"), column("of_one", "varchar(9)")),
        ("id",),
        foreign_keys=(ForeignKey(("of_one",), "ones", ("code",)),),
    )
    with pytest.raises(SchemaError, match="cannot be filled"):
        filled(catalog_of(one, two))
