"""Workbooks: what is written comes back exactly, and a bad workbook is told by sheet and cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.case import Case
from netback.case.schema import TABLES
from netback.case.table import Comment
from netback.errors import DataError, Finding
from netback.io import xlsx_scan
from netback.io.excel import Workbook, read_workbook
from netback.io.excel_writer import Exact, workbook_bytes, write_workbook
from netback.io.folder import read_case, shipped_cases
from netback.io.folder_writer import copy_case, table_text, write_case
from netback.io.xlsx_scan import column_letters, column_place, scan_workbook
from tiny_case import added, tiny

#: The least that makes a case: every test puts its fault beside it.
SHEETS: dict[str, list[list[Any]]] = {
    "case": [["format", "netback-case/1"], ["name", "small"]],
    "periods": [["period", "start", "days"], ["m", date(2023, 9, 1), 30]],
    "streams": [["stream", "kind"], ["crude", "crude"]],
    "offers": [["offer", "stream", "price"], ["x", "crude", 80.5]],
}


def book(path: Path, sheets: dict[str, list[list[Any]]], change: Callable[[Any], None] | None = None) -> Path:
    """A workbook as a spreadsheet program would save it."""
    with xlsxwriter.Workbook(path) as made:
        days = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for row, cells in enumerate(rows):
                for place, cell in enumerate(cells):
                    if isinstance(cell, date):
                        sheet.write_datetime(row, place, cell, days)
                    elif cell is not None:
                        sheet.write(row, place, cell)
        if change is not None:
            change(made)
    return path


def faults(path: Path) -> list[Finding]:
    with pytest.raises(DataError) as caught:
        read_workbook(path)
    return list(caught.value.findings)


def written(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# --- round trips ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_cases())
def test_shipped_cases_come_back_byte_by_byte(tmp_path: Path, name: str) -> None:
    case = read_case(name)
    found = read_workbook(write_workbook(case, tmp_path / "case.xlsx"))
    assert found.case == case
    direct = write_case(case, tmp_path / "direct")
    through = write_case(found.case, tmp_path / "through", files=found.files)
    others = {key: text for key, text in written(through).items() if key in found.files}
    plain = {k: v for k, v in written(direct).items() if k != "case.yaml"}
    assert {k: v for k, v in written(through).items() if k not in others} == plain
    origin = Path(str(case.folder))
    with_rows = {schema.file for table, schema in TABLES.items() if case.table(table).records}
    assert others == {
        str(p.relative_to(origin)): p.read_bytes()
        for p in origin.rglob("*")
        if p.is_file() and str(p.relative_to(origin)) not in with_rows
    }


def test_a_workbook_is_planned_as_it_is(tmp_path: Path) -> None:
    copied = copy_case("prelim_hydroskimming", tmp_path / "mine")
    case = read_case(copied)
    again = read_case(write_workbook(case, tmp_path / "mine.xlsx"))
    assert again == case
    assert again.folder is not None
    assert written(again.folder / "assays") == written(copied / "assays")


TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), TEXT), min_size=1, max_size=12))
def test_any_number_and_text_come_back(cells: list[tuple[float, str]]) -> None:
    """Many cells in each workbook: its sixty sheets are what takes time."""
    rows = [
        {
            "offer": f"o{k}",
            "stream": "s",
            "price": price,
            "note": text.replace("\r\n", "\n").replace("\r", "\n").strip(),
        }
        for k, (price, text) in enumerate(cells)
    ]
    tables = {
        "periods": [{"period": "2023-09", "days": 1.5, "start": date(2023, 9, 1)}],
        "streams": [{"stream": "s"}],
        "offers": rows,
    }
    case = Case.of("any", tables)
    found = read_back(case)
    assert found.case["offers"] == case["offers"]
    assert found.case == case


def read_back(case: Case) -> Workbook:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.xlsx"
        path.write_bytes(workbook_bytes(case))
        return read_workbook(path)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_all_their_digits(value: float) -> None:
    assert float(f"{Exact(value):.16G}") == value


def test_columns_and_comments_of_the_user_come_back(tmp_path: Path) -> None:
    case = tiny(tmp_path, {"units.csv": "unit,my note,title\n# of the old plant,,\ndistillation,Öl,\n#end\n"})
    found = read_workbook(write_workbook(case, tmp_path / "case.xlsx")).case
    assert found == case
    assert found["units"].extras == ("my note",)
    assert found["units"].comments == (Comment(0, ("# of the old plant",)), Comment(1, ("#end",)))
    text = table_text(found["units"])
    assert text == table_text(case["units"])
    assert text.splitlines()[1] == "# of the old plant"
    assert text.splitlines()[-1] == "#end"


def test_help_stands_under_the_headings_and_lists_drop_down(tmp_path: Path) -> None:
    path = write_workbook(tiny(tmp_path), tmp_path / "case.xlsx")
    with zipfile.ZipFile(path) as packed:
        texts = packed.read("xl/sharedStrings.xml").decode()
        sheets = "".join(packed.read(n).decode() for n in packed.namelist() if "worksheets/sheet" in n)
    for schema in TABLES.values():
        assert all(f">{column.name}<" in texts for column in schema.columns)
    assert "#uom" in texts
    assert "name of the offer" in texts
    assert "fob,delivered" in sheets
    assert "'streams'!$A$4" in sheets or "&apos;streams&apos;!$A$4" in sheets


def test_every_table_has_a_sheet(tmp_path: Path) -> None:
    names = [scan.name for scan in scan_workbook(write_workbook(tiny(tmp_path), tmp_path / "case.xlsx"))]
    assert names[:2] == ["guide", "case"]
    assert set(TABLES) <= set(names)


# --- nothing is lost -----------------------------------------------------------------------------


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    case = tiny(tmp_path / "a")
    path = tmp_path / "case.xlsx"
    path.write_text("mine")
    with pytest.raises(DataError, match="exists and is not overwritten"):
        write_workbook(case, path)
    assert path.read_text() == "mine"
    assert read_workbook(write_workbook(case, path, force=True)).case == case


@pytest.mark.parametrize("name", ["case.xls", "case", "case.csv"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"does not end in \.xlsx"):
        write_workbook(tiny(tmp_path / "a"), tmp_path / name)


def test_a_case_in_a_scenario_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="overrides would be applied twice"):
        write_workbook(tiny(tmp_path).in_scenario("dear"), tmp_path / "case.xlsx")


def test_a_text_too_long_for_a_cell_is_told(tmp_path: Path) -> None:
    case = added(tiny(tmp_path), "units", {"unit": "u", "title": "x" * 40_000})
    with pytest.raises(DataError, match=r"units\.csv, row .*title.*40,000 characters"):
        write_workbook(case, tmp_path / "case.xlsx")
    assert not (tmp_path / "case.xlsx").exists()


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    case = tiny(tmp_path / "a")
    (Path(str(case.folder)) / "photo.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(DataError, match=r"photo\.png: this file of the folder is not UTF-8"):
        write_workbook(case, tmp_path / "case.xlsx")


# --- bad workbooks -------------------------------------------------------------------------------


def test_the_small_workbook_is_sound(tmp_path: Path) -> None:
    case = read_workbook(book(tmp_path / "b.xlsx", SHEETS)).case
    assert case["offers"].records[0]["price"] == 80.5
    assert case["periods"].records[0]["start"] == date(2023, 9, 1)


def test_text_in_a_number_names_sheet_and_cell(tmp_path: Path) -> None:
    sheets = {**SHEETS, "offers": [["offer", "stream", "price"], ["x", "crude", "about 80"]]}
    (fault,) = faults(book(tmp_path / "b.xlsx", sheets))
    assert fault.where == "b.xlsx, sheet offers, cell C2 (price)"
    assert '"about 80" is not a number' in fault.what


def test_a_number_stored_as_text_is_read_with_a_remark(tmp_path: Path) -> None:
    def change(made: Any) -> None:
        made.get_worksheet_by_name("offers").write_string(1, 2, "80.5")

    case = read_workbook(book(tmp_path / "b.xlsx", SHEETS, change)).case
    assert case["offers"].records[0]["price"] == 80.5
    (remark,) = case.remarks
    assert (remark.where, remark.severity) == ("b.xlsx, sheet offers, cell C2 (price)", "warning")
    assert "stored as text" in remark.what


def test_a_name_that_became_a_date_is_told(tmp_path: Path) -> None:
    sheets = {**SHEETS, "periods": [["period", "start", "days"], [date(2023, 9, 1), date(2023, 9, 1), 30]]}
    (fault,) = faults(book(tmp_path / "b.xlsx", sheets))
    assert fault.where == "b.xlsx, sheet periods, cell A2 (period)"
    assert "made a date" in fault.what


def test_a_faulty_cell_is_told_once(tmp_path: Path) -> None:
    def broken(made: Any) -> None:
        made.get_worksheet_by_name("offers").write_formula("C2", "=1/0", None, "#REF!")

    (fault,) = faults(book(tmp_path / "a.xlsx", SHEETS, broken))
    assert "ends in the error #REF!" in fault.what
    dated = {**SHEETS, "offers": [["offer", "stream", "price"], ["x", "crude", date(2023, 9, 1)]]}
    (fault,) = [f for f in faults(book(tmp_path / "b.xlsx", dated)) if "cell C2" in f.where]
    assert "made a date" in fault.what


@pytest.mark.parametrize("ending", ["xlsm", "xls", "ods"])
def test_workbooks_of_other_formats_are_named_with_the_repair(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"x")
    with pytest.raises(DataError, match=r"Save it as \.xlsx\."):
        read_case(path)


def test_truth_in_a_number_is_told(tmp_path: Path) -> None:
    sheets = {**SHEETS, "offers": [["offer", "stream", "price"], ["x", "crude", True]]}
    assert "TRUE or FALSE" in " ".join(fault.what for fault in faults(book(tmp_path / "b.xlsx", sheets)))


def test_merged_cells_are_told(tmp_path: Path) -> None:
    def change(made: Any) -> None:
        made.get_worksheet_by_name("streams").merge_range("A3:B4", "naphtha")

    found = faults(book(tmp_path / "b.xlsx", SHEETS, change))
    assert any(f.where == "b.xlsx, sheet streams" and "A3:B4 are merged" in f.what for f in found)


def test_formulas_are_read_by_value_and_their_errors_told(tmp_path: Path) -> None:
    def sound(made: Any) -> None:
        made.get_worksheet_by_name("offers").write_formula("C2", "=40*2", None, 80)

    assert read_workbook(book(tmp_path / "a.xlsx", SHEETS, sound)).case["offers"].records[0]["price"] == 80

    def broken(made: Any) -> None:
        made.get_worksheet_by_name("offers").write_formula("C2", "=1/0", None, "#DIV/0!")

    found = faults(book(tmp_path / "b.xlsx", SHEETS, broken))
    assert any(
        f.where == "b.xlsx, sheet offers, cell C2" and "ends in the error #DIV/0!" in f.what for f in found
    )


def test_a_formula_that_was_never_calculated_is_told(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", SHEETS)
    edit(path, "worksheets/sheet4.xml", lambda text: text.replace("<v>80.5</v>", "<f>40*2</f>"))
    found = faults(path)
    assert any(f.where.endswith("sheet offers, cell C2") and "never calculated" in f.what for f in found)


def edit(path: Path, part: str, change: Callable[[str], str]) -> None:
    """Change one part of a workbook."""
    memory = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(part):
                assert change(data.decode()) != data.decode()
                data = change(data.decode()).encode()
            new.writestr(name, data)
    path.write_bytes(memory.getvalue())


@pytest.mark.parametrize("missing", ["periods", "streams", "case"])
def test_a_missing_sheet_is_told(tmp_path: Path, missing: str) -> None:
    sheets = {name: rows for name, rows in SHEETS.items() if name != missing}
    found = faults(book(tmp_path / "b.xlsx", sheets))
    assert any(f.where == "b.xlsx" and f"sheet {missing} is missing" in f.what for f in found)


def test_a_misspelt_sheet_is_a_fault_and_a_strange_one_a_remark(tmp_path: Path) -> None:
    (fault,) = faults(book(tmp_path / "a.xlsx", {**SHEETS, "blend": [["product", "component"]]}))
    assert 'Closest name: "blends"' in fault.hint
    case = read_workbook(book(tmp_path / "b.xlsx", {**SHEETS, "my own sums": [["hello"]]})).case
    assert "the sheet is not read" in case.remarks[0].what


def test_faults_of_several_sheets_come_together(tmp_path: Path) -> None:
    sheets = {
        **SHEETS,
        "offers": [["offer", "stream", "price"], ["x", "crud", "n/a"]],
        "units": [["unit", "titel"], ["u", "x"]],
        "case": [["format", "netback-case/1"], ["name", "small"], ["currrency", "USD"], ["name", "b"]],
    }
    where = [fault.where for fault in faults(book(tmp_path / "b.xlsx", sheets))]
    assert where == [
        "b.xlsx, sheet offers, cell C2 (price)",
        "b.xlsx, sheet units, row 1",
        "b.xlsx, sheet case, cell A3 (currrency)",
        "b.xlsx, sheet case, cell A4 (name)",
        "b.xlsx, sheet offers, row 2, column stream",
    ]


def test_a_million_empty_rows_are_no_trouble(tmp_path: Path) -> None:
    def change(made: Any) -> None:
        style = made.add_format({"bold": True})
        sheet = made.get_worksheet_by_name("offers")
        sheet.set_row(1_048_575, 15, style)
        sheet.write_blank(1_048_575, 0, None, style)

    assert len(read_workbook(book(tmp_path / "b.xlsx", SHEETS, change)).case["offers"]) == 1


def test_a_lonely_cell_in_the_last_corner_is_refused_unread(tmp_path: Path) -> None:
    def change(made: Any) -> None:
        made.get_worksheet_by_name("offers").write(1_048_575, 16_383, "x")

    (fault,) = faults(book(tmp_path / "b.xlsx", SHEETS, change))
    assert fault.where == "b.xlsx, sheet offers"
    assert "reaches to cell XFD1048576, 17,179,869,184 cells" in fault.what


def test_an_encrypted_workbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (fault,) = faults(path)
    assert "encrypted with a password" in fault.what
    assert fault.where == "b.xlsx"


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "b.xlsx", SHEETS)
    padding = "<!--" + " " * 3_000_000 + "-->"
    edit(path, "worksheets/sheet4.xml", lambda text: text.replace("<sheetData>", padding + "<sheetData>"))
    monkeypatch.setattr(xlsx_scan, "MAX_PART", 2_000_000)
    (fault,) = faults(path)
    assert "unpacks to" in fault.what
    assert path.stat().st_size < 100_000


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "b.xlsx", SHEETS)
    edit(
        path, "sheet4.xml", lambda text: text.replace("<sheetData>", "<!--" + " " * 90_000 + "--><sheetData>")
    )
    monkeypatch.setattr(xlsx_scan, "_check_sizes", lambda *_: None)
    monkeypatch.setattr(xlsx_scan, "MAX_PART", 80_000)
    (fault,) = faults(path)
    assert "unpacks to more than" in fault.what


def test_entities_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", SHEETS)
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet'
    edit(path, "worksheets/sheet4.xml", lambda text: text.replace("<worksheet", bomb, 1))
    (fault,) = faults(path)
    assert "document type" in fault.what


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04junk", b"offer,stream\n"])
def test_what_is_no_workbook_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(data)
    (fault,) = faults(path)
    assert "not an Excel workbook" in fault.what


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path / "none.xlsx")
    assert "no such file" in fault.what


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_damage_gives_findings_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    data = bytearray(_small())
    data[at % len(data)] = byte
    path = tmp_path_factory.mktemp("damaged") / "b.xlsx"
    path.write_bytes(bytes(data))
    found: tuple[Finding, ...] = ()
    try:
        case = read_workbook(path).case
    except DataError as error:
        found = error.findings
    assert found or case.name


_SMALL: list[bytes] = []


def _small() -> bytes:
    if not _SMALL:
        memory = io.BytesIO()
        with xlsxwriter.Workbook(memory, {"in_memory": True}) as made:
            for name, rows in SHEETS.items():
                sheet = made.add_worksheet(name)
                for row, cells in enumerate(rows):
                    for place, cell in enumerate(cells):
                        sheet.write(row, place, str(cell) if isinstance(cell, date) else cell)
        _SMALL.append(memory.getvalue())
    return _SMALL[0]


def test_files_outside_the_folder_are_refused(tmp_path: Path) -> None:
    for name in ("../evil.csv", "/etc/evil", "a\\b", "C:evil"):
        sheets = {**SHEETS, "files": [["file", "line"], [name, "x"]]}
        (fault,) = faults(book(tmp_path / "b.xlsx", sheets))
        assert fault.where == "b.xlsx, sheet files, cell A2 (file)"
        assert "no place inside the folder" in fault.what


def test_later_checks_name_the_sheet_too(tmp_path: Path) -> None:
    case = read_workbook(book(tmp_path / "b.xlsx", SHEETS)).case
    table = case["offers"]
    assert table.where(table.records[0], "price") == "b.xlsx, sheet offers, row 2, column price"


@pytest.mark.parametrize(
    ("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_letters_of_columns(place: int, letters: str) -> None:
    assert column_letters(place) == letters
    assert column_place(letters) == place


def test_times_of_day_are_no_dates(tmp_path: Path) -> None:
    sheets = {
        **SHEETS,
        "periods": [["period", "start", "days"], ["m", datetime(2023, 9, 1, 12, 30), 30]],
    }
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(path) as made:
        style = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(row, column, cell, style)
                    else:
                        sheet.write(row, column, cell)
    (fault,) = faults(path)
    assert "2023-09-01 12:30:00" in fault.what
