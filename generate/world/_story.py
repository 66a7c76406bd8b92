"""The order in which the domains are told: each may use what the ones before it made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.world import (
    books,
    catalogue,
    claims,
    conversation,
    credit,
    demand,
    documents,
    harvests,
    inbox,
    invoicing,
    ledger,
    matching,
    notes,
    orders,
    parties,
    payables,
    payments,
    people,
    photography,
    pricing,
    procurement,
    receiving,
    remarks,
    samples,
    settlement,
    sheets,
    spending,
    stock,
    supplies,
    tasks,
    totals,
    transfers,
    warehouse,
    workflow,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world._world import World

STORY: tuple[Callable[[World], None], ...] = (
    people.build,
    books.build,
    catalogue.build,
    parties.build,
    demand.build,
    procurement.build,
    orders.build,
    invoicing.build,
    settlement.build,
    claims.build,
    samples.build,
    stock.build,
    payables.build,
    payments.build,
    spending.build,
    documents.build,
    ledger.build,
    totals.build,
    credit.build,
    pricing.build,
    sheets.build,
    matching.build,
    warehouse.build,
    transfers.build,
    workflow.build,
    photography.build,
    tasks.build,
    notes.build,
    remarks.build,
    conversation.build,
    inbox.build,
    receiving.build,
    harvests.build,
    supplies.build,
)
