"""People, companies and addresses: made once with Faker and a fixed seed, then frozen in files."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
from faker import Faker

from generate.pools import _words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SEED = 20240101
PEOPLE, RETAIL, WHOLESALE, ADDRESSES = 400, 400, 100, 400

_RETAIL_FIRST = (
    "Green",
    "Golden",
    "Coastal",
    "Redwood",
    "Sunset",
    "Harbor",
    "Mission",
    "Canyon",
    "Bayside",
    "Pacific",
    "High Desert",
    "Valley",
    "Lakeside",
    "Silver Lake",
    "Echo",
    "Blue Door",
    "Foothill",
    "Union",
    "Palm",
    "Mariposa",
    "Juniper",
    "Highland",
    "Broadway",
    "Telegraph",
    "Ocean",
)
_RETAIL_SECOND = (
    "Leaf",
    "Garden",
    "Bloom",
    "Root",
    "Remedy",
    "Canopy",
    "Grove",
    "Petal",
    "Harvest",
    "Sky",
)
_RETAIL_KIND = (
    "Dispensary",
    "Collective",
    "Cannabis Co.",
    "Wellness",
    "Delivery",
    "Apothecary",
    "Provisions",
    "Supply",
)
_WHOLESALE_FIRST = (
    "Golden State",
    "Sierra Nevada",
    "Big Sur",
    "Mojave",
    "Central Valley",
    "Bay Cities",
    "Redwood Empire",
    "Inland",
    "South Coast",
    "Capitol",
    "Tri-County",
    "Bridgeport",
    "Monterey",
    "Santa Ynez",
    "Delta",
)
_WHOLESALE_KIND = (
    "Distribution",
    "Wholesale Partners",
    "Distributors LLC",
    "Trading Company",
    "Logistics Group",
    "Supply Network",
    "Brands Inc.",
)


# letters that Unicode does not take apart into a base letter and an accent
_UNSPLIT = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "æ": "ae", "º": "o"})
_STREETS = ("Street", "Avenue", "Boulevard", "Drive", "Way", "Road", "Lane", "Court")


def ascii_slug(text: str) -> str:
    """Return lower-case ASCII letters and digits of a text, words joined with hyphens."""
    split = unicodedata.normalize("NFKD", text.translate(_UNSPLIT))
    plain = split.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "").lower()).strip("-")


def distinct(names: Iterable[str]) -> list[str]:
    """Drop names that a server's accent- and case-insensitive collation takes for the same."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(ascii_slug(name), name)
    return list(seen.values())


def people() -> list[dict[str, str]]:
    """Return different people: full name, first, last, and the local part of their mail address."""
    fake = Faker(["en_US", "es_MX"])
    fake.seed_instance(SEED)
    drawn = (
        f"{fake['en_US'].first_name()}\t{fake['en_US'].last_name()}" for _ in range(2 * PEOPLE)
    )
    spanish = (f"{fake['es_MX'].first_name()}\t{fake['es_MX'].last_name()}" for _ in range(80))
    unusual = (f"{first}\t{last}" for first, last in _words.UNUSUAL_PEOPLE)
    usual = distinct(drawn)[: PEOPLE - 52]
    # one unusual name in eight, spread through the pool
    others = iter([*distinct(unusual), *distinct(spanish)])
    names = distinct(_spread(usual, others, every=7))[:PEOPLE]
    return [
        {
            "full": pair.replace("\t", " "),
            "first": pair.split("\t")[0],
            "last": pair.split("\t")[1],
            "mail": ".".join(ascii_slug(part).replace("-", "") for part in pair.split("\t")),
        }
        for pair in names
    ]


def _faked(locale: str, size: int) -> list[str]:
    fake = Faker(locale)
    fake.seed_instance(SEED)
    return [f"{fake.first_name()}\t{fake.last_name()}" for _ in range(size)]


def _spread(usual: list[str], others: Iterator[str], every: int) -> Iterator[str]:
    for index, name in enumerate(usual):
        yield name
        if index % every == every - 1:
            yield from (other for other in [next(others, None)] if other is not None)
    yield from others


def retail() -> list[dict[str, str]]:
    """Return different names of dispensaries and delivery services."""
    made = [
        f"{first} {second} {kind}"
        for first in _RETAIL_FIRST
        for second in _RETAIL_SECOND
        for kind in _RETAIL_KIND
    ]
    made += [f"{first} {kind}" for first in _RETAIL_FIRST for kind in _RETAIL_KIND]
    return _companies(made, RETAIL, _words.UNUSUAL_RETAIL)


def wholesale() -> list[dict[str, str]]:
    """Return different names of distributors and wholesalers."""
    made = [f"{first} {kind}" for first in _WHOLESALE_FIRST for kind in _WHOLESALE_KIND]
    return _companies(made, WHOLESALE, ())


def _companies(made: list[str], size: int, unusual: tuple[str, ...]) -> list[dict[str, str]]:
    order = np.random.default_rng(SEED).permutation(len(made))
    usual = [made[index] for index in order]
    names = distinct(_spread(usual[: size - len(unusual)], iter(unusual), every=20))[:size]
    return [{"name": name, "slug": ascii_slug(name)} for name in names]


def addresses() -> list[dict[str, str]]:
    """Return street addresses in California's large cities."""
    fake = Faker("en_US")
    fake.seed_instance(SEED)
    random = np.random.default_rng(SEED)
    rows: dict[str, dict[str, str]] = {}
    while len(rows) < ADDRESSES:
        city, low, high = _words.CITIES[int(random.integers(len(_words.CITIES)))]
        code = str(int(random.integers(low, high + 1)))
        number = 100 + int(random.integers(9800))
        suite = f", Suite {int(random.integers(1, 40))}" if random.random() < 0.2 else ""
        street = f"{number} {fake.last_name()} {_STREETS[number % len(_STREETS)]}{suite}"
        text = f"{street}, {city}, CA {code}"
        rows.setdefault(
            text, {"text": text, "street": street, "city": city, "state": "CA", "zip": code}
        )
    return list(rows.values())


def phones() -> list[dict[str, str]]:
    """Return numbers of the range that is reserved for fiction, in Californian area codes."""
    return [
        {"text": f"{area}-555-{line:04d}"} for line in range(100, 200) for area in _words.AREA_CODES
    ]
