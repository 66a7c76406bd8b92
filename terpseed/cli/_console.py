"""What a person sees while a command works: talk, progress with rates and time left, and colour.

Everything here goes to stderr; stdout carries results alone. ``--quiet`` and ``--verbose`` are
options of every command, which ``add_options`` gives them; how much is said lies in the context.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    class Show(Protocol):
        """Shows a title, steps done, steps there are, what was done last, and what is under way."""

        def __call__(
            self, title: str, done: int, total: int, what: str = "", under_way: str = "", /
        ) -> None:
            """Show how far work is."""


_KEY = "terpseed.loudness"
_LINE_EVERY = 5.0  # seconds between lines of progress where there is no terminal
_DRAW_EVERY = 0.1  # seconds between two pictures of the same line on a terminal
_BAR = 24  # cells
_SETTLED = 1.0  # seconds before a rate says anything


class Loudness(IntEnum):
    """How much is said on stderr besides errors."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


def loudness() -> Loudness:
    """Return how much the running command is to say."""
    context = click.get_current_context(silent=True)
    return Loudness.NORMAL if context is None else context.meta.get(_KEY, Loudness.NORMAL)


def talk(text: str, *, least: Loudness = Loudness.NORMAL) -> None:
    """Say something on stderr, unless less is wanted."""
    if loudness() >= least:
        click.echo(text, err=True)


def add_options(command: click.Command) -> None:
    """Give a command, or every command of a group, the options ``--quiet`` and ``--verbose``."""
    # Help is written in raw docstrings; what keeps Click from filling a paragraph is a backspace.
    command.help = (command.help or "").replace("\\b\n", "\b\n")
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            add_options(inner)
        return
    taken = {word for parameter in command.params for word in parameter.opts}
    command.params += [
        click.Option(
            [long, *([] if short in taken else [short])],
            is_flag=True,
            expose_value=False,
            callback=_setting(level),
            help=text,
        )
        for long, short, level, text in (
            ("--quiet", "-q", Loudness.QUIET, "Say nothing on stderr but errors."),
            ("--verbose", "-v", Loudness.VERBOSE, "Say every step on stderr; show errors' origin."),
        )
        if long not in taken
    ]


def _setting(level: Loudness) -> Callable[[click.Context, click.Parameter, bool], None]:
    def set_level(context: click.Context, _option: click.Parameter, given: bool) -> None:
        if given and context.meta.setdefault(_KEY, level) is not level:
            raise click.UsageError("--quiet and --verbose contradict each other")

    return set_level


def wants_colour() -> bool | None:
    """Return False if colour was ruled out (https://no-color.org), None if a terminal decides."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def good(text: str) -> str:
    """Return a word that says that all is well, in green where colour is shown."""
    return click.style(text, fg="green")


def bad(text: str) -> str:
    """Return a word that says that something is wrong, in red where colour is shown."""
    return click.style(text, fg="red", bold=True)


def faint(text: str) -> str:
    """Return a word of less weight, dim where that is shown."""
    return click.style(text, dim=True)


@contextmanager
def progress(unit: str = "", units: dict[str, str] | None = None) -> Iterator[Show]:
    """Yield what shows how far work is: one line, redrawn; lines now and then if no terminal.

    Args:
        unit: what the steps count, for example ``rows``.
        units: what they count instead, by title.
    """
    names = _Names(unit, units or {})
    if loudness() is Loudness.QUIET:
        yield _silent
    elif sys.stderr.isatty() and loudness() is Loudness.NORMAL:
        line = _Line(names)
        try:
            yield line
        finally:
            line.clear()
    else:
        yield _Lines(names, 0.0 if loudness() is Loudness.VERBOSE else _LINE_EVERY)


def _silent(_title: str, _done: int, _total: int, _what: str = "", _under_way: str = "", /) -> None:
    pass


class _Names:
    """What is counted, by title."""

    def __init__(self, unit: str, units: dict[str, str]) -> None:
        self._unit, self._units = unit, units

    def __getitem__(self, title: str) -> str:
        return self._units.get(title, self._unit)


class _Pace:
    """Speed of one phase, and the time it will still take at that speed."""

    def __init__(self, done: int) -> None:
        self._began, self._at = time.monotonic(), done

    @property
    def seconds(self) -> float:
        """Seconds since the phase began."""
        return time.monotonic() - self._began

    def text(self, done: int, total: int, unit: str) -> str:
        """Return rate and time left, or nothing while there is no telling."""
        return pace_text(done - self._at, self.seconds, total - done, unit) if total > 1 else ""


def pace_text(moved: int, seconds: float, left: int, unit: str) -> str:
    """Return rate and time left, or nothing while there is no telling.

    Args:
        moved: steps done.
        seconds: time that they took.
        left: steps to do.
        unit: what the steps count.
    """
    if seconds < _SETTLED or moved <= 0:
        return ""
    rate = moved / seconds
    shown = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
    still = f", {duration(left / rate)} left" if left > 0 else ""
    return f"{shown} {unit or 'steps'}/s{still}"


def duration(seconds: float) -> str:
    """Return a duration as people say it: ``8 s``, ``2 min 5 s``, ``1 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


class _Phase:
    """What both kinds of display know: the title that is under way, and its pace."""

    def __init__(self, names: _Names) -> None:
        self._names, self._title, self._pace, self._next = names, "", _Pace(0), 0.0

    def _begins(self, title: str, done: int) -> bool:
        if title == self._title:
            return False
        self._title, self._pace = title, _Pace(done)
        return True


class _Line(_Phase):
    """One line on a terminal, redrawn as it goes on."""

    def __call__(
        self, title: str, done: int, total: int, what: str = "", under_way: str = "", /
    ) -> None:
        now = time.monotonic()
        if not self._begins(title, done) and now < self._next and done < total:
            return
        self._next = now + _DRAW_EVERY
        unit, width = self._names[title], _width()
        counted = f"{done:,}/{total:,} {unit}".rstrip() if total > 1 else ""
        parts = [f"{title:<18}", counted, self._pace.text(done, total, unit), under_way or what]
        if total > 1 and 18 + 2 + _BAR + 2 + len(counted) <= width:  # else numbers say more
            full = min(_BAR, _BAR * done // total)
            parts.insert(1, f"{'━' * full}{click.style('━' * (_BAR - full), dim=True)}")
        text = "  ".join(part for part in parts if part)
        click.echo(f"\r\x1b[K{_cut(text, width)}", nl=False, err=True, color=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._title:
            click.echo("\r\x1b[K", nl=False, err=True, color=True)


class _Lines(_Phase):
    """A line when a phase begins and ends, and every few seconds between."""

    def __init__(self, names: _Names, every: float) -> None:
        super().__init__(names)
        self._every, self._said = every, ("", -1)

    def __call__(
        self, title: str, done: int, total: int, what: str = "", under_way: str = "", /
    ) -> None:
        now = time.monotonic()
        if not self._begins(title, done) and now < self._next and done < total:
            return
        if self._said[0] == title and (total <= 1 or (self._said[1] == done and not what)):
            return
        self._next, self._said = now + self._every, (title, done)
        unit = self._names[title]
        share = f": {done:,} of {total:,} {unit}".rstrip() if total > 1 else ""
        pace = self._pace.text(done, total, unit)
        shown = f" {what}" if what and self._every == 0 else ""
        more = f"; {under_way}" if under_way else ""
        click.echo(f"{title}{share}{f' ({pace})' if pace else ''}{shown}{more}", err=True)


def _width() -> int:
    import shutil  # noqa: PLC0415 - only on a terminal

    return max(20, shutil.get_terminal_size().columns - 1)


def _cut(text: str, width: int) -> str:
    """Cut a line to the terminal's width; codes take no room, so they are dropped if it is cut."""
    plain = click.unstyle(text)
    if len(plain) > width:
        return plain[: width - 1] + "…"
    return plain if wants_colour() is False else text


def show_origin(error: BaseException) -> None:
    """Print where an error came from, if that is wanted; values of variables are never part."""
    if loudness() is Loudness.VERBOSE:
        import traceback  # noqa: PLC0415 - seldom needed

        click.echo("".join(traceback.format_exception(error)).rstrip(), err=True)


def table_text(
    rows: list[list[str]], *, right: frozenset[int] = frozenset(), most: int = 40
) -> str:
    """Return rows with columns aligned; a cell longer than ``most`` pushes only its own row.

    Args:
        rows: texts, all rows of the same length.
        right: numbers of the columns that are aligned to the right.
        most: widest that a column is made for.
    """
    if not rows:
        return ""
    widths = [min(max(len(row[place]) for row in rows), most) for place in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
    return "\n".join(lines)


def json_text(data: Any) -> str:
    """Return data as the commands print it: indented, UTF-8 as it is."""
    import json  # noqa: PLC0415 - beside the only use

    return json.dumps(data, ensure_ascii=False, indent=1)
