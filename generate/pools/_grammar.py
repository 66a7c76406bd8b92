"""Sentences by kind: small grammars whose every path is a sentence that a colleague could write.

A grammar is a list of patterns; a slot in braces names a list of alternatives. Nothing is random
here: ``expand`` walks all combinations and ``thinned`` takes evenly spaced ones.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SLOT = re.compile(r"\{(\w+)\}")

_WORDS: Mapping[str, Sequence[str]] = {
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "when": ("this week", "before the weekend", "by the end of the month", "next week", "today"),
    "buyer": ("The buyer", "Their purchasing lead", "The store manager", "The owner"),
    "good": (
        "indoor flower",
        "greenhouse flower",
        "pre-rolls",
        "cartridges",
        "gummies",
        "live resin",
    ),
    "topic": (
        "pricing for the next quarter",
        "the delivery schedule",
        "payment terms",
        "the new menu",
        "consignment terms",
        "last month's returns",
        "packaging and labels",
        "lab results",
    ),
    "place": (
        "the front desk",
        "the loading dock",
        "the back entrance",
        "the second floor",
        "Dock 2",
    ),
    "who": ("the warehouse", "accounting", "the sales team", "receiving", "the office", "quality"),
    "hour": ("8 am", "9:30 am", "11 am", "1 pm", "2:30 pm", "4 pm"),
    "minutes": ("10", "15", "20", "30", "45"),
    "number": ("two", "three", "four", "five", "six"),
}

GRAMMARS: Mapping[str, Sequence[str]] = {
    "note": (
        "{buyer} prefers {good} and asked for first pick of new arrivals.",
        "{buyer} asked about {topic}; answer promised {when}.",
        "Wants {good} delivered on {day}s only.",
        "Pays on time, but likes a reminder on {day}.",
        "Interested in more {good} {when}.",
        "Usually reorders {good} every {number} weeks.",
        "Asked to be called at {hour}, never by text.",
        "License renewal due; copy requested {when}.",
        "Went over {topic} by phone on {day}.",
    ),
    "complaint": (
        "The {good} arrived drier than expected and {buyer_low} wants a credit.",
        "Delivery came at {hour} although it was promised for the morning.",
        "{number_cap} units of {good} were missing from the box.",
        "Invoice shows the old price for {good}; please correct {when}.",
        "Nobody was at {place} when the driver arrived at {hour}.",
        "Labels on the {good} did not match the manifest.",
        "{buyer} is unhappy about {topic}.",
        "Count was short by {number} on the last delivery of {good}.",
    ),
    "praise": (
        "The last {good} sold out in {number} days; {buyer_low} wants more.",
        "{buyer} thanked {who} for the quick turnaround on {day}.",
        "Best {good} they had this year, according to {buyer_low}.",
        "Driver was early and unloaded at {place} without being asked.",
        "{buyer} was pleased with {topic}.",
        "Customers keep asking for the {good}; reorder likely {when}.",
        "Quality of the {good} was better than the sample.",
    ),
    "meeting": (
        "Discussed {topic} and agreed to decide {when}.",
        "{buyer} wants to review {topic} again on {day}.",
        "Walked through {topic}; next step is a trial order of {good}.",
        "Tasted samples of {good}; feedback expected {when}.",
        "Agreed on {number} deliveries of {good} per month.",
        "Met at {hour} to talk about {topic}; minutes sent to {who}.",
        "Open questions on {topic} go to {who}.",
    ),
    "delivery": (
        "Deliver to {place} after {hour}.",
        "Call {minutes} minutes before arrival and ask for {buyer_low}.",
        "Gate closes at {hour}; use {place}.",
        "Bring the manifest to {place} and get a signature.",
        "Keep the {good} upright and out of the sun.",
        "Unload the {good} first, then the rest at {place}.",
        "Driver should expect {buyer_low} at {place} around {hour}.",
    ),
    "internal": (
        "Please check {topic} with {who} {when}.",
        "{who_cap} needs the count of {good} by {hour}.",
        "Moved {number} cases of {good} to the cool zone.",
        "Waiting for {who} to confirm {topic}.",
        "Do not ship {good} before {who} has signed off.",
        "Handed over to {who} on {day} at {hour}.",
        "Asked {who} to look at {topic} {when}.",
        "Recount of {good} matched the system.",
    ),
    "product": (
        "Dense buds with a {aroma} nose and a {finish} finish.",
        "Slow-cured, hand-trimmed, {aroma} on the inhale and {finish} on the exhale.",
        "A {aroma} profile that customers ask for by name, {finish} to the end.",
        "Bright {aroma} aroma, {finish} aftertaste, even burn.",
        "Small-batch production with {aroma} notes and a {finish} character.",
        "Consistent quality, {aroma} front, {finish} back.",
    ),
}

_AROMAS = (
    "citrus",
    "pine",
    "diesel",
    "berry",
    "earthy",
    "floral",
    "vanilla",
    "pepper",
    "tropical",
    "mint",
)
_FINISHES = ("smooth", "sweet", "creamy", "spicy", "clean", "nutty", "herbal", "long")


def words() -> dict[str, Sequence[str]]:
    """Return the alternatives of every slot, with lower-case and capitalised variants."""
    slots = dict(_WORDS)
    slots["aroma"], slots["finish"] = _AROMAS, _FINISHES
    slots["buyer_low"] = tuple(_lower(word) for word in _WORDS["buyer"])
    slots["who_cap"] = tuple(word[0].upper() + word[1:] for word in _WORDS["who"])
    slots["number_cap"] = tuple(word.capitalize() for word in _WORDS["number"])
    return slots


def _lower(word: str) -> str:
    return word[0].lower() + word[1:]


def expand(pattern: str) -> list[str]:
    """Return every sentence that a pattern can make, in a fixed order."""
    names = _SLOT.findall(pattern)
    lists = [words()[name] for name in names]
    return [
        pattern.format(**dict(zip(names, choice, strict=True)))
        for choice in itertools.product(*lists)
    ]


def thinned(patterns: Sequence[str], size: int) -> list[str]:
    """Return at most ``size`` sentences, drawn evenly from the patterns and spread over each.

    Patterns with few sentences give all that they have; the rest make up for them.
    """
    made = sorted((expand(pattern) for pattern in patterns), key=len)
    chosen: list[list[str]] = []
    left = size
    for index, sentences in enumerate(made):
        take = min(len(sentences), left // (len(made) - index))
        left -= take
        chosen.append([sentences[k * len(sentences) // take] for k in range(take)])
    mixed = itertools.chain.from_iterable(itertools.zip_longest(*chosen))
    return list(dict.fromkeys(sentence for sentence in mixed if sentence is not None))
