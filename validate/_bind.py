"""Rules whose queries name columns that a schema lacks, found by asking DuckDB to read them.

For schemas that terpseed ships, the plan knows which rules apply. In others, a column may be
missing that only some of a rule's tables have; such a rule is listed as not run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from terpseed.catalog import shipped, shipped_versions
from validate.rule import NotRun

if TYPE_CHECKING:
    import duckdb

    from terpseed.catalog import Catalog
    from validate._opened import Opened
    from validate._plan import Plan


def bound(open_: Opened, plan: Plan) -> Plan:
    """Return a plan without the shipped rules that its schema lacks columns for.

    Args:
        open_: the dataset, with everything that checks select from.
        plan: what is to be run.
    """
    if _is_shipped(open_.ground.catalog):
        return plan
    lacking: dict[str, NotRun] = {}
    for check in plan.checks:
        # What is wrong in a rule of the user's own is for them to know.
        file = plan.files.get(check.rule.id)
        if not check.rows or (file is not None and file.path.startswith("/")):
            continue
        if reason := _why_not(open_.connection, check.rows):
            version = open_.ground.catalog.version
            lacking[check.rule.id] = NotRun(
                check.rule, f"schema {version} lacks what it reads: {reason}"
            )
    return replace(
        plan,
        checks=tuple(check for check in plan.checks if check.rule.id not in lacking),
        not_run=(*plan.not_run, *lacking.values()),
    )


def _is_shipped(catalog: Catalog) -> bool:
    return any(
        all(
            name in shipped(version) and table.columns == shipped(version)[name].columns
            for name, table in catalog.tables.items()
        )
        for version in shipped_versions()
    )


def _why_not(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """Return what a query names that is not there, or the empty string."""
    import duckdb  # noqa: PLC0415 - slow to import

    try:
        connection.execute(f"EXPLAIN SELECT 1 FROM ({query})")
    except duckdb.BinderException as error:
        first = str(error).splitlines()[0]
        return first.removeprefix("Binder Error: ").partition(" not found")[0] or first
    except duckdb.Error:
        return ""  # what else is wrong shows when it is run
    return ""
