"""The language of calculations: what it allows, what it refuses, and in what words."""

from __future__ import annotations

import ast
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netback.evidence.language import MAX_LENGTH, parse
from netback.evidence.values import ExpressionError

IDS = frozenset({"REF-003", "REF-021", "CAR-049", "my-fact"})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("REF-003 * 2", "fact('REF-003') * 2"),
        ("REF-021[3] / REF-003", "fact('REF-021')[3] / fact('REF-003')"),
        ("CAR-049-REF-003", "fact('CAR-049') - fact('REF-003')"),
        ("x-REF-003", "x - fact('REF-003')"),
        ("my-fact + 1", "fact('my-fact') + 1"),
        ("rate-share", "rate - share"),
        ("which('REF-003', a < b)", "which('REF-003', a < b)"),
        ("2 ** 3 if a else -b", "2 ** 3 if a else -b"),
    ],
)
def test_ids_become_facts_and_quoted_words_stay(text: str, meant: str) -> None:
    assert ast.unparse(parse(text, IDS)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__",
        "(lambda: 1)()",
        "[x for x in y]",
        "{'a': 1}",
        "x := 3",
        "f'{x}'",
        "a.b",
        "voyage('a').__class__",
        "x[0]",
        "REF-021[x]",
        "REF-021[0]",
        "print(*y)",
        "f(**y)",
        "1j",
        "True",
        "None",
        "b'x'",
        "a // b",
        "a % b",
        "a << 2",
        "a in b",
        "a @ b",
        "...",
        "x; y",
        "x = 1",
        "import os",
    ],
)
def test_nothing_else_is_allowed(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text, IDS)


def test_an_unknown_id_names_the_closest() -> None:
    with pytest.raises(ExpressionError, match=r'there is no claim "REF-004"\. Closest name: "REF-003"'):
        parse("REF-004 * 2", IDS)


def test_a_malformed_expression_is_quoted() -> None:
    with pytest.raises(ExpressionError, match=r'"REF-003 \*" is not a calculation: invalid syntax'):
        parse("REF-003 * ", IDS)


def test_too_long_and_too_deep() -> None:
    with pytest.raises(ExpressionError, match="more than 2,000 characters"):
        parse("1 + " * MAX_LENGTH + "1", IDS)
    with pytest.raises(ExpressionError):
        parse("(" * 300 + "1" + ")" * 300, IDS)
    with pytest.raises(ExpressionError, match="nested"):
        parse("-" * 60 + "1", IDS)


@given(st.text(max_size=80))
def test_any_text_is_a_tree_or_a_finding(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        assert isinstance(parse(text, IDS), ast.expr)
