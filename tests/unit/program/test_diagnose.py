"""Diagnosis: conflicts that are true and irreducible, amounts that suffice, and the planner's words."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from program_cases import INF, dense, market_split, programs, refinery

from netback.errors import ModelError
from netback.program.builder import Builder
from netback.program.diagnose import Conflict, Diagnosis, diagnose
from netback.program.highs import solve
from netback.program.index import Index
from netback.program.problem import Problem, Products

PHRASES: dict[str, Any] = {
    "sale_min": lambda labels, _side, _bound: f"the minimum sale of {labels[0]} in {labels[1]}",
    "capacity": lambda labels, _side, _bound: f"the capacity of the {labels[0]}",
    "run": lambda labels, _side, bound: f"the limit of {bound:g} kt on {labels[0]}",
}


def relaxed(problem: Problem, kept: list[Conflict], soft: list[str] | None) -> Problem:
    """The problem with every soft bound removed but the kept ones."""
    bounds = {
        ("row", "lower"): problem.row_lower.copy(),
        ("row", "upper"): problem.row_upper.copy(),
        ("column", "lower"): problem.column_lower.copy(),
        ("column", "upper"): problem.column_upper.copy(),
    }
    saved = {(item.block, item.labels, item.side) for item in kept}
    for kind, blocks in (("row", problem.row_blocks), ("column", problem.column_blocks)):
        for block in blocks:
            if soft is not None and block.name not in soft:
                continue
            for identifier in range(block.start, block.stop):
                labels = block.index.label(identifier - block.start)
                for side, free in (("lower", -INF), ("upper", INF)):
                    physical = kind == "column" and side == "lower" and bounds[kind, side][identifier] == 0.0
                    if not physical and (block.name, labels, side) not in saved:
                        bounds[kind, side][identifier] = free
    return problem.with_(
        objective=0.0,
        **{f"{kind}_{side}": values for (kind, side), values in bounds.items()},
    )


def check_irreducible(problem: Problem, found: Diagnosis, soft: list[str] | None = None) -> None:
    conflict = list(found.conflict)
    assert solve(relaxed(problem, conflict, soft)).status == "infeasible"
    for item in conflict:
        rest = [other for other in conflict if other is not item]
        assert solve(relaxed(problem, rest, soft)).status == "optimal"


def test_the_planners_sentence() -> None:
    found = diagnose(refinery(9.2), phrases=PHRASES, uom_of=lambda _block, _labels: "kt")
    assert found.word == "infeasible"
    assert found.text == (
        "the minimum sale of jet in 2023-09 and the capacity of the cdu cannot all hold; short by 1.2 kt."
    )
    assert found.irreducible
    assert found.breakable
    check_irreducible(refinery(9.2), found, list(PHRASES))


def test_the_amount_is_what_is_short() -> None:
    found = diagnose(refinery(9.2), soft=["sale_min"])
    assert found.shortfalls == (("sale_min[jet,2023-09]", pytest.approx(1.2)),)
    assert found.text == "sale_min[jet,2023-09] at least 9.2 cannot hold; short by 1.2."
    assert found.conflict == (
        Conflict("sale_min", ("jet", "2023-09"), "lower", 9.2, "sale_min[jet,2023-09] at least 9.2"),
    )


def test_giving_way_by_the_amount_is_enough() -> None:
    found = diagnose(refinery(9.2), soft=["sale_min"])
    assert solve(refinery(9.2 - found.shortfalls[0][1] - 1e-6)).status == "optimal"
    assert solve(refinery(9.2 - found.shortfalls[0][1] + 1e-4)).status == "infeasible"


def test_column_bounds_count_where_their_block_is_listed() -> None:
    problem = refinery(9.2).with_(
        row_upper=[0, 0, 0, INF, 90.0, 100.0, 100.0], column_upper=[20.0, 40.0, INF, INF, INF]
    )
    found = diagnose(problem, phrases=PHRASES)
    named = {(item.block, item.labels) for item in found.conflict}
    assert named == {("sale_min", ("jet", "2023-09")), ("run", ("urals",)), ("run", ("arab",))}
    assert "the limit of 20 kt on urals" in found.text
    check_irreducible(problem, found, list(PHRASES))


def test_without_words_all_bounds_count() -> None:
    found = diagnose(refinery(9.2))
    assert {"sale_min", "capacity"} <= {item.block for item in found.conflict}
    assert "balance[jet] exactly 0" in found.text
    assert "capacity[cdu] at most 60" in found.text
    check_irreducible(refinery(9.2), found)


def test_zero_is_a_physical_bound_of_columns() -> None:
    found = diagnose(refinery(9.2))
    assert not any(item.block in ("run", "sale") and item.side == "lower" for item in found.conflict)


def test_blame_outside_the_soft_blocks_is_told() -> None:
    found = diagnose(refinery(9.2), soft=["market"])
    assert found.word == "infeasible"
    assert not found.breakable
    assert "not in limits that can be changed" in found.text
    assert {"sale_min", "capacity"} <= {item.block for item in found.conflict}


def test_nothing_soft_at_all() -> None:
    found = diagnose(refinery(9.2), soft=[])
    assert not found.breakable
    assert found.conflict


def test_shortfalls_elsewhere_are_told_apart() -> None:
    problem = dense(
        "max", [1.0, 1.0], np.vstack([np.eye(2), np.eye(2)]), [5, 7, -INF, -INF], [INF, INF, 3, 4]
    )
    found = diagnose(problem)
    assert found.irreducible
    assert len(found.conflict) == 2
    assert sorted(amount for _, amount in found.shortfalls) == pytest.approx([2.0, 3.0])
    assert "Elsewhere bounds are missed as well: " in found.text
    check_irreducible(problem, found)


def test_violations_compare_by_the_size_of_the_row() -> None:
    table = [[1000.0], [1.0]]
    problem = dense("min", [1.0], table, [5000.0, -INF], [INF, 3.0])
    found = diagnose(problem)
    assert len(found.shortfalls) == 1
    label, amount = found.shortfalls[0]
    assert amount == pytest.approx(2000.0 if label == "row[r0]" else 2.0)


def test_three_that_clash() -> None:
    table = [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    problem = dense("max", [1.0, 1.0], table, [10.0, -INF, -INF, -INF], [INF, 4.0, 5.0, 100.0])
    found = diagnose(problem, uom_of=lambda _block, _labels: "kt")
    assert [item.labels[0] for item in found.conflict] == ["r0", "r1", "r2"]
    assert found.text == (
        "row[r0] at least 10 kt, row[r1] at most 4 kt and row[r2] at most 5 kt cannot all hold; short by 1 kt."
    )


def test_one_of_many_is_found_quickly() -> None:
    size = 400
    builder = Builder("many", "min")
    x = builder.variables("x", Index.of("k", [str(k) for k in range(size)]), upper=10.0)
    rows = builder.constraints(
        "chain", Index.of("k", [str(k) for k in range(size - 1)]), lower=-1.0, upper=1.0
    )
    builder.add_terms(rows.ids, x.ids[:-1], 1.0)
    builder.add_terms(rows.ids, x.ids[1:], -1.0)
    ends = builder.constraints("end", Index.of("k", ["first", "last"]), lower=[9.0, -INF], upper=[INF, 6.0])
    builder.add_terms(ends.ids, x.ids[[0, 2]], 1.0)
    problem = builder.build()
    found = diagnose(problem)
    assert found.irreducible
    assert {(item.block, item.labels[0]) for item in found.conflict} == {
        ("chain", "0"),
        ("chain", "1"),
        ("end", "first"),
        ("end", "last"),
    }
    assert sum(amount for _, amount in found.shortfalls) == pytest.approx(1.0)


@settings(max_examples=30)
@given(programs())
def test_every_conflict_is_irreducible(problem: Problem) -> None:
    found = diagnose(problem)
    status = solve(problem).status
    assert found.word == {"infeasible": "infeasible", "unbounded": "unbounded", "optimal": "feasible"}[status]
    assume(found.word == "infeasible" and found.breakable)
    assert found.irreducible
    assert found.conflict
    check_irreducible(problem, found)


@settings(max_examples=30)
@given(programs(boxed=True))
def test_amounts_are_enough_to_make_it_feasible(problem: Problem) -> None:
    found = diagnose(problem, soft=["row"])
    assume(found.word == "infeasible" and found.breakable)
    slack = np.zeros(problem.shape[0])
    for label, amount in found.shortfalls:
        slack[[problem.row_label(i) for i in range(problem.shape[0])].index(label)] += amount + 1e-6
    assert (
        solve(problem.with_(row_lower=problem.row_lower - slack, row_upper=problem.row_upper + slack)).status
        != "infeasible"
    )


@settings(max_examples=30)
@given(programs(boxed=True, integer=True))
def test_integer_conflicts_are_irreducible(problem: Problem) -> None:
    found = diagnose(problem)
    assert (found.word == "infeasible") == (solve(problem).status == "infeasible")
    assume(found.word == "infeasible" and found.breakable)
    assert found.irreducible
    if solve(problem.with_(integer=False)).status == "infeasible":
        check_irreducible(problem.with_(integer=False), found)
    else:
        check_irreducible(problem, found)


def test_whole_numbers_alone_can_clash() -> None:
    problem = dense("max", [1.0], [[2.0]], 1.0, 1.0, 0.0, 5.0, integer=True)
    found = diagnose(problem)
    assert found.word == "infeasible"
    assert {item.block for item in found.conflict} == {"row"}
    assert found.shortfalls == (("row[r0]", pytest.approx(1.0)),)


def test_equal_phrases_are_said_once() -> None:
    problem = dense(
        "max", [1.0, 1.0], [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]], [10.0, -INF, -INF], [INF, 4.0, 5.0]
    )
    found = diagnose(
        problem, phrases={"row": lambda _labels, side, _bound: "the floor" if side == "lower" else "the caps"}
    )
    assert found.text == "the floor and the caps cannot all hold; short by 1."


def test_unbounded_names_the_columns() -> None:
    problem = dense("max", [1.0, 1.0, 0.0], [[1.0, -1.0, 0.0]], -INF, 2.0)
    found = diagnose(problem)
    assert found.word == "unbounded"
    assert {label for label, _ in found.shortfalls} == {"x[c0]", "x[c1]"}
    assert "Nothing limits x[c" in found.text
    assert "Limit at least one of them" in found.text


def test_a_long_direction_is_cut_short() -> None:
    size = 12
    found = diagnose(dense("max", np.ones(size), np.eye(size) - np.roll(np.eye(size), 1, 1), 0.0, 0.0))
    assert len(found.shortfalls) == size
    assert "and 4 more columns" in found.text


def test_nothing_wrong() -> None:
    found = diagnose(refinery(1.0))
    assert (found.word, found.conflict, found.shortfalls) == ("feasible", (), ())
    assert "nothing clashes" in found.text


def test_no_time_is_said() -> None:
    found = diagnose(market_split().with_(column_upper=1.0, integer=True), time_limit=0.0)
    assert found.word == "not told"
    assert "was not found" in found.text


def test_time_that_runs_out_leaves_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    from netback.program import diagnose as module

    calls = iter([None, *[0.0] * 1000])
    monkeypatch.setattr(module._Work, "left", lambda _self: next(calls))
    found = diagnose(refinery(9.2), phrases=PHRASES, time_limit=1.0)
    assert found.word == "infeasible"
    assert not found.irreducible
    assert "Fewer of these may already clash" in found.text


def test_unknown_blocks_are_refused() -> None:
    with pytest.raises(ModelError, match=r'there is no block "capcity". Closest name: "capacity"'):
        diagnose(refinery(9.2), soft=["capcity"])
    with pytest.raises(ModelError, match='there is no block "nothing"'):
        diagnose(refinery(9.2), phrases={"nothing": lambda _labels, _side, _bound: ""})


def test_products_are_refused() -> None:
    with pytest.raises(ModelError, match="cannot take product terms"):
        diagnose(refinery(9.2).with_(products=Products.of([0], [0], [1], [1.0])))


def test_a_diagnosis_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        diagnose(refinery(1.0)).text = "other"  # type: ignore[misc]
