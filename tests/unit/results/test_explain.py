"""An explanation adds up to worth less price, to the cent, and agrees with the plan solved again."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from result_plants import full_plant, two_crudes

from netback.cli.compare_tables import _to_the_cent, explanation_json
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.planning.worth import Prober, offer_worths
from netback.program.highs import Session
from netback.program.problem import Problem
from netback.results.explain import Explanation, explain
from pool_cases import haverly
from tiny import rows, solved, tiny

KARACHI = ["arab_light_term", "murban_spot", "upper_zakum_spot", "das_spot", "urals_primorsk", "power_grid"]


@pytest.fixture(scope="module")
def karachi() -> dict[str, Explanation]:
    made = solved(read_case("karachi_2023_september"))
    return {offer: explain(made, offer)[0] for offer in KARACHI}


@pytest.mark.parametrize("offer", KARACHI)
def test_steps_add_up_to_worth_less_price_to_the_cent(karachi: dict[str, Explanation], offer: str) -> None:
    told = karachi[offer]
    assert told.steps
    assert math.fsum(step[4] for step in told.steps) == pytest.approx(told.gain, abs=1e-9)
    worth = told.worth
    end = worth.worth_next if told.forced == "put in" else worth.worth_last
    assert end is not None
    per = abs(next(step[2] for step in told.steps if step[1] == offer))
    # Worth and price are per uom of the stream; a step of the offer itself tells how much of it one barrel is.
    assert told.gain == pytest.approx((end - worth.delivered) * per, abs=1e-5)
    shown = _to_the_cent(told.steps)
    assert round(sum(step[4] for step in shown), 2) == round(told.gain, 2)
    assert all(abs(one[4] - other[4]) <= 0.01 for one, other in zip(shown, told.steps, strict=True))


@pytest.mark.parametrize("offer", KARACHI)
def test_the_offer_itself_is_paid_at_its_delivered_price(karachi: dict[str, Explanation], offer: str) -> None:
    told = karachi[offer]
    group, _, amount, _, money = next(step for step in told.steps if step[1] == offer)
    assert group == "purchases"
    assert amount > 0.0
    assert money == pytest.approx(-told.worth.delivered * amount, rel=1e-7)


def test_what_is_explained_is_counted_and_ctrl_c_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = solved(read_case("karachi_2023_september"))
    counts: list[tuple[int, int]] = []
    (whole,) = explain(made, "urals", lambda done, total: counts.append((done, total)))
    assert counts == [(0, 1), (1, 1)]
    real = Prober._solved
    calls: list[int] = []

    def stopping(self: Prober, problem: Problem, basis: object = None) -> object:
        calls.append(len(calls))
        if len(calls) > allowed[0]:
            self.stopped = True
            return None
        return real(self, problem, basis)

    monkeypatch.setattr(Prober, "_solved", stopping)
    allowed = [100]
    assert explain(made, "urals")[0].gain == whole.gain
    for allowed[0] in range(len(calls)):
        calls.clear()
        assert explain(made, "urals") == ()  # never half an explanation


def test_a_running_solve_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = solved(two_crudes())
    given: list[object] = []
    real = Session.solve

    def solve(self: Session, *arguments: Any, **named: Any) -> Any:
        given.append(named["progress"])
        return real(self, *arguments, **named)

    monkeypatch.setattr(Session, "solve", solve)
    assert explain(made, "a", None, print)
    assert given
    assert set(given) == {print}


def test_a_crude_that_is_in_is_explained_by_its_last_parcel_and_one_that_is_out_by_its_next() -> None:
    made = solved(two_crudes())
    a, b = explain(made, "a")[0], explain(made, "b")[0]
    assert (a.forced, b.forced) == ("left out", "put in")
    # Without the last barrel of a the unit takes one of b: 68 - 50 = 18 against 56 - 48 = 8.
    assert a.gain == pytest.approx(10.0)
    assert b.gain == pytest.approx(-10.0)
    assert {step[1]: step[4] for step in b.steps} == pytest.approx(
        {"a": 50.0, "b": -48.0, "light": -24.0, "heavy": 12.0}
    )
    assert {step[1]: step[2] for step in b.steps} == pytest.approx(
        {"a": -1.0, "b": 1.0, "light": -0.3, "heavy": 0.3}
    )


def test_the_sentence_says_in_or_out_and_the_same_numbers() -> None:
    made = solved(two_crudes())
    assert explain(made, "a")[0].sentence == (
        "a is in (P1): its break-even price (delivered) is 60.00 USD/bbl, 10.00 above its price of 50.00."
    )
    assert explain(made, "b")[0].sentence == (
        "b is out (P1): its break-even price (delivered) is 38.00 USD/bbl, 10.00 below its price of 48.00."
    )


def test_an_interval_is_told_as_one() -> None:
    case = tiny(
        flow_uom="bbl",
        offers=rows("offer stream price max", "a a 65 200"),
        yields=rows("unit feed product yield", "cdu a light 0.7", "cdu a heavy 0.3"),
        sales=rows(
            "sale stream tier price max", "light light 1 80 .", "heavy heavy 1 50 30", "heavy heavy 2 20 ."
        ),
    )
    told = explain(solved(case), "a")[0]
    assert told.sentence == (
        "a is in (P1): its break-even price (delivered) is 62.00 to 71.00 USD/bbl. "
        "The last parcel stays up to 71.00, 6.00 above its price of 65.00."
    )
    assert told.gain == pytest.approx(6.0)


def test_what_cannot_move_is_said_so() -> None:
    case = tiny(
        offers=rows("offer stream price min max", "a a 5 10 10"),
        sales=rows("sale stream price min max", "a a 9 10 10"),
    )
    told = explain(solved(case), "a")[0]
    assert told.steps == ()
    assert told.gain == 0.0
    assert told.sentence == "a is in (P1); no parcel of it can be moved within the limits."


def test_stocks_breakers_and_blending_have_a_place() -> None:
    made = solved(full_plant())
    for told in (*explain(made, "crude"), *explain(made, "other")):
        assert math.fsum(step[4] for step in told.steps) == pytest.approx(told.gain)
        groups = [step[0] for step in told.steps]
        assert groups == sorted(groups, key=["purchases", "sales", "operating costs", "other"].index)
    everything = {step[1] for told in explain(made, "other") for step in told.steps}
    assert {"blending diesel, P1", "blending diesel, P2"} <= everything
    assert any(step[0] == "other" for told in explain(made, "crude") for step in told.steps)


def test_one_explanation_per_period_and_tranche() -> None:
    assert [told.period for told in explain(solved(full_plant()), "crude")] == ["P1", "P2"]


def test_a_stream_may_be_named_instead_of_an_offer(karachi: dict[str, Explanation]) -> None:
    made = solved(read_case("karachi_2023_september"))
    assert explain(made, "urals")[0].sentence == karachi["urals_primorsk"].sentence


def test_yields_of_the_crude_beside_those_of_the_plan(karachi: dict[str, Explanation]) -> None:
    table = karachi["urals_primorsk"].yields
    assert table.names[0] == "cut"
    assert "urals" in table.names
    for crude in table.names[1:]:
        # All cuts are there but the stated loss.
        assert 98.0 < sum(value or 0.0 for value in table.column(crude)) <= 100.0 + 1e-6


def test_an_unknown_crude_is_told_with_the_closest_name() -> None:
    made = solved(read_case("karachi_2023_september"))
    with pytest.raises(DataError, match="is not offered in case karachi_2023_september") as caught:
        explain(made, "urels")
    assert "urals" in str(caught.value)
    with pytest.raises(DataError) as caught:
        explain(made, "zzzzzzzz")
    assert "murban" in str(caught.value)


def test_json_of_an_explanation_reads_back() -> None:
    made = solved(full_plant())
    found = json.loads(explanation_json(made, explain(made, "crude")))
    assert [one["period"] for one in found] == ["P1", "P2"]
    for one in found:
        assert sum(step["money"] for step in one["steps"][:-1]) == pytest.approx(one["gain"])
        assert one["steps"][-1]["money"] == pytest.approx(one["gain"])
        assert one["currency"] == "USD"


def test_explanations_and_the_table_of_purchases_tell_the_same_story() -> None:
    made = solved(two_crudes(price_a=61.0))
    worths = {worth.offer: worth for worth in offer_worths(made)}
    for offer in ("a", "b"):
        told = explain(made, offer)[0]
        end = worths[offer].on_price_basis(worths[offer].break_even)
        assert end is not None
        assert told.gain == pytest.approx(end - worths[offer].price)


@pytest.mark.parametrize(
    "money", [[1.005, 2.005, -3.01], [0.333, 0.333, 0.334], [-0.004, -0.004, -0.004], []]
)
def test_cents_are_rounded_so_that_they_add_up(money: list[float]) -> None:
    shown = _to_the_cent([("g", str(k), 0.0, "", value) for k, value in enumerate(money)])
    assert round(sum(step[4] for step in shown), 2) == pytest.approx(round(100 * sum(money)) / 100)


def test_in_a_plan_with_pools_the_worth_is_local() -> None:
    """Haverly: 200 t of Y from 100 of B and 100 of C; a tonne of A in the mix costs two more than its worth."""
    made = plan(haverly(), pooling="exact")
    told = {name: explain(made, name)[0] for name in "ABC"}
    assert told["A"].gain == pytest.approx(-2.0, abs=1e-6)
    assert told["A"].forced == "put in"
    for one in told.values():
        assert math.fsum(step[4] for step in one.steps) == pytest.approx(one.gain, abs=1e-9)
    by_offer = {one.offer: one for one in offer_worths(made)}
    assert told["B"].worth.break_even == pytest.approx(by_offer["B"].break_even)
