"""Array conversion, checks of arguments and stated ranges of validity, shared by every petroleum formula.

Every formula takes numbers or arrays that broadcast together. NaN means *not known* and gives NaN. A value
outside the mathematical domain (a density of zero, a viscosity of 0.1 cSt in a double logarithm) raises a
:class:`~netback.errors.DataError` that names the argument. A value inside the domain but outside the range
for which the source gives the formula is computed; :func:`outside_validity` tells which elements those are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from netback.errors import DataError, Finding

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Range:
    """The closed range of one argument for which the source gives a formula, in the argument's uom."""

    argument: str
    low: float
    high: float
    uom: str = "-"

    def __str__(self) -> str:
        return f"{self.argument} {self.low:g} to {self.high:g} {self.uom}".rstrip(" -")


_VALIDITY: dict[str, tuple[Range, ...]] = {}


def valid_within(*ranges: Range) -> Callable[[Function], Function]:
    """Decorate a formula with the ranges its source states; read them back with :func:`validity`."""

    def register(function: Function) -> Function:
        _VALIDITY[_key(function)] = ranges
        return function

    return register


def _key(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def validity(function: Callable[..., Any]) -> tuple[Range, ...]:
    """Return the ranges the source states for a formula; empty where it states none."""
    return _VALIDITY.get(_key(function), ())


def outside_validity(function: Callable[..., Any], **arguments: npt.ArrayLike) -> BoolArray:
    """Tell where arguments lie outside the range for which the source gives a formula.

    Parameters
    ----------
    function : callable
        A formula of :mod:`netback.assay`.
    **arguments : array_like
        The arguments by the names of the formula; those without a stated range are ignored.

    Returns
    -------
    ndarray of bool
        True where at least one argument is outside; the broadcast shape of the arguments. NaN is not outside.
    """
    arrays = {name: array(name, value) for name, value in arguments.items()}
    outside = np.zeros(np.broadcast_shapes(*(value.shape for value in arrays.values())), dtype=np.bool_)
    for limit in validity(function):
        if limit.argument in arrays:
            value = arrays[limit.argument]
            outside = outside | (value < limit.low) | (value > limit.high)
    return outside


def array(name: str, value: npt.ArrayLike) -> FloatArray:
    """``value`` as an array of floats; NaN may stand for "not known", infinity may not.

    Raises
    ------
    DataError
        If the value cannot be read as numbers or holds an infinity.
    """
    try:
        result = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            Finding(f"argument {name}", f"cannot be read as numbers ({error}).", "Give numbers or arrays.")
        ) from None
    if np.isinf(result).any():
        raise DataError(
            Finding(f"argument {name}", "holds an infinite value.", "Use NaN for an unknown value.")
        )
    return result


def above(name: str, value: npt.ArrayLike, low: float, uom: str = "") -> FloatArray:
    """``value`` as an array, every known element above ``low``.

    Raises
    ------
    DataError
        Naming the argument, the first bad value and its position.
    """
    result = array(name, value)
    return _require(name, result, result > low, f"above {low:g} {uom}".rstrip())


def at_least(name: str, value: npt.ArrayLike, low: float, uom: str = "") -> FloatArray:
    """``value`` as an array, every known element at least ``low``; raises like :func:`above`."""
    result = array(name, value)
    return _require(name, result, result >= low, f"at least {low:g} {uom}".rstrip())


def between(name: str, value: npt.ArrayLike, low: float, high: float, uom: str = "") -> FloatArray:
    """``value`` as an array, every known element in the closed range; raises like :func:`above`."""
    result = array(name, value)
    inside = (result >= low) & (result <= high)
    return _require(name, result, inside, f"from {low:g} to {high:g} {uom}".rstrip())


def positive(name: str, value: npt.ArrayLike, uom: str = "") -> FloatArray:
    """``value`` as an array, every known element above zero; raises like :func:`above`."""
    return above(name, value, 0.0, uom)


def _require(name: str, value: FloatArray, good: BoolArray, wanted: str) -> FloatArray:
    bad = ~(good | np.isnan(value))
    if not bad.any():
        return value
    flat = int(np.flatnonzero(bad)[0])
    place = f" at position {flat}" if value.ndim else ""
    found = value.reshape(-1)[flat]
    raise DataError(Finding(f"argument {name}", f"{found:g}{place} is not allowed; it must be {wanted}."))


def choose(kind: str, name: str, known: dict[str, Any]) -> Any:
    """Return the entry of ``known`` under ``name``.

    Raises
    ------
    DataError
        Listing the known names when ``name`` is not one of them.
    """
    if name in known:
        return known[name]
    raise DataError(Finding(f"argument {kind}", f'"{name}" is not known.', f"Known: {', '.join(known)}."))
