"""``netback evaluate`` of a crude that comes in ships: a cargo on top, in place of another, and pairs of cargoes."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from netback.cli.common import EXIT_INTERRUPTED, last_step, printable
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.studies.cargo_swap import CargoEvaluation, CargoPairs, Change

_THOUSAND = 1000.0


def is_shipped(case: Case, crude: str) -> bool:
    """Whether a crude, by its stream or offer, comes in ships."""
    shipped = {row["offer"] for row in case.table("cargoes").records}
    offers = case.table("offers").records
    return any(row["offer"] in shipped and crude in (row["offer"], row["stream"]) for row in offers)


def evaluate_cargo(
    case: Case,
    crude: str,
    against: str,
    pairs: Sequence[str],
    volume: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Evaluate, show and write; what is known when it is stopped.

    Raises
    ------
    DataError
        If a volume is named, or the crudes are not in ships or not two.
    """
    from netback.cli.value import watch
    from netback.studies.cargo_swap import cargo_evaluation

    if volume:
        what = f"{crude} comes in whole ships; a volume of it is none."
        hint = f"Leave it out; by volume: netback value {case.name} --crude {crude} --volume {volume}."
        raise DataError(Finding("--volume", what, hint))
    found, stopped = last_step(cargo_evaluation(case, crude, against, pairs, watch=watch("plans")))
    print(_json(case, found)) if as_json else _show(case, found)
    if out is not None:
        names = _write(case, found, out)
        print(printable(f"Written to {out}: {', '.join(names)}"), file=sys.stderr if as_json else sys.stdout)
    if stopped:
        raise typer.Exit(EXIT_INTERRUPTED)


def _show(case: Case, found: CargoEvaluation) -> None:
    from netback.cli.show import say, say_pools

    title = f"{case.title or case.name}{f', {case.scenario}' if case.scenario else ''}"
    say(f"{found.crude} against {found.reference}, cargo by cargo: {title}")
    say_pools(case)
    numbers = ", ".join(f"{number:,.0f} of {name}" for name, number in found.number.items())
    say(
        f"The best plan earns {found.margin:,.0f} {case.currency} and loads {numbers}. Changes are against it; what "
        "they earn is at the prices of the case."
    )
    print()
    _show_changes(case, found, found.on_top, f"One cargo of {found.crude} more")
    for one in found.on_top:
        if one.break_even is not None:
            say(_even(found, one, case.currency))
            print()
    if found.swaps:
        _show_changes(
            case, found, found.swaps, f"One cargo of {found.crude} more, one of {found.reference} fewer"
        )
    elif found.complete:
        say(f"The plan loads no {found.reference}, so no cargo of it can go out.")
        print()
    say(
        "Held: every other cargo keeps its ship, days and quantity. Free: ships, months and quantities of all crudes "
        "answer; the numbers of cargoes named are held. Worth: what the rest of the plan is worth more, of which the "
        f"cargoes of the crudes named cost more at the gate. By month of loading: netback value {case.name} --crude "
        f"{found.crude}."
    )
    print()
    if found.pairs is not None:
        _show_pairs(case, found.pairs)
    say(
        "Why two break-even prices differ is not split for whole ships: a cargo is worth what its month and the ships "
        "beside it make of it, not what its qualities do. Split it in a case of one month without ships "
        "(karachi_2023_september), or see netback compare --why for two scenarios."
    )


def _show_changes(case: Case, found: CargoEvaluation, changes: Sequence[Change], title: str) -> None:
    from netback.cli.show import show_table

    rows = []
    for one in changes:
        if one.gain is None:
            rows.append(("held" if one.held else "free", "no plan", "", "", "", ""))
            continue
        volumes = [
            f"{name} {more / _THOUSAND:+,.1f}" for name, more in one.volumes.items() if abs(more) >= 50.0
        ]
        rows.append(
            (
                "held" if one.held else "free",
                _money(one.worth),
                _money(one.costs),
                _between(one.low, one.high, one.gain),
                "\n".join(volumes),
                _cargoes(case, one),
            )
        )
    heads = ("others", "worth>", "costs>", "earns>", f"k{found.per} more", "cargoes")
    show_table(f"{title} [thousand {case.currency}]", heads, rows, gaps=(3, 2, 1))


def _money(value: float) -> str:
    from netback.cli.show import figure

    return "" if not math.isfinite(value) else figure(value / _THOUSAND)


def _between(low: float, high: float, best: float) -> str:
    """A figure, as its proven interval where that shows."""
    ends = _money(low), _money(high)
    return _money(best) if ends[0] == ends[1] or not math.isfinite(high) else f"{ends[0]} to {ends[1]}"


def _cargoes(case: Case, one: Change) -> str:
    """Cargoes that come and go, with their months."""
    names = case.horizon.names
    told = [f"+ {_count(x.ships)}{x.cargo} {names[x.period]}" for x in one.loads]
    told += [f"- {_count(x.ships)}{x.cargo} {names[x.period]}" for x in one.leaves]
    return "\n".join(told) or "the same, other quantities"


def _count(ships: float) -> str:
    return "" if ships == 1.0 else f"{ships:.0f} "


def _even(found: CargoEvaluation, one: Change, currency: str) -> str:
    low, high = f"{one.break_even_low:,.2f}", f"{one.break_even_high:,.2f}"
    ends = low if low == high else f"{low} to {high}"
    pays = "pays" if (one.break_even_low or 0.0) > (one.price or 0.0) else "does not pay"
    if (one.break_even_low or 0.0) <= (one.price or 0.0) <= (one.break_even_high or 0.0):
        pays = "cannot be told to pay"
    return (
        f"With the others held the further cargo would just pay at {ends} {currency}/{found.per} {found.basis}; at its "
        f"price, {one.price:,.2f}, it {pays}."
    )


def _show_pairs(case: Case, found: CargoPairs) -> None:
    from netback.cli.show import say, show_table
    from netback.studies.cargo_tables import cargo_blending_table, cargo_synergy_table

    def cell(value: float | None) -> str:
        return "no plan" if value is None else _money(value)

    table = cargo_synergy_table(found, case.currency)
    rows = [(row[0], *(cell(value) for value in row[1:])) for row in table.rows]
    heads = ["crude", "alone>", *(f"{name}>" for name in found.crudes)]
    show_table(f"{table.title} [thousand {case.currency}]", heads, rows)
    say(
        "Alone: the best plan with exactly one cargo beyond what must load, less the best with none. Diagonal: the "
        "second cargo less the first. All else, other crudes and months, is free."
    )
    print()
    mixed = cargo_blending_table(found, case.currency)
    told = [(row[0], row[1], *(cell(value) for value in row[2:])) for row in mixed.rows]
    title = f"{mixed.title} [thousand {case.currency}]"
    show_table(title, ("crude", "with", "synergy>", "blending>"), told)
    say(f"Each figure is known within {found.gap:,.0f} {case.currency} from the proofs of its plans.")
    print()


def _json(case: Case, found: CargoEvaluation) -> str:
    from netback.studies.cargo_tables import tables

    shown: dict[str, Any] = {
        "format": "netback-evaluation-cargo/1",
        "case": case.name,
        "scenario": case.scenario,
        "crude": found.crude,
        "against": found.reference,
        "currency": case.currency,
        "per": found.per,
        "margin": found.margin,
        "gap": found.gap,
        "cargoes": dict(found.number),
        "complete": found.complete,
    }
    shown |= {table.name: table.to_dict() for table in tables(case, found)}
    return json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False)


def _write(case: Case, found: CargoEvaluation, out: Path) -> list[str]:
    from netback.results.export import write_folder
    from netback.studies.cargo_tables import tables

    contents: dict[str, str | bytes] = {f"{table.name}.csv": table.to_csv() for table in tables(case, found)}
    contents["evaluation.json"] = _json(case, found) + "\n"
    write_folder(out, contents)
    return sorted(contents)
