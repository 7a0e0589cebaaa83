"""``netback compare`` of plans with many periods: sums and differences first, months after them, in 100 columns."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from netback.case.case import Case
from netback.cli.main import run
from netback.io.folder_writer import write_case
from three_months import three_months
from tiny import periods, rows, tiny

Run = Callable[..., str]
WIDTH = 100


@pytest.fixture
def compared(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Compare cases, each written to the folder of its place: one, two, and so on."""
    monkeypatch.chdir(tmp_path)

    def called(*cases: Case, more: tuple[str, ...] = ()) -> str:
        names = [f"case{number}" for number in range(1, len(cases) + 1)]
        for name, case in zip(names, cases, strict=True):
            write_case(case, tmp_path / name)
        capsys.readouterr()
        assert run(["compare", *names, *more]) == 0
        return capsys.readouterr().out

    return called


def priced(**prices: float) -> Case:
    """The three months with other prices of offers."""
    case = three_months()
    offers = [
        row.with_(price=prices[row["offer"]]) if row["offer"] in prices else row
        for row in case["offers"].records
    ]
    return case.with_table("offers", offers)


def many(first: float = 1.0) -> Case:
    """Three periods of one offer whose price is stated for each."""
    return tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows(
            "offer stream period max price",
            f"a X P1 5 {first}",
            f"a X P2 5 {first + 1}",
            f"a X P3 5 {first + 2}",
        ),
        sales=rows("sale stream price", "s X 9"),
    )


def test_sums_come_first_then_differences_then_months(compared: Run) -> None:
    out = compared(three_months(), priced(dear=30.0))
    assert max(map(len, out.splitlines())) <= WIDTH
    assert len(out.splitlines()) < 80
    places = [
        out.index(title)
        for title in (
            "Inputs that differ from the first",
            "Side by side, over all periods",
            "Neither bought nor sold in any plan: petrol, tar.",
            "\nLess ",
            "Break-even prices: least to most (periods in which it was measured)",
            "Purchases, ",
            "Sales, ",
        )
    ]
    assert places == sorted(places)
    assert ", 2023-04 [" not in out


def test_the_differences_are_signed_and_blank_where_there_is_none(compared: Run) -> None:
    out = compared(three_months(), priced(dear=30.0))
    less = out[out.index("\nLess ") :].split("\n\n")[0].splitlines()
    assert any("dear [t]" in line and line.split()[-1].startswith("+") for line in less)
    assert any("crude [t]" in line and line.split()[-1].startswith("-") for line in less)


def test_a_price_that_changes_in_every_period_is_one_line(compared: Run) -> None:
    out = compared(many(), many(2.0))
    lines = [line for line in out.splitlines() if "offers: a" in line]
    assert len(lines) == 1
    assert "price: 1.00 to 3.00 becomes 2.00 to 4.00 in 3 periods" in lines[0]


def test_words_and_blanks_that_change_are_told_as_they_are(compared: Run) -> None:
    before = many()
    most = {"P1": None, "P2": 7.0, "P3": 8.0}
    offers = [
        row.with_(price_basis="fob", max=most[row["period"]], min=3.0) for row in before["offers"].records
    ]
    sales = [row.with_(max=20.0) for row in before["sales"].records]
    out = compared(before, before.with_table("offers", offers).with_table("sales", sales))
    assert "max: 5.00 becomes blank, 7.00 to 8.00 in 3 periods" in out
    assert "min: 0.00 becomes 3.00 in 3 periods" in out
    assert "price_basis: delivered becomes fob in 3 periods" in out


def test_plans_that_are_equal_say_so_and_show_no_differences(compared: Run) -> None:
    out = compared(many(), many())
    assert "No inputs differ." in out
    assert "Less " not in out
    assert "Purchases, " not in out
    assert "Side by side, over all periods" in out


def test_many_plans_are_told_without_their_months(compared: Run) -> None:
    out = compared(*(many(1.0 + step) for step in range(5)))
    assert max(map(len, out.splitlines())) <= WIDTH
    assert "Purchases, " not in out
    assert "Compare at most 4 plans to see what they buy and sell by period." in out
    # Four in a group, the fifth in one of its own.
    assert out.count("Side by side, over all periods") == 2
    assert out.count("Break-even prices") == 2


def test_a_plan_of_one_period_may_stand_beside_one_of_many(compared: Run) -> None:
    one = tiny(offers=rows("offer stream max price", "a X 5 1"), sales=rows("sale stream price", "s X 9"))
    out = compared(one, many())
    assert "Side by side, over all periods" in out
    assert "Purchases, " not in out


def test_what_is_written_to_files_keeps_every_period(compared: Run, tmp_path: Path) -> None:
    compared(many(), many(2.0), more=("--out", "o"))
    with open(tmp_path / "o" / "comparison.csv", encoding="utf-8", newline="") as file:
        told = [row["what"] for row in csv.DictReader(file) if row["group"] == "break-even"]
    assert told == ["a, P1", "a, P2", "a, P3"]
    with open(tmp_path / "o" / "inputs.csv", encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 3
