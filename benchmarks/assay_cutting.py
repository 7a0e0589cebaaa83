"""How long cutting takes: one crude of 800 points, every library crude, 1,000 crudes in one call. Prints JSON.

Run: ``python benchmarks/assay_cutting.py [result.json]``. Each figure is the median and the best of several
runs. ``prepared`` cuts a crude that was cut before, ``fresh`` one that was not.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from netback import __version__
from netback.assay import library
from netback.assay.assay import Assay, Provenance
from netback.assay.assembly import Draft, Points, assemble
from netback.assay.batch import prepare
from netback.assay.cutting import cut, cut_many

CUT_POINTS = np.linspace(60.0, 600.0, 19)


def crude_of_800_points() -> Assay:
    """A crude with a curve of 800 points and the 22 properties of a library assay."""
    model = library.load("adios_upper_zakum")
    temperature = np.linspace(float(model.curve.temperature_c[0]) + 1.0, 780.0, 800)
    weight = np.interp(temperature, model.curve.temperature_c, model.curve.cumulative_wt_pct)
    return assemble(
        Draft(
            name="points_800",
            title="800 points",
            cut_names=model.cut_names,
            start_c=np.array(model.edges_c[:-1]),
            end_c=np.array(model.edges_c[1:]),
            yield_wt_pct=np.array(model.yield_wt_pct),
            yield_vol_pct=np.array(model.yield_vol_pct),
            density_t_per_m3=np.array(model.properties["density_t_per_m3"]),
            properties={n: np.array(v) for n, v in model.properties.items() if n != "density_t_per_m3"},
            whole=model.whole,
            provenance=Provenance("made for timing"),
            points=Points(temperature, weight, np.full(800, np.nan)),
        )
    )


def timed(action: Callable[[], object], runs: int) -> dict[str, float]:
    """Median and best time of one run [ms]."""
    action()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return {"median_ms": round(1e3 * statistics.median(seconds), 4), "best_ms": round(1e3 * min(seconds), 4)}


def fresh(assay: Assay) -> Callable[[], object]:
    """Cut a crude that has not been cut before."""

    def action() -> object:
        prepare.cache_clear()
        return cut(assay, CUT_POINTS)

    return action


def main() -> int:
    """Measure and print, or write to the file that is named."""
    crude = crude_of_800_points()
    shipped = library.load_many(library.names())
    thousand = [replace(shipped[i % len(shipped)], name=f"crude_{i}") for i in range(1000)]

    def all_at_once() -> object:
        prepare.cache_clear()
        return cut_many(thousand, CUT_POINTS)

    result = {
        "netback": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "one crude, 800 points, 20 cuts": {
            "points": len(crude.curve.temperature_c),
            "properties": len(crude.properties),
            "prepared": timed(lambda: cut(crude, CUT_POINTS), 300),
            "fresh": timed(fresh(crude), 100),
        },
        "1,000 crudes, 20 cuts, one call, fresh": timed(all_at_once, 5),
    }
    text = json.dumps(result, indent=1)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
