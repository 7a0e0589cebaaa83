"""Faults of a plant file: each names the file and the field, all of them come together, and nothing is written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from netback.errors import DataError
from netback.io.plant_json.reading import read_plant
from plant_file import changed, grown, imported, plant_file
from tiny import findings

FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a stream that no set knows": (
        {"IU": grown("IU", "H.x9")},
        'data.sets.IU.elements[9]: "x9" is not in the set S. Closest name: "x".',
    ),
    "a unit that no set knows": (
        {"c_P": {"n": 600, "q": 3}},
        'data.parameters.c_P.values.q: "q" is not in the set S.',
    ),
    "a key with too few parts": (
        {"y": {"D.m0.n": 0.2}},
        'data.parameters.y.values.D.m0.n: "D.m0.n" is not 4 names joined by dots.',
    ),
    "a key with a blank part": ({"SC": ["D..n.w"]}, 'data.sets.SC.elements[0]: "D..n.w" is not 4 names'),
    "an element that is no text": ({"S_P": ["n", 7]}, "data.sets.S_P.elements[1]: is 7, not a name."),
    "text in a number": (
        {"c_M": {"a": "x"}},
        "data.parameters.c_M.values.a: is text where a number is needed.",
    ),
    "a number without end": (
        {"c_M": {"a": float("nan")}},
        "data.parameters.c_M.values.a: is nan, not a finite",
    ),
    "crossed flows": (
        {"FVMin": {"a.1": 90}},
        "data.parameters.FVMin.values.a.1: is 90.0, above FVMax 80.0. Lower must not exceed upper.",
    ),
    "crossed qualities": (
        {"FQBMin": {"B.Q0": 0.3}},
        "data.parameters.FQBMin.values.B.Q0: is 0.3, above FQBMax 0.25.",
    ),
    "a stream made twice": (
        {"OU": grown("OU", "H.g")},
        'data.sets.OU.elements, H.g: "g" is made by D and H; a stream has one at each end.',
    ),
    "a stream used twice": (
        {"IU": grown("IU", "H.x2")},
        'data.sets.IU.elements, H.x2: "x2" is used by B and H;',
    ),
    "a raw material that is made": (
        {"S_M": grown("S_M", "g"), "c_M": changed("c_M", g=1)},
        'data.sets.S_M.elements, g: raw material "g" is made by D as well.',
    ),
    "a splitter of two streams": (
        {"IU": grown("IU", "S.r")},
        "data.sets.IU: splitter S has 2 streams in and 2 out.",
    ),
    "a mixer with two products": (
        {"OM": grown("OM", "X.m1.r")},
        "data.sets.OU: X mixes 2 streams into 2. Each of its batches needs one stream out, and one or more in.",
    ),
    "a unit of no kind": (
        {"U": grown("U", "V")},
        'data.sets.U: unit "V" is in no set that says what it does.',
    ),
    "a unit without batch": (
        {"U": grown("U", "V"), "UPF": ["V"]},
        "data.sets.IM: unit V has no batch.",
    ),
    "a batch that makes nothing": (
        {"IM": grown("IM", "H.m9.x1")},
        "data.sets.IM.elements, H.m9.x1: batch m9 of H makes nothing. Add its other side to IM or OM.",
    ),
    "a feed of which nothing is taken": (
        {"gamma": changed("gamma", H__m2__x1=0, H__m2__h=None)},
        "data.sets.IM.elements, H.m2.x1: batch m2 of H takes nothing of x1. State its gamma.",
    ),
    "a yield that is missing": (
        {"gamma": changed("gamma", H__m2__d=None)},
        "data.sets.OM.elements, H.m2.d: there is no gamma of d in m2. State it in gamma.",
    ),
    "a delta without base": (
        {"B": {}},
        "data.parameters.delta.values, H.m2.d.Q0: B or Del of Q0 in m2 is missing or 0. State both.",
    ),
    "a passing without factor": ({"alpha": {}}, "data.sets.QT.elements, x1.d.Q0: there is no factor."),
    "a quality passed on twice": (
        {"QT": ["x1.d.Q0", "g.d.Q0"], "alpha": {"x1.d.Q0": 0.1, "g.d.Q0": 0.1}},
        "data.sets.QT.elements, g.d.Q0: Q0 of d is passed on from x1 as well.",
    ),
    "a capacity that counts both ways": (
        {"CAPOUT": ["c0", "c1"]},
        "data.sets.C.elements, c0: the capacity is in both CAPIN and CAPOUT. Name it in one of them.",
    ),
    "a quality of which no value is known": (
        {"Q": grown("Q", "Q5"), "Qw": ["Q0", "Q5"], "FQBMax": {"B.Q0": 0.25, "B.Q5": 3}},
        "data.sets.SQ.elements, d.Q5: a limit needs Q5 of d, and the file states no value of Q5 at all. "
        "State it in FQ0, as d.Q5.",
    ),
    "a stream that flows round": (
        {
            "S": grown("S", "o"),
            "U": grown("U", "R"),
            "USPL": grown("USPL", "R"),
            "IU": grown("IU", "R.o"),
            "OU": grown("OU", "R.o"),
        },
        'data.sets.OU: "o" flows round without passing a unit. Let it come from somewhere.',
    ),
    "a name that is none in a case": (
        {
            "S": grown("S", "#k"),
            "S_M": grown("S_M", "#k"),
            "IU": grown("IU", "X.#k"),
            "IM": grown("IM", "X.m1.#k"),
            "c_M": changed("c_M", **{"#k": 1}),
            "FQ0": changed("FQ0", **{"#k__Q0": 0.3, "#k__Q1": 0.9}),
        },
        "plant.json, as ",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_name_their_field(tmp_path: Path, name: str) -> None:
    changes, words = FAULTS[name]
    with pytest.raises(DataError) as caught:
        imported(tmp_path, **changes)
    assert words in findings(caught.value)
    assert findings(caught.value).startswith("plant.json")


def test_all_faults_come_together(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        imported(tmp_path, c_M={"a": "x", "q": 1}, S_P=["n", 7], y={"D.m0": 1})
    assert len(caught.value.findings) == 4


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("units", "kt", "plant.json, units: is 'kt'. Write, for example, \"kt per period; CNY\"."),
        ("sense", "min", "plant.json, sense: is 'min', not \"max\". A plant is planned for its margin."),
        ("format", "other/1", "plant.json, format: is 'other/1', not 'netback-benchmark/1'."),
    ],
)
def test_the_head_of_the_file(tmp_path: Path, key: str, value: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        imported(tmp_path, plant_file() | {key: value})
    assert words in findings(caught.value)


def test_sets_that_must_be_there(tmp_path: Path) -> None:
    value = plant_file()
    del value["data"]["sets"]["OU"]
    value["data"]["sets"]["IU"] = ["D.a"]
    value["data"]["parameters"]["y"] = {"values": [1]}
    with pytest.raises(DataError) as caught:
        imported(tmp_path, value)
    told = findings(caught.value)
    assert "data.sets.OU: is missing." in told
    assert "data.sets.IU: is a list where an object is needed." in told
    assert "data.parameters.y.values: is a list where an object is needed." in told


@pytest.mark.parametrize(
    "value", [[], {"format": "netback-benchmark/1", "data": {"sources": {}}}, {"data": []}]
)
def test_other_files_are_told_so(tmp_path: Path, value: Any) -> None:
    with pytest.raises(DataError, match="holds no plant"):
        imported(tmp_path, value)


def test_no_file_and_no_days(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: no such file"):
        read_plant(tmp_path / "none.json")
    imported(tmp_path)
    with pytest.raises(DataError, match="option --days: 0 days are no period"):
        read_plant(tmp_path / "plant.json", days=0.0)


def test_gzipped(tmp_path: Path) -> None:
    path = tmp_path / "plant.json.gz"
    path.write_bytes(gzip.compress(json.dumps(plant_file()).encode()))
    found = read_plant(path, days=30.0)
    assert found.case.name == "plant"
    assert found.case.horizon.days.tolist() == [30.0]
