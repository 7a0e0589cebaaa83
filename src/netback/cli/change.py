"""``netback explain CRUDE --change``: the smallest change of each number by which a crude enters the plan or leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from netback.cli.common import EXIT_INTERRUPTED
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.planning.model import Model
    from netback.planning.solve import Plan
    from netback.studies.change import Changes, Crossing, ScenarioState

_PARCEL = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([A-Za-z0-9]*)")
#: Changes beyond their stated ranges that are shown.
MOST_BEYOND = 12


def show_change(solved: Plan, crude: str, parcel: str, as_json: bool) -> None:
    """Search what would have to change, and print it.

    Raises
    ------
    DataError
        If the crude is not offered, or the parcel is none.
    """
    from netback.cli.value import watch
    from netback.studies.change import changes, scenario_states

    quantity = parcel_in_uom(solved.model, crude, parcel) if parcel else None
    found = changes(solved, crude, quantity, watch=watch("parts of the search"))
    stopped = found.tried < found.all_numbers
    states = () if stopped else scenario_states(solved.case, crude)
    if as_json:
        print(_json(solved, found, states))
    else:
        _show(solved, found, states, bool(parcel))
    if stopped:
        raise typer.Exit(EXIT_INTERRUPTED)


def parcel_in_uom(model: Model, crude: str, text: str) -> float:
    """A parcel that the user names, in the uom of the crude's stream."""
    from netback import uom
    from netback.studies.change import first_lot

    found = _PARCEL.fullmatch(text.strip())
    if found is None:
        raise DataError(Finding("--parcel", f'"{text}" is not a quantity.', "Write 70kt."))
    network, lot = model.network, first_lot(model, crude)
    stream = network.stream_of(lot)
    name = found[2] or stream.uom
    if uom.parse(name).is_rate:
        raise DataError(Finding("--parcel", f'"{name}" is a rate.', "Name an amount over the horizon: 70kt."))
    return float(found[1]) * uom.factor(name, stream.uom, network.lots[lot].density_t_per_m3)


def _show(solved: Plan, found: Changes, states: Sequence[ScenarioState], named: bool) -> None:
    from netback.cli.show import say, say_pools, show_table

    say_pools(solved.case)
    for line in _sentences(solved, found, named):
        say(line)
    print()
    inside = [one for one in found.crossings if one.in_range]
    beyond = [one for one in found.crossings if not one.in_range]
    at = "stops to pay>" if found.pays else "pays at>"
    heads = ("number", "now>", at, "uom", "change>", "stated range>")
    for title, listed in (
        ("Within the range that the case states for the number", inside),
        ("Beyond it, or no range stated; the smallest in proportion first", beyond[:MOST_BEYOND]),
    ):
        if listed:
            show_table(title, heads, [_row(one) for one in listed])
    if len(beyond) > MOST_BEYOND:
        say(f"... and {len(beyond) - MOST_BEYOND} more, all of larger changes; --json prints them.")
    if found.tried < found.all_numbers:
        say(
            f"Stopped: {found.tried} of {found.all_numbers} numbers were followed by then; others may decide as well."
        )
    say(
        f"{found.tried} numbers were followed, each alone, up to twice its size and down to 0; of {found.flat} no "
        "value was found that decides. Each value shown was tried on both sides in a plan made anew. Yields of cuts "
        "move the other cuts in proportion, their qualities stay."
    )
    for line in _about_scenarios(found, states):
        say(line)


def _sentences(solved: Plan, found: Changes, named: bool) -> Iterator[str]:
    money = solved.case.currency
    barrels = _barrels(solved, found)
    per = f", {abs(found.gain) / barrels:.2f} {money}/bbl" if barrels else ""
    lost = f"{abs(found.gain):,.0f}" if abs(found.gain) >= 100.0 else f"{abs(found.gain):.4g}"
    size = f"{found.parcel:,.6g} {found.uom}"
    what = f"{size} of {found.crude}" if named else f"The first {size} of {found.crude}"
    does = "earns" if found.pays else "loses"
    pays = "pay" if found.pays else "do not pay"
    yield (
        f"{what} {pays}: against none of it, the best plan {does} {lost} {money} by them{per}. "
        f"The plan buys {found.bought:,.6g} {found.uom}."
    )
    if found.pays and found.bought <= 0.0:
        rules = dict.fromkeys(rule for effect in _cuts(solved, found) for rule in effect)
        why = f"the rules {', '.join(rules)}" if rules else "a limit"
        yield f"It is out although it pays: {why} keeps it out, not a price."
    yield f"Any one of these changes alone would make it {'not pay' if found.pays else 'pay'}:"


def _cuts(solved: Plan, found: Changes) -> Iterator[tuple[str, ...]]:
    """Rules that take something off the offers of the crude."""
    network = solved.model.network
    offers = {t.offer for t in solved.model.tranches if found.crude in (t.offer, network.lots[t.lot].stream)}
    for effect in solved.model.rule_effects:
        if effect.kind == "offer" and effect.name in offers and effect.share < 1.0:
            yield tuple(effect.rules)


def _barrels(solved: Plan, found: Changes) -> float | None:
    from netback.studies.change import first_lot

    network, lot = solved.model.network, first_lot(solved.model, found.crude)
    if not network.stream_of(lot).in_mass_balance or network.lots[lot].density_t_per_m3 is None:
        return None
    return found.parcel * network.factor(lot, "bbl")


def _row(one: Crossing) -> tuple[str, ...]:
    lever = one.lever
    stated = "" if lever.low is None or lever.high is None else f"{lever.low:g} to {lever.high:g}"
    name = f"yield of {lever.name}" if lever.kind == "cut" else lever.name
    change = f"{100.0 * one.relative:+.2f} %"
    return (name, f"{lever.value:.5g}", f"{one.at:.5g}", lever.uom, change, stated)


def _about_scenarios(found: Changes, states: Sequence[ScenarioState]) -> Iterator[str]:
    """Scenarios whose plan does otherwise."""
    least = 1e-6 * found.parcel
    known = [one for one in states if one.bought is not None]
    other = [one.scenario for one in known if ((one.bought or 0.0) > least) != (found.bought > least)]
    if not known:
        return
    does = "do not buy it" if found.bought > least else "buy it"
    yield (
        f"Scenarios of the case that {does}, {len(other)} of {len(known)}: {', '.join(other)}."
        if other
        else f"No scenario of the case changes whether it is bought ({len(known)} planned)."
    )


def _json(solved: Plan, found: Changes, states: Sequence[ScenarioState]) -> str:
    shown = {
        "format": "netback-change/1",
        "case": solved.case.name,
        "scenario": solved.case.scenario,
        "currency": solved.case.currency,
        "crude": found.crude,
        "parcel": found.parcel,
        "uom": found.uom,
        "bought": found.bought,
        "gain": found.gain,
        "pays": found.pays,
        "followed": found.tried,
        "changes": [one.to_dict() for one in found.crossings],
        "scenarios": {one.scenario: one.bought for one in states},
    }
    return json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False)
