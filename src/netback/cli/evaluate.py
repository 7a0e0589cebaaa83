"""``netback evaluate``: a crude on top of the base slate, in place of another, and why it is worth more or less."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netback.cli.common import WIDTH, printable
from netback.cli.options import AsJson, CaseOrWorkbook, Force, Jobs, OutFolder
from netback.errors import DataError, Finding

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.results.table import ResultTable
    from netback.studies.pairs import Pairs
    from netback.studies.slate import Priced
    from netback.studies.split import Split
    from netback.studies.swap import Base, OnTop, Swap

_VOLUME = re.compile(r"([0-9.]+)\s*([A-Za-z0-9]*)")


@dataclass(frozen=True)
class _Found:
    """All that was asked for; ``barrels`` [``per``] is the volume of each part."""

    case: Case
    crude: str
    reference: str
    per: str
    barrels: float
    offer: Priced
    on_top: Sequence[OnTop]
    swaps: Sequence[Swap]
    split: Split | None
    pairs: Pairs | None

    def tables(self) -> list[ResultTable]:
        """Every table that there are numbers for."""
        from netback.studies import evaluate_tables as made

        money = self.case.currency
        found = [made.on_top_table(self.on_top, self.offer, self.per, money)]
        if self.swaps:
            found.append(made.swap_table(self.swaps, self.per, money))
        if self.split is not None:
            found += [made.ladder_table(self.split, money), made.accounts_table(self.split, money)]
        if self.pairs is not None:
            found += [made.synergy_table(self.pairs, money), made.blending_table(self.pairs, money)]
        return found


def evaluate(
    case: CaseOrWorkbook,
    crude: Annotated[str, typer.Option(help="Stream or offer to evaluate; or a crude of the library.")],
    against: Annotated[
        str, typer.Option(help="Balancing crude; the one that it displaces most unless told.")
    ] = "",
    scenario: Annotated[str, typer.Option(help="Evaluate it in the case as this scenario changes it.")] = "",
    volume: Annotated[
        str, typer.Option(help="Volume, for example 40kt or 300kbbl; half a month's feed unless told.")
    ] = "",
    pairs: Annotated[
        str, typer.Option(help="Crudes, separated by commas, each of which is paired with each.")
    ] = "",
    no_split: Annotated[
        bool, typer.Option("--no-split", help="Leave out the split by properties, which needs many plans.")
    ] = False,
    jobs: Jobs = None,
    out: OutFolder = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Evaluate a crude against another: base loading, swap, why their break-even prices differ, pairs.

    A crude that comes in ships is evaluated cargo by cargo.
    """
    from netback.cli.plan import check_targets, read_sound

    check_targets(out, force)
    sound = read_sound(case, scenario)
    from netback.cli.evaluate_cargo import evaluate_cargo, is_shipped

    if is_shipped(sound, crude):
        evaluate_cargo(sound, crude, against, _listed(pairs), volume, out, as_json)
        return
    found = _evaluated(sound, crude, against, volume, _listed(pairs), not no_split, jobs)
    if as_json:
        print(_json(found))
    else:
        _show(found)
    if out is not None:
        names = _write(found, out)
        print(printable(f"Written to {out}: {', '.join(names)}"), file=sys.stderr if as_json else sys.stdout)


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _evaluated(
    case: Case, crude: str, against: str, volume: str, listed: list[str], splits: bool, jobs: int | None
) -> _Found:
    from netback.cli.value import watch
    from netback.planning.model import build_plan
    from netback.studies.pairs import pairs as pair
    from netback.studies.slate import Slate, names_offered, per_uom, priced
    from netback.studies.split import split
    from netback.studies.swap import base_of, displaced, on_top, swap, usual_barrels

    offered = {name for row in case.table("offers").records for name in (row["stream"], row["offer"])}
    case = _with_library(case, [crude, *listed], against)
    stream, _ = names_offered(case, crude)
    # A crude in ships is refused before the plan is sought, which takes long there.
    Slate(build_plan(case), list(dict.fromkeys([crude, *listed, *([against] if against else [])])))
    base = base_of(case)
    per, scale = per_uom(base.plan.model, stream)
    barrels = _barrels(volume, base, stream, per, scale) if volume else usual_barrels(base, [crude])
    reference = against or displaced(base, crude, barrels)
    if not volume:
        barrels = usual_barrels(base, [crude, reference])
    out, _ = names_offered(case, reference)
    if out == stream:
        what = f'"{reference}" and "{crude}" are the same crude.'
        raise DataError(Finding("--against", what, "Name another, or leave it out."))
    in_plan = base.bought.get(out, 0.0) * per_uom(base.plan.model, out)[1] > 1e-6 * barrels
    found = _Found(
        case, crude, reference, per, barrels, priced(base.plan.model, crude, scale),
        [on_top(base, crude, barrels, held) for held in (True, False)],
        [swap(base, crude, reference, barrels, held) for held in (True, False)] if in_plan else [],
        split(case, crude, reference, barrels, jobs, watch=watch("plans")) if splits else None,
        pair(case, listed, barrels, watch("pairs")) if listed else None,
    )  # fmt: skip
    return found if crude in offered else _unpriced(found)


def _unpriced(found: _Found) -> _Found:
    """What was found, without the price of the crude whose way it takes: nobody asks one for it."""
    offer = replace(found.offer, price=None)
    return replace(
        found,
        offer=offer,
        swaps=[replace(one, costs=None) for one in found.swaps],
        split=None if found.split is None else replace(found.split, crude_offer=offer),
    )


def _with_library(case: Case, names: Sequence[str], like: str) -> Case:
    """The case with crudes of the library that it does not offer, in the way of a crude that it offers.

    They can be had only where their volume is held, so that they are in no plan by themselves.
    """
    from netback.studies.rank import library_crudes, with_crude

    offers = case.table("offers").records
    offered = {name for row in offers for name in (row["stream"], row["offer"])}
    crudes = {row["crude"] for row in case.table("crudes").records}
    way = like or next((row["offer"] for row in offers if row["stream"] in crudes), "")
    for name in dict.fromkeys(names):
        if name in offered or name not in library_crudes() or not way:
            continue
        case = with_crude(case, name, way)
        closed = [row.with_(max=0.0) if row["offer"] == name else row for row in case.table("offers").records]
        case = case.with_table("offers", closed)
    return case


def _barrels(text: str, base: Base, stream: str, per: str, scale: float) -> float:
    """Volume that the user names [``per``]."""
    from netback import uom

    found = _VOLUME.fullmatch(text.strip())
    hint = "Write 40kt or 300kbbl."
    if found is None:
        raise DataError(Finding("--volume", f'"{text}" is not a volume.', hint))
    own = base.plan.model.network.streams[stream].uom
    name = found[2] or own
    measure = uom.parse(name)
    if measure.is_rate:
        raise DataError(Finding("--volume", f'"{name}" is a rate.', "Name an amount over the horizon: kt."))
    try:
        amount = float(found[1])
    except ValueError:
        raise DataError(Finding("--volume", f'"{text}" is not a volume.', hint)) from None
    same = measure.dimension == uom.parse(own).dimension
    barrels = amount * (uom.factor(name, own) * scale if same else uom.factor(name, per))
    if barrels <= 0.0:
        raise DataError(Finding("--volume", "nothing is evaluated at a volume of zero.", hint))
    return barrels


def _show(found: _Found) -> None:
    from netback.cli.evaluate_tables import show_on_top, show_pairs, show_split, show_swaps
    from netback.cli.show import say, say_pools

    case = found.case
    title = f"{case.title or case.name}{f', {case.scenario}' if case.scenario else ''}"
    say(f"{found.crude} against {found.reference}, {found.barrels:,.0f} {found.per}: {title}")
    say_pools(case)
    if len(case.horizon) > 1:
        say("Prices and items to the gate are those of the first period in which a crude is offered.")
    if found.offer.price is None:
        say(
            f"Nobody offers {found.crude}: it takes the units, costs and hand-stated qualities of another, at no price."
        )
    print()
    if found.split is not None:
        show_split(found.split, case.currency)
    show_on_top(found.on_top, found.offer, found.per, case.currency)
    if found.swaps:
        show_swaps(found.swaps, found.reference, found.per, case.currency)
    else:
        say(f"The plan buys no {found.reference}, so nothing of it can be swapped.")
        print()
    if found.pairs is not None:
        show_pairs(found.pairs, case.currency)


def _json(found: _Found) -> str:
    split = found.split
    shown: dict[str, Any] = {
        "format": "netback-evaluation/1",
        "case": found.case.name,
        "scenario": found.case.scenario,
        "crude": found.crude,
        "against": found.reference,
        "volume": found.barrels,
        "per": found.per,
        "method": None if split is None else split.method,
        "plans": 0 if split is None else split.plans,
        "no_difference": [] if split is None else list(split.same),
        "gap": None if split is None else split.gap,
    }
    shown |= {table.name: table.to_dict() for table in found.tables()}
    return json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False)


def _write(found: _Found, out: Path) -> list[str]:
    from netback.plots.evaluate import figures
    from netback.results.export import write_folder

    case, periods = found.case, found.case.horizon.names
    when = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    what = textwrap.shorten(f"{case.name}{f', {case.scenario}' if case.scenario else ''}, {when}", WIDTH)
    contents: dict[str, str | bytes] = {f"{table.name}.csv": table.to_csv() for table in found.tables()}
    contents["evaluation.json"] = _json(found) + "\n"
    for name, drawn in figures(found.split, found.pairs, case.currency, what).items():
        contents[f"{name}.png"], contents[f"{name}.svg"] = drawn.png, drawn.svg
    write_folder(out, contents)
    return sorted(contents)
