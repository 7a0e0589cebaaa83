"""Build the shipped assay library from the shared data folder.

Run from the repository: ``python tools/build_assay_library.py [../shared/data/assays]``. Writes
``src/netback/library/assays/*.csv``. Nothing is filled in here but what is stated: PRELIM densities come from its
API column, coarse assays get densities of constant Watson K (flagged ``correlated``).
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
OUT = REPOSITORY / "src" / "netback" / "library" / "assays"
WATER_60F = 0.999016
Row = dict[str, str]

PRELIM = {
    "sulfur_wt_pct": "sulfur_wt_pct",
    "nitrogen_mass_ppm": "nitrogen_ppm",
    "hydrogen_wt_pct": "hydrogen_wt_pct",
    "mcr_wt_pct": "mcr_wt_pct",
}
EXXON = {
    "density_15p6C_g_cm3": "density_t_per_m3",
    "kv_20C_cSt": "viscosity_cst_20c",
    "kv_40C_cSt": "viscosity_cst_40c",
    "kv_50C_cSt": "viscosity_cst_50c",
    "sulfur_wt_pct": "sulfur_wt_pct",
    "nitrogen_mass_ppm": "nitrogen_ppm",
    "carbon_wt_pct": "carbon_wt_pct",
    "hydrogen_wt_pct": "hydrogen_wt_pct",
    "ccr_wt_pct": "ccr_wt_pct",
    "asphaltenes_c7_wt_pct": "asphaltenes_wt_pct",
    "nickel_mass_ppm": "nickel_ppm",
    "vanadium_mass_ppm": "vanadium_ppm",
    "paraffins_vol_pct": "paraffins_vol_pct",
    "naphthenes_vol_pct": "naphthenes_vol_pct",
    "aromatics_vol_pct": "aromatics_vol_pct",
    "naphthalenes_vol_pct": "naphthalenes_vol_pct",
    "pour_C": "pour_c",
    "cloud_C": "cloud_c",
    "freeze_C": "freeze_c",
    "aniline_C": "aniline_c",
    "smoke_mm": "smoke_mm",
    "cetane_index_D4737": "cetane_index",
    "rvp_psi": "rvp_psi",
    "tan_mgKOH_g": "tan_mgkoh_g",
    "mercaptan_S_mass_ppm": "mercaptan_ppm",
}
#: Property, unit and condition in ``adios_other_properties.csv`` -> canonical name and factor.
OTHER = {
    ("sulfur", "%", ""): ("sulfur_wt_pct", 1.0),
    ("Sulfur Content", "%", ""): ("sulfur_wt_pct", 1.0),
    ("nickel", "ppm", ""): ("nickel_ppm", 1.0),
    ("vanadium", "ppm", ""): ("vanadium_ppm", 1.0),
    ("pour_point", "C", ""): ("pour_c", 1.0),
    ("flash_point", "C", ""): ("flash_c", 1.0),
    ("SARA_asphaltenes", "wt%", ""): ("asphaltenes_wt_pct", 1.0),
    ("wax_content", "%", ""): ("wax_wt_pct", 1.0),
    ("Reid Vapor Pressure", "bar", ""): ("rvp_kpa", 100.0),
    ("kinematic_viscosity", "cSt", "20.0 C"): ("viscosity_cst_20c", 1.0),
    ("kinematic_viscosity", "cSt", "40.0 C"): ("viscosity_cst_40c", 1.0),
    ("kinematic_viscosity", "cSt", "50.0 C"): ("viscosity_cst_50c", 1.0),
}
#: A coarse assay needs this many points and this much distilled; else its curve says too little.
COARSE_POINTS, COARSE_PCT = 4, 50.0
DISTILLED = ("5", "10", "20", "30", "40", "50", "60", "70", "80", "90", "95")


def read(folder: Path, name: str) -> list[Row]:
    """Rows of one shared table."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def density(api: str) -> str:
    """Density [t/m3 at 60 F] of a listed API gravity; blank stays blank."""
    return f"{141.5 / (float(api) + 131.5) * WATER_60F:.6f}" if api else ""


def number(value: float) -> str:
    """Six significant digits."""
    return f"{value:.6g}"


def by(rows: Iterable[Row], key: str) -> Iterator[tuple[str, list[Row]]]:
    """Neighbouring rows that share a key."""
    for name, group in groupby(rows, key=lambda row: row[key]):
        yield name, list(group)


def slug(text: str) -> str:
    """Make an identifier of a title."""
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", text.casefold())).strip("_")


class Library:
    """Rows of the shipped files, by source group."""

    def __init__(self, notes: list[Row]) -> None:
        self.notes = {row["name"]: row for row in notes}
        self.index: list[Row] = []
        self.cuts: dict[str, list[Row]] = {}
        self.points: dict[str, list[Row]] = {}

    def add(self, group: str, entry: Row, cuts: list[Row], points: list[Row]) -> None:
        """Take one assay in, with what the notes say about it."""
        note = self.notes.pop(entry["name"], {})
        extra = {key: note.get(key) or "" for key in ("region", "aliases", "doubtful", "prefer", "note")}
        extra["kind"] = note.get("kind") or "crude"
        count = str(sum(row["cut"] != "WHOLE" for row in cuts))
        self.index.append({**entry, **extra, "group": group, "cuts": count})
        name = {"assay": entry["name"]}
        self.cuts.setdefault(group, []).extend({**name, **row} for row in cuts)
        self.points.setdefault(group, []).extend({**name, **row} for row in points)


def add_prelim(library: Library, folder: Path) -> None:
    """Take in the PRELIM inventory: cuts by weight, mid-boiling points as points of the curve."""
    for name, rows in by(read(folder, "prelim_nine_cut.csv"), "crude_id"):
        cuts, points, reached = [], [], 0.0
        for row in rows:
            if row["cut"] == "AR":  # the sum of the last three cuts
                continue
            out = {canonical: row[column] for column, canonical in PRELIM.items()}
            out |= {"cut": row["cut"], "density_t_per_m3": density(row["api_gravity"])}
            if row["cut"] != "WHOLE":
                out |= {
                    "start_c": row["t_start_C"].replace("IBP", ""),
                    "end_c": row["t_end_C"].replace("FBP", ""),
                }
                out |= {"yield_wt_pct": row["yield_wt_pct"], "yield_vol_pct": row["yield_vol_pct"]}
                share = float(row["yield_wt_pct"])
                if row["tb50_wt_C"] and share > 0.0:
                    middle = number(reached + 0.5 * share)
                    points.append({"temperature_c": row["tb50_wt_C"], "cumulative_wt_pct": middle})
                reached += share
            cuts.append(out)
        title = rows[0]["name_in_source"]
        year = re.search(r"(19|20)\d\d", title)
        entry = {
            "name": name,
            "title": title,
            "date": year.group() if year else "",
            "source": rows[0]["source"],
        }
        entry |= {"api_gravity": rows[0]["api_gravity"], "sulfur_wt_pct": rows[0]["sulfur_wt_pct"]}
        library.add("prelim", entry, cuts, points)


def add_exxon(library: Library, folder: Path) -> None:
    """Take in the ExxonMobil assays of ADIOS: cuts by volume, distillations of the cuts as points."""
    whole_curves = {row["adios_id"]: row for row in read(folder, "adios_exxon_tbp.csv")}
    inside: dict[str, dict[str, Row]] = {}
    for row in read(folder, "adios_exxon_cut_distillation.csv"):
        inside.setdefault(row["adios_id"], {})[row["cut"]] = row
    for code, rows in by(read(folder, "adios_exxon_cuts.csv"), "adios_id"):
        cuts, points, reached = [], [], 0.0
        start = whole_curves[code]["t0_C"]
        for row in rows:
            out = {canonical: row[column] for column, canonical in EXXON.items()} | {"cut": row["cut"]}
            if row["cut"] != "WHOLE":
                out |= {
                    "start_c": row["t_start_C"],
                    "end_c": row["t_end_C"],
                    "yield_vol_pct": row["yield_vol_pct"],
                }
                if row["cut"] == "C4-" and float(start) < float(row["t_end_C"]):
                    out["start_c"] = start
                distillation = inside[code].get(row["cut"])
                if distillation:
                    points += inner_points(distillation, reached, float(row["yield_vol_pct"]))
                    out["end_c"] = out["end_c"] or distillation["t100_C"]
                reached += float(row["yield_vol_pct"])
            cuts.append(out)
        first = rows[0]
        year = re.search(r", (\d{4})\)", first["source"])
        entry = {"name": f"adios_{slug(first['crude'])}", "title": first["crude"], "source": first["source"]}
        entry |= {"date": year.group(1) if year else "", "api_gravity": first["api_gravity_whole"]}
        entry["sulfur_wt_pct"] = first["sulfur_wt_pct"]
        library.add("adios_exxon", entry, cuts, points)


def inner_points(distillation: Row, reached: float, share: float) -> list[Row]:
    """Turn the distillation of one cut into points of the whole crude."""
    return [
        {
            "temperature_c": distillation[f"t{per_cent}_C"],
            "cumulative_vol_pct": f"{reached + share * float(per_cent) / 100.0:.6f}",
        }
        for per_cent in DISTILLED
    ]


def add_other(library: Library, folder: Path) -> list[str]:
    """Coarse assays; returns the reasons for which samples were left out."""
    listed: dict[str, list[Row]] = {}
    for row in read(folder, "adios_other_properties.csv"):
        listed.setdefault(row["adios_id"], []).append(row)
    left_out = []
    for code, rows in by(read(folder, "adios_other_distillation.csv"), "adios_id"):
        rows = sorted(rows, key=lambda row: (float(row["temperature_C"]), float(row["cum_pct"])))
        plain = re.split(r"[,(\[]", rows[0]["name"])[0]
        name = f"adios_{slug(plain)}_{code.casefold()}"
        reached = float(rows[-1]["cum_pct"])
        if len(rows) < COARSE_POINTS or reached < COARSE_PCT:
            left_out.append(f"{name}: {len(rows)} points up to {reached:g} %")
            library.notes.pop(name, None)
            continue
        points = [{"temperature_c": row["temperature_C"]} for row in rows]
        basis = "cumulative_wt_pct" if rows[0]["basis"] == "wt" else "cumulative_vol_pct"
        for point, row in zip(points, rows, strict=True):
            point[basis] = row["cum_pct"]
        whole = {"cut": "WHOLE", "density_t_per_m3": density(rows[0]["api_gravity"])}
        for row in listed.get(code, []):
            known = OTHER.get((row["property"], row["unit"], row["condition"] or ""))
            if known and row["value"] and known[0] not in whole:
                whole[known[0]] = number(float(row["value"]) * known[1])
        years = re.findall(r"(?:19|20)\d\d", rows[0]["source"].split("original:")[-1])
        entry = {"name": name, "title": rows[0]["name"], "date": years[-1] if years else ""}
        entry |= {"source": rows[0]["source"], "api_gravity": rows[0]["api_gravity"]}
        entry["sulfur_wt_pct"] = whole.get("sulfur_wt_pct", "")
        library.add("adios_other", entry, [whole], points)
    return left_out


def write(name: str, rows: list[Row], first: tuple[str, ...]) -> None:
    """Write one file of the library, leaving out columns that hold nothing."""
    columns = list(dict.fromkeys([*first, *(key for row in rows for key in row)]))
    used = [column for column in columns if column in first or any(row.get(column) for row in rows)]
    with (OUT / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, used, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> int:
    """Build all files; 1 if a note belongs to no assay."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY.parent / "shared" / "data" / "assays"
    with (REPOSITORY / "tools" / "assay_notes.csv").open(encoding="utf-8", newline="") as file:
        library = Library(list(csv.DictReader(file)))
    add_prelim(library, folder)
    add_exxon(library, folder)
    left_out = add_other(library, folder)
    if library.notes:
        print("notes for unknown assays:", ", ".join(library.notes), file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    index = ("name", "title", "aliases", "group", "region", "date", "api_gravity", "sulfur_wt_pct", "cuts",
             "kind", "doubtful", "prefer", "note", "source")  # fmt: skip
    write("index.csv", library.index, index)
    for group, rows in library.cuts.items():
        write(f"cuts_{group}.csv", rows, ("assay", "cut"))
        write(f"points_{group}.csv", library.points[group], ("assay", "temperature_c"))
    print(f"{len(library.index)} assays; left out: {len(left_out)}")
    print("\n".join(left_out))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
