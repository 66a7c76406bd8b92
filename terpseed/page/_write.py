"""Building blocks of a page. Texts are escaped here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from terpseed.page._text import shown
from terpseed.textfile import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Tone = Literal["good", "bad", "warn", "idle"]


class Html(str):
    """Text that is markup already; every other text is escaped."""

    __slots__ = ()


def join(parts: Iterable[Any], between: str = "") -> Html:
    """Return parts in a row, escaped where they are no markup."""
    return Html(between.join(_inner(part) for part in parts))


def _inner(content: Any) -> str:
    return content if isinstance(content, Html) else escape(shown(content), quote=True)


def tag(name: str, *content: Any, **attributes: Any) -> Html:
    """Return an element; an attribute ``class_`` is written ``class``, None leaves one out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(shown(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{join(content)}</{name}>")


def paragraph(*content: Any, class_: str | None = None) -> Html:
    """Return a paragraph."""
    return tag("p", *content, class_=class_)


def section(title: str, *content: Any, mark: str) -> Html:
    """Return a part of the page with a heading; ``mark`` is its address within the page."""
    heading = tag("h2", title, id=f"{mark}-title")
    return tag("section", heading, *content, id=mark, aria_labelledby=f"{mark}-title")


def details(summary: Any, *content: Any, is_open: bool = False, class_: str | None = None) -> Html:
    """Return something that can be unfolded."""
    opened = "" if is_open else None
    return tag(
        "details",
        tag("summary", summary),
        *content,
        open="" if opened == "" else None,
        class_=class_,
    )


def badge(text: str, tone: Tone) -> Html:
    """Return a word in a colour that agrees with it; the word alone says all."""
    return tag("span", text, class_=f"badge {tone}")


def definitions(pairs: Iterable[tuple[str, Any]]) -> Html:
    """Return facts with their names."""
    return tag("dl", join(tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs))


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        caption: what it shows.
        headers: of the columns.
        rows: cells; None is shown as NULL.
        numeric: places of columns that hold numbers.
        folded: whether the caption is for screen readers only, since a heading says the same.
    """

    caption: str
    headers: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    numeric: frozenset[int] = frozenset()
    folded: bool = False


def table(content: Table) -> Html:
    """Return a table that scrolls sideways where it is wider than the page."""

    def cell(place: int, value: Any) -> Html:
        kind = "number" if place in content.numeric else None
        inner = tag("i", "NULL", class_="null") if value is None else tag("bdi", value)
        return tag("td", inner, class_=kind)

    head = tag(
        "tr",
        join(
            tag("th", name, scope="col", class_="number" if place in content.numeric else None)
            for place, name in enumerate(content.headers)
        ),
    )
    body = join(
        tag("tr", join(cell(place, value) for place, value in enumerate(row)))
        for row in content.rows
    )
    made = tag(
        "table",
        tag("caption", content.caption, class_="unseen" if content.folded else None),
        tag("thead", head),
        tag("tbody", body),
    )
    return tag("div", made, class_="wide", role="region", tabindex="0", aria_label=content.caption)


def figure(title: str, why: str, chart: Html, values: Table) -> Html:
    """Return a chart with its title, what it tells, and the same as a table."""
    drawn = tag("div", chart, class_="wide", role="region", tabindex="0", aria_label=title)
    return tag(
        "figure",
        tag("figcaption", tag("h3", title), paragraph(why)),
        drawn,
        details("The same as a table", table(values)),
    )


def page(title: str, *content: Any, links: Sequence[tuple[str, str]] = ()) -> str:
    """Return a whole page.

    Args:
        title: of the page.
        content: what is in it.
        links: addresses within the page and their names.
    """
    style = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    around = tag(
        "nav",
        tag("ul", join(tag("li", tag("a", name, href=f"#{mark}")) for mark, name in links)),
        aria_label="Parts of this page",
    )
    # The policy keeps a browser from fetching anything, whatever a value might try.
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        'style-src \'unsafe-inline\'"><meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer">'
        f"{tag('title', title)}<style>{style}</style>"
    )
    skip = tag("a", "Skip to the content", href="#content", class_="skip")
    body = join([skip, around if links else Html(), tag("main", *content, id="content")])
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def write_page(path: Path, text: str) -> None:
    """Write a report to a file, at once or not at all.

    Raises:
        OutputError: if the disk refuses.
    """
    write_text(path, text, "report")
