"""The command ``completion``, and the values that a shell can complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_TERPSEED_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    r"""Print a script that makes SHELL complete commands, options and their values.

    \b
    Examples:
      terpseed completion bash > ~/.local/share/bash-completion/completions/terpseed
      terpseed completion zsh > ~/.zfunc/_terpseed
      terpseed completion fish > ~/.config/fish/completions/terpseed.fish
      source <(terpseed completion bash)     for this shell alone
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - one of the three that click knows
    # not source(): that runs the shell to ask for its version, which an installer may not have
    made = kind(click.Command("terpseed"), {}, "terpseed", _VARIABLE)
    click.echo(made.source_template % made.source_vars())


def words(
    of: Callable[[], Iterable[str]], *, listed: bool = False, files: bool = False
) -> Complete:
    """Return what completes an option's value from words, and from files where nothing fits.

    Args:
        of: gives the words; called when the shell asks.
        listed: whether the value is a list with commas, of which the last word is completed.
        files: whether the value may also be a file.
    """

    def complete(
        _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        before, comma, last = incomplete.rpartition(",") if listed else ("", "", incomplete)
        found = [CompletionItem(f"{before}{comma}{word}") for word in of() if word.startswith(last)]
        return found or ([CompletionItem(incomplete, type="file")] if files else [])

    return complete


def scenarios() -> tuple[str, ...]:
    """Return the shipped scenarios."""
    from generate.scenario import scenario_names  # noqa: PLC0415 - only when a shell asks

    return scenario_names()


def schemas() -> tuple[str, ...]:
    """Return the shipped schema versions."""
    from terpseed.catalog import shipped_versions  # noqa: PLC0415 - only when a shell asks

    return shipped_versions()


def domains() -> tuple[str, ...]:
    """Return the domains of tables."""
    from terpseed.catalog.domains import MEANING  # noqa: PLC0415 - only when a shell asks

    return tuple(MEANING)


def documents() -> tuple[str, ...]:
    """Return the documents that ``show`` knows."""
    from terpseed.show.documents import KINDS  # noqa: PLC0415 - only when a shell asks

    return tuple(KINDS)
