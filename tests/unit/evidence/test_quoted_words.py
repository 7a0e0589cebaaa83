"""A quotation is whole words: what stands, what is cut, and up to where it stands."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netback.evidence.comparable import latest_day
from netback.evidence.quotations import check_quotations
from small_register import claim, register

TEXT = (
    "Pakistan bought 25 million barrels, or 3.5 million tonnes, at a discount of 12.5 % in 2023. "
    "The minister said the cargo (100,500 t) had docked."
)
WORDS = TEXT.split(" ")


def fault(quotation: str, text: str = TEXT) -> str:
    """What is wrong with a quotation; blank where nothing is."""
    count, findings = check_quotations(register([claim("A-01", quotation=quotation)]), {"paper": text})
    assert count == 1
    return findings[0].what if findings else ""


@given(st.integers(0, len(WORDS) - 1), st.integers(1, len(WORDS)))
def test_every_run_of_whole_words_stands(start: int, length: int) -> None:
    assert fault(" ".join(WORDS[start : start + length])) == ""


@given(st.integers(0, len(WORDS) - 3), st.integers(3, len(WORDS)), st.data())
def test_a_word_that_is_left_out_is_found(start: int, length: int, data: st.DataObject) -> None:
    words = WORDS[start : start + length]
    assume(len(words) >= 3)
    left_out = data.draw(st.integers(1, len(words) - 2))
    kept = [*words[:left_out], *words[left_out + 1 :]]
    assume(" ".join(kept) not in TEXT)
    told = fault(" ".join(kept))
    assert "does not stand in the text of paper" in told
    # It stands up to the gap at least, and the word behind that is named.
    assert "it stands up to" in told


@pytest.mark.parametrize(
    "cut",
    [
        "5 million barrels",  # of 25
        "Pakistan bought 2",  # of 25
        "5 million tonnes",  # of 3.5
        "or 3",  # of 3.5
        "2.5 %",  # of 12.5
        "500 t",  # of 100,500
        "100",  # of 100,500
        "stan bought 25 million barrels",
        "The minister said the car",
        "a discount of 12.5 % in 202",
    ],
)
def test_a_word_or_number_that_is_cut_does_not_stand(cut: str) -> None:
    assert "does not stand" in fault(cut)


@pytest.mark.parametrize(
    "whole",
    [
        "25 million",
        "3.5 million tonnes",
        "12.5 %",
        "100,500 t",
        "in 2023",
        "2023. The minister",
        "(100,500 t)",
        "%",
    ],
)
def test_whole_numbers_stand_also_beside_full_stops_and_brackets(whole: str) -> None:
    assert fault(whole) == ""


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_number_stands_only_as_itself(said: int, quoted: int) -> None:
    stands = fault(f"sold {quoted} t", f"They sold {said} t of it.") == ""
    assert stands == (said == quoted)
    assert (fault(f"{quoted}", f"They sold {said} t of it.") == "") == (said == quoted)


def test_where_it_breaks_is_told_in_its_last_words() -> None:
    told = fault("Pakistan bought 25 million barrels, or 3.5 million litres")
    assert 'it stands up to "... 25 million barrels, or 3.5 million", then says "litres".' in told
    # A number that is cut is where it breaks, not the word behind it.
    assert 'it stands up to "Pakistan bought", then says "2".' in fault("Pakistan bought 2 million")
    assert "not even its first word" in fault("akistan bought")


def test_a_quotation_of_marks_alone_is_empty() -> None:
    assert fault('""') == "the quotation is empty."


def test_any_of_several_stored_texts_will_do() -> None:
    rows = [claim("A-01", quotation="25 million", source="paper; other")]
    texts = {"paper": "nothing of it", "other": TEXT}
    assert check_quotations(register(rows), texts) == (1, [])
    (finding,) = check_quotations(register(rows), {**texts, "other": "125 million"})[1]
    assert "the text of paper, other" in finding.what


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_the_latest_day_of_a_day_a_month_and_a_year(day: date) -> None:
    assert latest_day(f"{day:%Y-%m-%d}") == day
    month = latest_day(f"{day:%Y-%m}")
    assert month is not None
    assert (month.year, month.month, (month + timedelta(1)).day) == (day.year, day.month, 1)
    assert latest_day(f"{day:%Y}") == date(day.year, 12, 31)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 4000))
def test_a_span_ends_with_its_end(first: date, days: int) -> None:
    last = first + timedelta(days)
    assert latest_day(f"{first:%Y-%m-%d}/{last:%Y-%m-%d}") == last
    end = latest_day(f"{first:%Y-%m}/{last:%Y-%m}")
    assert end is not None
    assert (end.year, end.month) == (last.year, last.month)
    assert end >= last


@pytest.mark.parametrize(
    "text", ["", "soon", "2023-13", "2023-02-30", "2023-00-01", "23-01-01", "2023-1-1", "/"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert latest_day(text) is None
