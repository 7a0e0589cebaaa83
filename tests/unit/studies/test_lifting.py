"""What a cargo was worth in each month: the definition against plans solved afresh, the interval of the proofs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import netback.studies.lifting as module
from lifting_cases import NAMES, plant, wheat, with_price, with_ships
from netback.case.case import Case
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.program.highs import Session
from netback.studies.asked import Asked, Question
from netback.studies.deciding import answers
from netback.studies.lifting import best_plan, lift_of, lifting
from netback.studies.lifts import Lift
from tiny import margin, rows, tiny, values

SEEDS = range(5)


def lifts(case: Case, crude: str = "black", **options: object) -> dict[str, Lift]:
    """Answers by month; those of what had to load by ``month cargo``."""
    found = lifting(case, crude, jobs=1, **options)  # type: ignore[arg-type]
    return {f"{lift.question.name} {lift.question.cargo}".strip(): lift for lift in found.lifts}


@pytest.mark.parametrize("seed", SEEDS)
def test_at_the_break_even_the_plan_with_a_cargo_earns_as_much_as_without(seed: int) -> None:
    case = wheat(seed)
    for month, lift in lifts(case).items():
        priced = with_price(case, month, lift.break_even)
        assert margin(with_ships(priced, month, 1)) == pytest.approx(
            margin(with_ships(priced, month, 0)), abs=0.5
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_verdict_is_that_of_the_best_plan(seed: int) -> None:
    case = wheat(seed)
    made = plan(case)
    loaded = {name: values(made, "cargo_ships").get(("handy", name), 0.0) for name in NAMES}
    for month, lift in lifts(case).items():
        assert lift.word == ("lift" if loaded[month] else "leave")
        assert (lift.headroom > 0.0) == (lift.word == "lift")
        assert lift.planned == loaded[month]
        # A little beyond the break-even the plan changes its mind.
        for change, ships in ((-0.05, 1.0), (0.05, 0.0)):
            other = plan(with_price(case, month, lift.break_even + change))
            assert values(other, "cargo_ships").get(("handy", month), 0.0) == ships


@pytest.mark.parametrize("seed", [1, 4])
def test_items_in_per_cent_of_the_price_move_with_it(seed: int) -> None:
    case = wheat(seed, insured="5")
    for month, lift in lifts(case).items():
        priced = with_price(case, month, lift.break_even)
        assert margin(with_ships(priced, month, 1)) == pytest.approx(
            margin(with_ships(priced, month, 0)), abs=0.5
        )
        assert lift.worth - lift.landed == pytest.approx(1.05 * lift.headroom)


def test_cost_and_worth_at_the_gate_by_hand() -> None:
    lift = lifts(wheat(insured="5"))["2023-04"]
    freight = 70.0 / lift.volume
    assert lift.landed == pytest.approx(10.0 * 1.05 + freight)
    assert lift.worth == pytest.approx(lift.break_even * 1.05 + freight)
    assert (lift.price, lift.price_low, lift.price_high, lift.price_status) == (10.0, 9.0, 12.0, "assumed")
    assert (lift.offer, lift.cargo, lift.basis, lift.per) == ("black", "handy", "fob", "t")


def test_two_ships_may_load_and_one_is_asked_about() -> None:
    case = wheat(3, ships={"2023-04": (0, 2)})
    lift = lifts(case)["2023-04"]
    priced = with_price(case, "2023-04", lift.break_even)
    one, none = (margin(with_ships(priced, "2023-04", number)) for number in (1, 0))
    assert one == pytest.approx(none, abs=0.5)


def test_what_must_load_is_valued_against_a_plan_without_it_and_one_more_beyond_it() -> None:
    case = wheat(2, ships={"2023-05": (1, 1), "2023-06": (1, 2)})
    found = lifts(case)
    held = lifting(case, "black", volumes=(50.0,), jobs=1)
    assert [lift.question.kind for lift in held.lifts] == [
        "volume",
        "committed",
        "none",
        "committed",
        "volume",
    ]
    assert set(found) == {"2023-04", "2023-05 handy", "2023-06", "2023-06 handy", "2023-05"}
    assert found["2023-05"].word == "not on offer"
    must = found["2023-05 handy"]
    priced = with_price(case, "2023-05", must.break_even)
    assert margin(priced) == pytest.approx(margin(with_ships(priced, "2023-05", 0)), abs=0.5)
    # Of two ships only the second is dearer: its price is paid beyond what the plan with one spends.
    more = found["2023-06"]
    assert more.planned in (1.0, 2.0)
    assert (more.word == "lift") == (
        margin(with_ships(case, "2023-06", 2)) > margin(with_ships(case, "2023-06", 1))
    )


def test_the_stream_stands_for_all_its_offers() -> None:
    found = lifts(wheat(), "wheat")
    assert found["2023-04"].offer in ("south", "black")
    assert found["2023-04"].word == "lift"
    # A ship of either brings what one of the other could: together they are worth no more than the better alone.
    alone = [lifts(wheat(), name)["2023-04"].headroom for name in ("south", "black")]
    assert found["2023-04"].headroom >= max(alone) - 1e-6


def test_volumes_are_held_and_those_out_of_reach_are_told() -> None:
    case = wheat(5)
    found = lifting(case, "black", volumes=(45.0, 75.0, 20.0), jobs=1)
    words = [lift.word for lift in found.lifts if lift.question.name == "2023-04"]
    assert words[1:] == ["out of reach", "out of reach"]
    lift = found.lifts[0]
    assert lift.volume == pytest.approx(45.0, rel=1e-5)
    asked = Asked(with_price(case, "2023-04", lift.break_even), "black")
    both = [Session().solve(asked.held(lift.question, with_it=side)).objective for side in (True, False)]
    assert both[0] == pytest.approx(both[1], abs=0.5)


def test_where_no_plan_does_without_it() -> None:
    case = wheat(2)
    # Nothing but a ship from the Black Sea arrives in April, and 30 t must be sold then.
    sales = [r.with_(min=30.0) if r["period"] == "2023-04" else r for r in case.table("sales").records]
    found = lifts(case.with_table("sales", sales))
    assert next(found[month].word for month in NAMES) == "must"
    assert np.isnan(found["2023-04"].break_even)
    direct = plant().with_table("sales", [r.with_(min=5.0) for r in plant().table("sales").records])
    assert {lift.word for lift in lifts(direct, "crude").values()} == {"must"}


def test_an_interval_holds_the_truth_however_rough_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    case = wheat(6)
    exact = lifts(case)
    real = module.solved

    def rough(problem, gap, start=None):  # type: ignore[no-untyped-def]
        found = real(problem, gap, start)
        return None if found is None else replace(found, bound=found.bound + 60.0)

    monkeypatch.setattr(module, "solved", rough)
    for month, lift in lifts(case).items():
        assert lift.low <= exact[month].break_even <= lift.high
        # The plan without it may earn 60 more, and so may the plan with it, over 40 to 70 t.
        assert 2 * 60.0 / 70.0 - 1e-6 <= lift.high - lift.low <= 2 * 60.0 / 40.0 + 1e-6
        straddles = lift.low < lift.price < lift.high
        assert (lift.word == "cannot tell") == straddles
    assert any(lift.word == "cannot tell" for lift in lifts(case).values())


def test_a_price_at_the_break_even_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    case = wheat(6)
    even = lifts(case)["2023-05"].break_even
    real = module.solved
    monkeypatch.setattr(
        module, "solved", lambda *given: replace(found := real(*given), bound=found.bound + 1.0)
    )
    assert lifts(with_price(case, "2023-05", even))["2023-05"].word == "cannot tell"


def test_all_of_it_against_none_of_it() -> None:
    case = wheat(4)
    found = lifting(case, "black", jobs=1)
    none = case
    for month in NAMES:
        none = with_ships(none, month, 0)
    assert found.margin == pytest.approx(margin(case), rel=1e-6)
    assert found.without == pytest.approx(margin(none), rel=1e-6)
    committed = wheat(4, ships={"2023-05": (1, 1)})
    assert lifting(committed, "black", jobs=1).without == pytest.approx(
        margin(with_ships(with_ships(committed, "2023-04", 0), "2023-06", 0)), rel=1e-6
    )


@pytest.mark.parametrize("seed", [0, 4, 7])
def test_alone_no_other_month_has_any(seed: int) -> None:
    case = wheat(seed)
    none = case
    for month in NAMES:
        none = with_ships(none, month, 0)
    found = lifting(case, "black", jobs=1, alone=True)
    assert found.alone
    assert found.margin == pytest.approx(margin(none), rel=1e-6)
    for lift in found.lifts:
        priced = with_price(none, lift.question.name, lift.break_even)
        assert margin(with_ships(priced, lift.question.name, 1)) == pytest.approx(margin(none), abs=0.5)
    (made,) = answers(case, found, [{}], jobs=1)
    assert made[1] == pytest.approx([lift.headroom for lift in found.lifts], abs=0.02)


def test_alone_without_ships() -> None:
    found = lifting(plant(45.0), "crude", alone=True)
    assert [lift.break_even for lift in found.lifts] == pytest.approx([48.0 / 1.01] * 2)
    assert found.margin == pytest.approx(0.0, abs=1e-6)


def test_two_processes_answer_as_one() -> None:
    seen: list[tuple[int, int]] = []
    one = lifting(wheat(1), "black", jobs=1)
    two = lifting(wheat(1), "black", jobs=2, watch=lambda *done: seen.append(done))
    assert [lift.break_even for lift in one.lifts] == pytest.approx([lift.break_even for lift in two.lifts])
    assert seen[-1] == (3, 3)


def test_without_ships_the_first_barrel_is_asked_about() -> None:
    found = lifts(plant(45.0), "crude")
    first, second = found["m1"], found["m2"]
    assert (first.question.kind, first.word, second.word) == ("first", "lift", "lift")
    # Worth 50 at the gate: 2 of freight and 1 % of the price off.
    assert first.break_even == pytest.approx((50.0 - 2.0) / 1.01)
    assert first.landed == pytest.approx(30.0 * 1.01 + 2.0)
    assert first.worth == pytest.approx(50.0)
    assert second.break_even == pytest.approx(48.0 / 1.01)
    # The best plan of m1 sells the first two tiers: degenerate, its last barrel fetches 40 and its next 25.
    assert (first.last, first.next) == (pytest.approx(38.0 / 1.01), pytest.approx(23.0 / 1.01))
    assert (second.last, second.next) == (pytest.approx(48.0 / 1.01), pytest.approx(38.0 / 1.01))
    dear = lifts(plant(48.0), "crude")["m2"]
    assert (dear.word, dear.planned, dear.last) == ("leave", pytest.approx(0.0), None)


def test_a_price_that_just_pays_cannot_be_told_by_its_slope() -> None:
    assert lifts(plant(48.0 / 1.01), "crude")["m2"].word == "cannot tell"


@pytest.mark.parametrize("volume", [10.0, 35.0, 80.0])
def test_without_ships_volumes_have_averages(volume: float) -> None:
    found = lifting(plant(), "crude", volumes=(volume,))
    tiers = (
        min(volume, 20.0) * 50.0 + min(max(volume - 20.0, 0.0), 30.0) * 40.0 + max(volume - 50.0, 0.0) * 25.0
    )
    for lift in found.lifts:
        assert lift.break_even == pytest.approx((tiers / volume - 2.0) / 1.01)
        assert lift.low == pytest.approx(lift.high, abs=1e-6)


def test_several_offers_of_a_stream_without_ships() -> None:
    case = tiny(
        offers=rows("offer stream price price_basis", "near a 10 fob", "far a 8 fob"),
        offer_costs=rows("offer item cost", "far freight 5"),
        sales=rows("sale stream max price", "s a 30 12"),
    )
    lift = lifts(case, "a")["P1"]
    assert (lift.offer, lift.break_even, lift.word) == ("near", pytest.approx(12.0), "lift")


def test_whole_plans_without_ships_ask_for_a_volume() -> None:
    case = tiny(
        periods=rows("period days", "P1 10", "P2 10"),
        offers=rows("offer stream price lot_size", "a a 10 20"),
        sales=rows("sale stream max price", "s a 50 12"),
    )
    with pytest.raises(DataError, match="Name a volume"):
        lifting(case, "a")
    found = lifting(case, "a", volumes=(40.0, 50.0), jobs=1)
    assert [lift.word for lift in found.lifts] == ["lift", "out of reach"] * 2
    assert found.lifts[0].break_even == pytest.approx(12.0)


def test_names_that_are_not_there() -> None:
    with pytest.raises(DataError, match="blak"):
        lifting(wheat(), "blak")


def test_questions_and_columns_of_the_corridor() -> None:
    asked = Asked(read_case("karachi_2023"), "urals")
    questions = asked.questions()
    assert [(one.name, one.kind) for one in questions[:2]] == [("2023-04", "committed"), ("2023-04", "cargo")]
    assert len(questions) == 10
    assert {one.cargo for one in asked.columns(questions[1])} == {
        "urals_suez",
        "urals_cape",
        "urals_black_sea",
    }
    # Of December only the ship from the Black Sea arrives in time.
    assert {one.cargo for one in asked.columns(questions[-1])} == {"urals_black_sea"}
    assert asked.barrels[0] == "bbl"
    low, high = asked.ends(questions[1])
    assert 90_000.0 <= low < high <= 105_000.0
    assert asked.number(questions[1]) == 0.0


def test_a_held_program_keeps_the_original() -> None:
    asked = Asked(wheat(), "black")
    before = asked.problem.column_lower.copy()
    held = asked.held(Question(0, "2023-04", "cargo"), with_it=True)
    assert held.shape[0] == asked.problem.shape[0] + 1
    assert (asked.problem.column_lower == before).all()
    assert np.isfinite(asked.weights(Question(0, "2023-04", "cargo"))).all()


@pytest.mark.parametrize(
    ("low", "high", "edge"),
    [
        (9.0, 12.0, True),
        (9.0, 10.5, False),
        (11.5, 12.0, False),
        (11.0, 11.0, False),
        (math.nan, math.nan, False),
    ],
)
def test_a_verdict_that_hangs_on_what_is_known_of_the_price_is_at_the_edge(
    low: float, high: float, edge: bool
) -> None:
    question = Question(0, "2023-04", "cargo")
    lift = Lift(question, "lift", "t", "t", 1.0, price=10.0, price_low=low, price_high=high, headroom=1.0)
    assert lift.is_edge is edge


@pytest.mark.parametrize("seed", range(6))
def test_what_a_plan_loads_may_be_loaded(seed: int) -> None:
    """A volume is ruled out only where no plan has it: those of the best plan never are."""
    asked = Asked(wheat(seed, ships={"2023-05": (0, 2)}), "black")
    best = best_plan(asked)
    for question in asked.questions([1.0]):
        loaded = asked.count(question, best.x)
        assert loaded == 0.0 or asked.may_load(replace(question, volume=loaded))
    loads = {question.name: asked.loads(question) for question in asked.questions([1.0])}
    assert loads == {
        "2023-04": ((40.0, 70.0),),
        "2023-05": ((40.0, 70.0), (80.0, 140.0)),
        "2023-06": ((40.0, 70.0),),
    }


def test_a_volume_between_the_loads_of_ships_is_out_of_reach() -> None:
    asked = Asked(wheat(ships={"2023-05": (0, 2)}), "black")
    best = best_plan(asked)
    words = {
        (question.name, question.volume): lift_of(asked, question, best).word
        for question in asked.questions([75.0, 100.0])
    }
    assert words["2023-04", 75.0] == words["2023-05", 75.0] == words["2023-06", 100.0] == "out of reach"
    assert words["2023-05", 100.0] in ("lift", "leave", "cannot tell")


def test_without_ships_any_volume_may_be_bought() -> None:
    asked = Asked(plant(), "crude")
    (question, _) = asked.questions([123.4])
    assert asked.loads(question) == ((0.0, math.inf),)
    assert asked.may_load(question)
