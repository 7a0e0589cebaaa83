"""Density, API gravity, Watson K and the small quantities that other correlations start from.

Everything is at 60 F (15.56 C) unless its name says 20 C. Specific gravity is relative to water at 60 F,
which has 0.999016 t/m3 (API Technical Data Book).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netback.assay.arrays import FloatArray, Range, above, array, positive, valid_within
from netback.uom import WATER_60F_T_PER_M3

RANKINE_PER_KELVIN = 1.8
ZERO_C_K = 273.15


def rankine(temperature_c: npt.ArrayLike, name: str = "temperature_c") -> FloatArray:
    """Absolute temperature [R] of a temperature [C]; raises below absolute zero."""
    return (above(name, temperature_c, -ZERO_C_K, "C") + ZERO_C_K) * RANKINE_PER_KELVIN


def kelvin(temperature_c: npt.ArrayLike, name: str = "temperature_c") -> FloatArray:
    """Absolute temperature [K] of a temperature [C]; raises below absolute zero."""
    return above(name, temperature_c, -ZERO_C_K, "C") + ZERO_C_K


def fahrenheit(temperature_c: npt.ArrayLike, name: str = "temperature_c") -> FloatArray:
    """Temperature [F] of a temperature [C]."""
    return 1.8 * array(name, temperature_c) + 32.0


def celsius_from_rankine(temperature_r: FloatArray) -> FloatArray:
    """Temperature [C] of an absolute temperature [R]."""
    return temperature_r / RANKINE_PER_KELVIN - ZERO_C_K


def celsius_from_fahrenheit(temperature_f: FloatArray) -> FloatArray:
    """Temperature [C] of a temperature [F]."""
    return (temperature_f - 32.0) / 1.8


def api_gravity(specific_gravity: npt.ArrayLike) -> FloatArray:
    """Return the API gravity [degAPI] = 141.5 / SG - 131.5 (API Technical Data Book; definition).

    Raises
    ------
    DataError
        If a specific gravity [-] is not above zero.
    """
    return 141.5 / positive("specific_gravity", specific_gravity) - 131.5


def specific_gravity(api: npt.ArrayLike) -> FloatArray:
    """Specific gravity 60/60 F [-] = 141.5 / (API + 131.5); the inverse of :func:`api_gravity`.

    Raises
    ------
    DataError
        If an API gravity is not above -131.5.
    """
    return 141.5 / (above("api", api, -131.5, "degAPI") + 131.5)


def density(api: npt.ArrayLike) -> FloatArray:
    """Density [t/m3 at 60 F] from API gravity, with water at 0.999016 t/m3."""
    return specific_gravity(api) * WATER_60F_T_PER_M3


def density_to_api(density_t_per_m3: npt.ArrayLike) -> FloatArray:
    """Return the API gravity from density [t/m3 at 60 F]; the inverse of :func:`density`."""
    return api_gravity(positive("density_t_per_m3", density_t_per_m3) / WATER_60F_T_PER_M3)


def watson_k(mean_boiling_point_c: npt.ArrayLike, specific_gravity: npt.ArrayLike) -> FloatArray:
    """Watson characterisation factor [-]: K = Tb^(1/3) / SG, Tb in R (API procedure 2B5.1).

    Parameters
    ----------
    mean_boiling_point_c : array_like
        Mean average boiling point [C].
    specific_gravity : array_like
        Specific gravity 60/60 F [-].

    Raises
    ------
    DataError
        If a temperature is below absolute zero or a specific gravity is not above zero.
    """
    return np.cbrt(rankine(mean_boiling_point_c)) / positive("specific_gravity", specific_gravity)


def specific_gravity_from_watson_k(mean_boiling_point_c: npt.ArrayLike, k: npt.ArrayLike) -> FloatArray:
    """Specific gravity 60/60 F [-] of a fraction with a given boiling point [C] and Watson K [-]."""
    return np.cbrt(rankine(mean_boiling_point_c)) / positive("k", k)


def density_20c(specific_gravity: npt.ArrayLike) -> FloatArray:
    """Density at 20 C [g/cm3]: d20 = SG - 0.0045 (2.34 - 1.9 SG) (Riazi, ASTM MNL50, 2005)."""
    gravity = positive("specific_gravity", specific_gravity)
    return gravity - 4.5e-3 * (2.34 - 1.9 * gravity)


def huang_index(refractive_index_20c: npt.ArrayLike) -> FloatArray:
    """Huang characterisation parameter [-]: I = (n^2 - 1) / (n^2 + 2), n at 20 C (Riazi, ASTM MNL50)."""
    square = above("refractive_index_20c", refractive_index_20c, 1.0) ** 2
    return (square - 1.0) / (square + 2.0)


def refractive_index(huang: npt.ArrayLike) -> FloatArray:
    """Refractive index at 20 C [-]: n = ((1 + 2 I) / (1 - I))^0.5; the inverse of :func:`huang_index`."""
    index = positive("huang", huang)
    return np.sqrt((1.0 + 2.0 * index) / (1.0 - index))


def refractivity_intercept(refractive_index_20c: npt.ArrayLike, density_20c: npt.ArrayLike) -> FloatArray:
    """Refractivity intercept [-]: Ri = n - d/2, n and d [g/cm3] at 20 C (Riazi, ASTM MNL50, 2005)."""
    refractive = above("refractive_index_20c", refractive_index_20c, 1.0)
    return refractive - 0.5 * positive("density_20c", density_20c, "g/cm3")


@valid_within(Range("saybolt_s_100f", 38.0, 1e6, "s"))
def viscosity_gravity_constant(specific_gravity: npt.ArrayLike, saybolt_s_100f: npt.ArrayLike) -> FloatArray:
    """Viscosity-gravity constant [-] from the Saybolt universal viscosity [s] at 100 F.

    VGC = (10 SG - 1.0752 log10(V - 38)) / (10 - log10(V - 38)) (ASTM D2501; API procedure 2B4.1).

    Raises
    ------
    DataError
        If a viscosity is not above 38 s.
    """
    logarithm = np.log10(above("saybolt_s_100f", saybolt_s_100f, 38.0, "s") - 38.0)
    return (10.0 * positive("specific_gravity", specific_gravity) - 1.0752 * logarithm) / (10.0 - logarithm)


def viscosity_gravity_constant_210f(
    specific_gravity: npt.ArrayLike, saybolt_s_210f: npt.ArrayLike
) -> FloatArray:
    """Viscosity-gravity constant [-] from the Saybolt universal viscosity [s] at 210 F.

    VGC = (SG - 0.24 - 0.022 log10(V - 35.5)) / 0.755 (ASTM D2501; API procedure 2B4.1; some programs drop the
    division by 0.755).

    Raises
    ------
    DataError
        If a viscosity is not above 35.5 s.
    """
    logarithm = np.log10(above("saybolt_s_210f", saybolt_s_210f, 35.5, "s") - 35.5)
    return (positive("specific_gravity", specific_gravity) - 0.24 - 0.022 * logarithm) / 0.755
