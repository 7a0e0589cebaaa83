"""A parcel that throws recursion into another plan is not valued."""

from __future__ import annotations

import numpy as np
import pytest

from netback.planning.solve import plan
from netback.planning.worth import Prober
from netback.planning.worth_pooled import FAR, PooledProber
from pool_cases import haverly


@pytest.mark.parametrize(("times", "known"), [(0.5, True), (20.0 * FAR, False)])
def test_what_moves_the_margin_by_many_times_its_cost_is_not_known(
    monkeypatch: pytest.MonkeyPatch, times: float, known: bool
) -> None:
    made = plan(haverly(), pooling="exact")
    prober = PooledProber(made, 5.0)
    price = float(made.model.tranches[0].delivered[0])
    x = np.array(prober.x)
    column = int(np.flatnonzero(prober.problem.objective)[0])
    x[column] -= times * price / prober.problem.objective[column]
    monkeypatch.setattr(Prober, "moved", lambda *_: x)
    assert (prober.moved(0, 0, 1.0) is not None) is known
