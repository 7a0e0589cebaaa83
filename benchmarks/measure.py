"""What every benchmark shares: medians of repeated runs, the machine in words, results as JSON."""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

RESULTS = Path(__file__).parent / "results"
Made = TypeVar("Made")


def timed(make: Callable[[], Made]) -> tuple[float, Made]:
    """Wall seconds of one call, and what it returned. Garbage of before is collected before the clock starts."""
    gc.collect()
    started = time.perf_counter()
    made = make()
    return time.perf_counter() - started, made


def repeated(make: Callable[[], Any], runs: int) -> list[float]:
    """Wall seconds of several calls; what a call returned is dropped before the next."""
    return [timed(make)[0] for _ in range(runs)]


def summary(seconds: Sequence[float]) -> dict[str, Any]:
    """Median, least and greatest, rounded to 0.1 ms."""
    figures = {"median": statistics.median(seconds), "least": min(seconds), "greatest": max(seconds)}
    return {name: round(value, 4) for name, value in figures.items()} | {"runs": len(seconds)}


def machine() -> dict[str, Any]:
    """Processor, cores, memory, system and load of this computer."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": [round(value, 2) for value in os.getloadavg()],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def versions(*packages: str) -> dict[str, str]:
    """Installed versions; a package that is not installed is left out."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def write(name: str, result: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write one result as JSON and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    stamped = {"benchmark": name, "taken": datetime.now(UTC).isoformat(timespec="seconds"), **result}
    path.write_text(json.dumps(stamped, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
