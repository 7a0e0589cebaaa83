"""What ``netback value`` prints of a case of several periods, or with ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netback.case.case import Case
    from netback.cli.lifting import Told
    from netback.studies.cargo_counts import CargoCounts
    from netback.studies.lifts import Lift, Lifting
    from netback.studies.turning import Turn


def show(case: Case, told: Told) -> None:
    """Print what a planner asks first."""
    from netback.cli.show import say

    found = told.lifting
    where = case.title or case.name
    say(f"What {found.crude} was worth by month of loading: {where}{_scenario(case)}")
    for line in sentences(case, found):
        say(line)
    print()
    _show_lifts(case, told)
    if told.effects:
        _show_effects(case, told)
    if told.turns:
        _show_turns(case, told)
    if told.counts is not None:
        _show_counts(case, told.counts)


def _scenario(case: Case) -> str:
    return f", scenario {case.scenario}" if case.scenario else ""


def sentences(case: Case, found: Lifting) -> list[str]:
    """The answer in sentences: what the crude was worth in all, and when lifting paid."""
    told = []
    million = 1e6
    if found.alone:
        told.append("Each month by itself: none of it is chosen in other months.")
    elif found.without is not None:
        more = (found.margin - found.without) / million
        told.append(
            f"The best plan earns {found.margin / million:,.1f} million {case.currency}; with none of it beyond what "
            f"must load {found.without / million:,.1f}: having the choice was worth {more:,.1f}."
        )
    named = {"lift": "Lifting paid in", "leave": "It did not pay in", "cannot tell": "It cannot be told in"}
    free = [lift for lift in found.lifts if lift.question.kind != "committed"]
    for word, opening in named.items():
        names = list(dict.fromkeys(lift.question.name for lift in free if lift.word == word))
        if names:
            told.append(f"{opening} {', '.join(names)}.")
    for lift in found.lifts:
        if lift.question.kind == "committed" and lift.word in ("lift", "leave"):
            verb = "paid" if lift.word == "lift" else "did not pay"
            told.append(
                f"{lift.question.cargo}, which must load in {lift.question.name}, {verb}: {abs(lift.headroom):.2f} "
                f"{'below' if lift.word == 'lift' else 'above'} its break-even."
            )
    return told


def _show_lifts(case: Case, told: Told) -> None:
    from netback.cli.show import adaptive, figure, say, show_table
    from netback.studies.lift_tables import way_of

    found, samples = told.lifting, told.samples
    lifts = found.lifts
    uom = lifts[0].uom if lifts else ""
    heads = [
        "month",
        "from",
        f"loads\n{uom}>",
        "price>",
        "known\nhow",
        "break-even>",
        "head-\nroom>",
        "at gate>",
        "worth>",
        "verdict",
    ]
    if samples is not None:
        heads += ["5 to 95 %>", "pays %>"]
        bands, pays = samples.percentiles(), samples.pays()
    rows = []
    for place, lift in enumerate(lifts):
        way = lift.question.cargo or way_of(case, lift).partition(" by ")[0]
        row = [
            lift.question.name,
            f"{way}*" if lift.question.kind == "committed" else way,
            "" if lift.volume != lift.volume else adaptive(lift.volume),
            _two(lift.price),
            lift.price_status.replace("_", " "),
            even_text(lift),
            _two(lift.headroom),
            _two(lift.landed),
            _two(lift.worth),
            f"{lift.word}, edge" if lift.is_edge else lift.word,
        ]
        if samples is not None:
            low, high = (float(bands[end, place]) for end in (0, 2))
            row += [
                f"{_two(low)} to {_two(high)}" if low == low else "",
                "" if pays[place] != pays[place] else figure(100.0 * float(pays[place])),
            ]
        rows.append(row)
    money = f"{case.currency}/{lifts[0].per}" if lifts else case.currency
    basis = next((lift.basis for lift in lifts if lift.basis), "")
    show_table(
        f"Price and break-even {basis}, cost and worth at the gate [{money}]", heads, rows, gaps=(3, 2)
    )
    kinds = {lift.question.kind for lift in lifts}
    if "cargo" in kinds:
        say(
            "Break-even: the price at which the best plan with one cargo loading in the month is as good as the best "
            "one without any; all else, other months too, is free to answer. Two numbers: its proven interval."
        )
        say(
            "Loads: what the plan with it loads at the break-even price. Freight per barrel at the gate is for that; "
            "a plan at the price as it stands may fill its ships more, and costs less there."
        )
    if "first" in kinds:
        say("Break-even: that of the first barrel of the month; all else is free to answer.")
    if any(lift.is_edge for lift in lifts):
        say("Edge: the break-even lies within what is known of the price, so the verdict hangs on that.")
    if "committed" in kinds:
        say("*: must load in every plan; valued against the best plan without it.")
    if samples is not None:
        failed = f" {samples.failed} had no plan for some month." if samples.failed else ""
        say(
            f"5 to 95 %, pays: {len(samples.headrooms)} samples of {samples.assumptions} assumptions, ships as in the "
            f"plans found.{failed}"
        )
    print()


def _two(value: float) -> str:
    from netback.cli.show import figure

    return "" if value != value else figure(value, 2)


def even_text(lift: Lift) -> str:
    """The break-even, as its proven interval where that shows in cents."""
    if lift.headroom != lift.headroom:
        return ""
    low, high = _two(lift.low), _two(lift.high)
    return low if low == high else f"{low} to {high}"


def _show_effects(case: Case, told: Told) -> None:
    from netback.cli.show import figure, say, show_table

    rows = []
    for one in told.effects:
        assumption = one.assumption
        rows.append(
            (
                assumption.label(case),
                assumption.status.replace("_", " "),
                assumption.reach(case),
                figure(one.width, 2),
                "anew" if one.anew else "as found",
            )
        )
    per = told.lifting.lifts[0].per
    heads = ("assumption", "status", "range", f"{case.currency}/{per}>", "ships")
    show_table("What decides the break-even: mean swing between the ends of the range", heads, rows)
    say(
        "Rows that differ only in their month move together. Ships: chosen anew, or as in the plans found, which "
        "overstates what ships could answer."
    )
    print()


def _show_turns(case: Case, told: Told) -> None:
    from netback.cli.show import say

    say("Where the answer turns: the smallest change of each that changes a verdict, ships chosen anew")
    for turn in told.turns:
        say(f"- {turn_text(case, turn)}")
    print()


def turn_text(case: Case, turn: Turn) -> str:
    """One turn in a sentence."""
    from netback.studies.deciding import places
    from netback.studies.turning import BEYOND

    label, uom = turn.assumption.label(case), turn.assumption.measure(case)
    opening = label[:1].upper() + label[1:]
    if not turn.found:
        return f"{opening}: no verdict turns within {BEYOND:g} times its range."
    several = len(turn.assumption.inputs) > 1
    of_month = " (all months in step)" if several else ""
    ends = f"{places(turn.row.low)} to {places(turn.row.high)}"
    reach = "within its range" if turn.is_within else f"beyond its range of {ends}"
    return (
        f"{opening}{of_month}: {' '.join(filter(None, (places(turn.value), uom)))} in place of "
        f"{places(turn.row.value)}, {reach}, turns {turn.period} from {turn.stated} to {turn.becomes}."
    )


def _show_counts(case: Case, counts: CargoCounts) -> None:
    from netback.cli.show import figure, say, show_table

    scale, money = _scale(case, counts)
    rows = [
        (
            f"{one.cargoes}{'*' if one.cargoes == counts.planned else ''}",
            figure(one.volume),
            figure(one.margin / scale, 2),
            figure(one.gain / scale, 2) if one.gain == one.gain else "",
        )
        for one in counts.counts
    ]
    heads = ("cargoes>", f"volume {counts.uom}>", "best margin>", "the last one earned>")
    show_table(f"How many cargoes paid, all months together [{money}]", heads, rows)
    say(f"*: the best plan. {counts_text(case, counts)}")
    print()


def _scale(case: Case, counts: CargoCounts) -> tuple[float, str]:
    """What margins are divided by, and the name of the result."""
    million = 1e6
    largest = max(abs(one.margin) for one in counts.counts)
    return (million, f"million {case.currency}") if largest >= million else (1.0, case.currency)


def counts_text(case: Case, counts: CargoCounts) -> str:
    """The volume at which the answer turns, in a sentence."""
    from netback.cli.show import figure

    best, more = counts.last, counts.next
    assert best is not None
    scale, money = _scale(case, counts)
    cargoes = "1 cargo" if counts.planned == 1 else f"{counts.planned} cargoes"
    told = f"The best plan lifts {cargoes} ({figure(best.volume)} {counts.uom}) beyond what must load."
    if not counts.planned:
        told = "The best plan lifts none beyond what must load."
    if more is None:
        return f"{told} No plan has one more."
    if more.gain_high < 0.0:
        return f"{told} One more loses {figure(-more.gain / scale, 2)} {money}: there the answer turns."
    return f"{told} Whether one more pays is within the gap of the proof."
