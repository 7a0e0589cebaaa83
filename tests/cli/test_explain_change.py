"""``netback explain --change`` and ``--limit``: what they print, in 100 columns and as JSON, and how they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netback.cli.main import run
from netback.io.folder_writer import write_case
from pool_cases import haverly
from tiny import periods, rows, tiny

WIDTH = 100
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Explain in the folder of a small case: two crudes, a still that the first fills, a product."""
    case = tiny(
        "small",
        periods=periods(P1=10),
        streams=[{"stream": "sweet", "kind": "crude"}, {"stream": "sour", "kind": "crude"}],
        stream_properties=rows(
            "stream property value", "sweet density_t_per_m3 0.8", "sour density_t_per_m3 0.9"
        ),
        offers=rows(
            "offer stream price max status low high",
            "sweet sweet 9 90 . . .",
            "sour sour 9.5 . assumed 7.5 11",
        ),
        feeds=rows("unit feed", "still sweet", "still sour"),
        yields=rows("unit feed product yield", "still sweet fuel 1", "still sour fuel 0.9"),
        capacities=rows("unit max uom", "still 8 t/d"),
        sales=rows("sale stream price max", "fuel fuel 10 500"),
        scenarios=rows("scenario parent", "cheap_sour ."),
        overrides=rows("scenario table where column value", "cheap_sour offers offer=sour price 7"),
    )
    write_case(case, tmp_path / "small")
    monkeypatch.chdir(tmp_path / "small")

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["explain", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


def test_change_is_told_in_the_words_of_the_rows(command: Run) -> None:
    code, out, err = command("sour", "--change")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= WIDTH
    text = " ".join(out.split())
    assert "The first 0.08 t of sour do not pay: against none of it, the best plan loses" in text
    assert "Any one of these changes alone would make it pay:" in text
    # 9 a tonne of product value less 1 that the room earns with sweet: 8.
    assert "offers sour price 9.5 8 USD/t -15.79 % 7.5 to 11" in text
    assert "Scenarios of the case that buy it, 1 of 1: cheap_sour." in text


def test_change_of_a_parcel_and_of_what_is_in(command: Run) -> None:
    code, out, _ = command("sweet", "--change", "--parcel", "0.05kt")
    assert code == 0
    assert "50 t of sweet pay: against none of it, the best plan earns 50 USD by them" in " ".join(
        out.split()
    )
    assert "stops to pay" in out


def test_change_as_json(command: Run) -> None:
    code, out, _ = command("sour", "--change", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["format"], found["pays"], found["bought"]) == ("netback-change/1", False, 0.0)
    own = next(row for row in found["changes"] if row["number"] == "offers sour price")
    assert own["at"] == pytest.approx(8.0, abs=1e-4)
    assert own["within_range"] is True
    assert found["scenarios"] == {"cheap_sour": pytest.approx(80.0)}


def test_a_limit_that_does_not_bind(command: Run) -> None:
    code, out, err = command("--limit", "fuel")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= WIDTH
    text = " ".join(out.split())
    assert "sale fuel in P1: the greatest, 500 t, does not bind. The plan has 80 t; 420 t are left." in text
    assert "It would begin to cost money below 80 t." in text
    assert "No plan within the other limits has more." in text
    assert "What keeps it from the limit: the capacity of still in P1 (8 t/d)." in text
    assert "What binds in the plan instead: capacity still (10.00 USD for one more)." in text


def test_a_limit_that_binds_and_json(command: Run) -> None:
    code, out, _ = command("--limit", "still")
    assert (code, out) == (
        0,
        "capacity still in P1: the greatest, 8 t/d, binds. One more t/d is worth 10.00 USD.\n\n",
    )
    found = json.loads(command("--limit", "sweet", "--json")[1])
    assert [(row["name"], row["bound"], row["binds"]) for row in found] == [("sweet", 90.0, False)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sour", "--change", "--parcel", "much"), '"much" is not a quantity'),
        (("sour", "--change", "--parcel", "5kbd"), '"kbd" is a rate'),
        (("sour", "--change", "--parcel", "0kt"), "no quantity above 0"),
        (("sour", "--change", "--parcel", "9e9t"), '"e9t" is not a unit of measure'),
        (("sour", "--change", "--parcel", "900kt"), "there is no plan with 900,000 t of sour"),
        (("sowr", "--change"), 'Closest name: "sour"'),
        (("sour", "--parcel", "5t"), "--parcel: does not go with the rest"),
        (("--limit", "fuel", "--change"), "--change: does not go with the rest"),
        (("sour", "--limit", "fuel"), "one thing is explained at a time"),
        ((), "one thing is explained at a time"),
        (("--limit", "fule"), 'Closest name: "fuel"'),
        (("sour", "--change", "--case", "karachi"), "karachi"),
        (("sour", "--change", "--month", "P1"), "--month: is for cases with ships"),
        (("sour", "--month", "P1"), "--month: does not go with the rest"),
        (("sour", "--change", "--thorough"), "--thorough: is for cases with ships"),
    ],
)
def test_bad_requests_are_refused_in_words(command: Run, arguments: tuple[str, ...], told: str) -> None:
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


@pytest.fixture
def shipped(command: Run, tmp_path: Path) -> Run:
    """The same in the folder of a case with ships: one full ship that earns 50, its freight between 100 and 300."""
    case = tiny(
        "ships",
        periods=[{"period": "2023-04", "start": "2023-04-01", "days": 30}],
        offers=rows("offer stream price", "sea wheat 10"),
        cargoes=rows("cargo offer min_ships max_ships max_lot days", "ship sea 0 1 100 1"),
        cargo_costs=rows("cargo item cost per status low high", "ship freight 150 ship assumed 100 300"),
        sales=rows("sale stream max price", "s wheat 500 12"),
        scenarios=rows("scenario parent", "dear ."),
        overrides=rows("scenario table where column value", "dear offers offer=sea price 11"),
    )
    write_case(case, tmp_path / "ships")
    return lambda *arguments: command(*arguments, "--case", str(tmp_path / "ships"), "--jobs", "1")


def test_change_of_a_cargo(shipped: Run) -> None:
    code, out, err = shipped("wheat", "--change")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= WIDTH
    text = " ".join(out.split())
    assert (
        "Followed: one cargo of wheat in 2023-04. The best plan with it earns 50 USD against the best" in text
    )
    assert "It stops to pay at a price of 10.50 delivered in place of 10.00 USD/t." in text
    assert "cargo_costs ship freight cost 150 200 USD/ship +33.33 % 100 to 300" in text
    assert "Scenarios of the case that load none in 2023-04, 1 of 1: dear." in text
    assert "--thorough" in text
    code, out, err = shipped("wheat", "--change", "--month", "2023-4")
    assert (code, out) == (2, "")
    assert 'Closest name: "2023-04"' in err
    code, _, err = shipped("wheat", "--change", "--time-limit", "5")
    assert (code, "--time-limit: does not hold" in err) == (2, True)


def test_change_of_a_cargo_as_json_and_stopped(shipped: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import netback.studies.cargo_change as module

    found = json.loads(shipped("wheat", "--change", "--json", "--thorough")[1])
    assert (found["format"], found["complete"], found["thorough"]) == ("netback-change-cargo/1", True, True)
    freight = next(row for row in found["changes"] if row["kind"] == "price" and "freight" in row["number"])
    assert freight["proven_as_now"] < freight["at"] < freight["proven_turned"]

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "anew", stop)
    code, out, err = shipped("wheat", "--change", "--json")
    assert code == 130
    assert "Stopped: what was known by then follows." in err
    half = json.loads(out)
    assert not half["complete"]
    assert {row["number"] for row in half["changes"]} == {row["number"] for row in found["changes"]}


def test_with_pools_the_answer_says_what_it_holds_for(command: Run, tmp_path: Path) -> None:
    write_case(haverly(), tmp_path / "pool")
    arguments = ("--case", str(tmp_path / "pool"))
    assert "Streams are kept apart here" in command("A", "--change", *arguments)[1]
    assert "so what follows is local: mixes answer" in command("A", "--pooling", "exact", *arguments)[
        1
    ].replace("\n", " ")
    out = command("--limit", "X", "--pooling", "exact", *arguments)[1].replace("\n", " ")
    assert "so what follows is local: every mix stays as it is" in out
    told = json.loads(command("A", "--pooling", "exact", "--json", *arguments)[1])
    assert [(one["pooling"], one["local"]) for one in told] == [("exact", True)]
    code, _, err = command("A", "--change", "--pooling", "exact", *arguments)
    assert (code, "Leave out --pooling" in err) == (2, True)
