"""The industrial refinery of Du et al. (arXiv:2503.22057) as a case through the public tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netback.case.checks import check
from netback.io.plant_json.reading import PlantImport, read_plant
from netback.planning.solve import plan
from shared import shared

NAME = "benchmarks/planning/refinery_petrochemical_case1.json"


@pytest.fixture(scope="module", name="found")
def _found() -> PlantImport:
    return read_plant(shared(NAME))


@pytest.fixture(scope="module", name="expected")
def _expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared(NAME).read_text())["expected"]
    return found


def test_the_tables_hold_what_the_file_holds(found: PlantImport) -> None:
    case = found.case
    assert [len(case[name]) for name in ("offers", "sales", "units", "deltas")] == [31, 37, 2 + 20 + 5, 50]
    limits = len(case["specs"]) + len(case["feed_specs"]) + len(case["capacities"]) + len(case["limits"])
    assert limits == 36 + 12 + 21 + 17
    assert [str(f) for f in check(case) if f.severity == "error"] == []


def test_what_the_file_does_not_say_is_assumed_and_told(found: PlantImport) -> None:
    rows = [
        record
        for name in ("stream_properties", "product_properties")
        for record in found.case[name].records
        if record["status"] == "assumed"
    ]
    pairs = {(record.get("stream") or record.get("product"), record["property"]) for record in rows}
    told = [str(remark) for remark in found.remarks if "is assumed, from" in str(remark)]
    assert len(pairs) == len(told)
    assert all(record["low"] <= record["value"] <= record["high"] for record in rows)


def test_kept_apart_the_plant_plans_to_the_published_profit(
    found: PlantImport, expected: dict[str, Any]
) -> None:
    """Mixes may only cost something, and they cost little: within 0.03 % of the best plan known of the file."""
    made = plan(found.case)
    assert made.certificate.word == "proven"
    assert made.certificate.value == pytest.approx(expected["objective"], rel=3e-4)
    block = made.model.problem.block("purchase")
    bought = {key[0]: float(made.x[block.ids[k, 0]]) for k, key in enumerate(block.index.axes[0])}
    published = expected["published_raw_material_flows_kt"]
    assert {name for name, amount in bought.items() if amount > 1e-6} == {
        name for name, amount in published.items() if amount > 1e-6
    }
