"""Every form in which rows state a mix: it is found, with the factors of the docstring, and holds at every point."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bounds"))

from bilinear_cases import INF, small

from netback.program.bounds.ranges import Ranges, structural_ranges
from netback.program.bounds.rlt import multiplied
from netback.program.certify import residuals
from netback.program.problem import Problem
from netback.program.structure.hulls import Mix, hulls, mixes
from netback.program.structure.proportions import divided

flow = st.floats(0.01, 50.0)
quality = st.floats(0.1, 9.0)


def known(
    *, yields: tuple[float, float] = (1.0, 1.0), content: tuple[float, float] = (3.0, 1.0), side: float = 0.0
) -> Problem:
    """Columns f, g, F, q: ``F = y f + y' g``, ``q F = a f + a' g + side``."""
    rows = [
        ([yields[0], yields[1], -1.0, 0.0], [], 0.0, 0.0),
        ([content[0], content[1], 0.0, 0.0], [(2, 3, -1.0)], -side, -side),
    ]
    return small("min", [0.0] * 4, 0.0, [50.0, 50.0, 400.0, 40.0], rows)


def told(mix: Mix) -> tuple[int, int, list[int], list[float]]:
    order = np.argsort(mix.factors)
    return mix.quality, mix.total, mix.sources[order].tolist(), mix.factors[order].tolist()


class TestKnownQualities:
    def test_the_mean_of_two_numbers(self) -> None:
        (mix,) = mixes(known())
        assert told(mix) == (3, 2, [-1, -1], [1.0, 3.0])

    def test_a_yield_divides_what_a_flow_brings(self) -> None:
        (mix,) = mixes(known(yields=(0.5, 2.0)))
        assert told(mix) == (3, 2, [-1, -1], [0.5, 6.0])

    def test_a_flow_that_brings_nothing_counts_with_zero(self) -> None:
        (mix,) = mixes(known(content=(3.0, 0.0)))
        assert told(mix) == (3, 2, [-1, -1], [0.0, 3.0])

    @given(flow, flow, quality, quality, st.floats(0.1, 3.0), st.floats(0.1, 3.0))
    def test_the_quality_of_any_flows_is_between(
        self, f: float, g: float, a: float, b: float, y: float, z: float
    ) -> None:
        problem = known(yields=(y, z), content=(a, b))
        total = y * f + z * g
        q = (a * f + b * g) / total
        lower = np.array([0.0, 0.0, 1e-3, 0.0])
        found = hulls(mixes(problem), Ranges(lower, np.array([50.0, 50.0, 400.0, 400.0])), flowing=True)
        assert found.lower[3] <= q * (1.0 + 1e-14)
        assert q * (1.0 - 1e-14) <= found.upper[3]
        assert found.lower[3] == pytest.approx(min(a / y, b / z))
        assert found.upper[3] == pytest.approx(max(a / y, b / z))

    @pytest.mark.parametrize(
        "broken",
        [
            known(side=1.0),
            known(yields=(1.0, -1.0)),
            known().with_(column_lower=[-1.0, 0.0, 0.0, 0.0]),
            known().with_(row_lower=[-1.0, 0.0]),
            known().with_(row_lower=[0.0, -INF]),
        ],
        ids=["constant", "taken away", "flow below zero", "loose balance", "one side"],
    )
    def test_what_is_no_mix_is_none(self, broken: Problem) -> None:
        assert mixes(broken) == []

    def test_a_flow_that_is_in_no_balance_makes_none(self) -> None:
        rows = [
            ([1.0, 1.0, -1.0, 0.0, 0.0], [], 0.0, 0.0),
            ([3.0, 1.0, 0.0, 0.0, 2.0], [(2, 3, -1.0)], 0.0, 0.0),
        ]
        assert mixes(small("min", [0.0] * 5, 0.0, 9.0, rows)) == []


class TestQualitiesThatMove:
    def pool(self) -> Problem:
        """Columns f, g, F, p, r, q: ``F = f + g``, ``q F = 2 p f + r g``."""
        rows = [
            ([1.0, 1.0, -1.0, 0.0, 0.0, 0.0], [], 0.0, 0.0),
            ([0.0] * 6, [(0, 3, 2.0), (1, 4, 1.0), (2, 5, -1.0)], 0.0, 0.0),
        ]
        return small("min", [0.0] * 6, 0.0, [9.0, 9.0, 18.0, 5.0, 5.0, 40.0], rows)

    def test_sources_are_columns_with_their_factors(self) -> None:
        found = [mix for mix in mixes(self.pool()) if mix.quality == 5]
        assert [told(mix) for mix in found] == [(5, 2, [4, 3], [1.0, 2.0])]

    @given(flow, flow, st.floats(1.0, 2.0), st.floats(2.5, 4.0))
    def test_their_ranges_bound_that_of_the_mix(self, f: float, g: float, p: float, r: float) -> None:
        lower = np.array([0.0, 0.0, 1e-3, 1.0, 2.5, 0.0])
        upper = np.array([50.0, 50.0, 100.0, 2.0, 4.0, 40.0])
        found = hulls(mixes(self.pool()), Ranges(lower, upper), flowing=True)
        assert (found.lower[5], found.upper[5]) == (pytest.approx(2.0), pytest.approx(4.0))
        q = (2.0 * p * f + r * g) / (f + g)
        assert found.lower[5] - 1e-12 <= q <= found.upper[5] + 1e-12

    def test_a_stream_that_changes_its_name_keeps_its_quality(self) -> None:
        # q F = 3 p F: no balance is needed.
        problem = small("min", [0.0] * 3, 0.0, 9.0, [([0.0] * 3, [(0, 1, 3.0), (0, 2, -1.0)], 0.0, 0.0)])
        found = {(mix.quality, mix.total): told(mix) for mix in mixes(problem)}
        assert found[2, 0] == (2, 0, [1], [3.0])
        assert found[1, 0][2:] == ([2], [pytest.approx(1.0 / 3.0)])

    def test_ranges_go_down_a_chain_of_pools(self) -> None:
        # q1 F = 3 f + g; q2 F = q1 F; q3 F = 2 q2 F.
        rows = [
            ([1.0, 1.0, -1.0, 0.0, 0.0, 0.0], [], 0.0, 0.0),
            ([3.0, 1.0, 0.0, 0.0, 0.0, 0.0], [(2, 3, -1.0)], 0.0, 0.0),
            ([0.0] * 6, [(2, 3, 1.0), (2, 4, -1.0)], 0.0, 0.0),
            ([0.0] * 6, [(2, 4, 2.0), (2, 5, -1.0)], 0.0, 0.0),
        ]
        problem = small("min", [0.0] * 6, 0.0, 99.0, rows)
        found = hulls(mixes(problem), Ranges(problem.column_lower, problem.column_upper), flowing=False)
        assert found.lower[3:] == pytest.approx([1.0, 1.0, 2.0])
        assert found.upper[3:] == pytest.approx([3.0, 3.0, 6.0])
        still = hulls(mixes(problem), Ranges(problem.column_lower, problem.column_upper), flowing=True)
        assert still.upper.tolist() == problem.column_upper.tolist()


class TestAmounts:
    def parts(self) -> Problem:
        """Masses M, m, n of volumes V, v, w: M = m + n, V = v + w, M = d V, m = c v, 4 n = 2 e w."""
        # Columns: 0 M, 1 m, 2 n, 3 V, 4 v, 5 w, 6 d, 7 c, 8 e.
        rows = [
            ([-1.0, 1.0, 1.0] + [0.0] * 6, [], 0.0, 0.0),
            ([0.0] * 3 + [-1.0, 1.0, 1.0] + [0.0] * 3, [], 0.0, 0.0),
            ([-1.0] + [0.0] * 8, [(3, 6, 1.0)], 0.0, 0.0),
            ([0.0, -1.0] + [0.0] * 7, [(4, 7, 1.0)], 0.0, 0.0),
            ([0.0, 0.0, -4.0] + [0.0] * 6, [(5, 8, 2.0)], 0.0, 0.0),
        ]
        return small("min", [0.0] * 9, 0.0, 99.0, rows)

    def test_mass_is_density_times_volume(self) -> None:
        found = {(mix.quality, mix.total): told(mix) for mix in mixes(self.parts())}
        assert found[6, 3] == (6, 3, [8, 7], [0.5, 1.0])

    @given(flow, flow, st.floats(0.7, 0.8), st.floats(0.4, 0.5))
    def test_and_that_of_the_sum_is_between(self, v: float, w: float, c: float, e: float) -> None:
        problem = self.parts()
        low, high = np.zeros(9), np.full(9, 999.0)
        low[3], low[7], high[7], low[8], high[8] = 1e-3, 0.7, 0.8, 0.4, 0.5
        found = hulls(mixes(problem), Ranges(low, high), flowing=True)
        mass = c * v + 0.5 * e * w
        x = np.array([mass, c * v, 0.5 * e * w, v + w, v, w, mass / (v + w), c, e])
        assert residuals(problem.with_(column_upper=999.0), x).worst_primal[0] <= 1e-12
        assert (found.lower[6], found.upper[6]) == (pytest.approx(0.2), pytest.approx(0.8))
        assert found.lower[6] - 1e-12 <= x[6] <= found.upper[6] + 1e-12

    def test_a_total_without_a_column(self) -> None:
        # F = f + g and F = q (2 f + 4 g): q between 1/2 and 1/4.
        rows = [
            ([1.0, 1.0, -1.0, 0.0], [], 0.0, 0.0),
            ([0.0, 0.0, -1.0, 0.0], [(0, 3, 2.0), (1, 3, 4.0)], 0.0, 0.0),
        ]
        problem = small("min", [0.0] * 4, 0.0, 99.0, rows)
        found = [told(mix) for mix in mixes(problem) if mix.quality == 3]
        assert found == [(3, 2, [-1, -1], [0.25, 0.5])]
        negative = small("min", [0.0] * 4, [-1.0, 0.0, 0.0, 0.0], 99.0, rows)
        assert [mix for mix in mixes(negative) if mix.quality == 3] == []


class TestNarrowing:
    def mix(self) -> Mix:
        return Mix(1, 0, np.array([-1, -1]), np.array([2.0, 3.0]))

    def test_only_where_the_total_cannot_be_zero(self) -> None:
        for low, expected in ((0.0, (0.0, 9.0)), (0.1, (2.0, 3.0))):
            found = hulls([self.mix()], Ranges(np.array([low, 0.0]), np.array([9.0, 9.0])), flowing=True)
            assert (found.lower[1], found.upper[1]) == pytest.approx(expected)

    def test_a_narrower_end_stays_and_ends_are_moved_outward(self) -> None:
        found = hulls([self.mix()], Ranges(np.array([1.0, 2.5]), np.array([9.0, 9.0])), flowing=True)
        assert found.lower[1] == 2.5
        assert 3.0 < found.upper[1] <= 3.0 * (1.0 + 1e-14)

    def test_where_the_two_do_not_meet_nothing_is_said(self) -> None:
        ranges = Ranges(np.array([1.0, 5.0]), np.array([9.0, 9.0]))
        found = hulls([self.mix()], ranges, flowing=True)
        assert (found.lower[1], found.upper[1]) == (5.0, 9.0)
        assert not found.empty

    def test_a_source_without_an_end_leaves_that_end(self) -> None:
        mix = Mix(1, 0, np.array([2]), np.array([2.0]))
        ranges = Ranges(np.array([1.0, 0.0, 1.0]), np.array([9.0, 99.0, INF]))
        found = hulls([mix], ranges, flowing=True)
        assert (found.lower[1], found.upper[1]) == (pytest.approx(2.0), 99.0)

    def test_a_factor_below_zero_turns_the_ends(self) -> None:
        mix = Mix(1, 0, np.array([2]), np.array([-2.0]))
        ranges = Ranges(np.array([1.0, -99.0, 1.0]), np.array([9.0, 99.0, 4.0]))
        found = hulls([mix], ranges, flowing=True)
        assert (found.lower[1], found.upper[1]) == (pytest.approx(-8.0), pytest.approx(-2.0))

    def test_what_is_not_a_number_says_nothing(self) -> None:
        mix = Mix(1, 0, np.array([2]), np.array([0.0]))
        ranges = Ranges(np.array([1.0, 0.0, 1.0]), np.array([9.0, 99.0, INF]))
        assert hulls([mix], ranges, flowing=True).upper[1] == 99.0


class TestMultiplied:
    def splitter(self) -> Problem:
        """``F = g + h + 2``; q F and q g stand in rows, q h does not."""
        rows = [
            ([1.0, -1.0, -1.0, 0.0], [], 2.0, 2.0),
            ([0.0] * 4, [(0, 3, 1.0), (1, 3, 1.0)], -INF, 9.0),
        ]
        return small("max", [0.0, 1.0, 0.0, 1.0], 0.0, [10.0, 10.0, 10.0, 4.0], rows)

    def test_the_row_times_the_column_term_by_term(self) -> None:
        """``F q - g q - h q = 2 q``: coefficients and right side are those of the row, exactly."""
        problem = self.splitter()
        more = multiplied(problem, problem.column_lower, problem.column_upper)
        assert list(zip(more.rows.tolist(), more.columns.tolist(), strict=True)) == [(0, 3)]
        made = more.problem
        terms = made.products
        mine = terms.rows == 2
        pairs = zip(terms.columns_a[mine], terms.columns_b[mine], terms.coefficients[mine], strict=True)
        assert sorted((int(a), int(b), float(c)) for a, b, c in pairs) == [
            (0, 3, 1.0),
            (1, 3, -1.0),
            (2, 3, -1.0),
        ]
        assert made.matrix.toarray()[2].tolist() == [0.0, 0.0, 0.0, -2.0]
        assert (made.row_lower[2], made.row_upper[2]) == (0.0, 0.0)
        assert made.row_label(2) == "multiplied[0]"

    def test_no_row_brings_more_new_products_than_may_be(self) -> None:
        problem = self.splitter()
        ends = problem.column_lower, problem.column_upper
        assert len(multiplied(problem, *ends, new_products=0).rows) == 0
        assert multiplied(problem, *ends, new_products=0).problem is problem

    def test_new_products_end_at_twice_those_there_are(self) -> None:
        # One product, a q; five equations of a and two columns of their own would each bring two with q.
        count = 5
        width = 2 + 2 * count
        rows: list[tuple[list[float], list[tuple[int, int, float]], float, float]] = [
            ([0.0] * width, [(0, 1, 1.0)], -INF, 9.0)
        ]
        for k in range(count):
            row = [0.0] * width
            row[0], row[2 + 2 * k], row[3 + 2 * k] = 1.0, -1.0, -1.0
            rows.append((row, [], 0.0, 0.0))
        problem = small("max", [0.0] * width, 0.0, 5.0, rows)
        more = multiplied(problem, problem.column_lower, problem.column_upper, new_products=2)
        assert len(more.rows) == 1

    def test_limits_are_not_multiplied_nor_rows_with_products(self) -> None:
        loose = self.splitter().with_(row_lower=[1.0, -INF])
        assert len(multiplied(loose, loose.column_lower, loose.column_upper).rows) == 0
        rows = [([1.0, -1.0, 0.0, 0.0], [(0, 3, 1.0)], 0.0, 0.0)]
        own = small("max", [0.0] * 4, 0.0, 4.0, rows)
        assert len(multiplied(own, own.column_lower, own.column_upper, new_products=4).rows) == 0


class TestDivided:
    def unit(self, second: float = 1.0, ratio: float = 1.0) -> Problem:
        """Feeds x, v at shares h, k: ``x k = v h``; ``(x + second v) y = z (h + second k)``."""
        # Columns: 0 x, 1 v, 2 h, 3 k, 4 y, 5 z.
        rows = [
            ([0.0] * 6, [(0, 3, ratio), (1, 2, -1.0)], 0.0, 0.0),
            ([0.0] * 6, [(0, 4, 1.0), (1, 4, second), (5, 2, -1.0), (5, 3, -second)], 0.0, 0.0),
        ]
        return small("max", [0.0] * 5 + [1.0], [0.0, 0.0, 0.25, 0.0, 0.0, 0.0], 9.0, rows)

    def terms(self, problem: Problem) -> list[tuple[int, int, float]]:
        made = problem.products
        mine = made.rows == 1
        parts = zip(made.columns_a[mine], made.columns_b[mine], made.coefficients[mine], strict=True)
        return sorted((int(a), int(b), float(c)) for a, b, c in parts)

    def test_the_flow_whose_share_is_above_zero_stands_for_all(self) -> None:
        problem = self.unit()
        assert self.terms(divided(problem, problem.column_lower)) == [(0, 4, 1.0), (2, 5, -1.0)]

    def test_weights_that_agree_are_divided_too(self) -> None:
        problem = self.unit(second=3.0)
        assert self.terms(divided(problem, problem.column_lower)) == [(0, 4, 1.0), (2, 5, -1.0)]

    def test_a_ratio_row_with_a_factor_is_no_proportion_here(self) -> None:
        problem = self.unit(ratio=2.0)
        assert divided(problem, problem.column_lower) is problem

    @given(flow, st.floats(0.25, 5.0), st.floats(0.0, 5.0), st.floats(0.1, 3.0), st.floats(0.5, 2.0))
    def test_points_and_what_is_none_stay_so(
        self, t: float, h: float, k: float, y: float, off: float
    ) -> None:
        problem = self.unit(second=3.0).with_(column_upper=1e4)
        found = divided(problem, problem.column_lower)
        x = np.array([t * h, t * k, h, k, y, t * y])
        assert residuals(problem, x).worst_primal[0] <= 1e-12
        assert residuals(found, x).worst_primal[0] <= 1e-12
        x[5] *= 1.0 + off
        assert residuals(problem, x).worst_primal[0] > 1e-6
        assert residuals(found, x).worst_primal[0] > 1e-6


def test_ranges_of_a_program_with_a_mix_hold_after_both() -> None:
    problem = known().with_(column_lower=[0.0, 0.0, 1.0, 0.0])
    ranges = structural_ranges(problem)
    found = hulls(mixes(problem), ranges, flowing=True)
    assert (found.lower[3], found.upper[3]) == (pytest.approx(1.0), pytest.approx(3.0))
