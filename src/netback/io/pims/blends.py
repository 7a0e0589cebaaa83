"""Blending: which components go into which product (BLNMIX), their properties (BLNPROP), specifications (BLNSPEC).

BLNMIX has components in rows and blends in columns; 1 lets a component in. BLNPROP has a property for each stream,
BLNSPEC rows ``Nppp`` and ``Xppp``, least and greatest value of property ppp, for each blend (AspenTech, "Blend
Specification: property, min and max, a column per specification blend"). Either table may stand the other way round;
which way it stands is told by the tags in it. Properties are held under their own tags and averaged linearly in the
basis of the flows, for their uom and blending rule stand in no table that is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from netback.io.pims.draft import Draft
from netback.io.pims.sheets import Cell, PimsTable, name_fault, number_of, tell_columns

_LEAST, _GREATEST = "N", "X"
_SPEC_TABLES: Final = ("BLNSPEC", "SPECS")


def read_blends(tables: dict[str, PimsTable], draft: Draft) -> None:
    """Read BLENDS, BLNMIX, BLNPROP and BLNSPEC into blends, properties, stream_properties and specs."""
    mix = tables.get("BLNMIX")
    if mix is not None:
        _read_mix(mix, draft)
    if (listed := tables.get("BLENDS")) is not None:
        _read_list(listed, draft)
    if (properties := tables.get("BLNPROP")) is not None:
        _read_properties(properties, draft)
    found = [tables[name] for name in _SPEC_TABLES if name in tables]
    if len(found) == 2:
        what = "BLNSPEC and SPECS both stand in the workbook; SPECS is not read."
        draft.remarks.ignored(found[1].places.whole, what)
    if found:
        _read_specs(found[0], draft)
    names = {row["property"] for rows in ("stream_properties", "product_properties", "specs")
             for row in draft.tables.get(rows, [])}  # fmt: skip
    for name in sorted(names):
        draft.add("properties", property=name, basis="mass" if draft.basis.by_mass else "volume")


def blended(draft: Draft) -> set[str]:
    """Products that have components."""
    return {row["product"] for row in draft.tables.get("blends", [])}


def _read_mix(mix: PimsTable, draft: Draft) -> None:
    for row in mix.rows:
        for product, cell in row.cells.items():
            value = number_of(cell, draft.remarks)
            if value == 1.0:
                if (fault := name_fault(product)) is not None:
                    draft.remarks.fault(cell.where, *fault)
                    continue
                draft.stream(product, "product")
                draft.stream(row.code, "intermediate", row.title)
                draft.add("blends", product=product, component=row.code)
            elif value is not None:
                what = (
                    f"{value:g} is not 1, which lets a component in; {row.code} is not read into {product}."
                )
                draft.remarks.ignored(cell.where, what, "Shares and recipes go into blends.csv.")


def _read_list(listed: PimsTable, draft: Draft) -> None:
    known = blended(draft)
    for row in listed.rows:
        if row.code in known:
            draft.stream(row.code, "product", row.title)
        else:
            what = f"the blend {row.code} has no component in BLNMIX; it is not read."
            draft.remarks.ignored(row.where, what)
    tell_columns(listed, (), draft.remarks)


def _turned(table: PimsTable, tags: Iterable[str]) -> bool | None:
    """Whether the tags head the columns rather than the rows; None where neither is so."""
    known = set(tags)
    rows = sum(code in known for code in table.codes())
    columns = sum(column in known for column in table.columns)
    return None if rows == columns else columns > rows


def _entries(table: PimsTable, turned: bool) -> Iterator[tuple[str, str, Cell]]:
    """(tag, other name, cell) of every filled cell."""
    for row in table.rows:
        for column, cell in row.cells.items():
            yield (column, row.code, cell) if turned else (row.code, column, cell)


def _read_properties(table: PimsTable, draft: Draft) -> None:
    turned = _turned(table, draft.streams)
    if turned is None:
        what = "neither the rows nor the columns are mostly tags of streams, so the table is not read."
        draft.remarks.ignored(table.places.whole, what)
        return
    unknown: dict[str, int] = {}
    by_crude = {(row["product"], row["property"]) for row in draft.tables.get("product_properties", [])}
    for tag, name, cell in _entries(table, turned):
        value = number_of(cell, draft.remarks)
        if tag not in draft.streams:
            unknown[tag] = unknown.get(tag, 0) + 1
        elif value is None:
            continue
        elif (fault := name_fault(name)) is not None:
            draft.remarks.fault(cell.where, *fault)
        elif (tag, name) in by_crude:
            what = f"{name} of {tag} stands in ASSAYS for each crude; that is read and this is not."
            draft.remarks.ignored(cell.where, what)
        else:
            draft.add("stream_properties", stream=tag, property=name, value=value)
    for tag, count in unknown.items():
        what = f"no table buys, makes, blends or sells {tag}; its properties ({count}) are not read."
        draft.remarks.ignored(table.places.whole, what)


def _read_specs(table: PimsTable, draft: Draft) -> None:
    products = blended(draft)
    turned = _turned(table, products)
    if turned is None:
        what = "neither the rows nor the columns are mostly blends of BLNMIX, so the table is not read."
        draft.remarks.ignored(table.places.whole, what)
        return
    found: dict[tuple[str, str], dict[str, float]] = {}
    for product, limit, cell in _entries(table, turned):
        value = number_of(cell, draft.remarks)
        if value is None:
            continue
        if product not in products:
            draft.remarks.ignored(cell.where, f"{product} has no component in BLNMIX; it is not read.")
        elif len(limit) < 2 or limit[0] not in (_LEAST, _GREATEST):
            what = f'"{limit}" is neither Nppp, a least value, nor Xppp, a greatest; it is not read.'
            draft.remarks.ignored(cell.where, what)
        else:
            end = "min" if limit[0] == _LEAST else "max"
            found.setdefault((product, limit[1:]), {})[end] = value
            where = f"product={product}&property={limit[1:]}"
            names = (limit, product) if turned else (product, limit)
            draft.targets[table.name, *names] = ("specs", where, end, 1.0)
    for (product, name), ends in found.items():
        draft.add("specs", product=product, property=name, **ends)
