"""Numbers that follow from others of the same row: totals, what is left, differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from generate.fill._names import plain

if TYPE_CHECKING:
    from generate.fill._draft import Draft

# result, then what is multiplied; names without style
_PRODUCTS = (
    ("linetotal", "quantity", "unitprice"),
    ("totalprice", "quantity", "unitprice"),
    ("totalcost", "quantity", "unitcost"),
    ("totalcost", "receivedqty", "unitcost"),
    ("totalcost", "quantityordered", "unitcost"),
    ("totalamount", "unitssold", "cogsperunit"),
)
# result, what is added, what is taken away
_SUMS = (
    ("total", ("subtotal", "tax", "shipping"), ("discount",)),
    ("totalamount", ("subtotal", "taxamount"), ("discountamount",)),
    ("totalamount", ("amount", "taxamount"), ()),
    ("amountdue", ("totalamount",), ("amountpaid",)),
    ("remainingbalance", ("totalamount",), ("totalpaid",)),
    ("remainingquantity", ("allocatedquantity",), ("usedquantity",)),
    ("amountremaining", ("creditamount",), ("amountused",)),
    ("newbalance", ("previousbalance", "transactionamount"), ()),
    ("difference", ("actualquantity",), ("expectedquantity",)),
    ("variance", ("actualcount",), ("expectedbalance",)),
    ("shortfall", ("requestedamount",), ("availablecredit",)),
    ("rankchange", ("previousrank",), ("rank",)),
    ("currentbalance", ("lifetimeearned",), ("lifetimeredeemed", "lifetimeexpired")),
    ("totalhoursminutes", ("regularhoursminutes", "overtimehoursminutes"), ()),
)
# part, whole: the part is all, half or nothing of the whole, by state
_PARTS = (
    ("amountpaid", "totalamount"),
    ("amountpaid", "amountdue"),
    ("totalpaid", "totalamount"),
    ("usedquantity", "allocatedquantity"),
    ("amountused", "creditamount"),
    ("availablecredit", "requestedamount"),
    ("quantityreceived", "quantityordered"),
    ("lifetimeredeemed", "lifetimeearned"),
    ("lifetimeexpired", "lifetimeredeemed"),
    ("reservedquantity", "quantity"),
    ("reservedqty", "onhandqty"),
    ("quarantineqty", "onhandqty"),
    ("holdqty", "onhandqty"),
    ("currentcapacity", "maxcapacity"),
)
_ALL = {"PAID", "FULLY_USED", "COMPLETED", "RECEIVED", "SETTLED"}
_SOME = {"PARTIAL", "PARTIALLY_USED", "PARTIALLY_PAID", "OVERDUE", "RECEIVING"}


def settle(draft: Draft) -> None:
    """Compute what follows from other columns of a row, as far as their names tell."""
    by_name = {plain(name): name for name, v in draft.values.items() if v.dtype.is_numeric()}
    for result, left, right in _PRODUCTS:
        if {result, left, right} <= set(by_name):
            product = pl.col(by_name[left]) * pl.col(by_name[right])
            _set(draft, by_name[result], product)
    sums = [(r, p, m) for r, p, m in _SUMS if r in by_name and p[0] in by_name]
    wholes = [entry for entry in sums if entry[0] in {"total", "totalamount"}]
    for result, plus, minus in wholes:
        _add_up(draft, by_name, result, plus, minus)
    done: set[str] = set()
    for part, whole in _PARTS:
        if part in by_name and whole in by_name and part not in done:
            done.add(part)
            _set(draft, by_name[part], _share(draft, by_name[whole]))
    for result, plus, minus in sums:
        if result not in {"total", "totalamount"}:
            _add_up(draft, by_name, result, plus, minus)


def _add_up(
    draft: Draft,
    by_name: dict[str, str],
    result: str,
    plus: tuple[str, ...],
    minus: tuple[str, ...],
) -> None:
    dtype = draft.values[by_name[result]].dtype
    total = pl.lit(0).cast(dtype)
    for name in plus:
        if name in by_name:
            total += pl.col(by_name[name]).cast(dtype).fill_null(0)
    for name in minus:
        if name in by_name:
            total -= pl.col(by_name[name]).cast(dtype).fill_null(0)
    _set(draft, by_name[result], total)


def _share(draft: Draft, whole: str) -> pl.Expr:
    state = next(
        (n for n, v in draft.values.items() if v.dtype == pl.String and "tatus" in n), None
    )
    value = pl.col(whole)
    some = (value / 2).cast(draft.values[whole].dtype)
    if state is None:
        return some
    label = pl.col(state).str.to_uppercase()
    return (
        pl.when(label.is_in(sorted(_ALL)))
        .then(value)
        .when(label.is_in(sorted(_SOME)))
        .then(some)
        .otherwise(value - value)
    )


def _set(draft: Draft, name: str, value: pl.Expr) -> None:
    dtype = draft.values[name].dtype
    draft.put(name, value.cast(dtype))
