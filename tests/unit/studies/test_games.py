"""Shares of a difference in any game, and samples of any triangle: laws, and other people's code."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import triang

from netback.studies.rank import APART, TIE, _places, _surely_above
from netback.studies.sampling import latin_parts, triangle
from netback.studies.shapley import in_cents, ranges, sets_of, shapley

amounts = st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: round(v, 3))


@st.composite
def games(draw: st.DrawFn) -> tuple[int, dict[int, np.ndarray]]:
    """A worth in two accounts for every set of up to five changes."""
    count = draw(st.integers(1, 5))
    table = draw(arrays.arrays(np.float64, (2**count, 2), elements=amounts))
    return count, dict(enumerate(table))


def brute(count: int, worth: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean, least and greatest of what each change adds over all orders."""
    gains = []
    for order in itertools.permutations(range(count)):
        row, chosen = np.zeros((count, 2)), 0
        for k in order:
            row[k] = worth[chosen | 1 << k] - worth[chosen]
            chosen |= 1 << k
        gains.append(row)
    made = np.array(gains)
    return made.mean(axis=0), np.column_stack([made[:, :, 0].min(axis=0), made[:, :, 0].max(axis=0)])


@settings(max_examples=40)
@given(games())
def test_a_share_is_the_mean_over_all_orders_and_lies_within_them(
    game: tuple[int, dict[int, np.ndarray]],
) -> None:
    count, worth = game
    sets = sets_of(count)
    found, errors = shapley(sets, worth)
    mean, ends = brute(count, worth)
    assert found == pytest.approx(mean, abs=1e-6)
    assert not errors.any()
    assert ranges(sets, {s: float(v[0]) for s, v in worth.items()}) == pytest.approx(ends, abs=1e-6)
    assert found.sum(axis=0) == pytest.approx(worth[2**count - 1] - worth[0], abs=1e-5)


@settings(max_examples=25)
@given(games(), st.permutations(range(5)))
def test_names_do_not_matter(game: tuple[int, dict[int, np.ndarray]], order: list[int]) -> None:
    """Changes told in another order have the same shares."""
    count, worth = game
    renamed = [k for k in order if k < count]
    other = {sum(1 << renamed[k] for k in range(count) if s >> k & 1): value for s, value in worth.items()}
    found, again = (shapley(sets_of(count), one)[0] for one in (worth, other))
    for k in range(count):
        assert again[renamed[k]] == pytest.approx(found[k], abs=1e-5)


@settings(max_examples=25)
@given(games())
def test_shares_turn_with_the_direction(game: tuple[int, dict[int, np.ndarray]]) -> None:
    """From the second case back to the first every share is the same with the other sign."""
    count, worth = game
    whole = 2**count - 1
    back = {whole ^ s: value for s, value in worth.items()}
    forth, again = (shapley(sets_of(count), one)[0] for one in (worth, back))
    assert again == pytest.approx(-forth, abs=1e-5)


@settings(max_examples=25)
@given(games())
def test_a_change_that_adds_nothing_has_no_share_and_alters_no_other(
    game: tuple[int, dict[int, np.ndarray]],
) -> None:
    count, worth = game
    wider = {s | extra << count: value for s, value in worth.items() for extra in (0, 1)}
    found = shapley(sets_of(count + 1), wider)[0]
    assert found[count] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert found[:count] == pytest.approx(shapley(sets_of(count), worth)[0], abs=1e-5)


@pytest.mark.parametrize(("count", "words"), [(3, "all 8 combinations of 3"), (10, "32 orders of 10")])
def test_the_method_is_told_with_what_it_took(count: int, words: str) -> None:
    sets = sets_of(count)
    assert words in sets.method
    assert f"{len(sets.wanted)} " in sets.method
    assert sets.exact == (count == 3)
    if not sets.exact:
        assert len(sets.orders) == 32
        # Every second order is the reverse of the one before, and nothing beside what they need is solved.
        assert all(a == b[::-1] for a, b in zip(sets.orders[::2], sets.orders[1::2], strict=True))
        needed = {sum(1 << k for k in order[:n]) for order in sets.orders for n in range(count + 1)}
        assert set(sets.wanted) == needed
        assert len(sets.wanted) == len(needed)


def test_drawn_orders_give_an_additive_game_exactly() -> None:
    """What each change adds by itself is known from one order alone: no error is left."""
    own = np.array([3.0, -1.0, 4.0, -1.0, 5.0, -9.0, 2.0, -6.0, 5.0, 3.0, 5.0])
    sets = sets_of(len(own), seed=3)
    worth = {s: np.array([sum(own[k] for k in range(len(own)) if s >> k & 1)]) for s in sets.wanted}
    found, errors = shapley(sets, worth)
    assert found[:, 0] == pytest.approx(own)
    assert errors == pytest.approx(np.zeros((len(own), 1)), abs=1e-9)
    assert ranges(sets, {s: float(v[0]) for s, v in worth.items()}) == pytest.approx(
        np.column_stack([own, own])
    )


@given(amounts, st.lists(amounts, max_size=12))
def test_cents_add_up_to_the_rounded_ends(start: float, steps: list[float]) -> None:
    found = in_cents(start, steps)
    assert len(found) == len(steps)
    end = float(np.round(np.cumsum([start, *steps])[-1], 2))
    assert round(float(np.round(start, 2)), 2) + math.fsum(found) == pytest.approx(end, abs=5e-3)
    assert all(abs(cents - step) <= 0.0101 for cents, step in zip(found, steps, strict=True))


# --- samples -------------------------------------------------------------------------------------


part = st.floats(0.0, 1.0)


@settings(max_examples=40)
@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), part, st.lists(part, min_size=1, max_size=9))
def test_a_triangle_is_that_of_the_statisticians(
    low: float, width: float, at: float, parts: list[float]
) -> None:
    high, peak = low + width, low + at * width
    found = triangle(np.array(parts), np.array(low), np.array(peak), np.array(high))
    expected = triang.ppf(parts, at, loc=low, scale=width)
    assert found == pytest.approx(expected, abs=1e-6 * (width + abs(low)))
    room = 1e-9 * max(abs(low), abs(high))
    assert ((found >= low - room) & (found <= high + room)).all()


@settings(max_examples=25)
@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 5))
def test_every_part_of_every_range_is_drawn_once(dimensions: int, count: int, seed: int) -> None:
    parts = latin_parts(dimensions, count, seed)
    assert parts.shape == (count, dimensions)
    for column in parts.T:
        assert sorted(np.floor(column * count).astype(int).tolist()) == list(range(count))
    assert (parts == latin_parts(dimensions, count, seed)).all()
    assert count < 4 or not (parts == latin_parts(dimensions, count, seed + 1)).all()


# --- places --------------------------------------------------------------------------------------


@st.composite
def rankings(draw: st.DrawFn) -> list[tuple[np.ndarray, float]]:
    """Worths of up to six crudes over some samples, in falling order of the worth as stated, with their gaps."""
    count = draw(st.integers(0, 8))
    made = [
        (
            draw(arrays.arrays(np.float64, 1 + count, elements=st.integers(60, 70).map(float))),
            draw(st.sampled_from([0.0, 0.0, 0.4])),
        )
        for _ in range(draw(st.integers(1, 6)))
    ]
    return sorted(made, key=lambda one: -one[0][0])


@given(rankings())
def test_a_place_is_shared_by_those_that_its_first_is_not_surely_above(
    worth: list[tuple[np.ndarray, float]],
) -> None:
    places = _places(worth)
    assert places[0] == 1
    assert places == sorted(places)
    for at, place in enumerate(places):
        assert place <= at + 1
        leader = worth[place - 1]
        if place == at + 1:
            assert at == 0 or _surely_above(worth[places[at - 1] - 1], worth[at])
        else:
            assert not _surely_above(leader, worth[at])


@given(rankings())
def test_surely_above_is_more_than_the_gaps_and_in_nearly_all_samples(
    worth: list[tuple[np.ndarray, float]],
) -> None:
    for (one, reach), (other, depth) in itertools.product(worth, repeat=2):
        sure = _surely_above((one, reach), (other, depth))
        ahead = sum(a > b for a, b in zip(one[1:], other[1:], strict=True))
        enough = len(one) == 1 or ahead >= APART * (len(one) - 1)
        assert sure == (one[0] - other[0] > max(TIE, reach + depth) and enough)
        if sure:
            assert not _surely_above((other, depth), (one, reach))


def test_samples_without_a_plan_do_not_count() -> None:
    above, below = np.array([70.0, 71.0, math.nan, 72.0]), np.array([60.0, 61.0, 99.0, math.nan])
    assert _surely_above((above, 0.0), (below, 0.0))
    assert _surely_above((np.array([70.0, math.nan]), 0.0), (np.array([60.0, 99.0]), 0.0))
    assert not _surely_above((np.array([70.0, 50.0]), 0.0), (np.array([60.0, 99.0]), 0.0))
