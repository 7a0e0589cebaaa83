"""Result tables of cargoes and of what decides them, from answers made by hand: every number in its column."""

from __future__ import annotations

import math
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest

from lifting_cases import wheat
from netback.studies.asked import Question
from netback.studies.cargo_counts import CargoCount, CargoCounts
from netback.studies.cargo_slate import Loading
from netback.studies.cargo_swap import CargoEvaluation, CargoPairs, Change
from netback.studies.cargo_tables import cargo_blending_table, tables
from netback.studies.deciding import Assumption, Effect, Samples
from netback.studies.lift_tables import assumption_table, count_table, lift_table, number, turn_table, way_of
from netback.studies.lifting import Lifting
from netback.studies.lifts import Lift
from netback.studies.turning import Turn
from netback.studies.uncertain import Uncertain

CASE = wheat()
APRIL, MAY = (Question(k, name, "cargo") for k, name in enumerate(("2023-04", "2023-05")))
MUST = Question(1, "2023-05", "committed", cargo="order")


def lift(question: Question = APRIL, **changes: Any) -> Lift:
    made: dict[str, Any] = {
        "word": "lift", "uom": "t", "per": "bbl", "per_volume": 7.0, "planned": 1.0, "offer": "black", "cargo": "handy",
        "basis": "fob", "volume": 60.0, "price": 10.0, "price_low": 9.0, "price_high": 12.0, "price_status": "assumed",
        "price_source": "ours", "headroom": 3.0, "low": 12.5, "high": 13.5, "landed": 14.0, "worth": 17.0,
        "margin_with": 900.0, "margin_without": 720.0,
    }  # fmt: skip
    return Lift(question, **{**made, **changes})


def lifting(*lifts: Lift) -> Lifting:
    return Lifting("wheat", lifts, 900.0, 900.0, 720.0, 0.0)


def uncertain(value: float, low: float, high: float, row: int = 2, **more: Any) -> Uncertain:
    made: dict[str, Any] = {
        "key": "black 2023-04",
        "column": "price",
        "status": "assumed",
        "source": "ours",
        "doubt": 1.0,
    }
    return Uncertain("offers", row, *({**made, **more}[n] for n in ("key", "column")), value, low, high,
                     *({**made, **more}[n] for n in ("status", "source", "doubt")))  # fmt: skip


def assumption(*inputs: Uncertain) -> Assumption:
    return Assumption("offers", "black", "price", inputs)


def test_a_lift_stands_in_its_row_with_what_follows_from_it() -> None:
    table = lift_table(CASE, lifting(lift(), lift(MAY, headroom=-1.0, word="leave")))
    first, second = table.records()
    assert (first["period"], first["asked"], first["verdict"]) == ("2023-04", "cargo", "lift")
    assert (first["break_even"], first["break_even_low"], first["break_even_high"]) == (13.0, 12.5, 13.5)
    assert (first["price"], first["price_low"], first["price_high"]) == (10.0, 9.0, 12.0)
    assert (first["landed"], first["worth"], first["headroom"], first["gain"]) == (14.0, 17.0, 3.0, 180.0)
    assert (second["verdict"], second["break_even"], second["headroom"]) == ("leave", 9.0, -1.0)
    assert all(first[name] is None for name in ("p5", "p50", "p95", "pays", "break_even_next"))
    uoms = {column.name: column.uom for column in table.columns}
    assert (uoms["volume"], uoms["price"], uoms["gain"]) == ("t", "USD/bbl", "USD")


def test_what_is_not_known_is_blank() -> None:
    none = Lift(APRIL, "not on offer", "t", "bbl", 7.0)
    (row,) = lift_table(CASE, lifting(none)).records()
    blank = ("volume", "price", "break_even", "break_even_low", "headroom", "landed", "worth", "gain")
    assert [row[name] for name in blank] == [None] * len(blank)
    assert row["planned"] == 0.0
    assert lift_table(CASE, lifting()).rows == ()
    assert (number(math.inf), number(math.nan), number(None), number(0.0)) == (None, None, None, 0.0)


def test_samples_stand_beside_their_own_question() -> None:
    evens = np.column_stack([np.arange(101.0), np.full(101, math.nan), np.full(101, 7.0)])
    rooms = np.column_stack([np.arange(101.0) - 20.5, np.full(101, math.nan), np.full(101, -1.0)])
    samples = Samples(evens, rooms, 4, 0)
    three = lifting(lift(), lift(MAY), lift(MUST))
    first, second, third = lift_table(CASE, three, samples).records()
    assert [first[name] for name in ("p5", "p50", "p95")] == pytest.approx([5.0, 50.0, 95.0])
    assert first["pays"] == pytest.approx(80 / 101)
    assert [second[name] for name in ("p5", "p50", "p95", "pays")] == [None] * 4
    assert [third[name] for name in ("p5", "p50", "p95", "pays")] == [7.0, 7.0, 7.0, 0.0]
    assert samples.failed == 0
    evens[3, 0] = rooms[3, 0] = math.nan
    assert Samples(evens, rooms, 4, 0).failed == 1
    assert Samples(evens, rooms, 4, 0).pays()[0] == pytest.approx(80 / 100)


def test_the_way_is_the_port_and_what_the_ship_passes() -> None:
    rows = [
        {**row, "load_port": "Odesa", "via": "Suez"} if row["cargo"] == "handy" else dict(row)
        for row in CASE.table("cargoes").records
    ]
    case = CASE.with_table("cargoes", rows)
    assert way_of(case, lift()) == "Odesa by Suez"
    assert way_of(case, lift(cargo="panamax", offer="south")) == "south"
    assert way_of(case, lift(cargo="", offer="black")) == "black"
    rows = [{**row, "via": None} for row in rows]
    assert way_of(CASE.with_table("cargoes", rows), lift()) == "Odesa"


def test_every_assumption_has_a_row_for_every_question_that_is_free() -> None:
    one = assumption(
        uncertain(10.0, 8.0, 13.0, source="ours; theirs", doubt=0.5),
        uncertain(20.0, 19.0, 21.0, 3, doubt=0.9),
    )
    effect = Effect(one, np.array([10.0, math.nan, 5.0]), np.array([14.0, 12.0, 6.0]), np.zeros((3, 3)))
    table = assumption_table(CASE, lifting(lift(), lift(MAY), lift(MUST)), [effect])
    first, second = table.records()
    assert (first["assumption"], first["rows"], first["doubt"]) == ("offers black price", 2, 0.9)
    assert first["sources"] == "ours theirs"
    assert (first["break_even_at_low"], first["break_even_at_high"]) == (10.0, 14.0)
    assert (second["period"], second["break_even_at_low"], second["break_even_at_high"]) == (
        "2023-05",
        None,
        12.0,
    )
    # The mean of 4 and 1: where one end is not known there is no distance.
    assert first["swing"] == second["swing"] == pytest.approx(2.5)


def test_a_turn_is_told_by_its_number_and_none_is_blank() -> None:
    row = uncertain(10.0, 8.0, 13.0)
    turns = [
        Turn(assumption(row), row, 0.5, 11.5, "2023-04", "lift", "leave", 2),
        Turn(assumption(row), row, -2.0, 6.0, "2023-05", "leave", "lift", 2),
        Turn(assumption(row), row, math.nan, math.nan, "", "", "", 0),
    ]
    first, second, third = turn_table(turns).records()
    assert (first["number"], first["value"], first["turns_at"], first["part"]) == (
        "black 2023-04, price",
        10.0,
        11.5,
        0.5,
    )
    assert (second["stated"], second["becomes"]) == ("leave", "lift")
    assert (third["turns_at"], third["part"], third["period"]) == (None, None, "")
    assert [(turn.found, turn.is_within) for turn in turns] == [(True, True), (True, False), (False, False)]


def test_numbers_of_cargoes_with_what_the_last_earned() -> None:
    counts = CargoCounts(
        (
            CargoCount(0, 0.0, 700.0, 700.0),
            CargoCount(1, 60.0, 900.0, 905.0, 200.0, 195.0, 205.0),
            CargoCount(2, 120.0, 850.0, 850.0, -50.0, -55.0, -45.0),
        ),
        1,
        "t",
    )
    table = count_table(CASE, counts)
    assert table.column("best") == ["", "yes", ""]
    assert table.column("gain") == [None, 200.0, -50.0]
    assert table.column("gain_low") == [None, 195.0, -55.0]
    assert table.column("margin") == [700.0, 900.0, 850.0]
    assert counts.next == counts.counts[2]
    assert CargoCounts(counts.counts[:2], 1, "t").next is None


# --- what an assumption says of itself -----------------------------------------------------------


def test_one_number_is_told_from_low_to_high_in_its_uom() -> None:
    record = CASE.table("offers").records[0]
    one = assumption(uncertain(10.0, 8.5, 1300.0, record.row))
    assert one.reach(CASE).startswith("8.5 to 1,300 ")
    assert one.reach(CASE).split()[-1] == one.measure(CASE).split()[-1]


def test_several_numbers_are_told_in_per_cent_of_what_is_stated() -> None:
    record = CASE.table("offers").records[0]
    inputs = [uncertain(10.0, 8.0, 13.0, record.row), uncertain(20.0, 18.0, 22.0, record.row)]
    # -20 and -10 %, +30 and +10 %.
    assert assumption(*inputs).reach(CASE) == "\N{MINUS SIGN}15 to +20 %"
    # A number below zero has its low end below it as well.
    below = [uncertain(-10.0, -12.0, -9.0, record.row)] * 2
    assert assumption(*below).reach(CASE) == "\N{MINUS SIGN}20 to +10 %"


def test_of_nothing_there_are_no_per_cent() -> None:
    record = CASE.table("offers").records[0]
    inputs = [uncertain(0.0, -1.0, 2.0, record.row), uncertain(10.0, 8.0, 13.0, record.row)]
    told = assumption(*inputs).reach(CASE)
    assert told.replace("\N{MINUS SIGN}", "-").startswith("-1 to 13")


@pytest.mark.parametrize(("low", "high", "far"), [(9.0, 15.0, 1.0), (2.0, 12.0, -1.0), (8.0, 12.0, 1.0)])
def test_the_far_end_is_the_one_farther_from_what_is_stated(low: float, high: float, far: float) -> None:
    one = assumption(uncertain(10.0, low, high))
    assert one.far == far
    way = (high - 10.0) if far > 0 else (10.0 - low)
    assert one.whole_of_far == pytest.approx((high - low) / way)


def test_the_weakest_word_and_every_source_once() -> None:
    one = assumption(
        uncertain(1.0, 0.0, 2.0, status="reported", source="a; b", doubt=0.2),
        uncertain(1.0, 0.0, 2.0, status="assumed", source="b;c", doubt=1.0),
    )
    assert (one.status, one.doubt, one.sources) == ("assumed", 1.0, ("a", "b", "c"))


# --- cargoes against each other ------------------------------------------------------------------

BLENDS = {"ab": 2.0, "ac": None, "bc": 3.0}
PAIR = CargoPairs(
    ("a", "b", "c"),
    {"a": 10.0, "b": 8.0, "c": None},
    {pair: None if "c" in pair else -1.0 - (pair[0] == pair[1]) for pair in product("abc", repeat=2)},
    {pair: BLENDS["".join(sorted(pair))] for pair in permutations("abc", 2)},
    0.0,
)
CHANGES = (
    Change(
        True, 100.0, 95.0, 105.0, 40.0, {"wheat": 400.0, "rye": -0.4, "oats": -50.0},
        (Loading("black", "handy", 1, 2.0, 60.0),), (Loading("south", "panamax", 0, 1.0, 100.0),),
        10.0, 12.0, 11.5, 12.5,
    ),
    Change(False),
)  # fmt: skip


def evaluation(**changes: Any) -> CargoEvaluation:
    made: dict[str, Any] = {"on_top": CHANGES, **changes}
    return CargoEvaluation("wheat", "rye", "bbl", "fob", 900.0, 0.0, {"wheat": 1.0}, **made)


def test_a_change_of_cargoes_stands_with_costs_worth_and_what_loads() -> None:
    (table,) = tables(CASE, evaluation())
    held, free = table.records()
    assert (table.name, table.title) == ("base_loading", "One cargo of wheat more")
    assert (held["other_cargoes"], held["gain"], held["costs"], held["worth"]) == ("held", 100.0, 40.0, 140.0)
    assert (held["gain_low"], held["gain_high"]) == (95.0, 105.0)
    assert (held["price"], held["break_even"]) == (10.0, 12.0)
    assert (held["break_even_low"], held["break_even_high"]) == (11.5, 12.5)
    # What rounds to no barrel is not told.
    assert held["more"] == "wheat +400, oats -50"
    assert (held["loads"], held["leaves"]) == ("2 handy 2023-05", "1 panamax 2023-04")
    assert free["other_cargoes"] == "free"
    assert [free[name] for name in ("gain", "gain_low", "costs", "worth", "break_even")] == [None] * 5


def test_tables_are_those_that_there_are_numbers_for() -> None:
    names = [table.name for table in tables(CASE, evaluation(swaps=CHANGES, pairs=PAIR))]
    assert names == ["base_loading", "swap", "synergy", "blending"]
    swap = tables(CASE, evaluation(swaps=CHANGES))[1]
    assert swap.title == "One cargo of wheat more, one of rye fewer"


def test_synergies_are_a_square_and_blends_are_ranked_with_what_is_not_known_last() -> None:
    synergy, blending = tables(CASE, evaluation(pairs=PAIR))[1:]
    assert synergy.names == ("crude", "alone", "a", "b", "c")
    assert synergy.rows == (
        ("a", 10.0, -2.0, -1.0, None),
        ("b", 8.0, -1.0, -2.0, None),
        ("c", None, None, None, None),
    )
    assert [row[:2] for row in blending.rows] == [("b", "c"), ("a", "b"), ("a", "c")]
    assert blending.column("blending") == [3.0, 2.0, None]
    assert cargo_blending_table(PAIR, "PKR").columns[3].uom == "PKR"
