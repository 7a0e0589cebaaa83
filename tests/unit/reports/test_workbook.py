"""The workbook of results: every number of the tables, the certificate, the sources; numbers stay numbers."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import pytest
import python_calamine

from netback.case.case import Case
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.plots.plan import figures
from netback.reports.page import uom_of
from netback.reports.workbook import result_workbook
from netback.results.by_period import by_period
from netback.results.provenance import sources
from netback.results.solution import Solution, solution_of
from three_months import three_months

NAMES = ("gulf_diet", "urals_half")


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [read_case("karachi_2023_september", name) for name in NAMES]


@pytest.fixture(scope="module")
def solutions(cases: list[Case]) -> list[Solution]:
    return [solution_of(plan(case)) for case in cases]


@pytest.fixture(scope="module")
def book(solutions: list[Solution], cases: list[Case]) -> python_calamine.CalamineWorkbook:
    return opened(result_workbook(solutions, cases, figures(solutions[0])))


def opened(data: bytes) -> python_calamine.CalamineWorkbook:
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))


def cells(book: python_calamine.CalamineWorkbook, name: str) -> list[list[Any]]:
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def test_the_summary_comes_first_with_margin_and_certificate(
    book: python_calamine.CalamineWorkbook, solutions: list[Solution]
) -> None:
    assert book.sheet_names[0] == "summary"
    told = {row[0]: row[1] for row in cells(book, "summary")}
    found = solutions[0]
    assert told["Gross margin [USD]"] == pytest.approx(found.economics.margin, rel=1e-15)
    assert told["Gross margin [USD/bbl]"] == pytest.approx(found.economics.margin / found.economics.crude)
    assert told["Answer"] == "proven"
    assert "multipliers" in told["Bound by"]


def test_every_result_table_is_a_sheet_with_every_number(
    book: python_calamine.CalamineWorkbook, solutions: list[Solution]
) -> None:
    for name, table in solutions[0].tables.items():
        if not len(table):
            continue
        rows = cells(book, name.replace("_", " "))
        assert rows[0][0] == table.title
        assert [str(cell) for cell in rows[2]] == [column.replace("_", " ") for column in table.names]
        for place, (column, cell) in enumerate(zip(table.columns, rows[3], strict=True)):
            # A uom that each row names is the subject of tests of its own.
            if column.uom.partition("/")[2] not in table.names:
                assert cell == (f"[{column.uom}]" if column.uom and column.uom != "row" else "")
            else:
                assert cell == f"[{uom_of(table, place)}]"
        assert len(rows) == 4 + len(table)
        for ours, theirs in zip(table.rows, rows[4:], strict=True):
            for one, other in zip(ours, theirs, strict=True):
                if isinstance(one, bool):
                    assert other == ("yes" if one else "no")
                elif isinstance(one, int | float):
                    assert other == pytest.approx(one, rel=1e-14, abs=1e-300)
                else:
                    assert other == ("" if one is None else str(one))


def test_cases_stand_side_by_side_with_what_differs(book: python_calamine.CalamineWorkbook) -> None:
    rows = cells(book, "side by side")
    assert rows[2][3:5] == ["gulf diet", "urals half"]
    assert "urals_primorsk, 2023-09" in {row[2] for row in cells(book, "inputs that differ")}


def test_one_plan_alone_has_nothing_side_by_side(solutions: list[Solution], cases: list[Case]) -> None:
    names = opened(result_workbook(solutions[:1], cases[:1])).sheet_names
    assert "side by side" not in names
    assert {"summary", "purchases", "sales", "assumed", "sources"} <= set(names)


def test_what_is_assumed_and_who_said_what(book: python_calamine.CalamineWorkbook, cases: list[Case]) -> None:
    assumed = cells(book, "assumed")[4:]
    assert len(assumed) == sum(
        record["status"] == "assumed"
        for table in cases[0].tables.values()
        if table.schema.has_provenance
        for record in table.records
    )
    assert all(isinstance(row[5], float) and isinstance(row[6], float) for row in assumed)
    sources = {row[0]: row for row in cells(book, "sources")[4:]}
    assert sources["CAR-010"][2] == "port sources / KPT"


def test_text_of_a_case_is_never_a_formula(solutions: list[Solution], cases: list[Case]) -> None:
    evil = cases[0].with_table(
        "sources", [{"source": "x", "title": '=HYPERLINK("http://evil")', "url": "=1+1"}]
    )
    table = sources(evil)
    told = replace(solutions[0], tables={**solutions[0].tables, "sources": table})
    rows = cells(opened(result_workbook([told], [evil])), "sources")
    assert rows[4][1] == '=HYPERLINK("http://evil")'
    assert rows[4][5] == "=1+1"


def test_a_plan_of_many_periods_is_told_by_period() -> None:
    """One block below the other, numbers as numbers, with the sum over the horizon."""
    case = three_months()
    solution = solution_of(plan(case))
    book = opened(result_workbook([solution], [case]))
    rows, summary = cells(book, "by period"), {row[0]: row[1] for row in cells(book, "summary")}
    names = solution.facts["periods"]
    assert summary["Periods"] == f"{names[0]} to {names[-1]}"
    for pivot in by_period(solution).values():
        if pivot.rows:
            at = next(k for k, row in enumerate(rows) if row[0] == pivot.heading)
            assert [cell for cell in rows[at + 1] if cell in names] == list(names)
            for one, row in zip(pivot.rows, rows[at + 2 :], strict=False):
                told = row[len(pivot.heads) + 1 + bool(pivot.whole) :]
                shown = [math.nan if cell == "" else cell for cell in told[: len(names)]]
                values = [math.nan if value is None else value for value in one.values]
                assert shown == pytest.approx(values, rel=1e-14, nan_ok=True)


def test_a_plan_of_few_periods_has_no_sheet_by_period(book: python_calamine.CalamineWorkbook) -> None:
    assert "by period" not in book.sheet_names
    head, uoms = cells(book, "purchases")[2:4]
    assert uoms[head.index("price")].startswith("[USD")
    assert "price_per" not in "".join(map(str, uoms))


def test_value_and_bound_of_the_certificate_stand_in_the_summary_as_numbers(
    book: python_calamine.CalamineWorkbook, solutions: list[Solution]
) -> None:
    told = {row[0]: row[1] for row in cells(book, "summary") if len(row) > 1}
    certificate = solutions[0].certificate
    assert told["Value of the plan [USD]"] == pytest.approx(certificate.value, rel=1e-15)
    assert told["Bound [USD]"] == pytest.approx(certificate.bound, rel=1e-15)
