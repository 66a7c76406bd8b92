"""A document is in the ledger once: one leg to debit and one to credit, with its amount and date.

Fields: ``table`` (t) with the documents, ``where``; ``source`` (s) joined ``on`` if amounts come
from elsewhere; ``amount`` (documents of amount 0 have no legs); ``date``; ``reference``, the id
under which its legs are filed, and ``references``, the words of their kind; ``debit`` and
``credit``, conditions on the account ``a`` of each leg.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.sql import texts

if TYPE_CHECKING:
    from validate._ground import Ground
    from validate.shapes._row import Row


def query(row: Row, ground: Ground) -> str:
    """Return the documents that are posted never, twice, with a wrong amount or on a wrong day."""
    documents = (
        f"SELECT {row.keys(ground)}, {row.sql('reference', ground)} AS reference, "
        f"{row.sql('amount', ground)} AS amount, {row.sql('date', ground)} AS day "
        f"{row.source(ground)} WHERE {row.where(ground)}"
    )
    meant = f"e.debit > 0 AND ({row['debit']}) OR e.credit > 0 AND ({row['credit']})"
    legs = (
        'SELECT e."referenceId" AS reference, '
        f"sum(e.debit) FILTER ({row['debit']}) AS debit, "
        f"count(*) FILTER (e.debit > 0 AND ({row['debit']})) AS debits, "
        f"sum(e.credit) FILTER ({row['credit']}) AS credit, "
        f"count(*) FILTER (e.credit > 0 AND ({row['credit']})) AS credits, "
        f'min(e."entryDate") FILTER ({meant}) AS first, '
        f'max(e."entryDate") FILTER ({meant}) AS last '
        "FROM postings e "
        f'WHERE e."referenceType" IN {texts(row["references"])} '
        f"AND ({row.get('legs', 'true')}) GROUP BY 1"
    )
    keys = row.keys(ground).replace("t.", "d.")
    return (
        f"WITH d AS ({documents}), l AS ({legs}) "
        f"SELECT {keys}, d.amount AS expected, l.debit, l.credit, "
        "l.debits + l.credits AS legs, d.day AS expected_day, l.first AS first_day "
        "FROM d LEFT JOIN l USING (reference) "
        "WHERE abs(d.amount) > 0.005 AND NOT coalesce(abs(l.debit - abs(d.amount)) <= 0.005 "
        "AND abs(l.credit - abs(d.amount)) <= 0.005 AND l.debits = 1 AND l.credits = 1 "
        "AND l.first = d.day AND l.last = d.day, false)"
    )
