"""Who the company trades with: the vendors it buys from and the clients it sells to.

Makes ``clients``, ``vendors`` and ``supplier_profiles``. Every seller has the same id and name in
``clients`` and ``vendors``, because TERP's readers disagree about which of the two a supplier
column means. The fact frame ``buyers`` tells ``demand`` how much of the revenue each buyer takes.
Balances (owed, spent, limits) are derived from the documents by ``totals``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.pools import pool, pool_frame
from generate.world._text import sentence
from generate.world.catalogue import vendor_names

if TYPE_CHECKING:
    from generate.world._world import World

_WISHES = (
    "{strain}, {growth}, up to {amount} lb a month",
    "Call first when {strain} or {other} comes in",
    "More {growth} {strain}; {amount} lb if the price is right",
    "{other} pre-rolls, and {amount} lb of anything like {strain}",
    "Always short of {growth} smalls; would try {other}",
)
_MOST_VENDORS = 64  # of a market
_BUYING_VENDORS = 2  # they ask for quotes, but have not bought yet


def build(world: World) -> None:
    """Sign up vendors first, then buyers."""
    _vendors(world)
    _buyers(world)


def _vendors(world: World) -> None:
    n = world.scenario.parties.vendors
    stream = world.stream("parties", "vendors")
    listed = pool_frame("vendor")
    people = pool_frame("person")[stream.sample(n, pool_frame("person").height)]
    names = vendor_names(world)
    slug = pl.col("name").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "")
    frame = (
        pl.DataFrame({"name": names})
        .join(listed, on="name", how="left", maintain_order="left")
        .with_columns(
            contact=pl.coalesce("contact", people["full"]),
            phone=pl.coalesce("phone", pool("phone").gather(stream.sample(n, 1000))),
            email=pl.coalesce(
                "email", pl.format("{}@{}.example", people["mail"], slug)
            ).str.replace(".example", f"{world.keys.mark}.example", literal=True),
            address=pl.coalesce("address", pool("address").gather(stream.sample(n, 400))),
            terms=stream.dealt(n, ("CONSIGNMENT", "NET_30", "NET_15"), (80, 15, 5)),
            id=world.ids("clients", n),
            name=pl.format("{}{}", "name", pl.lit(world.keys.place)),
            brand=pl.int_range(n) % 3 == 0,
            buys=pl.int_range(n) >= n - min(_BUYING_VENDORS, n // 2),
            signed=pl.lit(world.clock.opening)
            - pl.duration(days=pl.lit(pl.Series(stream.integers(n, 5, 60)))),
        )
    )
    world.ids("vendors", n)
    world.put(
        "vendors",
        frame.select(
            "id",
            "name",
            contactName="contact",
            contactEmail="email",
            contactPhone="phone",
            paymentTerms="terms",
            notes=pl.format("{} handles orders and settlements", "contact"),
            createdAt="signed",
            updatedAt="signed",
        ),
    )
    adjustments = ("PERCENTAGE_DECREASE", "FIXED_DECREASE", "PERCENTAGE_INCREASE", "FIXED_INCREASE")
    kinds = pl.Series([adjustments[k] if k < 4 else "NONE" for k in range(n)])
    world.put(
        "clients",
        frame.select(
            "id",
            version=pl.lit(1),
            teri_code=pl.format("VND{}", world.number(world.place_of("clients", "id"), 4)),
            name="name",
            email="email",
            phone="phone",
            address="address",
            businessType=pl.when("brand").then(pl.lit("MANUFACTURER")).otherwise(pl.lit("OTHER")),
            preferredContact=stream.dealt(n, ("PHONE", "EMAIL", "TEXT", "ANY"), (4, 3, 2, 1)),
            payment_terms=pl.lit(30),
            is_buyer="buys",
            is_seller=pl.lit(True),
            is_brand="brand",
            is_referee=pl.lit(False),
            is_contractor=pl.int_range(n) % 4 == 1,
            tags=pl.lit('["vendor", "supplier", "cultivator"]'),
            cogsAdjustmentType=kinds,
            cogs_adjustment_value=pl.when(kinds == "NONE")
            .then(0)
            .otherwise(2)
            .cast(pl.Decimal(15, 4)),
            auto_defer_consignment=pl.lit(True),
            creditLimitSource=pl.lit("CALCULATED"),
            vip_portal_enabled=pl.lit(False),
            created_at="signed",
            updated_at="signed",
        ),
    )
    # A number that no other vendor of any market has.
    own = world.place_of("clients", "id") + _MOST_VENDORS * world.keys.apart
    world.put(
        "supplier_profiles",
        frame.select(
            world.ids("supplier_profiles", n),
            client_id="id",
            contact_name="contact",
            contact_email="email",
            contact_phone="phone",
            payment_terms="terms",
            supplier_notes=pl.format("Delivers with its own driver; ask for {}", "contact"),
            legacy_vendor_id="id",
            preferred_payment_method=stream.dealt(
                n, ("ACH", "CHECK", "WIRE", "CASH", "CREDIT_CARD", "OTHER"), (2, 2, 1, 1, 1, 1)
            ),
            tax_id=pl.format("{}-{}", 10 + own % 80, 1_000_000 + own * 7919 % 9_000_000),
            license_number=pl.format("CCL{}-{}", 18 + own % 6, 1_000 + own * 37),
            created_at="signed",
            updated_at="signed",
        ),
    )


def _buyers(world: World) -> None:
    parties, anomalies = world.scenario.parties, world.scenario.anomalies.share
    n = parties.whales + parties.regulars
    stream = world.stream("parties", "buyers")
    whale = np.arange(n) < parties.whales
    wholesale, retail = pool("company_wholesale"), pool("company_retail")
    names = [
        *_names(wholesale, stream.sample(parties.whales, len(wholesale) - 40), parties.whales),
        *_names(retail, stream.sample(parties.regulars, len(retail)), parties.regulars),
    ]
    people = pool_frame("person")[stream.order(400)[np.arange(n) % 400]]
    addresses = pool("address").gather(stream.order(400)[np.arange(n) % 400])
    phones = pool("phone").gather(stream.order(1000)[np.arange(n) % 1000])
    slug = (
        pl.col("name").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-")
    )
    number = (
        pl.when("whale")
        .then(pl.int_range(1, n + 1))
        .otherwise(pl.int_range(1, n + 1) - parties.whales)
    )
    # Half of the regulars are there from the start; the others come during the first third.
    span = max(1, world.clock.days // 3)
    since = np.where(
        whale | (stream.uniform(n) < 0.5),
        stream.integers(n, 0, 6),
        stream.integers(n, 7, max(8, span)),
    )
    type_weights = ((5, 4, 1), (4, 3, 2))
    kinds = np.where(
        whale,
        stream.choice(n, ("DISTRIBUTOR", "WHOLESALE", "MANUFACTURER"), type_weights[0]).to_numpy(),
        stream.choice(n, ("DISPENSARY", "RETAIL", "DELIVERY"), type_weights[1]).to_numpy(),
    )
    frame = pl.DataFrame({"name": names, "whale": whale}).with_columns(
        id=world.ids("clients", n),
        name=pl.format("{}{}", "name", pl.lit(world.keys.place)),
        contact=people["full"],
        signed=pl.lit(world.clock.opening) + pl.duration(days=pl.lit(pl.Series(since)), hours=1),
        brand=pl.Series(whale & (stream.uniform(n) < 0.1)),
    )
    if anomalies:
        # Names that differ only in their ending: what a duplicate search has to find.
        odd = stream.chance(n, anomalies)
        odd[0] = False
        frame = frame.with_columns(
            name=pl.when(pl.Series(odd))
            .then(pl.format("{} Tōkyō Ñandú №{}", pl.col("name").shift(1), pl.col("id")))
            .otherwise("name")
        )
    terms = stream.dealt(n, (30, 15, 7, 0), (60, 20, 15, 5))
    world.put(
        "clients",
        frame.select(
            "id",
            version=pl.Series(stream.integers(n, 1, 6)),
            teri_code=pl.format(
                "{}{}",
                pl.when("whale").then(pl.lit("WHL")).otherwise(pl.lit("REG")),
                world.number(number, 4),
            ),
            name="name",
            email=pl.format("{}@{}.example", people["mail"], slug),
            phone=phones,
            address=addresses,
            businessType=pl.Series(kinds),
            preferredContact=stream.dealt(n, ("EMAIL", "PHONE", "TEXT", "ANY"), (40, 30, 20, 10)),
            payment_terms=terms,
            is_buyer=pl.lit(True),
            is_seller=pl.lit(False),
            is_brand="brand",
            is_referee=pl.Series(stream.chance(n, 0.12)),
            is_contractor=pl.lit(False),
            tags=pl.when("whale")
            .then(pl.lit('["wholesale", "high-volume", "cannabis"]'))
            .otherwise(pl.lit('["retail", "cannabis"]')),
            cogsAdjustmentType=pl.lit("NONE"),
            cogs_adjustment_value=pl.lit(0).cast(pl.Decimal(15, 4)),
            auto_defer_consignment=pl.Series(stream.chance(n, 0.4)),
            creditLimitSource=pl.lit("CALCULATED"),
            vip_portal_enabled=pl.col("whale") | pl.Series(stream.chance(n, 0.12)),
            wishlist=_wishes(world, n),
            created_at="signed",
            updated_at="signed",
        ),
    )
    # Whales and regulars each differ by a fifth around their group's mean.
    world.facts["buyers"] = frame.select(
        "id",
        "whale",
        since=pl.Series(since),
        weight=pl.Series(stream.spread(n, 0.2)),
    )


def _wishes(world: World, n: int) -> pl.Expr:
    """Return what four in ten buyers keep asking for."""
    stream = world.stream("parties", "wishes")
    strains = world["strains"]["name"]
    frame = pl.DataFrame(
        {
            "strain": strains.gather(stream.indices(n, len(strains))),
            "other": strains.gather(stream.indices(n, len(strains))),
            "growth": stream.choice(n, ("indoor", "greenhouse", "outdoor")),
            "amount": stream.integers(n, 2, 20) * 5,
        }
    )
    words = sentence(frame, stream, _WISHES, "wishlist")
    return pl.when(pl.lit(pl.Series(stream.chance(n, 0.4)))).then(pl.lit(words))


def _names(listed: pl.Series, picks: np.ndarray, n: int) -> list[str]:
    chosen = listed.gather(picks).to_list()
    return [
        chosen[k % len(chosen)] + (f" {k // len(chosen) + 1}" if k >= len(chosen) else "")
        for k in range(n)
    ]
