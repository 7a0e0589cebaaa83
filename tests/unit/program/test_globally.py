"""The global solve: known optima proven, words that hold, both senses, forms, stops and faults."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "bounds"))

from bilinear_cases import INF, best_of, bilinear, feasible_grid, haverly, small
from hypothesis import given, settings
from hypothesis import strategies as st
from program_cases import dense

from netback.errors import ModelError
from netback.io.pooling_json import read_pooling
from netback.program import global_run, globally
from netback.program.bounds import lazy
from netback.program.bounds.relax import mccormick
from netback.program.certify import residuals
from netback.program.form import Form, same
from netback.program.globally import solve_global
from netback.program.pooling.forms import pooling_problem
from netback.program.pooling.paths import Paths
from netback.program.pooling.solve import as_other
from netback.program.shares import LARGE_SHARE, LOCAL_SHARE, QUICK_LARGE_SHARE, Shares
from netback.program.solution import RawSolution
from shared import shared


@pytest.mark.parametrize(("number", "optimum"), [(1, 400.0), (2, 600.0), (3, 750.0)])
@pytest.mark.parametrize("sense", ["min", "max"])
def test_haverly_is_proven(number, optimum, sense):
    raw, found = solve_global(haverly(number, sense), time_limit=20.0)
    sign = 1.0 if sense == "max" else -1.0
    assert found.word == "proven"
    assert raw.status == "optimal"
    assert found.value == pytest.approx(sign * optimum, rel=1e-4)
    assert sign * (found.bound - found.value) >= -1e-6
    assert found.gap <= 1e-4
    assert "directed rounding" in found.bound_by


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("known", [True, False])
def test_branching_at_once_proves_the_same(threads, known):
    """With a plan at hand or without one, and without narrowing or a search for points before."""
    problem = haverly(2)
    start, _ = solve_global(problem, time_limit=20.0)
    starts = [start.x] if known else []
    raw, found = solve_global(
        problem, time_limit=20.0, starts=starts, threads=threads, shares=Shares(branch=0.5), structure=False
    )
    assert found.word == "proven"
    assert abs(found.value) == pytest.approx(600.0, rel=1e-4)
    assert residuals(problem, raw.x).worst_primal[0] <= 1e-6


@settings(max_examples=20)
@given(bilinear(integer=True), st.integers(0, 3), st.sampled_from([1, 2]))
def test_no_lie_on_random_programs(problem, seed, threads):
    raw, found = solve_global(problem, time_limit=1.0, seed=seed, threads=threads)
    points = feasible_grid(problem, 0.25)
    sign = 1.0 if problem.sense == "min" else -1.0
    best = sign * best_of(problem, points)
    if len(points):
        assert found.word != "proven infeasible"
        scale = max(1.0, abs(best))
        if found.bound is not None:
            assert sign * found.bound <= best + 1e-6 * scale
        if found.word == "proven":
            assert sign * found.value <= best + 2e-4 * scale
    if found.value is not None:
        assert residuals(problem, raw.x).worst_primal[0] <= 1e-6


@pytest.mark.parametrize(
    ("name", "form"),
    [("Haverly1", "p"), ("Bental4", "pq"), ("RT2", "tp"), ("Adhya4", "source"), ("gppC1", "stp")],
)
@pytest.mark.parametrize("seed", [0, 7])
def test_published_instances(name, form, seed):
    path = shared(f"benchmarks/pooling/{name}.json")
    known = json.loads(path.read_text())["best_known"]["objective"]
    problem = pooling_problem(read_pooling(path), form).problem
    limit = [0.3, 0.9][seed % 2]
    raw, found = solve_global(problem, time_limit=limit, seed=seed)
    assert found.word in ("proven", "feasible", "not solved")
    if found.bound is not None:
        assert found.bound <= known + 1e-5 * abs(known)
    if found.value is not None:
        assert found.value >= known - 1e-5 * abs(known)
        assert residuals(problem, raw.x).worst_primal[0] <= 1e-6
    if found.word == "proven":
        assert found.value == pytest.approx(known, rel=2e-4)


def test_infeasible_needs_two_methods(monkeypatch):
    rows = [([0.0, 0.0], [(0, 1, 1.0)], 0.26, 0.26), ([1.0, 1.0], [], 1.0, 1.0)]
    problem = small("min", [1.0, 0.0], 0.0, 1.0, rows)
    raw, found = solve_global(problem, time_limit=5.0)
    assert found.word == "proven infeasible"
    assert raw.status == "infeasible"
    assert "SCIP" in found.bound_by
    monkeypatch.setattr("netback.program.scip.solve", lambda *_a, **_k: RawSolution("time limit"))
    _, alone = solve_global(problem, time_limit=5.0)
    assert alone.word == "not solved"
    assert "no second one" in alone.message


def test_linear_and_integer_programs_pass_through():
    _, found = solve_global(dense("max", [1.0, 1.0], [[2.0, 1.0]], -INF, 3.0, 0.0, 1.0))
    assert (found.word, found.value) == ("proven", pytest.approx(2.0))
    _, found = solve_global(dense("max", [1.0], [[2.0]], -INF, 3.0, 0.0, 9.0, True))
    assert (found.word, found.value) == ("proven", pytest.approx(1.0))


def test_starts_forms_and_progress():
    problem = haverly()
    raw, _ = solve_global(problem, time_limit=20.0)
    stronger = Form("same again", problem, lambda x: x, lambda x: x)
    seen = []
    again, found = solve_global(
        problem, starts=[raw.x], alternatives=[stronger], time_limit=20.0, progress=seen.append
    )
    assert found.word == "proven"
    assert again.objective <= raw.objective + 1e-6
    assert seen


def test_a_local_search_can_be_given():
    called = []

    def local(problem, offer, clock, seed, tries):
        called.append((problem.name, seed, tries))
        assert clock.is_over() in (True, False)
        assert clock.left <= 1.2

    problem = pooling_problem(read_pooling(shared("benchmarks/pooling/Adhya1.json")), "p").problem
    solve_global(problem, time_limit=1.2, gap=1e-9, local=local, seed=3)
    assert called


def test_stops_with_what_it_has():
    problem = haverly()
    raw, found = solve_global(problem, cancel=lambda: True)
    assert found.word in ("not solved", "feasible", "proven")
    raw, found = solve_global(problem, time_limit=0.0)
    assert found.word in ("not solved", "feasible")
    start = np.zeros(problem.shape[1])
    start[problem.block("share").id("a")] = 1.0
    raw, found = solve_global(problem, starts=[start], time_limit=0.0)
    assert found.word == "feasible"
    assert found.value == pytest.approx(0.0)
    assert raw.x is not None


def test_what_a_thread_raises_comes_back():
    def broken(*_arguments):
        raise ZeroDivisionError("local")

    problem = pooling_problem(read_pooling(shared("benchmarks/pooling/Adhya1.json")), "p").problem
    with pytest.raises(ZeroDivisionError):
        solve_global(problem, time_limit=5.0, local=broken)


def test_bad_arguments_come_together():
    problem = haverly()
    wrong = Form("upside down", haverly(sense="max"), lambda x: x, lambda x: x)
    with pytest.raises(ModelError) as raised:
        solve_global(problem, gap=0.0, time_limit=-1.0, starts=[np.zeros(1)], alternatives=[wrong], threads=3)
    text = str(raised.value)
    for part in ("gap", "time_limit", "starts[0]", "upside down", "threads"):
        assert part in text


def test_keeps_to_the_time_on_a_program_whose_relaxations_are_slow():
    problem = pooling_problem(read_pooling(shared("benchmarks/pooling/gppE4.json")), "pq").problem
    raw, found = solve_global(problem, time_limit=1.0)
    assert raw.seconds < 15.0
    # Nothing is better than its published bound of 891.25.
    assert found.bound is None or found.bound <= -891.25


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_large_program_takes_its_first_bound_from_a_relaxation(monkeypatch, sense, threads):
    monkeypatch.setattr(global_run, "LARGE", 0)
    problem = haverly(1, sense)
    relaxation = mccormick(problem).linear.with_(name="handy")
    seen = []
    monkeypatch.setattr(global_run.Run, "_root", lambda _, form: seen.append(form.name))
    raw, found = solve_global(
        problem, relaxations=[relaxation], threads=threads, gap=0.4, time_limit=1.0, local=lambda *_: None
    )
    sign = 1.0 if sense == "max" else -1.0
    assert seen == ["as given"]
    assert found.word == "not solved"
    assert found.bound_by == f"{global_run.OWN_BOUND} (handy)"
    assert found.bound == pytest.approx(sign * 500.0)
    assert sign * found.bound >= 500.0
    assert raw.x is None


def test_both_threads_look_for_plans_where_a_relaxation_is_slow(monkeypatch):
    monkeypatch.setattr(global_run, "LARGE", 0)
    monkeypatch.setattr(global_run, "SLOW", -1.0)
    monkeypatch.setattr(globally, "_found", lambda problem: [same(problem)])
    seeds = set()

    def local(problem, offer, clock, seed, tries):
        seeds.add(seed)
        while not clock.is_over() and len(seeds) < 2:
            time.sleep(0.01)

    _, found = solve_global(haverly(1), local=local, seed=10, time_limit=10.0)
    assert seeds == {11, 12}
    assert found.word == "proven"
    assert found.value == pytest.approx(-400.0, rel=1e-4)


@pytest.mark.parametrize("trial", [0.0, 0.01, 0.25])
@pytest.mark.parametrize("name", ["Adhya1", "gppC1"])
def test_however_long_narrowing_is_tried_the_optimum_is_proven(name, trial):
    path = shared(f"benchmarks/pooling/{name}.json")
    known = json.loads(path.read_text())["best_known"]["objective"]
    problem = pooling_problem(read_pooling(path), "pq").problem
    _, found = solve_global(problem, tighten_trial=trial, time_limit=30.0, gap=1e-3)
    assert found.word == "proven"
    assert found.bound <= known + 1e-5 * abs(known)
    assert found.value == pytest.approx(known, rel=1.1e-3)


def test_of_forms_that_bound_alike_the_smallest_is_branched_on(monkeypatch):
    instance = read_pooling(shared("benchmarks/pooling/Adhya1.json"))
    models = {form: pooling_problem(instance, form) for form in ("source", "pq")}
    main, other = models["source"], models["pq"]
    form = Form(
        "pq",
        other.problem,
        lambda x: main.start_of(other.flows_of(x)),
        lambda x: other.start_of(main.flows_of(x)),
    )
    branched = []
    real = global_run.Spatial

    def spatial(board, problem, *arguments, **options):
        branched.append(problem.name)
        return real(board, problem, *arguments, **options)

    monkeypatch.setattr(global_run, "Spatial", spatial)
    monkeypatch.setattr(global_run, "ROUNDS", 0)
    _, found = solve_global(main.problem, alternatives=[form], time_limit=20.0, gap=1e-3)
    assert branched == [other.problem.name]
    assert found.word == "proven"


@pytest.mark.parametrize("turns", [0, 6])
def test_a_program_with_many_products_is_proven_and_leaves_guesses(monkeypatch, turns):
    """Envelopes added as they are broken, branching in turns with narrowing: the optimum all the same."""
    for module in (global_run, lazy):
        monkeypatch.setattr(module, "WORTH_LAZY", 5)
    monkeypatch.setattr(global_run, "LARGE", 5)
    monkeypatch.setattr(global_run, "QUICK", -1.0)
    monkeypatch.setattr(global_run, "TURNS", turns)
    instance = read_pooling(shared("benchmarks/pooling/Adhya1.json"))
    main, other = pooling_problem(instance, "pq"), pooling_problem(instance, "stp")
    guesses = deque(maxlen=2)
    _, found = solve_global(
        main.problem,
        alternatives=[as_other(main, other)],
        relaxations=[Paths.of(instance).blending()],
        threads=1,
        guesses=guesses,
        gap=1e-3,
        time_limit=30.0,
    )
    assert found.word == "proven"
    assert found.value == pytest.approx(-549.80, rel=1.1e-3)
    assert found.bound <= -549.80
    assert guesses
    assert all(guess.shape == main.problem.column_lower.shape for guess in guesses)


def test_a_better_value_has_the_ranges_narrowed_again(monkeypatch):
    monkeypatch.setattr(global_run, "WORTH_LAZY", 5)
    monkeypatch.setattr(global_run, "LARGE", 5)
    monkeypatch.setattr(global_run, "QUICK", -1.0)
    instance = read_pooling(shared("benchmarks/pooling/Adhya1.json"))
    problem, relaxations = pooling_problem(instance, "pq").problem, [Paths.of(instance).blending()]
    values = []
    real = global_run.tighten

    def seen(*arguments, cutoff, **options):
        values.append(cutoff)
        return real(*arguments, cutoff=cutoff, **options)

    monkeypatch.setattr(global_run, "tighten", seen)
    _, found = solve_global(problem, relaxations=relaxations, threads=1, gap=1e-3, time_limit=30.0)
    assert found.word == "proven"
    assert len(values) >= 1
    assert values == sorted(values, reverse=True)


def test_where_branching_is_quick_the_local_search_of_a_large_program_joins_sooner():
    usual = Shares()
    assert usual.local_of(large=False, quick=True) == usual.local_of(large=False, quick=False) == LOCAL_SHARE
    assert usual.local_of(large=True, quick=False) == LARGE_SHARE
    assert usual.local_of(large=True, quick=True) == QUICK_LARGE_SHARE
    assert Shares(local=0.07).local_of(large=True, quick=True) == 0.07
