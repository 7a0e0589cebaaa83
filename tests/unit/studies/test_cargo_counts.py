"""How many cargoes paid: against every way to spread so many ships over the months, and what the sentence says."""

from __future__ import annotations

import itertools
import math

import pytest

from lifting_cases import NAMES, plant, wheat, with_ships
from netback.case.case import Case
from netback.cli.lifting_tables import counts_text
from netback.errors import NetbackError
from netback.studies.cargo_counts import CargoCount, CargoCounts, cargo_counts
from netback.studies.lift_tables import count_table
from netback.studies.lifting import lifting
from tiny import margin


def counted(case: Case) -> CargoCounts:
    """The answer, in this process."""
    found = cargo_counts(case, lifting(case, "black", jobs=1), jobs=1)
    assert found is not None
    return found


def by_force(case: Case, cargoes: int) -> float | None:
    """Best margin over all ways to load so many ships, one a month at most; None where none is possible."""
    found = []
    for months in itertools.combinations(NAMES, cargoes):
        held = case
        for name in NAMES:
            held = with_ships(held, name, int(name in months))
        try:
            found.append(margin(held))
        except NetbackError:
            continue
    return max(found, default=None)


@pytest.mark.parametrize("seed", range(4))
def test_every_number_against_brute_force(seed: int) -> None:
    case = wheat(seed)
    found = counted(case)
    for one in found.counts:
        assert one.margin == pytest.approx(by_force(case, one.cargoes), abs=1e-3)
        assert one.bound >= one.margin
    best = max(found.counts, key=lambda one: one.margin)
    assert found.planned == best.cargoes
    assert found.counts[-1].cargoes == min(3, found.planned + 2)


def test_gains_add_up_to_the_margins() -> None:
    found = counted(wheat(3))
    for before, one in itertools.pairwise(found.counts):
        assert one.gain == pytest.approx(one.margin - before.margin)
        assert one.gain_low <= one.gain <= one.gain_high
    assert math.isnan(found.counts[0].gain)


def test_what_must_load_is_not_counted() -> None:
    found = counted(wheat(4, ships={"2023-05": (1, 1)}))
    # Two months are left to choose.
    assert [one.cargoes for one in found.counts] == [0, 1, 2]


def test_offers_without_ships_have_no_cargoes() -> None:
    case = plant(45.0)
    assert cargo_counts(case, lifting(case, "crude", jobs=1), jobs=1) is None


def test_the_table_marks_the_best_plan() -> None:
    case = wheat(2)
    found = counted(case)
    table = count_table(case, found)
    assert table.where(best="yes").column("cargoes") == [found.planned]
    assert table.column("margin") == [one.margin for one in found.counts]
    assert table.column("gain")[0] is None


@pytest.mark.parametrize(
    ("planned", "gain_high", "told"),
    [
        (
            1,
            -2.0,
            "lifts 1 cargo (60 t) beyond what must load. One more loses 3.00 USD: there the answer turns.",
        ),
        (1, 1.0, "Whether one more pays is within the gap of the proof."),
        (2, -2.0, "lifts 2 cargoes (120 t) beyond what must load. No plan has one more."),
        (0, -2.0, "lifts none beyond what must load."),
    ],
)
def test_the_sentence(planned: int, gain_high: float, told: str) -> None:
    counts = tuple(CargoCount(n, 60.0 * n, 100.0, 100.0, -3.0, -4.0, gain_high) for n in range(3))
    assert told in counts_text(wheat(), CargoCounts(counts, planned, "t"))


def test_a_large_margin_is_told_in_millions() -> None:
    counts = tuple(CargoCount(n, 6e4 * n, 2e8, 2e8, -3e6, -4e6, -1e6) for n in range(3))
    assert "One more loses 3.00 million USD" in counts_text(wheat(), CargoCounts(counts, 1, "t"))
