"""The forms of a pool: the same plans, written with different products and bounded differently well.

For a pool s with classes of lots g (weights 1 for the lots of g), users u and periods p; flow(g, u, p) is the sum over
the lots of a class of the columns that the other blocks made:

    share[g, p]      part of the pool that is class g, 0 to 1              [-]
    split[u, p]      part of the pool that user u takes, 0 to 1            [-]
    quality[k, p]    quality k of the mix                                  [its weight per uom of the stream]
    draw[u, p]       what user u takes                                     [uom of the stream]
    inlet[g, p]      what there is of class g                              [uom of the stream]
    total[p]         what there is of all                                  [uom of the stream]

source (multi-commodity)
    flow(g, u) = share[g] draw[u],  sum over g of share[g] = 1
    redundant: draw[u] = sum over g of flow(g, u);  total = sum over u of draw[u];  inlet(g) = share[g] total
terminal
    flow(g, u) = split[u] inlet[g],  sum over u of split[u] = 1
    redundant: inlet[g] = sum over u of flow(g, u);  total = sum over g of inlet[g];  draw(u) = split[u] total
stp
    both at once; the strongest relaxation and the most products
pq
    as source, but with a share for every inlet i of the pool (a run, a purchase, a swing, the stock of before), of
    which class g is the sum: flow(g, u) = sum over i of g of share[i] draw[u]
    redundant: sum over u of share[i] draw[u] = what flows in by i;  sum over i of share[i] draw[u] = draw[u]
traced
    shares of the pool that this one was made of, see :mod:`netback.refinery.pool_traced`
p
    sum over lots of weight(k, l) flow(l, u) = quality[k] draw[u], for every quality that matters
    redundant: sum over u of the same = quality[k] total

Redundant rows that make the share forms tight (a row times a share, the product being a flow of the program already):

    sum over u of a[u] draw[u] <= b      gives      sum over u of a[u] flow(g, u) <= b share[g]     for every g

for every row of the plan over flows out of one pool alone that does not tell its lots apart: capacities of units,
limits of tanks and sales. And where all that is in a pool was made of one other pool, with yields that are the same for
all its classes, its shares are the shares of that pool (``pool_pass``).

Reference: Haverly (1978) for p; Tawarmalani and Sahinidis (2002), ch. 9 for pq; Alfaki and Haugland, Strong
formulations for the pooling problem, J. Glob. Optim. 56 (2013) for source, terminal and stp; Sherali and Adams, A
Reformulation-Linearization Technique (1999) for the redundant rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from netback.refinery.build import Build, FloatArray, IntArray
from netback.refinery.pool_inlets import Inlet, inlets_of
from netback.refinery.pool_traces import TRACED, with_traced
from netback.refinery.pools import Pool

#: Forms that hold the plans of a mixing plant exactly. ``exact`` leaves the choice to the program.
EXACT_FORMS = ("exact", "p", "pq", "source", "terminal", "stp")
#: Which parts make a form of one pool.
_PARTS = {
    "p": ("quality",),
    "pq": ("inlet_share",),
    "source": ("share",),
    "terminal": ("split",),
    "stp": ("share", "split"),
    TRACED: (),
}


@dataclass(frozen=True, eq=False)
class Laid:
    """A pool with its labels: flows int (users, lots, periods), ``groups`` float (classes, lots)."""

    pool: Pool
    classes: tuple[str, ...]
    flows: IntArray
    groups: FloatArray

    @property
    def stream(self) -> str:
        """The pooled stream."""
        return self.pool.stream

    @property
    def users(self) -> tuple[str, ...]:
        """Names of the users, in the order of the flows."""
        return tuple(self.pool.users)


def lay_out(build: Build, made: Sequence[Pool]) -> list[Laid]:
    """Pools with their labels and flows."""
    found = []
    for pool in made:
        groups = (np.arange(pool.matter.count)[:, None] == pool.matter.classes[None, :]).astype(np.float64)
        flows = np.stack(list(pool.users.values()))
        found.append(Laid(pool, pool.class_labels(build.network), flows, groups))
    return found


def chosen_forms(build: Build, made: Sequence[Pool], form: str) -> list[Pool]:
    """Pools with the form in which each is written; ``exact`` and ``recursion`` choose it pool by pool.

    In ``exact`` a pool that was made of others is traced back to them, since that leaves the least to choose.
    """
    if form == "recursion":
        form = "source"
    if form != "exact":
        return [replace(pool, form=form) for pool in made]
    return with_traced(build, [replace(pool, form=_fitting(pool)) for pool in made])


def _fitting(pool: Pool) -> str:
    """The form of one pool by itself: shares of classes where a stock carries its mix on, else the fewest columns.

    Shares of classes and shares of users both add up to one, and holding either makes the pool linear; the fewer they
    are, the smaller is the tree. A stock ties the mix of one period to that of the next, which the split does not see.
    """
    return "source" if pool.is_kept or len(pool.users) >= pool.matter.count else "terminal"


def mix(build: Build, made: Sequence[Pool]) -> None:
    """Columns and rows of all pools, each in its form; those in the traced form get their sums alone."""
    if not made:
        return
    laid = lay_out(build, made)
    _totals(build, laid)

    def having(part: str) -> list[Laid]:
        return [one for one in laid if part in _PARTS[one.pool.form]]

    for part, write in (
        ("share", _shares), ("split", _splits), ("inlet_share", _inlet_shares), ("quality", _qualities)
    ):  # fmt: skip
        if chosen := having(part):
            write(build, chosen)


def _totals(build: Build, laid: list[Laid]) -> None:
    """Columns ``pool_draw``, ``pool_total`` and the rows that add flows up to them."""
    users = [(one.stream, user) for one in laid for user in one.users]
    draw = build.variables("pool_draw", ("stream", "user"), users)
    total = build.variables("pool_total", ("stream",), [(one.stream,) for one in laid])
    rows = build.constraints("pool_draw_sum", ("stream", "user"), users, 0.0, 0.0)
    sums = build.constraints("pool_total_sum", ("stream",), [(one.stream,) for one in laid], 0.0, 0.0)
    assert draw is not None
    assert total is not None
    assert rows is not None
    assert sums is not None
    build.builder.add_terms(rows.ids, draw.ids, -1.0)
    build.builder.add_terms(sums.ids, total.ids, -1.0)
    start = 0
    for place, one in enumerate(laid):
        here = slice(start, start + len(one.users))
        build.builder.add_terms(np.broadcast_to(rows.ids[here][:, None, :], one.flows.shape), one.flows, 1.0)
        mine = draw.ids[here]
        build.builder.add_terms(np.broadcast_to(sums.ids[place], mine.shape), mine, 1.0)
        start = here.stop


def _draws(build: Build, one: Laid) -> IntArray:
    """Ids of ``pool_draw`` of a pool, int (users, periods)."""
    return np.stack([build.ids_over_time("pool_draw", one.stream, user) for user in one.users])


def _total(build: Build, one: Laid) -> IntArray:
    """Ids of ``pool_total`` of a pool, int (periods,)."""
    return build.ids_over_time("pool_total", one.stream)


def add_flows(build: Build, rows: IntArray, one: Laid, number: int) -> None:
    """Add flow(g, u) of one class to rows int (users, periods)."""
    for lot in np.flatnonzero(one.groups[number]).tolist():
        build.builder.add_terms(rows, one.flows[:, lot, :], 1.0)


def _grouped(build: Build, rows: IntArray, one: Laid) -> None:
    """Add flow(g, u) to rows int (classes, users, periods)."""
    for number in range(len(one.classes)):
        add_flows(build, rows[number], one, number)


def _shares(build: Build, laid: list[Laid]) -> None:
    """Shares of classes: ``pool_share``, ``pool_mix`` and what makes them tight."""
    keys = [(label,) for one in laid for label in one.classes]
    share = build.variables("pool_share", ("lot",), keys, 0.0, 1.0)
    pairs = [(label, user) for one in laid for label in one.classes for user in one.users]
    mixed = build.constraints("pool_mix", ("lot", "user"), pairs, 0.0, 0.0)
    whole = build.constraints("pool_whole", ("stream",), [(one.stream,) for one in laid], 1.0, 1.0)
    inlet = build.constraints("pool_inlet_mix", ("lot",), keys, 0.0, 0.0)
    assert share is not None
    assert mixed is not None
    assert whole is not None
    assert inlet is not None
    start = row = 0
    own: list[IntArray] = []
    for place, one in enumerate(laid):
        draws = _draws(build, one)
        count, users = len(one.classes), len(one.users)
        shares, inlets = share.ids[start : start + count], inlet.ids[start : start + count]
        rows = mixed.ids[row : row + count * users].reshape(count, users, build.count)
        _grouped(build, rows, one)
        _multiply(build, rows, shares[:, None, :], draws[None, :, :])
        build.builder.add_terms(np.broadcast_to(whole.ids[place], shares.shape), shares, 1.0)
        _grouped(build, np.broadcast_to(inlets[:, None, :], rows.shape), one)
        _multiply(build, inlets, shares, _total(build, one))
        own.append(shares)
        start, row = start + count, row + count * users
    _limits_times_shares(build, laid, own)
    _passed_on(build, laid, own)


def _multiply(build: Build, rows: IntArray, first: IntArray, second: IntArray) -> None:
    """Take the product of two columns off rows; ids broadcast to the shape of the rows."""
    one, other = np.broadcast_to(first, rows.shape), np.broadcast_to(second, rows.shape)
    build.builder.add_products(rows, one, other, -1.0)


def _splits(build: Build, laid: list[Laid]) -> None:
    """Shares of users: ``pool_split``, ``pool_inlet`` and their rows; with shares of classes both hold."""
    users = [(one.stream, user) for one in laid for user in one.users]
    classes = [(label,) for one in laid for label in one.classes]
    split = build.variables("pool_split", ("stream", "user"), users, 0.0, 1.0)
    inlet = build.variables("pool_inlet", ("lot",), classes)
    pairs = [(label, user) for one in laid for label in one.classes for user in one.users]
    mixed = build.constraints("pool_split_mix", ("lot", "user"), pairs, 0.0, 0.0)
    whole = build.constraints("pool_split_whole", ("stream",), [(one.stream,) for one in laid], 1.0, 1.0)
    sums = build.constraints("pool_inlet_sum", ("lot",), classes, 0.0, 0.0)
    drawn = build.constraints("pool_draw_mix", ("stream", "user"), users, 0.0, 0.0)
    assert split is not None
    assert inlet is not None
    assert mixed is not None
    assert whole is not None
    assert sums is not None
    assert drawn is not None
    build.builder.add_terms(sums.ids, inlet.ids, -1.0)
    start = row = user = 0
    for place, one in enumerate(laid):
        count, width = len(one.classes), len(one.users)
        splits, inlets = split.ids[user : user + width], inlet.ids[start : start + count]
        rows = mixed.ids[row : row + count * width].reshape(count, width, build.count)
        _grouped(build, rows, one)
        _multiply(build, rows, splits[None, :, :], inlets[:, None, :])
        build.builder.add_terms(np.broadcast_to(whole.ids[place], splits.shape), splits, 1.0)
        _grouped(build, np.broadcast_to(sums.ids[start : start + count][:, None, :], rows.shape), one)
        build.builder.add_terms(drawn.ids[user : user + width], _draws(build, one), 1.0)
        _multiply(build, drawn.ids[user : user + width], splits, _total(build, one))
        start, row, user = start + count, row + count * width, user + width


def _inlet_shares(build: Build, laid: list[Laid]) -> None:
    """Shares of inlets, as in the pq form: ``pool_inlet_share``, ``pool_mix`` and the redundant sums."""
    ways = [inlets_of(build, one.pool) for one in laid]
    keys = [(one.stream, way.name) for one, several in zip(laid, ways, strict=True) for way in several]
    share = build.variables("pool_inlet_share", ("stream", "inlet"), keys, 0.0, 1.0)
    pairs = [(label, user) for one in laid for label in one.classes for user in one.users]
    mixed = build.constraints("pool_mix", ("lot", "user"), pairs, 0.0, 0.0)
    streams = [(one.stream,) for one in laid]
    whole = build.constraints("pool_whole", ("stream",), streams, 1.0, 1.0)
    sums = build.constraints("pool_inlet_flow", ("stream", "inlet"), keys, 0.0, 0.0)
    assert share is not None
    assert mixed is not None
    assert whole is not None
    assert sums is not None
    start = row = 0
    for place, (one, several) in enumerate(zip(laid, ways, strict=True)):
        draws = _draws(build, one)
        count, users = len(one.classes), len(one.users)
        rows = mixed.ids[row : row + count * users].reshape(count, users, build.count)
        _grouped(build, rows, one)
        shares = share.ids[start : start + len(several)]
        for way, mine in zip(several, shares, strict=True):
            number = int(one.pool.matter.classes[one.pool.lots.index(way.lot)])
            _multiply(build, rows[number], mine[None, :], draws)
        build.builder.add_terms(np.broadcast_to(whole.ids[place], shares.shape), shares, 1.0)
        _inflows(build, several, sums.ids[start : start + len(several)], shares, draws)
        start, row = start + len(several), row + count * users


def _inflows(
    build: Build, several: Sequence[Inlet], rows: IntArray, shares: IntArray, draws: IntArray
) -> None:
    """What flows in by an inlet is its share of all that is drawn."""
    for place, way in enumerate(several):
        known = way.columns >= 0
        build.builder.add_terms(rows[place][known], way.columns[known], way.weights[known])
        spread = np.broadcast_to(rows[place], draws.shape)
        _multiply(build, spread, shares[place][None, :], draws)


def _qualities(build: Build, laid: list[Laid]) -> None:
    """Qualities of mixes: ``pool_quality``, ``pool_quality_mix`` and the redundant sum over all users."""
    kinds = [(one.stream, quality) for one in laid for quality in one.pool.matter.qualities]
    keys = [(stream, quality.name) for stream, quality in kinds]
    low = np.array([quality.weights.min() for _, quality in kinds])[:, None]
    high = np.array([quality.weights.max() for _, quality in kinds])[:, None]
    column = build.variables("pool_quality", ("stream", "quality"), keys, low, high)
    pairs = [
        (one.stream, quality.name, user)
        for one in laid
        for quality in one.pool.matter.qualities
        for user in one.users
    ]
    mixed = build.constraints("pool_quality_mix", ("stream", "quality", "user"), pairs, 0.0, 0.0)
    sums = build.constraints("pool_quality_sum", ("stream", "quality"), keys, 0.0, 0.0)
    assert column is not None
    assert mixed is not None
    assert sums is not None
    start = row = 0
    for one in laid:
        draws = _draws(build, one)
        for quality in one.pool.matter.qualities:
            rows = mixed.ids[row : row + len(one.users)]
            weights = quality.weights[None, :, None]
            for target in (rows[:, None, :], sums.ids[start][None, None, :]):
                spread = np.broadcast_to(target, one.flows.shape)
                build.builder.add_terms(spread, one.flows, np.broadcast_to(weights, one.flows.shape))
            _multiply(build, rows, column.ids[start][None, :], draws)
            _multiply(build, sums.ids[start], column.ids[start], _total(build, one))
            start, row = start + 1, row + len(one.users)


def _limits_times_shares(build: Build, laid: list[Laid], shares: list[IntArray]) -> None:
    """Rows over flows out of one pool alone, times every share: ``pool_limit``."""
    problem = build.builder.build()
    matrix = problem.matrix
    sizes = np.diff(matrix.indptr)
    finite = np.isfinite(problem.row_lower) | np.isfinite(problem.row_upper)
    bounded = finite & ~((problem.row_lower == 0.0) & (problem.row_upper == 0.0))
    found: list[tuple[int, int, int, FloatArray]] = []
    for number, one in enumerate(laid):
        for period in range(build.count):
            columns = one.flows[:, :, period]
            part = matrix[:, columns.ravel()].tocsr()
            mine = np.diff(part.indptr)
            # A row that takes every lot of some users, and nothing else.
            for row in np.flatnonzero((mine > 0) & (mine == sizes) & bounded).tolist():
                weights = part[[row]].toarray().reshape(columns.shape)
                if np.allclose(weights, weights[:, :1], rtol=1e-12, atol=0.0):
                    found.append((number, period, row, weights[:, 0]))
    _write_limits(build, laid, shares, found)


def _write_limits(
    build: Build,
    laid: list[Laid],
    shares: list[IntArray],
    found: list[tuple[int, int, int, FloatArray]],
) -> None:
    problem = build.builder.build()
    for side, ends in (("max", problem.row_upper), ("min", problem.row_lower)):
        kept = [one for one in found if np.isfinite(ends[one[2]]) and (side == "max" or ends[one[2]] > 0.0)]
        keys = [
            (problem.row_label(row), label) for number, _, row, _ in kept for label in laid[number].classes
        ]
        if not keys:
            continue
        bounds = (-np.inf, 0.0) if side == "max" else (0.0, np.inf)
        rows = build.constraints(f"pool_limit_{side}", ("row", "lot"), keys, *bounds, periods=("share",))
        assert rows is not None
        place = 0
        for number, period, row, weights in kept:
            one = laid[number]
            for group in range(len(one.classes)):
                target = rows.ids[place, 0]
                lots = np.flatnonzero(one.groups[group])
                for lot in lots:
                    build.builder.add_terms(target, one.flows[:, lot, period], weights)
                build.builder.add_terms(target, shares[number][group, period], -float(ends[row]))
                place += 1


def _passed_on(build: Build, laid: list[Laid], shares: list[IntArray]) -> None:
    """Pools whose inlets all come from one other pool with even yields have its shares: ``pool_pass``."""
    place = {one.stream: number for number, one in enumerate(laid)}
    for number, one in enumerate(laid):
        source = _only_source(build, laid, place, one)
        if source is None:
            continue
        other, turned = source
        keys = [(label,) for label in one.classes]
        rows = build.constraints(f"pool_pass_{one.stream}", ("lot",), keys, 0.0, 0.0)
        assert rows is not None
        build.builder.add_terms(rows.ids, shares[number], -1.0)
        for theirs, mine in enumerate(turned):
            build.builder.add_terms(rows.ids[mine], shares[other][theirs], 1.0)


def _only_source(
    build: Build, laid: list[Laid], place: dict[str, int], one: Laid
) -> tuple[int, list[int]] | None:
    """The pool of which all in this one was made with even yields, and the class that each of its classes becomes."""
    ways = inlets_of(build, one.pool)
    feeds = {build.network.lots[way.feed].stream if way.feed is not None else "" for way in ways}
    name = feeds.pop() if len(feeds) == 1 else ""
    if name not in place or name == one.stream:
        return None
    other = laid[place[name]]
    turned: dict[int, int] = {}
    yields: dict[str, float] = {}
    for way in ways:
        assert way.feed is not None
        theirs = int(other.pool.matter.classes[other.pool.lots.index(way.feed)])
        mine = int(one.pool.matter.classes[one.pool.lots.index(way.lot)])
        rate = float(way.weights[0])
        if turned.setdefault(theirs, mine) != mine:
            return None
        if abs(yields.setdefault(way.by, rate) - rate) > 1e-12 * abs(rate) or np.ptp(way.weights) > 0.0:
            return None
    taken = Counter(way.by for way in ways)
    if len(turned) < len(other.classes) or any(n != len(other.pool.lots) for n in taken.values()):
        return None
    return place[name], [turned[k] for k in range(len(other.classes))]
