"""Ranking: the order follows worth, ties share a place, what has no worth says why."""

from __future__ import annotations

import numpy as np
import pytest

from lifting_cases import plant, wheat
from netback.case.case import Case
from netback.errors import DataError
from netback.io.folder import read_case
from netback.studies.rank import STOPPED, _places, at_the_gate, library_crudes, rank, stand_ins, with_crude
from netback.studies.value import curve
from netback.studies.volume_worth import worth


@pytest.fixture(scope="module")
def karachi() -> Case:
    return read_case("karachi_2023_september")


def test_a_crude_of_the_case_is_worth_what_its_curve_says(karachi: Case) -> None:
    (found,) = rank(karachi, ["das"], "arab_light", 70_000.0, jobs=1)
    point = next(p for p in curve(karachi, "das", [70_000.0]).points if p.volume == 70_000.0)
    assert found.average == pytest.approx(point.average)
    assert (found.place, found.fault, found.low) == (1, "", None)


def test_order_and_faults(karachi: Case) -> None:
    found = rank(karachi, ["maya", "adios_oman_ad00852", "espo", "murban"], "arab_light", 70_000.0, jobs=1)
    assert [one.crude for one in found] == ["murban", "espo", "maya", "adios_oman_ad00852"]
    assert [one.place for one in found] == [1, 2, 3, 0]
    assert found[0].average > found[1].average > found[2].average
    assert "sulfur_wt_pct" in found[3].fault
    assert np.isnan(found[3].average)


def test_samples_give_bands_and_are_the_same_for_all(karachi: Case) -> None:
    one, other = (
        rank(karachi, ["das"], "arab_light", 70_000.0, count=4, seed=3, jobs=1)[0] for _ in range(2)
    )
    assert one == other
    assert one.low is not None
    assert one.high is not None
    assert one.low < one.high


def test_another_crude_takes_the_way_of_one_that_is_there(karachi: Case) -> None:
    case = with_crude(karachi, "espo", "urals")
    assert [row["assay"] for row in case["crudes"].records if row["crude"] == "espo"] == ["espo"]
    (offer,) = [row for row in case["offers"].records if row["offer"] == "espo"]
    assert (offer["max"], offer["low"], offer["price_basis"]) == (None, None, "fob")
    costs = {row["item"]: row["cost"] for row in case["offer_costs"].records if row["offer"] == "espo"}
    assert costs == {
        r["item"]: r["cost"] for r in karachi["offer_costs"].records if r["offer"] == "urals_primorsk"
    }
    (feed,) = [row for row in case["feeds"].records if row["feed"] == "espo"]
    assert feed["max_share"] is None
    assert len(stand_ins(case, "espo")) == len(stand_ins(karachi, "urals")) == 3
    assert all(row["status"] == "stand_in" for row in stand_ins(case, "espo"))
    assert with_crude(karachi, "murban", "urals") is karachi


def test_another_crude_goes_through_the_tanks_of_the_one_whose_way_it_takes() -> None:
    tanks = read_case("karachi_2023_tanks")
    case = with_crude(tanks, "espo", "urals")
    assert ("mixed_crude", "espo") in {(row["stream"], row["component"]) for row in case["pools"].records}
    (found,) = rank(tanks, ["espo"], "urals", 40_000.0, jobs=1)
    assert not found.fault
    (late,) = rank(tanks, ["m100_fuel_oil"], "urals", 4e9, jobs=1)
    assert late.fault.startswith("the plant takes at most ")


def test_what_is_not_offered_cannot_be_the_way(karachi: Case) -> None:
    with pytest.raises(DataError, match='Closest name: "urals"'):
        rank(karachi, ["espo"], "ural", 1.0, jobs=1)


def test_places_are_shared_by_those_that_are_not_surely_apart() -> None:
    sure = [np.array([3.0, 3.1, 2.9]), np.array([2.0, 2.1, 1.9]), np.array([1.999, 2.2, 1.7])]
    assert _places([(own, 0.0) for own in sure]) == [1, 2, 2]
    assert _places([(np.array([worth]), 0.0) for worth in (3.0, 2.0, 2.0)]) == [1, 2, 2]
    assert _places([(np.array([3.0, 1.0, 5.0]), 0.0), (np.array([2.9, 2.0, 2.0]), 0.0)]) == [1, 1]
    assert _places([]) == []


def test_the_gaps_of_plans_keep_places_shared() -> None:
    assert _places([(np.array([3.0]), 0.04), (np.array([2.9]), 0.05), (np.array([2.7]), 0.05)]) == [1, 2, 3]
    assert _places([(np.array([3.0]), 0.06), (np.array([2.9]), 0.05), (np.array([2.7]), 0.05)]) == [1, 1, 3]


def test_a_crude_in_ships_is_asked_for_at_the_gate() -> None:
    """Three months sell 80 t at 20; one ship from the south brings 100 t at 5.5, or none, which is to beat."""
    case, name = at_the_gate(wheat(), "black")
    assert name == "black_at_the_gate"
    ships = [row["max_ships"] for row in case.table("cargoes").records if row["offer"] == "black"]
    assert ships == [0, 0, 0]
    assert worth(case, name, 140.0).average == pytest.approx(20.0, abs=1e-3)
    assert worth(case, name, 240.0).average == pytest.approx((240 * 20 - 100 * (20 - 5.5)) / 240, abs=1e-3)
    # What must load stays, and what needs no ship is asked for as it is.
    committed, _ = at_the_gate(wheat(ships={"2023-05": (1, 1)}), "black")
    assert [row["max_ships"] for row in committed.table("cargoes").records if row["offer"] == "black"] == [
        0,
        1,
        0,
    ]
    direct = plant()
    assert at_the_gate(direct, "crude") == (direct, "crude")


def test_what_a_ranking_says_of_its_assays(karachi: Case) -> None:
    names = ["arab_light", "oman", "m100_fuel_oil"]
    found = {one.crude: one for one in rank(karachi, names, "arab_light", 70_000.0, jobs=1)}
    # The case calls its crude arab_light and takes the assay arab_light_a of the library.
    assert (found["arab_light"].api, found["arab_light"].sulfur_wt_pct) == pytest.approx(
        (33.5, 1.95), abs=0.05
    )
    assert found["oman"].prefer == "adios_oman_ad01478"
    assert found["oman"].doubt.startswith("30.5 API")
    assert [found[name].kind for name in names] == ["", "", "fuel oil"]


def test_a_stopped_ranking_keeps_what_is_known(karachi: Case) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    found = rank(karachi, ["das", "murban", "maya"], "arab_light", 70_000.0, jobs=1, watch=stop)
    assert [one.crude for one in found] == ["murban", "das", "maya"]
    assert [(one.place, one.fault) for one in found] == [(1, ""), (2, ""), (0, STOPPED)]


def test_the_library_is_large() -> None:
    assert len(library_crudes()) > 100
    assert len(set(library_crudes())) == len(library_crudes())
