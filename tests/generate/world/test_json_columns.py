"""JSON is written by the definitions of its columns, in every scenario and for every version."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, NotRequired, TypedDict

import polars as pl
import pytest

from generate.fit import fit
from generate.scenario import scenario_names
from generate.world import World, _json
from terpseed.catalog import shipped, shipped_versions
from terpseed.json_types import json_columns
from terpseed.json_types.desk import WidgetConfig
from terpseed.json_types.words import DecimalText, Key, Number
from tests.generate.json_reading import column_misfits

TEXT = 'a "b" \\ c\nå'


class Seal(TypedDict):
    number: Key


class Parcel(TypedDict):
    name: str
    weight: Number
    size: Literal["small", "large"] | None
    fragile: bool
    price: NotRequired[DecimalText]
    seal: NotRequired[Seal]
    marks: NotRequired[list[str]]


WHOLE: Mapping[str, _json.Value] = {"name": "n", "weight": "w", "size": "s", "fragile": "f"}


def written(fields: Mapping[str, _json.Value], **columns: list[Any]) -> list[Any]:
    frame = pl.DataFrame({"n": [TEXT], "w": [2], "s": ["large"], "f": [True], **columns})
    return [json.loads(t) for t in frame.select(json=_json.record(Parcel, fields))["json"]]


def misfits_of(frames: Mapping[str, pl.DataFrame], version: str) -> list[str]:
    return [
        f"{table}.{column}: {misfit}"
        for table, column in json_columns()
        if table in frames and column in frames[table].columns
        for misfit in column_misfits(table, column, frames[table], shipped(version))
    ]


@pytest.mark.parametrize("name", scenario_names())
@pytest.mark.parametrize("version", shipped_versions())
def test_every_value_is_as_its_definition_says(
    worlds: Callable[[str], World], name: str, version: str
) -> None:
    world = worlds(name)
    frames = fit(world.tables, shipped(version), world.clock.opening)
    assert misfits_of(frames, version) == []


def test_every_column_with_a_definition_is_written(worlds: Callable[[str], World]) -> None:
    """In every key that a definition knows, too, unless another one of its kinds has it."""
    tables = worlds("full").tables
    assert [
        f"{t}.{c}" for t, c in json_columns() if tables[t][c].null_count() == tables[t].height
    ] == []


@pytest.mark.parametrize("name", scenario_names())
def test_no_other_text_holds_json(worlds: Callable[[str], World], name: str) -> None:
    known = set(json_columns())
    found = []
    for table, frame in worlds(name).tables.items():
        for column, dtype in frame.schema.items():
            if dtype == pl.String and (table, column) not in known:
                values = frame[column].drop_nulls()
                found += [
                    f"{table}.{column}: {v}"
                    for v in values.filter(values.str.contains(r"^[\[{].*[\]}]$"))
                ]
    assert found == []


def test_older_versions_tell_states_in_their_own_words(worlds: Callable[[str], World]) -> None:
    world = worlds("full")
    log = fit(world.tables, shipped("2025-11"), world.clock.opening)["auditLogs"]
    told = log.filter(pl.col("action") == "CANCELLED").select("before", "after").unique()
    assert told.rows() == [
        (
            '{"saleStatus": "PENDING", "fulfillmentStatus": "PENDING"}',
            '{"saleStatus": "CANCELLED", "fulfillmentStatus": "PENDING"}',
        )
    ]


def test_the_definition_says_how_a_value_is_written() -> None:
    assert written(WHOLE) == [{"name": TEXT, "weight": 2, "size": "large", "fragile": True}]
    (parcel,) = written(
        WHOLE, w=[pl.Series([250], dtype=pl.Decimal(10, 2))[0]], s=[None], f=[False]
    )
    assert parcel == {"name": TEXT, "weight": 250, "size": None, "fragile": False}


def test_numbers_that_are_text_are_written_as_text() -> None:
    (parcel,) = written({**WHOLE, "price": "p"}, p=["12.5"])
    assert parcel["price"] == "12.5"


def test_objects_in_objects_and_lists() -> None:
    given: Mapping[str, _json.Value] = {
        **WHOLE,
        "seal": {"number": "k"},
        "marks": pl.format("[{}]", _json.text("m")),
    }
    (parcel,) = written(given, k=[7], m=["this side up"])
    assert parcel["seal"] == {"number": 7}
    assert parcel["marks"] == ["this side up"]


def test_what_may_be_missing_is_left_out_where_it_is_null() -> None:
    frame = pl.DataFrame(
        {"n": ["a", "b"], "w": [1, 2], "s": ["small"] * 2, "f": [True] * 2, "p": ["1.5", None]}
    )
    text = frame.select(json=_json.record(Parcel, {**WHOLE, "price": _json.Maybe("p")}))["json"]
    assert [list(json.loads(t)) for t in text] == [
        ["name", "size", "price", "weight", "fragile"],
        ["name", "size", "weight", "fragile"],
    ]


def test_constants_need_no_column() -> None:
    (parcel,) = written({**WHOLE, "weight": 3, "fragile": False, "size": None})
    assert parcel == {"name": TEXT, "weight": 3, "size": None, "fragile": False}


def test_keys_stand_in_the_order_in_which_mysql_prints_them() -> None:
    text = pl.select(json=_json.record(dict[str, bool], {"bb": True, "a": True, "ab": False}))
    assert text["json"][0] == '{"a": true, "ab": false, "bb": true}'


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({k: v for k, v in WHOLE.items() if k != "weight"}, "Parcel is defined: weight"),
        ({**WHOLE, "colour": "c"}, "Parcel is defined: colour"),
        ({**WHOLE, "weight": _json.Maybe("w")}, "Parcel is defined: weight"),
        ({**WHOLE, "name": {"first": "n"}}, "keys are given for text"),
    ],
)
def test_what_the_definition_lacks_is_refused(fields: Mapping[str, _json.Value], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _json.record(Parcel, fields)


def test_fixed_values_are_read_before_they_are_written() -> None:
    assert (
        _json.fixed(WidgetConfig, {"metric": "net", "limit": 5}) == '{"limit": 5, "metric": "net"}'
    )
    with pytest.raises(ValueError, match=r"\$.mode: text middle instead of one of top, bottom"):
        _json.fixed(WidgetConfig, {"mode": "middle"})


def test_a_column_without_objects_has_no_form_for_them() -> None:
    with pytest.raises(KeyError, match=r"no object is defined for rooms\.features"):
        _json.form_in("rooms", "features")
