"""``netback trace``, ``contradictions`` and ``verify`` as a user runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from netback.cli.main import run
from small_register import OWN, write_own
from tiny_case import write_folder

WIDE = 100


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("trace", "karachi_2023_september", "offers", "urals_primorsk"),
        ("trace", "karachi_2023_september", "purchases", "urals_primorsk"),
        ("trace", "karachi_2023_september:urals_tax_price", "offers", "urals_primorsk", "price"),
        ("trace", "REF-021"),
        ("trace", "BT-05"),
        ("contradictions",),
        ("verify", "BT-15"),
        ("verify", "BT-30"),
    ],
)
def test_everything_fits_100_columns(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, *arguments)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= WIDE


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("trace", "karachi_203", "offers", "urals"), 'Closest name: "karachi_2023"'),
        (("trace", "karachi_2023_september", "ofers", "x"), 'Closest name: "offers"'),
        (("trace", "karachi_2023_september", "offers", "urals_primosk"), 'Closest name: "urals_primorsk"'),
        (("trace", "karachi_2023_september", "offers", "urals_primorsk", "prise"), 'Closest name: "price"'),
        (("trace", "karachi_2023_september", "offers"), "which row of offers?"),
        (("trace", "karachi_2023_september"), "which number of karachi_2023_september?"),
        (("trace", "REF-0021"), 'Closest name: "REF-021"'),
        (
            ("trace", "karachi_2023_september:urals_half", "offers", "x", "--scenario", "urals_free"),
            "two scenarios are named",
        ),
        (("verify",), "which claim?"),
        (("verify", "BT-99"), 'there is no claim "BT-99"'),
        (("verify", "CAR-001"), "has no calculation"),
        (("verify", "--all", "--register", "karachi_203"), 'Closest name: "karachi_2023"'),
        (("contradictions", "--register", "nowhere_at_all"), "no such folder or case"),
    ],
)
def test_misspelt_names_are_findings(
    arguments: tuple[str, ...], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capsys, *arguments)
    assert (code, out) == (2, "")
    assert fault in err
    assert "Traceback" not in err


def test_trace_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "trace", "karachi_2023_september", "offers", "das_spot", "--json")
    tree = json.loads(out)
    assert code == 0
    assert tree["text"].startswith("offers.csv, row 5: das_spot")
    assert tree["below"][0]["word"] == "assumed"


def test_verify_shows_numbers_readings_and_what_decides(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, "verify", "BT-18")
    assert "Verdict: challenged. It holds only if the price is fob" in out
    assert re.search(r"price fob, discount delivered +alternative +50.14 to 53.67 USD/bbl +agrees", out)
    assert "price and discount on one basis = PRI-045[2] - CAR-019" in out
    assert "What decides (price and discount on one basis): CAR-019" in out


def test_verify_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "verify", "BT-21", "--json")
    (found,) = json.loads(out)
    assert code == 0
    assert (found["claim"], found["verdict"]) == ("BT-21", "refuted")
    assert found["parts"][0]["readings"][0]["numbers"][0]["kind"] == "fact"


def test_ones_own_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write_own(tmp_path))
    code, out, err = ran(capsys, "verify", "--all", "--register", folder)
    assert (code, err) == (0, "")
    assert re.search(r"MY-03 +about 20 d +19 to 21 +reproduced", out)
    assert "1 claim: 1 reproduced" in out
    assert "BT-01" not in out
    code, out, _ = ran(capsys, "trace", "MY-03", "--register", folder)
    assert "calculation, at the stated rate (stated): 19.02 to 21.03 d" in out
    assert code == 0


def test_faults_of_ones_own_register(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = {
        "calculations.csv": "claim,reading,expression\nMY-03,a,MY-02 / MY-01 + MY-01\nMY-3,b,CAR-9999 * 2\n",
        "claims.csv": OWN["claims.csv"].replace("4000,t/d", "4000,USD/barel").replace(",C,letter", ",C,"),
    }
    code, out, err = ran(capsys, "verify", "MY-03", "--register", str(write_own(tmp_path, changes)))
    assert (code, out) == (2, "")
    for words in (
        'claims.csv, row 2, column uom: "barel" is not a unit of measure',
        "claims.csv, row 4, column source: MY-03 names no source",
        'calculations.csv, row 3, column claim: there is no claim "MY-3". Closest name: "MY-03"',
        'calculations.csv, row 3, column expression: there is no claim "CAR-9999"',
    ):
        assert words in err


def test_contradictions_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = "MY-04,1,the first parcel weighed 40000 t,parcel_weight,June 2023 cargo/parcel 1,40000,t,equals,"
    row += "2023-06-11,2024-02,me,reported,C,letter\n"
    folder = write_own(tmp_path, {"claims.csv": OWN["claims.csv"] + row})
    code, out, _ = ran(capsys, "contradictions", "--register", str(folder))
    assert code == 0
    assert re.search(r"new +numbers apart +MY-04, CAR-010", out)
    assert "CON-01" not in out
    assert "hits with your claims" in out


def test_contradictions_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "contradictions", "--json")
    hits = json.loads(out)
    assert code == 0
    assert {hit["known_as"] for hit in hits if hit["listed"]} >= {"CON-05", "CON-07", "CON-19", "CON-21"}


def test_quotations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quoted = OWN["claims.csv"].replace("published,", "published,quotation,").replace("2024-02,", "2024-02,,")
    quoted = quoted.replace("2024-02,,guest", "2024-02,twenty days at most,guest")
    folder = str(write_own(tmp_path / "own", {"claims.csv": quoted}))
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "letter.txt").write_text("It lasts twenty  days\nat most, he said.", encoding="utf-8")
    code, out, _ = ran(capsys, "verify", "--texts", str(texts), "--register", folder)
    assert (code, out) == (0, "1 quotation, all found in the stored texts.\n")
    (texts / "letter.txt").write_text("It lasts thirty days at most.", encoding="utf-8")
    code, out, _ = ran(capsys, "verify", "--texts", str(texts), "--register", folder)
    assert code == 2
    assert "claims.csv, row 4, column quotation: the quotation does not stand in the text of letter" in out


def test_check_of_a_case_looks_at_its_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims = (
        "claim,statement,value,uom,quantity,quotation,period_from,published,status,source\n"
        "OUR-01,a cargo came,3,kn,cargo_weight,as they say,2023-06-11,2023-05,delivered,ours\n"
        "OUR-02,another,3,t,,,,,,\n"
    )
    folder = str(
        write_folder(
            tmp_path / "case", {"claims.csv": claims, "calculations.csv": "claim,expression\nOUR-01,1 +\n"}
        )
    )
    code, out, _ = ran(capsys, "check", folder, "--quick", "--json")
    found = [finding["where"] + ": " + finding["what"] for finding in json.loads(out)["findings"]]
    assert code == 2
    for words in (
        'claims.csv, row 2, column uom: "kn" measures length per time, but cargo_weight is mass',
        "claims.csv, row 2, column published: published 2023-05, yet it reports as delivered",
        "claims.csv, row 3: nobody is named who says so.",
        'calculations.csv, row 2, column expression: "1 +" is not a calculation',
    ):
        assert any(one.startswith(words) for one in found), words
    assert sum("names no source" in one or "nobody is named" in one for one in found) == 1
    (tmp_path / "texts").mkdir()
    _, out, _ = ran(capsys, "check", folder, "--quick", "--json", "--texts", str(tmp_path / "texts"))
    assert any("no stored text of ours" in finding["what"] for finding in json.loads(out)["findings"])
