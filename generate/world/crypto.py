"""Clients who pay in crypto.

Makes ``client_crypto_wallets`` and ``crypto_payments``. The coins go to an exchange, which sells
them at once and wires dollars, so each payment here is one of the payments that came by wire or by
no usual way; ``crypto_payments.payment_id`` names the invoice. The newest one is still waiting for
its confirmations, and its invoice is not paid yet.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._text import sentence
from generate.world._tokens import HEX, tokens
from generate.world._world import exact, money

if TYPE_CHECKING:
    from generate.world._world import World

_ALPHANUMERIC = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# currency, start of an address, letters after it, hex or not, price in cents, spread of the price
_COINS = (
    ("BTC", "bc1q", 38, True, 6_400_000, 0.3),
    ("ETH", "0x", 40, True, 310_000, 0.25),
    ("USDT", "T", 33, False, 100, 0.0),
    ("USDC", "0x", 40, True, 100, 0.0),
    ("SOL", "", 44, False, 15_000, 0.3),
    ("XRP", "r", 33, False, 62, 0.3),
    ("OTHER", "ltc1q", 38, True, 8_200, 0.2),
)
_COIN_COLUMNS = ("coin", "start", "letters", "hexadecimal", "price_c", "spread")
_PAYMENTS, _WALLETS = 8, 12
_E8 = 10**8
_NOTES = (
    "{invoice}: sold at ${rate}, dollars wired the same day",
    "{coin} for {invoice}",
    "{client} pays {invoice} in {coin}",
)


def build(world: World) -> None:
    """Take coins."""
    payments = _payments(world)
    wallets = _wallets(world, payments)
    _put(world, payments.join(wallets, on=["client_id", "coin"], how="left", maintain_order="left"))


def _payments(world: World) -> pl.DataFrame:
    """Return the payments that were coins, and one that is on its way, each in another coin."""
    stream = world.stream("crypto", "payments")
    numbers = world.facts["invoices"].select("invoice_id", invoice="invoice_number")
    wired = (
        world.facts["payments"]
        .filter(
            (pl.col("kind") == "RECEIVED")
            & pl.col("method").is_in(["WIRE", "OTHER"])
            & pl.col("invoice_id").is_not_null()
        )
        .sort((pl.col("method") == "OTHER").cast(pl.Int8), "at", "payment_id")
        .tail(_PAYMENTS - 1)
        .select("at", "amount_c", "invoice_id", client_id="customer_id")
        .with_columns(done=pl.lit(True))
    )
    open_now = (
        world.facts["invoices"]
        .filter(pl.col("status").is_in(["SENT", "VIEWED"]))
        .tail(1)
        .select(
            "invoice_id",
            "client_id",
            at=pl.max_horizontal("shipped_at", pl.lit(world.now - timedelta(minutes=25))),
            amount_c="due_c",
            done=pl.lit(False),
        )
    )
    rows = pl.concat([wired, open_now.select(wired.columns)]).sort("at", "invoice_id")
    n = rows.height
    coins = pl.DataFrame(_COINS, schema=list(_COIN_COLUMNS), orient="row")
    turn = pl.Series(range(n), dtype=pl.Int64) % len(_COINS)
    factor = 1.0 + pl.col("spread") * pl.lit(pl.Series(stream.uniform(n, -1.0, 1.0)))
    clients = world["clients"].select(client_id="id", client="name")
    return (
        pl.concat([rows, coins[turn]], how="horizontal")
        .join(numbers, on="invoice_id", how="left", maintain_order="left")
        .join(clients, on="client_id", how="left", maintain_order="left")
        .with_columns(rate_c=(pl.col("price_c") * factor).round().cast(pl.Int64))
        # So many coins, in units of 10^-8, that coins times rate rounds to the payment's cents.
        .with_columns(
            coins_e8=(pl.col("amount_c") * _E8 + pl.col("rate_c") // 2) // pl.col("rate_c")
        )
    )


def _wallets(world: World, payments: pl.DataFrame) -> pl.DataFrame:
    """Return the wallets of those who paid; the table has those of a few more clients."""
    stream = world.stream("crypto", "wallets")
    used = payments.group_by("client_id", "coin", maintain_order=True).agg(
        pl.col("start", "letters", "hexadecimal").first(), first_at=pl.col("at").min()
    )
    # One of them has a second wallet, and some others have left an address and never used it.
    buyers = world["clients"].filter("is_buyer").select(client_id="id")
    others = buyers.join(used, on="client_id", how="anti", maintain_order="left")
    spare = others[stream.sample(max(0, _WALLETS - 1 - used.height), others.height)]
    idle = pl.concat([used.select("client_id").head(1), spare])
    coins = pl.DataFrame(_COINS, schema=list(_COIN_COLUMNS), orient="row")
    turn = (3 - pl.Series(range(idle.height), dtype=pl.Int64)) % len(_COINS)
    idle = pl.concat([idle.with_columns(first_at=pl.lit(world.now)), coins[turn]], how="horizontal")
    rows = pl.concat([used, idle.select(used.columns)]).unique(
        ["client_id", "coin"], keep="first", maintain_order=True
    )
    n = rows.height
    longest = max(letters for _, _, letters, *_ in _COINS)
    body = (
        pl.when("hexadecimal")
        .then(tokens(stream, n, longest, HEX))
        .otherwise(tokens(stream, n, longest, _ALPHANUMERIC))
    )
    known = pl.max_horizontal(
        pl.col("first_at") - timedelta(days=3),
        pl.lit(world.clock.opening + timedelta(hours=4)),
    )
    frame = rows.with_columns(
        address=pl.col("start") + body.str.slice(0, pl.col("letters")),
        known_at=pl.min_horizontal(known, "first_at"),
    ).sort("known_at", "client_id", "coin")
    place = pl.int_range(pl.len())
    labels = pl.lit(pl.Series(["Main wallet", "Cold storage", "Exchange account"]))
    paid = pl.col("first_at") < pl.lit(world.now)
    world.put(
        "client_crypto_wallets",
        frame.select(
            world.ids("client_crypto_wallets", n),
            client_id="client_id",
            crypto_currency="coin",
            wallet_address="address",
            wallet_label=pl.when(place % 4 != 3).then(labels.gather(place % 3)),
            is_default=pl.int_range(pl.len()).over("client_id") == 0,
            is_verified=paid,
            # deleted_at stays empty: nobody has closed a wallet yet.
            created_at="known_at",
            updated_at=pl.when(paid)
            .then(pl.max_horizontal("known_at", "first_at"))
            .otherwise("known_at"),
        ),
    )
    return frame.select("client_id", "coin", "address")


def _put(world: World, rows: pl.DataFrame) -> None:
    stream = world.stream("crypto", "rows")
    n = rows.height
    done = pl.col("done")
    rows = rows.with_columns(rate=money("rate_c"))
    confirmed = pl.when("done").then(
        pl.min_horizontal(
            pl.col("at") + pl.duration(minutes=pl.lit(pl.Series(stream.integers(n, 2, 40)))),
            pl.lit(world.now),
        )
    )
    world.put(
        "crypto_payments",
        rows.select(
            world.ids("crypto_payments", n),
            payment_id="invoice_id",
            client_id="client_id",
            crypto_currency="coin",
            wallet_address="address",
            transaction_hash=tokens(stream, n, 64),
            crypto_amount=exact("coins_e8", 8),
            usd_amount=money("amount_c"),
            exchange_rate=exact(pl.col("rate_c") * 1_000_000, 8),
            network_fee=exact(pl.lit(pl.Series(stream.integers(n, 900, 90_000))), 8),
            confirmations=pl.when(done).then(pl.Series(stream.integers(n, 6, 40))).otherwise(1),
            is_confirmed=done,
            confirmed_at=confirmed,
            payment_date="at",
            notes=sentence(rows, stream, _NOTES, "notes"),
            # deleted_at stays empty: what is on the chain cannot be taken back.
            created_at="at",
            updated_at=pl.coalesce(confirmed, "at"),
        ),
    )
