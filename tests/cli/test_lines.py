"""What commands say line by line, from answers made by hand: sentences, rows, tables that fit the terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifting_cases import wheat
from netback.cli import cargo_change as cargo_lines
from netback.cli import rank as rank_command
from netback.cli import value as value_command
from netback.cli.common import WIDTH, screen_width, show_table
from netback.cli.main import run
from netback.cli.show import _parts, adaptive, any_text, figure, quantity, show_any
from netback.errors import DataError
from netback.results.table import ResultTable
from netback.studies.asked import Question
from netback.studies.cargo_change import CargoChanges
from netback.studies.change import Crossing, ScenarioState
from netback.studies.levers import Lever
from netback.studies.lifts import Lift
from netback.studies.value import Curve, Point
from tiny import rows, tiny

# --- numbers and tables --------------------------------------------------------------------------


@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_a_number_is_told_with_three_figures_or_four_places_and_never_as_minus_nothing(value: float) -> None:
    text = adaptive(value)
    back = float(text.replace(",", ""))
    assert back == pytest.approx(value, rel=6e-3, abs=5.1e-5 if abs(value) >= 1e-3 else 1e-9)
    assert text not in ("-0.00", "-0")
    assert figure(value, 2) != "-0.00"
    assert abs(float(figure(value, 2).replace(",", "")) - value) <= 0.005 * (1 + 1e-9) + 1e-15 * abs(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (0.0, "0.00"), (-1e-12, "0.00"), (1e-4, "0.0001"), (0.05, "0.0500"), (1.0, "1.00"),
        (99.994, "99.99"), (100.0, "100.0"), (1000.0, "1,000"), (-12345.6, "-12,346"),
    ],
)  # fmt: skip
def test_places_follow_the_size(value: float | None, text: str) -> None:
    assert adaptive(value) == text


def test_amounts_have_their_uom_and_thousands_their_places() -> None:
    assert quantity(1234.5678, "t") == "1,235 t"
    assert quantity(1.2345678, "kt") == "1.235 kt"
    assert quantity(None, "t") == ""
    assert [any_text(one) for one in (True, False, None, 3, 2.5, "x")] == ["yes", "", "", "3", "2.50", "x"]


tables = st.lists(
    st.tuples(st.integers(1, 24), st.integers(1, 30), st.booleans()), min_size=1, max_size=24
).map(
    lambda made: (
        ["name", *(f"{'h' * head}{'>' if right else ''}" for head, _, right in made)],
        [["row", *("x" * cell for _, cell, _ in made)]],
    )
)


@pytest.mark.parametrize(
    ("told", "columns"), [("60", 60), ("200", WIDTH), ("7", 40), ("", WIDTH), ("wide", WIDTH)]
)
def test_tables_in_a_file_are_as_wide_as_asked_and_end_without_blanks(
    told: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", told)
    assert screen_width() == columns
    show_table("Crudes", ("crude", "remark"), [("urals", "sour " * 40), ("murban", "")])
    lines = capsys.readouterr().out.split("\n")
    assert all(len(line) <= columns and line == line.rstrip() for line in lines)
    assert max(map(len, lines)) > 0.8 * columns


@given(tables, st.integers(1, 3))
def test_a_wide_table_is_told_in_parts_that_fit_and_leave_nothing_out(
    table: tuple[list[str], list[list[str]]], gap: int
) -> None:
    columns, cells = table
    parts = _parts(columns, cells, gap)
    told = [place for part in parts for place in part]
    assert set(told) == set(range(len(columns)))
    for part in parts:
        # Each says what its rows are, and no other column stands twice.
        assert part[0] == 0
        assert part == sorted(set(part))
    repeated = {place for place in told if told.count(place) > 1}
    assert repeated <= {0, 1}

    def width(place: int) -> int:
        cell = len(cells[0][place])
        return max(len(columns[place].rstrip(">")), cell if columns[place].endswith(">") else min(cell, 28))

    for part in parts:
        if len(part) > 3:
            assert sum(width(place) + gap for place in part) - gap <= WIDTH


def test_every_part_of_a_very_wide_table_fits() -> None:
    """Thirty columns of ten letters: eight to a part beside the name of the row."""
    columns = ["name", *("h" * 10 + ">" for _ in range(30))]
    parts = _parts(columns, [["row", *("x" * 10 for _ in range(30))]], 3)
    assert [len(part) for part in parts] == [8, 8, 8, 8, 3]
    assert [part[0] for part in parts] == [0] * 5
    assert [place for part in parts for place in part[1:]] == list(range(1, 31))


def test_any_table_is_shown_within_the_width_and_cut_with_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [
        ("period", "", ""),
        ("offer_with_a_long_name", "", ""),
        ("price", "USD/bbl", ""),
        ("n", "", ""),
    ]
    table = ResultTable.of("t", "Offers", columns, [("p1", f"o{k}", 70.5 + k, True) for k in range(12)])
    show_any(table, most=5)
    out = capsys.readouterr().out
    assert "Offers (12 rows)" in out
    assert "... and 7 more rows; --out writes them all." in out
    assert "74.50" in out
    assert "75.50" not in out
    # One period is no news.
    assert "period" not in out
    assert max(map(len, out.splitlines())) <= WIDTH


# --- worth ---------------------------------------------------------------------------------------

POINTS = (
    Point(0.0, None, 50.0, None, 0.0), Point(20.0, 50.0, 40.0, 50.0, 0.0), Point(50.0, 40.0, 25.0, 44.0, 0.0),
    Point(100.0, 25.0, None, 34.5, 0.0),
)  # fmt: skip
CURVE = Curve("urals", ("spot",), "fob", "t", "bbl", 7.3, 30.0, 2.0, 0.0, POINTS, 0.0, 100.0, 60.0, True)


@pytest.mark.parametrize(
    ("price", "told"),
    [
        (10.0, "It pays up to all that the plant takes, 100 t."),
        (30.0, "It pays from the first barrel (48.00 fob) up to 50 t, where the next one is worth no more"),
        (40.0, "It pays from the first barrel (48.00 fob) up to 20 t,"),
        (48.0, "It does not pay: the first barrel is worth 48.00 fob, 0.00 below its price."),
        (60.0, "It does not pay: the first barrel is worth 48.00 fob, 12.00 below its price."),
    ],
)
def test_the_price_decides_how_far_it_pays(price: float, told: str) -> None:
    first, *rest = value_command._sentences(replace(CURVE, price=price), "USD/bbl")
    assert first == f"On offer at {price:.2f} USD/bbl fob; the plant takes 100 t."
    assert " ".join(rest).startswith(told)


def test_what_is_committed_and_what_has_no_slope_is_said() -> None:
    told = value_command._sentences(replace(CURVE, committed=5.0), "USD/bbl")
    assert told[1].startswith("5 t of it are committed")
    whole = replace(CURVE, points=(replace(POINTS[0], next=None), *POINTS[1:]))
    assert len(value_command._sentences(whole, "USD/bbl")) == 1


@pytest.mark.parametrize(
    ("last", "following", "text"),
    [
        (None, None, ""), (50.0, None, "50.00"), (None, 40.0, "40.00"), (50.0, 40.0, "40.00 to 50.00"),
        (50.0, 50.004, "50.00"), (50.0, 49.99, "49.99 to 50.00"),
    ],
)  # fmt: skip
def test_two_ends_are_one_number_where_they_are_equal_to_the_cent(
    last: float | None, following: float | None, text: str
) -> None:
    assert value_command._two(last, following) == text


# --- cargoes -------------------------------------------------------------------------------------

CASE = wheat()
APRIL = Question(0, "2023-04", "cargo")
LIFT = Lift(
    APRIL, "leave", "t", "t", 1.0, offer="black", cargo="handy", basis="fob", price=10.0, headroom=-2.0, low=7.9,
    high=8.1, margin_with=700.0, margin_without=820.0,
)  # fmt: skip


def lever(
    name: str, value: float, low: float | None = None, high: float | None = None, kind: str = "price"
) -> Lever:
    return Lever(kind, name, value, "USD/t", low, high, None)


CROSSINGS = (
    Crossing(lever("sales bread price", 20.0, 18.0, 26.0), 24.0, 23.999, 24.001),
    Crossing(lever("flour", 40.0, kind="cut"), 30.0, 33.0, 29.0),
    Crossing(lever("freight", 60.0), 51.0),
)


def found(**changes: Any) -> CargoChanges:
    made: dict[str, Any] = {
        "crossings": CROSSINGS,
        "all_numbers": 9,
        "followed": 9,
        "complete": True,
        **changes,
    }
    lift = made.pop("lift", LIFT)
    return CargoChanges("black", made.pop("lifts", (lift,)), lift, **made)


def test_what_was_followed_and_where_its_price_turns() -> None:
    first, second = cargo_lines._sentences(CASE, found())
    assert first.startswith(
        "Followed: one cargo of black in 2023-04. The best plan with it loses 120 USD against the best without it;"
    )
    assert second.startswith(
        "It begins to pay at a price of 7.90 to 8.10 fob in place of 10.00 USD/t. Any one"
    )
    pays = replace(LIFT, word="lift", margin_with=900.0, low=12.0, high=12.0)
    first, second = cargo_lines._sentences(CASE, found(lift=pays))
    assert "earns 80 USD" in first
    assert second.startswith("It stops to pay at a price of 12.00 fob in place of 10.00")


def test_what_hangs_within_the_proofs_is_not_followed() -> None:
    told = cargo_lines._sentences(CASE, found(lift=replace(LIFT, word="cannot tell")))
    assert told[-1] == "Whether it pays is within the gap of the proofs, so nothing is followed."


def test_of_several_months_the_nearest_is_followed_and_an_order_is_named() -> None:
    both = (LIFT, replace(LIFT, question=replace(APRIL, name="2023-05")))
    assert cargo_lines._sentences(CASE, found(lifts=both))[0] == (
        "Of these the one nearest to turning is followed; --month names another."
    )
    must = replace(LIFT, question=Question(0, "2023-04", "committed", cargo="order"))
    assert "Followed: order, which must load in 2023-04." in cargo_lines._sentences(CASE, found(lift=must))[0]
    volume = replace(LIFT, question=Question(0, "2023-04", "volume", 5000.0))
    assert "Followed: 5,000 t of black in 2023-04." in cargo_lines._sentences(CASE, found(lift=volume))[0]


def test_a_crossing_is_told_as_one_number_or_as_two_or_as_found() -> None:
    proven, apart, as_found = map(cargo_lines._row, CROSSINGS)
    assert proven[:2] == ("sales bread price", "20")
    assert (proven[2], proven[4], proven[5]) == ("24", "+20.00 %", "18 to 26")
    assert (apart[0], apart[2], apart[4], apart[5]) == ("yield of flour", "29 to 33", "-25.00 %", "")
    assert as_found[2] == f"51{cargo_lines._AS_FOUND}"


@pytest.mark.parametrize(
    ("changes", "told", "not_told"),
    [
        ({}, "of 6 no value was found that turns the answer; other ships might", "Not ended"),
        ({"thorough": True}, "nor with ships chosen anew at the ends of their ranges", "other ships might"),
        (
            {"complete": False, "followed": 5},
            "Not ended: 5 of 9 numbers were followed; others may decide",
            "waited",
        ),
        ({"complete": False}, "Not ended: values marked", "5 of 9"),
        (
            {"dropped": ("tank", "spec")},
            "the value did not stand with ships chosen anew: tank; spec.",
            "of 6 no",
        ),
        ({"crossings": CROSSINGS[:2]}, "is proven there within half a per cent", "not proven."),
        ({"crossings": CROSSINGS[2:]}, "all quantities free; not proven.", "is proven there"),
    ],
)
def test_notes_say_how_far_the_search_went(changes: dict[str, Any], told: str, not_told: str) -> None:
    notes = " ".join(cargo_lines._notes(found(**changes)))
    assert told in notes
    assert not_told not in notes


@pytest.mark.parametrize(
    ("word", "bought", "told"),
    [
        ("leave", (0.0, 60.0), ["Scenarios of the case that load some in 2023-04, 1 of 2: b."]),
        ("lift", (0.0, 60.0), ["Scenarios of the case that load none in 2023-04, 1 of 2: a."]),
        (
            "lift",
            (60.0, 60.0),
            ["No scenario of the case changes whether black loads in 2023-04 (2 planned)."],
        ),
        (
            "leave",
            (None, 0.0),
            ["No scenario of the case changes whether black loads in 2023-04 (1 planned)."],
        ),
        ("leave", (None, None), []),
    ],
)
def test_scenarios_that_do_otherwise(word: str, bought: tuple[float | None, ...], told: list[str]) -> None:
    states = [ScenarioState(name, amount) for name, amount in zip("ab", bought, strict=True)]
    assert cargo_lines._about_scenarios(found(lift=replace(LIFT, word=word)), states) == told


def test_json_of_cargo_changes_holds_no_number_that_is_none() -> None:
    unknown = Lift(replace(APRIL, name="2023-05"), "not on offer", "t", "t", 1.0)
    text = cargo_lines._json(CASE, found(lifts=(LIFT, unknown)), [ScenarioState("dear", None)])
    told = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert told["months"][0]["gain"] == -120.0
    assert told["months"][1]["break_even_low"] is None
    assert [one["proven_turned"] for one in told["changes"]] == [24.001, 29.0, None]
    assert told["changes"][0]["within_range"] is True
    assert (told["month"], told["verdict"], told["scenarios"]) == ("2023-04", "leave", {"dear": None})


# --- ranking -------------------------------------------------------------------------------------


def test_a_ranking_needs_a_crude_that_is_offered() -> None:
    case = tiny(
        streams=rows("stream kind", "fuel product", "oil crude"),
        offers=rows("offer stream price", "a fuel 10", "b oil 20"),
        sales=rows("sale stream price", "s fuel 20"),
    )
    assert rank_command._first_crude(case) == "oil"
    with pytest.raises(DataError, match="no crude is offered"):
        rank_command._first_crude(case.with_table("offers", [case.table("offers").records[0]]))


def test_half_a_month_of_what_the_plant_takes_is_ranked_unless_told() -> None:
    case = tiny(
        streams=rows("stream kind", "oil crude"),
        offers=rows("offer stream price", "b oil 20"),
        yields=rows("unit feed product yield", "still oil fuel 1"),
        capacities=rows("unit max uom", "still 10 t/d"),
        sales=rows("sale stream price", "s fuel 25"),
    )
    days = float(case.horizon.days.sum())
    assert rank_command._amount("", case, "oil") == pytest.approx(
        300.0 * min(1.0, rank_command._DEFAULT_DAYS / days)
    )
    assert rank_command._amount("0.07kt", case, "oil") == pytest.approx(70.0)
    endless = case.with_table("capacities", [])
    with pytest.raises(DataError, match="the plant takes any volume of oil"):
        rank_command._amount("", endless, "oil")
    assert rank_command._amount("5t", endless, "oil") == 5.0


def test_names_of_crudes_are_all_looked_up_before_any_is_valued(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rank", "karachi_2023_september", "--crudes", "urls, mruban,urals"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("2 problems")
    assert 'Closest name: "urals"' in told
    assert 'Closest name: "murban"' in told
