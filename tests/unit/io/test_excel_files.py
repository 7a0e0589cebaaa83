"""What a workbook carries beside the rows of tables: comments of case.yaml, headings alone, texts of any length."""

from __future__ import annotations

from pathlib import Path

from netback.errors import Finding
from netback.io.excel import read_workbook
from netback.io.excel_files import files_beside, files_in
from netback.io.excel_writer import write_workbook
from netback.io.folder import read_case
from netback.io.folder_writer import copy_case, write_case
from netback.io.xlsx_cells import SheetPlaces


def commented(tmp_path: Path) -> Path:
    """A case whose case.yaml has comments and whose tables are a heading alone in one case."""
    folder = copy_case("prelim_hydroskimming", tmp_path / "own")
    text = "# who made this\n" + (folder / "case.yaml").read_text("utf-8")
    (folder / "case.yaml").write_text(text + "\n# and when\n", "utf-8")
    (folder / "sale_costs.csv").write_text("sale,item,cost,cost_uom\n", "utf-8")
    return folder


def test_comments_of_the_case_file_and_tables_of_a_heading_alone_come_back(tmp_path: Path) -> None:
    folder = commented(tmp_path)
    found = read_workbook(write_workbook(read_case(folder), tmp_path / "own.xlsx"))
    assert not found.case.remarks
    through = write_case(found.case, tmp_path / "through", files=found.files)
    for name in ("case.yaml", "sale_costs.csv"):
        assert (through / name).read_bytes() == (folder / name).read_bytes()


def test_a_key_changed_in_the_workbook_holds_and_the_comments_stay(tmp_path: Path) -> None:
    folder = commented(tmp_path)
    case = read_case(folder)
    book = write_workbook(case, tmp_path / "own.xlsx")
    # The same workbook with another title in the sheet and the old text of the file.
    other = case.with_(title="Another plant: 50 % more")
    files = read_workbook(book).files
    kept, remarks = files_beside(other, files, SheetPlaces("own.xlsx", "files"))
    assert [remark.what for remark in remarks] == [
        "what the sheet case says is taken where the text says something else: title."
    ]
    written_anew = write_case(other, tmp_path / "through", files=kept)
    assert read_case(written_anew).title == "Another plant: 50 % more"
    lines = (written_anew / "case.yaml").read_text("utf-8").splitlines()
    assert lines[0] == "# who made this"
    assert lines[-1] == "# and when"


def test_a_line_longer_than_a_cell_goes_on_to_the_right(tmp_path: Path) -> None:
    folder = commented(tmp_path)
    text = "=1+1\n" + "x" * 40_000 + "\n" + "\U0001f6e2" * 20_000 + "\n\n last "
    (folder / "notes.txt").write_text(text, "utf-8")
    found = read_workbook(write_workbook(read_case(folder), tmp_path / "own.xlsx"))
    assert found.files["notes.txt"] == text


def test_rows_of_a_table_do_not_hide_among_the_files(tmp_path: Path) -> None:
    findings: list[Finding] = []
    rows = [["file", "line"], ["offers.csv", "offer,stream"], ["offers.csv", "a,b"], ["../x", "y"]]
    files_in(SheetPlaces("own.xlsx", "files"), rows, findings)
    assert [finding.where for finding in findings] == [
        "own.xlsx, sheet files, cell A4 (file)",
        "own.xlsx, sheet files, cell A2 (file)",
    ]
    assert "rows of the table offers stand here" in findings[1].what
