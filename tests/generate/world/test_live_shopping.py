"""Live sessions: who sold what to whom, at a price that both agreed on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.fit import fit
from terpseed.catalog import shipped
from terpseed.json_types import json_column, misfits

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

TABLES = ("liveShoppingSessions", "sessionCartItems", "sessionPriceOverrides")


def carts(world: World) -> pl.DataFrame:
    return world["sessionCartItems"].join(
        world["liveShoppingSessions"], left_on="sessionId", right_on="id", suffix="_of"
    )


def test_every_value_has_its_place(world: World) -> None:
    fitted = fit(world.tables, shipped("2026-05"), world.clock.opening)
    for table in TABLES:
        assert fitted[table].height > 0, table


def test_sessions_are_where_their_moments_say(world: World) -> None:
    rows = world["liveShoppingSessions"]
    status, now = pl.col("status"), world.now
    begun = status.is_in(["ACTIVE", "PAUSED", "ENDED", "CONVERTED"])
    over = status.is_in(["ENDED", "CONVERTED"])
    assert rows.filter(pl.col("startedAt").is_not_null() != begun).is_empty()
    assert rows.filter(pl.col("expiresAt").is_not_null() != begun).is_empty()
    assert rows.filter(pl.col("endedAt").is_not_null() != over).is_empty()
    assert rows.filter((status == "SCHEDULED") & (pl.col("scheduledAt") <= now)).is_empty()
    assert rows.filter((status != "SCHEDULED") & (pl.col("scheduledAt") > now)).is_empty()
    assert rows.filter(pl.col("startedAt") >= pl.col("endedAt")).is_empty()
    assert rows.filter(pl.col("endedAt") > pl.col("expiresAt")).is_empty()
    assert rows.filter(
        pl.col("createdAt") > pl.min_horizontal("startedAt", "scheduledAt")
    ).is_empty()
    for moment in ("startedAt", "endedAt", "createdAt", "updatedAt", "lastActivityAt"):
        assert rows.filter(pl.col(moment) > now).is_empty()
    assert set(rows["status"]) == {
        "SCHEDULED", "ACTIVE", "PAUSED", "ENDED", "CONVERTED", "CANCELLED",
    }  # fmt: skip


def test_one_session_runs_now_and_is_the_administrators(world: World) -> None:
    active = world["liveShoppingSessions"].filter(pl.col("status") == "ACTIVE")
    assert active["hostUserId"].to_list() == [world.admin]
    assert active.filter(pl.col("expiresAt") <= world.now + timedelta(hours=1)).is_empty()
    assert not world["liveShoppingSessions"]["roomCode"].is_duplicated().any()


def test_what_a_converted_session_sold_is_an_order_of_its_client(world: World) -> None:
    sessions = world["liveShoppingSessions"].filter(pl.col("status") == "CONVERTED")
    orders = sessions.join(
        world["orders"].select("client_id", "created_at", "order_number", order_id="id"),
        left_on=["clientId", "endedAt"],
        right_on=["client_id", "created_at"],
    )
    assert orders.height == sessions.height > 0
    named = pl.col("internalNotes").str.contains(pl.col("order_number"), literal=True)
    assert orders.filter(~named).is_empty()
    sold = (
        world["sessionCartItems"]
        .filter((pl.col("itemStatus") == "TO_PURCHASE") & pl.col("deleted_at").is_null())
        .join(orders.select("order_id", sessionId="id"), on="sessionId")
        .select("order_id", "batchId", pl.col("quantity", "unitPrice").cast(pl.Float64))
    )
    lines = (
        world["order_line_items"]
        .filter(pl.col("order_id").is_in(orders["order_id"].implode()))
        .select(
            "order_id",
            batchId="batch_id",
            quantity=pl.col("quantity").cast(pl.Float64),
            unitPrice=pl.col("unit_price").cast(pl.Float64),
        )
    )
    keys = ["order_id", "batchId", "quantity"]
    assert sold.sort(keys).equals(lines.sort(keys))


def test_a_session_names_the_sheet_that_it_followed_through_the_sheet(
    worlds: Callable[[str], World],
) -> None:
    world = worlds("full")
    sheets = world["sales_sheet_history"].filter(pl.col("converted_to_session_id").is_not_null())
    assert sheets.height >= 1
    both = sheets.join(
        world["liveShoppingSessions"].with_columns(text=pl.col("id").cast(pl.String)),
        left_on="converted_to_session_id",
        right_on="text",
    )
    assert both.height == sheets.height
    assert both.filter(
        (pl.col("client_id") != pl.col("clientId")) | (pl.col("created_at") > pl.col("createdAt"))
    ).is_empty()
    assert sheets["converted_to_order_id"].null_count() == sheets.height


def test_carts_hold_goods_that_were_there(world: World) -> None:
    items = carts(world).join(
        world["batches"].select("productId", batchId="id", came="createdAt"),
        on="batchId",
        suffix="_batch",
    )
    assert items.height == world["sessionCartItems"].height
    assert items.filter(pl.col("productId") != pl.col("productId_batch")).is_empty()
    assert items.filter(pl.col("came") > pl.col("createdAt")).is_empty()
    inside = pl.col("createdAt").is_between(
        pl.coalesce("startedAt", "createdAt_of"), pl.coalesce("endedAt", pl.lit(world.now))
    )
    assert items.filter(~inside).is_empty()
    assert items.filter(pl.col("status") == "CANCELLED").is_empty()
    assert items.filter(pl.col("isSample") != (pl.col("itemStatus") == "SAMPLE_REQUEST")).is_empty()
    assert not items.select("sessionId", "batchId").is_duplicated().any()


def test_ended_sessions_led_to_the_samples_in_their_cart(world: World) -> None:
    ended = carts(world).filter((pl.col("status") == "ENDED") & pl.col("isSample"))
    requests = world["sampleRequests"].select("clientId", "products", asked="requestDate")
    met = ended.join(requests, on="clientId").filter(
        pl.col("asked").is_between("startedAt", "endedAt")
        & pl.col("products").str.contains(pl.format('"productId": {}[,}}]', "productId"))
    )
    assert set(met["id"]) == set(ended["id"])


def test_negotiations_say_what_their_status_says(world: World) -> None:
    typed = json_column("sessionCartItems", "negotiationData")
    assert typed is not None
    form = typed.form()
    assert form is not None
    rows = world["sessionCartItems"]
    talked = pl.col("negotiationStatus").is_not_null()
    assert rows.filter(talked != pl.col("negotiationData").is_not_null()).is_empty()
    for row in rows.filter(talked).iter_rows(named=True):
        said = json.loads(row["negotiationData"])
        assert list(misfits(form, said)) == []
        assert said["status"] == row["negotiationStatus"]
        assert said["proposedPrice"] <= said["originalPrice"]
        if said["status"] == "ACCEPTED":
            assert said["finalPrice"] == float(row["unitPrice"])
        if said["status"] == "COUNTER_OFFERED":
            assert said["proposedPrice"] <= said["counterPrice"] <= said["originalPrice"]


def test_prices_of_a_room_are_the_prices_in_its_cart(world: World) -> None:
    rooms = world["sessionPriceOverrides"]
    met = rooms.join(world["sessionCartItems"], on=["sessionId", "productId"]).filter(
        pl.col("overridePrice") == pl.col("unitPrice")
    )
    assert set(met["id"]) == set(rooms["id"])
    assert rooms.group_by("sessionId").len().filter(pl.col("len") > 2).is_empty()


def test_every_label_is_used_and_every_column_earns_its_place(
    worlds: Callable[[str], World],
) -> None:
    world, catalog = worlds("full"), shipped("2026-05")
    for table in TABLES:
        for column in world[table].columns:
            values = world[table][column]
            assert values.n_unique() > 1, f"{table}.{column}"
            labels = set(catalog[table][column].type.labels)
            assert labels <= set(values.drop_nulls()) if labels else True, f"{table}.{column}"
