"""The shipped case karachi_2023_year: sourced, April to December as karachi_2023, its upgrade idle until asked."""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from netback.case.case import Case
from netback.case.checks import check
from netback.case.checks_sources import check_sources
from netback.io.folder import read_case
from netback.io.register import shipped_tables
from netback.planning.model import build_plan
from netback.planning.solve import Plan, plan
from netback.program import highs
from netback.program.problem import Block
from netback.results.flows import unit_products
from netback.results.reading import Reader
from shared import REPOSITORY

NAME, PARENT, UPGRADE = "karachi_2023_year", "karachi_2023", "residue_upgrade"
ADDED = ("2023-01", "2023-02", "2023-03")
BRENT = {"2023-01": 82.50, "2023-02": 82.59, "2023-03": 78.43}
#: What the upgrade adds to the tables of the refinery.
UNITS = {"residue_hydrotreater", "residue_fcc", "hydrogen_plant"}
STREAMS = {
    "natural_gas", "residue_treated", "naphtha_treated", "distillate_treated", "fcc_naphtha", "light_cycle_oil",
    "slurry_oil", "hydrogen_sulfide",
}  # fmt: skip
MINE = UNITS | STREAMS | {UPGRADE}


@lru_cache(maxsize=4)
def shipped(name: str = NAME, scenario: str | None = None) -> Case:
    return read_case(name, scenario)


def rows_of(case: Case, table: str) -> list[dict[str, Any]]:
    return [dict(record) for record in case.table(table).records]


def is_upgrade(row: dict[str, Any]) -> bool:
    named = (row.get(key) for key in ("unit", "stream", "offer", "component", "product", "item", "scenario"))
    return bool(MINE & set(named))


def without_upgrade(case: Case) -> Case:
    for table in case.tables:
        kept = [row for row in rows_of(case, table) if not is_upgrade(row)]
        if len(kept) < len(case.table(table).records):
            case = case.with_table(table, kept)
    return case


def only(case: Case, *months: str) -> Case:
    """The case in some of its months, without the order of April."""
    for table in case.tables:
        rows = rows_of(case, table)
        kept = [
            row
            for row in rows
            if table != "reported"
            and row.get("period") in (None, *months)
            and row.get("cargo") != "order_april"
        ]
        if len(kept) < len(rows):
            case = case.with_table(table, kept)
    return case


@lru_cache(maxsize=4)
def planned(scenario: str | None) -> Plan:
    return plan(only(shipped(NAME, scenario), "2023-01", "2023-02"))


@pytest.mark.parametrize("scenario", [None, UPGRADE])
def test_the_checks_find_no_error_and_no_number_without_a_source(scenario: str | None) -> None:
    case = shipped(NAME, scenario)
    assert not [finding for finding in check(case) if finding.severity == "error"]
    assert not [finding for finding in check_sources(case) if finding.severity == "error"]


def test_april_to_december_are_the_rows_of_the_parent() -> None:
    """What is neither of January to March nor of the upgrade is the same row in the same order, in every table."""
    own, parent = shipped(), shipped(PARENT)
    assert set(own.tables) == set(parent.tables)
    for table in parent.tables:
        rest = [row for row in rows_of(own, table) if row.get("period") not in ADDED and not is_upgrade(row)]
        theirs = rows_of(parent, table)
        assert rest[: len(theirs)] == theirs, table
        assert len(rest) == len(theirs) or table == "sources"


def test_january_to_march_have_every_row_that_april_has() -> None:
    case = shipped()
    keys = {"offers": "offer", "sales": "sale", "exchange_rates": "currency", "cargo_costs": "cargo"}
    for table, key in keys.items():
        by_month = {month: set[Any]() for month in (*ADDED, "2023-04")}
        for row in rows_of(case, table):
            if row["period"] in by_month:
                by_month[row["period"]].add((row[key], row.get("item")))
        assert by_month["2023-04"]
        assert all(by_month[month] == by_month["2023-04"] for month in ADDED), table


def test_every_number_of_january_to_march_lies_in_its_range_and_says_how() -> None:
    case = shipped()
    counted = 0
    for table, column in {
        "offers": "price",
        "sales": "price",
        "exchange_rates": "rate",
        "cargo_costs": "cost",
    }.items():
        for row in rows_of(case, table):
            if row["period"] in ADDED:
                counted += 1
                assert row["status"] in ("derived", "stand_in", "assumed", "reported")
                assert row["low"] <= row[column] <= row["high"]
                assert row["source"]
                assert row["note"]
                if row["status"] == "assumed":
                    assert row["low"] < row["high"]
    assert counted == 3 * (6 + 7 + 1 + 3)


def price(case: Case, offer: str, month: str) -> float:
    (row,) = (row for row in rows_of(case, "offers") if (row["offer"], row["period"]) == (offer, month))
    return float(row["price"])


def test_crude_prices_follow_from_what_was_printed() -> None:
    case = shipped()
    claims = {
        (row["claim"], str(row["part"])): row["value"]
        for row in shipped_tables()["claims"].records
        if row["claim"] in ("PRI-001", "PRI-003")
    }
    january, black_sea = claims["PRI-001", "1"], claims["PRI-003", "1"]
    assert price(case, "urals_primorsk", "2023-01") == pytest.approx(82.50 + january)
    assert price(case, "urals_novorossiysk", "2023-01") == pytest.approx(82.50 + black_sea)
    for step, month in enumerate(ADDED):
        line = january + step / 5 * (-20.5 - january)  # to early June
        assert price(case, "urals_primorsk", month) == pytest.approx(BRENT[month] + line, abs=0.006)
    gap = np.interp([1, 2, 3], [0, 3], [77.19 - 80.92, 78.49 - 78.43])  # Dubai to Brent, December to March
    for month, over in zip(ADDED, gap, strict=True):
        dubai = BRENT[month] + over
        assert price(case, "upper_zakum_spot", month) == pytest.approx(dubai, abs=0.006)
        assert price(case, "murban_spot", month) == pytest.approx(dubai + 1.5, abs=0.006)
        premium = {"2023-01": 3.25, "2023-02": 1.80, "2023-03": 2.15}[month]
        assert price(case, "arab_light_term", month) == pytest.approx(dubai + premium, abs=0.006)


def test_products_follow_from_the_price_build_up() -> None:
    rows = {(row["sale"], row["period"]): row for row in rows_of(shipped(), "sales")}
    petrol = (28 * (214.80 - 50 - 3.51 - 5 - 7) + 3 * 177.47) / 31
    diesel = (28 * (227.80 - 32.50 - 0.81 - 5 - 7) + 3 * (208.21 + 13.15)) / 31
    assert rows["petrol_home", "2023-01"]["price"] == pytest.approx(petrol, abs=0.01)
    assert rows["hsd_home", "2023-01"]["price"] == pytest.approx(diesel, abs=0.01)
    assert rows["petrol_home", "2023-02"]["price"] == pytest.approx((177.47 + 205.58) / 2, abs=0.01)
    march = (202.99 + 27.83 + 219.34 + 24.67) / 2
    assert rows["hsd_home", "2023-03"]["price"] == pytest.approx(march, abs=0.01)
    for month in ADDED:
        assert rows["furnace_oil_export", month]["price"] == round(508 / 93.72 * BRENT[month])


# ---- the upgrade


def places(small: tuple[Block, ...], large: tuple[Block, ...]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Id in the large program of every row or column of the small one."""
    known = {block.name: block for block in large}
    return np.array(
        [
            known[block.name].id(*block.index.label(position))
            for block in small
            for position in range(block.size)
        ]
    )


def test_in_the_base_the_program_is_that_without_the_upgrade() -> None:
    """Its own columns can only be zero; all others have the same costs, bounds and coefficients as without it."""
    base = only(shipped(), "2023-01", "2023-02")
    full, bare = build_plan(base).problem, build_plan(without_upgrade(base)).problem
    rows, columns = places(bare.row_blocks, full.row_blocks), places(bare.column_blocks, full.column_blocks)
    for name, mine in (("column", columns), ("row", rows)):
        for side in ("lower", "upper"):
            there = getattr(full, f"{name}_{side}")[mine]
            assert np.array_equal(there, getattr(bare, f"{name}_{side}")), (name, side)
    assert np.array_equal(full.objective[columns], bare.objective)
    assert np.array_equal(full.integer[columns], bare.integer)
    assert (full.matrix[rows][:, columns] != bare.matrix).nnz == 0
    others = np.setdiff1d(np.arange(full.matrix.shape[1]), columns)
    assert len(others) > 50
    asked = np.zeros(full.matrix.shape[1])
    asked[others] = 1.0
    relaxed = replace(
        full, sense="max", objective=asked, offset=0.0, integer=np.zeros(len(asked), dtype=bool)
    )
    assert highs.solve(relaxed).objective == pytest.approx(0.0, abs=1e-6)


def totals(scenario: str | None) -> dict[tuple[str, str], float]:
    """Mass of what each unit made (below zero: used) over both months [t]."""
    found: dict[tuple[str, str], float] = {}
    for _, unit, stream, _, _, mass, _ in unit_products(Reader(planned(scenario))).rows:
        if mass is not None:
            found[str(unit), str(stream)] = found.get((str(unit), str(stream)), 0.0) + float(mass)
    return found


def test_mass_and_hydrogen_of_the_upgrade_close() -> None:
    made = totals(UPGRADE)
    days = 31 + 28
    for unit, fed in (
        ("residue_hydrotreater", 2000.0 * days),
        ("residue_fcc", made["residue_hydrotreater", "residue_treated"]),
    ):
        assert sum(mass for (one, _), mass in made.items() if one == unit) == pytest.approx(fed)
    uses = {unit: mass for (unit, stream), mass in made.items() if stream == "hydrogen"}
    assert uses["platformer"] > 0.0
    assert uses["hydrogen_plant"] > 0.0
    # None is burned or flared: what is made is what the hydrotreaters and the isomerisation take up.
    assert sum(uses.values()) == pytest.approx(0.0, abs=1e-6)
    # By the literature a gas oil hydrotreater takes 0.241 to 2.17 kg/bbl, at 6.6 bbl/t 0.16 to 1.43 wt%.
    assert 0.0016 < -uses["residue_hydrotreater"] / (2000.0 * days) < 0.0143


def test_yields_of_every_feed_of_the_upgrade_close_with_base_and_delta() -> None:
    """For every crude mass closes; hydrogen is taken up, and no more sulphur leaves than comes."""
    case = shipped()
    yields: dict[tuple[str, str], float] = {}
    for row in rows_of(case, "yields"):
        if row["unit"] in UNITS:
            yields[row["unit"], row["product"]] = row["yield"]
    for unit in UNITS:
        assert sum(part for (one, _), part in yields.items() if one == unit) == pytest.approx(1.0, abs=1e-9)
    moves = [row for row in rows_of(case, "deltas") if row["unit"] == "residue_hydrotreater"]
    for quality in ("sulfur_wt_pct", "hydrogen_wt_pct"):
        assert sum(row["delta"] for row in moves if row["property"] == quality) == pytest.approx(0.0)
    # Residue above 375 C of Arab Light, Upper Zakum, Urals, Das and Murban by PRELIM: sulphur, hydrogen [wt%].
    for sulfur, hydrogen in ((3.50, 11.34), (3.32, 11.63), (2.38, 11.73), (2.47, 12.03), (1.67, 12.17)):
        qualities = {"sulfur_wt_pct": sulfur, "hydrogen_wt_pct": hydrogen}
        at = {product: part for (unit, product), part in yields.items() if unit == "residue_hydrotreater"}
        for row in moves:
            at[row["product"]] += row["delta"] * (qualities[row["property"]] - row["base"]) / row["step"]
        assert at["hydrogen"] < 0.0
        assert at["hydrogen_sulfide"] * 32.06 / 34.08 == pytest.approx(0.85 * sulfur / 100, rel=0.01)
        liquids = {"naphtha_treated": 14.6, "distillate_treated": 13.4, "residue_treated": 12.1}
        out = sum(at[stream] * content for stream, content in liquids.items())
        needed = 1.05 * 1.1 * (out - hydrogen + 0.19 + 2 * 2 * 1.008 / 32.06 * 0.85 * sulfur) / 100
        assert -at["hydrogen"] == pytest.approx(needed, abs=0.0001)


def test_the_upgrade_earns_more_and_turns_furnace_oil_into_petrol() -> None:
    plain, better = planned(None), planned(UPGRADE)
    assert plain.certificate.word == better.certificate.word == "proven"
    assert better.certificate.value > plain.certificate.value
    without = totals(None)
    assert all(mass == pytest.approx(0.0, abs=1e-6) for (unit, _), mass in without.items() if unit in UNITS)
    made = totals(UPGRADE)
    # 36 % of what is cracked is petrol of RON 92, more than all reformate of today.
    assert made["residue_fcc", "fcc_naphtha"] > made["platformer", "reformate_100"]


def test_the_page_of_values_tells_every_month_at_its_price() -> None:
    """Break-even less price is the headroom, its sign the verdict; a run of it takes five minutes of a processor."""
    page = (REPOSITORY / "docs" / "value.md").read_text("utf-8")
    section = page.split("### Each month of 2023")[1].split("###")[0]
    row = r"^\| (\w+)(, the order)? \| (\w+) \| ([\d.]+) \| ([\d.]+) \| ([+-][\d.]+) \| (lift|leave) \|"
    told = re.findall(row, section, re.MULTILINE)
    assert [month for month, order, *_ in told if not order] == list(calendar.month_name)[1:]
    for month, _, port, paid, break_even, room, verdict in told:
        period = f"2023-{list(calendar.month_name).index(month):02}"
        assert price(shipped(), f"urals_{port.lower()}", period) == float(paid)
        assert float(break_even) - float(paid) == pytest.approx(float(room), abs=0.011)
        assert (float(room) > 0.0) == (verdict == "lift")
