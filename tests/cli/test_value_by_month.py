"""``netback value`` over several months, as a user runs it: tables, JSON, the page, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lifting_cases import plant, wheat
from netback.cli.lifting import said_at_the_time
from netback.cli.lifting_tables import even_text
from netback.cli.main import run
from netback.cli.show import adaptive
from netback.io.folder_writer import write_case
from netback.plots.lifting import figures
from netback.reports.answer import Answer, answer_page, question, sentence
from netback.studies.deciding import effects, samples
from netback.studies.lifting import lifting


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("case") / "wheat"
    write_case(wheat(4, ships={"2023-05": (1, 1)}), folder)
    return str(folder)


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("case") / "plant"
    write_case(plant(45.0), folder)
    return str(folder)


def test_the_table_by_month(ships: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", ships, "--crude", "black", "--jobs", "1"]) == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 100
    flat = " ".join(told.split())
    for words in ("month of loading", "break-even", "must load in every plan", "having the choice was worth"):
        assert words in flat
    rows = re.findall(r"^2023-0[456] .* (?:lift|leave)(?:, edge)?\s*$", told, re.MULTILINE)
    assert len(rows) == 3
    # What a cargo costs at the gate depends on how full the ship is: each row says for what its price holds.
    assert run(["value", ships, "--crude", "black", "--jobs", "1", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)["lifting"]
    volume = [column["name"] for column in table["columns"]].index("volume")
    loads = [re.split(r"\s{2,}", row)[2] for row in rows]
    assert loads == [adaptive(row[volume]) for row in table["rows"] if row[volume] is not None]
    assert "may fill its ships more, and costs less there" in flat


def test_without_ships_too(direct: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", direct, "--crude", "crude", "--verify", "--samples", "4", "--jobs", "1"]) == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 100
    assert "47.52" in told
    assert "What decides the break-even" in told
    assert "Where the answer turns" in told
    assert "4 samples of 1 assumptions" in " ".join(told.split())


def test_each_month_alone(ships: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", ships, "--crude", "black", "--jobs", "1", "--alone", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["alone"] is True
    assert told["margin"] == told["margin_without"]
    assert run(["value", ships, "--crude", "black", "--jobs", "1", "--alone"]) == 0
    assert "Each month by itself" in capsys.readouterr().out


def test_json_has_everything(direct: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", direct, "--crude", "crude", "--json", "--samples", "3", "--jobs", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["format"] == "netback-lifting/1"
    assert {"margin", "bound", "margin_without", "gap", "lifting", "assumptions", "turns"} <= set(told)
    assert (told["samples"], told["failed_samples"], told["assumptions"]) == (3, 0, None)
    names = [column["name"] for column in told["lifting"]["columns"]]
    first = dict(zip(names, told["lifting"]["rows"][0], strict=True))
    assert first["break_even"] == pytest.approx(48.0 / 1.01)
    assert (first["verdict"], first["period"], first["asked"], first["basis"]) == (
        "lift",
        "m1",
        "first",
        "fob",
    )
    assert first["p5"] <= first["p50"] <= first["p95"]


def test_the_page_and_its_files(ships: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "o"
    arguments = ["value", ships, "--crude", "black", "--jobs", "1", "--samples", "3", "--out", str(out)]
    assert run(arguments) == 0
    names = {path.name for path in out.iterdir()}
    assert {"answer.html", "lifting.csv", "lifting.json", "assumptions.csv", "turns.csv"} <= names
    assert {
        f"{name}.{kind}" for name in ("break_even_by_month", "what_decides") for kind in ("png", "svg")
    } <= names
    page = (out / "answer.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="https?:', page)
    assert page.count("<svg") == page.count("</svg>") == 2
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "worth lifting, April to June 2023?" in page
    assert "By itself, with none in other months, a cargo paid in" in page
    assert "beside the other cargoes" in page or "had to load" not in page
    # What the samples say stands in small print, so that the table fits a screen.
    rows = page.split("Month by month")[1].split("</table>")[0]
    assert len(re.findall(r"<small>pays in \d+ %</small>", rows)) == 3
    assert len(re.findall(r"<small>[\d.,]+ to [\d.,]+</small>", rows)) >= 3
    assert rows.count("<th") == 10
    assert {"lifting_alone.csv", "cargoes.csv"} <= names
    assert "Where the answer turns" in page
    assert run(arguments) == 2
    assert "is not empty" in capsys.readouterr().err


def test_what_is_stopped_after_the_months_is_shown_and_written(
    ships: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from netback.studies import deciding

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deciding, "first_anew", stopped)
    out = tmp_path / "o"
    assert run(["value", ships, "--crude", "black", "--jobs", "1", "--out", str(out)]) == 130
    told = capsys.readouterr()
    assert "Stopped: what was known by then follows and is written." in told.err
    assert len(re.findall(r"^2023-0[456] .* (lift|leave)(, edge)?\s*$", told.out, re.MULTILINE)) == 3
    names = {path.name for path in out.iterdir()}
    assert {"answer.html", "lifting.csv", "assumptions.csv"} <= names
    assert "turns.csv" not in names
    page = (out / "answer.html").read_text(encoding="utf-8")
    assert "This page was stopped before it was done." in page
    assert "ships as in the plans found" in page
    assert json.loads((out / "lifting.json").read_text(encoding="utf-8"))["stopped"] is True


def test_quick_leaves_out_what_takes_long(ships: str, tmp_path: Path) -> None:
    out = tmp_path / "o"
    assert run(["value", ships, "--crude", "black", "--jobs", "1", "--quick", "--out", str(out)]) == 0
    assert "assumptions.csv" not in {path.name for path in out.iterdir()}


def test_a_flip_of_ones_own(ships: str, capsys: pytest.CaptureFixture[str]) -> None:
    flip = ["--flip", "sales sale=s price", "--flip", "cargo_costs cargo=handy cost"]
    assert run(["value", ships, "--crude", "black", "--jobs", "1", *flip]) == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 100
    assert len(re.findall(r"turns 2023-0\d from|no verdict turns", " ".join(told.split()))) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--crude", "blak"], '"blak" is not offered'),
        (["--crude", "black", "--volume", "5kt"], "no ships carry 5kt"),
        (["--crude", "black", "--volume", "many"], "is not a volume"),
        (["--crude", "black", "--flip", "sales price"], "names no number"),
        (
            ["--crude", "black", "--flip", "sales sale=q price"],
            '--flip "sales sale=q price": no row of sales.csv',
        ),
        (["--crude", "black", "--gap", "2"], "gap"),
    ],
)
def test_bad_input_is_told(
    ships: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["value", ships, "--jobs", "1", *arguments]) == 2
    found = capsys.readouterr().err
    assert told in found
    assert "Traceback" not in found


def test_a_volume_that_no_ships_carry_is_refused_before_any_plan_is_sought(
    ships: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def sought(*_: object, **__: object) -> None:
        raise AssertionError("a plan was sought")

    monkeypatch.setattr("netback.studies.lifting.best_plan", sought)
    for volume in ("30t", "71t"):
        assert run(["value", ships, "--crude", "black", "--volume", volume, "--jobs", "1"]) == 2
        told = capsys.readouterr().err
        assert f"no ships carry {volume} of black in any period. They carry 40 to 70 t." in told


def test_what_belongs_to_several_months_is_refused_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "karachi_2023_september", "--crude", "urals", "--quick"]) == 2
    assert "several months" in capsys.readouterr().err


def test_the_answer_in_words() -> None:
    case = wheat(4, ships={"2023-05": (1, 1)})
    found = lifting(case, "black", jobs=1)
    answer = Answer(case, found, (), None, (), (("1 May 2023", "<b>", "said", "5 USD/bbl", "", "X-1"),))
    assert question(answer) == "At what price fob was Black worth lifting, April to June 2023?"
    told = sentence(answer)
    words = {lift.word for lift in found.known if lift.question.kind == "cargo"}
    assert ("One cargo paid in" in told) == ("lift" in words)
    assert "did not pay in" in told if "leave" in words else True
    assert "What had to load in May (handy)" in told
    drawn = figures(case, found, (), None)
    page = answer_page(answer, drawn)
    assert "&lt;b&gt;" in page
    assert "not tested" in page
    assert "The three" not in page


def test_figures_with_everything() -> None:
    case = plant(45.0)
    found = lifting(case, "crude")
    drawn = figures(case, found, effects(case, found), samples(case, found, 4))
    assert set(drawn) == {"break_even_by_month", "what_decides"}
    for one in drawn.values():
        assert one.png.startswith(b"\x89PNG")
        assert b"<svg" in one.svg
        assert "USD/t" in one.caption or "mean of the months" in one.caption


def test_the_interval_is_shown_where_it_shows_in_cents() -> None:
    from dataclasses import replace

    lift = lifting(plant(), "crude").lifts[0]
    assert even_text(lift) == "47.52"
    assert even_text(replace(lift, low=47.4)) == "47.40 to 47.52"
    assert even_text(replace(lift, headroom=float("nan"))) == ""


def test_a_case_without_dates_has_nothing_beside_it() -> None:
    assert said_at_the_time(plant(), lifting(plant(), "crude")) == ()
