"""What the first barrel of one period is worth, where nothing is whole: the slope of the best margin at none of it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import scipy.sparse as sparse

from netback.program.index import Index
from netback.program.problem import Block, Problem
from netback.studies.asked import Asked, Question
from netback.studies.lifts import Known, Lift, priced_by
from netback.studies.slopes import Slopes, slopes


def first_barrel(asked: Asked, question: Question, best: Known, base: Known, empty: Lift) -> Lift:
    """Worth of the first barrel by the slope at none of it, and of the last and next one of the best plan."""
    held = asked.held(question, with_it=False)
    columns = asked.columns(question)
    delivered = {
        tranche.offer: float(tranche.delivered[question.period]) for tranche in reversed(asked.model.tranches)
    }
    objective = held.objective.copy()
    for one in columns:
        objective[one.column] += delivered[one.offer]
    free = _with_amount(held.with_(objective=objective))
    at_none = slopes(free, np.append(base.x, 0.0), free.shape[1] - 1).next
    if at_none is None:
        return replace(empty, word="out of reach")

    def headroom(at_gate: float, offer: str) -> float:
        return (at_gate - delivered[offer]) / (1.0 + asked.share(offer, question.period))

    offer = max((one.offer for one in columns), key=lambda name: headroom(at_none, name))
    at_plan = Slopes(None, None)
    if empty.planned > 0.0:
        at_plan = slopes(free, np.append(best.x, empty.planned), free.shape[1] - 1)
    scale = empty.per_volume
    price = asked.record(offer, question.period)[1]
    lift = priced_by(asked, question, offer, replace(empty, price=price / scale))
    rise = headroom(at_none, offer) / scale
    ends = [None if end is None else lift.price + headroom(end, offer) / scale for end in _ends(at_plan)]
    even = 1e-7 * max(1.0, abs(lift.price))
    return replace(
        lift,
        word="lift" if rise > even else "leave" if rise < -even else "cannot tell",
        volume=0.0,
        headroom=rise,
        low=lift.price + rise,
        high=lift.price + rise,
        landed=delivered[offer] / scale,
        worth=at_none / scale,
        margin_without=base.value,
        next=ends[0],
        last=ends[1],
        plans=(),
    )


def _ends(found: Slopes) -> tuple[float | None, float | None]:
    return found.next, found.last


def _with_amount(held: Problem) -> Problem:
    """The program whose last row, the amount asked, reaches into a further column that slopes can move."""
    rows, width = held.shape
    column = sparse.csr_array(([-1.0], ([rows - 1], [0])), shape=(rows, 1))
    row_lower, row_upper = held.row_lower.copy(), held.row_upper.copy()
    row_lower[-1] = row_upper[-1] = 0.0
    return held.with_(
        matrix=sparse.csr_array(sparse.hstack([held.matrix, column])),
        objective=np.append(held.objective, 0.0),
        row_lower=row_lower,
        row_upper=row_upper,
        column_lower=np.append(held.column_lower, 0.0),
        column_upper=np.append(held.column_upper, math.inf),
        integer=np.append(held.integer, False),
        column_blocks=(*held.column_blocks, Block("amount", Index.scalar(), width)),
    )
