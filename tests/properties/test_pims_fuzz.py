"""Whatever cells a PIMS-style workbook holds, it is read or refused in words."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netback.errors import DataError
from netback.io.folder import read_case
from netback.io.folder_writer import write_case
from netback.io.pims.reading import READ
from pims_book import read, williams

_WORDS = [
    *(
        "TEXT",
        "ROWNAMES",
        "MIN",
        "MAX",
        "COST",
        "PRICE",
        "VBALCR1",
        "WBALCR1",
        "UBALKWH",
        "CCAPCD1",
        "CASE 1",
    ),
    *(
        "TABLE BUY",
        "*TABLE SELL",
        "*",
        "!",
        "EMPTY",
        "CR1",
        "NOCT",
        "XRVP",
        ";",
        "#",
        "nan",
        "1e999",
        "",
        " ",
    ),
]
_CELLS = st.one_of(
    st.none(),
    st.sampled_from(_WORDS),
    st.floats(-1e6, 1e6),
    st.integers(-3, 3),
    st.booleans(),
    st.text(max_size=5),
)
_PLAIN = williams(read_case("williams_refinery"))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(_PLAIN)),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6), _CELLS), min_size=1, max_size=6),
)
def test_cells_changed_at_random(sheet: str, changes: list[tuple[int, int, Any]]) -> None:
    rows = [list(row) for row in _PLAIN[sheet]]
    for number, place, cell in changes:
        while len(rows) <= number:
            rows.append([])
        rows[number] += [None] * (place + 1 - len(rows[number]))
        rows[number][place] = cell
    _read_or_refuse({**_PLAIN, sheet: rows})


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*READ, "SXYZ", "Notes"]),
        st.lists(st.lists(_CELLS, max_size=6), max_size=8),
        min_size=1,
        max_size=5,
    )
)
def test_sheets_of_anything(sheets: dict[str, list[list[Any]]]) -> None:
    _read_or_refuse(sheets)


def _read_or_refuse(sheets: dict[str, list[list[Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = read(Path(folder), sheets, "bbl/d", "GBP/bbl")
        except DataError:
            return
        # What is written can be read as a case, whatever checks say of it.
        write_case(found.case, Path(folder) / "case", files=found.files)
        read_case(Path(folder) / "case")
