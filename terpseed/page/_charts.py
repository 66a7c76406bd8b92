"""Charts as inline SVG, drawn with the page's own colours; each is described in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from terpseed.page._write import Html, join, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Label = Callable[[float], str]

_WIDTH = 640
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 26, 28
_TICKS = 4
_COLOURS = 4
_ROW = 26  # height of one horizontal bar and its gap
_NAMES = 170  # room for names beside horizontal bars
_LETTER = 7.2  # width of a letter, more or less


def columns(
    title: str,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    label: Label,
    *,
    height: int = 240,
) -> Html:
    """Return columns side by side, for amounts by month.

    Args:
        title: what is shown, for those who cannot see it.
        names: below the columns.
        series: name and values of each series, none below zero.
        label: how a value is written on the axis.
        height: of the picture; its width is 640.
    """
    scale = _Scale([value for _, values in series for value in values], height)
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(names), 1)
    wide = slot * 0.8 / max(len(series), 1)
    parts = [scale.grid(label), _months(names, slot, height), _legend([name for name, _ in series])]
    for number, (name, values) in enumerate(series):
        for place, value in enumerate(values):
            left = _LEFT + slot * (place + 0.1) + wide * number
            top, bottom = scale.y(max(value, 0)), scale.y(min(value, 0))
            parts.append(
                _rect(
                    left, top, wide, bottom - top, number, f"{names[place]}: {name} {label(value)}"
                )
            )
    return _picture(title, _told(names, series, label), height, parts)


def line(
    title: str,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    label: Label,
    *,
    height: int = 200,
) -> Html:
    """Return lines over time; arguments as for ``columns``, values may be below zero."""
    scale = _Scale([value for _, values in series for value in values], height)
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(names), 1)
    parts = [scale.grid(label), _months(names, slot, height), _legend([name for name, _ in series])]
    for number, (name, values) in enumerate(series):
        points = [
            (_LEFT + slot * (place + 0.5), scale.y(value)) for place, value in enumerate(values)
        ]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(tag("polyline", points=drawn, class_=f"line c{number % _COLOURS}"))
        parts += [
            tag(
                "circle",
                tag("title", f"{names[place]}: {name} {label(values[place])}"),
                cx=f"{x:.1f}",
                cy=f"{y:.1f}",
                r="3",
                class_=f"fill c{number % _COLOURS}",
            )
            for place, (x, y) in enumerate(points)
        ]
    return _picture(title, _told(names, series, label), height, parts)


def bars(
    title: str,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    label: Label,
) -> Html:
    """Return horizontal bars with their values, series stacked; arguments as for ``columns``."""
    totals = [sum(values[place] for _, values in series) for place in range(len(names))]
    most = max(totals, default=0) or 1
    top = _TOP if len(series) > 1 else 6
    height = top + _ROW * len(names) + 4
    room = _WIDTH - _NAMES - 90
    parts = [_legend([name for name, _ in series])]
    for place, name in enumerate(names):
        at, left = top + _ROW * place, float(_NAMES)
        parts.append(_word(_fitting(name, _NAMES), _NAMES - 8, at + 15, "end"))
        for number, (what, values) in enumerate(series):
            wide = room * values[place] / most
            told = f"{name}: {f'{what} ' if len(series) > 1 else ''}{label(values[place])}"
            parts.append(_rect(left, at + 3, wide, _ROW - 8, number, told))
            left += wide
        parts.append(_word(label(totals[place]), left + 6, at + 15, "start"))
    return _picture(title, _told(names, series, label), height, parts)


def shares(
    title: str,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    label: Label,
) -> Html:
    """Return one full-width bar for each name, divided among the series, whose values add up to 1.

    Arguments as for ``columns``.
    """
    height = _TOP + _ROW * len(names) + 4
    room = _WIDTH - _NAMES - 12
    parts = [_legend([name for name, _ in series])]
    for place, name in enumerate(names):
        at, left = _TOP + _ROW * place, float(_NAMES)
        parts.append(_word(_fitting(name, _NAMES), _NAMES - 8, at + 15, "end"))
        for number, (what, values) in enumerate(series):
            wide = room * values[place]
            told = label(values[place])
            parts.append(_rect(left, at + 3, wide, _ROW - 8, number, f"{name}: {what} {told}"))
            if wide > _LETTER * len(told) + 8:
                parts.append(_word(told, left + wide / 2, at + 15, "middle", f"on c{number}"))
            left += wide
    return _picture(title, _told(names, series, label), height, parts)


class _Scale:
    """Where values lie on a vertical axis with round marks."""

    def __init__(self, values: Sequence[float], height: int) -> None:
        low, high = min([0.0, *values]), max([0.0, *values])
        step = _round_step((high - low or 1) / _TICKS)
        self._low = math.floor(low / step) * step
        self._high = max(math.ceil(high / step) * step, self._low + step)
        self._step, self._height = step, height

    def y(self, value: float) -> float:
        room = self._height - _TOP - _BOTTOM
        return _TOP + room * (self._high - value) / (self._high - self._low)

    def grid(self, label: Label) -> Html:
        parts = []
        for number in range(round((self._high - self._low) / self._step) + 1):
            value = self._low + number * self._step
            at = f"{self.y(value):.1f}"
            kind = "grid zero" if abs(value) < self._step / 2 else "grid"
            parts.append(tag("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=at, y2=at, class_=kind))
            parts.append(_word(label(value), _LEFT - 6, float(at) + 4, "end"))
        return join(parts)


def _round_step(rough: float) -> float:
    size: float = 10.0 ** math.floor(math.log10(rough))
    return next(size * part for part in (1, 2, 2.5, 5, 10) if size * part >= rough)


def _months(names: Sequence[str], slot: float, height: int) -> Html:
    """Return the names below an axis, as many as there is room for."""
    longest = max((len(name) for name in names), default=1)
    every = max(1, math.ceil((longest + 2) * _LETTER / slot))

    def middle(place: int, name: str) -> float:
        """Return where a name stands: below its mark, or as far to the right as it is whole."""
        return min(_LEFT + slot * (place + 0.5), _WIDTH - (len(name) + 1) * _LETTER / 2)

    return join(
        _word(name, middle(place, name), height - 8, "middle")
        for place, name in enumerate(names)
        if place % every == 0
    )


def _legend(names: Sequence[str]) -> Html:
    if len(names) < 2:
        return Html()
    parts, left = [], float(_LEFT)
    for number, name in enumerate(names):
        parts.append(_rect(left, 4, 12, 12, number, ""))
        parts.append(_word(name, left + 17, 14, "start"))
        left += 34 + _LETTER * len(name)
    return join(parts)


def _fitting(name: str, room: int) -> str:
    most = int((room - 10) / _LETTER)
    return name if len(name) <= most else f"{name[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _rect(  # noqa: PLR0917 -- a rectangle
    left: float, top: float, wide: float, high: float, number: int, told: str
) -> Html:
    return tag(
        "rect",
        tag("title", told) if told else Html(),
        x=f"{left:.1f}",
        y=f"{top:.1f}",
        width=f"{max(wide, 0):.1f}",
        height=f"{max(high, 0):.1f}",
        class_=f"fill c{number % _COLOURS}",
    )


def _word(text: str, x: float, y: float, anchor: str, kind: str | None = None) -> Html:
    return tag("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_=kind)


def _told(names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], label: Label) -> str:
    """Return what a chart shows, in words: the range and the end of each series."""
    if not names:
        return "There is nothing to show."
    told = []
    for name, values in series:
        least, most = min(values), max(values)
        told.append(
            f"{name}: from {label(least)} ({names[list(values).index(least)]}) to {label(most)} "
            f"({names[list(values).index(most)]}), last {label(values[-1])} ({names[-1]})."
        )
    return " ".join([*told, "The same as a table follows."])


def _picture(title: str, told: str, height: int, parts: Sequence[Html]) -> Html:
    # SVG within HTML needs no namespace, so that no address stands in the page.
    return tag(
        "svg",
        tag("title", title),
        tag("desc", told),
        join(parts),
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_label=f"{title}. {told}",
    )
