"""Where the program starts: ``terpseed`` and ``python -m terpseed``."""

import signal


def start() -> None:
    """Run the command line; until it has taken over, Ctrl-C ends the program without a word.

    Python's own handler would print a traceback if it came while modules are imported, when there
    is nothing yet to clean up.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from terpseed.cli import main  # noqa: PLC0415 -- what takes time comes after the above

    main(prog_name="terpseed")


if __name__ == "__main__":
    start()
