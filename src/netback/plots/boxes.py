"""Upright rectangles of a figure: whether two overlap, whether a line meets one."""

from __future__ import annotations

Point = tuple[float, float]
#: Left, right, bottom and top, in one uom of length.
Rectangle = tuple[float, float, float, float]


def overlap(one: Rectangle, other: Rectangle) -> bool:
    """Whether two rectangles have more than an edge in common."""
    return one[0] < other[1] and one[1] > other[0] and one[2] < other[3] and one[3] > other[2]


def is_within(one: Rectangle, other: Rectangle) -> bool:
    """Whether the first rectangle lies in the second."""
    return one[0] >= other[0] and one[1] <= other[1] and one[2] >= other[2] and one[3] <= other[3]


def meets(start: Point, end: Point, box: Rectangle) -> bool:
    """Whether a straight line meets the inside of a rectangle (Liang and Barsky 1984)."""
    first, last = 0.0, 1.0
    for at, to, low, high in ((start[0], end[0], box[0], box[1]), (start[1], end[1], box[2], box[3])):
        step = to - at
        if abs(step) < 1e-12:
            if not low < at < high:
                return False
            continue
        one, other = sorted(((low - at) / step, (high - at) / step))
        first, last = max(first, one), min(last, other)
    return first < last
