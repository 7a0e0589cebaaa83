"""Cargoes: the program of tiny cases line by line, optima worked out by hand, dates at their boundaries, bad data."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from equations.lp_text import assert_golden
from netback.case.case import Case
from netback.case.checks import check
from netback.errors import ModelError
from netback.planning.model import build_plan
from netback.planning.phrases import failure_findings
from netback.planning.solve import plan
from netback.results.economics import economics, mass_balance
from netback.results.reading import Reader
from netback.results.solution import solution_of
from netback.results.voyages import voyages
from tiny import Row, findings, margin, rows, solved, tiny, values


def months(*first: str, last_days: int = 30) -> list[Row]:
    """Periods from their first days; each ends where the next begins."""
    days = [date.fromisoformat(day) for day in first]
    lengths = [(late - early).days for early, late in pairwise(days)]
    return [
        {"period": f"{day:%Y-%m}", "start": day, "days": float(length)}
        for day, length in zip(days, [*lengths, last_days], strict=True)
    ]


SPRING = months("2023-04-01", "2023-05-01", "2023-06-01")


def direct(**tables: Any) -> Case:
    """Wheat from two harbours, shipped whole; the Black Sea three days away, Australia thirty."""
    given: dict[str, Any] = {
        "periods": SPRING,
        "offers": rows("offer stream period price", "black wheat . 10", "south wheat 2023-04 4"),
        "cargoes": rows(
            "cargo offer max_ships min_lot max_lot days loss_pct discharge_port",
            "handy black 2 40 70 3 0 kpt",
            "panamax south 1 . 100 29.2 1 kpt",
        ),
        "cargo_costs": rows(
            "cargo item cost per cost_uom",
            "handy freight 70 ship .",
            "panamax freight 1.5 quantity .",
            "panamax insurance 5 quantity %",
        ),
        "sales": rows("sale stream max price", "s wheat 80 20"),
        "inventories": rows("stream max", "wheat 60"),
    }
    return tiny(**(given | tables))


def lightered(**tables: Any) -> Case:
    """A mother ship that is split between herself and two shuttles of one class."""
    given: dict[str, Any] = {
        "periods": SPRING[:2],
        "offers": rows("offer stream price max", "far ore 5 500"),
        "cargoes": rows(
            "cargo offer period max_ships min_lot max_lot days lightering",
            "afra far 2023-04 3 90 120 20 oman",
        ),
        "parcels": rows(
            "cargo parcel per_ship min max days berth_days cost discharge_port",
            "afra herself 1 10 50 2 1 0 kpt",
            "afra shuttle 2 20 35 5 2 7 kpt",
        ),
        "berth_limits": rows("port max_ships max_days", "kpt 3 9"),
        "cargoes_at_sea": rows(
            "voyage stream quantity arrival discharge_port berth_days price",
            "old ore 30 2023-05-02 kpt 1 2",
        ),
        "sales": rows("sale stream price", "s ore 9"),
    }
    return tiny(**(given | tables))


def contracted() -> Case:
    return direct(
        contracts=rows(
            "contract cargoes scope counted min_ships max_ships lot tolerance_pct option short_cost",
            "monthly handy period arrival 1 2 50 10 buyer 500",
            "yearly handy;panamax horizon loading 1 4 . . . .",
        )
    )


@pytest.mark.parametrize("case", [direct, lightered, contracted], ids=lambda case: case.__name__)
def test_rows_are_those_of_the_docstring(case: Any) -> None:
    assert_golden(build_plan(case()).problem, f"cargo_{case.__name__}")


def test_optimum_by_hand() -> None:
    """Sales of 80 at 20 in each of three months and a tank of 60; handies carry 40 to 70, the southern ship 100.

    Southern wheat costs 5.7 with freight and insurance, 99 t arrive in May: always worth a ship. Black Sea wheat costs
    10 and 70 a ship. All 240 can be sold with 141 of it, which needs three ships (two of 40 in April, one of 61 in
    June): 240 x 20 - 141 x 10 - 3 x 70 - 570 = 2610. With two ships April sells at most 70, or keeps at most 41 for
    May and June (the tank), so 230 are sold with 131 of it: 4600 - 1310 - 140 - 570 = 2580. Without the southern ship
    four handies: 4800 - 2400 - 280 = 2120.
    """
    made = solved(direct())
    ships = values(made, "cargo_ships")
    for cargo, number in (("panamax", 1.0), ("handy", 3.0)):
        assert sum(count for (name, _), count in ships.items() if name == cargo) == pytest.approx(number)
    assert made.certificate.value == pytest.approx(2610.0)


def test_no_part_of_a_ship_is_bought() -> None:
    """A ship of 40 at least where 30 can be sold: nothing, though each tonne by itself would earn 10."""
    case = direct(sales=rows("sale stream max price", "s wheat 25 20"), inventories=[])
    assert margin(case) == pytest.approx(0.0)


def test_a_split_ship_arrives_in_parcels() -> None:
    made = solved(lightered())
    solution = solution_of(made)
    ships = solution["voyages"].where(cargo="afra").records()
    # Six berthings in two months and one taken by the old voyage: two ships of three parcels do not fit.
    assert {row["voyage"] for row in ships} == {"1"}
    assert [row["parcel"] for row in ships] == ["herself", "shuttle 1", "shuttle 2"]
    assert sum(row["loaded"] for row in ships) == pytest.approx(120.0)
    assert made.certificate.value == pytest.approx(120 * (9 - 5) - 2 * 7 + 30 * (9 - 2))


def test_every_dollar_and_tonne_is_told() -> None:
    for case in (direct(), lightered(), contracted(), at_sea_at_the_end()):
        reader = Reader(solved(case))
        found = economics(reader)
        assert found.objective == pytest.approx(reader.plan.certificate.value, rel=1e-9)
        for row in mass_balance(reader).records():
            assert row["imbalance"] == pytest.approx(0.0, abs=1e-6)
        freight = sum(row["freight"] or 0.0 for row in voyages(reader).records())
        told = -sum(a for group, item, a in found.items if group == "cargo costs" and "take" not in item)
        assert freight == pytest.approx(told)


def at_sea_at_the_end() -> Case:
    return direct(
        periods=SPRING[:1],
        offers=rows("offer stream price", "south wheat 4"),
        cargoes=rows(
            "cargo offer max_lot max_ships days loss_pct closing_value", "panamax south 100 1 40 2 9"
        ),
        cargo_costs=[],
    )


def test_a_ship_at_sea_at_the_end_counts_what_she_is_worth() -> None:
    assert margin(at_sea_at_the_end()) == pytest.approx(100 * 0.98 * 9 - 100 * 4)
    solution = solution_of(solved(at_sea_at_the_end()))
    assert solution["voyages"].records()[0]["arrival_period"] == "at sea at the end"
    sea = solution["mass_balance"].one(part="at sea")
    assert (sea["mass_in"], sea["mass_out"], sea["stock_change"]) == (100.0, 0.0, 100.0)


def test_without_a_value_no_ship_is_loaded_that_would_come_too_late() -> None:
    case = at_sea_at_the_end()
    late = case.with_table("cargoes", [case["cargoes"].records[0].with_(closing_value=None)])
    assert not build_plan(late).cargoes.slots
    assert margin(late) == 0.0


@pytest.mark.parametrize(
    ("days", "arrivals"),
    [
        (0, ["2023-04"]),
        (1, ["2023-04", "2023-05"]),  # only the ship of the last day comes in May
        (29, ["2023-04", "2023-05"]),  # only that of the first day still comes in April
        (29.1, ["2023-05"]),  # a part of a day counts whole
        (30, ["2023-05"]),
        (31, ["2023-05"]),  # 1 April + 31 = 2 May, 30 April + 31 = 31 May
        (32, ["2023-05", "2023-06"]),
        (61, ["2023-06"]),
        (62, ["2023-06"]),
        (90, ["2023-06"]),  # 1 April + 90 = 30 June, the last day
        (91, []),
    ],
)
def test_arrivals_at_the_borders_of_periods(days: float, arrivals: list[str]) -> None:
    case = direct(cargoes=rows("cargo offer max_lot days", f"c south 100 {days}"), cargo_costs=[])
    found = build_plan(case).cargoes
    slots = [slot for p in range(len(found.slots)) if (slot := found.slot(p, 0)) is not None]
    names = build_plan(case).build.periods
    assert [names[slot.periods[0]] for slot in slots] == arrivals
    for slot, following in pairwise(slots):
        assert (following.first - slot.last).days == 1
    if slots:
        assert slots[0].first == date(2023, 4, 1)


def test_laycans_of_one_day() -> None:
    dated = [
        row | {"laycan_from": date(2023, 4, 21), "laycan_to": date(2023, 4, 21), "period": "2023-04"}
        for row in rows("cargo offer max_lot days", "c south 100 51")
    ]
    found = build_plan(direct(cargoes=dated, cargo_costs=[])).cargoes
    slot = found.slot(0, 0)
    assert slot is not None
    assert slot.dates == (date(2023, 6, 11),)
    assert slot.first == slot.last == date(2023, 4, 21)


def test_parts_of_one_ship_share_her_day_of_loading() -> None:
    """A shuttle ten days later: no day of loading brings both parcels in April once she needs 25 days."""
    case = lightered(
        parcels=rows(
            "cargo parcel min max days discharge_port", "afra first 0 60 0 kpt", "afra second 0 60 10 kpt"
        ),
        berth_limits=[],
    )
    found = build_plan(case).cargoes
    periods = [slot.periods for p in range(len(found.slots)) if (slot := found.slot(p, 0)) is not None]
    assert periods == [(0, 1), (1, 1)]


def test_contract_is_met_or_paid_for() -> None:
    reader = Reader(solved(contracted()))
    short = values(reader.plan, "contract_short")
    landed = voyages(reader).where(cargo="handy").column("arrival_period")
    for period in ("2023-04", "2023-05", "2023-06"):
        assert 1 <= landed.count(period) + round(short["monthly", period], 6) <= 2
    for voyage in voyages(reader).where(cargo="handy").records():
        assert 45.0 - 1e-6 <= voyage["loaded"] <= 55.0 + 1e-6


def test_sellers_option_is_planned_at_the_lot() -> None:
    case = contracted()
    changed = [
        row.with_(option="seller") if row["contract"] == "monthly" else row
        for row in case["contracts"].records
    ]
    loaded = (
        voyages(Reader(solved(case.with_table("contracts", changed)))).where(cargo="handy").column("loaded")
    )
    assert loaded
    assert loaded == pytest.approx([50.0] * len(loaded))


def test_break_even_is_that_of_a_ship() -> None:
    """One month, one ship of 50 of which only 40 can be sold: she is worth 40 x 20 - 60 over 50."""
    case = tiny(
        periods=SPRING[:1],
        offers=rows("offer stream price", "o wheat 10"),
        cargoes=rows("cargo offer max_lot max_ships days", "c o 50 2 1"),
        cargo_costs=rows("cargo item cost per", "c freight 60 ship"),
        inventories=rows("stream max", "wheat 100"),
        sales=rows("sale stream max price", "s wheat 40 20"),
    )
    row = solution_of(solved(case))["purchases"].records()[0]
    assert row["quantity"] == 50.0
    assert row["break_even_high"] == pytest.approx((40 * 20 - 60) / 50)
    assert row["delivered_price"] == pytest.approx(10 + 60 / 50)
    # At that price the ship and no ship earn the same.
    offers = rows("offer stream price", f"o wheat {(40 * 20 - 60) / 50}")
    assert margin(case.with_table("offers", offers)) == pytest.approx(0.0, abs=1e-6)


def test_cargoes_of_wheat_of_300000_t() -> None:
    """The register's wheat lots: five Handymax of 60,000 t, or whole lots, through one grain berth."""
    case = tiny(
        periods=SPRING,
        offers=rows("offer stream price max", "g2g wheat 250 300000"),
        cargoes=rows(
            "cargo offer min_lot max_lot days berth_days discharge_port", "supra g2g 45000 60000 18 8 gwadar"
        ),
        cargo_costs=rows("cargo item cost per", "supra freight 1500000 ship"),
        contracts=rows("contract cargoes scope min_ships max_ships", "lot supra horizon 5 5"),
        berth_limits=rows("port max_days", "gwadar 24"),
        inventories=rows("stream max closing_value", "wheat 200000 240"),
        sales=rows("sale stream max price", "flour wheat 90000 300"),
    )
    solution = solution_of(solved(case))
    assert len(solution["voyages"]) == 5
    for period in ("2023-04", "2023-05", "2023-06"):
        assert len(solution["voyages"].where(arrival_period=period)) <= 3
    assert "crude" not in solution["voyages"].to_csv()


def test_a_day_after_the_horizon_is_told_once_for_a_row_of_every_period() -> None:
    cargoes = rows("cargo offer max_lot days laycan_from laycan_to", "c black 100 9 2024-01-05 2024-01-09")
    with pytest.raises(ModelError) as error:
        build_plan(direct(cargoes=cargoes, cargo_costs=[]))
    (finding,) = error.value.findings
    assert finding.what == "2024-01-05 lies after the end of the horizon, 2023-06-30."


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "laycan after the horizon": (
        {
            "cargoes": [
                row | {"laycan_from": date(2024, 1, 5), "laycan_to": date(2024, 1, 9), "period": "2023-04"}
                for row in rows("cargo offer max_lot days", "c south 100 9")
            ],
            "cargo_costs": [],
        },
        "cargoes.csv, row 2, column laycan_from: 2024-01-05 lies after the end of the horizon, 2023-06-30.",
    ),
    "laycan backwards": (
        {
            "cargoes": [
                row | {"laycan_from": date(2023, 4, 9), "laycan_to": date(2023, 4, 5), "period": "2023-04"}
                for row in rows("cargo offer max_lot days", "c south 100 9")
            ],
            "cargo_costs": [],
        },
        "the laycan ends on 2023-04-05, before it begins on 2023-04-09.",
    ),
    "cargo without offer": (
        {"cargoes": rows("cargo offer max_lot days", "c nobody 100 9"), "cargo_costs": []},
        'cargoes.csv, row 2, column offer: offer "nobody" is not in offers.csv.',
    ),
    "least lot above the largest ship": (
        {
            "cargoes": rows("cargo offer max_lot min_lot days discharge_port", "c south 100 80 9 kpt"),
            "cargo_costs": [],
            "berth_limits": rows("port max_lot", "kpt 75"),
        },
        "the least lot 80 is above the largest that can be shipped, 75.",
    ),
    "nothing holds": (
        {"cargoes": rows("cargo offer days", "c south 9"), "cargo_costs": []},
        "nothing says how much a ship holds.",
    ),
    "no days": (
        {"cargoes": rows("cargo offer max_lot", "c south 100"), "cargo_costs": []},
        "nothing says how long the voyage takes.",
    ),
    "contract that no ship can meet": (
        {"contracts": rows("contract cargoes min_ships counted", "monthly panamax 1 arrival")},
        'contract "monthly": 1 ships must arrive in 2023-04, and none of its cargoes can.',
    ),
    "ships that must load and cannot arrive": (
        {
            "cargoes": rows("cargo offer max_lot days min_ships max_ships", "c south 100 99 1 1"),
            "cargo_costs": [],
        },
        "1 ships must load in 2023-04, but none can arrive.",
    ),
    "voyage at sea outside the horizon": (
        {"cargoes_at_sea": rows("voyage stream quantity arrival", "old wheat 30 2023-08-02")},
        "old arrives on 2023-08-02, outside the horizon.",
    ),
    "berth full before": (
        {
            "cargoes_at_sea": rows(
                "voyage stream quantity arrival discharge_port", "old wheat 30 2023-04-02 kpt"
            ),
            "berth_limits": rows("port max_ships", "kpt 0"),
        },
        "voyages at sea alone take more of kpt in 2023-04 than it has.",
    ),
    "periods without dates": (
        {
            "periods": [{"period": "P1", "days": 30}],
            "offers": rows("offer stream price", "black wheat 1", "south wheat 2"),
        },
        "cargoes have dates, so every period needs its first day.",
    ),
    "least ships above greatest": (
        {
            "cargoes": rows("cargo offer max_lot days min_ships max_ships", "c south 100 9 2 1"),
            "cargo_costs": [],
        },
        "min_ships 2 is above max_ships 1",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_is_told_in_the_planners_words(name: str) -> None:
    tables, told = BAD[name]
    with pytest.raises(ModelError) as error:
        build_plan(direct(**tables))
    assert told in findings(error.value)


CHECKED: dict[str, tuple[dict[str, Any], str]] = {
    "two offers in one cargo": (
        {"cargoes": rows("cargo offer period max_lot days", "c black 2023-04 9 9", "c south 2023-05 9 9")},
        'cargo "c" ships "black" in row 2.',
    ),
    "lump sum with uom": (
        {"cargo_costs": rows("cargo item cost per cost_uom", "handy freight 5 ship USD/t")},
        'a cost per ship is in USD for the whole ship, so "USD/t" cannot hold.',
    ),
    "more contracted than offered": (
        {"contracts": rows("contract cargoes min_ships", "monthly handy 3")},
        "3 ships a period must be lifted, and its cargoes have 2 at most.",
    ),
    "estimate of nothing": (
        {"cargoes": rows("cargo offer estimate", "handy black yes", "panamax south no")},
        "the voyage cannot be estimated without load_port, discharge_port, vessel.",
    ),
    "berth that nobody uses": (
        {"berth_limits": rows("port max_ships", "kbt 3")},
        'nothing discharges at "kbt". Did you mean "kpt"?',
    ),
    "tolerance": (
        {"contracts": rows("contract cargoes lot tolerance_pct", "monthly handy 50 105")},
        "a tolerance of 105 % is not between 0 and 100.",
    ),
    "tolerance of the total": (
        {"contracts": rows("contract cargoes total total_tolerance_pct", "monthly handy 50 -5")},
        "a tolerance of -5 % is not between 0 and 100.",
    ),
    "loss": (
        {"cargoes": rows("cargo offer max_lot days loss_pct", "handy black 9 9 100", "panamax south 9 9 0")},
        "a loss of 100 % is not between 0 and 100.",
    ),
}


@pytest.mark.parametrize("name", CHECKED)
def test_checks_of_tables(name: str) -> None:
    tables, told = CHECKED[name]
    text = "\n".join(str(finding) for finding in check(direct(**tables)))
    assert told in text or told.replace("Did you mean", "Closest name:").replace("?", ".") in text


@pytest.mark.parametrize(("option", "ends"), [("buyer", (90.0, 110.0)), ("seller", (100.0, 100.0))])
def test_a_contract_holds_the_total_of_its_ships_within_a_tolerance(
    option: str, ends: tuple[float, float]
) -> None:
    """Two or three handies of 40 to 70 over the horizon, or none in a month: what all load is 100, 10 per cent free."""
    free = solved(direct(sales=rows("sale stream max price", "s wheat 80 9")))
    assert sum(values(free, "cargo_loaded").values()) < 90.0 + 99.0
    told = "contract cargoes scope total total_tolerance_pct option"
    case = direct(
        sales=rows("sale stream max price", "s wheat 80 9"),
        contracts=rows(told, f"all handy horizon 100 10 {option}"),
    )
    made = solved(case)
    loaded = sum(v for (cargo, *_), v in values(made, "cargo_loaded").items() if cargo == "handy")
    # Black Sea wheat costs 10 and sells at 9: no more than must be.
    assert loaded == pytest.approx(ends[0])
    row = solution_of(made)["limits"].one(kind="contract", limit="quantity of all")
    assert (row["period"], row["binding"]) == ("horizon", True)
    assert (row["min"], row["max"]) == pytest.approx(ends)
    monthly = direct(contracts=rows("contract cargoes period total", "may handy 2023-05 60"))
    by_month = {
        key[2]: v for key, v in values(solved(monthly), "cargo_loaded").items() if key[0] == "handy" and v
    }
    assert by_month["2023-05"] == pytest.approx(60.0)


def test_a_total_that_no_ship_can_load_is_a_finding() -> None:
    case = direct(contracts=rows("contract cargoes period total", "may panamax 2023-05 60"))
    with pytest.raises(ModelError) as caught:
        build_plan(case)
    assert "60 must load in 2023-05, and none of its cargoes can." in findings(caught.value)
    infeasible = direct(contracts=rows("contract cargoes scope total", "all handy horizon 5000"))
    made = plan(infeasible)
    told = findings(failure_findings(made.model, made.certificate.word, ""))
    assert "total of contract all (5,000)" in told


def test_an_infeasible_contract_names_what_clashes() -> None:
    case = direct(
        contracts=rows("contract cargoes min_ships", "monthly handy 2"),
        inventories=rows("stream max", "wheat 5"),
        sales=rows("sale stream max price", "s wheat 60 20"),
    )
    made = plan(case)
    assert made.certificate.word in ("proven infeasible", "not solved")
    told = findings(failure_findings(made.model, made.certificate.word, ""))
    assert "ships of contract monthly" in told
    assert "stock of wheat" in told


def test_offers_without_cargoes_are_bought_as_before() -> None:
    """A pipeline beside the ships: received in the period in which it is bought."""
    case = direct(
        offers=rows("offer stream price max", "black wheat 10 500", "south wheat 4 0", "pipe wheat 9 30")
    )
    made = solved(case)
    assert [values(made, "purchase")["pipe", "1", p] for p in ("2023-04", "2023-05", "2023-06")] == [30.0] * 3
