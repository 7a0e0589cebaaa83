"""The numbers in the case tables are those of the shared benchmark files, so that a slip of typing is caught."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from literature.published import PUBLISHED, cell, cells, rows
from netback.case.case import Case
from netback.case.checks import check
from netback.io.folder import read_case
from netback.planning.solve import plan
from shared import shared

Benchmark = dict[str, Any]
NAMES = ("williams_refinery", "williams_food_1", "pike_refinery", "rtl_refinery")
CASES = tuple(dict.fromkeys(published.case for published in PUBLISHED))


@pytest.fixture
def benchmark_of() -> Callable[[str], Benchmark]:
    def load(name: str) -> Benchmark:
        content: Benchmark = json.loads(shared(f"benchmarks/planning/{name}.json").read_text())
        return content

    return load


@pytest.mark.parametrize("name", NAMES)
def test_optimum_is_that_of_the_benchmark_file(name: str, benchmark_of: Callable[[str], Benchmark]) -> None:
    expected = benchmark_of(name)["expected"]
    found = plan(read_case(name))
    assert found.certificate.word == "proven"
    assert found.certificate.value == pytest.approx(expected["objective"], abs=expected["tolerance"], rel=0.0)


@pytest.mark.parametrize(
    ("scenario", "key"),
    [("octane_83", "variant_regular_octane_83"), ("cracker_down", "variant_83_day_without_cracker")],
)
def test_pike_variants(scenario: str, key: str, benchmark_of: Callable[[str], Benchmark]) -> None:
    expected = benchmark_of("pike_refinery")["expected"]
    found = plan(read_case("pike_refinery", scenario))
    assert found.certificate.value == pytest.approx(expected[key], abs=expected["tolerance"], rel=0.0)


class TestWilliamsRefinery:
    @pytest.fixture
    def data(self, benchmark_of: Callable[[str], Benchmark]) -> Benchmark:
        found: Benchmark = benchmark_of("williams_refinery")["data"]
        return found

    @pytest.fixture
    def case(self) -> Case:
        return read_case("williams_refinery")

    def test_crudes_and_distillation(self, case: Case, data: Benchmark) -> None:
        for crude, limit in data["crudes"].items():
            assert cell(case, "offers", "max", offer=crude) == limit["max"]
        for crude, cuts in data["distillation_yield"].items():
            assert yields(case, "distillation", crude) == cuts

    def test_reformer_and_cracker(self, case: Case, data: Benchmark) -> None:
        for feed, reformate in data["reformer_yield_of_reformate"].items():
            assert yields(case, "reformer", feed) == {"reformate": reformate}
        for feed, products in data["cracker_yield"].items():
            assert yields(case, "cracker", feed) == products
        assert yields(case, "lube_plant", "residuum") == {"lube": data["lube_yield_from_residuum"]}

    def test_capacities(self, case: Case, data: Benchmark) -> None:
        stated = data["capacities"]
        assert cell(case, "capacities", "max", unit="distillation") == stated["distillation_total_crude"]
        assert cell(case, "capacities", "max", unit="reformer") == stated["reformer_feed"]
        assert cell(case, "capacities", "max", unit="cracker") == stated["cracker_feed"]

    def test_petrol(self, case: Case, data: Benchmark) -> None:
        assert properties(case, "octane") == data["octane"]
        for petrol, octane in data["petrol_octane_min"].items():
            assert cell(case, "specs", "min", product=petrol, property="octane") == octane
            assert cells(case, "blends", "component", product=petrol) == data["petrol_components"]
        assert cells(case, "limit_terms", "coefficient") == [1, -data["premium_at_least_fraction_of_regular"]]

    def test_jet_and_fuel_oil(self, case: Case, data: Benchmark) -> None:
        pressure = "vapour_pressure_kg_per_cm2"
        assert properties(case, pressure) == data["jet"]["components"]
        assert cell(case, "specs", "max", product="jet") == data["jet"]["vapour_pressure_max"]
        parts = {r["component"]: r["parts"] for r in rows(case, "blends", product="fuel_oil")}
        assert parts == data["fuel_oil_fixed_parts"]

    def test_profits(self, case: Case, data: Benchmark) -> None:
        assert {r["sale"]: r["price"] for r in case["sales"].records} == data["unit_profit"]
        assert cell(case, "sales", "min", sale="lube") == data["lube_min"]
        assert cell(case, "sales", "max", sale="lube") == data["lube_max"]


class TestWilliamsFood:
    @pytest.fixture
    def data(self, benchmark_of: Callable[[str], Benchmark]) -> Benchmark:
        found: Benchmark = benchmark_of("williams_food_1")["data"]
        return found

    @pytest.mark.parametrize("name", ["williams_food_1", "williams_food_2"])
    def test_numbers(self, name: str, data: Benchmark) -> None:
        case = read_case(name)
        months = case.horizon.names
        prices = [[cell(case, "offers", "price", offer=o, period=m) for o in data["oils"]] for m in months]
        assert prices == data["prices_per_ton"]
        assert len(months) == data["months"]
        assert list(properties(case, "hardness").values()) == data["hardness"]
        assert cells(case, "specs", "min") == [data["hardness_min"]]
        assert cells(case, "specs", "max") == [data["hardness_max"]]
        assert cells(case, "sales", "price") == [data["revenue_per_ton"]]
        assert cells(case, "capacities", "max") == [data["refine_max_veg"], data["refine_max_nonveg"]]
        for oil in data["oils"]:
            tank = rows(case, "inventories", stream=oil)[0]
            assert tank["max"] == data["store_max_each"]
            assert tank["holding_cost"] == data["storage_cost_per_ton_month"]
            assert tank["closing_min"] == tank["closing_max"] == data["final_store_each"]
            assert cell(case, "opening_stocks", "quantity", stream=oil) == data["initial_store_each"]

    def test_food_2_extends_food_1(self) -> None:
        first, second = read_case("williams_food_1"), read_case("williams_food_2")
        differing = {name for name in first.tables if first[name].records != second[name].records}
        assert differing == {"sources", "blends", "limits", "limit_terms"}


class TestPike:
    @pytest.fixture
    def data(self, benchmark_of: Callable[[str], Benchmark]) -> Benchmark:
        found: Benchmark = benchmark_of("pike_refinery")["data"]
        return found

    @pytest.fixture
    def case(self) -> Case:
        return read_case("pike_refinery")

    def test_crude_and_units(self, case: Case, data: Benchmark) -> None:
        assert cells(case, "offers", "price") == [data["crude"]["price"]]
        assert cells(case, "offers", "max") == [data["crude"]["max"]]
        units = {"distillation": "ad", "reformer": "reformer", "cracker": "cat_cracker"}
        for unit, name in units.items():
            stated = data["units"][name]
            assert cell(case, "capacities", "max", unit=unit) == stated["capacity"]
            if "operating_cost" in stated:
                assert cell(case, "modes", "cost", unit=unit) == stated["operating_cost"]
        assert yields(case, "distillation", "crude") == data["units"]["ad"]["yield_"]
        assert yields(case, "reformer", "srn") == data["units"]["reformer"]["yield_"]
        for feed, made in data["units"]["cat_cracker"]["yield_by_feed"].items():
            assert yields(case, "cracker", feed) == made

    def test_products(self, case: Case, data: Benchmark) -> None:
        assert cell(case, "sales", "price", sale="fuel_gas") == data["fuel_gas_price"]
        for product, stated in data["products"].items():
            assert cell(case, "sales", "price", sale=product) == stated["price"]
            assert cell(case, "sales", "min", sale=product) == stated["min"]
            listed = stated["components"]
            listed = data["products"]["premium"]["components"] if isinstance(listed, str) else listed
            assert cells(case, "blends", "component", product=product) == list(listed)

    def test_qualities(self, case: Case, data: Benchmark) -> None:
        names = {
            "octane": "octane",
            "vp": "vapour_pressure_psi",
            "density": "density_lb_per_bbl",
            "sulphur": "sulphur_lb_per_bbl",
        }
        for product in ("premium", "diesel", "fuel_oil"):
            for stream, qualities in data["products"][product]["components"].items():
                for name, number in qualities.items():
                    assert properties(case, names[name])[stream] == number

    def test_specs(self, case: Case, data: Benchmark) -> None:
        for product, stated in data["products"].items():
            octane = stated.get("octane_min", stated.get("octane_min_textbook"))
            wanted = [("octane", "min", octane), ("vapour_pressure_psi", "max", stated.get("vp_max"))]
            wanted.append(("density_lb_per_bbl", "max", stated.get("density_max")))
            wanted.append(("sulphur_lb_per_bbl", "max", stated.get("sulphur_max")))
            for name, side, number in wanted:
                found = cells(case, "specs", side, product=product, property=name)
                assert found == ([] if number is None else [number])
        other = read_case("pike_refinery", "octane_83")
        repository = data["products"]["regular"]["octane_min_repository"]
        assert cell(other, "specs", "min", product="regular", property="octane") == repository


def test_rtl(benchmark_of: Callable[[str], Benchmark]) -> None:
    data = benchmark_of("rtl_refinery")["data"]
    case = read_case("rtl_refinery")
    for crude, name in (("light_sweet", "LightSweet"), ("heavy_sour", "HeavySour")):
        assert cell(case, "offers", "price", offer=crude) == data["crudes"][name]["price"]
        assert cell(case, "feeds", "cost", feed=crude) == data["crudes"][name]["processing_fee"]
        assert yields(case, "refinery", crude) == {p: made[name] for p, made in data["products"].items()}
    for product, stated in data["products"].items():
        assert cell(case, "sales", "price", sale=product) == stated["price"]
        assert cell(case, "sales", "max", sale=product) == stated["max"]


class TestDerivedNumbers:
    """Numbers that a case states after a conversion are those of the conversion."""

    def test_fawley_volumes_in_cubic_metres(self) -> None:
        case = read_case("palmer_fawley")
        stated = {"pipestill": (65, 31), "reformer": (7.5, 28), "cracker": (8, 28)}
        for unit, (thousand_barrels_a_day, days) in stated.items():
            volume = thousand_barrels_a_day * 1000 * days / 6.29
            assert cell(case, "capacities", "max", unit=unit) == pytest.approx(volume, rel=1e-11)
        dollars = {"pipestill": [0.15], "reformer": [0.6], "cracker": [0.65, 0.65]}
        for unit, costs in dollars.items():
            assert cells(case, "modes", "cost", unit=unit) == pytest.approx([c * 6.29 for c in costs])
        for crude, price in {"arabian_l": 35, "arabian_h": 34, "brega": 42}.items():
            assert cell(case, "offers", "price", offer=crude) == pytest.approx(price * 6.29)

    def test_fawley_recipes_are_whole(self) -> None:
        case = read_case("palmer_fawley")
        parts: dict[tuple[str, str], float] = {}
        for row in case["blends"].records:
            if row["recipe"] is not None:
                key = (row["product"], row["recipe"])
                parts[key] = parts.get(key, 0.0) + row["parts"]
        assert len(parts) == 5
        assert all(total == pytest.approx(1.0) for total in parts.values())

    @pytest.mark.parametrize("name", ["palmer_fawley", "gueret_refinery", "sas_jet_fuel"])
    def test_mass_closes(self, name: str) -> None:
        made: dict[tuple[str, str, str], float] = {}
        for row in read_case(name)["yields"].records:
            key = (row["unit"], row["mode"], row["feed"])
            made[key] = made.get(key, 0.0) + row["yield"]
        assert all(total == pytest.approx(1.0, abs=1e-9) for total in made.values())

    def test_kantor_road_octane_is_the_mean(self) -> None:
        for row in rows(read_case("kantor_gasoline"), "stream_properties", property="road_octane"):
            research, motor = (float(word) for word in row["note"].split() if word[0].isdigit())
            assert row["value"] == pytest.approx((research + motor) / 2)

    def test_factory_hours_follow_from_the_machines(self) -> None:
        for row in read_case("williams_factory_1")["offers"].records:
            if row["note"]:
                assert row["max"] == int(row["note"].split()[0]) * 24 * 2 * 8


class TestSources:
    @pytest.mark.parametrize("name", CASES)
    def test_case_and_rows_name_declared_sources(self, name: str) -> None:
        case = read_case(name)
        declared = set(cells(case, "sources", "source"))
        assert case.source in declared
        assert case.remarks == ()

    @pytest.mark.parametrize("name", CASES)
    def test_every_source_can_be_found(self, name: str) -> None:
        for row in read_case(name)["sources"].records:
            assert row["url"] or "ISBN" in (row["outlet"] or "") or row["published"]
            assert row["confidence"] in ("A", "B")

    @pytest.mark.parametrize("name", CASES)
    def test_check_finds_no_error(self, name: str) -> None:
        assert [finding for finding in check(read_case(name)) if finding.severity == "error"] == []

    @pytest.mark.parametrize("name", CASES)
    def test_title_and_description(self, name: str) -> None:
        case = read_case(name)
        assert case.title
        assert len(case.description.split()) >= 20


def yields(case: Case, unit: str, feed: str) -> dict[str, float]:
    """Product to yield of one feed."""
    return {row["product"]: row["yield"] for row in rows(case, "yields", unit=unit, feed=feed)}


def properties(case: Case, name: str) -> dict[str, float]:
    """Stream to value of one property."""
    return {row["stream"]: row["value"] for row in rows(case, "stream_properties", property=name)}
