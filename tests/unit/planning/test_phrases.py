"""An infeasible plan in the planner's words: every kind of limit is named, with its period, bound and uom."""

from __future__ import annotations

from typing import Any

import pytest

from netback.case.case import Case
from netback.io.folder import read_case, shipped_cases
from netback.planning.model import build_plan
from netback.planning.phrases import explain_failure, failure_findings, phrases
from tiny import periods, rows, tiny


def told(case: Case) -> str:
    diagnosis = explain_failure(build_plan(case))
    assert diagnosis.word == "infeasible", diagnosis
    return diagnosis.text


def plant(**more: Any) -> Case:
    """Ten tons of a at most, made into p and q by halves."""
    tables = {
        "offers": rows("offer stream price max", "a a 5 10"),
        "yields": rows("unit feed product yield", "u a p 0.5", "u a q 0.5"),
        "sales": rows("sale stream price", "p p 9", "q q 9"),
        **more,
    }
    return tiny("plant", **tables)


def test_sale_against_offer() -> None:
    text = told(plant(sales=rows("sale stream price min uom", "p p 9 8 t", "q q 9 . .")))
    assert "the minimum sale of p in P1 (8 t)" in text
    assert "the maximum purchase of a in P1 (10" in text
    assert "short by" in text


def test_sale_against_capacity_in_rates() -> None:
    case = plant(
        capacities=rows("unit max uom", "u 0.2 t/d"),
        sales=rows("sale stream price min uom", "p p 9 4.5 t", "q q 9 . ."),
    )
    text = told(case)
    assert "the capacity of u in P1 (0.2 t/d)" in text
    assert "the minimum sale of p in P1 (4.5 t)" in text


def test_minimum_run_against_offer() -> None:
    text = told(plant(capacities=rows("unit min", "u 12")))
    assert "the minimum run of u in P1 (12" in text


def test_a_limit_is_told_by_its_title() -> None:
    case = plant(
        capacities=rows("unit min", "u 5"),
        limits=[{"limit": "l1", "title": "what the jetty can take", "max": 3, "uom": "t"}],
        limit_terms=rows("limit activity item", "l1 purchase a"),
    )
    text = told(case)
    assert "the maximum of limit what the jetty can take in P1 (3" in text


def test_a_limit_of_the_horizon_is_told_as_such() -> None:
    case = plant(
        periods=periods(P1=1, P2=1),
        capacities=rows("unit min", "u 5"),
        limits=rows("limit scope max uom", "quota horizon 3 t"),
        limit_terms=rows("limit activity item", "quota purchase a"),
    )
    assert "the maximum of limit quota over the horizon (3" in told(case)


def test_a_spec_is_told_with_its_bound() -> None:
    case = tiny(
        stream_properties=rows(
            "stream property value",
            "x sulfur_wt_pct 2",
            "y sulfur_wt_pct 3",
            "x density_t_per_m3 1",
            "y density_t_per_m3 1",
        ),
        offers=rows("offer stream price max", "x x 5 10", "y y 5 10"),
        blends=rows("product component", "m x", "m y"),
        specs=rows("product property max", "m sulfur_wt_pct 1"),
        sales=rows("sale stream price min", "m m 9 4"),
    )
    text = told(case)
    assert "the sulfur_wt_pct max of m in P1 (1)" in text
    assert "the minimum sale of m in P1 (4" in text


@pytest.mark.parametrize(("side", "value", "words"), [
    ("min_share", 0.9, "the least share of b in the feed of u in P1"),
    ("max_share", 0.1, "the greatest share of a in the feed of u in P1"),
])  # fmt: skip
def test_shares_of_feed(side: str, value: float, words: str) -> None:
    feed = "b" if side == "min_share" else "a"
    case = tiny(
        offers=rows("offer stream price max", "a a 5 10", "b b 5 0.01"),
        yields=rows("unit feed product yield", "u a p 1", "u b p 1"),
        feeds=[{"unit": "u", "feed": name, **({side: value} if name == feed else {})} for name in ("a", "b")],
        sales=rows("sale stream price min", "p p 9 5"),
    )
    assert words in told(case)


def test_stocks() -> None:
    case = tiny(
        offers=rows("offer stream price max", "a a 5 10"),
        inventories=rows("stream min max", "a 20 30"),
        sales=rows("sale stream price", "a a 9"),
    )
    assert "the minimum stock of a in P1 (20" in told(case)


def test_the_error_has_the_form_of_the_house_and_a_repair() -> None:
    model = build_plan(plant(sales=rows("sale stream price min", "p p 9 8", "q q 9 .")))
    error = failure_findings(model, "proven infeasible", "")
    assert error.subject == "case plant"
    (finding,) = error.findings
    assert finding.what.startswith("no plan can meet all limits:\n  - ")
    assert "breaker_cost" in finding.hint


def test_a_time_limit_is_told_without_looking_for_a_conflict() -> None:
    model = build_plan(plant())
    (finding,) = failure_findings(model, "not solved", "time limit reached").findings
    assert finding.what.startswith("not solved in the time given.")
    assert finding.hint == "Allow more time."


def test_an_endless_gain_is_told() -> None:
    case = tiny(offers=rows("offer stream price", "a a 5"), sales=rows("sale stream price", "a a 9"))
    (finding,) = failure_findings(build_plan(case), "unbounded", "").findings
    assert finding.what.startswith("unbounded. ")
    assert len(finding.what) > len("unbounded. ") + 10


@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_every_phrase_of_shipped_cases_can_be_said(name: str) -> None:
    """Each phrase takes the labels that its block really has, and says no label as a tuple."""
    model = build_plan(read_case(name))
    made = phrases(model)
    blocks = {block.name: block for block in (*model.problem.row_blocks, *model.problem.column_blocks)}
    assert set(made) <= set(blocks)
    for block_name, phrase in made.items():
        for place in range(min(blocks[block_name].size, 5)):
            for side in ("lower", "upper"):
                words = phrase(blocks[block_name].index.label(place), side, 1.0)  # type: ignore[arg-type]
                assert words.startswith("the ")
                assert "('" not in words


class TestUoms:
    """Numbers of clashing limits are in the uom in which their rows count, and so is what they are short by."""

    @pytest.mark.parametrize(
        ("tables", "limits", "short", "eased"),
        [
            (
                # 10 t make 5 t of p in 30 days: 0.1667 t/d of the 8 t/d asked for, which takes 480 t.
                {"sales": rows("sale stream price min uom", "p p 9 8 t/d", "q q 9 . .")},
                ("the maximum purchase of a in P1 (10 t)", "the minimum sale of p in P1 (8 t/d)"),
                "7.833 t/d",
                ("purchase of a in P1 from 10 to 480 t", "sale of p in P1 from 8 to 0.166667 t/d"),
            ),
            (
                # 10 t/d are 300 t, of which 0.15 kt of p are made.
                {
                    "offers": rows("offer stream price max uom", "a a 5 10 t/d"),
                    "sales": rows("sale stream price min uom", "p p 9 8 kt", "q q 9 . ."),
                },
                ("the maximum purchase of a in P1 (300 t)", "the minimum sale of p in P1 (8 kt)"),
                "7.85 kt",
                ("purchase of a in P1 from 300 to 16,000 t", "sale of p in P1 from 8 to 0.15 kt"),
            ),
            (
                # 5 t in stock and 10 t bought make 7.5 t of p: 0.25 t/d.
                {
                    "opening_stocks": rows("stream quantity", "a 5"),
                    "inventories": rows("stream max uom", "a 3 kt"),
                    "sales": rows("sale stream price min uom", "p p 9 8 t/d", "q q 9 . ."),
                },
                ("the opening stock of a (5 t)", "the maximum purchase of a in P1 (10 t)"),
                "7.75 t/d",
                ("opening stock of a from 5 to 470 t", "sale of p in P1 from 8 to 0.25 t/d"),
            ),
            (
                # 9 t an hour are 216 t a day; 3 t a day are an eighth of a tonne an hour.
                {
                    "offers": rows("offer stream price", "a a 5"),
                    "limits": rows("limit max uom", "jetty 3 t/d"),
                    "limit_terms": rows("limit activity item", "jetty purchase a"),
                    "capacities": rows("unit min uom", "u 9 t/h"),
                },
                ("the minimum run of u in P1 (9 t/h)", "the maximum of limit jetty in P1 (3 t/d)"),
                "213 t/d",
                ("limit jetty in P1 from 3 to 216 t/d", "run of u in P1 from 9 to 0.125 t/h"),
            ),
        ],
    )
    def test_rates_stay_rates(
        self, tables: dict[str, Any], limits: tuple[str, ...], short: str, eased: tuple[str, ...]
    ) -> None:
        error = failure_findings(build_plan(plant(**tables)), "infeasible", "", repair=True)
        text = str(error)
        for limit in limits:
            assert f"  - {limit}\n" in text
        assert f"These cannot all hold; short by {short}." in text
        for one in eased:
            assert f"{one}, then the margin is" in text

    def test_each_mode_counts_in_its_own_uom(self) -> None:
        case = plant(
            modes=rows("unit mode", "u normal", "u other"),
            capacities=rows("unit mode min uom", "u normal 9 t/h", "u other 9 kt"),
        )
        said = phrases(build_plan(case))["capacity"]
        assert said(("u", "normal", "P1"), "lower", 9.0) == "the minimum run of u in P1 (9 t/h)"
        assert said(("u", "other", "P1"), "lower", 9.0) == "the minimum run of u in P1 (9 kt)"

    def test_tanks_and_limits_of_the_horizon(self) -> None:
        case = plant(
            periods=periods(P1=1, P2=1),
            inventories=rows("stream max uom", "a 3 kt"),
            limits=rows("limit scope max uom", "quota horizon 3 t", "count horizon 3 ."),
            limit_terms=rows("limit activity item", "quota purchase a", "count purchase a"),
        )
        said = phrases(build_plan(case))
        assert said["stock_limit"](("a", "P2"), "upper", 3.0) == "the maximum stock of a in P2 (3 kt)"
        told = said["limit_horizon"]
        assert told(("quota",), "upper", 3.0) == "the maximum of limit quota over the horizon (3 t)"
        assert told(("count",), "upper", 3.0) == "the maximum of limit count over the horizon (3)"
