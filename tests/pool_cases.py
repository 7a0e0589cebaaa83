"""Small cases with pools for tests: Haverly's problems, pools in a row, tanks over time, a pooled feed with deltas."""

from __future__ import annotations

from netback.case.case import Case
from tiny import Row, periods, rows, tiny

#: Changes of the first problem, and the best plan of each as Haverly (1978) prints it.
HAVERLY = [({}, 400.0), ({"x_max": 600}, 600.0), ({"b_price": 13}, 750.0)]


def haverly(x_max: float = 100, b_price: float = 16, **tables: list[Row]) -> Case:
    """Haverly, SIGMAP Bulletin 25 (1978): A and B mix in one tank, C is blended in beside it."""
    stated: dict[str, list[Row]] = {
        "periods": periods(day=1),
        "streams": rows("stream kind", "A crude", "B crude", "C crude", "mix intermediate"),
        "crudes": rows("crude", "A", "B"),
        "properties": rows("property basis", "sulphur flow"),
        "stream_properties": rows("stream property value", "A sulphur 3", "B sulphur 1", "C sulphur 2"),
        "offers": rows("offer stream price", "A A 6", f"B B {b_price}", "C C 10"),
        "pools": rows("stream component", "mix A", "mix B"),
        "blends": rows("product component", "X mix", "X C", "Y mix", "Y C"),
        "specs": rows("product property max", "X sulphur 2.5", "Y sulphur 1.5"),
        "sales": rows("sale stream price max", f"X X 9 {x_max}", "Y Y 15 200"),
    }
    return tiny("haverly", **{**stated, **tables})


def in_a_row(**tables: list[Row]) -> Case:
    """The mix of A and B flows on, with C, into a second tank; both feed both products."""
    return haverly(
        **{
            "streams": rows("stream kind", "A crude", "B crude", "C crude"),
            "crudes": rows("crude", "A", "B", "C"),
            "pools": rows("stream component", "mix A", "mix B", "late mix", "late C"),
            "blends": rows("product component", "X mix", "X late", "Y mix", "Y late"),
            **tables,
        }
    )


def over_time(**tables: list[Row]) -> Case:
    """Two days, one tank that holds something of A and B when the first begins; Y is sold on both."""
    return haverly(
        **{
            "periods": periods(one=1, two=1),
            "inventories": rows("stream max", "mix 300"),
            "opening_stocks": rows("stream origin quantity", "mix A 60", "mix B 40"),
            "offers": rows(
                "offer stream period price max",
                *("A A one 6 100", "B B one 16 100", "B B two 14 300", "C C . 10 100"),
            ),
            "sales": rows("sale stream price max", "X X 9 100", "Y Y 15 150"),
            **tables,
        }
    )


def with_deltas(**tables: list[Row]) -> Case:
    """A unit whose yield moves with the sulphur of its pooled feed, which is blended as well."""
    return haverly(
        **{
            "yields": rows("unit feed product yield", "hds mix clean 0.9", "hds mix gas 0.1"),
            "streams": rows("stream kind", "A crude", "B crude", "C crude", "gas loss"),
            "deltas": rows(
                "unit feed product property base delta",
                "hds mix clean sulphur 2 -0.02",
                "hds mix gas sulphur 2 0.02",
            ),
            "product_properties": rows("unit product property factor offset", "hds clean sulphur 0.4 0.1"),
            "capacities": rows("unit max uom", "hds 80 t/d"),
            "blends": rows("product component", "X mix", "Y mix", "Y clean", "Y C"),
            **tables,
        }
    )


def passed_on(**tables: list[Row]) -> Case:
    """Two modes with even yields turn the mix into one product for two blends: its shares are those of the mix."""
    return with_deltas(
        **{
            "deltas": [],
            "modes": rows("unit mode cost", "hds mild 0.5", "hds hard 1"),
            "yields": rows(
                "unit mode feed product yield",
                *("hds mild mix clean 0.95", "hds mild mix gas 0.05"),
                *("hds hard mix clean 0.9", "hds hard mix gas 0.1"),
            ),
            "blends": rows("product component", "X mix", "X clean", "Y mix", "Y clean", "Y C"),
            "specs": rows("product property max", "X sulphur 2.5", "Y sulphur 1.2"),
            **tables,
        }
    )


def refined(**tables: list[Row]) -> Case:
    """A kept mix is cleaned in two modes of uneven yields, some of that is dried: tanks that follow from one pool."""
    return with_deltas(
        **{
            "periods": periods(one=1, two=1),
            "streams": rows("stream kind", "A crude", "B crude", "C crude", "gas loss"),
            "inventories": rows("stream max", "mix 60"),
            "opening_stocks": rows("stream origin quantity", "mix A 30", "mix B 10"),
            "offers": rows(
                "offer stream period price max",
                "A A . 6 90",
                "B B one 16 80",
                "B B two 14 120",
                "C C . 10 40",
            ),
            "modes": rows("unit mode cost", "hds mild 0.5", "hds hard 1"),
            "yields": rows(
                "unit mode feed product yield",
                *("hds mild mix clean 0.95", "hds mild mix gas 0.05"),
                *("hds hard mix clean 0.9", "hds hard mix gas 0.1"),
                *("dryer normal clean dry 0.98", "dryer normal clean gas 0.02"),
            ),
            "deltas": rows(
                "unit mode feed product property base delta",
                *("hds mild mix clean sulphur 2 -0.02", "hds mild mix gas sulphur 2 0.02"),
            ),
            "product_properties": rows(
                "unit product property factor offset", "hds clean sulphur 0.4 0.1", "dryer dry sulphur 0.9 0"
            ),
            "pools": rows("stream component", "mix A", "mix B"),
            "capacities": rows("unit max uom", "hds 80 t/d", "dryer 40 t/d"),
            "blends": rows("product component", "X mix", "X dry", "Y dry", "Y clean", "Y C"),
            "specs": rows("product property max", "X sulphur 2.2", "Y sulphur 1.1"),
            "sales": rows("sale stream price max", "X X 12 100", "Y Y 17 90"),
            **tables,
        }
    )
