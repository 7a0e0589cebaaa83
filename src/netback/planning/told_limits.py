"""Limits that clash, each told once: those of one kind over several periods are one phrase."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from netback.program.diagnose import Conflict

#: The number at the end of a phrase: ``(80 kt)``.
_NUMBER = re.compile(r" \(([^()]*)\)$")


def told_limits(conflict: Iterable[Conflict], periods: Sequence[str]) -> list[str]:
    """One phrase for each limit, in the order of the conflict: ``the capacity of cdu in 2023-07 to 2023-09 (80 kt)``.

    ``periods`` are the names of all periods in order of time. Where the limit has several values over the periods,
    the least and the greatest are told.
    """
    groups: dict[str, list[tuple[str, Conflict]]] = {}
    for item in conflict:
        period = next(
            (label for label in item.labels if f" in {label}" in item.phrase and label in periods), ""
        )
        plain = _NUMBER.sub("", item.phrase)
        key = plain.replace(f" in {period}", " in \0", 1) if period else plain
        groups.setdefault(key, []).append((period, item))
    return [_told(key, group, periods) for key, group in groups.items()]


def _told(key: str, group: Sequence[tuple[str, Conflict]], periods: Sequence[str]) -> str:
    named = {period for period, _ in group}
    text = key.replace("\0", spans([period for period in periods if period in named], periods))
    numbers: dict[str, None] = {}
    for _, item in sorted(group, key=lambda pair: pair[1].value):
        found = _NUMBER.search(item.phrase)
        if found is not None:
            numbers[found[1]] = None
    if not numbers:
        return text
    listed = list(numbers)
    return f"{text} ({listed[0]})" if len(listed) == 1 else f"{text} ({listed[0]} to {listed[-1]})"


def spans(named: Sequence[str], periods: Sequence[str]) -> str:
    """Periods as spans: ``2023-07 to 2023-09 and 2023-11``. ``named`` in the order of ``periods``."""
    runs: list[list[str]] = []
    for period in named:
        if runs and periods.index(runs[-1][-1]) + 1 == periods.index(period):
            runs[-1].append(period)
        else:
            runs.append([period])
    told = [" to ".join(dict.fromkeys((run[0], run[-1]))) for run in runs]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}" if told else ""
