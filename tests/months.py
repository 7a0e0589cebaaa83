"""Months of a horizon as rows of the table periods."""

from __future__ import annotations

from datetime import date, timedelta

from tiny import Row


def months(first: date, count: int) -> list[Row]:
    """So many months from the day ``first`` on; the first of them may be a part."""
    made: list[Row] = []
    for _ in range(count):
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        made.append({"period": f"{first:%Y-%m}", "start": first, "days": float((following - first).days)})
        first = following
    return made
