"""Rewrite the pools' files: ``python -m generate.pools``.

The files are shipped; this is run only to change what is in them. The same version of Faker gives
the same files.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from generate.pools import _grammar, _made, _words

SENTENCES = 240


def rows_by_pool() -> dict[str, list[dict[str, str]]]:
    """Return the rows of every pool."""
    pools = {
        "person": _made.people(),
        "company_retail": _made.retail(),
        "company_wholesale": _made.wholesale(),
        "address": _made.addresses(),
        "phone": _made.phones(),
        "strain": [
            {"name": name, "category": category, "family": family}
            for name, category, family in _words.STRAINS
        ],
        "vendor": [_vendor(*row) for row in _words.VENDORS],
        "subcategory": [
            {"name": name, "category": category, "unit": unit}
            for category, name, unit in _words.SUBCATEGORIES
        ],
        "terpene": [{"name": name} for name in _words.TERPENES],
        "lab": [{"name": name} for name in _words.LABS],
        "task": [{"title": title} for title in _words.TASKS],
        "task_list": [{"title": title} for title in _words.TASK_LISTS],
    }
    for kind, patterns in _grammar.GRAMMARS.items():
        pools[kind] = [{"text": text} for text in _grammar.thinned(patterns, SENTENCES)]
    return pools


def _vendor(name: str, contact: str, domain: str, phone: str, place: str) -> dict[str, str]:
    city, code = place.rsplit(" ", 1)
    return {
        "name": name,
        "contact": contact,
        "email": f"{_made.ascii_slug(contact).replace('-', '.')}@{domain}.example",
        "phone": phone,
        "city": city,
        "zip": code,
        "address": f"{city}, CA {code}",
    }


def main() -> None:
    """Write one CSV file per pool beside this module."""
    folder = Path(__file__).parent / "data"
    for name, rows in sorted(rows_by_pool().items()):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        sys.stdout.write(f"{name}: {len(rows)}\n")


if __name__ == "__main__":
    main()
