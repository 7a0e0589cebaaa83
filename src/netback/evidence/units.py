"""Units of measure that multiply and divide: USD/bbl, t/d, nm/d, PKR/l.

The amounts are those of :mod:`netback.uom`; added are money (each currency a dimension of its own), time beyond
the hour, length, speed, power and shares. A month is 365/12 days and a year 365 days, as the trade reckons
annual tonnes into barrels a day. A count (``each``) and a share have no dimension. Mass and volume never convert
into each other without a number that says how.

Source of the nautical mile (1,852 m) and the acre: NIST SP 811 appendix B.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from netback import uom
from netback.errors import DataError, Finding, closest

Dimensions = tuple[tuple[str, int], ...]

NONE: Dimensions = ()
_LENGTH: Dimensions = (("length", 1),)
_TIME: Dimensions = (("time", 1),)
_SPEED: Dimensions = (("length", 1), ("time", -1))
_POWER: Dimensions = (("energy", 1), ("time", -1))
_YEAR_H = 365.0 * 24.0

#: uom -> (factor to the base of its dimensions, dimensions). Bases: t, m3, GJ, h, m, one unit of each currency.
_OWN: dict[str, tuple[float, Dimensions]] = {
    "1": (1.0, NONE),
    "%": (0.01, NONE),
    "pct": (0.01, NONE),
    "each": (1.0, NONE),
    "h": (1.0, _TIME),
    "d": (24.0, _TIME),
    "week": (168.0, _TIME),
    "month": (_YEAR_H / 12.0, _TIME),
    "yr": (_YEAR_H, _TIME),
    "m": (1.0, _LENGTH),
    "km": (1000.0, _LENGTH),
    "nm": (1852.0, _LENGTH),
    "kn": (1852.0, _SPEED),
    "acre": (4046.8564224, (("length", 2),)),
    "kW": (3.6e-3, _POWER),
    "MW": (3.6, _POWER),
    "GW": (3.6e3, _POWER),
    "GWh": (3.6e3, (("energy", 1),)),
    "TWh": (3.6e6, (("energy", 1),)),
    "dwt": (1.0, (("mass", 1),)),
}
_CURRENCY = re.compile(r"[A-Z]{3}")
_PARTS = re.compile(r"([*/])")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of measure: ``factor`` converts to the base of its ``dimensions``."""

    name: str
    factor: float
    dimensions: Dimensions


def atoms() -> tuple[str, ...]:
    """Return all simple uom but the currencies."""
    return (*_OWN, *(name for name in uom.names() if name not in _OWN))


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """Read a uom such as ``t``, ``USD/bbl``, ``kbd``, ``nm/d`` or ``USD*d/t``; blank is a number without uom.

    Raises
    ------
    DataError
        If a part of it is not known; the finding names the closest one.
    """
    words = text.strip()
    if not words:
        return Unit("", 1.0, NONE)
    whole = _atom(words)
    if whole is not None:
        return Unit(words, *whole)
    pieces = [piece.strip() for piece in _PARTS.split(words)]
    factor, dimensions = 1.0, NONE
    for sign, name in zip(["*", *pieces[1::2]], pieces[::2], strict=True):
        found = _atom(name)
        if found is None:
            raise DataError(Finding("", f'"{name}" is not a unit of measure Netback knows.', _hint(name)))
        power = -1 if sign == "/" else 1
        factor *= found[0] ** power
        dimensions = multiplied(dimensions, raised(found[1], power))
    return Unit(words, factor, dimensions)


def multiplied(first: Dimensions, second: Dimensions) -> Dimensions:
    """Return the dimensions of a product."""
    powers = dict(first)
    for name, power in second:
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def raised(dimensions: Dimensions, power: int) -> Dimensions:
    """Return the dimensions of a power."""
    return tuple((name, own * power) for name, own in dimensions if own * power)


def differ_by_density(first: Dimensions, second: Dimensions) -> bool:
    """Whether two dimensions are equal but for mass in one and volume in the other."""
    if first == second:
        return False
    one, two = (
        multiplied((), tuple(("mass" if name == "volume" else name, power) for name, power in dimensions))
        for dimensions in (first, second)
    )
    return one == two


def words_of(dimensions: Dimensions) -> str:
    """Say dimensions in words: ``USD per volume``, ``a number without uom``."""
    if not dimensions:
        return "a number without uom"
    above = [_word(name, power) for name, power in dimensions if power > 0]
    below = [_word(name, -power) for name, power in dimensions if power < 0]
    return " per ".join(filter(None, [" x ".join(above) or "number", " x ".join(below)]))


def base_name(dimensions: Dimensions) -> str:
    """Return a uom in which a value of these dimensions reads well."""
    bases = {"mass": "t", "volume": "bbl", "energy": "GJ", "time": "d", "length": "nm", "gas volume": "scf"}
    usual = {_SPEED: "kn", _POWER: "MW", NONE: ""}
    if dimensions in usual:
        return usual[dimensions]

    def listed(sign: int) -> Iterable[str]:
        for name, power in dimensions:
            if power * sign > 0:
                yield from [bases.get(name, name)] * abs(power)

    return "/".join(["*".join(listed(1)) or "1", *listed(-1)])


def _word(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


def _atom(name: str) -> tuple[float, Dimensions] | None:
    if name in _OWN:
        return _OWN[name]
    if _CURRENCY.fullmatch(name):
        return 1.0, ((name, 1),)
    try:
        found = uom.parse(name)
    except DataError:
        return None
    own = NONE if found.dimension == "count" else ((found.dimension, 1),)
    if found.is_rate:
        return found.factor / (found.per_days * 24.0), multiplied(own, (("time", -1),))
    return found.factor, own


def _hint(name: str) -> str:
    return closest(name, atoms()) or "A currency has three capital letters; see: netback tables claims."
