"""What a voyage earns its owner: freight to time-charter equivalent, and the speed that dates imply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from netback.errors import DataError, Finding


@dataclass(frozen=True, slots=True)
class Earnings:
    """Result of a voyage estimate [USD, USD/d].

    ``tc_equivalent_usd_per_d`` is the hire that earns the same after the same commission.
    """

    net_freight_usd: float
    voyage_expenses_usd: float
    gross_daily_usd: float
    net_daily_usd: float
    tc_equivalent_usd_per_d: float


def time_charter_equivalent(
    cargo_t: float,
    freight_usd_per_t: float,
    commission: float,
    bunkers_usd: float,
    port_costs_usd: Mapping[str, float],
    voyage_days: float,
    running_cost_usd_per_d: float,
    canal_usd: float = 0.0,
) -> Earnings:
    """Work out a voyage estimate: net freight less voyage expenses, by day.

    Parameters
    ----------
    cargo_t, freight_usd_per_t
        Cargo [t] and freight [USD/t].
    commission
        Share of the freight that brokers and charterers keep.
    bunkers_usd, port_costs_usd, canal_usd
        Voyage expenses [USD]; port costs by port.
    voyage_days
        Length of the voyage [d].
    running_cost_usd_per_d
        What the ship costs its owner each day whatever it does [USD/d].

    Raises
    ------
    DataError
        If the voyage has no length or the commission is not a share below one.

    Notes
    -----
    Method of Branch, A. E. and Stopford, M. (2013). Maritime Economics, ch. on the voyage estimate; printed example
    at handybulk.com/bunkerbill.
    """
    if voyage_days <= 0.0:
        raise DataError(Finding("voyage_days", f"a voyage of {voyage_days:g} days has no length."))
    if not 0.0 <= commission < 1.0:
        what = f"{commission:g} is not a share."
        raise DataError(Finding("commission", what, "Write 0.05 for five per cent."))
    net_freight = cargo_t * freight_usd_per_t * (1.0 - commission)
    expenses = bunkers_usd + sum(port_costs_usd.values()) + canal_usd
    gross = (net_freight - expenses) / voyage_days
    return Earnings(net_freight, expenses, gross, gross - running_cost_usd_per_d, gross / (1.0 - commission))


def required_speed_kn(distance_nm: float, departure: date, arrival: date, waiting_days: float = 0.0) -> float:
    """Mean speed [kn] that covers a distance [nm] between two days, without the days of waiting.

    Raises
    ------
    DataError
        If no day is left under way.
    """
    days = (arrival - departure).days - waiting_days
    if days <= 0.0:
        what = f"between {departure} and {arrival} no day is left under way."
        raise DataError(Finding("dates", what, "Put the two days in the order of time."))
    return distance_nm / (24.0 * days)
