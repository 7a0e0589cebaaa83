"""How long the command line takes to answer: whole processes, from start to exit, median of several.

    python benchmarks/cli_speed.py

Each command runs once before the clock starts, so that the files lie in the memory of the system, as they do for
anybody's second command of the day. Output goes to a pipe that is read. The case ``large`` is one table of 200,000
offers, written to a folder that is removed afterwards.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import machine, summary, timed, versions, write

#: A case with a table of so many rows, made for the occasion.
LARGE, ROWS = "large", 200_000
#: Command and the most it may take [s]: half a second without a solve, three seconds for the plan of the flagship.
COMMANDS: dict[str, float] = {
    "netback --help": 0.5,
    "netback assay show urals": 0.5,
    "netback check karachi_2023_september": 0.5,
    f"netback check {LARGE} --quick": 4.0,
    "netback trace karachi_2023_september offers urals_primorsk": 0.5,
    "netback trace BT-12": 0.5,
    "netback verify BT-18": 0.5,
    "netback contradictions": 0.5,
    "netback may --cargo gasoline --from Russia --to Mongolia --seller reseller --on 2024-12-15": 0.5,
    "netback voyage --from Primorsk --to Karachi --ship aframax --via Suez --on 2023-04-21": 0.5,
    "netback landed": 0.5,
    "netback assay list": 0.5,
    "netback assay cut murban --at 180,340": 0.5,
    "netback plan karachi_2023_september": 3.0,
    "netback plan pike_refinery": 3.0,
}


def program() -> str:
    """The installed command, best the one beside this interpreter."""
    beside = Path(sys.executable).with_name("netback")
    found = str(beside) if beside.exists() else shutil.which("netback")
    if found is None:
        raise SystemExit("netback is not installed: make bench installs it")
    return found


def write_large(folder: Path) -> None:
    """Write the case ``LARGE``: one crude in ``ROWS`` offers."""
    folder.mkdir()
    offers = "".join(f"offer {n},crude,{n},{60 + n * 1e-4},USD/bbl,ours\n" for n in range(ROWS))
    files = {
        "case.yaml": f"format: netback-case/1\nname: {LARGE}\ntitle: One crude in many offers\n",
        "periods.csv": "period,days\n2023-09,30\n",
        "streams.csv": "stream,kind\ncrude,crude\n",
        "stream_properties.csv": "stream,property,value,source\ncrude,density_t_per_m3,0.86,ours\n",
        "sources.csv": "source,title\nours,made for this benchmark\n",
        "offers.csv": "offer,stream,max,price,price_uom,source\n" + offers,
        "sales.csv": "sale,stream,price,price_uom,source\ncrude,crude,70,USD/bbl,ours\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def measure(command: str, runs: int, folder: Path) -> dict[str, Any]:
    """Seconds of whole processes of one command, run in a folder."""
    words = [program(), *command.split()[1:]]

    def once() -> int:
        done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.returncode

    code = once()
    seconds = [timed(once)[0] for _ in range(runs)]
    return summary(seconds) | {"exit_code": code, "target": COMMANDS[command]}


def main() -> None:
    """Measure, print and write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    computer, results = machine(), {}
    with tempfile.TemporaryDirectory() as folder:
        write_large(Path(folder) / LARGE)
        for command in COMMANDS:
            results[command] = measure(command, given.runs, Path(folder))
            figures = results[command]
            word = "met" if figures["median"] <= figures["target"] else "missed"
            told = f"{figures['median']:7.3f} s   target {figures['target']:.1f} s {word}"
            print(f"{command:30} {told}", flush=True)
    packages = versions("netback", "numpy", "highspy", "typer", "rich")
    print(
        "written to",
        write("cli_speed", {"commands": results, "machine": computer, "versions": packages}).name,
    )


if __name__ == "__main__":
    main()
