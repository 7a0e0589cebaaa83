"""Prices meet only on the same basis; conversions name their items."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.errors import DataError
from netback.supply.basis import Price, against


def test_to_the_gate_and_back() -> None:
    fob = Price(52.0, "bbl", "fob")
    delivered = fob.to("delivered", {"freight": 9.5, "insurance": 0.5})
    assert (delivered.value, delivered.basis) == (62.0, "delivered")
    assert delivered.items == (("freight", 9.5), ("insurance", 0.5))
    back = delivered.to("fob", {"freight": 9.5, "insurance": 0.5})
    assert back.value == 52.0
    assert back.items[-1] == ("insurance", -0.5)


@given(st.floats(1.0, 500.0), st.floats(5.0, 9.0))
def test_per_tonne_and_per_barrel_are_inverse(value: float, bbl_per_t: float) -> None:
    price = Price(value, "bbl", "cif")
    assert price.per_t(bbl_per_t).per_bbl(bbl_per_t).value == pytest.approx(value)
    assert price.per_t(bbl_per_t).basis == "cif"
    assert price.per_bbl(bbl_per_t) is price


def test_items_are_scaled_with_the_price() -> None:
    assert Price(50.0, "bbl", "fob").to("cfr", {"freight": 10.0}).per_t(7.3).items == (("freight", 73.0),)


def test_what_does_not_fit_is_a_finding() -> None:
    fob = Price(52.0, "bbl", "fob")
    with pytest.raises(DataError, match=r"one price is fob, the other delivered. Convert one of them first"):
        fob.less(Price(60.0, "bbl", "delivered"))
    with pytest.raises(DataError, match="one price is bbl, the other t"):
        fob.less(Price(380.0, "t", "fob"))
    with pytest.raises(DataError, match="one price is USD, the other PKR"):
        fob.less(Price(1.0, "bbl", "fob", "PKR"))
    with pytest.raises(DataError, match="at least one item stands"):
        fob.to("cif", {})
    with pytest.raises(DataError, match="no item stands"):
        fob.to("fob", {"freight": 1.0})
    with pytest.raises(DataError, match="0 is not above zero"):
        fob.per_t(0.0)


# BT-27: fob Primorsk is Brent less the discount that Argus prints; December 2023 and January 2024.
@pytest.mark.parametrize(("brent", "discount", "printed"), [(77.63, -18.22, 59.60), (80.12, -18.38, 61.77)])
def test_fob_primorsk_is_brent_less_the_discount(brent: float, discount: float, printed: float) -> None:
    fob = against(Price(brent, "bbl", "fob"), discount, "fob")
    assert fob.less(Price(printed, "bbl", "fob")) == pytest.approx(0.0, abs=0.2)


# BT-18: a discount of 16 to 18 and a price of 50 to 52 hold together only if one is delivered and the other fob.
def test_two_statements_of_one_cargo_need_two_bases() -> None:
    dated = Price(79.87, "bbl", "fob")
    same_basis = [against(dated, -discount, "fob").value for discount in (16.0, 18.0)]
    assert min(same_basis) > 52.0
    delivered = [against(dated, -discount, "delivered") for discount in (16.0, 18.0)]
    fob = [price.to("fob", {"freight": freight}).value for price in delivered for freight in (10.0, 12.0)]
    assert min(fob) <= 50.0
    assert max(fob) >= 52.0
