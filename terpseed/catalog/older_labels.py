"""What older schema versions call the states and kinds that the newest one names.

One table serves every version, shipped or not: it applies where a schema lacks the newer label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FULFILLMENT: Mapping[str, str | None] = {
    "DRAFT": "PENDING",
    "CONFIRMED": "PENDING",
    "READY_FOR_PACKING": "PENDING",
    "DELIVERED": "SHIPPED",
    "RETURNED": "SHIPPED",
    "RESTOCKED": "SHIPPED",
    "RETURNED_TO_VENDOR": "SHIPPED",
    # a cancelled order was known by its saleStatus alone
    "CANCELLED": None,
}

OLDER_LABELS: Mapping[tuple[str, str], Mapping[str, str | None]] = {
    # a cancelled order stays in the last state that its history tells
    ("orders", "fulfillmentStatus"): {**_FULFILLMENT, "CANCELLED": "PENDING"},
    ("order_status_history", "fulfillmentStatus"): _FULFILLMENT,
    ("orders", "quoteStatus"): {"UNSENT": "DRAFT"},
    # the older kinds could only lower the cost; a raise has no name there
    ("clients", "cogsAdjustmentType"): {
        "PERCENTAGE_DECREASE": "PERCENTAGE",
        "FIXED_DECREASE": "FIXED_AMOUNT",
        "PERCENTAGE_INCREASE": "NONE",
        "FIXED_INCREASE": "NONE",
    },
    # the way back to the vendor was not recorded
    ("sampleRequests", "sampleRequestStatus"): {
        "RETURN_REQUESTED": "FULFILLED",
        "RETURN_APPROVED": "FULFILLED",
        "RETURNED": "FULFILLED",
        "VENDOR_RETURN_REQUESTED": "FULFILLED",
        "SHIPPED_TO_VENDOR": "FULFILLED",
        "VENDOR_CONFIRMED": "FULFILLED",
    },
}
"""Older label by newer one, per column; None says that there is none: NULL, or no history row."""
