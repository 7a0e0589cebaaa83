"""How long the command line takes to answer: whole processes, from start to exit, median of several.

    python benchmarks/cli_speed.py

Each command runs once before the clock starts, so that the files lie in the memory of the system, as they do for
anybody's second command of the day. Nothing is written: output goes to a pipe that is read.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from measure import machine, summary, timed, versions, write

#: Command and the most it may take [s]: half a second without a solve, three seconds for the plan of the flagship.
COMMANDS: dict[str, float] = {
    "netback --help": 0.5,
    "netback assay show urals": 0.5,
    "netback check karachi_2023_september": 0.5,
    "netback trace karachi_2023_september offers urals_primorsk": 0.5,
    "netback trace BT-12": 0.5,
    "netback contradictions": 0.5,
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


def measure(command: str, runs: int) -> dict[str, Any]:
    """Seconds of whole processes of one command."""
    words = [program(), *command.split()[1:]]

    def once() -> int:
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode

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
    for command in COMMANDS:
        results[command] = measure(command, given.runs)
        figures = results[command]
        word = "met" if figures["median"] <= figures["target"] else "missed"
        print(
            f"{command:30} {figures['median']:7.3f} s   target {figures['target']:.1f} s {word}", flush=True
        )
    packages = versions("netback", "numpy", "highspy", "typer", "rich")
    print(
        "written to",
        write("cli_speed", {"commands": results, "machine": computer, "versions": packages}).name,
    )


if __name__ == "__main__":
    main()
