"""Two-stage programs against enumeration: values, bounds, words, and what happens where the method does not apply."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from two_stage import (
    TwoStage,
    best_by_enumeration,
    cost_at,
    random_blocks,
    random_two_stage,
    two_stage_problem,
)

from netback.program import scip
from netback.program.bounds.board import Board
from netback.program.builder import Builder
from netback.program.certify import residuals
from netback.program.decomposition.search import Pace, Search
from netback.program.decomposition.solve import decompose
from netback.program.decomposition.structure import find_blocks
from netback.program.globally import solve_global
from netback.program.index import Index
from netback.program.problem import Problem
from netback.program.solution import Certificate, Progress, RawSolution

GAP = 1e-4


def solved(problem: Problem, **changes: Any) -> tuple[RawSolution, Certificate]:
    return solve_global(problem, **{"gap": GAP, "time_limit": 30.0, **changes})


def assert_right(
    data: TwoStage, raw: RawSolution, found: Certificate, best: float, sign: float = 1.0
) -> None:
    """The value is the known best within the gap, the bound not above it, and the point keeps its rows."""
    assert found.word == "proven", found
    assert raw.x is not None
    assert found.value is not None
    assert found.bound is not None
    size = max(1.0, abs(best))
    assert sign * found.bound <= best + 1e-7 * size
    assert abs(sign * found.value - best) <= GAP * size + 1e-7 * size
    assert "own decomposition into" in found.bound_by
    assert found.residuals.worst_primal[0] < 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_whole_lots_by_enumeration(seed: int) -> None:
    data = random_two_stage(seed, scenarios=2 + seed % 4, least_a=0.8 * (seed % 3))
    best = best_by_enumeration(data)
    sense = "min" if seed % 2 else "max"
    problem = two_stage_problem(data, sense=sense, labelled=bool(seed % 3))
    assert_right(data, *solved(problem), best, 1.0 if sense == "min" else -1.0)


@pytest.mark.parametrize("seed", [0, 1, 4])
def test_amounts_that_are_not_whole(seed: int) -> None:
    """The grid bounds the optimum from above, the cost of the plan's own lots by scipy says what it is worth."""
    data = random_two_stage(seed, scenarios=2 + seed % 4)
    raw, found = solved(two_stage_problem(data, whole=False))
    assert raw.x is not None
    assert found.value is not None
    assert found.bound is not None
    assert found.word == "proven"
    grid = best_by_enumeration(data, 0.5)
    assert found.bound <= grid + 1e-7
    assert found.value <= grid + GAP * abs(grid)
    assert found.value == pytest.approx(cost_at(data, raw.x[0], raw.x[1]), abs=1e-3)


def test_an_offset_counts_on_both_sides() -> None:
    data = random_two_stage(3, 3)
    best = best_by_enumeration(data)
    for sense, sign in (("min", 1.0), ("max", -1.0)):
        raw, found = solved(two_stage_problem(data, sense=sense, offset=100.0))
        assert raw.x is not None
        assert found.value == pytest.approx(sign * (best + 100.0), abs=1e-2)
        assert found.bound is not None
        assert sign * found.bound <= best + 100.0 + 1e-7


def test_one_thread_and_two_agree() -> None:
    data = random_two_stage(5, 3)
    problem = two_stage_problem(data)
    one, two = (solved(problem, threads=threads)[1] for threads in (1, 2))
    assert one.word == two.word == "proven"
    assert one.value == pytest.approx(two.value, rel=GAP)


def test_a_scenario_without_any_point_is_infeasible_by_two_methods() -> None:
    data = random_two_stage(2, 3, least_a=0.5)
    impossible = TwoStage(
        **{**data.__dict__, "least_a": np.array([0.5, 30.0, 0.5]), "most_a": np.array([5.0, 40.0, 5.0])}
    )
    assert math.isinf(best_by_enumeration(impossible))
    _, found = solved(two_stage_problem(impossible))
    assert found.word == "proven infeasible"
    assert "confirmed by SCIP" in found.bound_by


def test_scenarios_that_exclude_each_other_are_infeasible_together() -> None:
    """Each scenario has points, but none at the same lots: one asks for much of A, the other lets little be stored."""
    data = random_two_stage(2, 2, least_a=0.0)
    problem = two_stage_problem(data, whole=False)
    flows = problem.block("pool_b").ids, problem.block("pool_a").ids
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    upper[flows[0][0]] = upper[flows[1][0]] = 0.5
    lower[flows[0][1]] = 3.0
    _, found = solved(problem.with_(column_lower=lower, column_upper=upper))
    assert found.word == "proven infeasible"


def test_few_lots_keep_every_scenario_possible() -> None:
    """Some lots leave a scenario without a point: feasibility cuts keep them out, and the best of the others wins."""
    data = random_two_stage(9, 3, least_a=4.5)
    data = TwoStage(**{**data.__dict__, "most_a": np.full(3, 6.0)})
    costs = [cost_at(data, a, b) for a in range(5) for b in range(5)]
    assert math.inf in costs
    best = min(costs)
    assert math.isfinite(best)
    assert_right(data, *solved(two_stage_problem(data)), best)


def test_a_first_stage_without_range_falls_back_and_says_so() -> None:
    data = random_two_stage(1, 3)
    problem = two_stage_problem(data, whole=False)
    build_free = problem.column_upper.copy()
    build_free[:2] = np.inf
    rows = problem.row_upper.copy()
    rows[int(problem.block("storage").ids.ravel()[0])] = np.inf
    flows = [problem.block(name).ids for name in ("pool_a", "pool_b")]
    for ids in flows:
        build_free[ids] = np.inf
    sold = problem.block("sold_a").ids
    assert np.isfinite(rows[sold]).all()
    _, found = solved(problem.with_(column_upper=build_free, row_upper=rows), time_limit=1.0)
    assert "solved as a whole" in found.message
    assert "lots[x1] has no finite range" in found.message


def test_blocks_with_whole_columns_of_their_own() -> None:
    """Each scenario opens its tank or not: enumeration over both stages."""
    data = random_two_stage(5, 3)
    fee = 1.5
    problem = _with_fee(two_stage_problem(data), data, fee)

    def scenario(h: int, a: int, b: int) -> float:
        closed = TwoStage(**{**data.__dict__, "most_a": np.zeros(3)})
        from two_stage import scenario_cost

        return min(scenario_cost(data, h, a, b) + fee, scenario_cost(closed, h, a, b))

    def total(a: int, b: int) -> float:
        own = float(data.cost @ np.array([a, b]))
        return own + sum(float(p) * scenario(h, a, b) for h, p in enumerate(data.chance))

    best = min(total(a, b) for a in range(5) for b in range(5) if a + b <= 6)
    assert_right(data, *solved(problem), best)


def _with_fee(problem: Problem, data: TwoStage, fee: float) -> Problem:
    """The program with one more whole column in every scenario: selling A at all costs a fee."""
    import scipy.sparse as sparse

    from netback.program.problem import Block

    rows, columns = problem.shape
    count = data.scenarios
    sold = problem.block("sold_a").ids
    body = sparse.hstack([problem.matrix[sold], sparse.diags_array(-data.most_a)])
    over = Index.of("scenario", [f"h{h}" for h in range(count)])
    own = sparse.hstack([problem.matrix, sparse.csr_array((rows, count))])
    return problem.with_(
        matrix=sparse.csr_array(sparse.vstack([own, body])),
        row_lower=np.append(problem.row_lower, np.full(count, -np.inf)),
        row_upper=np.append(problem.row_upper, np.zeros(count)),
        column_lower=np.append(problem.column_lower, np.zeros(count)),
        column_upper=np.append(problem.column_upper, np.ones(count)),
        integer=np.append(problem.integer, np.ones(count, dtype=bool)),
        objective=np.append(problem.objective, fee * data.chance),
        row_blocks=(*problem.row_blocks, Block("open_limit", over, rows)),
        column_blocks=(*problem.column_blocks, Block("open", over, columns)),
    )


def test_no_bound_is_on_the_wrong_side_however_little_time_there_is() -> None:
    data = random_two_stage(5, 3)
    problem = two_stage_problem(data, whole=False)
    best = solved(problem, gap=1e-4, time_limit=30.0)[1]
    assert best.value is not None
    for limit in (0.0, 0.02, 0.05, 0.1, 0.3):
        raw, found = solved(problem, gap=1e-6, time_limit=limit)
        assert found.bound is None or found.bound <= best.value + 1e-7
        assert found.word in ("feasible", "not solved", "proven")
        assert raw.x is None or residuals(problem, raw.x).worst_primal[0] < 1e-6
        assert found.value is None or best.bound is None or found.value >= best.bound - 1e-7


def test_it_stops_when_asked_and_keeps_what_it_has() -> None:
    data = random_two_stage(3, 5)
    seen: list[Progress] = []

    def enough() -> bool:
        return bool(seen) and np.isfinite(seen[-1].objective)

    problem = two_stage_problem(data, whole=False)
    raw, found = solved(problem, gap=1e-8, progress=seen.append, cancel=enough)
    assert seen
    assert raw.status in ("interrupted", "optimal")
    assert found.value is not None
    assert found.bound is not None
    assert found.bound <= found.value + 1e-9
    bounds = [moment.bound for moment in seen if np.isfinite(moment.bound)]
    assert bounds == sorted(bounds)


def test_ctrl_c_comes_back_with_what_is_known() -> None:
    problem = two_stage_problem(random_two_stage(3, 5), whole=False)
    board = Board(problem, 1e-8, 20.0)
    blocks = find_blocks(problem)
    assert blocks is not None
    search = Search(board, problem, blocks, 1)

    def interrupt(_: Any) -> Any:
        raise KeyboardInterrupt

    search._prepare()
    search._heap[0].leaves[0] = []  # so that the first node fails at once, were it reached
    search._work = interrupt  # type: ignore[method-assign]
    search._prepare = lambda: None  # type: ignore[method-assign]
    search.run()
    assert board.stop
    assert not search.evidence


def test_a_program_without_blocks_is_left_untouched() -> None:
    build = Builder("one", "min")
    x = build.variables("x", Index.of("k", ["a", "b"]), 0.0, 1.0).ids
    row = build.constraints("r", Index.scalar(), 0.25, np.inf).ids
    build.add_products(row, x[0], x[1], 1.0)
    build.add_costs(x, 1.0)
    board = Board(build.build(), 1e-4, 5.0)
    outcome = decompose(board, 1)
    assert (outcome.evidence, outcome.remark) == ((), "")
    assert board.x is None
    assert solved(build.build())[1].value == pytest.approx(1.0, abs=1e-3)


def test_looks_for_plans_keep_their_pace() -> None:
    pace = Pace()
    taken = []
    for turn in range(40):
        if pace.due():
            taken.append(turn)
            pace.learn(better=turn < 2, known=True)
    assert taken == [0, 1, 2, 4, 8, 16, 32]
    pace, taken = Pace(), []
    for turn in range(10):
        if pace.due():
            taken.append(turn)
            pace.learn(better=False, known=False)
    assert taken == [0, 1, 2, 3, 5, 9]


@pytest.mark.parametrize("seed", range(10))
def test_random_blocks_agree_with_scip(seed: int) -> None:
    """Products within a block and with the first stage, squares, both senses; zero lots always have a point."""
    problem = random_blocks(seed)
    assert find_blocks(problem) is not None
    peer = scip.solve(problem, gap=1e-6, time_limit=20.0)
    assert peer.objective is not None
    _, found = solved(problem)
    sign, size = (1.0 if problem.sense == "min" else -1.0), 1.0 + abs(peer.objective)
    assert found.word == "proven"
    assert found.value is not None
    assert found.bound is not None
    assert sign * found.bound <= sign * peer.objective + 1e-5 * size
    assert sign * found.value <= sign * peer.objective + 2.0 * GAP * size
