"""What was reported beside the plan: table, checks of its rows, and the figure."""

from __future__ import annotations

from typing import Any

import pytest

import planned
from netback.case.case import Case
from netback.case.checks import check
from netback.case.checks_reported import RESULT_KEYS
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.plots.reported import reported_facts
from netback.results.solution import Solution, solution_of
from tiny import tiny

FACT: dict[str, Any] = {
    "fact": "bought", "title": "crude bought", "result": "purchases", "of": "spot", "value": 100, "uom": "t",
    "said_by": "press",
}  # fmt: skip


def refinery(*facts: dict[str, Any], density: float | None = 0.8) -> Case:
    """Buys 60 t in each of two months of 30 days and sells all of it."""
    tables: dict[str, Any] = {
        "periods": [
            {"period": "A", "start": "2023-04-01", "days": 30},
            {"period": "B", "start": "2023-05-01", "days": 30},
        ],
        "sources": [{"source": "press", "title": "a newspaper"}],
        "streams": [{"stream": "urals", "kind": "crude", "uom": "t"}],
        "offers": [{"offer": "spot", "stream": "urals", "price": 10, "max": 60, "source": "press"}],
        "sales": [{"sale": "out", "stream": "urals", "price": 11, "source": "press"}],
        "reported": list(facts),
    }
    if density is not None:
        tables["stream_properties"] = [
            {"stream": "urals", "property": "density_t_per_m3", "value": density, "source": "press"}
        ]
    return tiny("small", **tables)


def solution(*facts: dict[str, Any], **options: Any) -> Solution:
    case = refinery(*facts, **options)
    assert not [finding for finding in check(case) if finding.severity == "error"]
    return solution_of(plan(case))


def row(*facts: dict[str, Any], **options: Any) -> dict[str, Any]:
    (found,) = solution(*facts, **options)["reported"].records()
    return found


def test_a_case_without_reports_has_no_table() -> None:
    found = solution()
    assert "reported" not in found.tables
    assert reported_facts(found) is None


def test_the_whole_horizon_and_one_month() -> None:
    whole = row(FACT)
    assert (whole["plan"], whole["difference"], whole["difference_pct"]) == pytest.approx((120, 20, 20))
    month = row({**FACT, "period": "B"})
    assert (month["period"], month["plan"], month["difference"]) == (
        "B",
        pytest.approx(60),
        pytest.approx(-40),
    )


@pytest.mark.parametrize(("period", "uom", "value"), [
    (None, "t/d", 2.0), ("A", "t/d", 2.0), (None, "kt", 0.12), ("A", "tpd", 2.0), (None, "t/h", 2.0 / 24.0),
])  # fmt: skip
def test_uom_of_the_report(period: str | None, uom: str, value: float) -> None:
    assert row({**FACT, "period": period, "uom": uom})["plan"] == pytest.approx(value)


def test_volumes() -> None:
    found = row({**FACT, "measure": "volume", "uom": "kbbl"})
    assert found["plan"] == pytest.approx(120 / 0.8 / 0.158987294928 / 1000)


def test_a_volume_without_a_density_is_not_known() -> None:
    found = solution({**FACT, "measure": "volume", "uom": "bbl"}, density=None)
    (only,) = found["reported"].records()
    assert (only["plan"], only["difference"], only["difference_pct"]) == (None, None, None)
    assert reported_facts(found) is None


@pytest.mark.parametrize(("low", "high", "difference"), [
    (100, 130, 0.0), (130, 150, -10.0), (90, 110, 10.0), (130, None, -10.0), (110, None, 0.0), (None, 110, 10.0),
    (None, 130, 0.0),
])  # fmt: skip
def test_ranges(low: float | None, high: float | None, difference: float) -> None:
    found = row({**FACT, "value": None, "claimed_low": low, "claimed_high": high})
    assert found["difference"] == pytest.approx(difference)


@pytest.mark.parametrize(("change", "column", "what"), [
    ({"of": "spott"}, "of", 'offer "spott" is not in offers.csv'),
    ({"result": "sales"}, "of", 'sale "spot" is not in sales.csv'),
    ({"part": "urals"}, "part", "purchases have no parts"),
    ({"result": "stocks", "of": "urals", "measure": "volume", "uom": "bbl"}, "measure", "told by mass"),
    ({"value": None}, "value", "nothing is reported"),
    ({"claimed_low": 120}, "claimed_low", "not in this order"),
    ({"uom": "bbl"}, "uom", '"bbl" measures volume'),
    ({"uom": "GJ"}, "uom", '"GJ" measures energy'),
    ({"result": "unit_runs", "of": "cdu"}, "of", 'unit "cdu" is not in units.csv'),
    ({"period": "C"}, "period", 'period "C" is not in periods.csv'),
])  # fmt: skip
def test_faults(change: dict[str, Any], column: str, what: str) -> None:
    from netback.case.references import dangling

    case = refinery({**FACT, **change})
    told = [*check(case), *dangling(case.tables)]
    (finding,) = dict.fromkeys(one for one in told if one.where.startswith("reported.csv"))
    assert finding.where == f"reported.csv, row 2, column {column}"
    assert what in finding.what


def test_rows_are_found_by_columns_that_the_results_have() -> None:
    solved = planned.without_worths("karachi_2023", gap=0.02)
    for name, key in RESULT_KEYS.items():
        names = solved[name].names
        assert {key.of[0], key.period, "mass"} <= set(names)
        assert key.part is None or key.part[0] in names
        assert ("volume" in names) == key.volume
    order = {fact["fact"]: fact for fact in solved["reported"].records()}
    assert order["first_parcel"]["difference"] == pytest.approx(0.0, abs=0.5)
    assert order["second_parcel"]["difference"] == pytest.approx(0.0, abs=0.5)


def test_september_beside_what_prl_told_the_exchange() -> None:
    found = solution_of(plan(read_case("karachi_2023_september", "reported_campaign")))
    facts = {fact["fact"]: fact for fact in found["reported"].records()}
    assert facts["feed_rate"]["plan"] == pytest.approx(5340.0)
    assert facts["feed_rate"]["difference_pct"] == pytest.approx(0.0, abs=1e-9)
    assert facts["petrol_made"]["low"] == 26000.0
    drawn = reported_facts(found)
    assert drawn is not None
    assert drawn.title == "The plan beside what was reported"
    assert drawn.png[:8] == b"\x89PNG\r\n\x1a\n"
    assert drawn.svg.startswith(b"<?xml")
