"""Integer programs that fall apart: the parts, and that solving them apart gives what solving the whole gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.program import separable
from netback.program.builder import Builder
from netback.program.certify import certify
from netback.program.highs import Search, Session, solve
from netback.program.index import Index
from netback.program.problem import Problem
from netback.program.separable import parts_of, solve_separable


@pytest.fixture(autouse=True)
def _no_part_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separable, "SMALL_PART", 0)


def blocks_of(seed: int, groups: int, tied: bool = False) -> Problem:
    """Knapsacks with a fixed charge each, ``groups`` of them; ``tied`` by one row over all."""
    draw = np.random.default_rng(seed)
    build = Builder("groups", "max")
    build.add_offset(7.0)
    whole, amount = [], []
    for group in range(groups):
        items = Index.of("item", [f"{group}.{k}" for k in range(4)])
        ships = build.variables(f"ships{group}", items, 0.0, 3.0, integer=True)
        loaded = build.variables(f"loaded{group}", items, 0.0, np.inf)
        room = build.constraints(f"room{group}", items, -np.inf, 0.0)
        build.add_terms(room.ids, loaded.ids, 1.0)
        build.add_terms(room.ids, ships.ids, -draw.uniform(5.0, 9.0, 4))
        limit = build.constraints(f"limit{group}", Index.of("group", [str(group)]), -np.inf, 20.0)
        build.add_terms(np.repeat(limit.ids, 4), loaded.ids, 1.0)
        build.add_costs(ships.ids, -draw.uniform(2.0, 20.0, 4))
        build.add_costs(loaded.ids, draw.uniform(1.0, 5.0, 4))
        whole.append(ships)
        amount.append(loaded)
    paid = build.variables("paid", Index.of("fee", ["a"]), 2.0, 2.0)
    build.add_costs(paid.ids, -3.0)
    # A fixed column in a row of every group ties nothing.
    for block in whole:
        row = build.constraints(f"fee_{block.name}", Index.of("fee", ["a"]), -np.inf, 13.0)
        build.add_terms(np.repeat(row.ids, 4), block.ids, 1.0)
        build.add_terms(row.ids, paid.ids, 1.0)
    if tied:
        row = build.constraints("tie", Index.of("fee", ["a"]), -np.inf, float(2 * groups))
        for block in whole:
            build.add_terms(np.repeat(row.ids, 4), block.ids, 1.0)
    return build.build()


def test_groups_are_told_apart_and_a_tie_joins_them() -> None:
    assert len(parts_of(blocks_of(1, 3))) == 3
    assert len(parts_of(blocks_of(1, 3, tied=True))) == 1


def test_every_row_and_column_is_in_one_part() -> None:
    problem = blocks_of(2, 3)
    parts = parts_of(problem)
    columns = np.sort(np.concatenate([part.columns for part in parts]))
    assert columns.tolist() == np.flatnonzero(problem.column_upper > problem.column_lower).tolist()
    rows = np.concatenate([part.rows for part in parts])
    assert len(rows) == len(set(rows.tolist())) == problem.shape[0]


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), groups=st.integers(1, 4), tied=st.booleans())
def test_apart_is_worth_what_the_whole_is(seed: int, groups: int, tied: bool) -> None:
    problem = blocks_of(seed, groups, tied)
    apart, whole = solve_separable(problem, gap=0.0), solve(problem, gap=0.0)
    assert apart.objective == pytest.approx(whole.objective)
    assert apart.bound == pytest.approx(whole.bound)
    assert certify(problem, apart).word == "proven"


def test_the_gap_counts_what_fixed_columns_cost() -> None:
    problem = blocks_of(3, 1)
    part = parts_of(problem)[0].problem
    assert part.offset == pytest.approx(7.0 - 6.0)


def test_an_infeasible_part_makes_the_whole_infeasible() -> None:
    problem = blocks_of(4, 2)
    lower, upper = problem.row_lower.copy(), problem.column_upper.copy()
    lower[problem.block("limit1").ids] = 20.0
    upper[problem.block("loaded1").ids] = 0.1
    changed = problem.with_(row_lower=lower, column_upper=upper)
    assert solve(changed).status == "infeasible"
    assert solve_separable(changed).status == "infeasible"


def test_a_row_of_fixed_columns_that_is_broken_is_not_overlooked() -> None:
    build = Builder("fixed", "max")
    ships = build.variables("ships", Index.of("k", ["a", "b"]), 0.0, 3.0, integer=True)
    paid = build.variables("paid", Index.of("k", ["a"]), 2.0, 2.0)
    row = build.constraints("fee", Index.of("k", ["a"]), -np.inf, 1.0)
    build.add_terms(row.ids, paid.ids, 1.0)
    build.add_costs(ships.ids, 1.0)
    assert solve_separable(build.build()).status == "infeasible"


def test_no_time_is_told() -> None:
    raw = solve_separable(blocks_of(5, 3), time_limit=0.0)
    assert raw.status in ("time limit", "optimal")
    assert raw.status == "optimal" or raw.x is None


def test_how_it_is_searched_changes_no_answer() -> None:
    problem = blocks_of(6, 2, tied=True)
    searches: tuple[Search, ...] = ("full", "light", "proof")
    found: list[Any] = [Session(search=search).solve(problem, gap=0.0) for search in searches]
    assert [raw.objective for raw in found] == pytest.approx([found[0].objective] * 3)


def test_a_proof_that_begins_far_from_the_best_point_finds_it_all_the_same() -> None:
    problem = blocks_of(6, 2, tied=True)
    best, far = solve_separable(problem, gap=0.0), np.zeros(problem.shape[1])
    again = solve_separable(problem, gap=0.0, start=far, search="proof")
    assert again.status == "optimal"
    assert again.objective == pytest.approx(best.objective)
