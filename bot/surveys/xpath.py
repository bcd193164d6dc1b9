"""XForms expressions: parsed by elementpath, compiled once to closures, evaluated many times a turn.

elementpath gives the syntax only. Its own evaluator is for XML trees and differs from XForms on plain
answers (``'' >= 3`` raises, ``2 = '2'`` is false), so its token tree is turned into Python closures over a
:class:`~bot.surveys.xpath_values.Scope`. ``if``, ``once`` and the operators are here because they are lazy
or need the tree; every other function is in :mod:`bot.surveys.xpath_functions`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, cast

from elementpath import ElementPathError, XPath1Parser

from bot.surveys.xpath_functions import FUNCTIONS, arguments, check_pattern
from bot.surveys.xpath_values import Scope, Value, equal, to_boolean, to_number, to_string

Closure = Callable[[Scope], Value]

_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_INSTANCE = re.compile(r"""\binstance\(\s*(['"])([\w.-]+)\1\s*\)(?=\s*/)""")
_CURRENT = re.compile(r"\bcurrent\(\s*\)\s*/\s*")
_UNKNOWN = re.compile(r"unknown function '([^']+)'")
_LIST_PREFIX = "instance."


class UnsupportedExpression(ValueError):
    """An expression that a chat cannot evaluate; the message names the part, for the form's author."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. ``references`` are the questions and ``lists`` the choice lists it looks at.

    ``lookup`` is ``(column, value)`` when it is a choice filter of the form ``column = …``: such a filter
    can be answered by an index instead of a walk through the list.
    """

    source: str
    evaluate: Closure
    references: frozenset[str]
    lists: frozenset[str] = frozenset()
    lookup: tuple[str, Closure] | None = None


class _Parser(XPath1Parser):
    """elementpath's XPath 1.0 syntax with the function names of XForms."""

    # XPath 1.0 has no `if`; elementpath reserves the name for later versions
    RESERVED_FUNCTION_NAMES = XPath1Parser.RESERVED_FUNCTION_NAMES - {"if"}
    DEFAULT_NAMESPACES = {**XPath1Parser.DEFAULT_NAMESPACES, "jr": "http://openrosa.org/javarosa"}  # noqa: RUF012

    def parse(self, source: str) -> Any:
        # XPath1Parser.parse also evaluates the expression statically, which needs an XML document
        if self.tokenizer is None:
            self.tokenizer = self.create_tokenizer(self.symbol_table)
        return super(XPath1Parser, self).parse(source)


def _register() -> None:
    own: dict[str, tuple[int, int | None]] = {"if": (3, 3), "once": (1, 1)}
    for name, (fewest, most) in {**{name: arguments(name) for name in FUNCTIONS}, **own}.items():
        prefix, _, local = name.rpartition(":")
        if local in _Parser.symbol_table:
            _Parser.unregister(local)
        _Parser.function(local, prefix=prefix or None, nargs=fewest if fewest == most else (fewest, most))
    _Parser.tokenizer = None  # rebuilt at the first parse, with the names above


_register()
_parser = _Parser()
_parsing = Lock()  # the parser keeps its position in itself


@lru_cache(maxsize=20_000)
def compile_expression(source: str, *, filtering: bool = False) -> Expression:
    """The compiled expression; cached by its text.

    ``filtering``: a bare name is a column of the choice at hand (``choice_filter``) instead of a question.
    Raises :class:`UnsupportedExpression`.
    """
    text = _INSTANCE.sub(lambda match: f"${_LIST_PREFIX}{match[2]}", _CURRENT.sub("", source))
    # the blank after the name keeps `${a}-1` a subtraction: XPath names may hold hyphens
    text = _REFERENCE.sub(lambda match: f"${_reference(match[1])} ", text)
    try:
        with _parsing:
            tree = _parser.parse(text)
    except ElementPathError as error:
        unknown = _UNKNOWN.search(str(error))
        if unknown:
            raise UnsupportedExpression(f"the function {unknown[1]}() is not known") from error
        raise UnsupportedExpression(f"'{source}' cannot be read: {_reason(error)}") from error
    compiler = _Compiler(filtering)
    evaluate = compiler.closure(tree)
    return Expression(
        source, evaluate, frozenset(compiler.references), frozenset(compiler.lists), compiler.lookup(tree)
    )


def _reference(name: str) -> str:
    if "#" in name:
        raise UnsupportedExpression(f"${{{name}}}: an answer of an earlier submission is not known")
    return name


def _reason(error: ElementPathError) -> str:
    return str(error).rpartition("] ")[2]


class _Compiler:
    """Turns elementpath's token tree into closures and notes what the expression refers to."""

    def __init__(self, filtering: bool) -> None:
        self.filtering = filtering
        self.references: set[str] = set()
        self.lists: set[str] = set()

    def closure(self, token: Any) -> Closure:
        symbol: str = token.symbol
        if symbol == "(string)":
            return _constant(str(token.value))
        if symbol in ("(integer)", "(decimal)", "(float)"):
            return _constant(float(token.value))
        if symbol == "(" and len(token) == 1:
            return self.closure(token[0])
        if symbol in ("and", "or"):
            return self._logical(symbol, token)
        if symbol in ("+", "-") and len(token) == 1:
            operand = self.closure(token[0])
            sign = -1.0 if symbol == "-" else 1.0
            return lambda scope: sign * to_number(operand(scope))
        if symbol in _OPERATORS:
            return self._binary(symbol, token)
        if symbol == "$":
            return self._question(str(token[0].value))
        if symbol == ".":
            return lambda scope: scope.here
        if symbol in ("(name)", "/", "..", "["):
            return self._path(token)
        if symbol == ":" and str(token.value) in FUNCTIONS:
            return self._function(str(token.value), token[1])
        if symbol in FUNCTIONS or symbol in ("if", "once"):
            return self._function(symbol, token)
        raise UnsupportedExpression(f"'{token.source}' is not known")

    def lookup(self, token: Any) -> tuple[str, Closure] | None:
        """The index that answers a filter ``column = …``: the other side must not look at the choice."""
        if not (self.filtering and token.symbol == "=" and token[0].symbol == "(name)"):
            return None
        value = token[1]
        return (str(token[0].value), self.closure(value)) if value.symbol in ("$", "(string)") else None

    def _question(self, name: str) -> Closure:
        if name.startswith(_LIST_PREFIX):
            raise UnsupportedExpression("instance() needs a path: instance('list')/root/item[…]/label")
        self.references.add(name)
        return lambda scope: scope.typed(name)

    def _logical(self, symbol: str, token: Any) -> Closure:
        left, right = self.closure(token[0]), self.closure(token[1])
        if symbol == "and":
            return lambda scope: to_boolean(left(scope)) and to_boolean(right(scope))
        return lambda scope: to_boolean(left(scope)) or to_boolean(right(scope))

    def _binary(self, symbol: str, token: Any) -> Closure:
        left, right, operator = self.closure(token[0]), self.closure(token[1]), _OPERATORS[symbol]
        return lambda scope: operator(left(scope), right(scope))

    def _path(self, token: Any) -> Closure:
        found = self._list_path(token)
        if found is not None:
            return found
        steps = _steps(token)
        name = steps[-1]
        if name in (".", "..", ""):
            raise UnsupportedExpression(f"'{token.source}' names no question")
        if self.filtering and len(steps) == 1:
            return lambda scope: cast(str, scope.item.column(name))
        # names are unique in a form that a chat can hold, so the last step of a path says which question
        self.references.add(name)
        return lambda scope: scope.typed(name)

    def _list_path(self, token: Any) -> Closure | None:
        """``instance('list')/root/item[condition]/column``; ``None`` when the path is no such path."""
        if token.symbol == "/" and len(token) == 2 and token[1].symbol == "(name)":
            source = self._items(token[0])
            if source is not None:
                return _column(source, str(token[1].value))
        source = self._items(token)
        return _column(source, "name") if source is not None else None

    def _items(self, token: Any) -> Callable[[Scope], tuple[Any, ...]] | None:
        condition: Any = None
        if token.symbol == "/" and len(token) == 2 and token[1].symbol == "[":
            head, (step, condition) = token[0], token[1]
        elif token.symbol == "[":
            # elementpath hangs a predicate of the last step on the whole path
            head, condition = token[0], token[1]
            if head.symbol != "/" or len(head) != 2:
                return None
            head, step = head[0], head[1]
        elif token.symbol == "/" and len(token) == 2:
            head, step = token[0], token[1]
        else:
            return None
        if getattr(step, "value", "") != "item" or head.symbol != "/" or len(head) != 2:
            return None
        start = head[0]
        if start.symbol != "$" or not str(start[0].value).startswith(_LIST_PREFIX):
            return None
        name = str(start[0].value).removeprefix(_LIST_PREFIX)
        self.lists.add(name)
        if condition is None:
            return lambda scope: scope.rows(name)
        outer, self.filtering = self.filtering, True
        test = self.closure(condition)
        self.filtering = outer
        if condition.symbol in ("(integer)", "(decimal)"):
            place = int(condition.value)
            return lambda scope: scope.rows(name)[place - 1 : place] if place > 0 else ()
        return lambda scope: _matching(scope, name, test)

    def _function(self, name: str, token: Any) -> Closure:
        given = [self.closure(child) for child in token]
        if name == "if":
            condition, then, otherwise = given
            return lambda scope: then(scope) if to_boolean(condition(scope)) else otherwise(scope)
        if name == "once":
            (first,) = given
            return lambda scope: scope.here if to_string(scope.here) != "" else first(scope)
        if name == "regex" and token[1].symbol == "(string)":
            fault = check_pattern(str(token[1].value))
            if fault:
                raise UnsupportedExpression(
                    f"the pattern '{token[1].value}' of regex() cannot be read: {fault}"
                )
        function = FUNCTIONS[name]
        if len(given) == 1:
            (only,) = given
            return lambda scope: function(scope, only(scope))
        if len(given) == 2:
            left, right = given
            return lambda scope: function(scope, left(scope), right(scope))
        return lambda scope: function(scope, *[argument(scope) for argument in given])


def _constant(value: Value) -> Closure:
    return lambda scope: value


def _column(source: Callable[[Scope], tuple[Any, ...]], column: str) -> Closure:
    return lambda scope: tuple(row.column(column) for row in source(scope))


def _matching(scope: Scope, name: str, test: Closure) -> tuple[Any, ...]:
    outer, found = scope.item, []
    try:
        for row in scope.rows(name):
            scope.item = row
            if to_boolean(test(scope)):
                found.append(row)
    finally:
        scope.item = outer
    return tuple(found)


def _steps(token: Any) -> list[str]:
    """The names along a location path; raises for what is neither a name nor a dot."""
    if token.symbol == "/":
        return (
            [""] + [step for child in token for step in _steps(child)]
            if len(token) == 1
            else [step for child in token for step in _steps(child)]
        )
    if token.symbol in ("(name)", ".", ".."):
        return [str(token.value)]
    raise UnsupportedExpression(f"the path '{token.source}' is not known")


def _divide(left: Value, right: Value) -> float:
    dividend, divisor = to_number(left), to_number(right)
    if divisor == 0:
        unknown = dividend == 0 or math.isnan(dividend)
        return math.nan if unknown else math.copysign(math.inf, dividend) * math.copysign(1, divisor)
    return dividend / divisor


def _modulo(left: Value, right: Value) -> float:
    dividend, divisor = to_number(left), to_number(right)
    return math.fmod(dividend, divisor) if divisor != 0 and math.isfinite(dividend) else math.nan


def _unequal(left: Value, right: Value) -> bool:
    if isinstance(left, tuple) or isinstance(right, tuple):
        lefts = left if isinstance(left, tuple) else (left,)
        rights = right if isinstance(right, tuple) else (right,)
        return any(not equal(one, other) for one in lefts for other in rights)
    return not equal(left, right)


_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "=": equal,
    "!=": _unequal,
    "<": lambda left, right: to_number(left) < to_number(right),
    "<=": lambda left, right: to_number(left) <= to_number(right),
    ">": lambda left, right: to_number(left) > to_number(right),
    ">=": lambda left, right: to_number(left) >= to_number(right),
    "+": lambda left, right: to_number(left) + to_number(right),
    "-": lambda left, right: to_number(left) - to_number(right),
    "*": lambda left, right: to_number(left) * to_number(right),
    "div": _divide,
    "mod": _modulo,
}
