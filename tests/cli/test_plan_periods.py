"""A plan of many periods in the terminal: one row for each thing, one column for each period, nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from netback.case.case import Case
from netback.cli.main import run
from netback.cli.pivot_tables import show_pivot
from netback.cli.show import show_table
from netback.io.folder_writer import write_case
from netback.results.pivot import Pivot, PivotRow
from three_months import three_months
from tiny import periods, rows, tiny

Run = Callable[..., tuple[str, dict[str, list[str]]]]
WIDTH = 100
SCREEN = 140


@pytest.fixture
def planned(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Plan a case: the output, and its paragraphs by the first word of their titles."""
    monkeypatch.chdir(tmp_path)

    def called(case: Case, *more: str) -> tuple[str, dict[str, list[str]]]:
        folder = tmp_path / "case"
        write_case(case, folder)
        capsys.readouterr()
        assert run(["plan", str(folder), *more]) == 0
        out = capsys.readouterr().out
        return out, {part.split("\n")[0]: part.split("\n") for part in out.split("\n\n") if part.strip()}

    return called


def twelve(count: int = 12) -> Case:
    """As many months as are asked for, of one crude, one unit and one product."""
    return tiny(
        periods=periods(**{f"20{23 + month // 12}-{month % 12 + 1:02}": 30 for month in range(count)}),
        offers=rows("offer stream max uom price", "a_crude_with_a_name crude 900 t/d 10"),
        yields=rows("unit feed product yield", "cdu crude light 1"),
        capacities=rows("unit max uom", "cdu 1000 t/d"),
        sales=rows("sale stream price", "export light 20"),
    )


def test_every_table_of_three_months_is_a_pivot(planned: Run) -> None:
    out, parts = planned(three_months())
    assert max(map(len, out.splitlines())) <= WIDTH
    assert len(out.splitlines()) < SCREEN
    assert list(parts)[1:3] == ["Purchases [kt; MWh]", "Not bought in any period: crude, tranche 2; dear."]
    for title in (
        "Price on its basis [USD/bbl]",
        "Price at the gate [USD/bbl]",
        "Break-even price on the basis of the price [USD/bbl], * bought",
        "Sales [t; m3]",
        "Revenue of sales [thousand USD]",
        "Units: use of capacity [%]",
        "Units: feed [kt]",
        "Quality of blends, uom as named, * binds",
        "Limits that bind: in how many periods, and what one more is worth where it is worth most",
        "From product value to margin [USD/bbl of crude run]",
        "Stocks at the end of the period [t]",
        "Mass balance over all periods [t]",
    ):
        assert title in parts, title
    assert "Not sold in any period: petrol, tar." in out


def test_a_pivot_has_one_row_for_each_thing_and_one_column_for_each_period(planned: Run) -> None:
    _, parts = planned(three_months())
    sold = parts["Sales [t; m3]"]
    assert sold[1].split() == ["2023-", "2023-", "2023-"]
    assert sold[2].split() == ["sale", "uom", "total", "04", "05", "06"]
    assert [line.split()[0] for line in sold[4:]] == ["diesel", "diesel,", "fuel", "all", "gas"]
    assert sold[4].split() == ["diesel", "t", "12,000", "2,000", "4,000", "6,000"]
    assert sold[8].split() == ["gas", "m3", "2,500", "-", "1,000", "1,500"]


def test_columns_stand_under_their_headings(planned: Run) -> None:
    _, parts = planned(three_months())
    for title in ("Purchases [kt; MWh]", "Sales [t; m3]", "Price at the gate [USD/bbl]"):
        first, *lines = parts[title][2:]
        ends = [found.end() for found in re.finditer(r"0[456]", first)]
        for line in lines[1:]:
            for end in ends:
                assert line[end : end + 1] in ("", " ")
        assert any(line[ends[0] - 1] != " " for line in lines[1:])


def test_the_certificate_and_the_margin_stay_on_top(planned: Run) -> None:
    out, _ = planned(three_months())
    top = out.partition("Purchases")[0]
    assert "Proven best to" in top
    assert "Gross margin 6,516,576 USD, 38.35 USD/bbl." in top


def test_a_balance_that_is_open_in_many_periods_is_told_once(planned: Run) -> None:
    out, _ = planned(three_months())
    top = " ".join(out.partition("Purchases")[0].split())
    assert top.count("WARNING") == 2
    assert (
        "the mass balance of gasifier in 2023-05 and 1 more period does not close: it loses 1,000 t, 100.0 %"
        in top
    )
    told = " ".join(out.split())
    assert "worst period: whole plant +1,500.0 t in 2023-06, gasifier +1,500.0 t in 2023-06." in told
    assert "Left out because no density is known: gas." in told


def test_a_balance_that_closes_says_so(planned: Run) -> None:
    case = tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows("offer stream max price", "o X 10 1"),
        yields=rows("unit feed product yield", "u X Y 1"),
        sales=rows("sale stream price", "s Y 20"),
    )
    out, parts = planned(case)
    assert parts["Mass balance over all periods [t]"][-1].split() == [
        "whole",
        "plant",
        "30",
        "30",
        "0",
        "0",
        "0.0",
    ]
    assert "Every part closes in every period." in out
    assert "WARNING" not in out


def test_limits_without_a_worth_are_told_in_a_line(planned: Run) -> None:
    out, parts = planned(three_months())
    (title,) = [title for title in parts if title.startswith("Limits that bind")]
    told = {tuple(line.split()[:3]) for line in parts[title]}
    assert ("quality", "diesel", "sulfur") in told
    assert "At their limit too, without a worth of one more: crude, tranche 1 (2 of 3)." in " ".join(
        out.split()
    )
    assert "broken by" not in out


def test_a_broken_limit_has_a_column_of_its_own(planned: Run) -> None:
    case = tiny(
        periods=periods(P1=1, P2=1, P3=1),
        offers=rows("offer stream max price", "o X 5 10"),
        sales=rows("sale stream min price breaker_cost", "s X 7 20 9"),
    )
    out, parts = planned(case)
    (title,) = [title for title in parts if title.startswith("Limits that bind")]
    assert parts[title][1].split()[-2:] == ["broken", "by"]
    assert [line.split()[-1] for line in parts[title] if line.startswith("sale")] == ["2.00"]
    assert "Limits are broken" in out


def test_full_shows_every_row_of_every_table_period_by_period(planned: Run) -> None:
    out, _ = planned(three_months(), "--full", "--out", "o")
    assert max(map(len, out.splitlines())) <= WIDTH
    assert "Sales [t; m3]" in out
    assert "--full" not in out
    tables = json.loads((Path("o") / "solution.json").read_text(encoding="utf-8"))["tables"]
    for table in tables.values():
        count = len(table["rows"])
        title = f"{table['title']} ({count} row{'' if count == 1 else 's'})"
        assert title in out, title
        lines = out[out.index(title) :].split("\n\n")[0].splitlines()
        rule = next(place for place, line in enumerate(lines) if line.startswith("──"))
        if table["columns"][0]["name"] == "period" and count and len({row[0] for row in table["rows"]}) > 1:
            shown = [line.split()[0] for line in lines[rule + 1 :] if line and not line.startswith(" ")]
            assert shown == [row[0] for row in table["rows"]]
            assert shown == sorted(shown)


def test_two_periods_are_told_row_by_row(planned: Run) -> None:
    out, parts = planned(twelve(2))
    assert (
        parts["Purchases [USD/t]: break-even is what one t is worth on the basis of its price"][1].split()[0]
        == "period"
    )
    assert "--full" not in out


def test_a_year_fits_and_two_are_told_in_blocks_with_the_total_first(planned: Run, tmp_path: Path) -> None:
    out, _ = planned(twelve())
    assert cells_of(out) == [["324.0", *["27.0"] * 12]]
    (tmp_path / "case").rename(tmp_path / "year")
    out, _ = planned(twelve(24))
    first, second = cells_of(out)
    assert first[0] == "648.0"
    assert first[1:] + second == ["27.0"] * 24


def cells_of(out: str) -> list[list[str]]:
    """Cells of the purchases, block by block."""
    bought = out[out.index("Purchases [kt]") : out.index("The same price")]
    return [line.split()[1:] for line in bought.splitlines() if line.startswith("a_crude")]


@pytest.mark.parametrize("count", [3, 9, 10, 26, 53])
def test_any_number_of_periods_fits_and_loses_none(planned: Run, count: int) -> None:
    out, _ = planned(twelve(count))
    assert max(map(len, out.splitlines())) <= WIDTH
    sold = out[out.index("Sales [kt]") : out.index("Revenue of sales")]
    heads = [line for line in sold.splitlines() if line.startswith("sale ")]
    months = [cell for line in heads for cell in line.split()[1:] if cell != "total"]
    assert months == [f"{month % 12 + 1:02}" for month in range(count)]


def narrow(*names: str) -> Pivot:
    values = tuple(float(place) for place in range(len(names)))
    return Pivot("p", "T", ("thing",), names, (PivotRow(("x",), "t", values, sum(values)),), "total", 1)


@pytest.mark.parametrize(
    ("names", "heads"),
    [
        (("january", "may", "june"), ["thing total january may june"]),
        (("2023-W01", "2023-W02", "2023-W03"), ["2023- 2023- 2023-", "thing total W01 W02 W03"]),
        (("first half", "b", "c"), ["first", "thing total half b c"]),
        (("phase_one_early", "b", "c"), ["phase_", "one_", "thing total early b c"]),
        (("-a", "b/c", "d"), ["thing total -a b/c d"]),
    ],
)
def test_names_of_periods_are_folded_without_loss(
    names: tuple[str, ...], heads: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    show_pivot(narrow(*names))
    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()) for line in lines[1 : 1 + len(heads)]] == heads


def test_a_pivot_of_notes_alone_prints_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    show_pivot(
        Pivot("p", "Purchases", ("offer",), ("a", "b", "c"), (), notes=("Not bought in any period: x.",))
    )
    assert capsys.readouterr().out == "Not bought in any period: x.\n\n"


@pytest.mark.parametrize(("signs", "gap", "parts"), [(7, 3, 1), (8, 2, 1), (9, 1, 1), (10, 1, 2)])
def test_gaps_are_narrowed_before_a_table_is_told_in_parts(
    signs: int, gap: int, parts: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name of 10 signs and nine columns: 100 columns hold 7 signs with three blanks, 9 with one, never 10."""
    cell = "1" * signs
    show_table("T", ("thing", *(f"P{k}>" for k in range(9))), [("a_name_10_", *[cell] * 9)], (3, 2, 1))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("a_name")]
    assert len(lines) == parts
    assert sum(line.count(cell) for line in lines) == 9
    assert f"{cell}{' ' * gap}{cell}" in lines[0]
    assert max(map(len, lines)) <= WIDTH
