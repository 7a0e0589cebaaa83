"""Random small plants for property tests: crudes of stated quality, one or two units, blends, tanks, few periods.

Every quantity and price states its uom, so that the uom in which streams flow can be changed without changing the plan.
Nothing must be run, bought or sold, so every plant has a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from netback.case.case import Case
from tiny import Row, periods, rows, tiny

Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Plant:
    """Tables of a plant, and the currency of its prices."""

    tables: Tables

    def case(self, **changes: Any) -> Case:
        """The case, with other rows in some tables."""
        return tiny("random", **{**self.tables, **changes})


def in_steps(low: float, high: float, step: float) -> st.SearchStrategy[float]:
    """Round numbers, so that failing examples read well and no number is tiny."""
    count = round((high - low) / step)
    return st.integers(0, count).map(lambda k: round(low + k * step, 9))


@st.composite
def plants(draw: st.DrawFn, most_periods: int = 3) -> Plant:
    """Draw a plant."""
    crudes = [f"c{k}" for k in range(draw(st.integers(1, 3)))]
    names = [f"P{k}" for k in range(1, draw(st.integers(1, most_periods)) + 1)]
    tables: Tables = {
        "periods": periods(**{name: draw(st.sampled_from([1.0, 10.0, 28.0, 31.0])) for name in names}),
        "exchange_rates": rows("currency rate", f"PKR {draw(st.sampled_from([100, 250]))}"),
    }
    _crudes(draw, tables, crudes, names)
    _units(draw, tables, crudes)
    _products(draw, tables, names)
    return Plant(tables)


def _crudes(draw: st.DrawFn, tables: Tables, crudes: list[str], names: list[str]) -> None:
    tables["stream_properties"], tables["offers"], tables["opening_stocks"] = [], [], []
    tables["offer_costs"], tables["inventories"] = [], []
    for crude in crudes:
        density, sulfur = draw(in_steps(0.78, 0.95, 0.01)), draw(in_steps(0.1, 3.0, 0.1))
        tables["stream_properties"] += rows(
            "stream property value", f"{crude} density_t_per_m3 {density}", f"{crude} sulfur_wt_pct {sulfur}"
        )
        for name in names:
            price, most = draw(in_steps(200, 600, 10)), draw(in_steps(0.5, 20, 0.5))
            tables["offers"] += rows(
                "offer stream period price price_uom max uom",
                f"{crude}_spot {crude} {name} {price} USD/t {most} t/d",
            )
        freight = draw(in_steps(0, 5, 0.5))
        tables["offer_costs"] += rows("offer item cost cost_uom", f"{crude}_spot freight {freight} USD/bbl")
        if draw(st.booleans()):
            stock = draw(in_steps(0, 20, 1))
            tables["opening_stocks"] += rows("stream quantity uom", f"{crude} {stock} t")
            tables["inventories"] += rows(
                "stream max uom holding_cost holding_cost_uom closing_value closing_value_uom",
                f"{crude} 50 t {draw(in_steps(0, 3, 0.5))} USD/t {draw(in_steps(0, 300, 50))} USD/t",
            )


def _units(draw: st.DrawFn, tables: Tables, crudes: list[str]) -> None:
    tables["streams"] = rows("stream kind", "gone loss")
    tables["yields"], tables["product_properties"] = [], []
    for crude in crudes:
        light, lost = draw(in_steps(0.2, 0.7, 0.05)), draw(in_steps(0.0, 0.05, 0.01))
        tables["yields"] += rows(
            "unit feed product yield basis",
            f"cdu {crude} light {light} mass",
            f"cdu {crude} heavy {round(1 - light - lost, 6)} mass",
            f"cdu {crude} gone {lost} mass",
        )
    tables["product_properties"] += rows(
        "unit product property factor",
        *("cdu light density_t_per_m3 0.9", "cdu light sulfur_wt_pct 0.4"),
        *("cdu heavy density_t_per_m3 1.1", "cdu heavy sulfur_wt_pct 1.5"),
    )
    tables["modes"] = rows("unit mode cost cost_uom", f"cdu normal {draw(in_steps(0, 10, 1))} USD/t")
    most = draw(in_steps(1, 30, 1))
    tables["capacities"] = rows("unit max uom", f"cdu {most} t/d")
    if draw(st.booleans()):
        made = draw(in_steps(0.3, 0.9, 0.1))
        tables["yields"] += rows(
            "unit feed product yield basis",
            f"cracker heavy light {made} mass",
            f"cracker heavy coke {round(1 - made, 6)} mass",
        )
        tables["product_properties"] += rows(
            "unit product property factor",
            "cracker light density_t_per_m3 0.85",
            "cracker light sulfur_wt_pct 0.2",
        )
        tables["capacities"] += rows("unit max uom", f"cracker {draw(in_steps(1, 10, 1))} t/d")


def _products(draw: st.DrawFn, tables: Tables, names: list[str]) -> None:
    tables["blends"] = rows("product component", "diesel light", "diesel heavy", "fuel light", "fuel heavy")
    tables["specs"] = rows(
        "product property max",
        f"diesel sulfur_wt_pct {draw(in_steps(0.1, 1.5, 0.1))}",
        f"fuel sulfur_wt_pct {draw(in_steps(1.0, 4.0, 0.5))}",
        f"diesel density_t_per_m3 {draw(in_steps(0.75, 0.9, 0.01))}",
    )
    tables["sales"] = rows(
        "sale stream tier price price_uom max uom",
        f"diesel diesel 1 {draw(in_steps(400, 900, 20))} USD/t {draw(in_steps(0.5, 10, 0.5))} t/d",
        f"diesel diesel 2 {draw(in_steps(10000, 40000, 5000))} PKR/t . .",
        f"fuel fuel 1 {draw(in_steps(100, 400, 20))} USD/t . .",
        f"bunker heavy 1 {draw(in_steps(20, 60, 5))} USD/bbl 5 t/d",
        "coke coke 1 20 USD/t . .",
    )
    if draw(st.booleans()):
        tables["inventories"] += rows("stream max uom", f"diesel {draw(in_steps(0, 100, 10))} t")
    if draw(st.booleans()):
        tables["inventories"] += rows("stream max uom", f"heavy {draw(in_steps(0, 100, 10))} t")


def with_uoms(plant: Plant, uoms: Mapping[str, str]) -> Case:
    """The plant with its streams flowing in other uom."""
    kinds = {row["stream"]: row.get("kind") for row in plant.tables["streams"]}
    lines = [{"stream": stream, "uom": name, "kind": kinds.get(stream)} for stream, name in uoms.items()]
    lines += [row for row in plant.tables["streams"] if row["stream"] not in uoms]
    return plant.case(streams=lines)


def tonnes_of(case: Case) -> Mapping[str, str]:
    """Other uom for every stream of a random plant; blends have no density and stay with mass."""
    streams = [record["stream"] for record in case.table("streams").records]
    given = {"diesel": "kt", "fuel": "kg", "light": "m3", "heavy": "kbbl", "coke": "kg", "gone": "t"}
    return {stream: given.get(stream, "bbl") for stream in streams}
