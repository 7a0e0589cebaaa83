"""Rules that find claims at odds: each finds its kind, and leaves alone what can both hold."""

from __future__ import annotations

from typing import Any

import pytest

from netback.evidence.contradictions import Hit, find
from small_register import claim, register

JUNE = {"period_from": "2023-06-01", "period_to": "2023-06-30"}
JULY = {"period_from": "2023-07-01", "period_to": "2023-07-31"}
YEAR = {"period_from": "2023-01-01", "period_to": "2023-12-31"}
BEFORE = {"period_from": "2022-06-01", "period_to": "2022-06-30"}


def hits(*claims: dict[str, Any], **more: Any) -> list[Hit]:
    return list(find(register(claims, **more)))


def told(*claims: dict[str, Any]) -> list[tuple[str, ...]]:
    return [(hit.rule, *(one.name for one in hit.claims)) for hit in hits(*claims)]


def weight(name: str, value: float | None, **more: Any) -> dict[str, Any]:
    return claim(
        name, value, more.pop("uom", "t"), **{"quantity": "weight", "subject": "parcel", **JUNE, **more}
    )


def test_numbers_apart() -> None:
    assert told(weight("A", 45142), weight("B", 45122)) == [("numbers apart", "A", "B")]
    assert told(weight("A", 56000), weight("B", 55000)) == [("numbers apart", "A", "B")]


@pytest.mark.parametrize(
    "other",
    [
        {"value": 45000},  # rounded
        {"value": 45.1, "uom": "kt"},
        {"value": 45122, "subject": "another"},
        {"value": 45122, "quantity": "volume", "uom": "bbl"},
        {"value": 45122, **JULY},
        {"value": 45122, "basis": "delivered"},
        {"value": 45122, "status": "proposed"},
        {"value": None},
        {"value": None, "low": 40000, "high": 50000},
        {"value": 45122, "quantity": None},
    ],
)
def test_what_can_both_hold_is_left_alone(other: dict[str, Any]) -> None:
    assert told(weight("A", 45142, basis="fob", status="delivered"), weight("B", **other)) == []


def test_a_basis_that_one_does_not_state_is_no_excuse() -> None:
    assert len(told(weight("A", 45142, basis="fob"), weight("B", 45122))) == 1


def test_uom_are_made_equal() -> None:
    assert told(weight("A", 45142), weight("B", 90, uom="kt")) == [("numbers apart", "A", "B")]


def test_mass_and_volume_by_the_barrels_per_tonne_of_the_register() -> None:
    tonnes, barrels = weight("A", 100000), weight("B", 900000, uom="bbl")
    per = claim("C", 7.3, "bbl/t", quantity="barrels_per_tonne")
    assert told(tonnes, barrels) == [], "without a number that converts, nothing can be said"
    assert told(tonnes, barrels, per) == [("numbers apart", "A", "B")]
    assert told(tonnes, weight("B", 730000, uom="bbl"), per) == []
    assert told(weight("B", 900000, uom="bbl"), tonnes, per) == [("numbers apart", "B", "A")]


def sold(name: str, value: float, period: dict[str, str], **more: Any) -> dict[str, Any]:
    return claim(name, value, "t", quantity="sold", subject="plant", **period, **more)


def test_flows_add_up_over_time() -> None:
    assert told(sold("A", 100, JUNE), sold("B", 900, YEAR)) == []
    assert told(sold("A", 900, JUNE), sold("B", 100, YEAR)) == [("part above whole", "A", "B")]
    assert told(sold("B", 100, YEAR), sold("A", 900, JUNE)) == [("part above whole", "A", "B")]
    assert told(sold("A", 900, JUNE), sold("B", 100, JUNE)) == [("numbers apart", "A", "B")]
    assert told(sold("A", 900, JUNE), sold("B", 100, JULY)) == []


def test_a_change_is_held_against_before_and_after() -> None:
    levels = [sold("A", 0.27, BEFORE), sold("B", 0.07, JUNE)]
    wrong = claim("C", -27, "%", quantity="change", subject="plant", **JUNE)
    right = claim("C", -74, "%", quantity="change", subject="plant", **JUNE)
    assert told(*levels, wrong) == [("change not borne out", "C", "A", "B")]
    assert told(*levels, right) == []
    fourfold = claim("D", 4, quantity="multiple", subject="plant", **JUNE)
    assert told(sold("A", 48985, BEFORE), sold("B", 278000, JUNE), fourfold) == [
        ("change not borne out", "D", "A", "B")
    ]


def test_parts_must_add_up() -> None:
    total = weight("T", 417400, subject="all")
    parts = [
        weight("T", value, part=n, part_of="T", subject=f"p{n}")
        for n, value in ((2, 100000), (3, 53400), (4, 264000))
    ]
    assert told(total, *parts) == []
    assert told(weight("T", 500000, subject="all"), *parts) == [
        ("parts and total", "T", "T[2]", "T[3]", "T[4]")
    ]
    assert told(total, weight("T", None, part=2, part_of="T", subject="p2")) == [], (
        "a part not known says nothing"
    )


def test_words_differ() -> None:
    states = [
        claim(n, quantity="state", subject="strait", word=w, period_from="2026-01-01")
        for n, w in (("A", "open"), ("B", "closed"))
    ]
    assert told(*states) == [("words differ", "A", "B")]
    assert told(states[0], {**states[1], "word": "open"}) == []
    assert told({**states[0], "period_to": "2026-02-27"}, {**states[1], "period_from": "2026-02-28"}) == []


def test_what_happens_once_has_one_date() -> None:
    events = [claim(n, quantity="first_call", subject="cargo", **p) for n, p in (("A", JUNE), ("B", JULY))]
    assert told(*events) == [("dates apart", "A", "B")]
    assert told(events[0], {**events[1], **YEAR}) == []
    assert told(events[0], claim("B", quantity="first_call", subject="cargo")) == []
    assert told(events[0], {**events[0], "claim": "B", "period_from": "2023-07-04", "period_to": None}) == [
        ("dates apart", "A", "B")
    ]


def test_a_limit_is_exceeded_by_what_was_recorded_anywhere_under_it() -> None:
    limit = claim("L", 50000, "t", quantity="limit", subject="land", period_from="2023-06-01")
    seen = claim("S", 56000, "t", quantity="berthed", subject="land/port/pier", status="delivered", **JUNE)
    assert told(limit, seen) == [("limit exceeded", "L", "S")]
    assert told(limit, {**seen, "value": 45142}) == []
    assert told(limit, {**seen, "subject": "landing"}) == []
    assert told(limit, {**seen, "status": "proposed"}) == []
    assert told(limit, {**seen, **BEFORE}) == []


def test_a_limit_of_a_part_above_that_of_the_whole() -> None:
    whole = claim("W", 50000, "t", quantity="limit", subject="land")
    part = claim("P", 75000, "t", quantity="limit", subject="land/port")
    assert told(whole, part) == [("limit exceeded", "W", "P")]
    assert told(whole, {**part, "value": 40000}) == []


def test_a_saving_above_the_worth_of_the_cargo() -> None:
    price = claim("P", 50, "USD/bbl", quantity="price", subject="cargo")
    volume = claim("V", 730000, "bbl", quantity="volume", subject="cargo")
    saving = claim("S", 4e9, "USD", quantity="saving", subject="cargo")
    assert told(price, volume, saving) == [("above its bound", "S", "P", "V")]
    assert told(price, volume, {**saving, "value": 4e6}) == []
    assert told(price, saving) == [], "a bound that cannot be reckoned says nothing"


def deal(name: str, status: str, day: str, subject: str = "mill") -> dict[str, Any]:
    return claim(name, quantity="deal", subject=subject, status=status, period_from=day)


@pytest.mark.parametrize("later", ["under study", "proposed", "denied"])
def test_status_runs_backwards(later: str) -> None:
    first, second = deal("A", "agreed", "2025-07-11"), deal("B", later, "2025-12-16")
    assert told(first, second) == [("status runs backwards", "A", "B")]
    assert told(first, {**second, "subject": "pipeline"}) == []


def test_status_that_runs_forwards() -> None:
    assert (
        told(
            deal("A", "proposed", "2025-01-01"),
            deal("B", "agreed", "2025-02-01"),
            deal("C", "delivered", "2025-03-01"),
        )
        == []
    )
    assert told(deal("A", "MoU", "2025-01-01"), deal("B", "under study", "2025-02-01")) == []


def test_a_deal_without_period_is_dated_by_its_publication() -> None:
    first, second = (
        deal("A", "agreed", "2025-07-11"),
        {**deal("B", "denied", "2025-12-16"), "period_from": None},
    )
    assert told(first, second) == [], "no day, no order"
    assert told(first, {**second, "published": "2025-12"}) == [("status runs backwards", "A", "B")]
    assert told(first, {**second, "published": "2025-03"}) == []


def test_a_denial_of_what_came() -> None:
    came = claim("A", 3, quantity="sold", subject="plant", uom="t", status="delivered", **JUNE)
    denial = claim("B", quantity="sold", subject="plant", uom="t", status="denied", **YEAR)
    assert told(came, denial) == [("denied", "A", "B")]
    assert told({**came, "status": "reported"}, denial) == []
    assert told(came, {**denial, **BEFORE}) == []


def test_a_claim_that_restates_another_is_not_found_twice() -> None:
    again = weight("C", 45142, status="claimed", period_from=None, period_to=None)
    assert told(weight("A", 45142), weight("B", 45122), again) == [("numbers apart", "A", "B")]


def test_a_hit_is_matched_with_what_was_judged_by_its_claims_and_quantity() -> None:
    rows = [
        {"contradiction": "K-1", "claims": "A;B", "quantity": "volume", "listed": "yes"},
        {"contradiction": "K-2", "claims": "A;B;C", "judgement": "both can hold", "listed": "yes"},
    ]
    (hit,) = hits(weight("A", 45142), weight("B", 45122), contradictions=rows)
    assert hit.judged is not None
    assert hit.judged["contradiction"] == "K-2"
    (hit,) = hits(weight("A", 45142), weight("D", 45122), contradictions=rows)
    assert hit.judged is None


def test_a_quantity_that_does_not_say_of_what_finds_nothing() -> None:
    kinds = [
        {"quantity": "limit", "kind": "maximum", "uom": "t"},
        {"quantity": "change", "kind": "change", "uom": "%"},
    ]
    rows = [
        claim("L", 5, "t", quantity="limit", subject="s"),
        claim("C", -27, "%", quantity="change", subject="s", **JUNE),
        claim("X", 50, "t", subject="s", **JUNE),
        claim("Y", 70, "t", subject="s", **BEFORE),
    ]
    assert hits(*rows, quantities=kinds) == []


def test_a_bound_takes_whole_names() -> None:
    """``price`` is not ``cargo_price``: only what the bound names is used and told."""
    kinds = [
        {"quantity": "price", "uom": "USD/t"},
        {"quantity": "cargo_price", "uom": "USD/t"},
        {"quantity": "mass", "uom": "t"},
        {"quantity": "worth", "uom": "USD", "at_most": "cargo_price * mass"},
    ]
    rows = [
        claim(n.upper(), v, u, quantity=n, subject="s")
        for n, v, u in (
            ("price", 9, "USD/t"),
            ("cargo_price", 2, "USD/t"),
            ("mass", 3, "t"),
            ("worth", 99, "USD"),
        )
    ]
    (hit,) = hits(*rows, quantities=kinds)
    assert [one.id for one in hit.claims] == ["WORTH", "CARGO_PRICE", "MASS"]


def test_claims_without_quantity_are_held_together_only_on_request() -> None:
    rows = [claim(n, v, "t", topic="parcel 1", **JUNE) for n, v in (("A", 45142), ("B", 45122))]
    assert hits(*rows) == []
    (hit,) = find(register(rows), loose=True)
    assert (hit.rule, [one.id for one in hit.claims]) == ("same topic, loosely", ["A", "B"])
    for change in ({"topic": "parcel 2"}, {"uom": "d"}, {"status": "proposed"}, JULY, {"quantity": "weight"}):
        assert not find(register([rows[0], {**rows[1], **change}]), loose=True)


def price(name: str, value: float, basis: str | None, **more: Any) -> dict[str, Any]:
    return claim(
        name,
        value,
        "USD/bbl",
        **{"quantity": "price", "subject": "cargo", "basis": basis, **JUNE, **more},
    )


def way(low: float, high: float, **more: Any) -> dict[str, Any]:
    stated = {
        "quantity": "freight_per_bbl",
        "subject": "Baltic to Karachi",
        "low": low,
        "high": high,
        **JUNE,
        **more,
    }
    return claim("F", None, "USD/bbl", **stated)


def test_fob_and_delivered_are_made_equal_by_the_freight_of_the_register() -> None:
    fob, delivered = price("A", 52.0, "fob"), price("B", 60.0, "delivered")
    assert told(fob, delivered) == []  # nobody says what lies between
    assert told(fob, delivered, way(7.0, 9.0)) == []  # 59 to 61
    assert told(fob, delivered, way(12.0, 14.0)) == [("numbers apart", "A", "B")]
    assert told(delivered, fob, way(12.0, 14.0)) == [("numbers apart", "B", "A")]
    assert told(fob, delivered, way(12.0, 14.0, **BEFORE)) == []  # the freight of another year says nothing
    assert (
        told(fob, delivered, claim("F", 11.0, "USD/t", quantity="freight_per_bbl", subject="x", **JUNE)) == []
    )


def test_equal_bases_need_no_freight() -> None:
    assert len(told(price("A", 52.0, "fob"), price("B", 60.0, "fob"), way(7.0, 9.0))) == 1
    assert told(price("A", 52.0, "fob"), price("B", 60.0, "of crude"), way(7.0, 9.0)) == []
