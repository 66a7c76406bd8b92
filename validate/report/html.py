"""The result as one HTML page: verdict, findings, rules by concern, what did not run, figures."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from terpseed import page
from validate.report._charts import charts, rows_by_table
from validate.result import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from validate.figures import Figures
    from validate.result import Finding, RuleResult, ValidationResult
    from validate.rule import NotRun, Rule

_ROWS_SHOWN = 25
_FACTS = (
    ("path", "dataset"),
    ("schema", "schema"),
    ("scenario", "scenario"),
    ("as_of", "as of"),
    ("seed", "seed"),
    ("format", "format"),
    ("generator", "made by terpseed"),
)
_LINKS = (
    ("findings", "Findings"),
    ("concerns", "Rules"),
    ("not-run", "Not run"),
    ("figures", "Figures"),
    ("facts", "Dataset"),
)


def html(result: ValidationResult, figures: Figures | None = None) -> str:
    """Return the page.

    Args:
        result: what was found.
        figures: of the same dataset; None to leave the charts out.
    """
    facts = result.dataset
    name = facts["path"] or "tables in memory"
    links = [link for link in _LINKS if figures is not None or link[0] != "figures"]
    return page.page(
        f"terpseed: {name}",
        page.tag("h1", "Is this business whole? ", page.tag("bdi", name)),
        _verdict(result),
        _facts(result),
        page.section("Findings", *_findings(result), mark="findings"),
        page.section("Rules by concern", *_concerns(result), mark="concerns"),
        page.section("What did not run, and why", *_not_run(result), mark="not-run"),
        *([_figures(figures)] if figures is not None else []),
        page.section("What the dataset holds", *_dataset(result), mark="facts"),
        links=links,
    )


def _verdict(result: ValidationResult) -> page.Html:
    checks = sum(entry.checks for entry in result.results)
    ran = f"{len(result.results)} rules with {checks:,} checks ran"
    idle = f"{len(result.not_run)} rules did not run and prove nothing"
    if result.is_good:
        words = f"Good: nothing breaks a rule. {ran}; {idle}."
        return page.tag("div", page.paragraph(page.tag("strong", words)), class_="verdict good")
    errors = sum(entry.rule.severity == "error" for entry in result.failed)
    warnings = len(result.failed) - errors
    words = f"Findings: {_many(errors, 'error')} and {_many(warnings, 'warning')}. {ran}; {idle}."
    tone = "bad" if errors else "warn"
    return page.tag("div", page.paragraph(page.tag("strong", words)), class_=f"verdict {tone}")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _facts(result: ValidationResult) -> page.Html:
    facts = result.dataset
    pairs: list[tuple[str, Any]] = [
        (name, plain(facts[key]))
        for key, name in _FACTS
        if facts.get(key) is not None and not (key == "seed" and facts.get("source"))
    ]
    pairs += [("tables", page.number(facts["tables"])), ("rows", page.number(facts["rows"]))]
    pairs.append(("time", f"{sum(result.seconds.values()):.1f} s"))
    return page.definitions(pairs)


def _findings(result: ValidationResult) -> Iterable[page.Html]:
    if result.is_good:
        yield page.paragraph("There are none.")
    for failed in result.failed:
        yield _failure(failed)


def _failure(failed: RuleResult) -> page.Html:
    rule = failed.rule
    tone: Any = "bad" if rule.severity == "error" else "warn"
    return page.tag(
        "article",
        page.tag("h3", page.badge(rule.severity, tone), " ", rule.title),
        page.paragraph(
            page.tag("code", rule.id),
            f": {_many(failed.count, 'row')} break{'s' * (failed.count == 1)} it.",
        ),
        page.paragraph(rule.why),
        *(_rows(finding, failed) for finding in failed.findings),
        class_="rule",
    )


def _rows(finding: Finding, failed: RuleResult) -> page.Html:
    shown = finding.rows[:_ROWS_SHOWN]
    of = f"the first {len(shown)} of {_many(finding.count, 'row')}"
    what = of if finding.count > len(shown) else _many(finding.count, "row")
    name = f"{finding.subject}: {what}" if finding.subject else what
    caption = (
        f"Rows that break {failed.rule.id}{' in ' if finding.subject else ''}{finding.subject}"
    )
    rows = [[value if value is None else plain(value) for value in row] for row in shown]
    numeric = frozenset(
        place
        for place in range(len(finding.columns))
        if all(isinstance(row[place], int | Decimal | None) for row in shown)
    )
    content = page.table(page.Table(caption, finding.columns, rows, numeric, folded=True))
    return page.details(name, content, is_open=finding is failed.findings[0])


def _concerns(result: ValidationResult) -> Iterable[page.Html]:
    idle: dict[str, list[NotRun]] = {}
    for entry in result.not_run:
        idle.setdefault(entry.rule.concern, []).append(entry)
    grouped = {
        concern: list(entries)
        for concern, entries in groupby(result.results, key=lambda entry: entry.rule.concern)
    }
    for concern in sorted({*grouped, *idle}, key=lambda name: _worst_first(name, grouped)):
        yield _concern(concern, grouped.get(concern, []), len(idle.get(concern, [])))


def _worst_first(concern: str, grouped: Mapping[str, list[RuleResult]]) -> tuple[int, str]:
    return -sum(bool(entry.findings) for entry in grouped.get(concern, [])), concern


def _concern(concern: str, entries: list[RuleResult], idle: int) -> page.Html:
    broken = sum(bool(entry.findings) for entry in entries)
    state = page.badge(f"{broken} broken", "bad") if broken else page.badge("holds", "good")
    if not entries:
        state = page.badge("not run", "idle")
    beside = f", {idle} not run" if idle else ""
    summary = page.join(
        [page.tag("strong", concern), f" {_many(len(entries), 'rule')}{beside} ", state]
    )
    rows = [
        (
            _state(entry),
            _named(entry.rule),
            entry.rule.proves,
            page.number(entry.checks),
            page.number(entry.count),
            f"{entry.seconds * 1000:,.0f}",
        )
        for entry in sorted(entries, key=lambda entry: (not entry.findings, entry.rule.id))
    ]
    headers = ("", "rule", "what it proves", "checks", "rows", "ms")
    content = page.Table(f"Rules of {concern}", headers, rows, frozenset({3, 4, 5}), folded=True)
    return page.details(summary, page.table(content))


def _named(rule: Rule) -> page.Html:
    return page.join([page.tag("code", rule.id), page.Html("<br>"), rule.title])


def _state(entry: RuleResult) -> page.Html:
    if not entry.findings:
        return page.badge("holds", "good")
    is_error = entry.rule.severity == "error"
    return page.badge(entry.rule.severity, "bad" if is_error else "warn")


def _not_run(result: ValidationResult) -> Iterable[page.Html]:
    if not result.not_run:
        yield page.paragraph("Every rule was run.")
        return
    yield page.paragraph(
        "These rules could not be checked on this dataset. They prove nothing about it."
    )
    rows = [
        (entry.reason, _named(entry.rule))
        for entry in sorted(result.not_run, key=lambda entry: (entry.reason, entry.rule.id))
    ]
    yield page.table(page.Table("Rules not run", ("why", "rule"), rows, folded=True))


def _figures(figures: Figures) -> page.Html:
    left = [
        page.paragraph(f"{name} is left out: {reason}.")
        for name, reason in sorted(figures.left_out.items())
    ]
    return page.section("The business in figures", charts(figures), *left, mark="figures")


def _dataset(result: ValidationResult) -> Iterable[page.Html]:
    source: Mapping[str, Any] | None = result.dataset.get("source")
    if source:
        yield page.paragraph(
            f"Read from database {source['database']} on {source['server']} at {source['taken']} "
            f"UTC, {source['view']}."
        )
        if source["masked"]:
            yield page.details(
                f"{len(source['masked'])} columns are masked", ", ".join(source["masked"])
            )
        if source["unheld"]:
            rows = [
                (entry["table"], entry["column"], page.number(entry["count"]), *first)
                for entry in source["unheld"]
                for first in entry["examples"][:1]
            ]
            headers = ("table", "column", "values", "first row", "first value")
            caption = "Values that their own type cannot hold; they are NULL here"
            yield page.table(page.Table(caption, headers, rows, frozenset({2})))
    if rows_of := result.dataset.get("rows_by_table"):
        yield rows_by_table(dict(rows_of))
