"""What must hold of splits, swaps and pairs, on random small plants."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from netback.case.case import Case
from netback.errors import DataError
from netback.studies.evaluate_tables import steps
from netback.studies.pairs import pairs
from netback.studies.shapley import in_cents
from netback.studies.slate import Slate, bought, per_uom
from netback.studies.split import Split, split
from netback.studies.swap import base_of, on_top, swap
from netback.studies.value import curve
from properties.random_plants import Plant, plants
from tiny import margin

SOME = settings(max_examples=6)
#: Money agrees to the tolerance of the solver [currency per barrel].
CLOSE: dict[str, Any] = {"rel": 1e-6, "abs": 1e-5}
CRUDES = ("c0", "c1")
BARRELS = 40.0


def case_of(plant: Plant) -> Case:
    """The plant with its crudes told as such and none of them in stock; two at least."""
    offered = dict.fromkeys(row["stream"] for row in plant.tables["offers"])
    assume(len(offered) >= 2)
    stocks = [row for row in plant.tables["opening_stocks"] if row["stream"] not in offered]
    tanks = [row for row in plant.tables["inventories"] if row["stream"] not in offered]
    streams = [*plant.tables["streams"], *({"stream": name, "kind": "crude"} for name in offered)]
    return plant.case(opening_stocks=stocks, inventories=tanks, streams=streams)


def fits(case: Case, barrels: float = BARRELS) -> None:
    """Keep plants that can take that much of either crude."""
    model = base_of(case).plan.model
    for crude in CRUDES:
        most = Slate(model, [crude]).most(crude, {})
        assume(most is not None and most * per_uom(model, crude)[1] > 1.2 * barrels)


def split_of(case: Case) -> Split:
    """The split of a plant that takes each crude; one that takes too little of a crude in between is left out."""
    try:
        return split(case, *CRUDES, BARRELS, jobs=1)
    except DataError as error:
        if not all("cannot take" in finding.what for finding in error.findings):
            raise
        reject()


@SOME
@given(plants(2))
def test_splits_add_up(plant: Plant) -> None:
    case = case_of(plant)
    fits(case)
    there = split_of(case)
    difference = there.worth_crude - there.worth_reference
    assert sum(bar.amount for bar in there.bars) == pytest.approx(difference, **CLOSE)
    told = [amount for *_, amount in steps(there)]
    assert sum(told) == pytest.approx(there.break_even - there.break_even_reference, **CLOSE)
    cents = in_cents(there.break_even_reference, told)
    assert round(round(there.break_even_reference, 2) + sum(cents), 2) == pytest.approx(
        there.break_even, abs=0.00501
    )
    for bar in there.bars:
        assert sum(bar.accounts) == pytest.approx(bar.amount, **CLOSE)
        assert bar.least - 1e-9 <= bar.amount <= bar.greatest + 1e-9


@SOME
@given(plants(2))
def test_the_crude_of_a_split_is_worth_what_its_curve_says(plant: Plant) -> None:
    case = case_of(plant)
    fits(case)
    found = split_of(case)
    drawn = curve(case, "c0")
    volume = BARRELS / drawn.per_volume
    (point,) = [p for p in curve(case, "c0", [volume]).points if p.volume == pytest.approx(volume, rel=1e-9)]
    assert found.worth_crude == pytest.approx(point.average, **CLOSE)
    assert found.break_even == pytest.approx(drawn.on_basis(point.average), **CLOSE)


@SOME
@given(plants(2))
def test_pairs_are_symmetric_and_linear_plants_never_lose_by_blending(plant: Plant) -> None:
    case = case_of(plant)
    one, other = (pairs(case, names, BARRELS) for names in (CRUDES, CRUDES[::-1]))
    for key, value in one.synergy.items():
        assert (value is None) == (other.synergy[key] is None)
        assert value is None or value == pytest.approx(other.synergy[key], **CLOSE)
        assert key[0] != key[1] or value is None or value <= 1e-5
    for blending in one.blending.values():
        assert blending is None or blending >= -1e-5


@SOME
@given(plants(1), st.booleans())
def test_a_swap_is_the_difference_of_two_plans(plant: Plant, held: bool) -> None:
    case = case_of(plant)
    base = base_of(case)
    model = base.plan.model
    assume(base.bought["c1"] * per_uom(model, "c1")[1] > 1.0)
    found = swap(base, *CRUDES, BARRELS, held)
    assume(found.difference is not None and found.barrels > 1.0)
    bought_after = {
        "c0": base.bought["c0"] + found.barrels / per_uom(model, "c0")[1],
        "c1": base.bought["c1"] - found.barrels / per_uom(model, "c1")[1],
    }
    if held:
        bought_after |= {name: amount for name, amount in base.bought.items() if name not in CRUDES}
    after = margin(_forced(case, bought_after))
    before = margin(case)
    assert found.gain is not None
    assert found.gain * found.barrels == pytest.approx(after - before, rel=1e-5, abs=1e-2)


def _forced(case: Case, volumes: dict[str, float]) -> Case:
    """The case with what is bought of some crudes forced, to a hair [t]."""
    records = [
        row.with_(min=max(0.0, volumes[row["stream"]] - 1e-7), max=volumes[row["stream"]] + 1e-7, uom="t")
        if row["stream"] in volumes
        else row
        for row in case["offers"].records
    ]
    return case.with_table("offers", records)


@SOME
@given(plants(2))
def test_a_free_slate_is_worth_no_less_than_one_that_is_held(plant: Plant) -> None:
    case = case_of(plant)
    base = base_of(case)
    assert bought(base.plan.model, base.x) == base.bought
    held, free = (on_top(base, "c0", BARRELS, one) for one in (True, False))
    assert free.most >= held.most - 1e-5
    # Without its price a crude may be bought in other periods than planned; only a free slate can then answer, and
    # does so before a barrel is added. What both add to is the same plan, or their worths do not compare.
    slate, planned = Slate(base.plan.model, ["c0"]), {"c0": base.bought.get("c0", 0.0)}
    before = [slate.loaded(planned, others) for others in (base.x, None)]
    assume(before[0] is not None and before[1] is not None)
    assume(before[0].value == pytest.approx(before[1].value, rel=1e-9, abs=1e-6))  # type: ignore[union-attr]
    if held.average is not None and free.barrels == pytest.approx(held.barrels):
        assert free.average is not None
        assert free.average >= held.average - 1e-5
    if held.first is not None and free.first is not None:
        assert free.first >= held.first - 1e-4


@SOME
@given(plants(2))
def test_worth_falls_with_volume(plant: Plant) -> None:
    case = case_of(plant)
    base = base_of(case)
    little, much = (on_top(base, "c0", barrels, False) for barrels in (10.0, 60.0))
    assume(little.average is not None and much.average is not None)
    assert much.average <= little.average + 1e-5  # type: ignore[operator]
    if little.first is not None:
        assert little.average <= little.first + 1e-4  # type: ignore[operator]
