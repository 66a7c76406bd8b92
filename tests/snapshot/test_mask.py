"""Masking: deterministic, keyed, one to one, and the same texts stay the same everywhere."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terpseed.catalog import NEWEST, shipped, shipped_versions
from terpseed.snapshot import Mask, masked_columns
from terpseed.snapshot.mask._columns import lines

MASK = Mask("key")
TEXTS = [
    "John Smith",
    "José Ñandú-Ölçer",
    "bob.o'neil+x@gmail.com",
    "日本語 テキスト 한국어",
    "Ελλάς и Россия",
    "(555) 123-4567 🙏",
    "",
    None,
]


def _hide(
    values: list[str | None], way: str = "text", keys: tuple[str, ...] = ()
) -> list[str | None]:
    return MASK.hide(pl.Series("x", values, dtype=pl.String), way, keys).to_list()  # type: ignore[arg-type]


def _form(text: str | None) -> list[object] | None:
    if text is None:
        return None
    return [(c.isdigit(), c.isupper(), len(c.encode())) if c.isalnum() else c for c in text]


@pytest.mark.parametrize("way", ["text", "code"])
def test_length_form_and_absence_stay(way: str) -> None:
    hidden = _hide(TEXTS, way)
    assert [_form(text) for text in hidden] == [_form(text) for text in TEXTS]
    assert all(a != b for a, b in zip(hidden[:6], TEXTS[:6], strict=True))


def test_the_key_decides() -> None:
    assert _hide(TEXTS) == _hide(TEXTS)
    other = Mask("other").hide(pl.Series("x", TEXTS, dtype=pl.String)).to_list()
    assert other[:5] != _hide(TEXTS)[:5]
    assert "key" not in repr(MASK)
    assert MASK.mark != Mask("other").mark


@pytest.mark.parametrize("way", ["text", "code"])
def test_different_texts_stay_different(way: str) -> None:
    """All texts of a form, also without regard to case, as unique keys have it."""
    texts = [
        f"{a}{b}{c}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "0123456789" for c in "XyZ"
    ]
    hidden = _hide(list(texts), way)
    assert len({str(text).lower() for text in hidden}) == len(texts)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=30, unique=True))
def test_one_to_one_on_any_text(texts: list[str]) -> None:
    hidden = _hide(list(texts), "code")
    assert len(set(hidden)) == len(texts)
    assert [len(str(text).encode()) for text in hidden] == [len(text.encode()) for text in texts]


def test_words_are_alike_in_names_prose_and_json() -> None:
    (name,) = _hide(["NorCal Farms"])
    (prose,) = _hide(["Called NorCal Farms about INV-2024-0003, $1,200 of return #12"], "prose")
    (json,) = _hide(['{"code": "NorCal Farms", "name": "NorCal Farms"}'], "json", ("name",))
    assert str(name) in str(prose)
    assert "INV-2024-0003, $1,200" in str(prose)
    assert "return #12" in str(prose)
    assert json == f'{{"code": "NorCal Farms", "name": "{name}"}}'


def test_json_stays_json() -> None:
    value = '{"name": "A \\"quoted\\" \\u00e9 line\\nbreak", "n": 1}'
    (hidden,) = _hide([value], "json", ("name",))
    assert hidden is not None
    assert re.fullmatch(r'\{"name": "\w \\"\w{6}\\" \\u00e9 \w{4}\\n\w{5}", "n": 1\}', hidden)


def test_secrets_stay_hashes_and_uuids() -> None:
    values = ["$2b$10$abcdefghijklmnopqrstuv", "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"]
    hidden = _hide(list(values), "secret")
    assert str(hidden[0]).startswith("$2b$10$")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(hidden[1]))
    assert str(hidden[1])[14] == "4"
    assert hidden[0] != values[0]
    assert hidden[1] != values[1]


def test_every_line_of_the_list_means_a_column() -> None:
    columns = {
        (table.name, column.name)
        for version in shipped_versions()
        for table in shipped(version).tables.values()
        for column in table.columns
    }
    idle = [
        (line.table, line.column)
        for line in lines()
        if not any(fnmatchcase(t, line.table) and fnmatchcase(c, line.column) for t, c in columns)
    ]
    assert idle == []
    ways = {"text", "prose", "json", "json-text", "code", "secret", "keep"}
    assert {line.way for line in lines()} <= ways
    assert all(bool(line.keys) == line.way.startswith("json") for line in lines())


def test_contact_data_and_secrets_are_on_the_list() -> None:
    hidden = {(found.table, found.column) for found in masked_columns(shipped(NEWEST))}
    assert hidden >= {
        ("clients", "name"),
        ("clients", "email"),
        ("clients", "phone"),
        ("clients", "address"),
        ("supplier_profiles", "tax_id"),
        ("bankAccounts", "accountNumber"),
        ("users", "email"),
        ("vip_portal_auth", "password_hash"),
        ("orders", "notes"),
        ("comments", "content"),
    }
    assert ("credits", "creditReason") not in hidden
