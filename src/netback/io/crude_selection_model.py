"""The crude selection problem of Yang and Barton as a program: buy crudes now, run the refinery when their assays show.

First stage: crudes are picked and bought, between bounds in barrels. Second stage, once per scenario: distillation,
reformer of two severities, cracker of two modes, isomerisation, desulphurisation, two gasolines, jet, diesel and fuel
oil. Liquid gas of five origins and cycle oil of two are each one pool, whose shares by origin are the same at every
outlet: the only products. All amounts are in kt per period, money in 1000 $.

Sources: Y. Yang, P.I. Barton, Integrated crude selection and refinery optimization under uncertainty, AIChE Journal
62 (2016) 1038-1053; C. Li, I.E. Grossmann, Journal of Global Optimization 75 (2019) 247-272. Pools are written by
shares of their origins as in :mod:`netback.program.pooling.parts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netback.io.crude_selection import CrudeSelection
from netback.program.builder import Builder
from netback.program.index import Index, IntArray
from netback.program.problem import FloatArray, Problem

#: The part of its sulphur that desulphurisation leaves, as published.
SULPHUR_LEFT = 0.005
#: Cost of desulphurisation [1000 $ per kt] = ((S * a + b) / 1000) * (0.85 / 0.159) / density, as published.
DESULPHURISATION = (109.0909, 365.4546, 0.85 / 0.159)
#: Refinery fuel: heat of fuel gas, liquid gas and light naphtha, fixed need and need per kt of crude.
HEAT, FUEL_FIXED, FUEL_PER_CRUDE = (1.3, 1.2, 1.1), 15.2, 0.018
#: Gasoline: research octane, least and greatest vapour pressure; both: sensitivity and liquid gas by volume.
GASOLINE = {"pg98": (98.0, 0.50, 0.86), "es95": (95.0, 0.45, 0.80)}
SENSITIVITY, LIQUID_GAS = 10.0, 0.05
HFO_VISCOSITY = (30.0, 33.0)
ORIGINS_LG = ("cdu", "reformer_95", "reformer_100", "cracker_mogas", "cracker_ago")
ORIGINS_CGO = ("cracker_mogas", "cracker_ago")
OUTLETS_LG = ("es95", "pg98", "burn", "sale")
OUTLETS_CGO = ("ago", "hfo", "desulphurisation")
COMPONENTS = ("isomerate", "light_naphtha", "reformate_95", "reformate_100", "cracked_naphtha")
ROUTES = ("ago", "desulphurisation", "hfo")
STREAMS = (
    *("fuel_gas_burn", "light_naphtha_sale", "light_naphtha_burn", "isomerisation", "jet_1", "jet_2"),
    *("reformer_95", "reformer_100", "cracker_mogas", "cracker_ago", "kerosine_ago"),
)


def crude_selection_problem(data: CrudeSelection, name: str, *, whole_pools: bool = True) -> Problem:
    """Build the whole program, all scenarios together (the deterministic equivalent), sense "min".

    ``whole_pools`` adds the redundant rows that say of every origin that what it makes is its share of all that the
    pool holds: ranges of shares then follow from those of the units' feeds, and relaxations are tighter.
    """
    return _Refinery(data, name, whole_pools).build()


class _Refinery:
    """Builds the program; ids of second-stage columns and rows end with the axis of scenarios (H,)."""

    def __init__(self, data: CrudeSelection, name: str, whole_pools: bool) -> None:
        self.whole_pools = whole_pools
        self.data, self.builder = data, Builder(name, "min")
        self.crudes = [f"c{c}" for c in range(1, len(data.vectors["Crude_price"]) + 1)]
        self.scenarios = [f"h{h}" for h in range(1, len(data.probability) + 1)]
        self.yields = data.yields()
        self.most = float(data.scalars["CDU_capacity"])

    def build(self) -> Problem:
        """Columns first, then rows, then costs."""
        self._first_stage()
        self._columns()
        self._balances()
        self._pool("lg", ORIGINS_LG, OUTLETS_LG, self._liquid_gas())
        self._pool("cgo", ORIGINS_CGO, OUTLETS_CGO, self._cycle_oil())
        self._gasolines()
        self._fuel_oil()
        self._diesel()
        self._fuel()
        self._capacities()
        self._demands_and_sales()
        self._costs()
        return self.builder.build()

    def _first_stage(self) -> None:
        data, build = self.data, self.builder
        index = Index.of("crude", self.crudes)
        kt = data.kt_per_thousand_bbl / 1000.0
        low, high = data.scalars["Barrel_lower_bound"] * kt, data.scalars["Barrel_upper_bound"] * kt
        high = np.minimum(high, self.most)
        self.pick = build.variables("pick", index, 0.0, 1.0, integer=True).ids
        self.crude = build.variables("crude", index, 0.0, high).ids
        for name, bound, side in (("least_lot", low, "lower"), ("largest_lot", high, "upper")):
            limits = {"lower": 0.0} if side == "lower" else {"upper": 0.0}
            rows = build.constraints(name, index, **limits)
            build.add_terms(rows.ids, self.crude, 1.0)
            build.add_terms(rows.ids, self.pick, -bound)
        row = build.constraints("distillation_capacity", Index.scalar(), upper=self.most)
        build.add_terms(row.ids, self.crude, 1.0)

    def _over(self, name: str, *parts: tuple[str, Sequence[str]], lower: Any = 0.0, upper: Any) -> IntArray:
        """Second-stage columns; bounds of shape (..., 1) or (..., H)."""
        index = Index.product(*parts, ("scenario", self.scenarios))
        return self.builder.variables(name, index, lower, upper).ids

    def _rows(
        self, name: str, *parts: tuple[str, Sequence[str]], lower: Any = 0.0, upper: Any = 0.0
    ) -> IntArray:
        index = Index.product(*parts, ("scenario", self.scenarios))
        return self.builder.constraints(name, index, lower, upper).ids

    def _columns(self) -> None:
        scalars, data = self.data.scalars, self.data
        self.cut_most = np.minimum(self.yields.max(axis=2), 1.0) * self.most
        light, heavy, kerosine = self.cut_most[2], self.cut_most[3], self.cut_most[4]
        jet = [float(1.0 / data.tables["JPF_fraction"][2, r]) * kerosine for r in (0, 1)]
        reformer, cracker = scalars["Reformer_capacity"], scalars["Cracker_capacity"]
        gas = self.cut_most[0] + 0.2 * (light + heavy + self.cut_most[5] + self.cut_most[6])
        upper = [gas, light, light, light, *jet, np.minimum(heavy, reformer), np.minimum(heavy, reformer)]
        upper += [np.minimum(self.cut_most[6], cracker)] * 2 + [kerosine]
        lower = np.zeros((len(STREAMS), 1))
        lower[STREAMS.index("reformer_95")] = scalars["Reformer95_lower"]
        ids = self._over("stream", ("stream", STREAMS), lower=lower, upper=np.maximum(np.array(upper), lower))
        self.stream = dict(zip(STREAMS, ids, strict=True))
        made = [light, light, *(np.full(len(self.scenarios), most) for most in (reformer, reformer, cracker))]
        most = np.array(made)[:, None, :]
        ids = self._over("component", ("component", COMPONENTS), ("gasoline", list(GASOLINE)), upper=most)
        self.component = dict(zip(COMPONENTS, ids, strict=True))
        most = self.yields[5].T[:, None, :] * self._lot_most()[:, None, None]
        self.gasoil = self._over("gasoil", ("crude", self.crudes), ("route", ROUTES), upper=most)

    def _lot_most(self) -> FloatArray:
        most = self.data.scalars["Barrel_upper_bound"] / 1000.0 * self.data.kt_per_thousand_bbl
        found: FloatArray = np.minimum(most, self.most)
        return found

    def _add(self, rows: IntArray, columns: IntArray, coefficients: Any) -> None:
        self.builder.add_terms(rows, columns, coefficients)

    def _add_cut(self, rows: IntArray, cut: int, sign: float = 1.0) -> None:
        """Add a cut (1 to 8) of all crudes to rows (H,)."""
        self._add(rows[:, None], self.crude[None, :], sign * self.yields[cut - 1])

    def _unit(self, table: str) -> dict[str, FloatArray]:
        rows = self.data.tables[table]
        names = ("reformer_95", "reformer_100") if table.startswith("R") else ("cracker_mogas", "cracker_ago")
        return dict(zip(names, rows, strict=True))

    @property
    def _conversions(self) -> dict[str, FloatArray]:
        """Yields of fuel gas, LG, product, product, fuel use and cost by feed of reformer and cracker."""
        return self._unit("Reformer_fraction") | self._unit("Cracker_fraction")

    def _balances(self) -> None:
        data, stream = self.data, self.stream
        rows = self._rows("fuel_gas")
        self._add_cut(rows, 1)
        for feed, fractions in self._conversions.items():
            self._add(rows, stream[feed], fractions[0])
        isomer = data.vectors["Isomerisation_fraction"]
        self._add(rows, stream["isomerisation"], isomer[0])
        lost = data.tables["Desulphurisation_fraction"][:, 1]
        self._add(rows[None, :], self.gasoil[:, 1], lost[:, None])
        self.fuel_gas = rows
        self._add(rows, stream["fuel_gas_burn"], -1.0)
        jet = data.tables["JPF_fraction"]
        for cut, names in (
            (3, ("light_naphtha_sale", "light_naphtha_burn", "isomerisation")),
            (4, ()),
            (5, ()),
        ):
            rows = self._rows(f"cut_{cut}")
            self._add_cut(rows, cut)
            used = names or (("reformer_95", "reformer_100") if cut == 4 else ("kerosine_ago",))
            for name in used:
                self._add(rows, stream[name], -1.0)
            for recipe in (0, 1):
                self._add(rows, stream[f"jet_{recipe + 1}"], -jet[cut - 3, recipe])
            if cut == 3:
                self._add(rows[None, :], self.component["light_naphtha"], -1.0)
        rows = self._rows("cut_7")
        self._add_cut(rows, 7)
        for name in ("cracker_mogas", "cracker_ago"):
            self._add(rows, stream[name], -1.0)
        rows = self._rows("gasoil_balance", ("crude", self.crudes))
        self._add(rows, self.crude[:, None], self.yields[5].T)
        self._add(rows[:, None, :], self.gasoil, -1.0)
        made = {"isomerate": {"isomerisation": isomer[1]}}
        made["reformate_95"] = {name: f[2] for name, f in self._unit("Reformer_fraction").items()}
        made["reformate_100"] = {name: f[3] for name, f in self._unit("Reformer_fraction").items()}
        made["cracked_naphtha"] = {name: f[2] for name, f in self._unit("Cracker_fraction").items()}
        for product, feeds in made.items():
            rows = self._rows(f"{product}_balance")
            self._add(rows[None, :], self.component[product], -1.0)
            for feed, fraction in feeds.items():
                self._add(rows, stream[feed], fraction)

    def _liquid_gas(self) -> list[tuple[IntArray, Any, FloatArray]]:
        """For each origin of liquid gas: columns, factors and the most that there can be (H,)."""
        cut = (self.crude[:, None], self.yields[1].T, self.cut_most[1])
        return [cut, *self._made(1, list(self._conversions))]

    def _cycle_oil(self) -> list[tuple[IntArray, Any, FloatArray]]:
        return self._made(3, list(ORIGINS_CGO))

    def _made(self, column: int, feeds: list[str]) -> list[tuple[IntArray, Any, FloatArray]]:
        found: list[tuple[IntArray, Any, FloatArray]] = []
        for feed in feeds:
            capacity = self.data.scalars["Reformer_capacity" if feed.startswith("r") else "Cracker_capacity"]
            fraction = float(self._conversions[feed][column])
            found.append(
                (self.stream[feed][None, :], fraction, np.full(len(self.scenarios), fraction * capacity))
            )
        return found

    def _pool(
        self,
        name: str,
        origins: Sequence[str],
        outlets: Sequence[str],
        made: list[tuple[IntArray, Any, FloatArray]],
    ) -> None:
        """Parts (origin, outlet) of a pool: made = drawn; part = share of the origin x all drawn by the outlet."""
        build = self.builder
        most = np.array([limit for _, _, limit in made])
        total = most.sum(axis=0)
        parts = (f"{name}_origin", origins), (f"{name}_outlet", outlets)
        share = self._over(f"{name}_share", parts[0], upper=1.0)
        drawn = self._over(
            f"{name}_drawn", parts[1], upper=np.broadcast_to(total, (len(outlets), len(total)))
        )
        part = self._over(f"{name}_part", *parts, upper=most[:, None, :])
        rows = self._rows(f"{name}_balance", parts[0])
        for row, (columns, factors, _) in zip(rows, made, strict=True):
            self._add(row if np.ndim(columns) == 1 else row[None, :], columns, factors)
        self._add(rows[:, None, :], part, -1.0)
        self._add(self._rows(f"{name}_share_sum", lower=1.0, upper=1.0)[None, :], share, 1.0)
        rows = self._rows(f"{name}_part_sum", parts[1])
        self._add(rows[None, :, :], part, 1.0)
        self._add(rows, drawn, -1.0)
        rows = self._rows(f"{name}_part_capacity", parts[0], lower=-np.inf)
        self._add(rows[:, None, :], part, 1.0)
        self._add(rows, share, -np.broadcast_to(total, share.shape))
        rows = self._rows(f"{name}_define", *parts)
        self._add(rows, part, 1.0)
        build.add_products(rows, share[:, None, :], drawn[None, :, :], -1.0)
        if self.whole_pools:
            self._whole_pool(name, origins, made, share, drawn, total)
        setattr(self, f"{name}_part", dict(zip(outlets, part.transpose(1, 0, 2), strict=True)))
        setattr(self, f"{name}_drawn", dict(zip(outlets, drawn, strict=True)))

    def _whole_pool(
        self,
        name: str,
        origins: Sequence[str],
        made: list[tuple[IntArray, Any, FloatArray]],
        share: IntArray,
        drawn: IntArray,
        total: FloatArray,
    ) -> None:
        """Redundant, and tight: what an origin makes is its share of all that the pool holds."""
        whole = self._over(f"{name}_whole", upper=total)
        rows = self._rows(f"{name}_whole_sum")
        self._add(rows[None, :], drawn, 1.0)
        self._add(rows, whole, -1.0)
        rows = self._rows(f"{name}_whole_made")
        for columns, factors, _ in made:
            self._add(rows[None, :], columns, factors)
        self._add(rows, whole, -1.0)
        rows = self._rows(f"{name}_whole_define", (f"{name}_origin", origins))
        for row, (columns, factors, _) in zip(rows, made, strict=True):
            self._add(row if np.ndim(columns) == 1 else row[None, :], columns, factors)
        self.builder.add_products(rows, share, whole[None, :], -1.0)

    lg_part: dict[str, IntArray]
    lg_drawn: dict[str, IntArray]
    cgo_part: dict[str, IntArray]
    cgo_drawn: dict[str, IntArray]

    def _gasolines(self) -> None:
        """Octane, vapour pressure, sensitivity and liquid gas of both gasolines, by volume."""
        vectors, gas = self.data.vectors, self.data.tables["LG_parameters"]
        density = vectors["Density_PG98_input"]
        volume_gas, volume = 1.0 / density[0], 1.0 / density[1:]
        vapour, octane, motor = (np.stack([gas[k]]) for k in range(3))
        for at, (name, (least, low, high)) in enumerate(GASOLINE.items()):
            limits = (
                ("octane", octane[0] - least, vectors["RON"][1:] - least, 0.0, np.inf),
                ("vapour_min", vapour[0] - low, vectors["VP"][1:] - low, 0.0, np.inf),
                ("vapour_max", vapour[0] - high, vectors["VP"][1:] - high, -np.inf, 0.0),
                (
                    "sensitivity",
                    octane[0] - motor[0] - SENSITIVITY,
                    vectors["RON"][1:] - vectors["MON"][1:] - SENSITIVITY,
                    -np.inf,
                    0.0,
                ),
                ("liquid_gas", np.full(5, 1.0 - LIQUID_GAS), np.full(5, -LIQUID_GAS), -np.inf, 0.0),
            )
            for what, of_gas, of_others, lower, upper in limits:
                rows = self._rows(f"{name}_{what}", lower=lower, upper=upper)
                self._add(rows[None, :], self.lg_part[name], (of_gas * volume_gas)[:, None])
                for component, factor in zip(COMPONENTS, of_others * volume, strict=True):
                    self._add(rows, self.component[component][at], factor)

    def _cgo_property(self, name: str) -> FloatArray:
        scalars = self.data.scalars
        return np.array([scalars[f"Mogas_{name}"], scalars[f"AGO_{name}"]])

    def _fuel_oil(self) -> None:
        """Viscosity of fuel oil, linear by volume."""
        vectors = self.data.vectors
        for side, bound in zip(("min", "max"), HFO_VISCOSITY, strict=True):
            lower, upper = (0.0, np.inf) if side == "min" else (-np.inf, 0.0)
            rows = self._rows(f"hfo_viscosity_{side}", lower=lower, upper=upper)
            residue = (vectors["Viscosity_HF1"] - bound) / vectors["HFO_density"] * self.data.residue
            gasoil = (vectors["Viscosity_HF3"] - bound) / vectors["GO_density"]
            cycle = (self._cgo_property("viscosity") - bound) / self.data.scalars["CGO_density"]
            self._add(rows[:, None], self.crude[None, :], residue)
            self._add(rows[None, :], self.gasoil[:, 2], gasoil[:, None])
            self._add(rows[None, :], self.cgo_part["hfo"], cycle[:, None])

    def _diesel_terms(self) -> list[tuple[IntArray, FloatArray, FloatArray]]:
        """Columns (k, H), mass in the diesel by column and sulphur in it, of everything in the diesel.

        The published program counts the sulphur left by product for gas oil and by feed for cycle oil: only so do
        the published purchases (152.087, 201.296, 55.933, 164.549 and 15.559 kt) earn the published 18,350.09.
        """
        data = self.data
        kept = data.tables["Desulphurisation_fraction"][:, 0]
        kept_cgo = float(data.vectors["Desulphurisation_fraction2"][0])
        cycle, sulphur = self._cgo_property("Sulphur")[:, None], data.sulphur.T
        kerosine = np.full((1, 1), float(data.vectors["Sulphur_3"][0]))
        return [
            (self.stream["kerosine_ago"][None, :], np.ones((1, 1)), kerosine),
            (self.gasoil[:, 0], np.ones((1, 1)), sulphur),
            (self.gasoil[:, 1], kept[:, None], SULPHUR_LEFT * sulphur * kept[:, None]),
            (self.cgo_part["ago"], np.ones((1, 1)), cycle),
            (self.cgo_part["desulphurisation"], np.full((1, 1), kept_cgo), SULPHUR_LEFT * cycle),
        ]

    def _diesel(self) -> None:
        """Sulphur of diesel, mean by mass; what desulphurisation of cycle oil loses is fuel gas."""
        rows = self._rows("ago_sulphur", lower=-np.inf)
        for columns, mass, sulphur in self._diesel_terms():
            self._add(rows[None, :], columns, sulphur - mass * self.data.scalars["Sulphur_spec"])
        lost = float(self.data.vectors["Desulphurisation_fraction2"][1])
        self._add(self.fuel_gas, self.cgo_drawn["desulphurisation"], lost)

    def _fuel(self) -> None:
        """Heat burnt covers what the refinery needs."""
        data, stream = self.data, self.stream
        rows = self._rows("fuel", lower=FUEL_FIXED, upper=np.inf)
        burnt = (stream["fuel_gas_burn"], self.lg_drawn["burn"], stream["light_naphtha_burn"])
        for columns, heat in zip(burnt, HEAT, strict=True):
            self._add(rows, columns, heat)
        self._add(rows[:, None], self.crude[None, :], -FUEL_PER_CRUDE)
        for feed, fractions in self._conversions.items():
            self._add(rows, stream[feed], -fractions[4])
        self._add(rows, stream["isomerisation"], -data.vectors["Isomerisation_fraction"][2])
        used = data.tables["Desulphurisation_fraction"][:, 2]
        self._add(rows[None, :], self.gasoil[:, 1], -used[:, None])
        used_cgo = data.vectors["Desulphurisation_fraction2"][2]
        self._add(rows, self.cgo_drawn["desulphurisation"], -used_cgo)

    def _capacities(self) -> None:
        scalars = self.data.scalars
        for unit, feeds in (
            ("Reformer", ("reformer_95", "reformer_100")),
            ("Cracker", ("cracker_mogas", "cracker_ago")),
        ):
            rows = self._rows(f"{unit.lower()}_capacity", lower=-np.inf, upper=scalars[f"{unit}_capacity"])
            for feed in feeds:
                self._add(rows, self.stream[feed], 1.0)
        limit = scalars["Desulphurisation_capacity"]
        rows = self._rows("desulphurisation_capacity", lower=-np.inf, upper=limit)
        self._add(rows[None, :], self.gasoil[:, 1], 1.0)
        self._add(rows, self.cgo_drawn["desulphurisation"], 1.0)

    def _demands_and_sales(self) -> None:
        """What is sold, and at least what is asked of gasoline 98, diesel and fuel oil."""
        demand, sold = self.data.vectors["Demand_quantity"], {}
        prices = {
            "pg98": "PG98",
            "es95": "ES95",
            "ago": "AGO",
            "hfo": "HF",
            "jet": "JET",
            "lg": "LG",
            "ln": "LN",
        }
        for name, price in prices.items():
            least = {"pg98": demand[0], "ago": demand[3], "hfo": demand[4]}.get(name, 0.0)
            ids = self._over(f"{name}_sold", lower=least, upper=max(self.most, float(least)))
            rows = self._rows(f"{name}_made")
            self._add(rows, ids, -1.0)
            for columns, mass in self._product(name):
                self._add(rows[None, :] if columns.ndim == 2 else rows, columns, mass)
            sold[price] = ids
        self.sold = sold

    def _product(self, name: str) -> list[tuple[IntArray, Any]]:
        """Columns, (k, H) or (H,), and factors that make up a product."""
        stream = self.stream
        if name in GASOLINE:
            at = list(GASOLINE).index(name)
            return [(self.lg_drawn[name], 1.0), *((ids[at], 1.0) for ids in self.component.values())]
        if name == "ago":
            return [(columns, mass) for columns, mass, _ in self._diesel_terms()]
        if name == "hfo":
            crude = np.broadcast_to(self.crude[:, None], self.data.residue.T.shape)
            return [(crude, self.data.residue.T), (self.gasoil[:, 2], 1.0), (self.cgo_drawn["hfo"], 1.0)]
        if name == "jet":
            return [(stream["jet_1"], 1.0), (stream["jet_2"], 1.0)]
        return [(self.lg_drawn["sale"] if name == "lg" else stream["light_naphtha_sale"], 1.0)]

    def _costs(self) -> None:
        """Expected cost less revenue [1000 $]."""
        data, scalars, build = self.data, self.data.scalars, self.builder
        chance, vectors = data.probability, data.vectors
        build.add_costs(self.crude, (vectors["Crude_price"] + 1.0) / data.kt_per_thousand_bbl)
        for price, ids in self.sold.items():
            build.add_costs(ids, -scalars[f"{price}_sale"] * chance)
        names = {"reformer_95": "Reformer95", "reformer_100": "Reformer100", "isomerisation": "Isomerisation"}
        names |= {"cracker_mogas": "Cracker_Mogas", "cracker_ago": "Cracker_AGO"}
        for feed, name in names.items():
            build.add_costs(self.stream[feed], scalars[f"{name}_cost"] * chance)
        cost = self._desulphurisation(data.sulphur.T, vectors["GO_density"][:, None])
        build.add_costs(self.gasoil[:, 1], cost * chance)
        cycle = self._desulphurisation(np.array(scalars["Mogas_Sulphur"]), scalars["CGO_density"])
        build.add_costs(self.cgo_drawn["desulphurisation"], cycle * chance)

    def _desulphurisation(self, sulphur: FloatArray, density: Any) -> FloatArray:
        """Cost of desulphurisation [1000 $ per kt] of oil of this sulphur and density."""
        slope, fixed, factor = DESULPHURISATION
        cost: FloatArray = (sulphur * slope + fixed) / 1000.0 * factor / density
        return cost
