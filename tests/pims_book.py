"""Workbooks in the layout of PIMS tables, as tests build them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from netback.case.case import Case
from netback.io.pims.draft import Basis
from netback.io.pims.reading import PimsImport, read_pims

Rows = Sequence[Sequence[Any]]
Sheets = dict[str, list[list[Any]]]


def write_book(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write sheets of raw cells; None leaves a cell blank."""
    with Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(number, place, cell)
    return path


def table(name: str, columns: Sequence[str], rows: Rows) -> list[list[Any]]:
    """A sheet with title, heading and rows of code, text and cells."""
    return [[f"*TABLE {name}"], ["ROWNAMES", "TEXT", *columns], *(list(row) for row in rows)]


def read(path: Path, sheets: Mapping[str, Rows], rate: str = "bbl/d", price: str = "USD/bbl") -> PimsImport:
    """Write a workbook and read it."""
    return read_pims(write_book(path / "model.xlsx", sheets), Basis.of(rate, price))


#: Tags of three letters for the streams of the Williams refinery.
TAGS = {
    "crude1": "CR1", "crude2": "CR2", "light_naphtha": "LNA", "medium_naphtha": "MNA", "heavy_naphtha": "HNA",
    "light_oil": "LOI", "heavy_oil": "HOI", "residuum": "RES", "reformate": "RFG", "cracked_oil": "CKO",
    "cracked_gasoline": "CKG", "premium": "PRM", "regular": "REG", "jet": "JET", "fuel_oil": "FUE", "lube": "LUB",
}  # fmt: skip
_UNITS = {"reformer": "RFM", "cracker": "CRK", "lube_plant": "LBP"}
_PROPERTIES = {"octane": "OCT", "vapour_pressure_kg_per_cm2": "RVP"}


def williams(case: Case, scale: float = 1.0) -> Sheets:
    """The Williams refinery as PIMS tables; quantities are divided by ``scale``.

    Every material balance is consumed above zero and produced below. Fuel oil of fixed parts is a submodel of one
    column. Premium at least 40 % of regular is one too: what premium earns of a paper stream CRE, regular needs.
    """
    sheets: Sheets = {
        "BUY": table("BUY", ("MIN", "MAX", "FIX", "COST"), [
            [TAGS[r["stream"]], r["offer"], None, r["max"] / scale, None, r["price"]]
            for r in case["offers"].records
        ]),
        "SELL": table("SELL", ("MIN", "MAX", "PRICE"), [
            [TAGS[r["stream"]], r["sale"], r["min"] / scale or None, r["max"] and r["max"] / scale, r["price"]]
            for r in case["sales"].records
        ] + [["CRE", "Right to sell regular", None, None, 0.0]]),
        "ASSAYS": _assays(case),
        "CRDDISTL": table("CRDDISTL", ("CD1",), [["ESTCR1", "Crude 1", 10.0], ["ESTCR2", "Crude 2", 10.0]]),
        "SUBMODS": table("SUBMODS", (), [
            *([f"S{tag}", unit] for unit, tag in _UNITS.items()), ["SFOB", "Fuel oil"], ["SSHR", "Shares"],
        ]),
        "SFOB": _fuel_oil(case),
        "SSHR": table("SSHR", ("PRM", "REG"), [
            ["VBALPRB", "Premium blend", 1.0], ["VBALREB", "Regular blend", None, 1.0],
            ["VBALPRM", "Premium", -1.0], ["VBALREG", "Regular", None, -1.0], ["VBALCRE", "Right", -1.0, 0.4],
        ]),
    }  # fmt: skip
    for unit, tag in _UNITS.items():
        sheets[f"S{tag}"] = _submodel(case, unit, tag)
    named = {"distillation": "CD1", **_UNITS}
    sheets["CAPS"] = table("CAPS", ("MIN", "MAX"), [
        [f"CCAP{named[r['unit']]}", r["unit"], None, r["max"] / scale] for r in case["capacities"].records
    ])  # fmt: skip
    sheets |= _blends(case)
    return sheets


def _blend(product: str) -> str:
    """Premium and regular are blended under tags of their own and sold through the submodel of shares."""
    return {"premium": "PRB", "regular": "REB"}.get(product, TAGS[product])


def _assays(case: Case) -> list[list[Any]]:
    records = [r for r in case["yields"].records if r["unit"] == "distillation"]
    cuts = dict.fromkeys(r["product"] for r in records)
    by = {(r["feed"], r["product"]): r["yield"] for r in records}
    rows = [[f"VBAL{TAGS[cut]}", cut, by["crude1", cut], by["crude2", cut]] for cut in cuts]
    return table("ASSAYS", ("CR1", "CR2"), rows)


def _submodel(case: Case, unit: str, tag: str) -> list[list[Any]]:
    records = [r for r in case["yields"].records if r["unit"] == unit]
    feeds = list(dict.fromkeys(r["feed"] for r in records))
    products = dict.fromkeys(r["product"] for r in records)
    by = {(r["feed"], r["product"]): r["yield"] for r in records}
    rows: list[list[Any]] = [
        [f"VBAL{TAGS[feed]}", feed, *(1.0 if other == feed else None for other in feeds)] for feed in feeds
    ]
    for product in products:
        made = [by.get((feed, product)) for feed in feeds]
        rows.append([f"VBAL{TAGS[product]}", product, *(value and -value for value in made)])
    if any(r["unit"] == unit for r in case["capacities"].records):
        rows.append([f"CCAP{tag}", unit, *(1.0 for _ in feeds)])
    return table(f"S{tag}", [TAGS[feed] for feed in feeds], rows)


def _fuel_oil(case: Case) -> list[list[Any]]:
    parts = [(r["component"], r["parts"]) for r in case["blends"].records if r["product"] == "fuel_oil"]
    total = sum(part for _, part in parts)
    rows = [[f"VBAL{TAGS[name]}", name, part / total] for name, part in parts]
    return table("SFOB", ("FUE",), [*rows, ["VBALFUE", "Fuel oil", -1.0]])


def _blends(case: Case) -> Sheets:
    products = ("premium", "regular", "jet")
    allowed = {(r["product"], r["component"]) for r in case["blends"].records}
    components = dict.fromkeys(c for p, c in allowed if p in products)
    mix = [[TAGS[c], c, *(1 if (p, c) in allowed else None for p in products)] for c in sorted(components)]
    known = {(r["stream"], r["property"]): r["value"] for r in case["stream_properties"].records}
    prop = [[TAGS[c], c, *(known.get((c, name)) for name in _PROPERTIES)] for c in sorted(components)]
    limits: dict[str, dict[str, float]] = {}
    for r in case["specs"].records:
        for end, letter in (("min", "N"), ("max", "X")):
            if r[end] is not None:
                limits.setdefault(letter + _PROPERTIES[r["property"]], {})[r["product"]] = r[end]
    spec = [[row, row, *(cells.get(p) for p in products)] for row, cells in limits.items()]
    columns = [_blend(p) for p in products]
    return {
        "BLENDS": table("BLENDS", (), [[_blend(p), p] for p in products]),
        "BLNMIX": table("BLNMIX", columns, mix),
        "BLNPROP": table("BLNPROP", list(_PROPERTIES.values()), prop),
        "BLNSPEC": table("BLNSPEC", columns, spec),
    }
