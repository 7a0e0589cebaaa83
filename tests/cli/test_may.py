"""``netback may`` as a user runs it: verdicts side by side, chain with citations, faults with the closest name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from netback.cli.main import run
from tiny_case import write_folder

GASOLINE = [
    "--cargo",
    "gasoline",
    "--from",
    "Russia",
    "--to",
    "Mongolia",
    "--seller",
    "reseller",
    "--on",
    "2024-12-15",
]
CRUDE = ["--cargo", "crude", "--from", "Russia", "--to", "Pakistan"]


def may(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["may", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def words(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    code, out, err = may(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return {one["authority"]: one["verdict"] for one in json.loads(out)["verdicts"]}


def test_the_question_of_the_issue(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = may(capsys, *GASOLINE)
    assert (code, err) == (0, "")
    assert out.startswith("May gasoline go from Russia to Mongolia on 2024-12-15? (seller reseller)\n")
    assert "Not told, taken: no way (Mongolia has no coast; name one with --by)." in out
    first = next(line for line in out.splitlines() if line.startswith("Russia "))
    assert first.split()[1] == "allowed"
    assert "ru_agreement_mongolia" in out
    assert "https://interfax.com/newsroom/top-stories/94789/" in out
    assert "Side by side, never merged: Conditional under EU" in out
    assert "What is not held is no permission" in out


@pytest.mark.parametrize(
    "arguments",
    [
        GASOLINE,
        [*GASOLINE, "--full"],
        [*CRUDE, "--on", "2025-11-15", "--price", "44.87", "--full"],
        [
            *CRUDE,
            "--on",
            "2023-09-15",
            "--price",
            "80",
            "--seller",
            "Rosneft",
            "--insurer",
            "western",
            "--flag",
            "Malta",
        ],
        ["--cargo", "furnace oil", "--from", "Pakistan", "--to", "Pakistan", "--on", "2025-08-01"],
        ["--names"],
    ],
)
def test_everything_fits_a_hundred_columns(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, _ = may(capsys, *arguments)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100


def test_a_question_without_anything_more_ends_with_its_mark(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["may", "--cargo", "crude", "--from", "Kazakhstan", "--to", "China", "--on", "1800-01-01"]) == 0
    )
    assert capsys.readouterr().out.splitlines()[0].endswith("to China on 1800-01-01?")


def test_price_missing_is_conditional_and_price_at_the_cap_is_allowed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert words(capsys, *CRUDE, "--on", "2023-06-15")["EU"] == "conditional"
    priced = [*CRUDE, "--on", "2023-06-15", "--price-uom", "USD/bbl", "--price-basis", "fob"]
    assert words(capsys, *priced, "--price", "60")["EU"] == "allowed"
    assert words(capsys, *priced, "--price", "60.01")["EU"] == "forbidden"


def test_a_forbidden_answer_tells_what_would_change_it(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--cargo",
        "petrol",
        "--from",
        "RU",
        "--to",
        "Turkey",
        "--seller",
        "trader",
        "--on",
        "2023-10-10",
    ]
    code, out, _ = may(capsys, *arguments)
    assert code == 0
    assert "Unless: " in out
    assert "humanitarian aid" in out
    assert words(capsys, *arguments, "--with", "humanitarian_aid")["Russia"] == "allowed"


def test_levies_are_shown_as_cost(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = may(
        capsys, "--cargo", "furnace oil", "--from", "Pakistan", "--to", "Pakistan", "--on", "2025-08-01"
    )
    assert code == 0
    assert "Cost: Petroleum levy on furnace oil sold at home 82,077 PKR/t; Climate levy" in out
    assert "thenews.pk" in out


def test_dates_of_contract_and_loading(capsys: pytest.CaptureFixture[str]) -> None:
    march = [*CRUDE, "--seller", "Rosneft", "--on", "2026-03-20", "--price", "58"]
    assert words(capsys, *march, "--loaded-on", "2026-03-12")["US"] == "allowed"
    assert words(capsys, *march, "--loaded-on", "2026-03-13")["US"] == "forbidden"
    grace = [*CRUDE, "--on", "2025-10-01", "--price", "55"]
    assert words(capsys, *grace, "--contract-date", "2025-07-19")["EU"] == "allowed"
    assert words(capsys, *grace, "--contract-date", "2025-07-20")["EU"] == "forbidden"


def test_json_holds_the_whole_chain(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = may(capsys, *GASOLINE, "--json")
    told: dict[str, Any] = json.loads(out)
    assert code == 0
    assert told["format"] == "netback-may/1"
    assert told["question"]["goods"] == "gasoline"
    assert told["question"]["on"] == "2024-12-15"
    russia = told["verdicts"][0]
    assert russia["authority"] == "Russia"
    assert russia["binds"] == ["exporters in Russia"]
    deciding = [step for step in russia["chain"] if step["decides"]]
    assert [step["id"] for step in deciding] == ["ru_gasoline_2024_11", "ru_agreement_mongolia"]
    assert deciding[0]["start"] == "2024-11-30"
    assert deciding[0]["url"].startswith("https://")
    assert deciding[0]["fact"] == "RGB-06"


def test_misspelt_names_leave_with_2_and_name_the_closest(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = may(
        capsys,
        "--cargo",
        "gasolin",
        "--from",
        "Rusia",
        "--to",
        "Mongolai",
        "--seller",
        "Rosneff",
        "--on",
        "2024-12-15",
    )
    assert (code, out) == (2, "")
    assert err.startswith("4 problems in the question\n")
    for name in ("gasoline", "Russia", "Mongolia", "Rosneft"):
        assert f'Closest name: "{name}".' in err


@pytest.mark.parametrize("left_out", ["--cargo", "--from", "--to", "--on"])
def test_what_must_be_told(capsys: pytest.CaptureFixture[str], left_out: str) -> None:
    place = GASOLINE.index(left_out)
    code, _, err = may(capsys, *GASOLINE[:place], *GASOLINE[place + 2 :])
    assert code == 2
    assert err.startswith(f"1 problem in the question\n 1. {left_out}: is not told.")


def test_a_price_that_is_no_number_is_a_fault_of_the_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert may(capsys, *CRUDE, "--on", "2023-06-15", "--price", "cheap")[0] == 2


def test_a_trade_of_which_no_rule_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = may(capsys, "--cargo", "rice", "--from", "Pakistan", "--to", "Kenya", "--on", "2024-01-01")
    assert code == 0
    assert "No rule held here speaks of this trade. That is no permission" in out


def test_what_is_not_held_is_told_under_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = may(capsys, "--cargo", "crude", "--from", "Iran", "--to", "Pakistan", "--on", "2024-01-10")
    assert code == 0
    text = " ".join(out.split())
    assert "What is not held is no permission: for example sanctions on Iran" in text
    silent = re.search(r"No rule held here of ([^.]*) speaks of this trade\.", text)
    assert silent is not None
    assert {"US", "EU", "UK"} <= set(silent[1].split(", "))
    assert "Pakistan" not in silent[1]
    assert text.index("What is not held") < text.index("Side by side")


def test_the_heading_tells_vessel_and_payment(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = may(capsys, *CRUDE, "--on", "2023-09-15", "--vessel", "Pablo", "--payment", "barter")
    assert code == 0
    assert "vessel Pablo, payment barter)" in " ".join(out.split("\n\n")[0].split())


def test_names(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = may(capsys, "--names")
    assert code == 0
    assert "furnace oil" in out
    assert "Surgutneftegas" in out
    assert "half_sold_at_home" in out
    assert "Authorities: EU, UK, US" in out


RULES = "rule,title,authority,effect,goods,origin,destination,start,end,binds,citation\n"


def test_rules_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        RULES
        + "own,No Urals,Pakistan,forbids,Urals,Russia,Pakistan,2023-01-01,,refiners in Pakistan,made up\n"
    )
    (tmp_path / "rules.csv").write_text(text)
    asked = [
        "--cargo",
        "Urals",
        "--from",
        "Russia",
        "--to",
        "Pakistan",
        "--on",
        "2023-06-15",
        "--price",
        "52",
    ]
    assert words(capsys, *asked)["Pakistan"] == "allowed"
    found = words(capsys, *asked, "--rules", str(tmp_path))
    assert found["Pakistan"] == "forbidden"
    assert found["EU"] == "allowed"


def test_faulty_rules_of_ones_own_are_told_before_any_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RULES + "own,No Urals,Pakistan,forbids,Urls,Russia,Pakistan,2023-02-01,2023-01-01,all,made up\n"
    (tmp_path / "rules.csv").write_text(text)
    code, out, err = may(capsys, *CRUDE, "--on", "2023-06-15", "--rules", str(tmp_path))
    assert (code, out) == (2, "")
    assert 'rules.csv, row 2, column goods: "Urls" is not in goods.csv. Closest name: "Urals".' in err
    assert "it ends on 2023-01-01, before it starts on 2023-02-01" in err


def test_rules_of_a_case_and_its_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overrides = (
        "scenario,table,where,action,column,value\nearly,rules,rule=ru_gasoline_2024_11,set,end,2024-12-14\n"
    )
    folder = write_folder(
        tmp_path / "mine",
        {"scenarios.csv": "scenario,title\nearly,the ban ends early\n", "overrides.csv": overrides},
    )
    asked = [
        "--cargo",
        "gasoline",
        "--from",
        "Russia",
        "--to",
        "Turkey",
        "--seller",
        "reseller",
        "--on",
        "2024-12-15",
    ]
    assert words(capsys, *asked, "--case", str(folder))["Russia"] == "forbidden"
    assert words(capsys, *asked, "--case", f"{folder}:early")["Russia"] == "allowed"
