"""Interval propagation against exact arithmetic: it holds every true value and is no wider than it must be."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from bilinear_cases import INF, bilinear, small
from hypothesis import given
from hypothesis import strategies as st

from netback.program.bounds.ranges import Structure, propagate, structural_ranges
from netback.program.bounds.relax import Pairs, envelopes, product_ranges

NONE = np.zeros(0, dtype=np.int64)
whole = st.integers(-20, 20)
number = st.floats(-1e6, 1e6, allow_subnormal=False)


def pair(square: bool = False) -> Pairs:
    return Pairs(np.array([0]), np.array([0 if square else 1]), NONE, NONE, np.zeros(0))


def close(found: float, exact: Fraction) -> bool:
    return abs(Fraction(found) - exact) <= Fraction(1, 10**11) * max(1, abs(exact))


@given(st.data())
def test_one_row_leaves_of_every_column_exactly_what_the_others_leave(data: Any) -> None:
    """``sum a x <= b``: with fractions, ``x_j <= (b - sum of the others' least) / a_j`` for ``a_j > 0``."""
    count = data.draw(st.integers(1, 4))
    slopes = data.draw(st.lists(whole.filter(bool), min_size=count, max_size=count))
    low = data.draw(st.lists(whole, min_size=count, max_size=count))
    high = [a + data.draw(st.integers(0, 30)) for a in low]
    side = data.draw(st.integers(-200, 200))
    problem = small("min", [0.0] * count, low, high, [([float(a) for a in slopes], [], -INF, float(side))])
    found = propagate(Structure.of(problem), problem.column_lower, problem.column_upper, 1)
    least = [min(a * x, a * y) for a, x, y in zip(slopes, low, high, strict=True)]
    if sum(least) > side:
        assert found.empty
        return
    assert not found.empty
    for j, slope in enumerate(slopes):
        end = Fraction(side - sum(least) + least[j], slope)
        if slope > 0:
            assert found.upper[j] == high[j] or close(found.upper[j], end)
            assert min(Fraction(high[j]), end) <= Fraction(found.upper[j])
            assert found.upper[j] <= high[j]
            assert found.lower[j] == low[j]
        else:
            assert found.lower[j] == low[j] or close(found.lower[j], end)
            assert max(Fraction(low[j]), end) >= Fraction(found.lower[j])
            assert found.lower[j] >= low[j]
            assert found.upper[j] == high[j]


@given(st.integers(0, 10_000), st.integers(0, 3))
def test_a_column_without_ends_gets_those_its_row_leaves_and_no_true_value_is_lost(
    seed: int, open_column: int
) -> None:
    """With coefficients over twelve powers of ten: the row is an equation at a drawn point, told exactly."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=4) * 10.0 ** draw.integers(-4, 5, 4)
    slopes = draw.normal(size=4) * 10.0 ** draw.integers(-6, 7, 4)
    exact = sum((Fraction(a) * Fraction(v) for a, v in zip(slopes, x, strict=True)), Fraction(0))
    side = float(exact)
    low, high = np.nextafter(side, -INF), np.nextafter(side, INF)
    below, above = x.copy(), x.copy()
    below[open_column], above[open_column] = -INF, INF
    problem = small("min", [0.0] * 4, below, above, [(slopes.tolist(), [], low, high)])
    found = structural_ranges(problem)
    assert not found.empty
    assert (found.lower <= x).all()
    assert (x <= found.upper).all()
    slack = 1e-13 * (np.abs(slopes * x).sum() + abs(side)) / abs(slopes[open_column])
    assert found.upper[open_column] - found.lower[open_column] <= slack


def test_two_columns_without_ends_stay_so_and_a_third_is_told_nothing() -> None:
    problem = small("min", [0.0] * 3, [-INF, -INF, 0.0], [INF, INF, 5.0], [([1.0, 1.0, 1.0], [], 0.0, 3.0)])
    found = structural_ranges(problem)
    assert found.lower.tolist() == [-INF, -INF, 0.0]
    assert found.upper.tolist() == [INF, INF, 5.0]


def test_a_row_with_one_side_bounds_one_end() -> None:
    problem = small("min", [0.0] * 2, [-INF, 0.0], [INF, 4.0], [([2.0, 1.0], [], 6.0, INF)])
    found = structural_ranges(problem)
    assert found.lower[0] == pytest.approx(1.0)
    assert found.upper[0] == INF


@given(bilinear())
def test_ranges_are_never_wider_than_what_they_began_with(problem: Any) -> None:
    found = structural_ranges(problem)
    assert (found.lower >= problem.column_lower).all()
    assert (found.upper <= problem.column_upper).all()


@given(bilinear(), st.integers(0, 1000))
def test_one_pass_over_a_smaller_box_leaves_less(problem: Any, seed: int) -> None:
    """Interval arithmetic keeps inclusions (Moore, Kearfott and Cloud, Introduction to Interval Analysis, 2009)."""
    draw = np.random.default_rng(seed)
    width = problem.column_upper - problem.column_lower
    cut = np.sort(draw.random((2, problem.shape[1])), axis=0)
    lower, upper = problem.column_lower + cut[0] * width, problem.column_lower + cut[1] * width
    structure = Structure.of(problem)
    outer = propagate(structure, problem.column_lower, problem.column_upper, 1)
    inner = propagate(structure, lower, upper, 1)
    if outer.empty:
        assert inner.empty
    elif not inner.empty:
        assert (inner.lower >= outer.lower - 1e-9).all()
        assert (inner.upper <= outer.upper + 1e-9).all()


def test_other_ranges_to_start_from_take_the_place_of_the_bounds() -> None:
    problem = small("min", [0.0] * 2, 0.0, 10.0, [([1.0, 1.0], [], 8.0, 8.0)])
    found = structural_ranges(problem, np.array([3.0, 0.0]), np.array([4.0, 10.0]))
    assert (found.lower[1], found.upper[1]) == (pytest.approx(4.0), pytest.approx(5.0))
    assert (found.lower[0], found.upper[0]) == (3.0, 4.0)
    only_lower = structural_ranges(problem, lower=np.array([3.0, 0.0]))
    assert (only_lower.upper[1], only_lower.upper[0]) == (pytest.approx(5.0), pytest.approx(8.0))
    only_upper = structural_ranges(problem, upper=np.array([2.0, 10.0]))
    assert (only_upper.lower[1], only_upper.lower[0]) == (pytest.approx(6.0), 0.0)


def chain(count: int, factor: float, top: float = INF) -> Any:
    """``x[i + 1] <= factor x[i]`` with the first at most 1."""
    rows = []
    for i in range(count - 1):
        row = [0.0] * count
        row[i], row[i + 1] = -factor, 1.0
        rows.append((row, [], -INF, 0.0))
    return small("min", [0.0] * count, 0.0, [1.0] + [top] * (count - 1), rows)


def test_a_round_carries_what_is_known_one_row_further() -> None:
    problem = chain(6, 1.0)
    for rounds in (1, 3, 5):
        found = structural_ranges(problem, rounds=rounds)
        assert np.isfinite(found.upper).sum() == rounds + 1
    assert structural_ranges(problem).upper == pytest.approx([1.0] * 6)


def test_it_goes_on_while_ranges_shrink_by_a_hundredth_and_stops_below() -> None:
    def loop(factor: float) -> float:
        rows = [([1.0, -factor], [], -INF, 0.0), ([-1.0, 1.0], [], -INF, 0.0)]
        return float(structural_ranges(small("min", [0.0] * 2, 0.0, 1.0, rows), rounds=40).upper[1])

    assert loop(0.995) >= 0.98
    assert loop(0.9) <= 0.9**15
    assert loop(0.9) >= 0.9**21


def test_an_end_that_becomes_known_is_reason_to_go_on() -> None:
    # No finite range moves in the first two rounds, yet the last column follows from what they bring.
    found = structural_ranges(chain(4, 2.0), rounds=20)
    assert found.upper == pytest.approx([1.0, 2.0, 4.0, 8.0])
    below = structural_ranges(
        small(
            "min",
            [0.0] * 3,
            [1.0, -INF, -INF],
            5.0,
            [([-1.0, 1.0, 0.0], [], 0.0, INF), ([0.0, -1.0, 1.0], [], 0.0, INF)],
        )
    )
    assert below.lower == pytest.approx([1.0, 1.0, 1.0])


class TestProducts:
    @given(whole, whole, whole, whole, st.booleans())
    def test_ranges_of_products_are_those_of_their_corners(
        self, a: int, b: int, c: int, d: int, square: bool
    ) -> None:
        low, high = (
            np.array([min(a, b), min(c, d)], dtype=float),
            np.array([max(a, b), max(c, d)], dtype=float),
        )
        least, most = product_ranges(pair(square), low, high)
        second = 0 if square else 1
        corners = [x * y for x in (low[0], high[0]) for y in (low[second], high[second])]
        if square:
            corners = [low[0] ** 2, high[0] ** 2] + ([0.0] if low[0] <= 0.0 <= high[0] else [])
            # The least of a square that is away from zero is bounded by its corners with each other.
            assert 0.0 <= least[0] <= min(corners)
        else:
            assert least[0] <= min(corners)
            assert least[0] == pytest.approx(min(corners), rel=1e-15, abs=1e-300)
        assert most[0] >= max(corners)
        assert most[0] == pytest.approx(max(corners), rel=1e-15, abs=1e-300)

    @pytest.mark.parametrize(
        ("low", "high", "least", "most"),
        [
            ((0.0, 1.0), (0.0, INF), 0.0, 0.0),
            ((0.0, -INF), (3.0, INF), -INF, INF),
            ((-INF, -INF), (-2.0, -3.0), 6.0, INF),
            ((-INF, 2.0), (-2.0, 3.0), -INF, -4.0),
            ((-2.0, 0.0), (3.0, INF), -INF, INF),
            ((0.0, 0.0), (INF, INF), 0.0, INF),
            ((-1.0, 0.0), (1.0, 0.0), 0.0, 0.0),
        ],
    )
    def test_with_ends_that_are_infinite_or_zero(
        self, low: tuple[float, float], high: tuple[float, float], least: float, most: float
    ) -> None:
        found = product_ranges(pair(), np.array(low), np.array(high))
        assert found[0][0] == pytest.approx(least, rel=1e-15, abs=0.0)
        assert found[1][0] == pytest.approx(most, rel=1e-15, abs=0.0)

    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_a_factor_follows_from_its_product_where_the_other_has_one_sign(self, sign: float) -> None:
        ends = sorted([2.0 * sign, 4.0 * sign])
        problem = small(
            "min", [0.0] * 2, [-INF, ends[0]], [INF, ends[1]], [([0.0] * 2, [(0, 1, 1.0)], -4.0, 12.0)]
        )
        found = structural_ranges(problem)
        exact = sorted(w / b for w in (-4.0, 12.0) for b in ends)
        assert (found.lower[0], found.upper[0]) == (pytest.approx(exact[0]), pytest.approx(exact[-1]))

    @pytest.mark.parametrize("ends", [(-1.0, 4.0), (0.0, 4.0), (-4.0, 0.0)])
    def test_a_factor_says_nothing_where_the_other_may_be_zero(self, ends: tuple[float, float]) -> None:
        problem = small(
            "min", [0.0] * 2, [-INF, ends[0]], [INF, ends[1]], [([0.0] * 2, [(0, 1, 1.0)], 4.0, 12.0)]
        )
        found = structural_ranges(problem)
        assert (found.lower[0], found.upper[0]) == (-INF, INF)
        assert not found.empty

    def test_both_factors_and_the_row_work_on_each_other(self) -> None:
        # a b = 6 with a between 1 and 6 and b at most 3: a is at least 2, b at least 1.
        problem = small("min", [0.0] * 2, [1.0, 0.5], [6.0, 3.0], [([0.0] * 2, [(0, 1, 1.0)], 6.0, 6.0)])
        found = structural_ranges(problem)
        assert found.lower == pytest.approx([2.0, 1.0])
        assert found.upper == pytest.approx([6.0, 3.0])

    def test_a_square_at_most_nine_is_within_three_and_one_below_zero_is_nothing(self) -> None:
        made = small("min", [0.0], -INF, INF, [([0.0], [(0, 0, 2.0)], -INF, 18.0)])
        found = structural_ranges(made)
        assert (found.lower[0], found.upper[0]) == (pytest.approx(-3.0), pytest.approx(3.0))
        assert found.lower[0] <= -3.0
        assert found.upper[0] >= 3.0
        assert structural_ranges(made.with_(row_upper=-1e-9)).empty

    def test_what_a_product_leaves_of_the_rest_of_its_row(self) -> None:
        # c = a b with a in [1, 2] and b in [3, 4]: c in [3, 8] from the factors alone.
        problem = small(
            "min", [0.0] * 3, [1.0, 3.0, -INF], [2.0, 4.0, INF], [([0.0, 0.0, -1.0], [(0, 1, 1.0)], 0.0, 0.0)]
        )
        found = structural_ranges(problem)
        assert (found.lower[2], found.upper[2]) == (pytest.approx(3.0), pytest.approx(8.0))

    def test_a_product_follows_when_a_row_narrows_its_factor(self) -> None:
        # c = a b as before, and 2 a between 2.5 and 3: c is in [1.25 x 3, 1.5 x 4].
        rows = [([0.0, 0.0, -1.0], [(0, 1, 1.0)], 0.0, 0.0), ([2.0, 0.0, 0.0], [], 2.5, 3.0)]
        found = structural_ranges(small("min", [0.0] * 3, [1.0, 3.0, -INF], [2.0, 4.0, INF], rows))
        assert (found.lower[2], found.upper[2]) == (pytest.approx(3.75), pytest.approx(6.0))

    def test_one_product_in_two_rows_is_one_range(self) -> None:
        # Row 0 says a b <= 2, row 1 then bounds c >= 5 - a b.
        rows = [([0.0] * 3, [(0, 1, 1.0)], -INF, 2.0), ([0.0, 0.0, 1.0], [(0, 1, 1.0)], 5.0, INF)]
        found = structural_ranges(small("min", [0.0] * 3, 0.0, 9.0, rows))
        assert found.lower[2] == pytest.approx(3.0)


class TestWhole:
    def test_ends_of_whole_columns_are_rounded_inward_and_within_the_tolerance_kept(self) -> None:
        for low, high, expected in (
            (0.3, 2.7, (1.0, 2.0)),
            (1.0 + 5e-7, 2.0 - 5e-7, (1.0, 2.0)),
            (1.0 + 5e-6, 3.0 - 5e-6, (2.0, 2.0)),
            (-1.5, -0.5, (-1.0, -1.0)),
        ):
            found = structural_ranges(small("min", [0.0], low, high, [([1.0], [], -INF, INF)], True))
            assert (found.lower[0], found.upper[0]) == expected

    def test_only_whole_columns_are(self) -> None:
        found = structural_ranges(
            small("min", [0.0] * 2, 0.3, 2.7, [([1.0, 1.0], [], -INF, INF)], [True, False])
        )
        assert found.lower.tolist() == [1.0, 0.3]
        assert found.upper.tolist() == [2.0, 2.7]


class TestEnvelopes:
    @given(number, number, number, number)
    def test_they_meet_the_product_at_the_corners(self, a: float, b: float, c: float, d: float) -> None:
        """At each corner of the box the largest row from below and the least from above are the product itself."""
        low, high = np.array([min(a, b), min(c, d)]), np.array([max(a, b), max(c, d)])
        made = envelopes(pair(), low, high)
        size = float(np.abs(np.outer([low[0], high[0]], [low[1], high[1]])).max())
        for x in (low[0], high[0]):
            for y in (low[1], high[1]):
                rest = -(made.on_a[0] * x + made.on_b[0] * y)
                assert np.max(made.lower[0][:2] + rest[:2]) == pytest.approx(x * y, abs=1e-14 * size + 1e-300)
                assert np.min(made.upper[0][2:] + rest[2:]) == pytest.approx(x * y, abs=1e-14 * size + 1e-300)

    @given(whole, st.integers(1, 20), whole, st.integers(1, 20))
    def test_in_the_middle_they_are_off_by_a_quarter_of_the_area(
        self, a: int, wide: int, b: int, tall: int
    ) -> None:
        """The greatest distance of McCormick's envelopes (Androulakis, Maranas and Floudas, alpha-BB, 1995, eq. 20)."""
        low, high = np.array([a, b], dtype=float), np.array([a + wide, b + tall], dtype=float)
        made = envelopes(pair(), low, high)
        x, y = 0.5 * (low + high)
        rest = -(made.on_a[0] * x + made.on_b[0] * y)
        assert x * y - np.max(made.lower[0][:2] + rest[:2]) == pytest.approx(wide * tall / 4.0)
        assert np.min(made.upper[0][2:] + rest[2:]) - x * y == pytest.approx(wide * tall / 4.0)

    @given(whole, st.integers(1, 20))
    def test_a_square_has_three_tangents_and_its_secant(self, a: int, wide: int) -> None:
        low, high = np.array([float(a)]), np.array([float(a + wide)])
        made = envelopes(pair(square=True), low, high)
        assert np.isfinite(made.lower[0]).tolist() == [True, True, False, True]
        assert np.isfinite(made.upper[0]).tolist() == [False, False, True, False]
        assert made.on_b[0].tolist() == [0.0] * 4
        middle = a + wide / 2.0
        for side, touch in ((0, a), (1, a + wide), (3, middle)):
            assert made.lower[0, side] - made.on_a[0, side] * touch == pytest.approx(touch**2, abs=1e-12)
            # A tangent: at a distance of one it is one below.
            at = touch + 1.0
            assert made.lower[0, side] - made.on_a[0, side] * at == pytest.approx(at**2 - 1.0, abs=1e-12)
        for end in (a, a + wide):
            assert made.upper[0, 2] - made.on_a[0, 2] * end == pytest.approx(end**2, abs=1e-12)

    def test_a_square_over_an_open_range_keeps_the_tangents_it_can(self) -> None:
        made = envelopes(pair(square=True), np.array([2.0]), np.array([INF]))
        assert made.lower[0, 0] == pytest.approx(-4.0)
        assert made.on_a[0, 0] == -4.0
        assert made.upper[0].tolist() == [INF] * 4
        # The tangent at zero, w >= 0, holds for every square.
        assert (made.lower[0, 3], made.on_a[0, 3]) == (pytest.approx(0.0, abs=1e-300), 0.0)
        assert math.isinf(made.lower[0, 1])
