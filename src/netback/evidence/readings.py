"""One reading of a claim: the calculation carried out, what it rests on and what decides it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from netback.evidence.evaluate import Evaluator, ProviderAbsentError
from netback.evidence.intervals import Interval, hull
from netback.evidence.leaves import Leaf
from netback.evidence.providers import Providers
from netback.evidence.register import Calculation, Register
from netback.evidence.units import Dimensions
from netback.evidence.values import Day, ExpressionError, MissingError, Quantity, Value

#: A leaf that a calculation uses more than once is cut into so many pieces, so that the range stays narrow.
_PIECES = 24
_MOST_CUT = 2
#: A number without a range is moved by this share to see how much hangs on it.
_NOMINAL = 0.10
#: The search for the value at which a verdict flips goes so far beyond the number.
_REACH = 10.0
_STEPS = 80
_FROM_ZERO = 5.0
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Deciding:
    """The input that moves the result most.

    ``swing`` is how far the result moves between the ends of the input's range, in the base uom of the result;
    ``flip`` is the value of the input, all others at their centre, at which the answer turns; None if there is none.
    ``ranged`` tells whether the input has a range; one without was moved by a tenth.
    """

    leaf: Leaf
    swing: float
    ranged: bool
    flip: Quantity | None = None


@dataclass(frozen=True)
class Reading:
    """A calculation and its outcome. ``result`` is None where it cannot be told, and ``missing`` says why."""

    calculation: Calculation
    result: Value | None
    centre: Value | None = None
    leaves: tuple[Leaf, ...] = ()
    missing: str = ""
    fault: ExpressionError | None = None
    provider_absent: bool = False
    deciding: Deciding | None = None

    @property
    def role(self) -> str:
        """``stated``, ``alternative``, ``ceiling`` or ``floor``."""
        return str(self.calculation["role"])

    @property
    def name(self) -> str:
        """Short name of the reading."""
        return str(self.calculation["reading"])

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Facts of confidence D that the reading rests on."""
        return tuple(leaf.key for leaf in self.leaves if leaf.doubtful)


@dataclass(frozen=True)
class Reckoner:
    """Carries out the calculations of one register; the answers of providers are asked once."""

    register: Register
    providers: Providers = field(default_factory=dict)

    def read(self, calculation: Calculation, claimed: Quantity | None = None) -> Reading:
        """Carry out one calculation over the ranges of its inputs; faults are kept, not raised."""
        evaluator = self._evaluator(calculation)
        text = calculation["expression"]
        try:
            result = evaluator(text)
            leaves = tuple(evaluator.used.values())
            result = self._narrowed(calculation, result, evaluator)
            centre = self._centre(calculation, leaves)
        except ExpressionError as fault:
            return Reading(calculation, None, fault=fault, missing=str(fault))
        except MissingError as fault:
            absent = isinstance(fault, ProviderAbsentError)
            return Reading(calculation, None, missing=str(fault), provider_absent=absent)
        reading = Reading(calculation, result, centre, leaves)
        return replace(reading, deciding=self._deciding(reading, claimed))

    def _evaluator(self, calculation: Calculation, replaced: Mapping[str, Value] | None = None) -> Evaluator:
        inputs = self.register.inputs.get(calculation["claim"], {})
        return Evaluator(self.register, inputs, calculation["claim"], self.providers, replaced or {})

    def _with(self, reading: Reading, replaced: Mapping[str, Value]) -> Value | None:
        """Evaluate again with other leaves, the answers of providers as they were; None where undefined."""
        held: dict[str, Value] = {leaf.key: leaf.value for leaf in reading.leaves}
        evaluator = self._evaluator(reading.calculation, {**held, **replaced})
        evaluator.used.update({leaf.key: leaf for leaf in reading.leaves})
        try:
            return evaluator(reading.calculation["expression"])
        except (MissingError, ExpressionError):
            return None

    def _centre(self, calculation: Calculation, leaves: tuple[Leaf, ...]) -> Value | None:
        held = Reading(calculation, None, leaves=leaves)
        return self._with(held, {leaf.key: leaf.centre for leaf in leaves})

    def _narrowed(self, calculation: Calculation, result: Value, evaluator: Evaluator) -> Value:
        """Cut leaves that are used more than once into pieces: the hull of the pieces is never too narrow."""
        leaves = tuple(evaluator.used.values())
        repeated = [leaf for leaf in leaves if evaluator.times[leaf.key] > 1 and _width(leaf.value) > 0.0]
        if not isinstance(result, Quantity) or not 0 < len(repeated) <= _MOST_CUT:
            return result
        held = Reading(calculation, None, leaves=leaves)
        cut = [_pieces(leaf.value) for leaf in repeated]
        keys = [leaf.key for leaf in repeated]
        found = [self._with(held, dict(zip(keys, pieces, strict=True))) for pieces in product(*cut)]
        parts = [value for value in found if isinstance(value, Quantity)]
        if len(parts) != len(found):
            return result
        ends = hull(part.range for part in parts)
        low, high = max(ends.low, result.range.low), min(ends.high, result.range.high)
        return Quantity(Interval(low, high), result.dimensions)

    def _deciding(self, reading: Reading, claimed: Quantity | None) -> Deciding | None:
        if not isinstance(reading.centre, Quantity):
            return self._nearest_turn(reading)
        moved = [found for leaf in reading.leaves if (found := self._moved(reading, leaf)) is not None]
        ranged = [found for found in moved if found.ranged]
        best = max(ranged or moved, key=lambda found: found.swing, default=None)
        if best is None or best.swing <= 0.0:
            return None
        return replace(best, flip=self._flip(reading, best.leaf, claimed))

    def _nearest_turn(self, reading: Reading) -> Deciding | None:
        """Find, where the answer is a word, the input that needs the smallest change to make it another word."""
        found = []
        for leaf in reading.leaves:
            flip = self._flip(reading, leaf, None)
            if flip is not None and isinstance(leaf.centre, Quantity):
                change = abs(flip.range.middle - leaf.centre.range.middle) / abs(
                    leaf.centre.range.middle or 1.0
                )
                found.append((change, Deciding(leaf, change, _width(leaf.value) > 0.0, flip)))
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def _moved(self, reading: Reading, leaf: Leaf) -> Deciding | None:
        ends = _ends(leaf)
        if ends is None:
            return None
        centres = {other.key: other.centre for other in reading.leaves}
        low, high = (_middle(self._with(reading, {**centres, leaf.key: end})) for end in ends)
        if low is None or high is None:
            return Deciding(leaf, math.inf, ranged=_width(leaf.value) > 0.0)
        return Deciding(leaf, abs(high - low), ranged=_width(leaf.value) > 0.0)

    def _flip(self, reading: Reading, leaf: Leaf, claimed: Quantity | None) -> Quantity | None:
        """Find the value of a leaf, nearest to its centre, at which the answer turns.

        A number turns where it enters, leaves or passes the claimed range, a word where it becomes another.
        """
        centre = leaf.centre
        if not isinstance(centre, Quantity):
            return None
        centres = {other.key: other.centre for other in reading.leaves}

        def side(value: float) -> object:
            moved = Quantity(Interval.at(value), centre.dimensions)
            result = self._with(reading, {**centres, leaf.key: moved})
            if not isinstance(result, Quantity):
                return result
            if claimed is None:
                return None
            middle = result.range.middle
            return (middle >= claimed.range.low) + (middle > claimed.range.high)

        found = _crossing(centre.range.middle, _width(leaf.value), side)
        return None if found is None else Quantity(Interval.at(found), centre.dimensions)


def _crossing(centre: float, width: float, side: Callable[[float], object]) -> float | None:
    """Return the nearest value on either side of the centre at which the side changes, by steps and halving.

    The steps reach from a tenth to ten times the centre; from a centre of zero, five ranges either way.
    """
    now = side(centre)
    steps = [step / _STEPS for step in range(_STEPS + 1)]
    up, down = (
        ([centre * _REACH**step for step in steps], [centre * _REACH**-step for step in steps])
        if centre
        else ([_FROM_ZERO * width * step for step in steps], [-_FROM_ZERO * width * step for step in steps])
    )
    for ends in (pair for both in zip(pairwise(up), pairwise(down), strict=True) for pair in both):
        if side(ends[1]) != now:
            return _halved(ends, now, side)
    return None


def _halved(ends: tuple[float, float], now: object, side: Callable[[float], object]) -> float:
    near, far = ends
    for _ in range(40):
        middle = 0.5 * (near + far)
        if side(middle) == now:
            near = middle
        else:
            far = middle
    return far


def _width(value: Value) -> float:
    """Width of a range; that of rounding outwards alone counts as none."""
    if isinstance(value, Day):
        return float((value.last - value.first).days)
    if not isinstance(value, Quantity):
        return 0.0
    ends = value.range
    return ends.width if ends.width > _ROUNDING * max(abs(ends.low), abs(ends.high)) else 0.0


def _pieces(value: Value) -> list[Value]:
    if not isinstance(value, Quantity) or math.isinf(value.range.width):
        return [value]
    low, step = value.range.low, value.range.width / _PIECES
    cuts = [low + step * place for place in range(_PIECES)] + [value.range.high]
    return [Quantity(Interval(a, max(a, b)), value.dimensions) for a, b in pairwise(cuts)]


def _ends(leaf: Leaf) -> tuple[Value, Value] | None:
    """The two values that a leaf is moved to."""
    value, centre = leaf.value, leaf.centre
    if isinstance(value, Day):
        return (Day(value.first, value.first), Day(value.last, value.last)) if _width(value) else None
    if not isinstance(value, Quantity) or not isinstance(centre, Quantity):
        return None
    ends = value.range
    if not _width(value) or math.isinf(ends.width):
        step = _NOMINAL * abs(centre.range.middle)
        ends = Interval(centre.range.middle - step, centre.range.middle + step)
    low, high = (Quantity(Interval.at(end), value.dimensions) for end in (ends.low, ends.high))
    return low, high


def _middle(value: Value | None) -> float | None:
    if not isinstance(value, Quantity):
        return None
    return value.range.middle


def dimensions_of(value: Value | None) -> Dimensions | None:
    """Dimensions of a number; None for days and words."""
    return value.dimensions if isinstance(value, Quantity) else None
