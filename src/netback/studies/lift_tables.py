"""Result tables of what cargoes were worth: by period, what decides it, and where the answer turns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netback.case.case import Case
from netback.results.table import ResultTable
from netback.studies.cargo_counts import CargoCounts
from netback.studies.deciding import Effect, Samples
from netback.studies.lifting import Lift, Lifting
from netback.studies.turning import Turn


def number(value: float | None) -> float | None:
    """The number, or None where it is not finite."""
    return value if value is not None and math.isfinite(value) else None


def way_of(case: Case, lift: Lift) -> str:
    """Port of loading of the ship that would bring it; the offer where it needs none."""
    for record in case.table("cargoes").records:
        if record["cargo"] == lift.cargo and lift.cargo:
            port = str(record["load_port"] or lift.offer)
            return f"{port} by {record['via']}" if record["via"] else port
    return lift.offer


def lift_table(case: Case, lifting: Lifting, samples: Samples | None = None) -> ResultTable:
    """One row per question: price, break-even with its interval, verdict, and the spread of samples."""
    per = lifting.lifts[0].per if lifting.lifts else "bbl"
    uom = lifting.lifts[0].uom if lifting.lifts else ""
    money = f"{case.currency}/{per}"
    columns = [
        ("period", "", "of loading"),
        ("asked", "", "cargo: one more; committed: a cargo that must load; volume; first: the first barrel"),
        ("verdict", "", ""),
        ("cargo", "", "how it would come"),
        ("offer", "", ""),
        ("way", "", ""),
        ("volume", uom, ""),
        ("planned", "", "ships (or volume) of it in the best plan"),
        ("basis", "", "of price and break-even"),
        ("price", money, ""),
        ("price_low", money, "low end of what is known of the price"),
        ("price_high", money, ""),
        ("price_status", "", "how the price came about"),
        ("price_source", "", ""),
        ("break_even", money, "price at which lifting it is as good as leaving it"),
        ("break_even_low", money, "below it lifting is proven to pay"),
        ("break_even_high", money, "above it leaving is proven to pay"),
        ("headroom", money, "break-even less price"),
        ("landed", money, "what it costs at the gate"),
        ("worth", money, "what it may cost at the gate"),
        ("gain", case.currency, "best margin with it less best margin without it, at its price"),
        ("break_even_next", money, "of the next barrel of the best plan"),
        ("break_even_last", money, "of the last barrel of the best plan"),
        ("p5", money, "5th percentile of the break-even over the samples"),
        ("p50", money, "median"),
        ("p95", money, "95th percentile"),
        ("pays", "", "share of the samples in which lifting pays"),
    ]
    bands = None if samples is None else samples.percentiles()
    pays = None if samples is None else samples.pays()
    rows = []
    for place, lift in enumerate(lifting.lifts):
        band = [None] * 3 if bands is None else [number(float(value)) for value in bands[:, place]]
        rows.append(
            (
                lift.question.name,
                lift.question.kind,
                lift.word,
                lift.cargo,
                lift.offer,
                way_of(case, lift),
                number(lift.volume),
                lift.planned,
                lift.basis,
                *map(number, (lift.price, lift.price_low, lift.price_high)),
                lift.price_status,
                lift.price_source,
                *map(number, (lift.break_even, lift.low, lift.high, lift.headroom, lift.landed, lift.worth)),
                number(lift.margin_with - lift.margin_without),
                lift.next,
                lift.last,
                *band,
                None if pays is None else number(float(pays[place])),
            )
        )
    return ResultTable.of("lifting", f"What {lifting.crude} was worth, by period of loading", columns, rows)


def assumption_table(case: Case, lifting: Lifting, effects: Sequence[Effect]) -> ResultTable:
    """One row per assumption, the widest first: its rows, who said it, and what it does to the break-even prices."""
    per = lifting.lifts[0].per if lifting.lifts else "bbl"
    money = f"{case.currency}/{per}"
    columns = [
        ("assumption", "", ""),
        ("rows", "", "numbers that move together"),
        ("status", "", "the weakest word behind them"),
        ("doubt", "", "0 to 1"),
        ("sources", "", ""),
        ("swing", money, "mean distance of the break-even prices between both ends"),
        ("period", "", ""),
        ("break_even_at_low", money, "with the assumption at its low end"),
        ("break_even_at_high", money, ""),
    ]
    rows = [
        (
            *(one.assumption.name, len(one.assumption.inputs), one.assumption.status, one.assumption.doubt),
            *(" ".join(one.assumption.sources), one.width, lift.question.name),
            *(number(float(end[place])) for end in (one.at_low, one.at_high)),
        )
        for one in effects
        for place, lift in enumerate(lifting.lifts)
        if lift.question.kind != "committed"
    ]
    return ResultTable.of("assumptions", "Which assumptions decide", columns, rows)


def turn_table(turns: Sequence[Turn]) -> ResultTable:
    """One row per assumption: the smallest change at which a verdict turns."""
    columns = [
        ("assumption", "", ""),
        ("period", "", "whose verdict turns first; blank: none within three times the range"),
        ("stated", "", "verdict as stated"),
        ("becomes", "", "verdict beyond the turn"),
        ("number", "", "the number told"),
        ("value", "", "as stated"),
        ("turns_at", "", ""),
        ("part", "", "of the way to the high end (below 0: to the low end); beyond 1: outside the range"),
    ]
    rows = [
        (
            turn.assumption.name,
            turn.period,
            turn.stated,
            turn.becomes,
            f"{turn.row.key}, {turn.row.column}",
            turn.row.value,
            number(turn.value),
            number(turn.part),
        )
        for turn in turns
    ]
    return ResultTable.of("turns", "Where the answer turns", columns, rows)


def count_table(case: Case, counts: CargoCounts) -> ResultTable:
    """One row per number of cargoes: what the best plan with it earns, and what the last of them earned."""
    money = case.currency
    columns = [
        ("cargoes", "", "beyond those that must load, over all periods"),
        ("best", "", "yes: the number of the best plan"),
        ("volume", counts.uom, "what they load"),
        ("margin", money, "of the best plan with them"),
        ("bound", money, "no plan with them earns more"),
        ("gain", money, "what the last of them earned"),
        ("gain_low", money, "its proven low end"),
        ("gain_high", money, "its proven high end"),
    ]
    rows = [
        (
            one.cargoes,
            "yes" if one.cargoes == counts.planned else "",
            one.volume,
            one.margin,
            number(one.bound),
            number(one.gain),
            number(one.gain_low),
            number(one.gain_high),
        )
        for one in counts.counts
    ]
    return ResultTable.of("cargoes", "How many cargoes paid", columns, rows)
