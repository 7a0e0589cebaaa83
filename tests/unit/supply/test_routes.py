"""Ways through a small sea: shortest, fastest, cheapest, and what bars them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from world import LEGS, PORTS, choke, event, leg, port, ship, world

from netback.errors import DataError
from netback.supply import routes
from netback.supply.data import SupplyData
from netback.supply.routes import Route, Sailing, find_route, passage_of
from netback.supply.rows import VesselClass
from tiny import tiny

START = date(2023, 6, 1)
START_SAILING = Sailing(START, 12.5)


def way(route: Route) -> str:
    return " ".join(place.name for place in route.places)


def sailing(**more: object) -> Sailing:
    return Sailing(START, 10.0, **more)  # type: ignore[arg-type]


def vessel(**more: object) -> VesselClass:
    return world(vessel_classes=(ship(**more),)).vessel_classes["box"]  # type: ignore[arg-type]


def test_the_shortest_way_is_the_sum_of_its_legs() -> None:
    route = find_route(world(), "A", "D", sailing())
    assert way(route) == "A canal B strait D"
    assert route.distance_nm == 300.0
    assert route.days == pytest.approx(300.0 / 240.0)
    assert [passage.place.name for passage in route.passages] == ["canal", "strait"]


def test_names_are_understood_by_title_and_alias_without_capitals() -> None:
    route = find_route(world(), "first", "b", sailing(), via="DITCH")
    assert way(route) == "A canal B"


def test_via_and_avoid() -> None:
    assert way(find_route(world(), "A", "B", sailing(), via="cape")) == "A bend cape B"
    assert way(find_route(world(), "A", "B", sailing(), avoid=("The Canal",))) == "A bend cape B"
    assert way(find_route(world(), "A", "D", sailing(), via="cape; strait")) == "A bend cape B strait D"
    assert way(find_route(world(), "C", "B", sailing(), via=["A"])) == "C A canal B"


def test_a_way_to_where_one_is_has_no_legs() -> None:
    route = find_route(world(), "A", "A", sailing())
    assert (route.legs, route.distance_nm, route.days) == ((), 0.0, 0.0)


def test_legs_join_at_waypoints_only() -> None:
    legs = find_route(world(), "A", "B", sailing(), via="cape").to_next_chokepoint()
    assert [(one.from_place, one.to_place, one.distance_nm) for one in legs] == [
        ("A", "cape", 600.0),
        ("cape", "B", 600.0),
    ]
    assert sum(one.days for one in legs) == pytest.approx(5.0)


def test_a_closed_canal_is_gone_around_only_while_it_is_closed() -> None:
    closed = event("strike", "canal", closed="yes", start="2023-06-02", end="2023-06-30")
    data = world(chokepoint_events=(closed,))
    # The ship reaches the canal 10 hours after its departure.
    assert way(find_route(data, "A", "B", Sailing(date(2023, 6, 1), 10.0))) == "A canal B"
    assert way(find_route(data, "A", "B", Sailing(date(2023, 6, 2), 10.0))) == "A bend cape B"
    assert way(find_route(data, "A", "B", Sailing(date(2023, 6, 30), 10.0))) == "A bend cape B"
    assert way(find_route(data, "A", "B", Sailing(date(2023, 7, 1), 10.0))) == "A canal B"


def test_one_search_serves_all_days_on_which_the_same_events_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = event("strike", "canal", closed="yes", start="2023-06-05", end="2023-06-10")
    data = world(chokepoint_events=(closed,))
    searched, real = [], routes._search

    def search(*given: Any) -> Any:
        searched.append(given[2].start.day)
        return real(*given)

    monkeypatch.setattr(routes, "_search", search)
    ways = [way(find_route(data, "A", "B", Sailing(date(2023, 6, day), 10.0))) for day in range(1, 31)]
    assert ways == ["A canal B"] * 4 + ["A bend cape B"] * 6 + ["A canal B"] * 20
    assert searched == [1, 5, 11]
    # Another ship is another search; what only a least cost depends on is not.
    find_route(data, "A", "B", Sailing(date(2023, 6, 1), 10.0, cargo_t=1.0, usd_per_day=2.0))
    assert searched == [1, 5, 11]
    find_route(data, "A", "B", Sailing(date(2023, 6, 1), 11.0))
    find_route(data, "A", "B", Sailing(date(2023, 6, 1), 10.0, usd_per_day=2.0), objective="cost")
    assert searched == [1, 5, 11, 1, 1]


def test_the_day_of_passage_counts_not_that_of_departure() -> None:
    closed = event("strike", "strait", closed="yes", start="2023-06-08")
    data = world(chokepoint_events=(closed,))
    slow = Sailing(date(2023, 6, 1), 1.0)
    with pytest.raises(DataError, match="strait is closed"):
        find_route(data, "A", "D", slow)
    assert find_route(data, "A", "D", Sailing(date(2023, 6, 1), 10.0)).distance_nm == 300.0


def test_every_way_closed_says_what_bars_it() -> None:
    events = (
        event("war", "canal", closed="yes", start="2023-05-01"),
        event("storm", "cape", closed="yes"),
    )
    with pytest.raises(DataError) as caught:
        find_route(world(chokepoint_events=events), "A", "B", sailing())
    (finding,) = caught.value.findings
    assert finding.where == "route A to B"
    assert "every way is closed: The Canal is closed (war, from 2023-05-01)" in finding.what


def test_avoiding_every_way_is_a_finding() -> None:
    with pytest.raises(DataError, match="The Canal is avoided"):
        find_route(world(), "A", "B", sailing(), avoid=("canal", "cape"))


def test_to_pass_and_to_avoid_the_same_place_is_a_finding() -> None:
    with pytest.raises(DataError, match="to be passed and to be avoided"):
        find_route(world(), "A", "B", sailing(), via="canal", avoid=("ditch",))


def test_two_seas_without_a_leg_between_them() -> None:
    data = world(ports=(*PORTS, port("lake"), port("pond")), sea_legs=(*LEGS, leg("lake", "pond", 5)))
    with pytest.raises(DataError, match=r"no leg of sea_legs.csv leads there"):
        find_route(data, "A", "lake", sailing())


@pytest.mark.parametrize(
    ("arguments", "fault", "hint"),
    [
        ({"origin": "Alfa"}, 'no port "Alfa"', "alpha"),
        ({"destination": "canal"}, 'no port "canal"', ""),
        ({"via": "canall"}, 'no chokepoint "canall"', "canal"),
        ({"avoid": ("kape",)}, 'no chokepoint "kape"', "cape"),
    ],
)
def test_unknown_names_name_the_closest(arguments: dict[str, object], fault: str, hint: str) -> None:
    asked = {"origin": "A", "destination": "B", **arguments}
    with pytest.raises(DataError) as caught:
        find_route(world(), sailing=sailing(), **asked)  # type: ignore[arg-type]
    (finding,) = caught.value.findings
    assert fault in finding.what
    assert hint in finding.hint


def test_a_ship_without_speed_goes_nowhere() -> None:
    with pytest.raises(DataError, match="goes nowhere"):
        find_route(world(), "A", "B", Sailing(START, 0.0))


def test_slow_passages_add_days_over_their_length() -> None:
    data = world(chokepoint_events=(event("convoy", "canal", speed_kn=5, extra_days=0.5),))
    route = find_route(data, "A", "B", sailing())
    # 48 nm at 5 kn take 9.6 hours instead of 4.8, and the wait half a day.
    assert route.days - route.steaming_days == pytest.approx(4.8 / 24.0 + 0.5)
    assert route.passages[0].extra_days == pytest.approx(0.7)


def test_a_speed_limit_above_the_speed_of_the_ship_slows_nobody() -> None:
    data = world(chokepoint_events=(event("limit", "canal", speed_kn=15),))
    assert find_route(data, "A", "B", sailing()).days == pytest.approx(200.0 / 240.0)


def test_rows_that_hold_together_add_and_bind() -> None:
    events = (
        event("one", "canal", speed_kn=8, extra_days=0.25, toll_usd=1000, max_draught_m=9),
        event("two", "canal", speed_kn=5, extra_days=0.25, toll_usd_per_t=2, max_draught_m=8),
        event("past", "canal", end="2023-05-31", toll_usd=9e6),
        event("other", "cape", toll_usd=7),
    )
    data = world(chokepoint_events=events)
    passage = passage_of(data, data.places["canal"], sailing(cargo_t=100.0), START)
    assert [row.event for row in passage.events] == ["one", "two"]
    assert passage.toll_usd == 1200.0
    assert passage.max_draught_m == 8.0
    assert passage.extra_days == pytest.approx(0.5 + 4.8 / 24.0)


def test_rows_for_a_class_or_for_ballast_hold_for_no_other_ship() -> None:
    events = (
        event("big", "canal", vessel_class="box", toll_usd=5),
        event("empty", "canal", loaded="ballast", toll_usd=3),
        event("full", "canal", loaded="laden", toll_usd=2),
    )
    data = world(chokepoint_events=events)

    def toll(**more: object) -> float:
        return passage_of(data, data.places["canal"], sailing(**more), START).toll_usd

    assert toll() == 2.0
    assert toll(laden=False) == 3.0
    assert toll(vessel=data.vessel_classes["box"]) == 7.0


def test_deep_and_large_ships_go_round() -> None:
    data = world(chokepoint_events=(event("sill", "canal", max_draught_m=9.0),))
    assert way(find_route(data, "A", "B", sailing(draught_m=9.0))) == "A canal B"
    assert way(find_route(data, "A", "B", sailing(draught_m=9.01))) == "A bend cape B"
    data = world(chokepoint_events=(event("lock", "canal", max_dwt_t=11_000),))
    assert way(find_route(data, "A", "B", sailing(vessel=vessel()))) == "A canal B"
    assert way(find_route(data, "A", "B", sailing(vessel=vessel(dwt_t=12_000)))) == "A bend cape B"


def test_what_is_least_decides() -> None:
    # The canal is shorter; a wait of 10 days makes the cape faster, and the cheaper way depends on the day's cost.
    data = world(chokepoint_events=(event("queue", "canal", extra_days=10),))
    assert way(find_route(data, "A", "B", sailing())) == "A canal B"
    assert way(find_route(data, "A", "B", sailing(), objective="days")) == "A bend cape B"
    data = world(chokepoint_events=(event("toll", "canal", toll_usd=100_000),))

    def cheapest(usd_per_day: float) -> str:
        return way(find_route(data, "A", "B", sailing(usd_per_day=usd_per_day), objective="cost"))

    # The cape costs 1,000 nm more, 4.17 days: it pays below 24,000 USD a day.
    assert cheapest(23_000) == "A bend cape B"
    assert cheapest(25_000) == "A canal B"


def test_a_slower_way_is_kept_where_it_passes_before_a_closure() -> None:
    """The shorter way to the strait waits so long that the strait is closed; the longer one gets through."""
    chokepoints = (choke("quick"), choke("slow"), choke("strait"))
    legs = (
        leg("A", "quick", 10),
        leg("quick", "B", 10),
        leg("A", "slow", 60),
        leg("slow", "B", 60),
        leg("B", "strait", 10),
        leg("strait", "D", 10),
        leg("A", "C", 30),
    )
    events = (
        event("queue", "quick", extra_days=9),
        event("war", "strait", closed="yes", start="2023-06-05"),
    )
    data = world(chokepoints=chokepoints, sea_legs=legs, chokepoint_events=events)
    assert way(find_route(data, "A", "B", sailing())) == "A quick B"
    assert way(find_route(data, "A", "D", sailing())) == "A slow B strait D"


def test_a_chokepoint_that_is_to_be_passed_is_no_place_to_turn_round() -> None:
    # B lies behind the canal: who asks for the cape on the way from B to D would turn round in it.
    with pytest.raises(DataError, match="without turning round or passing a strait twice"):
        find_route(world(), "B", "D", sailing(), via="cape")
    with pytest.raises(DataError, match="without turning round"):
        find_route(world(), "A", "C", sailing(), via="canal")


def test_no_chokepoint_is_passed_twice_between_two_calls() -> None:
    # Through the canal and back by the cape ends where it began, so D behind the strait is out of reach.
    with pytest.raises(DataError, match="passing a strait twice"):
        find_route(world(), "A", "D", sailing(), via="canal; cape")
    assert way(find_route(world(), "A", "C", sailing(), via="B")) == "A canal B canal A C"  # a call at B


def test_a_closed_passage_behind_the_one_asked_for_closes_the_way() -> None:
    events = [event("shut", "strait", closed="yes")]
    with pytest.raises(DataError, match=r"every way is closed: .*strait"):
        find_route(world(chokepoint_events=events), "A", "D", sailing(), via="canal")


def test_the_cape_is_passed_and_not_visited() -> None:
    data = SupplyData.of(None)
    for origin, destination in (("Novorossiysk", "Karachi"), ("Yanbu", "Ceyhan"), ("Jeddah", "Constanta")):
        names = [place.name for place in find_route(data, origin, destination, START_SAILING, "Cape").places]
        assert "suez_canal" not in names
        assert len(set(names)) == len(names)


def test_suez_with_bab_el_mandeb_closed_is_no_way() -> None:
    shut = {"event": "shut", "chokepoint": "bab_el_mandeb", "closed": "yes"}
    data = SupplyData.of(tiny("sea", chokepoint_events=[shut]))
    with pytest.raises(DataError, match="every way is closed: Bab el-Mandeb is closed"):
        find_route(data, "Novorossiysk", "Karachi", START_SAILING, "Suez")
