"""``netback alternatives``: other plans that earn almost as much, what they share and how far they differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from netback.cli.common import finite

if TYPE_CHECKING:
    from netback.studies.alternatives import Alternatives


def alternatives(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="Folder of a case, or the name of a shipped one.")
    ],
    within: Annotated[
        float,
        typer.Option(
            callback=finite, help="How much less than the best a plan may earn [currency of the case]."
        ),
    ],
    scenario: Annotated[str, typer.Option(help="Plan the case as this scenario changes it.")] = "",
    most: Annotated[int, typer.Option(help="Greatest number of plans beside the best.")] = 4,
    seconds: Annotated[
        float, typer.Option(min=0.0, callback=finite, help="Wall time for the search.")
    ] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print ranges and plans as JSON.")] = False,
) -> None:
    """Find plans that earn almost as much as the best, and tell what none of them changes.

    Ranges are exact: no plan within the allowance buys, feeds or sells less or more.
    """
    from netback.cli.plan import read_sound, solve_or_explain
    from netback.studies.alternatives import alternatives as find
    from netback.studies.alternatives import require_sound_request

    require_sound_request(within, most)
    found = find(solve_or_explain(read_sound(case, scenario)), within, most, seconds)
    print(_json(found)) if as_json else _show(found)


def _show(found: Alternatives) -> None:
    from netback.cli.show import adaptive, any_text, say, say_pools, show_table
    from netback.studies.alternative_tables import plan_table, range_table

    case, certificate = found.plan.case, found.plan.certificate
    scenario = f", scenario {case.scenario}" if case.scenario else ""
    say(f"{case.title or case.name}{scenario}")
    say_pools(case)
    say(
        f"The best plan found is {certificate.word}: {certificate.value or 0.0:,.0f} {case.currency}. "
        f"Plans within {found.within:,.0f} {case.currency} of it:"
    )
    print()
    all_proven = found.left_out == 0
    heads = ["", "", "uom", "best>", "least>", "greatest>"]
    heads += [] if all_proven else ["proven", "not below>", "not above>"]
    rows = []
    for row in range_table(found).records():
        cells = [
            row["group"],
            row["what"],
            row["uom"],
            *map(adaptive, (row["best"], row["least"], row["greatest"])),
        ]
        if not all_proven:
            cells += [any_text(row["proven"]), adaptive(row["not_below"]), adaptive(row["not_above"])]
        rows.append([*cells, row["all_have"]])
    show_table("What they buy, feed and sell", [*heads, "all have"], rows)
    for line in _about_ranges(found):
        say(line)
    print()
    if found.plans:
        table = plan_table(found)
        # Four plans fit beside their names.
        for start in range(3, len(table.columns), 5):
            chosen = range(start, min(start + 5, len(table.columns)))
            told = [
                (row[0], f"{row[1]} [{row[2]}]", *(adaptive(row[place]) for place in chosen))
                for row in table.rows
            ]
            show_table(table.title, ("", "", *(f"{table.names[place]}>" for place in chosen)), told)
    for line in _about_plans(found):
        say(line)


def _about_ranges(found: Alternatives) -> list[str]:
    told = []
    if found.left_out < len(found.ranges):
        told.append(
            "least, greatest: proven; a plan within the allowance reaches each, and none goes further."
        )
    if found.left_out:
        told.append(
            f"Of {found.left_out} of {len(found.ranges)} the ends were not settled in the time: least and greatest are "
            "what the plans below do; not below and not above hold with ships and lots in parts. Allow more --seconds."
        )
    return told


def _about_plans(found: Alternatives) -> list[str]:
    money = found.plan.case.currency
    checked = "Every plan passed the check in the original rows."
    if found.by == "ships":
        if not found.plans and found.complete:
            return [f"No other set of cargoes earns within {found.within:,.0f} {money} of the best."]
        proven = sum(one.word == "proven" for one in found.plans)
        told = f"Sets of cargoes in order of margin; {proven} of {len(found.plans)} proven the next best. {checked}"
        end = (
            "There is no other within the allowance."
            if found.complete
            else "Others within the allowance were not ruled out."
        )
        return [told, end]
    if not found.plans:
        return [
            "No plan within the allowance differs by more than about 1 % of the barrels bought and sold."
            if found.complete
            else "No plan far enough from the best was found in the time."
        ]
    told = (
        "Each plan is as far as possible from the nearest of those before it, in barrels bought and sold, and the best "
        f"of those almost as far. {checked}"
    )
    return [told, *(["No further plan differs by more than about 1 %."] if found.complete else [])]


def _json(found: Alternatives) -> str:
    from netback.studies.alternative_tables import plan_table, range_table

    certificate = found.plan.certificate
    shown = {
        "format": "netback-alternatives/1",
        "case": found.plan.case.name,
        "scenario": found.plan.case.scenario,
        "currency": found.plan.case.currency,
        "within": found.within,
        "best": certificate.value,
        "word": certificate.word,
        "by": found.by,
        "complete": found.complete,
        "ranges": range_table(found).to_dict(),
        "plans": plan_table(found).to_dict(),
    }
    return json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False)
