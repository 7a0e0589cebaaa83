"""How long plans with whole ships take: nine months, one and three refineries, to a gap of 0.1 %.

    python benchmarks/corridor_speed.py

Each case is built and solved in a fresh process. ``processor`` is processor time of the solve, which other work on the
machine hardly moves; ``wall`` is wall time. ``apart`` is the solve of the plan; ``whole`` solves the same program as
one, as a comparison, with the searches in sub-problems that HiGHS makes by itself. In ``one_cargo_a_month`` a contract
ties the refineries together, so nothing can be solved apart; what is left of its gap is told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

from measure import machine, versions, write

from netback.io.folder import read_case
from netback.planning.model import build_plan
from netback.program.certify import certify
from netback.program.highs import Session
from netback.program.separable import solve_separable

CASES = (
    ("karachi_2023", ""),
    ("karachi_2023_three", ""),
    ("karachi_2023_three", "one_cargo_a_month"),
    ("hormuz_2026", ""),
)
GAP = 1e-3
TARGET_SECONDS = 30.0


def measured(name: str, scenario: str, whole: bool, seconds: float) -> dict[str, Any]:
    """Build and solve one case in this process."""
    started = time.perf_counter()
    problem = build_plan(read_case(name, scenario or None)).problem
    built = time.perf_counter()
    begun, processor = time.perf_counter(), time.process_time()
    solver = Session().solve if whole else solve_separable
    raw = solver(problem, gap=GAP, time_limit=seconds)
    wall, used = time.perf_counter() - begun, time.process_time() - processor
    found = certify(problem, raw)
    rows, columns = problem.shape
    return {
        "case": name,
        "scenario": scenario,
        "how": "whole" if whole else "apart",
        "rows": rows,
        "columns": columns,
        "integers": int(problem.integer.sum()),
        "build_seconds": round(built - started, 2),
        "wall": round(wall, 2),
        "processor": round(used, 2),
        "status": raw.status,
        "word": found.word,
        "value": found.value,
        "gap": found.gap,
        "target_met": bool(found.gap is not None and found.gap <= GAP * 1.001 and wall <= TARGET_SECONDS),
    }


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--one", nargs=3, metavar=("CASE", "SCENARIO", "HOW"))
    reader.add_argument("--seconds", type=float, default=60.0)
    given = reader.parse_args()
    if given.one:
        name, scenario, how = given.one
        print(json.dumps(measured(name, scenario, how == "whole", given.seconds)))
        return
    before = machine()
    results = []
    for name, scenario in CASES:
        for how in ("apart", "whole"):
            command = [sys.executable, __file__, "--one", name, scenario, how, f"--seconds={given.seconds}"]
            text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            results.append(json.loads(text))
            print(json.dumps(results[-1]), flush=True)
    write("corridor_speed", {"machine": before, "versions": versions("highspy", "numpy", "scipy"), "gap": GAP,
                             "target_seconds": TARGET_SECONDS, "results": results})  # fmt: skip


if __name__ == "__main__":
    main()
