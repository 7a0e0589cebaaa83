"""Break-even prices: a cent below and a purchase enters, a cent above and it leaves; intervals against brute force."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netback.planning.worth as worths_of_plan
from lifting_cases import wheat
from netback.case.case import Case
from netback.io.folder import read_case
from netback.planning.solve import Plan, plan
from netback.planning.worth import OfferWorth, Prober, has_many_ships, offer_worths
from netback.results.solution import solution_of
from tiny import margin, periods, rows, solved, tiny, values


def priced(case: Case, offer: str, price: float, period: str | None = None) -> Case:
    """The case with another price of one offer."""
    hit = {"offer": offer} | ({"period": period} if period else {})
    records = [
        r.with_(price=price) if all(r[name] == value for name, value in hit.items()) else r
        for r in case["offers"].records
    ]
    return case.with_table("offers", records)


def bought(made: Plan, offer: str) -> float:
    return sum(amount for labels, amount in values(made, "purchase").items() if labels[0] == offer)


def worth_of(made: Plan, offer: str) -> OfferWorth:
    return next(worth for worth in offer_worths(made) if worth.offer == offer)


def plant(*offers: str, heavy_max: str = "40", cost: str = "0") -> Case:
    """Crudes a and b for one unit of 100 t; heavy sells at a good price only up to ``heavy_max``."""
    return tiny(
        offers=rows("offer stream price max", *offers),
        yields=rows(
            "unit feed product yield",
            "cdu a light 0.7",
            "cdu a heavy 0.3",
            "cdu b light 0.4",
            "cdu b heavy 0.6",
        ),
        modes=rows("unit mode cost", f"cdu normal {cost}"),
        capacities=rows("unit max", "cdu 100"),
        sales=rows(
            "sale stream tier price max",
            "light light 1 80 .",
            "heavy heavy 1 50 " + heavy_max,
            "heavy heavy 2 20 .",
        ),
    )


def crosses(case: Case, offer: str, cent: float = 0.01) -> None:
    """A cent below the break-even more is bought than a cent above it, at both ends."""
    worth = worth_of(solved(case), offer)
    for end in (worth.on_price_basis(worth.worth_next), worth.on_price_basis(worth.worth_last)):
        if end is None:
            continue
        below = bought(solved(priced(case, offer, end - cent)), offer)
        above = bought(solved(priced(case, offer, end + cent)), offer)
        assert below >= above
    if worth.worth_next is not None and worth.quantity == 0.0:
        end = worth.on_price_basis(worth.worth_next)
        assert end is not None
        assert bought(solved(priced(case, offer, end - cent)), offer) > 0.0
        assert bought(solved(priced(case, offer, end + cent)), offer) <= worth.parcel
    if worth.worth_last is not None:
        end = worth.on_price_basis(worth.worth_last)
        assert end is not None
        assert bought(solved(priced(case, offer, end + cent)), offer) < worth.quantity
        kept = bought(solved(priced(case, offer, end - cent)), offer)
        assert kept >= worth.quantity - worth.parcel_last - 1e-6


def test_the_interval_is_in_order_and_holds_the_price_of_what_is_partly_bought() -> None:
    made = solved(plant("a a 60 80", "b b 50 500"))
    for worth in offer_worths(made):
        assert worth.low is not None
        assert worth.high is not None
        assert worth.low <= worth.high + 1e-7
        assert worth.low - 1e-7 <= worth.delivered <= worth.high + 1e-7
    # Heavy fills its good price: 0.3 a + 0.6 b = 40 with a + b = 100.
    assert [w.quantity for w in offer_worths(made)] == pytest.approx([200 / 3, 100 / 3])


def test_worth_of_both_crudes_by_hand() -> None:
    """With room for heavy, a ton of a brings 0.7 x 80 + 0.3 x 50 = 71; b brings 0.4 x 80 + 0.6 x 50 = 62."""
    made = solved(plant("a a 60 500", "b b 55 500", heavy_max="1000"))
    a, b = worth_of(made, "a"), worth_of(made, "b")
    assert (a.quantity, b.quantity) == (pytest.approx(100.0), 0.0)
    # The unit is full of a: no more can be run, and the last ton makes room for b at 62 - 55.
    assert a.worth_next is None
    assert a.worth_last == pytest.approx(71.0 - 7.0)
    assert b.worth_next == pytest.approx(62.0 - 11.0)
    assert b.worth_last is None
    assert b.break_even == b.worth_next
    assert a.break_even == a.worth_last
    assert b.is_point
    assert a.is_point


def test_a_kink_shows_as_an_interval() -> None:
    """Without b or a limit on the unit: heavy falls from 50 to 20 when 30 t are sold, that is at 100 t of a."""
    case = tiny(
        offers=rows("offer stream price max", "a a 65 100"),
        yields=rows("unit feed product yield", "cdu a light 0.7", "cdu a heavy 0.3"),
        sales=rows(
            "sale stream tier price max", "light light 1 80 .", "heavy heavy 1 50 30", "heavy heavy 2 20 ."
        ),
    )
    worth = worth_of(solved(case), "a")
    assert worth.quantity == pytest.approx(100.0)
    assert (worth.worth_next, worth.worth_last) == (pytest.approx(62.0), pytest.approx(71.0))


@pytest.mark.parametrize("step", [0.1, 1.0])
def test_the_ends_agree_with_brute_force(step: float) -> None:
    """Force the quantity up and down through a limit of the case itself, and take the difference."""
    case = plant("a a 60 60", "b b 40 500", cost="3")
    made = solved(case)
    for worth in offer_worths(made):
        for sign, told in ((1.0, worth.worth_next), (-1.0, worth.worth_last)):
            held = worth.quantity + sign * step
            if told is None or held < 0.0:
                continue
            forced = case.with_table(
                "offers",
                [
                    r.with_(min=held, max=held) if r["offer"] == worth.offer else r
                    for r in case["offers"].records
                ],
            )
            gain = margin(forced) - made.certificate.value  # type: ignore[operator]
            assert told == pytest.approx(worth.delivered + sign * gain / step, abs=1e-6)


@pytest.mark.parametrize("offer", ["a", "b"])
@pytest.mark.parametrize("heavy_max", ["35", "40", "60", "1000"])
def test_a_cent_decides(offer: str, heavy_max: str) -> None:
    crosses(plant("a a 60 60", "b b 40 500", heavy_max=heavy_max), offer)


@settings(max_examples=15)
@given(
    price_a=st.integers(30, 90), price_b=st.integers(20, 80), most_a=st.integers(10, 150), heavy=st.integers(10, 80),
    offer=st.sampled_from(["a", "b"]),
)  # fmt: skip
def test_a_cent_decides_whatever_the_prices(
    price_a: int, price_b: int, most_a: int, heavy: int, offer: str
) -> None:
    case = plant(f"a a {price_a} {most_a}", f"b b {price_b} 500", heavy_max=str(heavy))
    for worth in offer_worths(solved(case)):
        if worth.worth_next is not None and worth.worth_last is not None:
            assert worth.worth_next <= worth.worth_last + 1e-6
    crosses(case, offer)


@pytest.mark.parametrize("offer", ["urals_primorsk", "murban_spot", "arab_light_term"])
def test_a_cent_decides_at_karachi(offer: str) -> None:
    """Prices are per barrel, fob, with freight per ton and insurance in per cent between them and the gate."""
    case = read_case("karachi_2023_september")
    made = solved(case)
    worth = worth_of(made, offer)
    end = worth.on_price_basis(worth.break_even)
    assert end is not None
    record = next(r for r in case["offers"].records if r["offer"] == offer)
    price = record["price"] * end / worth.price
    below, above = (bought(solved(priced(case, offer, price + cent)), offer) for cent in (-0.01, 0.01))
    if worth.quantity:
        assert above < worth.quantity
        assert below >= worth.quantity - worth.parcel_last - 1e-6
    else:
        assert below > 0.0
        assert above <= worth.parcel


def test_items_in_per_cent_move_with_the_price() -> None:
    case = tiny(
        offers=rows("offer stream price max price_basis", "a a 60 100 fob"),
        offer_costs=rows("offer item cost cost_uom", "a duty 10 %", "a freight 4 USD/t"),
        sales=rows("sale stream price", "a a 81"),
    )
    worth = worth_of(solved(case), "a")
    assert (worth.delivered, worth.added, worth.added_share) == (
        pytest.approx(70.0),
        pytest.approx(10.0),
        0.1,
    )
    assert worth.worth_last == pytest.approx(81.0)
    # 1.1 x price + 4 = 81
    assert worth.on_price_basis(worth.worth_last) == pytest.approx(70.0)
    assert bought(solved(priced(case, "a", 69.99)), "a") == pytest.approx(100.0)
    assert bought(solved(priced(case, "a", 70.01)), "a") == pytest.approx(0.0)


def test_the_first_tranche_is_worth_what_it_saves_of_the_second() -> None:
    case = tiny(
        offers=rows("offer stream tranche price max", "a a 1 50 40", "a a 2 55 40", "a a 3 75 40"),
        sales=rows("sale stream max price", "a a 60 70"),
    )
    one, two, three = offer_worths(solved(case))
    assert [w.tranche for w in (one, two, three)] == ["1", "2", "3"]
    assert [w.quantity for w in (one, two, three)] == pytest.approx([40.0, 20.0, 0.0])
    assert one.worth_last == pytest.approx(55.0)
    assert one.worth_next == pytest.approx(55.0)
    # Forced in, the next ton of the second pushes out one of the first; the last one leaves with its sale.
    assert (two.worth_next, two.worth_last) == (pytest.approx(50.0), pytest.approx(70.0))
    assert three.worth_next == pytest.approx(55.0)


def test_an_offer_that_cannot_be_taken_or_left_out_has_one_end_or_none() -> None:
    full = tiny(
        offers=rows("offer stream price max", "a a 5 10"), sales=rows("sale stream price max", "a a 9 10")
    )
    worth = worth_of(solved(full), "a")
    assert worth.worth_next is None
    assert worth.worth_last == pytest.approx(9.0)
    assert worth.low == worth.high == worth.break_even == worth.worth_last
    fixed = tiny(
        offers=rows("offer stream price min max", "a a 5 10 10"),
        sales=rows("sale stream price min max", "a a 9 10 10"),
    )
    stuck = worth_of(solved(fixed), "a")
    assert (stuck.worth_next, stuck.worth_last, stuck.low, stuck.break_even) == (None, None, None, None)
    assert not stuck.is_point
    assert stuck.on_price_basis(stuck.low) is None


def test_whole_lots_are_measured_by_the_lot() -> None:
    case = tiny(
        offers=rows("offer stream price lot_size max", "a a 50 30 120"),
        sales=rows("sale stream tier price max", "a a 1 80 70", "a a 2 10 ."),
    )
    worth = worth_of(solved(case), "a")
    assert worth.quantity == pytest.approx(60.0)
    assert (worth.parcel, worth.parcel_last) == (30.0, 30.0)
    assert worth.worth_next == pytest.approx((10 * 80 + 20 * 10) / 30)
    assert worth.worth_last == pytest.approx(80.0)
    enters = priced(case, "a", (10 * 80 + 20 * 10) / 30 - 0.01)
    assert bought(solved(enters), "a") == pytest.approx(90.0)


def test_a_least_purchase_is_measured_whole_when_it_is_out() -> None:
    case = tiny(
        offers=rows("offer stream price min_if_bought max uom", "a a 60 2 6 t/d"),
        sales=rows("sale stream tier price max", "a a 1 80 30", "a a 2 10 ."),
    )
    worth = worth_of(solved(case), "a")
    # The least is a rate: 60 t in the month, of which only 30 t sell at 80.
    assert (worth.quantity, worth.parcel, worth.parcel_last) == (0.0, pytest.approx(60.0), 0.0)
    assert worth.worth_next == pytest.approx((30 * 80 + 30 * 10) / 60)
    assert bought(solved(priced(case, "a", 44.99)), "a") == pytest.approx(60.0)
    assert bought(solved(priced(case, "a", 45.01)), "a") == pytest.approx(0.0)


def test_a_least_purchase_that_is_in_leaves_as_a_whole_or_gives_a_small_parcel() -> None:
    whole = tiny(
        offers=rows("offer stream price min_if_bought max", "a a 40 60 60"),
        sales=rows("sale stream price", "a a 80"),
    )
    worth = worth_of(solved(whole), "a")
    assert (worth.quantity, worth.parcel_last) == (pytest.approx(60.0), pytest.approx(60.0))
    more = whole.with_table("offers", [r.with_(max=100) for r in whole["offers"].records])
    assert worth_of(solved(more), "a").parcel_last < 1.0


def test_offers_are_measured_period_by_period() -> None:
    case = tiny(
        periods=periods(P1=10, P2=10),
        offers=rows("offer stream period price max", "a a P1 50 10", "a a P2 90 10"),
        sales=rows("sale stream period price", "a a P1 80", "a a P2 70"),
    )
    found = {worth.period: worth for worth in offer_worths(solved(case))}
    assert found["P1"].break_even == pytest.approx(80.0)
    assert found["P2"].break_even == pytest.approx(70.0)


def test_no_more_are_measured_than_asked_and_none_after_the_time() -> None:
    made = solved(read_case("williams_food_1"))
    assert len(offer_worths(made, most=3)) == 3
    assert offer_worths(made, seconds=0.0) == ()


def test_none_is_measured_of_a_plan_whose_search_was_stopped_unless_time_is_given() -> None:
    made = solved(wheat())
    stopped = replace(made, raw=replace(made.raw, status="interrupted"))
    assert stopped.interrupted
    assert not made.interrupted
    assert offer_worths(stopped) == ()
    assert offer_worths(stopped, seconds=60.0) == offer_worths(made)
    told = solution_of(stopped)
    assert told.worths == ()
    assert told.facts["offers"] > told.facts["offers_measured"] == 0


def test_many_ships_are_measured_only_when_time_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    made = solved(wheat())
    assert not has_many_ships(made)
    usual = offer_worths(made)
    assert usual
    monkeypatch.setattr(worths_of_plan, "FEW_INTEGERS", 0)
    assert has_many_ships(made)
    assert offer_worths(made) == ()
    assert [one.offer for one in offer_worths(made, seconds=60.0)] == [one.offer for one in usual]
    # Without ships whole numbers change nothing.
    assert len(offer_worths(solved(read_case("williams_food_2")), most=2)) == 2


def test_no_offers_no_worths() -> None:
    case = tiny(
        opening_stocks=rows("stream quantity", "a 5"),
        inventories=rows("stream max", "a 9"),
        sales=rows("sale stream price", "a a 80"),
    )
    assert offer_worths(solved(case)) == ()


def test_moving_an_offer_moves_nothing_else_when_it_is_moved_by_nothing() -> None:
    made = solved(plant("a a 60 60", "b b 40 500"))
    prober = Prober(made)
    assert prober.gain(prober.moved(0, 0, 0.0)) == pytest.approx(0.0, abs=1e-6)
    assert prober.moved(0, 0, -1e6) is None
    assert prober.gain(None) is None


def test_the_plan_is_left_as_it_is() -> None:
    made = solved(plant("a a 60 60", "b b 40 500"))
    before = made.x.copy()
    offer_worths(made)
    assert (made.x == before).all()


def test_a_plan_that_is_not_proven_keeps_its_integers() -> None:
    case = read_case("williams_food_2")
    rough = plan(case, gap=0.5)
    worths = offer_worths(rough, most=4)
    assert len(worths) == 4
    assert all(w.low is None or w.high is None or w.low <= w.high + 1e-6 for w in worths)
