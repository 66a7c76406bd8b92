"""Reading a file of SQL with a header of ``-- key: value`` lines: a rule or a shared view.

A value goes on in following comment lines that are indented by at least three spaces::

    -- id: ledger.balanced
    -- title: debits equal credits
    -- severity: error
    -- proves: ...
    -- why: ...
    -- tables: ledgerEntries, orders.shipping
    SELECT ...

``tables`` names the tables and views that the query reads (or ``table.column`` for a column that
it cannot do without), ``optional`` the columns that it can do without, ``without`` tables that
must not exist in the schema, ``scenario`` the promises that it compares with, ``enough`` promises
with the least number from which on the rule says anything (``sales.orders 500``), and ``fault``
statements that break the rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terpseed.errors import RuleError, nearest

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_FIELD = re.compile(r"^--\s?(?P<key>[a-z]+):\s*(?P<value>.*)$")
_MORE = re.compile(r"^--\s{3,}(?P<value>\S.*)$")
_KEYS = (
    "id",
    "name",
    "title",
    "severity",
    "proves",
    "why",
    "tables",
    "columns",
    "optional",
    "without",
    "scenario",
    "enough",
    "fault",
)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A parsed file.

    Attributes:
        path: where it was read from, for messages.
        fields: the header, in the order of its keys.
        lines: the line of the file, from 1, on which each key stands.
        sql: the query, without a semicolon at its end.
        first_line: the line of the file, from 1, on which the query starts.
    """

    path: str
    fields: dict[str, str]
    lines: dict[str, int]
    sql: str
    first_line: int

    def words(self, key: str) -> tuple[str, ...]:
        """Return the comma separated words of a field; none if it is not there."""
        return tuple(word.strip() for word in self.fields.get(key, "").split(",") if word.strip())

    @property
    def enough(self) -> tuple[tuple[str, int], ...]:
        """Promises of a scenario, and how much each must be for the rule to say anything.

        Raises:
            RuleError: if one has no whole number; names file and line.
        """
        found = []
        for word in self.words("enough"):
            key, _, least = word.partition(" ")
            if not least.strip().isdigit():
                raise RuleError(
                    f"there is no whole number in {word!r}",
                    where=f"{self.path}, line {self.lines['enough']}",
                    then="write for example `-- enough: sales.orders 500`",
                )
            found.append((key, int(least)))
        return tuple(found)

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables and views that the query reads."""
        return tuple(dict.fromkeys(word.partition(".")[0] for word in self.words("tables")))

    @property
    def needed(self) -> tuple[tuple[str, str], ...]:
        """(table, column) pairs that the query cannot do without."""
        return _pairs(word for word in self.words("tables") if "." in word)

    @property
    def optional(self) -> tuple[tuple[str, str], ...]:
        """(table, column) pairs that the query can do without."""
        return _pairs(self.words("optional"))


def parse(text: str, path: str, required: tuple[str, ...]) -> RuleFile:
    """Read a file's header and query.

    Args:
        text: the content of the file.
        path: where it was read from, for messages.
        required: keys that the header must have.

    Raises:
        RuleError: if the header is wrong or there is no query; names file and line.
    """
    fields: dict[str, str] = {}
    places: dict[str, int] = {}
    key, line_number, lines = "", 0, text.splitlines()
    for line_number, line in enumerate(lines, 1):
        if not line.startswith("--"):
            break
        if (start := _FIELD.match(line)) and not (key == "fault" and _MORE.match(line)):
            key = start["key"]
            if key not in _KEYS:
                raise RuleError(
                    f"the header of a rule has no key {key!r}",
                    where=f"{path}, line {line_number}",
                    then=nearest(key, _KEYS) or f"known keys: {', '.join(_KEYS)}",
                )
            fields[key], places[key] = start["value"].strip(), line_number
        elif key and (more := _MORE.match(line)):
            fields[key] = f"{fields[key]} {more['value'].strip()}".strip()
        else:
            raise RuleError(
                "a line of the header is neither `-- key: value` nor an indented continuation",
                where=f"{path}, line {line_number}",
                then="put remarks below the header, or write them as `-- why: ...`",
            )
    else:
        line_number += 1
    sql = "\n".join(lines[line_number - 1 :]).strip().rstrip(";").strip()
    for name in required:
        if not fields.get(name):
            raise RuleError(
                f"the header of the rule lacks {name!r}",
                where=f"{path}, line 1",
                then=f"add a line `-- {name}: ...`",
            )
    if not sql:
        raise RuleError("the file has a header and no query", where=f"{path}, line {line_number}")
    return RuleFile(path, fields, places, sql, line_number)


def read(file: Traversable, path: str, required: tuple[str, ...]) -> RuleFile:
    """Read a file as ``parse`` does.

    Raises:
        RuleError: if it cannot be read, is no UTF-8, or is wrong.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"the rule cannot be read: {error}", where=path) from None
    return parse(text, path, required)


def _pairs(words: object) -> tuple[tuple[str, str], ...]:
    parts = (str(word).partition(".") for word in words)  # type: ignore[attr-defined]
    return tuple((table, column) for table, _, column in parts)
