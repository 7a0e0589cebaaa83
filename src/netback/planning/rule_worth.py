"""What a rule of law is worth to a plan: by planning again as if it had been withdrawn.

    worth(R) = best margin without R  -  best margin of the plan

It is above zero where the rule keeps the planner from something, below where a cap makes a purchase cheaper. Several
rules may forbid the same trade, each of which alone changes nothing; so what stands in the way of one offer or sale is
also measured together.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netback.errors import DataError, NetbackError
from netback.planning.model import Model, build_plan
from netback.planning.solve import Plan
from netback.planning.trade_law import RuleEffect, without_rules
from netback.program.highs import Session

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Part of the margin below which a difference is rounding of the solver.
_ROUNDING = 1e-7
#: Volume below which nothing is traded [bbl].
_BARRELS = 1e-3


@dataclass(frozen=True)
class RuleWorth:
    """Rules that stand in the way of offers or sales, and what they cost the plan.

    ``worth`` is in currency of the case over the horizon, None where it was not measured. ``traded_bbl`` [bbl] is what
    the plan buys or sells of the offers and sales concerned, ``more_bbl`` [bbl] what it would buy or sell more without
    the rules; None where it was not measured or no density is known.
    """

    rules: tuple[str, ...]
    effects: tuple[RuleEffect, ...]
    worth: float | None = None
    traded_bbl: float | None = None
    more_bbl: float | None = None

    @property
    def binds(self) -> bool | None:
        """Whether the plan would be another without the rules; None where it was not measured."""
        return None if self.worth is None else self.worth != 0.0

    @property
    def worth_per_bbl(self) -> float | None:
        """Worth per barrel traded more, or per barrel traded where a cap only changes the price; None if neither."""
        if self.worth is None or self.more_bbl is None or self.traded_bbl is None:
            return None
        barrels = self.more_bbl if self.more_bbl > _BARRELS else self.traded_bbl
        return self.worth / barrels if self.worth and barrels > _BARRELS else None


def rule_worths(plan: Plan, most: int = 20, seconds: float | None = None) -> tuple[RuleWorth, ...]:
    """Worth of every rule that cuts an offer or a sale, and of all that cut the same one together.

    One plan each, at most ``most``, and none is begun after ``seconds`` [s] (unless told, ten times the solve and at
    least 10 s; none after a search that was stopped); what is left out, as plans with pools are, has no worth.
    """
    if seconds is None:
        seconds = 0.0 if plan.interrupted else max(10.0, 10.0 * plan.solve_seconds)
    end = time.monotonic() + seconds
    found: list[RuleWorth] = []
    for rules, effects in _groups(plan.model):
        told = RuleWorth(rules, effects)
        left = end - time.monotonic()
        if len(found) < most and left > 0.0 and plan.model.problem.is_linear:
            told = _measured(plan, told, left)
        found.append(told)
    return tuple(found)


def _groups(model: Model) -> Iterator[tuple[tuple[str, ...], tuple[RuleEffect, ...]]]:
    """Rules one by one in the order in which they were met, then those that stand together before one trade."""
    cut = [effect for effect in model.rule_effects if effect.is_cut and effect.rules]
    for rule in dict.fromkeys(name for effect in cut for name in effect.rules):
        yield (rule,), tuple(effect for effect in cut if rule in effect.rules)
    together: dict[tuple[str, ...], list[RuleEffect]] = {}
    for owner in dict.fromkeys((effect.kind, effect.name) for effect in cut):
        mine = [effect for effect in cut if (effect.kind, effect.name) == owner]
        rules = tuple(dict.fromkeys(name for effect in mine for name in effect.rules))
        if len(rules) > 1:
            together.setdefault(rules, []).extend(mine)
    for rules, effects in together.items():
        yield rules, tuple(effects)


def _measured(plan: Plan, told: RuleWorth, seconds: float) -> RuleWorth:
    try:
        model = build_plan(without_rules(plan.case, *told.rules), plan.model.pooling)
    except NetbackError:
        return told
    # Plans with ships are searched as they were planned, to the gap at which a plan counts as solved.
    shipped = bool(model.cargoes.slots)
    gap = 1e-6 if shipped else 1e-9
    raw = Session(search="light" if shipped else "full").solve(model.problem, time_limit=seconds, gap=gap)
    if raw.status != "optimal" or raw.x is None:
        return told
    before = float(plan.model.problem.objective @ plan.x)
    worth = float(model.problem.objective @ raw.x) - before
    if abs(worth) <= max(_ROUNDING, 2.0 * gap) * max(1.0, abs(before)):
        worth = 0.0
    before_bbl, after_bbl = _barrels(plan.model, plan.x, told), _barrels(model, raw.x, told)
    known = before_bbl is not None and after_bbl is not None
    more = after_bbl - before_bbl if before_bbl is not None and after_bbl is not None else None
    return RuleWorth(told.rules, told.effects, worth, before_bbl if known else None, more)


def _barrels(model: Model, x: FloatArray, told: RuleWorth) -> float | None:
    """What a point of a model buys, sells and loads of the trades concerned [bbl]; None where no density is known."""
    wanted = {(effect.kind, effect.name, effect.step, effect.period) for effect in told.effects}
    total = 0.0
    for key, lot, columns in _traded(model):
        for period, column in enumerate(columns):
            if (*key, period) not in wanted:
                continue
            try:
                total += float(x[column]) * model.network.factor(lot, "bbl")
            except DataError:
                return None
    return total


def _traded(model: Model) -> Iterator[tuple[tuple[str, str, str], int, IntArray]]:
    """Kind, name and step of what is bought, sold and loaded, its lot and its columns int (periods,)."""
    for kind, block in (("offer", "purchase"), ("sale", "sale")):
        made = model.build.blocks.get(block)
        lots = [(label, lot) for label, owned in _owners(model, kind) for lot in owned] if made else []
        for position, (label, lot) in enumerate(lots):
            assert made is not None
            yield (kind, *label), lot, made.ids[position]
    for position in range(len(model.cargoes.slots)):
        cargo = model.cargoes.cargo(position)
        yield ("cargo", cargo.name, ""), cargo.lot, model.build.blocks["cargo_loaded"].ids[position]


def _owners(model: Model, kind: str) -> Iterator[tuple[tuple[str, str], tuple[int, ...]]]:
    """Tranches or tiers with their lots, in the order of their columns."""
    if kind == "offer":
        yield from (((one.offer, one.tranche), (one.lot,)) for one in model.tranches)
    else:
        yield from (((one.sale, one.tier), one.lots) for one in model.tiers)
