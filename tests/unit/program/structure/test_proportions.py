"""Rows over proportional flows are divided by their factor, and no point is lost or won."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netback.io.program_json import program_of
from netback.program.certify import residuals
from netback.program.structure.proportions import divided


def unit(least_share: float = 0.0, weight: float = 1.0):
    """Feed x, hydrogen g = x h, product z with yield y: (x + g) y = z (1 + h)."""
    names = {"x": (0.0, 9.0), "g": (0.0, 9.0), "one": (1.0, 1.0), "h": (least_share, 0.5), "y": (0.0, 1.0)}
    names["z"] = (0.0, None)

    def row(name, products):
        return {"name": name, "relation": "=", "rhs": 0.0, "linear": {}, "products": products}

    product = [["x", "y", 1.0], ["g", "y", 1.0], ["z", "one", -1.0], ["z", "h", -weight]]
    rows = [row("ratio", [["x", "h", 1.0], ["g", "one", -1.0]]), row("product", product)]
    variables = [{"name": name, "lower": low, "upper": high} for name, (low, high) in names.items()]
    return program_of(
        {
            "format": "program-json/1",
            "name": "unit",
            "sense": "max",
            "objective": {"z": 1.0},
            "variables": variables,
            "rows": rows,
        }
    ).problem


def test_many_products_become_two():
    problem = unit()
    found = divided(problem, problem.column_lower)
    terms = found.products
    labels = [problem.column_label(j) for j in range(6)]
    product = [
        ({labels[a], labels[b]}, c)
        for row, a, b, c in zip(terms.rows, terms.columns_a, terms.columns_b, terms.coefficients, strict=True)
        if row == 1
    ]
    assert product == [({"x[x]", "x[y]"}, 1.0), ({"x[one]", "x[z]"}, -1.0)]
    assert (terms.rows == 0).sum() == 2


@given(st.floats(0.0, 9.0), st.floats(0.0, 0.5), st.floats(0.0, 1.0), st.floats(-0.5, 0.5))
def test_points_are_the_same(feed, share, part, off):
    problem = unit()
    found = divided(problem, problem.column_lower)
    x = np.array([feed, feed * share, 1.0, share, part, feed * part])
    assert residuals(problem, x).worst_primal[0] <= 1e-12
    assert residuals(found, x).worst_primal[0] <= 1e-12
    x[5] = max(0.0, x[5] + off)
    broken = residuals(problem, x).worst_primal[0] > 1e-9
    assert broken == (residuals(found, x).worst_primal[0] > 1e-9) or abs(off) < 1e-8


def test_shares_that_may_be_negative_or_zero_are_left_alone():
    problem = unit(least_share=-0.5)
    assert divided(problem, problem.column_lower) is problem
    lower = unit().column_lower.copy()
    lower[2] = 0.0  # the share that stands for one may be zero
    assert divided(unit(), lower).products.rows.tolist() == unit().products.rows.tolist()


def test_coefficients_that_do_not_match_are_left_alone():
    problem = unit(weight=2.0)
    assert divided(problem, problem.column_lower) is problem
