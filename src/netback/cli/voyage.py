"""``netback voyage``: a way by sea, its days, the largest cargo and what limits it, what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from netback.case.values import CellError, read_cell
from netback.cli.common import check_figure, counted, say, show_table
from netback.errors import DataError, Finding, closest
from netback.supply.data import SupplyData
from netback.supply.routes import USUAL_SPEED_KN, Objective, Route, Sailing, find_route
from netback.supply.voyages import VoyageEstimate, VoyageRequest, estimate_voyage

#: Options that state the fields of a request.
_OPTIONS = {
    "vessel_class": "option --ship",
    "via": "option --via",
    "avoid": "option --avoid",
    "cargo_t": "option --cargo-t",
    "freight": "option --freight",
}
#: No merchant ship is faster [kn].
_FASTEST_KN = 40.0


def voyage(
    origin: Annotated[str, typer.Option("--from", help="Port of loading.")],
    destination: Annotated[str, typer.Option("--to", help="Port of discharge.")],
    ship: Annotated[
        str, typer.Option("--ship", help="Class of the ship; without it only the way is shown.")
    ] = "",
    via: Annotated[str, typer.Option("--via", help="Chokepoints to pass, separated by semicolons.")] = "",
    avoid: Annotated[
        list[str] | None, typer.Option("--avoid", help="A chokepoint not to pass; may be repeated.")
    ] = None,
    on: Annotated[
        str, typer.Option("--on", help="Day on which the ship is ready, as 2023-04-21; today if blank.")
    ] = "",
    cargo_t: Annotated[
        float | None, typer.Option("--cargo-t", help="Cargo in tonnes; the largest if blank.")
    ] = None,
    bbl_per_t: Annotated[float | None, typer.Option("--bbl-per-t", help="Barrels in a tonne.")] = None,
    speed_kn: Annotated[float | None, typer.Option("--speed-kn", help="Laden speed in knots.")] = None,
    load_berth: Annotated[str, typer.Option("--load-berth", help="Berth of loading.")] = "",
    berth: Annotated[str, typer.Option("--berth", help="Berth of discharge.")] = "",
    lighter: Annotated[
        str, typer.Option("--lighter", help="Lightering plan, or the place of the first one there.")
    ] = "",
    freight: Annotated[
        str, typer.Option("--freight", help="A row of freight_rates; time charter if blank.")
    ] = "",
    value_usd: Annotated[float | None, typer.Option("--value-usd", help="Value of the cargo.")] = None,
    best: Annotated[str, typer.Option("--best", help="What is least: distance, days or cost.")] = "distance",
    one_way: Annotated[bool, typer.Option("--one-way", help="Leave out the way back in ballast.")] = False,
    case: Annotated[
        str, typer.Option("--case", help="A case whose rows stand over those of the library.")
    ] = "",
    scenario: Annotated[str, typer.Option("--scenario", help="The case as this scenario changes it.")] = "",
    plot: Annotated[
        Path | None, typer.Option("--map", help="Draw the way to this file: .png or .svg.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Work out a voyage: legs, days by step with dates, the largest cargo and its limits, cost by line."""
    data, day = data_of(case, scenario), _day(on)
    if data.port(origin, "option --from").name == data.port(destination, "option --to").name:
        what = f'"{destination}" is where the voyage begins.'
        raise DataError(Finding("option --to", what, "Name another port."))
    objective = _objective(best)
    check_figure(plot, "option --map")
    _check_numbers(cargo_t=cargo_t, bbl_per_t=bbl_per_t, speed_kn=speed_kn, value_usd=value_usd)
    avoided = tuple(avoid or ())
    if not ship:
        sailing = Sailing(day, speed_kn or USUAL_SPEED_KN)
        with _by_option():
            route = find_route(data, origin, destination, sailing, via or None, avoided, objective)
        print(json.dumps(route_dict(route), indent=1)) if as_json else _show_route(
            data, route, sailing.speed_kn
        )
        _draw(plot, data, (route,), day, as_json)
        return
    request = VoyageRequest(
        origin=origin,
        destination=destination,
        vessel_class=ship,
        start=day,
        via=via or None,
        avoid=avoided,
        cargo_t=cargo_t,
        bbl_per_t=bbl_per_t,
        speed_kn=speed_kn,
        lightering=data.plan(lighter, "option --lighter") if lighter else None,
        load_berth=load_berth or None,
        discharge_berth=berth or None,
        freight=freight or None,
        ballast_back=not one_way,
        objective=objective,
        cargo_value_usd=value_usd,
    )
    with _by_option():
        estimate = estimate_voyage(data, request)
    if as_json:
        print(json.dumps(voyage_dict(estimate), indent=1, ensure_ascii=False))
    else:
        _show_voyage(data, estimate)
    lightering = estimate.lightering
    parts = (estimate.route, *((lightering.route,) if lightering is not None else ()))
    _draw(plot, data, parts, day, as_json)


@contextmanager
def _by_option() -> Iterator[None]:
    """Findings of a request's fields, told by the options that state them."""
    try:
        yield
    except DataError as error:
        found = [replace(one, where=_OPTIONS.get(one.where, one.where)) for one in error.findings]
        raise DataError(found, error.subject) from None


def data_of(case: str, scenario: str = "") -> SupplyData:
    """Return the library, overlaid by the rows of a case if one is named."""
    if not case:
        return SupplyData.of(None)
    from netback.io.folder import read_case

    return SupplyData.of(read_case(case, scenario or None))


def _day(text: str) -> date:
    if not text:
        return date.today()
    from netback.case.schema import Column

    try:
        return cast(date, read_cell(text, Column("on", "date")))
    except CellError as fault:
        raise DataError(Finding("option --on", fault.what, fault.hint)) from None


def _objective(text: str) -> Objective:
    known = get_args(Objective)
    if text not in known:
        hint = f"{closest(text, known)} Known: {', '.join(known)}.".strip()
        raise DataError(Finding("option --best", f'"{text}" is not understood.', hint))
    return cast(Objective, text)


def _check_numbers(**numbers: float | None) -> None:
    findings = [
        Finding(
            f"option --{name.replace('_', '-')}",
            f"{value:g} is not above zero.",
            "Write a number above zero.",
        )
        for name, value in numbers.items()
        if value is not None and not 0.0 < value < 1e12
    ]
    speed = numbers.get("speed_kn")
    if speed is not None and speed > _FASTEST_KN:
        what = f"{speed:g} kn is faster than any cargo ship."
        findings.append(Finding("option --speed-kn", what, f"Write at most {_FASTEST_KN:g}."))
    if findings:
        raise DataError(findings)


def _draw(plot: Path | None, data: SupplyData, parts: tuple[Route, ...], day: date, quiet: bool) -> None:
    """Draw a way; where it has two parts, the ship is lightered between them."""
    if plot is None:
        return
    from netback.io.atomic import write_files
    from netback.plots.route_map import Way, route_map

    title = f"{parts[0].places[0].title} to {parts[-1].places[-1].title}, sailing on {day}"
    drawn = route_map(data, [Way(parts)], title)
    content = drawn.png if plot.suffix.casefold() == ".png" else drawn.svg
    write_files(plot.parent, {plot.name: content})
    if not quiet:
        print(f"Map written to {plot}.")


def _show_route(data: SupplyData, route: Route, speed_kn: float) -> None:
    ends = f"{route.places[0].title} to {route.places[-1].title}"
    print(f"{ends}: {route.distance_nm:,.0f} nm, {route.days:.1f} days at {speed_kn:g} kn.")
    _show_legs(data, route)


def _show_legs(data: SupplyData, route: Route) -> None:
    waits = {passage.place.name: passage for passage in route.passages}
    rows = []
    for leg in route.to_next_chokepoint():
        passage = waits.get(leg.to_place)
        rows.append(
            (
                data.places[leg.from_place].title,
                data.places[leg.to_place].title,
                f"{leg.distance_nm:,.0f}",
                f"{leg.days:.2f}",
                f"{passage.extra_days:.2f}" if passage is not None and passage.extra_days else "",
                f"{passage.max_draught_m:.2f}" if passage is not None and passage.max_draught_m else "",
            )
        )
    columns = ("from", "to", "nm>", "days under way>", "wait and slow>", "draught m>")
    show_table("Legs", columns, rows)
    print()


def _show_voyage(data: SupplyData, voyage: VoyageEstimate) -> None:
    request = voyage.request
    names = [voyage.route.places[0].title, data.port(request.destination).title]
    vessel = data.vessel(request.vessel_class)
    say(f"{vessel.title or vessel.vessel_class}, {names[0]} to {names[1]}, ready {request.start}")
    back = f"; back at {names[0]} after {voyage.round_trip_days:.1f}" if voyage.ballast_route else ""
    say(
        f"{voyage.cargo_t:,.0f} t, at the berth {voyage.arrival}, all ashore after {voyage.days_total:.1f} days{back}."
    )
    say(f"Largest cargo {voyage.largest_cargo_t:,.0f} t: {voyage.limited_by}.")
    print()
    _show_legs(data, voyage.route)
    steps = [(step.name, step.start, step.end, f"{step.days:.2f}") for step in voyage.steps]
    show_table("Steps", ("step", "from", "to", "days>"), steps)
    print()
    limits = [(limit.name, f"{limit.cargo_t:,.0f}", limit.reason) for limit in voyage.cargo_limits.limits]
    show_table("Limits of the cargo [t]", ("limit", "cargo t>", "why"), limits)
    for claim in voyage.cargo_limits.claims:
        say(f"Claim, not a limit: {claim.cargo_t:,.0f} t at {claim.about} ({claim.stated_by}).")
    print()
    if voyage.lightering is not None:
        _show_lightering(data, voyage)
    _show_costs(voyage)


def _show_lightering(data: SupplyData, voyage: VoyageEstimate) -> None:
    assert voyage.lightering is not None
    rows = [
        (
            parcel.ship,
            parcel.vessel_class,
            data.berths[parcel.berth].label,
            f"{parcel.cargo_t:,.0f}",
            f"{parcel.transfer_start:.1f} to {parcel.transfer_end:.1f}" if parcel.ship != "mother" else "",
            f"{parcel.berth_start:.1f} to {parcel.berth_end:.1f}",
        )
        for parcel in voyage.lightering.parcels
    ]
    columns = ("ship", "class", "berth", "t>", "side by side>", "at berth>")
    show_table(f"Parcels, {voyage.lightering.plan.title}; days from arrival there", columns, rows)
    cost, bbl_per_t = voyage.lightering.cost_usd, voyage.request.barrels_per_t
    per = f", {cost / voyage.cargo_t / bbl_per_t:.2f} USD/bbl" if bbl_per_t else ""
    say(f"Lightering {cost:,.0f} USD, {cost / voyage.cargo_t:.2f} USD/t{per}.")
    print()


def _show_costs(voyage: VoyageEstimate) -> None:
    bbl_per_t = voyage.request.barrels_per_t
    rows = []
    for line in voyage.costs:
        if line.amount_usd is None:
            rows.append((line.group, line.name, line.note, f"{line.rate:.3%} of value", "", ""))
            continue
        per_t = line.amount_usd / voyage.cargo_t
        bbl = f"{per_t / bbl_per_t:.2f}" if bbl_per_t else ""
        rows.append((line.group, line.name, line.note, f"{line.amount_usd:,.0f}", f"{per_t:.2f}", bbl))
    total = voyage.cost_usd / voyage.cargo_t
    bbl = f"{total / bbl_per_t:.2f}" if bbl_per_t else ""
    rows.append(("sum", "", "", f"{voyage.cost_usd:,.0f}", f"{total:.2f}", bbl))
    show_table("Cost", ("group", "line", "how", "USD>", "USD/t>", "USD/bbl>"), rows)
    open_lines = sum(line.amount_usd is None for line in voyage.costs)
    if open_lines:
        print(f"{counted(open_lines, 'line')} of the value not in the sum: give --value-usd.")


def route_dict(route: Route) -> dict[str, Any]:
    """A route as plain values for JSON."""
    return {
        "distance_nm": route.distance_nm,
        "days": route.days,
        "places": [place.name for place in route.places],
        "legs": [
            {"from": leg.from_place, "to": leg.to_place, "distance_nm": leg.distance_nm, "days": leg.days}
            for leg in route.to_next_chokepoint()
        ],
        "passages": [
            {
                "chokepoint": passage.place.name,
                "extra_days": passage.extra_days,
                "toll_usd": passage.toll_usd,
                "max_draught_m": passage.max_draught_m,
                "events": [event.event for event in passage.events],
            }
            for passage in route.passages
        ],
    }


def voyage_dict(voyage: VoyageEstimate) -> dict[str, Any]:
    """A voyage as plain values for JSON."""
    light = voyage.lightering
    return {
        "route": route_dict(voyage.route),
        "ballast_route": route_dict(voyage.ballast_route) if voyage.ballast_route is not None else None,
        "steps": [
            {"name": s.name, "kind": s.kind, "start": str(s.start), "end": str(s.end), "days": s.days}
            for s in voyage.steps
        ],
        "arrival": str(voyage.arrival),
        "days_total": voyage.days_total,
        "round_trip_days": voyage.round_trip_days,
        "cargo_t": voyage.cargo_t,
        "largest_cargo_t": voyage.largest_cargo_t,
        "limited_by": voyage.limited_by,
        "limits": [
            {"name": limit.name, "cargo_t": limit.cargo_t, "reason": limit.reason}
            for limit in voyage.cargo_limits.limits
        ],
        "claims": [
            {"about": claim.about, "cargo_t": claim.cargo_t, "stated_by": claim.stated_by}
            for claim in voyage.cargo_limits.claims
        ],
        "costs": [
            {
                "name": line.name,
                "group": line.group,
                "per": line.per,
                "rate": line.rate,
                "usd": line.amount_usd,
            }
            for line in voyage.costs
        ],
        "cost_usd": voyage.cost_usd,
        "cost_per_ship_usd": voyage.cost_per_ship_usd,
        "cost_per_t_usd": voyage.cost_per_t_usd,
        "share_of_value": voyage.share_of_value,
        "lightering": None
        if light is None
        else {
            "plan": light.plan.plan,
            "cost_usd": light.cost_usd,
            "days": light.days,
            "mother_days": light.mother_days,
            "parcels": [
                {"ship": p.ship, "vessel_class": p.vessel_class, "berth": p.berth, "cargo_t": p.cargo_t}
                for p in light.parcels
            ],
        },
    }
