"""What docs/supply.md prints is what the commands print, and its figures are those of the library."""

from __future__ import annotations

import re
import runpy

import pytest

from netback.supply import SupplyData, largest_cargo_t
from shared import REPOSITORY

PAGE = REPOSITORY / "docs" / "supply.md"
TEXT = PAGE.read_text("utf-8")
TOOL = runpy.run_path(str(REPOSITORY / "tools" / "build_readme.py"))
BLOCKS = TOOL["blocks"](TEXT)


@pytest.mark.parametrize("command", BLOCKS)
def test_output_on_the_page_is_real(command: str) -> None:
    assert BLOCKS[command] == TOOL["output"](command), "run: python tools/build_readme.py"


def test_the_page_shows_both_months() -> None:
    assert [command.rpartition("_")[2] for command in BLOCKS] == ["june", "july"]


def test_the_size_of_the_sea() -> None:
    data = SupplyData.of(None)
    kinds = [place.kind for place in data.places.values()]
    ports, waypoints = kinds.count("port"), kinds.count("waypoint")
    said = re.search(
        r"(\d+) ports, (\d+) straits, canals and capes and (\d+) waypoints are joined by (\d+) legs", TEXT
    )
    assert said is not None
    assert [int(part) for part in said.groups()] == [
        ports,
        len(kinds) - ports - waypoints,
        waypoints,
        len(data.legs),
    ]


@pytest.mark.parametrize(
    ("row", "berth"),
    [
        ("Karachi OP-2", "karachi_op2"),
        ("Karachi OP-3", "karachi_op3"),
        ("FOTCO, Port Qasim", "fotco"),
        ("Cnergyico buoy (Hub)", "cnergyico_spm"),
    ],
)
def test_the_table_of_cargoes(row: str, berth: str) -> None:
    data = SupplyData.of(None)
    cells = [
        cell.strip()
        for cell in next(line for line in TEXT.splitlines() if line.startswith(f"| {row}")).split("|")
    ]
    for said, vessel in zip(cells[2:6], ("mr", "lr1", "aframax", "suezmax"), strict=True):
        found = largest_cargo_t(data, vessel, None, berth, density_t_per_m3=0.862).cargo_t
        assert (said == "no") == (found == 0.0)
        assert said == "no" or float(said.replace(",", "")) == pytest.approx(found, abs=1)


def test_files_that_the_page_names_exist() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert named
    assert all((PAGE.parent / name).exists() for name in named)
