"""What rows of cargoes say in other uoms and currencies, of closed ways without an estimate, and of days of the sea."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from months import months
from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.model import Model, build_plan
from netback.supply import SupplyData, VoyageRequest, cargo_terms, estimate_voyage
from netback.supply.cargo_options import Slot
from netback.uom import BARREL_M3
from tiny import Row, findings, rows, tiny

DENSITY = 0.86
BBL_PER_T = 1.0 / (DENSITY * BARREL_M3)


def case_of(cargo: Row, stream_uom: str = "t", count: int = 2, currency: str = "USD", **tables: Any) -> Case:
    given: dict[str, Any] = {
        "periods": months(date(2025, 1, 1), count),
        "streams": [{"stream": "oil", "uom": stream_uom}],
        "stream_properties": rows("stream property value", f"oil density_t_per_m3 {DENSITY}"),
        "offers": rows("offer stream price", "gulf oil 60"),
        "cargoes": [{"cargo": "gulf", "offer": "gulf", "max_ships": 2} | cargo],
        "inventories": rows("stream max", "oil 9000000"),
        "sales": rows("sale stream price", "s oil 90"),
    }
    return tiny(currency=currency, **(given | tables))


ESTIMATED: Row = {
    "load_port": "Ras Tanura", "discharge_port": "karachi_op2", "vessel": "aframax", "min_lot": 1.0, "estimate": True,
}  # fmt: skip
TOLLS: dict[str, Any] = {
    "chokepoint_events": [
        {"event": "dear", "chokepoint": "hormuz", "toll_usd": 5_000.0, "toll_usd_per_t": 0.75}
    ]
}
STATED: Row = {
    "min_lot": 10.0,
    "max_lot": 50.0,
    "days": 4.0,
    "discharge_port": "Karachi",
    "load_port": "Ras Tanura",
}


def first_slot(case: Case) -> Slot:
    slot = build_plan(case).cargoes.slot(0, 0)
    assert slot is not None
    return slot


def faults(case: Case) -> str:
    with pytest.raises(ModelError) as error:
        build_plan(case)
    return findings(error.value)


class TestUom:
    @pytest.mark.parametrize(("uom", "per_t"), [("t", 1.0), ("bbl", BBL_PER_T), ("m3", 1.0 / DENSITY)])
    def test_an_estimate_is_in_the_uom_of_the_stream(self, uom: str, per_t: float) -> None:
        """A ship carries the same tonnes; a cost per tonne becomes one per barrel, that of the ship stays."""
        voyage = estimate_voyage(
            SupplyData.of(case_of(ESTIMATED, **TOLLS)),
            VoyageRequest(
                "Ras Tanura",
                "Karachi",
                "aframax",
                date(2025, 1, 1),
                density_t_per_m3=DENSITY,
                discharge_berth="karachi_op2",
            ),
        )
        slot = first_slot(case_of(ESTIMATED, uom, **TOLLS))
        assert slot.most == pytest.approx(voyage.largest_cargo_t * per_t)
        assert sum(slot.terms.per_ship.values()) == pytest.approx(voyage.cost_per_ship_usd)
        assert voyage.cost_per_t_usd == 0.75
        assert sum(slot.terms.per_quantity.values()) == pytest.approx(voyage.cost_per_t_usd / per_t)

    def test_and_in_the_currency_of_the_case(self) -> None:
        # 0.004 USD for one PKR: a dollar is 250 rupees.
        rates = rows("currency rate", "USD 0.004")
        there = first_slot(case_of(ESTIMATED, currency="PKR", exchange_rates=rates, **TOLLS))
        here = first_slot(case_of(ESTIMATED, **TOLLS))
        assert here.terms.per_quantity
        for name in ("per_ship", "per_quantity"):
            mine, theirs = getattr(there.terms, name), getattr(here.terms, name)
            assert mine == pytest.approx({item: 250.0 * cost for item, cost in theirs.items()})
        assert there.terms.per_price == here.terms.per_price

    def test_without_a_rate_of_exchange_the_estimate_is_told(self) -> None:
        told = faults(case_of(ESTIMATED, currency="PKR"))
        assert "cargoes.csv, row 2, column estimate" in told
        assert "USD" in told

    @pytest.mark.parametrize(
        ("uom", "cost_uom", "expected"),
        [
            ("t", "USD/t", 3.0),
            ("t", "USD/bbl", 3.0 * BBL_PER_T),
            ("bbl", "USD/t", 3.0 / BBL_PER_T),
            ("bbl", "USD/bbl", 3.0),
            ("m3", "USD/t", 3.0 * DENSITY),
        ],
    )
    def test_a_stated_cost_per_quantity(self, uom: str, cost_uom: str, expected: float) -> None:
        costs = rows("cargo item cost per cost_uom", f"gulf dues 3 quantity {cost_uom}")
        assert first_slot(case_of(STATED, uom, cargo_costs=costs)).terms.per_quantity == {
            "dues": pytest.approx(expected)
        }

    def test_costs_of_each_kind_are_kept_apart(self) -> None:
        costs = rows(
            "cargo item period cost per cost_uom",
            "gulf freight . 1000 ship .",
            "gulf dues . 2 quantity .",
            "gulf cover . 0.5 quantity %",
            "gulf later 2025-02 7 ship .",
        )
        terms = first_slot(case_of(STATED, cargo_costs=costs)).terms
        assert (dict(terms.per_ship), dict(terms.per_quantity), dict(terms.per_price)) == (
            {"freight": 1_000.0},
            {"dues": 2.0},
            {"cover": 0.005},
        )
        second = build_plan(case_of(STATED, cargo_costs=costs)).cargoes.slot(0, 1)
        assert second is not None
        assert second.terms.per_ship == {"freight": 1_000.0, "later": 7.0}

    def test_a_cost_that_needs_a_density_is_told_at_its_cell(self) -> None:
        costs = rows("cargo item cost per cost_uom", "gulf dues 3 quantity USD/bbl")
        told = faults(case_of(STATED, cargo_costs=costs, stream_properties=[]))
        assert "cargo_costs.csv, row 2, column cost_uom" in told
        assert "density" in told

    @pytest.mark.parametrize(("uom", "factor"), [("kt", 1_000.0), ("t", 1.0), ("bbl", 1.0 / BBL_PER_T)])
    def test_lots_in_another_uom(self, uom: str, factor: float) -> None:
        slot = first_slot(case_of(STATED | {"uom": uom}))
        assert (slot.least, slot.most) == (pytest.approx(10.0 * factor), pytest.approx(50.0 * factor))

    def test_what_is_at_sea_at_the_end_is_worth_its_price_in_the_uom_of_the_stream(self) -> None:
        cargo = STATED | {"closing_value": 50.0, "closing_value_uom": "USD/bbl"}
        loading = build_plan(case_of(cargo)).cargoes.cargoes[0].loadings[0]
        assert loading is not None
        assert loading.closing_value == pytest.approx(50.0 * BBL_PER_T)
        told = faults(case_of(cargo, stream_properties=[]))
        assert "cargoes.csv, row 2, column closing_value_uom" in told


class TestParcels:
    PARCELS = rows("cargo parcel stream per_ship min max uom days", "gulf half blend 2 1 3 kt 1")

    def split(self, stream: Row, **tables: Any) -> Case:
        streams = [{"stream": "oil", "uom": "bbl"}, {"stream": "blend", **stream}]
        properties = rows(
            "stream property value", f"oil density_t_per_m3 {DENSITY}", "blend density_t_per_m3 0.9"
        )
        sales = rows("sale stream price", "s oil 90", "b blend 90")
        stocks = rows("stream max", "oil 9000000", "blend 9000000")
        given: dict[str, Any] = {
            "parcels": self.PARCELS,
            "streams": streams,
            "stream_properties": properties,
            "sales": sales,
            "inventories": stocks,
        }
        return case_of(STATED | {"max_lot": 90_000.0}, **(given | tables))

    @pytest.mark.parametrize(
        ("uom", "factor"),
        [("bbl", 1.0), ("t", 1.0 / BBL_PER_T), ("m3", DENSITY * BARREL_M3 / 0.9)],
    )
    def test_a_parcel_of_another_stream_keeps_its_mass(self, uom: str, factor: float) -> None:
        """Barrels stay barrels where both are counted so; else tonnes stay tonnes."""
        (part,) = build_plan(self.split({"uom": uom})).cargoes.cargoes[0].parts
        assert part.factor == pytest.approx(factor)

    def test_its_ends_are_in_the_uom_of_what_is_loaded(self) -> None:
        (part,) = build_plan(self.split({"uom": "t"})).cargoes.cargoes[0].parts
        assert part.least == pytest.approx(1_000.0 * BBL_PER_T)
        assert part.most == pytest.approx(3_000.0 * BBL_PER_T)
        slot = first_slot(self.split({"uom": "t"}))
        assert slot.most == pytest.approx(2 * 3_000.0 * BBL_PER_T)  # two parcels; the ship could carry more

    def test_a_parcel_that_needs_a_density_is_told_at_its_cell(self) -> None:
        properties = rows("stream property value", f"oil density_t_per_m3 {DENSITY}")
        told = faults(self.split({"uom": "t"} | {"uom": "m3"}, stream_properties=properties))
        assert "parcels.csv, row 2, column stream" in told


class TestClosedWays:
    """Hormuz is closed from a day of the case; what is stated has no estimate that would find it."""

    CLOSED: tuple[Row, ...] = (
        {"event": "shut", "chokepoint": "hormuz", "start": date(2025, 1, 20), "closed": True},
    )

    def slots(self, cargo: Row, **tables: Any) -> tuple[Model, list[Slot]]:
        model = build_plan(case_of(STATED | cargo, chokepoint_events=list(self.CLOSED), **tables))
        loading = model.cargoes.cargoes[0].loadings
        return model, [slot for one in loading if one is not None for slot in one.slots]

    def test_no_ship_loads_that_would_meet_it(self) -> None:
        model, found = self.slots({})
        assert found
        assert all(slot.last < date(2025, 1, 20) for slot in found)
        assert max(slot.last for slot in found) >= date(2025, 1, 14)
        told = [str(remark) for remark in model.build.remarks if "gulf" in str(remark)]
        assert len(told) == 1
        assert "gulf cannot load on all days" in told[0]
        assert "cargoes.csv, row 2" in told[0]

    @pytest.mark.parametrize(
        "cargo",
        [{"load_port": "Fujairah"}, {"load_port": None}, {"load_port": "Atlantis"}, {"discharge_port": None}],
        ids=["beyond the strait", "no port", "unknown port", "no berth"],
    )
    def test_ways_that_do_not_pass_it_or_are_not_known_stay_open(self, cargo: Row) -> None:
        _, found = self.slots(cargo)
        assert max(slot.last for slot in found) >= date(2025, 1, 31)

    def test_a_split_ship_goes_where_her_first_parcel_does(self) -> None:
        parcels = rows("cargo parcel max days discharge_port", "gulf one 40 1 karachi_op2")
        _, found = self.slots({"discharge_port": None}, parcels=parcels)
        assert found
        assert all(slot.last < date(2025, 1, 20) for slot in found)

    def test_it_opens_again(self) -> None:
        shut = [{**self.CLOSED[0], "end": date(2025, 1, 25)}]
        model = build_plan(case_of(STATED, chokepoint_events=shut))
        loading = model.cargoes.cargoes[0].loadings[0]
        assert loading is not None
        days = [
            slot.first + timedelta(days=k)
            for slot in loading.slots
            for k in range((slot.last - slot.first).days + 1)
        ]
        assert date(2025, 1, 26) in days
        assert date(2025, 1, 20) not in days
        assert date(2025, 1, 10) in days


class TestDays:
    @staticmethod
    def at(place: str, start: int, end: int | None = None, **more: Any) -> Row:
        """A row that holds at a chokepoint from a day of January to another, or for good."""
        until = None if end is None else date(2025, 1, end)
        name = f"{place} {start}"
        return {"event": name, "chokepoint": place, "start": date(2025, 1, start), "end": until, **more}

    @pytest.mark.parametrize("kind", ["toll", "queue", "one day", "elsewhere"])
    def test_days_that_are_not_estimated_have_the_terms_they_would_have(
        self, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        events = {
            "toll": [self.at("hormuz", 9, toll_usd=90_000.0)],
            "queue": [
                self.at("hormuz", 5, 12, extra_days=3.5),
                self.at("hormuz", 10, 28, speed_kn=3.0),
            ],
            "one day": [self.at("hormuz", 17, 17, closed=True)],
            "elsewhere": [self.at("suez_canal", 15, extra_days=9.0), self.at("hormuz", 16, toll_usd=5.0)],
        }[kind]
        case = case_of(ESTIMATED, count=1, chokepoint_events=events)
        case = case.with_table("cargoes", [r.with_(closing_value=1.0) for r in case.table("cargoes").records])
        few = build_plan(case).cargoes.cargoes[0].loadings[0]
        monkeypatch.setattr(cargo_terms._Days, "_changes", lambda *_: 99)
        monkeypatch.setattr(cargo_terms, "_unchanged_until", lambda _data, day, _voyage: day)
        every = build_plan(case).cargoes.cargoes[0].loadings[0]
        assert few is not None
        assert every is not None
        assert few.slots == every.slots
        assert len(few.slots) >= 2

    def test_windows_open_on_their_first_day_and_close_after_their_last(self) -> None:
        found = cargo_terms._days_of_change(
            [
                (date(2025, 1, 5), date(2025, 1, 9)),
                (None, date(2025, 1, 4)),
                (date(2025, 2, 1), None),
                (None, None),
            ]
        )
        assert found == [date(2025, 1, 5), date(2025, 1, 10), date(2025, 2, 1)]

    def test_without_days_or_an_estimate_it_is_told(self) -> None:
        told = faults(case_of({"min_lot": 1.0, "max_lot": 5.0}))
        assert "cargoes.csv, row 2, column days" in told
        assert "nothing says how long the voyage takes. Give days, or estimate yes." in told

    def test_ships_that_must_load_and_cannot_arrive_are_told(self) -> None:
        told = faults(case_of(STATED | {"days": 90.0, "min_ships": 1}))
        assert (
            "cargoes.csv, row 2, column min_ships: 1 ships must load in 2025-01, but none can arrive." in told
        )
