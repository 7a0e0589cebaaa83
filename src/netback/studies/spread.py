"""How wide a break-even price is: its spread over all uncertain inputs, and which input moves it most.

Every sample and every end of a range is a whole plan: built, solved without the crude and with each volume of it. Its
worth at the gate becomes a price on the basis of the offer by the freight and other items of that same sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from netback.case.case import Case
from netback.errors import NetbackError
from netback.program.problem import FloatArray
from netback.studies.run import run_all
from netback.studies.sampling import latin_hypercube
from netback.studies.uncertain import Uncertain, uncertain_inputs, with_inputs
from netback.studies.value import break_evens

Watch = Callable[[int, int], None]
#: Percentiles of a spread.
PERCENTILES = (5.0, 50.0, 95.0)


@dataclass(frozen=True)
class Spread:
    """Break-even prices on the basis of the offer over the samples [currency of the case per barrel].

    ``volumes`` [uom of the stream]: 0 stands for the marginal price of the first barrel, the others for the average of
    all barrels up to them. ``samples`` float (count, len(volumes)), NaN where there is no plan; ``failed`` counts
    these.
    """

    volumes: tuple[float, ...]
    samples: FloatArray
    inputs: int
    seed: int

    @property
    def failed(self) -> int:
        """Samples without a plan at some volume."""
        return int(np.isnan(self.samples).any(axis=1).sum())

    def percentiles(self) -> FloatArray:
        """Float (3, len(volumes)): the 5th, 50th and 95th percentile; NaN where no sample has a plan."""
        known = np.isfinite(self.samples).any(axis=0)
        found = np.full((len(PERCENTILES), self.samples.shape[1]), np.nan)
        if known.any():
            found[:, known] = np.nanpercentile(self.samples[:, known], PERCENTILES, axis=0)
        return found


@dataclass(frozen=True)
class Swing:
    """What one input does to a break-even price at both ends of its range [currency per barrel]; NaN: no plan.

    ``at_stake`` is the distance between the ends [currency], for the volume; ``rank`` is at_stake x doubt.
    """

    input: Uncertain
    at_low: float
    at_high: float
    barrels: float

    @property
    def width(self) -> float:
        """Distance between both ends [currency per barrel]; 0 where one is not known."""
        found = abs(self.at_high - self.at_low)
        return float(found) if np.isfinite(found) else 0.0

    @property
    def at_stake(self) -> float:
        """Money that hangs on the input [currency]."""
        return self.width * self.barrels

    @property
    def rank(self) -> float:
        """Money at stake times doubt in the source [currency]."""
        return self.at_stake * self.input.doubt


@dataclass(frozen=True)
class _Task:
    case: Case
    crude: str
    volumes: tuple[float, ...]
    changes: tuple[tuple[Uncertain, float], ...]


def _solve(task: _Task) -> FloatArray:
    try:
        return break_evens(with_inputs(task.case, dict(task.changes)), task.crude, task.volumes)
    except NetbackError:
        return np.full(1 + len(task.volumes), np.nan)


def spread(
    case: Case,
    crude: str,
    volumes: Sequence[float],
    count: int = 200,
    seed: int = 0,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Spread:
    """Spread of the break-even price of a crude over a Latin hypercube of all uncertain inputs.

    Parameters
    ----------
    case, crude
        The case in its scenario, and a stream or offer.
    volumes
        Volumes above zero [uom of the stream]; the first barrel is always measured.
    count, seed
        Number of samples and what they are drawn from.
    jobs
        Processes, see :func:`netback.studies.run.run_all`.
    watch
        Called with the number of samples done and of all.
    """
    inputs = uncertain_inputs(case)
    drawn = latin_hypercube(inputs, count, seed)
    wanted = tuple(volume for volume in volumes if volume > 0.0)
    tasks = [_Task(case, crude, wanted, tuple(zip(inputs, row.tolist(), strict=True))) for row in drawn]
    made = _collected(tasks, jobs, watch)
    return Spread((0.0, *wanted), made, len(inputs), seed)


def swings(
    case: Case,
    crude: str,
    volume: float,
    barrels: float,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> tuple[Swing, ...]:
    """What each uncertain input does to the break-even price of a volume, the most money times doubt first.

    ``volume`` [uom of the stream] is above zero and ``barrels`` is how many barrels it has.
    """
    inputs = uncertain_inputs(case)
    tasks = [_Task(case, crude, (volume,), ((one, end),)) for one in inputs for end in (one.low, one.high)]
    if not tasks:
        return ()
    made = _collected(tasks, jobs, watch)[:, 1].reshape(len(inputs), 2)
    found = [
        Swing(one, float(low), float(high), barrels) for one, (low, high) in zip(inputs, made, strict=True)
    ]
    return tuple(sorted(found, key=lambda swing: -swing.rank))


def _collected(tasks: Sequence[_Task], jobs: int | None, watch: Watch | None) -> FloatArray:
    width = 1 + (len(tasks[0].volumes) if tasks else 0)
    made = np.full((len(tasks), width), np.nan)
    for done, (number, answer) in enumerate(run_all(_solve, tasks, jobs), start=1):
        made[number] = answer
        if watch is not None:
            watch(done, len(tasks))
    return made
