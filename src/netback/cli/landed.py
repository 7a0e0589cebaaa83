"""``netback landed``: cargoes from ship to gate, side by side, and what others say of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from netback.cli.common import check_figure, say, show_table
from netback.cli.voyage import data_of, voyage_dict
from netback.errors import DataError, Finding
from netback.supply.comparison import ClaimBeside, claims_beside
from netback.supply.costs import rounded_to_sum
from netback.supply.data import SupplyData
from netback.supply.landed_cost import BASES, LandedCost, landed_cost

#: Most cargoes that fit side by side into 100 columns.
MOST = 3


def landed(
    cargoes: Annotated[
        list[str] | None, typer.Argument(help="Rows of landed_costs; all of the case if none is named.")
    ] = None,
    case: Annotated[str, typer.Option("--case", help="A case with landed_costs.csv.")] = "urals_landed_2023",
    scenario: Annotated[str, typer.Option("--scenario", help="The case as this scenario changes it.")] = "",
    per: Annotated[str, typer.Option("--per", help="bbl, t or cargo.")] = "bbl",
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the steps to this file: .png or .svg.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Follow the cost of cargoes from fob to the gate, line by line, additive to the cent."""
    _check(per, plot)
    data = data_of(case, scenario)
    names = cargoes or [record["landing"] for record in data.tables["landed_costs"].records]
    if not names:
        hint = "Add rows, or name a case that has some, for example --case urals_landed_2023."
        raise DataError(Finding("landed_costs.csv", "the case states no cargo.", hint))
    costs = _costs(data, names)
    claims = claims_beside(data, costs)
    if as_json:
        shown = {
            "cargoes": [landed_dict(cost) for cost in costs],
            "claims": [asdict(claim) for claim in claims],
        }
        print(json.dumps(shown, indent=1, ensure_ascii=False))
    else:
        for first in range(0, len(costs), MOST):
            _show(costs[first : first + MOST], per)
        if claims:
            _show_claims(claims)
    if plot is not None:
        _draw(plot, costs, claims, as_json)


def _check(per: str, plot: Path | None) -> None:
    if per not in ("bbl", "t", "cargo"):
        raise DataError(Finding("option --per", f'"{per}" is not understood.', "Known: bbl, t, cargo."))
    check_figure(plot, "option --plot")


def _costs(data: SupplyData, names: Sequence[str]) -> list[LandedCost]:
    findings: list[Finding] = []
    costs = []
    for name in names:
        try:
            costs.append(landed_cost(data, name))
        except DataError as error:
            findings.extend(error.findings)
    if findings:
        raise DataError(findings, "the landed cost")
    return costs


def amounts(cost: LandedCost, per: str) -> list[float]:
    """Amounts of the lines per barrel, tonne or cargo [USD], rounded so that they still add up."""
    if per == "cargo":
        return [line.amount_usd for line in cost.lines]
    unit = cost.landing.cargo_t
    if per == "bbl":
        if cost.landing.bbl_per_t is None:
            what = f'landing "{cost.landing.landing}" states no bbl_per_t.'
            raise DataError(Finding(cost.landing.where, what, "Fill it, or ask for --per t."))
        unit *= cost.landing.bbl_per_t
    return rounded_to_sum([line.amount_usd / unit for line in cost.lines], 2)


def _show(costs: Sequence[LandedCost], per: str) -> None:
    keys: dict[tuple[str, str], None] = {}
    columns: list[dict[tuple[str, str], float]] = []
    for cost in costs:
        lines = zip(cost.lines, amounts(cost, per), strict=True)
        columns.append({(line.stage, line.name): amount for line, amount in lines})
        keys.update(dict.fromkeys(columns[-1]))
    places = 0 if per == "cargo" else 2
    rows = []
    for basis, stages in zip(
        BASES, (("fob",), ("freight",), ("insurance",), ("lightering", "arrival")), strict=True
    ):
        for stage in stages:
            for key in (key for key in keys if key[0] == stage):
                cells = [f"{found[key]:,.{places}f}" if key in found else "" for found in columns]
                rows.append((stage if stage != "fob" else "", key[1], *cells))
        if basis != "fob":
            rows.append((basis, "=", *_levels(columns, basis, places)))
    print(f"Landed cost [USD/{per}]")
    heads = [f"{cost.landing.title or cost.landing.landing}>" for cost in costs]
    show_table("", ("step", "line", *_folded(heads)), rows)
    for cost in costs:
        landing = cost.landing
        unit = (
            1.0 if per == "cargo" else landing.cargo_t * ((landing.bbl_per_t or 1.0) if per == "bbl" else 1.0)
        )
        low, high = cost.low_delivered_usd / unit, cost.high_delivered_usd / unit
        say(
            f"{landing.title or landing.landing}: price stated {landing.price_basis}; "
            f"at the gate {low:,.{places}f} to {high:,.{places}f} over the ranges of its inputs."
        )
    print()


def _levels(columns: Sequence[dict[tuple[str, str], float]], basis: str, places: int) -> list[str]:
    order = ["fob", "freight", "insurance", "lightering", "arrival"]
    last = {"cfr": 1, "cif": 2, "delivered": 4}[basis]
    inside = set(order[: last + 1])
    sums = [sum(amount for (stage, _), amount in found.items() if stage in inside) for found in columns]
    return [f"{total:,.{places}f}" for total in sums]


def _folded(heads: Sequence[str]) -> list[str]:
    """Headings in lines of about a dozen letters, since the columns of numbers are not wider."""
    import textwrap

    return ["\n".join(textwrap.wrap(head, 13)) for head in heads]


def _show_claims(claims: Sequence[ClaimBeside]) -> None:
    words = {
        "lightering": "lightering",
        "difference": "gap at the gate",
        "difference_before_lightering": "gap unlightered",
    }
    rows = [
        (
            claim.landing,
            claim.against or "",
            words[claim.measure],
            f"{claim.claimed_low:g} to {claim.claimed_high:g}",
            f"{claim.here.value:.2f}",
            f"{claim.here.low:.2f} to {claim.here.high:.2f}",
            claim.verdict,
        )
        for claim in claims
    ]
    columns = ("cargo", "against", "what", "claimed>", "here>", "range>", "verdict")
    show_table(
        "Beside what others say [USD/bbl]; a gap is how much dearer the second cargo is", columns, rows
    )


def _draw(plot: Path, costs: Sequence[LandedCost], claims: Sequence[ClaimBeside], quiet: bool) -> None:
    from netback.io.atomic import write_files
    from netback.plots.landed import landed_waterfall

    drawn = landed_waterfall(costs, claims)
    content = drawn.png if plot.suffix.casefold() == ".png" else drawn.svg
    write_files(plot.parent, {plot.name: content})
    if not quiet:
        print(f"Figure written to {plot}.")


def landed_dict(cost: LandedCost) -> dict[str, Any]:
    """A landed cost as plain values for JSON; amounts in whole cents too."""
    return {
        "landing": cost.landing.landing,
        "title": cost.landing.title,
        "cargo_t": cost.landing.cargo_t,
        "bbl_per_t": cost.landing.bbl_per_t,
        "price_basis": cost.landing.price_basis,
        "lines": [
            {
                "name": line.name,
                "stage": line.stage,
                "cents": line.amount_cents,
                "usd": line.amount_usd,
                "status": line.status,
                "note": line.note,
            }
            for line in cost.lines
        ],
        "usd": {basis: cost.value_usd(basis) for basis in BASES},
        "delivered_range_usd": [cost.low_delivered_usd, cost.high_delivered_usd],
        "voyage": voyage_dict(cost.voyage) if cost.voyage is not None else None,
    }
