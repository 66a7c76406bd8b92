"""Running checks: few and wide queries first, the breaking rows only where there are some.

Conditions on single rows of one table share one scan. Queries derived from the catalog are counted
many at a time, because parsing and binding cost more than their work. Rules in files run one by
one, so that their time is their own.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from terpseed.duck import short_of_memory
from terpseed.errors import RuleError
from validate._opened import share_out
from validate.result import Finding
from validate.rule import Check, View
from validate.sql import name, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import duckdb

    from validate._opened import Opened
    from validate._rulefile import RuleFile

_AT_ONCE = 24
"""Queries counted in one statement; more save no time and make the statement slow to bind."""
_TOGETHER = "catalog"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of a check: its time, and a finding if rows break it."""

    check: Check
    seconds: float
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class _Unit:
    """Checks that are run together.

    Attributes:
        checks: the checks.
        screen: a statement whose one row holds nothing but 0, false and NULL if all checks hold.
        count: a statement that gives the number of breaking rows of each check, in one row; the
            screen itself if it does.
    """

    checks: tuple[Check, ...]
    screen: str
    count: str


def run_checks(
    open_: Opened,
    checks: Sequence[Check],
    *,
    kept: int,
    files: Mapping[str, RuleFile] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Outcome]:
    """Run checks.

    Args:
        open_: the dataset.
        checks: in any order.
        kept: most rows to show of each.
        files: where the queries of rules in files come from, for errors.
        progress: told how many of how many checks are done, from any of the threads in turn.

    Returns:
        One outcome for each check, in the order given.

    Raises:
        RuleError: if a query cannot be run.
        UsageError: if the memory limit is too small for one of them.
    """
    closed = _closed_gates(open_.connection, checks)
    outcomes = {id(check): Outcome(check, 0.0, None) for check in checks if check.gate in closed}
    lock = threading.Lock()

    def work(session: duckdb.DuckDBPyConnection, unit: _Unit) -> None:
        found = _run(session, unit, kept, files or {})
        with lock:
            outcomes.update((id(outcome.check), outcome) for outcome in found)
            if progress is not None:
                progress(len(outcomes), len(checks))

    units = _units([check for check in checks if check.gate not in closed], open_.replaced)
    share_out(open_.sessions(open_.workers), units, work)
    return [outcomes[id(check)] for check in checks]


def _closed_gates(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check]) -> frozenset[str]:
    """Return the gates that are closed: what lies behind them cannot find anything."""
    gates = list(dict.fromkeys(check.gate for check in checks if check.gate))
    if not gates:
        return frozenset()
    answers = connection.execute(f"SELECT {', '.join(gates)}").fetchall()[0]
    return frozenset(gate for gate, is_open in zip(gates, answers, strict=True) if not is_open)


def make_views(open_: Opened, views: Sequence[View]) -> None:
    """Compute shared results, each into a table of schema ``main``.

    Raises:
        RuleError: if one of them cannot be computed.
    """
    import duckdb  # noqa: PLC0415 - slow to import

    for view in views:
        try:
            open_.connection.execute(f"CREATE TABLE {name('main', view.name)} AS {view.sql}")
        except duckdb.OutOfMemoryException as error:
            raise short_of_memory(f"the shared result {view.name}", error) from None
        except duckdb.Error as error:
            raise RuleError(
                f"the shared result {view.name} cannot be computed",
                where=f"{view.origin}: {_first_line(error)}",
            ) from None


def _units(checks: Sequence[Check], replaced: Collection[str]) -> Iterator[_Unit]:
    """Yield units; those that take longest first.

    Args:
        checks: in any order.
        replaced: tables of which rules see something else than what was stored.
    """
    scans, together = defaultdict[str, list[Check]](list), list[Check]()
    for check in checks:
        if check.condition or check.measure:
            scans[_scanned(check, replaced)].append(check)
        elif check.rule.origin == _TOGETHER:
            together.append(check)
        else:
            yield _Unit((check,), _counted(check), _counted(check))
    for start in range(0, len(together), _AT_ONCE):
        batch = together[start : start + _AT_ONCE]
        counts = ", ".join(f"(SELECT count(*) FROM ({check.rows}))" for check in batch)
        yield _Unit(tuple(batch), f"SELECT {counts}", f"SELECT {counts}")
    for source, found in scans.items():
        yield _scan(source, found)


def _scanned(check: Check, replaced: Collection[str] = ()) -> str:
    """Return the relation that a check of single rows looks at."""
    table = next(iter(check.tables))
    return name("main", table) if check.as_seen and table in replaced else stored(table)


def _scan(relation: str, checks: list[Check]) -> _Unit:
    """Return the one scan of a table that all checks of its single rows share.

    The screen asks only whether any condition is met at all, which is twice as fast as counting
    each; nearly always that is all there is to do.
    """
    conditions = [f"({check.condition})" for check in checks if check.condition]
    measures = [check.measure for check in checks if check.measure]
    met = [f"count(*) FILTER ({' OR '.join(conditions)})"] if conditions else []
    source = f"FROM {relation} t"
    counts = ", ".join(
        f"(SELECT count(*) FROM ({check.rows}))"
        if check.rows
        else f"(SELECT count(*) FILTER ({check.condition}) {source})"
        for check in checks
    )
    return _Unit(
        tuple(checks),
        f"SELECT {', '.join([*met, *measures])} {source}",
        f"SELECT {counts}",
    )


def _run(
    session: duckdb.DuckDBPyConnection, unit: _Unit, kept: int, files: Mapping[str, RuleFile]
) -> list[Outcome]:
    import duckdb  # noqa: PLC0415 - slow to import

    start = time.perf_counter()
    try:
        screened = session.execute(unit.screen).fetchall()[0]
        counts: Sequence[int] = [0] * len(unit.checks)
        if any(screened):
            same = unit.count == unit.screen
            counts = screened if same else session.execute(unit.count).fetchall()[0]
        share = (time.perf_counter() - start) / len(unit.checks)
        found: list[Outcome] = []
        for check, count in zip(unit.checks, counts, strict=True):
            finding = _finding(session, check, count, kept) if count else None
            found.append(Outcome(check, share, finding))
    except (
        duckdb.ConversionException,
        duckdb.InvalidInputException,
        duckdb.OutOfMemoryException,
        duckdb.OutOfRangeException,
    ) as e:
        if len(unit.checks) > 1:
            parts = [_Unit((check,), _counted(check), _counted(check)) for check in unit.checks]
            return [outcome for part in parts for outcome in _run(session, part, kept, files)]
        if isinstance(e, duckdb.OutOfMemoryException):
            raise short_of_memory(f"the rule {unit.checks[0].rule.id}", e) from None
        return [Outcome(unit.checks[0], time.perf_counter() - start, _stopped(unit.checks[0], e))]
    except duckdb.Error as error:
        raise _broken(unit.checks, error, files) from None
    return found


def _counted(check: Check) -> str:
    rows = check.rows or f"SELECT 1 FROM {_scanned(check)} t WHERE {check.condition}"
    return f"SELECT count(*) FROM (\n{rows}\n)"


def _stopped(check: Check, error: Exception) -> Finding:
    """Return the finding of a check that a value in the data keeps from running.

    What cannot be computed is never passed: the value breaks another rule as well, or this one.
    """
    return Finding(check.subject, 1, ("stopped_by",), ((_first_line(error),),))


def _finding(session: duckdb.DuckDBPyConnection, check: Check, count: int, kept: int) -> Finding:
    rows = check.rows
    if not kept:
        return Finding(check.subject, count, (), ())
    if not rows:
        shown = ", ".join(name(column) for column in check.shown)
        rows = f"SELECT {shown} FROM {_scanned(check)} t WHERE {check.condition}"
    cursor = session.execute(f"SELECT * FROM (\n{rows}\n) ORDER BY ALL LIMIT {kept}")
    columns = tuple(column[0] for column in cursor.description or ())
    shown_rows: list[tuple[Any, ...]] = cursor.fetchall()
    return Finding(check.subject, count, columns, tuple(shown_rows))


def _broken(checks: Sequence[Check], error: Exception, files: Mapping[str, RuleFile]) -> RuleError:
    """Return the error of a query that cannot be run: which rule, file and line."""
    rule = checks[0].rule
    where = rule.origin
    if file := files.get(rule.id):
        where = f"{file.path}, line {file.first_line + _line(error) - 2}"
    names = rule.id if len(checks) == 1 else f"one of {len(checks)} checks from {rule.id} on"
    return RuleError(
        f"the rule cannot be run: {names}",
        where=f"{where}: {_first_line(error)}",
        why="a rule that does not run proves nothing",
        then="correct its query",
    )


def _line(error: Exception) -> int:
    """Return the line of the statement that DuckDB complains about; ours start on the second."""
    for line in str(error).splitlines():
        if line.startswith("LINE "):
            number = line[5:].partition(":")[0]
            return int(number) if number.isdigit() else 2
    return 2


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
