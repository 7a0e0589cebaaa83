"""Levers: every number of a small case in the words of its row, its range, its uom, and what moves with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from two_crudes import sour_and_sweet, two_assays

from netback.case.case import Case
from netback.planning.model import build_plan
from netback.studies.levers import COLUMNS, KINDS, Lever, cut_shares, in_step, levers, runs_of
from netback.studies.uncertain import Uncertain, with_inputs
from tiny import rows, tiny


def plant(**tables: Any) -> Case:
    """Two months; what is stated with a range, in an uom of its own, for one month or for both."""
    stated: dict[str, Any] = {
        "periods": rows("period start days", "april 2023-04-01 30", "may 2023-05-01 31"),
        "streams": rows("stream kind uom", "crude crude t", "fuel product m3", "POWER utility kWh"),
        "offers": rows(
            "offer stream period price price_uom max status low high",
            "spot crude april 60 USD/bbl 100 assumed 50 70",
            "spot crude may 66 USD/bbl 100 assumed 55 77",
            "term crude . 480 . . . . .",
            "grid POWER . 0.1 . . . . .",
        ),
        "offer_costs": rows("offer item cost cost_uom", "spot freight 5 USD/bbl", "spot insurance 2 %"),
        "modes": rows("unit mode cost", "still normal 1.5"),
        "stream_properties": rows(
            "stream property value", "crude density_t_per_m3 0.85", "fuel density_t_per_m3 0.9"
        ),
        "yields": rows("unit feed product yield basis", "still crude fuel 1 mass"),
        "utilities": rows("unit utility use per", "still POWER 12 bbl"),
        "capacities": rows("unit max uom status low high", "still 40 t/d assumed 45 50"),
        "sales": rows("sale stream price max", "pump fuel 600 ."),
        "feeds": rows("unit feed max_share", "still crude 0.9"),
        "inventories": rows("stream max closing_value", "crude 500 470"),
        "exchange_rates": rows("currency rate", "PKR 287"),
    }
    return tiny("plant", **{**stated, **tables})


def found(case: Case, crude: str = "crude") -> dict[str, Lever]:
    made = levers(build_plan(case), crude)
    named = {one.name: one for one in made}
    assert len(named) == len(made)
    return named


class TestWhatIsFound:
    def test_every_number_in_the_words_of_its_row(self) -> None:
        told = {name: (one.kind, one.value, one.uom) for name, one in found(plant()).items()}
        assert told == {
            "offers spot april price": ("own price", 60.0, "USD/bbl"),
            "offers spot may price": ("own price", 66.0, "USD/bbl"),
            "offers term price": ("own price", 480.0, "USD/t"),
            "offers grid price": ("price", 0.1, "USD/kWh"),
            "offer_costs spot freight cost": ("price", 5.0, "USD/bbl"),
            "offer_costs spot insurance cost": ("price", 2.0, "%"),
            "sales pump price": ("price", 600.0, "USD/m3"),
            "modes still normal cost": ("price", 1.5, "USD"),
            "exchange_rates PKR rate": ("price", 287.0, "PKR per USD"),
            "inventories crude closing_value": ("price", 470.0, "USD/t"),
            "capacities still max": ("limit", 40.0, "t/d"),
            "inventories crude max": ("limit", 500.0, "t"),
            "feeds still crude max_share": ("limit", 0.9, "share"),
            "stream_properties crude density_t_per_m3 value": ("quality", 0.85, ""),
            "stream_properties fuel density_t_per_m3 value": ("quality", 0.9, ""),
            "yields still normal crude fuel yield": ("yield", 1.0, "by mass"),
            "utilities still POWER use": ("yield", 12.0, "per bbl"),
        }

    def test_limits_on_the_crude_itself_are_left_out(self) -> None:
        names = found(plant(), "spot")
        assert not [name for name in names if name.startswith("offers spot") and name.endswith("max")]
        # Asked about one offer, the price of the other is no longer its own.
        assert names["offers term price"].kind == "price"
        assert names["offers spot april price"].kind == "own price"

    def test_a_number_of_nothing_cannot_be_moved_in_proportion(self) -> None:
        free = plant(modes=rows("unit mode cost", "still normal 0"))
        assert "modes still normal cost" not in found(free)

    def test_kinds_and_columns_are_those_of_the_tables(self) -> None:
        case = plant()
        assert KINDS == ("own price", "price", "limit", "voyage", "spec", "quality", "yield", "cut")
        for tables in COLUMNS.values():
            for name, columns in tables.items():
                assert set(columns) <= set(case.table(name).schema.by_name), name

    def test_one_month_alone_is_not_named(self) -> None:
        case = tiny(
            offers=rows("offer stream period price", "spot crude P1 60"),
            sales=rows("sale stream price", "out crude 70"),
        )
        assert set(found(case)) == {"offers spot price", "sales out price"}


class TestRanges:
    def test_a_range_belongs_to_the_number_that_its_row_describes(self) -> None:
        named = found(plant())
        assert (named["offers spot april price"].low, named["offers spot april price"].high) == (50.0, 70.0)
        assert named["offers term price"].low is None

    def test_a_range_that_does_not_hold_the_value_is_none(self) -> None:
        assert found(plant())["capacities still max"].low is None
        assert found(plant())["capacities still max"].within(40.0) is None

    def test_shares_and_yields_by_mass_end_at_one(self) -> None:
        named = found(plant())
        assert named["feeds still crude max_share"].most == 1.0
        assert named["yields still normal crude fuel yield"].most == 1.0
        assert named["sales pump price"].most is None

    @given(st.floats(0.0, 200.0))
    def test_within_is_told_by_both_ends(self, value: float) -> None:
        one = Lever("price", "x", 60.0, "", 50.0, 70.0, None)
        assert one.within(value) == (50.0 - 5e-8 <= value <= 70.0 + 7e-8)


def cell(value: float, low: float, high: float, row: int = 2) -> Uncertain:
    return Uncertain("offers", row, "spot", "price", value, low, high, "assumed", "", 1.0)


class TestInStep:
    def test_other_months_move_in_the_same_proportion(self) -> None:
        may = cell(66.0, 55.0, 77.0, 3)
        one = Lever("own price", "p", 60.0, "", 50.0, 70.0, cell(60.0, 50.0, 70.0), None, (may,))
        assert one.in_step(may, 66.0) == pytest.approx(72.6)
        assert one.changed(66.0) == {one.cell: 66.0, may: pytest.approx(72.6)}
        # 70 USD would take May to exactly 77; 71 goes beyond April's own range.
        assert one.within(70.0) is True
        assert one.within(71.0) is False
        assert one.within(50.0) is True

    def test_the_narrower_range_of_another_month_binds(self) -> None:
        may = cell(66.0, 65.0, 67.0, 3)
        one = Lever("own price", "p", 60.0, "", 50.0, 70.0, cell(60.0, 50.0, 70.0), None, (may,))
        assert one.within(60.9) is True  # May: 66.99
        assert one.within(61.0) is False  # May: 67.1

    def test_a_month_without_a_range_does_not_bind(self) -> None:
        may = cell(66.0, 66.0, 66.0, 3)
        one = Lever("own price", "p", 60.0, "", 50.0, 70.0, cell(60.0, 50.0, 70.0), None, (may,))
        assert one.within(69.0) is True

    def test_rows_that_differ_in_their_month_are_one_lever(self) -> None:
        case = plant(sales=rows("sale stream period price", "pump fuel april 600", "pump fuel may 660"))
        every = levers(build_plan(case), "crude")
        joined = {one.name: one for one in in_step(case, every, "may")}
        pump = joined["sales pump price, all months"]
        assert (pump.value, [other.value for other in pump.others]) == (660.0, [600.0])
        assert with_inputs(case, pump.changed(330.0))["sales"].records[0]["price"] == pytest.approx(300.0)
        # The crude's own price of May is what is asked for; that of April may move.
        assert "offers spot may price" not in joined
        assert joined["offers spot april price"].others == ()

    def test_a_month_without_a_row_is_told_by_the_first(self) -> None:
        case = plant(sales=rows("sale stream period price", "pump fuel april 600"))
        joined = {one.name for one in in_step(case, levers(build_plan(case), "crude"), "may")}
        assert "sales pump april price" in joined


class TestCuts:
    def test_shares_of_the_cuts_are_mass_per_mass_and_add_up(self) -> None:
        model = build_plan(two_assays())
        shares = cut_shares(model, "urals")
        assert list(shares) == ["naphtha", "diesel", "residue"]
        assert 0.9 < sum(shares.values()) <= 1.0 + 1e-9
        cuts = [one for one in levers(model, "urals") if one.kind == "cut"]
        assert {one.name: one.value for one in cuts} == {
            name: pytest.approx(100 * share) for name, share in shares.items()
        }
        assert {one.uom for one in cuts} == {"wt%"}
        assert all(one.changed(5.0) == {} for one in cuts)

    def test_another_crude_has_other_shares(self) -> None:
        model = build_plan(two_assays())
        assert cut_shares(model, "urals")["residue"] > cut_shares(model, "murban")["residue"]
        assert cut_shares(model, "urals_spot") == cut_shares(model, "urals")
        assert runs_of(model, "urals") == runs_of(model, "urals_spot")

    def test_one_product_is_no_cut(self) -> None:
        model = build_plan(sour_and_sweet())
        assert cut_shares(model, "sour") == {}
        assert not [one for one in levers(model, "sour") if one.kind == "cut"]

    def test_a_limit_on_what_is_made_leaves_cuts_out(self) -> None:
        case = two_assays()
        limited = case.with_table("limits", rows("limit max", "made 99999")).with_table(
            "limit_terms", rows("limit activity item", "made make cdu")
        )
        assert cut_shares(build_plan(limited), "urals") == {}


@given(st.floats(0.5, 2.0))
def test_a_changed_cell_is_the_only_one_that_changes(factor: float) -> None:
    case = plant()
    for one in levers(build_plan(case), "crude"):
        moved = with_inputs(case, one.changed(one.value * factor))
        changed = [
            (name, new.row, column)
            for name in case.tables
            for old, new in zip(case[name].records, moved[name].records, strict=True)
            for column in new
            if new[column] != old[column]
        ]
        assert one.cell is not None
        assert changed == ([] if factor == 1.0 else [(one.cell.table, one.cell.row, one.cell.column)])
