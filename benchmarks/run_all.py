"""All speed benchmarks one after the other, results as JSON in benchmarks/results. `make bench` runs this.

    python benchmarks/run_all.py            everything (about three quarters of an hour on two cores)
    python benchmarks/run_all.py --quick    small sizes (a few minutes)

Timings are read by people, never asserted: a busy machine must not fail anybody's tests.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"

STEPS: tuple[tuple[str, ...], ...] = (
    ("cli_speed.py",),
    ("assay_cutting.py", str(RESULTS / "assay_cutting.json")),
    ("plan_speed.py", "--no-solve"),
    ("plan_speed.py", "--refineries=2", "--periods=6", "--crudes=20"),
    ("plan_speed.py",),
    ("building.py",),
    ("study_peers.py",),
    ("speed_tables.py",),
)
QUICK: tuple[tuple[str, ...], ...] = (*STEPS[:4], ("building.py", "--quick"), ("study_peers.py", "--quick"))


def main() -> None:
    """Run every step; end with an error if one failed."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    failed = []
    for script, *arguments in QUICK if "--quick" in sys.argv[1:] else STEPS:
        print(f"\n== {script} {' '.join(arguments)}".rstrip(), flush=True)
        if subprocess.run([sys.executable, str(HERE / script), *arguments], check=False).returncode:
            failed.append(script)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
