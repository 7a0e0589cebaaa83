"""How long a large synthetic plan takes: case, program, solve, independent check.

    python benchmarks/plan_speed.py                       10 refineries, 12 months, 40 crudes (a few minutes)
    python benchmarks/plan_speed.py --no-solve            building only
    python benchmarks/plan_speed.py --refineries 2 --periods 6 --crudes 20

``build`` is :func:`netback.planning.model.build_plan` and the compiled ``problem`` of its model: from the frozen case
to the frozen sparse program, assays cut and tables checked on the way. ``first`` is the first build of a fresh process,
which also reads the assays and loads scipy; the others follow in the same process. Every figure is wall time,
but for ``processor``: the mean of the later builds in processor time, which other work on the machine hardly moves.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from typing import Any

from measure import machine, repeated, summary, timed, versions, write
from synthetic import TARGET, Size, synthetic

from netback.case.case import Case
from netback.planning.model import Model, build_plan
from netback.program.certify import certify
from netback.program.highs import Session

SCRIPT = __file__


def sizes_of(model: Model) -> dict[str, int]:
    """Counts of the program and of the network behind it."""
    rows, columns = model.problem.shape
    network = model.network
    counts = {"rows": rows, "columns": columns, "nonzeros": model.problem.nonzeros}
    return counts | {"lots": len(network.lots), "runs": len(network.runs), "blend_arcs": len(model.arcs)}


def build(case: Case) -> Model:
    """The model with its compiled program."""
    model = build_plan(case)
    assert model.problem.nonzeros
    return model


def first_build(size: Size, seed: int) -> float:
    """Seconds of the first build in this process."""
    case = synthetic(size, seed)
    return timed(lambda: build(case))[0]


def first_builds(given: argparse.Namespace, runs: int) -> list[float]:
    """Seconds of the first build in fresh processes."""
    size = [f"--{name}={getattr(given, name)}" for name in ("refineries", "periods", "crudes", "seed")]
    command = [sys.executable, SCRIPT, "--first", *size]
    return [
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(runs)
    ]


def solve_and_check(model: Model) -> dict[str, Any]:
    """Solve by the project's rule and check independently."""
    solving, raw = timed(lambda: Session().solve(model.problem))
    checking, certificate = timed(lambda: certify(model.problem, raw))
    return {
        "solve_seconds": round(solving, 2),
        "solver": raw.solver,
        "iterations": raw.iterations,
        "certify_seconds": round(checking, 3),
        "word": certificate.word,
        "value": certificate.value,
        "gap": certificate.gap,
    }


def main() -> None:
    """Measure, print and write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("refineries", "periods", "crudes"):
        parser.add_argument(f"--{name}", type=int, default=getattr(TARGET, name))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-solve", action="store_true")
    parser.add_argument("--first", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    size = Size(given.refineries, given.periods, given.crudes)
    if given.first:
        print(first_build(size, given.seed))
        return
    computer = machine()
    fresh = first_builds(given, given.runs)
    making, case = timed(lambda: synthetic(size, given.seed))
    building, model = timed(lambda: build(case))
    processor = time.process_time()
    later = repeated(lambda: build(case), given.runs)
    processor = time.process_time() - processor
    result = {
        "size": {
            "refineries": size.refineries,
            "periods": size.periods,
            "crudes": size.crudes,
            "seed": given.seed,
        },
        "program": sizes_of(model),
        "case_rows": sum(len(table) for table in case.tables.values()),
        "case_seconds": round(making, 3),
        "build_first_seconds": summary([*fresh, building]),
        "build_later_seconds": summary(later),
        "build_later_processor_seconds": round(processor / given.runs, 3),
        **({} if given.no_solve else solve_and_check(model)),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": computer,
        "versions": versions("netback", "numpy", "scipy", "highspy", "highspy-extras"),
    }
    name = "plan_build" if given.no_solve else "plan_speed"
    name += "" if size == TARGET else f"_{size.refineries}_{size.periods}_{size.crudes}"
    for key, value in result.items():
        print(f"{key:22} {value}")
    print("written to", write(name, result).name)


if __name__ == "__main__":
    main()
