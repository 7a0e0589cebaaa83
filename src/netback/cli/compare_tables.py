"""How a comparison and an explanation look in a terminal of 100 columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from netback.cli.plan_tables import certificate_text
from netback.cli.show import adaptive, any_text, figure, say, show_table
from netback.planning.solve import Plan
from netback.results.explain import Explanation
from netback.results.solution import Solution
from netback.results.table import ResultTable

_PROVENANCE = ("source", "status", "low", "high", "note")


def show_comparison(solutions: Sequence[Solution], inputs: ResultTable, results: ResultTable) -> None:
    """Print inputs that differ and results side by side; many scenarios are told in groups of four."""
    for solution in solutions:
        name = solution.scenario or f"{solution.case} (base)"
        say(f"{name}: {certificate_text(solution).splitlines()[0]}")
    print()
    told = [
        (row["scenario"], f"{row['table']}: {row['row']}", f"{row['column']}: {_changed(row)}")
        for row in inputs.records()
        if row["column"] not in _PROVENANCE
    ]
    if told:
        show_table("Inputs that differ from the first", ("scenario", "row", "change"), told)
    else:
        say("No inputs differ.\n")
    names = results.names[3:]
    for start in range(0, len(names), 4):
        chosen = range(start, min(start + 4, len(names)))
        rows = [
            (row[0], f"{row[1]} [{row[2]}]", *(adaptive(row[3 + place]) for place in chosen))
            for row in results.rows
        ]
        show_table("Side by side", ("", "", *(f"{names[place]}>" for place in chosen)), rows)


def _changed(row: dict[str, Any]) -> str:
    first, this = (any_text(row[name]) or "blank" for name in ("first", "this"))
    return f"{first} becomes {this}"


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
            "gain": one.gain,
            "per": one.per,
            "currency": money,
            "steps": one.table(money).records(),
            "yields": one.yields.records(),
        }
        for one in told
    ]
    return json.dumps(found, indent=1, ensure_ascii=False)
