"""What the company has once, however many markets it has: tables that markets share.

``OF_THE_COMPANY`` names them with their natural keys: the first market makes the rows, and a
database in use has them already. ``REDUCED`` names those that every market adds to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OF_THE_COMPANY: Mapping[str, tuple[str, ...]] = {
    "users": ("openId",),
    "roles": ("name",),
    "permissions": ("name",),
    "role_permissions": ("role_id", "permission_id"),
    "user_roles": ("user_id", "role_id"),
    "user_permission_overrides": ("user_id", "permission_id"),
    "accounts": ("accountNumber",),
    "fiscalPeriods": ("startDate",),
    "expenseCategories": ("categoryName",),
    "paymentMethods": ("code",),
    "categories": ("name",),
    "subcategories": ("categoryId", "name"),
    "grades": ("name",),
    "unit_types": ("code",),
    "strains": ("name",),
    "tags": ("name",),
    "tagGroups": ("name",),
    "tagGroupMembers": ("groupId", "tagId"),
    "tagHierarchy": ("parentTagId", "childTagId"),
}


def _sequences(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return each sequence at the highest number that any market used."""
    every = pl.concat(parts, how="diagonal_relaxed")
    highest = every.group_by("name").agg(highest=pl.col("currentValue").max())
    once = every.unique("name", keep="first", maintain_order=True)
    return once.join(highest, on="name", how="left", maintain_order="left").select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("id"),
        *[
            pl.col("highest").alias("currentValue") if name == "currentValue" else pl.col(name)
            for name in every.columns
            if name != "id"
        ],
    )


REDUCED: Mapping[str, Callable[[Sequence[pl.DataFrame]], pl.DataFrame]] = {"sequences": _sequences}
