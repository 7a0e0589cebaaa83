"""``netback explain CRUDE --change`` with ships or lots: what would turn the answer of one cargo, by month."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from netback.cli.common import EXIT_INTERRUPTED, last_step

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.studies.cargo_change import CargoChanges
    from netback.studies.change import Crossing, ScenarioState
    from netback.studies.lifts import Lift

#: Proven values on both sides that are closer than this part of the change are told as one.
_ONE = 5e-3
#: Marks a value that holds with the ships of the plans known.
_AS_FOUND = "*"
#: Changes beyond their stated ranges that are shown.
MOST_BEYOND = 12


def show_cargo_change(
    case: Case, crude: str, parcel: str, month: str, thorough: bool, jobs: int | None, as_json: bool
) -> None:
    """Search what would have to change for a cargo to pay or not, and print it; what is known when it is stopped.

    Raises
    ------
    DataError
        If the crude is not offered, the month is none of its months, or the parcel is none.
    """
    from netback.cli.change import parcel_in_uom
    from netback.planning.model import build_plan

    volumes = [parcel_in_uom(build_plan(case), crude, parcel)] if parcel else []
    steps = _steps(case, crude, month, volumes, thorough, jobs)
    (found, states), stopped = last_step(steps)
    print(_json(case, found, states)) if as_json else _show(case, found, states)
    if stopped:
        raise typer.Exit(EXIT_INTERRUPTED)


def _steps(
    case: Case, crude: str, month: str, volumes: Sequence[float], thorough: bool, jobs: int | None
) -> Iterator[tuple[CargoChanges, Sequence[ScenarioState]]]:
    """What is known step by step; once all of it is, with the states of the case's scenarios."""
    from netback.cli.value import watch
    from netback.studies.cargo_change import cargo_changes
    from netback.studies.change import scenario_states

    for found in cargo_changes(case, crude, month, volumes, jobs, watch, thorough=thorough):
        yield found, ()
        if found.complete:
            yield found, scenario_states(case, crude, jobs, found.lift.question.period)


def _show(case: Case, found: CargoChanges, states: Sequence[ScenarioState]) -> None:
    from netback.cli.show import say, say_pools, show_table

    title = f"{case.title or case.name}{f', scenario {case.scenario}' if case.scenario else ''}"
    say(f"What would turn the answer for {found.crude}: {title}")
    say_pools(case)
    print()
    _show_months(case, found)
    for line in _sentences(case, found):
        say(line)
    print()
    inside = [one for one in found.crossings if one.in_range]
    beyond = [one for one in found.crossings if not one.in_range]
    heads = ("number", "now>", "turns at>", "uom", "change>", "stated range>")
    for name, listed in (
        ("Within the range that the case states for the number", inside),
        ("Beyond it, or no range stated; the smallest in proportion first", beyond[:MOST_BEYOND]),
    ):
        if listed:
            show_table(name, heads, [_row(one) for one in listed], gaps=(3, 2, 1))
    if len(beyond) > MOST_BEYOND:
        say(f"... and {len(beyond) - MOST_BEYOND} more, all of larger changes; --json prints them.")
    for line in (*_notes(found), *_about_scenarios(found, states)):
        say(line)


def _show_months(case: Case, found: CargoChanges) -> None:
    from netback.cli.lifting_tables import even_text
    from netback.cli.show import figure, show_table

    def two(value: float) -> str:
        return "" if value != value else figure(value, 2)

    rows = [
        (
            one.question.name,
            _asked(one),
            two(one.price),
            even_text(one),
            two(one.headroom),
            one.word,
            "followed" if one is found.lift else "",
        )
        for one in found.lifts
    ]
    lift = found.lift
    heads = ("month", "asked", "price>", "break-even>", "headroom>", "verdict", "")
    show_table(f"Its own price {lift.basis}, by month of loading [{case.currency}/{lift.per}]", heads, rows)


def _asked(one: Lift) -> str:
    from netback.cli.show import figure

    kind = one.question.kind
    if kind == "volume":
        return f"{figure(one.question.volume)} {one.uom}"
    return {"cargo": "one cargo", "committed": one.question.cargo}.get(kind, "")


def _sentences(case: Case, found: CargoChanges) -> list[str]:
    lift, money = found.lift, case.currency
    what = f"{_asked(lift)} of {found.crude} in {lift.question.name}"
    if lift.question.kind == "committed":
        what = f"{lift.question.cargo}, which must load in {lift.question.name}"
    gain = lift.margin_with - lift.margin_without
    earns = f"{'earns' if gain >= 0.0 else 'loses'} {abs(gain):,.0f} {money}"
    told = [
        f"Followed: {what}. The best plan with it {earns} against the best without it; all else (other crudes, other "
        "months, sizes and ways of ships) is free to answer in both."
    ]
    even = "stops to pay" if lift.word == "lift" else "begins to pay"
    if lift.word in ("lift", "leave"):
        told.append(
            f"It {even} at a price of {_ends(lift.low, lift.high)} {lift.basis} in place of {lift.price:,.2f} "
            f"{money}/{lift.per}. Any one of these changes alone does the same:"
        )
    else:
        told.append("Whether it pays is within the gap of the proofs, so nothing is followed.")
    if len(found.lifts) > 1:
        told.insert(0, "Of these the one nearest to turning is followed; --month names another.")
    return told


def _ends(low: float, high: float) -> str:
    one, other = f"{low:,.2f}", f"{high:,.2f}"
    return one if one == other else f"{one} to {other}"


def _row(one: Crossing) -> tuple[str, ...]:
    from netback.studies.deciding import places

    lever = one.lever
    stated = "" if lever.low is None or lever.high is None else f"{places(lever.low)} to {places(lever.high)}"
    name = f"yield of {lever.name}" if lever.kind == "cut" else lever.name
    at = places(one.at)
    if one.near is None or one.far is None:
        at += _AS_FOUND
    elif abs(one.far - one.near) > _ONE * abs(one.at - lever.value):
        at = f"{places(min(one.near, one.far))} to {places(max(one.near, one.far))}"
    return (name, places(lever.value), at, lever.uom, f"{100.0 * one.relative:+.2f} %", stated)


def _notes(found: CargoChanges) -> list[str]:
    told = []
    if not found.complete and found.all_numbers and found.followed == found.all_numbers:
        told.append(f"Not ended: values marked {_AS_FOUND} waited to be planned anew.")
    elif not found.complete:
        told.append(
            f"Not ended: {found.followed} of {found.all_numbers} numbers were followed; others may decide as well."
        )
    if found.followed:
        flat = found.followed - len(found.crossings) - len(found.dropped)
        told.append(
            f"{found.followed} numbers were followed, each alone (rows that differ only in their month in step), up to "
            f"twice their size and down to 0, with the ships of the plans known; of {flat} no value was found that "
            f"turns the answer{_other_ships(found)}."
        )
    if any(one.far is not None for one in found.crossings):
        told.append(
            "Each value was planned in full on both sides, all ships free, and is proven there within half a per cent "
            "of the change; of two values, the proofs leave open what lies between."
        )
    if any(one.far is None for one in found.crossings):
        told.append(f"{_AS_FOUND}: with the ships of the plans known, all quantities free; not proven.")
    if found.dropped:
        told.append(
            "With the ships as found these would turn it too, but the value did not stand with ships chosen anew: "
            f"{'; '.join(found.dropped)}."
        )
    return told


def _other_ships(found: CargoChanges) -> str:
    if found.thorough:
        return ", nor with ships chosen anew at the ends of their ranges (a fifth either side where none is stated)"
    return "; other ships might (--thorough plans them anew at the ends of their ranges)"


def _about_scenarios(found: CargoChanges, states: Sequence[ScenarioState]) -> list[str]:
    known = [one for one in states if one.bought is not None]
    if not known or found.lift.question.kind == "committed":
        return []
    pays = found.lift.word == "lift"
    other = [one.scenario for one in known if ((one.bought or 0.0) > 1e-6) != pays]
    when = found.lift.question.name
    if not other:
        return [
            f"No scenario of the case changes whether {found.crude} loads in {when} ({len(known)} planned)."
        ]
    does = f"load none in {when}" if pays else f"load some in {when}"
    return [f"Scenarios of the case that {does}, {len(other)} of {len(known)}: {', '.join(other)}."]


def _json(case: Case, found: CargoChanges, states: Sequence[ScenarioState]) -> str:
    from netback.studies.lift_tables import number

    lift = found.lift
    shown = {
        "format": "netback-change-cargo/1",
        "case": case.name,
        "scenario": case.scenario,
        "currency": case.currency,
        "crude": found.crude,
        "months": [
            {
                "month": one.question.name,
                "asked": one.question.kind,
                "verdict": one.word,
                "price": number(one.price),
                "break_even_low": number(one.low),
                "break_even_high": number(one.high),
                "headroom": number(one.headroom),
                "gain": number(one.margin_with - one.margin_without),
            }
            for one in found.lifts
        ],
        "month": lift.question.name,
        "asked": lift.question.kind,
        "verdict": lift.word,
        "basis": lift.basis,
        "per": lift.per,
        "complete": found.complete,
        "thorough": found.thorough,
        "numbers": found.all_numbers,
        "followed": found.followed,
        "changes": [
            one.to_dict()
            | {
                "rows": 1 + len(one.lever.others),
                "proven_as_now": one.near,
                "proven_turned": one.far,
            }
            for one in found.crossings
        ],
        "not_with_ships_anew": list(found.dropped),
        "scenarios": {one.scenario: one.bought for one in states},
    }
    return json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False)
