"""Volumes held, base loading and swap: by hand, and as the difference of two plans solved by brute force."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from two_crudes import sour_and_sweet

from netback.case.case import Case
from netback.errors import DataError, ModelError
from netback.io.folder import read_case
from netback.planning.model import build_plan
from netback.planning.solve import plan
from netback.studies.evaluate_tables import on_top_table, swap_table
from netback.studies.slate import Priced, Slate, names_offered, per_uom, priced
from netback.studies.swap import Base, base_of, displaced, on_top, swap, usual_barrels
from netback.studies.value import curve
from tiny import rows, tiny


@pytest.fixture(scope="module")
def karachi() -> Base:
    return base_of(read_case("karachi_2023_september"))


def mix() -> Case:
    """A still of 100 t: heavy crude makes half light, light crude nine tenths; light oil sells at 80, the rest at 20.

    Worth of a tonne: heavy 0.5 x 80 + 0.5 x 20 = 50, light 0.9 x 80 + 0.1 x 20 = 74. Light costs 60 and 40 t are on
    offer, heavy costs 45 and 30 t, a third crude worth 65 costs 64 and ends nowhere.
    """
    return tiny(
        "mix",
        streams=rows("stream kind", "light crude", "heavy crude", "third crude"),
        offers=rows(
            "offer stream price max", "light_spot light 60 40", "heavy_spot heavy 45 30", "third third 64 ."
        ),
        capacities=rows("unit max uom", "still 100 t"),
        yields=rows(
            "unit feed product yield",
            "still light gasoline 0.9", "still light residue 0.1", "still heavy gasoline 0.5",
            "still heavy residue 0.5", "still third gasoline 0.75", "still third residue 0.25",
        ),
        sales=rows("sale stream price", "g gasoline 80", "r residue 20"),
    )  # fmt: skip


def test_the_base_and_what_is_displaced_by_hand() -> None:
    base = base_of(mix())
    assert base.bought == pytest.approx({"light": 40.0, "heavy": 30.0, "third": 30.0})
    assert displaced(base, "light", 50.0) == "third"
    # Two weeks of a period of thirty days.
    assert usual_barrels(base, ["light"]) == pytest.approx(100.0 * 14.0 / 30.0)
    little = mix().with_table(
        "feeds", rows("unit feed max_share", "still light 1", "still heavy 0.3", "still third 1")
    )
    assert usual_barrels(base_of(little), ["light", "heavy"]) == pytest.approx(30.0)


def test_on_top_by_hand() -> None:
    base = base_of(mix())
    held, free = (on_top(base, "light", 20.0, one) for one in (True, False))
    # The still is full: nothing fits on a slate that is held.
    assert (held.most, held.barrels, held.first, held.average) == (
        pytest.approx(0.0, abs=1e-6),
        0.0,
        None,
        None,
    )
    # Free, light takes the place of the third crude, which earns 1 there: 74 - (65 - 64).
    assert free.most == pytest.approx(60.0)
    assert (free.first, free.average) == pytest.approx((73.0, 73.0))
    assert free.barrels == 20.0
    wide = base_of(mix().with_table("capacities", rows("unit max uom", "still 110 t")))
    # The room is filled by the third crude, so nothing fits on top of it either.
    assert on_top(wide, "light", 20.0, True).average is None
    short = mix().with_table(
        "offers", [{**r, "max": 20.0} if r["offer"] == "third" else r for r in mix()["offers"].records]
    )
    some = on_top(base_of(short), "light", 20.0, True)
    assert (some.most, some.barrels, some.average) == pytest.approx((10.0, 10.0, 74.0))


def test_swap_by_hand() -> None:
    base = base_of(mix())
    held, free = (swap(base, "light", "heavy", 10.0, one) for one in (True, False))
    assert (held.difference, held.costs, held.gain) == pytest.approx((24.0, 15.0, 9.0))
    assert (free.difference, free.gain) == pytest.approx((24.0, 9.0))
    assert held.changes == pytest.approx({"third": 0.0})
    # No more goes out than the plan buys.
    assert swap(base, "light", "heavy", 500.0, True).barrels == pytest.approx(30.0)


def forced(case: Case, volumes: dict[str, float]) -> float:
    """Margin of the case with purchases forced [USD]."""
    records = [
        row.with_(min=volumes[row["offer"]], max=volumes[row["offer"]]) if row["offer"] in volumes else row
        for row in case["offers"].records
    ]
    found = plan(case.with_table("offers", records)).certificate.value
    assert found is not None
    return found


@pytest.mark.parametrize("held", [True, False])
def test_swap_is_the_difference_of_two_plans(karachi: Base, held: bool) -> None:
    case, model = karachi.plan.case, karachi.plan.model
    found = swap(karachi, "urals", "murban", 200_000.0, held)
    into, out = (200_000.0 / per_uom(model, name)[1] for name in ("urals", "murban"))
    others = {"das_spot": 70_000.0, "arab_light_term": 0.0, "upper_zakum_spot": 0.0} if held else {}
    before = forced(case, {"urals_primorsk": 0.0, "murban_spot": 70_000.0, **others})
    after = forced(case, {"urals_primorsk": into, "murban_spot": 70_000.0 - out, **others})
    assert found.gain == pytest.approx((after - before) / 200_000.0, abs=1e-6)
    assert before == pytest.approx(karachi.plan.certificate.value, rel=1e-9)
    assert found.gap < 1e-6


def test_free_is_worth_no_less_than_held(karachi: Base) -> None:
    for crude, reference in (("urals", "das"), ("arab_light", "murban"), ("upper_zakum", "das")):
        held, free = (swap(karachi, crude, reference, 300_000.0, one) for one in (True, False))
        assert held.difference is not None
        assert free.difference is not None
        assert free.difference >= held.difference - 1e-6


def test_base_loading_of_a_crude_that_is_not_in_the_plan(karachi: Base) -> None:
    found = curve(karachi.plan.case, "urals")
    held, free = (on_top(karachi, "urals", 100_000.0, one) for one in (True, False))
    assert free.first == pytest.approx(found.points[0].next)
    assert free.most == pytest.approx(found.most * found.per_volume, rel=1e-6)
    assert held.first is not None
    assert held.first <= free.first + 1e-6  # type: ignore[operator]
    # 160.2 kt of capacity less 140 kt of the base slate.
    assert held.most == pytest.approx(20_200.0 * found.per_volume, rel=1e-6)


def test_two_crudes_held_at_once(karachi: Base) -> None:
    model = build_plan(karachi.plan.case)
    slate = Slate(model, ["urals", "das_spot"])
    both = slate.loaded({"urals": 30_000.0, "das_spot": 50_000.0})
    assert both is not None
    price = sum(
        amount * float(next(t for t in model.tranches if t.offer == offer).delivered[0])
        for offer, amount in (("urals_primorsk", 30_000.0), ("das_spot", 50_000.0))
    )
    assert both.value - price == pytest.approx(
        forced(karachi.plan.case, {"urals_primorsk": 30_000.0, "das_spot": 50_000.0}), rel=1e-9
    )
    assert slate.loaded({"urals": 1e7}) is None
    assert slate.linear


def test_a_slate_without_limits_and_one_without_plans() -> None:
    endless = tiny(
        offers=rows("offer stream price max", "o X 10 5"),
        sales=rows("sale stream price", "s X 20"),
    )
    assert Slate(build_plan(endless), ["X"]).most("X", {}) == math.inf
    full = Slate(build_plan(mix()), ["light", "heavy"])
    assert full.most("light", {"heavy": 500.0}) is None
    assert full.most("light", {"heavy": 70.0}) == pytest.approx(30.0)


def test_whole_lots_have_averages_and_no_first_barrel() -> None:
    offers = rows(
        "offer stream price max lot_size",
        "light_spot light 60 40 20",
        "heavy_spot heavy 45 30 .",
        "third third 64 . .",
    )
    found = on_top(base_of(mix().with_table("offers", offers)), "light", 20.0, False)
    assert found.first is None
    assert found.average == pytest.approx(73.0)


def test_prices_with_their_items() -> None:
    model = build_plan(sour_and_sweet())
    found = priced(model, "sour", 1.0)
    assert (found.offer, found.basis, found.price) == ("sour_spot", "fob", 30.0)
    assert found.gate(30.0) == pytest.approx(30.0 * 1.01 + 5.0)
    assert found.on_basis(found.gate(47.3)) == pytest.approx(47.3)
    assert (found.item("insurance", 40.0), found.item("freight", 40.0), found.item("nothing", 40.0)) == (
        pytest.approx(0.4), 5.0, 0.0,
    )  # fmt: skip
    assert per_uom(model, "sour") == ("t", 1.0)


def test_prices_per_barrel(karachi: Base) -> None:
    per, scale = per_uom(karachi.plan.model, "urals")
    found = priced(karachi.plan.model, "urals", scale)
    assert (per, found.price) == ("bbl", pytest.approx(80.01))
    assert {name: (fixed, share) for name, fixed, share in found.items} == {
        "freight": (pytest.approx(10.96), 0.0),
        "insurance": (0.0, 0.005),
        "lightering": (pytest.approx(2.5), 0.0),
    }


def test_names() -> None:
    assert names_offered(sour_and_sweet(), "sour_spot") == ("sour", ("sour_spot",))
    with pytest.raises(DataError, match='Closest name: "sweet"'):
        names_offered(sour_and_sweet(), "swet")


def test_ships_are_refused() -> None:
    model = replace(build_plan(mix()), cargoes=SimpleNamespace(offers=("light_spot",)))
    with pytest.raises(DataError, match='"light_spot" comes in whole ships'):
        Slate(model, ["light"])
    assert Slate(model, ["heavy"]).linear


def test_what_cannot_be_swapped() -> None:
    base = base_of(mix())
    with pytest.raises(DataError, match="are the same crude"):
        swap(base, "light", "light_spot", 10.0, True)
    dear = mix().with_table(
        "offers", [r.with_(price=99.0) if r["offer"] == "heavy_spot" else r for r in mix()["offers"].records]
    )
    with pytest.raises(DataError, match="the plan buys no heavy") as caught:
        swap(base_of(dear), "light", "heavy", 10.0, True)
    assert "In the plan: third" in str(caught.value)
    # The share of the heavy crude ends what can come in: 5 t.
    small = mix().with_table(
        "feeds", rows("unit feed max_share", "still heavy 0.35", "still light .", "still third .")
    )
    found = swap(base_of(small), "heavy", "light", 20.0, True)
    assert (found.barrels, found.difference) == pytest.approx((5.0, -24.0))
    full = mix().with_table(
        "feeds", rows("unit feed max_share", "still heavy 0.3", "still light .", "still third .")
    )
    none = swap(base_of(full), "heavy", "light", 20.0, True)
    assert (none.barrels, none.difference, none.gain) == (pytest.approx(0.0, abs=1e-6), None, None)


def test_no_plan_and_nothing_displaced() -> None:
    bound = mix().with_table("sales", rows("sale stream price min", "g gasoline 80 500", "r residue 20 ."))
    with pytest.raises(ModelError, match="no plan"):
        base_of(bound)
    alone = sour_and_sweet(
        offers=rows("offer stream price", "sour_spot sour 30", "cutter cutter 60"), offer_costs=[]
    )
    with pytest.raises(DataError, match="displaces no other crude"):
        displaced(base_of(alone), "sour", 10.0)
    with pytest.raises(DataError, match=r"the plant cannot take 5,000 \w+ of light; it takes at most"):
        displaced(base_of(mix()), "light", 5_000.0)


def test_tables_keep_what_is_not_known_blank() -> None:
    base = base_of(mix())
    offer = Priced("light_spot", "fob", None, (("freight", 2.0, 0.0),))
    table = on_top_table([on_top(base, "light", 20.0, held) for held in (True, False)], offer, "t", "USD")
    assert table.column("other_crudes") == ["held", "free"]
    assert table.column("break_even_all") == [None, pytest.approx(71.0)]
    assert table.column("price") == [None, None]
    swaps = swap_table([swap(base, "light", "heavy", 10.0, True)], "t", "USD")
    assert swaps.column("gain") == [pytest.approx(9.0)]
