"""Small refineries with two crudes whose worth is worked out by hand."""

from __future__ import annotations

from typing import Any

from netback.case.case import Case
from tiny import rows, tiny


def sour_and_sweet(**changes: Any) -> Case:
    """Sulphur alone matters. Prices per tonne; gas oil of at most 1 % sulphur sells at 50.

    A tonne of ``sweet`` (1 %) makes a tonne of gas oil: worth 50. A tonne of ``sour`` (2 %) needs a tonne of cutter
    stock (0 %, bought at 60) and makes two tonnes: worth 2 x 50 - 60 = 40.
    """
    tables: dict[str, Any] = {
        "streams": rows("stream kind", "sweet crude", "sour crude", "cutter feedstock"),
        "offers": rows(
            "offer stream price price_basis max",
            "sweet_spot sweet 44 fob 30", "sour_spot sour 30 fob 100", "cutter cutter 60 delivered .",
        ),
        "offer_costs": rows(
            "offer item cost cost_uom",
            "sweet_spot freight 2 .", "sour_spot freight 5 .", "sour_spot insurance 1 %",
        ),
        "capacities": rows("unit max uom", "still 100 t"),
        "yields": rows("unit feed product yield", "still sweet run 1", "still sour run 1"),
        "stream_properties": rows(
            "stream property value", "sweet sulfur_wt_pct 1", "sour sulfur_wt_pct 2", "cutter sulfur_wt_pct 0"
        ),
        "product_properties": rows("unit product property factor", "still run sulfur_wt_pct 1"),
        "blends": rows("product component basis", "gasoil run mass", "gasoil cutter mass"),
        "specs": rows("product property max", "gasoil sulfur_wt_pct 1"),
        "properties": rows("property basis", "sulfur_wt_pct mass"),
        "sales": rows("sale stream price", "s gasoil 50"),
    }  # fmt: skip
    return tiny("sour_and_sweet", **{**tables, **changes})


def lossy(**changes: Any) -> Case:
    """As :func:`sour_and_sweet`, and a tenth of the sour crude is lost: two groups matter."""
    yields = rows("unit feed product yield", "still sweet run 1", "still sour run 0.9", "still sour lost 0.1")
    streams = rows("stream kind", "sweet crude", "sour crude", "cutter feedstock", "lost loss")
    return sour_and_sweet(yields=yields, streams=streams, **changes)


def two_assays() -> Case:
    """Three crudes with assays, cut in four and sold by the tonne, but for fuel oil with a limit on sulphur."""
    return tiny(
        "two_assays",
        streams=rows(
            "stream kind", "urals crude", "murban crude", "das crude", "naphtha product", "diesel intermediate",
            "residue intermediate", "fuel product", "gasoil product",
        ),
        crudes=rows("crude assay", "urals urals", "murban murban", "das das"),
        offers=rows(
            "offer stream price price_uom price_basis max",
            "urals_spot urals 60 USD/bbl fob 4000", "murban_spot murban 75 USD/bbl fob 4000",
            "das_spot das 74 USD/bbl fob 4000",
        ),
        offer_costs=rows(
            "offer item cost cost_uom",
            "urals_spot freight 8 USD/bbl", "urals_spot insurance 1 %", "murban_spot freight 1 USD/bbl",
        ),
        cuts=rows(
            "unit stream from_c to_c", "cdu naphtha . 165", "cdu diesel 165 360", "cdu residue 360 ."
        ),
        feeds=rows("unit feed max_share basis", "cdu urals 0.9 mass", "cdu murban . mass", "cdu das . mass"),
        capacities=rows("unit max uom", "cdu 9000 t"),
        blends=rows(
            "product component basis", "gasoil diesel mass", "fuel residue mass", "fuel diesel mass"
        ),
        specs=rows("product property max", "fuel sulfur_wt_pct 1.8", "gasoil sulfur_wt_pct 0.8"),
        sales=rows(
            "sale stream price max", "n naphtha 640 .", "g gasoil 800 3500", "g2 gasoil 700 .", "f fuel 500 ."
        ),
    )  # fmt: skip
