"""The program made of the plant's sets and parameters is the published one, row by row: no number is typed here.

Both files of Du et al. (arXiv:2503.22057) say the same plant, one with its meaning, one as plain rows. Rows are
compared by their coefficients, whatever their columns are called; equal optima (docs/industrial.md) say the rest.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import pytest

from netback.io.planning_json import read_planning
from netback.io.program_json import read_program
from netback.program.problem import Problem
from shared import shared

NAME = "refinery_petrochemical_case1"
Row = tuple[tuple[float, ...], tuple[float, ...], float]
#: Published rows that are not made, by their coefficients, each with both of its ends: volumes of mixes that nothing
#: reads; balances and levels of stocks, and no flow into or out of them, since this plant has none.
LEFT_OUT: Counter[Row] = Counter(
    {
        ((-1.0,), (1.0,), 0.0): 16,
        ((1.0,), (-1.0,), 0.0): 16,
        ((-1.0, -1.0, 1.0), (), 0.0): 364,
        ((-1.0, 1.0, 1.0), (), 0.0): 364,
        ((-1.0, -1.0, 1.0, 1.0), (), 0.0): 728,
        ((1.0,), (), 0.0): 728,
    }
)
#: Terms of the objective, which is a column of its own in the published program.
PRICES = 68


def rows_of(problem: Problem) -> Counter[Row]:
    """Rows with one end each, scaled to a largest coefficient of 1, in one of two orientations."""
    matrix = problem.matrix.tocsr()
    products: dict[int, list[float]] = defaultdict(list)
    for row, value in zip(
        problem.products.rows.tolist(), problem.products.coefficients.tolist(), strict=True
    ):
        products[row].append(value)
    found: Counter[Row] = Counter()
    for row in range(problem.shape[0]):
        linear = [v for v in matrix.data[matrix.indptr[row] : matrix.indptr[row + 1]].tolist() if v]
        mixed = [v for v in products[row] if v]
        lower, upper = float(problem.row_lower[row]), float(problem.row_upper[row])
        scale = max(map(abs, [*linear, *mixed]), default=1.0)
        for sign, end in ((1.0, upper), (-1.0, -lower)):
            if math.isfinite(end):
                found[
                    tuple(sorted(digits(sign * v / scale) for v in linear)),
                    tuple(sorted(digits(sign * v / scale) for v in mixed)),
                    digits(end / scale),
                ] += 1
    return found


def digits(value: float) -> float:
    return float(f"{value:.7g}") + 0.0


@pytest.fixture(scope="module")
def both() -> tuple[Counter[Row], Counter[Row]]:
    made = read_planning(shared(f"benchmarks/planning/{NAME}.json")).problem
    published = read_program(shared(f"benchmarks/program/{NAME}.json.gz")).problem
    assert made is not None
    return rows_of(made), rows_of(published)


def test_every_row_that_says_something_is_there(both: tuple[Counter[Row], Counter[Row]]) -> None:
    made, published = both
    missing = published - made - LEFT_OUT
    assert published - made >= LEFT_OUT
    objective = [row for row in missing if len(row[0]) == PRICES + 1]
    assert len(objective) == 2
    for linear, mixed, end in set(missing) - set(objective):
        # What holds for all flows, which are not negative.
        assert not mixed
        assert max(linear, default=0.0) <= 0.0 <= end


def test_no_row_is_there_that_was_not_published(both: tuple[Counter[Row], Counter[Row]]) -> None:
    """But that what flows out of a stream flows into it: the published row has its stock as well."""
    made, published = both
    assert made - published == Counter({((-1.0, 1.0), (), 0.0): 728})
