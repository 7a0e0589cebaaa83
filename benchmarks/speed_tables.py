"""Fill the tables of docs/speed.md from the JSON files in benchmarks/results.

    python benchmarks/speed_tables.py

A table whose results are not there is left as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from measure import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "speed.md"


def load(name: str) -> dict[str, Any] | None:
    """One result, or None."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def seconds(value: float) -> str:
    """Seconds with three figures."""
    return f"{value:.1f}" if value >= 10.0 else f"{value:.2f}" if value >= 1.0 else f"{value:.3f}"


def machine_table() -> str | None:
    """Machine and versions of the largest benchmark."""
    found = load("building") or load("plan_speed") or load("cli_speed")
    if found is None:
        return None
    computer = found["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return (
        f"Taken {found['taken'][:10]} on {computer['processor']}, {computer['cores']} cores, "
        f"{computer['memory_gb']:.0f} GB, {computer['system']}, Python {computer['python']}; load before the run "
        f"{computer['load_before'][0]} ({computer['cores']} would be all cores busy with other work). {packages}."
    )


def cli_table() -> str | None:
    """Times of the command line."""
    found = load("cli_speed")
    if found is None:
        return None
    rows = [
        (f"`{command}`", seconds(part["median"]), seconds(part["least"]), f"{part['target']:.1f}")
        for command, part in found["commands"].items()
    ]
    return table(("command", "median [s]", "least [s]", "target [s]"), rows)


def plan_table() -> str | None:
    """Sizes and times of the synthetic plans."""
    results = [load("plan_speed_2_6_20"), load("plan_speed")]
    columns = [result for result in results if result is not None]
    if not columns:
        return None
    if (built := load("plan_build")) is not None and results[-1] is not None:
        columns[-1] = columns[-1] | {key: value for key, value in built.items() if key.startswith("build_")}
    first = [f"{r['size']['refineries']} x {r['size']['periods']} x {r['size']['crudes']}" for r in columns]
    lines: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        ("rows", lambda r: f"{r['program']['rows']:,}"),
        ("columns", lambda r: f"{r['program']['columns']:,}"),
        ("nonzeros", lambda r: f"{r['program']['nonzeros']:,}"),
        ("lots of one quality", lambda r: f"{r['program']['lots']:,}"),
        ("case from Python rows [s]", lambda r: seconds(r["case_seconds"])),
        ("build, first [s]", lambda r: seconds(r["build_first_seconds"]["median"])),
        ("build, later [s]", lambda r: seconds(r["build_later_seconds"]["median"])),
        ("build, later, processor time [s]", lambda r: seconds(r["build_later_processor_seconds"])),
        ("solve [s]", lambda r: seconds(r["solve_seconds"])),
        ("solver", lambda r: r["solver"]),
        ("check [s]", lambda r: seconds(r["certify_seconds"])),
        ("answer", lambda r: f"{r['word']}, gap {r['gap']:.1e}"),
        ("peak memory [MB]", lambda r: f"{r['peak_memory_mb']:,}"),
    ]
    rows = [(name, *(show(result) for result in columns)) for name, show in lines]
    return table(("refineries x months x crudes", *first), rows)


def _beside(peers: dict[str, Any], spent: str, ratio: str) -> list[str]:
    """Seconds of each library, with its ratio to Netback's in brackets."""
    return [
        seconds(figures[spent]) + ("" if name == "netback" else f" (x {figures[ratio]:.3g})")
        for name, figures in peers.items()
    ]


def building_table() -> str | None:
    """Building times and ratios."""
    found = load("building")
    if found is None:
        return None
    libraries = list(next(iter(found["trials"].values()))["libraries"])
    rows = []
    for name, trial in found["trials"].items():
        cells = _beside(trial["libraries"], "median", "ratio")
        rows.append((name, f"{trial['nonzeros']:,}", *cells))
    return table(("program", "nonzeros", *libraries), rows) + "\n\n" + _standing(found["trials"])


def _standing(trials: dict[str, Any]) -> str:
    """Where Netback is not ahead, in one sentence."""
    behind = [
        f"{library} on {name} (x {figures['ratio']:.3g})"
        for name, trial in trials.items()
        for library, figures in trial["libraries"].items()
        if figures["ratio"] < 1.0
    ]
    if behind:
        return f"Netback is behind {', '.join(behind)}, and ahead everywhere else."
    return "Netback is ahead of every library on every program."


def study_table() -> str | None:
    """Many cases of one plan: processor milliseconds a case of the study and of each peer, as ratios."""
    found = load("study_peers")
    if found is None:
        return None
    libraries = list(next(iter(found["trials"].values()))["libraries"])
    rows = []
    for name, trial in found["trials"].items():
        cells = _beside(trial["libraries"], "processor_ms_a_case", "ratio_processor")
        rows.append((name, f"{trial['cases']:,}", *cells))
    apart = max(trial["margins_apart"] for trial in found["trials"].values())
    slowest = min(trial["libraries"]["netback"]["cases_a_minute"] for trial in found["trials"].values())
    return (
        table(("inputs swept", "cases", *libraries), rows)
        + f"\n\nTaken {found['taken'][:10]}, load before the run {found['machine']['load_before'][0]}. All margins the "
        f"same to {apart:.0e}. Netback solved at least {slowest:,} cases a minute of wall time."
    )


TABLES = {
    "machine": machine_table,
    "cli": cli_table,
    "plan": plan_table,
    "building": building_table,
    "study": study_table,
}


def _filled(made: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}{made}\n{found[2]}"


def main() -> None:
    """Fill every table there are results for."""
    text = PAGE.read_text(encoding="utf-8")
    for name, make in TABLES.items():
        made = make()
        if made is not None:
            pattern = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
            text = re.sub(
                pattern, lambda found, made=made: f"{found[1]}{made}\n{found[2]}", text, flags=re.DOTALL
            )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
