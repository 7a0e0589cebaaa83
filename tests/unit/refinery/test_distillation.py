"""Distillation from assays: yields and qualities of the cuts, swing cuts, losses, several units, limits by origin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netback.assay.assay import DENSITY
from netback.assay.cutting import CutTable, cut
from netback.assay.library import load
from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.model import Model, build_plan
from netback.refinery.crudes import Crudes
from tiny import margin, rows, solved, tiny, values

POINTS = (180.0, 340.0)
STREAMS = ("naphtha", "middle", "residue")


def plant(**tables: Any) -> Case:
    """Two crudes on one unit with three cuts; every cut is sold by the tonne."""
    stated: dict[str, Any] = {
        "crudes": rows("crude assay", "urals urals", "arab arab_light_a"),
        "offers": rows("offer stream price max", "u urals 450 100", "a arab 480 100"),
        "cuts": rows(
            "unit stream from_c to_c", "cdu naphtha . 180", "cdu middle 180 340", "cdu residue 340 ."
        ),
        "sales": rows("sale stream price", "n naphtha 600", "m middle 700", "r residue 350"),
    }
    return tiny(**{**stated, **tables})


@pytest.fixture(scope="module")
def tables() -> dict[str, CutTable]:
    return {
        name: cut(load(assay), list(POINTS)) for name, assay in (("urals", "urals"), ("arab", "arab_light_a"))
    }


def coefficient(model: Model, row: tuple[str, ...], column: tuple[str, ...]) -> float:
    """Coefficient of a column (block, labels...) in a row (block, labels...)."""
    row_id = model.problem.block(row[0]).id(*row[1:])
    column_id = model.problem.block(column[0]).id(*column[1:])
    return float(model.problem.matrix[[row_id], [column_id]].item())


def lot_of(model: Model, stream: str, crude: str) -> str:
    """Label of the lot of a stream that comes from a crude."""
    (found,) = [
        model.network.labels[lot]
        for lot in model.network.stream_lots[stream]
        if crude in model.network.lots[lot].origins
    ]
    return found


def test_yields_are_those_of_the_assay(tables: dict[str, CutTable]) -> None:
    model = build_plan(plant())
    for crude, table in tables.items():
        for position, stream in enumerate(STREAMS):
            balance = ("stream_balance", lot_of(model, stream, crude), "P1")
            made = coefficient(model, balance, ("run", "cdu", "normal", crude, "P1"))
            assert made == pytest.approx(table.yield_wt_pct[position] / 100.0, rel=1e-12)


def test_mass_is_kept() -> None:
    for run in build_plan(plant()).network.runs:
        assert sum(amount for _, amount in run.outputs) == pytest.approx(1.0, rel=1e-9)


def test_a_loss_comes_off_every_cut(tables: dict[str, CutTable]) -> None:
    network = build_plan(plant(modes=rows("unit mode loss_wt_pct", "cdu normal 0.5"))).network
    for run in network.runs:
        crude = network.lots[run.feed].stream
        made = [amount for _, amount in run.outputs]
        assert made == pytest.approx(0.995 * tables[crude].yield_wt_pct / 100.0)


def test_barrels_of_cuts_add_up_as_the_assay_says(tables: dict[str, CutTable]) -> None:
    uoms = rows("stream uom", *(f"{stream} bbl" for stream in (*STREAMS, "urals", "arab")))
    network = build_plan(plant(streams=uoms)).network
    for run in network.runs:
        table = tables[network.lots[run.feed].stream]
        # A barrel is bought at the listed density; the volumes of the cuts follow from their own.
        closure = table.assay.whole_value(DENSITY) / table.assay.density_t_per_m3
        wanted = table.yield_vol_pct / 100.0 * closure
        assert [amount for _, amount in run.outputs] == pytest.approx(wanted, rel=1e-9)
        assert closure == pytest.approx(1.0, abs=0.007)


def test_only_asked_for_qualities_are_kept(tables: dict[str, CutTable]) -> None:
    network = build_plan(plant()).network
    assert {tuple(lot.properties) for lot in network.lots} == {("density_t_per_m3",)}
    case = plant(
        blends=rows("product component", "fuel residue", "fuel middle"),
        specs=rows("product property max", "fuel sulfur_wt_pct 2"),
        sales=rows("sale stream price", "n naphtha 600", "m middle 700", "f fuel 350"),
    )
    for lot in build_plan(case).network.lots:
        wanted = lot.stream in ("residue", "middle")
        assert ("sulfur_wt_pct" in lot.properties) == wanted
        if wanted:
            table, position = tables[lot.origins[0]], STREAMS.index(lot.stream)
            assert lot.properties["sulfur_wt_pct"] == pytest.approx(
                table.properties["sulfur_wt_pct"][position]
            )


def test_spec_on_cuts_is_mass_times_distance(tables: dict[str, CutTable]) -> None:
    case = plant(
        blends=rows("product component", "fuel residue", "fuel middle"),
        specs=rows("product property max", "fuel sulfur_wt_pct 2"),
        sales=rows("sale stream price", "n naphtha 600", "m middle 700", "f fuel 350"),
    )
    model = build_plan(case)
    for crude, table in tables.items():
        column = ("blend", "fuel", "free", lot_of(model, "residue", crude), "P1")
        found = coefficient(model, ("spec_max", "fuel", "sulfur_wt_pct", "P1"), column)
        assert found == pytest.approx(table.properties["sulfur_wt_pct"][2] - 2.0, rel=1e-12)


def test_margin_is_the_better_of_buying_and_not(tables: dict[str, CutTable]) -> None:
    prices = np.array([600.0, 700.0, 350.0])
    gains = {name: float(table.yield_wt_pct @ prices) / 100.0 for name, table in tables.items()}
    best = 100 * max(gains["urals"] - 450, 0.0) + 100 * max(gains["arab"] - 480, 0.0)
    assert margin(plant()) == pytest.approx(best, rel=1e-9)


class TestSwingCuts:
    cuts = rows(
        "unit stream from_c to_c swing_to",
        *(
            "cdu naphtha . 150 .",
            "cdu swing 150 200 naphtha;middle",
            "cdu middle 200 340 .",
            "cdu residue 340 . .",
        ),
    )

    def test_a_swing_cut_joins_its_neighbours_with_its_own_quality(self) -> None:
        model = build_plan(plant(cuts=self.cuts))
        joins = model.network.joins
        assert len(joins) == 4
        for join in joins:
            source, target = model.network.lots[join.source], model.network.lots[join.target]
            assert source.stream == "swing"
            assert target.stream in ("naphtha", "middle")
            assert dict(target.properties) == dict(source.properties)
            assert target.origins == source.origins
            assert join.factor == 1.0

    def test_all_of_it_goes_to_the_dearer_side(self) -> None:
        made = solved(plant(cuts=self.cuts))
        joined = values(made, "join")
        to_middle = sum(flow for (_, target, _), flow in joined.items() if target.startswith("middle"))
        assert to_middle == pytest.approx(sum(joined.values()))
        assert to_middle > 1.0

    def test_margin_is_that_of_the_cut_point_at_the_better_end(self) -> None:
        moved = rows(
            "unit stream from_c to_c", "cdu naphtha . 150", "cdu middle 150 340", "cdu residue 340 ."
        )
        assert margin(plant(cuts=self.cuts)) == pytest.approx(margin(plant(cuts=moved)), rel=1e-9)

    def test_a_limit_shares_the_swing(self) -> None:
        cheap = rows("offer stream price max", "u urals 300 100", "a arab 300 100")
        free = solved(plant(cuts=self.cuts, offers=cheap))
        swing = sum(values(free, "join").values())
        middle = sum(
            flow for (_, _, lot, _), flow in values(free, "sale").items() if lot.startswith("middle")
        )
        room = middle - 0.5 * swing
        limited = rows(
            "sale stream price max", "n naphtha 600 .", f"m middle 700 {room!r}", "r residue 350 ."
        )
        joined = values(solved(plant(cuts=self.cuts, sales=limited, offers=cheap)), "join")
        to_middle = sum(f for (_, to, _), f in joined.items() if to.startswith("middle"))
        assert sum(joined.values()) == pytest.approx(swing)
        assert to_middle == pytest.approx(0.5 * swing)

    def test_barrels_join_tonnes_by_the_density_of_the_lot(self) -> None:
        model = build_plan(plant(cuts=self.cuts, streams=rows("stream uom", "middle m3")))
        for join in model.network.joins:
            target = model.network.lots[join.target]
            density = model.network.lots[join.source].density_t_per_m3
            assert density is not None
            expected = 1.0 / density if target.stream == "middle" else 1.0
            assert join.factor == pytest.approx(expected, rel=1e-12)

    def test_two_units_may_share_a_swing_cut(self) -> None:
        both = [*self.cuts, *({**row, "unit": "cdu2"} for row in self.cuts)]
        capacities = rows("unit max", "cdu 60", "cdu2 140")
        one = margin(plant(cuts=self.cuts))
        assert margin(plant(cuts=both, capacities=capacities)) == pytest.approx(one, rel=1e-9)

    def test_two_modes_may_share_a_swing_cut(self) -> None:
        deep = [{**row, "mode": "deep"} for row in self.cuts[:2]]
        deep[1]["swing_to"] = "naphtha"
        deep += rows("unit mode stream from_c to_c", "cdu deep middle 200 360", "cdu deep residue 360 .")
        modes = rows("unit mode", "cdu normal", "cdu deep")
        assert margin(plant(cuts=[*self.cuts, *deep], modes=modes)) >= margin(plant(cuts=self.cuts)) - 1e-6

    def test_a_limit_on_what_a_unit_makes_counts_what_joins_it(self) -> None:
        limited = {
            "limits": rows("limit max uom", "middle_max 40 t"),
            "limit_terms": rows("limit activity item of", "middle_max make cdu middle"),
        }
        made = solved(plant(cuts=self.cuts, **limited))
        by_run = sum(
            amount * values(made, "run")["cdu", "normal", made.model.network.labels[run.feed], "P1"]
            for run in made.model.network.runs
            for lot, amount in run.outputs
            if made.model.network.lots[lot].stream == "middle"
        )
        joined = sum(flow for (_, to, _), flow in values(made, "join").items() if to.startswith("middle"))
        assert by_run + joined == pytest.approx(40.0)
        of_swing = {**limited, "limit_terms": rows("limit activity item of", "middle_max make cdu swing")}
        assert margin(plant(cuts=self.cuts, **of_swing)) > margin(plant(cuts=self.cuts, **limited))

    def test_what_joins_is_not_known_by_mode_or_unit(self) -> None:
        both = [*self.cuts, *({**row, "unit": "cdu2"} for row in self.cuts)]
        limited = {
            "limits": rows("limit max uom", "middle_max 40 t"),
            "limit_terms": rows("limit activity item of", "middle_max make cdu middle"),
        }
        with pytest.raises(ModelError, match='what of swing joins "middle" is not known by unit'):
            build_plan(plant(cuts=both, **limited))
        by_mode = {
            **limited,
            "limit_terms": rows("limit activity item of mode", "middle_max make cdu middle normal"),
        }
        with pytest.raises(ModelError, match="is not known by mode"):
            build_plan(plant(cuts=self.cuts, **by_mode))


class TestOrigin:
    def test_a_limit_by_origin_counts_that_crude_alone(self, tables: dict[str, CutTable]) -> None:
        case = plant(
            limits=rows("limit max", "urals_residue 20"),
            limit_terms=rows("limit activity item of origin", "urals_residue make cdu residue urals"),
        )
        made = solved(case)
        share = tables["urals"].yield_wt_pct[2] / 100.0
        assert values(made, "run")["cdu", "normal", "urals", "P1"] == pytest.approx(20 / share)

    @pytest.mark.parametrize(("activity", "item"), [("feed", "cdu"), ("purchase", "urals"), ("sale", "r")])
    def test_other_activities_count_by_origin_too(
        self, activity: str, item: str, tables: dict[str, CutTable]
    ) -> None:
        case = plant(
            limits=rows("limit max", "few 20"),
            limit_terms=rows("limit activity item origin", f"few {activity} {item} urals"),
        )
        made = solved(case)
        per_feed = tables["urals"].yield_wt_pct[2] / 100.0 if activity == "sale" else 1.0
        assert values(made, "run")["cdu", "normal", "urals", "P1"] == pytest.approx(20 / per_feed)
        assert values(made, "run")["cdu", "normal", "arab", "P1"] == pytest.approx(100.0)

    def test_keeping_origins_apart_changes_nothing_by_itself(self) -> None:
        case = plant(
            limits=rows("limit max", "few 1e6"),
            limit_terms=rows("limit activity item origin", "few feed cdu urals"),
        )
        assert margin(case) == pytest.approx(margin(plant()), rel=1e-9)


def test_stock_of_a_cut_has_the_quality_of_its_origin() -> None:
    case = plant(
        blends=rows("product component", "fuel residue", "fuel middle"),
        specs=rows("product property max", "fuel sulfur_wt_pct 2"),
        sales=rows("sale stream price", "n naphtha 600", "m middle 700", "f fuel 350"),
        inventories=rows("stream max", "residue 50"),
        opening_stocks=rows("stream origin quantity", "residue urals 10", "residue arab 5"),
    )
    made = solved(case)
    network = made.model.network
    assert len(network.stream_lots["residue"]) == 2
    opening = values(made, "opening_stock")
    assert opening[lot_of(made.model, "residue", "urals"), "P1"] == 10.0
    assert opening[lot_of(made.model, "residue", "arab"), "P1"] == 5.0


def test_crude_not_named_among_the_feeds_is_not_run() -> None:
    network = build_plan(plant(feeds=rows("unit feed", "cdu arab"))).network
    assert {network.lots[run.feed].stream for run in network.runs} == {"arab"}


def test_a_crude_without_an_assay_is_no_feed_of_a_distillation() -> None:
    case = plant(
        crudes=rows("crude assay", "urals urals", "arab arab_light_a", "topped ."),
        offers=[*rows("offer stream price max", "u urals 300 100", "t topped 200 50")],
        yields=rows("unit feed product yield", "vdu topped residue 1"),
    )
    network = build_plan(case).network
    assert {(run.unit, network.lots[run.feed].stream) for run in network.runs} == {
        ("cdu", "urals"),
        ("vdu", "topped"),
    }


def test_what_was_cut_holds_for_cases_that_say_the_same_of_their_crudes() -> None:
    case = plant()
    crudes = Crudes(case, [])
    assert crudes.hold_for(case)
    assert crudes.hold_for(case.with_table("sales", rows("sale stream price", "n naphtha 1")))
    assert not crudes.hold_for(case.with_table("crudes", rows("crude assay", "urals urals", "arab maya")))
    assert not crudes.hold_for(case.with_table("cuts", rows("unit stream from_c to_c", "cdu naphtha . 200")))
    assert not crudes.hold_for(case.with_table("completions", rows("property", "flash_c")))
