"""The shipped register against the corridor register: nothing lost, nothing invented, verdicts and yardstick held."""

from __future__ import annotations

import csv
import re
import runpy
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pytest

from netback.case.table import Table
from netback.evidence.contradictions import find, listed
from netback.evidence.intervals import Interval
from netback.evidence.register import Register, names_listed, split_name
from netback.evidence.units import parse_unit
from netback.evidence.values import Quantity
from netback.evidence.verdicts import Verdict, overall, verify
from netback.io.folder import read_case
from netback.io.register import SHIPPED, read_register, shipped_tables
from netback.results.answers import CaseProvider, PlanProvider
from shared import REPOSITORY, shared

CORRIDOR = "data/corridor"
FACT_FILES = ("cargoes", "refineries", "ports", "prices", "cooperation", "regimes")
TOOL = runpy.run_path(str(REPOSITORY / "tools" / "build_evidence.py"))
#: Uom of the tolerances of backtest.csv in ours.
UOM = {
    "days": "d",
    "% of crude": "%",
    "% relative or points": "%",
    "$/bbl": "USD/bbl",
    "PKR/litre": "PKR/l",
    "% of crude price": "%",
    "t": "t",
    "t cargo": "t",
    "b/d": "bbl/d",
    "kn": "kn",
    "USD": "USD",
    "ratio": "",
    "%": "%",
    "% diesel on feed": "%",
}


def rows(name: str) -> list[dict[str, str]]:
    with shared(f"{CORRIDOR}/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def register() -> Register:
    return read_register()


@lru_cache(maxsize=1)
def verdicts() -> Mapping[str, tuple[Verdict, ...]]:
    made = (PlanProvider(read_case), CaseProvider(read_case))
    providers = {one.name: one for one in made}
    return {name: verify(register(), name, providers) for name in register().calculations}


def test_the_shipped_files_are_what_the_tool_makes() -> None:
    made = TOOL["build"](shared(CORRIDOR))
    for name, text in made.items():
        assert (SHIPPED / name).read_text("utf-8") == text, "run: python tools/build_evidence.py"


@pytest.mark.parametrize("name", FACT_FILES)
def test_every_fact_is_there_with_its_address(name: str) -> None:
    for row in rows(name):
        parts = register().parts[row["id"]]
        source = register().sources[parts[0]["source"]]
        assert source["url"] == (row["url"] or None)
        assert parts[0]["confidence"] == row["confidence"]
        assert parts[0]["said_by"] == (row["attributed_to"] or None)


def test_every_number_of_a_fact_is_a_part() -> None:
    for name in FACT_FILES:
        for row in rows(name):
            numbers = TOOL["numbers"](row["value"])
            factor = TOOL["uom_of"](row["unit"])[1]
            kept = [one["value"] for one in register().parts[row["id"]] if one["value"] is not None]
            word = register().parts[row["id"]][0]["word"]
            emptied = row["id"] in ("COO-011", "COO-016", "COO-023", "COO-040", "COO-060", "REF-018")
            if numbers and not emptied and row["id"] != "PRI-008" and word is None:
                assert {number * factor for number in numbers} <= {round(value, 6) for value in kept}, row[
                    "id"
                ]


def test_there_are_as_many_facts_as_the_register_says() -> None:
    facts = [row["id"] for name in FACT_FILES for row in rows(name)]
    assert len(facts) == len(set(facts)) >= 221
    assert set(facts) <= set(register().parts)
    assert len(rows("price_monthly")) + len(rows("pakistan_price_points")) == sum(
        map(len, register().series.values())
    )


def test_no_text_of_an_article_is_shipped() -> None:
    assert not [one for one in register().claims.values() if one["quotation"]]


def test_all_thirty_claims_are_bound_and_answered() -> None:
    assert list(verdicts()) == [row["id"] for row in rows("backtest")]


@pytest.mark.parametrize("number", range(30))
def test_the_verdict_is_the_expected_outcome(number: int) -> None:
    row = rows("backtest")[number]
    word, expected = overall(verdicts()[row["id"]]), row["expected_outcome"]
    known = {"reproduce": "reproduced", "challenge": "challenged", "refute": "refuted", "infer": "inferred"}
    if expected.startswith("reproduce only"):
        assert word == "challenged", "as stated it does not hold"
    elif " or " in expected:
        assert word in {known[one] for one in expected.split(" or ")}
    else:
        assert word == known[expected.split()[0]], expected


@pytest.mark.parametrize("number", range(30))
def test_our_numbers_lie_within_the_tolerance_of_an_honest_calculation(number: int) -> None:
    row = rows("backtest")[number]
    if not row["accept_low"] or row["unit"] not in UOM:
        pytest.skip("the corridor register gives no tolerance in this uom")
    wanted = Interval(float(row["accept_low"]), float(row["accept_high"]))
    uom = UOM[row["unit"]]
    found = [one.result for one in verdicts()[row["id"]][0].readings if isinstance(one.result, Quantity)]
    ranges = [one.within(uom) for one in found if one.dimensions == parse_unit(uom).dimensions]
    assert any(one.meets(wanted) for one in ranges), row["worked_check"]


def test_what_the_corridor_asks_to_be_told() -> None:
    assert "points over the national diet" not in verdicts()["BT-04"][0].agreeing
    assert "Black Sea" not in verdicts()["BT-15"][0].agreeing
    assert "spread over the litres of the cargo" not in verdicts()["BT-08"][0].agreeing
    assert verdicts()["BT-09"][0].agreeing == {"price per tonne of each"}
    assert verdicts()["BT-16"][0].answer == rows("backtest")[15]["number"]
    assert [one.answer for one in verdicts()["BT-28"]] == rows("backtest")[27]["number"].split(" / ")
    told = "".join(one.answer[0] for one in verdicts()["BT-30"])
    assert told == re.sub(r"[^yn]", "", rows("backtest")[29]["number"])


#: Claim, fact, its part, another value of it, and the verdict that follows; all without a plan.
CHANGES = [
    ("BT-01", "REF-010", 1, 30.0, "reproduced"),
    ("BT-06", "PRI-040", 1, 60.0, "reproduced"),
    ("BT-07", "CAR-024", 1, 20.0, "reproduced"),
    ("BT-11", "CAR-013", 1, 48000.0, "challenged"),
    ("BT-12", "COO-030", 2, 5.0, "challenged"),
    ("BT-13", "CAR-049", 2, 14.6, "challenged"),
    ("BT-14", "REF-010", 1, 70.0, "reproduced"),
    ("BT-15", "DIS-001", 1, 2000.0, "challenged"),
    ("BT-17", "DIS-020", 1, 4500.0, "challenged"),
    ("BT-18", "PRI-045", 2, 68.0, "reproduced"),
    ("BT-20", "REF-040", 2, 69500.0, "reproduced"),
    ("BT-21", "REF-046", 2, 0.096, "cannot tell"),
    ("BT-23", "REF-036", 3, 9000.0, "challenged"),
    ("BT-24", "REF-030", 1, 90000.0, "reproduced"),
    ("BT-25", "REF-004", 1, 50000.0, "challenged"),
    ("BT-26", "PRI-020", 1, None, "cannot tell"),
    ("BT-28", "PRI-044", 1, 65.0, "refuted"),
]


def changed(name: str, part: int, value: float | None) -> Register:
    """The shipped register with one fact of another value, or of none."""
    tables = dict(shipped_tables())
    claims = [
        record.with_(value=value, low=None, high=None)
        if (record["claim"], record["part"]) == (name, part)
        else record
        for record in tables["claims"].records
    ]
    tables["claims"] = Table(tables["claims"].schema, tuple(claims))
    return Register.of(tables)


@pytest.mark.parametrize(("claim", "fact", "part", "value", "word"), CHANGES)
def test_another_fact_another_verdict(
    claim: str, fact: str, part: int, value: float | None, word: str
) -> None:
    assert overall(verify(changed(fact, part, value), claim)) == word


def test_a_reading_that_no_longer_agrees_is_told() -> None:
    (found,) = verify(changed("CAR-024", 1, 20.0), "BT-07")
    assert found.agreeing == {"our gap less lightering"}
    assert "Not so by: reported figures." in found.why


def test_another_distance_infers_another_basin() -> None:
    tables = dict(shipped_tables())
    swapped = {"DIS-018": 1267.0, "DIS-019": 4630.0}
    claims = [
        record.with_(value=swapped[record["claim"]], low=None, high=None)
        if record["claim"] in swapped
        else record
        for record in tables["claims"].records
    ]
    tables["claims"] = Table(tables["claims"].schema, tuple(claims))
    assert verify(Register.of(tables), "BT-16")[0].answer == "Black Sea"


def test_the_yardstick_of_contradictions() -> None:
    hits = find(register())
    known = {record["contradiction"] for record in listed(register())}
    found = {hit.judged["contradiction"] for hit in hits if hit.judged and hit.judged["listed"]}
    assert len(known) == 25
    assert known - found == {"CON-25"}, "an inference from a ship's name, which no report states"
    assert all(hit.judged for hit in hits), "every other hit is judged in tools/evidence/judgements.csv"


def test_no_rule_knows_a_claim_by_name() -> None:
    text = "".join(path.read_text("utf-8") for path in (REPOSITORY / "src/netback/evidence").glob("[!_]*.py"))
    code = re.sub(r'""".*?"""', "", text, flags=re.S)
    assert not re.findall(r"\b(?:BT|CON|HIT)-\d+", code)


def test_judged_contradictions_name_claims_that_are_there() -> None:
    for record in register().contradictions:
        assert all(split_name(name)[0] in register().parts for name in names_listed([record["claims"]]))


def test_the_tool_reads_any_corridor_folder(tmp_path: Path) -> None:
    folder = tmp_path / "corridor"
    folder.mkdir()
    for path in shared(CORRIDOR).glob("*.csv"):
        (folder / path.name).write_text(path.read_text("utf-8"), encoding="utf-8")
    with (folder / "cargoes.csv").open("a", encoding="utf-8") as file:
        file.write(
            "CAR-900,count,A fourth cargo,10 / 12,,,cargoes,2024-02,2024-03-01,somebody,Paper,https://example.org,reported,C,\n"
        )
    made = list(csv.DictReader(TOOL["build"](folder)["claims.csv"].splitlines()))
    parts = [row for row in made if row["claim"] == "CAR-900"]
    assert [(row["part"], row["value"], row["uom"], row["period_to"]) for row in parts] == [
        ("1", "10", "each", "2024-02-29"),
        ("2", "12", "each", "2024-02-29"),
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2023", ("2023-01-01", "2023-12-31")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("FY2019-20", ("2019-07-01", "2020-06-30")),
        ("2023-06-20/2023-06-27", ("2023-06-20", "2023-06-27")),
        ("after 2023-08-14", ("2023-08-14", "")),
        ("2029+", ("2029-01-01", "")),
        ("", ("", "")),
    ],
)
def test_periods(text: str, days: tuple[str, str]) -> None:
    assert TOOL["period"](text) == days


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("million USD/voyage", ("USD", 1e6, "")),
        ("$/bbl below benchmark", ("USD/bbl", 1.0, "below benchmark")),
        ("% of crude", ("%", 1.0, "of crude")),
        ("million bbl/yr", ("Mbbl/yr", 1.0, "")),
        ("b/d", ("bbl/d", 1.0, "")),
        ("cargoes", ("each", 1.0, "")),
        ("t cargo limit", ("t", 1.0, "cargo limit")),
    ],
)
def test_units(unit: str, told: tuple[str, float, str]) -> None:
    assert TOOL["uom_of"](unit) == told
    assert parse_unit(told[0])


def test_a_loose_look_at_the_facts_before_structuring() -> None:
    """The figures of docs/evidence.md."""
    sources = TOOL["Sources"]()
    made = [
        row
        for row in TOOL["fact_rows"](shared(CORRIDOR), sources)
        if not row["claim"].startswith(("BT-", "DIS-"))
    ]
    tables = {"claims": Table.of("claims", made), "contradictions": shipped_tables()["contradictions"]}
    plain = Register.of(tables)
    hits = find(plain, loose=True)
    pairs = {record["contradiction"]: set(names_listed([record["claims"]])) for record in listed(plain)}
    found = {name for name, ids in pairs.items() for hit in hits if hit.ids <= ids}
    assert (len(found), len(hits)) == (6, 33)
    assert "finds 6 of the 25 listed pairs and 33 hits" in (REPOSITORY / "docs" / "evidence.md").read_text(
        "utf-8"
    )
    assert not find(plain), "without --loose nothing is held together"
