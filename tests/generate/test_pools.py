"""Pools: large enough, distinct to a server's collation, and no word of Latin in them."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from importlib.resources import files

import pytest

from generate.pools import pool, pool_frame, pool_names
from generate.pools.__main__ import rows_by_pool
from generate.pools._made import ascii_slug

SENTENCES = ("note", "complaint", "praise", "meeting", "delivery", "internal")


def test_pools_are_as_large_as_rows_need() -> None:
    sizes = {name: len(pool(name)) for name in pool_names()}
    assert sizes["person"] == sizes["company_retail"] == sizes["address"] == 400
    assert (sizes["company_wholesale"], sizes["strain"], sizes["vendor"]) == (100, 78, 8)
    for kind in SENTENCES:
        assert sizes[kind] >= 150


@pytest.mark.parametrize("name", ["person", "company_retail", "company_wholesale", "strain"])
def test_names_differ_even_without_case_and_accents(name: str) -> None:
    assert len({ascii_slug(value) for value in pool(name)}) == len(pool(name))


def test_addresses_are_californian() -> None:
    zips = pool_frame("address")["zip"].cast(int)
    assert zips.is_between(90001, 95999).all()
    assert pool_frame("address")["state"].unique().to_list() == ["CA"]


def test_phones_are_fictional_and_mail_is_ascii() -> None:
    assert pool("phone").str.contains(r"^\d{3}-555-01\d\d$").all()
    assert pool_frame("person")["mail"].str.contains(r"^[a-z]+\.[a-z]+$").all()


def test_some_names_are_not_ascii() -> None:
    for name in ("person", "company_retail", "vendor"):
        assert not all(value.isascii() for value in pool(name).to_list() + mails(name))


def mails(name: str) -> list[str]:
    frame = pool_frame(name)
    return frame["contact"].to_list() if "contact" in frame.columns else []


def test_no_pool_speaks_latin_or_has_open_slots() -> None:
    for name in pool_names():
        text = pool(name)
        assert not text.str.contains(r"(?i)\b(lorem|ipsum|dolor|amet)\b|[{}]").any()


def test_the_files_are_what_the_script_writes() -> None:
    for name, rows in rows_by_pool().items():
        made = io.StringIO(newline="")
        writer = csv.DictWriter(made, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        kept = files("generate.pools").joinpath("data", f"{name}.csv").read_bytes()
        # people and streets come from Faker, whose lists change between versions
        if name not in {"person", "address"}:
            assert kept == made.getvalue().encode()


def test_reading_pools_does_not_import_faker() -> None:
    code = (
        "import sys, generate.pools as p; [p.pool(n) for n in p.pool_names()];"
        "sys.exit('faker' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_pool_is_an_error() -> None:
    with pytest.raises(KeyError):
        pool("persons")
