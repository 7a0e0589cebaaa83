"""Which blending rule a property follows in one case: own properties, built-in ones, and the density.

A rule turns a value into an index that averages linearly over amounts counted on the rule's basis. Formulas and
references stand in :mod:`netback.assay.blending`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netback.assay import blending
from netback.case.case import Case
from netback.errors import DataError, Finding, closest

Basis = Literal["mass", "volume", "flow"]
DENSITY = "density_t_per_m3"


@dataclass(frozen=True)
class Rule:
    """How one property blends. ``rising`` says whether the index grows with the value."""

    property: str
    basis: Basis
    method: str
    to_index: Callable[[float], float]
    from_index: Callable[[float], float]
    rising: bool
    uom: str

    def to_indices(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Indices of many values, float of the same shape. Errors as ``to_index``."""
        if self.method == "linear":
            return values
        return blending.rule(self.property, self.method).to_index(values)


class Rules:
    """The blending rules of one case, found by property name."""

    def __init__(self, case: Case) -> None:
        self._own = {record["property"]: record for record in case.table("properties").records}
        self._table = case.table("properties")
        self._found: dict[str, Rule] = {}

    def __getitem__(self, name: str) -> Rule:
        """The rule of a property.

        Raises
        ------
        DataError
            If the property is neither built in nor declared in properties.csv.
        """
        if name not in self._found:
            self._found[name] = self._make(name)
        return self._found[name]

    def known(self, name: str) -> bool:
        """Whether the property is built in or declared."""
        return name in self._own or name in _built_in()

    def _make(self, name: str) -> Rule:
        own = self._own.get(name)
        if own is None and name not in _built_in():
            hint = closest(name, [*self._own, *_built_in()]) or "Declare it in properties.csv."
            raise DataError(Finding("properties.csv", f'property "{name}" is not known.', hint))
        if own is None:
            return _from_built_in(name, blending.rule(name), "")
        shown = own["uom"] or ""
        if name in _built_in() and own["basis"] is None:
            return _from_built_in(name, blending.rule(name, own["method"]), shown)
        if own["method"] not in (None, "linear"):
            where = self._table.where(own, "method")
            what = f'no blending rule "{own["method"]}" on a basis of one\'s own.'
            raise DataError(Finding(where, what, "Leave the basis blank for a built-in rule, or use linear."))
        return Rule(name, own["basis"] or "volume", "linear", _same, _same, True, shown)


def _built_in() -> frozenset[str]:
    return frozenset(name for name, _ in blending.RULES)


def _same(value: float) -> float:
    return value


def _from_built_in(name: str, built: blending.BlendRule, shown_uom: str) -> Rule:
    return Rule(
        name,
        built.basis,
        built.method,
        lambda value: float(built.to_index(value)),
        lambda index: float(built.from_index(index)),
        built.increasing,
        shown_uom,
    )
