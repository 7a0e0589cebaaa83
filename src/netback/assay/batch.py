"""Assays laid side by side as padded arrays, ready to be cut: the working half of :mod:`netback.assay.cutting`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from netback.assay.arrays import FloatArray
from netback.assay.assay import DENSITY, Assay
from netback.assay.blending import BlendRule, default_rule
from netback.assay.interpolation import Pchip
from netback.assay.profiles import IntArray, reconstruct

#: Least share of a cut in which a property must be known.
KNOWN_SHARE: Final = 0.9


@lru_cache(maxsize=64)
def prepare(assays: tuple[Assay, ...]) -> Batch:
    """Return the batch of these assays; the last 64 are kept, since most are cut again."""
    return Batch(assays)


class _Axis:
    """Cumulative yields at cell edges, shape (assays, cells + 1), and the search in them."""

    def __init__(self, edges: FloatArray) -> None:
        self.edges = edges
        self.widths = np.diff(edges, axis=-1)
        self._last = (self.widths > 0.0).cumsum(axis=-1).argmax(axis=-1)[:, None]
        self._rows = np.arange(len(edges))[:, None]

    def place(self, amount: FloatArray) -> IntArray:
        """Cell that holds each amount, (assays, k)."""
        found = [
            row.searchsorted(wanted, side="right") for row, wanted in zip(self.edges, amount, strict=True)
        ]
        return np.asarray(np.minimum(np.maximum(np.stack(found) - 1, 0), self._last), dtype=np.intp)

    def position(self, cell: IntArray, amount: FloatArray) -> FloatArray:
        """Position [0..1] of each amount in its cell, (assays, k)."""
        width = self.widths[self._rows, cell]
        beyond = amount - self.edges[self._rows, cell]
        position = np.divide(beyond, width, out=np.zeros_like(beyond), where=width > 0.0)
        return np.minimum(np.maximum(position, 0.0), 1.0)

    def own_cells(self, cell: IntArray, position: FloatArray, amount: FloatArray) -> IntArray:
        """Cell that a new cut covers exactly, or -1; (assays, k)."""
        start = cell[:, :-1]
        exact = (position[:, :-1] == 0.0) & (amount[:, 1:] == self.edges[self._rows, start + 1])
        return np.where(exact & (self.widths[self._rows, start] > 0.0), start, -1)


class Batch:
    """Curves, profiles and properties of several assays as arrays padded to the longest.

    Leading axis: assay. Padded cells have no width and no value, so they add nothing.
    """

    def __init__(self, assays: Sequence[Assay]) -> None:
        self.first = np.array([a.curve.temperature_c[0] for a in assays])[:, None]
        self.last = np.array([a.curve.temperature_c[-1] for a in assays])[:, None]
        self.density = np.array([a.density_t_per_m3 for a in assays])
        self._single = len(assays) == 1
        self._curve = self._boiling_curve(assays)
        self._knots_vol = _padded([a.curve.cumulative_vol_pct for a in assays], 100.0)
        self._knots = _Axis(_padded([a.curve.cumulative_wt_pct for a in assays], 100.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            specific_volume = np.diff(self._knots_vol, axis=-1) / self._knots.widths
        self._specific_volume = reconstruct(self._knots.widths, specific_volume, np.array(True))
        self._mass = _Axis(_padded([a.edges_wt_pct for a in assays], 100.0))
        self._volume = _Axis(_padded([a.edges_vol_pct for a in assays], 100.0))
        self.names = tuple(dict.fromkeys(n for a in assays for n in a.properties if n != DENSITY))
        self.rules = tuple(default_rule(name) for name in self.names)
        self._nonlinear = _by_function(self.rules)
        self._basis = np.array([rule.basis == "volume" for rule in self.rules], dtype=np.intp)
        self._own = self._indices(assays)
        floors = np.array([_not_negative(rule) for rule in self.rules], dtype=np.bool_)
        widths = np.stack([self._mass.widths, self._volume.widths], axis=1)[:, self._basis]
        self._profiles = reconstruct(widths, self._own, np.broadcast_to(floors, widths.shape[:2]))

    def _boiling_curve(self, assays: Sequence[Assay]) -> Pchip:
        if self._single:
            return Pchip(assays[0].curve.temperature_c, assays[0].curve.cumulative_wt_pct, "hold")
        temperature = _padded([a.curve.temperature_c for a in assays], np.nan)
        return Pchip(temperature, _padded([a.curve.cumulative_wt_pct for a in assays], np.nan), "hold")

    def _indices(self, assays: Sequence[Assay]) -> FloatArray:
        """Property indices per cell, shape (assays, properties, cells)."""
        cells = self._mass.widths.shape[-1]
        values = np.full((len(assays), len(self.names), cells), np.nan)
        for row, assay in enumerate(assays):
            for column, name in enumerate(self.names):
                found = assay.properties.get(name)
                if found is not None:
                    values[row, column, : len(found)] = found
        for rule, columns in self._nonlinear:
            values[:, columns] = rule.to_index(values[:, columns])
        return values

    def locate(self, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Edges [C] and cumulative wt% and vol% at the ends of the new cuts, each (assays, k + 1)."""
        inner = np.minimum(np.maximum(points[None, :], self.first), self.last)
        edges_c = np.concatenate([self.first, inner, self.last], axis=-1)
        weight = self._curve(edges_c[0])[None] if self._single else self._curve(edges_c)
        weight = np.maximum.accumulate(np.minimum(np.maximum(weight, 0.0), 100.0), axis=-1)
        weight[:, 0], weight[:, -1] = 0.0, 100.0
        return edges_c, weight, self._volume_at(weight)

    def _volume_at(self, weight: FloatArray) -> FloatArray:
        cell = self._knots.place(weight)
        position = self._knots.position(cell, weight)
        volume, _ = self._specific_volume.integrate(cell, position)
        exact = self._knots_vol[np.arange(len(cell))[:, None], cell]
        volume = np.where(position <= 0.0, exact, volume)
        volume[:, 0], volume[:, -1] = 0.0, 100.0
        return np.asarray(np.maximum.accumulate(np.minimum(np.maximum(volume, 0.0), 100.0), axis=-1))

    def properties(self, weight: FloatArray, volume: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values and known shares of all properties but density, each (assays, properties, k)."""
        cell = self._mass.place(weight)
        positions = [self._mass.position(cell, weight), self._volume.position(cell, volume)]
        position = np.stack(positions, axis=1)[:, self._basis]
        amount = np.stack([weight, volume], axis=1)
        wanted = (amount[..., 1:] - amount[..., :-1])[:, self._basis]
        total, known = self._profiles.integrate(cell[:, None], position)
        covered = known[..., 1:] - known[..., :-1]
        some = covered > 0.0
        values = np.divide(
            total[..., 1:] - total[..., :-1], covered, out=np.full_like(covered, np.nan), where=some
        )
        shares = np.minimum(np.divide(covered, wanted, out=np.zeros_like(covered), where=some), 1.0)
        values[shares < KNOWN_SHARE] = np.nan
        self._keep_own(values, self._mass.own_cells(cell, positions[0], weight))
        for rule, columns in self._nonlinear:
            values[:, columns] = rule.from_index(values[:, columns])
        return values, shares

    def _keep_own(self, values: FloatArray, own: IntArray) -> None:
        """Give a new cut that is one of the assay's own cuts that cut's value to the last bit of the index."""
        rows, cuts = np.nonzero(own >= 0)
        if rows.size:
            values[rows, :, cuts] = self._own[rows, :, own[rows, cuts]]


def _by_function(rules: Sequence[BlendRule]) -> list[tuple[BlendRule, IntArray]]:
    """Rules that are not linear, with the columns that share their index function."""
    groups: dict[object, tuple[BlendRule, list[int]]] = {}
    for column, rule in enumerate(rules):
        if not rule.is_linear:
            groups.setdefault(rule.backward, (rule, []))[1].append(column)
    return [(rule, np.array(columns, dtype=np.intp)) for rule, columns in groups.values()]


def _not_negative(rule: BlendRule) -> bool:
    """Whether the averaged quantity cannot fall below zero."""
    return rule.valid[0] >= 0.0 if rule.is_linear else rule.index_domain[0] >= 0.0


def _padded(rows: Sequence[FloatArray], fill: float) -> FloatArray:
    result = np.full((len(rows), max(len(row) for row in rows)), fill)
    for number, row in enumerate(rows):
        result[number, : len(row)] = row
    return result
