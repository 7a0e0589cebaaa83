"""Pairs: together less each alone, by hand and by brute force; symmetric, the same whatever else is asked."""

from __future__ import annotations

import pytest
from two_crudes import two_assays

from netback.case.case import Case
from netback.errors import DataError
from netback.planning.solve import plan
from netback.studies.evaluate_tables import blending_table, synergy_table
from netback.studies.pairs import Pairs, pairs
from tiny import rows, tiny


def blended(**changes: object) -> Case:
    """Sulphur of ``clean`` 0, of ``dirty`` 2; the product may have 1 and sells at 50, what is not blended at 30.

    10 t of each: clean alone is worth 50, dirty alone 30, both together make 20 t of product: 50 each. So the synergy
    is (1000 - 500 - 300) / 20 = 10 for each tonne of both.
    """
    tables: dict[str, object] = {
        "streams": rows("stream kind", "clean crude", "dirty crude"),
        "offers": rows("offer stream price max", "c clean 99 0", "d dirty 99 0"),
        "capacities": rows("unit max uom", "still 40 t"),
        "yields": rows("unit feed product yield", "still clean run 1", "still dirty run 1"),
        "stream_properties": rows("stream property value", "clean sulfur_wt_pct 0", "dirty sulfur_wt_pct 2"),
        "product_properties": rows("unit product property factor", "still run sulfur_wt_pct 1"),
        "properties": rows("property basis", "sulfur_wt_pct mass"),
        "blends": rows("product component", "good run", "bad run"),
        "specs": rows("product property max", "good sulfur_wt_pct 1"),
        "sales": rows("sale stream price", "g good 50", "b bad 30"),
    }
    return tiny("blended", **{**tables, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> Pairs:
    return pairs(two_assays(), ["urals", "murban", "das"], 9_000.0)


def test_by_hand() -> None:
    told = pairs(blended(), ["clean", "dirty"], 10.0)
    assert told.alone == pytest.approx({"clean": 50.0, "dirty": 30.0})
    assert told.synergy["clean", "dirty"] == pytest.approx(10.0)
    assert told.synergy["clean", "clean"] == pytest.approx(0.0)
    # Two cargoes of either make 20 x 50 and 20 x 30; a cargo of each 20 x 50.
    assert told.blending["clean", "dirty"] == pytest.approx((1000.0 - 0.5 * (1000.0 + 600.0)) / 20.0)
    assert told.per == "t"


def test_symmetric_whatever_the_order_and_the_company(found: Pairs) -> None:
    other = pairs(two_assays(), ["das", "urals"], 9_000.0)
    for one, two in (("urals", "das"), ("das", "urals"), ("urals", "urals")):
        assert found.synergy[one, two] == pytest.approx(found.synergy[two, one], abs=1e-9)
        assert found.synergy[one, two] == pytest.approx(other.synergy[one, two], abs=1e-6)
    assert found.alone["das"] == pytest.approx(other.alone["das"])


def test_linear_plans_never_gain_from_more_of_one_nor_lose_by_blending(found: Pairs) -> None:
    for (one, two), value in found.synergy.items():
        assert value is not None
        if one == two:
            assert value <= 1e-6
    assert all(value is not None and value >= -1e-6 for value in found.blending.values())


def test_as_four_plans_by_brute_force(found: Pairs) -> None:
    case = two_assays()

    def margin(urals_t: float, murban_t: float) -> float:
        volumes = {"urals_spot": urals_t, "murban_spot": murban_t}
        records = [
            row.with_(min=volumes[row["offer"]], max=volumes[row["offer"]], price=0.0)
            if row["offer"] in volumes
            else row
            for row in case["offers"].records
        ]
        costs = [row for row in case["offer_costs"].records if row["offer"] not in volumes]
        value = plan(case.with_table("offers", records).with_table("offer_costs", costs)).certificate.value
        assert value is not None
        return value

    from netback.planning.model import build_plan
    from netback.studies.slate import per_uom

    model = build_plan(case)
    urals, murban = (9_000.0 / per_uom(model, name)[1] for name in ("urals", "murban"))
    value = margin(urals, murban) - margin(urals, 0.0) - margin(0.0, murban) + margin(0.0, 0.0)
    assert found.synergy["urals", "murban"] == pytest.approx(value / 18_000.0, abs=1e-6)


def test_what_the_plant_cannot_take_is_blank() -> None:
    told = pairs(blended(), ["clean", "dirty"], 25.0)
    assert told.synergy["clean", "dirty"] is None
    assert told.blending["clean", "dirty"] is None
    assert told.synergy["clean", "clean"] is None
    assert told.alone["clean"] == pytest.approx(50.0)
    nothing = pairs(blended(), ["clean", "dirty"], 100.0)
    assert nothing.alone == {"clean": None, "dirty": None}
    assert blending_table(told, "USD").rows == (("clean", "dirty", None, None),)


def test_tables(found: Pairs) -> None:
    square = synergy_table(found, "USD")
    assert [row[0] for row in square.rows] == list(found.crudes)
    assert square.rows[0][3] == square.rows[1][2]
    listed = blending_table(found, "USD")
    gains = listed.column("blending")
    assert gains == sorted(gains, reverse=True)
    assert len(listed) == 3


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["clean"], "makes no pair"),
        (["clean", "c"], "is named twice"),
        (["clean", "clan"], "is not offered"),
    ],
)
def test_names_that_make_no_pairs(names: list[str], told: str) -> None:
    with pytest.raises(DataError, match=told):
        pairs(blended(), names, 1.0)
