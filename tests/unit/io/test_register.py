"""Registers read from folders: one's own before the shipped one, all faults together, stored texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.errors import DataError
from netback.evidence.checks import check_register
from netback.evidence.register import TABLES
from netback.evidence.verdicts import verify
from netback.io.folder import read_case
from netback.io.register import SHIPPED, read_register, read_texts, register_of, shipped_tables
from small_register import OWN, write_own
from tiny_case import write_folder


def faults(path: Path | str) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_register(path)
    return [str(finding) for finding in caught.value.findings]


def test_the_shipped_register_holds_every_table() -> None:
    assert {path.stem for path in SHIPPED.glob("*.csv")} == set(TABLES)
    assert all(len(shipped_tables()[name]) for name in TABLES)


def test_the_shipped_register_is_sound_but_for_the_unit_that_is_to_be_refuted() -> None:
    found = check_register(read_register())
    assert [(finding.severity, "MW" in finding.what) for finding in found] == [("warning", True)]


def test_a_fact_a_claim_and_a_calculation_of_ones_own(tmp_path: Path) -> None:
    register = read_register(write_own(tmp_path))
    (verdict,) = verify(register, "MY-03")
    assert (verdict.word, verdict.answer) == ("reproduced", "19.02 to 21.03 d")
    assert verify(register, "BT-20")[0].word == "challenged", "the shipped register stands behind it"


def test_a_changed_fact_changes_the_verdict(tmp_path: Path) -> None:
    slower = OWN["claims.csv"].replace("4000,t/d", "1500,t/d")
    assert verify(read_register(write_own(tmp_path, {"claims.csv": slower})), "MY-03")[0].word == "refuted"


def test_shipped_facts_may_be_quoted(tmp_path: Path) -> None:
    rows = "claim,expression\nMY-03,CAR-002 / REF-003\n"
    register = read_register(write_own(tmp_path, {"calculations.csv": rows}))
    assert verify(register, "MY-03")[0].answer == "18.24 to 19.21 d"


def test_ones_own_row_holds_before_the_shipped_one(tmp_path: Path) -> None:
    more = (
        OWN["claims.csv"]
        + "REF-040,1,corrected,furnace_oil_exports,Pakistan,196000,t,equals,2022-07-01,2024,me,reported,B,letter\n"
    )
    more += "REF-040,2,corrected,furnace_oil_exports,Pakistan,49000,t,equals,2021-07-01,2024,me,reported,B,letter\n"
    register = read_register(write_own(tmp_path, {"claims.csv": more}))
    assert verify(register, "BT-20")[0].word == "reproduced"


def test_all_faults_come_together(tmp_path: Path) -> None:
    changes = {
        "claims.csv": OWN["claims.csv"]
        .replace("80000,t,equals", "much,t,equal")
        .replace("C,letter", "C,lettr"),
        "clams.csv": "a\n1\n",
    }
    found = faults(write_own(tmp_path, changes))
    assert any(
        '"much" is not a number' in one and one.startswith("claims.csv, row 3, column value") for one in found
    )
    assert any('"equal" is not one of the choices' in one for one in found)
    assert any(
        'source "lettr" is neither in sources.csv nor in the shipped register' in one and '"letter"' in one
        for one in found
    )
    assert any(one.startswith("clams.csv: no table of a register") and '"claims.csv"' in one for one in found)


def test_a_source_given_twice(tmp_path: Path) -> None:
    assert (
        '"letter" is already in row 2'
        in faults(write_own(tmp_path, {"sources.csv": OWN["sources.csv"] + "letter,x,\n"}))[0]
    )


def test_a_part_given_twice(tmp_path: Path) -> None:
    twice = (
        OWN["claims.csv"]
        + "MY-01,1,again,crude_feed,plant,9,t/d,equals,2024-01-01,2024,boss,reported,B,letter\n"
    )
    (found,) = faults(write_own(tmp_path, {"claims.csv": twice}))
    assert found.startswith("claims.csv, row 5: the row says the same as row 2: equal in claim, part.")


def test_folders_that_are_none(tmp_path: Path) -> None:
    assert "no such folder or case" in faults(tmp_path / "nowhere")[0]
    assert 'Closest name: "karachi_2023"' in faults("karachi_203")[0]
    (tmp_path / "empty").mkdir()
    assert "holds none of the tables" in faults(tmp_path / "empty")[0]
    (tmp_path / "file.csv").write_text("x")
    assert "name its folder" in faults(tmp_path / "file.csv")[0]


def test_a_case_is_a_register(tmp_path: Path) -> None:
    claims = "claim,statement,value,uom,source\nOUR-01,something,3,t,ours\n"
    folder = write_folder(tmp_path, {"claims.csv": claims})
    assert read_register(folder).claim("OUR-01")["value"] == 3.0
    assert register_of(read_case(folder)).claim("CAR-010")["value"] == 45142.0
    assert (
        read_register("karachi_2023_september")
        .sources["PRI-005"]["title"]
        .startswith("Discount fob Primorsk")
    )


def test_stored_texts(tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text("some words", encoding="utf-8")
    (tmp_path / "other.pdf").write_bytes(b"\xff\xfe")
    assert read_texts(tmp_path) == {"paper": "some words"}
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="Save it as UTF-8"):
        read_texts(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        read_texts(tmp_path / "nowhere")
