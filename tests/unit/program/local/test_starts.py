"""Starts of a local search and degrees of columns: numbered, within what they should move, told by the rows alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.program.builder import Builder
from netback.program.index import Index
from netback.program.local.cover import Cover, cover
from netback.program.local.linearise import Linearised
from netback.program.local.live import Clock
from netback.program.local.starts import Nearest, Ranges, Starts, alternate, relaxation_start
from netback.program.local.structure import intensive, sides
from netback.program.problem import FloatArray, Problem

from .local_cases import INF, bilinear, haverly

LOW, HIGH = np.array([0.0, -1.0, 2.0, 0.0]), np.array([1.0, 3.0, 2.0, 8.0])


def parts() -> Cover:
    """Columns 0 and 1 multiply, and 2 and 3."""
    return Cover(np.array([0, 2]), np.array([1, 3]), True, np.array([0, 0, 1, 1]))


def starts(seed: int = 5, of: Cover | None = None) -> Starts:
    return Starts(Ranges(LOW, HIGH), of or parts(), seed)


class TestRanges:
    def test_finite_ends_are_their_own_and_a_missing_one_is_a_unit_off(self) -> None:
        low, high = Ranges(np.array([1.0, -INF, 3.0, -INF]), np.array([4.0, -2.0, INF, INF])).ends
        assert low.tolist() == [1.0, -3.0, 3.0, 0.0]
        assert high.tolist() == [4.0, -2.0, 5.0, 2.0]

    def test_their_middle(self) -> None:
        assert Ranges(LOW, HIGH).middle.tolist() == [0.5, 1.0, 2.0, 4.0]


class TestStarts:
    def test_number_zero_is_the_middle_whatever_is_known(self) -> None:
        assert starts().start(0, []).tolist() == [0.5, 1.0, 2.0, 4.0]
        assert starts().start(0, [LOW]).tolist() == [0.5, 1.0, 2.0, 4.0]

    @given(st.integers(1, 60), st.integers(0, 9), st.booleans())
    def test_one_number_and_seed_one_start_and_another_seed_another(
        self, number: int, seed: int, known: bool
    ) -> None:
        pool = [LOW + 0.25 * (HIGH - LOW), HIGH] if known else []
        first, again = starts(seed).start(number, pool), starts(seed).start(number, pool)
        assert first.tolist() == again.tolist()
        assert starts(seed + 1).start(number, pool).tolist() != first.tolist() or number % 5 in (3, 4)

    @given(st.integers(1, 90))
    def test_without_a_point_they_lie_around_the_middle_within_the_ranges(self, number: int) -> None:
        found = starts().start(number, [])
        spread = (0.8, 0.4, 1.0)[number % 3]
        assert (np.abs(found - starts().ranges.middle) <= 0.5 * spread * (HIGH - LOW)).all()
        assert found[2] == 2.0

    def test_a_tenth_of_them_reaches_beyond_half_the_range(self) -> None:
        far = [np.abs(starts().start(k, [])[3] - 4.0) > 2.0 for k in range(1, 61)]
        assert 6 <= sum(far) <= 40

    @given(st.integers(0, 30))
    def test_mixtures_lie_on_the_line_from_the_best_to_another(self, step: int) -> None:
        pool = [np.zeros(4), np.array([1.0, 2.0, 0.0, 4.0])]
        found = starts().start(5 * step + 1, pool)
        part = found[0]
        assert 0.2 <= part <= 1.2
        assert found == pytest.approx(part * pool[1])

    @given(st.integers(0, 30))
    def test_a_block_is_drawn_anew_and_the_other_stays(self, step: int) -> None:
        best = np.array([0.25, 0.5, 2.0, 1.0])
        found = starts().start(5 * step + 2, [best])
        moved = set(np.flatnonzero(found != best).tolist())
        assert moved in ({0, 1}, {3})
        assert (found >= LOW).all()
        assert (found <= HIGH).all()

    @given(st.integers(0, 60), st.sampled_from([3, 4]))
    def test_a_neighbour_moves_columns_of_one_side_within_their_ranges(self, step: int, kind: int) -> None:
        best = np.array([0.25, 0.5, 2.0, 1.0])
        found = starts().start(5 * step + kind, [best])
        moved = set(np.flatnonzero(found != best).tolist())
        assert moved <= {0} or moved <= {1, 3}
        assert len(moved) <= 1
        assert (found >= LOW).all()
        assert (found <= HIGH).all()

    def test_some_neighbours_close_a_column(self) -> None:
        best = np.array([0.25, 0.5, 2.0, 1.0])
        found = [starts().start(5 * k + 3, [best]) for k in range(40)]
        closed = sum(bool(((x == LOW) & (best != LOW)).any()) for x in found)
        assert 8 <= closed <= 32

    def test_where_a_cover_has_no_columns_the_best_point_is_its_own_neighbour(self) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        empty = Cover(nothing, nothing, True, np.full(4, -1))
        best = np.array([0.25, 0.5, 2.0, 1.0])
        assert starts(of=empty).start(3, [best]).tolist() == best.tolist()


class TestNearest:
    def shares(self) -> Problem:
        """p + q + r = 1, p <= 0.5 by a row with a fixed column; s stands in a row of its own with a flow."""
        builder = Builder("shares", "max")
        x = builder.variables(
            "x", Index.of("c", ["p", "q", "r", "k", "s", "f"]), [0, 0, 0, 2, 0, 0], [1, 1, 1, 2, 1, 9]
        )
        one = builder.constraints("one", Index.of("r", ["one"]), 1.0, 1.0)
        builder.add_terms(one.ids[0], x.ids[:3], 1.0)
        most = builder.constraints("most", Index.of("r", ["most"]), -INF, 2.5)
        builder.add_terms(most.ids[0], x.ids[[0, 3]], [1.0, 1.0])
        flow = builder.constraints("flow", Index.of("r", ["flow"]), 3.0, 3.0)
        builder.add_terms(flow.ids[0], x.ids[[4, 5]], 1.0)
        return builder.build()

    def test_as_little_as_possible_is_moved_and_only_these_columns(self) -> None:
        nearest = Nearest(self.shares(), np.array([0, 1, 2, 4]))
        z = np.array([0.25, 0.25, 0.25, 2.0, 0.75, 1.0])
        moved = nearest.move(z)
        assert moved[:3].sum() == pytest.approx(1.0)
        assert np.abs(moved - z).sum() == pytest.approx(0.25)
        assert moved[3:].tolist() == z[3:].tolist()

    def test_rows_with_a_fixed_column_count_it_as_a_number(self) -> None:
        nearest = Nearest(self.shares(), np.array([0, 1, 2]))
        moved = nearest.move(np.array([1.0, 0.0, 0.0, 2.0, 0.0, 0.0]))
        assert moved[0] == pytest.approx(0.5)
        assert moved[:3].sum() == pytest.approx(1.0)

    def test_what_fits_stays_and_what_is_out_of_bounds_is_put_back(self) -> None:
        nearest = Nearest(self.shares(), np.array([0, 1, 2]))
        fits = np.array([0.5, 0.25, 0.25, 2.0, 9.0, -3.0])
        assert nearest.move(fits).tolist() == fits.tolist()
        assert nearest.move(np.array([-1.0, 2.0, 0.0, 2.0, 0.0, 0.0]))[:3].tolist() == [0.0, 1.0, 0.0]

    def test_where_nothing_can_be_met_nothing_is_moved(self) -> None:
        problem = self.shares()
        impossible = problem.with_(row_lower=[5.0, -INF, 3.0], row_upper=[5.0, 2.5, 3.0])
        z = np.array([0.25, 0.25, 0.25, 2.0, 0.75, 1.0])
        assert Nearest(impossible, np.array([0, 1, 2])).move(z) is z


class TestAlternate:
    @given(st.integers(0, 100))
    def test_the_merit_falls_from_round_to_round(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        problem = bilinear(random)
        lin, found = Linearised(problem), cover(problem)
        x = random.uniform(0.0, 2.0, problem.shape[1])

        def merit(x: FloatArray) -> float:
            sign = 1.0 if problem.sense == "min" else -1.0
            return sign * float(problem.objective @ x) + 1e3 * float(lin.violations(x).sum())

        before = merit(x)
        for rounds in (1, 2, 3):
            now = merit(alternate(lin, found, x, 1e3, Clock(), rounds))
            assert now <= before + 1e-6 * max(1.0, abs(before))
            before = now


class TestRelaxationStart:
    def test_it_is_the_best_point_of_the_relaxation(self) -> None:
        problem = haverly()
        limits = Ranges(np.zeros(7), np.array([300.0, 300.0, 100.0, 200.0, 100.0, 200.0, 3.0]))
        limits.lower[6] = 1.0
        found = relaxation_start(problem, limits, Clock())
        assert found is not None
        # Better than the optimum of the problem itself (400), and at most the published bound of this form.
        assert 400.0 <= float(problem.objective @ found) <= 1000.0
        assert found.shape == (7,)

    def test_none_where_the_ranges_hold_nothing_or_the_time_is_up(self) -> None:
        problem = haverly()
        crossed = Ranges(np.full(7, 2.0), np.full(7, 1.0))
        assert relaxation_start(problem, crossed, Clock()) is None
        high = Ranges(np.array([500.0, 0, 0, 0, 0, 0, 0]), np.full(7, 600.0))
        assert relaxation_start(problem, high, Clock()) is None


class TestDegrees:
    def plant(self, *, total: float = 0.0) -> Problem:
        """A pool of qualities 3 and 1 and a splitter: ``F = g + h``, ``q F = 3 a + b``, ``a + b = F + total``."""
        builder = Builder("pool", "max")
        x = builder.variables("x", Index.of("c", ["a", "b", "F", "g", "h", "q"]), 0.0, 9.0)
        a, b, flow, g, h, q = x.ids.tolist()
        rows = builder.constraints("row", Index.of("r", ["in", "out", "mix"]), [total, 0, 0], [total, 0, 0])
        builder.add_terms(rows.ids[0], [a, b, flow], [1.0, 1.0, -1.0])
        builder.add_terms(rows.ids[1], [g, h, flow], [1.0, 1.0, -1.0])
        builder.add_terms(rows.ids[2], [a, b], [3.0, 1.0])
        builder.add_products(rows.ids[2], q, flow, -1.0)
        return builder.build()

    def test_flows_grow_with_the_plant_and_qualities_do_not(self) -> None:
        assert intensive(self.plant()).tolist() == [False] * 5 + [True]
        found = sides(self.plant())
        assert (found.first.tolist(), found.second.tolist()) == ([5], [2])

    def test_a_constant_holds_the_flows_to_one_size(self) -> None:
        assert intensive(self.plant(total=4.0)).tolist() == [True] * 6

    def test_a_column_fixed_at_a_number_is_a_constant_too_and_one_at_zero_is_not(self) -> None:
        upper = np.full(6, 9.0)
        lower = np.zeros(6)
        lower[0] = upper[0] = 4.0
        fixed = self.plant().with_(column_lower=lower, column_upper=upper)
        assert intensive(fixed)[1]
        lower[0] = upper[0] = 0.0
        assert not intensive(self.plant().with_(column_lower=lower, column_upper=upper))[1]

    def test_limits_say_nothing(self) -> None:
        loose = self.plant().with_(row_upper=[0.0, 0.0, 5.0])
        assert intensive(loose).tolist() == [False] * 6

    def test_without_equations_nothing_is_told(self) -> None:
        assert not intensive(bilinear(np.random.default_rng(1))).any()
