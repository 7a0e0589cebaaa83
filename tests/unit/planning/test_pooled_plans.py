"""What tables can say of pools, what they are told when misused, and what a plan with pools is worth at its margin."""

from __future__ import annotations

import numpy as np
import pytest

from netback.case.case import Case
from netback.case.checks import check
from netback.errors import ModelError
from netback.planning.mixes import mix_held, mixes
from netback.planning.model import build_plan
from netback.planning.solve import Plan, fixed_integers, plan
from netback.planning.worth import offer_worths
from netback.program.highs import solve
from netback.results.solution import solution_of
from pool_cases import haverly, in_a_row, over_time, with_deltas
from tiny import findings, periods, rows, tiny


def planned(case: Case, form: str = "exact") -> Plan:
    made = plan(case, pooling=form, gap=1e-6, time_limit=30)
    assert made.certificate.word == "proven", made.certificate
    return made


def mixed(made: Plan, stream: str) -> dict[tuple[str, str], float]:
    """Share of every part of a pool by period, of parts of which there is something."""
    records = solution_of(made)["pools"].records()
    return {
        (row["period"], row["crudes"]): row["share"] / 100.0
        for row in records
        if row["pool"] == stream and row["side"] == "part"
    }


class TestWhatTablesCanSay:
    def test_components_flow_into_a_tank_without_a_unit(self) -> None:
        made = planned(haverly())
        assert made.certificate.value == pytest.approx(400.0, rel=1e-5)
        assert mixed(made, "mix") == pytest.approx({("day", "B"): 1.0})

    def test_pools_that_feed_pools(self) -> None:
        """With C first in the second tank its mix is not free: all of what X and Y take of it is alike."""
        made = planned(in_a_row())
        users = {pool.stream: set(pool.users) for pool in made.model.pools}
        assert users["mix"] == {"blend X free", "blend Y free", "flow to late"}
        assert users["late"] == {"blend X free", "blend Y free"}
        late = mixed(made, "late")
        assert sum(late.values()) == pytest.approx(1.0)

    def test_opening_stocks_of_several_origins_mix_with_what_comes_in(self) -> None:
        """60 of A and 40 of B lie in the tank: on the first day nothing leaves it but what holds all of that."""
        made = planned(over_time())
        found = mixed(made, "mix")
        first = {crude: share for (period, crude), share in found.items() if period == "one"}
        bought = {
            key[0]: float(made.x[made.model.problem.block("purchase").ids[place, 0]])
            for place, key in enumerate(made.model.problem.block("purchase").index.axes[0])
        }
        whole = 100.0 + bought["A"] + bought["B"]
        assert first["A"] == pytest.approx((60.0 + bought["A"]) / whole, abs=1e-6)
        assert first["B"] == pytest.approx((40.0 + bought["B"]) / whole, abs=1e-6)

    def test_the_mix_is_kept_from_period_to_period(self) -> None:
        """Nothing is bought on the second day, so its tank holds the mix of the first."""
        offers = rows("offer stream period price max", "A A one 6 100", "B B one 12 100", "C C . 10 100")
        found = mixed(planned(over_time(offers=offers)), "mix")
        second = {crude: share for (period, crude), share in found.items() if period == "two"}
        assert second
        for crude, share in second.items():
            assert share == pytest.approx(found["one", crude], abs=1e-5)

    def test_yields_move_with_the_quality_of_the_pooled_feed(self) -> None:
        made = planned(with_deltas())
        pool = next(pool for pool in made.model.pools if pool.stream == "mix")
        fed = made.x[pool.users["feed of hds/normal"]][:, 0]
        if fed.sum() < 1e-6:
            pytest.fail("the example must feed the unit")
        shares = mixes(made.model.pools, made.x)[0].share[:, 0]
        sulphur = float(shares @ np.array([3.0, 1.0]))
        records = solution_of(made)["unit_products"].records()
        clean = next(row["quantity"] for row in records if row["stream"] == "clean")
        assert clean == pytest.approx(fed.sum() * (0.9 - 0.02 * (sulphur - 2.0)), rel=1e-6)

    def test_a_limit_on_the_quality_of_the_pooled_feed(self) -> None:
        """At most 1.4 % sulphur in the feed of the unit: the tank that feeds it may hold no more for anybody."""
        case = with_deltas(
            feed_specs=rows("unit property max", "hds sulphur 1.4"),
            capacities=rows("unit min max uom", "hds 40 80 t/d"),
        )
        made = planned(case)
        records = solution_of(made)["pool_qualities"].records()
        value = next(row["value"] for row in records if row["pool"] == "mix" and row["property"] == "sulphur")
        assert value <= 1.4 + 1e-5
        assert made.certificate.value < planned(with_deltas()).certificate.value + 1e-6

    def test_one_residue_pool_feeds_two_grades(self) -> None:
        """Each crude's residue alone suits one grade; from one tank both grades get the same."""
        tables = {
            "crudes": rows("crude", "sweet", "sour"),
            "stream_properties": rows(
                "stream property value", "sweet sulfur_wt_pct 0.5", "sour sulfur_wt_pct 3"
            ),
            "offers": rows("offer stream price max", "a sweet 10 100", "b sour 5 100"),
            "yields": rows("unit feed product yield", "cdu sweet residue 1", "cdu sour residue 1"),
            "product_properties": rows("unit product property factor", "cdu residue sulfur_wt_pct 1"),
            "pools": rows("stream", "residue"),
            "blends": rows("product component", "low residue", "high residue"),
            "specs": rows("product property max", "low sulfur_wt_pct 1", "high sulfur_wt_pct 3.5"),
            "sales": rows("sale stream price max", "l low 20 100", "h high 12 100"),
        }
        apart, together = planned(tiny(**tables), "segregated"), planned(tiny(**tables))
        assert apart.certificate.value == pytest.approx(100 * 10 + 100 * 7)
        # One tank: 100 low at 1 % need 4 parts of sweet to 1 of sour, and the rest of it goes to high.
        assert together.certificate.value == pytest.approx(100 * 20 + 25 * 12 - 100 * 10 - 25 * 5, rel=1e-5)


class TestMisuse:
    def test_a_blend_is_no_pool(self) -> None:
        with pytest.raises(ModelError) as caught:
            build_plan(haverly(pools=rows("stream", "X")), "exact")
        assert '"X" is blended to its specs' in findings(caught.value)
        assert "pools.csv, row 2, column stream" in findings(caught.value)

    def test_a_utility_is_no_pool(self) -> None:
        case = haverly(
            streams=rows("stream kind", "A crude", "B crude", "C crude", "steam utility"),
            offers=rows("offer stream price", "A A 6", "B B 16", "C C 10", "S steam 1"),
            pools=rows("stream component", "mix A", "mix B", "steam ."),
        )
        with pytest.raises(ModelError, match='"steam" is a utility'):
            build_plan(case, "exact")

    def test_a_component_that_nobody_makes_or_buys(self) -> None:
        case = haverly(pools=rows("stream component", "mix A", "mix B", "mix Z"))
        (told,) = (one for one in check(case) if '"Z"' in one.what)
        assert "made by no unit and not bought" in told.what
        assert told.where == "pools.csv, row 4, column component"

    def test_a_unit_and_a_component_fill_one_tank(self) -> None:
        case = haverly(
            pools=rows("stream component", "mix A", "mix B"),
            yields=rows("unit feed product yield", "tower C mix 0.5", "tower C gone 0.5"),
            streams=rows("stream kind", "A crude", "B crude", "C crude", "gone loss"),
            product_properties=rows("unit product property value", "tower mix sulphur 2.5"),
        )
        (pool,) = planned(case).model.pools
        assert pool.stream == "mix"
        assert pool.matter.count == 3

    def test_no_pool_mixes_anything(self) -> None:
        model = build_plan(haverly(pools=[], blends=rows("product component", "X A", "Y B")), "exact")
        assert not model.pools
        assert any("nothing mixes" in str(remark) for remark in model.build.remarks)

    def test_a_yield_that_moves_with_a_property_of_another_basis(self) -> None:
        densities = rows(
            "stream property value",
            *("A sulphur 3", "B sulphur 1", "C sulphur 2"),
            *(f"{crude} density_t_per_m3 0.8{k}" for k, crude in enumerate("ABC")),
        )
        model = build_plan(
            with_deltas(
                properties=rows("property basis", "sulphur volume"),
                stream_properties=densities,
                product_properties=rows(
                    "unit product property value", "hds clean sulphur 1", "hds clean density_t_per_m3 0.8"
                ),
            ),
            "exact",
        )
        assert any("deltas.csv" in str(remark) and "volume" in str(remark) for remark in model.build.remarks)


class TestRecipes:
    def test_the_recipe_of_the_best_plan_gives_the_best_plan(self) -> None:
        case = haverly(pool_recipes=rows("stream origin share", "mix A 0", "mix B 1"))
        assert planned(case, "fixed_recipe").certificate.value == pytest.approx(400.0)

    def test_another_recipe_is_worth_less(self) -> None:
        case = haverly(pool_recipes=rows("stream origin share", "mix A 0.5", "mix B 0.5"))
        found = planned(case, "fixed_recipe").certificate.value
        assert found is not None
        assert found < 400.0 - 1.0

    @pytest.mark.parametrize(
        ("lines", "told"),
        [
            (("mix A 0.5", "mix B 0.4"), "add up to 0.9, not 1"),
            (("mix A 0.5", "mix Q 0.5"), '"Q" is no part of pool "mix"'),
        ],
    )
    def test_recipes_that_cannot_be(self, lines: tuple[str, ...], told: str) -> None:
        with pytest.raises(ModelError) as caught:
            build_plan(haverly(pool_recipes=rows("stream origin share", *lines)), "fixed_recipe")
        assert told in findings(caught.value)
        assert "pool_recipes.csv" in findings(caught.value)

    def test_without_recipes_the_mix_of_the_segregated_plan_is_held(self) -> None:
        apart = plan(haverly())
        made = planned(haverly(), "fixed_recipe")
        assert made.model.problem.is_linear
        (before,) = mixes(build_plan(haverly(), "source").pools, apart.x)
        rows_held = made.model.problem.block("pool_recipe")
        assert rows_held.size == 4
        (after,) = mixes(made.model.pools, made.x)
        if after.full.any():
            assert after.share[:, 0] == pytest.approx(before.share[:, 0], abs=1e-6)


class TestWhatMatters:
    def test_lots_that_nobody_tells_apart_share_one_share(self) -> None:
        """B and D differ in nothing that a row sees, so the pool has two classes of three lots."""
        case = haverly(
            streams=rows("stream kind", *(f"{name} crude" for name in "ABCD")),
            crudes=rows("crude", "A", "B", "D"),
            stream_properties=rows(
                "stream property value", "A sulphur 3", "B sulphur 1", "C sulphur 2", "D sulphur 1"
            ),
            offers=rows("offer stream price", "A A 6", "B B 16", "C C 10", "D D 15"),
            pools=rows("stream component", "mix A", "mix B", "mix D"),
        )
        (pool,) = build_plan(case, "exact").pools
        assert pool.matter.count == 2
        assert [quality.name for quality in pool.matter.qualities] == ["sulphur"]

    def test_a_pool_whose_mix_nobody_sees_needs_no_products(self) -> None:
        model = build_plan(haverly(specs=[]), "exact")
        assert not model.pools
        assert model.problem.is_linear


class TestMargins:
    def test_marginal_values_are_those_of_the_plan_with_its_mix_held(self) -> None:
        made = planned(haverly(x_max=600), "source")
        problem = fixed_integers(mix_held(made.model, made.x), made.x)
        rows_ = made.model.problem.block("sale_limit").ids.ravel()
        base, step = solve(problem).objective, 0.5
        assert base == pytest.approx(made.certificate.value, rel=1e-6)
        for row in rows_.tolist():
            upper = problem.row_upper.copy()
            upper[row] += step
            moved = solve(problem.with_(row_upper=upper)).objective
            assert made.row_dual is not None
            assert (moved - base) / step == pytest.approx(float(made.row_dual[row]), abs=1e-5)

    @pytest.mark.parametrize("form", ["exact", "p", "pq", "terminal", "recursion"])
    def test_marginal_values_do_not_depend_on_the_form(self, form: str) -> None:
        made = plan(haverly(), pooling=form, gap=1e-6)
        limit = made.model.problem.block("sale_limit")
        assert made.row_dual is not None
        worth = {key[0]: made.row_dual[limit.ids[k, 0]] for k, key in enumerate(limit.index.axes[0])}
        # One more Y takes one of C and one of B: 15 less the mean of 10 and 16.
        assert worth["Y"] == pytest.approx(2.0, abs=1e-6)
        assert worth["X"] == pytest.approx(0.0, abs=1e-6)

    def test_break_even_prices_are_those_of_plans_near_by(self) -> None:
        """The best plan is 100 of B with 100 of C. What B may cost before the plan next to this one is better."""
        made = planned(haverly())
        worth = {one.offer: one for one in offer_worths(made)}
        low, high = worth["B"].low, worth["B"].high
        assert low is not None
        assert high is not None
        assert low <= 16.0 <= high
        inside = planned(haverly(b_price=0.5 * (16.0 + high)))
        assert _bought(inside)["A"] == pytest.approx(0.0, abs=1e-4)
        assert worth["A"].break_even is not None
        assert worth["A"].break_even < 6.0

    def test_the_form_says_that_margins_are_local(self) -> None:
        solution = solution_of(planned(haverly()))
        assert "local" in solution.facts["form"]
        assert solution.facts["pools"] == ["mix"]
        assert solution.facts["offers_measured"] == 3


def _bought(made: Plan) -> dict[str, float]:
    block = made.model.problem.block("purchase")
    return {key[0]: float(made.x[block.ids[k]].sum()) for k, key in enumerate(block.index.axes[0])}


class TestCertificates:
    def test_recursion_tells_its_gap_to_the_relaxation(self) -> None:
        made = plan(haverly(), pooling="recursion")
        told = made.certificate
        assert told.word == "feasible"
        assert told.value == pytest.approx(400.0)
        assert told.bound == pytest.approx(500.0)
        assert told.gap == pytest.approx(0.25)
        assert "recursion" in told.value_by
        assert "directed rounding" in told.bound_by

    def test_recursion_is_proven_where_the_relaxation_agrees(self) -> None:
        case = haverly(specs=rows("product property max", "X sulphur 3", "Y sulphur 3"))
        made = plan(case, pooling="recursion")
        assert made.certificate.word == "proven"

    def test_a_plan_stopped_at_once_is_not_called_proven(self) -> None:
        made = plan(over_time(), pooling="exact", time_limit=0.0)
        assert made.certificate.word in ("feasible", "not solved")

    def test_a_case_that_no_mix_can_meet(self) -> None:
        """Y must be sold and no mix is sweet enough: infeasible in the segregated form already."""
        case = haverly(
            specs=rows("product property max", "X sulphur 2.5", "Y sulphur 0.5"),
            sales=rows("sale stream price min max", "X X 9 0 100", "Y Y 15 10 200"),
        )
        made = plan(case, pooling="exact", time_limit=10)
        assert not made.solved
        assert made.certificate.word in ("proven infeasible", "not solved")


def test_periods_are_planned_together() -> None:
    case = over_time(periods=periods(one=1, two=1))
    assert (
        planned(case).certificate.value
        >= planned(over_time(opening_stocks=rows("stream origin quantity", "mix A 60"))).certificate.value
        - 1e-6
    )
