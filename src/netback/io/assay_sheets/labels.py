"""Labels of assay sheets: which property a row holds, and what turns its numbers into ours.

A label is a name and a uom: ``Total Sulphur (% wt)``, ``Sulfur, wt%``, ``Viscosity @ 68 F (cSt)``. Both must be known;
nothing is guessed from the size of a number. The labels are those of the ExxonMobil sheets that NOAA transcribes into
ADIOS (github.com/NOAA-ORR-ERD/adios_oil_database, data_sources/exxon_assays) and of Equinor and BP sheets as public
programs read them; both spellings of sulphur and vapour are taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from netback.uom import WATER_60F_T_PER_M3

YIELD_WT, YIELD_VOL = "yield_wt_pct", "yield_vol_pct"
DENSITY: Final = "density_t_per_m3"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A property, with ``factor`` and ``offset`` that turn a printed number into its uom."""

    property: str
    factor: float = 1.0
    offset: float = 0.0

    def value(self, printed: float) -> float:
        """The number in the uom of the property."""
        return printed * self.factor + self.offset


_UOMS: Final = {
    **dict.fromkeys(("% wt", "wt%", "wt %", "%wt"), "wt_pct"),
    **dict.fromkeys(("% vol", "vol%", "vol %", "%vol"), "vol_pct"),
    **dict.fromkeys(("ppm", "ppm wt", "wppm", "mg/kg"), "ppm"),
    **dict.fromkeys(("mgkoh/g", "mg koh/g", "mg/gm"), "mgkoh_g"),
    **dict.fromkeys(("g/cc", "kg/litre", "kg/l"), "t_per_m3"),
    "kg/m3": "kg_per_m3",
    "60/60f": "water",
    "cst": "cst",
    "mm": "mm",
    "psi": "psi",
    "kpa": "kpa",
    "c": "c",
    "f": "f",
    "%": "pct",
}
_NAMES: Final = {
    "yield": "yield",
    "yield on crude": "yield",
    "cut volume": "cut volume",
    "specific gravity": "density",
    "carbon": "carbon",
    "hydrogen": "hydrogen",
    "pour point": "pour",
    "cloud point": "cloud",
    "freeze point": "freeze",
    "aniline point": "aniline",
    "aniline pt": "aniline",
    "smoke point": "smoke",
    "total sulphur": "sulfur",
    "sulphur": "sulfur",
    "mercaptan sulphur": "mercaptan",
    "total nitrogen": "nitrogen",
    "nitrogen": "nitrogen",
    "basic nitrogen": "basic_nitrogen",
    "total acid number": "tan",
    "neutralization number (tan)": "tan",
    "acidity": "tan",
    "paraffins": "paraffins",
    "naphthenes": "naphthenes",
    "aromatics": "aromatics",
    "aromatics (fia)": "aromatics",
    "naphthalenes": "naphthalenes",
    "naphthalenes (d1840)": "naphthalenes",
    "wax": "wax",
    "c7 asphaltenes": "asphaltenes",
    "n-heptane insolubles (c7 asphaltenes)": "asphaltenes",
    "micro carbon residue": "mcr",
    "rams. carbon residue": "ramsbottom",
    "conradson carbon residue": "ccr",
    "ccr": "ccr",
    "vanadium": "vanadium",
    "nickel": "nickel",
    "iron": "iron",
    "sodium": "sodium",
    "reid vapour pressure": "rvp",
    "reid vapour pressure (rvp) whole crude": "rvp",
    "cetane index": "cetane_index",
    "cetane index 1990 (d4737)": "cetane_index",
    "ron (clear)": "ron",
    "mon (clear)": "mon",
}
#: Property and conversion by name and uom.
_MEANINGS: Final[dict[tuple[str, str], Meaning]] = {
    ("yield", "wt_pct"): Meaning(YIELD_WT),
    ("yield", "vol_pct"): Meaning(YIELD_VOL),
    ("cut volume", "pct"): Meaning(YIELD_VOL),
    ("density", "t_per_m3"): Meaning(DENSITY),
    ("density", "kg_per_m3"): Meaning(DENSITY, 1e-3),
    ("density", "water"): Meaning(DENSITY, WATER_60F_T_PER_M3),
    ("sulfur", "ppm"): Meaning("sulfur_wt_pct", 1e-4),
    ("tan", "mgkoh_g"): Meaning("tan_mgkoh_g"),
    ("smoke", "mm"): Meaning("smoke_mm"),
    ("rvp", "psi"): Meaning("rvp_psi"),
    ("rvp", "kpa"): Meaning("rvp_kpa"),
    ("naphthalenes", "vol_pct"): Meaning("naphthalenes_vol_pct"),
    **{(name, ""): Meaning(name) for name in ("cetane_index", "ron", "mon")},
    **{
        (name, "wt_pct"): Meaning(f"{name}_wt_pct")
        for name in (
            *("sulfur", "carbon", "hydrogen", "paraffins", "naphthenes", "aromatics", "wax", "asphaltenes"),
            *("mcr", "ramsbottom", "ccr"),
        )
    },
    **{(name, "vol_pct"): Meaning(f"{name}_vol_pct") for name in ("paraffins", "naphthenes", "aromatics")},
    **{
        (name, "ppm"): Meaning(f"{name}_ppm")
        for name in (*("mercaptan", "nitrogen", "basic_nitrogen", "vanadium", "nickel", "iron", "sodium"),)
    },
    **{(name, "c"): Meaning(f"{name}_c") for name in ("pour", "cloud", "freeze", "aniline")},
    **{
        (name, "f"): Meaning(f"{name}_c", 1.0 / 1.8, -32.0 / 1.8)
        for name in ("pour", "cloud", "freeze", "aniline")
    },
}
#: Rows that say again what others say, with what they follow from.
FOLLOWS: Final = {
    "api gravity": "the density",
    "uopk": "the density and the boiling points",
    "molecular weight": "the density and the boiling points",
    "volume average b.p.": "the boiling points",
    "cumulative yield": "the yields",
}
_VISCOSITY: Final = re.compile(r"viscosity (?:@|at) (\d+) ?([cf])(?:/\d+ ?[cf])?")
_DENSITY: Final = re.compile(r"density (?:@|at) (?:15 ?c|59 ?f|60 ?f)")
_VISCOSITY_C: Final = (20, 40, 50, 60, 100, 130, 150)


def plain(text: str) -> str:
    """A label in small letters, with single blanks and one spelling, without signs of degree and the last comma."""
    small = " ".join(text.casefold().replace("°", "").replace("º", "").split()).rstrip(" ,:")
    return small.replace("sulfur", "sulphur").replace("vapor ", "vapour ")


@lru_cache(maxsize=2048)
def meaning_of(label: str) -> Meaning | None:
    """What a row with this label holds; None if name or uom is not known."""
    name, uom = _parts(plain(label))
    if (viscosity := _VISCOSITY.fullmatch(name)) is not None and uom == "cst":
        degrees = float(viscosity[1]) if viscosity[2] == "c" else (float(viscosity[1]) - 32.0) / 1.8
        return Meaning(f"viscosity_cst_{degrees:.0f}c") if round(degrees) in _VISCOSITY_C else None
    if _DENSITY.fullmatch(name):
        name = "density"
    return _MEANINGS.get((_NAMES.get(name, name), uom))


@lru_cache(maxsize=1)
def known_labels() -> tuple[str, ...]:
    """A label for every name and uom that is known, as a sheet would write it."""
    shown = {ours: printed for printed, ours in reversed(_UOMS.items())}
    names: dict[str, str] = {}
    for printed, ours in reversed(_NAMES.items()):
        names[ours] = printed
    return tuple(
        f"{names.get(name, name)} ({shown[uom]})" if uom else names.get(name, name) for name, uom in _MEANINGS
    )


def follows_from(label: str) -> str:
    """What a row that is not read follows from; blank if it says something of its own."""
    return FOLLOWS.get(_parts(plain(label))[0], "")


def _parts(small: str) -> tuple[str, str]:
    """Name and uom of a label; the uom stands in brackets or behind the last comma."""
    bracket = re.fullmatch(r"(.+?) ?\(([^()]*)\)", small)
    if bracket is not None and bracket[2].strip() in _UOMS:
        return bracket[1].strip(), _UOMS[bracket[2].strip()]
    name, comma, uom = small.rpartition(",")
    if comma and uom.strip() in _UOMS:
        return name.strip(), _UOMS[uom.strip()]
    if bracket is not None and bracket[2].strip() == "g/mol":
        return bracket[1].strip(), ""
    return small, ""
