"""Ctrl-C, SIGTERM and SIGHUP: as one exception, and never in a step that must not stop."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_TERMINATIONS = (signal.SIGTERM, signal.SIGHUP)
_STOPS = (signal.SIGINT, *_TERMINATIONS)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def held() -> Iterator[None]:
    """Let a step run to its end; a stop that arrives meanwhile takes effect after it.

    Python lets only the main thread handle signals; elsewhere this does nothing.
    """
    if not _in_main_thread():
        yield
        return
    arrived: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    ours = [
        stop for stop in _STOPS if signal.getsignal(stop) is not None
    ]  # None: set outside Python
    before = {stop: signal.signal(stop, remember) for stop in ours}
    try:
        yield
    finally:
        for stop, handler in before.items():
            signal.signal(stop, handler)
        if arrived:
            signal.raise_signal(arrived[0])


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """Make SIGTERM and SIGHUP raise KeyboardInterrupt, as Ctrl-C does, if nobody handles them."""
    if not _in_main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    unhandled = [number for number in _TERMINATIONS if signal.getsignal(number) is signal.SIG_DFL]
    for number in unhandled:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in unhandled:
            signal.signal(number, signal.SIG_DFL)
