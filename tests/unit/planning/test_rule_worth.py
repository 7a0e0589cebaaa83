"""What a rule is worth: measured by planning without it, alone and together with those beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from law_cases import EXPORT, SHADOW, WEST, export, two_ways

from netback.cli.main import run
from netback.io.folder_writer import write_case
from netback.planning.rule_worth import RuleWorth, rule_worths
from netback.planning.solve import plan
from netback.results.export import files
from netback.results.solution import solution_of


def worths(case: object, **limits: float) -> dict[str, RuleWorth]:
    return {" ".join(one.rules): one for one in rule_worths(plan(case), **limits)}  # type: ignore[arg-type]


def test_nothing_is_measured_where_nothing_is_cut() -> None:
    assert rule_worths(plan(two_ways())) == ()
    assert rule_worths(plan(two_ways(WEST, SHADOW, price=50.0))) == ()


def test_nothing_is_measured_after_a_search_that_was_stopped() -> None:
    made = plan(two_ways(WEST, SHADOW))
    stopped = replace(made, raw=replace(made.raw, status="interrupted"))
    found, usual = rule_worths(stopped), rule_worths(made)
    assert [one.rules for one in found] == [one.rules for one in usual]
    assert found
    assert all(one.worth is None and one.binds is None for one in found)
    assert all(one.worth is not None for one in usual)
    assert rule_worths(stopped, seconds=60.0) == usual


def test_one_rule_of_two_alone_is_worth_nothing_and_both_together_what_they_keep_off() -> None:
    case = two_ways(WEST, SHADOW, offer_costs=[{"offer": "urals_shadow", "item": "freight", "cost": 6}])
    found = worths(case)
    assert set(found) == {"eu_cap_crude_60", "uk_cap_crude_60", "eu_cap_crude_60 uk_cap_crude_60"}
    assert found["eu_cap_crude_60"].worth == 0.0
    assert found["eu_cap_crude_60"].binds is False
    both = found["eu_cap_crude_60 uk_cap_crude_60"]
    # Worked by hand, a month: with the rules 1,000 bbl x 14; without 1,000 x 20 + 500 x 14. Two months of 13,000.
    assert both.worth == pytest.approx(26_000)
    assert both.more_bbl == pytest.approx(2_000)
    assert both.worth_per_bbl == pytest.approx(13.0)
    assert both.binds is True


def test_a_rule_that_stands_alone() -> None:
    found = worths(two_ways({**WEST, "flag": "UK"}))
    assert list(found) == ["uk_cap_crude_60"]
    assert found["uk_cap_crude_60"].binds is True


def test_a_ban_of_exports() -> None:
    found = worths(export(EXPORT))
    (one,) = found.values()
    # Two months of 900 t that earn 200 USD/t more abroad, at 0.75 t/m3.
    assert one.worth == pytest.approx(2 * 900 * 200)
    assert one.more_bbl == pytest.approx(2 * 900 / 0.75 / 0.158987294928)
    assert one.worth_per_bbl == pytest.approx(200 * 0.75 * 0.158987294928)


def test_a_cap_that_lowers_the_price_is_of_use_to_the_buyer() -> None:
    case = two_ways({**WEST, "flag": "UK", "above_cap": "at_cap"}, offer_costs=[])
    found = worths(case)["uk_cap_crude_60"]
    # 1,000 bbl a month at 60 in place of 80; the shadow fills the rest at the same price as before.
    assert found.worth == pytest.approx(-2 * 1000 * 20)
    assert found.worth_per_bbl is not None
    assert found.worth_per_bbl < 0.0


def test_what_is_not_measured_says_so() -> None:
    for limits in ({"most": 0}, {"seconds": 0.0}):
        (one,) = worths(export(EXPORT), **limits).values()
        assert one.worth is None
        assert one.binds is None
        assert one.worth_per_bbl is None


def test_the_result_table() -> None:
    solution = solution_of(plan(two_ways(WEST, SHADOW)))
    table = solution["rules"]
    assert len(table) == 3
    row = table.records()[-1]
    assert row["rules"] == "eu_cap_crude_60; uk_cap_crude_60"
    assert row["authority"] == "EU; UK"
    assert row["effect"] == "caps"
    assert row["trades"] == "urals_west"
    assert row["periods"] == "2023-08; 2023-09"
    assert row["done"] == "off"
    assert row["until"] == "2025-09-02"
    assert row["url"].startswith("https://www.thompsonhine")
    assert row["worth_per_bbl"] == pytest.approx(row["worth"] / row["more"])
    assert [column.uom for column in table.columns if column.name in ("worth", "more", "worth_per_bbl")] == [
        "USD", "bbl", "USD/bbl",
    ]  # fmt: skip
    assert "rules.csv" in files(solution)


def test_an_unverified_rule_is_told_as_unknown() -> None:
    month = [{"period": "2025-02", "start": "2025-02-01", "days": 28}]
    solution = solution_of(plan(export(EXPORT, periods=month)))
    (row,) = solution["rules"].records()
    assert (row["effect"], row["done"], row["binds"]) == ("unknown", "off", True)
    assert any("as when_unknown says" in remark for remark in solution.facts["remarks"])


def test_a_case_without_terms_has_no_such_table() -> None:
    assert "rules" not in solution_of(plan(two_ways())).tables


def test_the_margin_of_a_plan_with_rules_adds_up() -> None:
    """Price caps, levies and cuts all appear in the economics: their sum is the objective."""
    for case in (two_ways({**WEST, "above_cap": "at_cap"}, SHADOW), export(EXPORT)):
        solved = plan(case)
        assert solution_of(solved).economics.margin == pytest.approx(solved.certificate.value)


def test_netback_plan_shows_the_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_case(two_ways(WEST, SHADOW).with_(source=None), tmp_path / "law")
    assert run(["plan", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "Rules of law that stand in the way: worth is the margin without the rule less this margin" in out
    line = next(line for line in out.splitlines() if line.startswith("uk_cap_crude_60   2023-08 to 2023-09"))
    assert line
    assert max(map(len, out.splitlines())) <= 100


def test_netback_plan_says_where_every_trade_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_case(two_ways(WEST, price=50.0), tmp_path / "law")
    assert run(["plan", str(folder)]) == 0
    assert "Rules of law: every trade with terms is allowed." in capsys.readouterr().out


def test_netback_check_finds_faults_of_terms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_case(two_ways({**WEST, "origin": "Rusia"}), tmp_path / "law")
    assert run(["check", "--quick", str(folder)]) == 2
    out = capsys.readouterr().out
    assert (
        'trade_terms.csv, row 2, column origin: "Rusia" is not in places.csv. Closest name: "Russia".' in out
    )
