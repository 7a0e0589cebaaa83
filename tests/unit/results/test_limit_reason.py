"""Why a limit does not bind, against hand and against plans made with another limit."""

from __future__ import annotations

import pytest
from result_plants import two_crudes

from netback.case.case import Case
from netback.errors import DataError
from netback.io.folder import read_case
from netback.planning.solve import plan
from netback.results.limit_reason import LimitReason, limit_reasons
from pool_cases import haverly
from tiny import findings, margin, rows, solved, tiny


def one(case: Case, name: str) -> LimitReason:
    found = limit_reasons(solved(case), name)
    assert len(found) == 1
    return found[0]


def test_a_sale_that_is_not_filled_by_hand() -> None:
    """100 bbl of a make 30 of heavy; each further barrel of heavy needs 1 / 0.3 bbl of b for a, at 10 USD each."""
    told = one(two_crudes(), "heavy")
    assert (told.kind, told.side, told.bound, told.binds) == ("sale", "max", 40.0, False)
    assert told.value == pytest.approx(30.0)
    assert told.slack == pytest.approx(10.0)
    assert told.starts == pytest.approx(30.0, abs=1e-4)
    assert told.reach == pytest.approx(40.0, abs=1e-6)
    assert told.filled == pytest.approx(-1000.0 / 3.0, rel=1e-6)
    assert (told.first, told.last) == (
        pytest.approx(100.0 / 3.0, rel=1e-4),
        pytest.approx(100.0 / 3.0, rel=1e-4),
    )
    assert told.kept_by == ()
    assert sum(step[4] for step in told.steps) == pytest.approx(told.filled)
    assert told.instead == (("capacity", "cdu", "P1", pytest.approx(18.0)),)


def test_what_keeps_an_offer_from_its_limit() -> None:
    """At most 66.7 bbl of b, without any a: 40 of heavy. The first takes the room of one a, the last of two."""
    told = one(two_crudes(), "b")
    assert told.reach == pytest.approx(200.0 / 3.0)
    assert told.kept_by == ("the maximum sale of heavy in P1 (40 bbl)",)
    assert told.filled == pytest.approx(8.0 * 200.0 / 3.0 - 1800.0)
    assert (told.first, told.last) == (pytest.approx(10.0, rel=1e-4), pytest.approx(28.0, rel=1e-4))


def test_nothing_can_come_nearer() -> None:
    told = one(two_crudes(), "a")
    assert told.reach == told.value == pytest.approx(100.0)
    assert (told.first, told.last, told.steps) == (None, None, ())
    assert told.kept_by == ("the capacity of cdu in P1 (100)",)


def test_a_limit_that_binds_is_told_with_its_worth() -> None:
    told = one(two_crudes(), "cdu")
    assert told.binds
    assert told.marginal == pytest.approx(18.0)
    assert told.instead == ()


def test_the_least_amount_of_a_sale() -> None:
    sales = rows("sale stream price min max", "light light 80 . .", "heavy heavy 40 10 40")
    told = {r.side: r for r in limit_reasons(solved(two_crudes(sales=sales)), "heavy")}
    assert told["min"].bound == 10.0
    assert not told["min"].binds
    assert told["min"].starts == pytest.approx(30.0, abs=1e-4)
    # 33.3 bbl of a alone make 10 of heavy: 600 instead of 1,800.
    assert told["min"].filled == pytest.approx(-1200.0, rel=1e-5)


@pytest.mark.parametrize(("limit", "loses"), [(35.0, False), (30.001, False), (29.9, True), (20.0, True)])
def test_plans_with_the_limit_moved_lose_only_beyond_where_it_starts(limit: float, loses: bool) -> None:
    best, told = margin(two_crudes()), one(two_crudes(), "heavy")
    sales = rows("sale stream price max", "light light 80 .", f"heavy heavy 40 {limit}")
    assert (margin(two_crudes(sales=sales)) < best - 1e-6) is loses
    assert (limit < told.starts - 1e-3) is loses


@pytest.mark.parametrize("more", [0.99, 1.01])
def test_the_limit_binds_once_the_last_earns_so_much_more(more: float) -> None:
    last = one(two_crudes(), "heavy").last
    assert last is not None
    sales = rows("sale stream price max", "light light 80 .", f"heavy heavy {40.0 + more * last} 40")
    assert one(two_crudes(sales=sales), "heavy").binds is (more > 1.0)


def test_where_several_plans_are_best_a_limit_starts_at_the_nearest_of_all() -> None:
    """Two offers of one price: what the plan happens to take of one says nothing of when its limit costs money."""
    case = tiny(
        offers=rows("offer stream price max", "x X 10 80", "y X 10 70"),
        sales=rows("sale stream price max", "s X 20 100"),
    )
    made = solved(case)
    told = {name: limit_reasons(made, name)[0] for name in ("x", "y")}
    for name, least in (("x", 30.0), ("y", 20.0)):
        if not told[name].binds:
            assert told[name].starts == pytest.approx(least, abs=1e-4)


def test_every_limit_told_is_counted() -> None:
    case = tiny(
        periods=[{"period": "P1", "days": 10}, {"period": "P2", "days": 20}],
        offers=rows("offer stream price", "x X 10"),
        sales=rows("sale stream price max", "s X 20 100"),
    )
    counted: list[tuple[int, int]] = []
    limit_reasons(solved(case), "s", lambda done, total: counted.append((done, total)))
    assert counted == [(1, 2), (2, 2)]


def test_limits_of_several_periods_and_own_titles() -> None:
    case = tiny(
        periods=[{"period": "P1", "days": 10}, {"period": "P2", "days": 20}],
        offers=rows("offer stream price", "x X 10"),
        sales=rows("sale stream price max", "s X 20 100"),
        limits=[{"limit": "cap", "title": "storage fee", "max": 500, "scope": "horizon"}],
        limit_terms=rows("limit activity item coefficient", "cap purchase x 1"),
    )
    made = solved(case)
    assert [r.period for r in limit_reasons(made, "s")] == ["P1", "P2"]
    for name in ("cap", "storage fee"):
        told = limit_reasons(made, name)
        assert [(r.kind, r.name, r.period, r.binds) for r in told] == [
            ("limit", "storage fee", "horizon", False)
        ]
        assert told[0].value == pytest.approx(200.0)


def test_the_month_of_karachi() -> None:
    made = solved(read_case("karachi_2023_september"))
    cdu, isom = limit_reasons(made, "cdu")[0], limit_reasons(made, "isom")[0]
    assert (cdu.uom, cdu.bound, round(cdu.value, 1)) == ("t/d", 5340.0, 4666.7)
    assert cdu.filled == pytest.approx(-191_068.0, abs=5.0)
    assert isom.reach == pytest.approx(isom.value)
    assert "the capacity of platformer in 2023-09 (450 t/d)" in isom.kept_by


def test_whole_lots_stay_as_they_are() -> None:
    case = tiny(
        offers=rows("offer stream price lot_size max", "x X 10 30 200"),
        sales=rows("sale stream price max", "s X 20 100"),
    )
    told = one(case, "s")
    assert told.value == pytest.approx(90.0)
    assert told.reach == pytest.approx(90.0)


def test_with_pools_the_mixes_stay_as_they_are() -> None:
    """Haverly: all of Y is sold, X none; 100 t of X from C alone, the mix being B alone, lose a dollar each."""
    made = plan(haverly(), pooling="exact")
    (filled,) = limit_reasons(made, "Y")
    assert filled.binds
    (told,) = limit_reasons(made, "X")
    assert (told.binds, told.reach) == (False, pytest.approx(100.0))
    assert told.filled == pytest.approx(-100.0, rel=1e-6)
    assert (told.first, told.last) == (pytest.approx(1.0, rel=1e-4), pytest.approx(1.0, rel=1e-4))


def test_an_unknown_limit_is_told_with_the_closest() -> None:
    with pytest.raises(DataError) as caught:
        limit_reasons(solved(two_crudes()), "havy")
    assert '"havy" has no limit' in findings(caught.value)
    assert 'Closest name: "heavy"' in findings(caught.value)
