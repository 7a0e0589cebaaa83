"""Sums of cuts never claim more than the cuts themselves, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program.decomposition.cuts import Cut, Others, summed

WILD = st.floats(-1e9, 1e9, allow_nan=False)


def exact(cuts: list[Cut], x: list[float]) -> Fraction:
    total = Fraction(0)
    for cut in cuts:
        total += Fraction(cut.constant)
        total += sum(
            (Fraction(a) * Fraction(b) for a, b in zip(cut.slope.tolist(), x, strict=True)), Fraction(0)
        )
    return total


@st.composite
def cuts_and_box(draw: st.DrawFn) -> tuple[list[Cut], np.ndarray, np.ndarray, list[float]]:
    width = draw(st.integers(1, 4))
    count = draw(st.integers(2, 6))
    cuts = [Cut(draw(WILD), np.array([draw(WILD) for _ in range(width)])) for _ in range(count)]
    # Adding zero turns -0.0 into 0.0, which hypothesis takes for an empty range below 0.0.
    ends = [sorted(draw(st.floats(-1e4, 1e4)) + 0.0 for _ in range(2)) for _ in range(width)]
    lower, upper = np.array([low for low, _ in ends]), np.array([high for _, high in ends])
    x = [draw(st.floats(low, high)) for low, high in ends]
    return cuts, lower, upper, x


@given(cuts_and_box())
@settings(max_examples=60, deadline=None)
def test_a_sum_is_never_above_its_parts(case: tuple[list[Cut], np.ndarray, np.ndarray, list[float]]) -> None:
    cuts, lower, upper, x = case
    total = summed(cuts, lower, upper)
    assert exact([total], x) <= exact(cuts, x)
    size = sum(
        abs(cut.constant) + float(np.abs(cut.slope) @ np.maximum(abs(lower), abs(upper))) for cut in cuts
    )
    assert float(exact(cuts, x) - exact([total], x)) <= 1e-12 * size + 1e-300


@given(cuts_and_box())
@settings(max_examples=60, deadline=None)
def test_all_but_one_are_never_above_the_others(
    case: tuple[list[Cut], np.ndarray, np.ndarray, list[float]],
) -> None:
    cuts, lower, upper, x = case
    others = Others(cuts, lower, upper)
    for number in range(len(cuts)):
        rest = [cut for at, cut in enumerate(cuts) if at != number]
        assert exact([others.without(number)], x) <= exact(rest, x)


def test_one_cut_stays_as_it_is() -> None:
    cut = Cut(1.5, np.array([2.0, -1.0]))
    assert summed([cut], np.zeros(2), np.ones(2)) is cut
    assert cut.at(np.array([1.0, 1.0])) == 2.5
