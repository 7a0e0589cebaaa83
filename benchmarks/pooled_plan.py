"""A plan of several refineries over a year with pools and tanks: value, bound, gap, time and memory.

The case is that of :mod:`synthetic` (real assays and product standards, every number of plant and market drawn and
marked assumed), with what it leaves out: at every refinery the straight-run streams and the reformer's feed have one
tank each, and the tanks of kerosene, diesel and residue are kept from month to month, so that mixes are carried on.

    python benchmarks/pooled_plan.py --refineries 3 --periods 12 --crudes 6 --time-limit 300
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

from synthetic import SOURCE, Size, synthetic_tables

from netback.case.case import Case
from netback.planning.solve import plan
from netback.program.solution import Progress

RESULTS = Path(__file__).parent / "results" / "pooled_plan.json"
#: Streams of every refinery that have one tank each, and of which of them something is kept.
POOLED = ("light_naphtha", "heavy_naphtha_treated", "kerosene", "diesel_cut", "residue")
KEPT_T = {"kerosene": 20_000.0, "diesel_cut": 30_000.0, "residue": 40_000.0}


def pooled_case(size: Size, seed: int = 2026) -> Case:
    """The synthetic case with pools."""
    tables: dict[str, list[dict[str, Any]]] = synthetic_tables(size, seed)
    streams = {row["stream"] for row in tables["streams"]}
    plants = [f"r{k:02d}" for k in range(1, size.refineries + 1)]
    tables["pools"] = [
        {"stream": name} for plant in plants for pool in POOLED if (name := f"{plant}_{pool}") in streams
    ]
    known = {row["stream"] for row in tables["inventories"]}
    for plant in plants:
        for stream, most in KEPT_T.items():
            name = f"{plant}_{stream}"
            if name in streams and name not in known:
                row = {"stream": name, "max": most, "uom": "t", "status": "assumed", "source": SOURCE}
                tables["inventories"].append(row | {"low": 0.5 * most, "high": 2.0 * most})
    name = f"pooled_{size.refineries}_{size.periods}_{size.crudes}"
    return Case.of(name, tables, title=name, currency="USD", flow_uom="t", source=SOURCE)


def measured(size: Size, form: str, time_limit: float, gap: float) -> dict[str, Any]:
    """One plan: sizes, value, bound, gap, and what it took."""
    begun = time.perf_counter()
    case = pooled_case(size)
    made = time.perf_counter()

    def tell(now: Progress) -> None:
        print(
            f"\r{now.seconds:7.1f} s  value {now.objective:,.6g}  bound {now.bound:,.6g}", end="", flush=True
        )

    found = plan(case, pooling=form, time_limit=time_limit, gap=gap, progress=tell)
    print()
    problem, told = found.model.problem, found.certificate
    return {
        "name": case.name,
        "form": form,
        "pools": len(found.model.pools),
        "rows": problem.shape[0],
        "columns": problem.shape[1],
        "nonzeros": problem.nonzeros,
        "products": len(problem.products),
        "word": told.word,
        "value": told.value,
        "bound": told.bound,
        "gap": told.gap,
        "value_by": told.value_by,
        "bound_by": told.bound_by,
        "residual": told.residuals.worst_primal[0],
        "case_seconds": round(made - begun, 2),
        "build_seconds": round(found.build_seconds, 2),
        "solve_seconds": round(found.solve_seconds, 2),
        "cpu_seconds": round(time.process_time(), 2),
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0),
    }


def main() -> None:
    """Measure one size in several forms and write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--refineries", type=int, default=3)
    parser.add_argument("--periods", type=int, default=12)
    parser.add_argument("--crudes", type=int, default=6)
    parser.add_argument("--forms", default="recursion,exact")
    parser.add_argument("--time-limit", type=float, default=300.0)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--out", type=Path, default=None, help="write the figures to this JSON file")
    chosen = parser.parse_args()
    size = Size(chosen.refineries, chosen.periods, chosen.crudes)
    rows = [measured(size, form, chosen.time_limit, chosen.gap) for form in chosen.forms.split(",")]
    print(json.dumps({"rows": rows}, indent=1))
    if chosen.out is not None:
        chosen.out.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
