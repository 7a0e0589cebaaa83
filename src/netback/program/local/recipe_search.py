"""Local search over the recipes of the pools of a network without arcs between pools.

========== =========================================================================================================
dive       pools without a recipe get one after another: those whose flows in the blending relaxation have one mix get
           it, else one or a few pools get the mix of all they send, or of what they send to one output, and the rest
           is solved again. From all pools free this makes a plan from nothing; costs moved at random make others.
polish     successive linear programming: a step of all recipes and flows to first order within a trust region, kept if
           the best flows of the new recipes are worth more
settle     the pools' mixes in the blending relaxation, which miss qualities, are moved by a successive linear program
           with a price on what is missed that rises until nothing is
serve      pools without a recipe get the mix that is best for one output, the one that gains most, then for the next
neighbours some pools of the best plan lose their recipe and get another in one of these ways
guess      the mixes of a point of the relaxation, narrowed or branched on by then, are taken, or settled as those of
           the blending relaxation are
========== =========================================================================================================

Dives after the rounding of Dey and Gupte, Analysis of MILP techniques for the pooling problem, Operations Research 63
(2015); neighbours after Audet, Brimberg, Hansen, Le Digabel, Mladenovic, Management Science 50 (2004), section 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from netback.program.index import IntArray
from netback.program.local.live import Clock
from netback.program.local.recipes import Mix, Recipes, spread, sums
from netback.program.pooling.paths import Paths
from netback.program.problem import BoolArray, FloatArray

#: First and least trust radius of shares, and the most steps of one polish.
RADIUS, LEAST_RADIUS, STEPS = 0.3, 1e-4, 60
#: Steps that gain less than this part of the value end a polish.
WORTH = 1e-6
#: The same while qualities have a price.
SOFT_WORTH = 1e-4
#: A pool has one mix when its paths are this near to one, as a part of its throughput.
ONE_MIX = 1e-6
#: Part of the free pools that gets a recipe at each turn of a dive, and how often it is the mix of all outputs.
TURN, ALL_OUTPUTS = 0.15, 0.6
#: How far costs are moved at random in dives after the first.
PERTURBED = 0.3
#: How often the mixes that a plan is settled from are moved at random.
SHAKEN = 0.3
#: Prices of a missed quality in turn, in times of its multiplier in the relaxation, and the least one of the largest.
PRICES, LEAST_PRICE = (0.5, 2.0, 8.0, 64.0), 0.01
#: What is missed counts as nothing below this; whoever takes a plan checks it.
MET = 1e-7
#: Small steps that take away what is still missed, and how far they move a share.
CORRECTIONS, CORRECTION_RADIUS = 3, 0.02
#: Up to which part a gain is lowered at random when outputs are served.
GREED = 0.3
Way = Literal["new", "settle", "dive", "serve"]
WAYS: tuple[Way, ...] = get_args(Way)
#: The starts that begin a search, how often later ones follow the best of them, and the pools of small neighbourhoods.
FIRST: tuple[Way, ...] = ("settle", "serve", "settle", "serve", "settle")
BETTER_START = 0.75
SIZES = (1, 2, 3, 4, 6)
#: Rounds in vain after which a search goes on elsewhere, and how often that is another start and not the best plan.
STALE, ANOTHER = 40, 0.6
#: A neighbour is polished unless it is worse than the plan by more than this part.
HOPE = 0.1


@dataclass(frozen=True, eq=False)
class Plan:
    """Shares of every arc into a pool (E,), the best flows with them, and their cost."""

    shares: FloatArray
    mix: Mix

    @property
    def cost(self) -> float:
        """With the price of what lower limits are missed by."""
        return self.mix.cost


class RecipeSearch:
    """One search; the same seed gives the same plans unless time runs out.

    Parameters
    ----------
    paths
        Of the network.
    seed
        Of all random choices.
    clock
        When to stop.
    offer
        Takes the arc flows (A,) of a plan and the way it was found.
    guess
        Gives the arc flows (A,) of a point of a relaxation, or None where there is no new one.
    """

    def __init__(
        self,
        paths: Paths,
        seed: int,
        clock: Clock,
        offer: Callable[[FloatArray, str], object],
        guess: Callable[[], FloatArray | None] | None = None,
    ) -> None:
        self.best: Plan | None = None
        self._now: Plan | None = None
        self._stale = 0
        self._started: dict[Way, float] = {"settle": math.inf, "serve": math.inf}
        self.paths, self.recipes = paths, Recipes(paths)
        self.clock, self.offer = clock, offer
        self._guess = guess
        self._prices: FloatArray | None = None
        self.random = np.random.default_rng(seed)
        self.pools = len(paths.instance.pools)
        self._spent, self._wins = dict.fromkeys(WAYS, 0), dict.fromkeys(WAYS, 0)
        self._inner = np.flatnonzero(paths.pool >= 0)

    def run(self, patience: int | None = None) -> Plan | None:
        """Search until the clock is over, or so many rounds in a row have brought no better plan."""
        count = idle = 0
        while not self.clock.is_over() and (patience is None or idle < patience):
            best = math.inf if self.best is None else self.best.cost
            self._round(count)
            idle = 0 if self.best is not None and self.best.cost < best else idle + 1
            count += 1
        return self.best

    def _round(self, number: int) -> None:
        """A start, or a try to make the plan at hand better; after many in vain from another start or the best plan."""
        if self._stale >= STALE:
            self._now, self._stale = (None if self.random.random() < ANOTHER else self.best), 0
        now, before = self._now, self.recipes.iterations
        if number % 2 and (guessed := self._from_guess()) is not None:
            self._follow(guessed)
            return
        way = "new" if now is None or number < len(FIRST) else self._way()
        found = self._start(number) if way == "new" or now is None else self._neighbour(way, now)
        better = False
        if found is not None and (now is None or found.cost <= now.cost + HOPE * abs(now.cost)):
            found = self.polish(found)
            better = now is None or found.cost < now.cost - WORTH * max(1.0, abs(now.cost))
            self._now = found if better else now
            self._note(found, f"recipes, {way}")
        self._stale = 0 if better else self._stale + 1
        self._spent[way] += self.recipes.iterations - before
        self._wins[way] += better

    def _from_guess(self) -> Plan | None:
        """A plan from the mixes of a relaxation's point, where there is a new one and prices are known."""
        flows = self._guess() if self._guess is not None and self._prices is not None else None
        if flows is None:
            return None
        shares = self.recipes.of(flows)
        mix = Mix(math.inf, np.zeros(len(self.paths)), flows[self.paths.draws], np.zeros(0), 0.0, np.zeros(0))
        plans = self._plan(shares), self._settled(Plan(shares, mix), np.asarray(self._prices))
        return min((plan for plan in plans if plan is not None), key=lambda plan: plan.cost, default=None)

    def _follow(self, plan: Plan) -> None:
        """Polish a plan and go on from it where it is better than the one at hand."""
        plan = self.polish(plan)
        if self._now is None or plan.cost < self._now.cost - WORTH * max(1.0, abs(self._now.cost)):
            self._now, self._stale = plan, 0
        self._note(plan, "recipes, guess")

    def _way(self) -> Way:
        """Ways that brought better plans with few simplex iterations come more often."""
        total = 1.0 + sum(self._spent.values())
        worth = np.array([(self._wins[way] + 1.0) / (self._spent[way] / total + 0.1) for way in WAYS])
        return WAYS[int(self.random.choice(len(WAYS), p=worth / worth.sum()))]

    def _start(self, number: int) -> Plan | None:
        """A plan from nothing, later rather in the way that brought the best one so far."""
        none = self.recipes.normal(np.zeros(len(self.paths.feeds)))
        every = np.ones(self.pools, dtype=bool)
        how = FIRST[number % len(FIRST)]
        if number >= len(FIRST) and self.random.random() < BETTER_START:
            how = min(self._started, key=self._started.__getitem__)
        plan = self.serve(none, every) if how == "serve" else self.settle(none, every, self._costs(number))
        if plan is not None:
            self._started[how] = min(self._started[how], plan.cost)
        return plan

    def _neighbour(self, way: Way, now: Plan) -> Plan | None:
        """A plan with the recipes of some pools made anew."""
        if way == "settle":
            free = self._neighbourhood(max(1, round(self.random.uniform(0.1, 0.7) * self.pools)))
            return self.settle(now.shares, free, self._moved_costs())
        free = self._neighbourhood(min(self.pools, int(self.random.choice(SIZES))))
        if way == "dive":
            return self.dive(now.shares, free, now.cost - WORTH * max(1.0, abs(now.cost)))
        return self.serve(now.shares, free)

    def _costs(self, number: int) -> FloatArray | None:
        """Costs of the paths, moved at random but for the first time."""
        return self._moved_costs() if number else None

    def _moved_costs(self) -> FloatArray:
        cost = self.paths.cost
        return np.asarray(cost * (1.0 + PERTURBED * (2.0 * self.random.random(len(cost)) - 1.0)))

    def _plan(self, shares: FloatArray, prices: FloatArray | None = None) -> Plan | None:
        mix = self.recipes.fixed(shares, self.clock, prices)
        return None if mix is None else Plan(shares, mix)

    def _note(self, plan: Plan, how: str) -> None:
        """Offer a plan that is the best so far."""
        if self.best is not None and plan.cost >= self.best.cost:
            return
        self.best = plan
        if plan.mix.missing <= MET:
            self.offer(self.recipes.arc_flows(plan.mix, plan.shares), how)

    def dive(
        self, shares: FloatArray, free: BoolArray, worth: float = math.inf, cost: FloatArray | None = None
    ) -> Plan | None:
        """Give recipes to the pools marked (L,); None where the relaxation is worth no more than ``worth``."""
        shares, free = shares.copy(), free.copy()
        while free.any() and not self.clock.is_over():
            mix = self.recipes.free(shares, free, self.clock, cost)
            if mix is None or (cost is None and mix.cost >= worth):
                return None
            away, through = spread(self.paths, mix.amounts)
            used = free & (through > 0.0)
            into, _ = self._through(mix)
            mixed = self.recipes.normal(into)
            one_mix = used & (away <= ONE_MIX * through)
            left = np.flatnonzero(used & ~one_mix)
            self._set(shares, np.flatnonzero(one_mix), mixed)
            free &= ~one_mix
            if not len(left):
                break
            for pool in self._chosen(left, away[left], through[left]).tolist():
                self._set(shares, np.array([pool]), mixed if self._all() else self._of_one_output(pool, mix))
                free[pool] = False
        return self._plan(shares)

    def serve(self, shares: FloatArray, free: BoolArray) -> Plan | None:
        """Give recipes to the pools marked (L,) for one output after another, each time the one that gains most.

        Gains are known from an earlier turn and found anew for the output that leads, which is served if it still does.
        """
        shares, free = shares.copy(), free.copy()
        base = self.recipes.free(shares, free, self.clock, output=-1)
        if base is None:
            return None
        heads = self.paths.output
        served = np.unique(heads[(self.paths.pool >= 0) & free[self.paths.pool]])
        gains = {int(output): math.inf for output in self.random.permutation(served)}
        value = base.cost
        while free.any() and gains and not self.clock.is_over():
            output = max(gains, key=gains.__getitem__)
            mix = self.recipes.free(shares, free, self.clock, output=output)
            gain = 0.0 if mix is None else (value - mix.cost)
            if mix is None or gain <= WORTH * max(1.0, abs(value)):
                del gains[output]
                continue
            gains[output] = gain * self.random.uniform(1.0 - GREED, 1.0)
            if gains[output] < max(gains.values()):
                continue
            into, _ = self._through(mix)
            through = sums(self.paths.feed_pool, into, self.pools)
            used = np.flatnonzero(free & (through > 0.0))
            self._set(shares, used, self.recipes.normal(into))
            free[used] = False
            value = mix.cost
            if not len(used):
                del gains[output]
        return self._plan(shares)

    def _all(self) -> bool:
        return bool(self.random.random() < ALL_OUTPUTS)

    def _chosen(self, left: IntArray, away: FloatArray, through: FloatArray) -> IntArray:
        """Pools that get a recipe now: few, rather those that are large or nearly have one."""
        count = max(1, round(TURN * len(left)))
        weight = through * np.clip(1.0 - 0.5 * away / through, 0.05, 1.0)
        found: IntArray = self.random.choice(left, count, replace=False, p=weight / weight.sum())
        return found

    def _set(self, shares: FloatArray, pools: IntArray, new: FloatArray) -> None:
        where = np.isin(self.paths.feed_pool, pools)
        shares[where] = new[where]

    def _of_one_output(self, pool: int, mix: Mix) -> FloatArray:
        """Shares (E,) in which a pool sends what it sends to one of its outputs, drawn by amount."""
        paths = self.paths
        here = np.flatnonzero(paths.pool == pool)
        amounts = mix.amounts[here]
        chosen = self.random.choice(len(here), p=amounts / amounts.sum())
        same = paths.draw[here] == paths.draw[here[chosen]]
        into = sums(paths.feed_place[here[same]], amounts[same], len(paths.feeds))
        return self.recipes.normal(into)

    def settle(self, shares: FloatArray, free: BoolArray, cost: FloatArray | None = None) -> Plan | None:
        """A plan from the relaxation without the recipes of the pools marked (L,).

        Their mixes are moved, with a price on missed qualities, until none is missed.
        """
        mix = self.recipes.free(shares, free, self.clock, cost)
        if mix is None:
            return None
        into, out = self._through(mix)
        mixed = shares.copy()
        new = self.recipes.normal(into)
        if cost is not None and self.random.random() < SHAKEN:
            new = self._shaken(new)
        self._set(mixed, np.flatnonzero(free), new)
        out = np.where(free[self.paths.draw_pool], out, mix.flows)
        dual = np.abs(mix.dual)
        prices = np.maximum(dual, LEAST_PRICE * float(np.max(dual[self.recipes.soft], initial=0.0)))
        if self._prices is None and free.all():
            self._prices = prices
        return self._settled(Plan(mixed, replace(mix, cost=math.inf, flows=out)), prices)

    def _settled(self, start: Plan, prices: FloatArray) -> Plan | None:
        """Mixes that miss qualities, moved with a price on that until none is missed."""
        plan: Plan | None = start
        for times in PRICES:
            if plan is None or self.clock.is_over():
                return None
            plan = self.polish(plan, times * prices)
            if plan.mix.missing <= MET:
                break
        return None if plan is None else self._corrected(plan)

    def _corrected(self, plan: Plan) -> Plan | None:
        """The best plan of the recipes, or of those a few small steps away, in which no quality is missed."""
        best, at = self._plan(plan.shares), plan
        for _ in range(CORRECTIONS if plan.mix.missing > MET else 0):
            step = self.recipes.step(at.shares, at.mix.flows, CORRECTION_RADIUS, self.clock)
            if step is None:
                break
            at = Plan(self.recipes.normal(np.clip(at.shares + step.change, 0.0, 1.0)), step)
            found = self._plan(at.shares)
            if found is not None and (best is None or found.cost < best.cost):
                best = found
        return best

    def _shaken(self, shares: FloatArray) -> FloatArray:
        """Shares moved far at random; a few others come in."""
        old, new = self.random.exponential(size=len(shares)), self.random.gamma(0.2, size=len(shares))
        return self.recipes.normal(shares * old + self.recipes.most * new)

    def _through(self, mix: Mix) -> tuple[FloatArray, FloatArray]:
        """Amounts on arcs into (E,) and out of pools (D,) of the paths of a program."""
        amounts = mix.amounts[self._inner]
        into = sums(self.paths.feed_place[self._inner], amounts, len(self.paths.feeds))
        out = sums(self.paths.draw_place[self._inner], amounts, len(self.paths.draws))
        return into, out

    def polish(self, plan: Plan, prices: FloatArray | None = None) -> Plan:
        """Successive linear programming from a plan to one that no small change of its recipes makes better."""
        radius = RADIUS
        if prices is not None and math.isfinite(plan.cost):
            plan = self._plan(plan.shares, prices) or plan
        for _ in range(STEPS):
            if radius < LEAST_RADIUS or self.clock.is_over():
                break
            step = self.recipes.step(plan.shares, plan.mix.flows, radius, self.clock, prices)
            if step is None:
                break
            expected = plan.cost - step.cost
            if expected <= (WORTH if prices is None else SOFT_WORTH) * max(1.0, abs(step.cost)):
                break
            new = self._plan(self.recipes.normal(np.clip(plan.shares + step.change, 0.0, 1.0)), prices)
            gain = -math.inf if new is None else plan.cost - new.cost
            if new is not None and gain > 0.0:
                plan = new
            radius = _next_radius(radius, gain, expected)
        return plan

    def _neighbourhood(self, count: int) -> BoolArray:
        """Pools (L,) to make anew: one at random and others that share its outputs."""
        paths = self.paths
        first = int(self.random.integers(self.pools))
        outputs = np.zeros(len(paths.instance.nodes), dtype=bool)
        heads = paths.instance.arc_head[paths.draws]
        outputs[heads[paths.draw_pool == first]] = True
        weight = np.bincount(paths.draw_pool, outputs[heads], self.pools) + 1e-3
        weight[first] = 0.0
        free = np.zeros(self.pools, dtype=bool)
        free[first] = True
        if count > 1:
            free[self.random.choice(self.pools, count - 1, replace=False, p=weight / weight.sum())] = True
        return free


def _next_radius(radius: float, gain: float, expected: float) -> float:
    """Wider after a step that gained most of what it promised, narrower after one that gained little."""
    if not math.isfinite(expected):
        return radius
    if gain > 0.5 * expected:
        return min(1.0, 2.0 * radius)
    return radius if gain > 0.1 * expected else radius / 4.0
