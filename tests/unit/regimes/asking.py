"""Short questions to the shipped register, and registers of a few rules of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from netback.case.table import Table
from netback.regimes.question import Question, ask
from netback.regimes.register import Register
from netback.regimes.verdict import Answer, Verdict, may

Row = Mapping[str, Any]


@lru_cache(maxsize=1)
def shipped() -> Register:
    return Register.of()


def question(register: Register, on: str | date, **told: Any) -> Question:
    """Crude from Russia to Pakistan, unless told."""
    whole: dict[str, Any] = {"cargo": "crude", "origin": "Russia", "destination": "Pakistan", **told}
    return ask(register, on=on, **whole)


def answer(on: str | date, register: Register | None = None, **told: Any) -> Answer:
    used = register or shipped()
    return may(used, question(used, on, **told))


def verdict(authority: str, on: str | date, register: Register | None = None, **told: Any) -> Verdict:
    return answer(on, register, **told).verdict(authority)


def word(authority: str, on: str | date, register: Register | None = None, **told: Any) -> str:
    return verdict(authority, on, register, **told).word


def rule(rule: str, **cells: Any) -> Row:
    """A rule of Pakistan on all goods, with a citation."""
    usual = {
        "title": f"rule {rule}",
        "authority": "Pakistan",
        "effect": "forbids",
        "binds": "refiners in Pakistan",
    }
    return {"rule": rule, **usual, "citation": "made up for tests", **cells}


def exception(exception: str, of: str, **cells: Any) -> Row:
    usual = {"title": f"exception {exception}", "kind": "purpose", "citation": "made up for tests"}
    return {"exception": exception, "of": of, **usual, **cells}


def register(rules: Iterable[Row] = (), exceptions: Iterable[Row] = (), **tables: Iterable[Row]) -> Register:
    """The shipped register without the shipped rules, and with these."""
    layer = {name: Table.of(name, list(rows)) for name, rows in tables.items()}
    layer |= {
        "rules": Table.of("rules", list(rules)),
        "rule_exceptions": Table.of("rule_exceptions", list(exceptions)),
    }
    bare = Register.of().without(*Register.of().rules)
    own = Register.of(layer)
    kept = tuple(r for r in own.records("rules") if any(r is row for row in layer["rules"].records))
    rules_table = Table(own.tables["rules"].schema, kept)
    assert not bare.rules
    return Register({**own.tables, "rules": rules_table}, own.own)


def day_before(text: str) -> str:
    return str(date.fromisoformat(text) - timedelta(days=1))


def day_after(text: str) -> str:
    return str(date.fromisoformat(text) + timedelta(days=1))
