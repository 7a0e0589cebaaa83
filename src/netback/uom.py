"""Units of measure: a closed list, because general libraries read the trade's symbols wrongly.

pint 0.25 reads ``bbl`` as 31.5 US gallons and ``kt`` as knots; here ``bbl`` is 42 US gallons and ``kt`` is
1,000 tonnes. Every uom belongs to one dimension and converts within it by a factor; mass and volume convert
into each other only with a density.

Sources: 1 bbl = 42 US gal = 0.158987294928 m3 exactly (NIST SP 811 appendix B.8); 1 lb = 0.45359237 kg
exactly; 1 Btu_IT = 1055.05585262 J; 1 scf is a volume at 60 F and 14.696 psia and never converts to the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from netback.errors import DataError, Finding, closest

BARREL_M3 = 0.158987294928
US_GALLON_M3 = BARREL_M3 / 42.0
CUBIC_FOOT_M3 = 0.028316846592
POUND_KG = 0.45359237
BTU_J = 1055.05585262

#: uom -> (dimension, factor to the base of the dimension). Bases: t, m3, GJ, scf, each.
_QUANTITIES: dict[str, tuple[str, float]] = {
    "g": ("mass", 1e-6),
    "kg": ("mass", 1e-3),
    "lb": ("mass", POUND_KG * 1e-3),
    "t": ("mass", 1.0),
    "kt": ("mass", 1e3),
    "Mt": ("mass", 1e6),
    "l": ("volume", 1e-3),
    "m3": ("volume", 1.0),
    "gal": ("volume", US_GALLON_M3),
    "bbl": ("volume", BARREL_M3),
    "kbbl": ("volume", 1e3 * BARREL_M3),
    "Mbbl": ("volume", 1e6 * BARREL_M3),
    "MJ": ("energy", 1e-3),
    "GJ": ("energy", 1.0),
    "TJ": ("energy", 1e3),
    "kWh": ("energy", 3.6e-3),
    "MWh": ("energy", 3.6),
    "mmBtu": ("energy", BTU_J * 1e-3),
    "ft3": ("gas volume", 1.0),
    "scf": ("gas volume", 1.0),
    "kscf": ("gas volume", 1e3),
    "Mscf": ("gas volume", 1e6),
    "Nm3": ("gas volume", 37.3259),
    "each": ("count", 1.0),
    "h": ("time", 1.0),
}

#: Suffixes of a rate and the days they cover; a month and a year depend on the calendar and are not rates.
_RATES: dict[str, float] = {"h": 1.0 / 24.0, "d": 1.0}

#: The trade's own words for a rate.
_ALIASES: dict[str, str] = {
    "b/d": "bbl/d",
    "bpd": "bbl/d",
    "kbd": "kbbl/d",
    "kb/d": "kbbl/d",
    "tpd": "t/d",
    "ton": "t",
    "tonne": "t",
    "litre": "l",
    "barrel": "bbl",
}


@dataclass(frozen=True, slots=True)
class Uom:
    """One unit of measure. ``factor`` converts to the base of ``dimension``; ``per_days`` is 0 for an amount."""

    name: str
    dimension: str
    factor: float
    per_days: float = 0.0

    @property
    def is_rate(self) -> bool:
        """Whether this is an amount per hour or per day."""
        return self.per_days > 0.0


def names() -> tuple[str, ...]:
    """All amounts of the closed list, without rates and aliases."""
    return tuple(_QUANTITIES)


@lru_cache(maxsize=512)
def parse(text: str) -> Uom:
    """Read a uom such as ``t``, ``kbbl/d`` or ``kbd``.

    Raises
    ------
    DataError
        If the text is not in the closed list; the finding names the closest one.
    """
    name = _ALIASES.get(text.strip(), text.strip())
    amount, slash, rate = name.partition("/")
    amount = _ALIASES.get(amount, amount)
    if amount in _QUANTITIES and (rate in _RATES if slash else True):
        dimension, factor = _QUANTITIES[amount]
        return Uom(name, dimension, factor, _RATES.get(rate, 0.0))
    hint = (
        closest(text, [*_QUANTITIES, *_ALIASES]) or f"Known: {', '.join(_QUANTITIES)}, each also per d or h."
    )
    raise DataError(Finding("", f'"{text}" is not a unit of measure Netback knows.', hint))


def convert(value: float, from_uom: str, to_uom: str, density_t_per_m3: float | None = None) -> float:
    """Convert an amount or a rate.

    ``density_t_per_m3`` [t/m3 at 15 C] is needed only between mass and volume.

    Raises
    ------
    DataError
        If the two uom do not measure the same thing, or a density is needed and missing.
    """
    return value * factor(from_uom, to_uom, density_t_per_m3)


def factor(from_uom: str, to_uom: str, density_t_per_m3: float | None = None) -> float:
    """The number that ``convert`` multiplies by. Same arguments and errors."""
    source, target = parse(from_uom), parse(to_uom)
    if source.is_rate != target.is_rate:
        raise DataError(Finding("", f'"{from_uom}" and "{to_uom}": one is a rate, the other an amount.'))
    ratio = source.factor / target.factor
    if source.is_rate:
        ratio *= target.per_days / source.per_days
    if source.dimension == target.dimension:
        return ratio
    pair = {source.dimension, target.dimension}
    if pair != {"mass", "volume"}:
        raise DataError(
            Finding(
                "",
                f'"{from_uom}" measures {source.dimension}, "{to_uom}" measures {target.dimension}.',
                "Write two uom that measure the same.",
            )
        )
    if density_t_per_m3 is None or not density_t_per_m3 > 0.0:
        raise DataError(Finding("", f'"{from_uom}" to "{to_uom}" needs a density, and none is known.'))
    return ratio * density_t_per_m3 if source.dimension == "volume" else ratio / density_t_per_m3


def api_to_density(api_gravity: float) -> float:
    """Density [t/m3 at 60 F] from API gravity: 141.5 / (API + 131.5) x 0.999016 (API TDB; water at 60 F)."""
    return 141.5 / (api_gravity + 131.5) * WATER_60F_T_PER_M3


def density_to_api(density_t_per_m3: float) -> float:
    """API gravity from density [t/m3 at 60 F]; the inverse of :func:`api_to_density`."""
    return 141.5 * WATER_60F_T_PER_M3 / density_t_per_m3 - 131.5


WATER_60F_T_PER_M3 = 0.999016


def celsius_to_fahrenheit(temperature_c: float) -> float:
    """Temperature [F] from [C]."""
    return temperature_c * 1.8 + 32.0


def fahrenheit_to_celsius(temperature_f: float) -> float:
    """Temperature [C] from [F]."""
    return (temperature_f - 32.0) / 1.8
