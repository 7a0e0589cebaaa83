"""Ships at sea when the horizon begins, and the calendar that all ships share."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.model import build_plan
from netback.planning.phrases import failure_findings
from netback.planning.solve import plan
from netback.supply.cargo_options import Calendar
from tiny import findings, margin, rows, solved, tiny, values

MONTHS = rows("period start days", "april 2023-04-01 30", "may 2023-05-01 31")


def at_sea(*voyages: str, heading: str = "voyage stream quantity arrival price", **tables: Any) -> Case:
    """Crude that arrives is sold at 9 a tonne; no other can be bought."""
    given: dict[str, Any] = {
        "periods": MONTHS,
        "cargoes_at_sea": rows(heading, *voyages),
        "sales": rows("sale stream price", "out crude 9"),
        "stream_properties": rows("stream property value", "crude density_t_per_m3 0.8"),
    }
    return tiny("at_sea", **(given | tables))


def refused(case: Case) -> str:
    with pytest.raises(ModelError) as error:
        build_plan(case)
    return findings(error.value)


class TestArrivals:
    @pytest.mark.parametrize(
        ("day", "sold"),
        [("2023-04-01", [50, 0]), ("2023-04-30", [50, 0]), ("2023-05-01", [0, 50]), ("2023-05-31", [0, 50])],
    )
    def test_she_arrives_in_the_period_of_her_day(self, day: str, sold: list[float]) -> None:
        made = solved(at_sea(f"old crude 50 {day} 2"))
        found = values(made, "sale")
        assert [found[key] for key in sorted(found)] == sold

    @pytest.mark.parametrize("day", ["2023-03-31", "2023-06-01"])
    def test_a_day_outside_the_horizon_is_told(self, day: str) -> None:
        assert refused(at_sea(f"old crude 50 {day} 2")) == (
            f"cargoes_at_sea.csv, row 2, column arrival: old arrives on {day}, outside the horizon. "
            "Leave it out, or put what arrived before into opening_stocks.csv."
        )

    def test_what_is_still_to_be_paid_is_paid(self) -> None:
        assert margin(at_sea("old crude 50 2023-04-03 2")) == pytest.approx(50 * (9 - 2))
        assert margin(at_sea("old crude 50 2023-04-03 .")) == pytest.approx(50 * 9)

    def test_two_of_one_day_add_up(self) -> None:
        assert margin(at_sea("one crude 50 2023-04-03 2", "two crude 30 2023-04-03 3")) == pytest.approx(
            50 * 7 + 30 * 6
        )

    def test_quantity_and_price_have_their_own_uom(self) -> None:
        heading = "voyage stream quantity uom arrival price price_uom"
        # 1 kbbl of 0.8 t/m3 is 127.19 t; 1 USD/m3 is 1.25 USD/t.
        made = at_sea("old crude 1 kbbl 2023-04-03 1 USD/m3", heading=heading)
        tonnes = 158.987294928 * 0.8
        assert margin(made) == pytest.approx(tonnes * (9.0 - 1.25))

    def test_a_currency_is_that_of_the_period_of_arrival(self) -> None:
        heading = "voyage stream quantity arrival price price_uom"
        rates = rows("currency period rate", "PKR april 200", "PKR may 250")
        for day, rate in (("2023-04-03", 200.0), ("2023-05-03", 250.0)):
            made = at_sea(f"old crude 50 {day} 1000 PKR/t", heading=heading, exchange_rates=rates)
            assert margin(made) == pytest.approx(50 * (9 - 1000 / rate))


class TestFaults:
    def test_a_stream_that_nothing_takes_leaves_no_plan(self) -> None:
        case = at_sea("old other 50 2023-04-03 2", offers=rows("offer stream price max", "spot crude 5 9"))
        assert plan(case).certificate.word == "proven infeasible"
        told = failure_findings(build_plan(case), "infeasible", "")
        assert "the voyage old that began before (50 t)" in str(told)

    def test_a_uom_that_needs_a_density(self) -> None:
        case = at_sea(
            "old crude 1 kbbl 2023-04-03", heading="voyage stream quantity uom arrival", stream_properties=[]
        )
        assert "needs a density" in refused(case)

    def test_periods_without_days(self) -> None:
        case = at_sea("old crude 50 2023-04-03 2", periods=rows("period days", "april 30"))
        assert "every period needs its first day" in refused(case)


STARTS = (date(2023, 4, 1), date(2023, 5, 1), date(2023, 6, 1))
CALENDAR = Calendar(STARTS, date(2023, 7, 1))


class TestCalendar:
    @given(st.integers(-40, 140))
    def test_a_day_is_in_one_period_or_before_or_after_all(self, offset: int) -> None:
        day = STARTS[0] + timedelta(days=offset)
        place = CALENDAR.period(day)
        if day < STARTS[0]:
            assert place == -1
        elif day >= CALENDAR.end:
            assert place == 3
        else:
            assert STARTS[place] <= day <= CALENDAR.last(place)

    def test_last_days_meet_the_first_of_the_next(self) -> None:
        assert [CALENDAR.last(place) for place in range(3)] == [
            date(2023, 4, 30), date(2023, 5, 31), date(2023, 6, 30),
        ]  # fmt: skip
