"""Result table of the law: which rules stand in the way of which offers and sales, and what each is worth."""

from __future__ import annotations

from collections.abc import Iterable

from netback.planning.rule_worth import RuleWorth
from netback.planning.trade_law import RuleEffect
from netback.regimes.chain import Step
from netback.results.reading import Reader
from netback.results.table import ResultTable

Row = tuple[object, ...]


def rules(reader: Reader, worths: tuple[RuleWorth, ...]) -> ResultTable:
    """One row for every rule that cuts a trade, and one for all that cut the same trade together."""
    money = reader.plan.case.currency
    rows: list[Row] = [_row(reader, one) for one in worths]
    columns = [
        ("rules", "", "id of the rule, or of all that stand before the same trade"),
        ("authority", "", ""),
        ("effect", "", "forbids, caps; unknown where nobody verified it"),
        ("trades", "", "offers and sales concerned"),
        ("periods", "", ""),
        ("done", "", "off: not traded; capped: at the price of the cap; cut: a part of the limits is left"),
        ("until", "", "last day in force, where known"),
        ("binds", "", "whether the plan would be another without it; blank where it was not measured"),
        ("worth", money, "best margin without it less that of the plan; below zero where a cap is of use"),
        ("more", "bbl", "bought or sold more without it, of the trades concerned"),
        (
            "worth_per_bbl",
            f"{money}/bbl",
            "worth per barrel traded more, or per barrel traded where only the price changes",
        ),
        ("title", "", "what the rule says"),
        ("citation", "", ""),
        ("url", "", ""),
    ]
    return ResultTable.of("rules", "Rules of law", columns, rows)


def _row(reader: Reader, one: RuleWorth) -> Row:
    steps = [step for rule in one.rules if (step := _step(one, rule)) is not None]
    periods = dict.fromkeys(reader.periods[effect.period] for effect in one.effects)
    return (
        "; ".join(one.rules),
        _joined(step.record["authority"] for step in steps),
        _joined(_effect(step) for step in steps),
        _joined(effect.name for effect in one.effects),
        "; ".join(periods),
        _joined(_done(effect) for effect in one.effects),
        _joined(str(step.record["end"]) for step in steps if step.record["end"] is not None),
        one.binds,
        one.worth,
        one.more_bbl,
        one.worth_per_bbl,
        _joined(step.title for step in steps),
        _joined(step.citation for step in steps),
        _joined(step.url for step in steps if step.url),
    )


def _step(one: RuleWorth, rule: str) -> Step | None:
    for effect in one.effects:
        for part in effect.stretches:
            for verdict in part.verdicts:
                for step in verdict.steps:
                    if step.id == rule:
                        return step
    return None


def _effect(step: Step) -> str:
    return "unknown" if step.record["standing"] == "unverified" else step.role


def _done(effect: RuleEffect) -> str:
    if effect.share == 0.0:
        return "off"
    return "cut" if effect.share < 1.0 else "capped"


def _joined(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))
