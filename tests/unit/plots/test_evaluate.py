"""Figures of an evaluation: drawn without warnings, the same bytes every time, with every step and every pair."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace

import pytest

from netback.plots import evaluate as plots
from netback.plots.style import SETTINGS, Drawn
from netback.studies.facts import Fact
from netback.studies.pairs import Pairs
from netback.studies.slate import Priced
from netback.studies.split import Bar, Split

GROUPS = ("yield_light", "yield_middle", "yield_gas_oil", "density", "sulphur", "viscosity", "handling")
AMOUNTS = (0.41, -2.30, -4.88, 4.38, 0.0, -3.88, -0.5)


def example() -> Split:
    bars = tuple(
        Bar(group, amount, 0.0, amount - 1.0, amount + 1.0, (amount, 0.0), Fact("x", "wt%", 1.0, 2.0))
        for group, amount in zip(GROUPS, AMOUNTS, strict=True)
    )
    crude = Priced("urals_primorsk", "fob", 80.01, (("freight", 10.96, 0.0), ("lightering", 2.5, 0.0)))
    reference = Priced("murban_spot", "fob", 94.87, (("freight", 1.0, 0.0),))
    worth = 97.0 + sum(AMOUNTS)
    return Split(
        "urals", "murban", "bbl", 3e5, worth, 97.0, 0.0, crude, reference, bars, ("hsd", "rest"), (), "exact", 128, None
    )  # fmt: skip


def table() -> Pairs:
    crudes = ("urals", "murban", "arab_light")
    cells = {(a, b): -0.1 * (i + j) + 0.1 for i, a in enumerate(crudes) for j, b in enumerate(crudes)}
    cells["murban", "murban"] = None  # type: ignore[assignment]
    return Pairs(crudes, "bbl", 2e5, dict.fromkeys(crudes, 90.0), cells, cells)


def all_figures() -> dict[str, Drawn]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return plots.figures(example(), table(), "USD", "plant, 2023-09")


@pytest.fixture(scope="module")
def made() -> dict[str, Drawn]:
    return all_figures()


def test_both_figures_with_words(made: dict[str, Drawn]) -> None:
    assert list(made) == ["ladder", "pairs"]
    for drawn in made.values():
        assert drawn.png.startswith(b"\x89PNG\r\n\x1a\n")
        assert b"<svg" in drawn.svg
        assert len(drawn.caption) > 80


def test_the_same_numbers_give_the_same_bytes(made: dict[str, Drawn]) -> None:
    again = all_figures()
    assert {name: (d.png, d.svg) for name, d in again.items()} == {
        name: (d.png, d.svg) for name, d in made.items()
    }


def texts(draw: str, argument: Split | Pairs) -> list[str]:
    """Words of a figure, which stay text where fonts are not drawn as outlines."""
    import matplotlib as mpl

    with mpl.rc_context({**SETTINGS, "svg.fonttype": "none"}):  # type: ignore[arg-type]
        svg = getattr(plots, draw)(argument, "USD", "plant, 2023-09").svg.decode()
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_every_step_is_there_and_what_is_nothing_is_not() -> None:
    told = texts("ladder", example())
    for amount in (-9.96, -2.5, 0.41, -2.3, -4.88, 4.38, -3.88, -0.5):
        assert f"{amount:+.2f}" in told
    assert {"freight", "lightering", "viscosity", "limits and costs of running it"} <= set(told)
    assert "sulphur" not in told
    split = example()
    assert f"{split.break_even:.2f}" in told
    assert f"{split.break_even_reference:.2f}" in told
    assert "price of urals, 80.01" in told


def test_a_crude_without_a_price_has_no_line() -> None:
    split = example()
    told = texts("ladder", replace(split, crude_offer=replace(split.crude_offer, price=None)))
    assert not any(text.startswith("price of") for text in told)


def test_every_pair_is_there() -> None:
    told = texts("heat_table", table())
    assert told.count("no plan") == 1
    assert {"0.10", "0.00", "-0.10", "-0.20", "-0.30", "arab light"} <= set(told)


def test_nothing_to_draw() -> None:
    assert plots.figures(None, None, "USD", "") == {}
