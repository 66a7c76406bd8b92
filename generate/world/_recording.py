"""What each domain reads and makes, noted while it is told; ``story.csv`` is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from generate.world._keys import Keys
from generate.world._story import OF_ALL, STORY, teller
from generate.world._world import Clock, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generate.scenario import Scenario

_Value = TypeVar("_Value")


class _Noted(dict[str, _Value]):
    """A dictionary that notes which of its keys were asked for and which were set."""

    def __init__(self, prefix: str, notes: set[tuple[str, str]]) -> None:
        super().__init__()
        self._prefix = prefix
        self._notes = notes

    def _asked(self, key: object) -> None:
        self._notes.add(("reads", f"{self._prefix}{key}"))

    def __getitem__(self, key: str) -> _Value:
        self._asked(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._asked(key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._asked(key)
        return super().get(key, default)

    def __setitem__(self, key: str, value: _Value) -> None:
        self._notes.add(("makes", f"{self._prefix}{key}"))
        super().__setitem__(key, value)

    def setdefault(self, key: str, default: Any = None) -> Any:
        self._asked(key)
        self._notes.add(("makes", f"{self._prefix}{key}"))
        return super().setdefault(key, default)

    def __iter__(self) -> Iterator[str]:
        for key in super().__iter__():
            self._asked(key)
            yield key

    def keys(self) -> Any:
        return list(self)

    def items(self) -> Any:
        return [(key, self[key]) for key in self]

    def values(self) -> Any:
        return [self[key] for key in self]


def recorded(scenarios: Iterable[Scenario]) -> list[tuple[str, str, str]]:
    """Tell businesses and return what the domains did: domain, ``reads`` or ``makes``, and what.

    What is a table's name, ``fact.`` and a fact's name, or ``ids.`` and the table whose ids are
    taken in turn. The rows are in order of the story, then of the alphabet.
    """
    done: dict[str, set[tuple[str, str]]] = {domain: set() for domain in STORY}
    for scenario in scenarios:
        period = scenario.period
        notes: set[tuple[str, str]] = set()
        world = World(scenario, Clock(period.start, period.end, period.as_of), Keys())
        world.tables = _Noted("", notes)
        world.facts = _Noted("fact.", notes)
        world._next_id = _Noted("ids.", notes)  # noqa: SLF001 - in order to see who takes them
        for domain in STORY:
            world.shard = 0 if domain in OF_ALL else world.keys.shard
            teller(domain)(world)
            done[domain] |= notes
            notes.clear()
    return [(domain, verb, what) for domain in STORY for verb, what in sorted(done[domain])]
