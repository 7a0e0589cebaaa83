"""``netback plan``: what it shows, what it writes, how it fails; nothing is lost and no table is too wide."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netback.cli.main import run
from netback.io.folder import read_case, shipped_cases
from netback.io.folder_writer import write_case
from netback.planning.worth import offer_worths
from netback.program.highs import solve
from netback.program.mps import read_mps
from netback.results import solution
from tiny import rows, tiny

WIDTH = 100
FEW_OFFERS = 2
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in an empty folder: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(arguments)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


def widest(text: str) -> int:
    return max(map(len, text.splitlines()), default=0)


#: Cases that have something to decide; a case may also only follow the cost of cargoes.
#: Nine months of whole ships take long to plan in full; test_plan_voyages.py plans the quickest of them.
PLANNABLE = [
    name
    for name in sorted(shipped_cases())
    if read_case(name)["offers"].records and not read_case(name)["cargoes"].records
]


@pytest.mark.parametrize("name", PLANNABLE)
def test_every_shipped_case_fits_a_terminal_of_100_columns(
    command: Run, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The width of the tables is tested here, and each break-even of a plan with whole lots takes integer solves.
    monkeypatch.setattr(solution, "offer_worths", lambda plan: offer_worths(plan, most=FEW_OFFERS))
    code, out, err = command("plan", name, "--full")
    assert (code, err) == (0, "")
    assert widest(out) <= WIDTH, max(out.splitlines(), key=len)
    assert "Proven best to " in out
    assert "were not measured" in out or len(read_case(name)["offers"]) <= FEW_OFFERS
    assert "nan" not in out.lower().split()
    assert "None" not in out


def test_the_answer_stands_on_top(command: Run) -> None:
    _, out, _ = command("plan", "pike_refinery")
    lines = out.splitlines()
    assert lines[0] == "A simple refinery (Pike, chapter 4)"
    assert lines[1].startswith("Proven best to ")
    assert "Gross margin 701,823 USD, 7.02 USD/bbl." in lines


def test_a_scenario_is_named_and_planned(command: Run) -> None:
    code, out, _ = command("plan", "pike_refinery", "--scenario", "octane_83")
    assert code == 0
    assert out.startswith("A simple refinery (Pike, chapter 4), scenario octane_83\n")
    assert "Gross margin 708,164 USD" in out


def test_full_tables_lose_no_column(command: Run) -> None:
    _, out, _ = command("plan", "karachi_2023_september", "--full")
    text = out[out.index("Purchases (") : out.index("Unit runs (")]
    for word in (
        "tranche",
        "stream",
        "[t]",
        "[bbl]",
        "break even",
        "headroom",
        "cost",
        "murban_spot",
        "power_grid",
    ):
        assert word in text, word


def test_json_stands_alone_on_standard_output(command: Run, tmp_path: Path) -> None:
    code, out, err = command("plan", "rtl_refinery", "--json", "--out", "o", "--mps", "m.mps")
    assert code == 0
    found = json.loads(out)
    assert found["economics"]["margin"] == pytest.approx(1_545_161.29, abs=0.01)
    assert "Written to o:" in err
    assert json.loads((tmp_path / "o" / "solution.json").read_text())["tables"] == found["tables"]


def test_mps_solves_to_the_same_optimum(command: Run, tmp_path: Path) -> None:
    import highspy

    code, out, _ = command("plan", "pike_refinery", "--mps", "p.mps")
    assert code == 0
    assert "Written: p.mps" in out
    assert solve(read_mps(tmp_path / "p.mps")).objective == pytest.approx(701_823.4, abs=0.1)
    text = (tmp_path / "p.mps").read_text()
    for name in ("spec_min[premium,octane,day]", "purchase[crude,1,day]"):
        assert name in text
    alone = highspy.Highs()
    alone.setOptionValue("output_flag", False)
    alone.readModel(str(tmp_path / "p.mps"))
    alone.run()
    assert alone.getInfo().objective_function_value == pytest.approx(701_823.4, abs=0.1)


def test_out_holds_every_table_figure_and_the_page(command: Run, tmp_path: Path) -> None:
    code, out, err = command("plan", "karachi_2023_september", "--out", "o")
    assert (code, err) == (0, "")
    assert widest(out) <= WIDTH
    names = {path.name for path in (tmp_path / "o").iterdir()}
    assert {"solution.json", "report.html", "purchases.csv", "economics.csv", "mass_balance.csv"} <= names
    for figure in ("waterfall", "slate", "break_even", "capacity"):
        assert {f"{figure}.png", f"{figure}.svg"} <= names
    assert [path.name for path in tmp_path.iterdir()] == ["o"]
    for path in (tmp_path / "o").glob("*.csv"):
        table = list(csv.reader(io.StringIO(path.read_text())))
        assert len({len(line) for line in table}) == 1, path.name
        assert not any(cell.lower() in ("nan", "inf", "none") for line in table for cell in line)


def test_out_refuses_to_write_over_files_before_it_solves(command: Run, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "mine.txt").write_text("mine")
    code, out, err = command("plan", "pike_refinery", "--out", "o")
    assert (code, out) == (2, "")
    assert "o: is not empty." in err
    assert "--force" in err
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["mine.txt"]


def test_force_writes_and_keeps_other_files(command: Run, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "mine.txt").write_text("mine")
    (tmp_path / "o" / "report.html").write_text("old")
    assert command("plan", "rtl_refinery", "--out", "o", "--force")[0] == 0
    assert (tmp_path / "o" / "mine.txt").read_text() == "mine"
    assert (tmp_path / "o" / "report.html").read_text().startswith("<!doctype html>")
    assert not list((tmp_path / "o").glob(".*"))


def test_a_file_in_the_way_is_told(command: Run, tmp_path: Path) -> None:
    (tmp_path / "o").write_text("mine")
    (tmp_path / "m.mps").write_text("mine")
    code, _, err = command("plan", "pike_refinery", "--out", "o", "--mps", "m.mps")
    assert code == 2
    assert err.startswith("2 problems\n")
    assert "o: is a file, not a folder." in err
    assert "m.mps: exists already." in err
    assert (tmp_path / "m.mps").read_text() == "mine"


def fails(command: Run, *arguments: str) -> str:
    code, out, err = command(*arguments)
    assert (code, out) == (2, ""), (code, out, err)
    assert "Traceback" not in err
    first, *others = err.splitlines()
    # One finding of no place and no case stands in a line of its own; else they are numbered under a heading.
    assert not others or (" problem" in first and others[0].startswith(" 1. "))
    return err


@pytest.mark.parametrize("name", ["plan", "compare"])
def test_an_unknown_case_is_told(command: Run, name: str) -> None:
    assert "pike_refinry" in fails(
        command, name, "pike_refinry", *(["pike_refinery"] if name == "compare" else [])
    )


@pytest.mark.parametrize("arguments", [
    ("plan", "pike_refinery", "--scenario", "octane_38"),
    ("explain", "crude", "--case", "pike_refinery", "--scenario", "octane_38"),
    ("compare", "pike_refinery", "pike_refinery:octane_38"),
])  # fmt: skip
def test_an_unknown_scenario_is_told_with_the_closest(command: Run, arguments: tuple[str, ...]) -> None:
    assert 'Closest name: "octane_83"' in fails(command, *arguments)


def test_an_unknown_crude_is_told(command: Run) -> None:
    err = fails(command, "explain", "urels", "--case", "karachi_2023_september")
    assert '"urels" is not offered in case karachi_2023_september' in err
    assert "urals" in err


def test_one_case_alone_cannot_be_compared(command: Run) -> None:
    assert "Name two or more" in fails(command, "compare", "rtl_refinery")


def written(path: Path, **tables: list[dict[str, object]]) -> str:
    """A case folder of rows that all name a source."""
    case = tiny("made", **tables)
    for name, table in case.tables.items():
        if table.schema.has_provenance:
            case = case.with_table(name, [r.with_(source="ours") for r in table.records])
    case = case.with_table("sources", [{"source": "ours", "title": "made up for tests", "confidence": "C"}])
    write_case(case, path)
    return str(path)


def test_an_infeasible_plan_is_told_in_the_words_of_the_planner(command: Run, tmp_path: Path) -> None:
    folder = written(
        tmp_path / "made",
        offers=rows("offer stream price max", "a a 5 10"),
        capacities=rows("unit max", "u 8"),
        yields=rows("unit feed product yield", "u a p 1"),
        sales=rows("sale stream price min", "p p 9 12"),
    )
    err = fails(command, "plan", folder)
    assert "no plan can meet all limits" in err
    assert "the minimum sale of p in P1 (12 t)" in err
    assert "the capacity of u in P1 (8" in err
    assert "short by 4" in err


def test_an_unbounded_plan_is_told(command: Run, tmp_path: Path) -> None:
    folder = written(
        tmp_path / "made",
        offers=rows("offer stream price", "a a 5"),
        sales=rows("sale stream price", "a a 9"),
    )
    err = fails(command, "plan", folder)
    assert "unbounded" in err
    assert "a" in err.splitlines()[1]


def test_a_wrong_table_is_told_and_nothing_is_solved(command: Run, tmp_path: Path) -> None:
    folder = Path(written(
        tmp_path / "made",
        offers=rows("offer stream price max", "a a 5 10"),
        sales=rows("sale stream price", "a a 9"),
    ))  # fmt: skip
    text = (folder / "offers.csv").read_text()
    (folder / "offers.csv").write_text(text.replace(",5", ",five", 1))
    err = fails(command, "plan", str(folder))
    assert "offers.csv, row 2, column price" in err


def test_rows_without_a_source_do_not_stop_a_plan(command: Run, tmp_path: Path) -> None:
    case = tiny(
        "bare", offers=rows("offer stream price max", "a a 5 10"), sales=rows("sale stream price", "a a 9")
    )
    write_case(case, tmp_path / "bare")
    code, out, _ = command("plan", str(tmp_path / "bare"))
    assert code == 0
    assert "Gross margin 40 USD" in out


def test_a_title_cannot_steer_the_terminal(command: Run, tmp_path: Path) -> None:
    case = tiny(
        "bare", offers=rows("offer stream price max", "a a 5 10"), sales=rows("sale stream price", "a a 9")
    )
    write_case(case.with_(title="a\x1b[2Jb " + "long " * 60), tmp_path / "bare")
    code, out, err = command("plan", str(tmp_path / "bare"))
    assert "\x1b" not in out + err
    assert code in (0, 2)
    assert widest(out) <= WIDTH


@pytest.mark.parametrize(
    "arguments", [("--time-limit", "-1"), ("--gap", "-1"), ("--gap", "5"), ("--gap", "x"), ("--nonsense",)]
)
def test_wrong_options_are_told(command: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = command("plan", "pike_refinery", *arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


def test_compare_shows_inputs_and_results_and_writes_them(command: Run, tmp_path: Path) -> None:
    code, out, err = command("compare", "kantor_gasoline", "--out", "o")
    assert (code, err) == (0, "")
    assert widest(out) <= WIDTH, max(out.splitlines(), key=len)
    scenarios = [row["scenario"] for row in read_case("kantor_gasoline")["scenarios"].records]
    for name in scenarios:
        assert name in out
    assert "Inputs that differ from the first" in out
    table = list(csv.DictReader(io.StringIO((tmp_path / "o" / "comparison.csv").read_text())))
    assert set(scenarios) <= set(table[0])
    assert {"inputs.csv", "comparison.csv"} == {path.name for path in (tmp_path / "o").iterdir()}
    assert command("compare", "kantor_gasoline", "--out", "o")[0] == 2


def test_compare_takes_cases_and_scenarios_by_name(command: Run) -> None:
    code, out, _ = command("compare", "pike_refinery", "pike_refinery:octane_83")
    assert code == 0
    line = next(line for line in out.splitlines() if "gross margin [USD]" in line)
    assert line.split()[-2:] == ["701,823", "708,164"]


def test_two_plants_are_compared_without_pages_of_rows(command: Run, tmp_path: Path) -> None:
    code, out, _ = command("compare", "pike_refinery", "rtl_refinery", "--out", "o")
    assert code == 0
    inputs = out.split("Side by side")[0]
    assert "sources:" not in inputs
    assert "rows more" in inputs
    told = list(csv.DictReader(io.StringIO((tmp_path / "o" / "inputs.csv").read_text())))
    assert len(inputs.splitlines()) < len(told)
    assert any(row["table"] == "sources" for row in told)
    # Few rows are named one by one, and many by the first of them and their number.
    gone = [row["row"] for row in told if row["table"] == "sales" and row["this"] == "absent"]
    assert len(gone) > 3
    assert f"sales: {gone[0]} and {len(gone) - 1} rows more" in " ".join(inputs.split())


@pytest.mark.parametrize("crude", ["urals", "murban_spot", "power_grid", "arab_light"])
def test_explain_fits_and_adds_up(command: Run, crude: str) -> None:
    code, out, err = command("explain", crude, "--case", "karachi_2023_september")
    assert (code, err) == (0, "")
    assert widest(out) <= WIDTH
    lines = out.splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("group"))
    last = next(k for k, line in enumerate(lines) if line.startswith("sum"))
    cents = [round(100 * float(line.split()[-1].replace(",", ""))) for line in lines[first + 2 : last + 1]]
    assert sum(cents[:-1]) == cents[-1]


def test_explain_as_json(command: Run) -> None:
    code, out, _ = command("explain", "crude", "--case", "pike_refinery", "--json")
    assert code == 0
    (told,) = json.loads(out)
    assert told["gain"] == pytest.approx(8.15, abs=0.01)


def test_explain_takes_the_case_of_the_folder_one_is_in(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tiny(
        "bare", offers=rows("offer stream price max", "zed a 5 10"), sales=rows("sale stream price", "a a 9")
    )
    write_case(case, tmp_path / "bare")
    monkeypatch.chdir(tmp_path / "bare")
    code, out, _ = command("explain", "zed")
    assert code == 0
    sentence = "zed is in (P1): its break-even price (delivered) is 9.00 USD/t, 4.00 above its price of 5.00."
    assert out.startswith(sentence)


def test_a_case_of_landed_costs_alone_leads_to_landed(command: Run) -> None:
    err = fails(command, "plan", "urals_landed_2023")
    text = " ".join(err.split())
    assert "the case has no offers, units, blends or sales, so there is nothing to plan." in text
    assert "netback landed --case urals_landed_2023" in text
    assert "columns" not in text


def test_names_of_ships_stop_a_plan(command: Run, tmp_path: Path) -> None:
    folder = written(
        tmp_path / "made",
        periods=[{"period": "2026-01", "start": "2026-01-01", "days": 31}],
        offers=rows("offer stream price", "o oil 5"),
        cargoes=rows("cargo offer vessel discharge_port max_lot days", "c o aframaxx Karachee 100 5"),
        sales=rows("sale stream price max", "s oil 9 100"),
    )
    err = fails(command, "plan", folder)
    assert 'cargoes.csv, row 2, column vessel: there is no vessel class "aframaxx"' in err
    assert 'cargoes.csv, row 2, column discharge_port: there is no port or berth "Karachee"' in err


def test_the_steps_from_value_to_margin_add_up_as_printed(command: Run) -> None:
    code, shown, _ = command("plan", "karachi_2023_september")
    assert code == 0
    lines = shown[shown.index("From product value to margin") :].split("\n\n")[0].splitlines()[3:]
    cells = [line.split()[-2:] for line in lines]
    steps = [round(100 * float(step)) for step, _ in cells]
    levels = [round(100 * float(level)) for _, level in cells]
    assert len(levels) > 10
    assert levels[0] == steps[0]
    assert all(
        after - before == step for before, after, step in zip(levels, levels[1:-1], steps[1:], strict=False)
    )
    assert levels[-1] == levels[-2] == steps[-1]


@pytest.mark.parametrize("option", ["--out", "--mps", "--excel"])
def test_a_place_that_cannot_be_written_is_told_before_any_work(
    command: Run, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr("netback.cli.plan.read_sound", lambda *_: pytest.fail("work was done"))
    target = tmp_path / "file" / "deep" / "r.xlsx"
    code, shown, told = command("plan", "karachi_2023_september", option, str(target))
    assert (code, shown) == (2, "")
    assert f"{target}: cannot be written: {tmp_path / 'file'}: not a directory." in told
    assert (tmp_path / "file").read_text() == "mine"
