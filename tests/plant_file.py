"""A small plant as sets and parameters, and its margin by the equations of the layout, written out by hand.

Two crudes are distilled with one swing cut; gasoil and an imported gasoil mix; part of the mix is hydrotreated with
hydrogen (yields that move with the sulphur of the mix), and the two parts are blended against sulphur and density.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from netback.io.plant_json.reading import PlantImport, read_plant

_SETS: dict[str, list[str]] = {
    "S": [*"abhinrxdzf", "g", "w", "x1", "x2"],
    "U": ["D", "X", "S", "H", "B"],
    "M": ["m0", "m1", "m2", "m9"],
    "Q": ["Q0", "Q1", "Q9"],
    "C": ["c0", "c1"],
    "T": ["1"],
    "S_P": ["n", "r", "z", "f"],
    "S_M": ["a", "b", "h", "i"],
    "UCDU": ["D"],
    "UPD": ["H"],
    "UMIX": ["X"],
    "USPL": ["S"],
    "UBLD": ["B"],
    "IU": ["D.a", "D.b", "X.g", "X.i", "S.x", "H.x1", "H.h", "B.x2", "B.d"],
    "OU": ["D.n", "D.g", "D.r", "X.x", "S.x1", "S.x2", "H.d", "H.z", "B.f"],
    "IM": ["D.m0.a", "D.m0.b", "X.m1.g", "X.m1.i", "H.m2.x1", "H.m2.h"],
    "OM": ["D.m0.n", "D.m0.g", "D.m0.r", "X.m1.x", "H.m2.d", "H.m2.z"],
    "SC": ["D.m0.n.w", "D.m0.g.w"],
    "SPG": ["Q1"],
    "Qw": ["Q0"],
    "Qp": ["Q9"],
    "SQ": ["x.Q0", "x.Q1", "d.Q0", "d.Q1"],
    "FIX": ["i.Q0", "i.Q1", "d.Q1"],
    "QT": ["x1.d.Q0"],
    "VMQ": ["X.m9.i.Q9", "X.m9.g.Q9"],
    "DBSQ": ["H.m2.x1.Q0"],
    "CAPIN": ["c0"],
    "CAPOUT": ["c1"],
    "CAPS": ["c0.x1", "c1.r"],
}
_NUMBERS: dict[str, dict[str, float]] = {
    "c_P": {"n": 600, "r": 300, "z": 50, "f": 700},
    "c_M": {"a": 500, "b": 420, "h": 1500, "i": 450},
    "FVMax": {"a.1": 80, "b.1": 120, "i.1": 30, "f.1": 70},
    "FVMin": {"n.1": 5},
    "FQ0": {"i.Q0": 0.3, "i.Q1": 0.9, "d.Q1": 0.82},
    "FQcut": {
        "m0.g.a.Q0": 0.4, "m0.w.a.Q0": 0.2, "m0.g.a.Q1": 0.84, "m0.w.a.Q1": 0.8,
        "m0.g.b.Q0": 1.6, "m0.w.b.Q0": 0.9, "m0.g.b.Q1": 0.87, "m0.w.b.Q1": 0.81,
    },
    "y": {
        "D.m0.n.a": 0.2, "D.m0.w.a": 0.1, "D.m0.g.a": 0.3, "D.m0.r.a": 0.4,
        "D.m0.n.b": 0.15, "D.m0.w.b": 0.1, "D.m0.g.b": 0.25, "D.m0.r.b": 0.5,
    },
    "phi": {"D.m0.n.w": 0.4, "D.m0.g.w": 0.6},
    "gamma": {"H.m2.x1": 1.0, "H.m2.h": 0.01, "H.m2.d": 0.96, "H.m2.z": 0.05},
    "B": {"H.m2.Q0": 1.0},
    "Del": {"H.m2.Q0": 0.5},
    "delta": {"H.m2.d.Q0": -0.01, "H.m2.z.Q0": 0.008, "H.m2.h.Q0": 0.002},
    "alpha": {"x1.d.Q0": 0.1},
    "w": {"X.m9.i.Q9": 100.0},
    "FQVMax": {"X.m9.Q9": 35.0},
    "FQBMax": {"B.Q0": 0.25, "B.Q1": 0.845},
    "FVCMax": {"c0.1": 45, "c1.1": 60},
    "FVCMin": {"c0.1": 5},
}  # fmt: skip


def plant_file(**changes: Any) -> dict[str, Any]:
    """The parsed file; ``changes`` replace the elements of a set or the values of a parameter by name."""
    sets: dict[str, Any] = {name: {"elements": list(found)} for name, found in _SETS.items()}
    numbers: dict[str, Any] = {name: {"values": dict(found)} for name, found in _NUMBERS.items()}
    for name, found in changes.items():
        if isinstance(found, dict):
            numbers[name] = {"values": found}
        else:
            sets[name] = {"elements": found}
    return {
        "format": "netback-benchmark/1",
        "id": "small_plant",
        "title": "A small plant",
        "sense": "max",
        "units": "kt per period; CNY",
        "data": {"sets": sets, "parameters": numbers},
    }


def grown(name: str, *elements: str) -> list[str]:
    """The elements of a set, and further ones."""
    return [*_SETS[name], *elements]


def changed(name: str, **values: float | None) -> dict[str, float]:
    """The values of a parameter, with ``__`` for dots in the keys; None takes one out."""
    found: dict[str, Any] = copy.deepcopy(_NUMBERS.get(name, {}))
    found |= {key.replace("__", "."): value for key, value in values.items()}
    return {key: value for key, value in found.items() if value is not None}


def imported(folder: Path, value: Any = None, name: str = "plant.json", **changes: Any) -> PlantImport:
    """What comes of a plant file written to a folder: the one given, or the small plant with changes."""
    path = folder / name
    path.write_text(json.dumps(plant_file(**changes) if value is None else value), encoding="utf-8")
    return read_plant(path)


def best_margin(moving: bool = True, passed: bool = True) -> float:
    """The margin of the small plant by its equations: local solves from many starts, each a feasible plan.

    Variables: crude a and b, imported gasoil i, hydrotreated x1, in kt; everything else follows. Sulphur of the mix
    by mass, its density by volume. ``moving`` says whether yields move with the sulphur of the mix, ``passed`` whether
    the hydrotreated part keeps a tenth of it, instead of 0.1.
    """

    def flows(v: np.ndarray) -> dict[str, float]:
        a, b, i, x1 = v
        n = a * (0.2 + 0.4 * 0.1) + b * (0.15 + 0.4 * 0.1)
        g = a * (0.3 + 0.6 * 0.1) + b * (0.25 + 0.6 * 0.1)
        x = g + i
        sulphur = (a * (0.3 * 0.4 + 0.06 * 0.2) + b * (0.25 * 1.6 + 0.06 * 0.9) + i * 0.3) / x
        volume = a * (0.3 / 0.84 + 0.06 / 0.8) + b * (0.25 / 0.87 + 0.06 / 0.81) + i / 0.9
        off = (sulphur - 1.0) / 0.5 if moving else 0.0
        d, z, h = x1 * (0.96 - 0.01 * off), x1 * (0.05 + 0.008 * off), x1 * (0.01 + 0.002 * off)
        x2 = x - x1
        f = d + x2
        return {
            "margin": 600 * n + 300 * (0.4 * a + 0.5 * b) + 50 * z + 700 * f - 500 * a - 420 * b - 1500 * h - 450 * i,
            "f": 70 - f,
            "sulphur": 0.25 * f - ((0.1 * sulphur if passed else 0.1) * d + sulphur * x2),
            "density": d / 0.82 + x2 * volume / x - f / 0.845,
            "x2": x2,
            "n": n - 5,
            "share": 0.35 * x - i,
            "r": 60 - (0.4 * a + 0.5 * b),
        }  # fmt: skip

    limits = ("f", "sulphur", "density", "x2", "n", "share", "r")
    bounds = [(0.0, 80.0), (0.0, 120.0), (0.0, 30.0), (5.0, 45.0)]
    found = []
    for start in np.random.default_rng(3).random((12, 4)):
        at = minimize(
            lambda v: -flows(v)["margin"] / 1000.0,
            [low + s * (high - low) for s, (low, high) in zip(start, bounds, strict=True)],
            bounds=bounds,
            constraints=[{"type": "ineq", "fun": lambda v, k=k: flows(v)[k]} for k in limits],
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 300},
        )
        if at.success and min(flows(at.x)[k] for k in limits) > -1e-7:
            found.append(flows(at.x)["margin"])
    return max(found)
