"""A part of the first stage: its box, the leaves of every block within it, and the cuts that hold there."""

from __future__ import annotations

from dataclasses import dataclass, field

from netback.program.bounds.ranges import Ranges
from netback.program.decomposition.cuts import Cut
from netback.program.problem import FloatArray


@dataclass(order=True)
class Node:
    """A box (k,), (k,) with the bound known before it is worked on."""

    bound: float
    number: int
    lower: FloatArray = field(compare=False)
    upper: FloatArray = field(compare=False)
    leaves: list[list[Ranges]] = field(compare=False)
    cuts: list[tuple[Cut, int]] = field(compare=False)
    depth: int = field(compare=False, default=0)
