"""Netback and SCIP alone on the pooling instances: same machine, same time limit, same gap, one run after the other.

    python benchmarks/pooling_peers.py                                   everything, 60 s each (some hours)
    python benchmarks/pooling_peers.py --sets classic --max 5
    python benchmarks/pooling_peers.py --sets sppA,sppB --time-limit 600 --solvers netback
    python benchmarks/pooling_peers.py --tables                          the tables of what is done

Sets: classic, haverly, sppA, sppB, sppC, gpp, randstd. Solvers: netback; scip-p and scip-pq, which are SCIP by itself,
with its own settings, on the forms by qualities and by shares. HiGHS takes no products, and the other solvers whose
wheels run without a licence file stop at 2,000 rows, columns or less, so that they are left out.

Every row goes to benchmarks/results/pooling_peers_LIMIT.json as soon as it is there, and is skipped when the program
starts again. Each solve is a process of its own, so that none warms another up. Netback uses two threads, SCIP one.
Seconds are those of building and solving, without reading the file and loading the libraries. A plan counts only if the
check of its arc flows alone passes (1e-6); a bound of SCIP's is its word.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from measure import RESULTS, machine, versions
from speed_tables import table

INSTANCES = Path(__file__).parent.parent.parent / "shared" / "benchmarks" / "pooling"
SETS = {
    "classic": ("Adhya", "Bental", "Foulds", "Haverly", "RT"),
    "haverly": ("haverly_",),
    "sppA": ("sppA",),
    "sppB": ("sppB",),
    "sppC": ("sppC",),
    "gpp": ("gpp",),
    "randstd": ("randstd",),
}
SOLVERS = ("netback", "scip-p", "scip-pq")
#: What a process may take beyond the time limit [s] before it is ended.
GRACE = 60.0
#: Largest relative residual of a plan.
RESIDUAL = 1e-6
Row = dict[str, Any]


def main() -> None:
    """Run what is not done yet, then print the tables."""
    given = _arguments()
    if given.one:
        print(
            json.dumps(solve_one(Path(given.one[0]), given.one[1], given.time_limit, given.gap, given.seed))
        )
        return
    path = RESULTS / f"pooling_peers_{given.time_limit:g}s.json"
    content = load(path, given.time_limit, given.gap)
    if not given.tables:
        run(content, path, given)
    print(tables(content["rows"], given.gap))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Netback and SCIP alone on pooling instances.")
    parser.add_argument("--sets", default=",".join(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--solvers", default=",".join(SOLVERS), help=f"of {', '.join(SOLVERS)}")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds for each instance")
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max", type=int, default=None, help="at most so many instances of each set")
    parser.add_argument("--instances", type=Path, default=INSTANCES, help="folder of pooling-json/1 files")
    parser.add_argument("--tables", action="store_true", help="solve nothing, print the tables")
    parser.add_argument("--one", nargs=2, metavar=("FILE", "SOLVER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    for option, known in (("sets", SETS), ("solvers", SOLVERS)):
        names = getattr(given, option).split(",")
        if unknown := [name for name in names if name not in known]:
            parser.error(f"--{option}: {', '.join(unknown)} is none of {', '.join(known)}")
        setattr(given, option, names)
    return given


def load(path: Path, time_limit: float, gap: float) -> dict[str, Any]:
    """What is done so far."""
    if not path.exists():
        return {"benchmark": "pooling_peers", "time_limit": time_limit, "gap": gap, "rows": []}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content["gap"] != gap:
        raise SystemExit(f"{path} was taken with gap {content['gap']}; name another gap or move the file.")
    return content


def run(content: dict[str, Any], path: Path, given: argparse.Namespace) -> None:
    """Solve what has no row yet, instance by instance, so that solvers see the same machine."""
    done = {(row["name"], row["solver"], row["seed"]) for row in content["rows"]}
    content |= {"machine": machine(), "versions": versions("highspy", "PySCIPOpt", "numpy", "scipy")}
    for group in given.sets:
        for file in files_of(given.instances, group)[: given.max]:
            for solver in given.solvers:
                if (file.stem, solver, given.seed) in done:
                    continue
                row = {"set": group, **_apart(file, solver, given)}
                content["rows"].append(row)
                _save(path, content)
                print(_line(row), flush=True)


def files_of(folder: Path, group: str) -> list[Path]:
    """Files of a set in the order of their names."""
    return sorted(file for file in folder.glob("*.json") if file.stem.startswith(SETS[group]))


def _save(path: Path, content: dict[str, Any]) -> None:
    """Written beside and put in place, so that a killed run leaves the file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)


def _apart(file: Path, solver: str, given: argparse.Namespace) -> Row:
    """A row from a process of its own; one without an answer where it fails or does not end."""
    command = [sys.executable, __file__, "--one", str(file), solver, "--seed", str(given.seed)]
    command += ["--time-limit", str(given.time_limit), "--gap", str(given.gap)]
    blank = {"name": file.stem, "solver": solver, "seed": given.seed, "value": None, "bound": None}
    blank |= {"seconds": given.time_limit, "word": "failed", "load": round(os.getloadavg()[0], 2)}
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=given.time_limit + GRACE, check=False
        )
    except subprocess.TimeoutExpired:
        return blank | {"word": "did not end"}
    if ended.returncode:
        return blank | {"message": ended.stderr[-500:]}
    found: Row = json.loads(ended.stdout.splitlines()[-1])
    return blank | found


def solve_one(file: Path, solver: str, time_limit: float, gap: float, seed: int) -> Row:
    """Solve one instance with one solver; ``seconds`` are those of building and solving."""
    from netback.io.pooling_json import read_pooling

    instance = read_pooling(file)
    best = instance.best_known.objective
    if solver == "netback":
        from netback.program.pooling.solve import solve_pooling

        started = time.perf_counter()
        found = solve_pooling(instance, time_limit=time_limit, gap=gap, seed=seed)
        seconds = time.perf_counter() - started
        flows, bound, by = found.flows, found.certificate.bound, found.certificate.bound_by
    else:
        flows, bound, seconds = by_scip(instance, solver.removeprefix("scip-"), time_limit, gap, seed)
        by = "SCIP, its word"
    row: Row = {"seconds": round(seconds, 4), "bound": bound, "bound_by": by, "best_known": best}
    return row | _judged(instance, flows, bound, gap)


def _judged(instance: Any, flows: Any, bound: float | None, gap: float) -> Row:
    """Value, gap and word by the same measure for all, from the arc flows alone."""
    from netback.program.pooling.evaluate import evaluate

    checked = None if flows is None else evaluate(instance, flows)
    if checked is None or not checked.worst <= RESIDUAL:
        worst = None if checked is None or not math.isfinite(checked.worst) else checked.worst
        return {"value": None, "gap": None, "word": "not solved", "residual": worst}
    value = checked.objective
    size = 0.0 if bound is None else max(abs(value), abs(bound))
    part = None if bound is None else abs(bound - value) / size if size > 0.0 else 0.0
    word = "proven" if part is not None and part <= gap * (1.0 + 1e-9) else "feasible"
    return {"value": value, "gap": part, "word": word, "residual": checked.worst}


def by_scip(
    instance: Any, form: str, time_limit: float, gap: float, seed: int
) -> tuple[Any, float | None, float]:
    """SCIP by itself on a form: arc flows or None, bound or None, seconds of building and solving."""
    import numpy as np
    import pyscipopt

    from netback.program.pooling.forms import pooling_problem

    started = time.perf_counter()
    model = pooling_problem(instance, form)  # type: ignore[arg-type]
    problem, scip = model.problem, pyscipopt.Model()
    scip.hideOutput()
    ends = zip(problem.column_lower, problem.column_upper, problem.objective, strict=True)
    columns = [scip.addVar(lb=_end(low), ub=_end(high), obj=float(cost)) for low, high, cost in ends]
    for row, terms in enumerate(_expressions(problem, columns)):
        low, high = float(problem.row_lower[row]), float(problem.row_upper[row])
        if low == high:
            scip.addCons(terms == low)
            continue
        if math.isfinite(low):
            scip.addCons(terms >= low)
        if math.isfinite(high):
            scip.addCons(terms <= high)
    scip.setParam("limits/time", max(0.0, time_limit - (time.perf_counter() - started)))
    scip.setParam("limits/gap", gap)
    scip.setParam("timing/clocktype", 2)
    scip.setParam("randomization/randomseedshift", seed)
    scip.optimize()
    seconds = time.perf_counter() - started
    bound = float(scip.getDualbound())
    flows = None
    if scip.getNSols():
        solution = scip.getBestSol()
        x = np.array([scip.getSolVal(solution, column) for column in columns])
        flows = model.flows_of(x)
    return flows, bound if abs(bound) < 1e19 else None, seconds


def _end(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _expressions(problem: Any, columns: Sequence[Any]) -> Iterable[Any]:
    """Left side of every row with its products; rows without entries are left out by adding a zero."""
    from pyscipopt import quicksum

    products: dict[int, list[Any]] = {}
    terms = problem.products
    parts = zip(terms.rows, terms.columns_a, terms.columns_b, terms.coefficients, strict=True)
    for row, a, b, value in parts:
        products.setdefault(int(row), []).append(float(value) * columns[int(a)] * columns[int(b)])
    matrix = problem.matrix
    for row in range(problem.shape[0]):
        here = slice(matrix.indptr[row], matrix.indptr[row + 1])
        linear = zip(matrix.indices[here].tolist(), matrix.data[here].tolist(), strict=True)
        yield quicksum([*(value * columns[j] for j, value in linear), *products.get(row, [0.0 * columns[0]])])


def _line(row: Row) -> str:
    gap = "" if row.get("gap") is None else f"{100.0 * row['gap']:.4f} %"
    value = "" if row["value"] is None else f"{row['value']:,.2f}"
    return f"{row['name']:<36}{row['solver']:<9}{value:>14}{gap:>12}{row['seconds']:>9.2f}  {row['word']}"


def tables(rows: Sequence[Row], gap: float) -> str:
    """For every set: how many are proven and have a plan, seconds, and gaps, for each solver."""
    heading = (
        "set",
        "solver",
        "instances",
        "proven",
        "with a plan",
        "mean seconds",
        "median gap %",
        "worst gap %",
    )
    heading = (*heading, "gap under 1 %", "under 10 %")
    lines = []
    for group in SETS:
        for solver in SOLVERS:
            mine = [row for row in rows if row["set"] == group and row["solver"] == solver]
            if mine:
                lines.append((group, solver, *_figures(mine)))
    note = f"Seconds are geometric means over all instances, proven or not; proven is a gap of {gap:g}."
    return table(heading, lines) + "\n\n" + note if lines else "Nothing is done yet."


def _figures(rows: Sequence[Row]) -> tuple[object, ...]:
    mean = math.exp(sum(math.log(max(row["seconds"], 1e-3)) for row in rows) / len(rows))
    gaps = sorted(math.inf if row.get("gap") is None else 100.0 * row["gap"] for row in rows)
    middle = gaps[(len(gaps) - 1) // 2]
    return (
        len(rows),
        sum(row["word"] == "proven" for row in rows),
        sum(row["value"] is not None for row in rows),
        f"{mean:.3g}",
        _percent(middle),
        _percent(gaps[-1]),
        sum(gap < 1.0 for gap in gaps),
        sum(gap < 10.0 for gap in gaps),
    )


def _percent(value: float) -> str:
    return "no plan or no bound" if math.isinf(value) else f"{value:.3g}"


if __name__ == "__main__":
    main()
