"""What holds of every lightering and voyage: nobody is in two places at once, and costs add up."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import BERTHS, berth, event, hire, ship, world

from netback.errors import DataError
from netback.supply.costs import cents
from netback.supply.data import SupplyData
from netback.supply.lightering import Lightering, lighten
from netback.supply.rows import LighteringPlan
from netback.supply.running import berth_days
from netback.supply.voyages import VoyageEstimate, VoyageRequest, estimate_voyage

ON = date(2023, 6, 7)
WAY = 30.0 / 240.0


def sea(**changes: Any) -> SupplyData:
    """Mother ``box`` of 10,000 t; shuttle ``boat`` of 4,000 t; A takes 6,000 t of the mother; C lies 30 nm off."""
    boat = ship("boat", dwt_t=4_400, not_cargo_t=400, draught_laden_m=6, draught_ballast_m=3)
    tables: dict[str, Any] = {
        "vessel_classes": (ship(), boat),
        "berths": (berth("a1", "A", depth_m=6.6), berth("a2", "A", depth_m=6.6), *BERTHS[1:]),
        "freight_rates": (hire(24_000, "box"), hire(12_000, "boat")),
    }
    return world(**(tables | changes))


@st.composite
def plans(draw: st.DrawFn) -> LighteringPlan:
    mother = draw(st.booleans())
    apart = draw(st.booleans())
    return LighteringPlan(
        "here",
        "p",
        None,
        "C",
        "boat",
        shuttles=draw(st.integers(1, 4)),
        shuttle_cargo_t=draw(st.sampled_from([None, 700.0, 2_500.0])),
        mother_berths=mother,
        mother_cargo_t=draw(st.sampled_from([None, 1_000.0, 5_000.0])),
        mother_berth="a2" if apart else "a1",
        shuttle_berth="a1",
        wait_days=draw(st.floats(0.0, 4.0)),
        fixed_days=draw(st.floats(0.0, 1.0)),
        transfer_t_per_h=draw(st.floats(200.0, 4_000.0)),
        positioning_days=draw(st.floats(0.0, 5.0)),
        fee_usd_per_transfer=draw(st.sampled_from([0.0, 5_000.0])),
        fee_usd_per_t=draw(st.sampled_from([0.0, 0.25])),
        dues_usd=draw(st.sampled_from([0.0, 700.0])),
    )


cargoes = st.floats(500.0, 10_000.0)


def done(plan: LighteringPlan, cargo_t: float) -> Lightering:
    return lighten(sea(), plan, "box", cargo_t, "A", ON)


class TestLightering:
    @given(plans(), cargoes)
    def test_all_of_the_cargo_comes_ashore_in_loads_that_fit(
        self, plan: LighteringPlan, cargo_t: float
    ) -> None:
        found = done(plan, cargo_t)
        assert sum(parcel.cargo_t for parcel in found.parcels) == pytest.approx(cargo_t)
        for parcel in found.parcels:
            most = 6_000.0 if parcel.ship == "mother" else 4_000.0
            stated = plan.mother_cargo_t if parcel.ship == "mother" else plan.shuttle_cargo_t
            assert 0.0 < parcel.cargo_t <= min(most, stated or most) * (1.0 + 1e-9)
        own = [parcel for parcel in found.parcels if parcel.ship == "mother"]
        assert len(own) == int(plan.mother_berths)
        moved = cargo_t - sum(parcel.cargo_t for parcel in own)
        load = min(4_000.0, plan.shuttle_cargo_t or 4_000.0)
        assert found.transfers == math.ceil(moved / load - 1e-9)

    @given(plans(), cargoes)
    def test_one_ship_at_a_time_lies_at_her_side_and_at_each_berth(
        self, plan: LighteringPlan, cargo_t: float
    ) -> None:
        found = done(plan, cargo_t)
        moved = [parcel for parcel in found.parcels if parcel.ship != "mother"]
        assert all(parcel.transfer_start >= plan.wait_days for parcel in moved)
        for one, other in itertools.pairwise(moved):
            assert other.transfer_start >= one.transfer_end - 1e-12
        for name in ("a1", "a2"):
            there = [parcel for parcel in found.parcels if parcel.berth == name]
            for one, other in itertools.pairwise(there):
                assert other.berth_start >= one.berth_end - 1e-12
        for parcel in found.parcels:
            assert parcel.berth_start >= parcel.transfer_end + WAY - 1e-12
            days = berth_days(
                sea().berth(parcel.berth), sea().vessel(parcel.vessel_class), parcel.cargo_t, loading=False
            )
            assert parcel.berth_end - parcel.berth_start == pytest.approx(days)
            if parcel.ship != "mother":
                length = plan.fixed_days + parcel.cargo_t / plan.transfer_t_per_h / 24.0
                assert parcel.transfer_end - parcel.transfer_start == pytest.approx(length)

    @given(plans(), cargoes)
    def test_a_shuttle_is_back_before_she_loads_again_and_none_waits_that_could_load(
        self, plan: LighteringPlan, cargo_t: float
    ) -> None:
        found = done(plan, cargo_t)
        moved = [parcel for parcel in found.parcels if parcel.ship != "mother"]
        free = {f"shuttle {k + 1}": plan.wait_days for k in range(plan.shuttles)}
        side = plan.wait_days
        for parcel in moved:
            assert free[parcel.ship] == min(free.values())
            assert parcel.transfer_start == pytest.approx(max(side, free[parcel.ship]))
            side, free[parcel.ship] = parcel.transfer_end, parcel.berth_end + WAY
        assert found.mother_days == pytest.approx(side)

    @given(plans(), cargoes)
    def test_hire_and_fees_follow_from_the_days_of_the_parcels(
        self, plan: LighteringPlan, cargo_t: float
    ) -> None:
        found = done(plan, cargo_t)
        moved = [parcel for parcel in found.parcels if parcel.ship != "mother"]
        lines = {line.name: line.amount_usd for line in found.costs}
        assert lines["hire of the large ship"] == pytest.approx(24_000.0 * found.mother_days, abs=0.01)
        assert lines["fuel of the large ship"] == pytest.approx(1_000.0 * found.mother_days, abs=0.01)
        assert lines.get("dues of the large ship", 0.0) == plan.dues_usd
        assert {line.group for line in found.costs} == {"lightering"}
        assert cents(found.cost_usd) == sum(cents(amount) for amount in lines.values() if amount is not None)
        if not moved:
            assert set(lines) <= {
                "hire of the large ship",
                "fuel of the large ship",
                "dues of the large ship",
            }
            return
        used = sorted({parcel.ship for parcel in moved})
        busy = 0.0
        for name in used:
            own = [parcel for parcel in moved if parcel.ship == name]
            busy += own[-1].berth_end + WAY - own[0].transfer_start + plan.positioning_days
        assert lines["hire of shuttles"] == pytest.approx(12_000.0 * busy, abs=0.01)
        assert lines["ship-to-ship service"] == plan.fee_usd_per_transfer * len(moved)
        tonnes = sum(parcel.cargo_t for parcel in moved)
        assert lines.get("ship-to-ship service, per tonne", 0.0) == pytest.approx(
            plan.fee_usd_per_t * tonnes, abs=0.01
        )
        assert lines["dues of shuttles"] == 10_000.0 * len(moved)
        pumping = sum(parcel.berth_end - parcel.berth_start for parcel in moved)
        laden, empty = len(moved) * WAY, len(moved) * WAY + len(used) * plan.positioning_days
        burnt = 20.0 * laden + 10.0 * empty + 2.0 * (pumping + max(0.0, busy - laden - empty - pumping))
        assert lines["fuel of shuttles"] == pytest.approx(500.0 * burnt, abs=0.01)

    @given(plans(), cargoes)
    def test_one_more_shuttle_never_keeps_the_large_ship_longer(
        self, plan: LighteringPlan, cargo_t: float
    ) -> None:
        more = done(replace(plan, shuttles=plan.shuttles + 1), cargo_t)
        assert more.mother_days <= done(plan, cargo_t).mother_days + 1e-9


@st.composite
def requests(draw: st.DrawFn) -> VoyageRequest:
    return VoyageRequest(
        draw(st.sampled_from(["A", "D", "C"])),
        "B",
        "box",
        date(2023, 1, 1) + timedelta(days=draw(st.integers(0, 300))),
        cargo_t=draw(st.sampled_from([None, 4_321.0, 9_600.0])),
        speed_kn=draw(st.sampled_from([None, 4.0, 12.5])),
        ballast_back=draw(st.booleans()),
        via=draw(st.sampled_from([None, "canal", "cape"])),
        objective=draw(st.sampled_from(["distance", "days", "cost"])),
        cargo_value_usd=draw(st.sampled_from([None, 3_000_000.0])),
    )


EVENTS = (
    event("slow", "canal", extra_days=1.75, toll_usd=1_000, toll_usd_per_t=0.5),
    event("queue", "strait", extra_days=0.4, end="2023-06-30"),
)
ITEMS = (
    {"landing": None, "item": "cover", "stage": "insurance", "amount": 0.2, "amount_uom": "%"},
    {"landing": None, "item": "interest", "stage": "arrival", "amount": 7.3, "amount_uom": "%/year"},
)
BUSY = world(
    chokepoint_events=EVENTS,
    landed_cost_items=ITEMS,
    berths=tuple(row | {"wait_days": 0.25} for row in BERTHS),
)


def estimate(request: VoyageRequest) -> VoyageEstimate | None:
    try:
        return estimate_voyage(BUSY, request)
    except DataError:
        # From C or D a way may not pass what is asked for; nothing else is refused here.
        if request.via is None:
            raise
        return None


class TestVoyages:
    @settings(max_examples=120)
    @given(requests())
    def test_steps_follow_each_other_and_add_up(self, request: VoyageRequest) -> None:
        voyage = estimate(request)
        if voyage is None:
            return
        ashore = next(k for k, step in enumerate(voyage.steps) if step.kind == "discharge")
        assert sum(step.days for step in voyage.steps[: ashore + 1]) == pytest.approx(voyage.days_total)
        assert all(step.days >= 0.0 for step in voyage.steps)
        assert voyage.steps[0].start == request.start
        begin = voyage.steps[0]
        for step in voyage.steps[1:]:
            assert step.start == begin.end
            begin = step
        assert (voyage.ballast_route is None) is not request.ballast_back
        back = voyage.ballast_route.days if voyage.ballast_route is not None else 0.0
        assert voyage.round_trip_days == pytest.approx(voyage.days_total + back)
        sailed = 0.25 + 0.5 + voyage.cargo_t / 1_000 / 24 + voyage.route.days
        assert voyage.arrival == request.start + timedelta(days=int(sailed + 0.25 + 1e-9))
        assert voyage.days_total == pytest.approx(sailed + 0.25 + 0.5 + voyage.cargo_t / 500 / 24)

    @settings(max_examples=120)
    @given(requests())
    def test_what_grows_with_ship_tonnes_and_value_is_all_there_is(self, request: VoyageRequest) -> None:
        voyage = estimate(request)
        if voyage is None:
            return
        value = request.cargo_value_usd or 0.0
        by_rate = (
            voyage.cost_per_ship_usd + voyage.cost_per_t_usd * voyage.cargo_t + voyage.share_of_value * value
        )
        assert by_rate == pytest.approx(voyage.cost_usd, abs=0.01 * len(voyage.costs))
        assert voyage.share_of_value == pytest.approx(0.002 + 0.073 * voyage.days_total / 365.0)
        names = [line.name for line in voyage.costs]
        assert len(names) == len(set(names))
        passed = {passage.place.name for passage in voyage.route.passages}
        assert ("toll The Canal, laden, per tonne" in names) is ("canal" in passed)
        assert "toll The Canal, in ballast, per tonne" not in names

    @given(requests(), st.floats(1.1, 3.0))
    def test_slower_takes_longer_and_burns_less_under_way(
        self, request: VoyageRequest, slower: float
    ) -> None:
        request = replace(request, ballast_back=False, objective="distance", speed_kn=10.0)
        fast, slow = estimate(request), estimate(replace(request, speed_kn=10.0 / slower))
        if fast is None or slow is None:
            return
        under_way = (fast.route.steaming_days, slow.route.steaming_days)
        assert under_way[1] == pytest.approx(slower * under_way[0])
        fuel = [
            next(line.rate for line in voyage.costs if line.name == "fuel") / 500.0 for voyage in (fast, slow)
        ]
        # The cube of the speed over a time that grows with it: the square; the rest of the days burns 2 t/d.
        idle = [
            2.0 * (voyage.round_trip_days - days)
            for voyage, days in zip((fast, slow), under_way, strict=True)
        ]
        assert fuel[0] - idle[0] == pytest.approx(20.0 * under_way[0], rel=1e-6)
        assert fuel[1] - idle[1] == pytest.approx(20.0 * under_way[0] / slower**2, rel=1e-6)


def test_the_large_ship_pays_the_dues_of_the_berth_that_the_plan_names_for_her() -> None:
    """And lies there as long as that berth takes: a2 has other dues and another rate than a1."""
    data = sea(
        berths=(
            berth("a1", "A", depth_m=6.6),
            berth("a2", "A", depth_m=6.6, dues_usd=77_000, discharge_t_per_h=250),
            *BERTHS[1:],
        )
    )
    plan = LighteringPlan(
        "here", "p", None, "C", "boat", mother_berths=True, mother_berth="a2", shuttle_berth="a1"
    )
    voyage = estimate_voyage(data, VoyageRequest("B", "A", "box", ON, cargo_t=10_000, lightering=plan))
    assert voyage.lightering is not None
    assert [parcel.berth for parcel in voyage.lightering.parcels] == ["a1", "a2"]
    found = {line.name: line.amount_usd for line in voyage.costs}
    assert found["dues a2"] == 77_000.0
    assert "dues a1" not in found
    assert found["dues of shuttles"] == 10_000.0
