"""Small models kept live in HiGHS: what is passed is the program of the textbook, and the settings hold."""

from __future__ import annotations

import math

import highspy
import numpy as np
import pytest
import scipy.sparse as sparse

from netback.errors import SolveError
from netback.program import _highs

INF = math.inf

# Winston, Operations Research, section 3.1: Giapetto's soldiers and trains. Profit 3 and 2, finishing 2 and 1 of
# 100 hours, carpentry 1 and 1 of 80 hours, at most 40 soldiers. The optimum is 20 soldiers, 60 trains, 180 USD.
FINISHING_AND_CARPENTRY = np.array([[2.0, 1.0], [1.0, 1.0]])
PROFIT = np.array([3.0, 2.0])
ENDS = np.zeros(2), np.array([40.0, INF])
SIDES = np.full(2, -INF), np.array([100.0, 80.0])


def giapetto() -> highspy.HighsLp:
    matrix = sparse.csr_array(FINISHING_AND_CARPENTRY)
    return _highs.linear_program(matrix, -PROFIT, ENDS, SIDES)


def test_the_textbook_optimum_with_its_multipliers() -> None:
    highs = _highs.simplex_on(giapetto(), "the toys")
    assert highs.run() == highspy.HighsStatus.kOk
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    found = highs.getSolution()
    assert list(found.col_value) == pytest.approx([20.0, 60.0])
    assert highs.getObjectiveValue() == pytest.approx(-180.0)
    # y A = c with both rows tight: 2 a + b = 3 and a + b = 2, so a finishing and a carpentry hour are worth 1 USD each.
    assert list(found.row_dual) == pytest.approx([-1.0, -1.0])


def test_rows_without_entries_and_columns_without_rows_are_kept() -> None:
    matrix = sparse.csr_array((np.array([1.0]), np.array([1]), np.array([0, 0, 1])), shape=(2, 3))
    lp = _highs.linear_program(
        matrix,
        np.array([1.0, 1.0, -1.0]),
        (np.zeros(3), np.array([9.0, 9.0, 7.0])),
        (np.zeros(2), np.full(2, 4.0)),
    )
    assert (lp.num_row_, lp.num_col_) == (2, 3)
    assert list(lp.a_matrix_.start_) == [0, 0, 1]
    highs = _highs.simplex_on(lp, "a sparse model")
    highs.run()
    assert list(highs.getSolution().col_value) == pytest.approx([0.0, 0.0, 7.0])


def test_one_thread_and_simplex_without_presolve() -> None:
    highs = _highs.simplex_on(giapetto(), "the toys")
    settings = {
        name: highs.getOptionValue(name)[1] for name in ("threads", "presolve", "solver", "output_flag")
    }
    assert settings == {"threads": 1, "presolve": "off", "solver": "simplex", "output_flag": False}


def test_a_model_that_highs_refuses_is_told_by_its_name() -> None:
    lp = giapetto()
    lp.a_matrix_.index_ = np.array([0, 5, 0, 1], dtype=np.int32)
    with pytest.raises(SolveError, match=r"passing the toys returned an error\."):
        _highs.simplex_on(lp, "the toys")
