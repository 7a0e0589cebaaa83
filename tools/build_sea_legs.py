"""Work out the lengths of the shipped sea legs anew from the positions of their ends.

Run from the repository: ``python tools/build_sea_legs.py``. Rows of ``src/netback/library/supply/sea_legs.csv`` whose
source is HAND get the great circle between the two positions of ``ports.csv`` and ``chokepoints.csv``; lengths that
somebody reports are left alone. A new leg is a row with two names and a blank length.
"""

from __future__ import annotations

import csv
from pathlib import Path

from netback.supply.geo import great_circle_nm

FOLDER = Path(__file__).resolve().parents[1] / "src" / "netback" / "library" / "supply"


def main() -> None:
    """Write ``sea_legs.csv``."""
    positions = {row["port"]: _position(row) for row in _rows("ports.csv")}
    positions |= {row["chokepoint"]: _position(row) for row in _rows("chokepoints.csv")}
    legs = _rows("sea_legs.csv")
    for leg in legs:
        if leg["source"] == "HAND" or not leg["distance_nm"]:
            ends = (*positions[leg["from_place"]], *positions[leg["to_place"]])
            leg["distance_nm"] = f"{great_circle_nm(*ends):.1f}"
    with (FOLDER / "sea_legs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(legs[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(legs)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _position(row: dict[str, str]) -> tuple[float, float]:
    return float(row["latitude_deg"]), float(row["longitude_deg"])


if __name__ == "__main__":
    main()
