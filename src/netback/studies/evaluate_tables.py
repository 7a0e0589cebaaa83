"""Result tables of an evaluation: the ladder between two crudes, what each step does, base loading, swap, pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from netback.refinery.hybrids import HANDLING, RANGES, YIELDS
from netback.results.table import ResultTable
from netback.studies.pairs import Pairs
from netback.studies.slate import Priced
from netback.studies.split import Split
from netback.studies.swap import OnTop, Swap


def steps(split: Split) -> tuple[tuple[str, str, float], ...]:
    """Steps from the break-even price of the reference to that of the crude: (kind, step, amount)."""
    chain = [("way to the gate", name, amount) for name, amount in split.items]
    return (*chain, *((_kind(bar.group), bar.title, bar.amount) for bar in split.bars))


def _kind(group: str) -> str:
    if group in (*RANGES, YIELDS):
        return "yields"
    return "running it" if group == HANDLING else "qualities"


def ladder_table(split: Split, currency: str) -> ResultTable:
    """The ladder: break-even price of the reference, every step, break-even price of the crude."""
    money = f"{currency}/{split.per}"
    columns = [
        ("kind", "", ""),
        ("step", "", "what becomes that of the crude"),
        ("amount", money, "what it makes of the break-even price; they add up"),
        ("level", money, "break-even price after the step"),
        ("error", money, "standard error; 0 where exact"),
        ("least", money, "what it adds in the order in which it adds least"),
        ("greatest", money, "and in the order in which it adds most"),
        ("quality", "", "what stands for the difference"),
        ("quality_uom", "", ""),
        ("of_reference", "row", ""),
        ("of_crude", "row", ""),
    ]
    start = split.break_even_reference
    told = steps(split)
    levels = list(accumulate((amount for *_, amount in told), initial=start))[1:]
    blank = (None,) * 6
    rest: list[tuple[object, ...]] = [(0.0, *blank) for _ in split.items]
    for bar in split.bars:
        fact = (
            blank[:4]
            if bar.fact is None
            else (bar.fact.what, bar.fact.uom, bar.fact.reference, bar.fact.crude)
        )
        rest.append((bar.error, bar.least, bar.greatest, *fact))
    rows: list[tuple[object, ...]] = [
        ("break-even", f"like {split.reference}, {split.reference_offer.basis}", None, start, 0.0, *blank)
    ]
    rows += [(*step, level, *more) for step, level, more in zip(told, levels, rest, strict=True)]
    rows.append(
        ("break-even", f"{split.crude}, {split.crude_offer.basis}", None, split.break_even, 0.0, *blank)
    )
    return ResultTable.of("ladder", f"From {split.reference} to {split.crude}", columns, rows)


def accounts_table(split: Split, currency: str) -> ResultTable:
    """What each step does to what is sold and bought: one row per group of qualities, one column per account."""
    money = f"{currency}/{split.per}"
    columns = [("step", "", ""), ("worth", money, "at the gate: the sum of the row")]
    columns += [(account, money, "") for account in split.accounts]
    rows = [(bar.title, bar.amount, *bar.accounts) for bar in split.bars]
    sums = [sum(bar.accounts[k] for bar in split.bars) for k in range(len(split.accounts))]
    rows.append(("sum", sum(bar.amount for bar in split.bars), *sums))
    return ResultTable.of("accounts", "What each step does to what is sold and bought", columns, rows)


def on_top_table(found: Sequence[OnTop], offer: Priced, per: str, currency: str) -> ResultTable:
    """Worth on top of the base slate, the other crudes held and free."""
    money = f"{currency}/{per}"
    columns = [
        ("other_crudes", "", "held as in the base plan, or free"),
        ("most", per, "that fits on top"),
        ("put_on_top", per, ""),
        ("worth_of_first", money, "at the gate"),
        ("average_worth", money, "at the gate, of all that is put on top"),
        ("break_even_first", money, f"price {offer.basis} at which the first one just pays"),
        ("break_even_all", money, f"price {offer.basis} at which all of it just pays"),
        ("price", money, f"asked, {offer.basis}"),
        ("gap", money, "within which the average is known from the proofs"),
    ]
    rows = [
        (
            "held" if one.held else "free",
            one.most if math.isfinite(one.most) else None,
            one.barrels,
            one.first,
            one.average,
            *(None if worth is None else offer.on_basis(worth) for worth in (one.first, one.average)),
            offer.price,
            one.gap,
        )
        for one in found
    ]
    return ResultTable.of("base_loading", "On top of the base slate", columns, rows)


def swap_table(found: Sequence[Swap], per: str, currency: str) -> ResultTable:
    """A crude in for the balancing crude, the other crudes held and free."""
    money = f"{currency}/{per}"
    columns = [
        ("other_crudes", "", "held as in the base plan, or free"),
        ("swapped", per, ""),
        ("worth_difference", money, "at the gate: the crude less the balancing crude; blank: no such plan"),
        ("cost_difference", money, "at the gate, at the prices of the case"),
        ("gain", money, "what the swap earns"),
        ("gap", money, "within which the worth is known from the proofs"),
        ("other_changes", "", f"{per} of other crudes per {per} that is swapped"),
    ]
    rows = [
        (
            "held" if one.held else "free",
            one.barrels,
            one.difference,
            one.costs,
            one.gain,
            one.gap if math.isfinite(one.gap) else None,
            ", ".join(f"{name} {change:+.2f}" for name, change in one.changes.items() if abs(change) >= 5e-3),
        )
        for one in found
    ]
    return ResultTable.of("swap", "Barrel for barrel in place of the balancing crude", columns, rows)


def synergy_table(found: Pairs, currency: str) -> ResultTable:
    """Synergy of every pair as a square, the worth of each crude alone before it."""
    money = f"{currency}/{found.per}"
    columns = [("crude", "", ""), ("alone", money, "worth at the gate against none of it")]
    columns += [(name, money, "together less each alone, per barrel of both") for name in found.crudes]
    rows = [
        (one, found.alone[one], *(found.synergy[one, other] for other in found.crudes))
        for one in found.crudes
    ]
    title = f"Together less each alone, {found.barrels:,.0f} {found.per} of each"
    return ResultTable.of("synergy", title, columns, rows)


def blending_table(found: Pairs, currency: str) -> ResultTable:
    """What mixing two crudes adds, the most first; pairs without such plans come last."""
    money = f"{currency}/{found.per}"
    columns = [
        ("crude", "", ""),
        ("with", "", ""),
        ("synergy", money, "together less each alone"),
        ("blending", money, "a cargo of each against the mean of two of either"),
    ]
    names = [(a, b) for k, a in enumerate(found.crudes) for b in found.crudes[k + 1 :]]
    rows = [(*pair, found.synergy[pair], found.blending[pair]) for pair in names]
    rows.sort(key=lambda row: (row[3] is None, -(row[3] or 0.0), row[:2]))
    return ResultTable.of("blending", "What mixing two crudes adds", columns, rows)
