"""PRELIM's hydroskimming slates against Netback: product volumes of each oil and the miss, as JSON and as a table.

The shipped case ``prelim_hydroskimming`` runs 100,000 barrels a day of one crude after the other; nothing but the
crude changes. A barrel is a barrel of the crude's listed gravity, so that both models run the same mass. Volumes are
percent of these 100,000 barrels, the inlet of every PRELIM run, and not of the ``crude_bbl_d`` of the slate file: that
column is the sum of the volumes of an assay's cuts, for some oils of another assay (see docs/prelim.md).

Two kinds of sample: *own* is the very assay that PRELIM ran, *other* another sample of the same crude.

    python benchmarks/prelim_slates.py [--slates FILE] [--out FILE] [--docs FILE]
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from netback.assay.library import index
from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.io.atomic import write_files
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.results.solution import Solution, solution_of

REPOSITORY = Path(__file__).resolve().parents[1]
SLATES = REPOSITORY.parent / "shared" / "data" / "units" / "prelim_product_slates.csv"
OUT = REPOSITORY / "benchmarks" / "results" / "prelim_slates.json"
DOCS = REPOSITORY / "docs" / "prelim.md"
CASE = "prelim_hydroskimming"
PRODUCTS = ("gasoline", "jet", "diesel", "fuel_oil", "residual_fuel", "lpg")
INLET_BBL = 100_000.0
_M3_PER_BBL = 0.158987294928
_WATER_60F_T_PER_M3 = 0.999016
_MARKS = ("<!-- slates -->", "<!-- end of slates -->")

Kind = Literal["own", "other"]


@dataclass(frozen=True, slots=True)
class Sample:
    """An assay that may stand for an oil. ``api_gravity`` [API] is the listed gravity of the whole crude.

    ``counted`` is False for a slate that is another oil's run again, and for a second sample of an oil.
    """

    oil: str
    assay: str
    kind: Kind
    note: str
    api_gravity: float
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """Product volumes of one sample [vol% of the inlet], Netback's and PRELIM's."""

    sample: Sample
    netback: Mapping[str, float]
    prelim: Mapping[str, float]

    @property
    def miss(self) -> dict[str, float]:
        """Netback less PRELIM by product [vol% of the inlet]."""
        return {product: self.netback[product] - self.prelim[product] for product in PRODUCTS}


def _own(oil: str, assay: str, api_gravity: float, note: str = "", counted: bool = True) -> Sample:
    return Sample(oil, assay, "own", note, api_gravity, counted)


def _other(oil: str, assay: str, note: str, counted: bool = True) -> Sample:
    return Sample(oil, assay, "other", note, index()[assay].api_gravity, counted)


#: The very assays that PRELIM ran: the first is in the library, the others in the folder assays of the case.
OWN: tuple[Sample, ...] = (
    _own("U.S. Texas Spraberry", "wti_stratiev", 40.8, "PRELIM takes West Texas Intermediate for it"),
    _own("Australia Cossack", "cossack_chevron", 47.3),
    _own("Azerbaijan Azeri", "azeri_light_chevron", 36.08),
    _own("Indonesia Minas", "minas_chevron", 33.94),
    _own("Nigeria Agbami", "agbami_chevron", 47.876),
    _own("Nigeria Escravos Beach", "escravos_chevron", 33.507),
    _own("Nigeria Pennington", "pennington_chevron", 35.416),
    _own("Norway Ekofisk", "ekofisk_statoil", 38.418),
    _own("Norway Oseberg", "oseberg_statoil", 39.7),
    _own("Norway Skarv", "skarv_bp", 35.984),
    _own("U.S. Bakken Flare", "bakken_various", 38.4),
    _own("U.S. Bakken No Flare", "bakken_various", 38.4, "same run as Bakken Flare", counted=False),
    _own("U.S. Texas Eagle Ford Black Oil Zone", "eagle_ford_platts", 43.1),
    _own("Canada Athabasca DC SCO", "suncor_a_crude_monitor", 33.5, "Suncor Synthetic A"),
)
OTHER: tuple[Sample, ...] = (
    _other("Azerbaijan Azeri", "adios_azeri_light", "ExxonMobil 2015 to 2020; PRELIM ran Chevron's"),
    _other("Azerbaijan Azeri", "azeri_btc", "a second sample: Solomon 2015, the export blend", counted=False),
    _other("Nigeria Bonny", "bonny_light", "Solomon 2004; PRELIM ran Chevron's Bonny Light, 32.7 API"),
    _other(
        "Nigeria Obagi", "bonny_light", "PRELIM takes Bonny Light for it: same run as Bonny", counted=False
    ),
    _other("Norway Ekofisk", "adios_ekofisk", "ExxonMobil 2016; PRELIM ran Statoil's, 38.4 API"),
    _other("Norway Oseberg", "adios_oseberg_blend", "ExxonMobil 2016; PRELIM ran Statoil's, 39.7 API"),
    _other(
        "Russia Samotlor",
        "siberian_light",
        "Solomon 2004; PRELIM takes Siberian Light for it, another sample",
    ),
    _other(
        "Russia Chayvo", "adios_sokol", "ExxonMobil 2019; PRELIM takes ExxonMobil's earlier Sokol, 36.4 API"
    ),
    _other(
        "Russia Chayvo",
        "adios_chayvo_ec00552",
        "a second sample: boiling curve and one density",
        counted=False,
    ),
)
#: Oils for which neither the library nor the case holds an assay, and why.
WITHOUT: Mapping[str, str] = {
    "Algeria Hassi R’Mel": "Algerian condensate (BP): not in the library",
    "China Nanhai Light": "Nanhai Light (Chevron): not in the library",
    "India Bombay High": "Bombay High (Crude Oil Analysis database): not in the library",
    "U.S. Texas Eagle Ford Volatile Oil Zone": "a composite of PRELIM's own: not published as an assay",
    "U.S. Texas Eagle Ford Condensate Zone": "PRELIM takes Snohvit condensate (Statoil): not in the library",
    "U.S.  East Texas Field": "East Texas Sweet (Crude Oil Analysis database): not in the library",
    "U.S. Louisiana Lake Washington Field": "Louisiana Light Sweet (Stratiev): not in the library",
    "U.S. Wyoming Salt Creek": "Wyoming Sweet (Crude Oil Analysis database): not in the library",
    "U.S. Wyoming WC": "Wyoming Sweet, as Salt Creek",
    "Canada Athabasca FC-HC SCO": "Syncrude Sweet Premium: PRELIM's inventory holds later assays only",
    "Denmark Dansk Blend": "PRELIM's own assay adds up to 103.0 % of the crude's mass: refused on reading",
}


def read_slates(path: Path, as_listed: bool = False) -> dict[str, dict[str, float]]:
    """Volumes of the hydroskimming slates by oil and product [vol% of the inlet of 100,000 bbl/d].

    ``as_listed`` leaves them as the file has them, in percent of its column ``crude_bbl_d``.

    Raises
    ------
    DataError
        If the file is not there.
    """
    if not path.is_file():
        raise DataError(Finding(str(path), "there is no such file.", "Name it with --slates."))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    hydroskimming = [row for row in rows if "config 0" in row["configuration_inferred"]]
    return {row["oil"]: _volumes(row, as_listed) for row in hydroskimming}


def _volumes(row: Mapping[str, str], as_listed: bool) -> dict[str, float]:
    share = 1.0 if as_listed else float(row["crude_bbl_d"]) / INLET_BBL
    return {product: float(row[f"{product}_vol_pct_of_crude"]) * share for product in PRODUCTS}


def crude_tonnes(api_gravity: float) -> float:
    """Mass of the inlet [t] of a crude of this gravity [API]."""
    return 141.5 / (131.5 + api_gravity) * _WATER_60F_T_PER_M3 * INLET_BBL * _M3_PER_BBL


def case_of(case: Case, sample: Sample) -> Case:
    """The case with the crude of a sample: other rows in crudes.csv and offers.csv, nothing else."""
    tonnes = crude_tonnes(sample.api_gravity)
    crude = {"crude": "crude", "assay": sample.assay, "source": "PRELIM", "note": sample.note}
    offers = [dict(record) for record in case.table("offers").records if record["offer"] != "crude"]
    bought = {"min": tonnes, "max": tonnes, "uom": "t/d", "price": 0.0, "price_uom": "USD/t", "source": "OCI"}
    offers.append({"offer": "crude", "stream": "crude", **bought})
    return case.with_table("crudes", [crude]).with_table("offers", offers)


def product_volumes(solution: Solution) -> dict[str, float]:
    """Products sold [vol% of the inlet]."""
    sales = solution["sales"]
    return {product: 100.0 * sales.one(sale=product)["volume"] / INLET_BBL for product in PRODUCTS}


def run(case: Case, sample: Sample) -> dict[str, float]:
    """Plan the case with a sample and return its product volumes [vol% of the inlet].

    Raises
    ------
    ModelError
        If the assay is unknown or open.
    ValueError
        If there is no proven plan.
    """
    return product_volumes(solution_of(plan(case_of(case, sample))))


def compare(
    slates: Mapping[str, Mapping[str, float]],
    scenario: str | None = None,
    samples: Iterable[Sample] = (*OWN, *OTHER),
) -> list[Comparison]:
    """Every sample against its slate."""
    case = read_case(CASE, scenario)
    return [Comparison(sample, run(case, sample), slates[sample.oil]) for sample in samples]


def summary(comparisons: Iterable[Comparison]) -> dict[str, dict[str, float]]:
    """Mean, mean absolute and largest absolute miss by product over the counted samples [vol% of the inlet]."""
    misses = [comparison.miss for comparison in comparisons if comparison.sample.counted]
    found: dict[str, dict[str, float]] = {}
    for product in PRODUCTS:
        values = np.array([miss[product] for miss in misses])
        size = np.abs(values)
        found[product] = {"mean": values.mean(), "mean_absolute": size.mean(), "largest": size.max()}
    return found


def of_kind(comparisons: Iterable[Comparison], kind: Kind) -> list[Comparison]:
    """The comparisons of one kind of sample."""
    return [comparison for comparison in comparisons if comparison.sample.kind == kind]


def report(path: Path) -> dict[str, Any]:
    """Everything for JSON: comparisons, summaries, scenarios, oils without an assay."""
    slates, listed = read_slates(path), read_slates(path, as_listed=True)
    comparisons = compare(slates)
    own = of_kind(comparisons, "own")
    kinds: tuple[Kind, ...] = ("own", "other")
    scenarios = {name: summary(compare(slates, name, OWN)) for name in ("slate_densities", "merox_all")}
    scenarios["slates as listed, % of crude_bbl_d"] = summary(
        replace(comparison, prelim=listed[comparison.sample.oil]) for comparison in own
    )
    return {
        "inlet_bbl_d": INLET_BBL,
        "unit": "vol% of the inlet",
        "comparisons": [
            {**asdict(c.sample), "netback": dict(c.netback), "prelim": dict(c.prelim), "miss": c.miss}
            for c in comparisons
        ],
        "summary": {kind: summary(of_kind(comparisons, kind)) for kind in kinds},
        "summary_of_scenarios": scenarios,
        "without_assay": dict(WITHOUT),
    }


def tables(found: Mapping[str, Any]) -> str:
    """Markdown of a report: one table per kind of sample, the summaries, the oils without an assay."""
    parts = []
    titles = {
        "own": "PRELIM's own assay in both models: the miss is that of the units",
        "other": "Another sample of the crude from the library: the miss is that of the sample, and of the units",
    }
    for kind, title in titles.items():
        rows = [row for row in found["comparisons"] if row["kind"] == kind]
        parts.append(f"### {title}\n\n{_slate_table(rows, found['summary'][kind])}")
    parts.append(f"### What else would move the miss, PRELIM's own assays\n\n{_scenario_table(found)}")
    without = [f"| {oil} | {reason} |" for oil, reason in found["without_assay"].items()]
    parts.append("### Oils without an assay\n\n| oil | why |\n| --- | --- |\n" + "\n".join(without))
    return "\n\n".join(parts)


def _slate_table(rows: Sequence[Mapping[str, Any]], total: Mapping[str, Mapping[str, float]]) -> str:
    lines = [_line("oil", "assay", *[name.replace("_", " ") for name in PRODUCTS])]
    lines.append(_line("---", "---", *["---:"] * len(PRODUCTS)))
    for row in rows:
        mark = "" if row["counted"] else " (not counted)"
        cells = [f"{row['netback'][p]:.2f} ({row['miss'][p]:+.2f})" for p in PRODUCTS]
        lines.append(_line(" ".join(row["oil"].split()) + mark, f"`{row['assay']}`", *cells))
    for key, title in (
        ("mean", "mean miss"),
        ("mean_absolute", "mean absolute miss"),
        ("largest", "largest"),
    ):
        sign = "+" if key == "mean" else ""
        lines.append(_line(f"**{title}**", "", *[f"**{total[p][key]:{sign}.2f}**" for p in PRODUCTS]))
    return "\n".join(lines)


def _scenario_table(found: Mapping[str, Any]) -> str:
    lines = [_line("case", "mean miss", *[name.replace("_", " ") for name in PRODUCTS])]
    lines.append(_line("---", "---", *["---:"] * len(PRODUCTS)))
    summaries = {"as shipped": found["summary"]["own"], **found["summary_of_scenarios"]}
    for name, total in summaries.items():
        for key, title in (("mean", "signed"), ("mean_absolute", "absolute")):
            sign = "+" if key == "mean" else ""
            lines.append(_line(name, title, *[f"{total[p][key]:{sign}.2f}" for p in PRODUCTS]))
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def with_tables(document: str, text: str) -> str:
    """The document with the text between its two marks.

    Raises
    ------
    DataError
        If a mark is missing.
    """
    start, end = (document.find(mark) for mark in _MARKS)
    if start < 0 or end < start:
        raise DataError(Finding("docs/prelim.md", f"the marks {' and '.join(_MARKS)} are not in it.", ""))
    return f"{document[: start + len(_MARKS[0])]}\n{text}\n{document[end:]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all samples; write the JSON and the tables of the document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--slates", type=Path, default=SLATES)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--docs", type=Path, default=DOCS)
    chosen = parser.parse_args(arguments)
    found = report(chosen.slates)
    text = tables(found)
    rounded = json.loads(json.dumps(found), parse_float=lambda number: round(float(number), 4))
    written = json.dumps(rounded, indent=1, ensure_ascii=False) + "\n"
    document = with_tables(chosen.docs.read_text(encoding="utf-8"), text)
    write_files(chosen.out.parent, {chosen.out.name: written})
    write_files(chosen.docs.parent, {chosen.docs.name: document})
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
