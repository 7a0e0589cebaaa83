"""A plant of three months that tests of results and of the terminal share."""

from __future__ import annotations

from netback.case.case import Case
from tiny import periods, rows, tiny


def three_months() -> Case:
    """Three periods with what pivots must keep apart: power by the MWh, an offer that is never bought, one in two
    tranches, a product without density, a sale in two tiers and one of nothing, a stock, a spec that binds, a unit that
    stands still in the first period.
    """
    return tiny(
        "three_months",
        periods=periods(**{"2023-04": 10, "2023-05": 20, "2023-06": 30}),
        streams=[
            {"stream": "crude", "kind": "crude"},
            {"stream": "dear", "kind": "crude"},
            {"stream": "power", "kind": "utility", "uom": "MWh"},
            {"stream": "gas", "uom": "m3"},
        ],
        properties=rows("property basis", "sulfur mass"),
        stream_properties=rows(
            "stream property value",
            "crude density_t_per_m3 0.85",
            "dear density_t_per_m3 0.80",
            "light sulfur 0.2",
            "light density_t_per_m3 0.75",
            "heavy sulfur 2.0",
            "heavy density_t_per_m3 0.95",
        ),
        offers=rows(
            "offer stream tranche period max uom price price_uom price_basis",
            "crude crude 1 . 400 t/d 60 USD/bbl fob",
            "crude crude 2 2023-04 40 t/d 61 USD/bbl fob",
            "crude crude 2 2023-05 40 t/d 62 USD/bbl fob",
            "dear dear 1 . 100 t/d 190 USD/bbl fob",
            "grid power 1 . . . 100 . delivered",
        ),
        offer_costs=rows("offer item cost cost_uom", "crude freight 2 USD/bbl"),
        yields=rows(
            "unit feed product yield",
            "cdu crude light 0.45",
            "cdu crude heavy 0.55",
            "cdu dear light 0.45",
            "cdu dear heavy 0.55",
            "gasifier heavy gas 1",
        ),
        utilities=rows("unit utility use", "cdu power 0.02"),
        capacities=rows("unit max uom", "cdu 420 t/d", "gasifier 1000 t/d"),
        blends=rows("product component", "diesel light", "diesel heavy"),
        specs=rows("product property max", "diesel sulfur 1.0"),
        sales=rows(
            "sale stream tier period max uom price",
            "diesel diesel 1 . 200 t/d 800",
            "diesel diesel 2 . 100 t/d 700",
            "petrol light 1 . . . 300",
            "fuel heavy 1 . . . 200",
            "tar heavy 1 . . . 0",
            "gas gas 1 2023-05 50 m3/d 900",
            "gas gas 1 2023-06 50 m3/d 900",
        ),
        inventories=rows("stream max closing_value", "diesel 900 750", "light 500 ."),
        opening_stocks=rows("stream quantity", "diesel 300"),
    )
