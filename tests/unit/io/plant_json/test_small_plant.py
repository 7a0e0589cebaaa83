"""A small plant as a case: its tables, and its plan against the equations of the file written out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netback.case.checks import check
from netback.io.folder import read_case
from netback.io.folder_writer import write_case
from netback.io.plant_json.reading import PlantImport
from netback.planning.solve import plan
from plant_file import best_margin, changed, grown, imported

#: Changes for which parts and mixes plan alike: yields do not move, or what they make has one sulphur content.
EVEN: dict[str, Any] = {"delta": {}, "DBSQ": []}
FIXED: dict[str, Any] = {
    "QT": [],
    "alpha": {},
    "FIX": grown("FIX", "d.Q0"),
    "FQ0": changed("FQ0", d__Q0=0.1),
}


def cells(found: PlantImport, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(record[column] for column in columns) for record in found.case[table].records]


def margin(found: PlantImport, form: str) -> float:
    made = plan(found.case, pooling=form, gap=1e-7, time_limit=30)
    assert made.certificate.word == "proven", made.certificate
    assert made.certificate.value is not None
    return made.certificate.value


class TestPlans:
    @pytest.mark.parametrize("form", ["exact", "p"])
    @pytest.mark.parametrize(
        ("changes", "equations"),
        [
            (EVEN, {"moving": False}),
            (FIXED, {"passed": False}),
            (EVEN | FIXED, {"moving": False, "passed": False}),
        ],
    )
    def test_the_plan_is_that_of_the_equations(
        self, tmp_path: Path, form: str, changes: dict[str, Any], equations: dict[str, bool]
    ) -> None:
        found = imported(tmp_path, **changes)
        assert found.remarks == ()
        assert margin(found, form) == pytest.approx(best_margin(**equations), rel=1e-6)

    def test_quality_after_yields_that_move_is_that_of_the_parts(self, tmp_path: Path) -> None:
        """Each part of the mix is hydrotreated at its own yield, so that the product holds less of the sourest part."""
        assert margin(imported(tmp_path), "exact") == pytest.approx(best_margin(), rel=2e-3)

    def test_kept_apart_it_is_worth_at_least_as_much(self, tmp_path: Path) -> None:
        found = imported(tmp_path)
        assert margin(found, "segregated") >= margin(found, "exact")


class TestTables:
    @pytest.fixture
    def found(self, tmp_path: Path) -> PlantImport:
        return imported(tmp_path)

    def test_kinds_and_titles(self, found: PlantImport) -> None:
        assert dict(cells(found, "streams", "stream", "kind")) == {
            **dict.fromkeys("ab", "crude"),
            **dict.fromkeys("hi", "feedstock"),
            **dict.fromkeys("nrzf", "product"),
            **dict.fromkeys("gxd", "intermediate"),
        }
        assert dict(cells(found, "streams", "stream", "title"))["x"] == "x (x1, x2)"
        assert found.case.flow_uom == "kt"
        assert found.case.currency == "CNY"

    def test_swing_cuts_join_by_their_ratio(self, found: PlantImport) -> None:
        yields = {row[:2]: row[2] for row in cells(found, "yields", "feed", "product", "yield")}
        assert yields["a", "n"] == pytest.approx(0.2 + 0.4 * 0.1)
        assert yields["b", "g"] == pytest.approx(0.25 + 0.6 * 0.1)
        assert yields["a", "r"] == pytest.approx(0.4)

    def test_qualities_of_cuts_average_by_mass_and_density_by_volume(self, found: PlantImport) -> None:
        rows = cells(found, "product_properties", "feed", "product", "property", "value")
        known = {row[:3]: row[3] for row in rows}
        assert known["b", "g", "Q0"] == pytest.approx((0.25 * 1.6 + 0.06 * 0.9) / 0.31)
        assert known["b", "g", "density_t_per_m3"] == pytest.approx(0.31 / (0.25 / 0.87 + 0.06 / 0.81))

    def test_a_share_that_moves_is_used_beside_the_feed(self, found: PlantImport) -> None:
        yields = {row[:2]: row[2] for row in cells(found, "yields", "feed", "product", "yield")}
        assert (yields["x", "h"], yields["x", "d"], yields["x", "z"]) == (-0.01, 0.96, 0.05)
        assert cells(found, "deltas", "product", "property", "base", "step", "delta") == [
            ("d", "Q0", 1.0, 0.5, -0.01),
            ("z", "Q0", 1.0, 0.5, 0.008),
            ("h", "Q0", 1.0, 0.5, -0.002),
        ]

    def test_mixes_and_blends(self, found: PlantImport) -> None:
        assert ("x", "g") in cells(found, "pools", "stream", "component")
        assert ("x", "i") in cells(found, "pools", "stream", "component")
        assert cells(found, "blends", "product", "component") == [("f", "x"), ("f", "d")]
        assert cells(found, "specs", "product", "property", "min", "max") == [
            ("f", "Q0", None, 0.25),
            ("f", "density_t_per_m3", None, 0.845),
        ]

    def test_capacities_and_limits(self, found: PlantImport) -> None:
        """What all feeds of a unit share is its capacity; what it makes, and a share of a mix, are limits."""
        assert cells(found, "capacities", "unit", "mode", "min", "max") == [("H", None, 5.0, 45.0)]
        assert cells(found, "limits", "limit", "min", "max") == [
            ("c1", None, 60.0),
            ("share_X_m9_max", None, 0.0),
        ]
        assert cells(found, "limit_terms", "limit", "activity", "item", "of", "coefficient") == [
            ("c1", "make", "D", "r", 1.0),
            ("share_X_m9_max", "pool", "x", "g", -0.35),
            ("share_X_m9_max", "pool", "x", "i", pytest.approx(0.65)),
        ]

    def test_trade(self, found: PlantImport) -> None:
        assert ("a", "a", 500.0, 0.0, 80.0) in cells(
            found, "offers", "offer", "stream", "price", "min", "max"
        )
        assert ("n", "n", 600.0, 5.0, None) in cells(found, "sales", "sale", "stream", "price", "min", "max")

    def test_the_case_checks_and_comes_back_from_its_folder(self, found: PlantImport, tmp_path: Path) -> None:
        assert [str(f) for f in check(found.case) if f.severity == "error"] == []
        folder = write_case(found.case, tmp_path / "case", files=found.files)
        assert read_case(folder).with_(name=found.case.name) == found.case
        assert "Flows are in kt and prices in CNY/kt." in (folder / "IMPORT.md").read_text(encoding="utf-8")
