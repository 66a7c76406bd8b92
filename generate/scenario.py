"""The scenario: which business to simulate, as a typed object, read from TOML.

Ranges and combinations that cannot exist are declared in ``generate._limits``; the files that are
shipped lie in ``generate/scenarios``.
"""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generate import _limits
from terpseed.errors import ScenarioError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = "full"
_PRODUCTS_OF_A_VENDOR = 3  # at least, when a market grows


@dataclass(frozen=True, slots=True)
class Period:
    """Days of business, and the day on which the books are looked at."""

    start: date
    end: date
    as_of: date


@dataclass(frozen=True, slots=True)
class Parties:
    """Numbers of clients, vendors and employees."""

    whales: int
    regulars: int
    vendors: int
    selling_clients: int
    users: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Numbers of strains and products; share of flower among the batches."""

    strains: int
    products: int
    flower_share: float


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars a pound of flower by growth, and the cost of a unit of everything else."""

    indoor: int
    greenhouse: int
    outdoor: int
    other_cost: int


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the flower by growth; they add up to 1."""

    indoor: float
    greenhouse: float
    outdoor: float


@dataclass(frozen=True, slots=True)
class Supply:
    """Received purchase orders, lots and batches, and how they are bought."""

    purchase_orders: int
    lots: int
    batches: int
    consigned_share: float
    range_cost_share: float


@dataclass(frozen=True, slots=True)
class Sales:
    """Revenue in US dollars, shipped orders and lines, and the mix of what comes on top."""

    revenue: int
    orders: int
    lines: int
    whale_revenue_share: float
    whale_order_share: float
    consigned_share: float
    margin: float
    margin_spread: float
    high_margin_share: float
    low_margin_share: float
    open_share: float
    cancelled_share: float
    quote_share: float
    draft_share: float


@dataclass(frozen=True, slots=True)
class Receivables:
    """How clients pay, and what goes wrong."""

    overdue_share: float
    very_late_share: float
    paid_share: float
    return_share: float
    refund_share: float
    refund_part: float
    write_off_share: float


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Share of lines, orders and parties that misbehave within every hard rule."""

    share: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """A validated scenario; money in whole US dollars, shares between 0 and 1."""

    name: str
    title: str
    seed: int
    period: Period
    parties: Parties
    catalogue: Catalogue
    prices: Prices
    mix: Mix
    supply: Supply
    sales: Sales
    receivables: Receivables
    anomalies: Anomalies

    def to_dict(self) -> dict[str, Any]:
        """Return the scenario as plain data that JSON can hold, dates as ISO text."""
        return {
            key: {name: _plain(value) for name, value in entry.items()}
            if isinstance(entry, dict)
            else entry
            for key, entry in dataclasses.asdict(self).items()
        }


_SECTIONS: dict[str, type[Any]] = {
    name: kind
    for name, kind in typing.get_type_hints(Scenario).items()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}
_TYPES: dict[str, type[Any]] = {
    "title": str,
    "seed": int,
    **{
        f"{section}.{field}": hint
        for section, kind in _SECTIONS.items()
        for field, hint in typing.get_type_hints(kind).items()
    },
}
_WORDS = {int: "a whole number", float: "a number", str: "a text", date: "a date (YYYY-MM-DD)"}


def scenario_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios, sorted."""
    names = (entry.name for entry in files("generate").joinpath("scenarios").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_scenario(
    name_or_path: str | Path = DEFAULT,
    overrides: Sequence[str] = (),
    *,
    seed: int | None = None,
    as_of: date | None = None,
) -> Scenario:
    """Read a scenario, change it as told, and check that the business can exist.

    A file may name a shipped scenario as its ``base`` and hold only what differs.

    Args:
        name_or_path: name of a shipped scenario, or path of a TOML file.
        overrides: ``section.key=value`` texts, the value as TOML writes it; the last one wins.
        seed: replaces the scenario's seed.
        as_of: the day on which the books are looked at; the whole period moves with it.

    Raises:
        ScenarioError: if the scenario is unknown or unreadable, or a key or value is wrong; the
            error names key, value, allowed range and nearest known key.
    """
    name, values = _read(name_or_path)
    for text in overrides:
        key, value = _override(text)
        values[key] = value
    if seed is not None:
        values["seed"] = seed
    values.setdefault("period.as_of", values.get("period.end"))
    typed = {key: _typed(key, values, name) for key in _TYPES}
    if as_of is not None:
        moved = as_of - typed["period.as_of"]
        for key in ("period.start", "period.end", "period.as_of"):
            typed[key] = _moved(typed[key], moved, as_of)
    for key, limit in _limits.LIMITS.items():
        _check_limit(key, typed[key], limit, name)
    scenario = Scenario(
        name=name,
        title=typed["title"],
        seed=typed["seed"],
        **{section: _section(section, kind, typed) for section, kind in _SECTIONS.items()},
    )
    for problem in _limits.contradictions(scenario):
        raise ScenarioError(
            problem.what,
            where=", ".join(f"{key} = {_plain(typed[key])}" for key in problem.keys),
            why=problem.why,
            then=problem.then,
        )
    return scenario


def sized(scenario: Scenario, times: int) -> Scenario:
    """Return a business that is several times as large, by the same people with the same goods.

    Clients, purchases, orders and revenue grow, and vendors as far as there are products for them;
    the period, employees, catalogue and all shares stay. Limits of single numbers, which keep
    typing errors out, do not bind it.

    Args:
        scenario: the business.
        times: how many times as large.

    Raises:
        ScenarioError: if no such business can exist.
    """
    parties, supply, sales = scenario.parties, scenario.supply, scenario.sales
    # A vendor stands for products of its own, of which there are no more than before.
    vendors = min(parties.vendors * times, scenario.catalogue.products // _PRODUCTS_OF_A_VENDOR)
    larger = dataclasses.replace(
        scenario,
        parties=dataclasses.replace(
            parties,
            whales=parties.whales * times,
            regulars=parties.regulars * times,
            vendors=max(parties.vendors, vendors),
            selling_clients=parties.selling_clients * times,
        ),
        supply=dataclasses.replace(
            supply,
            purchase_orders=supply.purchase_orders * times,
            lots=supply.lots * times,
            batches=supply.batches * times,
        ),
        sales=dataclasses.replace(
            sales,
            revenue=sales.revenue * times,
            orders=sales.orders * times,
            lines=sales.lines * times,
        ),
    )
    for problem in _limits.contradictions(larger):
        raise ScenarioError(
            f"{times} times the scenario: {problem.what}",
            where=", ".join(problem.keys),
            why=problem.why,
            then="use smaller markets, and more of them: --scale",
        )
    return larger


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _section(section: str, kind: type[Any], typed: dict[str, Any]) -> Any:
    names = [field.name for field in dataclasses.fields(kind)]
    return kind(**{name: typed[f"{section}.{name}"] for name in names})


def _moved(day: date, by: timedelta, as_of: date) -> date:
    try:
        return day + by
    except OverflowError as error:
        raise ScenarioError(
            f"the period cannot be moved to end on {as_of}", then="choose a later date"
        ) from error


def _read(name_or_path: str | Path) -> tuple[str, dict[str, Any]]:
    text = str(name_or_path)
    if text in scenario_names():
        file = files("generate").joinpath("scenarios", f"{text}.toml")
        return text, _flat(tomllib.loads(file.read_text(encoding="utf-8")), text)
    path = Path(text)
    if path.suffix != ".toml" and not path.exists():
        raise ScenarioError(
            f"scenario {text!r} is not known",
            where=f"known scenarios: {', '.join(scenario_names())}",
            then=nearest(text, scenario_names()) or "name one of them, or a .toml file",
        )
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ScenarioError(f"the scenario cannot be read: {reason}", where=text) from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"the scenario is not TOML: {error}", where=text) from error
    base = tree.pop("base", None)
    values = _flat(tree, text)
    if base is None:
        return path.stem, values
    if base not in scenario_names():
        raise ScenarioError(
            f"base = {base!r} is no shipped scenario",
            where=f"{text}; known scenarios: {', '.join(scenario_names())}",
            then=nearest(str(base), scenario_names()),
        )
    return path.stem, _read(base)[1] | values


def _flat(tree: dict[str, Any], source: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, entry in tree.items():
        if key in _SECTIONS and isinstance(entry, dict):
            values |= {f"{key}.{name}": value for name, value in entry.items()}
        else:
            values[key] = entry
    for key in values:
        _check_known(key, source)
    return values


def _check_known(key: str, source: str) -> None:
    if key in _TYPES:
        return
    if key in _SECTIONS:
        raise ScenarioError(f"{key} is a section and takes no value of its own", where=source)
    raise ScenarioError(
        f"key {key!r} is not known",
        where=source,
        why="a misspelt key would leave the value that you meant to change as it was",
        then=nearest(key, _TYPES) or f"sections: {', '.join(_SECTIONS)}",
    )


def _override(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals:
        raise ScenarioError(
            f"{text!r} sets nothing", then="write section.key=value, such as sales.orders=500"
        )
    _check_known(key, f"--set {text}")
    try:
        return key, tomllib.loads(f"value = {value.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value.strip()


def _typed(key: str, values: dict[str, Any], name: str) -> Any:
    value, kind = values.get(key), _TYPES[key]
    if value is None:
        raise ScenarioError(
            f"key {key!r} is missing",
            where=f"scenario {name}",
            then='add it, or start the file with base = "full" to take the rest from there',
        )
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        shown = value.isoformat() if isinstance(value, date | datetime) else repr(value)
        limit = _limits.LIMITS.get(key)
        raise ScenarioError(
            f"{key} = {shown} is not {_WORDS[kind]}",
            where=f"scenario {name}",
            then=f"allowed: {limit}" if limit else "",
        )
    return value


def _check_limit(key: str, value: Any, limit: _limits.Limit, name: str) -> None:
    # the comparison is false for NaN, which TOML can write
    if not limit.low <= value <= limit.high:
        raise ScenarioError(
            f"{key} = {_plain(value)} is out of range",
            where=f"scenario {name}",
            then=f"allowed: {limit}",
        )
