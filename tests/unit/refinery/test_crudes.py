"""Crudes of a case: the assay behind each, what its cuts hold, what fills gaps, and the faults of all that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netback.assay.assay import DENSITY, Assay
from netback.assay.completion import complete
from netback.assay.cutting import cut
from netback.assay.library import load
from netback.assay.recutting import recut
from netback.case.case import Case
from netback.errors import DataError, Finding
from netback.io.assay_files import write_assay
from netback.refinery.crudes import Crudes, CutLot, find_assay
from tiny import rows, tiny

SULFUR = "sulfur_wt_pct"


def case_of(**tables: Any) -> Case:
    stated: dict[str, Any] = {
        "crudes": rows("crude assay", "urals urals", "arab arab_light_a", "slops ."),
        "cuts": rows(
            "unit stream from_c to_c", "cdu naphtha . 180", "cdu middle 180 340", "cdu residue 340 ."
        ),
        "offers": rows("offer stream price", "u urals 450", "a arab 480", "s slops 300"),
    }
    return tiny(**{**stated, **tables})


def read(case: Case) -> tuple[Crudes, list[Finding]]:
    findings: list[Finding] = []
    return Crudes(case, findings), findings


def mode_of(case: Case) -> str:
    return str(case.table("cuts").records[0]["mode"])


def cuts(case: Case, crude: str = "urals") -> dict[str, CutLot]:
    crudes, findings = read(case)
    found = {lot.stream: lot for lot in crudes.cuts(crude, "cdu", mode_of(case))}
    assert findings == []
    return found


class TestCuts:
    @pytest.mark.parametrize("crude", ["urals", "arab"])
    def test_they_are_the_whole_crude(self, crude: str) -> None:
        """Shares add up to one, and what averages by mass, sulphur, adds up to that of the crude."""
        case = case_of()
        found = cuts(case, crude)
        assert sum(lot.mass_yield for lot in found.values()) == pytest.approx(1.0)
        crudes, _ = read(case)
        whole = crudes.whole(crude)
        made = sum(lot.mass_yield * lot.properties[SULFUR] for lot in found.values())
        assert made == pytest.approx(whole[SULFUR], rel=1e-6)
        volume = sum(lot.mass_yield / lot.properties[DENSITY] for lot in found.values())
        assert 1.0 / volume == pytest.approx(whole[DENSITY], rel=0.007)

    def test_a_barrel_is_bought_at_the_density_that_the_assay_lists(self) -> None:
        crudes, _ = read(case_of())
        for crude, name in (("urals", "urals"), ("arab", "arab_light_a")):
            assert crudes.whole(crude)[DENSITY] == load(name).whole_value(DENSITY)

    def test_heavier_cuts_are_denser_and_hold_more_sulphur(self) -> None:
        found = cuts(case_of())
        for name in (DENSITY, SULFUR):
            values = [found[stream].properties[name] for stream in ("naphtha", "middle", "residue")]
            assert values == sorted(values)

    def test_rows_in_any_order(self) -> None:
        turned = rows(
            "unit stream from_c to_c", "cdu residue 340 .", "cdu naphtha . 180", "cdu middle 180 340"
        )
        mine, theirs = cuts(case_of(cuts=turned)), cuts(case_of())
        assert {name: lot.mass_yield for name, lot in mine.items()} == {
            name: lot.mass_yield for name, lot in theirs.items()
        }

    def test_a_loss_of_a_mode_comes_off_all_of_them(self) -> None:
        base, lossy = case_of(), case_of(modes=rows("unit loss_wt_pct", "cdu 2.5"))
        assert mode_of(lossy) == str(lossy.table("modes").records[0]["mode"])
        for name, lot in cuts(lossy).items():
            assert lot.mass_yield == pytest.approx(0.975 * cuts(base)[name].mass_yield)

    def test_a_cut_that_nothing_of_a_crude_boils_in_is_none(self) -> None:
        cold = rows("unit stream from_c to_c", "cdu gas . -250", "cdu naphtha -250 180", "cdu rest 180 .")
        assert set(cuts(case_of(cuts=cold))) == {"naphtha", "rest"}

    @pytest.mark.parametrize(
        "lines",
        [
            ("cdu naphtha . .", "cdu middle 180 340", "cdu residue 340 ."),
            ("cdu naphtha . 340", "cdu middle 180 340", "cdu residue 340 ."),
            ("cdu naphtha . 400", "cdu middle 180 340", "cdu residue 340 ."),
        ],
        ids=["blank", "equal", "falling"],
    )
    def test_points_that_do_not_rise_are_told_once_for_all_crudes(self, lines: tuple[str, ...]) -> None:
        case = case_of(cuts=rows("unit stream from_c to_c", *lines))
        crudes, findings = read(case)
        for crude in ("urals", "arab", "urals"):
            assert crudes.cuts(crude, "cdu", mode_of(case)) == []
        (told,) = findings
        assert told.where == "cuts.csv, row 2, column to_c"
        assert told.what.endswith("do not rise from the lightest cut to the heaviest.")
        assert told.hint == "Give every cut but the last its to_c, each above the one before."

    def test_streams_without_an_assay_have_neither_cuts_nor_qualities(self) -> None:
        case = case_of()
        crudes, _ = read(case)
        assert not crudes.has("slops")
        assert "slops" in crudes.declared
        assert crudes.names == ("urals", "arab")
        assert crudes.cuts("slops", "cdu", mode_of(case)) == []
        assert crudes.whole("slops") == {}
        assert crudes.distils("cdu", mode_of(case))
        assert not crudes.distils("fcc", mode_of(case))

    def test_swing_cuts_name_their_neighbours(self) -> None:
        swing = rows(
            "unit stream from_c to_c swing_to", "cdu naphtha . 170 .", "cdu swing 170 190 naphtha;middle",
            "cdu middle 190 .  .",
        )  # fmt: skip
        crudes, _ = read(case_of(cuts=swing))
        assert crudes.swings("swing") == [("cdu", ("naphtha", "middle"))]
        assert crudes.swings("naphtha") == []
        assert crudes.swings("unknown") == []


class TestAssays:
    def assay(self) -> Assay:
        """Urals with a fiftieth more sulphur in every cut, which the check of the whole crude lets pass."""
        own = load("urals")
        return own.with_(properties={**own.properties, SULFUR: 1.02 * own.properties[SULFUR]})

    def test_that_of_the_case_goes_before_that_of_the_library(self, tmp_path: Path) -> None:
        (tmp_path / "assays").mkdir()
        case = replace(case_of(), folder=tmp_path)
        assert find_assay(case, "urals").name == load("urals").name
        write_assay(self.assay(), tmp_path / "assays" / "urals.csv")
        library = load("urals").properties[SULFUR]
        for name in ("urals", "urals.csv"):
            assert find_assay(case, name).properties[SULFUR] == pytest.approx(1.02 * library, nan_ok=True)
        assert find_assay(case_of(), "urals").properties[SULFUR] == pytest.approx(library, nan_ok=True)
        assert find_assay(case, "arab_light_a").name == load("arab_light_a").name

    def test_its_faults_are_told_at_the_crude(self, tmp_path: Path) -> None:
        (tmp_path / "assays").mkdir()
        (tmp_path / "assays" / "urals.csv").write_text("this is no assay\n", encoding="utf-8")
        case = replace(case_of(), folder=tmp_path)
        crudes, findings = read(case)
        assert crudes.cuts("urals", "cdu", mode_of(case)) == []
        assert findings
        assert all(told.where == "crudes.csv, row 2, column assay" for told in findings)
        assert crudes.cuts("arab", "cdu", mode_of(case))

    def test_one_that_nobody_has_names_the_closest(self) -> None:
        with pytest.raises(DataError, match="urals"):
            find_assay(case_of(), "uralls")
        case = case_of(crudes=rows("crude assay", "urals uralls", "arab arab_light_a"))
        crudes, findings = read(case)
        assert crudes.cuts("urals", "cdu", mode_of(case)) == []
        assert [told.where for told in findings] == ["crudes.csv, row 2, column assay"]

    def test_crudes_of_one_assay_are_cut_alike(self) -> None:
        case = case_of(crudes=rows("crude assay", "urals urals", "arab urals"))
        mine, theirs = cuts(case, "urals"), cuts(case, "arab")
        assert {k: (v.mass_yield, v.properties) for k, v in mine.items()} == {
            k: (v.mass_yield, v.properties) for k, v in theirs.items()
        }


class TestCompletions:
    """These assays know no viscosity and no pour point of their cuts."""

    def completed(self, *lines: str) -> tuple[dict[str, CutLot], list[Finding]]:
        case = case_of(completions=rows("crude property method consent", *lines))
        crudes, findings = read(case)
        return {lot.stream: lot for lot in crudes.cuts("urals", "cdu", mode_of(case))}, findings

    def test_known_values_stay(self) -> None:
        found, findings = self.completed(f". {SULFUR} nearest .")
        plain = cuts(case_of())
        assert findings == []
        for name, lot in found.items():
            assert lot.properties[SULFUR] == plain[name].properties[SULFUR]

    @pytest.mark.parametrize(
        ("name", "method"),
        [("viscosity_cst_50c", "api"), ("viscosity_cst_50c", "library"), ("smoke_mm", "api")],
    )
    def test_gaps_are_filled_on_the_cuts_of_the_plant(self, name: str, method: str) -> None:
        """As on the assay cut anew at the points of the plant; what the method cannot tell stays unknown."""
        assert all(name not in lot.properties for lot in cuts(case_of()).values())
        found, findings = self.completed(f". {name} {method} yes")
        assert findings == []
        own = complete(recut(load("urals"), [180.0, 340.0]), name, method, consent=True)
        assert not np.isnan(own.properties[name]).all()
        for lot, value in zip(found.values(), own.properties[name], strict=True):
            assert lot.properties.get(name) == (None if np.isnan(value) else value)

    def test_without_a_method_it_is_the_first_that_there_is(self) -> None:
        found, _ = self.completed(". viscosity_cst_50c . yes")
        named, _ = self.completed(". viscosity_cst_50c library yes")
        assert found["middle"].properties == named["middle"].properties

    def test_only_those_of_the_crude_that_is_named(self) -> None:
        found, findings = self.completed("arab pour_c nearest yes")
        assert findings == []
        assert all("pour_c" not in lot.properties for lot in found.values())

    def test_faults_are_told_at_the_row_in_words_of_the_table(self) -> None:
        _, findings = self.completed(". pour_c nearest .")
        (told,) = findings
        assert told.where == "completions.csv, row 2, column property"
        assert "Write yes in the column consent of completions.csv" in told.hint
        assert "consent=True" not in told.hint
        _, findings = self.completed(f". {SULFUR} nearest .", ". flash_c nearest .")
        assert [told.where for told in findings] == ["completions.csv, row 3, column property"]

    def test_the_whole_crude_is_not_completed(self) -> None:
        case = case_of(completions=rows("property method", "viscosity_cst_50c api"))
        crudes, findings = read(case)
        assert "viscosity_cst_50c" not in crudes.whole("urals")
        assert findings == []


def test_yields_do_not_depend_on_what_else_is_cut() -> None:
    """One call cuts all assays of a case: each as if alone."""
    found = cuts(case_of(), "arab")
    alone = cut(load("arab_light_a"), [180.0, 340.0])
    assert [lot.mass_yield * 100.0 for lot in found.values()] == pytest.approx(
        alone.yield_wt_pct.tolist(), rel=1e-12
    )
