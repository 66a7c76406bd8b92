"""Faults that the rules derived from the catalog must notice, at least one for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from validate.faults._fault import Fault, statements_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    Frames = Mapping[str, pl.DataFrame]

_FIRST_ORDER = "WHERE id = (SELECT min(id) FROM stored.orders)"

_FAULTS: Mapping[str, str] = {
    "structure.filled": "DELETE FROM stored.strains",
    "structure.required": f"UPDATE stored.orders SET client_id = NULL {_FIRST_ORDER}",
    "structure.length": "UPDATE stored.clients SET phone = repeat('9', 51) WHERE id = 1",
    "structure.text-numbers": "UPDATE stored.batches SET onHandQty = '+12.5' WHERE id = 1",
    "structure.enum": "UPDATE stored.invoices SET status = 'LOST' WHERE id = 1",
    "structure.json": f"UPDATE stored.orders SET items = '[{{' {_FIRST_ORDER}",
    "structure.moments": "UPDATE stored.orders SET created_at = created_at "
    f"+ INTERVAL 5 MILLISECOND {_FIRST_ORDER}",
    "structure.numbered": f"UPDATE stored.orders SET id = 0 {_FIRST_ORDER}",
    "structure.deprecated": "UPDATE stored.bankTransactions SET transactionType = 'TRANSFER' "
    "WHERE id = 1",
    "structure.vocabulary": "UPDATE stored.batches SET grade = 'Best' WHERE id = 1",
    "structure.primary-key": "UPDATE stored.strains SET id = 1 WHERE id = 2",
    "structure.unique-key": "UPDATE stored.strains SET name = "
    "(SELECT name FROM stored.strains WHERE id = 1) WHERE id = 2",
    "structure.unique-in-collation": "UPDATE stored.strains SET name = "
    "(SELECT upper(name) || ' ' FROM stored.strains WHERE id = 1) WHERE id = 2",
    "references.declared": "UPDATE stored.orders SET client_id = 2000000000 WHERE id = 1",
    "references.logical": "UPDATE stored.batches SET lotId = 2000000000 WHERE id = 1",
    "references.json": "UPDATE stored.orders SET "
    "items = regexp_replace(items, '\"batchId\": [0-9]+', '\"batchId\": 2000000000') WHERE id = 1",
    "references.nothing": "UPDATE stored.ledgerEntries SET referenceType = 'WRITE_OFF', "
    "referenceId = 1 WHERE id = (SELECT max(id) FROM stored.ledgerEntries)",
    "references.kind": "UPDATE stored.ledgerEntries SET referenceType = 'RECEIPT' WHERE id = "
    "(SELECT max(id) FROM stored.ledgerEntries WHERE referenceType = 'PAYMENT')",
    "references.deleted": "@supplier_profiles UPDATE stored.clients "
    "SET deleted_at = updated_at WHERE id = 1; "
    "UPDATE stored.calendar_events SET deleted_at = updated_at "
    "WHERE id = (SELECT min(event_id) FROM stored.calendar_event_participants)",
    "states.reachable": "UPDATE stored.orders SET quoteStatus = 'LOST' WHERE id = "
    "(SELECT min(id) FROM stored.orders WHERE quoteStatus IS NOT NULL)",
    "time.nothing-after-now": "UPDATE stored.payments SET paymentDate = DATE '2037-01-01' "
    "WHERE id = 1",
    "time.updated-after-created": "UPDATE stored.strains SET "
    "updatedAt = createdAt - INTERVAL 1 DAY WHERE id = 1",
}

_SEVERAL_ITEMS = "(SELECT min(id) FROM stored.orders WHERE json_array_length(items) > 1)"
_JSON_FAULTS: Mapping[str, str] = {
    "number as text": "UPDATE stored.orders SET items = "
    r"""regexp_replace(items, '"unitPrice": ([0-9.]+)', '"unitPrice": "\1"') """ + _FIRST_ORDER,
    "key missing in the last element": "UPDATE stored.orders SET items = "
    rf"""regexp_replace(items, '(.*), "lineTotal": [0-9.]+', '\1') WHERE id = {_SEVERAL_ITEMS}""",
    "word unknown": "UPDATE stored.orders SET items = "
    f"""regexp_replace(items, '"cogsMode": "[A-Z]+"', '"cogsMode": "GUESSED"') {_FIRST_ORDER}""",
    "key unknown": """UPDATE stored.pricing_rules SET conditions = '{"colour": "green"}' """
    "WHERE id = 1",
    "element of another type": "UPDATE stored.batches SET metadata = "
    """replace(metadata, '"terpenes": [', '"terpenes": [7, ') WHERE id = 1""",
    "text that is no JSON": "UPDATE stored.batches SET metadata = 'none' WHERE id = 1",
    "object of another kind": "UPDATE stored.client_activity SET metadata = "
    """'{"tag": "Loyal", "description": "Tagged Loyal"}' """
    "WHERE id = (SELECT min(id) FROM stored.client_activity WHERE activity_type = 'CREATED')",
    "something where nothing belongs": "UPDATE stored.\"auditLogs\" SET before = '{}' "
    "WHERE id = (SELECT min(id) FROM stored.\"auditLogs\" WHERE entity = 'order')",
}


def catalog_faults() -> tuple[Fault, ...]:
    """Return a fault for each rule of the catalog that statements can break, or several."""
    several = {f"structure.json-types, {what}": text for what, text in _JSON_FAULTS.items()}
    return tuple(
        Fault(fault, fault.partition(",")[0], statements_of(text))
        for fault, text in {**_FAULTS, **several}.items()
    )


@dataclass(frozen=True, slots=True)
class FrameFault:
    """A damage to the shape of tables, which is planted before they are opened.

    Attributes:
        rule: the rule that must notice it.
        change: returns the damaged tables.
    """

    rule: str
    change: Callable[[Frames], Frames]


def _without_a_table(frames: Frames) -> Frames:
    return {table: frame for table, frame in frames.items() if table != "strains"}


def _columns_swapped(frames: Frames) -> Frames:
    first, second, *rest = frames["strains"].columns
    return {**frames, "strains": frames["strains"].select(second, first, *rest)}


def _number_as_text(frames: Frames) -> Frames:
    import polars as pl  # noqa: PLC0415 - slow to import

    return {**frames, "orders": frames["orders"].with_columns(pl.col("total").cast(pl.String))}


def _number_too_wide(frames: Frames) -> Frames:
    import polars as pl  # noqa: PLC0415 - slow to import

    wide = pl.col("currentValue").cast(pl.Int64) + 3_000_000_000
    return {**frames, "sequences": frames["sequences"].with_columns(wide)}


FRAME_FAULTS = (
    FrameFault("structure.tables", _without_a_table),
    FrameFault("structure.columns", _columns_swapped),
    FrameFault("structure.types", _number_as_text),
    FrameFault("structure.fits", _number_too_wide),
)
