"""Published planning problems, written as cases in the public tables, reach their printed optimum."""

from __future__ import annotations

import numpy as np
import pytest

from literature.published import PUBLISHED, Published, flow
from netback.io.folder import read_case, shipped_cases
from netback.planning.solve import Plan, plan


@pytest.fixture(scope="module", params=PUBLISHED, ids=lambda published: published.name)
def solved(request: pytest.FixtureRequest) -> tuple[Published, Plan]:
    published: Published = request.param
    return published, plan(read_case(published.case, published.scenario))


def test_value_is_the_printed_one(solved: tuple[Published, Plan]) -> None:
    published, found = solved
    assert found.certificate.value == pytest.approx(published.value, abs=published.tolerance, rel=0.0)


def test_optimum_is_proven(solved: tuple[Published, Plan]) -> None:
    published, found = solved
    certificate = found.certificate
    assert certificate.word == "proven"
    assert found.solved
    assert certificate.bound is not None
    assert certificate.value is not None
    allowed = max(published.tolerance, 1e-6 * abs(published.value))
    assert certificate.value - 1e-6 * abs(certificate.value) <= certificate.bound + 1e-9
    assert certificate.bound - certificate.value <= allowed


def test_plan_meets_every_row_and_bound(solved: tuple[Published, Plan]) -> None:
    _, found = solved
    problem = found.model.problem
    activity = np.asarray(problem.matrix @ found.x)
    size = 1.0 + abs(activity)
    assert (problem.row_lower - activity <= 1e-6 * size).all()
    assert (activity - problem.row_upper <= 1e-6 * size).all()
    assert (found.x >= problem.column_lower - 1e-6).all()
    assert (found.x <= problem.column_upper + 1e-6).all()


def test_every_literature_case_is_shipped() -> None:
    assert {published.case for published in PUBLISHED} <= set(shipped_cases())


class TestPrintedPlans:
    """Decisions that the sources print, where the optimum has only one plan in them."""

    def test_williams_refinery(self) -> None:
        found = plan(read_case("williams_refinery"))
        printed = {"premium": 6817.778, "regular": 17044.447, "jet": 15156.0, "fuel_oil": 0.0, "lube": 500.0}
        for product, amount in printed.items():
            assert flow(found, "sale", product) == pytest.approx(amount, abs=0.001)
        assert flow(found, "purchase", "crude1") == pytest.approx(15_000.0)
        assert flow(found, "purchase", "crude2") == pytest.approx(30_000.0)
        assert flow(found, "run", "cracker", "light_oil") == pytest.approx(4_200.0)
        assert flow(found, "run", "cracker", "heavy_oil") == pytest.approx(3_800.0)

    def test_rtl(self) -> None:
        found = plan(read_case("rtl_refinery"))
        assert flow(found, "purchase", "light_sweet") == pytest.approx(45_161.2903, abs=1e-4)
        assert flow(found, "purchase", "heavy_sour") == pytest.approx(51_612.9032, abs=1e-4)

    def test_seborg_with_one_barrel_of_kerosene_more(self) -> None:
        found = plan(read_case("seborg_two_crudes", "kerosene_2001"))
        assert flow(found, "purchase", "crude1") == pytest.approx(26_199.3, abs=0.05)
        assert flow(found, "purchase", "crude2") == pytest.approx(6_910.3, abs=0.05)
        for product, amount in {"gasoline": 24_000.0, "fuel_oil": 5_107.7, "residual": 2_001.0}.items():
            assert flow(found, "sale", product) == pytest.approx(amount, abs=0.05)

    def test_sas_jet_fuel(self) -> None:
        found = plan(read_case("sas_jet_fuel"))
        printed = {"arabian_light": 110.0, "arabian_heavy": 0.0, "brega": 80.0}
        for crude, amount in printed.items():
            assert flow(found, "purchase", crude) == pytest.approx(amount, abs=0.0005)
        assert flow(found, "sale", "jet_1") == pytest.approx(72.667, abs=0.0005)
        assert flow(found, "sale", "jet_2") == pytest.approx(33.042, abs=0.0005)

    def test_sunco(self) -> None:
        found = plan(read_case("winston_sunco"))
        assert flow(found, "sale", "gas1_contract") == pytest.approx(3_000.0)
        assert flow(found, "sale", "gas2_advertised") == pytest.approx(7_500.0)
        assert flow(found, "sale", "gas3_contract") == pytest.approx(1_000.0)
        assert flow(found, "purchase", "crude3") == pytest.approx(3_500.0)

    @pytest.mark.parametrize(
        ("scenario", "gallons"), [(None, 235_000.0), ("clean", 137_317.1), ("clean_low_benzene", 219_412.8)]
    )
    def test_kantor_volume(self, scenario: str | None, gallons: float) -> None:
        found = plan(read_case("kantor_gasoline", scenario))
        total = sum(flow(found, "sale", product) for product in ("regular", "midgrade", "premium"))
        assert total == pytest.approx(gallons, abs=0.05)

    def test_food_2_keeps_its_conditions(self) -> None:
        found = plan(read_case("williams_food_2"))
        oils = ("veg1", "veg2", "oil1", "oil2", "oil3")
        for month in found.case.horizon.names:
            used = {oil: flow(found, "run", oil, month) for oil in oils}
            taken = {oil for oil, amount in used.items() if amount > 1e-5}
            assert len(taken) <= 3
            assert all(used[oil] >= 20.0 - 1e-5 for oil in taken)
            assert "oil3" in taken or not taken & {"veg1", "veg2"}
