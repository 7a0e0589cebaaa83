"""The Karachi case with tanks under other prices, stocks and throughputs: processor time until it is proven to 0.01 %.

    python benchmarks/pooled_variants.py                    the case, its scenarios and 16 variants
    python benchmarks/pooled_variants.py --variants 4

A variant takes offers within 4 % and sales within 8 % of their price, a distillation of 3,800 to 6,200 t/d, a tank
of 60,000 to 190,000 t with other opening stocks, and sometimes other limits of viscosity, of sulphur and of Urals. Each
is planned by ``netback plan CASE --pooling exact --gap 0.0001`` in a process of its own; seconds are those of the
processor, start and tables included, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "netback" / "cases" / "karachi_2023_tanks"
COMMAND = "import sys; from netback.cli.main import main; sys.exit(main())"
CRUDES = ("arab_light", "murban", "upper_zakum", "das", "urals")
Row = dict[str, str]


def main() -> None:
    """Plan everything one after the other and print a line for each."""
    parser = argparse.ArgumentParser(description="Variants of the Karachi case with tanks.")
    parser.add_argument("--variants", type=int, default=16, help="how many, from seed 0 on")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases = [(str(SOURCE), scenario) for scenario in ("", "gulf_diet", "campaign_third")]
        cases += [(str(variant(Path(folder), seed)), "") for seed in range(given.variants)]
        seconds = []
        for case, scenario in cases:
            spent, told = planned(case, scenario)
            seconds.append(spent)
            print(f"{Path(case).name}:{scenario:15s} {spent:6.2f} s  {told}", flush=True)
    seconds.sort()
    print(
        f"mean {sum(seconds) / len(seconds):.2f}, median {seconds[len(seconds) // 2]:.2f}, max {seconds[-1]:.2f}"
    )


def planned(case: str, scenario: str) -> tuple[float, str]:
    """Processor seconds of one plan and what it says of its proof."""
    command = [sys.executable, "-c", COMMAND, "plan", case, "--pooling", "exact", "--gap", "0.0001"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    options = ["--scenario", scenario] if scenario else []
    ended = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = ended.stdout.splitlines()
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent, lines[1][:70] if len(lines) > 1 else ended.stderr[-200:]


def variant(folder: Path, seed: int) -> Path:
    """A copy of the case with numbers drawn at random."""
    draw, made = random.Random(seed), folder / f"variant_{seed}"
    shutil.copytree(SOURCE, made)
    feed, tank = draw.uniform(3800, 6200), draw.uniform(60_000, 190_000)

    def priced(row: Row, spread: float) -> Row:
        if not row["price"] or row["stream"] == "power":
            return row
        price = f"{float(row['price']) * (1.0 + draw.uniform(-spread, spread)):.2f}"
        return row | {"price": price, "status": "assumed", "low": price, "high": price}

    def stated(row: Row, **values: str) -> Row:
        return row | {"status": "", "low": "", "high": ""} | values

    def capacity(row: Row) -> Row:
        return stated(row, max=f"{feed:.0f}") if row["unit"] == "cdu" else row

    def spec(row: Row) -> Row:
        if row["property"] == "viscosity_cst_50c":
            return row | {"max": f"{float(row['max']) * draw.uniform(0.7, 1.3):.0f}"}
        if row["product"] == "hsd" and row["property"] == "sulfur_wt_pct":
            return row | {"max": f"{draw.uniform(0.5, 1.1):.2f}"}
        return row

    urals = draw.random() < 0.35

    def limit(row: Row) -> Row:
        chosen = urals and row["limit"] == "month_urals_primorsk"
        return row | {"min": f"{draw.uniform(0.1, 0.3) * feed * 30.0:.0f}"} if chosen else row

    def stock(row: Row) -> Row:
        return stated(row, origin=draw.choice(CRUDES), quantity=f"{draw.uniform(0.1, 0.6) * tank:.0f}")

    closing = f"{draw.uniform(0.1, 0.5) * tank:.0f}"
    changed(made / "offers.csv", lambda row: priced(row, 0.04))
    changed(made / "sales.csv", lambda row: priced(row, 0.08))
    changed(made / "capacities.csv", capacity)
    changed(made / "inventories.csv", lambda row: stated(row, max=f"{tank:.0f}", closing_min=closing))
    changed(made / "opening_stocks.csv", stock)
    changed(made / "specs.csv", spec)
    changed(made / "limits.csv", limit)
    return made


def changed(path: Path, change: Callable[[Row], Row]) -> None:
    """Write a table anew, row by row."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [change(row) for row in csv.DictReader(file)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
