"""A synthetic refining system as a Netback case: R refineries, P months, C crudes, drawn from one seed.

Real: the assays (ExxonMobil crudes of the shipped library, cut at each plant's own points), the limits of the
product standards, the blending rules. Invented: every number of plant, market and price. Those rows have the status
``assumed`` and a range, and their source says that the generator drew them; none describes a plant that exists.

Each refinery (names begin with r01_, r02_, ...) has a crude distillation with three swing cuts, a gas plant, naphtha,
kerosene and diesel hydrotreaters, a reformer with three severities and base-delta yields, an isomerisation, a fuel
system, tanks for every crude, the reformer's feed and every product, and nine products, blended against limits of
octane, vapour pressure, sulphur, density, cetane index, freezing point, smoke point and viscosity. The supply of each
crude and the demand of each market are shared, so that the refineries do not fall apart into programs of their own.

    python benchmarks/synthetic.py --refineries 10 --periods 12 --crudes 40 OUT_FOLDER
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from netback.assay import library
from netback.case.case import Case

Row = dict[str, Any]
SOURCE = "SYNTHETIC"
STANDARDS = {
    "EN228": "EN 228, automotive petrol: RON 95, sulphur 10 mg/kg, density 720 to 775 kg/m3, summer RVP 60 kPa",
    "EN590": "EN 590, diesel: sulphur 10 mg/kg, density 820 to 845 kg/m3, cetane index 46, 2.0 to 4.5 cSt at 40 C",
    "JETA1": "DEF STAN 91-091, Jet A-1: sulphur 0.30 wt%, density 775 to 840 kg/m3, freezing -47 C, smoke 18 mm",
    "ISO8217": "ISO 8217, RMG 380 and RME 180: 380 and 180 cSt at 50 C, density 991 kg/m3; sulphur 3.5 wt% as once",
}

#: product -> (title, uom, price, price uom, share of crude capacity that one market takes)
PRODUCTS: dict[str, tuple[str, str, float, str, float]] = {
    "lpg": ("LPG", "t", 560.0, "USD/t", 0.05),
    "petrol_92": ("petrol RON 92", "m3", 98.0, "USD/bbl", 0.20),
    "petrol_95": ("petrol RON 95", "m3", 101.0, "USD/bbl", 0.15),
    "jet": ("Jet A-1", "m3", 103.0, "USD/bbl", 0.12),
    "diesel": ("diesel, 10 ppm sulphur", "m3", 105.0, "USD/bbl", 0.30),
    "gasoil": ("gas oil, 0.5 % sulphur", "m3", 97.0, "USD/bbl", 0.20),
    "naphtha": ("naphtha", "t", 640.0, "USD/t", 0.10),
    "fuel_oil_180": ("fuel oil 180 cSt", "t", 470.0, "USD/t", 0.15),
    "fuel_oil_380": ("fuel oil 380 cSt", "t", 440.0, "USD/t", 0.30),
}

#: market -> (price against the list, share of the demand)
MARKETS = {"home": (1.02, 0.5), "coast": (1.0, 0.4), "export": (0.95, 3.0)}

_NAPHTHA = ("light_naphtha", "heavy_naphtha")
_MIDDLE = ("kerosene", "diesel_cut")
#: product -> components
BLENDS: dict[str, tuple[str, ...]] = {
    "petrol_92": ("reformate_92", "reformate_96", "reformate_100", "isomerate", "light_naphtha_treated"),
    "petrol_95": ("reformate_92", "reformate_96", "reformate_100", "isomerate", "light_naphtha_treated"),
    "jet": ("kerosene", "kerosene_treated"),
    "diesel": ("kerosene_treated", "diesel_treated"),
    "gasoil": ("kerosene", "diesel_cut", "diesel_treated"),
    "naphtha": _NAPHTHA,
    "fuel_oil_180": ("residue", *_MIDDLE),
    "fuel_oil_380": ("residue", *_MIDDLE),
}

#: product -> (property, min, max, source)
SPECS: dict[str, tuple[tuple[str, float | None, float | None, str], ...]] = {
    "petrol_92": (("ron", 92, None, SOURCE), ("rvp_kpa", None, 60, "EN228"),
                  ("density_t_per_m3", 0.72, 0.775, "EN228"), ("sulfur_wt_pct", None, 0.005, SOURCE)),
    "petrol_95": (("ron", 95, None, "EN228"), ("rvp_kpa", None, 60, "EN228"),
                  ("density_t_per_m3", 0.72, 0.775, "EN228"), ("sulfur_wt_pct", None, 0.001, "EN228")),
    "jet": (("sulfur_wt_pct", None, 0.3, "JETA1"), ("density_t_per_m3", 0.775, 0.84, "JETA1"),
            ("freeze_c", None, -47, "JETA1"), ("smoke_mm", 18, None, "JETA1")),
    "diesel": (("sulfur_wt_pct", None, 0.001, "EN590"), ("density_t_per_m3", 0.82, 0.845, "EN590"),
               ("cetane_index", 46, None, "EN590"), ("viscosity_cst_40c", 2.0, 4.5, "EN590")),
    "gasoil": (("sulfur_wt_pct", None, 0.5, SOURCE), ("density_t_per_m3", 0.82, 0.87, SOURCE),
               ("cetane_index", 45, None, SOURCE), ("viscosity_cst_40c", 1.5, 5.5, SOURCE)),
    "naphtha": (("density_t_per_m3", 0.65, 0.76, SOURCE), ("sulfur_wt_pct", None, 0.1, SOURCE)),
    "fuel_oil_180": (("viscosity_cst_50c", None, 180, "ISO8217"), ("sulfur_wt_pct", None, 3.5, "ISO8217"),
                     ("density_t_per_m3", None, 0.991, "ISO8217")),
    "fuel_oil_380": (("viscosity_cst_50c", None, 380, "ISO8217"), ("sulfur_wt_pct", None, 3.5, "ISO8217"),
                     ("density_t_per_m3", None, 0.991, "ISO8217")),
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large a synthetic case is."""

    refineries: int = 10
    periods: int = 12
    crudes: int = 40


#: The size that the project's speed target speaks of.
TARGET = Size()


def crude_names(count: int) -> tuple[str, ...]:
    """Assays of crudes (no condensates) with every property that the products are bound by."""
    entries = [
        entry
        for entry in library.index().values()
        if entry.group == "adios_exxon" and not entry.doubtful and 18.0 < entry.api_gravity < 50.0
    ]
    if count > len(entries):
        raise ValueError(f"the library has {len(entries)} such crudes, {count} are asked for")
    step = len(entries) / count
    return tuple(entries[int(k * step)].name for k in range(count))


def synthetic(size: Size = TARGET, seed: int = 2026) -> Case:
    """The case of one size; equal arguments give equal cases."""
    tables = synthetic_tables(size, seed)
    name = f"synthetic_{size.refineries}_{size.periods}_{size.crudes}"
    title = f"Synthetic plan: {size.refineries} refineries, {size.periods} months, {size.crudes} crudes"
    return Case.of(name, tables, title=title, currency="USD", flow_uom="t", source=SOURCE)


def synthetic_tables(size: Size, seed: int) -> dict[str, list[Row]]:
    """Rows of every table."""
    draw = np.random.default_rng(seed)
    tables: dict[str, list[Row]] = defaultdict(list)
    tables["sources"].append({"source": SOURCE, "title": "drawn at random by benchmarks/synthetic.py"})
    tables["sources"].extend({"source": key, "title": title} for key, title in STANDARDS.items())
    _periods(tables, size.periods)
    crudes = crude_names(size.crudes)
    plants = [_Plant(tables, f"r{k:02d}", draw, crudes) for k in range(1, size.refineries + 1)]
    for plant in plants:
        plant.write()
    _shared_limits(tables, plants, crudes)
    return dict(tables)


def assumed(row: Row, main: str, spread: float = 0.1) -> Row:
    """The row as an assumption: its main number lies within ``spread`` of itself."""
    value = float(row[main])
    low, high = sorted((value * (1.0 - spread), value * (1.0 + spread)))
    return row | {"status": "assumed", "low": round(low, 6), "high": round(high, 6), "source": SOURCE}


def _periods(tables: dict[str, list[Row]], count: int) -> None:
    start = date(2027, 1, 1)
    for _ in range(count):
        after = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        days = (after - start).days
        tables["periods"].append({"period": f"{start:%Y-%m}", "start": start, "days": float(days)})
        start = after


class _Plant:
    """Writes the rows of one refinery. ``throughput`` is its crude capacity [t/d]."""

    def __init__(
        self, tables: dict[str, list[Row]], prefix: str, draw: np.random.Generator, crudes: tuple[str, ...]
    ) -> None:
        self.tables, self.prefix, self.draw, self.crudes = tables, prefix, draw, crudes
        self.throughput = float(np.round(draw.uniform(8_000, 30_000), -2))
        self.months = [row["period"] for row in tables["periods"]]

    def name(self, stem: str) -> str:
        return f"{self.prefix}_{stem}"

    def around(self, value: float, spread: float = 0.1, digits: int = 4) -> float:
        return round(float(value * self.draw.uniform(1.0 - spread, 1.0 + spread)), digits)

    def add(self, table: str, rows: Iterable[Row]) -> None:
        self.tables[table].extend(rows)

    def write(self) -> None:
        self._streams()
        self._distillation()
        self._units()
        self._capacities()
        self._blends()
        self._purchases()
        self._sales()
        self._tanks()

    def _streams(self) -> None:
        name = self.name
        self.add("streams", ({"stream": name(c), "kind": "crude"} for c in self.crudes))
        self.add("crudes", ({"crude": name(c), "assay": c} for c in self.crudes))
        intermediate = [
            "crude_gas", *_NAPHTHA, "swing_naphtha_kerosene", *_MIDDLE, "swing_kerosene_diesel",
            "swing_diesel_residue", "residue", "light_naphtha_treated", "heavy_naphtha_treated",
            "kerosene_treated", "diesel_treated", "reformate_92", "reformate_96", "reformate_100", "isomerate",
            "hydrogen", "fuel_gas",
        ]  # fmt: skip
        self.add("streams", ({"stream": name(s), "kind": "intermediate"} for s in intermediate))
        self.add("streams", [{"stream": name("fuel"), "kind": "utility", "uom": "GJ"}])
        self.add("streams", [{"stream": name("burned"), "kind": "loss"}])
        for product, (title, uom, *_) in PRODUCTS.items():
            row = {"stream": name(product), "title": f"{title}, {self.prefix}", "kind": "product", "uom": uom}
            self.add("streams", [row])

    def _distillation(self) -> None:
        unit = self.name("cdu")
        self.add("units", [{"unit": unit}])
        points = np.round(np.array([15, 80, 150, 180, 230, 260, 320, 342]) + self.draw.uniform(-1, 1, 8), 1)
        joins = {
            "swing_naphtha_kerosene": "heavy_naphtha;kerosene",
            "swing_kerosene_diesel": "kerosene;diesel_cut",
            "swing_diesel_residue": "diesel_cut;residue",
        }
        cuts = (
            "crude_gas", "light_naphtha", "heavy_naphtha", "swing_naphtha_kerosene", "kerosene",
            "swing_kerosene_diesel", "diesel_cut", "swing_diesel_residue", "residue",
        )  # fmt: skip
        for position, cut in enumerate(cuts):
            row: Row = {"unit": unit, "stream": self.name(cut)}
            if position:
                row["from_c"] = float(points[position - 1])
            if cut in joins:
                row["swing_to"] = ";".join(self.name(part) for part in joins[cut].split(";"))
            if position < len(points):
                row = assumed(row | {"to_c": float(points[position])}, "to_c", 0.03)
            self.add("cuts", [row])
        self.add("feeds", ({"unit": unit, "feed": self.name(c)} for c in self.crudes))
        cost = {"unit": unit, "cost": self.around(0.4), "cost_uom": "USD/bbl", "loss_wt_pct": 0.5}
        self.add("modes", [assumed(cost, "cost", 0.5)])
        self._heat("cdu", 0.6)

    def _heat(self, unit: str, use: float) -> None:
        row = {"unit": self.name(unit), "utility": self.name("fuel"), "use": self.around(use), "per": "t"}
        self.add("utilities", [assumed(row, "use", 0.3)])

    def _yields(self, unit: str, feed: str, products: dict[str, float], mode: str | None = None) -> None:
        for product, share in products.items():
            row: Row = {"unit": self.name(unit), "mode": mode, "feed": self.name(feed)}
            row |= {"product": self.name(product), "yield": share, "basis": "mass"}
            self.add("yields", [assumed(row, "yield", 0.05)])

    def _quality(self, unit: str, product: str, property: str, mode: str | None = None, **how: float) -> None:
        row: Row = {"unit": self.name(unit), "mode": mode, "product": self.name(product)}
        row |= {"property": property, **how}
        self.add("product_properties", [assumed(row, "value") if "value" in how else row])

    def _units(self) -> None:
        stems = ("gas_plant", "nht", "kht", "dht", "reformer", "isom", "fuel_system")
        self.add("units", ({"unit": self.name(stem)} for stem in stems))
        self._yields("gas_plant", "crude_gas", {"lpg": 0.85, "fuel_gas": 0.15})
        self._naphtha_hydrotreater()
        self._hydrotreater("kht", "kerosene", "kerosene_treated", 0.006)
        self._hydrotreater("dht", "diesel_cut", "diesel_treated", 0.009)
        for octane, gas in ((92, 0.13), (96, 0.16), (100, 0.19)):
            self._reformer(octane, gas)
        self._yields(
            "isom", "light_naphtha_treated", {"isomerate": 0.98, "fuel_gas": 0.021, "hydrogen": -0.001}
        )
        for property, value in (
            ("ron", 84),
            ("density_t_per_m3", 0.65),
            ("rvp_kpa", 85),
            ("sulfur_wt_pct", 1e-4),
        ):
            self._quality("isom", "isomerate", property, value=value)
        self._heat("isom", 3.0)
        for feed, heat in (("fuel_gas", 46.9), ("lpg", 46.0), ("hydrogen", 120.0), ("residue", 39.5)):
            row: Row = {
                "unit": self.name("fuel_system"),
                "feed": self.name(feed),
                "product": self.name("fuel"),
            }
            self.add("yields", [assumed(row | {"yield": heat, "basis": "flow"}, "yield", 0.03)])
            self._yields("fuel_system", feed, {"burned": 1.0})

    def _naphtha_hydrotreater(self) -> None:
        for cut in _NAPHTHA:
            treated = f"{cut}_treated"
            self._yields("nht", cut, {treated: 0.9965, "fuel_gas": 0.005, "hydrogen": -0.0015})
            self._quality("nht", treated, "density_t_per_m3", factor=1.0, offset=-0.004)
            self._quality("nht", treated, "sulfur_wt_pct", value=1e-4)
        self._quality("nht", "heavy_naphtha_treated", "naphthenes_vol_pct", factor=1.0)
        self._quality("nht", "light_naphtha_treated", "ron", value=self.around(68, 0.03))
        self._quality("nht", "light_naphtha_treated", "rvp_kpa", value=self.around(78, 0.05))
        self._heat("nht", 0.9)

    def _hydrotreater(self, unit: str, feed: str, product: str, hydrogen: float) -> None:
        self._yields(unit, feed, {product: 0.985, "fuel_gas": 0.015 + hydrogen, "hydrogen": -hydrogen})
        left = 0.001 if unit == "dht" else 0.005
        self._quality(unit, product, "sulfur_wt_pct", factor=left)
        self._quality(unit, product, "density_t_per_m3", factor=1.0, offset=-0.006)
        self._quality(unit, product, "cetane_index", factor=1.0, offset=2.0)
        for property in ("viscosity_cst_40c", *(("freeze_c", "smoke_mm") if unit == "kht" else ())):
            self._quality(unit, product, property, factor=1.0)
        self._heat(unit, 1.2)

    def _reformer(self, octane: int, gas: float) -> None:
        mode, made, hydrogen = f"ron_{octane}", f"reformate_{octane}", 0.022
        shares = {made: 1.0 - gas - hydrogen, "lpg": 0.7 * gas, "fuel_gas": 0.3 * gas, "hydrogen": hydrogen}
        self._yields("reformer", "heavy_naphtha_treated", shares, mode)
        moves = {made: 0.0015, "lpg": -0.00117, "fuel_gas": -0.0005, "hydrogen": 0.00017}
        for product, delta in moves.items():
            row: Row = {
                "unit": self.name("reformer"),
                "mode": mode,
                "feed": self.name("heavy_naphtha_treated"),
            }
            row |= {
                "product": self.name(product),
                "property": "naphthenes_vol_pct",
                "base": 35.0,
                "step": 1.0,
            }
            self.add("deltas", [assumed(row | {"delta": delta}, "delta", 0.3)])
        values = {"ron": octane, "density_t_per_m3": 0.771, "rvp_kpa": 25, "sulfur_wt_pct": 1e-4}
        for property, value in values.items():
            self._quality("reformer", made, property, mode, value=value)
        cost = {"unit": self.name("reformer"), "mode": mode, "cost": self.around(3.0), "cost_uom": "USD/t"}
        self.add("modes", [assumed(cost, "cost", 0.5)])
        if octane == 92:
            self._heat("reformer", 3.0)

    def _capacities(self) -> None:
        shares = {
            "cdu": 1.0,
            "gas_plant": 0.05,
            "nht": 0.25,
            "kht": 0.10,
            "dht": 0.25,
            "reformer": 0.13,
            "isom": 0.05,
        }
        for unit, share in shares.items():
            row: Row = {"unit": self.name(unit), "uom": "t/d"}
            row["max"] = round(self.throughput * share * float(self.draw.uniform(0.9, 1.1)), 1)
            if unit == "cdu":
                row |= {"max": self.throughput, "min": round(0.5 * self.throughput, 1), "breaker_cost": 500.0}
            self.add("capacities", [assumed(row, "max")])

    def _blends(self) -> None:
        for product, components in BLENDS.items():
            for part in components:
                row: Row = {"product": self.name(product), "component": self.name(part)}
                if (product, part) == ("petrol_95", "isomerate"):
                    row = assumed(row | {"max_share": 0.25}, "max_share")
                self.add("blends", [row])
        for product, specs in SPECS.items():
            for property, least, most, source in specs:
                spec: Row = {"product": self.name(product), "property": property, "min": least, "max": most}
                if source == SOURCE:
                    spec = assumed(spec, "min" if most is None else "max", 0.02)
                self.add("specs", [spec | {"source": source}])

    def _purchases(self) -> None:
        season = self._season()
        for crude in self.crudes:
            entry = library.index()[crude]
            level = (
                82.0
                + 0.25 * (entry.api_gravity - 33.0)
                - 2.5 * entry.sulfur_wt_pct
                + self.draw.normal(0, 1.2)
            )
            offer, most = self.name(f"{crude}_spot"), round(self.throughput * 30 * 0.25, -2)
            for month, factor in zip(self.months, season, strict=True):
                row: Row = {"offer": offer, "stream": self.name(crude), "period": month, "max": most}
                row |= {"price": round(level * factor, 3), "price_uom": "USD/bbl", "price_basis": "fob"}
                self.add("offers", [assumed(row, "price")])
            freight = {
                "offer": offer,
                "item": "freight",
                "cost": self.around(2.5, 0.6, 3),
                "cost_uom": "USD/bbl",
            }
            cover = {"offer": offer, "item": "insurance", "cost": 0.1, "cost_uom": "%"}
            self.add("offer_costs", [assumed(freight, "cost", 0.5), assumed(cover, "cost", 0.5)])
        hydrogen: Row = {
            "offer": self.name("hydrogen_import"),
            "stream": self.name("hydrogen"),
            "price": 2800.0,
        }
        self.add("offers", [assumed(hydrogen | {"price_uom": "USD/t"}, "price", 0.3)])

    def _season(self) -> list[float]:
        wave = (
            1.0
            + 0.04 * np.sin(np.arange(len(self.months)) / 6.0 * np.pi)
            + self.draw.normal(0, 0.01, len(self.months))
        )
        return [round(float(factor), 4) for factor in wave]

    def _sales(self) -> None:
        for product, (_, uom, price, price_uom, share) in PRODUCTS.items():
            season, density = self._season(), 0.8 if uom == "m3" else 1.0
            for market, (level, part) in MARKETS.items():
                sale = self.name(f"{product}_{market}")
                most = round(self.throughput * share * part / density, 1)
                for month, factor in zip(self.months, season, strict=True):
                    row: Row = {"sale": sale, "stream": self.name(product), "market": market, "period": month}
                    row |= {"price": round(price * level * factor, 3), "price_uom": price_uom}
                    row |= {"max": most, "uom": f"{uom}/d"}
                    if market == "home" and product in ("diesel", "petrol_92"):
                        row |= {"min": round(0.1 * most, 1), "breaker_cost": 300.0}
                    self.add("sales", [assumed(row, "price")])
            levy = {
                "sale": self.name(f"{product}_export"),
                "item": "freight",
                "cost": self.around(18.0, 0.4, 2),
            }
            self.add(
                "sale_costs", [assumed(levy | {"cost_uom": "USD/t" if uom == "t" else "USD/m3"}, "cost", 0.4)]
            )

    def _tanks(self) -> None:
        month = self.throughput * 30
        for crude in self.crudes:
            row: Row = {"stream": self.name(crude), "max": round(0.15 * month, -2), "closing_value": 600.0}
            row |= {"holding_cost": 1.5, "holding_cost_uom": "USD/t", "closing_value_uom": "USD/t"}
            self.add("inventories", [assumed(row, "max")])
        for crude in self.crudes[:3]:
            stock = {"stream": self.name(crude), "quantity": round(0.05 * month, -2), "uom": "t"}
            self.add("opening_stocks", [assumed(stock, "quantity")])
        tanks = {"heavy_naphtha_treated": 450.0} | {product: row[2] for product, row in PRODUCTS.items()}
        for stream, price in tanks.items():
            uom = PRODUCTS[stream][1] if stream in PRODUCTS else "t"
            value = price * 6.2898 if uom == "m3" else price
            row = {
                "stream": self.name(stream),
                "max": round(0.08 * month, -2),
                "closing_value": round(0.8 * value, 2),
            }
            row |= {"closing_value_uom": f"USD/{uom}", "holding_cost": 1.0, "holding_cost_uom": f"USD/{uom}"}
            self.add("inventories", [assumed(row, "max")])
        limit = {"limit": self.name("crude_tanks"), "title": f"all crude tanks, {self.prefix}", "uom": "t"}
        self.add("limits", [assumed(limit | {"max": round(0.5 * month, -2)}, "max")])
        terms = ({"limit": limit["limit"], "activity": "stock", "item": self.name(c)} for c in self.crudes)
        self.add("limit_terms", terms)


def _shared_limits(tables: dict[str, list[Row]], plants: list[_Plant], crudes: tuple[str, ...]) -> None:
    """Supply of each crude and demand of each market over all refineries."""
    total = sum(plant.throughput for plant in plants)
    for crude in crudes:
        limit = f"supply_{crude}"
        row = {"limit": limit, "max": round(0.12 * total, -1), "uom": "t/d", "title": f"supply of {crude}"}
        tables["limits"].append(assumed(row, "max"))
        tables["limit_terms"].extend(
            {"limit": limit, "activity": "purchase", "item": plant.name(crude)} for plant in plants
        )
    for product, (title, uom, _, _, share) in PRODUCTS.items():
        for market, (_, part) in MARKETS.items():
            limit = f"demand_{product}_{market}"
            most = round(0.8 * total * share * part / (0.8 if uom == "m3" else 1.0), -1)
            row = {"limit": limit, "max": most, "uom": f"{uom}/d", "title": f"{title}, {market}"}
            tables["limits"].append(assumed(row, "max"))
            tables["limit_terms"].extend(
                {"limit": limit, "activity": "sale", "item": plant.name(f"{product}_{market}")}
                for plant in plants
            )


def main() -> None:
    """Write a synthetic case as a folder."""
    from netback.io.folder_writer import write_case

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    for part in ("refineries", "periods", "crudes"):
        parser.add_argument(f"--{part}", type=int, default=getattr(TARGET, part))
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    write_case(synthetic(Size(given.refineries, given.periods, given.crudes), given.seed), given.folder)


if __name__ == "__main__":
    main()
