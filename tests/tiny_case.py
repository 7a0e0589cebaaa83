"""A small faultless case as text, and helpers that write it, change it and read it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from netback.case.case import Case
from netback.case.checks import check
from netback.errors import Finding
from netback.io.folder import read_case

CASE_YAML = "format: netback-case/1\nname: tiny\ntitle: A tiny refinery\n"

TINY: dict[str, str] = {
    "case.yaml": CASE_YAML,
    "sources.csv": "source,title,confidence\nours,made up for tests,C\ntheirs,another,D\n",
    "periods.csv": "period,start,days\n2023-09,2023-09-01,30\n2023-10,2023-10-01,31\n",
    "streams.csv": (
        "stream,kind,uom\ncrude,crude,\nnaphtha,intermediate,\ngasoil,product,\nresidue,intermediate,\n"
        "petrol,product,\nfuel_oil,product,\nlost,loss,\npower,utility,MWh\n"
    ),
    "properties.csv": "property,basis\noctane,volume\nhardness,mass\n",
    "stream_properties.csv": "stream,property,value,source\nnaphtha,octane,60,ours\n",
    "offers.csv": (
        "offer,stream,period,tranche,min,max,uom,price,price_uom,status,low,high,source\n"
        "spot,crude,,1,0,1000,bbl/d,60,USD/bbl,,,,ours\n"
        "spot,crude,,2,,,,65,USD/bbl,assumed,60,70,\n"
        "grid,power,,,,,,90,USD/MWh,,,,ours\n"
    ),
    "units.csv": "unit,title\ndistillation,Crude distillation\n",
    "modes.csv": "unit,mode,cost,source\ndistillation,normal,1.5,ours\n",
    "feeds.csv": "unit,feed,source\ndistillation,crude,ours\n",
    "yields.csv": (
        "unit,feed,product,yield,basis,source\ndistillation,crude,naphtha,0.2,mass,ours\n"
        "distillation,crude,gasoil,0.3,mass,ours\ndistillation,crude,residue,0.495,mass,ours\n"
        "distillation,crude,lost,0.005,mass,ours\n"
    ),
    "utilities.csv": "unit,utility,use,source\ndistillation,power,0.01,ours\n",
    "capacities.csv": "unit,max,uom,source\ndistillation,5000,t/d,ours\n",
    "blends.csv": "product,component,max_share,source\npetrol,naphtha,,ours\nfuel_oil,residue,1,ours\n",
    "specs.csv": "product,property,min,source\npetrol,octane,50,ours\n",
    "sales.csv": (
        "sale,stream,period,price,price_uom,source\npetrol,petrol,,800,USD/t,ours\n"
        "petrol,petrol,2023-10,810,USD/t,ours\ngasoil,gasoil,,750,USD/t,ours\nfuel_oil,fuel_oil,,400,USD/t,ours\n"
    ),
    "scenarios.csv": "scenario,parent,title\ndear,,crude is dear\ndearer,dear,dearer still\n",
    "overrides.csv": (
        "scenario,table,where,action,column,value,status,low,high,source\n"
        "dear,offers,offer=spot&tranche=1,set,price,80,assumed,70,90,\n"
        "dearer,offers,offer=spot&tranche=2,set,price,95,,,,theirs\n"
    ),
}


def write_folder(folder: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the tiny case with some files changed, or left out where the change is None."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**TINY, **(changes or {})}.items():
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)
    return folder


def tiny(folder: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Case:
    """Read the tiny case with some files changed."""
    return read_case(write_folder(folder / "tiny", changes))


def changed(case: Case, table: str, row: int, **values: Any) -> Case:
    """The case with other cells in one row of a table, by its spreadsheet row."""
    rows = [record.with_(**values) if record.row == row else record for record in case[table].records]
    assert any(record.row == row for record in rows)
    return case.with_table(table, rows)


def added(case: Case, table: str, *rows: Mapping[str, Any]) -> Case:
    """The case with more rows in a table; they name a source unless they say otherwise."""
    given = [{"source": "ours", **row} if case[table].schema.has_provenance else row for row in rows]
    return case.with_table(table, [*case[table].records, *given])


def without(case: Case, table: str, *rows: int) -> Case:
    """The case without some rows of a table."""
    return case.with_table(table, [record for record in case[table].records if record.row not in rows])


def findings_beyond_notes(case: Case, built_in: Iterable[str] = ()) -> list[Finding]:
    """All findings of the checks except notes."""
    return [finding for finding in check(case, lambda: set(built_in)) if finding.severity != "note"]


def one_finding(case: Case) -> Finding:
    """The only finding of the checks beyond notes."""
    found = findings_beyond_notes(case)
    assert len(found) == 1, [str(finding) for finding in found]
    return found[0]
