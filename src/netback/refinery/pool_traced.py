"""The traced form of a pool: its mix follows from the shares of the pool that it was made of.

For a pool s with families f (:mod:`netback.refinery.pool_traces`), each made of a pool r with shares of classes:

    made[f, u, p]    how much of r was made into what user u takes of family f     [uom of r]
    split[u, p]      part of the pool that user u takes, 0 to 1                    [-]

    flow(l, u) = sum over f of w[l, f] share[r, c(l)] made[f, u],      sum over u of made[f, u] = made[f]
    redundant: sum over c of share[r, c] made[f, u] = made[f, u]

where ``made[f]`` is what r, or the pool between, gives to the unit or the swing in question: a draw of r, or
``made`` of a user there. Where s has one family and nothing else, that is all: every user takes the mix of r. Else all
users take the same part of every family, and of every other class g:

    made[f, u] = split[u] made[f],   flow(g, u) = split[u] inlet[g],   sum over u of split[u] = 1

A whole row of tanks thus has the shares of one pool to choose and few splits, instead of shares or splits for every
tank; once the shares of r lie in narrow ranges so does every mix, whatever flows. It is the multi-commodity form
carried on through units of fixed yields; reference: Alfaki and Haugland, A multi-commodity flow formulation for the
generalized pooling problem, J. Glob. Optim. 56 (2013).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netback.refinery.build import Build, FloatArray, IntArray
from netback.refinery.pool_forms import Laid, add_flows, lay_out
from netback.refinery.pool_traces import TRACED, Family, Traced, traces
from netback.refinery.pools import Pool

#: Under what name a plan keeps the families of its pools.
_KEPT = "traces of pools"
#: What the traced pools are made of, by their places.
Traces = Mapping[int, Traced]


def mix_traced(build: Build, made: Sequence[Pool]) -> None:
    """Columns and rows of the pools in the traced form; to be called when all others are written."""
    if not any(pool.form == TRACED for pool in made):
        return
    laid = lay_out(build, made)
    found = build.once(_KEPT, lambda: traces(build, made))
    _families(build, laid, found)
    _classes(build, laid, found)
    _splits(build, laid, found)


def _given(build: Build, made: Sequence[Pool], found: Traces, family: Family) -> IntArray:
    """Column of what the pool before gives to a family, int (periods,) [uom of the root]."""
    if family.before is None:
        return build.ids_over_time("pool_draw", made[family.above].stream, family.user)
    return build.ids_over_time("pool_made", found[family.above].families[family.before].name, family.user)


def _made(build: Build, pool: Pool, family: Family) -> IntArray:
    """Columns ``pool_made`` of a family, int (users, periods)."""
    return np.stack([build.ids_over_time("pool_made", family.name, user) for user in pool.users])


def _families(build: Build, laid: Sequence[Laid], found: Traces) -> None:
    """Columns ``pool_made`` with their sums: over users what there is, over the shares of the root themselves."""
    every = [family for several in found.values() for family in several.families]
    keys = [(family.name, user) for family in every for user in laid[family.pool].users]
    build.variables("pool_made", ("family", "user"), keys)
    sums = build.constraints("pool_made_sum", ("family",), [(family.name,) for family in every], 0.0, 0.0)
    whole = build.constraints("pool_made_whole", ("family", "user"), keys, 0.0, 0.0)
    assert sums is not None
    assert whole is not None
    pools, start = [one.pool for one in laid], 0
    for place, family in enumerate(every):
        mine = _made(build, pools[family.pool], family)
        wholes = whole.ids[start : start + len(mine)]
        build.builder.add_terms(np.broadcast_to(sums.ids[place], mine.shape), mine, 1.0)
        build.builder.add_terms(sums.ids[place], _given(build, pools, found, family), -1.0)
        build.builder.add_terms(wholes, mine, 1.0)
        for label in laid[family.root].classes:
            _times(build, wholes, build.ids_over_time("pool_share", label), mine, -1.0)
        start += len(mine)


def _classes(build: Build, laid: Sequence[Laid], found: Traces) -> None:
    """Rows ``pool_made_mix``: the flows of every class follow from the shares of the roots."""
    every = [(place, number) for place, several in found.items() for number in several.classes]
    keys = [(laid[place].classes[number], user) for place, number in every for user in laid[place].users]
    mixed = build.constraints("pool_made_mix", ("lot", "user"), keys, 0.0, 0.0)
    assert mixed is not None
    start = 0
    for place, number in every:
        rows = mixed.ids[start : start + len(laid[place].users)]
        add_flows(build, rows, laid[place], number)
        for part in found[place].classes[number]:
            family = found[place].families[part.family]
            share = build.ids_over_time("pool_share", laid[family.root].classes[part.source])
            _times(build, rows, share, _made(build, laid[place].pool, family), -part.weights)
        start += len(rows)


def _times(
    build: Build, rows: IntArray, share: IntArray, amounts: IntArray, weights: FloatArray | float
) -> None:
    """Add one share times amounts (users, periods) to rows."""
    values = np.broadcast_to(weights, rows.shape)
    build.builder.add_products(rows, np.broadcast_to(share, rows.shape), amounts, values)


def _splits(build: Build, laid: Sequence[Laid], found: Traces) -> None:
    """Columns ``pool_split`` of the pools in which several families or other classes mix, and their rows."""
    others = {
        place: [number for number in range(len(laid[place].classes)) if number not in several.classes]
        for place, several in found.items()
    }
    mixing = [place for place, several in found.items() if len(several.families) > 1 or others[place]]
    if not mixing:
        return
    keys = [(laid[place].stream, user) for place in mixing for user in laid[place].users]
    split = build.variables("pool_traced_split", ("stream", "user"), keys, 0.0, 1.0)
    streams = [(laid[place].stream,) for place in mixing]
    whole = build.constraints("pool_traced_split_whole", ("stream",), streams, 1.0, 1.0)
    assert split is not None
    assert whole is not None
    own, start = {}, 0
    for number, place in enumerate(mixing):
        own[place] = split.ids[start : start + len(laid[place].users)]
        start += len(laid[place].users)
        build.builder.add_terms(np.broadcast_to(whole.ids[number], own[place].shape), own[place], 1.0)
    _split_families(build, laid, found, own)
    _split_others(build, laid, others, own)


def _split_families(build: Build, laid: Sequence[Laid], found: Traces, own: Mapping[int, IntArray]) -> None:
    """Rows ``pool_made_split``: every user takes his part of every family."""
    every = [family for place in own for family in found[place].families]
    keys = [(family.name, user) for family in every for user in laid[family.pool].users]
    rows = build.constraints("pool_made_split", ("family", "user"), keys, 0.0, 0.0)
    assert rows is not None
    pools, start = [one.pool for one in laid], 0
    for family in every:
        splits = own[family.pool]
        here = rows.ids[start : start + len(splits)]
        build.builder.add_terms(here, _made(build, pools[family.pool], family), 1.0)
        _times(build, here, _given(build, pools, found, family), splits, -1.0)
        start += len(splits)


def _split_others(
    build: Build, laid: Sequence[Laid], others: Mapping[int, list[int]], own: Mapping[int, IntArray]
) -> None:
    """Columns ``pool_other`` and rows for what belongs to no family: every user takes his part of that too."""
    every = [(place, number) for place in own for number in others[place]]
    if not every:
        return
    names = [(laid[place].classes[number],) for place, number in every]
    keys = [(laid[place].classes[number], user) for place, number in every for user in laid[place].users]
    inlet = build.variables("pool_other", ("lot",), names)
    sums = build.constraints("pool_other_sum", ("lot",), names, 0.0, 0.0)
    mixed = build.constraints("pool_other_split", ("lot", "user"), keys, 0.0, 0.0)
    assert inlet is not None
    assert sums is not None
    assert mixed is not None
    build.builder.add_terms(sums.ids, inlet.ids, -1.0)
    start = 0
    for at, (place, number) in enumerate(every):
        splits = own[place]
        rows = mixed.ids[start : start + len(splits)]
        add_flows(build, rows, laid[place], number)
        add_flows(build, np.broadcast_to(sums.ids[at], rows.shape), laid[place], number)
        _times(build, rows, inlet.ids[at], splits, -1.0)
        start += len(splits)


def complete_traced(build: Build, made: Sequence[Pool], splits: Sequence[FloatArray], x: FloatArray) -> None:
    """Put the columns ``pool_made`` into a plan (columns,) that has all flows and draws.

    ``splits`` say of every pool what part each user takes, (users, periods).
    """
    if not any(pool.form == TRACED for pool in made):
        return
    found = build.once(_KEPT, lambda: traces(build, made))
    waiting = [family for several in found.values() for family in several.families]
    done: set[str] = set()
    while waiting:
        # A family of a pool in between comes after the one that it was made of.
        ready = [
            one for one in waiting if one.before is None or found[one.above].families[one.before].name in done
        ]
        for family in ready:
            columns = _made(build, made[family.pool], family)
            x[columns] = splits[family.pool] * x[_given(build, made, found, family)]
            done.add(family.name)
        waiting = [family for family in waiting if family.name not in done]
