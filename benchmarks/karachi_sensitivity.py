"""What decides the case karachi_2023_september: every number with a range moved to its ends, one at a time.

    python benchmarks/karachi_sensitivity.py                    the case itself (about a minute)
    python benchmarks/karachi_sensitivity.py --scenario NAME    the case as a scenario changes it
    python benchmarks/karachi_sensitivity.py --show 12          print the twelve that move Urals most

Rows of one table that share their note and their range are one number and move together (the freight of four Gulf
crudes). A cut point moves with the start of the next cut. What a yield gains, the other products of the feed lose, in
proportion. Headroom is break-even less price fob [USD/bbl]: of the next parcel where no Urals is bought, of the last
where some is. The viscosity of residues is estimated; it moves by the error of the method.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from measure import machine, versions, write

from netback.assay.completion import complete
from netback.assay.recutting import recut
from netback.case.case import Case
from netback.errors import NetbackError
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.refinery.crudes import find_assay
from netback.results.solution import solution_of

CASE, OFFER, CRUDE = "karachi_2023_september", "urals_primorsk", "urals"
VISCOSITY = "viscosity_cst_50c"
#: Ranges that the case tells in a note, because the row gives its range to another column.
IN_NOTES = (
    ("sales", "sale", "furnace_oil_home", "max", 9_000.0, 25_000.0),
    ("sales", "sale", "jet_home", "max", 4_500.0, 20_000.0),
    ("modes", "unit", "cdu", "loss_wt_pct", 0.3, 0.8),
)


@dataclass(frozen=True)
class Number:
    """One number of the case: its rows in a table, its column, value and range."""

    table: str
    rows: tuple[int, ...]
    column: str
    what: str
    value: float
    low: float
    high: float
    status: str

    def moved(self, case: Case, value: float) -> Case:
        """The case with the number at another value."""
        rows = [dict(record) for record in case.table(self.table).records]
        for row in self.rows:
            if self.table == "yields":
                _rebalance(rows, row, value)
            rows[row][self.column] = value
            if self.table == "cuts" and row + 1 < len(rows):
                rows[row + 1]["from_c"] = value
        return case.with_table(self.table, rows)


def _rebalance(rows: list[dict[str, Any]], row: int, value: float) -> None:
    """Take from the other products of the feed, in proportion, what one yield gains."""
    feed = tuple(rows[row][name] for name in ("unit", "mode", "feed", "basis"))
    others = [
        other
        for place, other in enumerate(rows)
        if place != row
        and tuple(other[name] for name in ("unit", "mode", "feed", "basis")) == feed
        and other["yield"] > 0.0
    ]
    if rows[row]["basis"] != "mass" or not others:
        return
    gain = value - rows[row]["yield"]
    whole = sum(other["yield"] for other in others)
    for other in others:
        other["yield"] -= gain * other["yield"] / whole


def numbers(case: Case) -> Iterator[Number]:
    """Every number of the case that states a range."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for name, table in case.tables.items():
        main = table.schema.main_number
        if not main or name in ("overrides", "scenarios"):
            continue
        for row, record in enumerate(table.records):
            column = main if isinstance(record[main], float) else "min"
            if record["low"] is None or not isinstance(record.get(column), float):
                continue
            own = record["note"] if record["note"] and name != "cuts" else row
            key = (name, column, own, record[column], record["low"], record["high"], record["status"])
            groups.setdefault(key, []).append(row)
    for (name, column, _, value, low, high, status), rows in groups.items():
        what = " ".join(
            " ".join(map(str, case.table(name).key(case.table(name).records[row]))) for row in rows
        )
        yield Number(
            name, tuple(rows), column, " ".join(dict.fromkeys(what.split())), value, low, high, status
        )
    for name, key_column, key_value, column, low, high in IN_NOTES:
        for row, record in enumerate(case.table(name).records):
            if record[key_column] == key_value:
                yield Number(
                    name, (row,), column, f"{key_value} {column}", record[column], low, high, "assumed"
                )


def answer(case: Case) -> dict[str, Any]:
    """Margin, Urals bought and headroom of Urals; or why there is no plan."""
    try:
        solved = plan(case)
    except NetbackError as error:
        return {"word": "findings", "message": str(error)}
    if not solved.solved:
        return {"word": solved.certificate.word}
    solution = solution_of(solved)
    urals = solution["purchases"].one(offer=OFFER)
    crude = solution.economics.crude
    return {
        "word": solved.certificate.word,
        "margin_usd_per_bbl": round(solution.economics.margin / crude, 6),
        "margin_million_usd": round(solution.economics.margin / 1e6, 6),
        "urals_kt": round(urals["quantity"] / 1e3, 3),
        "urals_headroom_usd_per_bbl": _rounded(urals["headroom"]),
        "urals_break_even_usd_per_bbl": [
            _rounded(urals["break_even_low"]),
            _rounded(urals["break_even_high"]),
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def viscosities(case: Case) -> tuple[dict[str, float], float, float]:
    """Estimated viscosity [cSt at 50 C] of the residue of each crude; mean and 95 % error as factors."""
    cuts = [record["to_c"] for record in case.table("cuts").records if record["to_c"] is not None]
    found: dict[str, float] = {}
    mean = worst = 0.0
    for record in case.table("crudes").records:
        (row,) = [r for r in case.table("completions").records if r["property"] == VISCOSITY]
        own = complete(recut(find_assay(case, record["assay"]), cuts), VISCOSITY, row["method"], consent=True)
        found[record["crude"]] = float(own.properties[VISCOSITY][-1])
        band = own.flag(VISCOSITY, own.cut_names[-1]).band
        assert band is not None
        mean, worst = max(mean, band.mean_abs), max(worst, band.p95_abs)
    return found, math.exp(mean), math.exp(worst)


def with_viscosity(case: Case, values: Mapping[str, float]) -> Case:
    """The case with residue viscosities as given."""
    rows = [dict(record) for record in case.table("stream_properties").records]
    for crude, value in values.items():
        rows.append({"stream": "residue", "origin": crude, "property": VISCOSITY, "value": value})
    return case.with_table("stream_properties", rows)


def viscosity_study(case: Case) -> dict[str, Any]:
    """Residue viscosity of Urals alone, and of all crudes, off by the error of the method; and the other method."""
    values, mean, worst = viscosities(case)
    study: dict[str, Any] = {
        "library_cst_50c": {crude: round(value, 1) for crude, value in values.items()},
        "factor_mean": round(mean, 2),
        "factor_95_pct": round(worst, 2),
        "nearest": answer(case.in_scenario("viscosity_nearest")),
    }
    for name, factor in (("mean", mean), ("95_pct", worst)):
        for who, chosen in (("urals", {CRUDE: values[CRUDE]}), ("all", values)):
            for end, times in (("thinner", 1.0 / factor), ("thicker", factor)):
                changed = {crude: value * times for crude, value in chosen.items()}
                study[f"{who}_{end}_{name}"] = answer(with_viscosity(case, changed))
    return study


def main() -> None:
    """Move, print and write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario")
    parser.add_argument("--show", type=int, default=20)
    given = parser.parse_args()
    case = read_case(CASE, given.scenario)
    base = answer(case)
    rows: list[dict[str, Any]] = []
    for number in numbers(case):
        ends = [answer(number.moved(case, value)) for value in (number.low, number.high)]
        place = {"table": number.table, "column": number.column, "what": number.what, "status": number.status}
        span = {"value": number.value, "low": number.low, "high": number.high}
        rows.append({**place, **span, "at_low": ends[0], "at_high": ends[1]})
    rows.sort(key=_swing, reverse=True)
    print("base", base)
    for row in rows[: given.show]:
        headroom, bought = (_both(row, name) for name in ("urals_headroom_usd_per_bbl", "urals_kt"))
        size = f"{row['low']:>9} {row['high']:>9}"
        print(f"{row['table']:18} {row['what'][:50]:50} {size}  {headroom}  kt {bought}")
    study = viscosity_study(case) if given.scenario is None else {}
    result = {"case": CASE, "scenario": given.scenario, "base": base, "numbers": rows, "viscosity": study}
    name = "karachi_sensitivity" + (f"_{given.scenario}" if given.scenario else "")
    used = {"machine": machine(), "versions": versions("netback", "numpy", "highspy")}
    print("written to", write(name, {**result, **used}).name)


def _both(row: Mapping[str, Any], name: str) -> list[float | None]:
    """One answer at both ends, rounded for print."""
    found = [row[end].get(name) for end in ("at_low", "at_high")]
    return [None if value is None else round(value, 2) for value in found]


def _swing(row: Mapping[str, Any]) -> float:
    """How far the headroom of Urals moves between the ends; a number without a plan at one end comes first."""
    found = [row[name].get("urals_headroom_usd_per_bbl") for name in ("at_low", "at_high")]
    if None in found:
        return math.inf
    return float(abs(found[1] - found[0]))


if __name__ == "__main__":
    main()
