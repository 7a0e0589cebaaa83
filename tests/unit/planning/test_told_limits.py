"""Limits that clash, one phrase for each kind over its periods, one line each."""

from __future__ import annotations

from netback.errors import ModelError
from netback.planning.model import build_plan
from netback.planning.phrases import failure_findings
from netback.planning.told_limits import spans, told_limits
from netback.program.diagnose import Conflict
from tiny import periods, rows, tiny

MONTHS = ("2023-07", "2023-08", "2023-09", "2023-10", "2023-11")


def conflict(period: str, value: float, name: str = "cdu") -> Conflict:
    phrase = f"the capacity of {name} in {period} ({value:g} kt)"
    return Conflict("capacity", (name, "all", period), "upper", value, phrase)


def test_periods_in_a_row_are_one_span() -> None:
    assert spans(MONTHS[:3], MONTHS) == "2023-07 to 2023-09"
    assert spans(MONTHS[:1], MONTHS) == "2023-07"
    assert spans((*MONTHS[:2], MONTHS[3], MONTHS[4]), MONTHS) == "2023-07 to 2023-08 and 2023-10 to 2023-11"
    assert spans((MONTHS[0], MONTHS[2], MONTHS[4]), MONTHS) == "2023-07, 2023-09 and 2023-11"


def test_limits_of_one_kind_are_one_phrase() -> None:
    found = [conflict(period, 80.0) for period in MONTHS[:3]]
    assert told_limits(found, MONTHS) == ["the capacity of cdu in 2023-07 to 2023-09 (80 kt)"]


def test_the_least_and_the_greatest_value_are_told() -> None:
    found = [conflict(period, value) for period, value in zip(MONTHS, (90.0, 80.0, 100.0), strict=False)]
    assert told_limits(found, MONTHS) == ["the capacity of cdu in 2023-07 to 2023-09 (80 kt to 100 kt)"]


def test_other_items_and_phrases_without_a_period_stay_apart() -> None:
    stock = Conflict("opening_stock", ("oil",), "upper", 5.0, "the opening stock of oil (5)")
    found = [conflict("2023-07", 80.0), conflict("2023-08", 80.0, "fcc"), stock]
    assert told_limits(found, MONTHS) == [
        "the capacity of cdu in 2023-07 (80 kt)",
        "the capacity of fcc in 2023-08 (80 kt)",
        "the opening stock of oil (5)",
    ]


def test_a_plan_that_clashes_tells_one_limit_a_line() -> None:
    case = tiny(
        periods=periods(**{"2023-07": 31, "2023-08": 31, "2023-09": 30}),
        offers=rows("offer stream max price", "o crude 100 10"),
        inventories=rows("stream max", "crude 1000"),
        sales=rows("sale stream min price", "s crude 150 20"),
    )
    error = failure_findings(build_plan(case), "infeasible", "")
    assert isinstance(error, ModelError)
    lines = error.findings[0].what.splitlines()
    assert lines[0] == "no plan can meet all limits:"
    assert [line for line in lines if line.startswith("  - ")] == lines[1:-1]
    assert len(lines[1:-1]) == len(set(lines[1:-1])) == 2
    assert lines[-1].startswith("These cannot all hold; short by")


def test_a_single_limit_is_a_sentence() -> None:
    case = tiny(
        offers=rows("offer stream max price", "o crude 100 10"),
        sales=rows("sale stream min price", "s other 150 20"),
        opening_stocks=rows("stream quantity", "other 10"),
        inventories=rows("stream max", "other 1000"),
    )
    error = failure_findings(build_plan(case), "infeasible", "")
    assert "no plan can meet all limits:" in error.findings[0].what
    assert "short by" in error.findings[0].what
