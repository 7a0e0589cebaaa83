"""The map of a plan: one way for each route, cargoes that share it together, none where no port is known."""

from __future__ import annotations

from datetime import date

from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.plots import ways as module
from netback.plots.plan import figures
from netback.plots.ways import ways
from netback.results.solution import Solution, solution_of
from netback.supply.data import SupplyData
from tiny import rows, tiny


def wheat(**ports: str) -> tuple[object, Solution]:
    cargo = {
        "cargo": "supra",
        "offer": "far",
        "min_lot": 45,
        "max_lot": 60,
        "max_ships": 2,
        "days": 18,
        **ports,
    }
    case = tiny(
        periods=[{"period": "2023-04", "start": date(2023, 4, 1), "days": 30}],
        offers=rows("offer stream price", "far wheat 10"),
        cargoes=[cargo],
        sales=rows("sale stream max price", "s wheat 90 20"),
    )
    return case, solution_of(plan(case))


def test_a_map_needs_ships_and_ports() -> None:
    case = read_case("pike_refinery")
    assert ways(case, solution_of(plan(case))) is None
    assert ways(*wheat()) is None  # type: ignore[arg-type]
    assert ways(*wheat(load_port="nowhere", discharge_port="here")) is None  # type: ignore[arg-type]


def test_any_commodity_is_on_the_map() -> None:
    case, found = wheat(load_port="Novorossiysk", discharge_port="Karachi")
    drawn = figures(found, case)["ways"]  # type: ignore[arg-type]
    assert drawn.title == "Ways of the ships: tiny, 2023-04"
    assert drawn.png[:8] == b"\x89PNG\r\n\x1a\n"
    assert "ways" not in figures(found)


def test_cargoes_that_share_a_way_stand_together() -> None:
    records = [
        {"cargo": "a", "voyage": "1", "loaded": 100.0, "uom": "t"},
        {"cargo": "a", "voyage": "1", "loaded": 50.0, "uom": "t"},
        {"cargo": "b", "voyage": "2", "loaded": 7.0, "uom": "kbbl"},
    ]
    assert module._name(records) == "a, b: 2 ships, 150 t and 7 kbbl"
    assert module._name(records[:2]) == "a: 1 ship, 150 t"


def parts_of(**row: str) -> tuple[list[str], str]:
    """Places of lightering and what the key says of them."""
    row = {"load_port": "Novorossiysk", "discharge_port": "karachi_op2", "load_date": "2023-04-01", **row}
    parts = module._parts(SupplyData.of(None), row, "Suez")
    return [part.places[-1].name for part in parts[:-1]], module._lightered(parts, [row])


def test_a_ship_that_is_lightered_goes_by_the_place() -> None:
    assert parts_of(lightering="oman_one_shuttle") == (["duqm"], ", lightered off Duqm")
    assert parts_of(lightering="Fujairah") == (["fujairah"], ", lightered off Fujairah")
    assert parts_of(lightering="") == ([], "")


def test_a_country_is_no_place_on_the_map_but_is_told() -> None:
    assert parts_of(lightering="Oman") == ([], ", lightered off Oman")
