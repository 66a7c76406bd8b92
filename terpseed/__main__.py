"""Where the program starts: ``terpseed`` and ``python -m terpseed``."""

import atexit
import io
import os
import signal
import sys

_STOPPED = (128 + signal.SIGINT, 128 + signal.SIGTERM)


def start() -> None:
    """Run the command line; until it has taken over, Ctrl-C ends the program without a word.

    Python's own handler would print a traceback if it came while modules are imported, when there
    is nothing yet to clean up.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    from terpseed.cli import main  # noqa: PLC0415 -- what takes time comes after the above

    try:
        main(prog_name="terpseed")
    except SystemExit as stop:
        if stop.code in _STOPPED:
            _leave(int(stop.code))
        raise


def _speak_utf8(stream: object) -> None:
    """Let a locale without UTF-8 not end the program: trees, bars and names need more than ASCII.

    Files and pipes get UTF-8, as JSON demands; a terminal gets what it can show.
    """
    if not isinstance(stream, io.TextIOWrapper):  # closed, or what a test reads instead
        return
    if stream.encoding.lower().replace("-", "") == "utf8":
        return
    if stream.isatty():
        stream.reconfigure(errors="replace")
    else:
        stream.reconfigure(encoding="utf-8")


def _leave(code: int) -> None:
    """End the process after a stop, when all that was open has been closed.

    Libraries have threads that may still be at work then. If the interpreter ends around them,
    they end the process with SIGABRT instead of the code that a stop is known by.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()  # noqa: SLF001 -- what libraries leave to be done at the end
    finally:
        os._exit(code)


if __name__ == "__main__":
    start()
