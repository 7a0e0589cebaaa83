"""Uncertain inputs: what counts as one, how much it is doubted, and what moves with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.case import Case
from netback.studies.sampling import latin_hypercube, latin_parts, triangle
from netback.studies.uncertain import DOUBT, DOUBT_BY_CONFIDENCE, Uncertain, uncertain_inputs, with_inputs
from tiny import rows, tiny


def distilled(*yields: str, **tables: Any) -> Case:
    heading = "unit feed product yield basis status low high"
    return tiny("distilled", yields=rows(heading, *yields), **tables)


THREE = (
    "still crude light 0.2 mass assumed 0.1 0.3",
    "still crude middle 0.3 mass . . .",
    "still crude heavy 0.5 mass assumed 0.45 0.6",
)


def yields_of(case: Case) -> list[float]:
    return [record["yield"] for record in case["yields"].records]


class TestWhatIsUncertain:
    def test_numbers_with_a_range_and_no_others(self) -> None:
        found = uncertain_inputs(distilled(*THREE))
        assert [(one.row, one.column, one.value, one.low, one.high) for one in found] == [
            (2, "yield", 0.2, 0.1, 0.3),
            (4, "yield", 0.5, 0.45, 0.6),
        ]

    @pytest.mark.parametrize("ends", [".", "0.2 .", ". 0.2", "0.2 0.2", "0.3 0.1"])
    def test_a_range_of_no_width_is_none(self, ends: str) -> None:
        low, high = ends.split() if " " in ends else (".", ".")
        assert uncertain_inputs(distilled(f"still crude light 0.2 mass assumed {low} {high}")) == ()

    @pytest.mark.parametrize(("status", "doubt"), DOUBT.items())
    def test_doubt_of_a_status(self, status: str, doubt: float) -> None:
        (one,) = uncertain_inputs(distilled(f"still crude light 0.2 mass {status} 0.1 0.3"))
        assert (one.status, one.doubt) == (status, doubt)

    @pytest.mark.parametrize(
        ("cited", "doubt"),
        [("a", 0.1), ("b", 0.25), ("a; d", 1.0), ("c;b", 0.5), ("unknown", 0.5), (None, 0.5)],
    )
    def test_doubt_of_what_is_reported_is_that_of_its_worst_source(
        self, cited: str | None, doubt: float
    ) -> None:
        line = {
            "unit": "still", "feed": "crude", "product": "light", "yield": 0.2, "low": 0.1, "high": 0.3,
            "source": cited,
        }  # fmt: skip
        grades = [{"source": name, "title": name, "confidence": name.upper()} for name in "abcd"]
        (one,) = uncertain_inputs(tiny(yields=[line], sources=grades))
        assert one.doubt == doubt
        assert (
            DOUBT_BY_CONFIDENCE["A"]
            < DOUBT_BY_CONFIDENCE["B"]
            < DOUBT_BY_CONFIDENCE["C"]
            < DOUBT_BY_CONFIDENCE["D"]
        )


class TestClosedYields:
    @given(st.floats(0.1, 0.3))
    def test_the_others_take_up_the_change_in_proportion(self, light: float) -> None:
        case = distilled(*THREE)
        moved = yields_of(with_inputs(case, {uncertain_inputs(case)[0]: light}))
        assert moved[0] == light
        assert sum(moved) == pytest.approx(1.0)
        assert moved[1] / moved[2] == pytest.approx(0.3 / 0.5)

    @given(st.floats(0.1, 0.3), st.floats(0.45, 0.6))
    def test_two_that_move_leave_the_change_to_the_third(self, light: float, heavy: float) -> None:
        case = distilled(*THREE)
        one, other = uncertain_inputs(case)
        moved = yields_of(with_inputs(case, {one: light, other: heavy}))
        assert moved == [light, pytest.approx(1.0 - light - heavy), heavy]

    def test_where_all_move_nothing_takes_up_the_change(self) -> None:
        case = distilled(*(line.replace(". . .", "assumed 0.2 0.4") for line in THREE))
        one, two, three = uncertain_inputs(case)
        assert yields_of(with_inputs(case, {one: 0.3, two: 0.2, three: 0.6})) == [0.3, 0.2, 0.6]

    def test_yields_by_volume_that_are_not_a_whole_stay(self) -> None:
        case = distilled("still crude light 0.4 volume assumed 0.3 0.5", "still crude heavy 0.7 volume . . .")
        assert yields_of(with_inputs(case, {uncertain_inputs(case)[0]: 0.5})) == [0.5, 0.7]

    def test_yields_by_volume_that_are_a_whole_are_closed(self) -> None:
        case = distilled("still crude light 0.4 volume assumed 0.3 0.5", "still crude heavy 0.6 volume . . .")
        assert yields_of(with_inputs(case, {uncertain_inputs(case)[0]: 0.5})) == [0.5, pytest.approx(0.5)]

    def test_yields_by_mass_that_lack_some_keep_their_sum(self) -> None:
        case = distilled("still crude light 0.4 mass assumed 0.3 0.5", "still crude heavy 0.5 mass . . .")
        assert yields_of(with_inputs(case, {uncertain_inputs(case)[0]: 0.5})) == [0.5, pytest.approx(0.4)]

    def test_another_feed_and_mode_keep_theirs(self) -> None:
        case = distilled(*THREE, "still sour light 0.1 mass . . .", "still sour heavy 0.9 mass . . .")
        assert yields_of(with_inputs(case, {uncertain_inputs(case)[0]: 0.1}))[3:] == [0.1, 0.9]


class TestCuts:
    def cuts(self) -> Case:
        return tiny(
            cuts=rows(
                "unit stream from_c to_c status low high",
                "still light . 150 assumed 140 160",
                "still middle 150 350 . . .",
                "still heavy 350 . . . .",
                "other light 150 . . . .",
            )
        )

    @given(st.floats(140.0, 160.0))
    def test_the_next_cut_begins_where_the_one_before_ends(self, end: float) -> None:
        case = self.cuts()
        moved = with_inputs(case, {uncertain_inputs(case)[0]: end})["cuts"].records
        assert [(record["from_c"], record["to_c"]) for record in moved] == [
            (None, end),
            (end, 350.0),
            (350.0, None),
            (150.0, None),
        ]


def test_nothing_else_of_a_case_changes() -> None:
    case = distilled(*THREE, sales=rows("sale stream price status low high", "out light 9 assumed 8 10"))
    price = next(one for one in uncertain_inputs(case) if one.table == "sales")
    moved = with_inputs(case, {price: 8.5})
    assert moved["sales"].records[0]["price"] == 8.5
    assert {name: table for name, table in moved.tables.items() if name != "sales"} == {
        name: table for name, table in case.tables.items() if name != "sales"
    }
    assert with_inputs(case, {}) == case
    assert with_inputs(moved, {price: 9.0}) == case


class TestSamples:
    def one(self, low: float, value: float, high: float) -> Uncertain:
        return Uncertain("sales", 2, "out", "price", value, low, high, "assumed", "", 1.0)

    @given(st.floats(-50, 50), st.floats(0, 50), st.floats(0, 50), st.floats(0, 1))
    def test_the_inverse_of_a_triangle(self, low: float, left: float, right: float, part: float) -> None:
        peak, high = low + left, low + left + right
        at = float(triangle(np.array(part), np.array(low), np.array(peak), np.array(high)))
        assert low - 1e-9 <= at <= high + 1e-9
        width = high - low
        if width > 1e-6:
            # The area under the triangle up to the value is the part asked for.
            below = (
                (at - low) ** 2 / (width * left) if at < peak else 1.0 - (high - at) ** 2 / (width * right)
                if right > 0.0 else 1.0
            )  # fmt: skip
            assert below == pytest.approx(part, abs=1e-5)

    @given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 99))
    def test_every_part_of_every_range_is_taken_once(self, count: int, dimensions: int, seed: int) -> None:
        parts = latin_parts(dimensions, count, seed)
        assert parts.shape == (count, dimensions)
        for column in np.sort(np.floor(parts * count), axis=0).T:
            assert column.tolist() == list(range(count))
        assert (parts == latin_parts(dimensions, count, seed)).all()

    def test_the_mean_of_many_samples_is_that_of_the_triangle(self) -> None:
        # Mean (a + b + c) / 3 and variance (a2 + b2 + c2 - ab - ac - bc) / 18 of a triangle.
        made = latin_hypercube([self.one(2.0, 3.0, 10.0)], 4000)[:, 0]
        assert made.mean() == pytest.approx(5.0, abs=1e-3)
        assert made.var() == pytest.approx((4 + 9 + 100 - 6 - 20 - 30) / 18.0, rel=1e-3)

    def test_a_value_outside_its_range_has_its_peak_at_the_nearer_end(self) -> None:
        made = latin_hypercube([self.one(2.0, 1.0, 10.0)], 400)[:, 0]
        assert made.min() >= 2.0
        assert np.median(made) == pytest.approx(10.0 - np.sqrt(0.5) * 8.0, abs=0.02)

    def test_no_inputs_and_no_samples(self) -> None:
        assert latin_hypercube([], 5).shape == (5, 0)
        assert latin_hypercube([self.one(0, 1, 2)], 0).shape == (0, 1)
        assert latin_parts(0, 3).shape == (3, 0)
