"""The trails of clients and the audit log agree with the rows that they tell of."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from generate.fit import fit
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

TABLES = ("client_communications", "client_activity", "clientTags", "auditLogs")
ENTITIES = {
    "Batch": "batches", "batch": "batches", "Vendor": "vendors", "vendor": "vendors",
    "Brand": "brands", "Product": "products", "Lot": "lots", "client": "clients",
    "vipAlert": "clients", "order": "orders", "invoice": "invoices", "payment": "payments",
    "credit": "credits", "transaction": "transactions", "ledger_entry": "ledgerEntries",
    "inventory_movement": "inventoryMovements", "user": "users",
    "ORDER_ITEM_BAG": "order_item_bags",
}  # fmt: skip
# What an entry about a new row says of it, where the row keeps it for ever.
SNAPSHOTS = {
    "Batch": (
        "batches",
        ("code", "sku", "productId", "lotId", "grade", "cogsMode", "paymentTerms"),
    ),
    "Product": ("products", ("nameCanonical", "category", "brandId")),
    "Lot": ("lots", ("code", "vendorId")),
    "order": ("orders", ("order_number", "orderType", "client_id", "total")),
    "invoice": ("invoices", ("invoiceNumber", "customerId", "totalAmount")),
    "payment": ("payments", ("paymentNumber", "paymentType", "amount", "paymentMethod")),
    "credit": ("credits", ("creditNumber", "clientId", "creditAmount", "creditReason")),
    "user": ("users", ("email", "name", "role")),
}


def none(frame: pl.DataFrame) -> bool:
    if frame.height:
        print(frame.head(5))  # noqa: T201 - shown only when the assertion fails
    return frame.height == 0


def entries(world: World, kind: str) -> pl.DataFrame:
    return world["client_activity"].filter(pl.col("activity_type") == kind)


def test_every_value_has_its_place_in_both_versions(world: World) -> None:
    for version in ("2026-05", "2025-11"):
        catalog = shipped(version)
        told = {name: world[name] for name in TABLES if name in catalog}
        fitted = fit(told, catalog, world.clock.opening)
        assert {name for name, frame in fitted.items() if frame.height} == set(told)


def test_each_invoice_and_payment_is_in_its_clients_trail(world: World) -> None:
    number = pl.col("metadata").str.json_path_match("$.invoiceNumber")
    told = entries(world, "TRANSACTION_ADDED").select("client_id", number=number)
    invoices = world["invoices"].select(client_id="customerId", number="invoiceNumber")
    assert sorted(told.rows()) == sorted(invoices.rows())
    number = pl.col("metadata").str.json_path_match("$.paymentNumber")
    told = entries(world, "PAYMENT_RECORDED").select("client_id", number=number)
    payments = world["payments"].select(
        client_id=pl.coalesce("customerId", "vendorId"), number="paymentNumber"
    )
    assert sorted(told.rows()) == sorted(payments.rows())


def test_amounts_in_the_trail_are_those_of_the_documents(world: World) -> None:
    amounts: dict[str, Any] = {
        **dict(world["invoices"].select("invoiceNumber", "totalAmount").iter_rows()),
        **dict(world["payments"].select("paymentNumber", "amount").iter_rows()),
    }
    told = pl.concat([entries(world, "TRANSACTION_ADDED"), entries(world, "PAYMENT_RECORDED")])
    for text in told["metadata"]:
        said = json.loads(text, parse_float=Decimal)
        number = said.get("invoiceNumber") or said["paymentNumber"]
        assert Decimal(said["amount"]) == amounts[number]


def test_notes_tags_and_changes_are_in_the_trail(world: World) -> None:
    clients, tags = world["clients"], world["clientTags"]
    assert sorted(entries(world, "CREATED")["client_id"]) == sorted(clients["id"])
    note = pl.col("metadata").str.json_path_match("$.noteId").cast(pl.Int64)
    noted = entries(world, "NOTE_ADDED").select("client_id", note_id=note)
    assert sorted(noted.rows()) == sorted(
        world["client_notes"].select("client_id", "note_id").rows()
    )
    assert entries(world, "TAG_ADDED").height == tags.height
    assert entries(world, "TAG_REMOVED").height == tags["deleted_at"].count() > 0
    changes = entries(world, "UPDATED").group_by("client_id").agg(pl.len())
    versions = clients.join(changes, left_on="id", right_on="client_id", how="left")
    assert none(versions.filter(pl.col("version") != 1 + pl.col("len").fill_null(0)))


def test_the_record_of_a_client_shows_the_last_change(world: World) -> None:
    clients = {row["id"]: row for row in world["clients"].iter_rows(named=True)}
    seen = 0
    for client, at, text in (
        entries(world, "UPDATED").select("client_id", "created_at", "metadata").iter_rows()
    ):
        said = json.loads(text)
        row = clients[client]
        assert str(row[said["field"]]) == said["after"] != said["before"]
        assert row["created_at"] <= at <= row["updated_at"]
        seen += 1
    assert seen > 10


def test_live_tags_are_those_of_the_clients_own_column(world: World) -> None:
    names = dict(world["tags"].select("id", "name").iter_rows())
    live = world["clientTags"].filter(pl.col("deleted_at").is_null())
    linked: dict[int, list[str]] = {}
    for client, tag in live.select("clientId", "tagId").iter_rows():
        linked.setdefault(client, []).append(names[tag])
    for client, tags in world["clients"].select("id", "tags").iter_rows():
        assert sorted(linked[client]) == sorted(json.loads(tags))


def test_trails_follow_time_and_the_clients_creation(world: World) -> None:
    born = world["clients"].select(client_id="id", born="created_at")
    for table, at in (
        ("client_activity", "created_at"),
        ("client_communications", "communicated_at"),
    ):
        frame = world[table].join(born, on="client_id", how="left")
        assert none(frame.filter(pl.col(at) < pl.col("born")))
        assert none(frame.filter(pl.col("created_at") > world.now))
        assert world[table]["created_at"].is_sorted()
    talk = world["client_communications"]
    assert none(talk.filter(pl.col("created_at") < pl.col("communicated_at")))
    assert set(talk["communicationType"]) == {"CALL", "EMAIL", "MEETING", "NOTE"}


def test_the_log_knows_every_kind_of_row_and_refers_to_rows_that_exist(
    worlds: Callable[[str], World],
) -> None:
    world = worlds("full")
    log = world["auditLogs"]
    assert set(log["entity"]) == set(ENTITIES)
    for entity, table in ENTITIES.items():
        told = log.filter(pl.col("entity") == entity)
        assert none(told.join(world[table], left_on="entityId", right_on="id", how="anti")), entity


def test_the_log_follows_time_under_ids_without_gaps(world: World) -> None:
    log = world["auditLogs"]
    assert log["createdAt"].is_sorted()
    assert log["id"].to_list() == list(range(1, log.height + 1))
    assert none(log.filter(pl.col("createdAt") > world.now))
    assert none(log.filter(pl.col("before").is_null() & pl.col("after").is_null()))


@pytest.mark.parametrize("entity", SNAPSHOTS)
def test_what_the_log_says_of_new_rows_is_what_they_are(world: World, entity: str) -> None:
    table, columns = SNAPSHOTS[entity]
    log = world["auditLogs"].filter((pl.col("entity") == entity) & (pl.col("action") == "CREATED"))
    rows = {row["id"]: row for row in world[table].iter_rows(named=True)}
    assert sorted(log["entityId"]) == sorted(rows)
    for key, text in log.select("entityId", "after").iter_rows():
        said = json.loads(text, parse_float=Decimal)
        for column in columns:
            value = rows[key][column]
            assert said[column] == (value if not isinstance(value, Decimal) else Decimal(value))


def test_the_status_of_a_batch_is_where_its_logged_path_ends(world: World) -> None:
    state = "$.batchStatus"
    path = world["auditLogs"].filter(pl.col("entity") == "Batch").select(
        "entityId",
        "createdAt",
        was=pl.col("before").str.json_path_match(state),
        became=pl.col("after").str.json_path_match(state),
    )  # fmt: skip
    previous = pl.col("became").shift(1).over("entityId")
    assert none(path.filter(pl.col("was").is_not_null() & (pl.col("was") != previous)))
    ends = path.group_by("entityId", maintain_order=True).agg(pl.col("became").last())
    batches = world["batches"].join(ends, left_on="id", right_on="entityId", how="left")
    assert none(batches.filter(pl.col("became") != pl.col("batchStatus")))
    states = shipped("2026-05").states
    machine = next(m for m in states if (m.table, m.column) == ("batches", "batchStatus"))
    taken = set(path.drop_nulls("was").select("was", "became").rows())
    assert taken <= machine.steps


def test_nothing_of_a_batch_is_sold_before_it_is_live(world: World) -> None:
    live = world["auditLogs"].filter(
        (pl.col("entity") == "Batch") & pl.col("after").str.contains('"batchStatus": "LIVE"')
    ).group_by(batchId="entityId").agg(live=pl.col("createdAt").min())  # fmt: skip
    sold = world["inventoryMovements"].filter(pl.col("inventoryMovementType") == "SALE")
    first = sold.group_by("batchId").agg(sold=pl.col("createdAt").min())
    joined = first.join(live, on="batchId", how="left")
    assert none(joined.filter(pl.col("live").is_null() | (pl.col("live") > pl.col("sold"))))
