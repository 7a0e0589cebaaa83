"""The waterfall of landed cost: drawn without warnings, the same bytes every time, beside what others say."""

from __future__ import annotations

import warnings
from typing import Any
from xml.etree import ElementTree

import pytest

from netback.io.folder import read_case
from netback.plots import landed
from netback.plots.landed import landed_waterfall
from netback.plots.style import Drawn
from netback.supply.comparison import claims_beside
from netback.supply.data import SupplyData
from netback.supply.landed_cost import LandedCost, landed_cost


@pytest.fixture(scope="module")
def costs() -> list[LandedCost]:
    data = SupplyData.of(read_case("urals_landed_2023"))
    return [landed_cost(data, name) for name in ("arab_light_june", "urals_june")]


def is_sound(figure: Drawn) -> None:
    assert figure.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert ElementTree.fromstring(figure.svg).tag.endswith("svg")
    assert len(figure.png) > 10_000
    assert figure.title
    assert figure.caption


def test_the_waterfall(costs: list[LandedCost]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = landed_waterfall(costs)
    is_sound(figure)
    assert figure.png == landed_waterfall(costs).png


def test_what_it_comes_to_stands_out_and_the_months_are_told(
    costs: list[LandedCost], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def keep(figure: Any, title: str, caption: str) -> Drawn:
        seen.append(figure.axes[0])
        return Drawn(title, caption, b"", b"")

    monkeypatch.setattr(landed, "drawn", keep)
    landed_waterfall(costs)
    (axes,) = seen
    assert axes.get_title(loc="left") == "From fob to the gate, June 2023"
    framed = [bar.get_height() for bar in axes.patches if bar.get_edgecolor() == (0.0, 0.0, 0.0, 1.0)]
    at_gate = [cost.price("delivered", "bbl") for cost in costs]
    assert framed == pytest.approx(at_gate)
    bold = [text for text in axes.texts if text.get_fontweight() == "bold"]
    assert [text.get_text() for text in bold] == [f"{price:.2f}" for price in at_gate]
    for text, cost in zip(bold, costs, strict=True):
        high = cost.high_delivered_usd / cost.landing.cargo_t / (cost.landing.bbl_per_t or 1.0)
        assert text.xy[1] == pytest.approx(high)


def test_what_others_say_stands_below_the_steps() -> None:
    data = SupplyData.of(read_case("urals_landed_2023"))
    costs = [landed_cost(data, name) for name in ("urals_june", "arab_light_june")]
    claims = claims_beside(data, costs)
    assert [claim.measure for claim in claims] == ["difference_before_lightering", "difference", "lightering"]
    alone, beside = landed_waterfall(costs), landed_waterfall(costs, claims)
    assert "what others say" in beside.caption
    assert "what others say" not in alone.caption
    assert height(beside) > height(alone) + 100


def height(figure: Drawn) -> int:
    """Height of a PNG in pixels, as its header tells."""
    return int.from_bytes(figure.png[20:24], "big")
