"""Cross-check of the shipped sea with the open package searoute (Apache-2.0), which Netback does not need.

Run with searoute installed: ``python benchmarks/sea_routes.py``. Every port of the library to four ends; the ends
of searoute are snapped to its network, so that the great circles from port to snapped end are added, and ways
below 1,000 nm are left out (its short hauls are wrong: it gives one length from Fujairah and from Sohar to Karachi).
Figures go to ``benchmarks/results/sea_routes.json``.
"""

from __future__ import annotations

import json
import statistics
import sys
from datetime import date
from pathlib import Path
from typing import Any

from netback.supply import Sailing, SupplyData, find_route
from netback.supply.geo import great_circle_nm

ENDS = ("Karachi", "Rotterdam", "Singapore", "Houston")
SHORTEST_NM = 1_000.0
OUT = Path(__file__).resolve().parent / "results" / "sea_routes.json"


def main() -> None:
    """Print and write the comparison."""
    try:
        import searoute
    except ImportError:
        sys.exit("searoute is not installed: pip install searoute")
    data, rows = SupplyData.of(None), []
    sailing = Sailing(date(2023, 6, 1), 12.5)
    for end in ENDS:
        target = data.port(end)
        for place in data.places.values():
            if not place.is_port or place.name == target.name:
                continue
            ours = find_route(data, place.name, target.name, sailing).distance_nm
            if ours < SHORTEST_NM:
                continue
            theirs = _theirs(searoute, place, target)
            rows.append(
                {"from": place.name, "to": target.name, "nm": round(ours), "searoute_nm": round(theirs)}
            )
    differences = [row["nm"] / row["searoute_nm"] - 1.0 for row in rows]
    rows.sort(key=lambda row: -abs(row["nm"] / row["searoute_nm"] - 1.0))
    shown = {
        "pairs": len(rows),
        "median_difference_pct": round(100 * statistics.median(differences), 2),
        "mean_absolute_difference_pct": round(100 * statistics.mean(map(abs, differences)), 2),
        "within_3_pct": sum(abs(difference) <= 0.03 for difference in differences),
        "within_5_pct": sum(abs(difference) <= 0.05 for difference in differences),
        "widest": rows[:15],
    }
    print(json.dumps(shown, indent=1))
    OUT.write_text(json.dumps(shown | {"searoute": "1.6.0"}, indent=1) + "\n", encoding="utf-8")


def _theirs(searoute: Any, origin: Any, target: Any) -> float:
    ends = [(place.longitude_deg, place.latitude_deg) for place in (origin, target)]
    line = searoute.searoute(*map(list, ends), units="naut")
    points = line["geometry"]["coordinates"]
    gaps = ((ends[0], points[0]), (ends[1], points[-1]))
    added = sum(great_circle_nm(a[1], a[0], b[1], b[0]) for a, b in gaps)
    return float(line["properties"]["length"]) + added


if __name__ == "__main__":
    main()
