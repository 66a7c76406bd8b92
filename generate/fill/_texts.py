"""Texts in the words that a column's name suggests: names, addresses, codes, links, sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from generate.fill._names import initials, noun, plain, words
from generate.fill._states import happened
from generate.fill._vocabulary import COMMON, TITLES
from generate.pools import pool, pool_frame
from generate.world.people import PASSWORD_MARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.fill._draft import Draft
    from terpseed.catalog import Column

_OPTIONAL_SHARE = 0.7  # of the rows in which an optional text is set
_FOREIGN = {"id", "stub"}  # names that other systems gave, which nobody here knows
_ALWAYS = {"login", "email", "name"}
_SENTENCES = {
    "complaint": ("complaint", "dispute", "rejection", "discrepancy"),
    "meeting": ("meeting",),
    "delivery": ("delivery", "shipping"),
    "product": ("product", "strain", "item"),
}
_COMPANIES = {"client", "vendor", "brand", "supplier"}
_PEOPLE = {"contact", "author", "pusher", "user", "person", "employee"}
# 1x1 white PNG
_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII="
)


def make_texts(draft: Draft) -> None:
    """Make every text that is left, cut to its column, distinct where a unique key needs it."""
    for column in draft.left():
        if not column.type.is_text:
            continue
        if column.nullable and words(column.name)[-1] in _FOREIGN:
            draft.put_nothing(column.name)
            continue
        values = _text(draft, column)
        if column.name in draft.distinct:
            values = _without_repeats(draft, values, column)
        elif column.nullable and not _ALWAYS.intersection(words(column.name)):
            event = happened(draft, column)
            optional = draft.sparse(values, _OPTIONAL_SHARE)
            values = optional if event is None else draft.only(values, event)
        draft.put(column.name, _cut(values, column))


def _cut(values: pl.Series, column: Column) -> pl.Series:
    most = column.type.length
    # nothing that is made here is longer than 190 characters
    return values.str.slice(0, most) if most and most < 190 else values


def _without_repeats(draft: Draft, values: pl.Series, column: Column) -> pl.Series:
    if values.n_unique() == draft.rows and column.type.length is None:
        return values
    if values.str.to_lowercase().n_unique() == draft.rows and (
        _cut(values, column).str.to_lowercase().n_unique() == draft.rows
    ):
        return values
    number = draft.numbers().cast(pl.String)
    room = (column.type.length or 255) - len(str(draft.rows)) - 1
    if room < 1:
        return number
    return pl.DataFrame([values.alias("v"), number.alias("n")]).select(
        pl.concat_str(pl.col("v").str.slice(0, room), pl.lit(" "), "n")
    ).to_series()  # fmt: skip


def _text(draft: Draft, column: Column) -> pl.Series:
    named = words(column.name)
    if plain(column.name) in COMMON:
        return draft.stream.choice(draft.rows, COMMON[plain(column.name)])
    for suggested, maker in _MAKERS:
        if suggested & set(named):
            return maker(draft, column)
    if named[-1] in COMMON:
        return draft.stream.choice(draft.rows, COMMON[named[-1]])
    if column.default:
        return draft.same(column.default)
    return _title(draft, column)


def _numbered(draft: Draft, prefix: str, width: int = 6, suffix: str = "") -> pl.Series:
    number = draft.numbers().cast(pl.String).str.zfill(width)
    return number.to_frame("n").select(
        pl.concat_str(pl.lit(prefix), "n", pl.lit(suffix))
    ).to_series()  # fmt: skip


def _sampled(draft: Draft, name: str) -> pl.Series:
    values = pool(name)
    if draft.rows <= len(values):
        return values[draft.stream.order(len(values))[: draft.rows]]
    return draft.stream.choice(draft.rows, values)


def _code(draft: Draft, column: Column) -> pl.Series:
    room = column.type.length or 255
    prefix = f"{initials(draft.table.name)}-"
    width = max(1, min(6, room - len(prefix)))
    return _numbered(draft, prefix if room > len(prefix) + 2 else "", width)


def _mail(draft: Draft, column: Column) -> pl.Series:
    login = draft.find("open_id")
    if login is not None:
        return draft.values[login]
    mails = pool_frame("person")["mail"]
    picks = draft.stream.order(len(mails))[: draft.rows]
    if draft.rows > len(mails):
        picks = draft.stream.indices(draft.rows, len(mails))
    del column
    return mails[picks] + "@example.com"


def _hex(draft: Draft, column: Column) -> pl.Series:
    length = min(column.type.length or 40, 40 if "sha" in words(column.name) else 64)
    text = draft.stream.bits.bytes(draft.rows * (length // 2 + 1)).hex()
    parts = pl.Series([text]).str.extract_all(f"[0-9a-f]{{{length}}}").explode()
    return parts.head(draft.rows)


def _guid(draft: Draft, column: Column) -> pl.Series:
    text = _hex(draft, column).to_frame("h").select(
        pl.concat_str(
            pl.col("h").str.slice(0, 8), pl.lit("-"), pl.col("h").str.slice(8, 4), pl.lit("-4"),
            pl.col("h").str.slice(13, 3), pl.lit("-a"), pl.col("h").str.slice(17, 3), pl.lit("-"),
            pl.col("h").str.slice(20, 12),
        )
    )  # fmt: skip
    return text.to_series()


def _url(draft: Draft, column: Column) -> pl.Series:
    folder = draft.table.name.replace("_", "-").lower()
    ending = ".pdf" if "pdf" in words(column.name) else ".jpg"
    return _numbered(draft, f"https://files.example.com/{folder}/", suffix=ending)


def _file(draft: Draft, column: Column) -> pl.Series:
    del column
    return _numbered(draft, f"{noun(draft.table.name).replace(' ', '-')}-", suffix=".jpg")


def _clock(draft: Draft, column: Column) -> pl.Series:
    named = set(words(column.name))
    hour = 16 if "end" in named else 8
    hour = 12 if "break" in named else hour
    hours = pl.Series(draft.stream.integers(draft.rows, hour, hour + 3))
    if "break" in named:
        hours = draft.same(12)
    minutes = "30" if {"break", "end"} <= named else "00"
    return hours.cast(pl.String).str.zfill(2) + f":{minutes}"


def _name(draft: Draft, column: Column) -> pl.Series:
    about = set(words(column.name)[:-1]) or {noun(draft.table.name)}
    if about & _COMPANIES:
        return _sampled(draft, "company_wholesale")
    if about & _PEOPLE:
        return _sampled(draft, "person")
    if "strain" in about:
        return _sampled(draft, "strain")
    return _title(draft, column)


def _title(draft: Draft, column: Column) -> pl.Series:
    del column
    if "task" in words(draft.table.name):
        return _sampled(draft, "task")
    turns = draft.stream.order(draft.rows)
    numbers = (pl.Series(turns // len(TITLES)) + 1).cast(pl.String)
    frame = pl.DataFrame({"t": pl.Series(TITLES)[turns % len(TITLES)], "n": numbers})
    name = pl.format("{} " + noun(draft.table.name), "t")
    numbered = pl.format("{} {}", name, "n")
    return frame.select(pl.when(pl.col("n") == "1").then(name).otherwise(numbered)).to_series()


def _sentence(draft: Draft, column: Column) -> pl.Series:
    about = {*words(column.name), *words(draft.table.name)}
    kind = next((kind for kind, cues in _SENTENCES.items() if about & set(cues)), "note")
    if "internal" in about or "task" in about:
        kind = "internal"
    return draft.stream.choice(draft.rows, pool(kind))


def _payload(draft: Draft, column: Column) -> pl.Series:
    """JSON kept in a text column: an empty object, which every reader accepts."""
    del column
    return draft.same("{}")


def _fixed(text: str) -> Callable[[Draft, Column], pl.Series]:
    return lambda draft, _column: draft.same(text)


def _pooled(name: str) -> Callable[[Draft, Column], pl.Series]:
    return lambda draft, _column: _sampled(draft, name)


def _address_part(part: str) -> Callable[[Draft, Column], pl.Series]:
    return lambda draft, _column: draft.stream.choice(draft.rows, pool_frame("address")[part])


def _category(draft: Draft, column: Column) -> pl.Series:
    del column
    return draft.stream.choice(draft.rows, pool_frame("subcategory")["category"])


def _month(draft: Draft, column: Column) -> pl.Series:
    del column
    return pl.Series(draft.born).cast(pl.Datetime("us")).dt.strftime("%Y-%m")


def _ip(draft: Draft, column: Column) -> pl.Series:
    del column
    last = pl.Series(draft.stream.integers(draft.rows, 1, 254)).cast(pl.String)
    return last.to_frame("n").select(pl.concat_str(pl.lit("203.0.113."), "n")).to_series()


def _slug(draft: Draft, column: Column) -> pl.Series:
    return _title(draft, column).str.to_lowercase().str.replace_all(" ", "-")


def _amount(draft: Draft, column: Column) -> pl.Series:
    """Return a number kept as text, as older versions keep money and quantities."""
    del column
    units = pl.Series(draft.scatter(100, 20_000)).cast(pl.Decimal(20, 2)) / 100
    return units.cast(pl.Decimal(20, 2)).cast(pl.String)


def _standardized(draft: Draft, column: Column) -> pl.Series:
    named = draft.find("name")
    return draft.values[named].str.to_lowercase() if named else _slug(draft, column)


def _anonymous(draft: Draft, column: Column) -> pl.Series:
    del column
    return _numbered(draft, "VIP Member #", width=1)


# Makers by the words of a column's name that suggest them; the first match counts.
_MAKERS: tuple[tuple[set[str], Callable[[Draft, Column], pl.Series]], ...] = (
    ({"open", "email", "emailed"}, _mail),
    ({"phone", "sms"}, _pooled("phone")),
    ({"password", "login"}, _fixed(PASSWORD_MARK)),
    ({"guid", "uuid"}, _guid),
    ({"token", "hash", "sha", "wallet"}, _hex),
    ({"url", "link"}, _url),
    ({"filename", "file"}, _file),
    ({"bytes"}, _fixed(_PIXEL)),
    ({"ip"}, _ip),
    ({"metadata", "payload", "before", "after"}, _payload),
    ({"slug"}, _slug),
    ({"standardized"}, _standardized),
    ({"anonymized"}, _anonymous),
    ({"city"}, _address_part("city")),
    ({"state"}, _address_part("state")),
    ({"zip"}, _address_part("zip")),
    ({"address", "location"}, _address_part("text")),
    ({"strain"}, _pooled("strain")),
    ({"subcategory"}, _pooled("subcategory")),
    ({"category"}, _category),
    ({"monthyear", "year"}, _month),
    ({"start", "end", "break", "time"}, _clock),
    ({"subject", "title"}, _pooled("task")),
    ({"qty", "quantity", "amount", "cogs", "price", "paid", "used", "remaining"}, _amount),
    (
        {
            "description",
            "notes",
            "note",
            "message",
            "content",
            "comment",
            "context",
            "text",
            "summary",
            "details",
            "changes",
            "caption",
            "explanation",
            "logs",
            "response",
        },
        _sentence,
    ),
    ({"sku", "code", "number", "key", "identifier", "reference", "prefix", "tracking"}, _code),
    ({"name"}, _name),
)
