"""Which streams are pools, who takes of them, and what is told of pools that are planned all the same."""

from __future__ import annotations

from typing import Any

import pytest

from netback.case.case import Case
from netback.planning.model import Model, build_plan
from netback.refinery.pools import Pool, pooled_streams
from pool_cases import haverly, in_a_row, with_deltas
from tiny import rows


def remarks(model: Model) -> str:
    return "\n".join(str(remark) for remark in model.build.remarks)


def made(case: Case) -> dict[str, Pool]:
    """Pools of a case by their stream."""
    return {pool.stream: pool for pool in build_plan(case, "source").pools}


def test_a_pool_that_nothing_flows_into_is_a_warning() -> None:
    streams = rows("stream kind", "A crude", "B crude", "C crude", "mix intermediate", "empty intermediate")
    case = haverly(streams=streams, pools=rows("stream component", "mix A", "mix B", "empty ."))
    told = remarks(build_plan(case, "source"))
    assert 'nothing flows into pool "empty": it is made by no unit, joined by nothing and not bought.' in told
    assert "pools.csv, row 4, column stream" in told


def test_pools_with_one_user_or_one_kind_of_lot_are_none() -> None:
    assert set(made(haverly())) == {"mix"}
    one_user = haverly(
        blends=rows("product component", "X mix", "X C", "Y C"),
        specs=rows("product property max", "X sulphur 2.5", "Y sulphur 2.5"),
    )
    assert made(one_user) == {}
    alike = haverly(
        stream_properties=rows("stream property value", "A sulphur 3", "B sulphur 3", "C sulphur 2")
    )
    assert made(alike) == {}


def test_users_and_their_columns() -> None:
    case = haverly()
    model = build_plan(case, "source")
    pool = made(case)["mix"]
    assert sorted(pool.users) == ["blend X free", "blend Y free"]
    assert not pool.is_kept
    labels = model.build.network.labels
    block = model.problem.block("blend")
    for product in "XY":
        for place, lot in enumerate(pool.lots):
            column = int(pool.users[f"blend {product} free"][place, 0])
            assert block.label(column) == f"blend[{product},free,{labels[lot]},day]"


def test_a_stock_keeps_the_mix() -> None:
    kept = haverly(
        inventories=rows("stream max", "mix 300"),
        periods=[{"period": "1", "days": 1}, {"period": "2", "days": 1}],
    )
    pool = made(kept)["mix"]
    assert pool.is_kept
    assert any(user.startswith("stock") for user in pool.users)


def test_what_is_made_of_a_mix_is_a_mix_too() -> None:
    assert pooled_streams(build_plan(haverly(), "source").build.network) == ("mix",)
    assert set(pooled_streams(build_plan(in_a_row(), "source").build.network)) == {"mix", "late"}
    assert set(pooled_streams(build_plan(with_deltas(), "source").build.network)) == {"mix", "clean"}


@pytest.mark.parametrize(("basis", "told"), [("flow", False), ("mass", False), ("volume", True)])
def test_yields_that_move_with_a_quality_of_another_basis_are_remarked(basis: str, told: bool) -> None:
    """Streams flow in tonnes: a quality that averages by volume is not that of the mean of the yields."""
    densities = [
        f"{crude} density_t_per_m3 {value}" for crude, value in (("A", 0.9), ("B", 0.8), ("C", 0.85))
    ]
    properties: list[Any] = rows("property basis", f"sulphur {basis}")
    case = with_deltas(
        properties=properties,
        stream_properties=rows(
            "stream property value", "A sulphur 3", "B sulphur 1", "C sulphur 2", *densities
        ),
        product_properties=rows(
            "unit product property factor offset value",
            "hds clean sulphur 0.4 0.1 .",
            "hds clean density_t_per_m3 . . 0.84",
        ),
    )
    said = remarks(build_plan(case, "source"))
    assert ('sulphur blends by volume (linear), but the feeds "mix" flow by mass' in said) is told
    assert (
        "deltas.csv, rows 2 to 3" in said or "deltas.csv, rows 2-3" in said or "deltas.csv" in said
    ) is told
