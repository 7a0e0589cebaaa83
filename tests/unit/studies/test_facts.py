"""What stands behind the bars of a split: numbers of the assays, nothing where there is no assay."""

from __future__ import annotations

import pytest
from two_crudes import sour_and_sweet, two_assays

from netback.io.folder import read_case
from netback.refinery.crudes import Crudes
from netback.studies.facts import facts


def test_yields_of_the_ranges_and_residue_add_up() -> None:
    found = facts(two_assays(), "urals", "murban")
    ranges = [found[name] for name in ("yield_light", "yield_middle", "residue")]
    assert sum(one.crude for one in ranges) == pytest.approx(100.0)
    assert sum(one.reference for one in ranges) == pytest.approx(100.0)
    assert "yield_gas_oil" not in found


def test_they_are_those_of_the_assays() -> None:
    case = read_case("karachi_2023_september")
    found = facts(case, "urals", "das")
    crudes = Crudes(case, [])
    for name, group in (("density_t_per_m3", "density"), ("sulfur_wt_pct", "sulphur")):
        assert found[group].crude == pytest.approx(crudes.whole("urals")[name])
        assert found[group].reference == pytest.approx(crudes.whole("das")[name])
    residue = crudes.cuts("urals", "cdu", "normal")[-1]
    assert found["viscosity"].crude == pytest.approx(residue.properties["viscosity_cst_50c"])
    assert (found["viscosity"].what, found["viscosity"].uom) == ("viscosity_cst_50c of residue", "cSt")
    # Half a per cent is lost.
    assert found["residue"].crude == pytest.approx(100.0 * residue.mass_yield)


def test_the_other_way_round_they_change_places() -> None:
    one, other = facts(two_assays(), "urals", "murban"), facts(two_assays(), "murban", "urals")
    assert {name: (f.crude, f.reference) for name, f in one.items()} == {
        name: (f.reference, f.crude) for name, f in other.items()
    }


def test_crudes_without_assays_have_none() -> None:
    assert facts(sour_and_sweet(), "sour", "sweet") == {}


def test_a_viscosity_that_one_crude_lacks_is_not_told() -> None:
    assert "viscosity" not in facts(two_assays(), "urals", "murban")
