"""Cases of which no sound plan can be made: each fault has its place, its words and, as a rule, its repair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.model import build_plan
from tiny import findings, periods, rows, tiny

BLEND = {
    "offers": rows("offer stream price max", "a A 10 10", "b B 12 10"),
    "blends": rows("product component", "Q A", "Q B"),
    "sales": rows("sale stream price", "q Q 30"),
}
RUN = {
    "offers": rows("offer stream price max", "x X 10 100"),
    "yields": rows("unit feed product yield", "U X Y 1"),
    "sales": rows("sale stream price", "y Y 20"),
}
DENSE = rows("stream property value", "A density_t_per_m3 0.8", "B density_t_per_m3 0.9")
SWITCHED = rows("limit max", "one 1")
CUTS = rows("unit stream from_c to_c", "cdu light . 180", "cdu heavy 180 .")


def cuts(*lines: str, **others: Any) -> Case:
    return tiny(
        crudes=rows("crude assay", "urals urals"),
        offers=rows("offer stream price max", "u urals 60 10"),
        sales=rows("sale stream price", "l light 90", "h heavy 50"),
        cuts=rows("unit stream from_c to_c", *lines),
        **others,
    )


def blend(**tables: Any) -> Case:
    return tiny(**{**BLEND, **tables})


def run(**tables: Any) -> Case:
    return tiny(**{**RUN, **tables})


#: name -> (case, what the findings must say)
BAD: dict[str, tuple[Callable[[], Case], tuple[str, ...]]] = {
    "property of a component is not known": (
        lambda: blend(
            specs=rows("product property max", "Q sulfur_wt_pct 1"),
            stream_properties=rows("stream property value", "A sulfur_wt_pct 2"),
        ),
        (
            "specs.csv, row 2, column property",
            'sulfur_wt_pct of component "B" is not known',
            "stream_properties.csv",
        ),
    ),
    "property that nobody declared": (
        lambda: blend(specs=rows("product property max", "Q sulphur_wt_pct 1")),
        (
            "specs.csv, row 2, column property",
            '"sulphur_wt_pct" is not known',
            'Closest name: "sulfur_wt_pct"',
        ),
    ),
    "method that the rule does not have": (
        lambda: blend(
            properties=rows("property method", "viscosity_cst_50c cubic"),
            specs=rows("product property max", "Q viscosity_cst_50c 100"),
        ),
        ("specs.csv, row 2", '"cubic" is no rule for viscosity_cst_50c', "refutas"),
    ),
    "built-in method on a basis of one's own": (
        lambda: blend(
            properties=rows("property basis method", "viscosity_cst_50c volume refutas"),
            specs=rows("product property max", "Q viscosity_cst_50c 100"),
        ),
        ("properties.csv, row 2, column method", "Leave the basis blank"),
    ),
    "density missing where a spec weighs volumes": (
        lambda: blend(
            specs=rows("product property min", "Q ron 90"),
            stream_properties=rows(
                "stream property value", "A ron 95", "B ron 88", "A density_t_per_m3 0.75"
            ),
        ),
        ("specs.csv, row 2", 'stream "B"', "needs a density", "Give density_t_per_m3"),
    ),
    "density of zero is no density": (
        lambda: blend(
            streams=rows("stream uom", "B m3"),
            stream_properties=rows("stream property value", "B density_t_per_m3 0"),
        ),
        ("blends.csv, row 3, column component", "needs a density"),
    ),
    "density missing where a price is per barrel": (
        lambda: run(offers=rows("offer stream price price_uom", "x X 60 USD/bbl")),
        ("offers.csv, row 2", "needs a density"),
    ),
    "blend sold per barrel but flowing in tonnes": (
        lambda: blend(sales=rows("sale stream price price_uom", "q Q 80 USD/bbl")),
        ("sales.csv, row 2", "needs a density"),
    ),
    "blend sold by a limit in barrels": (
        lambda: blend(sales=rows("sale stream price max uom", "q Q 80 10 bbl")),
        ("sales.csv, row 2, column uom", "A blend has no single density"),
    ),
    "mass into energy": (
        lambda: run(
            streams=rows("stream uom", "Y GJ"), yields=rows("unit feed product yield basis", "U X Y 1 mass")
        ),
        ("yields.csv, row 2, column yield", "measures energy"),
    ),
    "spec outside the domain of its index": (
        lambda: blend(
            specs=rows("product property max", "Q viscosity_cst_50c 0.1"),
            stream_properties=[
                *DENSE,
                *rows("stream property value", "A viscosity_cst_50c 5", "B viscosity_cst_50c 9"),
            ],
        ),
        ("specs.csv, row 2, column max", "0.1 has no refutas blending index", "between 0.2 and inf"),
    ),
    "quality outside the domain of its index": (
        lambda: blend(
            specs=rows("product property max", "Q viscosity_cst_50c 9"),
            stream_properties=rows(
                "stream property value", "A viscosity_cst_50c 0.05", "B viscosity_cst_50c 9"
            ),
        ),
        ("specs.csv, row 2", "0.05 has no refutas blending index"),
    ),
    "spec on a stream that is not blended": (
        lambda: run(specs=rows("product property max", "Y sulfur_wt_pct 1")),
        ("specs.csv, row 2, column property", '"Y" is not blended', "blends.csv"),
    ),
    "spec that a unit goes round": (
        lambda: blend(
            offers=[*BLEND["offers"], *rows("offer stream price", "c C 1")],
            yields=rows("unit feed product yield", "U C Q 1"),
            specs=rows("product property max", "Q sulfur_wt_pct 1"),
            stream_properties=rows("stream property value", "A sulfur_wt_pct 2", "B sulfur_wt_pct 0"),
        ),
        ("specs.csv, row 2, column property", 'unit "U" makes "Q" too', "blend it in"),
    ),
    "blend as a component without a fixed quality": (
        lambda: blend(
            blends=rows("product component", "Q A", "R Q", "R B"),
            specs=rows("product property max", "R sulfur_wt_pct 1"),
            stream_properties=rows("stream property value", "A sulfur_wt_pct 2", "B sulfur_wt_pct 0"),
            sales=rows("sale stream price", "r R 30"),
        ),
        ("specs.csv, row 2", 'sulfur_wt_pct of component "Q" is not known', "It is a blend itself"),
    ),
    "product that is its own component": (
        lambda: blend(blends=rows("product component", "Q A", "Q Q")),
        ("blends.csv, row 3, column component", "cannot be a component of itself"),
    ),
    "loss that is sold": (
        lambda: run(streams=rows("stream kind", "Y loss")),
        ("sales.csv, row 2, column stream", '"Y" is a loss', "another kind"),
    ),
    "loss that is used beside a feed": (
        lambda: run(streams=rows("stream kind", "W loss"), utilities=rows("unit utility use", "U W 0.1")),
        ("utilities.csv, row 2, column utility", '"W" is a loss'),
    ),
    "quality that feeds on itself": (
        lambda: run(
            offers=rows("offer stream price max", "s S 10 100"),
            yields=rows("unit feed product yield", "T S X 1", "U X Y 1", "V Y X 0.5"),
            product_properties=rows(
                "unit product property factor",
                *("T X sulfur_wt_pct 1", "U Y sulfur_wt_pct 0.9", "V X sulfur_wt_pct 1"),
            ),
            stream_properties=rows("stream property value", "S sulfur_wt_pct 2"),
            deltas=rows("unit feed product property base delta", "U X Y sulfur_wt_pct 2 0.01"),
        ),
        (
            "yields.csv",
            "a cycle of units",
            "X (by V/normal) > Y (by U/normal)",
            "fixed quality",
        ),
    ),
    "base and delta below zero": (
        lambda: run(
            yields=rows("unit feed product yield", "U X Y 0.1", "U X Z 0.9"),
            deltas=rows("unit feed product property base step delta", "U X Y sulfur_wt_pct 1 0.5 -0.06"),
            stream_properties=rows("stream property value", "X sulfur_wt_pct 2"),
        ),
        ("yields.csv, row 2, column yield", "a yield of -0.02", "below zero", "near its base"),
    ),
    "property of a delta is not known": (
        lambda: run(deltas=rows("unit feed product property base delta", "U X Y sulfur_wt_pct 1 -0.06")),
        ("deltas.csv, row 2, column property", 'sulfur_wt_pct of the feed "X" is not known'),
    ),
    "property passed on from a feed that has none": (
        lambda: run(
            yields=rows("unit feed product yield", "U X A 1"),
            product_properties=rows("unit product property factor", "U A sulfur_wt_pct 0.5"),
            blends=rows("product component", "Y A"),
            specs=rows("product property max", "Y sulfur_wt_pct 1"),
        ),
        ("product_properties.csv, row 2, column property", 'sulfur_wt_pct of the feed "X" is not known'),
    ),
    "row of product_properties that says nothing": (
        lambda: run(
            yields=rows("unit feed product yield", "U X A 1"),
            product_properties=rows("unit product property", "U A sulfur_wt_pct"),
            blends=rows("product component", "Y A"),
            specs=rows("product property max", "Y sulfur_wt_pct 1"),
        ),
        ("product_properties.csv, row 2, column value", "states no quality"),
    ),
    "distillation of a stream without an assay": (
        lambda: cuts(
            "cdu light . 180",
            "cdu heavy 180 .",
            feeds=rows("unit feed", "cdu urals", "cdu slops"),
            opening_stocks=rows("stream quantity", "slops 5"),
            inventories=rows("stream max", "slops 5"),
        ),
        ("unit cdu", 'fed with "slops", which has no assay', "crudes.csv"),
    ),
    "assay that the library does not have": (
        lambda: tiny(
            crudes=rows("crude assay", "urals uralss"),
            offers=rows("offer stream price max", "u urals 60 10"),
            sales=rows("sale stream price", "l light 90"),
            cuts=CUTS,
        ),
        ("crudes.csv, row 2, column assay", "uralss", 'Closest name: "urals"'),
    ),
    "cut points that do not rise": (
        lambda: cuts("cdu light . 250", "cdu heavy 180 ."),
        ("cuts.csv, row 3, column from_c", "both take what boils from 180 to 250 C"),
    ),
    "gap between two cuts": (
        lambda: cuts("cdu light . 180", "cdu heavy 200 ."),
        ("cuts.csv, row 3, column from_c", "nothing takes what boils from 180 to 200 C"),
    ),
    "heaviest end that is cut off": (
        lambda: cuts("cdu light . 180", "cdu heavy 180 500"),
        ("cuts.csv, row 3, column to_c", "what boils above is lost"),
    ),
    "mode that the unit does not have": (
        lambda: run(
            modes=rows("unit mode", "U severe"), yields=rows("unit mode feed product yield", "U Severe X Y 1")
        ),
        ("yields.csv, row 2, column mode", 'has no mode "Severe"', 'Closest name: "severe"'),
    ),
    "flow without a bound under a count of use": (
        lambda: run(
            offers=rows("offer stream price", "x X 10"),
            limits=SWITCHED,
            limit_terms=rows("limit activity item measure", "one purchase x used"),
        ),
        (
            "limit_terms.csv, row 2, column measure",
            "purchase of x in P1: nothing bounds the flow",
            "greatest quantity",
        ),
    ),
    "flow without a bound under a least purchase": (
        lambda: run(offers=rows("offer stream price min_if_bought", "x X 10 5")),
        ("offers.csv, row 2, column max", "purchase of x in P1: nothing bounds"),
    ),
    "flow without a bound under a least run": (
        lambda: run(offers=rows("offer stream price", "x X 10"), capacities=rows("unit min_if_run", "U 5")),
        ("capacities.csv, row 2, column max", "run of U in P1: nothing bounds"),
    ),
    "flow without a bound under a least use": (
        lambda: blend(
            offers=rows("offer stream price", "a A 10", "b B 11"),
            blends=rows("product component min_if_used", "Q A .", "Q B 3"),
        ),
        ("blends.csv, row 3, column min_if_used", "B in Q in P1: nothing bounds"),
    ),
    "cheaper tranche without a bound": (
        lambda: run(offers=rows("offer stream tranche price max", "x X 1 10 5", "x X 2 8 .")),
        ("offers.csv, row 3, column max", "tranche 2 of x in P1: nothing bounds"),
    ),
    "count that wants use without a least amount": (
        lambda: run(
            limits=rows("limit min", "some 1"),
            limit_terms=rows("limit activity item measure", "some purchase x used"),
        ),
        ("limit_terms.csv, row 2, column measure", "the min of limit some asks for use", "min_if_bought"),
    ),
    "exchange rate missing": (
        lambda: run(sales=rows("sale stream price price_uom", "y Y 20 EUR/t")),
        ("sales.csv, row 2", "no rate of EUR against USD", "Add a row"),
    ),
    "exchange rate missing in one period": (
        lambda: run(
            periods=periods(P1=30, P2=30),
            exchange_rates=rows("currency period rate", "EUR P1 0.9"),
            offer_costs=rows("offer item cost cost_uom", "x freight 1 EUR/t"),
        ),
        ("offer_costs.csv, row 2, column cost_uom", "no rate of EUR"),
    ),
    "tranche whose least is above its greatest": (
        lambda: run(offers=rows("offer stream price min max", "x X 10 50 40")),
        ("offers.csv, row 2, column min", "min 50 is above max 40"),
    ),
    "share whose least is above its greatest": (
        lambda: blend(blends=rows("product component min_share max_share", "Q A 0.6 0.4", "Q B . .")),
        ("blends.csv, row 2, column min_share", "min_share 0.6 is above max_share 0.4"),
    ),
    "spec whose least is above its greatest": (
        lambda: blend(
            specs=rows("product property min max", "Q sulfur_wt_pct 2 1"),
            stream_properties=rows("stream property value", "A sulfur_wt_pct 2", "B sulfur_wt_pct 0"),
        ),
        ("specs.csv, row 2, column min", "min 2 is above max 1"),
    ),
    "parts of a recipe that are nothing": (
        lambda: blend(blends=rows("product component recipe parts", "Q A r 0", "Q B r 0")),
        ("blends.csv, row 2, column parts", "parts 0 is not above zero"),
    ),
    "purchase below zero": (
        lambda: run(offers=rows("offer stream price max", "x X 10 -5")),
        ("offers.csv, row 2, column max", "below zero"),
    ),
    "breaker that is paid for": (
        lambda: run(capacities=rows("unit max breaker_cost", "U 5 -1")),
        ("capacities.csv, row 2, column breaker_cost", "below zero"),
    ),
    "stream that no table knows": (
        lambda: Case.of("tiny", {"periods": periods(P1=30), "streams": rows("stream", "X"), **RUN}),
        ("units.csv", 'stream "Y" is not in streams.csv'),
    ),
    "period that no table knows": (
        lambda: run(offers=rows("offer stream period price", "x X P9 10")),
        ("offers.csv, row 2, column period", 'period "P9" is not in periods.csv', 'Closest name: "P1"'),
    ),
    "row that stands twice": (
        lambda: run(offers=rows("offer stream price", "x X 10", "x X 11")),
        ("offers.csv, row 3", "says the same as row 2", "Remove one"),
    ),
    "offer of two streams": (
        lambda: run(offers=rows("offer stream tranche price", "x X 1 10", "x Z 2 11")),
        ("offers.csv, row 3, column stream", 'offer "x" is of "X" in row 2'),
    ),
    "two uom in one sale": (
        lambda: run(
            periods=periods(P1=30, P2=30),
            sales=rows("sale stream period price max uom", "y Y P1 20 5 t", "y Y P2 20 5 kt"),
        ),
        ("sales.csv, row 2", "in t in row 2 and in kt in row 3", "State one uom"),
    ),
    "two uom in one capacity": (
        lambda: run(
            periods=periods(P1=30, P2=30),
            capacities=rows("unit period max uom", "U . 5 t", "U P2 5 t/d"),
        ),
        ("capacities.csv, row 2", "in t in row 2 and in t/d in row 3"),
    ),
    "feeds of two uom under a capacity that states none": (
        lambda: run(
            streams=rows("stream uom", "Z m3"),
            offers=rows("offer stream price max", "x X 10 100", "z Z 10 100"),
            yields=rows("unit feed product yield", "U X Y 1", "U Z Y 1"),
            capacities=rows("unit max", "U 50"),
        ),
        ("capacities.csv, row 2", 'feeds of "U" flow in m3 and t', "State the uom"),
    ),
    "feeds of two uom under a share as they flow": (
        lambda: run(
            streams=rows("stream uom", "Z m3"),
            offers=rows("offer stream price max", "x X 10 100", "z Z 10 100"),
            yields=rows("unit feed product yield", "U X Y 1", "U Z Y 1"),
            feeds=rows("unit feed max_share", "U X 0.5", "U Z ."),
        ),
        ("feeds.csv, row 2, column max_share", "flow in m3 and t"),
    ),
    "limit on what nobody offers": (
        lambda: run(
            limits=rows("limit max", "few 5"),
            limit_terms=rows("limit activity item", "few purchase xx"),
        ),
        ("limit_terms.csv, row 2, column item", '"xx" is no offer or bought stream', 'Closest name: "x"'),
    ),
    "limit on the origin of a blend": (
        lambda: blend(
            crudes=rows("crude", "A"),
            limits=rows("limit max", "few 5"),
            limit_terms=rows("limit activity item origin", "few sale q A"),
        ),
        ("limit_terms.csv, row 2", 'the part of "Q" that comes from "A" is not followed', "it is blended"),
    ),
    "limit on the origin of what is used beside feeds": (
        lambda: run(
            crudes=rows("crude", "X"),
            utilities=rows("unit utility use", "U W 0.1"),
            offers=rows("offer stream price max", "x X 10 100", "w W 1 100"),
            limits=rows("limit max", "few 5"),
            limit_terms=rows("limit activity item origin", "few purchase w X"),
        ),
        ("limit_terms.csv, row 2", "a unit uses it beside its feed"),
    ),
    "limit over the horizon with two rows": (
        lambda: run(
            periods=periods(P1=30, P2=30),
            limits=rows("limit period scope max", "few P1 horizon 5", "few P2 horizon 6"),
            limit_terms=rows("limit activity item", "few purchase x"),
        ),
        ("limits.csv, row 3, column scope", "here is another row of it"),
    ),
    "stock without a tank": (
        lambda: run(opening_stocks=rows("stream quantity", "X 5")),
        ("opening_stocks.csv, row 2", "no row in inventories.csv"),
    ),
    "stock that could be one of several lots": (
        lambda: run(
            yields=rows("unit feed product yield", "U X N 1", "V X N 1", "W N Y 1"),
            product_properties=rows("unit product property value", "V N density_t_per_m3 0.7"),
            opening_stocks=rows("stream quantity", "N 5"),
            inventories=rows("stream max", "N 5"),
        ),
        (
            "opening_stocks.csv, row 2, column stream",
            "could be any of: N by U/normal, N by V/normal",
            "Name its origin",
        ),
    ),
    "closing stock in a row of another period": (
        lambda: run(
            periods=periods(P1=30, P2=30),
            inventories=rows("stream period max closing_min", "Y P1 50 5", "Y P2 50 ."),
        ),
        ("inventories.csv, row 2, column closing_min", "does not hold in P2", "in the row of P2"),
    ),
    "tank in two uom": (
        lambda: run(
            periods=periods(P1=30, P2=30),
            inventories=rows("stream period max uom", "Y . 50 t", "Y P2 1 kt"),
        ),
        ("inventories.csv, row 2, column uom", "in t in row 2 and in kt in row 3"),
    ),
    "cost of a mode per barrel of an unknown density": (
        lambda: run(modes=rows("unit mode cost cost_uom", "U normal 2 USD/bbl")),
        ("modes.csv, row 2, column cost_uom", "needs a density"),
    ),
    "utility per barrel of an unknown density": (
        lambda: run(utilities=rows("unit utility use per", "U W 2 bbl")),
        ("utilities.csv, row 2, column per", "needs a density"),
    ),
    "feed spec on a property that a feed does not have": (
        lambda: run(feed_specs=rows("unit property max", "U sulfur_wt_pct 1")),
        ("feed_specs.csv, row 2, column property", 'sulfur_wt_pct of component "X" is not known'),
    ),
    "cost of blending in a currency without a rate": (
        lambda: blend(blends=rows("product component cost cost_uom", "Q A 1 EUR/t", "Q B . .")),
        ("blends.csv, row 2, column cost_uom", "no rate of EUR"),
    ),
    "holding cost per barrel of an unknown density": (
        lambda: run(inventories=rows("stream max holding_cost holding_cost_uom", "Y 50 1 USD/bbl")),
        ("inventories.csv, row 2, column holding_cost_uom", "needs a density"),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_the_fault_has_a_place_and_words(name: str) -> None:
    make, said = BAD[name]
    with pytest.raises(ModelError) as caught:
        build_plan(make())
    told = findings(caught.value)
    for words in said:
        assert words in told, told
    assert caught.value.subject == "case tiny"
    assert all(finding.where and finding.what for finding in caught.value.findings), told
