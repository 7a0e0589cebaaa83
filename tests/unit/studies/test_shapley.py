"""Shapley values: by hand, additive, symmetric; drawn orders add up as well; cents add up."""

from __future__ import annotations

import numpy as np
import pytest

from netback.studies import shapley as module
from netback.studies.shapley import in_cents, ranges, sets_of, shapley


def gloves(chosen: int) -> float:
    """One left glove (0) and two right ones (1, 2): a pair is worth 1."""
    return float(bool(chosen & 1) and bool(chosen >> 1))


def test_the_glove_game() -> None:
    sets = sets_of(3)
    assert sets.wanted == tuple(range(8))
    amounts, errors = shapley(sets, {s: np.array([gloves(s)]) for s in sets.wanted})
    assert amounts[:, 0] == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    assert not errors.any()
    assert ranges(sets, {s: gloves(s) for s in sets.wanted}).tolist() == [[0.0, 1.0]] * 3


def test_accounts_add_up_in_both_directions() -> None:
    sets = sets_of(4)
    random = np.random.default_rng(1)
    worth = {s: random.normal(size=5) for s in sets.wanted}
    amounts, _ = shapley(sets, worth)
    assert amounts.sum(axis=0) == pytest.approx(worth[15] - worth[0])
    total, _ = shapley(sets, {s: found.sum(keepdims=True) for s, found in worth.items()})
    assert total[:, 0] == pytest.approx(amounts.sum(axis=1))


def test_an_additive_worth_gives_every_change_its_own_and_one_that_adds_nothing_nothing() -> None:
    sets = sets_of(3)
    own = np.array([5.0, 0.0, -2.0])
    worth = {s: np.array([sum(own[k] for k in range(3) if s >> k & 1)]) for s in sets.wanted}
    amounts, _ = shapley(sets, worth)
    assert amounts[:, 0] == pytest.approx(own)
    spread = ranges(sets, {s: float(found[0]) for s, found in worth.items()})
    assert spread == pytest.approx(np.column_stack([own, own]))


def test_no_change_at_all() -> None:
    sets = sets_of(0)
    amounts, errors = shapley(sets, {0: np.array([3.0])})
    assert sets.wanted == (0,)
    assert amounts.shape == errors.shape == (0, 1)
    assert ranges(sets, {0: 3.0}).shape == (0, 2)


def test_drawn_orders_add_up_and_are_near(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    values = {s: random.normal(size=2) for s in range(2**5)}
    exact, _ = shapley(sets_of(5), values)
    monkeypatch.setattr(module, "EXACT", 4)
    monkeypatch.setattr(module, "ORDERS", 400)
    sets = sets_of(5, seed=7)
    assert not sets.exact
    amounts, errors = shapley(sets, {s: values[s] for s in sets.wanted})
    assert amounts.sum(axis=0) == pytest.approx(values[31] - values[0])
    assert np.all(np.abs(amounts - exact) <= 4.0 * errors + 1e-12)
    assert sets == sets_of(5, seed=7)
    drawn = ranges(sets, {s: float(values[s][0]) for s in sets.wanted})
    assert np.all(drawn[:, 0] <= amounts[:, 0])
    assert np.all(amounts[:, 0] <= drawn[:, 1])


@pytest.mark.parametrize("seed", range(20))
def test_cents_add_up_to_the_rounded_difference(seed: int) -> None:
    random = np.random.default_rng(seed)
    start, amounts = float(random.uniform(50, 100)), random.normal(scale=3.0, size=9).tolist()
    found = in_cents(start, amounts)
    assert round(round(start, 2) + sum(found), 2) == round(float(np.round(start + sum(amounts), 2)), 2)
    assert all(abs(cents - amount) <= 0.01 + 1e-9 for cents, amount in zip(found, amounts, strict=True))
