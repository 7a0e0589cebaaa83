"""What ``netback evaluate`` prints: fits the terminal, keeps blank what is not known, adds up in cents."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from netback.cli.evaluate_tables import show_on_top, show_pairs, show_split, show_swaps
from netback.studies.facts import Fact
from netback.studies.pairs import Pairs
from netback.studies.slate import Priced
from netback.studies.split import Bar, Split
from netback.studies.swap import OnTop, Swap

OFFER = Priced("b_spot", "fob", 80.0, (("freight", 10.0, 0.0), ("insurance", 0.0, 0.01)))
OTHER = Priced("a_spot", "fob", 95.0, (("freight", 1.0, 0.0),))


def bar(group: str, amount: float, least: float, greatest: float, error: float = 0.0) -> Bar:
    fact = Fact("sulfur_wt_pct", "wt%", 0.7326, 1.4118) if group == "sulphur" else None
    return Bar(group, amount, error, least, greatest, (amount + 1.0, -1.0) if amount else (0.0, 0.0), fact)


def a_split(*bars: Bar, **changes: object) -> Split:
    found = Split(
        "b", "a", "bbl", 1e5, 95.0 + sum(one.amount for one in bars), 95.0, 0.0, OFFER, OTHER, tuple(bars),
        ("diesel", "all else"), ("cold_flow", "yield_gas_oil"), "Shapley values, exact", 8,
        Fact("yield", "wt%", 30.75, 47.57),
    )  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 100
    return told


def test_the_ladder_adds_up_in_cents(capsys: pytest.CaptureFixture[str]) -> None:
    # Thirds of a cent: rounded one by one they would miss the end.
    bars = [bar(group, -0.0133, -0.0133, -0.0133) for group in ("density", "viscosity", "octane")]
    found = a_split(*bars)
    show_split(found, "USD")
    ladder = printed(capsys).split("Asked")[0]
    start, *steps, end = [line.split() for line in ladder.splitlines()[3:-1]]
    shown = [float(words[-2]) for words in steps]
    levels = [float(words[-1]) for words in steps]
    assert (start[-1], end[-1]) == (f"{found.break_even_reference:.2f}", f"{found.break_even:.2f}")
    assert levels == pytest.approx(
        [float(start[-1]) + sum(shown[: k + 1]) for k in range(len(shown))], abs=1e-9
    )
    assert levels[-1] == float(end[-1])


def test_what_differs_and_what_hangs_on_the_order(capsys: pytest.CaptureFixture[str]) -> None:
    show_split(a_split(bar("sulphur", -3.41, -5.02, -2.13), bar("density", 4.0, 4.0, 4.0)), "USD")
    told = printed(capsys)
    assert "-5.02 to -2.13" in told
    assert "0.7326 to 1.41 wt%" in told
    assert "4.00 to 4.00" not in told
    assert "What is not distilled is residue: 30.75 to 47.57 wt% of the crude." in told
    assert "No difference that this plant feels: cold flow; gas oil instead of residue." in told
    assert "Asked: 95.00 fob for a. Asked: 80.00 fob for b." in told


def test_nothing_in_any_order_is_said_and_a_cancelling_bar_is_not_called_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_split(a_split(bar("volatility", 0.0, 0.0, 0.0), bar("cetane", 0.0, -2.0, 2.0)), "USD")
    told = " ".join(printed(capsys).split())
    assert (
        "Worth nothing in any order, as no limit asks for it or all leave room: flash point and vapour pressure."
        in told
    )
    assert "-2.00 to 2.00" in told


def test_standard_errors_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    show_split(a_split(bar("sulphur", -3.0, -4.0, -2.0, error=0.21), bar("density", 1.0, 0.5, 1.5)), "USD")
    assert "Standard errors: sulphur 0.21." in printed(capsys)


def test_a_crude_without_price_residue_or_bars(capsys: pytest.CaptureFixture[str]) -> None:
    found = a_split(crude_offer=replace(OFFER, price=None), residue=None, same=())
    show_split(found, "USD")
    told = printed(capsys)
    assert "for b" not in told
    assert "residue" not in told
    assert "No difference" not in told


def test_accounts_that_are_nothing_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show_split(a_split(bar("sulphur", -3.0, -3.0, -3.0), bar("density", 0.0, 0.0, 0.0)), "USD")
    accounts = printed(capsys).split("What each step does")[1]
    assert "diesel" in accounts
    assert "density" not in accounts
    assert "-3.00" in accounts.split("sum")[1]


def test_many_products_are_told_in_parts(capsys: pytest.CaptureFixture[str]) -> None:
    names = tuple(f"product_of_number_{k}" for k in range(12))
    found = a_split(replace(bar("sulphur", 12.0, 12.0, 12.0), accounts=(1.0,) * 12), accounts=names)
    show_split(found, "USD")
    told = printed(capsys)
    assert all(name.replace("_", " ") in told for name in names)


def test_on_top_without_end_and_without_room(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        OnTop(True, 0.0, 0.0, None, None, 0.0),
        OnTop(False, math.inf, 50_000.0, 92.568, 91.107, 0.0),
    ]
    show_on_top(rows, OFFER, "bbl", "USD")
    told = printed(capsys)
    assert "no limit" in told
    assert "92.57" in told
    # Less freight of 10, and of the rest one part in 101.
    assert "80.30" in told
    held = next(line for line in told.splitlines() if line.startswith("held"))
    assert held.split() == ["held", "0", "0"]


def test_swaps_with_and_without_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        Swap(True, 0.0, None, -2.0, math.inf, {}),
        Swap(False, 9e4, -6.45, -2.09, 0.0, {"das": 0.25, "oman": -0.001}),
    ]
    show_swaps(rows, "a", "bbl", "USD")
    told = printed(capsys)
    assert "no plan" in told
    free = next(line for line in told.splitlines() if line.startswith("free"))
    assert free.split() == ["free", "90,000", "-6.45", "-2.09", "-4.36", "das", "+0.25"]
    show_swaps([replace(rows[1], costs=None)], "a", "bbl", "USD")
    assert next(line for line in printed(capsys).splitlines() if line.startswith("free")).split()[:3] == [
        "free", "90,000", "-6.45",
    ]  # fmt: skip


@pytest.mark.parametrize("count", [2, 5, 10])
def test_pairs_fit_the_terminal(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    names = tuple(f"a_crude_with_a_name_{k}" for k in range(count))
    cells = {(a, b): -0.1 if a == b else 0.25 for a in names for b in names}
    mixed = {key: value for key, value in cells.items() if key[0] != key[1]}
    show_pairs(Pairs(names, "bbl", 1e5, dict.fromkeys(names, 90.0), cells, mixed), "USD")
    told = printed(capsys)
    assert all(name in told for name in names)
    assert "Together less each alone, 100,000 bbl of each [USD/bbl of both]" in told
    assert "0.25" in told


def test_pairs_without_plans(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("one", "two")
    cells = dict.fromkeys([(a, b) for a in names for b in names])
    show_pairs(
        Pairs(
            names, "t", 1e5, {"one": None, "two": 3.0}, cells, {("one", "two"): None, ("two", "one"): None}
        ),
        "EUR",
    )
    told = printed(capsys)
    assert told.count("no plan") == 7
