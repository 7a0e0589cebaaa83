"""Cargoes whose days, lots, parcels and costs come from the voyage estimate."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from months import months
from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.model import build_plan
from netback.results.explain import explain
from netback.results.solution import solution_of
from netback.supply import SupplyData, VoyageRequest, cargo_terms, estimate_voyage
from netback.supply import data as supply_data
from tiny import Row, findings, rows, solved, tiny

DENSITY = 0.86


def shipped(cargoes: list[Row], **tables: Any) -> Case:
    given: dict[str, Any] = {
        "periods": months(date(2026, 1, 1), 4),
        "stream_properties": rows("stream property value", f"oil density_t_per_m3 {DENSITY}"),
        "offers": rows("offer stream price", "gulf oil 400", "baltic oil 330"),
        "cargoes": cargoes,
        "inventories": rows("stream max", "oil 150000"),
        "sales": rows("sale stream max price", "s oil 100000 480"),
    }
    return tiny(**(given | tables))


GULF: Row = {
    "cargo": "gulf", "offer": "gulf", "load_port": "Ras Tanura", "discharge_port": "karachi_op2", "vessel": "aframax",
    "min_lot": 40000, "estimate": True,
}  # fmt: skip
BALTIC: Row = {
    "cargo": "urals", "offer": "baltic", "load_port": "Primorsk", "discharge_port": "Karachi", "vessel": "aframax",
    "via": "Suez", "lightering": "oman_one_shuttle", "min_lot": 80000, "estimate": True,
}  # fmt: skip


def test_terms_are_those_of_the_voyage_estimate() -> None:
    found = build_plan(shipped([GULF])).cargoes
    slot = found.slot(0, 0)
    assert slot is not None
    request = VoyageRequest(
        "Ras Tanura",
        "karachi",
        "aframax",
        date(2026, 1, 1),
        density_t_per_m3=DENSITY,
        discharge_berth="karachi_op2",
    )
    voyage = estimate_voyage(SupplyData.of(None), request)
    assert slot.most == pytest.approx(voyage.largest_cargo_t)
    assert sum(slot.terms.per_ship.values()) == pytest.approx(voyage.cost_per_ship_usd)
    assert sum(slot.terms.per_quantity.values()) == pytest.approx(voyage.cost_per_t_usd)
    assert sum(slot.terms.per_price.values()) == pytest.approx(voyage.share_of_value)


def test_what_the_case_states_wins() -> None:
    costs = rows("cargo item cost per", "gulf freight 123 ship")
    stated = GULF | {"days": 9.0, "max_lot": 50000}
    slot = build_plan(shipped([stated], cargo_costs=costs)).cargoes.slot(0, 0)
    assert slot is not None
    assert slot.most == 50000.0
    assert slot.terms.per_ship["freight"] == 123.0
    assert slot.dates[0] - slot.first == timedelta(days=9)


def test_a_loss_in_tonnes_is_not_charged_twice() -> None:
    both = [build_plan(shipped([GULF | {"loss_pct": loss}])).cargoes.slot(0, 0) for loss in (0.0, 0.3)]
    assert both[0] is not None
    assert both[1] is not None
    shares = [sum(slot.terms.per_price.values()) for slot in both if slot is not None]
    assert shares[0] - shares[1] == pytest.approx(0.003)


def test_a_lightering_plan_gives_the_parcels() -> None:
    found = build_plan(shipped([BALTIC])).cargoes
    parts = found.cargoes[0].parts
    assert [part.vessel for part in parts] == ["mr", "aframax"]
    assert all(part.port.startswith("karachi_") for part in parts)
    slot = found.slot(0, 0)
    assert slot is not None
    assert sum(slot.parts_most) == pytest.approx(slot.most)


def test_a_closed_strait_closes_the_option_and_is_told() -> None:
    """The library closes Hormuz from 28 February 2026."""
    model = build_plan(shipped([GULF]))
    loading = [model.cargoes.cargoes[0].loadings[period] for period in range(4)]
    told = [0 if one is None else len(one.slots) for one in loading]
    assert told[0] > 0
    assert told[2:] == [0, 0]
    last = max(slot.last for one in loading if one is not None for slot in one.slots)
    assert date(2026, 2, 1) <= last < date(2026, 2, 28)
    assert any("Hormuz is closed" in str(remark) for remark in model.build.remarks)


def test_a_contract_through_a_closed_strait_cannot_be_met() -> None:
    contracts = rows("contract cargoes period min_ships", "term gulf 2026-03 1")
    with pytest.raises(ModelError) as error:
        build_plan(shipped([GULF], contracts=contracts))
    assert 'contract "term": 1 ships must load in 2026-03, and none of its cargoes can.' in findings(
        error.value
    )


def test_days_between_equal_days_need_no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Estimating every single day gives the same slots."""
    few = build_plan(shipped([GULF, BALTIC])).cargoes
    monkeypatch.setattr(cargo_terms._Days, "_changes", lambda *_: 99)
    monkeypatch.setattr(cargo_terms, "_unchanged_until", lambda _data, day, _voyage: day)
    every = build_plan(shipped([GULF, BALTIC])).cargoes
    assert few.slots == every.slots
    for position in range(len(few.slots)):
        for period in range(4):
            assert few.slot(position, period) == every.slot(position, period)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"load_port": "Atlantis"}, 'column load_port: there is no port "Atlantis"'),
        ({"vessel": "rowing_boat"}, 'column vessel: there is no vessel class "rowing_boat"'),
        ({"lightering": "by_hand"}, 'column lightering: there is no lightering plan "by_hand"'),
        ({"discharge_port": "Timbuktu"}, 'column discharge_port: there is no berth "Timbuktu"'),
        ({"via": "Panamaa"}, 'column via: there is no chokepoint "Panamaa"'),
        ({"min_lot": 95000}, "the least lot 95,000 is above the largest that can be shipped"),
    ],
)
def test_names_that_nobody_knows_are_findings(change: Row, told: str) -> None:
    with pytest.raises(ModelError) as error:
        build_plan(shipped([GULF | change]))
    assert told in findings(error.value)
    assert findings(error.value).count("cargoes.csv, row 2") == len(error.value.findings)


def test_an_explanation_counts_the_costs_of_ships() -> None:
    offers = rows("offer stream price", "gulf oil 400")
    case = shipped([GULF | {"max_ships": 2}], periods=months(date(2025, 1, 1), 1), offers=offers)
    told = explain(solved(case), "gulf")[0]
    groups = {step[0] for step in told.steps}
    assert {"purchases", "sales", "cargo costs"} <= groups
    assert told.gain == pytest.approx(sum(step[4] for step in told.steps))
    worth = solution_of(solved(case))["purchases"].records()[0]
    assert worth["delivered_price"] > worth["price"]


def test_a_voyage_is_worked_out_once_for_the_same_tables_of_supply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices may change between two builds; a strait that closes may not be overlooked."""
    asked: list[VoyageRequest] = []

    def counted(data: SupplyData, request: VoyageRequest) -> Any:
        asked.append(request)
        return estimate_voyage(data, request)

    monkeypatch.setattr(cargo_terms, "estimate_voyage", counted)
    monkeypatch.setattr(supply_data, "_OF_CASES", {})
    event: Row = {"event": "quiet", "chokepoint": "suez_canal", "start": "2030-01-01"}
    case = shipped([BALTIC], chokepoint_events=[event])
    first = build_plan(case).cargoes
    count = len(asked)
    assert count > 0
    dearer = case.with_table("offers", [r.with_(price=r["price"] + 1) for r in case.table("offers").records])
    assert build_plan(dearer).cargoes == first
    assert len(asked) == count
    closed = case.with_table("chokepoint_events", [event | {"start": "2026-03-01", "closed": True}])
    again = build_plan(closed).cargoes
    assert len(asked) > count
    assert [slot is None for slot in map(again.slot, [0] * 4, range(4))] != [
        slot is None for slot in map(first.slot, [0] * 4, range(4))
    ]
