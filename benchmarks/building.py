"""Building time of the same program in Netback, linopy, PuLP and Pyomo, in one run, as ratios.

    python benchmarks/building.py             all sizes (about a quarter of an hour on two cores)
    python benchmarks/building.py --quick     small and middle sizes

What is timed: from the data of a program (:mod:`program_data`: blocks of keys and periods, bounds, costs, and per pair
of blocks the positions and coefficients of the entries, as arrays) to a HiGHS object that holds the whole program and
only needs ``run()``. Imports and the reading of the data are outside the clock; each library builds a tiny program
first.

How it is kept fair: one process per library, started once and kept; the libraries take turns, so that a busy moment of
the machine meets all of them; medians; rows, columns and nonzeros inside HiGHS must be the same for all, and so must
the optimum where the program is small enough to solve. ``builders.py`` says how each library is used.

Two structures: *plan*, the ragged program of the synthetic refining system (rows of 1 to 320 entries), and *regular*, a
dense one where every row has as many entries as the next. Ratios are to Netback's median: 2.0 means twice as long.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders import BUILDERS
from measure import machine, summary, timed, versions, write
from program_data import Program, program_of, regular
from synthetic import Size, synthetic

SCRIPT = Path(__file__)
#: Larger programs are not solved.
SOLVED_NONZEROS = 50_000
#: A library that takes longer than this gets two turns only [s].
SLOW_SECONDS = 6.0


@dataclass(frozen=True)
class Trial:
    """One program to build. ``turns`` is how often each library builds it."""

    name: str
    structure: str
    size: tuple[int, ...]
    turns: int

    def program(self) -> Program:
        """The data of the program."""
        if self.structure == "regular":
            return regular(*self.size)
        from netback.planning.model import build_plan

        return program_of(build_plan(synthetic(Size(*self.size))).problem, self.name)


TRIALS = (
    Trial("plan, small", "plan", (1, 3, 8), 5),
    Trial("plan, middle", "plan", (3, 6, 20), 5),
    Trial("plan, large", "plan", (10, 12, 40), 5),
    Trial("regular, small", "regular", (12, 12, 8, 6), 5),
    Trial("regular, middle", "regular", (25, 25, 12, 12), 5),
    Trial("regular, large", "regular", (60, 60, 15, 12), 5),
)
QUICK = ("plan, small", "plan, middle", "regular, small", "regular, middle")


class Worker:
    """A process of its own in which one library builds one program whenever it is asked to."""

    def __init__(self, library: str, data: Path, script: Path = SCRIPT) -> None:
        command = [sys.executable, str(script), "--worker", library, "--data", str(data)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = library
        self._answer()

    def turn(self, what: str = "build") -> dict[str, Any]:
        """Build once, or solve what was built last."""
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise RuntimeError(f"{self.name} ended without an answer")


def work(library: str, data: Path) -> None:
    """What a worker does: build at every line of its input, and say how long it took."""
    warnings.simplefilter("ignore")
    program: Program = pickle.loads(data.read_bytes())
    build = BUILDERS[library]
    build(regular(2, 2, 2, 2) if program.grid else program_of_tiny())
    print(json.dumps({"ready": True}), flush=True)
    highs: Any = None
    for line in sys.stdin:
        if line.strip() == "solve":
            highs.setOptionValue("output_flag", False)
            highs.run()
            print(json.dumps({"value": highs.getInfo().objective_function_value}), flush=True)
            continue
        highs = None
        processor = time.process_time()
        seconds, highs = timed(lambda: build(program))
        shape = [highs.getNumRow(), highs.getNumCol(), highs.getNumNz()]
        spent = time.process_time() - processor
        print(json.dumps({"seconds": seconds, "processor": spent, "shape": shape}), flush=True)


def program_of_tiny() -> Program:
    """The smallest synthetic plan, to load what a library loads on first use."""
    return Trial("tiny", "plan", (1, 2, 2), 1).program()


def run(trial: Trial, libraries: tuple[str, ...]) -> dict[str, Any]:
    """All libraries in turns on one program."""
    program = trial.program()
    rows, columns, nonzeros = program.size
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "program.pickle"
        data.write_bytes(pickle.dumps(program))
        workers = [Worker(library, data) for library in libraries]
        seconds: dict[str, list[float]] = {library: [] for library in libraries}
        for turn in range(trial.turns):
            for worker in workers:
                taken = seconds[worker.name]
                if turn >= 2 and min(taken) > SLOW_SECONDS:
                    continue
                answer = worker.turn()
                if answer["shape"] != [rows, columns, nonzeros]:
                    raise RuntimeError(f"{worker.name} built {answer['shape']}, not {program.size}")
                taken.append(answer["seconds"])
        values = (
            [abs(worker.turn("solve")["value"]) for worker in workers] if nonzeros <= SOLVED_NONZEROS else []
        )
        for worker in workers:
            worker.close()
    if values and not all(math.isclose(value, values[0], rel_tol=1e-7) for value in values):
        raise RuntimeError(f"optima differ: {dict(zip(libraries, values, strict=True))}")
    base = statistics.median(seconds["netback"])
    result = {
        library: summary(taken) | {"ratio": round(statistics.median(taken) / base, 2)}
        for library, taken in seconds.items()
    }
    shape = {"rows": rows, "columns": columns, "nonzeros": nonzeros}
    return {
        "size": trial.size,
        **shape,
        "optimum_checked": values[0] if values else None,
        "libraries": result,
    }


def show(name: str, result: dict[str, Any]) -> None:
    """Print one trial."""
    shape = f"{result['rows']:,} rows, {result['columns']:,} columns, {result['nonzeros']:,} nonzeros"
    print(f"\n{name}: {shape}; optimum the same: {'yes' if result['optimum_checked'] else 'not solved'}")
    for library, figures in result["libraries"].items():
        print(
            f"  {library:18} {figures['median']:9.4f} s  x {figures['ratio']:<8} ({figures['runs']} runs)",
            flush=True,
        )


def main() -> None:
    """Measure, print and write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", help="name of a trial")
    parser.add_argument("--library", dest="chosen", action="append", choices=list(BUILDERS))
    parser.add_argument("--worker", choices=list(BUILDERS), help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(given.worker, given.data)
        return
    libraries = tuple(dict.fromkeys(["netback", *(given.chosen or BUILDERS)]))
    names = given.only or (QUICK if given.quick else [trial.name for trial in TRIALS])
    computer, results = machine(), {}
    for trial in TRIALS:
        if trial.name in names:
            results[trial.name] = run(trial, libraries)
            show(trial.name, results[trial.name])
    packages = versions("netback", "linopy", "pulp", "pyomo", "highspy", "numpy", "scipy", "pandas", "xarray")
    name = "building" if len(results) == len(TRIALS) else "building_part"
    path = write(name, {"trials": results, "machine": computer, "versions": packages})
    print("written to", path.name)


if __name__ == "__main__":
    main()
