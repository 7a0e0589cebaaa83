"""``netback voyage`` and ``netback landed`` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netback.cli.main import run
from netback.io.folder import read_case
from tiny_case import write_folder

JUNE = ("--from", "Primorsk", "--to", "Karachi", "--ship", "aframax", "--via", "Suez", "--on", "2023-04-21")


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def voyage(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return called(capsys, "voyage", *arguments)


def voyage_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = voyage(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_voyage_shows_way_steps_limits_and_cost(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = voyage(capsys, *JUNE, "--bbl-per-t", "7.3")
    assert (code, err) == (0, "")
    assert "Aframax tanker, Primorsk to Karachi, ready 2023-04-21" in out
    for heading in ("Legs", "Steps", "Limits of the cargo [t]", "Cost"):
        assert f"\n{heading}\n" in out
    assert "12.55 m draught of 13.8 m water at Karachi oil pier 2 (OP-2)" in out
    assert "Claim, not a limit: 50,000 t at Karachi oil pier 2 (OP-2) (port and oil officials" in out
    assert "5 lines of the value not in the sum" in out
    assert max(map(len, out.splitlines())) <= 100


def test_the_way_alone_needs_no_ship(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = voyage(capsys, "--from", "Novorossiysk", "--to", "Karachi", "--on", "2023-06-01")
    assert code == 0
    assert out.splitlines()[0].startswith("Novorossiysk to Karachi: 4,1")
    assert "Suez Canal" in out
    shorter = voyage_json(
        capsys, "--from", "Sohar", "--to", "Karachi", "--on", "2023-06-01", "--speed-kn", "11"
    )
    assert shorter["days"] == pytest.approx(shorter["distance_nm"] / 264.0)


def test_lightering_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    shown = voyage_json(
        capsys, *JUNE, "--cargo-t", "100000", "--bbl-per-t", "7.3", "--lighter", "oman_two_shuttles"
    )
    light = shown["lightering"]
    assert [parcel["cargo_t"] for parcel in light["parcels"]] == [56_000.0, 44_000.0]
    assert sum(line["usd"] for line in shown["costs"] if line["group"] == "lightering") == pytest.approx(
        light["cost_usd"]
    )
    assert shown["cost_usd"] == pytest.approx(sum(line["usd"] or 0.0 for line in shown["costs"]), abs=1e-6)
    assert shown["steps"][0]["start"] == "2023-04-21"
    code, out, _ = voyage(
        capsys, *JUNE, "--cargo-t", "100000", "--bbl-per-t", "7.3", "--lighter", "oman_two_shuttles"
    )
    assert code == 0
    assert "shuttle 2" in out
    assert "USD/bbl." in out


def test_options_that_change_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    canal = voyage_json(capsys, *JUNE, "--one-way")
    cape = voyage_json(capsys, *JUNE[:6], "--on", "2023-04-21", "--avoid", "Suez", "--one-way")
    assert canal["ballast_route"] is None
    assert "good_hope" in cape["route"]["places"]
    assert cape["route"]["distance_nm"] > 12_000 > canal["route"]["distance_nm"]
    fast = voyage_json(capsys, *JUNE, "--one-way", "--speed-kn", "14")
    assert fast["days_total"] < canal["days_total"]
    worth = voyage_json(capsys, *JUNE, "--value-usd", "40000000", "--best", "cost")
    assert all(line["usd"] is not None for line in worth["costs"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "Primosk", "--to", "Karachi"), 'there is no port "Primosk". Closest name: "primorsk".'),
        (("--from", "Karachi", "--to", "karachi"), '"karachi" is where the voyage begins'),
        ((*JUNE[:4], "--ship", "aframx"), 'there is no vessel class "aframx". Closest name: "aframax".'),
        ((*JUNE, "--via", "Suex"), "Closest name:"),
        ((*JUNE, "--cargo-t", "100000"), "100,000 t are more than the largest cargo"),
        ((*JUNE, "--cargo-t", "-5", "--speed-kn", "0"), "2 problems"),
        ((*JUNE, "--on", "21.4.2023"), "Write year, month and day as 2023-09-01."),
        ((*JUNE, "--lighter", "oman"), "oman_one_shuttle"),
        ((*JUNE, "--berth", "fotco"), "FOTCO, Port Qasim is a berth of Port Qasim, not of Karachi"),
        ((*JUNE, "--best", "costs"), 'Closest name: "cost". Known: distance, days, cost.'),
        ((*JUNE, "--map", "x.pdf"), "neither a .png nor a .svg"),
        ((*JUNE, "--case", "no_such_case"), "there is no such folder"),
        (("--from", "Ras Tanura", "--to", "Karachi", "--on", "2026-03-05"), "Strait of Hormuz is closed"),
    ],
)
def test_bad_input_is_a_finding_and_exit_code_two(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = voyage(capsys, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def folder_with(tmp_path: Path, **files: str) -> str:
    folder = write_folder(tmp_path)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return str(folder)


def test_rows_of_a_case_stand_over_the_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = "berth,port,depth_m,load_t_per_h,discharge_t_per_h,fixed_days,dues_usd,status,low,high\n"
    case = folder_with(tmp_path, berths=columns + "karachi_op2,karachi,16,2000,3000,1,90000,assumed,15,17\n")
    assert voyage_json(capsys, *JUNE, "--case", case)["cargo_t"] > 95_000
    events = "event,chokepoint,closed,start\nstrike,suez_canal,yes,2023-01-01\n"
    case = folder_with(tmp_path / "two", chokepoint_events=events)
    code, _, err = voyage(capsys, *JUNE[:8], "--on", "2023-04-21", "--case", case)
    assert (code, "Suez Canal is closed (strike, from 2023-01-01)" in err) == (2, True)
    assert (
        "good_hope" in voyage_json(capsys, *JUNE[:6], "--on", "2023-04-21", "--case", case)["route"]["places"]
    )


def test_faults_of_a_case_are_told_with_file_row_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = folder_with(
        tmp_path,
        berths="berth,port\nnew_pier,karachi\n",
        chokepoint_events="event,chokepoint,closed,start,end\nstrike,suez_canal,yes,2023-02-01,2023-01-01\n",
    )
    for command in (("voyage", *JUNE, "--case", case), ("landed", "--case", case)):
        code, _, err = called(capsys, *command)
        assert code == 2
        assert 'berths.csv, row 2, column depth_m: berth "new_pier" has no depth' in err
        assert "chokepoint_events.csv, row 2, column end: it ends on 2023-01-01, before it starts" in err
    code, out, _ = called(capsys, "check", case)
    assert code == 2
    assert 'berth "new_pier" has no depth' in out


def test_maps_are_written_and_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, start in (("way.png", b"\x89PNG"), ("way.svg", b"<?xml")):
        code, out, _ = voyage(capsys, *JUNE[:4], "--on", "2023-06-01", "--map", str(tmp_path / name))
        assert code == 0
        assert f"Map written to {tmp_path / name}." in out
        assert (tmp_path / name).read_bytes().startswith(start)


def test_landed_adds_up_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, "landed", "urals_june", "arab_light_june")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 100
    assert "Urals, fob and freight, June: price stated fob; at the gate" in out
    assert "gap at the gate" in out
    assert "10 to 11" in out


@pytest.mark.parametrize("per", ["bbl", "t", "cargo"])
def test_columns_add_up_to_what_is_printed(capsys: pytest.CaptureFixture[str], per: str) -> None:
    code, out, _ = called(capsys, "landed", "urals_july", "--per", per)
    assert code == 0
    total = 0.0
    for line in out.splitlines():
        last = line.split()[-1].replace(",", "") if line.split() else ""
        if not last.replace(".", "", 1).isdigit():
            continue
        if " = " in f"{line} " and line.split()[0] in ("cfr", "cif", "delivered"):
            assert float(last) == pytest.approx(total, abs=5e-3 if per != "cargo" else 10)
        elif line.startswith(("  ", "freight", "insurance", "lightering", "arrival")):
            total += float(last)
    assert total > 50


def test_landed_as_json_holds_cents_that_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = called(capsys, "landed", "--json")
    shown = json.loads(out)
    assert code == 0
    assert len(shown["cargoes"]) == len(read_case("urals_landed_2023")["landed_costs"].records)
    for cargo in shown["cargoes"]:
        assert sum(line["cents"] for line in cargo["lines"]) == round(cargo["usd"]["delivered"] * 100)
    assert {claim["verdict"] for claim in shown["claims"]} <= {"meets", "can meet", "outside"}


def test_landed_writes_its_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "steps.svg"
    code, out, _ = called(capsys, "landed", "urals_june", "--plot", str(target))
    assert (code, target.exists()) == (0, True)
    assert out.rstrip().endswith(f"Figure written to {target}.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("urals_jun",), 'Closest name: "urals_june"'),
        (("--per", "kg"), "Known: bbl, t, cargo."),
        (("--plot", "x.pdf"), "neither a .png nor a .svg"),
        (("--case", "karachi_2023_september"), "the case states no cargo"),
        (("urals_june", "urals_jun", "arab"), "2 problems in the landed cost"),
    ],
)
def test_bad_input_of_landed(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    code, _, err = called(capsys, "landed", *arguments)
    assert code == 2
    assert words in err


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            ("--ship", "tanker"),
            'option --ship: there is no vessel class "tanker". Closest name: "mr_tanker".',
        ),
        (("--via", "Sues"), 'option --via: there is no chokepoint "Sues". Closest name: "suez".'),
        (("--avoid", "Sues"), 'option --avoid: there is no chokepoint "Sues". Closest name: "suez".'),
        (("--cargo-t", "1e9"), "option --cargo-t: 1,000,000,000 t are more than the 105,000 t deadweight of"),
    ],
)
def test_names_and_cargoes_are_told_by_their_option(
    capsys: pytest.CaptureFixture[str], changed: tuple[str, str], told: str
) -> None:
    given = ["--from", "Primorsk", "--to", "Karachi", "--ship", "aframax", "--on", "2023-04-21"]
    code, out, err = voyage(capsys, *given, *changed)
    assert (code, out) == (2, "")
    assert told in err


def test_figures_that_cannot_be_written_are_told_before_any_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    target = str(tmp_path / "file" / "a.png")
    landed = ("landed", "urals_june", "--case", "urals_landed_2023", "--plot", target)
    for code, out, err in (called(capsys, *landed), voyage(capsys, *JUNE, "--map", target)):
        assert (code, out) == (2, "")
        assert f"{target}: cannot be written: {tmp_path / 'file'}: not a directory." in err
