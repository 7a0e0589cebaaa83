"""Distances on the sphere, in nautical miles."""

from __future__ import annotations

import math

#: Mean radius of the earth, 6,371.0088 km (IUGG), in nautical miles of 1,852 m.
EARTH_RADIUS_NM = 6371.0088 / 1.852


def great_circle_nm(
    latitude_1_deg: float, longitude_1_deg: float, latitude_2_deg: float, longitude_2_deg: float
) -> float:
    """Great-circle distance [nm] between two positions [deg], by the haversine formula.

    Sinnott, R. W. (1984). Virtues of the Haversine. Sky and Telescope 68(2), 159.
    """
    phi_1, phi_2 = math.radians(latitude_1_deg), math.radians(latitude_2_deg)
    half = math.radians(longitude_2_deg - longitude_1_deg) / 2.0
    chord = math.sin((phi_2 - phi_1) / 2.0) ** 2 + math.cos(phi_1) * math.cos(phi_2) * math.sin(half) ** 2
    return 2.0 * EARTH_RADIUS_NM * math.asin(min(1.0, math.sqrt(chord)))


def great_circle_points(
    latitude_1_deg: float, longitude_1_deg: float, latitude_2_deg: float, longitude_2_deg: float, count: int
) -> list[tuple[float, float]]:
    """Return ``count`` positions (latitude, longitude) [deg] along the great circle, both ends included.

    Spherical interpolation: the points lie at equal arcs. Longitudes are within -180 and 180.
    """
    ends = [_vector(latitude_1_deg, longitude_1_deg), _vector(latitude_2_deg, longitude_2_deg)]
    dot = sum(a * b for a, b in zip(*ends, strict=True))
    arc = math.acos(max(-1.0, min(1.0, dot)))
    found = []
    for step in range(count):
        share = step / (count - 1)
        weights = _weights(arc, share)
        x, y, z = (weights[0] * a + weights[1] * b for a, b in zip(*ends, strict=True))
        found.append((math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))))
    return found


def _weights(arc: float, share: float) -> tuple[float, float]:
    if arc < 1e-9:
        return 1.0 - share, share
    return math.sin((1.0 - share) * arc) / math.sin(arc), math.sin(share * arc) / math.sin(arc)


def _vector(latitude_deg: float, longitude_deg: float) -> tuple[float, float, float]:
    phi, lam = math.radians(latitude_deg), math.radians(longitude_deg)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)
