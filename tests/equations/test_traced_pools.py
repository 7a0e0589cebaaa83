"""Pools that were made of other pools: which ways lead into them, and that their form holds the same plans."""

from __future__ import annotations

import numpy as np
import pytest

from netback.case.case import Case
from netback.planning.mixes import completed
from netback.planning.model import Model, build_plan
from netback.planning.solve import plan
from netback.program.certify import residuals
from netback.program.highs import solve
from netback.program.local.cover import fixed
from netback.refinery.pool_traces import traces
from pool_cases import haverly, in_a_row, over_time, passed_on, refined
from tiny import rows

#: Specs that any mix meets, so that plans with random mixes make something.
WIDE = rows("product property max", "X sulphur 9", "Y sulphur 9")


def forms(model: Model) -> dict[str, str]:
    return {pool.stream: pool.form for pool in model.pools}


def random_flows(model: Model, block: str, seed: int) -> np.ndarray:
    """Plan of a model (columns,) with what ``block`` holds of every pool drawn at random, and flows of random worth."""
    problem, draw = model.problem, np.random.default_rng(seed)
    ids = [problem.block(block).ids]
    if "pool_share" in model.build.blocks and block != "pool_share":
        ids.append(problem.block("pool_share").ids)
    chosen = np.concatenate(ids)
    values = np.zeros(chosen.shape)
    for period in range(chosen.shape[1]):
        for row in {tuple(sorted(members)) for members in summing_to_one(model, chosen[:, period])}:
            here = np.isin(chosen[:, period], row)
            values[here, period] = draw.dirichlet(np.ones(len(row)))
    linear = fixed(problem, chosen.ravel(), values.ravel())
    cost = np.zeros(problem.shape[1])
    for name in ("run", "join", "blend"):
        if name in model.build.blocks:
            flows = problem.block(name).ids.ravel()
            cost[flows] = draw.uniform(0.0, 1.0, len(flows))
    raw = solve(linear.with_(objective=cost, sense="max"))
    assert raw.x is not None
    return raw.x


def summing_to_one(model: Model, chosen: np.ndarray) -> list[list[int]]:
    """Columns of every row that says that some of those chosen add up to one."""
    matrix, problem = model.problem.matrix, model.problem
    ones = np.flatnonzero((problem.row_lower == 1.0) & (problem.row_upper == 1.0))
    rows_of = [matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]] for row in ones]
    return [members.tolist() for members in rows_of if len(members) and np.isin(members, chosen).all()]


def moved(source: Model, x: np.ndarray, target: Model) -> np.ndarray:
    """The plan of one form in another: its flows, and the columns of the form that follow from them."""
    found = np.zeros(target.problem.shape[1])
    for block in source.problem.column_blocks:
        if not block.name.startswith("pool_"):
            found[target.problem.block(block.name).ids] = x[block.ids]
    return completed(target, found)


class TestWays:
    def test_two_modes_and_a_unit_behind_them(self) -> None:
        """The yields of ``clean`` are those of its two modes; those of ``dry`` are these times the dryer's."""
        model = build_plan(refined(), "exact")
        assert forms(model) == {"mix": "source", "clean": "traced", "dry": "traced"}
        place = {pool.stream: k for k, pool in enumerate(model.pools)}
        found = traces(model.build, model.pools)
        clean, dry = found[place["clean"]], found[place["dry"]]
        assert [family.user for family in clean.families] == ["feed of hds/mild", "feed of hds/hard"]
        assert {family.root for family in dry.families} == {place["mix"]}
        assert [family.before for family in dry.families] == [0, 1]
        for number in (0, 1):
            mine = {part.family: part.weights[0] for part in clean.classes[number]}
            assert mine[1] == pytest.approx(0.9)
            for part in dry.classes[number]:
                assert part.weights == pytest.approx(0.98 * mine[part.family])
        mild = [part.weights[0] for parts in clean.classes.values() for part in parts if part.family == 0]
        assert sorted(mild) == pytest.approx([0.93, 0.97])

    def test_what_comes_from_elsewhere_belongs_to_no_way(self) -> None:
        model = build_plan(in_a_row(), "exact")
        assert forms(model) == {"mix": "source", "late": "traced"}
        (late,) = traces(model.build, model.pools).values()
        labels = next(pool for pool in model.pools if pool.stream == "late").class_labels(model.network)
        assert {labels[number] for number in late.classes} == {"late@A", "late@B"}
        assert model.problem.block("pool_other").index.axes[0] == (("late@C",),)

    def test_a_tank_that_keeps_its_mix_is_not_traced(self) -> None:
        kept = passed_on(inventories=rows("stream max", "clean 50"))
        assert forms(build_plan(kept, "exact"))["clean"] == "source"
        assert forms(build_plan(passed_on(), "exact"))["clean"] == "traced"

    @pytest.mark.parametrize("case", [haverly(), over_time()], ids=["haverly", "over_time"])
    def test_first_pools_are_not_traced(self, case: Case) -> None:
        assert set(forms(build_plan(case, "exact")).values()) == {"source"}

    @pytest.mark.parametrize("form", ["p", "pq", "source", "terminal", "stp", "recursion"])
    def test_a_form_by_name_is_taken_for_all(self, form: str) -> None:
        assert "traced" not in forms(build_plan(refined(), form)).values()


class TestPlans:
    """Splits held at random give plans with every pool mixed; those of one form keep the rows of the other."""

    CASES = (refined(specs=WIDE, opening_stocks=[]), in_a_row(specs=WIDE), passed_on(specs=WIDE))

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("case", CASES, ids=["refined", "in_a_row", "passed_on"])
    def test_every_plan_of_the_terminal_form_is_one_of_this(self, case: Case, seed: int) -> None:
        terminal, model = build_plan(case, "terminal"), build_plan(case, "exact")
        x = moved(terminal, random_flows(terminal, "pool_split", seed), model)
        assert np.abs(x).max() > 1.0
        assert residuals(model.problem, x).worst_primal[0] < 1e-7

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("case", CASES, ids=["refined", "in_a_row", "passed_on"])
    def test_every_plan_of_this_form_is_one_of_the_terminal(self, case: Case, seed: int) -> None:
        terminal, model = build_plan(case, "terminal"), build_plan(case, "exact")
        found = random_flows(model, "pool_traced_split", seed)
        assert np.abs(found[model.problem.block("pool_made").ids]).max() > 1.0
        assert residuals(terminal.problem, moved(model, found, terminal)).worst_primal[0] < 1e-7


def test_the_optimum_is_that_of_the_source_form() -> None:
    best = {
        form: plan(refined(), pooling=form, gap=1e-3, time_limit=30).certificate
        for form in ("exact", "source")
    }
    assert {one.word for one in best.values()} == {"proven"}
    assert best["exact"].value == pytest.approx(best["source"].value, rel=1e-3)
