"""Findings and errors: their form, their counting, the closest name."""

from __future__ import annotations

import pickle

import pytest

from netback.errors import (
    DataError,
    Finding,
    ModelError,
    NetbackError,
    SolveError,
    closest,
    format_findings,
)

BLEND = Finding(
    "blends.csv, row 14, column component",
    'stream "LCN2" is made by no unit and not bought.',
    'Closest name: "LCN".',
)
SPEC = Finding("specs.csv, row 7", "sulfur_wt_pct max 0.001 is below min 0.010.", "No blend can meet both.")


def test_report_has_the_form_of_the_design() -> None:
    error = DataError([BLEND, SPEC], "case karachi_2023_september")
    assert error.report() == (
        "2 problems in case karachi_2023_september\n"
        ' 1. blends.csv, row 14, column component: stream "LCN2" is made by no unit and not bought.'
        ' Closest name: "LCN".\n'
        " 2. specs.csv, row 7: sulfur_wt_pct max 0.001 is below min 0.010. No blend can meet both."
    )
    assert str(error) == error.report()


def test_one_finding_without_subject_is_one_line() -> None:
    assert str(DataError(Finding("offers.csv", "the table is missing.", "Add it."))) == (
        "offers.csv: the table is missing. Add it."
    )


def test_a_text_becomes_a_finding_without_place() -> None:
    error = SolveError("the solver stopped.")
    assert error.findings == (Finding("", "the solver stopped."),)
    assert str(error) == "the solver stopped."


def test_findings_may_come_from_a_generator() -> None:
    assert len(ModelError(finding for finding in (BLEND, SPEC)).findings) == 2


@pytest.mark.parametrize("kind", [DataError, ModelError, SolveError])
def test_all_errors_are_netback_errors(kind: type[NetbackError]) -> None:
    assert issubclass(kind, NetbackError)
    assert not issubclass(kind, ValueError)


def test_numbers_are_set_to_the_right() -> None:
    lines = format_findings([SPEC] * 10, "case x").splitlines()
    assert lines[1].startswith("  1. ")
    assert lines[10].startswith(" 10. ")


@pytest.mark.parametrize(
    ("severities", "heading"),
    [
        (["error"], "1 problem in case x"),
        (["error", "warning"], "2 problems in case x"),
        (["warning"], "1 remark in case x"),
        (["note", "warning"], "2 remarks in case x"),
    ],
)
def test_heading_says_problems_or_remarks(severities: list[str], heading: str) -> None:
    findings = [Finding("a", "b", severity=severity) for severity in severities]  # type: ignore[arg-type]
    assert format_findings(findings, "case x").splitlines()[0] == heading


def test_finding_without_hint_has_no_trailing_blank() -> None:
    assert str(Finding("a.csv", "wrong.")) == "a.csv: wrong."


def test_finding_is_frozen_and_hashable() -> None:
    assert len({BLEND, SPEC, BLEND}) == 2
    with pytest.raises(AttributeError):
        BLEND.what = "other"  # type: ignore[misc]


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(DataError([BLEND, SPEC], "case x")))
    assert error.findings[0].what in str(error)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("LCN2", 'Closest name: "LCN".'), ("naphta", 'Closest name: "naphtha".'), ("zzzzzz", "")],
)
def test_closest(name: str, expected: str) -> None:
    assert closest(name, ["LCN", "naphtha", "residue"]) == expected


def test_closest_sees_through_capital_letters() -> None:
    assert closest("URALS", ["urals", "das"]) == 'Closest name: "urals".'


def test_closest_takes_any_iterable_and_an_empty_one() -> None:
    assert closest("a", iter(())) == ""
    assert closest("residu", {"residue": 1}) == 'Closest name: "residue".'


def test_half_of_a_code_may_be_wrong_but_not_half_of_a_word() -> None:
    assert closest("P9", ["P1", "Q2"]) == 'Closest name: "P1".'
    assert closest("nope", ["mine", "yours"]) == ""
