"""Commands on a market that is counted tonne by tonne: what the terminal, JSON and files say is what counting says."""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netback.case.values import CellError
from netback.cli import study as study_command
from netback.cli.main import run
from netback.io.folder_writer import write_case
from netback.studies import change
from netback.studies import study as studies
from tier_market import Market

MARKET = Market(
    own=((30, 3), (40, 10)), rival=((35, 4), (45, 10)), sales=((60, 3), (50, 3), (38, 9)), room=9, freight=2
)
PRICES = (20, 30, 44)
ROOMS = (4, 9, 12)
SWEEPS = [
    "--sweep", "offers offer=own&tranche=1 price 20,30,44",
    "--sweep", "capacities unit=still max 4,9,12",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_case(MARKET.case(), tmp_path_factory.mktemp("market") / "market")


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """What a command prints and what it says beside, without line breaks that the width makes."""
    capsys.readouterr()
    assert run(arguments) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    return shown.out, " ".join(shown.err.split())


def counted() -> dict[tuple[float, float], float]:
    """Margins of the grid, counted."""
    return {
        (price, room): MARKET.with_(own=((price, 3), (40, 10)), room=room).margin()
        for price, room in itertools.product(PRICES, ROOMS)
    }


def stored(path: Path) -> dict[tuple[float, float], float]:
    """Margins in the file of a study."""
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()[1:]))
    price, room = "offers offer=own&tranche=1 price", "capacities unit=still max"
    return {(float(r[price]), float(r[room])): float(r["value"]) for r in rows if r["result"] == "margin"}


# --- studies -------------------------------------------------------------------------------------


def test_a_grid_holds_every_counted_margin(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "grid.csv"
    out, err = told(capsys, "study", str(folder), *SWEEPS, "--store", str(path), "--jobs", "1")
    assert err == ""
    assert stored(path) == pytest.approx(counted(), abs=1e-5)
    assert "Margin [USD]" in out
    assert re.search(r"^9 cases in .* s, .* a minute\.$", out, re.MULTILINE)
    assert f"All answers are in {path}." in " ".join(out.split()).replace("\n", "")
    # What is sold is told as well: all that the still takes, for every tonne sold earns something.
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()[1:]))
    bought = [float(r["value"]) for r in rows if r["result"] == "bought"]
    sold = [float(r["value"]) for r in rows if r["result"] == "sold"]
    assert sum(bought) == pytest.approx(sum(sold))


def test_a_study_that_is_stopped_goes_on_where_it_was(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grid.csv"
    arguments = ["study", str(folder), *SWEEPS, "--store", str(path), "--jobs", "1"]
    solve: Callable[..., None] = studies.solve_study

    def stopping(made: Any, done: Callable[[Any], None], *rest: Any) -> None:
        left = iter(range(4))

        def then(answer: Any) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt
            done(answer)

        solve(made, then, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(studies, "solve_study", stopping)
        out, err = told(capsys, *arguments, code=130)
    assert "Stopped after 4 cases." in err
    assert f"They are in {path}; the same command goes on from there." in err
    assert "Margin" not in out
    assert len(stored(path)) == 4
    out, err = told(capsys, *arguments)
    assert err == "4 cases of 9 known already."
    assert re.search(r"^5 cases in ", out, re.MULTILINE)
    assert stored(path) == pytest.approx(counted(), abs=1e-5)
    out, err = told(capsys, *arguments)
    assert err == "9 cases of 9 known already."
    assert "a minute" not in out


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0.0, 1.0))
def test_a_file_that_ends_anywhere_is_taken_up(
    part: float, folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """A machine that loses its power may leave any number of the bytes behind the first line."""
    path = tmp_path_factory.mktemp("cut") / "grid.csv"
    arguments = ["study", str(folder), *SWEEPS, "--store", str(path), "--jobs", "1"]
    told(capsys, *arguments)
    whole = path.read_bytes()
    first = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    path.write_bytes(whole[: first + int(part * (len(whole) - first))])
    told(capsys, *arguments)
    again = path.read_bytes()
    assert sorted(again.splitlines()) == sorted(whole.splitlines())
    assert again.splitlines()[:2] == whole.splitlines()[:2]


def test_answers_of_another_market_are_not_mixed_in(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "grid.csv"
    told(capsys, "study", str(folder), *SWEEPS, "--store", str(path), "--jobs", "1")
    before = path.read_bytes()
    other = write_case(MARKET.with_(freight=3).case(), tmp_path / "market")
    _, err = told(capsys, "study", str(other), *SWEEPS, "--store", str(path), "--jobs", "1", code=2)
    assert "these are answers of another study" in err
    assert "Name another file for --store, or remove this one." in err
    assert path.read_bytes() == before


def test_cases_without_a_plan_are_counted_and_the_others_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = "sales sale=fuel&tier=1 min 0,2,3.5"
    out, err = told(capsys, "study", str(folder), "--sweep", sweep, "--jobs", "1", code=2)
    assert "1 of 3 cases have no plan: 1 not solved." in err
    assert "why there is no plan" in out
    assert f"{MARKET.margin():,.0f}" in out


def test_a_long_table_is_cut_and_says_how_much_is_missing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = "offers offer=own&tranche=1 price 1:43:1"
    out, _ = told(capsys, "study", str(folder), "--sweep", sweep, "--jobs", "1")
    assert "... and 3 more; --store keeps them all." in out
    assert [float(price) for price in re.findall(r"^\s*([\d.]+)\s+proven", out, re.MULTILINE)] == list(
        range(1, 41)
    )


@given(st.integers(-50, 50), st.integers(0, 40), st.integers(1, 9))
def test_a_sweep_from_to_by_has_every_step_and_both_ends_where_they_fit(
    first: int, count: int, step: int
) -> None:
    last = first + count * step
    values = study_command._values(f"{first}:{last}:{step}")
    assert values == tuple(float(first + step * k) for k in range(count + 1))
    # A last value that no step meets is not passed.
    assert study_command._values(f"{first}:{last + 0.5 * step}:{step}") == values
    assert study_command._values(",".join(map(str, values))) == values


def test_steps_of_a_tenth_lose_no_last_value_to_rounding() -> None:
    assert len(study_command._values("70:85:0.1")) == 151
    assert study_command._values("70:85:0.1")[-1] == pytest.approx(85.0)
    assert study_command._values("0.1:0.3:0.1") == pytest.approx((0.1, 0.2, 0.3))


@pytest.mark.parametrize(
    ("text", "known", "names"),
    [
        ("none", [], [None]),
        ("all", ["a", "b"], [None, "a", "b"]),
        ("a, none ,b", ["a", "b"], ["a", None, "b"]),
        ("none", ["none"], ["none"]),
        ("all", ["all"], ["all"]),
        ("", ["a"], [None]),
        (",", ["a"], [None]),
    ],
)
def test_scenarios_are_named_and_a_scenario_comes_before_the_word(
    text: str, known: list[str], names: list[str | None]
) -> None:
    assert study_command._scenarios(text, known) == names


def test_a_reason_stands_in_one_line() -> None:
    clash = "no plan meets:\n - a least sale\n - a still\nTry another."
    assert study_command._one_line(clash) == "no plan meets: a least sale; a still. Try another."


# --- worth ---------------------------------------------------------------------------------------


def test_a_curve_as_json_is_the_count(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = told(capsys, "value", str(folder), "--crude", "own", "--volume", "1:9:8t", "--json")
    found = json.loads(out)
    names = [column["name"] for column in found["value"]["columns"]]
    value = [MARKET.held(q) for q in range(10)]
    rows = [dict(zip(names, row, strict=True)) for row in found["value"]["rows"]]
    assert {round(row["volume"], 6) for row in rows} >= {0.0, 1.0, 9.0}
    for row in rows:
        q = round(row["volume"])
        if q:
            assert row["average_worth"] == pytest.approx((value[q] - value[0]) / q)
            assert row["break_even_all"] == pytest.approx(row["average_worth"] - 2.0)
        assert row["p5"] is None


def test_what_pays_is_said_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = told(capsys, "value", str(folder), "--crude", "own")
    line = " ".join(out.split())
    assert "On offer at 30.00 USD/t fob; the plant takes 9 t." in line
    # The rival has 45 for the first tonne of own: 43 fob; at 35 and 33 fob the last pays still.
    first = MARKET.held(1) - MARKET.held(0) - 2.0
    end = max(q for q in range(1, 10) if MARKET.held(q) - MARKET.held(q - 1) - 2.0 >= 30.0)
    assert f"It pays from the first t ({first:.2f} fob)" in line or "It pays up to all" in line
    assert f"{end:,.0f} t" in line


def test_pairs_and_causes_are_told(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = write_case(MARKET.with_(room=12, freight=3).case(), tmp_path / "market")
    first, second = MARKET, MARKET.with_(room=12, freight=3)
    out, _ = told(capsys, "compare", str(folder), str(other), "--why", code=0)
    line = " ".join(out.split())
    assert f"{first.margin():,.0f}" in line
    assert f"{second.margin():,.0f}" in line
    assert "max 9 becomes 12" in line
    assert "cost 2 becomes 3" in line


def test_what_would_have_to_change_as_json(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change.os, "cpu_count", lambda: 1)  # processes of their own take seconds to start
    arguments = ["explain", "own", "--case", str(folder), "--change", "--parcel", "2t", "--json"]
    found = json.loads(told(capsys, *arguments)[0])
    gain = MARKET.held(2) - MARKET.held(0) - 64.0
    assert found["gain"] == pytest.approx(gain)
    turns = {one["number"]: one["at"] for one in found["changes"]}
    assert turns["offers rival 2 price"] == pytest.approx(32.0, rel=1e-4)
    out, _ = told(capsys, *arguments[:-1])
    line = " ".join(out.split())
    assert f"2 t of own pay: against none of it, the best plan earns {gain:.4g} USD by them." in line
    assert "The plan buys 3 t." in line


def test_other_plans_lie_within_what_was_allowed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, "alternatives", str(folder), "--within", "10", "--json")[0])
    assert found["best"] == pytest.approx(MARKET.margin())
    names = [column["name"] for column in found["ranges"]["columns"]]
    for cells in found["ranges"]["rows"]:
        row = dict(zip(names, cells, strict=True))
        assert row["least"] <= row["best"] + 1e-6 <= row["greatest"] + 2e-6
        if row["what"] == "own":
            # A tonne less of own costs at most what the rival asks more; within 10 the first tonnes must stay.
            assert row["all_have"] in ("some", "")
            assert row["greatest"] <= 9.0 + 1e-6


# --- bad input -----------------------------------------------------------------------------------

BAD = [
    (["study", "{}"], "a study of one case is a plan."),
    (["study", "{}", "--sweep", "offers offer=own price 30"], "a study of one case is a plan."),
    (["study", "{}", "--sweep", "offers offer=own 1:2:1"], "a part is missing."),
    (["study", "{}", "--sweep", "offers offer=own price 5:1:1"], "5 is above 1: the lesser end comes first."),
    (["study", "{}", "--sweep", "offers offer=own price 1:2"], "is not a list of numbers"),
    (["study", "{}", "--sweep", "offers offer=own prise 1,2"], "price"),
    (["study", "{}", "--sweep", "offer offer=own price 1,2"], "offers"),
    (["study", "{}", "--scenarios", "dear,none"], 'there is no scenario "dear"'),
    (["study", "{}", *SWEEPS, "--store", "{}"], "this is a folder."),
    (["study", "{}", *SWEEPS, "--store", "{}/case.yaml"], "this is no file of a study."),
    (["study", "nowhere"], "nowhere"),
    (["value", "{}", "--crude", "onw"], 'Closest name: "own"'),
    (["value", "{}", "--crude", "own", "--volume", "3kbd"], "is a rate"),
    (["value", "{}", "--crude", "own", "--volume", "-3t"], "is not a volume"),
    (["value", "{}", "--crude", "own", "--volume", "99t"], "the plant takes at most 9 t of own"),
    (["rank", "{}"], "cuts.csv"),
    (["rank", "{}", "--crudes", ","], "no crude is named."),
    (["rank", "{}", "--crudes", "urls"], 'there is no crude "urls"'),
    (["evaluate", "{}", "--crude", "own", "--against", "own"], "own"),
    (["alternatives", "{}", "--within", "-1"], "is not an amount of money from 0 on."),
    (["alternatives", "{}", "--within", "nan"], "nan is not a number to reckon with."),
    (["alternatives", "{}", "--within", "5", "--most", "0"], "0 plans are none."),
    (["explain", "own", "--case", "{}", "--change", "--parcel", "2t/d"], "is not a quantity"),
    (["explain", "own", "--case", "{}", "--change", "--parcel", "2kbd"], "is a rate"),
    (["explain", "own", "--case", "{}", "--change", "--parcel", "0t"], "is no quantity above 0"),
    (["explain", "own", "--case", "{}", "--change", "--parcel", "90t"], "there is no plan with 90 t of own"),
    (["explain", "onw", "--case", "{}", "--change"], 'Closest name: "own"'),
    (["compare", "{}", "{}:dear"], 'there is no scenario "dear"'),
    (["plan", "{}", "--gap", "-1"], "gap"),
    (["reproduce", "{}/case.yaml"], "archive"),
    (["verify"], "which claim?"),
    (["verify", "XX-99"], "XX-99"),
    (["trace", "XX-99"], "XX-99"),
    (["contradictions", "--register", "nowhere"], "nowhere"),
    (["landed", "nowhere"], "nowhere"),
    (["export", "nowhere"], ""),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=[" ".join(one)[:70] for one, _ in BAD])
def test_bad_input_is_told_with_exit_code_2(
    arguments: list[str], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = told(capsys, *(part.replace("{}", str(folder)) for part in arguments), code=2)
    assert words in err
    assert out == ""


@settings(max_examples=80)
@given(text=st.text("0123456789.:,-+e nainft/", max_size=14))
def test_any_text_is_a_sweep_or_a_fault(text: str) -> None:
    try:
        values = study_command._values(text)
    except CellError as error:
        fault = error
    else:
        assert 1 <= len(values) <= 10_000
        assert all(map(math.isfinite, values))
        return
    assert (fault.what[-1], fault.hint[-1]) == (".", ".")


def test_a_sweep_of_what_is_no_finite_number_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for values in ("nan,1", "1,inf", "nan", "-inf:1:1"):
        sweep = f"offers offer=own&tranche=1 price {values}"
        out, err = told(capsys, "study", str(folder), "--sweep", sweep, "--jobs", "1", code=2)
        assert out == "", values
        assert "sweep" in err, values
