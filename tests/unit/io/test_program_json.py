"""program-json/1: what is read, and every fault with its file and field."""

from __future__ import annotations

import copy
import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netback.errors import DataError
from netback.io.program_json import program_of, read_program
from shared import shared

SMALL: dict[str, Any] = {
    "format": "program-json/1",
    "name": "small",
    "sense": "max",
    "objective": {"x": 2.0},
    "variables": [
        {"name": "x", "lower": 0.0, "upper": None, "integer": False},
        {"name": "y", "lower": None, "upper": 4, "integer": True},
    ],
    "rows": [
        {"name": "e1", "relation": "=", "rhs": 1.0, "linear": {"x": 1.0}, "products": [["x", "y", 2.0]]},
        {"name": "e2", "relation": "<=", "rhs": 3.0, "linear": {"x": 1.0, "y": -1.0}, "products": []},
        {"name": "e3", "relation": ">=", "rhs": -3.0, "linear": {"y": 1.0}},
    ],
    "published_start": {"x": 0.5},
}


def with_(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(SMALL), **changes}


def row(**changes: Any) -> dict[str, Any]:
    return with_(rows=[{**SMALL["rows"][0], **changes}])


def test_every_field_is_read() -> None:
    found = program_of(SMALL)
    problem = found.problem
    assert (problem.name, problem.sense, problem.shape, len(problem.products)) == ("small", "max", (3, 2), 1)
    assert problem.column_lower.tolist() == [0.0, -math.inf]
    assert problem.column_upper.tolist() == [math.inf, 4.0]
    assert problem.integer.tolist() == [False, True]
    assert problem.row_lower.tolist() == [1.0, -math.inf, -3.0]
    assert problem.row_upper.tolist() == [1.0, 3.0, math.inf]
    assert problem.matrix.toarray().tolist() == [[1.0, 0.0], [1.0, -1.0], [0.0, 1.0]]
    assert problem.objective.tolist() == [2.0, 0.0]
    assert (problem.column_label(1), problem.row_label(0)) == ("x[y]", "rows[e1]")
    assert found.start is not None
    assert np.isnan(found.start).tolist() == [False, True]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (with_(format="program-json/2"), "f.json, format: is 'program-json/2', not 'program-json/1'."),
        (with_(sense="best"), 'f.json, sense: is \'best\', neither "min" nor "max".'),
        (with_(objective={"z": 1}), "f.json, objective.z: there is no variable 'z'."),
        (with_(objective={"x": math.nan}), "f.json, objective.x: is nan, not a finite number."),
        (with_(objective=[1]), "f.json, objective: is a list where an object is needed."),
        (with_(variables=None), "f.json, variables: is missing."),
        (with_(variables=[{"name": "x"}, {"name": "x"}, {"name": "y"}]), 'f.json, variables[1].name: "x" is'),
        (
            with_(variables=[{"name": "x", "lower": 2, "upper": 1}, {"name": "y"}]),
            "f.json, variables[0].lower: is 2.0, above upper 1.0.",
        ),
        (
            with_(variables=[{"name": "x", "integer": 1}, {"name": "y"}]),
            "f.json, variables[0].integer: is neither true nor false.",
        ),
        (row(relation="=="), "f.json, rows[0].relation: is '==', none of =, <=, >=."),
        (row(rhs=None), "f.json, rows[0].rhs: is missing."),
        (row(rhs="1"), "f.json, rows[0].rhs: is text where a number is needed."),
        (row(linear={"q": 1.0}), "f.json, rows[0].linear.q: there is no variable 'q'."),
        (
            row(products=[["x", "y"]]),
            "f.json, rows[0].products[0]: is not a list of two variables and a coefficient.",
        ),
        (row(products=[["x", "q", 1.0]]), "f.json, rows[0].products[0]: there is no variable 'q'."),
        (row(products=[["x", 3, 1.0]]), "f.json, rows[0].products[0]: there is no variable 3."),
        (row(products=[["x", "y", None]]), "f.json, rows[0].products[0]: is null where a number is needed."),
        (with_(rows=[SMALL["rows"][0]] * 2), 'f.json, rows[1].name: "e1" is the name of an earlier row.'),
        (with_(published_start={"z": 1.0}), "f.json, published_start.z: there is no variable 'z'."),
    ],
)
def test_faults(value: Any, fault: str) -> None:
    with pytest.raises(DataError) as raised:
        program_of(value, "f.json")
    assert any(str(finding).startswith(fault) for finding in raised.value.findings), raised.value.findings


def test_faults_come_together() -> None:
    with pytest.raises(DataError) as raised:
        program_of(with_(sense="best", objective={"z": 1}, published_start={"w": 1}), "f.json")
    assert len(raised.value.findings) == 3


def test_gzip_or_not(tmp_path: Path) -> None:
    packed = tmp_path / "b.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(SMALL).encode()))
    assert read_program(packed).problem.shape == (3, 2)


def test_the_shared_refinery_has_its_published_size() -> None:
    found = read_program(shared("benchmarks/program/refinery_petrochemical_case1.json.gz"))
    assert found.problem.shape == (3428, 3573)
    assert found.problem.sense == "max"
    assert not found.problem.is_integer
    assert found.start is not None
    assert int(np.isfinite(found.start).sum()) == 711
