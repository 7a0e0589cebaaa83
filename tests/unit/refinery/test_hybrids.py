"""Hybrids of two crudes: yields add up, properties come from the crude whose group they are, tables follow."""

from __future__ import annotations

import itertools
import math

import pytest

from netback.assay import blending
from netback.case.case import Case
from netback.io.folder import read_case
from netback.planning.model import build_plan
from netback.refinery.crudes import Crudes, CutLot
from netback.refinery.hybrids import GROUPS, RANGES, Hybrid, HybridCrudes, group_of, hybrid_cuts, range_of
from netback.refinery.tracing import trace
from tiny import rows, tiny

RANGE = {"gas": "yield_light", "naphtha": "yield_light", "diesel": "yield_middle", "residue": "residue"}
OWN = [
    CutLot("gas", 0.05, {"density_t_per_m3": 0.60}),
    CutLot("naphtha", 0.15, {"density_t_per_m3": 0.72}),
    CutLot("diesel", 0.30, {"density_t_per_m3": 0.85, "sulfur_wt_pct": 1.0}),
    CutLot("residue", 0.50, {"density_t_per_m3": 0.98, "sulfur_wt_pct": 3.0, "viscosity_cst_50c": 800.0}),
]
OTHER = [
    CutLot("naphtha", 0.40, {"density_t_per_m3": 0.71}),
    CutLot("diesel", 0.35, {"density_t_per_m3": 0.83, "sulfur_wt_pct": 0.4}),
    CutLot("residue", 0.25, {"density_t_per_m3": 0.93, "sulfur_wt_pct": 1.5, "viscosity_cst_50c": 90.0}),
]


def mixed(*taken: str) -> dict[str, CutLot]:
    found = hybrid_cuts(OWN, OTHER, RANGE, Hybrid("a", "b", frozenset(taken)))
    return {cut.stream: cut for cut in found}


def test_nothing_taken_is_the_crude_and_everything_the_reference() -> None:
    assert list(mixed().values()) == OWN
    assert list(mixed(*GROUPS).values()) == OTHER


def test_residue_is_what_is_left() -> None:
    found = mixed("yield_light")
    assert "gas" not in found
    assert (found["naphtha"].mass_yield, found["diesel"].mass_yield) == (0.40, 0.30)
    assert found["residue"].mass_yield == pytest.approx(0.30)
    assert mixed("yield_middle")["residue"].mass_yield == pytest.approx(0.45)


@pytest.mark.parametrize("size", range(4))
def test_yields_add_up_with_any_ranges_taken(size: int) -> None:
    for taken in itertools.combinations(RANGES, size):
        assert math.fsum(cut.mass_yield for cut in mixed(*taken).values()) == pytest.approx(1.0, abs=1e-15)


def test_crudes_that_would_distil_more_than_the_whole_leave_nothing() -> None:
    light = [CutLot("naphtha", 0.9, {}), CutLot("diesel", 0.1, {})]
    found = hybrid_cuts(OWN, light, RANGE, Hybrid("a", "b", frozenset({"yield_light"})))
    assert {cut.stream: cut.mass_yield for cut in found} == pytest.approx({"naphtha": 0.75, "diesel": 0.25})


def test_a_crude_that_does_not_distil_takes_only_what_the_other_has() -> None:
    found = hybrid_cuts(
        OWN, [CutLot("residue", 1.0, {})], RANGE, Hybrid("a", "b", frozenset({"yield_middle"}))
    )
    assert {cut.stream: cut.mass_yield for cut in found} == pytest.approx(
        {"gas": 0.05, "naphtha": 0.15, "residue": 0.80}
    )


def test_a_property_comes_from_the_crude_whose_group_it_is() -> None:
    found = mixed("sulphur")
    assert found["diesel"].properties == {"density_t_per_m3": 0.85, "sulfur_wt_pct": 0.4}
    assert found["residue"].properties["viscosity_cst_50c"] == 800.0
    # The reference has no gas: what is known of it stays.
    assert mixed("density")["gas"].properties == {"density_t_per_m3": 0.60}


def test_what_the_reference_does_not_know_is_not_known() -> None:
    bare = [CutLot(cut.stream, cut.mass_yield, {"density_t_per_m3": 0.8}) for cut in OWN]
    found = hybrid_cuts(OWN, bare, RANGE, Hybrid("a", "b", frozenset({"sulphur"})))
    assert "sulfur_wt_pct" not in found[2].properties
    assert "viscosity_cst_50c" in found[3].properties


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("density_t_per_m3", "density"),
        ("sulfur_wt_pct", "sulphur"),
        ("mercaptan_ppm", "sulphur"),
        ("ron", "octane"),
        ("naphthenes_vol_pct", "octane"),
        ("rvp_psi", "volatility"),
        ("flash_c", "volatility"),
        ("cetane_index", "cetane"),
        ("smoke_mm", "cetane"),
        ("pour_c", "cold_flow"),
        ("viscosity_cst_50c", "viscosity"),
        ("vanadium_ppm", "contaminants"),
        ("own_invention", "contaminants"),
    ],
)
def test_groups_of_properties(name: str, group: str) -> None:
    assert group_of(name) == group


def test_every_built_in_property_has_a_group_with_a_title() -> None:
    assert {group_of(name) for name, _ in blending.RULES} <= GROUPS.keys()
    assert set(RANGES) <= GROUPS.keys()


@pytest.mark.parametrize(
    ("start", "end", "group"),
    [
        (None, 15.0, "yield_light"),
        (150.0, 180.0, "yield_light"),
        (180.0, 230.0, "yield_middle"),
        (345.0, 375.0, "yield_middle"),
        (375.0, 540.0, "yield_gas_oil"),
        (540.0, None, "residue"),
        (None, None, "residue"),
    ],
)
def test_ranges_of_cuts(start: float | None, end: float | None, group: str) -> None:
    case = tiny(cuts=[{"unit": "cdu", "stream": "s", "from_c": start, "to_c": end}])
    assert range_of(case["cuts"].records[0]) == group


def stated() -> Case:
    """Two crudes whose rows of every kind differ."""
    return tiny(
        crudes=rows("crude", "a", "b"),
        offers=rows("offer stream price", "oa a 10", "ob b 12"),
        yields=rows("unit feed product yield", "cdu a fuel 0.9", "cdu a loss 0.1", "cdu b fuel 1.0"),
        feeds=rows("unit feed max_share cost", "cdu a 0.5 2", "cdu b . 1"),
        stream_properties=rows(
            "stream origin property value",
            "a . sulfur_wt_pct 2", "b . sulfur_wt_pct 1", "fuel a flash_c 70", "fuel b flash_c 60",
            "fuel b ron 90", "other . sulfur_wt_pct 5",
        ),
        limits=rows("limit max", "cap 10"),
        limit_terms=rows("limit activity item origin coefficient", "cap purchase a . 1", "cap make cdu b 2"),
    )  # fmt: skip


def test_tables_follow_their_group_and_nothing_else() -> None:
    case = stated()
    found = Hybrid("a", "b", frozenset({"sulphur"})).case(case)
    told = {(r["stream"], r["origin"], r["property"]): r["value"] for r in found["stream_properties"].records}
    assert told["a", None, "sulfur_wt_pct"] == 1.0
    assert told["fuel", "a", "flash_c"] == 70.0
    assert told["other", None, "sulfur_wt_pct"] == 5.0
    for name in ("yields", "feeds", "limit_terms", "offers"):
        assert found[name] == case[name]


def test_qualities_by_origin_yields_and_handling() -> None:
    case = stated()
    taken = frozenset({"volatility", "octane", "yields", "handling"})
    found = Hybrid("a", "b", taken).case(case)
    told = {(r["stream"], r["origin"], r["property"]): r["value"] for r in found["stream_properties"].records}
    assert told["fuel", "a", "flash_c"] == 60.0
    assert told["fuel", "a", "ron"] == 90.0
    assert told["fuel", "b", "flash_c"] == 60.0
    assert [(r["product"], r["yield"]) for r in found["yields"].records if r["feed"] == "a"] == [
        ("fuel", 1.0)
    ]
    (feed,) = [r for r in found["feeds"].records if r["feed"] == "a"]
    assert (feed["max_share"], feed["cost"]) == (None, 1.0)
    terms = [(r["item"], r["origin"], r["coefficient"]) for r in found["limit_terms"].records]
    assert sorted(terms, key=str) == sorted([("cdu", "b", 2.0), ("cdu", "a", 2.0)], key=str)


def test_hybrids_of_shipped_assays_keep_mass_and_the_other_crudes() -> None:
    case = read_case("karachi_2023_september")
    base = Crudes(case, [])
    for taken in ((), ("yield_light",), ("density", "yield_middle"), tuple(GROUPS)):
        found = HybridCrudes(base, Hybrid("urals", "murban", frozenset(taken)))
        # Half a per cent is lost in the distillation of this plant.
        total = math.fsum(cut.mass_yield for cut in found.cuts("urals", "cdu", "normal"))
        assert total == pytest.approx(0.995, abs=1e-12)
        assert found.cuts("das", "cdu", "normal") == base.cuts("das", "cdu", "normal")
    every = HybridCrudes(base, Hybrid("urals", "murban", frozenset(GROUPS)))
    assert every.cuts("urals", "cdu", "normal") == base.cuts("murban", "cdu", "normal")
    assert every.whole("urals") == base.whole("murban")


def test_qualities_of_products_by_feed_go_with_their_group() -> None:
    case = stated().with_table(
        "product_properties",
        rows(
            "unit feed product property value",
            "cdu a fuel sulfur_wt_pct 3", "cdu b fuel sulfur_wt_pct 1", "cdu . fuel ron 60", "cdu a fuel flash_c 70",
        ),
    )  # fmt: skip
    found = Hybrid("a", "b", frozenset({"sulphur"})).case(case)
    told = [(r["feed"], r["property"], r["value"]) for r in found["product_properties"].records]
    assert sorted(told, key=str) == sorted(
        [
            ("b", "sulfur_wt_pct", 1.0),
            (None, "ron", 60.0),
            ("a", "flash_c", 70.0),
            ("a", "sulfur_wt_pct", 1.0),
        ],
        key=str,
    )


def test_deltas_go_with_the_yields_and_utilities_with_running_it() -> None:
    case = stated().with_table(
        "deltas",
        rows(
            "unit feed product property base delta", "cdu a fuel sulfur_wt_pct 1 0.1", "cdu b fuel ron 90 0.2"
        ),
    )
    case = case.with_table(
        "utilities", rows("unit feed utility use", "cdu a steam 2", "cdu b steam 5", "cdu . power 1")
    )
    found = Hybrid("a", "b", frozenset({"yields"})).case(case)
    assert [(r["property"], r["delta"]) for r in found["deltas"].records if r["feed"] == "a"] == [
        ("ron", 0.2)
    ]
    assert found["utilities"] == case["utilities"]
    found = Hybrid("a", "b", frozenset({"handling"})).case(case)
    assert [r["use"] for r in found["utilities"].records if r["feed"] == "a"] == [5.0]
    assert found["deltas"] == case["deltas"]


def test_a_case_of_which_nothing_is_taken_is_the_case() -> None:
    case = stated()
    found = Hybrid("a", "b", frozenset()).case(case)
    assert {name: table.records for name, table in found.tables.items()} == {
        name: table.records for name, table in case.tables.items()
    }


def test_a_hybrid_is_what_the_plan_distils() -> None:
    case = read_case("karachi_2023_september")
    base = Crudes(case, [])
    hybrid = Hybrid("urals", "murban", frozenset({"density"}))
    plain, found = trace(case), trace(case, crudes=HybridCrudes(base, hybrid))
    density = {
        name: {lot.stream: lot.density_t_per_m3 for lot in network.lots if lot.origins == ("urals",)}
        for name, network in (("plain", plain), ("found", found))
    }
    murban = {lot.stream: lot.density_t_per_m3 for lot in plain.lots if lot.origins == ("murban",)}
    assert density["found"]["diesel"] == murban["diesel"] != density["plain"]["diesel"]
    # What units make of it follows: treated naphtha is lighter than its feed by a constant.
    assert density["found"]["heavy_naphtha_treated"] == pytest.approx(murban["heavy_naphtha_treated"])  # type: ignore[arg-type]
    built = build_plan(case, crudes=HybridCrudes(base, hybrid))
    assert built.network.lots == found.lots


def test_an_assay_that_was_cut_is_not_cut_again(monkeypatch: pytest.MonkeyPatch) -> None:
    case = read_case("karachi_2023_september")
    base = Crudes(case, [])
    HybridCrudes(base, Hybrid("urals", "murban", frozenset())).cuts("urals", "cdu", "normal")

    def never(*_: object) -> None:
        raise AssertionError("cut again")

    monkeypatch.setattr("netback.refinery.crudes.cut_many", never)
    assert HybridCrudes(base, Hybrid("urals", "murban", frozenset({"sulphur"}))).cuts(
        "urals", "cdu", "normal"
    )
