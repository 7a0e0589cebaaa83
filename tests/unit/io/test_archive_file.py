"""Archives as files: what goes in comes out to the byte, the same archive is the same file, damage has its place."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.case import Case
from netback.errors import DataError
from netback.io import archive as archive_module
from netback.io.archive import (
    FORMAT,
    Archive,
    archive_bytes,
    case_files,
    check_target,
    read_archive,
    unpack_case,
    write_archive,
)
from netback.io.folder import read_case
from tiny import rows, tiny

NAMES = st.text("abcdefgh_1", min_size=1, max_size=8).map(lambda name: f"{name}.csv")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False)
    | st.text(max_size=9)
)
MANIFESTS = st.dictionaries(
    st.text(min_size=1, max_size=8).filter(lambda key: key != "format"), SCALARS, max_size=4
)


def refinery(**tables: list[dict[str, object]]) -> Case:
    return tiny(
        offers=rows("offer stream price", "spot crude 60", "term crude 62.5"),
        sales=rows("sale stream price", "out crude 70"),
        **tables,
    )


def finding(error: DataError) -> tuple[str, str, str]:
    (one,) = error.findings
    return one.where, one.what, one.hint


def packed(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def manifest(**keys: object) -> bytes:
    return json.dumps({"format": FORMAT, **keys}).encode()


@given(
    MANIFESTS,
    st.dictionaries(NAMES, st.binary(max_size=40), max_size=4),
    st.dictionaries(NAMES, st.text(max_size=40)),
)
def test_every_archive_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    asked: dict[str, object],
    files: dict[str, bytes],
    results: dict[str, str],
) -> None:
    file = tmp_path_factory.getbasetemp() / "round.netback"
    write_archive(Archive(asked, files, results), file, force=True)
    found = read_archive(file)
    assert found.manifest == {"format": FORMAT, **asked}
    assert dict(found.case_files) == files
    assert dict(found.results) == results
    assert archive_bytes(Archive(asked, found.case_files, found.results)) == file.read_bytes()


def test_entries_carry_no_time_of_day() -> None:
    data = archive_bytes(Archive({}, {"a.csv": b"x"}, {"m.csv": "y"}))
    with zipfile.ZipFile(BytesIO(data)) as found:
        assert {entry.date_time for entry in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert found.namelist() == ["manifest.json", "case/a.csv", "results/m.csv"]


def test_letters_of_other_scripts_are_kept_in_the_manifest() -> None:
    text = archive_bytes(Archive({"title": "كراچی"}, {}, {}))
    with zipfile.ZipFile(BytesIO(text)) as found:
        assert "كراچی" in found.read("manifest.json").decode("utf-8")


class TestFilesOfACase:
    def test_a_case_of_a_folder_gives_its_files_without_hidden_ones(self, tmp_path: Path) -> None:
        unpack_case(Archive({}, case_files(refinery()), {}), tmp_path / "one")
        folder = tmp_path / "one"
        (folder / "assays").mkdir()
        (folder / "assays" / "own.txt").write_bytes(b"\xff\x00")
        (folder / ".git").mkdir()
        (folder / ".git" / "HEAD").write_text("ref")
        (folder / ".DS_Store").write_text("x")
        found = case_files(read_case(folder))
        assert found["assays/own.txt"] == b"\xff\x00"
        assert not [name for name in found if name.startswith(".") or "/." in name]
        assert {name for name in found if "/" not in name} == {path.name for path in folder.glob("[!.]*.*")}

    def test_a_case_made_in_python_comes_back_as_itself(self, tmp_path: Path) -> None:
        made = refinery(scenarios=[{"scenario": "dear"}], overrides=[
            {"scenario": "dear", "table": "offers", "where": "offer=spot", "column": "price", "value": "80"},
        ])  # fmt: skip
        files = case_files(made)
        assert set(files) == {
            "case.yaml", "offers.csv", "sales.csv", "periods.csv", "streams.csv", "scenarios.csv", "overrides.csv",
        }  # fmt: skip
        again = read_case(unpack_case(Archive({}, files, {}), tmp_path / "again"))
        assert again == made
        assert again.in_scenario("dear")["offers"].records[0]["price"] == 80.0

    def test_a_scenario_applied_would_be_applied_twice(self) -> None:
        made = refinery(scenarios=[{"scenario": "dear"}]).in_scenario("dear")
        with pytest.raises(DataError) as refused:
            case_files(made)
        assert finding(refused.value) == (
            "",
            'scenario "dear" is applied, and its overrides would be applied twice.',
            "Archive the case itself and name the scenario.",
        )
        assert "case tiny, scenario dear" in str(refused.value)


class TestTarget:
    def test_both_faults_of_a_name_come_together(self, tmp_path: Path) -> None:
        there = tmp_path / "plan.zip"
        there.write_text("mine")
        with pytest.raises(DataError) as refused:
            write_archive(Archive({}, {}, {}), there)
        assert [(one.what, one.hint) for one in refused.value.findings] == [
            ("the name does not end in .netback.", "Write NAME.netback."),
            ("exists already.", "Name a new file, or add --force."),
        ]
        assert there.read_text() == "mine"

    def test_force_replaces_the_file_and_nothing_else(self, tmp_path: Path) -> None:
        file = tmp_path / "plan.netback"
        file.write_text("mine")
        check_target(file, force=True)
        assert write_archive(Archive({}, {}, {}), file, force=True) == file
        assert read_archive(file).manifest == {"format": FORMAT}
        assert list(tmp_path.iterdir()) == [file]

    def test_folders_on_the_way_are_made(self, tmp_path: Path) -> None:
        file = write_archive(Archive({}, {}, {}), tmp_path / "a" / "b" / "plan.netback")
        assert read_archive(file).results == {}

    def test_a_folder_that_is_a_file_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("mine")
        with pytest.raises(DataError) as refused:
            write_archive(Archive({}, {}, {}), tmp_path / "a" / "plan.netback")
        assert "the files cannot be written" in finding(refused.value)[1]


class TestRefusals:
    def what(self, path: Path) -> str:
        with pytest.raises(DataError) as refused:
            read_archive(path)
        return finding(refused.value)[1]

    def test_a_zip_without_a_manifest(self, tmp_path: Path) -> None:
        path = packed(tmp_path / "x.netback", {"case/a.csv": b""})
        assert self.what(path) == "it is no archive of Netback: manifest.json is missing."

    @pytest.mark.parametrize(
        "content", [b'{"format": "netback-archive/2"}', b"[]", b"{}", b'"netback-archive/1"']
    )
    def test_a_manifest_of_another_format(self, tmp_path: Path, content: bytes) -> None:
        path = packed(tmp_path / "x.netback", {"manifest.json": content})
        assert self.what(path) == "its manifest does not say netback-archive/1."

    @pytest.mark.parametrize(
        "files",
        [
            {"manifest.json": b"{"},
            {"manifest.json": b"\xff\xfe"},
            {"manifest.json": manifest(), "results/margin.csv": b"\xff"},
        ],
    )
    def test_what_is_not_text(self, tmp_path: Path, files: dict[str, bytes]) -> None:
        assert self.what(packed(tmp_path / "x.netback", files)).startswith(
            "it is no archive of Netback, or damaged ("
        )

    def test_files_of_a_case_need_not_be_text(self, tmp_path: Path) -> None:
        path = packed(tmp_path / "x.netback", {"manifest.json": manifest(), "case/a.bin": b"\xff"})
        assert read_archive(path).case_files == {"a.bin": b"\xff"}

    def test_folders_within_are_no_files(self, tmp_path: Path) -> None:
        path = packed(tmp_path / "x.netback", {"manifest.json": manifest(), "case/": b"", "case/a.csv": b"1"})
        assert read_archive(path).case_files == {"a.csv": b"1"}

    @pytest.mark.parametrize("name", ["case/../x", "/case/x", "C:x", "a\\b"])
    def test_a_place_outside_itself(self, tmp_path: Path, name: str) -> None:
        path = packed(tmp_path / "x.netback", {"manifest.json": manifest(), name: b""})
        assert "names a place outside itself" in self.what(path)

    def test_more_than_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = packed(tmp_path / "x.netback", {"manifest.json": manifest(), "case/a.csv": b"0" * 3_000_000})
        monkeypatch.setattr(archive_module, "MAX_ALL", 3_000_000)
        assert self.what(path) == "it unpacks to 3 MB, more than is read."
        monkeypatch.setattr(archive_module, "MAX_ALL", 3_000_000 + len(manifest()))
        assert len(read_archive(path).case_files["a.csv"]) == 3_000_000

    @pytest.mark.parametrize("make", [Path.mkdir, None])
    def test_a_folder_or_nothing_at_all(self, tmp_path: Path, make: object) -> None:
        path = tmp_path / "x.netback"
        if make is not None:
            path.mkdir()
        with pytest.raises(DataError) as refused:
            read_archive(path)
        assert finding(refused.value)[0] == str(path)
        assert "the file cannot be read: " in finding(refused.value)[1]

    def test_unpacking_into_what_is_not_empty(self, tmp_path: Path) -> None:
        for name in ("file", "folder"):
            target = tmp_path / name
            if name == "file":
                target.write_text("mine")
            else:
                target.mkdir()
                (target / "x").write_text("mine")
            with pytest.raises(DataError) as refused:
                unpack_case(Archive({}, {"a.csv": b"1"}, {}), target)
            assert finding(refused.value) == (str(target), "exists and is not empty.", "Name a new folder.")
        empty = tmp_path / "empty"
        empty.mkdir()
        assert (unpack_case(Archive({}, {"b/a.csv": b"1"}, {}), empty) / "b" / "a.csv").read_bytes() == b"1"
