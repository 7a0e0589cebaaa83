"""The industrial refinery of Du et al. (arXiv:2503.22057): what can be checked without solving it as a case."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared import shared


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        shared("benchmarks/planning/refinery_petrochemical_case1.json").read_text(encoding="utf-8")
    )
    return content


def test_prices_times_published_flows_are_the_published_profit(published: dict[str, Any]) -> None:
    prices = {name: published["data"]["parameters"][name]["values"] for name in ("c_P", "c_M")}
    sold = published["expected"]["published_product_flows_kt"]
    bought = published["expected"]["published_raw_material_flows_kt"]
    assert set(sold) == set(prices["c_P"])
    assert set(bought) == set(prices["c_M"])
    profit = sum(prices["c_P"][name] * flow for name, flow in sold.items())
    profit -= sum(prices["c_M"][name] * flow for name, flow in bought.items())
    assert profit == pytest.approx(published["expected"]["objective"], abs=0.01)


def test_the_inventory_of_the_documents_counts_what_is_there(published: dict[str, Any]) -> None:
    sets = {name: item["elements"] for name, item in published["data"]["sets"].items()}
    numbers = {name: item["values"] for name, item in published["data"]["parameters"].items()}
    counted = {
        name: len(sets[name]) for name in ("S", "U", "Q", "UCDU", "UPF", "UPD", "UMIX", "USPL", "UBLD")
    }
    assert counted == {
        "S": 364, "U": 132, "Q": 170, "UCDU": 2, "UPF": 20, "UPD": 5, "UMIX": 32, "USPL": 61, "UBLD": 12
    }  # fmt: skip
    assert [len(numbers[name]) for name in ("y", "phi", "FQcut", "delta", "alpha", "FQ0")] == [
        625,
        19,
        5550,
        53,
        70,
        546,
    ]
    assert len(sets["C"]) == 27
    assert len(numbers["FQBMax"]) + len(numbers["FQBMin"]) == 36


def test_the_tables_leave_some_properties_undefined(published: dict[str, Any]) -> None:
    sets = {name: item["elements"] for name, item in published["data"]["sets"].items()}
    known = set(sets["FIX"]) | {".".join(entry.split(".")[1:]) for entry in sets["QT"]}
    mixed = {"UCDU", "UMIX", "USPL", "UBLD"}
    unit_of = {unit: kind for kind in (*mixed, "UPF", "UPD") for unit in sets[kind]}
    maker = {stream: unit_of.get(unit) for unit, stream in (entry.split(".") for entry in sets["OU"])}
    undefined = [
        entry for entry in sets["SQ"] if entry not in known and maker.get(entry.split(".")[0]) not in mixed
    ]
    assert len(undefined) == 106
