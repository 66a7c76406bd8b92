"""Fitting: the newest business in an older schema, and no value that is lost without a word."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fill import fill
from generate.fit import fit
from terpseed.catalog import Catalog, Column, ColumnType, shipped
from terpseed.dataset import frame_schema
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OPENING, NOW = datetime(2024, 1, 1, 8), datetime(2025, 10, 31, 12)  # noqa: DTZ001 - naive
OLD, NEW = shipped("2025-11"), shipped("2026-05")


def loosened(values: pl.Series) -> pl.Series:
    """Return values as domains make them: naive, wide, labels as text."""
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.replace_time_zone(None)
    if isinstance(values.dtype, pl.Enum):
        return values.cast(pl.String)
    if isinstance(values.dtype, pl.Decimal):
        return values.cast(pl.Decimal(38, values.dtype.scale))
    return values.cast(pl.Int64) if values.dtype.is_integer() else values


@pytest.fixture(scope="module")
def world() -> dict[str, pl.DataFrame]:
    """Rows of every table of the newest version, as a world would tell them."""
    frames = fill({}, NEW, seed=5, opening=OPENING, now=NOW)
    told = {n: pl.DataFrame([loosened(c) for c in frame]) for n, frame in frames.items()}
    orders = told["purchaseOrders"]
    told["purchaseOrders"] = orders.with_columns(vendorId=pl.col("vendorId").fill_null(1))
    # older versions know returns only once they are processed
    told["returns"] = told["returns"].with_columns(status=pl.lit("PROCESSED"))
    # a world gives a seller the same id as vendor and as client; the filler does not
    told["payments"] = told["payments"].with_columns(vendorId=pl.lit(None, pl.Int64))
    return told


def fitted(world: Mapping[str, pl.DataFrame], catalog: Catalog = OLD) -> dict[str, pl.DataFrame]:
    return fit(world, catalog, OPENING)


@pytest.mark.parametrize("catalog", [OLD, NEW], ids=["2025-11", "2026-05"])
def test_every_table_gets_the_exact_columns_and_types(
    world: dict[str, pl.DataFrame],
    catalog: Catalog,
    find_problems: Callable[[Mapping[str, pl.DataFrame], Catalog], list[str]],
) -> None:
    frames = fitted(world, catalog)
    assert set(frames) == set(catalog.tables)
    for name, frame in frames.items():
        assert frame.schema == frame_schema(catalog[name]), name
    assert find_problems(frames, catalog) == []


def test_older_versions_get_older_words(world: dict[str, pl.DataFrame]) -> None:
    frames = fitted(world)
    new, old = world["orders"], frames["orders"]
    both = pl.DataFrame([new["fulfillmentStatus"].alias("new"), old["fulfillmentStatus"]])
    pairs = set(both.unique().iter_rows())
    assert {p for p in pairs if p[0] is not None} <= {
        ("DRAFT", "PENDING"),
        ("CONFIRMED", "PENDING"),
        ("READY_FOR_PACKING", "PENDING"),
        ("PACKED", "PACKED"),
        ("SHIPPED", "SHIPPED"),
        ("DELIVERED", "SHIPPED"),
        ("RETURNED", "SHIPPED"),
        ("RESTOCKED", "SHIPPED"),
        ("RETURNED_TO_VENDOR", "SHIPPED"),
        ("CANCELLED", "PENDING"),
    }
    assert ("CANCELLED", "PENDING") in pairs
    unsent = new["quoteStatus"] == "UNSENT"
    assert set(old.filter(unsent)["quoteStatus"]) == {"DRAFT"}
    samples = frames["sampleRequests"]["sampleRequestStatus"]
    assert set(samples) <= {"PENDING", "FULFILLED", "CANCELLED"}


def test_steps_that_an_older_version_cannot_tell_are_left_out() -> None:
    steps = "DRAFT READY_FOR_PACKING PACKED SHIPPED DELIVERED CONFIRMED CANCELLED"
    history = pl.DataFrame(
        {
            "id": range(1, 8),
            "order_id": [1, 1, 1, 1, 1, 2, 2],
            "fulfillmentStatus": steps.split(),
            "changed_by": [1] * 7,
            "changed_at": [datetime(2024, 2, day) for day in range(1, 8)],  # noqa: DTZ001 - naive
        }
    )
    old = fitted({"order_status_history": history})["order_status_history"]
    assert old["fulfillmentStatus"].to_list() == ["PENDING", "PACKED", "SHIPPED", "PENDING"]
    assert old["id"].to_list() == [1, 3, 4, 6]
    assert fitted({"order_status_history": history}, NEW)["order_status_history"].height == 7


def test_raised_costs_are_no_adjustment_where_they_have_no_name(
    world: dict[str, pl.DataFrame],
) -> None:
    kinds = ["PERCENTAGE_DECREASE", "FIXED_INCREASE", "NONE", None]
    clients = world["clients"].head(4)
    clients = clients.with_columns(
        cogsAdjustmentType=pl.Series(kinds),
        cogs_adjustment_value=pl.Series([Decimal("2.5")] * 4).cast(pl.Decimal(38, 4)),
    )
    old = fitted({"clients": clients})["clients"]
    assert old["cogsAdjustmentType"].to_list() == ["PERCENTAGE", "NONE", "NONE", None]
    assert old["cogs_adjustment_value"].to_list() == [
        Decimal("2.5"), Decimal(0), Decimal("2.5"), Decimal("2.5"),
    ]  # fmt: skip


def test_some_photographed_batches_wait_in_a_state_of_their_own(
    world: dict[str, pl.DataFrame],
) -> None:
    batches = pl.concat([world["batches"].head(6)]).with_columns(
        batchStatus=pl.Series(["LIVE", "LIVE", "LIVE", "LIVE", "LIVE", "SOLD_OUT"]),
        isPhotographyComplete=pl.Series([True, True, True, True, False, True]),
        id=pl.Series([1, 2, 3, 4, 6, 9]),
    )
    old = fitted({"batches": batches})["batches"]
    assert old["batchStatus"].to_list() == [
        "LIVE", "LIVE", "PHOTOGRAPHY_COMPLETE", "LIVE", "LIVE", "SOLD_OUT",
    ]  # fmt: skip


def test_numbers_that_were_text_are_plain(world: dict[str, pl.DataFrame]) -> None:
    quantities = ["12.5000", "100.0000", "0.1250", "1.2345", "-3.0500", "0.0000"]
    given = pl.Series([Decimal(text) for text in quantities]).cast(pl.Decimal(38, 4))
    batches = world["batches"].head(6).with_columns(onHandQty=given)
    old = fitted({"batches": batches})["batches"]
    assert old["onHandQty"].to_list() == ["12.50", "100.00", "0.125", "1.2345", "-3.05", "0.00"]


def test_columns_that_only_older_versions_have_follow_from_others(
    world: dict[str, pl.DataFrame],
) -> None:
    frames = fitted(world)
    given = world["user_roles"]["assigned_at"]
    assert (frames["user_roles"]["created_at"].dt.replace_time_zone(None) == given).all()
    granted = world["user_permission_overrides"]["granted_at"]
    overrides = frames["user_permission_overrides"]
    assert (overrides["created_at"].dt.replace_time_zone(None) == granted).all()
    portal = world["vip_portal_configurations"]
    told = portal.with_columns(
        features_config=pl.when(pl.col("id") == 1)
        .then(pl.lit('{"leaderboard": {"enabled": true}}'))
        .when(pl.col("id") == 2)
        .then(pl.lit('{"leaderboard": {"enabled": false}}'))
    )
    old = fitted({"vip_portal_configurations": told})["vip_portal_configurations"]
    assert old["module_leaderboard_enabled"].to_list()[:3] == [True, False, False]
    assert set(old["leaderboard_type"]) == {"ytd_spend"}


def test_whoever_is_required_in_older_versions_has_a_stand_in(
    world: dict[str, pl.DataFrame],
) -> None:
    orders = world["purchaseOrders"].with_columns(
        supplier_client_id=pl.lit(3, pl.Int64), vendorId=pl.lit(None, pl.Int64)
    )
    needs = world["client_needs"].with_columns(created_by=pl.lit(None, pl.Int64))
    old = fitted({"purchaseOrders": orders, "client_needs": needs})
    assert set(old["purchaseOrders"]["vendorId"]) == {3}
    assert set(old["client_needs"]["created_by"]) == {1}


def test_what_is_left_out_gets_the_schemas_default_and_never_the_wall_clock() -> None:
    told = pl.DataFrame({"code": ["A", "B"], "name": ["a", "b"], "sort_order": [None, 4]})
    grades = fitted({"product_grades": told}, NEW)["product_grades"]
    assert grades["id"].to_list() == [1, 2]
    assert grades["sort_order"].to_list() == [0, 4]
    assert grades["pricing_multiplier"].to_list() == [Decimal(1), Decimal(1)]
    assert grades["description"].null_count() == 2
    assert set(grades["created_at"].dt.replace_time_zone(None)) == {OPENING}
    history = pl.DataFrame(
        {
            "order_id": [7],
            "changed_by": [1],
            "changed_at": [datetime(2024, 5, 6, 7, 8, 9, 500_000)],  # noqa: DTZ001 - naive
        }
    )
    row = fitted({"order_status_history": history}, NEW)["order_status_history"]
    assert row["changed_at"].dt.replace_time_zone(None)[0] == datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001
    tasks = pl.DataFrame(
        {
            "list_id": [1],
            "title": ["Count"],
            "created_by": [1],
            "created_at": [datetime(2024, 3, 1)],  # noqa: DTZ001 - naive
            "completed_at": [datetime(2024, 3, 5)],  # noqa: DTZ001 - naive
        }
    )
    task = fitted({"todo_tasks": tasks}, NEW)["todo_tasks"]
    assert task["updated_at"].dt.date()[0] == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("table", "change", "expected"),
    [
        ("orderz", {}, "a table 'orderz' that no schema version has"),
        ("grades", {"nme": pl.lit("A")}, "a column grades.nme that no schema version has"),
        ("todo_tasks", {"status": pl.lit("later")}, "todo_tasks.status has no place in enum"),
        ("todo_tasks", {"due_date": pl.lit("soon")}, "todo_tasks.due_date as String"),
        ("todo_tasks", {"position": pl.lit(1.5)}, "todo_tasks.position as Float64"),
        ("todo_tasks", {"list_id": pl.lit(2**40)}, "todo_tasks.list_id has no place in int"),
        ("todo_tasks", {"title": pl.lit(None, pl.String)}, "todo_tasks.title empty"),
        (
            "billLineItems",
            {"quantity": pl.lit(Decimal("1.2345"))},
            "billLineItems.quantity = 1.2345 has more places",
        ),
    ],
)
def test_what_has_no_place_is_named(
    world: dict[str, pl.DataFrame], table: str, change: dict[str, pl.Expr], expected: str
) -> None:
    frame = world.get(table, world["grades"]).with_columns(**change)
    with pytest.raises(SchemaError) as caught:
        fitted({table: frame}, NEW)
    assert expected in str(caught.value)


def test_a_bad_value_is_quoted_with_the_near_name_of_a_bad_column(
    world: dict[str, pl.DataFrame],
) -> None:
    tasks = world["todo_tasks"].with_columns(status=pl.lit("later"))
    with pytest.raises(SchemaError, match="'later'"):
        fitted({"todo_tasks": tasks}, NEW)
    grades = world["grades"].with_columns(descripton=pl.lit("x"))
    with pytest.raises(SchemaError, match="did you mean 'description'"):
        fitted({"grades": grades}, NEW)


def test_a_required_column_that_the_world_does_not_tell_is_an_error(
    world: dict[str, pl.DataFrame],
) -> None:
    with pytest.raises(SchemaError, match=r"does not tell todo_tasks\.title, which is required"):
        fitted({"todo_tasks": world["todo_tasks"].drop("title")}, NEW)


def test_a_required_column_of_no_shipped_version_is_left_for_the_filler(
    world: dict[str, pl.DataFrame],
) -> None:
    table = NEW["grades"]
    extra = Column("mood", ColumnType.parse("varchar(20)"), nullable=False)
    newer = type(table)(table.name, (*table.columns, extra), table.primary_key, table.unique)
    catalog = Catalog("2027-01", {"grades": newer})
    frames = fitted({"grades": world["grades"], "orders": world["orders"]}, catalog)
    assert list(frames) == ["grades"]
    assert frames["grades"].columns == list(table.column_names)
    whole = fill(frames, catalog, seed=1, opening=OPENING, now=NOW)["grades"]
    assert whole.drop("mood").equals(frames["grades"])
    assert whole["mood"].null_count() == 0
