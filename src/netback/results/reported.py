"""What was reported of the months that a case plans, beside what the plan does.

    plan value   = sum of the mass [t] or volume [bbl] of the rows of a result table, in the uom of the report;
                   divided by the days of its period, or of the horizon, where the report is an amount a day
    difference   = plan value - value reported, or the distance to the nearer end of the range reported, 0 within it

A plan is what would have been best; what was reported is what was done. A difference is no error of either.
"""

from __future__ import annotations

from collections.abc import Mapping

from netback import uom
from netback.case.case import Case
from netback.case.checks_reported import RESULT_KEYS
from netback.case.table import Record
from netback.results.table import ResultTable

_MEASURES = {"mass": ("mass", "t"), "volume": ("volume", "bbl")}


def reported(case: Case, tables: Mapping[str, ResultTable]) -> ResultTable:
    """One row for each row of reported.csv; ``tables`` are the results of the plan by name."""
    columns = [
        ("fact", "", ""),
        ("title", "", "what was reported"),
        ("period", "", "blank: the whole horizon"),
        ("plan", "row", "what the plan does"),
        ("reported", "row", "blank where only a range was"),
        ("low", "row", "alone: at least"),
        ("high", "row", "alone: at most"),
        ("uom", "", ""),
        ("difference", "row", "plan less what was reported; 0 within a range"),
        ("difference_pct", "%", "of what was reported"),
        ("said_by", "", ""),
        ("note", "", ""),
    ]
    rows = [_row(case, tables, record) for record in case.table("reported").records]
    return ResultTable.of("reported", "Beside what was reported", columns, rows)


def _row(case: Case, tables: Mapping[str, ResultTable], record: Record) -> tuple[object, ...]:
    plan = _planned(case, tables[record["result"]], record)
    value, low, high = record["value"], record["claimed_low"], record["claimed_high"]
    end = value
    if plan is None:
        end = None
    elif end is None:
        end = low if low is not None and (high is None or plan < low) else high
        if (low is None or plan >= low) and (high is None or plan <= high):
            end = plan
    difference = plan - end if plan is not None and end is not None else None
    share = 100.0 * difference / end if difference is not None and end else None
    return (
        record["fact"], record["title"], record["period"] or "", plan, value, low, high, record["uom"],
        difference, share, record["said_by"], record["note"] or "",
    )  # fmt: skip


def _planned(case: Case, table: ResultTable, record: Record) -> float | None:
    """What the plan does, in the uom of the report; None where a density is not known."""
    key = RESULT_KEYS[record["result"]]
    wanted = {key.of[0]: record["of"]}
    if record["part"] is not None and key.part is not None:
        wanted[key.part[0]] = record["part"]
    if record["period"] is not None:
        wanted[key.period] = record["period"]
    measure, own = _MEASURES[record["measure"]]
    amounts = table.where(**wanted).column(measure)
    if None in amounts:
        return None
    stated = uom.parse(record["uom"])
    amount = uom.convert(sum(amounts), own, stated.name.partition("/")[0])
    if not stated.is_rate:
        return amount
    periods = [one for one in case.horizon.periods if record["period"] in (None, one.name)]
    return amount / sum(one.days for one in periods) * stated.per_days
