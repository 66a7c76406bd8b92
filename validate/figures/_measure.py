"""Computing figures: read their queries, see what the dataset gives ground to, run them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from terpseed.errors import RuleError, UsageError, nearest
from validate._files import resolve, shipped_library, views_for
from validate._opened import add_facts, add_views, opened
from validate._rulefile import RuleFile, read
from validate._run import make_views
from validate.facts import Frames
from validate.figures._figure import UNITS, Column, Figure, Figures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from terpseed.dataset import Dataset
    from validate._opened import Opened
    from validate.rule import View

_KEYS = ("name", "title", "columns", "why", "tables")


@cache
def figure_files() -> Mapping[str, tuple[RuleFile, ...]]:
    """Return the queries by the name of their figure; the first that can be run is used."""
    found: dict[str, tuple[RuleFile, ...]] = {}
    folder = files("validate.figures").joinpath("queries")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        file = read(entry, f"validate/figures/queries/{entry.name}", _KEYS)
        known = found.get(file.fields["name"], ())
        found[file.fields["name"]] = (*known, file)
    return found


def figures(
    dataset: Dataset | Frames,
    *,
    names: Collection[str] | None = None,
    memory_limit: str | None = None,
    workers: int | None = None,
) -> Figures:
    """Compute the figures of a dataset; the same dataset gives the same figures.

    Args:
        dataset: on disk (see ``terpseed.dataset.open_dataset``) or in memory.
        names: which figures; all if not given.
        memory_limit: how much memory DuckDB may use, ``512MB``.
        workers: threads; as many as there are processors if not given.

    Raises:
        DatasetError: if a file of the dataset cannot be read.
        UsageError: if there is no figure of a name, or the memory limit is no size.
    """
    for wanted in names or ():
        if wanted not in figure_files():
            raise UsageError(
                f"there is no figure {wanted!r}",
                where=f"figures: {', '.join(figure_files())}",
                then=nearest(wanted, figure_files()),
            )
    chosen = [name for name in figure_files() if names is None or name in names]
    with opened(dataset, memory_limit=memory_limit, workers=workers) as open_:
        usable, left_out = _usable(open_, chosen)
        views = _views(open_, usable.values())
        add_facts(open_)
        add_views(open_, _optional(usable.values(), views))
        make_views(open_, views)
        measured = tuple(_measured(open_, file) for file in usable.values())
    return Figures(_about(dataset), measured, left_out)


def _usable(open_: Opened, chosen: Iterable[str]) -> tuple[dict[str, RuleFile], dict[str, str]]:
    usable, left_out = dict[str, RuleFile](), dict[str, str]()
    for name in chosen:
        for file in figure_files()[name]:
            needed = resolve(shipped_library(), file, open_.ground)
            if not isinstance(needed, str):
                usable[name] = file
                left_out.pop(name, None)
                break
            left_out.setdefault(name, needed)
    return usable, left_out


def _views(open_: Opened, files_: Iterable[RuleFile]) -> list[View]:
    tables = [table for file in files_ for table in file.tables]
    return views_for(shipped_library(), open_.ground, tables)


def _optional(files_: Iterable[RuleFile], views: Iterable[View]) -> set[tuple[str, str]]:
    library = shipped_library()
    makers = [f for view in views for f in library.views[view.name] if f.path == view.origin]
    return {pair for file in (*files_, *makers) for pair in file.optional}


def _measured(open_: Opened, file: RuleFile) -> Figure:
    import duckdb  # noqa: PLC0415 - slow to import

    columns = columns_of(file)
    try:
        cursor = open_.connection.execute(file.sql)
        rows = cursor.fetchall()
    except duckdb.Error as error:
        raise RuleError(
            f"the figure {file.fields['name']} cannot be computed",
            where=f"{file.path}: {str(error).splitlines()[0]}",
        ) from None
    found = tuple(column[0] for column in cursor.description or ())
    if found != tuple(column.name for column in columns):
        raise RuleError(
            f"the figure {file.fields['name']} has other columns than it says",
            where=file.path,
            why=f"its query returns {', '.join(found)}",
        )
    exact = (
        tuple(column.exact(value) for column, value in zip(columns, row, strict=True))
        for row in rows
    )
    fields = file.fields
    return Figure(fields["name"], fields["title"], fields["why"], columns, tuple(exact))


def columns_of(file: RuleFile) -> tuple[Column, ...]:
    """Return the columns that a figure's file declares.

    Raises:
        RuleError: if a column has no unit, or one that does not exist.
    """
    columns = []
    for word in file.words("columns"):
        name, _, unit = word.partition(" ")
        known = next((each for each in UNITS if each == unit), None)
        if known is None:
            raise RuleError(
                f"column {name} of the figure has no unit {unit!r}",
                where=f"{file.path}, line {file.lines['columns']}",
                then=f"one of {', '.join(UNITS)}",
            )
        columns.append(Column(name, known))
    return tuple(columns)


def _about(dataset: Dataset | Frames) -> dict[str, Any]:
    if isinstance(dataset, Frames):
        scenario: Mapping[str, Any] = dataset.scenario or {}
        path, version, as_of, seed = None, dataset.catalog.version, dataset.as_of, None
    else:
        manifest = dataset.manifest
        scenario, path = manifest.scenario, str(dataset.path)
        version, as_of, seed = manifest.catalog_version, manifest.as_of, manifest.seed
    return {
        "path": path,
        "schema": version,
        "scenario": scenario.get("name"),
        "title": scenario.get("title"),
        "seed": seed,
        "as_of": as_of,
    }
