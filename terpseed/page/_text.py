"""Values as people read them: amounts, shares, days, and texts that may try anything."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

_WIDEST = 300  # characters of a value that are shown
_STEPS = ((10**9, "B"), (10**6, "M"), (10**3, "k"))


def shown(value: Any) -> str:
    """Return a value as text without anything that a page cannot show.

    Control characters, also those that turn the direction of writing, become visible.
    """
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if len(text) > _WIDEST:
        text = f"{text[: _WIDEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    return "".join(_visible(letter) for letter in text)


def _visible(letter: str) -> str:
    if letter in "\n\t":
        return letter
    hidden = unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return "\N{REPLACEMENT CHARACTER}" if hidden and letter != "\N{ZERO WIDTH JOINER}" else letter


def number(value: float | Decimal) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,.0f}"


def amount(value: float | Decimal, *, short: bool = False) -> str:
    """Return US dollars: ``$1,234.50``, or short ``$1.2k``."""
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    size = -value if value < 0 else value
    if short:
        return f"{sign}${brief(float(size))}"
    return f"{sign}${size:,.2f}"


def brief(value: float) -> str:
    """Return a number in few characters: ``950``, ``1.2k``, ``3M``."""
    for step, letter in _STEPS:
        if abs(value) >= step:
            return f"{value / step:.1f}".removesuffix(".0") + letter
    return f"{value:g}"


def percent(value: float | Decimal) -> str:
    """Return a part of 1 as a percentage with one place."""
    return f"{float(value) * 100:.1f}\N{NO-BREAK SPACE}%"


def date_text(value: date) -> str:
    """Return a day as ISO writes it."""
    return value.isoformat()
