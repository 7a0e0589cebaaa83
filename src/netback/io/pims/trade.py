"""Tables BUY, SELL, UTILBUY and UTILSEL: what may be bought and sold.

A row is a material or utility; MIN and MAX bound the quantity, blank for none (a MAX of zero is a real zero: a
candidate that is switched off), FIX states it, COST or PRICE is per unit. Source: AspenTech, descriptions of the
purchase and sales tables of its planning products, "MIN = MAX: committed quantity; fixed at zero: candidate".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netback.io.pims.draft import UTILITY_UOM, Draft
from netback.io.pims.sheets import PimsTable, Row, number_of, tell_columns


@dataclass(frozen=True)
class _Kind:
    """How one of the four tables goes into the case."""

    table: str
    key: str
    price: str
    stream: str


TRADES: Final = {
    "BUY": _Kind("offers", "offer", "COST", "feedstock"),
    "SELL": _Kind("sales", "sale", "PRICE", "product"),
    "UTILBUY": _Kind("offers", "offer", "COST", "utility"),
    "UTILSEL": _Kind("sales", "sale", "PRICE", "utility"),
}
_BOUNDS: Final = ("MIN", "MAX", "FIX")


def read_trade(table: PimsTable, draft: Draft) -> None:
    """Read one of the four tables into offers.csv or sales.csv."""
    kind = TRADES[table.name]
    tell_columns(table, (*_BOUNDS, kind.price), draft.remarks)
    if kind.price not in table.columns:
        what = f"the column {kind.price} is missing."
        draft.remarks.fault(table.places.whole, what, f"It holds the {kind.price.lower()} per unit.")
        return
    for row in table.rows:
        _read_row(table.name, kind, row, draft)


def _read_row(name: str, kind: _Kind, row: Row, draft: Draft) -> None:
    remarks = draft.remarks
    utility = kind.stream == "utility"
    scale = draft.basis.scale if utility else 1.0
    low, high, fixed = (number_of(row.cells.get(column), remarks) for column in _BOUNDS)
    if fixed is not None:
        if low is not None or high is not None:
            remarks.partly(row.where, "FIX holds; MIN and MAX of the row are not read.")
        low = high = fixed
    for bound in (low, high):
        if bound is not None and bound < 0.0:
            remarks.fault(
                row.where, f"a quantity of {bound:g} is not possible.", "Quantities are not negative."
            )
    price = number_of(row.cells.get(kind.price), remarks)
    if price is None:
        price = 0.0
        if kind.price not in row.cells:
            remarks.partly(row.where, f"{kind.price} is blank; 0 is written.", "Give it if it is not free.")
    if row.code in draft.streams and draft.is_utility(row.code) != utility:
        what = f'"{row.code}" is a material in one table and a utility in another.'
        remarks.fault(row.where, what, "Give one of them another tag.")
        return
    draft.stream(row.code, kind.stream, row.title)
    draft.add(
        kind.table,
        **{kind.key: row.code, "stream": row.code},
        min=0.0 if low is None else low * scale,
        max=None if high is None else high * scale,
        uom=f"{UTILITY_UOM}/d" if utility else draft.basis.rate,
        price=price,
        price_uom=f"{draft.basis.currency}/{UTILITY_UOM}" if utility else draft.basis.price,
    )
    where = f"{kind.key}={row.code}"
    for column, target in (("MIN", "min"), ("MAX", "max")):
        draft.targets[name, row.code, column] = (kind.table, where, target, scale)
    draft.targets[name, row.code, kind.price] = (kind.table, where, "price", 1.0)
