"""Purchases, sales and tanks: the program of a tiny case, line by line as worked out by hand in golden/*.txt."""

from __future__ import annotations

import pytest

from equations.lp_text import assert_golden
from netback.case.case import Case
from netback.planning.model import build_plan
from tiny import margin, periods, rows, solved, tiny, values

LIGHT = rows("stream property value", "X density_t_per_m3 0.8")


def purchases() -> Case:
    return tiny(
        periods=periods(P1=31, P2=28),
        stream_properties=rows("stream property value", "crude density_t_per_m3 0.85"),
        exchange_rates=rows("currency period rate", "EUR P1 0.8", "EUR P2 1.0"),
        offers=rows(
            "offer stream period min max uom price price_uom",
            "arab crude . 2 10 m3/d 68 USD/m3",
            "urals crude P1 . 5 kt 50 EUR/t",
            "urals crude P2 . 100 t/d 50 EUR/t",
            "spot crude P2 . . . 55 .",
        ),
        offer_costs=rows(
            "offer item cost cost_uom",
            "arab freight 4 USD/t",
            "arab insurance 1 %",
            "urals freight 0.2 EUR/t",
        ),
        sales=rows("sale stream price", "s crude 90"),
    )


def purchase_lots() -> Case:
    return tiny(
        periods=periods(P1=30, P2=30),
        stream_properties=rows("stream property value", "crude density_t_per_m3 0.8"),
        offers=rows(
            "offer stream period max min_if_bought lot_size uom price price_uom",
            "a crude . 125 75 . m3 8 USD/m3",
            "a crude P2 150 75 50 m3 8 USD/m3",
        ),
        sales=rows("sale stream price", "s crude 20"),
    )


def tranches() -> Case:
    return tiny(
        offers=rows("offer stream tranche max price", "a X 3 100 1", "a X 1 10 5", "a X 2 10 6"),
        sales=rows("sale stream price max", "s X 20 15"),
    )


def sales() -> Case:
    return tiny(
        stream_properties=rows("stream property value", "X density_t_per_m3 0.8", "Z density_t_per_m3 0.9"),
        product_properties=rows("unit feed product property factor", *_same_density("X", "Z")),
        exchange_rates=rows("currency rate", "PKR 300"),
        offers=rows("offer stream price max", "x X 100 500", "z Z 90 500"),
        yields=rows("unit feed product yield", "U X Y 1", "U Z Y 1"),
        sales=rows(
            "sale stream min max uom price price_uom breaker_cost",
            "home Y 1 4 m3/d 72 PKR/l 9",
            "export Y . . . 200 . .",
        ),
        sale_costs=rows("sale item cost cost_uom", "home levy 10 %", "home freight 5 USD/t"),
    )


def _same_density(*feeds: str) -> list[str]:
    return [f"U {feed} Y density_t_per_m3 1" for feed in feeds]


def tiers() -> Case:
    return tiny(
        offers=rows("offer stream price max", "x X 10 50"),
        sales=rows("sale stream tier price max", "s X 1 20 10", "s X 2 30 8", "s X 3 25 40"),
    )


def inventory() -> Case:
    return tiny(
        periods=periods(P1=30, P2=30),
        stream_properties=LIGHT,
        offers=rows("offer stream period price max", "x X . 10 100", "x X P2 12 100"),
        sales=rows("sale stream period price", "s X P1 14", "s X P2 15"),
        opening_stocks=rows("stream quantity uom", "X 15 m3"),
        inventories=rows(
            "stream uom min max closing_min closing_max holding_cost holding_cost_uom closing_value",
            "X m3 2 50 10 40 0.4 USD/m3 6",
        ),
    )


CASES = {
    "purchases": purchases,
    "purchase_lots": purchase_lots,
    "tranches": tranches,
    "sales": sales,
    "tiers": tiers,
    "inventory": inventory,
}


@pytest.mark.parametrize("name", CASES)
def test_program_is_the_one_worked_out_by_hand(name: str) -> None:
    assert_golden(build_plan(CASES[name]()).problem, name)


def test_margin_of_purchases() -> None:
    # Arab must be bought at its least (5.2 a tonne left), Urals in full (27.25 and 39.8 left), spot would be endless:
    case = purchases().with_table(
        "offers", [row for row in purchases()["offers"].records if row["offer"] != "spot"]
    )
    by_hand = 263.5 * 5.2 + 238 * 5.2 + 5000 * 27.25 + 2800 * 39.8
    assert margin(case) == pytest.approx(by_hand, rel=1e-12)


def test_margin_of_lots() -> None:
    # 100 t in P1; three lots of 40 t in P2: 10 USD a tonne are left.
    assert margin(purchase_lots()) == pytest.approx(10 * (100 + 120))


def test_a_least_purchase_that_is_too_much_is_left_out() -> None:
    case = purchase_lots().with_table("sales", rows("sale stream price max", "s crude 20 59"))
    assert margin(case) == 0.0


def test_margin_of_tranches_in_order() -> None:
    # 10 t at 5 and 5 t at 6; the third tranche is out of reach: 300 - 80.
    assert margin(tranches()) == pytest.approx(220)


def test_cheap_tranche_once_the_dear_ones_are_full() -> None:
    case = tranches().with_table("sales", rows("sale stream price max", "s X 20 40"))
    # 10 at 5, 10 at 6, 20 at 1.
    assert margin(case) == pytest.approx(40 * 20 - 50 - 60 - 20)


def test_margin_of_sales_takes_the_lighter_lot_home() -> None:
    # Home takes 4 m3/d, 120 m3: of lot 1 96 t at 265 (165 left), of lot 2 108 t at 235 (145 left).
    # Export leaves 100 and 110.
    # A m3 sold home rather than abroad gains 0.8 x 65 = 52 with lot 1 and 0.9 x 35 = 31.5 with lot 2: all of lot 1.
    made = solved(sales())
    assert made.certificate.value == pytest.approx(500 * 100 + 500 * 110 + 96 * 65)
    assert values(made, "sale")["home", "1", "Y", "P1"] == pytest.approx(96)


def test_a_missed_least_sale_costs_its_breaker() -> None:
    case = sales().with_table("offers", rows("offer stream price max", "x X 400 500", "z Z 400 500"))
    assert margin(case) == pytest.approx(-9)


def test_margin_of_tiers() -> None:
    # 50 t bought at 10: 10 at 20, 8 at 30, 32 at 25.
    assert margin(tiers()) == pytest.approx(10 * 20 + 8 * 30 + 32 * 25 - 500)


def test_the_dear_tier_waits_for_the_cheap_one() -> None:
    case = tiers().with_table("offers", rows("offer stream price max", "x X 10 15"))
    assert margin(case) == pytest.approx(10 * 20 + 5 * 30 - 150)


def test_margin_of_inventory() -> None:
    # Stock kept from P1 costs 10 + 0.5 against 12 in P2: 40 t (50 m3) over the turn of the period.
    # Closing: 40 m3 = 32 t at 6 - 0.5 is below any price, so only the least, 8 t, is left.
    # P1: 12 t opening + 100 bought - 40 kept = 72 sold at 14. P2: 40 + 100 bought - 8 kept = 132 sold at 15.
    by_hand = -1000 + 72 * 14 - 0.5 * 40 - 1200 + 132 * 15 + 5.5 * 8
    assert margin(inventory()) == pytest.approx(by_hand)
