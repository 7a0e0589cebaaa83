"""Result tables of a valuation: the curve with its intervals, and what decides it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from netback.results.table import ResultTable
from netback.studies.spread import Spread, Swing
from netback.studies.value import Curve


def curve_table(curve: Curve, currency: str, spread: Spread | None = None) -> ResultTable:
    """One row per volume: marginal and average worth at the gate and on the basis of the offer, with intervals."""
    money = f"{currency}/{curve.per}"
    columns = [
        ("volume", curve.uom, "of the crude, over the horizon"),
        ("volume_in_" + curve.per, curve.per, ""),
        ("worth_of_last", money, "at the gate: of the last one, greatest multiplier of the optimal face"),
        ("worth_of_next", money, "at the gate: of the next one, least multiplier of the optimal face"),
        ("average_worth", money, "at the gate: all of it against none of it"),
        ("average_gap", money, "within which the average is known from the proofs"),
        ("break_even_last", money, f"price {curve.basis} at which the last one just pays"),
        ("break_even_next", money, f"price {curve.basis} at which the next one just pays"),
        ("break_even_all", money, f"price {curve.basis} at which all of it just pays against none"),
        ("p5", money, f"5th percentile of the price {curve.basis} over all uncertain inputs"),
        ("p50", money, "median"),
        ("p95", money, "95th percentile"),
    ]
    wide = {} if spread is None else dict(zip(spread.volumes, spread.percentiles().T.tolist(), strict=True))
    rows = []
    for point in curve.points:
        band = [_known(value) for value in wide.get(point.volume, [math.nan] * 3)]
        rows.append(
            (
                point.volume,
                point.volume * curve.per_volume,
                point.last,
                point.next,
                point.average,
                point.average_gap,
                *(curve.on_basis(value) for value in (point.last, point.next, point.average)),
                *band,
            )
        )
    return ResultTable.of("value", f"What {curve.crude} is worth, by volume", columns, rows)


def swing_table(curve: Curve, swings: Sequence[Swing], currency: str) -> ResultTable:
    """One row per uncertain input, the most money times doubt first."""
    money = f"{currency}/{curve.per}"
    columns = [
        ("table", "", ""),
        ("row", "", "row of the table"),
        ("key", "", ""),
        ("column", "", ""),
        ("value", "", ""),
        ("low", "", ""),
        ("high", "", ""),
        ("status", "", "how the number came about"),
        ("source", "", ""),
        (
            "break_even_at_low",
            money,
            f"price {curve.basis} at which the volume pays, the input at its low end",
        ),
        ("break_even_at_high", money, ""),
        ("swing", money, "distance between both"),
        ("at_stake", currency, "swing times the volume"),
        ("doubt", "", "0 to 1, from the status and the confidence in the source"),
        ("rank", currency, "money at stake times doubt"),
    ]
    rows = [
        (
            *(one.input.table, one.input.row, one.input.key, one.input.column),
            *(one.input.value, one.input.low, one.input.high, one.input.status, one.input.source),
            *(_known(end) for end in (one.at_low, one.at_high)),
            *(one.width, one.at_stake, one.input.doubt, one.rank),
        )
        for one in swings
    ]
    return ResultTable.of("verify_first", "Which input to verify first", columns, rows)


def _known(value: float) -> float | None:
    return value if value == value else None
