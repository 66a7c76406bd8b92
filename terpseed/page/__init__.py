"""Reports as one HTML page that needs nothing else: no script, no address, works from a file.

What a page says belongs to who makes it; here is how it looks, and that no value in it, however
hostile, is anything but text.
"""

from terpseed.page._charts import bars, columns, line, shares
from terpseed.page._text import amount, date_text, number, percent, shown
from terpseed.page._write import (
    Html,
    Table,
    badge,
    definitions,
    details,
    figure,
    join,
    page,
    paragraph,
    section,
    table,
    tag,
    write_page,
)

__all__ = [
    "Html",
    "Table",
    "amount",
    "badge",
    "bars",
    "columns",
    "date_text",
    "definitions",
    "details",
    "figure",
    "join",
    "line",
    "number",
    "page",
    "paragraph",
    "percent",
    "section",
    "shares",
    "shown",
    "table",
    "tag",
    "write_page",
]
