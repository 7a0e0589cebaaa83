"""Result tables of cargoes set against each other: what changes of their numbers earn, and pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netback.case.case import Case
from netback.results.table import ResultTable
from netback.studies.cargo_slate import Loading
from netback.studies.cargo_swap import CargoEvaluation, CargoPairs, Change


def tables(case: Case, found: CargoEvaluation) -> list[ResultTable]:
    """Every table that there are numbers for."""
    made = [change_table(case, found, found.on_top, "base_loading", f"One cargo of {found.crude} more")]
    if found.swaps:
        title = f"One cargo of {found.crude} more, one of {found.reference} fewer"
        made.append(change_table(case, found, found.swaps, "swap", title))
    if found.pairs is not None:
        made.append(cargo_synergy_table(found.pairs, case.currency))
        made.append(cargo_blending_table(found.pairs, case.currency))
    return made


def change_table(
    case: Case, found: CargoEvaluation, changes: Sequence[Change], name: str, title: str
) -> ResultTable:
    """What a change of the numbers of cargoes does, the other cargoes held and free."""
    money, each = case.currency, f"{case.currency}/{found.per}"
    columns = [
        ("other_cargoes", "", "held as in the base plan, or free"),
        ("gain", money, "best plan with it less the base; blank: no such plan"),
        ("gain_low", money, "proven"),
        ("gain_high", money, "proven"),
        ("costs", money, "more at the gate, of cargoes of the crudes named"),
        ("worth", money, "of the rest of the plan: gain and costs"),
        ("price", each, f"{found.basis}, of the cargo that is more"),
        ("break_even", each, f"price {found.basis} at which it just pays, the others held"),
        ("break_even_low", each, "below it it is proven to pay"),
        ("break_even_high", each, "above it it is proven not to pay"),
        ("more", "", f"{found.per} of each crude"),
        ("loads", "", "cargoes beyond the base: ships, cargo, period"),
        ("leaves", "", "cargoes of the base that do not load"),
    ]
    rows = [
        (
            "held" if one.held else "free",
            one.gain,
            *(_finite(value) for value in (one.low, one.high, one.costs, one.worth)),
            *(one.price, one.break_even, one.break_even_low, one.break_even_high),
            ", ".join(f"{crude} {more:+.0f}" for crude, more in one.volumes.items() if abs(more) >= 0.5),
            _listed(case, one.loads),
            _listed(case, one.leaves),
        )
        for one in changes
    ]
    return ResultTable.of(name, title, columns, rows)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _listed(case: Case, loadings: Sequence[Loading]) -> str:
    names = case.horizon.names
    return ", ".join(f"{one.ships:g} {one.cargo} {names[one.period]}" for one in loadings)


def cargo_synergy_table(found: CargoPairs, currency: str) -> ResultTable:
    """Synergy of every pair of cargoes as a square, what one of each earns alone before it."""
    columns = [("crude", "", ""), ("alone", currency, "one cargo against none")]
    columns += [(name, currency, "together less each alone") for name in found.crudes]
    rows = [
        (one, found.alone[one], *(found.synergy[one, other] for other in found.crudes))
        for one in found.crudes
    ]
    return ResultTable.of("synergy", "Together less each alone, one cargo of each", columns, rows)


def cargo_blending_table(found: CargoPairs, currency: str) -> ResultTable:
    """What a cargo of each of two crudes adds to the mean of two of either, the most first."""
    columns = [
        ("crude", "", ""),
        ("with", "", ""),
        ("synergy", currency, "together less each alone"),
        ("blending", currency, "a cargo of each against the mean of two of either"),
    ]
    names = [(a, b) for k, a in enumerate(found.crudes) for b in found.crudes[k + 1 :]]
    rows = [(*pair, found.synergy[pair], found.blending[pair]) for pair in names]
    rows.sort(key=lambda row: (row[3] is None, -(row[3] or 0.0), row[:2]))
    return ResultTable.of("blending", "A cargo of each against the mean of two of either", columns, rows)
