"""``netback archive`` and ``netback reproduce``: to the digit, nothing overwritten, damage told."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from netback.cli.archive import differences
from netback.cli.main import run
from netback.errors import DataError
from netback.io import archive as archive_module
from netback.io.archive import Archive, archive_bytes, case_files, read_archive, unpack_case
from netback.io.folder import SHIPPED, read_case


def test_a_plan_comes_back_to_the_digit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "k.netback"
    assert run(["archive", "karachi_2023_september", str(file), "--scenario", "urals_half"]) == 0
    assert "netback reproduce" in capsys.readouterr().out
    assert run(["reproduce", str(file), "--unpack", str(tmp_path / "k")]) == 0
    assert "Reproduced to the digit: margin 11,914,604" in capsys.readouterr().out
    held = read_archive(file)
    assert held.manifest["scenario"] == "urals_half"
    assert set(held.manifest["versions"]) == {"netback", "python", "numpy", "highspy"}
    origin = {p.name: p.read_bytes() for p in (SHIPPED / "karachi_2023_september").iterdir()}
    assert {p.name: p.read_bytes() for p in (tmp_path / "k").iterdir()} == origin == dict(held.case_files)


def test_own_assays_travel(tmp_path: Path) -> None:
    file = tmp_path / "p.netback"
    assert run(["archive", "prelim_hydroskimming", str(file)]) == 0
    assert any(name.startswith("assays/") for name in read_archive(file).case_files)
    assert run(["reproduce", str(file)]) == 0


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.netback", "b.netback"):
        assert run(["archive", "rtl_refinery", str(tmp_path / name)]) == 0
    one, other = (read_archive(tmp_path / name) for name in ("a.netback", "b.netback"))
    assert one.results == other.results
    assert archive_bytes(one) == archive_bytes(one)


def test_a_number_that_differs_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.netback"
    assert run(["archive", "rtl_refinery", str(file)]) == 0
    held = read_archive(file)
    results = dict(held.results)
    results["sales.csv"] = results["sales.csv"].replace("1", "2", 1)
    file.write_bytes(archive_bytes(Archive(held.manifest, held.case_files, results)))
    assert run(["reproduce", str(file)]) == 2
    assert "sales.csv, row" in capsys.readouterr().err
    assert run(["reproduce", str(file), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["same"] is False


def test_differences_name_the_place() -> None:
    assert differences({"a.csv": "x\n1\n"}, {"a.csv": "x\n1\n"}) == []
    assert differences({"a.csv": "x\n1\n"}, {"a.csv": "x\n2\n"}) == [("a.csv, row 2", "was 1, is 2.")]
    assert differences({"a.csv": "x\n"}, {}) == [("a.csv", "only in the archive.")]
    assert differences({}, {"a.csv": "x\n"}) == [("a.csv", "not in the archive.")]
    assert differences({"a.csv": "x\n1\n"}, {"a.csv": "x\n"})[0][1] == "2 lines in the archive, 1 now."


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.netback"
    file.write_text("mine")
    assert run(["archive", "rtl_refinery", str(file)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert run(["archive", "rtl_refinery", str(tmp_path / "r.zip")]) == 2
    assert "does not end in .netback" in " ".join(capsys.readouterr().err.split())
    assert run(["archive", "rtl_refinery", str(file), "--force"]) == 0
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x").write_text("mine")
    assert run(["reproduce", str(file), "--unpack", str(tmp_path / "there")]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_any_damaged_byte_is_told_not_thrown(tmp_path: Path) -> None:
    file = tmp_path / "x.netback"
    manifest = {"format": archive_module.FORMAT}
    whole = archive_bytes(
        Archive(manifest, {"case/a.csv": b"a,b\n" * 40}, {"results/m.csv": "margin,1\n" * 40})
    )
    refused = 0
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            read_archive(file)
        except DataError:
            refused += 1
    assert refused > len(whole) / 2


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + bytes(18), b"junk"])
def test_what_is_no_archive_is_told(tmp_path: Path, data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.netback"
    file.write_bytes(data)
    assert run(["reproduce", str(file)]) == 2
    told = capsys.readouterr().err
    assert "no archive of Netback" in told
    assert "Traceback" not in told
    assert run(["reproduce", str(tmp_path / "none.netback")]) == 2


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "case/../../evil", "case\\evil"])
def test_places_outside_are_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "x.netback"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("manifest.json", '{"format": "netback-archive/1"}')
        packed.writestr(zipfile.ZipInfo(name), "x")
        packed.infolist()[-1].filename = name
    with pytest.raises(DataError, match="outside itself"):
        read_archive(file)


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.netback"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("manifest.json", " " * 2_000_000)
    monkeypatch.setattr(archive_module, "MAX_ALL", 1_000_000)
    with pytest.raises(DataError, match="unpacks to 2 MB"):
        read_archive(file)


def test_a_case_made_in_python_is_archived_by_its_tables(tmp_path: Path) -> None:
    case = read_case("rtl_refinery").with_(folder=None)
    files = case_files(case)
    folder = unpack_case(Archive({}, files, {}), tmp_path / "r")
    assert read_case(folder) == case
    with pytest.raises(DataError, match="overrides would be applied twice"):
        case_files(read_case("karachi_2023_september", "urals_half").with_(folder=None))
