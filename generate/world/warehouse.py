"""The warehouse: where the goods lie, in which zone, rack and bin.

Makes ``locations``, ``batchLocations``, ``sites``, ``storage_zones`` and
``batch_zone_assignments`` from the fact frame ``stock``. Everything that is on hand lies in the
main warehouse, a batch in one place or in two; ``batchLocations`` (text copies of a location's
words) and ``batch_zone_assignments`` tell of the same places, so both add up to what is on hand.
Leaves the fact frame ``places`` (one row per batch and place) to whoever asks where a batch lies.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from generate.pools import pool, pool_frame
from generate.world import _json
from generate.world._text import sentence
from generate.world._world import World, quantity
from generate.world.people import staff_of
from terpseed.json_types.goods import Hours, OperatingHours, ZoneMetadata

SAMPLES, MAIN, SHIP = 1, 2, 3

_SITES = (
    ("SAMPLES", "Sample Vault", "Samples for clients and retained samples", "samples",
     "#8B5CF6", "09:00", "17:00"),
    ("MAIN", "Main Warehouse", "Everything that can be sold is stored here", "warehouse",
     "#3B82F6", "06:00", "22:00"),
    ("SHIP", "Shipping Dock", "Trucks are loaded and unloaded here", "shipping",
     "#10B981", "07:00", "18:00"),
    ("OFFICE", "Front Office", "Sales, books and whoever rings the bell", "office",
     "#F59E0B", "08:00", "18:00"),
    ("OVERFLOW", "Overflow Storage", "Rented for two harvests, given up since", "storage",
     "#6B7280", "08:00", "16:00"),
    ("STAND", "Market Stand", "Open days and trade fairs; no stock of its own", "custom",
     "#EC4899", "10:00", "15:00"),
)  # fmt: skip
_GIVEN_UP = "OVERFLOW"
_SITE_COLUMNS = ("code", "name", "description", "site_type", "color", "opens", "closes")
_ZONE_COLUMNS = (
    "code", "name", "site_id", "temperature_control", "access_level",
    "most",  # units or pounds that fit
    "low", "high",  # degrees Fahrenheit
    "color",
)  # fmt: skip
_ZONES = (
    ("VAULT-A", "Client samples", SAMPLES, "controlled", "secure", 200, 60, 66, "#A78BFA"),
    ("VAULT-B", "Frozen samples", SAMPLES, "frozen", "high_security", 100, -4, 5, "#7C3AED"),
    ("QC-LAB", "Quality bench", SAMPLES, "ambient", "restricted", 50, None, None, "#C4B5FD"),
    ("A", "Ambient racks", MAIN, "ambient", "restricted", 10_000, None, None, "#60A5FA"),
    ("B", "Cool room", MAIN, "cool", "restricted", 5_000, 55, 65, "#2563EB"),
    ("C", "Cold room", MAIN, "cold", "restricted", 2_500, 34, 42, "#1D4ED8"),
    ("D", "Cage", MAIN, "controlled", "high_security", 1_000, 60, 66, "#1E3A8A"),
    ("QUARANTINE", "Quarantine", MAIN, "controlled", "secure", 500, 60, 66, "#EF4444"),
    ("STAGING", "Staging lanes", SHIP, "ambient", "restricted", 2_000, None, None, "#34D399"),
    ("DOCK-1", "Inbound dock", SHIP, "ambient", "restricted", 500, None, None, "#10B981"),
    ("DOCK-2", "Outbound dock", SHIP, "ambient", "restricted", 500, None, None, "#059669"),
    ("PICKUP", "Client pickup", SHIP, "ambient", "public", 200, None, None, "#6EE7B7"),
)
ZONE_IDS = {zone[0]: number for number, zone in enumerate(_ZONES, start=1)}
# Racks and shelves per zone; what is being loaded or waits for a client stands on the floor.
_RACKS = {"A": (3, 3), "B": (3, 3), "C": (2, 2), "D": (2, 2), "QUARANTINE": (1, 2)}
_FLOOR = (("Sample Vault", "VAULT-A"), ("Shipping Dock", "STAGING"), ("Shipping Dock", "PICKUP"))
_OUT_OF_USE = "A33"  # a bent shelf that waits for its repair
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_SPLIT_FROM_Q = 30 * 10_000  # smaller batches lie in one place
_PLACE_NOTES = (
    "{code} is heavy, two people to lift it from {bin}",
    "Oldest of its strain, pick {code} first",
    "{amount} of {code} stand behind the newer batch",
    "Labels of {code} face the aisle",
)


def build(world: World) -> None:
    """Lay out the building and put the stock where it lies."""
    places = _places(world, _locations(world))
    world.facts["places"] = places
    _put_batch_locations(world, places)
    _put_sites(world)
    _put_zones(world, places)
    _put_assignments(world, places)


def _entered(world: World) -> pl.Expr:
    """Return when the rows of a list were typed in, one every two minutes from the opening on."""
    return pl.lit(world.clock.opening) + pl.duration(minutes=2 * pl.int_range(pl.len()))


def _locations(world: World) -> pl.DataFrame:
    """Write down every shelf, and return those in use as (zone, slot)."""
    shelves = [
        (
            f"Main Warehouse{world.keys.place}",
            zone,
            f"{zone[0]}-{rack:02d}",
            str(shelf),
            f"{zone[0]}{rack}{shelf}",
        )
        for zone, (racks, high) in _RACKS.items()
        for rack in range(1, racks + 1)
        for shelf in range(1, high + 1)
    ]
    floor = [(f"{site}{world.keys.place}", zone, None, None, None) for site, zone in _FLOOR]
    rows = [*shelves, *floor]
    frame = pl.DataFrame(
        rows, schema=["site", "zone", "rack", "shelf", "bin"], orient="row"
    ).with_columns(used=pl.col("bin").ne_missing(_OUT_OF_USE))
    built = _entered(world)
    # deleted_at stays empty: a shelf is taken out of use, never out of the list.
    world.put(
        "locations",
        frame.select(
            world.ids("locations", frame.height),
            pl.exclude("used"),
            isActive=pl.col("used").cast(pl.Int64),
            createdAt=built,
            updatedAt=pl.when("used").then(built).otherwise(pl.lit(world.now - timedelta(days=3))),
        ),
    )
    racked = frame.filter(pl.col("used") & pl.col("rack").is_not_null()).drop("used")
    return racked.with_columns(
        slot=pl.int_range(pl.len(), dtype=pl.Int64).over("zone"),
        slots=pl.len().over("zone").cast(pl.Int64),
    )


def _zone() -> pl.Expr:
    """Return the zone that a batch belongs in."""
    batch, category = pl.col("batch_id"), pl.col("category")
    flower = (
        pl.when(batch % 9 == 4).then(pl.lit("D"))
        .when(batch % 5 < 2).then(pl.lit("A"))
        .otherwise(pl.lit("B"))
    )  # fmt: skip
    chilled = (category == "Edibles") | ((category == "Concentrates") & (batch % 3 > 0))
    return (
        pl.when(pl.col("state") == "QUARANTINED").then(pl.lit("QUARANTINE"))
        .when("pounds").then(flower)
        .when(chilled).then(pl.lit("C"))
        .otherwise(pl.lit("A"))
    )  # fmt: skip


def _places(world: World, shelves: pl.DataFrame) -> pl.DataFrame:
    """Return where each batch lies or lay last: batch, part, zone, shelf, quantity, moments."""
    touched = (
        world["inventoryMovements"]
        .group_by(batch_id="batchId")
        .agg(touched=pl.col("createdAt").max())
    )
    kinds = world["products"].select("category", product_id="id")
    codes = world["batches"].select("code", batch_id="id")
    batch, part = pl.col("batch_id"), pl.col("part")
    # The shelves of closed batches hold something else by now.
    batches = (
        world.facts["stock"]
        .filter(pl.col("state") != "CLOSED")
        .join(touched, on="batch_id", how="left", maintain_order="left")
        .join(kinds, on="product_id", how="left", maintain_order="left")
        .join(codes, on="batch_id", how="left", maintain_order="left")
        .with_columns(
            zone=_zone(),
            # Two fifths of what is divided, in whole units, lie in a second place.
            second_q=pl.when((pl.col("on_hand_q") >= _SPLIT_FROM_Q) & (batch % 5 < 2))
            .then(pl.col("on_hand_q") * 2 // 50_000 * 10_000)
            .otherwise(0),
        )
    )
    rest = pl.col("on_hand_q") - pl.col("second_q")
    divided = batches.filter(pl.col("second_q") > 0)
    parts = pl.concat(
        [
            batches.with_columns(part=pl.lit(0, dtype=pl.Int64), quantity_q=rest),
            divided.with_columns(part=pl.lit(1, dtype=pl.Int64), quantity_q="second_q"),
        ]
    )
    counts = shelves.select("zone", "slots").unique("zone", maintain_order=True)
    unloaded = pl.col("received_at") + pl.duration(minutes=20 + 15 * part)
    placed = pl.min_horizontal(unloaded, pl.lit(world.now))
    return (
        parts.join(counts, on="zone", how="left", maintain_order="left")
        .with_columns(slot=(batch * 5 + part) % pl.col("slots"))
        .join(shelves.drop("slots"), on=["zone", "slot"], how="left", maintain_order="left")
        .sort("batch_id", "part")
        .select(
            "batch_id", "part", "code", "state", "zone", "site", "rack", "shelf", "bin",
            "quantity_q", "reserved_q", "received_at",
            placed_at=placed,
            touched=pl.max_horizontal("touched", placed),
        )
    )  # fmt: skip


def _put_batch_locations(world: World, places: pl.DataFrame) -> None:
    # deleted_at stays empty: what is gone from a bin shows as 0 until the batch is closed.
    world.put(
        "batchLocations",
        places.select(
            world.ids("batchLocations", places.height),
            pl.col("site", "zone", "rack", "shelf", "bin"),
            batchId="batch_id",
            qty=quantity("quantity_q"),
            createdAt="placed_at",
            updatedAt="touched",
        ),
    )


def _put_sites(world: World) -> None:
    stream = world.stream("warehouse", "sites")
    addresses, phones = pool_frame("address"), pool("phone")
    # Warehouse, dock and office share a yard; the others have addresses of their own.
    vault, yard, rented, stand = (int(pick) for pick in stream.sample(4, addresses.height))
    rows = addresses[[vault, yard, yard, yard, rented, stand]]
    roles = (
        "Customer Service",
        "Inventory Manager",
        "Warehouse Staff",
        "Operations Manager",
        "Inventory Manager",
        "Sales Manager",
    )
    contacts = pl.DataFrame({"id": [int(staff_of(world, role)[0]) for role in roles]}).join(
        world["users"].select("id", "name", "email"), on="id", how="left", maintain_order="left"
    )
    opens = {day: _json.record(Hours, {"open": "opens", "close": "closes"}) for day in _WEEK}
    opens["sunday"] = _json.record(Hours, {"open": pl.lit("08:00"), "close": pl.lit("14:00")})
    n = len(_SITES)
    # deleted_at stays empty: what is given up is inactive.
    given_up = pl.col("code") == _GIVEN_UP
    entered = _entered(world)
    left = entered + timedelta(days=max(1, world.clock.days // 2))
    world.put(
        "sites",
        pl.DataFrame(_SITES, schema=list(_SITE_COLUMNS), orient="row").select(
            world.ids("sites", n),
            pl.format("{}{}", "code", pl.lit(world.keys.mark)).alias("code"),
            pl.format("{}{}", "name", pl.lit(world.keys.place)).alias("name"),
            pl.exclude("code", "name", "opens", "closes"),
            address=rows["street"],
            city=rows["city"],
            state=rows["state"],  # California throughout: goods may not leave the state
            zip_code=rows["zip"],
            country=pl.lit("USA"),  # the company has no site abroad
            contact_name=contacts["name"],
            contact_phone=phones.gather(stream.sample(n, len(phones))),
            contact_email=contacts["email"],
            operating_hours=_json.record(OperatingHours, opens),
            display_order=pl.int_range(1, n + 1),
            is_default=(pl.col("code") == "MAIN") & (not world.keys.joins),
            is_active=~given_up,
            created_at=entered,
            updated_at=pl.when(given_up).then(left).otherwise(entered + timedelta(minutes=1)),
        ),
    )


def _put_zones(world: World, places: pl.DataFrame) -> None:
    assigned = places.group_by(code="zone").agg(
        held_q=pl.col("quantity_q").sum(), touched=pl.col("touched").max()
    )
    frame = (
        pl.DataFrame(_ZONES, schema=list(_ZONE_COLUMNS), orient="row")
        .join(assigned, on="code", how="left", maintain_order="left")
        .with_columns(pl.col("held_q").fill_null(0))
    )
    # A business that outgrows a zone widens it in steps of 500.
    wider = (pl.col("held_q") // 10_000 * 5 // 4 // 500 + 1) * 500
    fits = pl.col("held_q") <= pl.col("most") * 10_000
    cameras = pl.col("access_level").replace_strict(
        {"public": 1, "restricted": 2, "secure": 4, "high_security": 8}, return_dtype=pl.Int64
    )
    degrees = pl.format("{}, {} to {} degrees Fahrenheit", "name", "low", "high")
    # deleted_at stays empty: zones are closed with is_active.
    world.put(
        "storage_zones",
        frame.select(
            world.ids("storage_zones", frame.height),
            pl.col("code", "name", "temperature_control", "access_level", "color"),
            site_id=world.before("sites") + pl.col("site_id"),
            description=pl.coalesce(degrees, pl.format("{}, neither cooled nor heated", "name")),
            max_capacity=pl.when(fits).then("most").otherwise(wider).cast(pl.Decimal(15, 2)),
            current_capacity=(pl.col("held_q") // 100).cast(pl.Decimal(38, 2)) / 100,
            capacity_unit=pl.when(pl.col("code").is_in(["B", "D"]))
            .then(pl.lit("lb"))
            .otherwise(pl.lit("units")),
            min_temp=pl.col("low").cast(pl.Decimal(5, 2)),
            max_temp=pl.col("high").cast(pl.Decimal(5, 2)),
            display_order=pl.int_range(1, pl.len() + 1).over("site_id"),
            is_active=pl.col("code") != "VAULT-B",  # the freezer is out for repair
            metadata=_json.record(ZoneMetadata, {"cameras": cameras, "alarmed": cameras > 2}),
            created_at=_entered(world),
            updated_at=pl.max_horizontal("touched", _entered(world)),
        ),
    )


def _put_assignments(world: World, places: pl.DataFrame) -> None:
    stream = world.stream("warehouse", "assignments")
    stocked = places.filter(pl.col("quantity_q") > 0)
    floor = staff_of(world, "Warehouse Staff", "Inventory Manager")
    n = stocked.height
    told = pl.Series(stream.chance(n, 0.25))
    facts = stocked.select("code", "bin", amount=pl.col("quantity_q") // 10_000)
    world.put(
        "batch_zone_assignments",
        stocked.select(
            world.ids("batch_zone_assignments", n),
            pl.col("batch_id", "rack", "shelf", "bin"),
            zone_id=world.before("storage_zones")
            + pl.col("zone").replace_strict(ZONE_IDS, return_dtype=pl.Int64),
            quantity=quantity("quantity_q"),
            assigned_by_id=floor.gather(stream.indices(n, len(floor))),
            assigned_at="placed_at",
            notes=pl.when(told).then(sentence(facts, stream, _PLACE_NOTES, "notes")),
            created_at="placed_at",
            updated_at="touched",
        ),
    )
