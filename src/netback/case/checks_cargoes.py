"""Cargoes, parcels, contracts and berths against each other: what their schemas cannot say."""

from __future__ import annotations

from netback.case.case import Case
from netback.case.table import Record
from netback.case.values import names_in
from netback.errors import Finding, closest

#: What the voyage estimate needs to know of a cargo.
_FOR_ESTIMATE = ("load_port", "discharge_port", "vessel")


def check_cargo_offers(case: Case) -> list[Finding]:
    """Check that all rows of a cargo ship one offer, and that periods have the dates that cargoes need."""
    table = case.table("cargoes")
    findings = []
    first: dict[str, Record] = {}
    for record in table.records:
        before = first.setdefault(record["cargo"], record)
        if before["offer"] != record["offer"]:
            what = f'cargo "{record["cargo"]}" ships "{before["offer"]}" in row {before.row}.'
            hint = f'Give the rows that ship "{record["offer"]}" another name.'
            findings.append(Finding(table.where(record, "offer"), what, hint))
    if table.records or case.table("cargoes_at_sea").records:
        periods = case.table("periods")
        for record in periods.records:
            if record["start"] is None:
                what = "cargoes have dates, so every period needs its first day."
                findings.append(
                    Finding(periods.where(record, "start"), what, "Fill it, for example 2023-04-01.")
                )
    return findings


def check_cargo_rows(case: Case) -> list[Finding]:
    """Check laycans, what an estimate needs, and that a ship has room for her least lot."""
    table = case.table("cargoes")
    split = {record["cargo"] for record in case.table("parcels").records}
    findings = []
    for record in table.records:
        early, late = record["laycan_from"], record["laycan_to"]
        if early is not None and late is not None and early > late:
            what = f"the laycan ends on {late}, before it begins on {early}."
            findings.append(Finding(table.where(record, "laycan_from"), what, "Exchange them."))
        needed = [name for name in _FOR_ESTIMATE if name != "discharge_port" or record["cargo"] not in split]
        missing = [name for name in needed if record[name] is None]
        if record["estimate"] and missing:
            what = f"the voyage cannot be estimated without {', '.join(missing)}."
            findings.append(Finding(table.where(record, "estimate"), what, "Fill them, or estimate no."))
        if not record["estimate"] and record["days"] is None:
            what = "nothing says how long the voyage takes."
            findings.append(Finding(table.where(record, "days"), what, "Give days, or estimate yes."))
        if not 0.0 <= record["loss_pct"] < 100.0:
            what = f"a loss of {record['loss_pct']:g} % is not between 0 and 100."
            findings.append(Finding(table.where(record, "loss_pct"), what))
    return findings


def check_cargo_costs(case: Case) -> list[Finding]:
    """Check that a lump sum for each ship states no uom: it is in currency of the case."""
    table = case.table("cargo_costs")
    return [
        Finding(
            table.where(record, "cost_uom"),
            f'a cost per ship is in {case.currency} for the whole ship, so "{record["cost_uom"]}" cannot hold.',
            "Leave cost_uom blank, or write per quantity.",
        )
        for record in table.records
        if record["per"] == "ship" and record["cost_uom"] is not None
    ]


def check_contracts(case: Case) -> list[Finding]:
    """Check that a contract asks for no more ships than its cargoes have, and that its tolerances are shares."""
    table = case.table("contracts")
    most: dict[str, float] = {}
    for record in case.table("cargoes").records:
        ships = float("inf") if record["max_ships"] is None else float(record["max_ships"])
        most[record["cargo"]] = max(most.get(record["cargo"], 0.0), ships)
    findings = []
    for record in table.records:
        for column in ("tolerance_pct", "total_tolerance_pct"):
            if not 0.0 <= record[column] <= 100.0:
                what = f"a tolerance of {record[column]:g} % is not between 0 and 100."
                findings.append(Finding(table.where(record, column), what))
        periods = len(case.horizon) if record["scope"] == "horizon" else 1
        room = periods * sum(most.get(name, 0.0) for name in names_in(record["cargoes"]))
        if record["min_ships"] is not None and record["min_ships"] > room and record["short_cost"] is None:
            span = "over the horizon" if record["scope"] == "horizon" else "a period"
            what = (
                f"{record['min_ships']} ships {span} must be lifted, and its cargoes have {room:g} at most."
            )
            hint = "Raise max_ships of the cargoes, or give short_cost."
            findings.append(Finding(table.where(record, "min_ships"), what, hint))
    return findings


def check_berths(case: Case) -> list[Finding]:
    """Warn of berths at which nothing discharges."""
    table = case.table("berth_limits")
    ports = {
        record["discharge_port"]: None
        for name in ("cargoes", "parcels", "cargoes_at_sea")
        for record in case.table(name).records
        if record["discharge_port"] is not None
    }
    return [
        Finding(
            table.where(record, "port"),
            f'nothing discharges at "{record["port"]}".',
            closest(record["port"], ports),
            "warning",
        )
        for record in table.records
        if record["port"] not in ports
    ]
