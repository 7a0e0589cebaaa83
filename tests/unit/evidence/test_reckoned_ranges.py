"""Ranges of calculations against sampling: none is too narrow, nor much too wide where a fact is used twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.evidence.intervals import Interval
from netback.evidence.readings import _PIECES, Reading
from netback.evidence.values import Quantity
from netback.evidence.verdicts import verify
from small_register import claim, register

Law = Callable[[Any, Any], Any]
LAWS: dict[str, Law] = {
    "A-01 + B-01": lambda a, b: a + b,
    "A-01 * B-01": lambda a, b: a * b,
    "A-01 / B-01": lambda a, b: a / b,
    "A-01 - A-01": lambda a, b: 0.0 * (a + b),
    "A-01 * (10 - A-01)": lambda a, b: a * (10.0 - a) + 0.0 * b,
    "A-01 / (A-01 + B-01)": lambda a, b: a / (a + b),
    "(A-01 + B-01) * (A-01 - B-01)": lambda a, b: (a + b) * (a - b),
    "B-01 * A-01 - A-01 * B-01": lambda a, b: 0.0 * a * b,
}
ends = st.tuples(st.floats(0.5, 20.0), st.floats(0.0, 5.0)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def reckoned(
    expression: str, a: tuple[float, float], b: tuple[float, float], claimed: float = 1.0
) -> Reading:
    """The reading of a calculation on two facts that are known within their ends."""
    facts = [
        claim(name, quantity="multiple", low=low, high=high)
        for name, (low, high) in (("A-01", a), ("B-01", b))
    ]
    rows = [claim("T-01", claimed, quantity="multiple"), *facts]
    (verdict,) = verify(register(rows, [{"claim": "T-01", "expression": expression}]), "T-01")
    (reading,) = verdict.readings
    assert reading.missing == ""
    return reading


def range_of(reading: Reading) -> Interval:
    assert isinstance(reading.result, Quantity)
    return reading.result.range


@pytest.mark.parametrize("expression", LAWS)
@settings(max_examples=8)
@given(a=ends, b=ends)
def test_a_range_holds_every_value_that_the_facts_allow(
    expression: str, a: tuple[float, float], b: tuple[float, float]
) -> None:
    found = range_of(reckoned(expression, a, b))
    first, second = np.meshgrid(np.linspace(*a, 41), np.linspace(*b, 41))
    true = LAWS[expression](first, second)
    room = 1e-9 * max(1.0, float(np.abs(true).max()))
    assert found.low <= float(true.min()) + room
    assert found.high >= float(true.max()) - room


@pytest.mark.parametrize("expression", ["A-01 + B-01", "A-01 * B-01", "A-01 / B-01"])
@settings(max_examples=8)
@given(a=ends, b=ends)
def test_facts_that_are_used_once_give_the_very_ends(
    expression: str, a: tuple[float, float], b: tuple[float, float]
) -> None:
    found = range_of(reckoned(expression, a, b))
    corners = [LAWS[expression](x, y) for x in a for y in b]
    assert (found.low, found.high) == (pytest.approx(min(corners)), pytest.approx(max(corners)))


@settings(max_examples=15)
@given(a=ends, b=ends)
def test_a_fact_less_itself_is_nothing_but_the_width_of_a_piece(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    piece = (a[1] - a[0]) / _PIECES
    found = range_of(reckoned("A-01 - A-01", a, b))
    assert found.low == pytest.approx(-piece, abs=1e-9)
    assert found.high == pytest.approx(piece, abs=1e-9)


@pytest.mark.parametrize(
    "expression", ["A-01 * (10 - A-01)", "A-01 / (A-01 + B-01)", "(A-01 + B-01) * (A-01 - B-01)"]
)
def test_pieces_come_near_to_what_sampling_finds(expression: str) -> None:
    a, b = (2.0, 7.0), (1.0, 3.0)
    found = range_of(reckoned(expression, a, b))
    first, second = np.meshgrid(np.linspace(*a, 401), np.linspace(*b, 401))
    true = LAWS[expression](first, second)
    width = float(true.max() - true.min())
    assert width <= found.width <= 1.25 * width


@settings(max_examples=15)
@given(a=ends, b=ends, part=st.floats(0.0, 1.0))
def test_a_wider_fact_gives_no_narrower_range(
    a: tuple[float, float], b: tuple[float, float], part: float
) -> None:
    inner = (a[0] + 0.5 * part * (a[1] - a[0]), a[1] - 0.5 * part * (a[1] - a[0]))
    for expression in ("A-01 * B-01", "A-01 / B-01"):
        narrow, wide = (range_of(reckoned(expression, one, b)) for one in (inner, a))
        assert wide.low <= narrow.low + 1e-9
        assert wide.high >= narrow.high - 1e-9


@pytest.mark.parametrize(
    ("expression", "a", "b", "key"),
    [
        ("A-01 * B-01", (9.0, 11.0), (4.9, 5.1), "A-01"),  # 10 against 2
        ("A-01 * B-01", (9.9, 10.1), (4.0, 6.0), "B-01"),  # 1 against 20
        ("A-01 + B-01", (1.0, 2.0), (1.0, 4.0), "B-01"),
        ("A-01 / B-01", (1.0, 1.1), (1.0, 5.0), "B-01"),
    ],
)
def test_the_fact_that_decides_is_the_one_whose_ends_move_the_answer_most(
    expression: str, a: tuple[float, float], b: tuple[float, float], key: str
) -> None:
    deciding = reckoned(expression, a, b).deciding
    assert deciding is not None
    assert deciding.leaf.key == key
    middle = {"A-01": 0.5 * sum(a), "B-01": 0.5 * sum(b)}
    law = LAWS[expression]
    moved = [law(**{**_named(middle), **_named({key: end})}) for end in {"A-01": a, "B-01": b}[key]]
    assert deciding.swing == pytest.approx(abs(moved[1] - moved[0]))


def _named(values: dict[str, float]) -> dict[str, float]:
    return {name[0].lower(): value for name, value in values.items()}


@pytest.mark.parametrize("claimed", [8.0, 12.0, 100.0])
def test_where_the_fact_that_decides_turns_the_answer(claimed: float) -> None:
    """The product with the other fact at its middle meets the claim, give or take its rounding, at that value."""
    deciding = reckoned("A-01 * B-01", (1.0, 3.0), (4.9, 5.1), claimed).deciding
    assert deciding is not None
    assert deciding.flip is not None
    assert 5.0 * deciding.flip.range.middle == pytest.approx(claimed, rel=0.15)
