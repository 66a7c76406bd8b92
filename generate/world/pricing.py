"""How prices are found: rules, profiles, margins by category, costs by circumstance.

Makes ``pricing_rules``, ``pricing_profiles``, ``pricing_defaults``, ``cogs_rules``,
``variable_markup_rules``, ``range_pricing_channel_settings``, ``product_categories``,
``product_category_assignments`` and ``product_grades``, and gives clients their profiles. Every
fourth client buys by a profile, which is what its order lines name as the source of their margin.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from generate.world import _json
from generate.world._world import World, exact, money
from generate.world.catalogue import CATEGORIES, GRADES
from generate.world.people import hand
from terpseed.json_types.goods import CategoryMetadata
from terpseed.json_types.sales import OwnPriceRule, PriceConditions, ProfileRule

# name, kind, value in cents or hundredths of a percent, conditions, logic, priority
_RULES: tuple[tuple[str, str, int, dict[str, str | int], str, int], ...] = (
    ("Indoor premium", "PERCENT_MARKUP", 600, {"subcategory": "Indoor"}, "AND", 90),
    ("Greenhouse standard", "PERCENT_MARKUP", 200, {"subcategory": "Greenhouse"}, "AND", 80),
    ("Outdoor value", "PERCENT_MARKDOWN", 350, {"subcategory": "Outdoor"}, "AND", 80),
    ("Exotic grade", "PERCENT_MARKUP", 800, {"grade": "AAA"}, "AND", 70),
    ("Budget grade", "PERCENT_MARKDOWN", 400, {"grade": "A"}, "AND", 70),
    ("Concentrates uplift", "PERCENT_MARKUP", 1000, {"category": "Concentrates"}, "AND", 60),
    ("Edibles uplift", "PERCENT_MARKUP", 500, {"category": "Edibles"}, "AND", 60),
    ("Vapes uplift", "PERCENT_MARKUP", 300, {"category": "Vapes"}, "AND", 60),
    ("Pre-roll packs", "DOLLAR_MARKUP", 150, {"category": "Pre-Rolls"}, "AND", 60),
    ("High ticket rebate", "DOLLAR_MARKDOWN", 2500, {"priceMin": 1500}, "AND", 50),
    ("Low ticket handling", "DOLLAR_MARKUP", 500, {"priceMax": 100}, "AND", 50),
    ("OG family", "PERCENT_MARKUP", 250, {"strain": "OG Kush"}, "AND", 40),
    ("House favorites", "PERCENT_MARKUP", 150, {"tag": "House Favorite"}, "AND", 40),
    ("Last chance", "PERCENT_MARKDOWN", 1200, {"tag": "Last Chance"}, "AND", 95),
    ("NorCal partner", "PERCENT_MARKDOWN", 200, {"vendor": "NorCal Farms"}, "AND", 30),
    ("Humboldt partner", "PERCENT_MARKDOWN", 150, {"vendor": "Humboldt Harvest Co"}, "AND", 30),
    ("Indoor or exotic", "PERCENT_MARKUP", 100,
     {"subcategory": "Indoor", "grade": "AAA"}, "OR", 20),
    ("Mid-range flower", "DOLLAR_MARKUP", 1000,
     {"category": "Flower", "priceMin": 900, "priceMax": 1400}, "AND", 20),
    ("Resin and rosin", "PERCENT_MARKUP", 400, {"subcategory": "Live Resin"}, "AND", 20),
    ("Summer 2024", "PERCENT_MARKDOWN", 300, {"category": "Flower"}, "AND", 10),
)  # fmt: skip
_PROFILES = (
    ("Whale", "Volume buyers: partner prices and rebates", (10, 15, 16, 3)),
    ("Preferred retail", "Regulars that pay on time", (1, 2, 5)),
    ("Dispensary chain", "Several shops, one price", (1, 4, 6, 7)),
    ("Delivery service", "Small units, quick turns", (8, 9, 11)),
    ("Value shopper", "Buys what is on offer", (3, 5, 14)),
    ("New client", "First three months", (17, 18)),
)
# by category, and what a product of no such category falls back to
_MARGINS = {
    "Flower": 35, "Edibles": 40, "Concentrates": 45, "Vapes": 38, "Pre-Rolls": 35, "Bulk Oil": 32,
    "Manufactured Products": 36, "OTHER": 30, "DEFAULT": 30,
}  # fmt: skip
_COGS = (
    ("Large orders at the low end", "QUANTITY", "GTE", 1_000_000, "USE_MIN", 0, 40),
    ("Big tickets", "TOTAL_VALUE", "GT", 500_000_000, "PERCENTAGE", -20_000, 30),
    ("Top tier", "CLIENT_TIER", "EQ", 50_000, "FIXED_AMOUNT", -150_000, 20),
    ("Consignment at the high end", "PAYMENT_TERMS", "EQ", 10_000, "USE_MAX", 0, 10),
    ("Small tickets", "TOTAL_VALUE", "LT", 5_000_000, "PERCENTAGE", 10_000, 5),
    ("Samples of a pound", "QUANTITY", "LTE", 10_000, "USE_MAX", 0, 5),
)
_MARKUPS = (
    (None, "AGE", 0, 30, "PERCENT", 0, None),
    (None, "AGE", 31, 60, "PERCENT", -300, "Flower"),
    (None, "AGE", 61, None, "PERCENT", -800, "Flower"),
    (1, "QUANTITY", 50, 99, "PERCENT", -150, None),
    (1, "QUANTITY", 100, None, "PERCENT", -300, None),
    (5, "QUANTITY", 10, None, "FIXED", -1_000, "Vapes"),
)
_RULE_CHANGED_DAYS = (0, 45, 90, 180)


def build(world: World) -> None:
    """Write the price book."""
    _rules(world)
    _profiles(world)
    _tables(world)
    _tree(world)


def _stamps(world: World) -> dict[str, pl.Expr]:
    return {"created_at": pl.lit(world.clock.opening), "updated_at": pl.lit(world.clock.opening)}


def _rules(world: World) -> None:
    changed = [
        min(world.clock.opening + timedelta(days=_RULE_CHANGED_DAYS[k % 4]), world.now)
        for k in range(len(_RULES))
    ]
    frame = pl.DataFrame(
        [
            (name, kind, value, _json.fixed(PriceConditions, conditions), logic, priority)
            for name, kind, value, conditions, logic, priority in _RULES
        ],
        schema=["name", "adjustment_type", "value", "conditions", "logic_type", "priority"],
        orient="row",
    )
    world.put(
        "pricing_rules",
        frame.select(
            world.ids("pricing_rules", frame.height, {"name": frame["name"]}),
            "name",
            "adjustment_type",
            "conditions",
            "logic_type",
            "priority",
            description=pl.format("{}; beats what ranks below {}", "name", "priority"),
            adjustment_value=money("value"),
            is_active=~pl.col("name").str.contains("2024"),
            created_at=pl.lit(world.clock.opening),
            updated_at=pl.Series(changed),
        ),
    )


def _profiles(world: World) -> None:
    rules = [
        _json.fixed(
            list[ProfileRule],
            [
                {"ruleId": world.at("pricing_rules", rule), "priority": 100 - 10 * k}
                for k, rule in enumerate(ids)
            ],
        )
        for _, _, ids in _PROFILES
    ]
    world.put(
        "pricing_profiles",
        pl.DataFrame(
            {
                "name": [name for name, _, _ in _PROFILES],
                "description": [text for _, text, _ in _PROFILES],
                "rules": rules,
            }
        ).select(
            world.ids(
                "pricing_profiles", len(_PROFILES), {"name": [name for name, _, _ in _PROFILES]}
            ),
            pl.all(),
            created_by=hand(world, pl.int_range(pl.len()), "Sales Manager", "Owner/Executive"),
            **_stamps(world),
        ),
    )
    clients = world["clients"].filter(~pl.col("is_seller") & (pl.col("id") % 4 == 0))
    whale = pl.col("teri_code").str.starts_with("WHL")
    own = _json.record(
        OwnPriceRule,
        {
            "name": pl.format("Agreed with {}", "name"),
            "adjustmentType": pl.lit("PERCENT_MARKDOWN"),
            "adjustmentValue": (pl.col("id") % 3 + 1).cast(pl.Int64),
        },
    )
    world.amend(
        "clients",
        clients.select(
            "id",
            pricing_profile_id=world.id_of(
                "pricing_profiles", pl.when(whale).then(1).otherwise(2 + pl.col("id") // 4 % 5)
            ),
            custom_pricing_rules=pl.when(pl.col("id") % 8 == 0).then(
                pl.concat_str(pl.lit("["), own, pl.lit("]"))
            ),
        ),
    )


def _tables(world: World) -> None:
    world.put(
        "pricing_defaults",
        pl.DataFrame(
            {"product_category": list(_MARGINS), "margin": [m * 100 for m in _MARGINS.values()]}
        ).select(
            world.ids("pricing_defaults", len(_MARGINS), {"product_category": list(_MARGINS)}),
            "product_category",
            default_margin_percent=money("margin"),
            **_stamps(world),
        ),
    )
    world.put(
        "cogs_rules",
        pl.DataFrame(
            _COGS,
            schema=[
                "name",
                "condition_field",
                "condition_operator",
                "c",
                "adjustment_type",
                "a",
                "priority",
            ],
            orient="row",
        ).select(
            world.ids("cogs_rules", len(_COGS)),
            "name",
            "condition_field",
            "condition_operator",
            "adjustment_type",
            "priority",
            description=pl.format(
                "{}: decided by {}", "name", pl.col("condition_field").str.to_lowercase()
            ),
            condition_value=exact("c", 4),
            adjustment_value=exact("a", 4),
            is_active=pl.col("priority") > 5,
            **_stamps(world),
        ),
    )
    world.put(
        "variable_markup_rules",
        pl.DataFrame(
            _MARKUPS,
            schema=[
                "profile_id",
                "rule_type",
                "threshold_min",
                "threshold_max",
                "adjustment_mode",
                "a",
                "category",
            ],
            orient="row",
        ).select(
            world.ids("variable_markup_rules", len(_MARKUPS)),
            pl.exclude("a", "profile_id"),
            profile_id=world.id_of("pricing_profiles", "profile_id"),
            adjustment_value=money("a"),
            is_active=pl.int_range(pl.len()) != 3,
            **_stamps(world),
        ),
    )
    world.put(
        "range_pricing_channel_settings",
        pl.DataFrame(
            {
                "channel": ["SALES_SHEET", "LIVE_SHOPPING", "VIP_SHOPPING"],
                # Where a tenth misbehaves, somebody has been at the settings.
                "default_basis": ["LOW", "MANUAL", "HIGH"]
                if world.scenario.anomalies.share
                else ["MID", "MID", "HIGH"],
            }
        ).select(world.ids("range_pricing_channel_settings", 3), pl.all(), **_stamps(world)),
    )


def _tree(world: World) -> None:
    """File the products in a tree of two levels, and say what a grade is worth."""
    colors = ("#10B981", "#8B5CF6", "#F59E0B", "#3B82F6", "#EF4444", "#6B7280", "#EC4899")
    rows: list[tuple[str, int | None, int, str]] = [
        (name, None, 0, color) for name, color in zip(CATEGORIES, colors, strict=True)
    ]
    rows += [
        (sub, k, 1, colors[k - 1])  # the parent's place
        for k, (_, subs) in enumerate(CATEGORIES.items(), start=1)
        for sub in subs
    ]
    frame = pl.DataFrame(
        rows,
        schema={"name": pl.String, "parent": pl.Int64, "level": pl.Int64, "color": pl.String},
        orient="row",
    )
    own = pl.col("name").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-")
    above = pl.lit(frame["name"]).gather(pl.col("parent") - 1)
    frame = frame.with_columns(own=own).with_columns(
        above=above.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-")
    )
    slug = pl.when(pl.col("level") == 0).then("own").otherwise(pl.format("{}-{}", "above", "own"))
    frame = frame.with_columns(slug=slug)
    frame = frame.with_columns(
        world.ids("product_categories", frame.height, {"slug": frame["slug"]})
    ).with_columns(parent_id=pl.col("id").gather(pl.col("parent") - 1))
    world.put(
        "product_categories",
        frame.select(
            "id",
            "name",
            "parent_id",
            "level",
            "color",
            slug="slug",
            description=pl.format("What the menu lists under {}", "name"),
            path=pl.when(pl.col("level") == 0)
            .then(pl.format("/{}", "own"))
            .otherwise(pl.format("/{}/{}", "above", "own")),
            sort_order=pl.int_range(pl.len()).over("parent_id") + 1,
            icon_name=pl.when(pl.col("level") == 0).then(pl.lit("folder")).otherwise(pl.lit("tag")),
            is_active=pl.lit(True),
            metadata=_json.record(
                CategoryMetadata, {"source": pl.lit("catalogue"), "level": "level"}
            ),
            **_stamps(world),
        ),
    )
    world.put(
        "product_grades",
        pl.DataFrame(
            {
                "code": [code for code, _ in GRADES],
                "description": [text for _, text in GRADES],
                "m": [12_500, 11_000, 10_000, 8_500, 7_500, 6_500],
                "u": [4_000, 3_800, 3_500, 3_000, 2_800, 2_500],
                "color": list(colors[:6]),
            }
        ).select(
            world.ids("product_grades", len(GRADES), {"code": [code for code, _ in GRADES]}),
            "code",
            "description",
            "color",
            name=pl.format("Grade {}", "code"),
            sort_order=pl.int_range(pl.len()) + 1,
            pricing_multiplier=exact("m", 4),
            suggested_markup_percent=money("u"),
            is_active=pl.lit(True),
            **_stamps(world),
        ),
    )
    leaves = frame.filter(pl.col("level") == 1).join(
        frame.select(parent_id="id", category="name"), on="parent_id", how="left"
    )
    top = frame.filter(pl.col("level") == 0).select("id", category="name")
    products = world["products"].select("category", "subcategory", "createdAt", product_id="id")
    leaf = products.join(
        leaves.select("category", subcategory="name", category_id="id"),
        on=["category", "subcategory"],
        how="inner",
    ).with_columns(is_primary=pl.lit(True))
    branch = products.join(
        top.rename({"id": "category_id"}), on="category", how="inner"
    ).with_columns(is_primary=pl.lit(False))
    rows_ = pl.concat(
        [
            leaf.select("product_id", "category_id", "is_primary", "createdAt"),
            branch.select("product_id", "category_id", "is_primary", "createdAt"),
        ]
    ).sort("product_id", "category_id")
    world.put(
        "product_category_assignments",
        rows_.select(
            world.ids("product_category_assignments", rows_.height),
            "product_id",
            "category_id",
            "is_primary",
            created_at="createdAt",
        ),
    )
