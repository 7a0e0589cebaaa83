"""What decides Karachi: the table of docs/karachi.md holds, and the shipped results are of this case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netback.case.case import Case
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.refinery.crudes import Crudes
from netback.results.solution import solution_of

NAME = "karachi_2023_september"
RESULTS = Path(__file__).parents[3] / "benchmarks" / "results" / "karachi_sensitivity.json"
RESIDUE = {"arab_light": 1139.7, "murban": 154.6, "upper_zakum": 1537.1, "das": 233.1, "urals": 847.3}


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(NAME)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def urals(case: Case) -> tuple[float, float]:
    """Headroom [USD/bbl] and quantity bought [kt] of Urals."""
    row = solution_of(plan(case))["purchases"].one(offer="urals_primorsk")
    return float(row["headroom"]), float(row["quantity"]) / 1e3


def changed(case: Case, table: str, wanted: dict[str, object], **values: object) -> Case:
    """The case with some cells of the rows that match changed."""
    rows = [dict(record) for record in case.table(table).records]
    hit = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert hit
    for row in hit:
        row |= values
    return case.with_table(table, rows)


def with_viscosity(case: Case, values: dict[str, float]) -> Case:
    """The case with residues of given viscosity [cSt at 50 C]."""
    rows = [dict(record) for record in case.table("stream_properties").records]
    for crude, value in values.items():
        rows.append({"stream": "residue", "origin": crude, "property": "viscosity_cst_50c", "value": value})
    return case.with_table("stream_properties", rows)


class TestTable:
    @pytest.mark.parametrize(
        ("table", "wanted", "column", "value", "headroom", "bought"),
        [
            ("sales", {"sale": "furnace_oil_export"}, "price", 461.0, -4.70, 0.0),
            ("sales", {"sale": "furnace_oil_export"}, "price", 560.0, 2.47, 20.2),
            ("offer_costs", {"offer": "urals_primorsk", "item": "freight"}, "cost", 11.64, -1.97, 0.0),
            ("offer_costs", {"offer": "urals_primorsk", "item": "freight"}, "cost", 8.36, 1.29, 20.2),
            ("offers", {"offer": "urals_primorsk"}, "price", 83.08, -4.37, 0.0),
            ("exchange_rates", {"currency": "PKR"}, "rate", 307.1, -2.69, 0.0),
            ("exchange_rates", {"currency": "PKR"}, "rate", 287.7, 0.22, 20.2),
            ("sale_costs", {"sale": "hsd_home"}, "cost", 8.0, -2.91, 0.0),
            ("sale_costs", {"sale": "hsd_home"}, "cost", 1.0, -0.65, 0.0),
            ("sales", {"sale": "naphtha_export"}, "price", 580.0, -2.48, 0.0),
            ("sales", {"sale": "naphtha_export"}, "price", 690.0, -0.31, 0.0),
        ],
    )
    def test_headroom_of_urals_printed_in_the_docs(
        self,
        case: Case,
        table: str,
        wanted: dict[str, object],
        column: str,
        value: float,
        headroom: float,
        bought: float,
    ) -> None:
        found = urals(changed(case, table, wanted, **{column: value}))
        assert found == pytest.approx((headroom, bought), abs=0.06)

    def test_a_dearer_furnace_oil_never_hurts_urals(self, case: Case) -> None:
        found = [
            urals(changed(case, "sales", {"sale": "furnace_oil_export"}, price=price))[1]
            for price in (461.0, 508.0, 525.0, 560.0)
        ]
        assert found == sorted(found)


class TestViscosity:
    def test_the_estimates_printed_in_the_docs(self, case: Case) -> None:
        crudes = Crudes(case, [])
        for crude, expected in RESIDUE.items():
            (residue,) = [lot for lot in crudes.cuts(crude, "cdu", "normal") if lot.stream == "residue"]
            assert residue.properties["viscosity_cst_50c"] == pytest.approx(expected, rel=1e-3), crude

    @pytest.mark.parametrize(("factor", "headroom"), [(1 / 1.484, -0.33), (1.484, -2.21), (4.614, -4.57)])
    def test_viscosity_of_urals_alone(self, case: Case, factor: float, headroom: float) -> None:
        found = urals(with_viscosity(case, {"urals": 847.264 * factor}))
        assert found == pytest.approx((headroom, 0.0), abs=0.01)

    def test_thick_residues_cost_margin(self, case: Case) -> None:
        values = [
            plan(with_viscosity(case, {crude: cst * factor for crude, cst in RESIDUE.items()}))
            for factor in (1 / 4.614, 1.0, 4.614)
        ]
        margins = [found.certificate.value for found in values]
        assert margins[0] is not None
        assert margins[1] is not None
        assert margins[2] is not None
        assert margins[0] > margins[1] > margins[2]
        assert margins[2] / 1e6 == pytest.approx(9.10, abs=0.006)


class TestShippedResults:
    def test_they_are_of_this_case(self, case: Case, results: dict[str, Any]) -> None:
        headroom, bought = urals(case)
        assert results["case"] == NAME
        assert results["base"]["urals_headroom_usd_per_bbl"] == pytest.approx(headroom, abs=1e-3)
        assert results["base"]["urals_kt"] == pytest.approx(bought, abs=0.01)

    def test_every_number_has_a_plan_at_both_ends(self, results: dict[str, Any]) -> None:
        for row in results["numbers"]:
            assert row["low"] <= row["value"] <= row["high"], row["what"]
            assert (row["at_low"]["word"], row["at_high"]["word"]) == ("proven", "proven"), row["what"]

    def test_every_assumed_row_of_the_case_is_in(self, case: Case, results: dict[str, Any]) -> None:
        tables = {row["table"] for row in results["numbers"]}
        for name, table in case.tables.items():
            if name not in ("overrides", "scenarios") and any(
                record.get("status") == "assumed" for record in table.records
            ):
                assert name in tables

    def test_counts_printed_in_the_docs(self, results: dict[str, Any]) -> None:
        ends = [row[end] for row in results["numbers"] for end in ("at_low", "at_high")]
        assert len(ends) == 156
        assert sum(end["urals_kt"] > 0.0 for end in ends) == 9
