"""How a comparison and an explanation look in a terminal of 100 columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from netback.cli.pivot_tables import show_pivots
from netback.cli.show import adaptive, any_text, figure, say, show_table
from netback.planning.solve import Plan
from netback.results.by_period import has_many_periods
from netback.results.compare_periods import (
    Span,
    break_even_spans,
    flow_differences,
    inputs_by_row,
    less_first,
    over_all_periods,
)
from netback.results.explain import Explanation
from netback.results.pivot import listed
from netback.results.solution import Solution
from netback.results.table import ResultTable
from netback.results.told import certificate_text

_PROVENANCE = ("source", "status", "low", "high", "note")
#: Scenarios in one table; what more plans than these others do by period is not told.
_SIDE, _MOST_BY_PERIOD = 4, 3
#: Rows of a table that are there or absent, above which their number is told and the first of them; files name each.
_MOST_ROWS = 3


def show_comparison(solutions: Sequence[Solution], inputs: ResultTable, results: ResultTable) -> None:
    """Print inputs that differ and results side by side; many scenarios are told in groups of four."""
    for solution in solutions:
        name = solution.scenario or f"{solution.case} (base)"
        say(f"{name}: {certificate_text(solution).splitlines()[0]}")
    print()
    many = any(has_many_periods(solution) for solution in solutions)
    changed = [
        row for row in inputs.records() if row["column"] not in _PROVENANCE and row["table"] != "sources"
    ]
    told = _by_period(changed, solutions) if many else _row_by_row(changed)
    if told:
        show_table("Inputs that differ from the first", ("scenario", "row", "change"), told)
    else:
        say("No inputs differ.\n")
    if many:
        _over_the_horizon(solutions, results)
    else:
        _side_by_side("Side by side", results)


def _row_by_row(changed: Iterable[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Cell by cell; many rows of a table that one case has and another has not are told in one line."""
    lines: list[tuple[str, str, str]] = []
    whole: dict[tuple[str, str, str], list[str]] = {}
    for row in changed:
        if row["column"] == "row":
            whole.setdefault((row["scenario"], row["table"], _changed(row)), []).append(row["row"])
        else:
            lines.append(
                (row["scenario"], f"{row['table']}: {row['row']}", f"{row['column']}: {_changed(row)}")
            )
    for (scenario, table, change), names in whole.items():
        many = [f"{names[0]} and {len(names) - 1} rows more"] if len(names) > _MOST_ROWS else names
        lines += [(scenario, f"{table}: {name}", f"row: {change}") for name in many]
    return lines


def _by_period(
    changed: Iterable[dict[str, Any]], solutions: Sequence[Solution]
) -> list[tuple[str, str, str]]:
    """Rows that differ in their period alone are told once, with the range of what they say."""
    periods = list(dict.fromkeys(name for solution in solutions for name in solution.facts["periods"]))
    told = []
    for (scenario, table, name, column), rows in inputs_by_row(changed, periods).items():
        if len(rows) == 1:
            told += _row_by_row(rows)
        else:
            first, this = (_range([row[end] for row in rows]) for end in ("first", "this"))
            change = f"{column}: {first} becomes {this} in {len(rows)} periods"
            told.append((scenario, f"{table}: {name}", change))
    return told


def _range(values: Sequence[Any]) -> str:
    """What several cells say: one value, the ends of numbers, or the words one after the other."""
    known = [value for value in values if value is not None]
    texts = list(dict.fromkeys(any_text(value) or "blank" for value in values))
    numbers = known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
    if len(texts) == 1 or not numbers:
        return ", ".join(texts)
    ends = " to ".join(dict.fromkeys((any_text(min(known)), any_text(max(known)))))
    return ends if len(known) == len(values) else f"blank, {ends}"


def _changed(row: dict[str, Any]) -> str:
    first, this = (any_text(row[name]) or "blank" for name in ("first", "this"))
    return f"{first} becomes {this}"


def _over_the_horizon(solutions: Sequence[Solution], results: ResultTable) -> None:
    """Sums and their differences first; then spans of prices, and what is bought and sold in other months."""
    sums, nothing = over_all_periods(results)
    _side_by_side("Side by side, over all periods", sums)
    if nothing:
        say(f"Neither bought nor sold in any plan: {listed(nothing)}.")
        print()
    _side_by_side(f"Less {results.names[3]}", less_first(sums), signed=True)
    first, *others = results.names[3:]
    _break_evens(solutions, results.names[3:])
    if len(others) > _MOST_BY_PERIOD:
        say(f"Compare at most {_MOST_BY_PERIOD + 1} plans to see what they buy and sell by period.")
        return
    for other, name in zip(solutions[1:], others, strict=True):
        pivots = flow_differences(solutions[0], other, f"{name} less {first}")
        show_pivots(pivot for pivot in pivots if pivot.rows)


def _side_by_side(title: str, results: ResultTable, signed: bool = False) -> None:
    names = results.names[3:]
    if not results.rows:
        return
    for start in range(0, len(names), _SIDE):
        chosen = range(start, min(start + _SIDE, len(names)))
        rows = [
            (row[0], f"{row[1]} [{row[2]}]", *(_amount(row[3 + place], signed) for place in chosen))
            for row in results.rows
        ]
        show_table(title, ("", "", *(f"{names[place]}>" for place in chosen)), rows)


def _amount(value: float | None, signed: bool) -> str:
    text = adaptive(value)
    return "-" if signed and value == 0.0 else f"+{text}" if signed and value and value > 0.0 else text


def _break_evens(solutions: Sequence[Solution], names: Sequence[str]) -> None:
    spans = break_even_spans(solutions)
    for start in range(0, len(names) if spans else 0, _SIDE):
        rows = [
            (f"{offer} [{uom}]", *(_told(span) for span in found[start : start + _SIDE]))
            for offer, uom, found in spans
        ]
        heads = ("offer", *(f"{name}>" for name in names[start : start + _SIDE]))
        show_table("Break-even prices: least to most (periods in which it was measured)", heads, rows)


def _told(span: Span | None) -> str:
    if span is None:
        return ""
    return f"{' to '.join(dict.fromkeys((figure(span.least, 2), figure(span.most, 2))))} ({span.count})"


def show_explanation(solved: Plan, told: Explanation) -> None:
    """Print why one offer is in or out."""
    money = solved.case.currency
    say(told.sentence)
    if not told.steps:
        return
    how = "one more" if told.forced == "put in" else "the last"
    title = f"What {how} {told.per} of {told.crude} does in {told.period} [{money}/{told.per}]"
    rows = [
        (group, what, f"{change:+.4f} {uom}" if uom else "", figure(amount, 2))
        for group, what, change, uom, amount in _to_the_cent(told.steps)
    ]
    rows.append(("sum", "worth less price, at the gate", "", figure(round(told.gain, 2), 2)))
    show_table(title, ("group", "what", f"change per {told.per}>", f"{money}>"), rows)
    if len(told.yields.columns) > 1:
        cuts = [(row[0], *(adaptive(value) for value in row[1:])) for row in told.yields.rows]
        show_table(
            "What distillation makes of it, and of the crudes of the plan [wt%]",
            ("cut", *(f"{column.name}>" for column in told.yields.columns[1:])),
            cuts,
        )


def _to_the_cent(
    steps: Iterable[tuple[str, str, float, str, float]],
) -> list[tuple[str, str, float, str, float]]:
    """Round the money so that the cents shown add up to the rounded sum (largest remainder)."""
    listed = list(steps)
    cents = [100.0 * step[4] for step in listed]
    whole = [int(cent // 1) for cent in cents]
    missing = round(sum(cents)) - sum(whole)
    order = sorted(range(len(listed)), key=lambda k: whole[k] - cents[k])
    for k in order[:missing]:
        whole[k] += 1
    return [(*step[:4], cent / 100.0) for step, cent in zip(listed, whole, strict=True)]


def explanation_json(solved: Plan, told: Sequence[Explanation]) -> str:
    """The explanations as JSON."""
    money = solved.case.currency
    found = [
        {
            "crude": one.crude,
            "period": one.period,
            "sentence": one.sentence,
            "pooling": solved.model.pooling,
            "local": not solved.model.problem.is_linear,
            "gain": one.gain,
            "per": one.per,
            "currency": money,
            "steps": one.table(money).records(),
            "yields": one.yields.records(),
        }
        for one in told
    ]
    return json.dumps(found, indent=1, ensure_ascii=False)
