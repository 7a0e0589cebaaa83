"""The language of calculations: a small, safe part of Python's expressions, parsed by ``ast`` and never run.

Allowed are numbers, words in quotes, names of inputs and of uom, facts by their id (``REF-003``, ``REF-021[3]``),
``+ - * / **``, comparisons, ``and or not``, ``a if condition else b``, calls of the functions below and of
providers, and a field of a provider's answer (``voyage(...).days``).

==========================  ========================================================================
function                    gives
==========================  ========================================================================
min, max, mean, sum         of their arguments
span                        the range from the least to the greatest of its arguments
low, high                   the low or the high end of a range
range                       ``range(2, 3, "USD/bbl")``: a range written out
quantity                    ``quantity(30, "d")``: a number with its uom, as ``30 * d``
abs, round                  magnitude; nearest whole number
series                      ``series("dubai", "2023-06", "2023-08")``: mean of the months or days
day, date                   the day that a fact speaks of; a day written out
days                        ``days(first, last)``: time between two days
which                       ``which("Baltic", condition, "Black Sea", condition)``: names that can hold
at                          ``at("gasoline_export", "producers", date)``: what the claims of a quantity
                            and a subject say of that day, those of status ``claimed`` left out
==========================  ========================================================================
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from functools import lru_cache

from netback.errors import closest
from netback.evidence.values import ExpressionError

MAX_LENGTH = 2000
MAX_DEPTH = 40

FUNCTIONS: dict[str, tuple[int, int]] = {
    "min": (1, 64),
    "max": (1, 64),
    "mean": (1, 64),
    "sum": (1, 64),
    "span": (1, 64),
    "low": (1, 1),
    "high": (1, 1),
    "range": (2, 3),
    "quantity": (2, 2),
    "abs": (1, 1),
    "round": (1, 1),
    "series": (2, 3),
    "day": (1, 1),
    "date": (1, 1),
    "days": (2, 2),
    "which": (2, 64),
    "at": (3, 3),
}

_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Call, ast.Name, ast.Constant,
    ast.Attribute, ast.Subscript, ast.keyword, ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub,
    ast.UAdd, ast.Not, ast.And, ast.Or, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ID = re.compile(r"(?<![\w.])[A-Za-z][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.]+)+(?![\w(])")
_LIKE_AN_ID = re.compile(r"[A-Z]{2,}[A-Z0-9]*(?:-[A-Z0-9]+)*-\d{2,}[a-z]?")
FACT = "fact"


def parse(text: str, ids: Collection[str]) -> ast.expr:
    """Read an expression into a checked tree; ids of facts become calls ``fact("REF-003")``.

    Raises
    ------
    ExpressionError
        If it is not an expression, holds what is not allowed, or names an id that looks like a fact and is none.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has more than {MAX_LENGTH:,} characters.", "Split the claim.")
    known = ids if isinstance(ids, frozenset | set | dict) else frozenset(ids)
    return _parse(" ".join(text.split()), frozenset(known))


@lru_cache(maxsize=1024)
def _parse(text: str, ids: frozenset[str]) -> ast.expr:
    quoted = _with_facts(text, ids)
    try:
        tree = ast.parse(quoted, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = getattr(error, "msg", None) or "it is too deep"
        hint = "Write it as REF-004 / (REF-003 * 30 * d)."
        raise ExpressionError(f'"{_short(text)}" is not a calculation: {reason}.', hint) from None
    _check(tree.body, 0)
    return tree.body


def _with_facts(text: str, ids: frozenset[str]) -> str:
    """Put known ids outside of quotes into calls."""
    pieces: list[str] = []
    end = 0
    for found in _QUOTED.finditer(text):
        pieces += [_named(text[end : found.start()], ids), found[0]]
        end = found.end()
    return "".join([*pieces, _named(text[end:], ids)])


def _named(text: str, ids: frozenset[str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        name = found[0]
        pieces = _segments(name.split("-"), ids)
        if FACT not in pieces and _LIKE_AN_ID.fullmatch(name):
            raise ExpressionError(f'there is no claim "{name}".', closest(name, ids))
        return pieces

    return _ID.sub(replaced, text)


def _segments(words: list[str], ids: frozenset[str]) -> str:
    """Join words at hyphens to known ids where they make one; what is left is a difference of names."""
    pieces: list[str] = []
    start = 0
    while start < len(words):
        ends = range(len(words), start, -1)
        end = next((end for end in ends if "-".join(words[start:end]) in ids), None)
        known = end is not None and end > start
        name = "-".join(words[start : end or start + 1])
        pieces.append(f'{FACT}("{name}")' if known else name)
        start = end or start + 1
    return "-".join(pieces)


def _check(node: ast.AST, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} deep.", "Write it in parts.")
    if not isinstance(node, _ALLOWED):
        raise ExpressionError(f"{_said(node)} is not part of the language of calculations.")
    if isinstance(node, ast.Constant) and (
        isinstance(node.value, bool) or not isinstance(node.value, int | float | str)
    ):
        raise ExpressionError(f"{node.value!r} is neither a number nor a word in quotes.")
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
        raise ExpressionError("only functions and providers can be called, by their name.")
    if isinstance(node, ast.Call) and any(keyword.arg is None for keyword in node.keywords):
        raise ExpressionError("** is not part of the language of calculations.")
    if isinstance(node, ast.Attribute) and (
        not isinstance(node.value, ast.Call) or node.attr.startswith("_")
    ):
        raise ExpressionError(f'".{node.attr}" can only follow the call of a provider.')
    if isinstance(node, ast.Subscript) and not _is_part(node):
        raise ExpressionError("square brackets can only name a part of a fact, as in REF-021[3].")
    for child in ast.iter_child_nodes(node):
        _check(child, depth + 1)


def _is_part(node: ast.Subscript) -> bool:
    value, part = node.value, node.slice
    is_fact = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == FACT
    return is_fact and isinstance(part, ast.Constant) and isinstance(part.value, int) and part.value > 0


def _said(node: ast.AST) -> str:
    names = {
        "Lambda": "a function of one's own",
        "ListComp": "a loop",
        "GeneratorExp": "a loop",
        "NamedExpr": ":=",
    }
    name = type(node).__name__
    return names.get(name, f'"{_short(ast.unparse(node))}"' if hasattr(node, "lineno") else name)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
