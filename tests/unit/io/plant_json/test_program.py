"""The published program of a plant: the small plant by its equations written out by hand, stocks by arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from netback.errors import DataError
from netback.io.planning_json import PlanningCase, planning_of
from netback.program.globally import solve_global
from netback.program.problem import Problem
from netback.program.solution import Certificate
from plant_file import best_margin, changed, grown, plant_file

EVEN: dict[str, Any] = {"delta": {}, "DBSQ": []}
FIXED: dict[str, Any] = {"QT": [], "alpha": {}, "FIX": grown("FIX", "d.Q0"), "FQ0": changed("FQ0", d__Q0=0.1)}


def read(**changes: Any) -> PlanningCase:
    return planning_of(plant_file(**changes), "plant.json")


def program(**changes: Any) -> Problem:
    found = read(**changes).problem
    assert found is not None
    return found


def solved(problem: Problem) -> Certificate:
    found = solve_global(problem, gap=1e-6, time_limit=30.0)[1]
    assert found.word == "proven", found
    return found


@pytest.mark.parametrize(
    ("changes", "equations"),
    [
        ({}, {}),
        (EVEN, {"moving": False}),
        (FIXED, {"passed": False}),
        (EVEN | FIXED, {"moving": False, "passed": False}),
    ],
)
def test_the_margin_is_that_of_the_equations(changes: dict[str, Any], equations: dict[str, bool]) -> None:
    """With everything too, where the tables of a case differ a little (test_small_plant)."""
    traced = grown(
        "SQ", *(f"{stream}.{quality}" for stream in ("g", "i", "x1", "x2") for quality in ("Q0", "Q1"))
    )
    assert solved(program(**changes, SQ=traced)).value == pytest.approx(best_margin(**equations), rel=1e-5)


def test_what_the_file_holds_beyond_the_layout_is_no_program() -> None:
    found = read(XY=["B"])
    assert found.problem is None
    assert found.reason == (
        "a plant with what is not in the published layout: data.sets.XY: 1 entries: nothing is known of it; it is not "
        "read."
    )


def test_a_density_that_is_needed_and_not_stated_is_a_fault() -> None:
    """All cuts without one together: a mean by volume without it would be a number made up."""
    traced = grown("SQ", "g.Q0", "g.Q1")
    cuts = changed("FQcut", m0__g__a__Q1=None, m0__w__b__Q1=0.0)
    with pytest.raises(DataError) as caught:
        read(FQcut=cuts, SQ=traced)
    assert [str(finding) for finding in caught.value.findings] == [
        f"plant.json, data.parameters.FQcut.values, m0.{cut}.Q1: is not stated above zero, and Q1 of g is a mean by "
        "volume. State it."
        for cut in ("g.a", "w.b")
    ]
    # Without a stream whose density is traced nothing needs it.
    assert read(FQcut=cuts, SQ=["d.Q0"], FQBMax={"B.Q0": 0.25}).problem is not None


def test_a_product_of_a_distillation_without_any_yield_is_a_fault() -> None:
    with pytest.raises(
        DataError, match=r"OM\.elements, D\.m0\.r: no yield says what the distillation makes of it"
    ):
        read(y=changed("y", D__m0__r__a=None, D__m0__r__b=None))


def test_qualities_by_volume_weigh_by_volume() -> None:
    """The same plant with sulphur by volume: g of 1 t a is 0.3 / 0.84 volumes at 0.4 and 0.06 / 0.8 at 0.2."""
    found = program(Qw=[], Qv=["Q0"], SQ=grown("SQ", "g.Q0", "g.Q1"))
    (row,) = [
        at for block in found.row_blocks if block.name == "cut_quality"
        for at in range(block.start, block.start + block.size) if ".g.Q0" in block.label(at)
    ]  # fmt: skip
    linear = found.matrix.tocsr()[[row], :].toarray().ravel()
    assert sorted(linear[linear != 0.0]) == pytest.approx(
        sorted([-(0.3 / 0.84 * 0.4 + 0.06 / 0.8 * 0.2), -(0.25 / 0.87 * 1.6 + 0.06 / 0.81 * 0.9)])
    )
    mixed = found.products.coefficients[found.products.rows == row]
    assert sorted(mixed) == pytest.approx(sorted([0.3 / 0.84 + 0.06 / 0.8, 0.25 / 0.87 + 0.06 / 0.81]))


def test_best_known_and_sense_come_with_it() -> None:
    case = planning_of({**plant_file(), "expected": {"objective": 12.5}}, "plant.json")
    assert (case.name, case.sense, case.best_known, case.pooling) == ("small_plant", "max", 12.5, None)


#: One unit makes p of r; p may be stored.
SIMPLE: dict[str, Any] = {
    "S": ["r", "p"], "U": ["H"], "M": ["m"], "Q": [], "C": ["c"], "T": ["1", "2"],
    "S_P": ["p"], "S_M": ["r"], "UCDU": [], "UPD": [], "UPF": ["H"], "UMIX": [], "USPL": [], "UBLD": [],
    "IU": ["H.r"], "OU": ["H.p"], "IM": ["H.m.r"], "OM": ["H.m.p"], "SC": [], "SPG": [], "Qw": [], "Qp": [],
    "SQ": [], "FIX": [], "QT": [], "VMQ": [], "DBSQ": [], "CAPIN": ["c"], "CAPOUT": [], "CAPS": ["c.r"],
}  # fmt: skip
WITHOUT = (
    "FVMin",
    "FQ0",
    "FQcut",
    "y",
    "phi",
    "B",
    "Del",
    "delta",
    "alpha",
    "w",
    "FQVMax",
    "FQBMax",
    "FVCMin",
)
NOTHING: dict[str, Any] = {name: {} for name in WITHOUT}


def stored(**numbers: dict[str, float]) -> Problem:
    """Product p at 10, raw material r at 4, a tonne for a tonne, at most 5 t a period; a tank of 8 t of p."""
    stated: dict[str, dict[str, float]] = {
        "c_P": {"p": 10.0},
        "c_M": {"r": 4.0},
        "gamma": {"H.m.r": 1.0, "H.m.p": 1.0},
        "FVCMax": {"c.1": 5.0, "c.2": 5.0},
        "FVMax": {},
        "LMax": {"p.1": 8.0, "p.2": 8.0},
    }
    return program(**SIMPLE, **{**NOTHING, **stated, **numbers})


class TestStocks:
    def test_without_any_each_period_sells_what_it_makes(self) -> None:
        assert solved(stored(LMax={})).value == pytest.approx(2 * 5 * (10.0 - 4.0))

    def test_what_is_there_is_sold_at_what_drawing_it_costs(self) -> None:
        """6 t at the start: 60 t of margin from production, and 6 t at 10 less 3."""
        assert solved(stored(L0={"p": 6.0}, ci_M={"p": 3.0})).value == pytest.approx(60.0 + 6 * (10.0 - 3.0))
        assert solved(stored(L0={"p": 6.0}, ci_M={"p": 11.0})).value == pytest.approx(60.0)

    def test_what_must_stay_stays(self) -> None:
        found = stored(L0={"p": 6.0}, ci_M={"p": 3.0}, LMin={"p.2": 4.0})
        assert solved(found).value == pytest.approx(60.0 + 2 * (10.0 - 3.0))

    def test_a_full_tank_takes_no_more(self) -> None:
        """Into the tank a tonne counts 12 in place of 10: 8 t fit, or 2 beside the 6 that are there."""
        dear = {"ci_P": {"p": 12.0}, "ci_M": {"p": 20.0}}
        assert solved(stored(**dear)).value == pytest.approx(60.0 + 8 * 2.0)
        assert solved(stored(**dear, L0={"p": 6.0})).value == pytest.approx(60.0 + 2 * 2.0)

    def test_nothing_is_drawn_and_filled_at_once(self) -> None:
        """A tonne that goes in and out would earn 4 for nothing. One period draws 6 at 8, one fills 8 at 12."""
        found = stored(ci_P={"p": 12.0}, ci_M={"p": 8.0}, L0={"p": 6.0})
        assert found.is_integer
        assert solved(found).value == pytest.approx(60.0 + 6 * (10.0 - 8.0) + 5 * 2.0)

    def test_the_tank_carries_over(self) -> None:
        """4 t must lie there after the first period, so 1 is sold then; in the second they are drawn at 2 each."""
        found = stored(LMin={"p.1": 4.0}, ci_M={"p": 2.0})
        assert solved(found).value == pytest.approx((10.0 - 5 * 4.0) + 5 * 6.0 + 4 * (10.0 - 2.0))

    def test_crossed_levels_are_a_fault_of_the_file(self) -> None:
        with pytest.raises(DataError, match=r"LMin\.values\.p\.1: is 9\.0, above LMax 8\.0"):
            stored(LMin={"p.1": 9.0})
