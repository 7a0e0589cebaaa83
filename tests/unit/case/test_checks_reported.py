"""Checks of what was reported beside the plan: names, parts, measures, order of the range and uom."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.case import Case
from netback.case.checks_reported import RESULT_KEYS, check_reported
from netback.case.schema import TABLES
from netback.errors import Finding
from tiny import rows, tiny

FACT: dict[str, Any] = {
    "fact": "f", "title": "as the press has it", "result": "purchases", "of": "spot", "value": 5, "uom": "t",
    "said_by": "press",
}  # fmt: skip


def plant(*facts: dict[str, Any]) -> Case:
    return tiny(
        sources=[{"source": "press", "title": "a newspaper"}],
        offers=rows("offer stream price", "spot crude 60"),
        feeds=rows("unit feed", "cdu crude"),
        yields=rows("unit feed product yield", "cdu crude naphtha 0.3", "cdu crude residue 0.7"),
        blends=rows("product component", "petrol naphtha"),
        sales=rows("sale stream price", "pump petrol 90", "bunker residue 50"),
        reported=[{**FACT, "fact": f"f{place}", **fact} for place, fact in enumerate(facts)],
    )


def one(**fact: Any) -> Finding:
    (finding,) = check_reported(plant(fact))
    return finding


def test_what_a_plan_can_answer_is_passed_over() -> None:
    facts = [
        {},
        {"result": "sales", "of": "pump", "measure": "volume", "uom": "bbl"},
        {"result": "unit_runs", "of": "cdu", "part": "crude"},
        {"result": "unit_products", "of": "naphtha", "part": "cdu"},
        {"result": "blends", "of": "petrol", "part": "naphtha", "measure": "volume", "uom": "m3"},
        {"result": "stocks", "of": "residue"},
    ]
    assert check_reported(plant(*facts)) == []


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (
            {"of": "spott"},
            'reported.csv, row 2, column of: offer "spott" is not in offers.csv. Closest name: "spot".',
        ),
        (
            {"result": "unit_runs", "of": "cdu", "part": "crud"},
            'reported.csv, row 2, column part: stream "crud" is not in streams.csv. Closest name: "crude".',
        ),
        ({"part": "crude"}, "reported.csv, row 2, column part: purchases have no parts. Leave it blank."),
        (
            {"result": "stocks", "of": "residue", "measure": "volume", "uom": "m3"},
            "reported.csv, row 2, column measure: stocks are told by mass. Write mass.",
        ),
        (
            {"value": None},
            "reported.csv, row 2, column value: nothing is reported: no value and no range. "
            "Fill value, claimed_low or claimed_high.",
        ),
        (
            {"uom": "bbl"},
            'reported.csv, row 2, column uom: "bbl" measures volume, the row speaks of mass. '
            "Write an uom of mass, for example t, or another measure.",
        ),
        (
            {"measure": "volume"},
            'reported.csv, row 2, column uom: "t" measures mass, the row speaks of volume. '
            "Write an uom of volume, for example bbl, or another measure.",
        ),
    ],
)
def test_each_fault_has_its_place_and_repair(fact: dict[str, Any], told: str) -> None:
    assert str(one(**fact)) == told


CELLS = st.none() | st.integers(-3, 3).map(float)


@given(CELLS, CELLS, CELLS)
def test_a_range_is_told_in_its_order(low: float | None, value: float | None, high: float | None) -> None:
    found = check_reported(plant({"claimed_low": low, "value": value, "claimed_high": high}))
    stated = [end for end in (low, value, high) if end is not None]
    falls = any(first > second for first, second in pairwise(stated))
    assert [finding.what for finding in found] == (
        ["nothing is reported: no value and no range."] if not stated
        else ["claimed_low, value and claimed_high are not in this order."] if falls
        else []
    )  # fmt: skip


def test_all_faults_of_all_rows_come_together() -> None:
    found = check_reported(plant({"of": "x", "uom": "m3", "value": None}, {}, {"claimed_low": 9}))
    assert [finding.where for finding in found] == [
        "reported.csv, row 2, column of",
        "reported.csv, row 2, column value",
        "reported.csv, row 2, column uom",
        "reported.csv, row 4, column claimed_low",
    ]


def test_keys_name_columns_that_tables_have() -> None:
    """A result of the schema without a key would be an error without a place, so both lists are one."""
    assert tuple(RESULT_KEYS) == TABLES["reported"].by_name["result"].choices
    for key in RESULT_KEYS.values():
        for pair in (key.of, key.part):
            if pair is not None:
                table, column = pair[1].split(".")
                assert column in TABLES[table].by_name
