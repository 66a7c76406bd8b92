"""Looking at a dataset: conditions, documents, and drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from terpseed.catalog import NEWEST, shipped, shipped_versions
from terpseed.catalog.domains import MEANING, OTHER, chosen, domain_of, tables_of, with_needed
from terpseed.dataset import Dataset, open_dataset
from terpseed.errors import DatasetError, UsageError
from terpseed.show import KINDS, Node, document, draw, head, parse_filter, tree_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NOON = pl.datetime(2024, 1, 15, 12, time_zone="UTC")


@pytest.fixture(scope="module")
def dataset(light_path: Path) -> Dataset:
    return open_dataset(light_path, verify=False)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("orderType=SALE", pl.col("orderType") == "SALE"),
        ("orderType!=SALE", pl.col("orderType") != "SALE"),
        ("total>=50000", pl.col("total") >= 50000),
        ("total<1234.5", pl.col("total") < 1234.5),
        ("is_draft=yes", pl.col("is_draft")),
        ("is_draft=0", ~pl.col("is_draft")),
        ("due_date<2024-02-01", pl.col("due_date") < pl.date(2024, 2, 1)),
        ("created_at>2024-01-15 12:00:00", pl.col("created_at") > NOON),
        ("order_number~ORD-00001", pl.col("order_number").str.contains("ORD-00001")),
        ("shipped_at=NULL", pl.col("shipped_at").is_null()),
        ("shipped_at!=NULL", pl.col("shipped_at").is_not_null()),
    ],
)  # fmt: skip
def test_conditions_mean_what_they_say(dataset: Dataset, condition: str, expected: pl.Expr) -> None:
    rows, count = head(dataset, "orders", filters=[parse_filter(condition)], rows=10_000)
    right = dataset.scan("orders").filter(expected).collect()
    assert rows.equals(right)
    assert 0 < count == right.height < dataset.manifest.tables["orders"].rows or count in {
        0,
        dataset.manifest.tables["orders"].rows,
    }


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("no condition", "is no condition"),
        ("totl=1", "no column 'totl'"),
        ("total=much", "is no value of orders.total"),
        ("due_date=soon", "is no value"),
        ("total=1; DROP TABLE orders", "is no value"),
        ("1=1 OR total=1", "no column"),
    ],
)
def test_conditions_that_mean_nothing_are_refused(
    dataset: Dataset, condition: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        head(dataset, "orders", filters=[parse_filter(condition)])


def _nodes(node: Node, title: str) -> Iterator[Node]:
    for name, nodes in node.branches:
        for below in nodes:
            if name == title:
                yield below
            yield from _nodes(below, title)


def test_an_order_is_shown_with_all_that_belongs_to_it(dataset: Dataset) -> None:
    orders = dataset.scan("orders").filter(pl.col("fulfillmentStatus") == "DELIVERED").collect()
    order = orders.row(0, named=True)
    tree = document(dataset, "order", order["order_number"])
    assert tree.row == order
    lines = dataset.scan("order_line_items").filter(pl.col("order_id") == order["id"]).collect()
    own = next(nodes for title, nodes in tree.branches if title == "lines")
    assert sum(line.row["line_total"] for line in own) == order["total"]
    (invoice,) = _nodes(tree, "invoice")
    assert invoice.row["referenceId"] == order["id"]
    entries = list(_nodes(invoice, "ledger"))
    assert sum(e.row["debit"] - e.row["credit"] for e in entries) == 0
    assert len(list(_nodes(tree, "stock movements"))) == lines.height
    assert [n.row["changed_at"] for n in _nodes(tree, "history")] == sorted(
        n.row["changed_at"] for n in _nodes(tree, "history")
    )
    text = tree_text(tree)
    assert text.splitlines()[0].startswith(f"order  {order['order_number']} · SALE")
    assert "Accounts Receivable" in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_document_can_be_found_by_number_and_id(dataset: Dataset, kind: str) -> None:
    what = KINDS[kind]
    row = dataset.scan(what.table).filter(pl.col(what.number[0]).is_not_null()).first().collect()
    by_number = document(dataset, kind, row[what.number[0]].item())
    by_id = document(dataset, kind, str(row["id"].item()))
    assert by_number == by_id
    assert by_number.branches


def test_what_is_not_there_is_named_with_the_nearest(dataset: Dataset) -> None:
    with pytest.raises(DatasetError, match="did you mean 'ORD-0000"):
        document(dataset, "order", "ORD-00001")
    with pytest.raises(UsageError, match="did you mean 'invoice'"):
        document(dataset, "invoce", "1")


def test_a_long_branch_is_cut_unless_all_is_asked_for(dataset: Dataset) -> None:
    sold = dataset.scan("sales").group_by("batchId").len().sort("len").last().collect()
    tree = document(dataset, "batch", str(sold["batchId"].item()))
    assert "more; --all shows them" in tree_text(tree)
    whole = tree_text(tree, everything=True)
    assert "--all" not in whole
    assert whole.count("ORD-") >= sold["len"].item()


@pytest.mark.parametrize("version", shipped_versions())
def test_every_table_of_ours_has_a_domain(version: str) -> None:
    catalog = shipped(version)
    assert [name for name in catalog.tables if domain_of(name) == OTHER] == []
    assert sum(len(tables_of(domain, catalog)) for domain in MEANING) == len(catalog.tables)


def test_a_choice_brings_all_that_it_refers_to() -> None:
    catalog = shipped(NEWEST)
    tables = set(with_needed(chosen(["sales", "tags"], catalog), catalog))
    assert {"orders", "clients", "products", "tags"} <= tables
    for name in tables:
        assert {key.ref_table for key in catalog[name].foreign_keys} <= tables
    for reference in catalog.references:
        assert reference.table not in tables or reference.ref_table in {"", *tables}
    with pytest.raises(UsageError, match="did you mean 'sales'"):
        chosen(["sale"], catalog)


@pytest.mark.parametrize("domain", [name for name in MEANING if name != OTHER])
def test_a_drawing_has_every_table_and_reference_and_no_box_on_another(domain: str) -> None:
    catalog = shipped(NEWEST)
    tables = tables_of(domain, catalog)
    root = ET.fromstring(draw(catalog, tables, domain))  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    boxes = [r for r in root.iter(f"{space}rect") if r.get("class") == "box"]
    assert len(boxes) == len(tables)
    places = [tuple(float(b.get(k, 0)) for k in ("x", "y", "width", "height")) for b in boxes]
    for number, (x, y, w, h) in enumerate(places):
        for x2, y2, w2, h2 in places[number + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    drawn = {title.text for title in root.iter(f"{space}title")}
    for name in tables:
        for key in catalog[name].foreign_keys:
            if key.ref_table in tables:
                assert f"{name}.{key.columns[0]} → {key.ref_table}.{key.ref_columns[0]}" in drawn
