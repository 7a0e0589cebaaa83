"""The industrial refinery as a plain program: its best known value from many seeds, and its bound over time.

    python benchmarks/industrial.py ../shared/benchmarks/program/refinery_petrochemical_case1.json.gz
    python benchmarks/industrial.py FILE --seeds 20 --time-limit 59 --proof 600
    python benchmarks/industrial.py --table                   the table of the documents, from the figures kept

One run for each seed with a short limit, then one with a long limit for the bound, each as ``netback bench program``
solves it. Every run is kept in ``results/industrial.json`` as soon as it is done; a run that is there already is not
made again (``--again`` makes all of them). ``value_s`` is the wall time at which the value was within ``CLOSE`` of the
best of all runs, ``bounds`` the wall time at which the bound passed each gap.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from measure import RESULTS, machine, versions, write

from netback.io.program_json import read_program
from netback.program.globally import solve_global
from netback.program.problem import Problem
from netback.program.solution import Progress

NAME = "industrial"
#: Relative distance at which a value counts as the best known one: seven figures.
CLOSE = 1e-7
#: Gaps of which the time is told.
GAPS = (0.0987, 0.02, 0.01, 0.001, 0.0005, 0.0001)


def run(problem: Problem, seed: int, time_limit: float, gap: float) -> dict[str, Any]:
    """One solve: figures of the end and every change of value or bound on the way."""
    trace: list[tuple[float, float, float]] = []

    def follow(now: Progress) -> None:
        if not trace or (now.objective, now.bound) != trace[-1][1:]:
            trace.append((round(now.seconds, 2), now.objective, now.bound))

    load, started, used = os.getloadavg()[0], time.monotonic(), time.process_time()
    _, found = solve_global(problem, gap=gap, time_limit=time_limit, seed=seed, progress=follow)
    seconds = time.monotonic() - started
    trace.append((round(seconds, 2), found.value or float("nan"), found.bound or float("nan")))
    return {
        "seed": seed,
        "time_limit": time_limit,
        "gap_asked": gap,
        "value": found.value,
        "bound": found.bound,
        "gap": found.gap,
        "word": found.word,
        "bound_by": found.bound_by,
        "residual": found.residuals.worst_primal[0],
        "seconds": round(seconds, 2),
        "processor_s": round(time.process_time() - used, 2),
        "load_before": round(load, 2),
        "trace": [[at, *(None if number != number else number for number in pair)] for at, *pair in trace],
    }


def value_seconds(row: dict[str, Any], best: float) -> float | None:
    """When the value of a run was that of the best of all runs."""
    near = (
        at for at, value, _ in row["trace"] if value is not None and abs(value - best) <= CLOSE * abs(best)
    )
    return next(near, None)


def gap_seconds(row: dict[str, Any], gap: float) -> float | None:
    """When a run's bound and the value it had then were this near."""
    for at, value, bound in row["trace"]:
        if (
            value is not None
            and bound is not None
            and abs(bound - value) <= gap * max(abs(bound), abs(value))
        ):
            return float(at)
    return None


def table(kept: dict[str, Any]) -> str:
    """The figures as a Markdown table."""
    rows = kept["rows"]
    best = max(row["value"] for row in rows if row["value"] is not None)
    lines = ["| seed | limit s | value | at s | bound | gap % | processor s | load |", "|" + " --- |" * 8]
    for row in rows:
        at = value_seconds(row, best)
        cells = [
            row["seed"],
            f"{row['time_limit']:g}",
            _number(row["value"]),
            "" if at is None else f"{at:.1f}",
        ]
        gap = "" if row["gap"] is None else f"{100 * row['gap']:.4f}"
        cells += [_number(row["bound"]), gap, f"{row['processor_s']:.0f}", f"{row['load_before']:.1f}"]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    longest = max(rows, key=lambda row: float(row["time_limit"]))
    times = [(gap, gap_seconds(longest, gap)) for gap in GAPS]
    lines += ["", "| gap % | reached after s |", "| --- | --- |"]
    lines += [f"| {100 * gap:g} | {'not' if at is None else f'{at:.0f}'} |" for gap, at in times]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def main() -> None:
    given = _arguments()
    path = RESULTS / f"{NAME}.json"
    kept = json.loads(path.read_text()) if path.exists() and not given.again else {"rows": []}
    if given.table:
        print(table(kept))
        return
    problem = read_program(given.file).problem
    rows = list(kept["rows"])
    tasks = [(seed, given.time_limit) for seed in range(given.seeds)]
    tasks += [(0, given.proof)] if given.proof > 0.0 else []
    done = {(row["seed"], row["time_limit"]) for row in rows}
    for seed, limit in tasks:
        if (seed, limit) in done:
            continue
        rows.append(run(problem, seed, limit, given.gap))
        last = rows[-1]
        print(f"seed {seed}: value {last['value']}, bound {last['bound']}, {last['seconds']} s", flush=True)
        shape = {"rows": problem.shape[0], "columns": problem.shape[1], "products": len(problem.products)}
        write(
            NAME,
            {
                "machine": machine(),
                "versions": versions("highspy", "numpy", "scipy"),
                "program": problem.name,
                **shape,
                "rows": rows,
            },
        )
    print(table({"rows": rows}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, help="a program-json/1 file, gzipped or not")
    parser.add_argument("--seeds", type=int, default=20, help="runs with seeds 0, 1, ...")
    parser.add_argument("--time-limit", type=float, default=59.0, help="seconds of each of them")
    parser.add_argument(
        "--proof", type=float, default=600.0, help="seconds of the run for the bound; 0: none"
    )
    parser.add_argument("--gap", type=float, default=1e-4, help="relative gap at which a run ends")
    parser.add_argument("--again", action="store_true", help="make every run anew")
    parser.add_argument("--table", action="store_true", help="only print the table of the figures kept")
    given = parser.parse_args()
    if given.file is None and not given.table:
        parser.error("name a file, or give --table")
    return given


if __name__ == "__main__":
    main()
