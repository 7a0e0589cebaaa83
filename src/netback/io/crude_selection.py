"""The numbers of the crude selection problem of Yang and Barton, read from a ``netback-benchmark/1`` file.

Sources: see :mod:`netback.io.crude_selection_model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netback.io.json_file import Fields
from netback.program.problem import FloatArray

BBL_PER_M3 = 6.29


@dataclass(frozen=True, eq=False)
class CrudeSelection:
    """The numbers of one instance: C crudes, H scenarios.

    ``scalars`` by name; ``vectors`` and ``tables`` in the order of their numbered keys; ``probability`` (H,);
    ``sulphur`` of gas oil and ``residue``, the yield of vacuum residue, (H, C).
    """

    scalars: Mapping[str, float]
    vectors: Mapping[str, FloatArray]
    tables: Mapping[str, FloatArray]
    probability: FloatArray
    sulphur: FloatArray
    residue: FloatArray

    @property
    def kt_per_thousand_bbl(self) -> FloatArray:
        """Mass of crude (C,)."""
        density: FloatArray = self.vectors["Crude_density"] / BBL_PER_M3
        return density

    def yields(self) -> FloatArray:
        """Yields (8, H, C) of the cuts: residue as the scenario says, the others scaled to what it leaves."""
        base = self.tables["Crude_yield"]
        scaled = base.T[:, None, :] * ((1.0 - self.residue) / (1.0 - base[:, 7]))[None]
        scaled[7] = self.residue
        found: FloatArray = scaled
        return found


_SCALARS = (
    *(
        "Desulphurisation_capacity",
        "CDU_capacity",
        "Reformer95_lower",
        "Reformer_capacity",
        "Cracker_capacity",
    ),
    *("LG_sale", "LN_sale", "HF_sale", "ES95_sale", "PG98_sale", "JET_sale", "AGO_sale", "CGO_density"),
    *("Mogas_viscosity", "AGO_viscosity", "Mogas_Sulphur", "AGO_Sulphur", "Isomerisation_cost"),
    *("Reformer95_cost", "Reformer100_cost", "Cracker_Mogas_cost", "Cracker_AGO_cost"),
    *("Barrel_lower_bound", "Barrel_upper_bound", "Sulphur_spec"),
)
_CAPACITIES = ("Desulphurisation_capacity", "CDU_capacity", "Reformer_capacity", "Cracker_capacity")
_DENSITIES = ("Crude_density", "Density_PG98_input", "HFO_density", "GO_density")
_DRAWN_RANGES = {"prob": (0.0, 1.0), "sulphur_go": (0.0, np.inf), "vacuum_residue": (0.0, 1.0)}
#: Vectors and tables with their lengths; 0 stands for the number of crudes.
_VECTORS = {
    **dict.fromkeys(("Crude_density", "Crude_price", "HFO_density", "GO_density"), 0),
    **dict.fromkeys(("Viscosity_HF1", "Viscosity_HF3"), 0),
    **dict.fromkeys(("Density_PG98_input", "RON", "MON", "VP"), 6),
    "Isomerisation_fraction": 4,
    "Desulphurisation_fraction2": 4,
    "Demand_quantity": 7,
    "Sulphur_3": 1,
}
_TABLES = {
    "Reformer_fraction": (2, 6),
    "Cracker_fraction": (2, 6),
    "Desulphurisation_fraction": (0, 4),
    "JPF_fraction": (3, 2),
    "Crude_yield": (0, 8),
    "LG_parameters": (3, 5),
}


def read_crude_selection(data: Any, fields: Fields) -> CrudeSelection:
    """Take the numbers out of the ``data`` of a benchmark file.

    Raises
    ------
    DataError
        With every number that is missing or wrong.
    """
    top = fields.mapping(data, "data", ("scalars", "tables", "vectors", "scenarios"))
    held = {name: fields.mapping(top.get(name), f"data.{name}") for name in ("scalars", "tables", "vectors")}
    scenarios = fields.mapping(top.get("scenarios"), "data.scenarios")
    fields.raise_if_any()
    crudes = len(fields.mapping(held["vectors"].get("Crude_price"), "data.vectors.Crude_price"))
    count = len(fields.mapping(scenarios.get("prob"), "data.scenarios.prob"))
    fields.raise_if_any()
    for place, size in (("data.vectors.Crude_price", crudes), ("data.scenarios.prob", count)):
        if not size:
            fields.add(place, "is empty.", "At least one entry is needed.")
    fields.raise_if_any()
    scalars = {name: fields.number(held["scalars"], name, "data.scalars") for name in _SCALARS}
    vectors = {
        name: _numbers(fields, held["vectors"].get(name), (size or crudes,), f"data.vectors.{name}")
        for name, size in _VECTORS.items()
    }
    tables = {
        name: _numbers(fields, held["tables"].get(name), (rows or crudes, columns), f"data.tables.{name}")
        for name, (rows, columns) in _TABLES.items()
    }
    drawn = {
        name: _numbers(fields, scenarios.get(name), shape, f"data.scenarios.{name}")
        for name, shape in (
            ("prob", (count,)),
            ("sulphur_go", (count, crudes)),
            ("vacuum_residue", (count, crudes)),
        )
    }
    for name, values in drawn.items():
        more = len(fields.mapping(scenarios.get(name), f"data.scenarios.{name}")) - count
        if more > 0:
            fields.add(f"data.scenarios.{name}", f"has {more} scenarios more than data.scenarios.prob.")
        _check_range(fields, f"data.scenarios.{name}", values, *_DRAWN_RANGES[name])
    _check_ranges(fields, scalars, vectors, tables)
    if not fields.findings and abs(float(drawn["prob"].sum()) - 1.0) > 1e-6:
        fields.add("data.scenarios.prob", f"adds up to {float(drawn['prob'].sum())!r}, not to 1.")
    fields.raise_if_any()
    return CrudeSelection(
        scalars, vectors, tables, drawn["prob"], drawn["sulphur_go"], drawn["vacuum_residue"]
    )


def _check_ranges(
    fields: Fields,
    scalars: Mapping[str, float],
    vectors: Mapping[str, FloatArray],
    tables: Mapping[str, FloatArray],
) -> None:
    """Numbers that make no sense: parts outside 0 to 1, nothing to divide by, a negative capacity, crossed bounds."""
    for name in (*_CAPACITIES, "Barrel_lower_bound", "Reformer95_lower"):
        if scalars[name] < 0.0:
            fields.add(f"data.scalars.{name}", f"{scalars[name]!r} is negative.")
    for low, high in (
        ("Barrel_lower_bound", "Barrel_upper_bound"),
        ("Reformer95_lower", "Reformer_capacity"),
    ):
        if scalars[low] > scalars[high]:
            fields.add(f"data.scalars.{low}", f"{scalars[low]!r} is above {high} {scalars[high]!r}.")
    if not scalars["CGO_density"] > 0.0:
        fields.add("data.scalars.CGO_density", f"{scalars['CGO_density']!r} is not above 0.")
    for name in _DENSITIES:
        _check_range(fields, f"data.vectors.{name}", vectors[name], 0.0, np.inf, open_below=True)
    _check_range(fields, "data.vectors.Demand_quantity", vectors["Demand_quantity"], 0.0, np.inf)
    for name in ("Crude_yield", "JPF_fraction"):
        _check_range(fields, f"data.tables.{name}", tables[name], 0.0, 1.0)
    for crude in np.flatnonzero(tables["Crude_yield"][:, 7] >= 1.0).tolist():
        fields.add(f"data.tables.Crude_yield.{crude + 1}.8", "is 1, so that there is nothing but residue.")
    for recipe in np.flatnonzero(tables["JPF_fraction"][2] <= 0.0).tolist():
        fields.add(f"data.tables.JPF_fraction.3.{recipe + 1}", "is 0: a jet recipe needs kerosine.")


def _check_range(
    fields: Fields, place: str, values: FloatArray, low: float, high: float, *, open_below: bool = False
) -> None:
    """One finding for every number outside its range; numbers that were found missing are not looked at."""
    outside = (values < low) | (values > high) | (open_below & (values == low))
    for at in np.argwhere(outside):
        where = ".".join([place, *(str(int(k) + 1) for k in at)])
        to = (
            f"{low:g} to {high:g}"
            if np.isfinite(high)
            else f"numbers {'above' if open_below else 'from'} {low:g}"
        )
        fields.add(where, f"{float(values[tuple(at)])!r} is not in {to}.")


def _numbers(fields: Fields, value: Any, shape: tuple[int, ...], place: str) -> FloatArray:
    """Numbers of an object with keys "1", "2", ..., nested once for a table."""
    row = fields.mapping(value, place)
    if len(shape) == 1:
        return np.array([fields.number(row, str(n), place) for n in range(1, shape[0] + 1)])
    inner = [_numbers(fields, row.get(str(n)), shape[1:], f"{place}.{n}") for n in range(1, shape[0] + 1)]
    return np.array(inner).reshape(shape)
