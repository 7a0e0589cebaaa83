"""What calculations may ask of a case and of its plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from netback.evidence.values import ExpressionError, MissingError, Quantity, Value, Word, text_of
from netback.io.folder import read_case
from netback.results.answers import CaseProvider, PlanProvider
from tiny_case import TINY, write_folder


def words(**given: str) -> dict[str, Value]:
    return {key: Word.of(value) for key, value in given.items()}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(write_folder(tmp_path / "tiny"))


def test_a_column_of_a_plan_added_up() -> None:
    plan = PlanProvider(read_case)
    answer = plan(
        words(case="karachi_2023_september:only_urals", table="unit_runs", column="mass", unit="cdu")
    )
    assert text_of(answer.fields[""], "t") == "160,200 t"
    assert list(plan.solved) == ["karachi_2023_september:only_urals"]
    diesel = plan(
        words(case="karachi_2023_september:only_urals", table="blends", column="mass", product="hsd")
    )
    assert text_of(diesel.fields[""], "kt") == "50.91 kt"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"case": "karachi_203", "table": "blends", "column": "mass"}, "no such folder"),
        (
            {"case": "karachi_2023_september:only_urls", "table": "blends", "column": "mass"},
            'Closest name: "only_urals"',
        ),
        (
            {"case": "karachi_2023_september", "table": "blend", "column": "mass"},
            'no table "blend". Closest name: "blends"',
        ),
        (
            {"case": "karachi_2023_september", "table": "blends", "column": "mas"},
            'no column "mas". Closest name: "mass"',
        ),
        (
            {"case": "karachi_2023_september", "table": "blends", "column": "mass", "prodct": "hsd"},
            'no column "prodct"',
        ),
        (
            {"case": "karachi_2023_september", "table": "blends", "column": "mass", "product": "hds"},
            'has product "hds". Closest name: "hsd"',
        ),
        ({"case": "karachi_2023_september", "table": "blends"}, "needs the argument column"),
    ],
)
def test_faults(given: dict[str, str], fault: str) -> None:
    with pytest.raises(ExpressionError, match=fault):
        PLAN(words(**given))


PLAN = PlanProvider(read_case)


def test_arguments_are_names() -> None:
    with pytest.raises(ExpressionError, match="takes names in quotes"):
        PLAN({"case": Quantity.of(1, 1), "table": Word.of("blends")})


def test_a_case_without_plan_cannot_tell(tmp_path: Path) -> None:
    impossible = TINY["offers.csv"].replace("spot,crude,,1,0,1000,", "spot,crude,,1,900,1000,")
    capped = TINY["capacities.csv"].replace("5000", "1")
    folder = write_folder(tmp_path, {"offers.csv": impossible, "capacities.csv": capped})
    with pytest.raises(MissingError, match="has no plan"):
        PLAN(words(case=str(folder), table="blends", column="mass"))


def test_a_number_of_a_case_with_its_range(folder: str) -> None:
    case = CaseProvider(read_case)
    found = case(words(case="karachi_2023_september", table="offers", row="das_spot", column="price"))
    assert text_of(found.fields[""], "USD/bbl") == "93.3 to 96.5 USD/bbl"
    maximum = case(words(case=folder, table="offers", row="spot", column="max"))
    assert text_of(maximum.fields[""], "bbl/d") == "1,000 bbl/d"
    with pytest.raises(MissingError, match="blank"):
        case(words(case=folder, table="offers", row="grid", column="max"))
    with pytest.raises(ExpressionError, match="holds no number"):
        case(words(case=folder, table="offers", row="grid", column="stream"))
    with pytest.raises(ExpressionError, match='Closest name: "spot"'):
        case(words(case=folder, table="offers", row="spt", column="max"))
    with pytest.raises(ExpressionError, match='no column "maxx"'):
        case(words(case=folder, table="offers", row="spot", column="maxx"))
    with pytest.raises(ExpressionError, match='no table "ofers"'):
        case(words(case=folder, table="ofers", row="spot", column="max"))
