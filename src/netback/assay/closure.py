"""Closure: whether the cuts of an assay add up to its listed whole crude.

Each check compares a sum over the cuts with the listed whole-crude value. A check that lacks either is *not
checked*, which is said and is not a pass. Tolerances: yields 99 to 101 %, density 0.7 %, sulphur, nitrogen,
hydrogen, carbon residue and metals 3 % of the whole. An absolute floor keeps rounding in nearly clean crudes
from failing: below it the listed value has no significant digit left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from netback.assay.arrays import FloatArray
from netback.assay.assay import DENSITY, Assay
from netback.assay.blending import default_rule
from netback.errors import Finding

Verdict = Literal["passed", "failed", "not checked"]

#: Property -> relative tolerance and absolute floor in the property's uom.
TOLERANCES: Final[dict[str, tuple[float, float]]] = {
    DENSITY: (0.007, 0.0),
    "sulfur_wt_pct": (0.03, 0.001),
    "nitrogen_ppm": (0.03, 1.0),
    "hydrogen_wt_pct": (0.03, 0.0),
    "mcr_wt_pct": (0.03, 0.005),
    "ccr_wt_pct": (0.03, 0.005),
    "nickel_ppm": (0.03, 0.05),
    "vanadium_ppm": (0.03, 0.05),
}
#: Failing one of these makes a user's assay unfit for use; the others are remarks.
ESSENTIAL: Final = ("yield_wt_pct", "yield_vol_pct", DENSITY, "sulfur_wt_pct")
YIELD_RANGE_PCT: Final = (99.0, 101.0)


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison. ``listed`` and ``sum`` are NaN where not known."""

    quantity: str
    listed: float
    sum: float
    verdict: Verdict
    reason: str = ""

    @property
    def difference_pct(self) -> float:
        """Sum of the cuts less the listed value, in per cent of the listed value."""
        return float("nan") if not self.listed else 100.0 * (self.sum / self.listed - 1.0)


@dataclass(frozen=True, slots=True)
class Closure:
    """All checks of one assay."""

    name: str
    checks: tuple[Check, ...]

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """Checks that failed."""
        return tuple(check for check in self.checks if check.verdict == "failed")

    @property
    def passed(self) -> tuple[Check, ...]:
        """Checks that passed."""
        return tuple(check for check in self.checks if check.verdict == "passed")

    @property
    def status(self) -> str:
        """``closes``, ``fails: nitrogen_ppm, ...`` or ``not checked``."""
        if self.failed:
            return "fails: " + ", ".join(check.quantity for check in self.failed)
        return "closes" if self.passed else "not checked"

    def findings(self, where: str) -> tuple[Finding, ...]:
        """Failed checks as findings; those that are not essential are warnings."""
        return tuple(_finding(check, where) for check in self.failed)


def closure(assay: Assay) -> Closure:
    """Check one assay."""
    printed = (
        ("yield_wt_pct", assay.printed.yield_wt_pct),
        ("yield_vol_pct", assay.printed.yield_vol_pct),
    )
    checks = [_yield_check(name, values, _is_curve_only(assay)) for name, values in printed]
    checks += [_property_check(assay, name, *limits) for name, limits in TOLERANCES.items()]
    return Closure(assay.name, tuple(checks))


def _is_curve_only(assay: Assay) -> bool:
    """Whether nothing by cut was given, so that the cuts were made from the curve and the whole density."""
    return assay.flag(DENSITY, "*").quality == "correlated"


def _yield_check(name: str, printed: FloatArray, curve_only: bool) -> Check:
    total = float(printed.sum())
    if curve_only:
        return Check(name, 100.0, float("nan"), "not checked", "the heaviest cut is what is left to 100 %")
    if np.isnan(total):
        return Check(name, 100.0, float("nan"), "not checked", "the source does not give it for every cut")
    low, high = YIELD_RANGE_PCT
    return Check(name, 100.0, total, "passed" if low <= total <= high else "failed")


def _property_check(assay: Assay, name: str, relative: float, floor: float) -> Check:
    listed, total = assay.whole.get(name, float("nan")), assay.sum_of_cuts(name)
    known = _sum_of_known(assay, name)
    if name == DENSITY and _is_curve_only(assay):
        return Check(name, listed, total, "not checked", "densities of the cuts were made to fit the whole")
    if np.isnan(listed):
        return Check(name, listed, total, "not checked", "no whole-crude value is listed")
    limit = max(relative * abs(listed), floor)
    if np.isnan(total):
        if abs(known - listed) <= limit:
            return Check(name, listed, known, "passed", "cuts without a value count as none")
        return Check(name, listed, total, "not checked", "not known for every cut")
    return Check(name, listed, total, "passed" if abs(total - listed) <= limit else "failed")


def _sum_of_known(assay: Assay, name: str) -> float:
    """Content that the cuts with a value bring to the crude; NaN if none has one or it averages by volume."""
    if name not in assay.properties or default_rule(name).basis != "mass":
        return float("nan")
    known = assay.properties[name] * assay.yield_wt_pct / 100.0
    return float(np.nansum(known)) if np.isfinite(known).any() else float("nan")


def _finding(check: Check, where: str) -> Finding:
    essential = check.quantity in ESSENTIAL
    if check.quantity.startswith("yield"):
        what = f"{check.quantity} of the cuts adds up to {check.sum:.2f}, not 100 within 1."
        hint = "A cut is missing, doubled or mistyped."
    else:
        what = (
            f"{check.quantity} of the cuts adds up to {check.sum:.5g}, "
            f"the whole crude is listed as {check.listed:.5g} ({check.difference_pct:+.1f} %)."
        )
        limit, _ = TOLERANCES[check.quantity]
        hint = f"They may differ by {100.0 * limit:.1f} %; check yields, values and uom."
    return Finding(where, what, hint, "error" if essential else "warning")
