"""The shipped case karachi_2023_tanks: sourced like the flagship, and proven with its tanks and pools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netback.case.checks import check
from netback.case.checks_sources import check_sources
from netback.io.folder import read_case
from netback.planning.mixes import mixes
from netback.planning.model import build_plan
from netback.planning.solve import Plan, plan

NAME, PARENT = "karachi_2023_tanks", "karachi_2023_september"
#: Tables that say something of their own; all others are those of the flagship.
OWN = {
    "periods", "pools", "inventories", "opening_stocks", "scenarios", "overrides", "feeds", "limits",
    "limit_terms", "streams", "sources", "specs", "blends", "sales", "offers",
}  # fmt: skip
#: Tables of the flagship that grow, so that none of its rows may be missing or other.
GROWN = {"streams", "sources", "specs", "blends"}


def test_the_checks_find_no_error_and_no_number_without_a_source() -> None:
    case = read_case(NAME)
    assert not [finding for finding in check(case) if finding.severity == "error"]
    assert not [finding for finding in check_sources(case) if finding.severity == "error"]
    assert not build_plan(case, "exact").build.remarks


def test_what_it_shares_with_the_flagship_is_the_same() -> None:
    own, parent = read_case(NAME), read_case(PARENT)
    for table in parent.tables:
        if table not in OWN:
            names = [column.name for column in parent.table(table).schema.columns]
            mine, theirs = (
                [tuple(record[name] for name in names) for record in case.table(table).records]
                for case in (own, parent)
            )
            assert mine == theirs, table


@pytest.mark.parametrize("table", sorted(GROWN))
def test_what_it_adds_leaves_the_rows_of_the_flagship_as_they_are(table: str) -> None:
    names = [column.name for column in read_case(PARENT).table(table).schema.columns]

    def rows_of(name: str) -> list[tuple[Any, ...]]:
        return [tuple(record[column] for column in names) for record in read_case(name).table(table).records]

    mine = set(rows_of(NAME))
    assert all(row in mine for row in rows_of(PARENT))


def test_prices_and_quantities_are_those_of_the_flagship() -> None:
    """The month is told in halves: prices stay, quantities of the month are limits over the horizon or halved."""
    own, parent = read_case(NAME), read_case(PARENT)
    for table, key in (("offers", "offer"), ("sales", "sale")):
        theirs = {row[key]: row for row in parent.table(table).records}
        for row in own.table(table).records:
            if row[key] in theirs:
                assert row["price"] == theirs[row[key]]["price"], row[key]
    month = {row["limit"]: row["max"] for row in own.table("limits").records}
    for row in parent.table("offers").records:
        if row["max"] is not None:
            assert month[f"month_{row['offer']}"] == row["max"]


@pytest.fixture(scope="module")
def campaign() -> Plan:
    return plan(read_case(NAME, scenario="campaign_third"), pooling="exact", time_limit=60)


def test_urals_and_gulf_crude_in_shared_tanks_are_proven(campaign: Plan) -> None:
    told = campaign.certificate
    assert told.word == "proven", told
    assert told.gap is not None
    assert told.gap <= 1e-4
    assert told.residuals.worst_primal[0] < 1e-6
    assert told.value == pytest.approx(11_242_403, rel=2e-4)


def test_the_tank_carries_its_mix_and_one_residue_pool_feeds_both_grades(campaign: Plan) -> None:
    found = {mix.pool.stream: mix for mix in mixes(campaign.model.pools, campaign.x)}
    assert {"mixed_crude", "residue", "diesel", "kerosene", "light_naphtha"} <= found.keys()
    users = found["residue"].pool.users
    assert {"blend furnace_oil free", "blend furnace_oil_380 free", "feed of fuel_system/normal"} == set(
        users
    )
    tank = found["mixed_crude"]
    urals = [k for k, lot in enumerate(tank.pool.lots) if "urals" in campaign.model.network.lots[lot].origins]
    assert tank.share[tank.pool.matter.classes[urals[0]]].max() <= 0.5 + 1e-6
    assert tank.whole[-1] == pytest.approx(80_100 + 26_700, rel=1e-4)
    for mix in found.values():
        flows = np.stack([campaign.x[columns] for columns in mix.pool.users.values()])
        whole = flows.sum(axis=1, keepdims=True)
        parts = np.divide(flows, whole, out=np.zeros_like(flows), where=whole > 1.0)
        for quality in mix.pool.matter.qualities:
            values = np.einsum("l,ulp->up", quality.weights, parts)
            for period in range(values.shape[1]):
                some = values[whole[:, 0, period] > 1.0, period]
                assert np.ptp(some) <= 1e-4 * max(1.0, np.abs(some).max()) if len(some) else True


def test_segregated_tanks_would_be_worth_more(campaign: Plan) -> None:
    apart = plan(read_case(NAME, scenario="campaign_third"))
    assert apart.certificate.value > campaign.certificate.value
