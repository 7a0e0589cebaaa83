"""Checks of units, cuts, flows, limits and sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netback.case.case import Case
from netback.case.checks import check
from netback.case.checks_sources import assumptions, count_statuses, spans
from netback.case.checks_units import modes_by_unit
from tiny_case import added, changed, findings_beyond_notes, one_finding, tiny, without

CUTS = [
    {"unit": "distillation", "stream": "naphtha", "to_c": 180},
    {"unit": "distillation", "stream": "gasoil", "from_c": 180, "to_c": 360},
    {"unit": "distillation", "stream": "residue", "from_c": 360},
]


@pytest.fixture(name="case")
def _case(tmp_path: Path) -> Case:
    return tiny(tmp_path)


@pytest.fixture(name="cutting")
def _cutting(case: Case) -> Case:
    """The tiny case with cut points in place of yields, so that the loss is one of the mode."""
    case = case.with_table("yields", []).with_table(
        "crudes", [{"crude": "crude", "assay": "urals", "source": "ours"}]
    )
    return added(case, "cuts", *CUTS)


def places(case: Case) -> list[tuple[str, str]]:
    return [(finding.severity, finding.where) for finding in findings_beyond_notes(case)]


# --- modes and units -----------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["yields", "capacities", "utilities", "feeds"])
def test_unknown_modes(case: Case, table: str) -> None:
    found = findings_beyond_notes(changed(case, table, 2, mode="norml"))
    (first,) = [finding for finding in found if finding.where == f"{table}.csv, row 2, column mode"]
    assert first.what == 'unit "distillation" has no mode "norml".'
    assert first.hint == 'Closest name: "normal".'


def test_a_unit_without_modes_has_the_normal_one(case: Case) -> None:
    assert findings_beyond_notes(case.with_table("modes", [])) == []
    assert modes_by_unit(case.with_table("modes", [])) == {"distillation": ("normal",)}


def test_idle_units_and_modes(case: Case) -> None:
    bad = added(added(case, "units", {"unit": "idle"}), "modes", {"unit": "distillation", "mode": "hot"})
    assert places(bad) == [
        ("error", "units.csv, row 3, column unit"),
        ("error", "modes.csv, row 3, column mode"),
    ]


def test_a_unit_without_capacity_is_a_warning(case: Case) -> None:
    assert places(case.with_table("capacities", [])) == [("warning", "units.csv, row 2, column unit")]


def test_a_feed_without_yields(case: Case) -> None:
    found = one_finding(added(case, "feeds", {"unit": "distillation", "feed": "naphtha"}))
    assert found.what == 'unit "distillation" has no yields of the feed "naphtha".'


def test_deltas_move_yields_that_exist(case: Case) -> None:
    row = {
        "unit": "distillation",
        "feed": "crude",
        "product": "petrol",
        "property": "octane",
        "base": 1,
        "delta": 0,
    }
    assert one_finding(added(case, "deltas", row)).where == "deltas.csv, row 2, column product"


@pytest.mark.parametrize(("second", "total"), [(-0.010, None), (-0.008, "0.002")])
def test_deltas_by_mass_cancel(case: Case, second: float, total: str | None) -> None:
    common = {"unit": "distillation", "feed": "crude", "property": "octane", "base": 60}
    rows = [{**common, "product": "naphtha", "delta": 0.01}, {**common, "product": "gasoil", "delta": second}]
    found = findings_beyond_notes(added(case, "deltas", *rows))
    assert [finding.where for finding in found] == ([] if total is None else ["deltas.csv, rows 2-3"])
    assert total is None or f"add up to {total} of its mass per unit of octane" in found[0].what


def test_deltas_of_yields_as_they_flow_need_not_be_mass(case: Case) -> None:
    """As for the sums of yields: what is said to flow may count something else, so it is a remark."""
    flowing = changed(changed(case, "yields", 2, basis="flow"), "yields", 3, basis="flow")
    common = {"unit": "distillation", "feed": "crude", "property": "octane", "base": 60}
    rows = [{**common, "product": "naphtha", "delta": 0.01}, {**common, "product": "gasoil", "delta": -0.008}]
    for bad, severity in ((case, "error"), (flowing, "warning")):
        found = [f for f in check(added(bad, "deltas", *rows)) if "the deltas of" in f.what]
        assert [finding.severity for finding in found] == [severity]


def test_deltas_count_per_step(case: Case) -> None:
    common = {"unit": "distillation", "feed": "crude", "property": "octane", "base": 60}
    rows = [
        {**common, "product": "naphtha", "delta": 0.01, "step": 2},
        {**common, "product": "gasoil", "delta": -0.005, "step": 1},
    ]
    assert findings_beyond_notes(added(case, "deltas", *rows)) == []


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"product": "petrol", "value": 1}, 'unit "distillation" does not make "petrol".'),
        ({"product": "naphtha"}, "the row states no quality."),
        ({"product": "naphtha", "value": 1, "factor": 2}, "value and factor are given; only one can hold."),
    ],
)
def test_product_properties(case: Case, values: dict[str, Any], what: str) -> None:
    row = {"unit": "distillation", "property": "octane", **values}
    assert one_finding(added(case, "product_properties", row)).what == what


# --- yields --------------------------------------------------------------------------------------


def test_yields_by_mass_that_fall_short(case: Case) -> None:
    found = one_finding(changed(case, "yields", 4, **{"yield": 0.435}))
    assert str(found) == (
        'yields.csv, rows 2-5: the products of "crude" in distillation add up to 0.94 of its mass; 0.06 is missing. '
        "Add what is missing, for example as a product of kind loss."
    )


def test_yields_by_mass_that_are_too_much(case: Case) -> None:
    assert "0.01 is too much" in one_finding(changed(case, "yields", 4, **{"yield": 0.505})).what


def test_yields_within_a_thousandth_are_fine(case: Case) -> None:
    assert findings_beyond_notes(changed(case, "yields", 4, **{"yield": 0.4959})) == []


def test_what_is_used_up_beside_the_feed_counts_as_feed(case: Case) -> None:
    hydrogen = added(case, "streams", {"stream": "hydrogen"})
    hydrogen = added(hydrogen, "offers", {"offer": "hydrogen", "stream": "hydrogen", "price": 1000})
    rows = [{"unit": "distillation", "feed": "crude", "product": "hydrogen", "yield": -0.02, "basis": "mass"}]
    hydrogen = added(changed(hydrogen, "yields", 4, **{"yield": 0.515}), "yields", *rows)
    assert findings_beyond_notes(hydrogen) == []


def test_utilities_are_not_mass(case: Case) -> None:
    row = {"unit": "distillation", "feed": "crude", "product": "power", "yield": 0.3}
    assert findings_beyond_notes(added(case, "yields", row)) == []


def test_yields_by_volume_have_no_sum(case: Case) -> None:
    rows = [record.with_(basis="volume") for record in case["yields"].records[:2]]
    assert findings_beyond_notes(case.with_table("yields", [*rows, *case["yields"].records[2:]])) == []


@pytest.mark.parametrize(("amount", "severities"), [(495.0, []), (400.0, ["warning"])])
def test_flows_between_weighed_streams_are_added_in_their_uom(
    case: Case, amount: float, severities: list[str]
) -> None:
    rows = [record.with_(basis="flow") for record in case["yields"].records]
    rows[2] = rows[2].with_(**{"yield": amount})
    case = changed(case.with_table("yields", rows), "streams", 5, uom="kg")
    assert [finding.severity for finding in findings_beyond_notes(case)] == severities


# --- cuts ----------------------------------------------------------------------------------------


def test_faultless_cuts(cutting: Case) -> None:
    assert findings_beyond_notes(cutting) == []
    assert findings_beyond_notes(cutting.with_table("cuts", list(cutting["cuts"].records)[::-1])) == []


@pytest.mark.parametrize(
    ("row", "values", "where", "what"),
    [
        (2, {"from_c": 15.0}, "row 2, column from_c", "begins at 15 C; what boils below is lost."),
        (4, {"to_c": 550.0}, "row 4, column to_c", "ends at 550 C; what boils above is lost."),
        (3, {"from_c": 200.0}, "row 3, column from_c", "nothing takes what boils from 180 to 200 C."),
        (3, {"from_c": 150.0}, "row 3, column from_c", "both take what boils from 150 to 180 C."),
        (3, {"to_c": None}, "row 3, column to_c", 'the cut has no end, but "residue" is heavier.'),
    ],
)
def test_cuts_follow_each_other(
    cutting: Case, row: int, values: dict[str, Any], where: str, what: str
) -> None:
    found = one_finding(changed(cutting, "cuts", row, **values))
    assert found.where == f"cuts.csv, {where}"
    assert what in found.what


def test_a_cut_that_ends_before_it_begins(cutting: Case) -> None:
    found = findings_beyond_notes(changed(cutting, "cuts", 3, to_c=150.0))
    assert "the cut ends at 150 C, before it begins at 180 C." in [finding.what for finding in found]


def test_two_cuts_without_a_beginning(cutting: Case) -> None:
    found = findings_beyond_notes(changed(cutting, "cuts", 3, from_c=None))
    assert 'the cut has no beginning, as has "naphtha".' in [finding.what for finding in found]


@pytest.mark.parametrize(
    ("swing_to", "severity", "what"),
    [
        ("naphtha;gasoil", "error", "would join itself"),
        ("naphtha; petrol", "error", '"petrol" is not a cut of distillation.'),
    ],
)
def test_swing_cuts(cutting: Case, swing_to: str, severity: str, what: str) -> None:
    (found,) = findings_beyond_notes(changed(cutting, "cuts", 3, swing_to=swing_to))
    assert (found.severity, found.where) == (severity, "cuts.csv, row 3, column swing_to")
    assert what in found.what


def test_swing_cuts_join_their_neighbours(cutting: Case) -> None:
    assert findings_beyond_notes(changed(cutting, "cuts", 3, swing_to="naphtha;residue")) == []
    found = one_finding(changed(cutting, "cuts", 2, swing_to="residue"))
    assert (found.severity, found.what) == (
        "warning",
        '"residue" does not lie beside "naphtha" in boiling range.',
    )


def test_a_distillation_without_feeds_takes_every_crude(cutting: Case) -> None:
    assert findings_beyond_notes(cutting.with_table("feeds", [])) == []


# --- flows ---------------------------------------------------------------------------------------


def test_a_stream_from_nowhere_in_the_words_of_the_design(case: Case) -> None:
    bad = added(case, "streams", {"stream": "naphtha2"})
    bad = added(bad, "blends", {"product": "petrol", "component": "naphtha2"})
    assert one_finding(bad).where == "blends.csv, row 4, column component"
    assert one_finding(bad).what == 'stream "naphtha2" is made by no unit and not bought.'


def test_what_is_made_must_go_somewhere(case: Case) -> None:
    found = one_finding(without(case, "sales", 4))
    assert (found.severity, found.where) == ("error", "yields.csv, row 3, column product")
    assert 'stream "gasoil" is made but neither used, sold nor kept' in found.what
    assert findings_beyond_notes(added(without(case, "sales", 4), "inventories", {"stream": "gasoil"})) == []


def test_a_loss_needs_no_user(case: Case) -> None:
    assert (
        one_finding(changed(case, "streams", 8, kind="intermediate")).where
        == "yields.csv, row 5, column product"
    )


def test_a_blend_that_nobody_sells(case: Case) -> None:
    found = one_finding(without(case, "sales", 5))
    assert found.what == '"fuel_oil" is blended but neither sold, used nor kept.'


def test_an_offer_that_nothing_uses_is_a_warning(case: Case) -> None:
    assert places(case.with_table("utilities", [])) == [("warning", "offers.csv, row 4, column stream")]


def test_a_utility_that_is_made_and_not_used_is_a_warning(case: Case) -> None:
    bad = changed(without(case, "offers", 4), "utilities", 2, use=-0.01)
    assert places(bad) == [("warning", "utilities.csv, row 2, column utility")]


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term",
    [
        {"activity": "purchase", "item": "spot"},
        {"activity": "purchase", "item": "crude"},
        {"activity": "feed", "item": "distillation", "of": "crude", "mode": "normal"},
        {"activity": "make", "item": "distillation", "of": "naphtha"},
        {"activity": "blend", "item": "petrol", "of": "naphtha"},
        {"activity": "sale", "item": "gasoil"},
    ],
)
def test_faultless_limit_terms(case: Case, term: dict[str, str]) -> None:
    limited = added(added(case, "limits", {"limit": "l", "max": 5}), "limit_terms", {"limit": "l", **term})
    assert findings_beyond_notes(limited) == []


@pytest.mark.parametrize(
    ("term", "column", "what"),
    [
        ({"activity": "purchase", "item": "spott"}, "item", "is no offer and no stream that is offered."),
        ({"activity": "feed", "item": "distilation"}, "item", "is no unit."),
        ({"activity": "blend", "item": "naphtha"}, "item", "is no product of blends.csv."),
        ({"activity": "sale", "item": "naphtha"}, "item", "is no sale and no stream that is sold."),
        ({"activity": "stock", "item": "naphtha"}, "item", "is no stream of inventories.csv."),
        ({"activity": "feed", "item": "distillation", "of": "naphtha"}, "of", 'takes no "naphtha".'),
        ({"activity": "make", "item": "distillation", "of": "petrol"}, "of", 'makes no "petrol".'),
        ({"activity": "blend", "item": "petrol", "of": "residue"}, "of", 'has no component "residue".'),
        ({"activity": "sale", "item": "gasoil", "of": "gasoil"}, "of", "has no part to count."),
        ({"activity": "feed", "item": "distillation", "mode": "hot"}, "mode", 'has no mode "hot".'),
        ({"activity": "sale", "item": "gasoil", "mode": "normal"}, "mode", "has no mode."),
    ],
)
def test_limit_terms_that_count_nothing(case: Case, term: dict[str, str], column: str, what: str) -> None:
    bad = added(added(case, "limits", {"limit": "l", "max": 5}), "limit_terms", {"limit": "l", **term})
    found = one_finding(bad)
    assert found.where == f"limit_terms.csv, row 2, column {column}"
    assert what in found.what


def test_limits_without_terms_or_numbers(case: Case) -> None:
    assert places(added(case, "limits", {"limit": "l"})) == [
        ("error", "limits.csv, row 2, column limit"),
        ("warning", "limits.csv, row 2"),
    ]


# --- sources -------------------------------------------------------------------------------------


def test_orphans(case: Case) -> None:
    rows = [record.with_(source=None) for record in case["yields"].records]
    bad = changed(case.with_table("yields", rows), "sales", 4, source=None)
    assert places(bad) == [("error", "yields.csv, rows 2-5"), ("error", "sales.csv, row 4")]
    assert findings_beyond_notes(bad.with_(source="ours")) == []


def test_assumed_rows_need_no_source(case: Case) -> None:
    assert case["offers"].records[1]["source"] is None
    assert findings_beyond_notes(case) == []


def test_the_source_of_the_case_must_exist(case: Case) -> None:
    assert one_finding(case.with_(source="hers")).where == "case.yaml, key source"


def test_statuses_are_counted(case: Case) -> None:
    counts = count_statuses(changed(case, "sales", 4, status="derived"))
    assert list(counts) == ["reported", "measured", "correlated", "derived", "stand_in", "assumed"]
    assert (counts["derived"], counts["assumed"], counts["measured"]) == (1, 2, 0)
    rows = sum(len(table) for table in case.tables.values() if table.schema.has_provenance)
    assert sum(counts.values()) == rows


def test_assumptions_are_listed_with_range(case: Case) -> None:
    first, second = assumptions(case)
    assert (first.table, first.row, first.key, first.column) == ("offers", 3, "spot 2", "price")
    assert (first.value, first.low, first.high, first.source) == (65.0, 60.0, 70.0, "")
    assert (second.table, second.column, second.value) == ("overrides", "value", "80")


def test_assumptions_of_a_scenario_are_among_its_rows(case: Case) -> None:
    found = [(row.table, row.row, row.value) for row in assumptions(case.in_scenario("dear"))]
    assert ("offers", 2, 80.0) in found


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], []),
        ([3], ["row 3"]),
        ([3, 4, 5], ["rows 3-5"]),
        ([9, 2, 3, 3, 7], ["rows 2-3", "row 7", "row 9"]),
    ],
)
def test_spans(rows: list[int], words: list[str]) -> None:
    assert list(spans(rows)) == words
