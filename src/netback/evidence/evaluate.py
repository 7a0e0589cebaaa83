"""Evaluate a calculation over the ranges of its inputs, and keep what it used.

Each fact, input, lookup in a series and answer of a provider is one *leaf*. A leaf keeps one value through the
whole calculation; a caller may put another value in its place, which is how it is found what decides.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from netback.errors import DataError, closest
from netback.evidence.intervals import Interval, UndefinedError
from netback.evidence.language import FACT, FUNCTIONS, parse
from netback.evidence.leaves import (
    Leaf,
    at_leaf,
    day_leaf,
    days_of,
    fact_leaf,
    input_leaf,
    middle,
    series_leaf,
)
from netback.evidence.providers import ALONE, KNOWN, Providers
from netback.evidence.register import Calculation, Register, name_of
from netback.evidence.units import parse_unit
from netback.evidence.values import (
    Day,
    ExpressionError,
    MissingError,
    Quantity,
    Value,
    Word,
    add,
    chosen,
    compare,
    days_between,
    inverted,
    multiply,
    negative,
    power,
    united,
)

_SIGNS: Mapping[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class ProviderAbsentError(MissingError):
    """A provider is known by name and was not handed over."""


@dataclass
class Evaluator:
    """Evaluates expressions of one claim. ``used`` fills with the leaves in the order of their use."""

    register: Register
    inputs: Mapping[str, Calculation]
    claim: str = ""
    providers: Providers = field(default_factory=dict)
    replaced: Mapping[str, Value] = field(default_factory=dict)
    names: Mapping[str, Value] = field(default_factory=dict)
    used: dict[str, Leaf] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)

    def __call__(self, text: str) -> Value:
        """Evaluate.

        Raises
        ------
        ExpressionError
            If the expression is written wrongly.
        MissingError
            If a number that it needs is not known, or the calculation has no value over the ranges.
        """
        try:
            return self._value(parse(text, self.register.parts.keys()))
        except UndefinedError as fault:
            raise MissingError(f"the calculation has no value: {fault}.") from None
        except DataError as fault:
            raise ExpressionError(fault.findings[0].what, fault.findings[0].hint) from None

    def _value(self, node: ast.expr) -> Value:
        return _HANDLERS[type(node)](self, node)

    def _constant(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Constant)
        if isinstance(node.value, str):
            return Word.of(node.value)
        assert isinstance(node.value, int | float)
        return Quantity(Interval.at(_finite(node.value)))

    def _name(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Name)
        name = node.id
        if name in self.names:
            return self.names[name]
        if name in self.inputs:
            return self._leaf(name, lambda: input_leaf(self.register, name, self.inputs[name]))
        try:
            return Quantity.of(1.0, 1.0, name)
        except DataError:
            known = [*self.inputs, *FUNCTIONS]
            raise ExpressionError(f'"{name}" is neither an input nor a uom.', closest(name, known)) from None

    def _binary(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.BinOp)
        left, right = self._value(node.left), self._value(node.right)
        if isinstance(node.op, ast.Add | ast.Sub):
            return add(left, right, 1 if isinstance(node.op, ast.Add) else -1)
        if isinstance(node.op, ast.Pow):
            return power(left, right)
        return multiply(left, right, 1 if isinstance(node.op, ast.Mult) else -1)

    def _unary(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.UnaryOp)
        value = self._value(node.operand)
        if isinstance(node.op, ast.Not):
            return inverted(_truth(value))
        return negative(value) if isinstance(node.op, ast.USub) else value

    def _comparison(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Compare)
        values = [self._value(part) for part in (node.left, *node.comparators)]
        found = [
            compare(first, _SIGNS[type(sign)], second)
            for first, sign, second in zip(values, node.ops, values[1:], strict=False)
        ]
        return _all(found)

    def _boolean(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.BoolOp)
        values = [_truth(self._value(part)) for part in node.values]
        if isinstance(node.op, ast.And):
            return _all(values)
        return inverted(_all([inverted(value) for value in values]))

    def _choice(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.IfExp)
        condition = _truth(self._value(node.test))
        ends = [node.body] * condition.can_hold + [node.orelse] * (not condition.must_hold)
        return united(self._value(end) for end in ends)

    def _part(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Subscript)
        assert isinstance(node.slice, ast.Constant)
        return self._fact(_fact_name(node.value), int(str(node.slice.value)))

    def _field(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Attribute)
        assert isinstance(node.value, ast.Call)
        return self._provided(node.value, node.attr)

    def _call(self, node: ast.expr) -> Value:
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name == FACT:
            return self._fact(_fact_name(node), 1)
        if name not in FUNCTIONS:
            return self._provided(node, ALONE)
        least, most = FUNCTIONS[name]
        if not least <= len(node.args) <= most or node.keywords:
            count = str(least) if least == most else f"{least} to {most}"
            raise ExpressionError(f"{name} takes {count} arguments in order.")
        if name == "day":
            return self._day_of(node.args[0])
        return _CALLS[name](self, [self._value(argument) for argument in node.args])

    def _fact(self, name: str, part: int) -> Value:
        if name == self.claim:
            hint = "Use the facts that it rests on, or give the number as an input."
            raise ExpressionError(f"the calculation uses {name}, the claim that it is to test.", hint)

        return self._leaf(
            name_of((name, part)), lambda: fact_leaf(self.register, self.register.claim(name, part))
        )

    def _day_of(self, node: ast.expr) -> Value:
        part = (
            node.slice.value
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
            else 1
        )
        inner = node.value if isinstance(node, ast.Subscript) else node
        if not (isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == FACT):
            raise ExpressionError("day takes a fact, as in day(CAR-016).")
        claim = self.register.claim(_fact_name(inner), int(str(part)))
        key = f"day({claim.name})"
        return self._leaf(key, lambda: day_leaf(self.register, key, claim))

    def _provided(self, node: ast.Call, wanted: str) -> Value:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        parameters = self.providers[name].parameters if name in self.providers else KNOWN.get(name)
        if parameters is None:
            known = [*FUNCTIONS, *self.providers, *KNOWN]
            raise ExpressionError(f'there is no function "{name}".', closest(name, known))
        arguments = self._arguments(node, name, parameters)
        key = f"{ast.unparse(node)}{'.' if wanted else ''}{wanted}"

        def leaf() -> Leaf:
            if name not in self.providers:
                raise ProviderAbsentError(f"nothing here answers {name}(...).")
            answer = self.providers[name](arguments)
            if wanted not in answer.fields:
                known = ", ".join(filter(None, answer.fields)) or "none"
                raise ExpressionError(f'{name}(...) has no field "{wanted}".', f"It has: {known}.")
            value = answer.fields[wanted]
            return Leaf(key, value, middle(value), "provider", "", answer.said)

        return self._leaf(key, leaf)

    def _arguments(self, node: ast.Call, name: str, parameters: Sequence[str]) -> dict[str, Value]:
        named = [parameter for parameter in parameters if parameter != "**"]
        if len(node.args) > len(named):
            raise ExpressionError(f"{name} takes {len(named)} arguments in order: {', '.join(named)}.")
        found = {key: self._value(part) for key, part in zip(named, node.args, strict=False)}
        for keyword in node.keywords:
            key = str(keyword.arg)
            if key in found or (key not in named and "**" not in parameters):
                what = f'{name} has no argument "{key}"' if key not in named else f'"{key}" is given twice'
                raise ExpressionError(f"{what}.", closest(key, named))
            found[key] = self._value(keyword.value)
        return found

    def _series(self, arguments: Sequence[Value]) -> Value:
        words = [_one_word(argument, "series takes a name and months in quotes.") for argument in arguments]
        name, first, last = words[0], words[1], words[-1]
        if name not in self.register.series:
            raise ExpressionError(f'there is no series "{name}".', closest(name, self.register.series))
        key = f"series({', '.join(words)})"
        return self._leaf(key, lambda: series_leaf(self.register, key, name, first, last))

    def _at(self, arguments: Sequence[Value]) -> Value:
        quantity, subject = (
            _one_word(one, "at takes a quantity and a subject in quotes.") for one in arguments[:2]
        )
        day = arguments[2]
        if not isinstance(day, Day):
            raise ExpressionError('at takes a day as its third argument, as date("2024-06-15").')
        if quantity not in self.register.quantities:
            hint = closest(quantity, self.register.quantities)
            raise ExpressionError(f'there is no quantity "{quantity}".', hint)
        key = f"at({quantity}, {subject}, {day.first})"
        return self._leaf(key, lambda: at_leaf(self.register, self.claim, key, quantity, subject, day))

    def _leaf(self, key: str, make: Callable[[], Leaf]) -> Value:
        self.times[key] += 1
        if key not in self.used:
            self.used[key] = make()
        return self.replaced.get(key, self.used[key].value)


def _finite(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ExpressionError("a number is too large to hold.")
    return number


def _fact_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value)
    raise ExpressionError("a fact is named by its id alone.")


def _truth(value: Value) -> Word:
    if not isinstance(value, Word) or not value.words <= {"yes", "no"}:
        raise ExpressionError("a condition must be yes or no, as a comparison is.")
    return value


def _all(values: Sequence[Word]) -> Word:
    """Yes if all hold, no if one cannot, else either."""
    if any(not value.can_hold for value in values):
        return Word.of("no")
    return Word.of("yes") if all(value.must_hold for value in values) else Word.of("yes", "no")


def _one_word(value: Value, hint: str) -> str:
    if not isinstance(value, Word) or len(value.words) != 1:
        raise ExpressionError(hint)
    return next(iter(value.words))


def _number(value: Value, hint: str) -> Quantity:
    if not isinstance(value, Quantity):
        raise ExpressionError(hint)
    return value


def _picked(how: str, _: Evaluator, arguments: Sequence[Value]) -> Value:
    return chosen(arguments, how)


def _range(_: Evaluator, arguments: Sequence[Value]) -> Value:
    ends = [
        _number(one, "range takes two numbers and a uom in quotes.").range.middle for one in arguments[:2]
    ]
    uom = _one_word(arguments[2], "the uom of a range is a word in quotes.") if len(arguments) == 3 else ""
    if ends[0] > ends[1]:
        raise ExpressionError(f"a range from {ends[0]:g} to {ends[1]:g} runs backwards.", "Swap the ends.")
    return Quantity.of(ends[0], ends[1], uom)


def _quantity(_: Evaluator, arguments: Sequence[Value]) -> Value:
    number = _number(arguments[0], "quantity takes a number and a uom in quotes.")
    unit = parse_unit(_one_word(arguments[1], "the uom of a quantity is a word in quotes."))
    return multiply(number, Quantity(Interval.at(unit.factor), unit.dimensions))


def _end(arguments: Sequence[Value], high: bool) -> Value:
    number = _number(arguments[0], "low and high take a number.")
    return Quantity(Interval.at(number.range.high if high else number.range.low), number.dimensions)


def _rounded(arguments: Sequence[Value]) -> Value:
    number = _number(arguments[0], "round takes a number.")
    if number.dimensions:
        raise ExpressionError("round takes a number without uom.", "Divide by its uom first, as x / d.")
    if math.isinf(number.range.low) or math.isinf(number.range.high):
        raise UndefinedError("a round number without end")
    return Quantity(Interval(float(round(number.range.low)), float(round(number.range.high))))


def _magnitude(arguments: Sequence[Value]) -> Value:
    number = _number(arguments[0], "abs takes a number.")
    return Quantity(number.range.magnitude(), number.dimensions)


def _days(arguments: Sequence[Value]) -> Value:
    first, last = arguments
    if not (isinstance(first, Day) and isinstance(last, Day)):
        raise ExpressionError('days takes two days, as in days(day(CAR-016), date("2023-05-17")).')
    return days_between(first, last)


def _date(arguments: Sequence[Value]) -> Value:
    return Day(*days_of(_one_word(arguments[0], "date takes a day in quotes.")))


def _which(arguments: Sequence[Value]) -> Value:
    if len(arguments) % 2:
        raise ExpressionError("which takes names and conditions in turn.")
    found = frozenset(
        _one_word(name, "which takes names in quotes.")
        for name, condition in zip(arguments[::2], arguments[1::2], strict=True)
        if _truth(condition).can_hold
    )
    if not found:
        raise MissingError("none of the names of which(...) can hold.")
    return Word(found)


_CALLS: Mapping[str, Callable[[Evaluator, Sequence[Value]], Value]] = {
    **{name: partial(_picked, name) for name in ("min", "max", "mean", "sum", "span")},
    "low": lambda _, values: _end(values, high=False),
    "high": lambda _, values: _end(values, high=True),
    "range": _range,
    "quantity": _quantity,
    "abs": lambda _, values: _magnitude(values),
    "round": lambda _, values: _rounded(values),
    "series": Evaluator._series,
    "date": lambda _, values: _date(values),
    "days": lambda _, values: _days(values),
    "which": lambda _, values: _which(values),
    "at": Evaluator._at,
}

_HANDLERS: Mapping[type[ast.expr], Callable[[Evaluator, ast.expr], Value]] = {
    ast.Constant: Evaluator._constant,
    ast.Name: Evaluator._name,
    ast.BinOp: Evaluator._binary,
    ast.UnaryOp: Evaluator._unary,
    ast.Compare: Evaluator._comparison,
    ast.BoolOp: Evaluator._boolean,
    ast.IfExp: Evaluator._choice,
    ast.Subscript: Evaluator._part,
    ast.Attribute: Evaluator._field,
    ast.Call: Evaluator._call,
}
