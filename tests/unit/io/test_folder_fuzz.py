"""Whatever the files hold, reading a case gives a case or a DataError, never another exception."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.checks import check
from netback.case.schema import TABLES
from netback.errors import DataError, Finding
from netback.io.folder import read_case
from tiny_case import TINY, write_folder

ODD = st.sampled_from(
    [
        "",
        " ",
        "crude",
        "naphtha",
        "ours",
        "2023-09",
        "1,000",
        "1e999",
        "nan",
        "-1",
        "0",
        "yes",
        "a;b",
        "%",
        "t",
        "=",
        "*",
        "&",
        "USD/bbl",
        "normal",
        "assumed",
        '"',
        "\n",
        "\r",
        "\x00",
        "\ufeff",
        "\u202e",
        "é",
        "offers",
        "price",
        "offer=spot",
        "set",
    ]
)
CELL = ODD | st.text(max_size=8)


def attempt(changes: dict[str, bytes]) -> None:
    """Read and check a changed case; every finding must say something at some place."""
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), changes)
        findings = _findings(Path(folder))
    assert all(bool(finding.where and finding.what and finding.what[-1] in ".!?") for finding in findings)


def _findings(folder: Path) -> list[Finding]:
    """Findings of reading or else of the checks; whoever refuses a case must say why."""
    try:
        return check(read_case(folder), lambda: ())
    except DataError as error:
        return [finding for finding in error.findings if finding.severity == "error"] or [
            Finding("", "no reason")
        ]


@settings(max_examples=100)
@given(st.sampled_from(sorted(TINY)), st.binary(max_size=200))
def test_random_bytes(name: str, data: bytes) -> None:
    attempt({name: data})


@settings(max_examples=100)
@given(st.sampled_from(sorted(TINY)), st.binary(max_size=6), st.integers(0, 400), st.integers(0, 30))
def test_random_damage(name: str, data: bytes, start: int, length: int) -> None:
    whole = TINY[name].encode()
    attempt({name: whole[:start] + data + whole[start + length :]})


@settings(max_examples=130)
@given(st.data())
def test_random_cells(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(sorted(TABLES)))
    columns = data.draw(
        st.lists(st.sampled_from(TABLES[table].column_names) | CELL, min_size=1, max_size=8, unique=True)
    )
    required = [
        column.name for column in TABLES[table].columns if column.required and column.name not in columns
    ]
    heading = [*columns, *required]
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(heading), max_size=len(heading)), max_size=5))
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [heading, *rows]]
    attempt({f"{table}.csv": "\n".join(lines).encode("utf-8", "replace")})


@settings(max_examples=100)
@given(st.dictionaries(CELL, CELL, max_size=5), st.booleans())
def test_random_keys_of_case_yaml(keys: dict[str, str], keep: bool) -> None:
    lines = "".join(f"{key}: {value}\n" for key, value in keys.items())
    attempt({"case.yaml": ((TINY["case.yaml"] if keep else "") + lines).encode("utf-8", "replace")})


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(ODD, st.sampled_from(sorted(TABLES)), CELL, st.sampled_from(["set", "drop"]), CELL, CELL),
        max_size=4,
    )
)
def test_random_overrides(rows: list[tuple[str, ...]]) -> None:
    heading = "scenario,table,where,action,column,value"
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in ("dear", *row[1:])) for row in rows]
    attempt({"overrides.csv": "\n".join([heading, *lines]).encode("utf-8", "replace")})
