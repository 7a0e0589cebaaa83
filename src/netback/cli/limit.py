"""``netback explain --limit NAME``: why a limit does not bind, and what filling it would cost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netback.planning.solve import Plan
    from netback.results.limit_reason import LimitReason

#: Items of a ladder that are shown, and limits that bind instead.
_MOST = 8


def show_limit(solved: Plan, name: str, as_json: bool) -> None:
    """Print why the limits of a name bind or do not bind; raises DataError if nothing of that name is limited."""
    from netback.cli.show import figure, say, say_pools, show_table
    from netback.cli.value import watch
    from netback.results.limit_reason import limit_reasons

    found = limit_reasons(solved, name, watch("limits"))
    money = solved.case.currency
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=1))
        return
    local = "every mix stays as it is in the plan, and others may let more through"
    say_pools(solved.case, solved.model.pooling, local)
    for one in found:
        for line in _sentences(one, money, solved.model.problem.is_integer):
            say(line)
        print()
        if one.steps:
            rows = [
                (group, what, f"{change:+,.1f} {uom}" if uom else "", figure(amount))
                for group, what, change, uom, amount in one.steps[:_MOST]
            ]
            rest = sum(step[4] for step in one.steps[_MOST:])
            rows += [("", f"{len(one.steps) - _MOST} more", "", figure(rest))] if one.steps[_MOST:] else []
            rows.append(("sum", "change of the margin", "", figure(one.filled)))
            assert one.reach is not None
            title = f"What changes when {one.name} is brought to {one.reach:,.6g} {one.uom}".rstrip()
            show_table(title, ("group", "what", "change>", f"{money}>"), rows)


def _sentences(one: LimitReason, money: str, whole: bool) -> Iterator[str]:
    uom, end = f" {one.uom}" if one.uom else "", "greatest" if one.side == "max" else "least"
    what = f"{one.kind} {one.name} in {one.period}"
    if one.binds:
        worth = f" One more{uom} is worth {one.marginal:,.2f} {money}." if one.marginal is not None else ""
        yield f"{what}: the {end}, {one.bound:,.6g}{uom}, binds.{worth}"
        return
    yield (
        f"{what}: the {end}, {one.bound:,.6g}{uom}, does not bind. The plan has {one.value:,.6g}{uom}; "
        f"{one.slack:,.6g}{uom} are {'left' if one.side == 'max' else 'above it'}."
    )
    from netback.cli.show import adaptive

    beyond = "below" if one.side == "max" else "above"
    if one.starts is not None:
        yield (
            f"It would begin to cost money {beyond} {one.starts:,.6g}{uom}."
            if one.side == "min" or one.starts > 0.0
            else "It would cost nothing even at 0."
        )
    if one.reach is None or (
        one.first is None and abs(one.reach - one.value) > 1e-6 * max(1.0, abs(one.bound))
    ):
        yield "How near to it plans come, and what that costs, was not found."
    elif one.first is None or one.last is None:
        yield f"No plan within the other limits has {'more' if one.side == 'max' else 'less'}."
    else:
        nearer = (
            "At the limit" if not one.kept_by else f"At {one.reach:,.6g}{uom}, as near as any plan comes,"
        )
        each = f"of the way to it the first{uom} loses {adaptive(one.first)} {money}, the last {adaptive(one.last)}"
        binds = "" if one.kept_by else f" It binds once each earns {adaptive(one.last)} {money} more."
        yield f"{nearer} the margin is {-one.filled:,.0f} {money} less; {each}.{binds}"
    if one.kept_by:
        yield f"What keeps it from the limit: {'; '.join(one.kept_by[:_MOST])}."
    if one.instead:
        told = (
            f"{kind} {name} ({adaptive(worth)} {money} for one more)"
            for kind, name, _, worth in one.instead[:_MOST]
        )
        yield f"What binds in the plan instead: {'; '.join(told)}."
    if whole:
        yield "Whole ships and lots stay here as they are in the plan."
