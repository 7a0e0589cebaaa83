"""The page that answers whether a crude was worth lifting: what each word says, from answers made by hand."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from netback.case.case import Case
from netback.reports.answer import Answer, answer_page, question, sentence
from netback.studies.asked import Question
from netback.studies.deciding import Assumption, Effect, Samples
from netback.studies.lifting import Lifting
from netback.studies.lifts import Lift
from netback.studies.uncertain import Uncertain
from tiny import rows, tiny

APRIL, MAY, JUNE = "2023-04", "2023-05", "2023-06"


def months(*names: str) -> Case:
    """A case of the months named."""
    return tiny(
        "karachi",
        periods=[{"period": name, "start": f"{name}-01", "days": 30} for name in names],
        offers=rows("offer stream price price_basis", "spot urals 70 fob"),
        sales=rows("sale stream price status low high", "hsd urals 90 assumed 80 95"),
        sources=rows("source title confidence", "argus Argus_<daily> B"),
    )


CASE = months(APRIL, MAY, JUNE)


def lift(name: str, word: str, headroom: float, kind: str = "cargo", **changes: Any) -> Lift:
    """An answer of one month: price 70, break-even ``headroom`` above it."""
    asked = Question(
        (APRIL, MAY, JUNE).index(name) if name in (APRIL, MAY, JUNE) else 0, name, kind, cargo=""
    )
    made = Lift(
        asked, word, "t", "bbl", 7.3, offer="spot", basis="fob", volume=70_000.0, price=70.0, price_low=70.0,
        price_high=70.0, price_status="reported", headroom=headroom, low=70.0 + headroom, high=70.0 + headroom,
        landed=80.0, worth=80.0 + headroom,
    )  # fmt: skip
    return replace(made, **changes)


def lifting(*lifts: Lift, **changes: Any) -> Lifting:
    return replace(Lifting("urals_spot", lifts, 52e6, 52.001e6, 50e6, 1e-5), **changes)


def answer(*lifts: Lift, case: Case = CASE, **changes: Any) -> Answer:
    return replace(Answer(case, lifting(*lifts), (), None, (), ()), **changes)


BOTH = (lift(APRIL, "lift", 4.0), lift(MAY, "leave", -2.0), lift(JUNE, "lift", 1.5))


def test_the_question_names_crude_basis_and_horizon() -> None:
    assert question(answer(*BOTH)) == "At what price fob was Urals spot worth lifting, April to June 2023?"
    one = answer(lift(APRIL, "lift", 1.0), case=months(APRIL))
    assert question(one).endswith("worth lifting, April 2023?")
    across = answer(lift("2023-12", "lift", 1.0), case=months("2023-12", "2024-01"))
    assert question(across).endswith("December 2023 to January 2024?")


def test_the_sentence_tells_months_and_by_how_much() -> None:
    assert sentence(answer(*BOTH)) == (
        "One cargo paid in April and June, when its price stood 1.5 to 4.0 USD/bbl below its worth. "
        "It did not pay in May, when its price stood 2.0 USD/bbl above its worth. "
        "The choice to lift was worth 2 million USD over these months in all."
    )


def test_three_months_are_listed_with_an_and() -> None:
    told = sentence(answer(*(lift(name, "leave", -1.0) for name in (APRIL, MAY, JUNE))))
    assert told.startswith("One cargo did not pay in April, May and June, when its price stood 1.0 to 1.0")


def test_what_cannot_be_told_has_no_number() -> None:
    told = sentence(answer(lift(MAY, "cannot tell", 0.2)))
    assert told.startswith("One cargo cannot be told in May. ")


def test_months_without_a_break_even_are_not_spoken_of() -> None:
    told = sentence(answer(*BOTH[:1], lift(MAY, "out of reach", math.nan)))
    assert "May" not in told
    assert "One cargo paid in April, when its price stood 4.0 USD/bbl below" in told


@pytest.mark.parametrize(
    ("word", "headroom", "verb"),
    [("lift", 3.0, "paid"), ("leave", -3.0, "did not pay"), ("cannot tell", 0.0, "cannot be told")],
)
def test_what_had_to_load_is_told_by_itself(word: str, headroom: float, verb: str) -> None:
    must = lift(APRIL, word, headroom, "committed")
    must = replace(must, question=replace(must.question, cargo="order_april"))
    told = sentence(answer(must))
    worth = f"it was worth {70.0 + headroom:.1f} against a price of 70.0."
    expected = f"What had to load in April (order april) {verb} beside the other cargoes of the best plan: "
    assert told.startswith(expected + worth)
    assert "One cargo" not in told
    single = lifting(replace(must, headroom=7.0), alone=True)
    assert f"{worth[:-1]}; by itself 77.0." in sentence(answer(must, alone=single))


def test_the_edge_is_where_the_price_is_not_known_well_enough() -> None:
    wide = {"price_low": 68.0, "price_high": 75.0}
    told = sentence(answer(lift(APRIL, "lift", 4.0, **wide), lift(MAY, "lift", 6.0, **wide)))
    assert "At the edge, within what is known of the price: April." in told
    assert "At the edge" not in sentence(answer(*BOTH))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("lift", "lift"), "a cargo paid in every month."),
        (("leave", "leave"), "a cargo paid in no month."),
        (("leave", "lift"), "a cargo paid in every month but April."),
    ],
)
def test_a_cargo_by_itself(words: tuple[str, str], told: str) -> None:
    single = [lift(name, word, 1.0) for name, word in zip((APRIL, MAY), words, strict=True)]
    found = sentence(answer(*BOTH, alone=lifting(*single, alone=True)))
    assert f"By itself, with none in other months, {told}" in found


def test_the_choice_has_no_worth_where_a_plan_without_is_not_known() -> None:
    assert "The choice" not in sentence(answer(*BOTH, lifting=lifting(*BOTH, without=None)))
    assert "The choice" not in sentence(answer(*BOTH, lifting=lifting(*BOTH, alone=True)))


def test_the_same_month_of_two_years_is_told_apart() -> None:
    """Over more than a year two months have one name: without its year a verdict would stand for both."""
    names = [f"{2023 + k // 12}-{k % 12 + 1:02d}" for k in range(3, 16)]
    case = months(*names)
    told = sentence(answer(lift(names[0], "lift", 1.0), lift(names[12], "lift", 2.0), case=case))
    assert "paid in April 2023 and April 2024, when" in told
    text = answer_page(answer(lift(names[0], "lift", 1.0), lift(names[12], "leave", -2.0), case=case), {})
    assert re.findall(r"<tr><td>(.*?)</td>", text) == ["April 2023", "April 2024"]
    # A year at most has every month once, also from one year into the next.
    assert "paid in April, when" in sentence(answer(lift(names[0], "lift", 1.0), case=months(*names[:12])))


# --- the page ------------------------------------------------------------------------------------


class Read(HTMLParser):
    """Reads the page: tables by row, and whether every element is closed."""

    VOID = frozenset({"meta", "br", "wbr", "img", "link", "input", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "br" and {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += "|"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data


SAMPLES = Samples(
    np.column_stack([70.0 + np.arange(101.0) / 10.0, np.full(101, 68.0), np.full(101, math.nan)]),
    np.column_stack([np.arange(101.0) - 25.5, np.full(101, -2.0), np.full(101, math.nan)]),
    4,
    0,
)


def effect(source: str = "argus") -> Effect:
    one = Uncertain("sales", 2, "hsd", "price", 90.0, 80.0, 95.0, "assumed", source, 1.0)
    low, high = np.array([70.0, 71.0]), np.array([73.0, 72.0])
    return Effect(Assumption("sales", "hsd", "price", (one,)), low, high, np.zeros((3, 2)))


FULL = answer(
    *BOTH,
    samples=SAMPLES,
    effects=(effect(),),
    turns=("The price of <diesel> falls below 80.",),
    said=(("2023-05-01", "A & B", "it is <cheap>", "20 %", "", "claim_7"),),
    alone=lifting(lift(APRIL, "lift", 6.0), alone=True),
)


def test_the_whole_page_is_well_formed_and_asks_for_nothing() -> None:
    text = answer_page(FULL, {})
    read = Read(text)
    assert read.open == []
    # No element of it may fetch or run anything.
    names = {name for name, _ in read.attributes}
    assert not names & {"src", "href", "srcset", "action", "onload", "onclick", "data", "poster", "style"}
    assert "<script" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_what_others_wrote_cannot_become_markup() -> None:
    text = answer_page(FULL, {})
    for raw, shown in (
        ("<diesel>", "&lt;diesel&gt;"), ("<cheap>", "&lt;cheap&gt;"), ("A & B", "A &amp; B"),
        ("<daily>", "&lt;daily&gt;"),
    ):  # fmt: skip
        assert raw not in text
        assert shown in text
    named = replace(FULL, lifting=replace(FULL.lifting, crude="<b>x"))
    assert "<b>x" not in answer_page(named, {})


def test_every_month_has_its_row_with_its_numbers() -> None:
    table = Read(answer_page(FULL, {})).tables[0]
    assert [head.partition("USD")[0] for head in table[0]] == [
        "month of loading", "verdict", "supplied from", "cargot", "price fob", "break-even", "headroom",
        "landed at", "worth there", "by itself",
    ]  # fmt: skip
    assert table[1][0:2] == ["April", "lift"]
    assert table[1][3:] == [
        "70,000", "70.00|reported", "74.00|70.50 to 79.50", "+4.00|pays in 74 %", "80.00", "84.00",
        "76.00|+6.00",
    ]  # fmt: skip
    assert table[2][5:] == ["68.00|68.00 to 68.00", "\N{MINUS SIGN}2.00|pays in 0 %", "80.00", "78.00", ""]
    assert table[3][5:7] == ["71.50", "+1.50"]
    assert {len(row) for row in table} == {10}


def test_an_interval_is_told_by_both_ends_and_a_price_by_its_range() -> None:
    one = lift(MAY, "cannot tell", 0.5, low=69.0, high=72.0, price_low=66.0, price_high=75.0)
    row = Read(answer_page(answer(one), {})).tables[0][1]
    assert row[1] == "cannot tell, edge"
    assert row[4:6] == ["70.00|reported|66.00 to 75.00", "69.00 to 72.00"]
    assert 'class="unsure"' in answer_page(answer(one), {})


def test_what_is_not_known_is_blank_not_nan() -> None:
    none = lift(MAY, "out of reach", math.nan, low=math.nan, high=math.nan, volume=math.nan, worth=math.nan)
    text = answer_page(answer(*BOTH[:1], none), {})
    assert Read(text).tables[0][2][3:] == ["", "70.00|reported", "", "", "80.00", ""]
    assert "nan" not in text


def test_several_volumes_of_a_month_are_told_by_their_size() -> None:
    asked = Question(0, APRIL, "volume", 20_000.0)
    row = Read(answer_page(answer(replace(BOTH[0], question=asked)), {})).tables[0][1]
    assert row[0] == "April: 20,000 t"


def test_what_decides_is_told_with_range_swing_and_source() -> None:
    text = answer_page(FULL, {})
    assert "moves the break-even by 2.00 USD/bbl on average, ships as in the plans found" in text
    assert "80 to 95 USD" in text
    assert "Source: argus (Argus_&lt;daily&gt;)." in text
    assert "<h2>The assumption that decides</h2>" in text
    several = answer_page(replace(FULL, effects=(effect(), replace(effect("nobody"), anew=True))), {})
    assert "<h2>The two assumptions that decide</h2>" in several
    assert "ships chosen anew. Source: nobody." in several
    assert answer_page(replace(FULL, effects=(effect(""),)), {}).count("Source: none.") == 1
    many = answer_page(replace(FULL, effects=(effect(),) * 5), {})
    assert "<h2>The three assumptions that decide</h2>" in many
    assert many.count("<li><b>") == 3


def test_parts_that_have_nothing_are_left_out() -> None:
    text = answer_page(answer(*BOTH), {})
    heads = re.findall(r"<h2>(.*?)</h2>", text)
    assert heads == ["Month by month", "How this was found, and what it cannot say"]
    full = re.findall(r"<h2>(.*?)</h2>", answer_page(FULL, {}))
    assert full[2:4] == ["Where the answer turns", "What officials and analysts said at the time"]


def test_a_stopped_page_says_so() -> None:
    assert "This page was stopped" not in answer_page(FULL, {})
    assert "This page was stopped before it was done." in answer_page(replace(FULL, stopped=True), {})


def test_a_case_without_days_is_told_by_the_names_of_its_periods() -> None:
    case = tiny("plain", periods=[{"period": name, "days": 10} for name in ("P1", "P2")])
    told = replace(lift(APRIL, "lift", 1.0), question=Question(0, "P1", "cargo"))
    assert question(answer(told, case=case)).endswith("worth lifting, P1 to P2?")
    assert "One cargo paid in P1, when" in sentence(answer(told, case=case))
    one = tiny("plain", periods=[{"period": "P1", "days": 10}])
    assert question(answer(told, case=one)).endswith("worth lifting, P1?")


def test_notes_below_the_months_explain_only_what_stands_there() -> None:
    edge, order = "Edge: the break-even lies within", "An order that had to load is valued"
    plain = answer_page(answer(*BOTH), {})
    assert edge not in plain
    assert order not in plain
    assert "Small print" not in plain
    assert "By itself: break-even" not in plain
    must = lift(MAY, "lift", 1.0, "committed")
    assert order in answer_page(answer(must), {})
    assert edge in answer_page(answer(lift(MAY, "lift", 1.0, price_low=60.0, price_high=80.0)), {})
    assert "Small print" in answer_page(FULL, {})
    assert "By itself: break-even and headroom" in answer_page(FULL, {})


def test_months_each_by_itself_are_said_to_be_so() -> None:
    single = lifting(*BOTH, alone=True)
    text = answer_page(answer(*BOTH, lifting=single), {})
    assert "Each month stands by itself: none of the crude is chosen in other months." in text
    assert "may take the place of one of the same crude" not in text
    must = replace(lift(MAY, "lift", 1.0, "committed"))
    assert "paid by itself: it was worth" in sentence(answer(must, lifting=lifting(must, alone=True)))


@pytest.mark.parametrize("word", ["lift", "leave"])
def test_a_verdict_has_its_colour(word: str) -> None:
    text = answer_page(answer(lift(MAY, word, 1.0)), {})
    assert f'<span class="{word}">{word}</span>' in text
    assert f".{word} {{ color:" in text


def test_how_sure_it_is_stands_with_the_numbers() -> None:
    text = answer_page(FULL, {})
    # 1,000 of a margin of 52 million.
    assert (
        "Best plan: 52,000,000 USD, checked in its own rows; no plan is better by more than 0.0019 %" in text
    )
    assert "Samples: 101, each of 4 stated ranges at once" in text
    assert "Bounds are evaluated again from the dual multipliers." in text
    whole = lifting(replace(BOTH[0], plans=(np.zeros(2),)))
    assert "Bounds of plans with whole ships are the solver&#x27;s word" in answer_page(
        answer(*BOTH, lifting=whole), {}
    )


def test_what_was_said_stands_with_its_day_and_whether_it_was_tested() -> None:
    tables = Read(answer_page(FULL, {})).tables
    assert tables[1][1] == ["2023-05-01", "A & B", "it is <cheap>", "20 %", "not tested"]
    tested = replace(FULL, said=(("2023-05-01", "B", "x", "20 %", "holds", "claim_7"),))
    assert Read(answer_page(tested, {})).tables[1][1][-1] == "holds"
    assert "Claims claim_7 of the register" in answer_page(FULL, {})
