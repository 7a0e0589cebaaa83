"""``netback assay``: tables within 100 columns, JSON, figures, and plain words on bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from netback.assay import library
from netback.cli.assay import app
from netback.io.assay_files import read_assay, write_assay

runner = CliRunner()


def run(*arguments: str) -> Result:
    return runner.invoke(app, list(arguments), env={"COLUMNS": "100"}, terminal_width=100)


def good(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    if "--json" not in arguments and arguments != ("template",):
        assert all(len(line.rstrip()) <= 100 for line in result.stdout.splitlines())
    return result.stdout


def bad(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    return result.stderr


def test_list_shows_all_and_marks_doubtful_and_coarse() -> None:
    text = good("list")
    assert "149 assays" in text
    for name in library.names():
        assert name in text
    line = next(line for line in text.splitlines() if line.startswith("wti_domestic_sweet"))
    assert line.rstrip().endswith("doubtful")
    assert "curve only" in text


def test_list_search() -> None:
    text = good("list", "--search", "russia")
    assert "urals" in text
    assert "murban" not in text
    assert 'no assay holds "unicorn"' in bad("list", "--search", "unicorn")


def test_list_json() -> None:
    entries = json.loads(good("list", "--json", "--search", "urals"))
    assert entries[0]["name"] == "urals"
    assert entries[0]["api_gravity"] == 31.778


@pytest.mark.parametrize(
    "name", ["urals", "adios_upper_zakum", "adios_ural_ad01140", "m100_fuel_oil", "adios_kearl"]
)
def test_show(name: str) -> None:
    text = good("show", name)
    assert "Source:" in text
    assert "density [t/m3]" in text
    assert "yield [wt%]" in text


def test_show_says_why_an_entry_is_doubtful_and_what_to_prefer() -> None:
    text = good("show", "oman")
    assert "Doubtful: 30.5 API" in text
    assert "Prefer adios_oman_ad01478" in " ".join(text.split())


def test_show_says_what_does_not_close() -> None:
    assert "fails: density_t_per_m3" in good("show", "basra_bp")


def test_show_json_has_null_for_not_known() -> None:
    value = json.loads(good("show", "adios_liza", "--json"))
    assert value["cuts"][0]["smoke_mm"] is None
    assert value["cuts"][0]["quality"]["viscosity_cst_50c"] == "derived"
    assert value["closure"][2]["verdict"] == "passed"


def test_cut() -> None:
    text = good("cut", "urals", "--at", "180,240,340")
    assert "IBP-180" in text
    assert "340-FBP" in text
    assert "54.02" in text
    value = json.loads(good("cut", "urals", "--at", "180, 240, 340", "--json"))
    assert sum(cut["yield_wt_pct"] for cut in value["cuts"]) == pytest.approx(100.0)
    assert value["flags"]["yield"] == ["derived", "interpolated", "interpolated", "derived"]


def test_cut_with_many_points_breaks_into_several_tables() -> None:
    text = good("cut", "adios_upper_zakum", "--at", ",".join(str(t) for t in range(60, 560, 20)))
    assert text.count("property [uom]") == 4


def test_cut_light_ends() -> None:
    assert "C1-C4" in good("cut", "adios_liza", "--at", "80", "--light-ends")


def test_blend() -> None:
    assert "50 % urals + 50 % murban by volume" in " ".join(good("blend", "urals=0.5,murban=0.5").split())
    value = json.loads(good("blend", "urals=1,murban=1", "--by", "mass", "--at", "340", "--json"))
    wanted = 0.5 * (54.019 + 36.889)
    assert value["cuts"][1]["yield_wt_pct"] == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize(
    ("recipe", "told"),
    [("urals=0.5,murban=0.6", "add up to 1.1:"), ("urals=50,murban=50", ""), ("urals=1", "")],
)
def test_amounts_that_are_no_shares_are_taken_as_parts_and_told(recipe: str, told: str) -> None:
    result = run("blend", recipe)
    assert result.exit_code == 0
    assert (told in result.stderr) if told else not result.stderr


def test_blend_can_be_written_and_read(tmp_path: Path) -> None:
    good("blend", "urals=0.5,murban=0.5", "--out", str(tmp_path / "mix.csv"))
    assert read_assay(tmp_path / "mix.csv").density_t_per_m3 == pytest.approx(0.843, abs=0.01)


def test_compare() -> None:
    text = good("compare", "urals", "murban", "arab_light_a", "adios_upper_zakum")
    assert "diff." in text
    assert "API gravity" in text
    assert len(json.loads(good("compare", "urals", "murban", "--json"))) == 2


def test_compare_says_which_is_doubtful() -> None:
    assert "oman is doubtful" in good("compare", "oman", "urals")


def test_a_file_stands_for_a_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    write_assay(library.load("urals"), path)
    assert good("cut", str(path), "--at", "180") == good("cut", "urals", "--at", "180")


def test_template_is_an_assay_file() -> None:
    assert good("template").startswith("kind,name,start_c,end_c")


@pytest.mark.parametrize("ending", ["png", "svg"])
@pytest.mark.parametrize(
    "command",
    [
        ("show", "urals"),
        ("cut", "adios_liza", "--at", "80,180,240,340"),
        ("blend", "urals=1,murban=1"),
        ("blend", "urals=1,murban=1", "--at", "180,340"),
        ("compare", "urals", "murban", "adios_ural_ad01140"),
    ],
)
def test_figures(tmp_path: Path, command: tuple[str, ...], ending: str) -> None:
    path = tmp_path / f"figure.{ending}"
    assert "Figure written" in " ".join(good(*command, "--plot", str(path)).split())
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG") if ending == "png" else b"<svg" in data
    assert len(data) > 5000


def test_json_stays_json_with_a_figure(tmp_path: Path) -> None:
    json.loads(good("show", "urals", "--json", "--plot", str(tmp_path / "a.png")))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "uralls"), 'Closest name: "urals"'),
        (("cut", "urals", "--at", "180,abc"), "is not a list of temperatures"),
        (
            ("cut", "urals", "--at", "-500,180,5000"),
            "-500, 5000 C: no crude is cut below -200 or above 1200 C",
        ),
        (("cut", "urals", "--at", "240,180"), "180 follows 240"),
        (("cut", "none.csv", "--at", "180"), "there is no such file"),
        (("show", "urals", "--plot", "x.pdf"), "neither a .png nor a .svg"),
        (("blend", "urals"), "is not a crude with its amount"),
        (("blend", "urals=x"), "is not a crude with its amount"),
        (("blend", "urals=0.5,urals=0.5"), "given twice"),
        (("blend", "urals=-1,murban=1"), "its amount is -1"),
        (("blend", "urals=0"), "no crude has an amount"),
        (("blend", "urals=1", "--by", "moles"), "Known: volume, mass"),
        (("compare", "urals"), "Name two to four"),
    ],
)
def test_bad_input_gives_plain_words_and_exit_code_2(arguments: tuple[str, ...], words: str) -> None:
    assert words in bad(*arguments)


def test_a_file_that_does_not_close_is_refused_unless_allowed(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    write_assay(library.load("basra_bp"), path)
    text = bad("show", str(path))
    assert "1 problem in assay file open.csv" in text
    assert "density_t_per_m3 of the cuts adds up to" in text
    assert "fails: density_t_per_m3" in good("show", str(path), "--allow-open")


def test_a_figure_that_cannot_be_written(tmp_path: Path) -> None:
    told = bad("show", "urals", "--plot", str(tmp_path / "no" / "a.png"))
    assert "cannot be written" in " ".join(told.split())


@pytest.mark.parametrize("arguments", [["list"], ["show", "urals"], ["cut", "murban", "--at", "180,340"]])
def test_no_figure_library_is_loaded_without_a_figure(arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['x', *{arguments!r}]\n"
        "from netback.cli.assay import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "assert not {'matplotlib', 'scipy', 'pandas', 'highspy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
