"""The horizon: periods in order, their length, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from netback.case.horizon import Horizon, Period
from netback.case.table import Table
from netback.errors import DataError


def periods(*rows: tuple[str, str, float]) -> Table:
    return Table.of("periods", [{"period": name, "start": start, "days": days} for name, start, days in rows])


def test_periods_in_order() -> None:
    horizon = Horizon.of(periods(("2023-09", "2023-09-01", 30), ("2023-10", "2023-10-01", 31)))
    assert horizon.names == ("2023-09", "2023-10")
    assert horizon.periods[0] == Period("2023-09", date(2023, 9, 1), 30.0)
    assert len(horizon) == 2
    assert horizon.index("2023-10") == 1


def test_days_are_an_array_of_floats() -> None:
    days = Horizon.of(periods(("a", "", 0.5), ("b", "", 31))).days
    assert days.dtype == float
    assert days.tolist() == [0.5, 31.0]


def test_unknown_period_names_the_closest() -> None:
    horizon = Horizon.of(periods(("2023-09", "", 30)))
    with pytest.raises(DataError, match='there is no period "2023-9"'):
        horizon.index("2023-9")


def test_no_period_is_a_finding() -> None:
    with pytest.raises(DataError, match="there is no period"):
        Horizon.of(periods())


@pytest.mark.parametrize("days", [0.0, -1.0])
def test_periods_have_a_length(days: float) -> None:
    with pytest.raises(DataError, match="row 3, column days"):
        Horizon.of(periods(("a", "", 30), ("b", "", days)))


def test_periods_are_in_order_of_time() -> None:
    with pytest.raises(DataError, match="2023-09-01 does not come after 2023-10-01 of row 2"):
        Horizon.of(periods(("b", "2023-10-01", 31), ("a", "2023-09-01", 30)))


def test_periods_without_a_date_may_stand_between() -> None:
    horizon = Horizon.of(periods(("a", "2023-09-01", 30), ("b", "", 31), ("c", "2023-11-01", 30)))
    assert len(horizon) == 3


def test_all_faults_come_together() -> None:
    with pytest.raises(DataError) as caught:
        Horizon.of(periods(("b", "2023-10-01", 0), ("a", "2023-10-01", -1)))
    assert len(caught.value.findings) == 3


def test_many_periods() -> None:
    horizon = Horizon.of(periods(*((f"day {number}", "", 1.0) for number in range(400))))
    assert horizon.days.sum() == 400.0
    assert horizon.index("day 399") == 399
