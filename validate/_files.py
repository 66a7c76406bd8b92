"""Rules and shared views that are written in files: ours, and those of the user."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from terpseed.errors import RuleError, UsageError, nearest
from validate._rulefile import RuleFile, read
from validate.rule import SEVERITIES, Check, NotRun, Rule, View, severity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from validate._ground import Ground

_RULE_KEYS = ("id", "title", "severity", "proves", "why", "tables")
_VIEW_KEYS = ("name", "tables")
_VIEWS = "views"


@dataclass(frozen=True, slots=True)
class FileRule:
    """A rule and the file that it was read from."""

    rule: Rule
    file: RuleFile


@dataclass(frozen=True)
class Library:
    """Rules and views that are written in files.

    Attributes:
        rules: the rules, ours first.
        views: files by the name of the view that they make; the first that can be run is used.
    """

    rules: tuple[FileRule, ...]
    views: Mapping[str, tuple[RuleFile, ...]]

    def view(self, wanted: str, ground: Ground) -> View | str:
        """Return the view of that name, or why it cannot be made on a dataset."""
        reasons = []
        for file in self.views[wanted]:
            needed = resolve(self, file, ground)
            if isinstance(needed, str):
                reasons.append(needed)
                continue
            return View(wanted, needed, file.sql, file.path)
        return reasons[0]


@cache
def shipped_library() -> Library:
    """Return the rules and views that come with the package."""
    root = files("validate").joinpath("rules")
    rules: list[FileRule] = []
    views: dict[str, list[RuleFile]] = {}
    for folder in sorted((f for f in root.iterdir() if f.is_dir()), key=lambda f: f.name):
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if not file.name.endswith(".sql"):
                continue
            path = f"validate/rules/{folder.name}/{file.name}"
            if folder.name == _VIEWS:
                parsed = read(file, path, _VIEW_KEYS)
                views.setdefault(parsed.fields["name"], []).append(parsed)
            else:
                rules.append(_file_rule(file, path))
    return Library(tuple(rules), {name: tuple(found) for name, found in views.items()})


def own_library(folder: Path, taken: Sequence[str]) -> Library:
    """Return the shipped library with the rules of a folder added.

    Args:
        folder: its ``.sql`` files, at any depth, are rules.
        taken: ids that are in use already.

    Raises:
        RuleError: if a file is wrong; names file and line.
        UsageError: if there is no such folder, or no rule in it.
    """
    if not folder.is_dir():
        raise UsageError("there is no such folder of rules", where=str(folder))
    known, added = set(taken), list[FileRule]()
    for path in sorted(folder.rglob("*.sql")):
        entry = _file_rule(path, str(path))
        if entry.rule.id in known:
            raise RuleError(
                f"there is another rule with the id {entry.rule.id!r}",
                where=f"{path}, line 1",
                then="give the rule an id of its own",
            )
        known.add(entry.rule.id)
        added.append(entry)
    if not added:
        raise UsageError(
            "there is no rule in the folder",
            where=str(folder),
            then="a rule is a file that ends in .sql, see the rules that come with terpseed",
        )
    shipped = shipped_library()
    return Library((*shipped.rules, *added), shipped.views)


def _file_rule(file: Traversable | Path, path: str) -> FileRule:
    parsed = read(file, path, _RULE_KEYS)
    fields, _ = parsed.fields, parsed.enough  # which is an error here and not when it is planned
    severity = severity_of(fields["severity"])
    if severity is None:
        raise RuleError(
            f"there is no severity {fields['severity']!r}",
            where=f"{path}, line {parsed.lines['severity']}",
            then=nearest(fields["severity"], SEVERITIES) or f"one of {', '.join(SEVERITIES)}",
        )
    concern, _, short = fields["id"].partition(".")
    if not (concern and short):
        raise RuleError(
            f"the id {fields['id']!r} is not of the form concern.name",
            where=f"{path}, line {parsed.lines['id']}",
            then="write for example `-- id: ledger.balanced`",
        )
    rule = Rule(
        id=fields["id"],
        title=fields["title"],
        severity=severity[0],
        proves=fields["proves"],
        why=fields["why"],
        origin=path,
        strict=severity[1],
    )
    return FileRule(rule, parsed)


def resolve(library: Library, file: RuleFile, ground: Ground) -> frozenset[str] | str:
    """Return the tables that a file's query reads, through views as well, or why it cannot run."""
    own = [table for table in file.tables if table not in library.views]
    reasons = _objections(file, own, ground)
    if first := next(reasons, ""):
        return first
    tables = set(own)
    for table in file.tables:
        if table in library.views:
            view = library.view(table, ground)
            if isinstance(view, str):
                return view
            tables |= view.tables
    return frozenset(tables)


def _objections(file: RuleFile, tables: Sequence[str], ground: Ground) -> Iterator[str]:
    """Yield the reasons why a file's query cannot be run on a dataset."""
    for unwanted in file.words("without"):
        if unwanted in ground.catalog:
            yield f"only for schemas without table {unwanted}"
    if reason := ground.why_not(tables, file.sql, file.optional):
        yield reason
    for table, column in file.needed:
        if reason := ground.why_no_column(table, column):
            yield reason
    for key in file.words("scenario"):
        if key not in ground.promises:
            yield f"the dataset has no scenario that promises {key}"
    yield from _too_small(file, ground)
    if "as_of_" in file.sql and ground.as_of is None:
        yield "the dataset has no as-of date"


def _too_small(file: RuleFile, ground: Ground) -> Iterator[str]:
    for key, least in file.enough:
        promised = ground.promises.get(key)
        if promised is not None and promised < least:
            yield f"the scenario is too small: {key} is {promised}, the rule asks from {least} on"


def file_checks(library: Library, ground: Ground) -> Iterator[tuple[Check, RuleFile] | NotRun]:
    """Yield the check of each rule that can be run, and for the others why not."""
    for entry in library.rules:
        needed = resolve(library, entry.file, ground)
        if isinstance(needed, str):
            yield NotRun(entry.rule, needed)
        else:
            yield Check(entry.rule, "", needed, entry.file.sql), entry.file


def views_for(library: Library, ground: Ground, names: Iterable[str]) -> list[View]:
    """Return the views of the given names and those that they select from, in order of making."""
    made: dict[str, View] = {}

    def add(wanted: str) -> None:
        if wanted in made or wanted not in library.views:
            return
        view = library.view(wanted, ground)
        if isinstance(view, View):
            source = next(f for f in library.views[wanted] if f.path == view.origin)
            for inner in source.tables:
                add(inner)
            made[wanted] = view

    for wanted in names:
        add(wanted)
    return list(made.values())
