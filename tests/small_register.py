"""Small registers of evidence made in Python, and the same written as a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from netback.case.table import Table
from netback.evidence.register import Register

Rows = Iterable[Mapping[str, Any]]

QUANTITIES: list[dict[str, Any]] = [
    {"quantity": "rate", "kind": "level", "uom": "t/d"},
    {"quantity": "weight", "kind": "level", "uom": "t"},
    {"quantity": "sold", "kind": "flow", "uom": "t"},
    {"quantity": "price", "kind": "level", "uom": "USD/bbl"},
    {"quantity": "volume", "kind": "level", "uom": "bbl"},
    {"quantity": "saving", "kind": "level", "uom": "USD", "at_most": "price * volume"},
    {"quantity": "berthed", "kind": "level", "uom": "t"},
    {"quantity": "limit", "kind": "maximum", "uom": "t", "of": "berthed"},
    {"quantity": "change", "kind": "change", "uom": "%", "of": "sold"},
    {"quantity": "multiple", "kind": "ratio", "of": "sold"},
    {"quantity": "first_call", "kind": "once"},
    {"quantity": "state", "kind": "word"},
    {"quantity": "deal", "kind": "deal"},
    {"quantity": "energy", "kind": "flow", "uom": "GWh"},
    {"quantity": "barrels_per_tonne", "kind": "level", "uom": "bbl/t"},
    {"quantity": "freight_per_bbl", "kind": "level", "uom": "USD/bbl"},
]


def claim(name: str, value: float | None = None, uom: str = "", **more: Any) -> dict[str, Any]:
    """A row of claims.csv with a source and a statement."""
    return {
        "claim": name,
        "statement": f"statement of {name}",
        "value": value,
        "uom": uom,
        "source": "paper",
        **more,
    }


def register(
    claims: Rows = (),
    calculations: Rows = (),
    inputs: Rows = (),
    series: Rows = (),
    contradictions: Rows = (),
    quantities: Rows = QUANTITIES,
) -> Register:
    """A register with one source."""
    return Register.of(
        {
            "sources": Table.of(
                "sources", [{"source": "paper", "title": "A paper", "url": "https://example.org/1"}]
            ),
            "quantities": Table.of("quantities", quantities),
            "claims": Table.of("claims", claims),
            "calculations": Table.of("calculations", calculations),
            "calculation_inputs": Table.of("calculation_inputs", inputs),
            "series": Table.of("series", series),
            "contradictions": Table.of("contradictions", contradictions),
        }
    )


#: A user's own register as files: two facts, a claim, its calculation.
OWN: dict[str, str] = {
    "sources.csv": "source,title,url\nletter,A letter to the editor,https://example.org/letter\n",
    "claims.csv": (
        "claim,part,statement,quantity,subject,value,uom,relation,period_from,published,said_by,status,confidence,source\n"
        "MY-01,1,it runs 4000 t a day,crude_feed,plant,4000,t/d,equals,2024-01-01,2024-02,boss,reported,B,letter\n"
        "MY-02,1,a cargo of 80000 t,cargo_weight,cargo,80000,t,equals,2024-01-05,2024-02,boss,delivered,B,letter\n"
        "MY-03,1,it lasts about 20 days,processing_time,plant,20,d,about,2024-01-05,2024-02,guest,claimed,C,letter\n"
    ),
    "calculations.csv": "claim,reading,expression\nMY-03,at the stated rate,MY-02 / MY-01\n",
}


def write_own(folder: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    """Write the user's register with some files changed, or left out where the change is None."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**OWN, **(changes or {})}.items():
        if content is not None:
            (folder / name).write_text(content, encoding="utf-8")
    return folder
