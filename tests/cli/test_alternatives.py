"""``netback alternatives``: what it prints, as text of 100 columns and as JSON, and how it refuses."""

from __future__ import annotations

import json

import pytest

from netback.cli.main import run

WIDTH = 100


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["alternatives", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_text_fits_and_tells_what_is_shared(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, "karachi_2023_september", "--within", "100000", "--most", "5")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= WIDTH
    assert "Plans within 100,000 USD of it:" in out
    murban = next(line for line in out.splitlines() if "murban_spot" in line)
    assert murban.split() == ["bought", "murban_spot", "t", "70,000", "65,591", "70,000", "some"]
    assert "least, greatest: proven" in out
    assert "plan 6" in out
    assert "Every plan passed the check in the original rows." in out.replace("\n", " ")


def test_json_holds_ranges_and_plans(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = called(capsys, "pike_refinery", "--within", "5000", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["format"], found["within"], found["by"]) == ("netback-alternatives/1", 5000.0, "distance")
    names = [column["name"] for column in found["ranges"]["columns"]]
    for row in found["ranges"]["rows"]:
        cells = dict(zip(names, row, strict=True))
        assert cells["least"] <= cells["best"] <= cells["greatest"]


def test_nothing_within_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = called(capsys, "pike_refinery", "--within", "0")
    assert code == 0
    assert "No plan within the allowance differs" in out


def test_a_search_without_time_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = called(capsys, "pike_refinery", "--within", "5000", "--seconds", "0")
    assert code == 0
    assert max(map(len, out.splitlines())) <= WIDTH
    assert "not settled in the time" in out
    assert "No plan far enough from the best was found in the time." in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pike_refinery", "--within", "-5"), "-5 is not an amount of money"),
        (("pike_refinery", "--within", "nan"), "not a number"),
        (("pike_refinery", "--within", "10", "--most", "0"), "0 plans are none"),
        (("pike_refinry", "--within", "10"), "pike_refinry"),
        (("pike_refinery", "--within", "10", "--scenario", "octane_38"), 'Closest name: "octane_83"'),
        (("pike_refinery",), "--within"),
    ],
)
def test_bad_requests_are_refused_in_words(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    code, out, err = called(capsys, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
