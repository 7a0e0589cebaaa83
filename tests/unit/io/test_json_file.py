"""JSON files and their fields: every fault is a finding with the file and the field, and nothing is guessed."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.errors import DataError
from netback.io import json_file as module
from netback.io.json_file import PLANNING, POOLING, PROGRAM, READERS, Fields, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def fault(path: Path) -> str:
    with pytest.raises(DataError) as refused:
        read_json(path)
    (finding,) = refused.value.findings
    return str(finding)


class TestFiles:
    @given(VALUES, st.booleans(), st.booleans())
    def test_any_value_comes_back_packed_or_not(
        self, tmp_path_factory: pytest.TempPathFactory, value: Any, packed: bool, marked: bool
    ) -> None:
        data = json.dumps(value).encode("utf-8-sig" if marked else "utf-8")
        path = tmp_path_factory.getbasetemp() / ("x.json.gz" if packed else "x.json")
        path.write_bytes(gzip.compress(data) if packed else data)
        assert read_json(path) == value

    def test_packed_content_is_known_by_its_first_bytes_not_its_name(self, tmp_path: Path) -> None:
        path = tmp_path / "x.json"
        path.write_bytes(gzip.compress(b"[1]"))
        assert read_json(str(path)) == [1]

    @pytest.mark.parametrize(
        ("name", "data", "told"),
        [
            ("x.json", b"[1,", "x.json: is not JSON: expecting value at line 1, column 4."),
            (
                "x.json",
                b"{\n 'a': 1}",
                "x.json: is not JSON: expecting property name enclosed in double quotes",
            ),
            ("x.json", b"", "x.json: is not JSON: expecting value at line 1, column 1."),
            ("x.json", b'"\xe9"', "x.json: is not UTF-8 text: byte 1 fits no letter."),
            ("x.json", b"[" * 100_000, "x.json: is not JSON that can be read: nested too deeply"),
            (
                "x.json",
                b"1" * 5000,
                "x.json: is not JSON that can be read: nested too deeply or a number too long.",
            ),
            ("x.gz", b"[1]", "x.gz: is named .gz but is not a gzip file. Rename it, or pack it with gzip."),
            (
                "x.gz",
                gzip.compress(b"[1, 2, 3]", mtime=0)[:-9],
                "x.gz: is a broken gzip file: it ends too early or is damaged.",
            ),
            ("x.gz", b"\x1f\x8b", "x.gz: is a broken gzip file: it ends too early or is damaged."),
        ],
    )
    def test_what_cannot_be_read(self, tmp_path: Path, name: str, data: bytes, told: str) -> None:
        (tmp_path / name).write_bytes(data)
        assert fault(tmp_path / name).startswith(told)

    def test_a_bit_that_flipped_in_a_packed_file(self, tmp_path: Path) -> None:
        packed = bytearray(gzip.compress(json.dumps(list(range(999))).encode(), mtime=0))
        packed[len(packed) // 2] ^= 0x10
        (tmp_path / "x.gz").write_bytes(bytes(packed))
        assert fault(tmp_path / "x.gz").startswith("x.gz: ")

    def test_a_file_that_is_not_there_or_a_folder(self, tmp_path: Path) -> None:
        assert fault(tmp_path / "none.json") == "none.json: cannot be read: no such file or directory."
        assert "cannot be read" in fault(tmp_path)

    def test_more_than_is_unpacked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_BYTES", 10)
        (tmp_path / "x.gz").write_bytes(gzip.compress(b'"12345678"'))
        assert read_json(tmp_path / "x.gz") == "12345678"
        (tmp_path / "x.gz").write_bytes(gzip.compress(b'"123456789"'))
        assert fault(tmp_path / "x.gz") == "x.gz: unpacks to more than 10 bytes."


def findings(fields: Fields) -> list[str]:
    return [str(finding) for finding in fields.findings]


class TestDocument:
    def test_one_of_the_format_is_taken(self) -> None:
        fields = Fields("x.json")
        assert fields.document({"format": POOLING, "name": "a"}, ("format", "name"), POOLING)["name"] == "a"
        assert fields.findings == []

    @pytest.mark.parametrize("stated", [POOLING, PLANNING, PROGRAM])
    def test_another_format_names_the_command_that_reads_it(self, stated: str) -> None:
        other = PROGRAM if stated != PROGRAM else POOLING
        with pytest.raises(DataError) as refused:
            Fields("x.json").document({"format": stated, "nonsense": 1}, ("format",), other)
        (finding,) = refused.value.findings
        assert str(finding) == (
            f"x.json, format: is {stated!r}, not {other!r}. Read it with: netback bench {READERS[stated]}."
        )

    def test_no_format_is_told_with_what_is_no_object(self) -> None:
        fields = Fields("x.json")
        with pytest.raises(DataError):
            fields.document([], ("format",), POOLING)
        assert findings(fields) == [
            "x.json: is a list where an object is needed.",
            f"x.json, format: is not stated; {POOLING!r} is read here.",
        ]


class TestFields:
    def test_a_misspelt_field_is_told_and_one_that_is_nothing_like_it_is_passed_over(self) -> None:
        fields = Fields("x.json")
        fields.mapping({"nmae": 1, "zzz": 2, "cost": 3}, "inputs[2]", ("name", "cost"))
        assert findings(fields) == ['x.json, inputs[2].nmae: is no field here. Closest name: "name".']

    def test_a_field_that_stands_is_not_the_closest_of_another(self) -> None:
        fields = Fields("x.json")
        fields.mapping({"cost": 1, "costs": 2}, "", ("cost", "name"))
        assert fields.findings == []

    def test_rows_have_their_places(self) -> None:
        fields = Fields("x.json")
        assert fields.rows({"inputs": ["a", "b"]}, "inputs", "top") == [
            ("top.inputs[0]", "a"),
            ("top.inputs[1]", "b"),
        ]
        assert fields.rows({}, "inputs") == fields.rows({"inputs": {}}, "inputs") == []
        assert findings(fields) == [
            "x.json, inputs: is missing.",
            "x.json, inputs: is an object where a list is needed.",
        ]

    @pytest.mark.parametrize(
        ("value", "default", "expected", "told"),
        [
            ("a", None, "a", []),
            (None, "b", "b", []),
            (None, None, "", ["is missing."]),
            ("", None, "", ["is empty, not a name."]),
            (3, "b", "b", ["is a number, not a name."]),
            ([], None, "", ["is a list, not a name."]),
            (True, None, "", ["is true or false, not a name."]),
        ],
    )
    def test_texts(self, value: Any, default: str | None, expected: str, told: list[str]) -> None:
        fields = Fields("x.json")
        holder = {} if value is None else {"name": value}
        assert fields.text(holder, "name", "row", default) == expected
        assert [finding.what for finding in fields.findings] == told
        assert all(finding.where == "x.json, row.name" for finding in fields.findings)

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            (True, "is true or false where a number is needed."),
            ("5", "is text where a number is needed."),
            ("", "is empty where a number is needed."),
            ({}, "is an object where a number is needed."),
            (math.inf, "is inf, not a finite number."),
            (-math.inf, "is -inf, not a finite number."),
            (10**400, "is inf, not a finite number."),
            (-1.5, "is -1.5, below 0."),
        ],
    )
    def test_what_is_no_number(self, value: Any, told: str) -> None:
        fields = Fields("x.json")
        assert math.isnan(fields.number({"cost": value}, "cost", "", least=0.0))
        assert [(finding.where, finding.what) for finding in fields.findings] == [("x.json, cost", told)]

    @given(st.integers(-(10**9), 10**9) | st.floats(-1e300, 1e300))
    def test_numbers_come_as_they_are(self, value: float) -> None:
        fields = Fields("x.json")
        assert fields.number({"cost": value}, "cost", "") == float(value)
        assert fields.findings == []

    def test_a_number_that_is_missing_or_null(self) -> None:
        fields = Fields("x.json")
        assert fields.number({}, "cost", "a", 7.0) == fields.number({"cost": None}, "cost", "a", 7.0) == 7.0
        assert math.isnan(fields.number({}, "cost", "a"))
        assert findings(fields) == ["x.json, a.cost: is missing."]

    NUMBER = st.none() | st.floats(0.0, 9.0)

    @given(NUMBER, NUMBER)
    def test_bounds_cross_or_hold(self, low: float | None, high: float | None) -> None:
        fields = Fields("x.json")
        found = fields.bounds({"min": low, "max": high}, ("min", "max"), "flow")
        assert found == (0.0 if low is None else low, math.inf if high is None else high)
        assert [finding.where for finding in fields.findings] == (
            ["x.json, flow.min"] if found[0] > found[1] else []
        )

    def test_a_bound_below_the_least_is_one_fault(self) -> None:
        fields = Fields("x.json")
        low, high = fields.bounds({"min": -2.0, "max": 5.0}, ("min", "max"), "flow")
        assert math.isnan(low)
        assert high == 5.0
        assert findings(fields) == ["x.json, flow.min: is -2.0, below 0."]

    def test_faults_come_together_and_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_FINDINGS", 2)
        fields = Fields("x.json")
        fields.raise_if_any("nothing yet")
        for place in range(5):
            fields.add(f"inputs[{place}]", "is wrong.")
        assert findings(fields) == [
            "x.json, inputs[0]: is wrong.",
            "x.json, inputs[1]: is wrong.",
            "x.json: has more than 2 faults. Repair these first.",
        ]
        with pytest.raises(DataError, match="instance small"):
            fields.raise_if_any("instance small")
