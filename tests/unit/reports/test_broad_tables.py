"""Tables of many columns in the page: set small, days in two lines, columns that repeat others told once."""

from __future__ import annotations

import re

import pytest

from netback.reports.page import _BROAD, _DAY, _table, _text_kind, _twins
from netback.results.table import ResultTable


def broad(rows: list[tuple[object, ...]], columns: list[tuple[str, str, str]] | None = None) -> ResultTable:
    """A table of a day, three masses and a rest of names that is long enough to be broad."""
    named = [("day", "", ""), ("loaded", "t", ""), ("arriving", "t", ""), ("volume", "bbl", "")]
    more = [(f"name_{k}", "", "") for k in range(_BROAD)]
    return ResultTable.of(
        "voyages",
        "Voyages",
        columns or named + more,
        [(*row, *(f"{k}{n}" for k in range(_BROAD))) for n, row in enumerate(rows)],
    )


TWO = [("2023-04-01", 10.0, 10.0, 10.0), ("2023-05-17", 20.0, 20.0, 20.0)]


def heads(html: str) -> list[str]:
    return [re.sub(r"<i>.*?</i>|<[^>]*>", "", head) for head in re.findall(r"<th.*?</th>", html)]


def test_a_broad_table_is_set_small_and_a_narrow_one_is_not() -> None:
    assert '<table class="broad">' in _table(broad(TWO), opened=False)
    narrow = ResultTable.of("t", "T", [("day", "", ""), ("loaded", "t", "")], [row[:2] for row in TWO])
    html = _table(narrow, opened=False)
    assert "<table><tr>" in html
    assert "<td>2023-04-01</td>" in html


def test_a_day_of_a_broad_table_may_stand_in_two_lines_after_its_year() -> None:
    html = _table(broad(TWO), opened=False)
    assert '<td class="d">2023-<wbr>04-01</td>' in html
    assert '<td class="d">2023-<wbr>05-17</td>' in html


def test_a_column_that_repeats_another_is_told_once_by_its_uom() -> None:
    html = _table(broad(TWO), opened=False)
    assert '<p class="note">In every row: arriving as loaded.</p>' in html
    # Barrels that are as many as the tonnes are no tonnes.
    assert heads(html)[:3] == ["day", "loaded", "volume"]
    assert html.count(">20.00</td>") + html.count('"n">20</td>') == 2


@pytest.mark.parametrize(
    ("arriving", "twin"),
    [((10.0, 20.0), True), ((10.0, 20.5), False), ((10.0, None), False), ((11.0, 20.0), False)],
)
def test_every_row_decides(arriving: tuple[float, float | None], twin: bool) -> None:
    rows = [(day, loaded, own, 1.0 + loaded) for (day, loaded, *_), own in zip(TWO, arriving, strict=True)]
    table = broad(rows)
    assert _twins(table, list(range(4))) == ({2: 1} if twin else {})
    html = _table(table, opened=False)
    assert ("arriving" in heads(html)) is not twin


def test_one_row_repeats_nothing_and_names_are_no_numbers() -> None:
    assert _twins(broad(TWO[:1]), list(range(4))) == {}
    columns = [("offer", "", ""), ("stream", "", "")]
    table = ResultTable.of("t", "T", columns, [("urals", "urals"), ("murban", "murban")])
    assert _twins(table, [0, 1]) == {}


def test_the_third_of_a_kind_repeats_the_first() -> None:
    columns = [(name, "t", "") for name in ("loaded", "arriving", "mass")]
    table = ResultTable.of("t", "T", columns, [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0)])
    assert _twins(table, [0, 1, 2]) == {1: 0, 2: 0}
    assert _twins(table, [2, 1, 0]) == {1: 2, 0: 2}


def test_what_no_row_has_is_left_out_before_it_is_compared() -> None:
    html = _table(broad([(day, None, None, 5.0) for day, *_ in TWO]), opened=False)
    assert "loaded" not in html
    assert "as loaded" not in html


@pytest.mark.parametrize("text", ["2023-04-01", "2023-04"])
def test_days_and_months_are_days(text: str) -> None:
    assert _DAY.fullmatch(text)
    table = ResultTable.of("t", "T", [("when", "", "")], [(text,), (None,)])
    assert _text_kind(table, 0, broad=True) == "d"
    assert _text_kind(table, 0, broad=False) == ""


@pytest.mark.parametrize("text", ["2023", "23-04-01", "2023-04-01 or later", "<b>2023-04", "2023-Q2"])
def test_other_texts_are_no_days(text: str) -> None:
    table = ResultTable.of("t", "T", [("when", "", "")], [("2023-04-01",), (text,)])
    assert _text_kind(table, 0, broad=True) != "d"


def test_the_count_of_columns_that_are_shown_decides() -> None:
    """One name less than the bound and a column that every row shares: the table is not broad."""
    columns = [("same", "", ""), *((f"name_{k}", "", "") for k in range(_BROAD))]
    rows = [("all", *(f"{k}{n}" for k in range(_BROAD))) for n in range(2)]
    assert "broad" not in _table(ResultTable.of("t", "T", columns, rows), opened=False)
    rows[1] = ("other", *rows[1][1:])
    assert "broad" in _table(ResultTable.of("t", "T", columns, rows), opened=False)
