"""pooling-json/1: what is read, and every fault with its file and field."""

from __future__ import annotations

import copy
import csv
import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

from netback.errors import DataError
from netback.io.pooling_json import pooling_of, read_pooling
from shared import shared

HAVERLY: dict[str, Any] = {
    "format": "pooling-json/1",
    "name": "Haverly1",
    "set": "classic",
    "sense": "min",
    "best_known": {"objective": -400.0, "dual_bound": -400.0, "status": "optimal", "source": "book"},
    "qualities": ["s"],
    "inputs": [
        {"id": "a", "cost": 6, "supply_lb": 0, "supply_ub": 300, "quality": {"s": 3}},
        {"id": "b", "cost": 16, "supply_lb": 0, "quality": {"s": 1}},
        {"id": "c", "cost": 10, "supply_ub": None, "quality": {"s": 2}},
    ],
    "pools": [{"id": "p", "capacity": 300}],
    "outputs": [
        {"id": "x", "price": 9, "demand_lb": 0, "demand_ub": 100, "quality_ub": {"s": 2.5}, "quality_lb": {}},
        {"id": "y", "price": 15, "demand_ub": 200, "quality_ub": {"s": 1.5}, "quality_lb": {"s": 0.5}},
    ],
    "arcs": [
        {"from": "a", "to": "p", "fraction_ub": 0.6},
        {"from": "b", "to": "p"},
        {"from": "c", "to": "x", "cost": 0.5, "lb": 1, "ub": 9},
        {"from": "c", "to": "y"},
        {"from": "p", "to": "x"},
        {"from": "p", "to": "y"},
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The instance with one field, named like ``inputs.0.cost``, set or (with ...) taken away."""
    made = copy.deepcopy(HAVERLY)
    *way, last = path.split(".")
    place: Any = made
    for key in way:
        place = place[int(key)] if key.isdigit() else place[key]
    key = int(last) if last.isdigit() else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return made


def faults(value: Any) -> list[str]:
    with pytest.raises(DataError) as raised:
        pooling_of(value, "f.json")
    return [str(finding) for finding in raised.value.findings]


def test_every_field_is_read() -> None:
    made = pooling_of(HAVERLY)
    assert (made.name, made.group, made.best_known.objective) == ("Haverly1", "classic", -400.0)
    assert made.supply_upper.tolist() == [300.0, math.inf, math.inf]
    assert made.input_quality.tolist() == [[3.0], [1.0], [2.0]]
    assert (made.quality_lower.tolist(), made.quality_upper.tolist()) == (
        [[-math.inf], [0.5]],
        [[2.5], [1.5]],
    )
    assert made.arc_tail.tolist() == [0, 1, 2, 2, 3, 3]
    assert made.arc_head.tolist() == [3, 3, 4, 5, 4, 5]
    assert (made.arc_cost[2], made.arc_lower[2], made.arc_upper[2]) == (0.5, 1.0, 9.0)
    assert made.arc_fraction_upper.tolist() == [0.6, *[math.inf] * 5]


def test_gzip_or_not(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.json", tmp_path / "b.json.gz"
    plain.write_text(json.dumps(HAVERLY))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_pooling(plain).sizes == read_pooling(packed).sizes


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("format", ..., "f.json, format: is not stated; 'pooling-json/1' is read here."),
        ("format", "pooling-json/2", "f.json, format: is 'pooling-json/2', not 'pooling-json/1'."),
        ("sense", "max", "f.json, sense: is 'max'; the format knows only 'min'."),
        ("name", ..., "f.json, name: is missing."),
        ("inputs", {}, "f.json, inputs: is an object where a list is needed."),
        ("pools", ..., "f.json, pools: is missing."),
        ("inputs.0", 7, "f.json, inputs[0]: is a number where an object is needed."),
        ("inputs.0.cost", ..., "f.json, inputs[0].cost: is missing."),
        ("inputs.0.cost", "6", "f.json, inputs[0].cost: is text where a number is needed."),
        ("inputs.0.cost", True, "f.json, inputs[0].cost: is true or false where a number is needed."),
        ("inputs.0.cost", math.nan, "f.json, inputs[0].cost: is nan, not a finite number."),
        ("inputs.0.cost", 10**400, "f.json, inputs[0].cost: is inf, not a finite number."),
        ("inputs.0.supply_ub", math.inf, "f.json, inputs[0].supply_ub: is inf, not a finite number."),
        ("inputs.0.supply_lb", 301, "f.json, inputs[0].supply_lb: is 301.0, above supply_ub 300.0."),
        ("inputs.0.supply_lb", -1, "f.json, inputs[0].supply_lb: is -1.0, below 0."),
        ("inputs.0.quality", ..., "f.json, inputs[0].quality: is missing."),
        ("inputs.0.quality", {}, "f.json, inputs[0].quality.s: is missing."),
        ("inputs.0.quality.sulfur", 1, "f.json, inputs[0].quality.sulfur: is no quality of this instance."),
        ("inputs.1.id", "a", 'f.json, inputs[1].id: "a" is the id of an earlier input.'),
        ("outputs.0.id", "p", 'f.json, outputs[0].id: "p" is the id of an earlier pool.'),
        ("inputs.0.id", 3, "f.json, inputs[0].id: is a number, not a name."),
        ("pools.0.capacity", -1, "f.json, pools[0].capacity: is -1.0, below 0."),
        ("pools.0.capacty", 5, ""),
        ("outputs.1.demand_lb", 201, "f.json, outputs[1].demand_lb: is 201.0, above demand_ub 200.0."),
        ("outputs.1.quality_lb.s", 1.6, "f.json, outputs[1].quality_lb.s: is 1.6, above quality_ub 1.5."),
        ("outputs.1.quality_ub.t", 1.6, "f.json, outputs[1].quality_ub.t: is no quality of this instance."),
        ("qualities", ["s", "s"], 'f.json, qualities[1]: quality "s" stands twice.'),
        ("arcs.1.to", "q", 'f.json, arcs[1].to: there is no node "q".'),
        ("arcs.1.from", ..., "f.json, arcs[1].from: is missing."),
        ("arcs.1.to", "a", 'f.json, arcs[1].to: "a" is an input; no arc can enter an input.'),
        ("arcs.5.from", "x", 'f.json, arcs[5].from: "x" is an output; no arc can leave an output.'),
        ("arcs.5.to", "x", "f.json, arcs[5]: runs from p to x as an earlier arc does."),
        ("arcs.5.to", "p", 'f.json, arcs[5]: runs from "p" to itself.'),
        ("arcs.2.lb", 10, "f.json, arcs[2].lb: is 10.0, above ub 9.0."),
        ("arcs.3.fraction_ub", 0.5, "f.json, arcs[3].fraction_ub: stands on an arc from input to output."),
        ("best_known.objective", "x", "f.json, best_known.objective: is text where a number is needed."),
    ],
)
def test_one_fault(path: str, value: Any, fault: str) -> None:
    made = changed(path, value)
    if not fault:
        assert pooling_of(made).sizes["pools"] == 1
        return
    assert any(found.startswith(fault) for found in faults(made)), faults(made)


def test_a_misspelt_field_is_no_limit_left_out() -> None:
    made = changed("pools.0.capacity", ...)
    made["pools"][0]["capacty"] = 5
    assert faults(made) == ['f.json, pools[0].capacty: is no field here. Closest name: "capacity".']


def test_all_faults_come_together() -> None:
    made = changed("inputs.0.cost", None)
    made["pools"][0]["capacity"] = -3
    made["arcs"].append({"from": "p", "to": "nowhere"})
    assert len(faults(made)) == 3


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.json", b"{", "a.json: is not JSON: "),
        ("a.json", b"\xff\xfe", "a.json: is not UTF-8 text: byte 0"),
        ("a.json", b"[" * 100_000, "a.json: is not JSON that can be read: nested too deeply"),
        ("a.json", b"[]", "a.json: is a list where an object is needed."),
        ("a.json.gz", b"{}", "a.json.gz: is named .gz but is not a gzip file."),
        ("a.json.gz", gzip.compress(b"{}", mtime=0)[:-6], "a.json.gz: is a broken gzip file"),
        (
            "a.json.gz",
            gzip.compress(b"{}", mtime=0)[:12] + b"zzzz" + gzip.compress(b"{}", mtime=0)[16:],
            "a.json.gz: ",
        ),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as raised:
        read_pooling(tmp_path / name)
    assert str(raised.value.findings[0]).startswith(fault)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: no such file"):
        read_pooling(tmp_path / "none.json")


def test_all_shared_instances_have_the_sizes_of_their_index() -> None:
    folder = shared("benchmarks/pooling")
    with open(folder / "index.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 142
    for row in rows:
        made = read_pooling(folder / f"{row['name']}.json")
        assert made.group == row["set"]
        assert {name: str(size) for name, size in made.sizes.items()} == {
            name: row[name] for name in made.sizes
        }
