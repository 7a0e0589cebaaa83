"""Properties of verdicts: on random rules, days, sellers and prices."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netback.case.table import Table
from netback.planning.solve import plan
from netback.regimes.names import covers
from netback.regimes.question import Price, Question
from netback.regimes.register import Register
from netback.regimes.verdict import judge
from tiny import tiny

ORDER = {"forbidden": 0, "unknown": 1, "conditional": 2, "allowed": 3}
FIRST = date(2024, 1, 1)
SHIPPED = Register.of()

days = st.integers(0, 40).map(lambda number: FIRST + timedelta(days=number))
windows = st.just((None, None)) | st.tuples(st.none() | days, st.none() | days)
some_goods = st.sampled_from(
    [None, None, None, "crude oil", "Urals", "diesel", "petroleum products", "petroleum"]
)
some_places = st.sampled_from([None, None, None, "Russia", "EAEU", "Iran", "EU"])


@st.composite
def rules(
    draw: st.DrawFn, effects: tuple[str, ...] = ("forbids", "caps", "permits"), name: str = "r"
) -> dict[str, Any]:
    start, end = draw(windows)
    effect = draw(st.sampled_from(effects))
    made: dict[str, Any] = {
        "rule": f"{name}{draw(st.integers(0, 9999))}",
        "title": "made",
        "authority": "Pakistan",
        "effect": effect,
        "standing": draw(st.sampled_from(["in_force", "in_force", "unverified"])),
        "goods": draw(some_goods),
        "origin": draw(some_places),
        "seller_kind": draw(st.sampled_from([None, None, "producer", "reseller"])),
        "loaded_by": draw(st.sampled_from([None, None, FIRST + timedelta(days=20)])),
        "unstated": draw(st.sampled_from(["excluded", "open"])),
        "start": start,
        "end": end,
        "binds": "all",
        "citation": "made",
    }
    if effect == "caps":
        made |= {"value": draw(st.sampled_from([45, 60, 100])), "price_uom": "USD/bbl", "price_basis": "fob"}
    return made


questions = st.builds(
    Question,
    goods=st.sampled_from(["crude oil", "Urals", "diesel", "fuel oil"]),
    origin=st.sampled_from(["Russia", "Iran", "India"]),
    destination=st.just("Pakistan"),
    on=days,
    seller_kind=st.sampled_from([None, "producer", "reseller"]),
    price=st.none() | st.sampled_from([44.0, 45.0, 45.01, 60.0, 80.0]).map(Price),
    loaded_on=st.none() | days,
)
some_rules = st.lists(rules(), min_size=1, max_size=6, unique_by=lambda row: row["rule"])


def made_of(rows: list[dict[str, Any]]) -> Register:
    table = Table.of("rules", rows)
    empty = {
        name: Table(t.schema)
        for name, t in SHIPPED.tables.items()
        if name in ("rule_exceptions", "party_listings")
    }
    return Register({**SHIPPED.tables, **empty, "rules": table})


def word(rows: list[dict[str, Any]], question: Question) -> str:
    found = judge(made_of(rows), question, "Pakistan")
    return "allowed" if found is None else found.word


@given(some_rules, rules(("permits",), "permit"), questions)
def test_one_more_permit_never_makes_it_worse(
    rows: list[Any], permit: dict[str, Any], question: Question
) -> None:
    assert ORDER[word([*rows, permit], question)] >= ORDER[word(rows, question)]


@given(some_rules, rules(("forbids",), "ban"), questions)
def test_one_more_ban_never_makes_it_better(rows: list[Any], ban: dict[str, Any], question: Question) -> None:
    assert ORDER[word([*rows, ban], question)] <= ORDER[word(rows, question)]


@given(some_rules, questions)
def test_a_verdict_rests_on_rules_of_the_day_alone(rows: list[Any], question: Question) -> None:
    kept = [row for row in rows if covers(Table.of("rules", [row]).records[0], question.on)]
    assert word(rows, question) == word(kept, question)


@given(some_rules, questions)
def test_the_order_of_the_rows_does_not_matter(rows: list[Any], question: Question) -> None:
    assert word(rows, question) == word(rows[::-1], question)


@given(some_rules, questions)
def test_telling_more_never_contradicts_an_answer_that_was_sure(rows: list[Any], question: Question) -> None:
    """Whatever the seller turns out to be, a sure answer without it stays; an open one may go either way."""
    from dataclasses import replace

    asked = replace(question, seller_kind=None)
    before = word(rows, asked)
    after = {word(rows, replace(question, seller_kind=kind)) for kind in ("producer", "reseller")}
    if before == "allowed":
        assert after == {"allowed"}
    if before == "forbidden":
        assert after == {"forbidden"}


@given(some_rules, questions, st.sampled_from([10.0, 44.0, 45.0, 59.99]))
def test_a_lower_price_is_never_worse(rows: list[Any], question: Question, price: float) -> None:
    from dataclasses import replace

    dear = replace(question, price=Price(price + 10.0))
    assert ORDER[word(rows, replace(question, price=Price(price)))] >= ORDER[word(rows, dear)]


@given(some_rules, questions)
def test_every_verdict_says_why_and_whom_it_binds(rows: list[Any], question: Question) -> None:
    found = judge(made_of(rows), question, "Pakistan")
    if found is not None:
        assert found.because
        assert found.binds == ("all",)
        assert (found.word == "conditional") == bool(found.conditions)


@given(
    st.dates(date(2022, 1, 1), date(2027, 1, 1)), st.sampled_from(["gasoline", "diesel", "Urals", "fuel oil"])
)
def test_shipped_rules_answer_on_every_day(on: date, goods: str) -> None:
    """No day on which the register stops or contradicts itself, and a reseller is never better off than a producer."""
    for authority in ("Russia", "EU", "US"):
        ranks = []
        for kind in ("producer", "reseller"):
            asked = Question(goods, "Russia", "Turkey", on, seller_kind=kind, seller="x", price=Price(40.0))
            found = judge(SHIPPED, asked, authority)
            ranks.append(3 if found is None else ORDER[found.word])
        assert ranks[0] >= ranks[1]


@given(
    st.sampled_from(["2022-11-01", "2023-09-01", "2024-12-01", "2025-10-01", "2026-03-01"]),
    st.floats(30.0, 110.0),
    st.sampled_from(["Greece", "Gabon"]),
    st.sampled_from(["Rosneft", "producer", None]),
    st.sampled_from(["every_day", "any_day", "share_of_days"]),
)
@settings(max_examples=12)
def test_law_never_makes_a_plan_better_unless_it_lowers_a_price(
    start: str, price: float, flag: str, seller: str | None, within: str
) -> None:
    offer = {
        "offer": "o",
        "stream": "X",
        "max": 100,
        "price": price,
        "price_uom": "USD/bbl",
        "price_basis": "fob",
    }
    tables: dict[str, Any] = {
        "periods": [{"period": "P1", "start": start, "days": 31}],
        "streams": [{"stream": "X", "kind": "crude", "uom": "bbl"}],
        "offers": [offer],
        "sales": [{"sale": "s", "stream": "X", "price": 100, "max": 80}],
    }
    terms = {
        "terms": "t", "offer": "o", "goods": "Urals", "origin": "Russia", "destination": "Pakistan", "flag": flag,
        "insurer": "Russia", "seller": seller, "within_period": within,
    }  # fmt: skip
    free, bound = plan(tiny(**tables)), plan(tiny(**tables, trade_terms=[terms]))
    assert bound.certificate.value is not None
    assert free.certificate.value is not None
    assert bound.certificate.value <= free.certificate.value + 1e-6
    (effect,) = bound.model.rule_effects
    assert effect.is_cut or bound.certificate.value == free.certificate.value


def test_a_narrower_cap_that_may_hold_leaves_a_broken_wider_one_open() -> None:
    """Found by a property above: a producer has a cap of its own at 60, anybody else one at 45; the price is 45.01."""
    made: dict[str, Any] = {
        **dict.fromkeys(("title", "citation"), "made"),
        "authority": "Pakistan",
        "standing": "in_force",
        "unstated": "excluded",
        "binds": "all",
        "effect": "caps",
        "price_uom": "USD/bbl",
        "price_basis": "fob",
    }
    caps = [
        {**made, "rule": "own", "seller_kind": "producer", "value": 60},
        {**made, "rule": "all", "value": 45},
    ]
    asked = {
        kind: Question(
            goods="crude oil",
            origin="Russia",
            destination="Pakistan",
            on=FIRST,
            seller_kind=kind,
            price=Price(45.01),
        )
        for kind in (None, "producer", "reseller")
    }
    assert {kind: word(caps, question) for kind, question in asked.items()} == {
        None: "conditional",
        "producer": "allowed",
        "reseller": "forbidden",
    }
