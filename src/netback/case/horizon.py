"""The horizon of a case: its periods in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from netback.case.table import Table
from netback.errors import DataError, Finding, closest

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Period:
    """One period. ``days`` [d] is its length, by which rates are multiplied; ``start`` its first day."""

    name: str
    start: date | None
    days: float


@dataclass(frozen=True)
class Horizon:
    """All periods in order of time."""

    periods: tuple[Period, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the periods in order."""
        return tuple(period.name for period in self.periods)

    @property
    def days(self) -> NDArray[numpy.float64]:
        """Length of each period [d], shape (periods,)."""
        import numpy

        return numpy.array([period.days for period in self.periods], dtype=float)

    def index(self, name: str) -> int:
        """Place of a period in the horizon, from 0.

        Raises
        ------
        DataError
            If there is no such period.
        """
        try:
            return self.names.index(name)
        except ValueError:
            fault = Finding("periods.csv", f'there is no period "{name}".', closest(name, self.names))
            raise DataError(fault) from None

    def __len__(self) -> int:
        return len(self.periods)

    @classmethod
    def of(cls, table: Table) -> Horizon:
        """Return the horizon that a table ``periods`` states.

        Raises
        ------
        DataError
            If it has no rows, a period is not longer than nothing, or the periods are not in order of time.
        """
        findings = list(horizon_findings(table))
        if findings:
            raise DataError(findings)
        return cls(tuple(Period(r["period"], r["start"], r["days"]) for r in table.records))


def horizon_findings(table: Table) -> list[Finding]:
    """Find what is wrong with a table ``periods``; rows whose cells could not be read are passed over."""
    if not table.records:
        return [
            Finding("periods.csv", "there is no period.", "Add one row per period, for example 2023-09,,30.")
        ]
    findings = [
        Finding(
            table.where(record, "days"),
            f"a period of {record['days']:g} days has no length.",
            "Write 1 or more.",
        )
        for record in table.records
        if record["days"] is not None and record["days"] <= 0.0
    ]
    dated = [record for record in table.records if record["start"] is not None]
    for before, after in pairwise(dated):
        if after["start"] <= before["start"]:
            what = f"{after['start']} does not come after {before['start']} of row {before.row}."
            findings.append(Finding(table.where(after, "start"), what, "Put the periods in order of time."))
    return findings
