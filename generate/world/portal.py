"""The VIP portal: who may sign in, when they last did, and what they see there.

Makes ``vip_portal_auth`` and ``vip_portal_configurations``, and copies the last sign-in into
``clients``. An account opens on the day a client signs up. Nobody acts in the portal without having
signed in before: the last sign-in is no earlier than what led to the client's last action there.
Passwords are put in by the run, as for employees; some clients sign in with Google or Microsoft.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._hours import between
from generate.world._tokens import HEX, tokens, uuids
from generate.world._world import at_work
from generate.world.people import PASSWORD_MARK
from terpseed.json_types.clients import PortalFeatures, PortalOptions

if TYPE_CHECKING:
    from generate.world._world import World

_SESSION_DAYS = 7
_DIGITS = "0123456789"
_MODULES = (
    "dashboard",
    "live_catalog",
    "ar",
    "ap",
    "transaction_history",
    "vip_tier",
    "credit_center",
    "marketplace_needs",
    "marketplace_supply",
)
# What each kind of package leaves out: modules, then single features of the others.
_PACKAGES: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset(), frozenset()),
    (frozenset({"ap", "marketplace_supply"}), frozenset({"showHistory", "showTemplates"})),
    (
        frozenset({"ap", "credit_center", "marketplace_supply"}),
        frozenset({"allowPdfDownloads", "showYtdSpend", "showRecommendations"}),
    ),
    (
        frozenset({"live_catalog", "vip_tier", "transaction_history"}),
        frozenset({"showQuickLinks", "allowStatusFilter", "requireExpiration"}),
    ),
    (frozenset({"dashboard", "ar", "marketplace_needs"}), frozenset({"showGreeting", "allowEdit"})),
)
_FEATURES: dict[str, tuple[str, ...]] = {
    "dashboard": ("showGreeting", "showCurrentBalance", "showYtdSpend", "showQuickLinks"),
    "ar": ("showSummaryTotals", "showInvoiceDetails", "allowPdfDownloads", "highlightOverdue"),
    "ap": ("showSummaryTotals", "showBillDetails", "allowPdfDownloads", "highlightOverdue"),
    "transactionHistory": (
        "showAllTypes", "allowDateFilter", "allowTypeFilter", "allowStatusFilter", "showDetails",
        "allowPdfDownloads",
    ),
    "vipTier": (
        "showBadge", "showRequirements", "showRewards", "showProgress", "showRecommendations",
    ),
    "creditCenter": (
        "showCreditLimit", "showCreditUsage", "showAvailableCredit", "showUtilizationVisual",
        "showHistory", "showRecommendations",
    ),
    "marketplaceNeeds": (
        "allowCreate", "showActiveListings", "allowEdit", "allowCancel", "showTemplates",
        "requireExpiration",
    ),
    "marketplaceSupply": (
        "allowCreate", "showActiveListings", "allowEdit", "allowCancel", "showTemplates",
        "requireExpiration", "allowNewStrain", "showTags",
    ),
}  # fmt: skip
# type, how others are shown, whether suggestions are, and from how many clients on
_BOARDS = (
    ("ytd_spend", "blackbox", True, 5),
    ("payment_speed", "blackbox", True, 5),
    ("order_frequency", "transparent", True, 8),
    ("credit_utilization", "blackbox", False, 10),
    ("ontime_payment_rate", "transparent", False, 5),
)
_HISTORY = ("ALL", "12_MONTHS", "6_MONTHS", "3_MONTHS")
_EXPIRY = ("1_WEEK", "1_MONTH", "5_DAYS", "1_DAY")
_INPUT = ("BOTH", "SINGLE", "RANGE")


def build(world: World) -> None:
    """Open the accounts and set up what their owners see."""
    clients = (
        world["clients"]
        .filter("vip_portal_enabled")
        .select("email", client_id="id", opened=pl.col("created_at") + timedelta(minutes=40))
    )
    clients = _signed_in(world, clients)
    _accounts(world, clients)
    _configurations(world, clients)
    world.amend("clients", clients.select(id="client_id", vip_portal_last_login="last_login"))


def _signed_in(world: World, clients: pl.DataFrame) -> pl.DataFrame:
    """Add when each client signed in last, and how often it has so far."""
    stream = world.stream("portal", "sign-ins")
    n = clients.height
    done = (
        world.facts["portal_actions"]
        .group_by("client_id")
        .agg(last=pl.col("at").max(), days=pl.col("at").dt.date().n_unique().cast(pl.Int64))
    )
    back = pl.lit(pl.Series(stream.integers(n, 0, 20)))
    recent = at_work(
        pl.select(pl.lit(world.clock.as_of) - pl.duration(days=back)).to_series(),
        stream,
        now=world.now,
    )
    before = pl.duration(seconds=pl.lit(pl.Series(stream.integers(n, 120, 1_500))))
    led_to = (pl.col("last") - before).dt.truncate("1s")
    age = (pl.lit(world.now) - pl.col("opened")).dt.total_days()
    every = pl.lit(pl.Series(stream.integers(n, 2, 9)))
    return clients.join(done, on="client_id", how="left", maintain_order="left").with_columns(
        # Whoever was away since signs in again now and then, even if only to look.
        last_login=pl.max_horizontal(
            pl.when(pl.lit(recent) > pl.col("last").fill_null(pl.lit(world.clock.opening)))
            .then(pl.lit(recent))
            .otherwise(led_to),
            pl.col("opened") + timedelta(minutes=5),
        ),
        logins=pl.max_horizontal(age // every, pl.col("days").fill_null(0)) + 1,
    )


def _accounts(world: World, clients: pl.DataFrame) -> None:
    stream = world.stream("portal", "accounts")
    n = clients.height
    way = stream.dealt(n, ("password", "google", "microsoft", "both"), (60, 15, 12, 13))
    google = pl.Series(way.is_in(["google", "both"]))
    ends = pl.col("last_login") + timedelta(days=_SESSION_DAYS)
    stays = pl.Series(stream.chance(n, 0.6)) | (pl.col("last_login") == pl.col("last_login").max())
    signed_in = stays & (ends > pl.lit(world.now))
    # One client has just asked for a new password, one never used the link it had asked for.
    turn = pl.int_range(pl.len())
    stale = pl.max_horizontal("opened", pl.col("last_login") - timedelta(days=19))
    just_now = pl.lit(world.now - timedelta(minutes=20))
    asked = pl.when(turn == 1).then(just_now).when(turn == 3).then(stale)
    world.put(
        "vip_portal_auth",
        clients.select(
            world.ids("vip_portal_auth", n),
            "client_id",
            "email",
            password_hash=pl.when(way.is_in(["password", "both"])).then(pl.lit(PASSWORD_MARK)),
            google_id=pl.when(google).then(tokens(stream, n, 21, _DIGITS)),
            microsoft_id=pl.when(way == "microsoft").then(uuids(stream, n)),
            session_token=pl.when(signed_in).then(uuids(stream, n)),
            session_expires_at=pl.when(signed_in).then(ends),
            reset_token=pl.when(asked.is_not_null()).then(tokens(stream, n, 64, HEX)),
            reset_token_expires_at=asked + timedelta(hours=1),
            last_login_at="last_login",
            login_count="logins",
            created_at="opened",
            updated_at=pl.max_horizontal("last_login", asked),
        ),
    )


def _features(world: World, package: int, board: int) -> str:
    """Return the JSON of what a package shows, next to one kind of leaderboard."""
    modules, left_out = _PACKAGES[package]
    shown: dict[str, object] = {
        name: {feature: feature not in left_out for feature in features}
        for name, features in _FEATURES.items()
    }
    categories = world["categories"].filter(pl.col("isActive") == 1)["id"].to_list()
    shown["liveCatalog"] = {
        "visibleCategories": categories if package % 2 == 0 else categories[: 2 + board],
        "showPrices": True,
        "allowDrafts": "live_catalog" not in modules,
        "allowPriceAlerts": package != 2,
    }
    kind, display, suggests, least = _BOARDS[board]
    shown["leaderboard"] = {
        "enabled": package != 3,
        "type": kind,
        "displayMode": display,
        "showSuggestions": suggests,
        "minimumClients": least,
    }
    return _json.fixed(PortalFeatures, shown)


def _configurations(world: World, clients: pl.DataFrame) -> None:
    stream = world.stream("portal", "configurations")
    n = clients.height
    package = stream.dealt(n, range(len(_PACKAGES)), (46, 18, 14, 12, 10))
    board = stream.dealt(n, range(len(_BOARDS)), (40, 18, 16, 14, 12))
    kinds = sorted(set(zip(package.to_list(), board.to_list(), strict=True)))
    texts = {p * len(_BOARDS) + b: _features(world, p, b) for p, b in kinds}
    options = pl.Series(
        [
            _json.fixed(
                PortalOptions,
                {
                    "transactionHistoryLimit": _HISTORY[k % 4],
                    "defaultNeedsExpiration": _EXPIRY[k % 3],
                    "defaultSupplyExpiration": _EXPIRY[(k + 1) % 4],
                    "priceInputType": _INPUT[k % 3],
                },
            )
            for k in range(12)
        ]
    )
    offered = {
        f"module_{name}_enabled": package.replace_strict(
            {k: name not in left_out for k, (left_out, _) in enumerate(_PACKAGES)},
            return_dtype=pl.Boolean,
        )
        for name in _MODULES
    }
    share = pl.lit(pl.Series(stream.uniform(n, 0.1, 0.95)))
    changed = between(pl.col("opened"), pl.lit(world.now), share)
    world.put(
        "vip_portal_configurations",
        clients.select(
            world.ids("vip_portal_configurations", n),
            "client_id",
            **offered,
            features_config=(package * len(_BOARDS) + board).replace_strict(
                texts, return_dtype=pl.String
            ),
            advanced_options=options.gather(stream.indices(n, len(options))),
            created_at="opened",
            updated_at=pl.when(pl.Series(stream.chance(n, 0.7))).then(changed).otherwise("opened"),
        ),
    )
