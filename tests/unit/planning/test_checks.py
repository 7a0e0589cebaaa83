"""What only the model can tell of a case, and what stops a plan."""

from __future__ import annotations

import pytest

from netback.errors import DataError
from netback.io.folder import read_case, shipped_cases
from netback.planning.checks import check_model, require_sound
from pool_cases import haverly
from tiny import rows, tiny


@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_shipped_cases_are_sound(name: str) -> None:
    case = read_case(name)
    require_sound(case)
    assert [finding for finding in check_model(case) if finding.severity == "error"] == []


def test_what_the_model_misses_is_found() -> None:
    case = tiny(
        offers=rows("offer stream price", "x x 5"),
        blends=rows("product component", "m x"),
        specs=rows("product property max", "m sulfur_wt_pct 1"),
        sales=rows("sale stream price", "m m 9"),
    )
    (finding,) = check_model(case)
    assert finding.severity == "error"
    assert "specs.csv, row 2" in finding.where
    assert "sulfur_wt_pct" in finding.what


def test_a_good_model_has_no_findings() -> None:
    case = tiny(offers=rows("offer stream price max", "a a 5 10"), sales=rows("sale stream price", "a a 9"))
    assert check_model(case) == []


def test_rows_without_a_source_alone_do_not_stop_a_plan() -> None:
    require_sound(
        tiny(offers=rows("offer stream price max", "a a 5 10"), sales=rows("sale stream price", "a a 9"))
    )


def test_errors_of_the_tables_stop_a_plan_all_together() -> None:
    case = tiny(
        offers=rows("offer stream price min max", "a a 5 20 10"),
        sales=rows("sale stream price min max", "a a 9 8 7"),
    )
    with pytest.raises(DataError) as caught:
        require_sound(case)
    assert len(caught.value.findings) == 2
    assert caught.value.subject == "case tiny"


def test_misuse_of_pools_is_found_without_planning_with_them() -> None:
    told = check_model(haverly(pools=rows("stream", "X")))
    assert any('"X" is blended to its specs' in finding.what for finding in told)
    assert not check_model(haverly())
