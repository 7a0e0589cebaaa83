"""Cargoes on top, in place of others and in pairs: against every combination of ships, planned one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pytest

from lifting_cases import MONTHS
from netback.case.case import Case
from netback.errors import DataError, ModelError
from netback.planning.solve import plan
from netback.studies.asked import Asked
from netback.studies.cargo_slate import CargoSlate
from netback.studies.cargo_swap import CargoEvaluation, cargo_evaluation
from netback.studies.lifting import best_plan, solved
from tiny import findings, rows, tiny

#: Cargo and month of every ship that may load, at most one each.
SLOTS = tuple(itertools.product(("rye_ship", "oat_ship"), ("2023-04", "2023-05")))
GAP = 1e-9


def mill(seed: int = 5) -> Case:
    """Rye and oats by ships of 40 to 60 t in two months, local rye too, milled into flour that sells in two tiers."""
    random = np.random.default_rng(seed)
    price = random.uniform(8.0, 12.0, 4)
    return tiny(
        periods=MONTHS[:2],
        streams=[{"stream": s, "kind": "crude"} for s in ("rye", "oats", "local")] + [{"stream": "flour"}],
        offers=rows(
            "offer stream period price price_basis max",
            f"rye rye 2023-04 {price[0]:.3f} fob .",
            f"rye rye 2023-05 {price[1]:.3f} fob .",
            f"oats oats 2023-04 {price[2]:.3f} fob .",
            f"oats oats 2023-05 {price[3]:.3f} fob .",
            "farm local . 14 delivered 15",
        ),
        cargoes=rows(
            "cargo offer min_ships max_ships min_lot max_lot days",
            "rye_ship rye 0 1 40 60 3",
            "oat_ship oats 0 1 40 60 3",
        ),
        cargo_costs=rows(
            "cargo item cost per cost_uom",
            "rye_ship freight 60 ship .",
            "rye_ship cover 2 quantity %",
            "oat_ship freight 90 ship .",
        ),
        feeds=rows("unit feed", "mill rye", "mill oats", "mill local"),
        yields=rows(
            "unit feed product yield", "mill rye flour 0.9", "mill oats flour 0.8", "mill local flour 1"
        ),
        capacities=rows("unit max uom", "mill 70 t"),
        inventories=rows("stream max", "rye 50", "oats 50"),
        sales=rows("sale stream tier max price", "s flour 1 40 22", "s flour 2 30 15"),
    )


def fixed(
    case: Case, ships: Mapping[tuple[str, str], int], lots: Mapping[tuple[str, str], float] | None = None
) -> Case:
    """The case with exactly so many ships of each cargo in each month, and lots of those that are told."""
    (rye, oats) = case.table("cargoes").records
    made = []
    for (cargo, month), number in ships.items():
        record = rye if cargo == "rye_ship" else oats
        lot = (lots or {}).get((cargo, month))
        sizes = {} if lot is None else {"min_lot": lot, "max_lot": lot}
        made.append(record.with_(period=month, min_ships=number, max_ships=number, **sizes))
    return case.with_table("cargoes", made)


def every(case: Case) -> dict[tuple[int, ...], float]:
    """Margin of the best plan of every combination of ships that has one."""
    found = {}
    for numbers in itertools.product((0, 1), repeat=len(SLOTS)):
        made = plan(fixed(case, dict(zip(SLOTS, numbers, strict=True))))
        if made.solved and made.certificate.value is not None:
            found[numbers] = made.certificate.value
    return found


@cache
def witnessed(seed: int) -> tuple[Case, dict[tuple[int, ...], float], CargoEvaluation]:
    case = mill(seed)
    return case, every(case), list(cargo_evaluation(case, "rye", "oats", ["rye", "oats"], GAP))[-1]


def best(margins: Mapping[tuple[int, ...], float], wanted: Callable[[int, int], bool]) -> float | None:
    """Best margin of the combinations whose numbers of rye and oats are wanted."""
    fitting = [value for n, value in margins.items() if wanted(n[0] + n[1], n[2] + n[3])]
    return max(fitting, default=None)


def numbers_of(margins: Mapping[tuple[int, ...], float]) -> tuple[int, ...]:
    return max(margins, key=lambda n: margins[n])


@pytest.mark.parametrize("seed", [5, 8])
def test_free_changes_are_the_best_of_all_combinations(seed: int) -> None:
    _, margins, found = witnessed(seed)
    base = numbers_of(margins)
    a, b = base[0] + base[1], base[2] + base[3]
    assert found.number == {"rye": a, "oats": b}
    assert found.margin == pytest.approx(margins[base])
    (free,) = (one for one in found.on_top if not one.held)
    more = best(margins, lambda x, _: x == a + 1)
    assert free.gain == (None if more is None else pytest.approx(more - margins[base], abs=1e-4))
    for one in found.swaps:
        if not one.held:
            other = best(margins, lambda x, y: (x, y) == (a + 1, b - 1))
            assert one.gain == (None if other is None else pytest.approx(other - margins[base], abs=1e-4))
            if one.gain is not None:
                assert one.low - 1e-6 <= one.gain <= one.high + 1e-6


@pytest.mark.parametrize("seed", [5, 8])
def test_pairs_are_those_of_all_combinations(seed: int) -> None:
    _, margins, found = witnessed(seed)

    def at(a: int, b: int) -> float:
        value = best(margins, lambda x, y: (x, y) == (a, b))
        assert value is not None
        return value

    def rye(a: int) -> float:
        value = best(margins, lambda x, _: x == a)
        assert value is not None
        return value

    assert found.pairs is not None
    told = found.pairs
    assert told.alone["rye"] == pytest.approx(rye(1) - rye(0), abs=1e-4)
    assert told.synergy["rye", "rye"] == pytest.approx(rye(2) - 2 * rye(1) + rye(0), abs=1e-4)
    both = at(1, 1) - at(1, 0) - at(0, 1) + at(0, 0)
    assert told.synergy["rye", "oats"] == told.synergy["oats", "rye"] == pytest.approx(both, abs=1e-4)
    assert told.blending["rye", "oats"] == pytest.approx(at(1, 1) - 0.5 * (at(2, 0) + at(0, 2)), abs=1e-4)


@pytest.mark.parametrize("seed", [5, 8])
def test_held_cargoes_keep_ship_month_and_quantity(seed: int) -> None:
    """The further cargo with the base's own lots bound: the best of the months that are left."""
    case, _, found = witnessed(seed)
    slate = CargoSlate(case)
    base = best_plan(Asked(case, "rye"), GAP)
    names = case.horizon.names
    lots = {
        (one.cargo, names[one.period]): one.quantity
        for stream in ("rye", "oats")
        for one in slate.loadings(stream, base.x)
    }
    farm = slate.model.build.blocks["purchase"].ids[-1]
    (*shipped, grown) = case.table("offers").records
    bought = [max(0.0, float(base.x[column])) for column in farm]
    own = [grown.with_(period=n, min=q, max=q) for n, q in zip(names, bought, strict=True)]
    local = case.with_table("offers", [*shipped, *own])
    taken = {slot: int(slot in lots) for slot in SLOTS}
    gains = []
    for month in names:
        if not taken["rye_ship", month]:
            made = plan(fixed(local, taken | {("rye_ship", month): 1}, lots))
            if made.solved and made.certificate.value is not None:
                gains.append(made.certificate.value - base.value)
    (held,) = (one for one in found.on_top if one.held)
    assert held.gain is not None
    # Held cargoes keep the part of the month in which they load too, which plans made from tables may move.
    assert held.gain <= max(gains) + 1e-2
    if seed == 5:
        assert held.gain == pytest.approx(max(gains), abs=1e-2)
    assert held.break_even is not None
    assert held.price is not None
    assert (held.break_even > held.price) == (held.gain > 0.0)
    (load,) = held.loads
    assert (load.cargo, held.leaves) == ("rye_ship", ())


def test_at_the_break_even_the_further_cargo_earns_nothing() -> None:
    """The price of the one cargo that is more, moved alone: a third offer of the same crude stands for it."""
    case, _, found = witnessed(5)
    (held,) = (one for one in found.on_top if one.held)
    assert held.break_even is not None
    assert held.price is not None
    (load,) = held.loads
    slate = CargoSlate(case)
    base = best_plan(Asked(case, "rye"), GAP)
    problem = slate.with_numbers({"rye": found.number["rye"] + 1}, base.x)
    column = slate._loaded(0, load.period)
    objective = problem.objective.copy()
    objective[column] -= 1.02 * (held.break_even - held.price)
    made = solved(problem.with_(objective=objective), GAP)
    assert made is not None
    assert made.value == pytest.approx(base.value, abs=0.02)


def test_worth_is_gain_and_costs_and_what_moves_is_told() -> None:
    _, _, found = witnessed(5)
    for one in (*found.on_top, *found.swaps):
        if one.gain is None:
            continue
        assert one.worth == pytest.approx(one.gain + one.costs)
        moved = sum(x.quantity for x in one.loads if x.offer == "rye")
        moved -= sum(x.quantity for x in one.leaves if x.offer == "rye")
        if all(x.offer != "oats" for x in (*one.loads, *one.leaves)):
            assert one.volumes["rye"] == pytest.approx(moved, abs=0.1)
    assert found.complete


def test_the_crude_that_is_displaced_most_is_found_and_steps_come_one_by_one() -> None:
    steps = list(cargo_evaluation(mill(5), "rye", "", gap=GAP))
    assert steps[-1].reference == "oats"
    assert [len(one.on_top) for one in steps[:2]] == [1, 2]
    assert [one.complete for one in steps] == [False] * (len(steps) - 1) + [True]


@pytest.mark.parametrize(
    ("crude", "against", "pairs", "told"),
    [
        ("rye", "rye", (), "are the same crude"),
        ("rye", "local", (), '"local" comes without ships'),
        ("rye", "oat", (), 'Closest name: "oats"'),
        ("rye", "oats", ("rye",), "one crude makes no pair"),
        ("rye", "oats", ("rye", "rye"), '"rye" is named twice'),
        ("farm", "", (), "In ships: rye, oats"),
    ],
)
def test_what_cannot_be_asked_is_told(crude: str, against: str, pairs: tuple[str, ...], told: str) -> None:
    with pytest.raises(DataError) as caught:
        list(cargo_evaluation(mill(), crude, against, pairs))
    assert told in findings(caught.value)


def test_without_a_plan_that_is_told() -> None:
    case = mill()
    demand = [row.with_(min=9000.0, max=9000.0) for row in case.table("sales").records]
    with pytest.raises(ModelError):
        list(cargo_evaluation(case.with_table("sales", demand), "rye", "oats"))
