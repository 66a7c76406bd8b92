"""The page of JSON outputs, from the titles and descriptions of their schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = """\
# JSON output

With `--json` a command prints one JSON document on stdout, and nothing else there. Each follows a published JSON Schema (draft
2020-12); a test compares real output with it. Money, quantities and times are texts, so that they stay exact. Within a number of
`format` keys may be added, so ignore those that you do not know; nothing is taken away or changes its meaning without that number
going up. An error is no JSON: it is a message on stderr and an exit code, see [troubleshooting](errors.md).

| output of | schema | what it is |
|---|---|---|
"""  # noqa: E501 - a paragraph's lines are as long as those of the other pages


def schemas_page(root: Path) -> str:
    """Return the page.

    Args:
        root: of the repository.
    """
    lines = []
    for file in sorted((root / "docs" / "schemas").glob("*.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        about = schema["description"].replace("|", "\\|")
        lines.append(f"| `{schema['title']}` | [{file.stem}](schemas/{file.name}) | {about} |")
    return _HEAD + "\n".join([*lines, ""])
