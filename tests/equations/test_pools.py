"""Pools in the plan: Haverly's problems through the tables, both exact forms, tanks that keep their mix.

Haverly, SIGMAP Bulletin 25 (1978): the best plans are worth 400, 600 and 750. With the shares of the pool held,
the plan is linear; a fine grid of shares finds the best one without any global solver.
"""

from __future__ import annotations

import numpy as np
import pytest

from netback.case.case import Case
from netback.errors import ModelError
from netback.planning.mixes import completed
from netback.planning.model import Model, build_plan
from netback.planning.solve import plan
from netback.program.certify import residuals
from netback.program.highs import solve
from netback.program.local.cover import fixed
from tiny import periods, rows

HAVERLY = [
    pytest.param({}, 400.0, id="1"),
    pytest.param({"x_max": 600}, 600.0, id="2"),
    pytest.param({"b_price": 13}, 750.0, id="3"),
]


def haverly(x_max: float = 100, b_price: float = 16, **tables: list[dict[str, object]]) -> Case:
    streams = ["A crude", "B crude", "C crude", "mix intermediate", "X product", "Y product"]
    return Case.of(
        "haverly",
        {
            "periods": periods(day=1),
            "streams": rows("stream kind", *streams),
            "crudes": rows("crude", "A", "B"),
            "properties": rows("property basis", "sulphur flow"),
            "stream_properties": rows("stream property value", "A sulphur 3", "B sulphur 1", "C sulphur 2"),
            "units": rows("unit", "tank"),
            "yields": rows("unit feed product yield", "tank A mix 1", "tank B mix 1"),
            "product_properties": rows("unit product property factor", "tank mix sulphur 1"),
            "offers": rows("offer stream price", "A A 6", f"B B {b_price}", "C C 10"),
            "pools": rows("stream", "mix"),
            "blends": rows("product component", "X mix", "X C", "Y mix", "Y C"),
            "specs": rows("product property max", "X sulphur 2.5", "Y sulphur 1.5"),
            "sales": rows("sale stream price max", f"X X 9 {x_max}", "Y Y 15 200"),
            **tables,
        },
    )


def best_on_grid(model: Model, block: str, steps: int) -> tuple[float, np.ndarray]:
    """Best margin over a grid of the first of two shares, and the columns of the plan."""
    ids = model.problem.block(block).ids[:2, 0]
    best, where = -np.inf, np.zeros(0)
    for share in np.linspace(0.0, 1.0, steps):
        raw = solve(fixed(model.problem, ids, np.array([share, 1.0 - share])))
        if raw.status == "optimal" and raw.objective is not None and raw.objective > best:
            best, where = raw.objective, raw.x
    return best, where


@pytest.mark.parametrize(("changes", "optimum"), HAVERLY)
def test_haverly_in_the_source_form(changes: dict[str, float], optimum: float) -> None:
    model = build_plan(haverly(**changes), "source")
    margin, x = best_on_grid(model, "pool_share", 41)
    assert margin == pytest.approx(optimum, rel=1e-9)
    assert residuals(model.problem, x).row < 1e-9


@pytest.mark.parametrize(("changes", "optimum"), HAVERLY)
def test_the_segregated_plan_bounds_it_from_above(changes: dict[str, float], optimum: float) -> None:
    found = plan(haverly(**changes)).certificate
    assert found.word == "proven"
    assert found.value is not None
    assert found.value >= optimum + 1.0


def test_both_forms_hold_the_same_plans() -> None:
    source, terminal = (build_plan(haverly(), form) for form in ("source", "terminal"))
    _, x = best_on_grid(source, "pool_share", 41)
    moved = np.zeros(terminal.problem.shape[1])
    for block in terminal.problem.column_blocks:
        if not block.name.startswith("pool_"):
            moved[block.ids] = x[source.problem.block(block.name).ids]
    blend = terminal.problem.block("blend")
    taken = {key: moved[blend.ids[place, 0]] for place, key in enumerate(blend.index.axes[0])}
    inlet = [sum(flow for key, flow in taken.items() if key[2] == lot) for lot in ("mix@A", "mix@B")]
    split = [
        sum(flow for key, flow in taken.items() if key[0] == product and "mix" in key[2]) / sum(inlet)
        for product in ("X", "Y")
    ]
    moved[terminal.problem.block("pool_inlet").ids[:, 0]] = inlet
    moved[terminal.problem.block("pool_split").ids[:, 0]] = split
    moved[terminal.problem.block("pool_draw").ids[:, 0]] = [part * sum(inlet) for part in split]
    moved[terminal.problem.block("pool_total").ids[:, 0]] = sum(inlet)
    assert np.allclose(completed(terminal, moved), moved, atol=1e-9)
    assert residuals(terminal.problem, moved).row < 1e-9
    assert terminal.problem.objective @ moved == pytest.approx(400.0)


def test_every_row_of_the_source_form_says_what_the_docstring_says() -> None:
    model = build_plan(haverly(), "source")
    problem = model.problem
    mix, share, draw = (problem.block(name) for name in ("pool_mix", "pool_share", "pool_draw"))
    assert set(mix.index.axes[0]) == {
        (lot, f"blend {product} free") for lot in ("mix@A", "mix@B") for product in ("X", "Y")
    }
    products = problem.products
    total = problem.block("pool_total").id("mix", "day")
    inlet = problem.block("pool_inlet_mix")
    assert len(products) == 6
    for row, first, second, value in zip(
        products.rows, products.columns_a, products.columns_b, products.coefficients, strict=True
    ):
        assert value == -1.0
        linear = problem.matrix[[int(row)]].tocoo()
        assert set(linear.data) == {1.0}
        blends = problem.block("blend")
        if inlet.start <= row < inlet.stop:
            lot, period = inlet.index.label(int(row) - inlet.start)
            assert {int(first), int(second)} == {share.id(lot, period), total}
            taken = {blends.id(product, "free", lot, period) for product in ("X", "Y")}
            assert set(linear.col) == taken
            continue
        lot, user, period = mix.index.label(int(row) - mix.start)
        assert {int(first), int(second)} == {share.id(lot, period), draw.id("mix", user, period)}
        assert list(linear.col) == [blends.id(user.split()[1], "free", lot, period)]
    whole = problem.block("pool_whole").ids[0, 0]
    assert sorted(problem.matrix[[whole]].tocoo().col) == sorted(share.ids[:, 0])
    assert problem.row_lower[whole] == problem.row_upper[whole] == 1.0


def test_a_pool_with_one_user_or_one_lot_needs_no_products() -> None:
    one_user = haverly(
        blends=rows("product component", "X mix", "X C", "Y C"),
        sales=rows("sale stream price", "X X 9", "Y Y 15"),
    )
    one_lot = haverly(yields=rows("unit feed product yield", "tank A mix 1"))
    for case in (one_user, one_lot):
        assert len(build_plan(case, "source").problem.products) == 0


def test_what_a_unit_makes_of_a_mix_is_a_mix() -> None:
    case = haverly(
        streams=rows(
            "stream kind", "A crude", "B crude", "C crude", "mix intermediate", "clean intermediate",
            "X product", "Y product",
        ),
        units=rows("unit", "tank", "hds"),
        yields=rows(
            "unit feed product yield", "tank A mix 1", "tank B mix 1", "hds mix clean 1"
        ),
        product_properties=rows(
            "unit product property factor", "tank mix sulphur 1", "hds clean sulphur 0.5"
        ),
        blends=rows("product component", "X mix", "X clean", "Y clean", "Y C"),
    )  # fmt: skip
    streams = {key[0] for key in build_plan(case, "source").problem.block("pool_draw").index.axes[0]}
    assert streams == {"mix", "clean"}


def test_a_tank_keeps_its_mix_into_the_next_period() -> None:
    """A is bought on day 1, B on day 2, and Y sold on day 2 only: the stock of A must be mixed in."""
    offers = rows("offer stream period price max", "A A one 6 50", "B B two 16 150")
    sales = rows("sale stream period price max", "X X two 9 0", "Y Y two 15 200")
    case = haverly(
        periods=periods(one=1, two=1), offers=offers, sales=sales, inventories=rows("stream max", "mix 100")
    )
    problem = build_plan(case, "source").problem
    users = {key[1] for key in problem.block("pool_draw").index.axes[0]}
    assert "stock" in users
    share = problem.block("pool_share")
    values = np.full(share.size, np.nan)
    columns = share.ids.ravel()
    labels = [share.index.label(place) for place in range(share.size)]
    mixed = {("mix@A", "one"): 1.0, ("mix@B", "one"): 0.0, ("mix@A", "two"): 0.25, ("mix@B", "two"): 0.75}
    for place, label in enumerate(labels):
        values[place] = mixed[label[0], label[1]]
    raw = solve(fixed(problem, columns, values))
    # 50 t of A with 150 t of B is 1.5 % sulphur: 200 t of Y at 15, less 50 x 6 and 150 x 16.
    assert raw.objective == pytest.approx(200 * 15 - 50 * 6 - 150 * 16)
    pure = {**mixed, ("mix@A", "two"): 0.0, ("mix@B", "two"): 1.0}
    values = np.array([pure[label[0], label[1]] for label in labels])
    without = solve(fixed(problem, columns, values))
    # Pure B costs 16 and fetches 15.
    assert without.objective == pytest.approx(0.0)


def test_an_unknown_form_is_told_with_the_closest() -> None:
    with pytest.raises(ModelError, match=r'no form "sourced"\. Closest name: "source"'):
        build_plan(haverly(), "sourced")
