"""Writing cases: what is written comes back exactly, nothing is overwritten unasked, a killed run loses nothing."""

from __future__ import annotations

import csv
import os
import stat
import string
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.case import CASE_KEYS, Case
from netback.case.schema import TABLES, Column
from netback.errors import DataError
from netback.io.atomic import write_files
from netback.io.case_file import keys_of, keys_text
from netback.io.folder import SHIPPED, read_case, shipped_cases
from netback.io.folder_writer import copy_case, new_case, table_text, write_case
from tiny_case import TINY, added, tiny, write_folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- round trips ---------------------------------------------------------------------------------


def test_the_tiny_case_comes_back(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    assert read_case(write_case(case, tmp_path / "copy")) == case


@pytest.mark.parametrize("name", shipped_cases())
def test_shipped_cases_come_back(tmp_path: Path, name: str) -> None:
    case = read_case(name)
    assert read_case(write_case(case, tmp_path / "copy")) == case


def cells_of(text: str) -> list[dict[str, str]]:
    """Rows of CSV text as its user wrote them, blank cells left out."""
    rows = csv.DictReader(text.splitlines())
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


@pytest.mark.parametrize("name", ["karachi_2023_september", "pike_refinery", "winston_sunco"])
def test_a_blank_cell_stays_blank(tmp_path: Path, name: str) -> None:
    """Whoever left a cell blank meant the default, and finds it blank again; one who wrote it out finds it written."""
    folder = write_case(read_case(name), tmp_path / "copy")
    compared = 0
    for path in sorted(SHIPPED.joinpath(name).glob("*.csv")):
        before = cells_of(path.read_text(encoding="utf-8"))
        if before:
            after = cells_of((folder / path.name).read_text(encoding="utf-8"))
            assert [row.keys() for row in after] == [row.keys() for row in before], path.name
            compared += len(before)
    assert compared > 50


def test_what_stands_for_a_default_and_what_says_it(tmp_path: Path) -> None:
    offers = "offer,stream,tranche,min,price,price_basis\na,crude,,,60,\nb,crude,2,0,61,delivered\nc,crude,,5,62,fob\n"
    case = tiny(tmp_path, {"offers.csv": offers})
    table = case.table("offers")
    said = [[table.stated(row, name) for name in ("tranche", "min", "price_basis")] for row in table.records]
    assert said == [[None, None, None], [2, 0.0, "delivered"], [None, 5.0, "fob"]]
    assert [row["tranche"] for row in table.records] == [1, 2, 1]
    # A cell that has another value since is written; so is every cell of a table made in Python.
    changed = replace(table, records=tuple(row.with_(tranche=3) for row in table.records))
    assert [changed.stated(row, "tranche") for row in changed.records] == [3, 3, 3]
    made = case.with_table("offers", table.records).table("offers")
    assert [made.stated(row, "price_basis") for row in made.records] == ["delivered", "delivered", "fob"]


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    write_case(case, tmp_path / "a")
    write_case(read_case(tmp_path / "a"), tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_columns_of_the_user_come_back(tmp_path: Path) -> None:
    case = tiny(
        tmp_path, {"units.csv": "unit,my note,title\ndistillation,Öl,\n", "cuts.csv": "unit,stream,mark\n"}
    )
    again = read_case(write_case(case, tmp_path / "copy"))
    assert again == case
    assert again["units"].records[0]["my note"] == "Öl"
    assert again["cuts"].extras == ("mark",)


def test_empty_tables_are_left_out(tmp_path: Path) -> None:
    write_case(tiny(tmp_path), tmp_path / "copy")
    assert not (tmp_path / "copy" / "cuts.csv").exists()
    assert (tmp_path / "copy" / "offers.csv").exists()


def test_files_are_utf8_with_plain_line_ends(tmp_path: Path) -> None:
    write_case(tiny(tmp_path, {"units.csv": "unit,title\r\ndistillation,Öl\r\n"}), tmp_path / "copy")
    assert (tmp_path / "copy" / "units.csv").read_bytes() == "unit,title\ndistillation,Öl\n".encode()


def test_numbers_are_written_in_full(tmp_path: Path) -> None:
    case = added(tiny(tmp_path), "offers", {"offer": "x", "stream": "crude", "price": 0.1 + 0.2, "max": 1e15})
    text = table_text(case["offers"])
    assert "0.30000000000000004" in text
    assert read_case(write_case(case, tmp_path / "copy")) == case


def values_of(column: Column) -> st.SearchStrategy[Any]:
    """Values that fit a column, blanks among them where they may be."""
    text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)
    names = st.text(string.ascii_letters + string.digits + " _-.&=,'\"äöüقطر", min_size=1, max_size=12)
    choices: dict[str, st.SearchStrategy[Any]] = {
        "key": names,
        "name": names,
        "text": text,
        "number": st.floats(allow_nan=False, allow_infinity=False),
        "integer": st.integers(-(10**9), 10**9),
        "yesno": st.booleans(),
        "date": st.dates(date(1900, 1, 1)),
        "uom": st.sampled_from(["t", "bbl/d", "kbd", "MWh"]),
        "price": st.sampled_from(["USD/bbl", "PKR/l", "%"]),
        "choice": st.sampled_from(column.choices or ("",)),
    }
    strategy = choices[column.type]
    if column.required:
        return strategy.filter(lambda value: not isinstance(value, str) or value.strip() != "")
    return st.none() | strategy


ANY_ROW = {
    name: st.fixed_dictionaries(
        {column.name: values_of(column) for column in TABLES[name].columns if not column.refers_to}
    )
    for name in ("sources", "units", "limits", "exchange_rates", "inventories", "overrides", "sale_costs")
}
EXTRA = st.text(st.characters(categories=("L", "N", "P")), min_size=5, max_size=12).filter(
    lambda name: (
        not any(name.casefold()[:3] == column[:3] for column in TABLES["exchange_rates"].column_names)
    )
)


@settings(max_examples=40)
@given(
    st.lists(ANY_ROW["exchange_rates"], max_size=6),
    st.lists(ANY_ROW["sources"], max_size=4, unique_by=lambda row: row["source"].strip()),
    st.lists(ANY_ROW["units"], max_size=4, unique_by=lambda row: row["unit"].strip()),
    EXTRA,
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40),
)
def test_any_case_comes_back(
    rates: list[dict[str, Any]],
    sources: list[dict[str, Any]],
    units: list[dict[str, Any]],
    extra: str,
    text: str,
) -> None:
    tables = {
        "periods": [{"period": "p", "days": 1.5, "start": date(2023, 9, 1)}],
        "streams": [{"stream": "s"}],
        "exchange_rates": [{**row, extra: text} for row in rates],
        "sources": sources,
        "units": units,
    }
    stripped = text.strip().replace("\r\n", "\n").replace("\r", "\n")
    case = Case.of("any", tables, title=stripped, description=stripped, settings={"max_table_mb": 7.5})
    with tempfile.TemporaryDirectory() as folder:
        assert read_case(write_case(case, folder)) == case


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=60))
def test_case_yaml_comes_back(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        keys = {
            "format": "netback-case/1",
            "name": "x",
            "title": text.strip(),
            "currency": "USD",
            "flow_uom": "bbl",
        }
        write_folder(Path(folder), {"case.yaml": keys_text(keys)})
        case = read_case(folder)
    expected = {name: value for name, value in keys.items() if value != ""}
    expected["title"] = keys["title"].replace("\r\n", "\n").replace("\r", "\n")
    assert keys_of(case) == {name: value for name, value in expected.items() if value}


# --- overwriting ---------------------------------------------------------------------------------


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    folder = write_case(case, tmp_path / "copy")
    before = contents(folder)
    with pytest.raises(DataError, match="files exist and are not overwritten"):
        write_case(case.with_(title="Other"), folder)
    assert contents(folder) == before


def test_a_stray_table_stops_the_writing_too(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "cuts.csv").write_text("mine")
    with pytest.raises(DataError, match=r"cuts\.csv"):
        write_case(tiny(tmp_path), tmp_path / "copy")
    assert os.listdir(tmp_path / "copy") == ["cuts.csv"]


def test_force_replaces_and_keeps_what_is_not_part_of_a_case(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    folder = write_case(case, tmp_path / "copy")
    (folder / "notes.txt").write_text("mine")
    smaller = case.with_table("utilities", []).with_(title="Smaller")
    assert read_case(write_case(smaller, folder, force=True)) == smaller
    assert (folder / "utilities.csv").read_text().count("\n") == 1
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_case_in_a_scenario_is_not_written(tmp_path: Path) -> None:
    case = tiny(tmp_path).in_scenario("dear")
    with pytest.raises(DataError, match="overrides would be applied twice"):
        write_case(case, tmp_path / "copy")
    flat = case.with_(scenario=None)
    assert read_case(write_case(flat, tmp_path / "copy"))["offers"] == case["offers"]


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(DataError, match="this is a file"):
        write_case(tiny(tmp_path), tmp_path / "copy", force=False)
    with pytest.raises(DataError, match="cannot be written"):
        write_case(tiny(tmp_path), tmp_path / "copy", force=True)
    assert (tmp_path / "copy").read_text() == "mine"


# --- atomic writing ------------------------------------------------------------------------------


def test_a_failure_leaves_the_old_files_and_no_rubbish(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.csv": "old", "b.csv": "old"})
    with pytest.raises(DataError, match="cannot be written"):
        write_files(tmp_path, {"a.csv": "new", "b.csv": "\ud800"})
    assert contents(tmp_path) == {"a.csv": b"old", "b.csv": b"old"}


def test_a_full_disk_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a.csv": "old"})

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="no space left on device"):
        write_files(tmp_path, {"a.csv": "new"})
    assert contents(tmp_path) == {"a.csv": b"old"}


def test_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("x")
    write_files(tmp_path, {"a.csv": "x"})
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "usual").stat().st_mode
    )


def test_a_killed_run_loses_nothing(tmp_path: Path) -> None:
    case = tiny(tmp_path)
    folder = write_case(case, tmp_path / "copy")
    before = contents(folder)
    script = (
        "import os, sys\n"
        "from netback.io import atomic\n"
        "from netback.io.folder import read_case\n"
        "from netback.io.folder_writer import write_case\n"
        "real, count = os.fsync, [0]\n"
        "def fsync(handle):\n"
        "    count[0] += 1\n"
        "    os.kill(os.getpid(), 9) if count[0] == 5 else real(handle)\n"
        "os.fsync = fsync\n"
        "case = read_case(sys.argv[1])\n"
        "write_case(case.with_(title='New').with_table('units', [{'unit': 'distillation'}]), sys.argv[1], force=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], check=False, timeout=60)
    assert done.returncode == -9
    assert {name: data for name, data in contents(folder).items() if not name.endswith(".part")} == before
    assert read_case(folder) == case


# --- new cases -----------------------------------------------------------------------------------


def test_a_new_case_has_every_table_and_an_explanation(tmp_path: Path) -> None:
    folder = new_case(tmp_path / "my plan", "Öl: a first plan")
    for name, schema in TABLES.items():
        assert (folder / f"{name}.csv").read_text() == ",".join(schema.column_names) + "\n"
        assert f"## {name}.csv" in (folder / "README.md").read_text()
    text = (folder / "case.yaml").read_text()
    assert all(f"# {key.name}: " in text for key in CASE_KEYS)


def test_a_new_case_lacks_only_its_rows(tmp_path: Path) -> None:
    folder = new_case(tmp_path / "my plan", "Öl: a first plan")
    with pytest.raises(DataError, match="there is no period") as caught:
        read_case(folder)
    assert len(caught.value.findings) == 1
    (folder / "periods.csv").write_text(TINY["periods.csv"])
    (folder / "streams.csv").write_text(TINY["streams.csv"])
    case = read_case(folder)
    assert (case.name, case.title) == ("my_plan", "Öl: a first plan")


@pytest.mark.parametrize("name", ["a b", "ä", "2023-09", "x;y", "..."])
def test_any_folder_name_gives_a_name(tmp_path: Path, name: str) -> None:
    folder = new_case(tmp_path / name)
    (folder / "periods.csv").write_text(TINY["periods.csv"])
    (folder / "streams.csv").write_text(TINY["streams.csv"])
    assert read_case(folder).name


def test_a_new_case_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "offers.csv").write_text("mine")
    with pytest.raises(DataError, match=r"offers\.csv: the file exists"):
        new_case(tmp_path / "case")
    assert contents(tmp_path / "case") == {"offers.csv": b"mine"}


@pytest.mark.parametrize("name", shipped_cases())
def test_shipped_cases_are_copied_whole(tmp_path: Path, name: str) -> None:
    copy = copy_case(name, tmp_path / "copy")
    found = read_case(copy)
    assert found.name == "copy"
    assert found.with_(name=name) == read_case(name)
    with pytest.raises(DataError, match="are not overwritten"):
        copy_case(name, copy)


def test_a_copy_may_have_its_own_title(tmp_path: Path) -> None:
    name = shipped_cases()[0]
    copy = read_case(copy_case(name, tmp_path / "copy", 'Mine: "the" plan'))
    assert copy.title == 'Mine: "the" plan'
    assert copy.with_(name=name, title="") == read_case(name).with_(title="")


def test_an_unknown_case_names_the_closest(tmp_path: Path) -> None:
    name = shipped_cases()[0]
    with pytest.raises(DataError, match=f'Closest name: "{name}"'):
        copy_case(name[:-1], tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
