"""Result tables: tidy, plain Python values, blanks for what is not known, round trips through CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from result_plants import full_plant, two_crudes

import planned
from netback import __version__
from netback.errors import DataError
from netback.evidence.result_names import RESULT_COLUMNS
from netback.planning.solve import plan
from netback.results.export import as_json_text, files, write_folder
from netback.results.solution import Solution, solution_of
from netback.results.table import ResultTable

CASES = ["karachi_2023_september", "pike_refinery", "williams_food_2", "rtl_refinery", "palmer_fawley"]


@pytest.fixture(scope="module", params=CASES)
def solution(request: pytest.FixtureRequest) -> Solution:
    return planned.solution(request.param)


def test_values_are_plain_and_finite(solution: Solution) -> None:
    for table in solution.tables.values():
        for row in table.rows:
            assert len(row) == len(table.columns)
            for value in row:
                assert value is None or type(value) in (str, float, int, bool), (table.name, value)
                assert not isinstance(value, float) or math.isfinite(value), (table.name, row)


def test_a_trace_knows_every_table_and_column(solution: Solution) -> None:
    assert set(solution.tables) <= set(RESULT_COLUMNS)
    assert {name: table.names for name, table in solution.tables.items()} == {
        name: RESULT_COLUMNS[name] for name in solution.tables
    }


def test_csv_reads_back_to_the_same_values(solution: Solution) -> None:
    for table in solution.tables.values():
        read = list(csv.reader(io.StringIO(table.to_csv())))
        uoms = ["" if c.uom in ("", "row") else f" [{c.uom}]" for c in table.columns]
        assert read[0] == [f"{name}{uom}" for name, uom in zip(table.names, uoms, strict=True)]
        assert len(set(table.names)) == len(table.names)
        assert len(read) == len(table) + 1
        for line, row in zip(read[1:], table.rows, strict=True):
            for cell, value in zip(line, row, strict=True):
                assert "np." not in cell
                if value is None:
                    assert cell == ""
                elif isinstance(value, float):
                    assert float(cell) == value
                else:
                    assert cell == str(value)


def test_every_column_with_numbers_tells_its_uom(solution: Solution) -> None:
    """An amount without uom is half a number: the heading has it, or a column of the table."""
    for table in solution.tables.values():
        for place, column in enumerate(table.columns):
            if column.uom == "row":
                assert {"uom", "property"} & set(table.names), (table.name, column.name)
            elif any(isinstance(row[place], float) for row in table.rows):
                assert column.uom or table.name == "economics", (table.name, column.name)


def test_json_is_valid_and_says_what_made_it(solution: Solution) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    found = json.loads(as_json_text(solution), parse_constant=refuse)
    assert found["format"] == "netback-solution/1"
    assert found["facts"]["netback"] == __version__
    for name in ("python", "numpy", "highspy", "solver", "rows", "columns", "nonzeros", "form", "periods"):
        assert found["facts"][name] not in (None, "", []), name
    assert found["certificate"]["word"] == "proven"
    assert found["certificate"]["value"] == pytest.approx(found["economics"]["objective"])
    for name, table in solution.tables.items():
        told = found["tables"][name]
        assert [column["name"] for column in told["columns"]] == list(table.names)
        assert [tuple(row) for row in told["rows"]] == list(table.rows)


def test_balances_of_streams_close(solution: Solution) -> None:
    for row in solution["streams"].records():
        size = max(abs(row[name]) for name in ("bought", "made", "used", "sold", "stock_change"))
        assert abs(row["left_over"]) <= 1e-6 * max(1.0, size), row


def test_purchases_and_sales_agree_with_the_streams(solution: Solution) -> None:
    bought = sum(row["bought"] for row in solution["streams"].records() if row["uom"] == "t")
    told = sum(row["quantity"] for row in solution["purchases"].records() if row["uom"] == "t")
    assert told == pytest.approx(bought)
    sold = sum(row["sold"] for row in solution["streams"].records() if row["uom"] == "t")
    told = sum(row["quantity"] for row in solution["sales"].records() if row["uom"] == "t")
    assert told == pytest.approx(sold)


def test_mass_and_volume_of_a_purchase_agree() -> None:
    for row in planned.solution("karachi_2023_september")["purchases"].where(uom="t").records():
        if row["quantity"]:
            density = row["mass"] / (row["volume"] * 0.158987294928)
            assert 0.75 < density < 0.95
            assert row["cost"] == pytest.approx(row["delivered_price"] * row["volume"])


def test_what_is_not_known_is_blank_and_not_zero() -> None:
    bare = solution_of(plan(two_crudes()))
    assert all(row["mass"] is None for row in bare["purchases"].records() if row["quantity"])
    for row in bare["sales"].records():
        assert row["mass"] is None
    assert all(row["min"] is None for row in bare["limits"].records())
    heading, first = bare["unit_runs"].to_csv().splitlines()[:2]
    assert dict(zip(heading.split(","), first.split(","), strict=True))["mass [t]"] == ""


def test_shares_of_blends_add_up_to_a_hundred() -> None:
    found = solution_of(plan(full_plant()))
    for period in ("P1", "P2"):
        rows = found["blends"].where(product="diesel", period=period).records()
        assert sum(row["mass_share"] for row in rows) == pytest.approx(100.0)
        assert sum(row["volume_share"] for row in rows) == pytest.approx(100.0)


def test_yields_of_a_unit_add_up_to_a_hundred_with_its_loss() -> None:
    rows = solution_of(plan(full_plant()))["unit_products"].where(unit="cdu", period="P1").records()
    assert sum(row["yield"] for row in rows if row["yield"] is not None) == pytest.approx(100.0)
    assert next(row for row in rows if row["stream"] == "power")["yield"] is None


def test_numpy_scalars_become_numbers() -> None:
    table = ResultTable.of(
        "t", "T", [("a", "t", ""), ("b", "", "")], [(np.float64(1.5), np.bool_(True)), (None, "x")]
    )
    assert table.rows == ((1.5, True), (None, "x"))
    assert type(table.rows[0][0]) is float
    assert table.to_csv() == "a [t],b\n1.5,True\n,x\n"


def test_cells_with_commas_and_quotes_survive() -> None:
    table = ResultTable.of("t", "T", [("a", "", "")], [('x, "y"\nz',)])
    assert list(csv.reader(io.StringIO(table.to_csv())))[1] == ['x, "y"\nz']


def test_where_and_one() -> None:
    table = ResultTable.of("t", "T", [("a", "", ""), ("b", "", "")], [(1, 2), (1, 3)])
    assert table.one(b=3) == {"a": 1, "b": 3}
    assert table.column("b") == [2, 3]
    with pytest.raises(KeyError, match="2 rows of t"):
        table.one(a=1)
    with pytest.raises(KeyError, match="0 rows of t"):
        table.one(a=9)


def test_a_data_frame_has_the_same_numbers() -> None:
    table = solution_of(plan(two_crudes()))["purchases"]
    frame = table.to_pandas()
    assert list(frame.columns) == list(table.names)
    assert frame["quantity"].tolist() == table.column("quantity")


def test_a_plan_without_a_point_cannot_be_read() -> None:
    case = two_crudes(capacities=[{"unit": "cdu", "min": 100, "max": 100}], price_a=50.0)
    stuck = case.with_table("offers", [r.with_(max=1.0) for r in case["offers"].records])
    with pytest.raises(ValueError, match="there is nothing to read"):
        solution_of(plan(stuck))


def test_files_hold_every_table_that_has_rows() -> None:
    found = solution_of(plan(full_plant()))
    contents = files(found)
    assert set(contents) == {"solution.json", *(f"{name}.csv" for name in found.tables if len(found[name]))}
    assert json.loads(contents["solution.json"])["case"] == "full_plant"


def test_a_new_folder_appears_whole(tmp_path: Path) -> None:
    write_folder(tmp_path / "deep" / "out", {"a.csv": "x\n", "b.png": b"\x00"})
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["out"]
    assert (tmp_path / "deep" / "out" / "b.png").read_bytes() == b"\x00"
    assert (tmp_path / "deep" / "out").stat().st_mode & 0o555 == 0o555


def test_an_empty_folder_is_filled_and_a_full_one_added_to(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", {"a.csv": "x\n"})
    write_folder(tmp_path / "out", {"b.csv": "y\n"})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.csv", "b.csv"]


def test_a_folder_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        write_folder(tmp_path / "file" / "out", {"a.csv": "x"})
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    with pytest.raises(DataError, match="cannot be written"):
        write_folder(tmp_path / "new", {"no/such.csv": "x"})
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
