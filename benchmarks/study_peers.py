"""Many cases of one plan: `netback study` beside rebuilding and solving each with Pyomo, linopy and PuLP on HiGHS.

    python benchmarks/study_peers.py             all sweeps (a quarter of an hour on two cores)
    python benchmarks/study_peers.py --quick     21 cases of each instead of about 1,000

The plan is the flagship, ``karachi_2023_september``. What is timed:

Netback
    ``solve_study`` on the case, in one process: programs built from the tables to learn what moves, every case solved
    from the last basis, its certificate, amounts bought and sold. ``netback, each built`` is the same without learning:
    every case is built from its tables and solved from the start.
The others
    As their users do: each case is built anew and solved by HiGHS. They start from the finished data of its program
    (:mod:`program_data`, made outside the clock), not from the tables, compute no certificate and read the value
    alone, all to their advantage. ``builders.py`` says how each is used.

Netback takes every case of a sweep. Whoever builds each case anew takes as long for one as for the next, and so takes
about a hundred of them, evenly spread, and is compared per case. All must find the same margin in every case that both
take, to 1e-7 of it. One process per library, kept; the libraries take turns; medians of the turns. Wall and processor
seconds (of all threads) are told, since another process may hold a core.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from builders import BUILDERS, pyomo_model
from building import Worker
from measure import machine, timed, versions, write
from program_data import Program, program_of

from netback.case.scenario import changed_case
from netback.io.folder import read_case
from netback.planning.model import build_plan
from netback.studies.study import Answer, Item, Study, Sweep, Task, grid, solve_study, solve_task

SCRIPT = Path(__file__)
CASE = "karachi_2023_september"
QUICK_COUNT, TURNS = 21, 3
#: About how many cases of a sweep are taken by those who build each anew.
BUILT_COUNT = 100
#: A library that takes longer than this on a sweep gets one turn only [processor seconds].
SLOW_SECONDS = 15.0
#: Margins are the same within this part of their size.
SAME = 1e-7
STUDY, BUILT = "netback", "netback, each built"
MANUAL = "pyomo appsi_highs"
PEERS = (*(name for name in BUILDERS if name not in ("netback", "pyomo persistent")), MANUAL)


@dataclass(frozen=True)
class Trial:
    """One sweep: how many cases, rows of a table, a column, and the range it takes; a second range makes a grid."""

    name: str
    count: int
    ranges: tuple[tuple[str, str, str, float, float], ...]

    def study(self, count: int) -> Study:
        """The cases, ``count`` of them or as near as a square grid comes."""
        each = count if len(self.ranges) == 1 else round(math.sqrt(count))
        sweeps = [
            Sweep(table, where, column, tuple(np.linspace(low, high, each).tolist()))
            for table, where, column, low, high in self.ranges
        ]
        return grid(read_case(CASE), [None], sweeps)


TRIALS = (
    Trial("price of Urals", 1001, (("offers", "offer=urals_primorsk", "price", 70.0, 85.0),)),
    Trial("platformer", 1001, (("capacities", "unit=platformer", "max", 300.0, 600.0),)),
    Trial("sulphur of diesel", 1001, (("specs", "product=hsd&property=sulfur_wt_pct", "max", 0.3, 1.0),)),
    Trial(
        "price of Urals x price of diesel",
        961,
        (
            ("offers", "offer=urals_primorsk", "price", 70.0, 85.0),
            ("sales", "sale=hsd_home", "price", 230.0, 280.0),
        ),
    ),
)


def some(study: Study) -> Study:
    """The cases that those who build each anew take: evenly spread."""
    return Study(study.case, study.sweeps, study.items[:: max(1, len(study.items) // BUILT_COUNT)])


def programs(study: Study) -> tuple[list[Program], list[float]]:
    """Data of the program of every case, and the constant of its objective, which the data leave out."""
    made, constants = [], []
    for item in study.items:
        overrides = [
            {"table": s.table, "where": s.where, "column": s.column, "value": repr(value)}
            for s, value in zip(study.sweeps, item.values, strict=True)
        ]
        problem = build_plan(changed_case(study.case, overrides)).problem
        made.append(program_of(problem, CASE))
        constants.append(problem.offset)
    return made, constants


def margin(answer: Answer) -> float:
    """Margin of one answer; a case without a plan stops the benchmark."""
    return next(float(value) for result, _, _, value in answer.rows if result == "margin")


def studied(study: Study) -> list[float]:
    """Margins by ``netback study``, in the order of the cases."""
    found: dict[Item, float] = {}
    solve_study(study, lambda answer: found.__setitem__(answer.item, margin(answer)), jobs=1)
    return [found[item] for item in study.items]


def each_built(study: Study) -> list[float]:
    """Margins with every case built from its tables."""
    return [margin(solve_task(Task(study.case, study.sweeps, item))) for item in study.items]


def rebuilt(library: str, cases: list[Program], constants: list[float]) -> list[float]:
    """Margins with every case built by a peer and solved by HiGHS."""
    values: list[float] = []
    if library == MANUAL:
        return [pyomo_value(program) + constant for program, constant in zip(cases, constants, strict=True)]
    build = BUILDERS[library]
    for program, constant in zip(cases, constants, strict=True):
        highs = build(program)
        highs.setOptionValue("output_flag", False)
        highs.run()
        # linopy minimises what it is told to maximise on some paths; the sign of a margin of this plan is plus.
        values.append(abs(highs.getInfo().objective_function_value) + constant)
    return values


def pyomo_value(program: Program) -> float:
    """Pyomo as its manual shows: a concrete model, its HiGHS solver, the solution loaded back."""
    import pyomo.environ as pyo

    model = pyomo_model(program)
    pyo.SolverFactory("appsi_highs").solve(model)
    return float(pyo.value(model.objective))


def work(library: str, data: Path) -> None:
    """What a worker does: one turn at every line of its input."""
    warnings.simplefilter("ignore")
    study, cases, constants = pickle.loads(data.read_bytes())
    if library != STUDY:
        study = some(study)
    one = Study(study.case, study.sweeps, study.items[:1])
    ways: dict[str, Callable[[Study], list[float]]] = {STUDY: studied, BUILT: each_built}

    def turn(of: Study) -> list[float]:
        if library in ways:
            return ways[library](of)
        return rebuilt(library, cases[: len(of.items)], constants[: len(of.items)])

    turn(one)
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        processor = time.process_time()
        seconds, margins = timed(lambda: turn(study))
        spent = time.process_time() - processor
        print(json.dumps({"seconds": seconds, "processor": spent, "margins": margins}), flush=True)


def run(trial: Trial, libraries: tuple[str, ...], count: int, turns: int) -> dict[str, Any]:
    """All libraries in turns on one sweep."""
    study = trial.study(count)
    cases, constants = programs(some(study))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "study.pickle"
        data.write_bytes(pickle.dumps((study, cases, constants)))
        workers = [Worker(library, data, SCRIPT) for library in libraries]
        taken: dict[str, list[dict[str, Any]]] = {library: [] for library in libraries}
        for _ in range(turns):
            for worker in workers:
                answers = taken[worker.name]
                if not answers or answers[0]["processor"] < SLOW_SECONDS:
                    answers.append(worker.turn())
        for worker in workers:
            worker.close()
    base = np.asarray(taken[STUDY][0]["margins"])
    sparse = np.asarray([dict(zip(study.items, base, strict=True))[item] for item in some(study).items])
    worst = 0.0
    for library, answers in taken.items():
        for answer in answers:
            known = base if library == STUDY else sparse
            apart = float(np.max(np.abs(np.asarray(answer["margins"]) - known) / np.abs(known)))
            worst = max(worst, apart)
            if not apart <= SAME:
                raise RuntimeError(f"{trial.name}: margins of {library} differ by {apart:.1e}")
    return {
        "sweeps": [sweep.name for sweep in study.sweeps],
        "cases": len(study.items),
        "rows_columns_nonzeros": cases[0].size,
        "least_margin": float(base.min()),
        "greatest_margin": float(base.max()),
        "margins_apart": worst,
        "libraries": _figures(taken),
    }


def _figures(taken: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Medians of the turns, and ratios to the study, case by case."""

    def median(library: str, what: str) -> float:
        return statistics.median(answer[what] for answer in taken[library])

    counts = {library: len(answers[0]["margins"]) for library, answers in taken.items()}

    def ratio(library: str, what: str) -> float:
        each = median(library, what) / counts[library]
        return round(each * counts[STUDY] / median(STUDY, what), 2)

    return {
        library: {
            "cases": counts[library],
            "wall_seconds": round(median(library, "seconds"), 4),
            "processor_seconds": round(median(library, "processor"), 4),
            "processor_ms_a_case": round(1e3 * median(library, "processor") / counts[library], 3),
            "cases_a_minute": round(60.0 * counts[library] / median(library, "seconds")),
            "ratio_wall": ratio(library, "seconds"),
            "ratio_processor": ratio(library, "processor"),
            "turns": len(answers),
        }
        for library, answers in taken.items()
    }


def show(name: str, result: dict[str, Any]) -> None:
    """Print one sweep."""
    print(f"\n{name}: {result['cases']} cases, margins the same to {result['margins_apart']:.0e}")
    for library, figures in result["libraries"].items():
        print(
            f"  {library:20} {figures['cases']:5} cases  {figures['wall_seconds']:8.2f} s wall  "
            f"{figures['processor_seconds']:8.2f} s processor  {figures['processor_ms_a_case']:8.2f} ms each  "
            f"x {figures['ratio_processor']:<7} {figures['cases_a_minute']:>7,} a minute",
            flush=True,
        )


def main() -> None:
    """Measure, print and write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", help="name of a sweep")
    parser.add_argument("--library", dest="chosen", action="append", choices=PEERS)
    parser.add_argument("--worker", choices=(STUDY, BUILT, *PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(given.worker, given.data)
        return
    libraries = (STUDY, BUILT, *(given.chosen or PEERS))
    computer, results = machine(), {}
    for trial in TRIALS:
        if given.only is None or trial.name in given.only:
            results[trial.name] = run(
                trial,
                libraries,
                QUICK_COUNT if given.quick else trial.count,
                1 if given.quick else TURNS,
            )
            show(trial.name, results[trial.name])
    packages = versions("netback", "linopy", "pulp", "pyomo", "highspy", "numpy", "scipy", "pandas", "xarray")
    whole = len(results) == len(TRIALS) and not given.quick and given.chosen is None
    path = write(
        "study_peers" if whole else "study_peers_part",
        {"case": CASE, "trials": results, "machine": computer, "versions": packages},
    )
    print("written to", path.name)


if __name__ == "__main__":
    main()
