"""CSV files as bytes: what is no table is told with its line, and what is one comes in whole."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.schema import Column, TableSchema
from netback.errors import Finding
from netback.io import csv_reader as module
from netback.io.csv_reader import read_table, read_text

SCHEMA = TableSchema("notes", "", "", (Column("name", "text"), Column("text", "text")))


def faults(tmp_path: Path, data: bytes, max_mb: float = 1.0) -> list[str]:
    path = tmp_path / "notes.csv"
    path.write_bytes(data)
    return [str(finding) for finding in read_table(path, SCHEMA, max_mb).findings]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "notes.csv: the file is empty. Its first row must name the columns; see: netback tables."),
        (
            b" \n \n",
            "notes.csv: the file is empty. Its first row must name the columns; see: netback tables.",
        ),
        (b"\nname,text\n", "notes.csv, row 1: the row is blank. The first row must name the columns."),
        (b" , \na,b\n", "notes.csv, row 1: the row is blank. The first row must name the columns."),
        (b"\xff\xfen\x00", 'notes.csv: the file is UTF-16, not UTF-8. Save it as "CSV UTF-8".'),
        (b"\xfe\xff\x00n", 'notes.csv: the file is UTF-16, not UTF-8. Save it as "CSV UTF-8".'),
        (
            b"name,text\na,caf\xe9\n",
            'notes.csv: the file is not UTF-8: byte 15 (line 2) is 0xe9. Save it as "CSV UTF-8".',
        ),
        (
            b"\xef\xbb\xbfname,text\na,\x80\n",
            'notes.csv: the file is not UTF-8: byte 15 (line 2) is 0x80. Save it as "CSV UTF-8".',
        ),
        (
            b"name,text\na,b\x00\n",
            "notes.csv: line 2 holds a NUL byte; the file is damaged or not a text file. Export the table anew.",
        ),
        (
            b'name,text\n"a,b\n',
            'notes.csv: a quotation mark is opened and never closed. Inside quotes, write " twice: "".',
        ),
        (
            b'name,text\n"a"b,c\n',
            "notes.csv, line 2: the quotation marks do not fit: ',' expected after '\"'. "
            'Write " twice inside quotes.',
        ),
    ],
)
def test_what_is_no_table(tmp_path: Path, data: bytes, fault: str) -> None:
    assert faults(tmp_path, data) == [fault]


def test_a_first_row_without_an_end_is_not_searched_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_HEADING", 20)
    assert faults(tmp_path, b"x" * 21) == [
        "notes.csv: the first row has more than 20 characters. Export it anew."
    ]
    assert faults(tmp_path, b"name,text\r" + b"x," * 15) != []
    assert faults(tmp_path, b"name,text\nlonger than twenty,b") == []


def test_a_file_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(b"name,text\n" * 300)

    def unread(self: Path) -> bytes:
        raise AssertionError("the file was read")

    monkeypatch.setattr(Path, "read_bytes", unread)
    found: list[Finding] = []
    assert read_text(path, 0.002, found) is None
    assert str(found[0]) == (
        "notes.csv: the file has 0.003 MB; more than 0.002 MB are not read. "
        "Keep only the rows of this plan, or raise max_table_mb in case.yaml."
    )


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").mkdir()
    (finding,) = read_table(tmp_path / "notes.csv", SCHEMA, 1.0).findings
    assert str(finding) == "notes.csv: this is not a file. Move the folder of that name elsewhere."


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_with_and_without_a_byte_order_mark(tmp_path: Path, mark: bytes, end: bytes) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(mark + end.join([b"name,text", "a,é".encode(), b'"b","1,2"', b""]))
    reading = read_table(path, SCHEMA, 1.0)
    assert reading.findings == []
    assert [(r["name"], r["text"], r.row) for r in reading.table.records] == [("a", "é", 2), ("b", "1,2", 3)]


def test_a_line_break_inside_quotes_does_not_count_as_a_row(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(b'name,text\na,"one\ntwo"\nb,c\n')
    assert [record.row for record in read_table(path, SCHEMA, 1.0).table.records] == [2, 3]


WORDS = st.text("abcXYZ ,;\"'é\n", min_size=1, max_size=8).filter(lambda text: text.strip() == text)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_what_python_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("name", "text"), *cells])
    path = tmp_path_factory.getbasetemp() / "notes.csv"
    path.write_bytes(text.getvalue().encode())
    reading = read_table(path, SCHEMA, 1.0)
    assert reading.findings == []
    assert [(record["name"], record["text"]) for record in reading.table.records] == cells
