"""Which form the pools of a plan take, and what mix a plan has.

============== ================================================ ==========================================
form           the mix of every pool                            what the plan is
============== ================================================ ==========================================
segregated     none: every part can be used by itself           linear; no plant with pools earns more
fixed_recipe   held, as pool_recipes.csv or a linear plan says  linear; proven for these recipes only
recursion      found by distributive recursion                  local, with the gap to a relaxation
exact          chosen, with value and bound                     proven or with a stated gap
p, pq, source, as exact, in one form by name                    as exact
terminal, stp
============== ================================================ ==========================================
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netback.errors import Finding
from netback.program.problem import FloatArray
from netback.refinery.build import Build
from netback.refinery.pool_forms import EXACT_FORMS, chosen_forms, lay_out, mix
from netback.refinery.pool_traced import mix_traced
from netback.refinery.pools import Pool, pools

FORMS = ("segregated", "fixed_recipe", "recursion", *EXACT_FORMS)
#: Amounts below this part of the largest flow of a pool are rounding: the pool is empty.
_EMPTY = 1e-9


def pooled(build: Build, form: str) -> tuple[Pool, ...]:
    """Add the pools of a case to a plan that has everything else; nothing in the segregated form."""
    if form == "segregated":
        return ()
    made = pools(build)
    if not made:
        what = "no stream of pools.csv has several parts and several users, so nothing mixes: every form is the same."
        build.remarks.append(Finding("pools.csv", what, "", "warning"))
    if build.findings or not made:
        return tuple(made)
    if form == "fixed_recipe":
        _hold(build, made, recipes(build, made))
    else:
        made = chosen_forms(build, made, form)
        mix(build, made)
        mix_traced(build, made)
    return tuple(made)


def recipes(build: Build, made: Sequence[Pool]) -> list[FloatArray]:
    """Shares of the classes of every pool, float (classes, periods): stated, or else those of the segregated plan."""
    stated = [_stated(build, pool) for pool in made]
    if build.findings or all(shares is not None for shares in stated):
        return [np.zeros((0, 0)) if shares is None else shares for shares in stated]
    derived = _derived(build, made)
    return [d if s is None else s for s, d in zip(stated, derived, strict=True)]


def _stated(build: Build, pool: Pool) -> FloatArray | None:
    """Shares by pool_recipes.csv; None where no row speaks of the pool."""
    network = build.network
    table = network.case.table("pool_recipes")
    rows = [record for record in table.records if record["stream"] == pool.stream]
    if not rows:
        return None
    found = np.zeros((pool.matter.count, build.count))
    for period, name in enumerate(build.periods):
        named = [record for record in rows if record["period"] == name]
        for record in named or [record for record in rows if record["period"] is None]:
            where = table.where(record, "origin")
            lots = [
                lot
                for lot in pool.lots
                if record["origin"] in (*network.lots[lot].origins, network.labels[lot])
            ]
            classes = {int(pool.matter.classes[pool.lots.index(lot)]) for lot in lots}
            if len(classes) == 1:
                found[classes.pop(), period] += record["share"]
                continue
            origins = dict.fromkeys(
                origin
                for lot in pool.lots
                for origin in (network.lots[lot].origins or (network.labels[lot],))
            )
            what = f'"{record["origin"]}" is {"no part" if not lots else "several parts"} of pool "{pool.stream}".'
            build.findings.append(Finding(where, what, f"Its parts come from: {', '.join(origins)}."))
    whole = found.sum(axis=0)
    for period in np.flatnonzero(np.abs(whole - 1.0) > 1e-6).tolist():
        if not build.findings:
            what = f"the shares of {pool.stream} in {build.periods[period]} add up to {whole[period]:.6g}, not 1."
            where = table.where(rows[0], "share")
            build.findings.append(Finding(where, what, "Correct them, or leave all of them out."))
    return found


def _derived(build: Build, made: Sequence[Pool]) -> list[FloatArray]:
    """Shares that the pools have in the best segregated plan."""
    from netback.program.highs import Session

    problem = build.builder.build()
    raw = Session().solve(problem)
    x = np.zeros(problem.shape[1]) if raw.x is None else raw.x
    found = []
    for pool in made:
        amounts = class_amounts(pool, x)
        whole = amounts.sum(axis=0)
        over_all = amounts.sum(axis=1)
        fallback = (
            over_all / over_all.sum() if over_all.sum() > 0.0 else np.full(len(over_all), 1.0 / len(over_all))
        )
        full = whole > _EMPTY * max(1.0, float(whole.max(initial=0.0)))
        found.append(np.where(full, amounts / np.where(full, whole, 1.0), fallback[:, None]))
    return found


def class_amounts(pool: Pool, x: FloatArray) -> FloatArray:
    """What there is of every class in a plan (columns,), float (classes, periods) [uom of the stream]."""
    flows = sum(np.maximum(x[columns], 0.0) for columns in pool.users.values())
    groups = np.arange(pool.matter.count)[:, None] == pool.matter.classes[None, :]
    return np.asarray(groups.astype(np.float64) @ flows, dtype=np.float64)


def _hold(build: Build, made: Sequence[Pool], shares: Sequence[FloatArray]) -> None:
    """Rows ``pool_recipe[lot, user, period]``: flow(g, u) = share held x draw of u."""
    if build.findings:
        return
    laid = lay_out(build, made)
    keys = [(label, user) for one in laid for label in one.classes for user in one.users]
    rows = build.constraints("pool_recipe", ("lot", "user"), keys, 0.0, 0.0)
    assert rows is not None
    start = 0
    for one, held in zip(laid, shares, strict=True):
        for group in range(len(one.classes)):
            here = rows.ids[start : start + len(one.users)]
            start += len(one.users)
            weights = one.groups[group][:, None] - held[group][None, :]
            spread = np.broadcast_to(here[:, None, :], one.flows.shape)
            build.builder.add_terms(spread, one.flows, np.broadcast_to(weights, one.flows.shape))
