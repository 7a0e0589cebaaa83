"""Checks of cargoes, contracts and berths: what each says of a fault, and that it is silent without one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.case import Case
from netback.case.checks_cargoes import (
    check_berths,
    check_cargo_costs,
    check_cargo_offers,
    check_cargo_rows,
    check_contracts,
)
from netback.errors import Finding
from tiny import tiny

MONTHS = [
    {"period": "april", "start": "2023-04-01", "days": 30},
    {"period": "may", "start": "2023-05-01", "days": 31},
]
OFFERS = [
    {"offer": "urals", "stream": "crude", "price": 60},
    {"offer": "das", "stream": "light", "price": 90},
]
SHIP: dict[str, Any] = {"cargo": "aframax", "offer": "urals", "days": 30, "max_ships": 2}


def port(*ships: dict[str, Any], **tables: Any) -> Case:
    """Two months and two offers with the rows of cargoes given."""
    return tiny("port", **{"periods": MONTHS, "offers": OFFERS, "cargoes": list(ships), **tables})


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.where, finding.what) for finding in findings]


class TestOffersOfACargo:
    def test_rows_of_one_cargo_ship_one_offer(self) -> None:
        other = {**SHIP, "offer": "das", "period": "may"}
        (finding,) = check_cargo_offers(port(SHIP, other))
        assert str(finding) == (
            'cargoes.csv, row 3, column offer: cargo "aframax" ships "urals" in row 2. '
            'Give the rows that ship "das" another name.'
        )

    def test_every_later_row_is_held_against_the_first(self) -> None:
        lines = [{**SHIP, "offer": offer} for offer in ("das", "urals", "das", "urals")]
        assert [finding.where for finding in check_cargo_offers(port(*lines))] == [
            "cargoes.csv, row 3, column offer",
            "cargoes.csv, row 5, column offer",
        ]

    def test_two_cargoes_may_ship_one_offer(self) -> None:
        assert check_cargo_offers(port(SHIP, {**SHIP, "cargo": "suezmax"})) == []

    def test_periods_without_a_day_cannot_have_ships(self) -> None:
        undated = [{"period": "april", "days": 30}, {"period": "may", "days": 31}]
        assert told(check_cargo_offers(port(SHIP, periods=undated))) == [
            (
                f"periods.csv, row {row}, column start",
                "cargoes have dates, so every period needs its first day.",
            )
            for row in (2, 3)
        ]
        assert check_cargo_offers(port(periods=undated)) == []

    def test_a_ship_at_sea_needs_dated_periods_as_well(self) -> None:
        sailing = [{"voyage": "one", "stream": "crude", "quantity": 5, "arrival": "2023-04-03"}]
        undated = [{"period": "april", "days": 30}]
        assert len(check_cargo_offers(port(periods=undated, cargoes_at_sea=sailing))) == 1


class TestRowsOfACargo:
    def test_a_faultless_ship_is_passed_over(self) -> None:
        assert check_cargo_rows(port(SHIP)) == []

    def test_a_laycan_ends_after_it_begins(self) -> None:
        late = {**SHIP, "laycan_from": "2023-04-12", "laycan_to": "2023-04-11"}
        assert told(check_cargo_rows(port(late))) == [
            (
                "cargoes.csv, row 2, column laycan_from",
                "the laycan ends on 2023-04-11, before it begins on 2023-04-12.",
            )
        ]
        assert check_cargo_rows(port({**late, "laycan_to": "2023-04-12"})) == []
        assert check_cargo_rows(port({**SHIP, "laycan_from": "2023-04-12"})) == []

    def test_an_estimate_needs_both_ports_and_a_class(self) -> None:
        guess = {"cargo": "aframax", "offer": "urals", "estimate": True, "load_port": "Primorsk"}
        (finding,) = check_cargo_rows(port(guess))
        assert str(finding) == (
            "cargoes.csv, row 2, column estimate: the voyage cannot be estimated without discharge_port, vessel. "
            "Fill them, or estimate no."
        )

    def test_parcels_name_their_own_port(self) -> None:
        guess = {
            "cargo": "aframax", "offer": "urals", "estimate": True, "load_port": "Primorsk", "vessel": "aframax",
        }  # fmt: skip
        split = [{"cargo": "aframax", "parcel": "first", "discharge_port": "Karachi"}]
        assert check_cargo_rows(port(guess, parcels=split)) == []
        assert len(check_cargo_rows(port(guess))) == 1

    def test_without_an_estimate_the_days_are_stated(self) -> None:
        (finding,) = check_cargo_rows(port({"cargo": "aframax", "offer": "urals"}))
        assert (finding.where, finding.what, finding.hint) == (
            "cargoes.csv, row 2, column days",
            "nothing says how long the voyage takes.",
            "Give days, or estimate yes.",
        )

    @given(st.floats(-50.0, 150.0))
    def test_a_loss_is_a_share_of_the_lot(self, loss: float) -> None:
        found = check_cargo_rows(port({**SHIP, "loss_pct": loss}))
        assert bool(found) == (loss < 0.0 or loss >= 100.0)
        assert all(finding.where == "cargoes.csv, row 2, column loss_pct" for finding in found)


class TestCosts:
    @pytest.mark.parametrize(
        ("per", "cost_uom", "faults"),
        [("ship", "USD/t", 1), ("ship", None, 0), ("quantity", "USD/t", 0), ("quantity", None, 0)],
    )
    def test_a_lump_sum_has_no_uom(self, per: str, cost_uom: str | None, faults: int) -> None:
        line = {"cargo": "aframax", "item": "freight", "cost": 9, "per": per, "cost_uom": cost_uom}
        found = check_cargo_costs(port(SHIP, cargo_costs=[line]))
        assert len(found) == faults
        if faults:
            assert str(found[0]) == (
                "cargo_costs.csv, row 2, column cost_uom: a cost per ship is in USD for the whole ship, "
                'so "USD/t" cannot hold. Leave cost_uom blank, or write per quantity.'
            )


class TestContracts:
    def contract(self, *ships: dict[str, Any], **cells: Any) -> list[Finding]:
        line = {"contract": "term", "cargoes": "aframax", **cells}
        return check_contracts(port(*ships, contracts=[line]))

    def test_more_ships_than_its_cargoes_have(self) -> None:
        (finding,) = self.contract(SHIP, min_ships=3)
        assert str(finding) == (
            "contracts.csv, row 2, column min_ships: 3 ships a period must be lifted, "
            "and its cargoes have 2 at most. Raise max_ships of the cargoes, or give short_cost."
        )

    @given(
        st.integers(0, 9),
        st.integers(0, 4),
        st.integers(0, 4),
        st.sampled_from(["period", "horizon"]),
        st.booleans(),
    )
    def test_room_is_counted_over_cargoes_and_periods(
        self, least: int, first: int, second: int, scope: str, pays: bool
    ) -> None:
        ships = ({**SHIP, "max_ships": first}, {**SHIP, "cargo": "suezmax", "max_ships": second})
        cells = {"min_ships": least, "scope": scope, "cargoes": "aframax; suezmax"}
        found = self.contract(*ships, **cells, **({"short_cost": 1} if pays else {}))
        room = (first + second) * (2 if scope == "horizon" else 1)
        assert bool(found) == (least > room and not pays)
        if found:
            span = "over the horizon" if scope == "horizon" else "a period"
            assert (
                found[0].what == f"{least} ships {span} must be lifted, and its cargoes have {room} at most."
            )

    def test_a_blank_greatest_number_is_no_limit(self) -> None:
        free = {name: cell for name, cell in SHIP.items() if name != "max_ships"}
        assert self.contract(free, min_ships=10_000) == []
        assert self.contract({**SHIP, "period": "april"}, {**free, "period": "may"}, min_ships=10_000) == []

    @pytest.mark.parametrize("column", ["tolerance_pct", "total_tolerance_pct"])
    @pytest.mark.parametrize(("value", "faults"), [(-0.5, 1), (0.0, 0), (10.0, 0), (100.0, 0), (100.5, 1)])
    def test_tolerances_are_shares(self, column: str, value: float, faults: int) -> None:
        found = self.contract(SHIP, **{column: value})
        assert len(found) == faults
        if faults:
            assert told(found) == [
                (
                    f"contracts.csv, row 2, column {column}",
                    f"a tolerance of {value:g} % is not between 0 and 100.",
                )
            ]


class TestBerths:
    def test_a_berth_where_nothing_discharges_is_a_warning_with_the_closest_name(self) -> None:
        case = port({**SHIP, "discharge_port": "Karachi"}, berth_limits=[{"port": "Karach", "max_ships": 2}])
        (finding,) = check_berths(case)
        assert finding.severity == "warning"
        assert str(finding) == (
            'berth_limits.csv, row 2, column port: nothing discharges at "Karach". Closest name: "Karachi".'
        )

    def test_cargoes_parcels_and_ships_at_sea_all_discharge(self) -> None:
        case = port(
            {**SHIP, "discharge_port": "Karachi"},
            parcels=[{"cargo": "aframax", "parcel": "a", "discharge_port": "Port Qasim"}],
            cargoes_at_sea=[
                {
                    "voyage": "v",
                    "stream": "crude",
                    "quantity": 5,
                    "arrival": "2023-04-03",
                    "discharge_port": "Hub",
                }
            ],
            berth_limits=[{"port": name, "max_ships": 2} for name in ("Karachi", "Port Qasim", "Hub")],
        )
        assert check_berths(case) == []
