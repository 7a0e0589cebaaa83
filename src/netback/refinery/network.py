"""The plant as lots and runs: what flows, of which quality, and what becomes of what.

A *lot* is a part of a stream with one known quality. A stream of fixed quality is one lot; the naphtha that
distillation makes of five crudes is five lots, kept apart from tank to blend. That is the segregated form of the
plan: nothing mixes unseen, every property is a number, and the program stays linear. Pooling merges the lots of a
stream into one quality; the flows by lot stay the variables of its source-based form, so nothing here changes
then. Lots whose needed properties are equal are merged at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netback import uom
from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.refinery.money import Money
from netback.refinery.rules import DENSITY, Rules


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of streams.csv with its uom filled in."""

    name: str
    title: str
    kind: str
    uom: str

    @property
    def in_mass_balance(self) -> bool:
        """Whether its flow counts in the mass balance: utilities do not, nor what is counted by piece or heat."""
        return self.kind != "utility" and uom.parse(self.uom).dimension in ("mass", "volume")


@dataclass(frozen=True, slots=True)
class Lot:
    """A part of a stream with one known quality. ``origins`` are the crudes it came from."""

    id: int
    stream: str
    origins: tuple[str, ...]
    made_by: str
    properties: Mapping[str, float]

    @property
    def density_t_per_m3(self) -> float | None:
        """Density [t/m3], None where not known."""
        return self.properties.get(DENSITY)


@dataclass(frozen=True, slots=True)
class Run:
    """One feed lot run through one mode of a unit: products and uses per uom of the feed.

    ``outputs`` and ``uses`` hold (lot id, amount in the uom of that lot's stream per uom of the feed).
    """

    unit: str
    mode: str
    feed: int
    outputs: tuple[tuple[int, float], ...]
    uses: tuple[tuple[int, float], ...]


#: What stands for the unit of a join into a pool.
POOL = "pool"
#: Makers of lots that are no unit: their name says nothing beyond the stream.
_OUTSIDE = ("purchase", "blend", "utility")


@dataclass(frozen=True, slots=True)
class Join:
    """A lot that may join another stream unchanged: of a swing cut, or of a component of a pool.

    ``factor`` converts the uom.
    """

    unit: str
    source: int
    target: int
    factor: float


def _ratio(source_uom: str, target_uom: str) -> tuple[float, int]:
    """Factor between two uom at a density of 1 t/m3, and the power of the density that it is multiplied by.

    NaN where no density helps.
    """
    try:
        ratio = uom.factor(source_uom, target_uom, 1.0)
        doubled = uom.factor(source_uom, target_uom, 2.0)
    except DataError:
        return np.nan, 0
    return ratio, int(np.sign(doubled - ratio))


def lot_factor(lot: Lot, stream: Stream, target_uom: str, blended: bool = False) -> float:
    """Factor from the uom in which a lot flows to another uom. Errors as :meth:`Network.factor`."""
    try:
        return uom.factor(stream.uom, target_uom, lot.density_t_per_m3)
    except DataError as error:
        fault = error.findings[0]
        hint = fault.hint
        if lot.density_t_per_m3 is None and "density" in fault.what:
            hint = (
                f"Give {DENSITY} in stream_properties.csv or product_properties.csv. A stream with rows in "
                "stream_properties.csv and no origin has only the qualities stated there."
            )
            if blended:
                hint = "A blend has no single density: let it flow in the uom it is sold in (streams.csv)."
        raise DataError(Finding(f'stream "{stream.name}"', fault.what, hint)) from None


@dataclass(frozen=True)
class Network:
    """All lots and runs of a case, and the conversions that depend on a lot's density.

    ``plain`` are the streams that units use beside their feeds: one lot each, whatever its origin.
    """

    case: Case
    streams: Mapping[str, Stream]
    lots: tuple[Lot, ...]
    runs: tuple[Run, ...]
    joins: tuple[Join, ...]
    blended: Mapping[str, int]
    rules: Rules
    money: Money
    plain: frozenset[str] = frozenset()
    _factors: dict[tuple[int, str], float] = field(default_factory=dict, repr=False, compare=False)
    _all_factors: dict[str, NDArray[np.float64]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def stream_lots(self) -> Mapping[str, tuple[int, ...]]:
        """Lot ids by stream."""
        found: dict[str, list[int]] = {name: [] for name in self.streams}
        for lot in self.lots:
            found[lot.stream].append(lot.id)
        return {name: tuple(ids) for name, ids in found.items()}

    @cached_property
    def unit_runs(self) -> Mapping[str, tuple[int, ...]]:
        """Positions of the runs of each unit."""
        found: dict[str, list[int]] = {}
        for position, run in enumerate(self.runs):
            found.setdefault(run.unit, []).append(position)
        return {unit: tuple(positions) for unit, positions in found.items()}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A unique readable name per lot: the stream, the crude and the maker where they tell its lots apart.

        ``kero@urals`` is the part of ``kero`` that comes from ``urals``; ``kero@urals by hds/normal`` the part of it
        that this unit and mode makes, where others make it of another quality; ``kero#2`` a second quality where
        neither crude nor maker differs.
        """
        names = [
            lot.stream
            if len(self.stream_lots[lot.stream]) == 1 or not lot.origins
            else f"{lot.stream}@{'+'.join(lot.origins)}"
            for lot in self.lots
        ]
        makers: dict[str, list[str]] = {}
        for name, lot in zip(names, self.lots, strict=True):
            makers.setdefault(name, []).append(lot.made_by)
        taken: Counter[str] = Counter()
        found = []
        for name, lot in zip(names, self.lots, strict=True):
            if len(set(makers[name])) == len(makers[name]) > 1:
                found.append(name if lot.made_by in _OUTSIDE else f"{name} by {lot.made_by}")
                continue
            taken[name] += 1
            found.append(name if taken[name] == 1 else f"{name}#{taken[name]}")
        return tuple(found)

    def stream_of(self, lot: int) -> Stream:
        """The stream of a lot."""
        return self.streams[self.lots[lot].stream]

    def factor(self, lot: int, target_uom: str) -> float:
        """Factor from the uom in which a lot flows to another uom.

        Raises
        ------
        DataError
            If a density is needed and the lot has none, or the two uom cannot be converted.
        """
        key = (lot, target_uom)
        if key not in self._factors:
            found = self.lots[lot]
            blended = found.stream in self.blended
            self._factors[key] = lot_factor(found, self.streams[found.stream], target_uom, blended)
        return self._factors[key]

    def factors(self, lots: Sequence[int], target_uom: str) -> NDArray[np.float64]:
        """Factors of many lots to one uom, float (lots,). Errors as :meth:`factor`."""
        if target_uom not in self._all_factors:
            self._all_factors[target_uom] = self._every_factor(target_uom)
        found = self._all_factors[target_uom][np.asarray(lots, dtype=np.int64)]
        for position in np.flatnonzero(np.isnan(found)).tolist():
            found[position] = self.factor(lots[position], target_uom)
        return found

    def _every_factor(self, target_uom: str) -> NDArray[np.float64]:
        """Factors of every lot, NaN where :meth:`factor` has an error to tell."""
        scale, power = np.full(len(self.lots), np.nan), np.zeros(len(self.lots))
        known = {
            uom_name: _ratio(uom_name, target_uom) for uom_name in {s.uom for s in self.streams.values()}
        }
        for stream, ids in self.stream_lots.items():
            scale[list(ids)], power[list(ids)] = known[self.streams[stream].uom]
        with_density = np.where(power > 0.0, scale * self.densities, scale / self.densities)
        return np.where(power == 0.0, scale, with_density)

    @cached_property
    def densities(self) -> NDArray[np.float64]:
        """Density of every lot [t/m3], float (lots,); NaN where not known or not above zero."""
        found = np.array([lot.properties.get(DENSITY, np.nan) for lot in self.lots], dtype=np.float64)
        return np.where(found > 0.0, found, np.nan)

    def comes_from(self, lot: int, origin: str | None) -> bool:
        """Whether a lot comes from a crude; always, where none is asked for.

        Raises
        ------
        DataError
            If the stream is blended or used beside feeds, so that nobody follows where its parts come from.
        """
        if origin is None:
            return True
        stream = self.lots[lot].stream
        if stream in self.blended or stream in self.plain:
            why = "it is blended" if stream in self.blended else "a unit uses it beside its feed"
            what = f'the part of "{stream}" that comes from "{origin}" is not followed: {why}.'
            raise DataError(Finding("", what, "Count what goes into it instead."))
        return origin in self.lots[lot].origins

    def mass_factors(self) -> NDArray[np.float64]:
        """Tonnes per uom of each lot, float (lots,); NaN where it has no mass or no density."""
        found = np.full(len(self.lots), np.nan)
        for lot in self.lots:
            if not self.stream_of(lot.id).in_mass_balance:
                continue
            try:
                found[lot.id] = self.factor(lot.id, "t")
            except DataError:
                continue
        return found
