"""Checks of rows, prices and numbers: each fault gives its finding, and a faultless case none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netback.case.case import Case
from netback.case.checks import CHECKS, check
from netback.errors import Finding
from netback.io.folder import read_case, shipped_cases
from tiny_case import added, changed, findings_beyond_notes, one_finding, tiny, without


@pytest.fixture(name="case")
def _case(tmp_path: Path) -> Case:
    return tiny(tmp_path)


def assert_found(case: Case, where: str, what: str, severity: str = "error") -> Finding:
    found = one_finding(case)
    assert found.where == where
    assert what in found.what
    assert found.severity == severity
    return found


def test_a_faultless_case_has_nothing_but_notes(case: Case) -> None:
    found = check(case, lambda: ())
    assert [(finding.severity, finding.where) for finding in found] == [("note", "sales.csv, row 3")]


@pytest.mark.parametrize("name", shipped_cases())
def test_checks_of_shipped_cases_name_places(name: str) -> None:
    for finding in check(read_case(name)):
        assert finding.where
        assert finding.what.endswith(".")


def test_every_check_runs_on_an_almost_empty_case() -> None:
    case = Case.of("x", {"periods": [{"period": "p", "days": 1}]})
    for one in CHECKS:
        assert one(case) == []
    assert check(case) == []


def test_errors_come_first_and_once(case: Case) -> None:
    bad = changed(added(case, "units", {"unit": "idle"}), "blends", 3, max_share=2.0)
    found = check(bad, lambda: ())
    order = [finding.severity for finding in found]
    assert order == sorted(order, key=["error", "warning", "note"].index)
    assert len(set(found)) == len(found)


def test_remarks_of_reading_are_kept(tmp_path: Path) -> None:
    case = tiny(tmp_path, {"units.csv": "unit,my own column\ndistillation,x\n"})
    assert one_finding(case).severity == "warning"


# --- rows ----------------------------------------------------------------------------------------


def test_dangling_references(case: Case) -> None:
    found = findings_beyond_notes(added(case, "blends", {"product": "petrol", "component": "naphta"}))
    assert str(found[0]) == (
        'blends.csv, row 4, column component: stream "naphta" is not in streams.csv. Closest name: "naphtha".'
    )


def test_duplicate_rows(case: Case) -> None:
    bad = added(case, "capacities", {"unit": "distillation", "max": 7})
    assert_found(bad, "capacities.csv, row 3", "the row says the same as row 2: equal in unit, mode, period.")


def test_rows_of_different_periods_are_no_duplicates(case: Case) -> None:
    assert (
        findings_beyond_notes(
            added(case, "capacities", {"unit": "distillation", "max": 7, "period": "2023-09"})
        )
        == []
    )


def test_similar_names(case: Case) -> None:
    bad = added(case, "streams", {"stream": "Fuel Oil"})
    assert_found(bad, "streams.csv, row 10, column stream", "easily mistaken", "warning")


def test_a_named_period_is_noted(case: Case) -> None:
    (note,) = [finding for finding in check(case) if finding.severity == "note"]
    assert note.what == "in 2023-10 this row holds in place of row 2, whose period is blank."


def test_many_named_periods_are_one_note(case: Case) -> None:
    rows = [{"sale": "gasoil", "stream": "gasoil", "price": 1, "period": p} for p in ("2023-09", "2023-10")]
    (note,) = [finding for finding in check(added(case, "sales", *rows)) if finding.severity == "note"]
    assert "(3 such rows in this table)" in note.what


def test_an_offer_is_of_one_stream(case: Case) -> None:
    bad = changed(case, "offers", 3, stream="power", price_uom="USD/MWh", uom=None)
    assert_found(bad, "offers.csv, row 3, column stream", 'offer "spot" is of "crude" in row 2.')


@pytest.mark.parametrize(("tranche", "what"), [(3, "tranche 2 of offer"), (0, "tranche 0 of offer")])
def test_tranches_are_consecutive(case: Case, tranche: int, what: str) -> None:
    case = case.with_table("overrides", [])
    assert what in one_finding(changed(case, "offers", 3, tranche=tranche)).what


def test_tranches_are_consecutive_in_every_period(case: Case) -> None:
    rows = [{"offer": "extra", "stream": "crude", "price": 1, "tranche": 1, "period": "2023-09"}]
    rows += [{"offer": "extra", "stream": "crude", "price": 1, "tranche": 2}]
    assert 'tranche 1 of offer "extra" is missing.' in one_finding(added(case, "offers", *rows)).what


def test_tiers_are_consecutive(case: Case) -> None:
    assert_found(
        changed(case, "sales", 4, tier=2),
        "sales.csv, row 4, column tier",
        'tier 1 of sale "gasoil" is missing.',
    )


def test_a_share_needs_a_price(case: Case) -> None:
    assert_found(
        changed(case, "sales", 4, price_uom="%"), "sales.csv, row 4, column price_uom", "here is none"
    )
    fine = added(case, "sale_costs", {"sale": "gasoil", "item": "levy", "cost": 2, "cost_uom": "%"})
    assert findings_beyond_notes(fine) == []


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("inventories", {"stream": "gasoil", "uom": "t/d"}),
        ("opening_stocks", {"stream": "gasoil", "quantity": 5, "uom": "kbd"}),
    ],
)
def test_stocks_are_amounts(case: Case, table: str, row: dict[str, Any]) -> None:
    assert_found(
        added(case, table, row), f"{table}.csv, row 2, column uom", "is a rate; here an amount is meant."
    )


@pytest.mark.parametrize(("column", "value"), [("uom", "MWh"), ("price_uom", "USD/GJ")])
def test_uom_measures_the_stream(case: Case, column: str, value: str) -> None:
    bad = changed(case, "sales", 4, **{column: value})
    assert_found(
        bad, f"sales.csv, row 4, column {column}", f'"{value}" does not measure "gasoil", which flows in t.'
    )


def test_mass_and_volume_are_left_to_the_density(case: Case) -> None:
    assert findings_beyond_notes(changed(case, "sales", 4, uom="bbl/d", price_uom="USD/m3")) == []


def test_exchange_rates(case: Case) -> None:
    bad = changed(case, "sales", 4, price_uom="PKR/l")
    found = assert_found(bad, "sales.csv, row 4, column price_uom", "no rate of it.")
    assert found.hint == "Add how many PKR one USD is worth."
    some = added(bad, "exchange_rates", {"currency": "PKR", "rate": 300, "period": "2023-09"})
    assert "no rate of it in 2023-10." in one_finding(some).what
    assert findings_beyond_notes(added(bad, "exchange_rates", {"currency": "PKR", "rate": 300})) == []


def test_fob_needs_freight(case: Case) -> None:
    bad = changed(changed(case, "offers", 2, price_basis="fob"), "offers", 3, price_basis="fob")
    assert_found(bad, "offers.csv, row 2, column price_basis", 'offer "spot" is priced fob', "warning")
    item = {"offer": "spot", "item": "freight", "cost": 2, "cost_uom": "USD/bbl"}
    assert findings_beyond_notes(added(bad, "offer_costs", item)) == []


def test_properties_are_built_in_or_declared(case: Case) -> None:
    bad = added(case, "specs", {"product": "petrol", "property": "octan", "min": 3})
    found = [finding for finding in check(bad, lambda: {"ron"}) if finding.severity == "error"]
    assert [str(finding) for finding in found] == [
        'specs.csv, row 3, column property: property "octan" is neither built in nor declared. Closest name: "octane".'
    ]
    assert all(finding.severity == "note" for finding in check(bad, lambda: {"octan"}))


def test_built_in_properties_are_asked_for_only_when_needed(case: Case) -> None:
    def never() -> set[str]:
        raise AssertionError("every property is declared")

    assert check(case, never)


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"low": 70.0}, "60 is below its own low 70."),
        ({"high": 50.0}, "60 is above its own high 50."),
        ({"low": 70.0, "high": 50.0}, "high 50 is below low 70."),
        ({"status": "assumed"}, "60 is assumed without its range."),
        ({"status": "assumed", "low": 50.0}, "60 is assumed without its range."),
    ],
)
def test_ranges(case: Case, values: dict[str, Any], what: str) -> None:
    assert one_finding(changed(case, "offers", 2, **values)).what == what


def test_a_range_without_width_is_a_warning(case: Case) -> None:
    found = one_finding(changed(case, "offers", 2, status="assumed", low=60.0, high=60.0))
    assert (found.severity, found.where) == ("warning", "offers.csv, row 2, column price")


def test_the_range_of_a_row_without_its_main_number_is_of_the_first_other(case: Case) -> None:
    row = {"unit": "distillation", "period": "2023-09", "min": 50.0, "status": "assumed"}
    found = one_finding(added(case, "capacities", row))
    assert (found.where, found.what) == (
        "capacities.csv, row 3, column min",
        "50 is assumed without its range.",
    )
    assert findings_beyond_notes(added(case, "capacities", {**row, "low": 40.0, "high": 60.0})) == []


def test_a_range_of_nothing(case: Case) -> None:
    bad = added(case, "blends", {"product": "fuel_oil", "component": "gasoil", "low": 0.1})
    assert_found(bad, "blends.csv, row 4", "the row has none")


@pytest.mark.parametrize(
    ("low", "high", "what"), [(90.0, 95.0, "80 is below its own low 90."), (None, 90.0, "80 is assumed")]
)
def test_ranges_of_overrides(case: Case, low: float | None, high: float, what: str) -> None:
    found = one_finding(changed(case, "overrides", 2, low=low, high=high))
    assert found.where == "overrides.csv, row 2, column value"
    assert what in found.what


@pytest.mark.parametrize(
    ("table", "row", "column", "value"),
    [
        ("offers", 2, "max", -1.0),
        ("offers", 2, "lot_size", 0.0),
        ("capacities", 2, "max", -1.0),
        ("modes", 2, "loss_wt_pct", 100.0),
        ("modes", 2, "loss_wt_pct", -1.0),
        ("sales", 4, "breaker_cost", -5.0),
    ],
)
def test_signs(case: Case, table: str, row: int, column: str, value: float) -> None:
    found = findings_beyond_notes(changed(case, table, row, **{column: value}))
    assert f"{table}.csv, row {row}, column {column}" in [finding.where for finding in found]


def test_rates_are_above_zero(case: Case) -> None:
    bad = added(case, "exchange_rates", {"currency": "PKR", "rate": 0})
    assert_found(bad, "exchange_rates.csv, row 2, column rate", "rate 0 is not above zero.")


def test_prices_may_be_negative(case: Case) -> None:
    assert findings_beyond_notes(changed(case, "sales", 4, price=-10.0)) == []


def test_min_above_max_in_the_words_of_the_design(case: Case) -> None:
    bad = added(case, "properties", {"property": "sulfur_wt_pct"})
    bad = added(bad, "specs", {"product": "petrol", "property": "sulfur_wt_pct", "min": 0.01, "max": 0.001})
    assert str(one_finding(bad)) == (
        "specs.csv, row 3: sulfur_wt_pct max 0.001 is below min 0.01. No blend can meet both."
    )


@pytest.mark.parametrize(
    ("table", "row", "values", "what"),
    [
        ("offers", 2, {"min": 2000.0}, "max 1000 is below min 2000."),
        ("offers", 2, {"min_if_bought": 2000.0}, "max 1000 is below min_if_bought 2000."),
        ("capacities", 2, {"min_if_run": 6000.0}, "max 5000 is below min_if_run 6000."),
        ("blends", 3, {"min_share": 0.8, "max_share": 0.7}, "max_share 0.7 is below min_share 0.8."),
    ],
)
def test_min_above_max(case: Case, table: str, row: int, values: dict[str, float], what: str) -> None:
    found = findings_beyond_notes(changed(case, table, row, **values))
    assert what in [finding.what for finding in found]


def test_closing_stocks(case: Case) -> None:
    bad = added(case, "inventories", {"stream": "gasoil", "closing_min": 5, "closing_max": 4})
    assert_found(bad, "inventories.csv, row 2", "closing_max 4 is below closing_min 5.")


@pytest.mark.parametrize(("share", "hint"), [(30.0, "Write 0.3 for 30 %."), (-0.1, "")])
def test_shares_lie_between_0_and_1(case: Case, share: float, hint: str) -> None:
    (found,) = [
        f for f in findings_beyond_notes(changed(case, "blends", 2, max_share=share)) if "share" in f.where
    ]
    assert found.hint == hint


def test_least_shares_leave_room(case: Case) -> None:
    bad = added(
        changed(case, "blends", 3, min_share=0.7),
        "blends",
        {"product": "fuel_oil", "component": "gasoil", "min_share": 0.4},
    )
    assert_found(bad, "blends.csv, rows 3-4", 'the least shares of "fuel_oil" add up to 1.1, above 1.')


def test_greatest_shares_fill(case: Case) -> None:
    assert_found(changed(case, "blends", 3, max_share=0.5), "blends.csv, row 3", "add up to 0.5, below 1.")
    assert_found(changed(case, "feeds", 2, max_share=0.5), "feeds.csv, row 2", "add up to 0.5, below 1.")
    third = added(
        changed(case, "blends", 3, max_share=0.333),
        "blends",
        {"product": "fuel_oil", "component": "gasoil", "max_share": 0.667},
    )
    assert findings_beyond_notes(third) == []


def test_a_share_that_may_be_broken_is_a_warning(case: Case) -> None:
    assert one_finding(changed(case, "feeds", 2, max_share=0.5, breaker_cost=1.0)).severity == "warning"


def test_shares_of_different_bases_are_not_added(case: Case) -> None:
    mixed = added(
        changed(case, "blends", 3, max_share=0.5, basis="mass"),
        "blends",
        {"product": "fuel_oil", "component": "gasoil", "max_share": 0.4, "basis": "volume"},
    )
    assert findings_beyond_notes(mixed) == []


def test_recipes_and_parts_come_together(case: Case) -> None:
    assert "no recipe that they belong to" in one_finding(changed(case, "blends", 2, parts=3.0)).what
    assert "does not say how many parts" in one_finding(changed(case, "blends", 2, recipe="a")).what
    assert findings_beyond_notes(changed(case, "blends", 2, recipe="a", parts=3.0)) == []
    assert "is not above zero" in one_finding(changed(case, "blends", 2, recipe="a", parts=0.0)).what


# --- scenarios -----------------------------------------------------------------------------------


def test_scenarios_that_do_not_apply(case: Case) -> None:
    found = one_finding(changed(case, "overrides", 2, where="offer=spott"))
    assert found.where == "overrides.csv, row 2, column where"


def test_faults_of_parents_are_told_once(case: Case) -> None:
    plain = {"status": None, "low": None, "high": None, "source": "ours"}
    assert len(findings_beyond_notes(changed(case, "overrides", 2, value="cheap", **plain))) == 1


def test_within_a_scenario_the_others_are_not_tried(case: Case) -> None:
    bad = changed(case, "overrides", 3, where="offer=spott")
    assert findings_beyond_notes(bad.in_scenario("dear")) == []


def test_what_a_scenario_spoils_is_found_in_it(case: Case) -> None:
    bad = changed(case, "overrides", 2, low=90.0, high=95.0).in_scenario("dear")
    where = [finding.where for finding in findings_beyond_notes(bad)]
    assert "offers.csv, row 2, column price, set by scenario dear" in where


def test_a_stream_that_a_scenario_takes_away_is_a_warning(case: Case) -> None:
    bad = without(case, "overrides", 3)
    bad = changed(
        bad,
        "overrides",
        2,
        where="offer=spot",
        action="drop",
        column=None,
        value=None,
        status=None,
        low=None,
        high=None,
        source="ours",
    )
    assert findings_beyond_notes(bad) == []
    (found,) = findings_beyond_notes(bad.in_scenario("dear"))
    assert (found.severity, found.what) == ("warning", 'stream "crude" is made by no unit and not bought.')
