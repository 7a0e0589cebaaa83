"""The tables of ``netback evaluate`` as a terminal of 100 columns shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netback.cli.show import adaptive, figure, say, show_table
from netback.refinery.hybrids import GROUPS
from netback.studies.evaluate_tables import accounts_table, blending_table, steps, synergy_table
from netback.studies.facts import Fact
from netback.studies.pairs import Pairs
from netback.studies.shapley import in_cents
from netback.studies.slate import Priced
from netback.studies.split import Bar, Split
from netback.studies.swap import OnTop, Swap

#: Pairs that are listed by what mixing them adds.
_MOST_PAIRS = 12
_CENT = 5e-3


def show_split(split: Split, currency: str) -> None:
    """The ladder from the reference to the crude in whole cents, and what each step does."""
    money = f"{currency}/{split.per}"
    start, told = split.break_even_reference, steps(split)
    cents = in_cents(start, [amount for *_, amount in told])
    notes = [("", "")] * len(split.items) + [(_by_order(bar), _fact(bar.fact)) for bar in split.bars]
    rows = [(f"break-even of a crude like {split.reference}", "", figure(start, 2), "", "")]
    level = round(start, 2)
    for (_, name, _), step, note in zip(told, cents, notes, strict=True):
        level += step
        rows.append((name, f"{step:+.2f}", figure(level, 2), *note))
    rows.append((f"break-even of {split.crude}", "", figure(split.break_even, 2), "", ""))
    title = f"From {split.reference} to {split.crude}: break-even price of {split.barrels:,.0f} {split.per} [{money}]"
    show_table(title, ("what becomes its own", "step>", "level>", "by order>", "what differs"), rows)
    say(
        f"{_asked(split.reference_offer, split.reference)}{_asked(split.crude_offer, split.crude)}"
        f"Worth at the gate: {split.worth_reference:.2f} and {split.worth_crude:.2f}."
    )
    say(
        f"{split.method}; steps add up to the cent. By order: the least and the most that a step adds, as it is made "
        "before or after others."
    )
    if split.residue is not None:
        say(f"What is not distilled is residue: {_fact(split.residue)} of the crude.")
    idle = [bar.title for bar in split.bars if max(abs(bar.least), abs(bar.greatest)) < _CENT]
    if idle:
        say(f"Worth nothing in any order, as no limit asks for it or all leave room: {'; '.join(idle)}.")
    if split.same:
        say(f"No difference that this plant feels: {'; '.join(GROUPS[group] for group in split.same)}.")
    errors = [bar for bar in split.bars if bar.error >= _CENT]
    if errors:
        say(f"Standard errors: {', '.join(f'{bar.title} {bar.error:.2f}' for bar in errors)}.")
    print()
    if split.bars:
        _show_accounts(split, currency)


def _asked(offer: Priced, name: str = "") -> str:
    if offer.price is None:
        return ""
    return f"Asked: {offer.price:.2f} {offer.basis}{' for ' if name else ''}{name}. "


def _by_order(bar: Bar) -> str:
    return f"{figure(bar.least, 2)} to {figure(bar.greatest, 2)}" if bar.greatest - bar.least >= _CENT else ""


def _fact(fact: Fact | None) -> str:
    return "" if fact is None else f"{adaptive(fact.reference)} to {adaptive(fact.crude)} {fact.uom}"


def _show_accounts(split: Split, currency: str) -> None:
    table = accounts_table(split, currency)
    felt = [
        k for k, _ in enumerate(table.columns) if k == 0 or any(abs(row[k]) >= _CENT for row in table.rows)
    ]
    rows = [
        tuple(row[k] if k == 0 else figure(row[k], 2) for k in felt)
        for row in table.rows
        if row[0] == "sum" or any(abs(cell) >= _CENT for cell in row[1:])
    ]
    heads = [table.columns[k].name.replace("_", " ") + (">" if k else "") for k in felt]
    show_table(f"{table.title} [{currency}/{split.per} of {split.crude}]", heads, rows)
    say(
        "Each row adds up to its worth: a quality is paid for by what is sold less of one product and more of another."
    )
    print()


def show_on_top(found: Sequence[OnTop], offer: Priced, per: str, currency: str) -> None:
    """Base loading, the other crudes held and free."""
    rows = [
        (
            "held" if one.held else "free",
            figure(one.most) if math.isfinite(one.most) else "no limit",
            figure(one.barrels),
            *(figure(value, 2) for value in (one.first, one.average)),
            *(
                "" if value is None else figure(offer.on_basis(value), 2)
                for value in (one.first, one.average)
            ),
        )
        for one in found
    ]
    basis = offer.basis
    heads = ("other crudes", "most>", f"{per} put>", "first>", "all>", f"{basis}: first>", f"{basis}: all>")
    show_table(
        f"On top of the base slate: worth at the gate, break-even price {basis} [{currency}/{per}]",
        heads,
        rows,
    )
    say(f"{_asked(offer)}First: of one more {per}; all: the average of what is put.")
    print()


def show_swaps(found: Sequence[Swap], reference: str, per: str, currency: str) -> None:
    """Swap against the balancing crude, the other crudes held and free."""
    rows = []
    for one in found:
        changes = [f"{name} {change:+.2f}" for name, change in one.changes.items() if abs(change) >= _CENT]
        rows.append(
            (
                "held" if one.held else "free",
                figure(one.barrels),
                "no plan" if one.difference is None else figure(one.difference, 2),
                figure(one.costs, 2),
                figure(one.gain, 2),
                ", ".join(changes),
            )
        )
    heads = ("other crudes", f"{per}>", "worth more>", "costs more>", "earns>", f"others, {per} per {per}")
    show_table(f"In place of {reference}, {per} for {per}, at the gate [{currency}/{per}]", heads, rows)


def show_pairs(found: Pairs, currency: str) -> None:
    """Synergies as a square, and pairs by what mixing them adds."""
    table = synergy_table(found, currency)
    rows = [
        (row[0], *("no plan" if cell is None else figure(cell, 2) for cell in row[1:])) for row in table.rows
    ]
    heads = ["crude", "alone>", *(f"{name}>" for name in found.crudes)]
    show_table(f"{table.title} [{currency}/{found.per} of both]", heads, rows)
    say(
        "Alone: worth at the gate against none. Diagonal: the second cargo of a crude against its first. Others at the "
        "prices of the case."
    )
    print()
    mixed = blending_table(found, currency)
    told = [
        (row[0], row[1], *("no plan" if cell is None else figure(cell, 2) for cell in row[2:]))
        for row in mixed.rows[:_MOST_PAIRS]
    ]
    title = f"{mixed.title}: a cargo of each against the mean of two of either [{currency}/{found.per}]"
    show_table(title, ("crude", "with", "synergy>", "blending>"), told)
