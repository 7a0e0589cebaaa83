"""One page that answers whether a crude was worth lifting, for readers who decide: no script, nothing fetched."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from netback.case.case import Case
from netback.plots.style import Drawn
from netback.reports.page import NARROW, POLICY, figure_html
from netback.studies.deciding import Effect, Samples
from netback.studies.lift_tables import way_of
from netback.studies.lifting import Lift, Lifting

_STYLE = """
:root { --ink: #1b1b1b; --soft: #555; --line: #d9dee3; --blue: #0072B2; --green: #00664B; --red: #9A4300; }
body { font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; max-width: 62rem; margin: 1.6rem auto; padding: 0 1.2rem;
  color: var(--ink); }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.08rem; margin: 1.7rem 0 .5rem; border-bottom: 2px solid var(--blue); padding-bottom: .2rem; }
.answer { font-size: 1.12rem; background: #f1f6fa; border-left: 5px solid var(--blue); padding: .7rem 1rem;
  margin: .9rem 0; }
.note, figcaption { color: var(--soft); font-size: .87rem; }
figure { margin: .8rem 0; } figure svg { width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { padding: .26rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { background: #f1f6fa; vertical-align: bottom; } th i { display: block; font-weight: normal; font-style: normal;
  color: var(--soft); font-size: .82rem; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.lift { color: var(--green); font-weight: 700; } .leave { color: var(--red); font-weight: 700; }
.warning { background: #fdf3e7; border-left: 5px solid var(--red); padding: .6rem 1rem; }
.unsure { color: var(--soft); font-weight: 700; } .day { white-space: nowrap; }
ol, ul { padding-left: 1.3rem; margin: .4rem 0; } li { margin: .25rem 0; }
@media print { body { margin: 0; max-width: none; font-size: 12px; } h2 { break-after: avoid; }
  tr, figure { break-inside: avoid; } }
"""


#: What stands on a page that was stopped.
_STOPPED = (
    "This page was stopped before it was done. The months are answered; what decides them is ranked with the ships of "
    "the plans found where it does not say otherwise, and what comes after may be missing."
)


@dataclass(frozen=True)
class Answer:
    """What the page tells.

    ``turns`` are sentences, ``said`` are (day, who, what, number, verdict, claim), ``alone`` is each month by itself.
    ``stopped`` says that the user stopped it: what was known by then stands here.
    """

    case: Case
    lifting: Lifting
    effects: tuple[Effect, ...]
    samples: Samples | None
    turns: tuple[str, ...]
    said: tuple[tuple[str, ...], ...]
    alone: Lifting | None = None
    stopped: bool = False


def answer_page(answer: Answer, figures: Mapping[str, Drawn]) -> str:
    """The page as text; figures stand in it as SVG."""
    title = question(answer)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        POLICY,
        f"<title>{escape(title)}</title><style>{_STYLE}{NARROW}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">{escape(_where(answer.case))}</p>',
        f'<p class="answer">{escape(sentence(answer))}</p>',
        *([f'<p class="warning">{escape(_STOPPED)}</p>'] if answer.stopped else []),
        *(figure_html(name, figures[name]) for name in ("break_even_by_month",) if name in figures),
        "<h2>Month by month</h2>",
        _months(answer),
        *_decides(answer, figures),
        *_turns(answer),
        *_said(answer),
        "<h2>How this was found, and what it cannot say</h2>",
        _how(answer),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def question(answer: Answer) -> str:
    """The title of the page."""
    basis = next((lift.basis for lift in answer.lifting.lifts if lift.basis), "")
    crude = answer.lifting.crude.replace("_", " ")
    return f"At what price {basis} was {crude[:1].upper()}{crude[1:]} worth lifting, {_span(answer.case)}?"


def _span(case: Case) -> str:
    periods = case.horizon.periods
    first, last = periods[0], periods[-1]
    if first.start is None or last.start is None:
        return first.name if first is last else f"{first.name} to {last.name}"
    if first is last:
        return f"{first.start:%B %Y}"
    if first.start.year == last.start.year:
        return f"{first.start:%B} to {last.start:%B %Y}"
    return f"{first.start:%B %Y} to {last.start:%B %Y}"


def _where(case: Case) -> str:
    scenario = f", scenario {case.scenario}" if case.scenario else ""
    return f"{case.title or case.name}{scenario}. Only the months of the case are answered: {_span(case)}."


def sentence(answer: Answer) -> str:
    """The answer in words: in which months lifting one more cargo paid, and by how much."""
    case, found = answer.case, answer.lifting
    told: list[str] = []
    for word, verb in (("lift", "paid"), ("leave", "did not pay"), ("cannot tell", "cannot be told")):
        chosen = [lift for lift in found.known if lift.word == word and lift.question.kind != "committed"]
        if not chosen:
            continue
        months = _listed(_month(case, lift.question.name) for lift in chosen)
        rooms = [abs(lift.headroom) for lift in chosen]
        side = {"lift": "below", "leave": "above"}.get(word, "at")
        apart = f"{min(rooms):.1f} to {max(rooms):.1f}" if len(rooms) > 1 else f"{rooms[0]:.1f}"
        told.append(
            f"{'One cargo' if not told else 'It'} {verb} in {months}"
            + (
                f", when its price stood {apart} {case.currency}/{chosen[0].per} {side} its worth."
                if word != "cannot tell"
                else "."
            )
        )
    beside = "by itself" if found.alone else "beside the other cargoes of the best plan"
    for lift in found.known:
        if lift.question.kind == "committed":
            verb = (
                "paid" if lift.word == "lift" else "did not pay" if lift.word == "leave" else "cannot be told"
            )
            told.append(
                f"What had to load in {_month(case, lift.question.name)} ({lift.question.cargo.replace('_', ' ')}) "
                f"{verb} {beside}: it was worth {lift.break_even:.1f} against a price "
                f"of {lift.price:.1f}{_order_alone(answer.alone, lift)}."
            )
    edges = [_month(case, lift.question.name) for lift in found.known if lift.is_edge]
    if edges:
        told.append(f"At the edge, within what is known of the price: {_listed(edges)}.")
    if answer.alone is not None:
        told.append(_alone(case, answer.alone))
    if found.without is not None and not found.alone:
        more = (found.margin - found.without) / 1e6
        told.append(
            f"The choice to lift was worth {more:,.0f} million {case.currency} over these months in all."
        )
    return " ".join(told)


def _order_alone(alone: Lifting | None, lift: Lift) -> str:
    """What had to load, by itself, where that is known."""
    found = [one for one in (alone.known if alone is not None else ()) if one.question == lift.question]
    return f"; by itself {found[0].break_even:.1f}" if found else ""


def _alone(case: Case, alone: Lifting) -> str:
    """The answer for a cargo by itself."""
    free = [lift for lift in alone.known if lift.question.kind != "committed"]
    left = [_month(case, lift.question.name) for lift in free if lift.word == "leave"]
    if not left:
        return "By itself, with none in other months, a cargo paid in every month."
    if len(left) == len(free):
        return "By itself, with none in other months, a cargo paid in no month."
    return f"By itself, with none in other months, a cargo paid in every month but {_listed(left)}."


def _listed(names: Iterable[str]) -> str:
    words = list(dict.fromkeys(names))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _month(case: Case, name: str) -> str:
    for period in case.horizon.periods:
        if period.name == name and period.start is not None:
            # Over more than a year the name alone would stand for two months.
            return f"{period.start:%B %Y}" if _is_long(case) else f"{period.start:%B}"
    return name


def _is_long(case: Case) -> bool:
    """Whether some month has the name of another."""
    starts = [period.start for period in case.horizon.periods if period.start is not None]
    return len({(start.year, start.month) for start in starts}) > len({start.month for start in starts})


def _months(answer: Answer) -> str:
    case, found, samples = answer.case, answer.lifting, answer.samples
    lifts = found.lifts
    money = f"{case.currency}/{lifts[0].per}" if lifts else case.currency
    basis = next((lift.basis for lift in lifts if lift.basis), "")
    heads = [
        ("month of loading", "", False),
        ("verdict", "", False),
        ("supplied from", "", False),
        ("cargo", lifts[0].uom if lifts else "", True),
        (f"price {basis}", money, True),
        ("break-even", f"{money} {basis}", True),
        ("headroom", money, True),
        ("landed at", money, True),
        ("worth there", money, True),
        *((("by itself", money, True),) if answer.alone is not None else ()),
    ]
    rows = [_row(answer, place, lift) for place, lift in enumerate(lifts)]
    notes = [
        "Break-even: the price at which the best plan with one cargo loading in the month is as good as the best"
    ]
    notes[0] += " plan with none. Where two numbers stand, they are the ends of its proven interval."
    if samples is not None:
        notes.append(
            "Small print: 5 to 95 % of the samples of all assumptions, and in how many of them it pays."
        )
    if answer.alone is not None:
        notes.append("By itself: break-even and headroom when none of the crude is chosen in other months.")
    if any(lift.is_edge for lift in lifts):
        notes.append(
            "Edge: the break-even lies within what is known of the price, so the verdict hangs on that."
        )
    if any(lift.question.kind == "committed" for lift in lifts):
        notes.append("An order that had to load is valued against the best plan without it.")
    return _table(heads, rows) + f'<p class="note">{escape(" ".join(notes))}</p>'


def _row(answer: Answer, place: int, lift: Lift) -> list[str]:
    case, samples = answer.case, answer.samples
    name = _month(case, lift.question.name)
    if lift.question.kind == "committed":
        name += f": {lift.question.cargo.replace('_', ' ')}"
    elif lift.question.kind == "volume":
        name += f": {lift.question.volume:,.0f} {lift.uom}"
    known = [lift.price_status.replace("_", " ")]
    if not math.isnan(lift.price_low) and lift.price_low != lift.price_high:
        known.append(f"{_two(lift.price_low)} to {_two(lift.price_high)}")
    kind = lift.word if lift.word in ("lift", "leave") else "unsure"
    cells = [
        escape(name),
        f'<span class="{kind}">{escape(lift.word)}</span>{", edge" if lift.is_edge else ""}',
        escape(way_of(case, lift)),
        "" if math.isnan(lift.volume) else f"{lift.volume:,.0f}",
        f"{_two(lift.price)}<br><small>{'<br>'.join(map(escape, filter(None, known)))}</small>",
        _even(lift),
    ]
    cells += [_signed(lift.headroom), _two(lift.landed), _two(lift.worth)]
    if samples is not None:
        low, high = (float(samples.percentiles()[end, place]) for end in (0, 2))
        share = float(samples.pays()[place])
        if not math.isnan(low):
            cells[5] += f"<br><small>{_two(low)} to {_two(high)}</small>"
        if not math.isnan(share):
            cells[6] += f"<br><small>pays in {100.0 * share:.0f} %</small>"
    if answer.alone is not None:
        cells.append(_by_itself(answer.alone, lift))
    return cells


def _by_itself(alone: Lifting, lift: Lift) -> str:
    """Break-even and headroom of the same question with none of the crude in other months."""
    for one in alone.known:
        if one.question == lift.question:
            return f"{_two(one.break_even)}<br>{_signed(one.headroom)}"
    return ""


def _even(lift: Lift) -> str:
    low, high = _two(lift.low), _two(lift.high)
    return low if low == high else f"{low} to {high}"


def _two(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.2f}"


def _signed(value: float) -> str:
    return "" if math.isnan(value) else f"{value:+,.2f}".replace("-", "\N{MINUS SIGN}")


def _table(heads: Sequence[tuple[str, str, bool]], rows: Sequence[Sequence[str]]) -> str:
    """A table; heads are (name, uom, whether it holds numbers), cells are HTML."""
    top = "".join(
        f"<th{' class=n' if is_number else ''}>{escape(name)}{f'<i>{escape(uom)}</i>' if uom else ''}</th>"
        for name, uom, is_number in heads
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=n' if head[2] else ''}>{cell}</td>" for head, cell in zip(heads, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{top}</tr>{body}</table></div>'


def _decides(answer: Answer, figures: Mapping[str, Drawn]) -> list[str]:
    if not answer.effects:
        return []
    case, money = answer.case, f"{answer.case.currency}/{answer.lifting.lifts[0].per}"
    known = {row["source"]: row["title"] for row in case.table("sources").records}
    items = []
    for effect in answer.effects[:3]:
        assumption = effect.assumption
        titles = [f"{name} ({known[name]})" if known.get(name) else name for name in assumption.sources[:2]]
        items.append(
            f"<li><b>{escape(assumption.label(case))}</b>, {escape(assumption.reach(case))}, "
            f"{escape(assumption.status.replace('_', ' '))}: moves the break-even by {effect.width:.2f} {money} on "
            f"average, ships {'chosen anew' if effect.anew else 'as in the plans found'}. "
            f"Source: {escape('; '.join(titles) or 'none')}.</li>"
        )
    return [
        f"<h2>The {_count(len(items))}</h2>",
        f"<ol>{''.join(items)}</ol>",
        *(figure_html(name, figures[name]) for name in ("what_decides",) if name in figures),
    ]


def _count(number: int) -> str:
    return {1: "assumption that decides", 2: "two assumptions that decide"}.get(
        number, "three assumptions that decide"
    )


def _turns(answer: Answer) -> list[str]:
    if not answer.turns:
        return []
    return [
        "<h2>Where the answer turns</h2>",
        f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in answer.turns)}</ul>",
    ]


def _said(answer: Answer) -> list[str]:
    if not answer.said:
        return []
    heads = [
        ("when", "said, or spoken of", False), ("who", "", False), ("what was said", "", False), ("number", "", False),
        ("put to the test", "", False),
    ]  # fmt: skip
    rows = [
        [
            f'<span class="day">{escape(day)}</span>',
            *map(escape, (who, what, number, verdict or "not tested")),
        ]
        for day, who, what, number, verdict, _ in answer.said
    ]
    names = ", ".join(one[-1] for one in answer.said)
    return [
        "<h2>What officials and analysts said at the time</h2>",
        _table(heads, rows),
        f'<p class="note">Claims {escape(names)} of the register; <code>netback trace</code> and '
        "<code>netback verify</code> follow each to its source.</p>",
    ]


def _how(answer: Answer) -> str:
    found, samples = answer.lifting, answer.samples
    gap = abs(found.bound - found.margin) / max(abs(found.margin), 1.0)
    whole = any(lift.plans for lift in found.lifts)
    told = [
        "Each break-even stands on two plans of the whole case: the best with one cargo of the month at that price, "
        "and the best without one. Crudes, ships, other months and blends are chosen anew in both.",
        f"Best plan: {found.margin:,.0f} {answer.case.currency}, checked in its own rows; no plan is better by more "
        f"than {100.0 * gap:.2g} %. "
        + (
            "Bounds of plans with whole ships are the solver's word; values are added up again."
            if whole
            else "Bounds are evaluated again from the dual multipliers."
        ),
        "The plans know all prices of their months beforehand: the page tells what could have been earned, not what a "
        "buyer could have planned. Law, payment and the refusal of others to ship are left out.",
        (
            "Each month stands by itself: none of the crude is chosen in other months."
            if found.alone
            else "A cargo of one month may take the place of one of the same crude in another, at the price of that "
            "month: what it was worth is what it added to the best plan, not to a plan without the crude."
        ),
        "What holds for one cargo does not add up over several: with another cargo in the month, or in the next, the "
        "worth of each is less.",
    ]
    if samples is not None:
        told.append(
            f"Samples: {len(samples.headrooms)}, each of {samples.assumptions} stated ranges at once, rows that differ "
            "only in their month together, ships as in the plans found."
        )
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in told)}</ul>"
