"""Crude selection under uncertainty: Netback against SCIP alone on the same program, in one run.

    python benchmarks/crude_selection.py                        5, 20, 40 and 120 scenarios (up to half an hour)
    python benchmarks/crude_selection.py FILE... --time-limit 600 --gap 1e-3
    python benchmarks/crude_selection.py --resample 500         also 500 scenarios drawn from the largest file
    python benchmarks/crude_selection.py --table                only the table of what is done, for the docs

Each solver works in a process of its own, on two cores for Netback and one for SCIP, which uses no more. Answers are
kept in ``benchmarks/results/crude_selection.json`` as they come, and what is there is not run again (``--force``). SCIP
gets both forms of the program, with the redundant rows that Netback's bounds lean on and without; the better answer is
the one shown. Resampled files are made in a folder that goes with the run.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measure

FOLDER = Path(__file__).parents[1].parent / "shared" / "benchmarks" / "planning"
NAME = "crude_selection"
SIZES = (5, 20, 40, 120)
#: Relative gap asked: the small case to 0.01 %, the others to 0.1 %.
GAPS = {5: 1e-4}
GAP = 1e-3
WAYS = ("netback", "scip", "scip_plain")
NOISE, SEED = 0.03, 7


def main() -> None:
    """Run what is missing and print the table."""
    arguments = _arguments()
    if arguments.worker:
        _work(arguments)
        return
    done = _done()
    with tempfile.TemporaryDirectory() as folder:
        files = arguments.files or [FOLDER / f"{NAME}_{size}scen.json" for size in SIZES]
        files += [_resampled(files[-1], size, Path(folder)) for size in arguments.resample]
        for file in [] if arguments.table else files:
            _run(file, arguments, done)
    print(table(list(done.values())))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--time-limit", type=float, default=600.0)
    parser.add_argument("--gap", type=float, help="1e-4 for 5 scenarios, 1e-3 for more where not given")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--resample", nargs="*", type=int, default=[], metavar="SCENARIOS")
    parser.add_argument("--force", action="store_true", help="run again what is done")
    parser.add_argument("--table", action="store_true", help="run nothing")
    parser.add_argument("--worker", choices=WAYS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _done() -> dict[str, dict[str, Any]]:
    path = measure.RESULTS / f"{NAME}.json"
    if not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return {_key(row["name"], row["way"], row["gap_asked"], row["time_limit"]): row for row in rows}


def _key(name: str, way: str, gap: float, time_limit: float) -> str:
    return f"{name} {way} {gap:g} {time_limit:g}"


def _run(file: Path, arguments: argparse.Namespace, done: dict[str, dict[str, Any]]) -> None:
    name, size = file.name.removesuffix(".gz").removesuffix(".json"), _scenarios(file)
    gap = arguments.gap or GAPS.get(size, GAP)
    for way in arguments.ways:
        key = _key(name, way, gap, arguments.time_limit)
        if key in done and not arguments.force:
            continue
        command = [sys.executable, __file__, str(file), "--worker", way, "--gap", repr(gap)]
        command += ["--time-limit", repr(arguments.time_limit)]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        if answer.returncode:
            print(f"{key} failed:\n{answer.stderr}", file=sys.stderr)
            continue
        done[key] = json.loads(answer.stdout.splitlines()[-1]) | {"name": name, "scenarios": size, "way": way}
        row = done[key]
        print(f"{key}: {row['value']} {row['bound']} {row['seconds']} s", flush=True)
        versions = measure.versions("highspy", "pyscipopt", "numpy", "scipy")
        measure.write(NAME, {"machine": measure.machine(), "versions": versions, "rows": list(done.values())})


def _scenarios(file: Path) -> int:
    from netback.io.json_file import read_json

    value: Any = read_json(file)
    return len(value["data"]["scenarios"]["prob"])


def _work(arguments: argparse.Namespace) -> None:
    """One solve in this process; its answer as a line of JSON."""
    from netback.io.crude_selection import read_crude_selection
    from netback.io.crude_selection_model import crude_selection_problem
    from netback.io.json_file import Fields, read_json
    from netback.program import scip
    from netback.program.certify import certify
    from netback.program.globally import solve_global

    value: Any = read_json(arguments.files[0])
    data = read_crude_selection(value["data"], Fields(arguments.files[0].name))
    started, spent = time.perf_counter(), time.process_time()
    problem = crude_selection_problem(data, str(value["id"]), whole_pools=arguments.worker != "scip_plain")
    if arguments.worker == "netback":
        _, found = solve_global(problem, gap=arguments.gap, time_limit=arguments.time_limit)
    else:
        found = certify(problem, scip.solve(problem, gap=arguments.gap, time_limit=arguments.time_limit))
    rows, columns = problem.shape
    answer = {
        "word": found.word,
        "value": found.value,
        "bound": found.bound,
        "value_by": found.value_by,
        "bound_by": found.bound_by,
        "residual": found.residuals.worst_primal[0],
        "seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(time.process_time() - spent, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0),
        "gap_asked": arguments.gap,
        "time_limit": arguments.time_limit,
        "best_known": value["expected"].get("objective"),
        "sizes": {"rows": rows, "columns": columns, "products": len(problem.products)},
    }
    print(json.dumps(answer))


def _resampled(file: Path, size: int, folder: Path) -> Path:
    """A file of the same format with scenarios drawn from a given one, each number moved a little."""
    from netback.io.json_file import read_json

    value: Any = read_json(file)
    draw = random.Random(SEED)
    scenarios = value["data"]["scenarios"]
    picked = [draw.choice(sorted(scenarios["prob"])) for _ in range(size)]

    def moved(row: dict[str, float]) -> dict[str, float]:
        return {key: number * (1.0 + NOISE * (draw.random() - 0.5)) for key, number in row.items()}

    made: dict[str, Any] = {"prob": {str(n + 1): 1.0 / size for n in range(size)}}
    for kind in ("sulphur_go", "vacuum_residue"):
        made[kind] = {str(n + 1): moved(scenarios[kind][old]) for n, old in enumerate(picked)}
    value["data"]["scenarios"] = made
    value["id"], value["expected"] = f"{NAME}_{size}resampled", {}
    path = folder / f"{value['id']}.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def gap_of(row: dict[str, Any]) -> float | None:
    """Distance of value and bound over the larger magnitude."""
    if row["value"] is None or row["bound"] is None:
        return None
    return abs(row["bound"] - row["value"]) / max(abs(row["bound"]), abs(row["value"]), 1e-9)


def _merit(row: dict[str, Any]) -> tuple[float, float]:
    """Less is better: the gap where it is larger than what was asked, then the time."""
    gap = gap_of(row)
    gap = 1e9 if gap is None else gap
    return (gap if gap > 1.01 * row["gap_asked"] else 0.0), row["seconds"]


def table(rows: list[dict[str, Any]]) -> str:
    """The answers as a Markdown table, one line per size: Netback's and the better one of SCIP's."""
    heading = ["scenarios", "best known", "Netback value", "bound", "gap %", "s", "CPU s", "MB"]
    heading += ["SCIP value", "bound", "gap %", "s"]
    lines = ["| " + " | ".join(heading) + " |", "|" + "---:|" * len(heading)]
    for name in dict.fromkeys(row["name"] for row in sorted(rows, key=lambda row: row["scenarios"])):
        own = [row for row in rows if row["name"] == name and row["way"] == "netback"]
        peers = [row for row in rows if row["name"] == name and row["way"] != "netback"]
        for ours in own:
            same = [row for row in peers if row["gap_asked"] == ours["gap_asked"]]
            best = min(same, key=_merit, default=None)
            cells = [str(ours["scenarios"]), _cell(ours["best_known"]), *_cells(ours)]
            cells += [f"{ours['cpu_seconds']:.1f}", str(ours["peak_mb"])]
            lines.append("| " + " | ".join(cells + (_cells(best) if best else [""] * 4)) + " |")
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> list[str]:
    gap = gap_of(row)
    shown = "" if gap is None else f"{100.0 * gap:.4f}"
    return [_cell(row["value"]), _cell(row["bound"]), shown, f"{row['seconds']:.1f}"]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"


if __name__ == "__main__":
    main()
