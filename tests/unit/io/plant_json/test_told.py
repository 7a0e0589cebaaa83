"""What is told of a plant file: what is assumed, read by a convention, or not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from netback.case.checks import check
from netback.errors import DataError
from netback.planning.solve import plan
from plant_file import changed, grown, imported


def told(found: Any, severity: str = "warning") -> list[str]:
    return [
        str(remark).removeprefix("plant.json, ") for remark in found.remarks if remark.severity == severity
    ]


def records(found: Any, table: str, **where: Any) -> list[Any]:
    return [r for r in found.case[table].records if all(r[name] == value for name, value in where.items())]


class TestQualities:
    def test_what_nothing_states_is_assumed_at_the_end_that_hampers_least(self, tmp_path: Path) -> None:
        """Sulphur of the import has an upper limit further on: the least value known, with the range as its range."""
        found = imported(tmp_path, FQ0=changed("FQ0", i__Q0=None), FIX=["i.Q1", "d.Q1"])
        (row,) = records(found, "stream_properties", stream="i", property="Q0")
        assert (row["value"], row["status"], row["low"], row["high"]) == (0.2, "assumed", 0.2, 1.6)
        assert told(found) == [
            "data.sets.SQ.elements, i.Q0: a limit or a yield needs Q0 of i, and nothing states it; the program of the "
            "file leaves it free. 0.2 is assumed, from 0.2 to 1.6. State i.Q0 in FQ0."
        ]
        assert "0.2 is assumed" in found.files["IMPORT.md"]

    def test_what_only_moves_a_yield_is_assumed_in_the_middle(self, tmp_path: Path) -> None:
        found = imported(
            tmp_path,
            FQ0=changed("FQ0", i__Q0=None),
            FIX=["i.Q1", "d.Q1"],
            FQBMax={"B.Q1": 0.845},
        )
        (row,) = records(found, "stream_properties", stream="i", property="Q0")
        assert (row["value"], row["low"], row["high"]) == (pytest.approx(0.9), 0.2, 1.6)

    def test_what_a_unit_makes_of_one_crude_alone(self, tmp_path: Path) -> None:
        cuts = changed("FQcut", m0__g__a__Q1=None, m0__w__a__Q1=None)
        found = imported(tmp_path, FQcut=cuts)
        (row,) = records(found, "product_properties", product="g", feed="a", property="density_t_per_m3")
        assert (row["status"], row["low"], row["high"]) == ("assumed", 0.81, 0.9)
        assert "needs Q1 of g made of a, and nothing states it" in told(found)[0]

    def test_a_cut_without_the_property_counts_0_and_is_told(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FQcut=changed("FQcut", m0__w__b__Q0=None))
        (row,) = records(found, "product_properties", product="g", feed="b", property="Q0")
        assert row["value"] == pytest.approx(0.25 * 1.6 / 0.31)
        assert told(found) == [
            "data.parameters.FQcut: FQcut does not state Q0 of w for every crude, and g of D holds it. "
            "It counts 0, as in the published program."
        ]

    def test_stated_without_fix_is_known_and_told(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FIX=["i.Q1", "d.Q1"])
        assert told(found) == [
            "data.parameters.FQ0.values, i.Q0: FIX does not name it, so the program of the file leaves it free; "
            "it is read as known."
        ]

    def test_branches_that_disagree(self, tmp_path: Path) -> None:
        values = changed("FQ0", x1__Q0=0.5, x2__Q0=0.6, x1__Q1=0.85)
        found = imported(tmp_path, FQ0=values, FIX=["i.Q0", "i.Q1", "d.Q1", "x1.Q0", "x2.Q0", "x1.Q1"])
        assert (
            "FQ0.values, x2.Q0: is 0.6, but x1, which is the same stream, has 0.5; that is read."
            in told(found)[0]
        )

    def test_a_mix_whose_quality_is_stated_has_that_one(self, tmp_path: Path) -> None:
        values = changed("FQ0", x__Q0=0.5, x__Q1=0.85)
        found = imported(tmp_path, FQ0=values, FIX=["i.Q0", "i.Q1", "d.Q1", "x.Q0", "x.Q1"])
        rows = {r["property"]: r["value"] for r in records(found, "stream_properties", stream="x")}
        assert rows == {"Q0": 0.5, "density_t_per_m3": 0.85}
        assert found.remarks == ()

    def test_a_mix_with_half_of_its_quality_stated_follows_what_it_is_mixed_of(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FQ0=changed("FQ0", x__Q0=0.5), FIX=["i.Q0", "i.Q1", "d.Q1", "x.Q0"])
        assert records(found, "stream_properties", stream="x") == []
        assert told(found, "note") == [
            "data.parameters.FQ0.values, x.Q0: Q0 of x is stated, and the rest of its quality follows from what it is "
            "mixed of. A mix has either one stated quality or none; what is stated is not read."
        ]

    def test_a_property_of_no_mixing_rule(self, tmp_path: Path) -> None:
        found = imported(tmp_path, Qw=[])
        assert "data.sets.Q.elements, Q0: Q0 is in neither Qw nor Qv" in told(found)[0]

    def test_properties_by_volume(self, tmp_path: Path) -> None:
        """By volume the sulphur of gasoil weighs what is lighter more."""
        found = imported(tmp_path, Qw=[], Qv=["Q0"])
        (declared,) = found.case["properties"].records
        assert (declared["property"], declared["basis"]) == ("Q0", "volume")
        (row,) = records(found, "product_properties", product="g", feed="b", property="Q0")
        own, swing = 0.25 / 0.87, 0.06 / 0.81
        assert row["value"] == pytest.approx((own * 1.6 + swing * 0.9) / (own + swing))


#: A second feed of the hydrotreater, bought; its product keeps, in the file, the sulphur of what x1 brings.
SECOND: dict[str, Any] = {
    "S": grown("S", "k"),
    "S_M": grown("S_M", "k"),
    "M": grown("M", "m3"),
    "IU": grown("IU", "H.k"),
    "IM": grown("IM", "H.m3.k"),
    "OM": grown("OM", "H.m3.d", "H.m3.z"),
    "c_M": changed("c_M", k=400),
    "FVMax": changed("FVMax", k__1=10),
    "FQ0": changed("FQ0", k__Q0=0.5, k__Q1=0.85),
    "FIX": grown("FIX", "k.Q0", "k.Q1"),
    "gamma": changed("gamma", H__m3__k=1, H__m3__d=0.9, H__m3__z=0.1),
}


class TestSecondFeeds:
    def test_what_comes_of_another_feed_follows_that_feed(self, tmp_path: Path) -> None:
        found = imported(tmp_path, **SECOND)
        factors = {
            r["feed"]: r["factor"] for r in records(found, "product_properties", product="d", property="Q0")
        }
        assert factors == {"x": 0.1, "k": 0.1}
        assert told(found) == [
            "data.sets.QT: Q0 of d: a factor on the quality of x1, whatever H runs. "
            "Here each part follows its own feed."
        ]

    def test_capacity_of_one_mode_or_of_all(self, tmp_path: Path) -> None:
        one = imported(tmp_path, **SECOND)
        assert [(r["unit"], r["mode"]) for r in one.case["capacities"].records] == [("H", "m2")]
        both = imported(tmp_path, **SECOND, CAPS=["c0.x1", "c0.k", "c1.r"])
        assert [(r["unit"], r["mode"]) for r in both.case["capacities"].records] == [("H", None)]

    def test_a_quality_does_not_come_back_on_itself(self, tmp_path: Path) -> None:
        """The second feed is made of the product: its sulphur would be a tenth of a tenth and so on."""
        changes = {
            **SECOND,
            "S": grown("S", "k", "d1", "d2"),
            "S_M": grown("S_M"),
            "U": grown("U", "T"),
            "USPL": grown("USPL", "T"),
            "IU": [*(e for e in grown("IU", "H.k", "T.d") if e != "B.d"), "B.d1"],
            "OU": grown("OU", "T.d1", "T.k"),
            "IM": grown("IM", "H.m3.k"),
            "c_M": changed("c_M"),
            "FVMax": changed("FVMax"),
            "FQ0": changed("FQ0"),
            "FIX": grown("FIX"),
        }
        found = imported(tmp_path, **changes)
        rows = {r["feed"]: r for r in records(found, "product_properties", product="d", property="Q0")}
        assert rows["x"]["factor"] == 0.1
        assert rows["d"]["status"] == "assumed"
        made = plan(found.case, pooling="exact", gap=1e-4, time_limit=30)
        assert made.certificate.word == "proven"


class TestFlows:
    def test_a_limit_on_a_stream_between_units(self, tmp_path: Path) -> None:
        """Exactly 8 kt of the mix go into the blend as they are."""
        found = imported(tmp_path, FVMax=changed("FVMax", x2__1=8), FVMin=changed("FVMin", x2__1=8))
        terms = [r for r in found.case["limit_terms"].records if r["limit"] == "flow_x2"]
        assert [(r["activity"], r["item"], r["of"]) for r in terms] == [("blend", "f", "x")]
        (limit,) = records(found, "limits", limit="flow_x2")
        assert (limit["min"], limit["max"]) == (8.0, 8.0)

    def test_a_limit_on_what_flows_into_a_mix(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FVMax=changed("FVMax", g__1=20))
        terms = [r for r in found.case["limit_terms"].records if r["limit"] == "flow_g"]
        assert [(r["activity"], r["item"], r["of"]) for r in terms] == [("pool", "x", "g")]

    def test_a_limit_before_a_splitter_counts_every_branch(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FVMax=changed("FVMax", x__1=40))
        terms = [r for r in found.case["limit_terms"].records if r["limit"] == "flow_x"]
        assert [(r["activity"], r["item"], r["of"]) for r in terms] == [
            ("feed", "H", "x"),
            ("blend", "f", "x"),
        ]

    def test_hydrogen_is_counted_at_its_share_of_the_feed(self, tmp_path: Path) -> None:
        found = imported(tmp_path, CAPS=["c0.x1", "c1.h"], CAPOUT=[], CAPIN=["c0", "c1"])
        (term,) = [r for r in found.case["limit_terms"].records if r["limit"] == "c1"]
        assert (term["activity"], term["item"], term["of"], term["coefficient"]) == ("feed", "H", "x", 0.01)
        assert (
            "h goes into H beside its feed in a share that moves; it is counted at its base."
            in told(found)[0]
        )

    def test_quality_of_a_feed(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FQMax={"x1.Q0": 0.9}, FQMin={"x1.Q1": 0.8})
        rows = [
            tuple(r[c] for c in ("unit", "mode", "property", "min", "max"))
            for r in found.case["feed_specs"].records
        ]
        assert sorted(rows, key=str) == [
            ("H", "m2", "Q0", None, 0.9),
            ("H", "m2", "density_t_per_m3", 0.8, None),
        ]

    def test_quality_of_what_is_blended_on_is_not_read(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FQMax={"x2.Q0": 0.9})
        assert told(found, "note") == [
            "data.parameters.FQMax.values, x2.Q0: the limit on Q0 of x2 is not read: x2 goes to B, which runs "
            "it not by itself."
        ]

    def test_the_tighter_of_two_limits_on_a_blend(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FQMax={"f.Q0": 0.2, "f.Q1": 0.9}, FQMin={"f.Q0": 0.01})
        rows = [tuple(r[c] for c in ("property", "min", "max")) for r in found.case["specs"].records]
        assert rows == [("Q0", 0.01, 0.2), ("density_t_per_m3", None, 0.845)]

    def test_what_nothing_takes_is_a_loss(self, tmp_path: Path) -> None:
        found = imported(tmp_path, S_P=["n", "r", "f"], c_P={"n": 600, "r": 300, "f": 700})
        assert records(found, "streams", stream="z")[0]["kind"] == "loss"
        assert (
            "S.elements, z: nothing takes it and it is no product, so it is read as a loss." in told(found)[0]
        )

    def test_a_price_that_is_missing_is_0_and_told(self, tmp_path: Path) -> None:
        found = imported(tmp_path, c_P={"n": 600, "r": 300, "f": 700})
        assert records(found, "sales", sale="z")[0]["price"] == 0.0
        assert 'there is no c_P of "z"; it is read as 0. State it in c_P.' in told(found)[0]

    def test_a_mixer_of_one_stream_passes_it_on(self, tmp_path: Path) -> None:
        found = imported(
            tmp_path,
            IM=[e for e in grown("IM") if e != "X.m1.i"],
            IU=[e for e in grown("IU") if e != "X.i"],
            S_M=["a", "b", "h"],
            FQVMax={},
            FQ0={"d.Q1": 0.82},
            FIX=["d.Q1"],
            FVMax={"a.1": 80, "b.1": 120, "f.1": 70},
        )
        assert records(found, "streams", stream="g")[0]["title"] == "g (x, x1, x2)"
        assert [str(f) for f in check(found.case) if f.severity == "error"] == []

    def test_periods(self, tmp_path: Path) -> None:
        found = imported(
            tmp_path,
            T=["1", "2"],
            FVMax={"a.1": 80, "a.2": 60, "b.1": 120, "b.2": 120, "f.2": 70},
            FVMin={},
            FVCMax={"c0.1": 45, "c0.2": 30},
            FVCMin={"c0.1": 5, "c0.2": 5},
        )
        assert [r["period"] for r in found.case["periods"].records] == ["1", "2"]
        offers = {(r["offer"], r["period"]): r["max"] for r in found.case["offers"].records}
        assert {key: offers[key] for key in offers if key[0] in "ab"} == {
            ("a", "1"): 80.0,
            ("a", "2"): 60.0,
            ("b", None): 120.0,
        }
        sales = {(r["sale"], r["period"]): r["max"] for r in found.case["sales"].records}
        assert (sales["f", "1"], sales["f", "2"]) == (None, 70.0)
        rows = [tuple(r[c] for c in ("period", "min", "max")) for r in found.case["capacities"].records]
        assert rows == [("1", 5.0, 45.0), ("2", 5.0, 30.0)]


class TestNotRead:
    def test_deltas_that_speak_of_nothing(self, tmp_path: Path) -> None:
        found = imported(tmp_path, delta=changed("delta", H__m2__n__Q0=0.1, H__m2__d__Q1=0.1))
        assert told(found, "note") == [
            "data.parameters.delta.values, H.m2.n.Q0: n is no stream of batch m2; it is not read.",
            "data.parameters.delta.values, H.m2.d.Q1: DBSQ does not name Q1 of x1; it is not read.",
        ]

    def test_capacities_that_limit_nothing(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FVCMax={"c0.1": 45})
        assert told(found, "note") == [
            "data.sets.C.elements, c1: the capacity has neither FVCMin nor FVCMax; it limits nothing."
        ]

    def test_sets_and_parameters_without_a_reader(self, tmp_path: Path) -> None:
        found = imported(tmp_path, L0={"x": 3.0}, XY=["B"], FVmax={"a.1": 3}, LMin={})
        assert told(found, "note") == [
            "data.sets.XY: 1 entries: nothing is known of it; it is not read.",
            'data.parameters.FVmax: 1 entries: nothing is known of it; it is not read. Closest name: "FVMax".',
            "data.parameters.L0: 1 entries: opening stocks are not read; see opening_stocks.csv.",
        ]
        assert "## Not read\n\n1. plant.json, data.sets.XY" in found.files["IMPORT.md"]


def terms_of(found: Any, limit: str) -> dict[str, float]:
    """Coefficients of a limit by the stream that it counts."""
    return {r["of"]: r["coefficient"] for r in found.case["limit_terms"].records if r["limit"] == limit}


class TestCrudeAndProportions:
    CRUDE: ClassVar[dict[str, Any]] = {
        "SQ": grown("SQ", "a.Q0", "b.Q0", "a.Q1", "b.Q1", "a.Q5", "b.Q5"),
        "Q": grown("Q", "Q5"),
        "Qv": ["Q5"],
        "FQcrd": {
            "m0.a.Q0": 0.5,
            "m0.b.Q0": 2.0,
            "m0.a.Q1": 0.8,
            "m0.b.Q1": 0.9,
            "m0.a.Q5": 3.0,
            "m0.b.Q5": 7.0,
        },
    }

    def test_limits_on_the_crude_of_a_unit(self, tmp_path: Path) -> None:
        """By mass, by volume and the density itself, each as what a tonne adds above the limit."""
        found = imported(
            tmp_path,
            **self.CRUDE,
            CDUMQ=["D.m0.Q0", "D.m0.Q1", "D.m0.Q5"],
            FQVMax={"X.m9.Q9": 35.0, "D.m0.Q0": 1.5, "D.m0.Q1": 0.88, "D.m0.Q5": 6.0},
        )
        assert found.remarks == ()
        assert terms_of(found, "crude_D_m0_Q0_max") == pytest.approx({"a": -1.0, "b": 0.5})
        assert terms_of(found, "crude_D_m0_Q1_max") == pytest.approx(
            {"a": 1 - 0.88 / 0.8, "b": 1 - 0.88 / 0.9}
        )
        assert terms_of(found, "crude_D_m0_Q5_max") == pytest.approx({"a": -3.0 / 0.8, "b": 1.0 / 0.9})

    def test_the_limit_holds_in_the_plan(self, tmp_path: Path) -> None:
        """At most 1.5 of sulphur: of 0.5 and 2, a third of what is distilled is a at least, dear as it is."""
        dear = changed("c_M", a=560)
        found = imported(tmp_path, **self.CRUDE, c_M=dear, CRU=["Q0"], MFQMax={"Q0": 1.5}, MFQMin={"Q0": 0.2})
        (limit,) = records(found, "limits", limit="crude_Q0_min")
        assert (limit["min"], limit["max"]) == (0.0, None)
        made = plan(found.case, pooling="exact", gap=1e-6, time_limit=30)
        block = made.model.problem.block("purchase")
        bought = {key[0]: float(made.x[block.ids[k, 0]]) for k, key in enumerate(block.index.axes[0])}
        assert bought["a"] == pytest.approx(bought["b"] / 2.0, rel=1e-6)

    def test_a_crude_without_the_quality(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"a limit on crude needs Q0 of a in m0\. State it in FQcrd"):
            imported(tmp_path, SQ=grown("SQ", "a.Q0"), CRU=["Q0"], MFQMax={"Q0": 1.5})

    def test_blends_in_proportion(self, tmp_path: Path) -> None:
        found = imported(tmp_path, RB=["B"], beta={"f.x2": 0.3, "f.d": 0.7})
        rows = [
            tuple(r[c] for c in ("component", "min_share", "max_share")) for r in found.case["blends"].records
        ]
        assert rows == [("x", 0.3, 0.3), ("d", 0.7, 0.7)]
        with pytest.raises(DataError, match="there is no beta of d in f"):
            imported(tmp_path, RB=["B"], beta={"f.x2": 0.3})

    def test_yields_are_per_feed_whatever_its_own_coefficient(self, tmp_path: Path) -> None:
        doubled = {key: 2.0 * value for key, value in changed("gamma").items()}
        moved = {key: 2.0 * value for key, value in changed("delta").items()}
        plain, twice = imported(tmp_path), imported(tmp_path, gamma=doubled, delta=moved)
        for table, column in (("yields", "yield"), ("deltas", "delta")):
            one, other = ([r[column] for r in found.case[table].records] for found in (plain, twice))
            assert one == pytest.approx(other)

    def test_a_share_of_the_feed_that_moves_is_not_read(self, tmp_path: Path) -> None:
        found = imported(tmp_path, delta=changed("delta", H__m2__x1__Q0=0.01))
        assert "the share of the feed itself moves with Q0" in told(found, "note")[0]

    def test_a_limit_on_the_quality_of_mixes_together_is_not_read(self, tmp_path: Path) -> None:
        found = imported(tmp_path, FQVMax={"X.m9.Q9": 35.0, "X.m9.Q0": 1.0})
        assert told(found, "note") == [
            "data.parameters.FQVMax.values, X.m9.Q0: the limit is on Q0 of several mixes together, which no table "
            "says; it is not read."
        ]
