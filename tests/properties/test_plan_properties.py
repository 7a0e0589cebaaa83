"""What must hold of every plan, on random small plants."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.case import Case
from netback.planning.solve import Plan
from properties.random_plants import Plant, in_steps, plants, tonnes_of, with_uoms
from tiny import margin, rows, solved

SOME = settings(max_examples=10)
#: Margins agree to the tolerance of the solver.
CLOSE: dict[str, Any] = {"rel": 1e-6, "abs": 1e-4}


def column_values(made: Plan, block: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Values of a block (keys, periods); nothing where the plan has no such block."""
    if block not in made.model.build.blocks:
        return np.zeros((0, made.model.build.count))
    return made.x[made.model.build.blocks[block].ids]


def lot_movements(made: Plan) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What comes in less what goes out of every lot (lots, periods), counted anew from the network."""
    model, network = made.model, made.model.network
    total = np.zeros((len(network.lots), model.build.count))
    for tranche, flow in zip(model.tranches, column_values(made, "purchase"), strict=True):
        total[tranche.lot] += flow
    for run, flow in zip(network.runs, column_values(made, "run"), strict=True):
        total[run.feed] -= flow
        for lot, amount in run.outputs:
            total[lot] += amount * flow
        for lot, amount in run.uses:
            total[lot] -= amount * flow
    for arc, flow in zip(model.arcs, column_values(made, "blend"), strict=True):
        total[arc.lot] -= flow
        product = network.blended[arc.product]
        total[product] += flow * network.factor(arc.lot, network.stream_of(product).uom)
    sold = [lot for tier in model.tiers for lot in tier.lots]
    for lot, flow in zip(sold, column_values(made, "sale"), strict=True):
        total[lot] -= flow
    return total + stock_movements(made)


def stock_movements(made: Plan) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What comes out of tanks less what goes in (lots, periods), opening stocks among it."""
    network = made.model.network
    label_of = {label: lot for lot, label in enumerate(network.labels)}
    total = np.zeros((len(network.lots), made.model.build.count))
    for name, sign in (("stock", -1.0), ("opening_stock", 1.0)):
        if name not in made.model.build.blocks:
            continue
        for (label,), flow in zip(
            made.model.build.blocks[name].index.axes[0], column_values(made, name), strict=True
        ):
            total[label_of[label]] += sign * flow
            if name == "stock":
                total[label_of[label], 1:] += flow[:-1]
    return total


@SOME
@given(plants())
def test_every_plan_is_proven_and_every_balance_closes(plant: Plant) -> None:
    made = solved(plant.case())
    movements = lot_movements(made)
    for lot in made.model.network.lots:
        if made.model.network.streams[lot.stream].kind == "loss":
            assert (movements[lot.id] >= -1e-6).all()
        else:
            assert movements[lot.id] == pytest.approx(np.zeros(made.model.build.count), abs=1e-5)


@SOME
@given(plants(), st.booleans())
def test_mass_in_is_mass_out(plant: Plant, other_uom: bool) -> None:
    case = with_uoms(plant, tonnes_of(plant.case())) if other_uom else plant.case()
    made = solved(case)
    network = made.model.network
    factors = network.mass_factors()
    for product, lot in network.blended.items():
        factors[lot] = network.factor(lot, "t")
        assert network.streams[product].uom in ("t", "kt", "kg")
    bought = sum(
        factors[tranche.lot] * flow.sum()
        for tranche, flow in zip(made.model.tranches, column_values(made, "purchase"), strict=True)
    )
    sold_lots = [lot for tier in made.model.tiers for lot in tier.lots]
    sold = sum(
        factors[lot] * flow.sum() for lot, flow in zip(sold_lots, column_values(made, "sale"), strict=True)
    )
    lost = sum(
        factors[lot] * amount * flow.sum()
        for run, flow in zip(network.runs, column_values(made, "run"), strict=True)
        for lot, amount in run.outputs
        if network.streams[network.lots[lot].stream].kind == "loss"
    )
    from_tanks = float(np.nansum(factors[:, None] * stock_movements(made)))
    assert bought + from_tanks == pytest.approx(sold + lost, rel=1e-6, abs=1e-5)


@SOME
@given(plants())
def test_the_uom_of_flows_changes_nothing(plant: Plant) -> None:
    case = plant.case()
    assert margin(with_uoms(plant, tonnes_of(case))) == pytest.approx(margin(case), **CLOSE)


@SOME
@given(plants(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(plant: Plant, seed: int) -> None:
    shuffled = {name: list(lines) for name, lines in plant.tables.items()}
    for name, lines in shuffled.items():
        if name != "periods":
            random.Random(seed).shuffle(lines)
    assert margin(Plant(shuffled).case()) == pytest.approx(margin(plant.case()), **CLOSE)


@SOME
@given(plants(), in_steps(100, 600, 50))
def test_one_more_offer_never_costs(plant: Plant, price: float) -> None:
    more = [
        *plant.tables["offers"],
        *rows("offer stream price price_uom max uom", f"more c0 {price} USD/t 3 t/d"),
    ]
    assert margin(plant.case(offers=more)) >= margin(plant.case()) - 1e-4


@SOME
@given(plants(), st.sampled_from(["sales", "capacities", "specs", "inventories", "offers"]))
def test_a_wider_limit_never_costs(plant: Plant, table: str) -> None:
    wider = [
        {**row, "max": float(row["max"]) * 1.5} if row.get("max") not in (None, ".") else row
        for row in plant.tables[table]
    ]
    assert margin(plant.case(**{table: wider})) >= margin(plant.case()) - 1e-4


@SOME
@given(plants())
def test_twice_the_prices_is_twice_the_margin(plant: Plant) -> None:
    columns = {
        "offers": ["price"],
        "offer_costs": ["cost"],
        "sales": ["price"],
        "modes": ["cost"],
        "inventories": ["holding_cost", "closing_value"],
    }
    doubled = {
        table: [
            {**row, **{name: 2.0 * float(row[name]) for name in names if name in row}}
            for row in plant.tables[table]
        ]
        for table, names in columns.items()
    }
    assert margin(plant.case(**doubled)) == pytest.approx(2.0 * margin(plant.case()), **CLOSE)


@SOME
@given(plants(most_periods=1))
def test_a_period_twice_as_long_is_worth_twice_as_much(plant: Plant) -> None:
    """Every quantity is a rate; stocks are amounts, so there are none."""
    bare: dict[str, Any] = {"inventories": [], "opening_stocks": []}
    longer = [{**row, "days": 2.0 * row["days"]} for row in plant.tables["periods"]]
    once, twice = margin(plant.case(**bare)), margin(plant.case(**bare, periods=longer))
    assert twice == pytest.approx(2.0 * once, **CLOSE)


@SOME
@given(plants(), st.data())
def test_lots_kept_apart_give_the_same_plan(plant: Plant, data: st.DataObject) -> None:
    """Two crudes of one quality are merged; a limit by origin that never binds keeps them apart."""
    twin = [{**row, "stream": "twin"} for row in plant.tables["stream_properties"] if row["stream"] == "c0"]
    yields = [{**row, "feed": "twin"} for row in plant.tables["yields"] if row["feed"] == "c0"]
    case = plant.case(
        stream_properties=[*plant.tables["stream_properties"], *twin],
        yields=[*plant.tables["yields"], *yields],
        crudes=rows("crude", "c0", "twin"),
        offers=[
            *plant.tables["offers"],
            *rows(
                "offer stream price price_uom max uom",
                f"twin twin {data.draw(in_steps(200, 600, 50))} USD/t 2 t/d",
            ),
        ],
    )
    apart = case.with_table("limits", rows("limit max uom", "wide 1e7 t")).with_table(
        "limit_terms", rows("limit activity item origin", "wide feed cdu twin")
    )
    merged_plan, apart_plan = solved(case), solved(apart)
    lots, more = len(merged_plan.model.network.lots), len(apart_plan.model.network.lots)
    assert more > lots
    assert apart_plan.certificate.value == pytest.approx(merged_plan.certificate.value, **CLOSE)


def test_the_generator_makes_plants_that_earn() -> None:
    """Guards the others against plants in which standing still is always best."""
    earned: list[bool] = []

    @settings(max_examples=16, database=None, derandomize=True)
    @given(plants())
    def collect(plant: Plant) -> None:
        earned.append(margin(plant.case(inventories=[], opening_stocks=[])) > 1.0)

    collect()
    assert sum(earned) >= 8


def test_case_is_a_case() -> None:
    assert isinstance(Plant({"periods": rows("period days", "P1 1")}).case(), Case)
