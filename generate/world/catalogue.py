"""What the company trades in: strains, brands, products, and the words to sort them by.

Makes ``categories``, ``subcategories``, ``grades``, ``unit_types``, ``strains``, ``brands``,
``products``, ``productSynonyms``, ``productMedia``, ``productTags`` and the tag tables. The fact
frame ``catalogue`` holds what buying and selling need of a product: list price and expected cost.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from generate.pools import pool, pool_frame
from generate.world._shares import apportion, scatter
from generate.world._text import sentence
from generate.world.people import hand

if TYPE_CHECKING:
    from generate.world._world import World

CATEGORIES: dict[str, tuple[str, ...]] = {
    "Flower": (
        "Tops/Colas", "Smalls/Popcorn", "Trim", "Shake", "Larf", "Machine Trim", "Hand Trim",
        "Outdoor", "Deps", "Indoor", "Greenhouse",
    ),
    "Concentrates": (
        "Shatter", "Wax", "Live Resin", "Rosin", "Diamonds", "Distillate", "Crumble", "Budder",
    ),
    "Edibles": ("Gummies", "Chocolates", "Beverages", "Baked Goods"),
    "Vapes": ("Cartridges", "Disposables", "All in One"),
    "Pre-Rolls": ("Single", "Multi-Pack"),
    "Bulk Oil": ("Crude", "Winterized"),
    "Manufactured Products": ("Preroll", "Edible", "Tincture", "Topical", "Accessory"),
}  # fmt: skip
GRADES = (
    ("AAA", "Exotic, hand-selected"),
    ("AA", "Premium"),
    ("A", "Top shelf"),
    ("B", "Mid-tier"),
    ("C", "Budget"),
    ("D", "Economy"),
)
UNITS = (
    ("EA", "Each", "COUNT", "1", None),
    ("G", "Gram", "WEIGHT", "1", None),
    ("OZ", "Ounce", "WEIGHT", "28.3495", "G"),
    ("LB", "Pound", "WEIGHT", "453.592", "G"),
    ("KG", "Kilogram", "WEIGHT", "1000", "G"),
    ("ML", "Milliliter", "VOLUME", "1", None),
    ("L", "Liter", "VOLUME", "1000", "ML"),
    ("PKG", "Package", "PACKAGED", "1", "EA"),
    ("PK5", "Pack of 5", "PACKAGED", "5", "EA"),
    ("BOX", "Box", "PACKAGED", "1", "EA"),
    ("PK10", "Pack of 10", "PACKAGED", "10", "EA"),
    ("CASE", "Case", "PACKAGED", "1", "EA"),
    ("CASE24", "Case of 24", "PACKAGED", "24", "EA"),
    ("PALLET", "Pallet", "PACKAGED", "1", "EA"),
)
HOUSE_BRAND = "Terp House Reserve"
_GROWTHS = ("Indoor", "Greenhouse", "Outdoor")
_FLOWER_GRADES = (("AAA", 1.08), ("AA", 1.0), ("A", 0.92))
_OTHER_SHARE_OF_STRAINS = 10
# Popularity after Pareto: a fifth of the products sells most.
_POPULARITY = ((0.2, 12.0), (0.5, 3.0), (1.0, 1.0))

_TAGS: dict[str, tuple[str, ...]] = {
    "STATUS": ("New Arrival", "Last Chance", "Restocked", "Staff Pick"),
    "PRIORITY": ("Hot Seller", "Move First", "Clear Out"),
    "TYPE": ("wholesale", "high-volume", "cannabis", "retail", "vendor", "supplier", "cultivator"),
    "CUSTOM": ("Holiday", "420 Special", "House Favorite"),
    "STRAIN": ("OG Family", "Cookies Family", "Haze Family", "Zkittlez Family"),
    "FLAVOR": ("Citrus", "Pine", "Diesel", "Berry", "Earthy", "Vanilla", "Tropical"),
    "EFFECT": ("Relaxing", "Uplifting", "Creative", "Sleepy", "Focused", "Euphoric"),
}
_TAG_COLORS = ("#6B7280", "#EF4444", "#3B82F6", "#10B981", "#8B5CF6", "#F59E0B", "#EC4899")


def build(world: World) -> None:
    """List what can be bought and sold."""
    _vocabulary(world)
    _strains(world)
    _brands(world)
    _products(world)
    _words_for_products(world)


def _stamps(world: World) -> dict[str, pl.Expr]:
    return {"createdAt": pl.lit(world.clock.opening), "updatedAt": pl.lit(world.clock.opening)}


def _vocabulary(world: World) -> None:
    names = list(CATEGORIES)
    world.put(
        "categories",
        pl.DataFrame({"name": names}).select(
            world.ids("categories", len(names), {"name": names}),
            "name",
            description=pl.format("Everything sold as {}", "name"),
            isActive=pl.lit(1),
            **_stamps(world),
        ),
    )
    pairs = pl.DataFrame(
        [(k, sub) for k, name in enumerate(names, start=1) for sub in CATEGORIES[name]],
        schema=["place", "name"],
        orient="row",
    ).select("name", categoryId=world.id_of("categories", "place"))
    world.put(
        "subcategories",
        pairs.select(
            world.ids("subcategories", pairs.height, pairs.to_dict()),
            "categoryId",
            "name",
            description=pl.format("{} as its own line", "name"),
            isActive=pl.lit(1),
            **_stamps(world),
        ),
    )
    world.put(
        "grades",
        pl.DataFrame(GRADES, schema=["name", "description"], orient="row").select(
            world.ids("grades", len(GRADES), {"name": [name for name, _ in GRADES]}),
            pl.all(),
            sortOrder=pl.int_range(1, len(GRADES) + 1),
            isActive=pl.lit(1),
            **_stamps(world),
        ),
    )
    world.put(
        "unit_types",
        pl.DataFrame(
            UNITS,
            schema=["code", "name", "category", "conversion_factor", "base_unit_code"],
            orient="row",
        ).select(
            world.ids("unit_types", len(UNITS), {"code": [unit[0] for unit in UNITS]}),
            "code",
            "name",
            "category",
            "base_unit_code",
            description=pl.format(
                "Counted by the {}, as {} on labels", pl.col("name").str.to_lowercase(), "code"
            ),
            conversion_factor=pl.col("conversion_factor").cast(pl.Decimal(15, 6)),
            is_active=pl.lit(True),
            sort_order=pl.int_range(1, len(UNITS) + 1),
            created_at=pl.lit(world.clock.opening),
            updated_at=pl.lit(world.clock.opening),
        ),
    )


def _strains(world: World) -> None:
    n = world.scenario.catalogue.strains
    listed = pool_frame("strain")
    rounds = -(-n // listed.height)
    frame = pl.concat(
        [
            listed.with_columns(
                pl.col("name") if k == 0 else pl.format("{} #{}", "name", pl.lit(k + 1))
            )
            for k in range(rounds)
        ]
    ).head(n)
    frame = frame.with_columns(world.ids("strains", n, {"name": frame["name"]}))
    parents = frame.group_by("family", maintain_order=True).agg(
        parentStrainId=pl.col("id").first(), baseStrainName=pl.col("name").first()
    )
    slug = pl.col("name").str.to_lowercase()
    world.put(
        "strains",
        frame.join(parents, on="family", how="left", maintain_order="left").select(
            "id",
            "name",
            standardizedName=slug.str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars(),
            aliases=pl.format(
                '["{}", "{}"]',
                slug.str.replace_all(r"[^a-z0-9]+", ""),
                slug.str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-"),
            ),
            category="category",
            description=pl.format("{} of the {} family", "category", "family"),
            openthcId=pl.format("STRAIN-{}", pl.col("id").cast(pl.String).str.zfill(6)),
            openthcStub=slug.str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-"),
            parentStrainId=pl.when(pl.col("id") != pl.col("parentStrainId")).then("parentStrainId"),
            baseStrainName="baseStrainName",
            **_stamps(world),
        ),
    )


def _brands(world: World) -> None:
    vendors = vendor_names(world)
    names = [
        *[
            f"{name.split()[0]} {_BRAND_WORDS[k % len(_BRAND_WORDS)]}{world.keys.place}"
            for k, name in enumerate(vendors)
        ]
    ]
    frame = pl.DataFrame(
        {
            "name": [*names, f"{HOUSE_BRAND}{world.keys.place}"],
            "vendorId": pl.Series(
                [*(world.before("vendors") + k for k in range(1, len(vendors) + 1)), None],
                dtype=pl.Int64,
            ),
            "description": [
                *[f"Grown and packed by {name}{world.keys.place}" for name in vendors],
                "Packed under our own label",
            ],
        }
    )
    world.put("brands", frame.select(world.ids("brands", frame.height), pl.all(), **_stamps(world)))


_BRAND_WORDS = ("Select", "Reserve", "Estate", "Collective", "Heritage", "Craft", "Gold", "Private")


def vendor_names(world: World) -> list[str]:
    """Return the vendors' names, without what tells those of one market from another's."""
    n = world.scenario.parties.vendors
    listed = pool_frame("vendor")["name"].to_list()
    extra = [name for name in pool("company_wholesale").to_list()[-40:] if name not in listed]
    known = [*listed, *extra]
    # A market of many vendors has branches: the same names again, with a number.
    return [
        known[k % len(known)] + (f" {k // len(known) + 1}" if k >= len(known) else "")
        for k in range(n)
    ]


def _products(world: World) -> None:
    scenario = world.scenario
    n = scenario.catalogue.products
    stream = world.stream("catalogue", "products")
    strains = world["strains"].select("id", "name")
    others_wanted = max(0, min(n - 1, round(n * (1 - scenario.catalogue.flower_share))))
    listed = pool_frame("subcategory").filter(pl.col("category") != "Flower")
    lines = pl.DataFrame(
        [
            (strain, name, category, sub, unit)
            for strain, name in strains.head(_OTHER_SHARE_OF_STRAINS).iter_rows()
            for sub, category, unit in listed.select("name", "category", "unit").iter_rows()
        ],
        schema=["strainId", "strain", "category", "subcategory", "unit"],
        orient="row",
    )
    others = lines[stream.sample(others_wanted, lines.height)].with_columns(
        nameCanonical=pl.format("{} - {}", "strain", "subcategory"),
        grade=pl.lit("A"),
        list_c=pl.lit(0, dtype=pl.Int64),
    )
    rank = stream.order(n)
    edges = np.array([share for share, _ in _POPULARITY]) * n
    tier = np.searchsorted(edges, rank, side="right").clip(0, len(_POPULARITY) - 1)
    weight = np.array([w for _, w in _POPULARITY])[tier]
    flower = _flower(world, weight[: n - others.height])
    frame = pl.concat([flower, others.select(flower.columns)])
    cost = scenario.prices.other_cost * 100
    unit_cost = np.floor(cost * stream.spread(frame.height, 0.2)).astype(np.int64)
    margin = base_margin(world)
    list_c = np.where(
        frame["unit"].to_numpy() == "LB",
        frame["list_c"].to_numpy(),
        np.floor(unit_cost / (1 - margin) / 50).astype(np.int64) * 50,
    )
    vendors = scenario.parties.vendors
    vendor = scatter(apportion(frame.height, np.ones(vendors)))[stream.order(frame.height)] + 1
    house = stream.chance(frame.height, 0.08)
    # The popular half is there from the first day; the rest is introduced over the first year.
    launch = np.where(
        rank < max(0.5 * frame.height, 1),
        0,
        stream.integers(frame.height, 0, min(365, world.clock.days // 2)),
    )
    frame = frame.with_columns(
        world.ids("products", frame.height),
        list_c=pl.Series(list_c),
        vendor_id=pl.Series(vendor) + world.before("vendors"),
        brand_id=world.before("brands")
        + pl.when(pl.Series(house)).then(vendors + 1).otherwise(pl.Series(vendor)),
        house=pl.Series(house),
        weight=pl.Series(weight),
        launch=pl.Series(launch),
    )
    world.facts["catalogue"] = frame
    launched = pl.lit(world.clock.opening) + pl.duration(days="launch")
    world.put(
        "products",
        frame.select(
            "id",
            brandId="brand_id",
            supplier_client_id="vendor_id",
            strainId="strainId",
            nameCanonical="nameCanonical",
            category="category",
            subcategory="subcategory",
            uomSellable="unit",
            description=sentence(
                frame, world.stream("catalogue", "descriptions"), pool("product").to_list(), "d"
            ),
            createdAt=launched,
            updatedAt=launched,
        ),
    )


def base_margin(world: World) -> float:
    """Return the margin of an ordinary line at which the whole comes out at the scenario's margin.

    Lines with unusually high (50 to 70 %) and low (5 to 10 %) margins shift the average; a unit of
    cost sells for 1/(1-m) at margin m, and revenue over cost of the mix must be 1/(1-target).
    """
    sales = world.scenario.sales
    high, low = sales.high_margin_share, sales.low_margin_share
    wanted = 1 / (1 - sales.margin)
    ordinary = (wanted - high / (1 - 0.60) - low / (1 - 0.075)) / (1 - high - low)
    return min(0.9, max(0.02, 1 - 1 / max(ordinary, 1.02)))


def _flower(world: World, weight: npt.NDArray[np.float64]) -> pl.DataFrame:
    scenario, n = world.scenario, len(weight)
    stream = world.stream("catalogue", "flower")
    strains = world["strains"].select(strainId="id", strain="name")
    mix = scenario.mix
    growth = pl.Series(_GROWTHS).gather(
        _balanced(weight, np.array([mix.indoor, mix.greenhouse, mix.outdoor]))
    )
    # Every strain gets its turn before any gets a second product; names stay unique.
    turn = np.arange(n) % strains.height
    grades = pl.Series([grade for grade, _ in _FLOWER_GRADES]).gather(
        ((np.arange(n) // strains.height) + stream.integers(n, 0, 2)) % 3
    )
    points = {
        "Indoor": scenario.prices.indoor,
        "Greenhouse": scenario.prices.greenhouse,
        "Outdoor": scenario.prices.outdoor,
    }
    frame = strains[turn].with_columns(
        category=pl.lit("Flower"), subcategory=growth, unit=pl.lit("LB"), grade=grades
    )
    frame = frame.with_columns(
        repeat=pl.int_range(pl.len()).over("strain", "subcategory", "grade"),
        nameCanonical=pl.format("{} - {} - {}", "strain", "subcategory", "grade"),
        factor=pl.col("grade").replace_strict(dict(_FLOWER_GRADES), return_dtype=pl.Float64)
        * pl.Series(stream.spread(n, 0.06)),
        point=pl.col("subcategory").replace_strict(points, return_dtype=pl.Float64),
    )
    return frame.select(
        "strainId",
        "strain",
        "category",
        "subcategory",
        "unit",
        "grade",
        nameCanonical=pl.when(pl.col("repeat") == 0)
        .then("nameCanonical")
        .otherwise(pl.format("{} Cut {}", "nameCanonical", pl.col("repeat") + 1)),
        # Whole five-dollar steps, in cents.
        list_c=(pl.col("point") * pl.col("factor") / 5).round().cast(pl.Int64) * 500,
    )


def _balanced(
    weight: npt.NDArray[np.float64], shares: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return a kind for each product so that the kinds' weights come close to their shares.

    The most popular product goes first; each goes where most is missing.
    """
    missing = shares / shares.sum() * weight.sum()
    kinds = np.zeros(len(weight), dtype=np.int64)
    for place in np.argsort(-weight, kind="stable"):
        kinds[place] = int(np.argmax(missing))
        missing[kinds[place]] -= weight[place]
    return kinds


def _words_for_products(world: World) -> None:
    products = world["products"].select("id", "nameCanonical", "createdAt")
    stream = world.stream("catalogue", "words")
    third = products[stream.sample(-(-products.height // 3), products.height)]
    world.put(
        "productSynonyms",
        third.select(
            world.ids("productSynonyms", third.height),
            productId="id",
            synonym=pl.col("nameCanonical").str.replace_all(" - ", " ").str.to_lowercase(),
            createdAt=pl.col("createdAt") + timedelta(hours=2),
        ),
    )
    media = products[stream.sample(-(-products.height // 3), products.height)]
    kind = stream.dealt(media.height, ("image", "document"), (85, 15))
    slug = pl.col("nameCanonical").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-")
    named = media.with_columns(
        kind,
        filename=pl.format(
            "{}.{}", slug, pl.when(kind == "image").then(pl.lit("jpg")).otherwise(pl.lit("pdf"))
        ),
    )
    world.put(
        "productMedia",
        named.select(
            world.ids("productMedia", media.height),
            productId="id",
            url=pl.format("/media/products/{}/{}", "id", "filename"),
            type=kind,
            filename="filename",
            size=pl.Series(stream.integers(media.height, 80_000, 2_400_000)),
            uploadedBy=hand(world, "id", "Inventory Manager", "Warehouse Staff"),
            createdAt=pl.col("createdAt") + timedelta(days=1, hours=3),
        ),
    )
    _tags(world, products)


def _tags(world: World, products: pl.DataFrame) -> None:
    stream = world.stream("catalogue", "tags")
    rows = [
        (name, group, color)
        for (group, names), color in zip(_TAGS.items(), _TAG_COLORS, strict=True)
        for name in names
    ]
    tags = pl.DataFrame(rows, schema=["name", "category", "color"], orient="row").with_columns(
        world.ids("tags", len(rows), {"name": [name for name, _, _ in rows]})
    )
    world.put(
        "tags",
        tags.select(
            "id",
            "name",
            standardizedName=pl.col("name").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-"),
            category="category",
            color="color",
            description=pl.format("{}: {}", pl.col("category").str.to_titlecase(), "name"),
            **_stamps(world),
        ),
    )
    groups = [group for group in _TAGS if group in {"FLAVOR", "EFFECT", "STRAIN", "STATUS", "TYPE"}]
    titles = [f"{group.title()} tags" for group in groups]
    group_frame = pl.DataFrame({"category": groups, "name": titles}).with_columns(
        world.ids("tagGroups", len(groups), {"name": titles})
    )
    world.put(
        "tagGroups",
        group_frame.select(
            "id",
            name="name",
            description=pl.format("Tags that tell the {}", pl.col("category").str.to_lowercase()),
            color=pl.Series(_TAG_COLORS[: len(groups)]),
            createdBy=hand(world, "id", "Sales Manager", "Operations Manager"),
            **_stamps(world),
        ),
    )
    members = tags.join(
        group_frame.select("category", groupId="id"),
        on="category",
        how="inner",
        maintain_order="left",
    )
    world.put(
        "tagGroupMembers",
        members.select(
            world.ids(
                "tagGroupMembers",
                members.height,
                members.select("groupId", tagId="id").to_dict(),
            ),
            "groupId",
            tagId="id",
            createdAt=pl.lit(world.clock.opening),
        ),
    )
    ids = dict(tags.select("name", "id").iter_rows())
    edges = [
        ("Citrus", "Tropical"), ("Earthy", "Pine"), ("Earthy", "Diesel"), ("Relaxing", "Sleepy"),
        ("Uplifting", "Euphoric"), ("Uplifting", "Creative"), ("wholesale", "high-volume"),
        ("vendor", "supplier"), ("supplier", "cultivator"), ("Hot Seller", "Move First"),
    ]  # fmt: skip
    pairs = {
        "parentTagId": [ids[a] for a, _ in edges],
        "childTagId": [ids[b] for _, b in edges],
    }
    world.put(
        "tagHierarchy",
        pl.DataFrame(pairs).select(
            world.ids("tagHierarchy", len(edges), pairs),
            pl.all(),
            createdAt=pl.lit(world.clock.opening),
        ),
    )
    usable = tags.filter(~pl.col("category").is_in(["TYPE", "PRIORITY"]))
    counts = stream.integers(products.height, 1, 3)
    owner_rows = scatter(counts)
    keys = np.argsort(
        stream.uniform(products.height * usable.height).reshape(products.height, -1), axis=1
    )
    place = (
        np.concatenate([np.arange(c) for c in counts]) if len(counts) else np.array([], dtype=int)
    )
    chosen = products[owner_rows].select(productId="id", createdAt="createdAt")
    world.put(
        "productTags",
        chosen.select(
            world.ids("productTags", chosen.height),
            "productId",
            tagId=usable["id"].gather(keys[owner_rows, place]),
            createdAt=pl.col("createdAt") + timedelta(hours=1),
        ),
    )
