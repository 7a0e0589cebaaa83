"""The rules of a descent, one by one: what is promised and gained decides on the step, the box and the price."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netback.program.local.live import Clock, Point
from netback.program.local.slp import LARGEST_PRICE, MET, Place, Search, Settings, Walk
from netback.program.problem import FloatArray

SETTINGS = Settings(
    radius=0.2, price=10.0, smallest_radius=0.01, largest_radius=0.5, gain=1e-6, corrections=2
)


class Scripted:
    """Stands for a search: hands out linear programs' points and the places they come to, and notes the steps."""

    def __init__(
        self, points: list[Point], places: list[Place | None], settings: Settings = SETTINGS
    ) -> None:
        self.settings, self.points, self.places = settings, points, places
        self.steps: list[tuple[float, float, bool]] = []

    def step(
        self, _x0: FloatArray, radius: float, price: float, _clock: Clock, moved: FloatArray | None = None
    ) -> Point:
        self.steps.append((radius, price, moved is not None))
        return self.points.pop(0) if len(self.points) > 1 else self.points[0]

    def trial(self, _point: Point, _price: float, _clock: Clock) -> Place | None:
        return self.places.pop(0) if len(self.places) > 1 else self.places[0]


def point(objective: float, slack: float = 0.0) -> Point:
    """One column, and one slack behind it."""
    return Point(True, np.array([1.0, slack]), None, objective)


def place(cost: float, miss: float = 0.0) -> Place:
    return Place(np.array([1.0]), cost, miss)


def walk_of(
    start: Place, points: list[Point], places: list[Place | None], settings: Settings = SETTINGS
) -> tuple[Walk, Scripted]:
    search: Any = Scripted(points, places, settings)
    return Walk(search, start, Clock()), search


class TestBox:
    @pytest.mark.parametrize(
        ("gained", "radius"),
        [(8.0, 0.4), (7.6, 0.4), (7.5, 0.2), (5.0, 0.2), (2.5, 0.2), (2.4, 0.1), (0.1, 0.1)],
    )
    def test_it_grows_where_a_step_keeps_its_promise_and_shrinks_where_not(
        self, gained: float, radius: float
    ) -> None:
        # From cost 0 the linear program promises a gain of 10.
        walk, _ = walk_of(place(0.0), [point(-10.0)], [place(-gained)])
        assert walk._go()
        assert walk._radius == pytest.approx(radius)
        assert walk._place.cost == -gained

    def test_it_grows_no_wider_than_it_may(self) -> None:
        walk, _ = walk_of(place(0.0), [point(-10.0)], [place(-10.0)])
        for expected in (0.4, 0.5, 0.5):
            walk._place = place(0.0)
            assert walk._go()
            assert walk._radius == pytest.approx(expected)

    @pytest.mark.parametrize("gained", [0.009, 0.0, -5.0])
    def test_a_step_that_brings_next_to_nothing_is_refused(self, gained: float) -> None:
        walk, _ = walk_of(place(0.0), [point(-10.0)], [place(-gained)])
        assert walk._go()
        assert walk._place.cost == 0.0
        assert walk._radius == pytest.approx(0.05)

    def test_a_step_that_brings_little_is_taken(self) -> None:
        walk, _ = walk_of(place(0.0), [point(-10.0)], [place(-0.011)])
        assert walk._go()
        assert walk._place.cost == -0.011

    def test_after_a_refusal_a_good_step_does_not_widen_it_the_next_one_does(self) -> None:
        walk, _ = walk_of(place(0.0), [point(-10.0)], [place(5.0), place(5.0), place(5.0), place(-10.0)])
        for _ in range(3):
            if not walk._was_refused:
                assert walk._go()
        assert walk._radius == pytest.approx(0.05)
        walk._search.places = [place(-10.0)]  # type: ignore[attr-defined]
        assert walk._go()
        assert walk._radius == pytest.approx(0.05)
        walk._place = place(0.0)
        assert walk._go()
        assert walk._radius == pytest.approx(0.1)

    def test_a_linear_program_without_a_point_makes_it_smaller(self) -> None:
        walk, _ = walk_of(place(0.0), [Point(False)], [None])
        assert walk._go()
        assert walk._radius == pytest.approx(0.05)
        assert walk._go()
        # Below the smallest with nothing missed: at rest.
        assert not walk._go()


class TestCorrections:
    def test_they_go_on_while_they_help_and_are_told_where_the_step_led(self) -> None:
        walk, search = walk_of(place(0.0), [point(-10.0)], [place(-4.0), place(-6.0), place(-7.0)])
        assert walk._go()
        assert walk._place.cost == -7.0
        assert [moved for *_, moved in search.steps] == [False, True, True]

    def test_the_first_that_does_not_help_is_the_last(self) -> None:
        walk, search = walk_of(place(0.0), [point(-10.0)], [place(-4.0), place(-4.0), place(-9.0)])
        assert walk._go()
        assert walk._place.cost == -4.0
        assert len(search.steps) == 2

    def test_a_step_that_keeps_nine_tenths_of_its_promise_needs_none(self) -> None:
        walk, search = walk_of(place(0.0), [point(-10.0)], [place(-9.1)])
        assert walk._go()
        assert len(search.steps) == 1
        less, again = walk_of(place(0.0), [point(-10.0)], [place(-8.9), place(-9.5)])
        assert less._go()
        assert less._place.cost == -9.5
        assert len(again.steps) == 2

    def test_a_step_without_a_place_is_refused(self) -> None:
        walk, _ = walk_of(place(0.0), [point(-10.0)], [None])
        assert walk._go()
        assert walk._radius == pytest.approx(0.05)


class TestPrice:
    def test_where_nothing_is_promised_and_nothing_missed_it_rests(self) -> None:
        walk, _ = walk_of(place(0.0), [point(0.0)], [place(0.0)])
        assert not walk._go()
        assert walk._price == 10.0

    def test_where_something_is_missed_more_is_asked_for_it_and_the_box_opens_again(self) -> None:
        # Merit 10 x 2 = 20, and no more is promised.
        walk, _ = walk_of(place(0.0, 2.0), [point(20.0, 2.0)], [place(0.0, 2.0)])
        walk._radius = 0.02
        assert walk._go()
        assert walk._price == 100.0
        assert walk._radius == pytest.approx(0.05)
        walk._radius = 0.4
        walk._search.points = [point(200.0, 2.0)]  # type: ignore[attr-defined]
        assert walk._go()
        assert walk._radius == 0.4

    def test_there_is_an_end_to_it(self) -> None:
        walk, _ = walk_of(place(0.0, 2.0), [point(2.0 * LARGEST_PRICE, 2.0)], [place(0.0, 2.0)])
        walk._price = LARGEST_PRICE
        assert not walk._go()

    def test_a_miss_within_rounding_is_none(self) -> None:
        walk, _ = walk_of(place(0.0, MET), [point(10.0 * MET, MET)], [place(0.0, MET)])
        assert not walk._go()

    @pytest.mark.parametrize(
        ("slack", "cost", "raised"),
        [
            (1.95, -5.0, True),  # nearly all of the miss stands, and cost gains 5 against 0.5
            (1.95, -0.4, False),  # most of what is gained is miss
            (1.5, -50.0, False),  # a quarter of the miss goes
        ],
    )
    def test_a_step_that_leaves_the_miss_for_the_cost_shows_that_it_is_too_low(
        self, slack: float, cost: float, raised: bool
    ) -> None:
        walk, _ = walk_of(place(0.0, 2.0), [point(cost + 10.0 * slack, slack)], [place(cost, slack)])
        assert walk._go()
        assert walk._price == (100.0 if raised else 10.0)
        assert (walk._place.cost == 0.0) is raised


class TestTrial:
    """Which place a step's point comes to, with and without projection."""

    def trial(self, plain: Place | None, exact: Place | None, *, project: bool) -> Place | None:
        search = object.__new__(Search)
        search.settings = Settings(project=project)
        search.place = lambda _: plain  # type: ignore[method-assign]
        search.exact = lambda *_: exact  # type: ignore[method-assign]
        return search.trial(point(0.0), 10.0, Clock())

    def test_the_projected_place_counts_only_where_it_is_better(self) -> None:
        plain, better, worse = place(0.0, 1.0), place(5.0), place(15.0)
        assert self.trial(plain, better, project=True) is better
        assert self.trial(plain, worse, project=True) is plain
        assert self.trial(plain, place(10.0), project=True) is plain
        assert self.trial(plain, None, project=True) is plain
        assert self.trial(plain, better, project=False) is plain
        assert self.trial(None, better, project=True) is None
