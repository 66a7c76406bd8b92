"""The command ``diff``: parse, compare, print."""

from __future__ import annotations

import click


@click.command()
def diff() -> None:
    """Compare two datasets or databases."""
