"""The functions of XForms expressions: https://getodk.github.io/xforms-spec/#xpath-functions lists them.

Every function takes the scope first and its evaluated arguments after it. What a chat has no use for
(repeats, external data, random numbers, a device's sensors) is left out, and so refused by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from functools import lru_cache
from inspect import Parameter, signature

from bot.surveys.xpath_values import Scope, Value, nodes, to_boolean, to_date, to_number, to_string

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")


def _whole(value: Value) -> int:
    number = to_number(value)
    return int(number) if math.isfinite(number) else 0


@lru_cache(maxsize=512)
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source)


def check_pattern(source: str) -> str:
    """Why a ``regex`` pattern does not compile, or the empty string."""
    try:
        _pattern(source)
    except re.error as error:
        return str(error)
    return ""


def _regex(_: Scope, value: Value, pattern: Value) -> bool:
    try:  # JavaRosa: Pattern.matches, the whole text
        return _pattern(to_string(pattern)).fullmatch(to_string(value)) is not None
    except re.error:
        return False


def _selected_at(_: Scope, value: Value, place: Value) -> str:
    chosen = to_string(value).split()
    at = _whole(place)
    return chosen[at] if 0 <= at < len(chosen) else ""


def _substr(_: Scope, value: Value, start: Value, *end: Value) -> str:
    return to_string(value)[_whole(start) : _whole(end[0]) if end else None]


def _substring(_: Scope, value: Value, start: Value, *length: Value) -> str:
    # XPath 1.0, section 4.2: positions count from 1 and both bounds are rounded half up
    text, first = to_string(value), _half_up(to_number(start))
    last = first + _half_up(to_number(length[0])) if length else math.inf
    return "".join(letter for place, letter in enumerate(text, 1) if first <= place < last)


def _half_up(number: float) -> float:
    return math.floor(number + 0.5) if math.isfinite(number) else number


def _round(_: Scope, value: Value, *places: Value) -> float:
    number = to_number(value)
    if not math.isfinite(number):
        return number
    if not places:
        return float(_half_up(number))
    scale = 10.0 ** _whole(places[0])
    return _half_up(number * scale) / scale


def _int(_: Scope, value: Value) -> float:
    number = to_number(value)
    return float(int(number)) if math.isfinite(number) else math.nan


def _translate(_: Scope, value: Value, before: Value, after: Value) -> str:
    source, target = to_string(before), to_string(after)
    table: dict[int, str | None] = {}
    for place, letter in enumerate(source):
        table.setdefault(ord(letter), target[place] if place < len(target) else None)
    return to_string(value).translate(table)


def _pow(_: Scope, base: Value, exponent: Value) -> float:
    try:
        result = to_number(base) ** to_number(exponent)
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return result if isinstance(result, float) else math.nan


def _sqrt(_: Scope, value: Value) -> float:
    number = to_number(value)
    return math.sqrt(number) if number >= 0 else math.nan


def _floor(_: Scope, value: Value) -> float:
    number = to_number(value)
    return float(math.floor(number)) if math.isfinite(number) else number


def _ceiling(_: Scope, value: Value) -> float:
    number = to_number(value)
    return float(math.ceil(number)) if math.isfinite(number) else number


def _extreme(best: Callable[[list[float]], float]) -> Callable[..., Value]:
    def function(_: Scope, first: Value, *more: Value) -> float:
        numbers = [to_number(node) for value in (first, *more) for node in nodes(value)]
        return math.nan if not numbers or any(map(math.isnan, numbers)) else best(numbers)

    return function


def _decimal_time(_: Scope, value: Value) -> float:
    """A time of day as a fraction of the day."""
    if isinstance(value, datetime):
        clock: time | None = value.timetz()
    else:
        clock = _clock(to_string(value))
    if clock is None:
        return math.nan
    return (clock.hour * 3600 + clock.minute * 60 + clock.second) / 86_400


def _clock(text: str) -> time | None:
    match = _TIME.search(text)
    hour, minute, second = (int(part or 0) for part in match.groups()) if match else (99, 0, 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


_FORMATS: dict[str, Callable[[datetime], str]] = {
    "Y": lambda at: f"{at.year:04d}",
    "y": lambda at: f"{at.year % 100:02d}",
    "m": lambda at: f"{at.month:02d}",
    "n": lambda at: str(at.month),
    "d": lambda at: f"{at.day:02d}",
    "e": lambda at: str(at.day),
    "H": lambda at: f"{at.hour:02d}",
    "h": lambda at: str(at.hour),
    "M": lambda at: f"{at.minute:02d}",
    "S": lambda at: f"{at.second:02d}",
    "3": lambda at: f"{at.microsecond // 1000:03d}",
    "%": lambda at: "%",
}


def _format_date(_: Scope, value: Value, pattern: Value) -> str:
    # month and day names (%b, %a) are left out: they would come out in the server's language, not hers
    moment = to_date(value)
    if isinstance(moment, str):
        return ""
    at = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)

    def part(match: re.Match[str]) -> str:
        known = _FORMATS.get(match[1])
        return known(at) if known else match[0]

    return re.sub("%(.)", part, to_string(pattern))


def _or_here(scope: Scope, values: tuple[Value, ...]) -> Value:
    """The argument of a function that falls back to the context node when it has none."""
    return values[0] if values else scope.here


def _joined(_: Scope, separator: Value, *values: Value) -> str:
    return to_string(separator).join(to_string(node) for value in values for node in nodes(value))


def _before(_: Scope, value: Value, part: Value) -> str:
    text, mark = to_string(value), to_string(part)
    return text.partition(mark)[0] if mark and mark in text else ""


def _after(_: Scope, value: Value, part: Value) -> str:
    text, mark = to_string(value), to_string(part)
    return text.partition(mark)[2] if mark else text


def _choice_name(scope: Scope, value: Value, path: Value) -> str:
    # the second argument is a path in quotes: '${q}' or '/data/group/q'
    return scope.choice_name(to_string(value), to_string(path).strip(" $").rpartition("/")[2])


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    # answers
    "selected": lambda _, chosen, name: to_string(name).strip() in to_string(chosen).split(),
    "count-selected": lambda _, chosen: float(len(to_string(chosen).split())),
    "selected-at": _selected_at,
    "jr:choice-name": _choice_name,
    "coalesce": lambda _, first, second, *more: next((v for v in (first, second, *more) if to_string(v)), ""),
    "count": lambda _, found: (
        float(len(found)) if isinstance(found, tuple) else float(to_string(found) != "")
    ),
    "count-non-empty": lambda _, *values: float(len([n for v in values for n in nodes(v) if to_string(n)])),
    # dates and times
    "today": lambda scope: scope.today,
    "now": lambda scope: scope.now,
    "date": lambda _, value: to_date(value),
    "date-time": lambda _, value: to_date(value),
    "decimal-date-time": lambda _, value: to_number(to_date(value)),
    "decimal-time": _decimal_time,
    "format-date": _format_date,
    "format-date-time": _format_date,
    # numbers
    "number": lambda scope, *value: to_number(_or_here(scope, value)),
    "int": _int,
    "round": _round,
    "floor": _floor,
    "ceiling": _ceiling,
    "abs": lambda _, value: abs(to_number(value)),
    "pow": _pow,
    "sqrt": _sqrt,
    "pi": lambda _: math.pi,
    "max": _extreme(max),
    "min": _extreme(min),
    "sum": lambda _, values: math.fsum(to_number(node) for node in nodes(values)),
    # texts
    "string": lambda scope, *value: to_string(_or_here(scope, value)),
    "string-length": lambda scope, *value: float(len(to_string(_or_here(scope, value)))),
    "normalize-space": lambda scope, *value: " ".join(to_string(_or_here(scope, value)).split()),
    "concat": lambda _, first, *more: "".join(to_string(n) for v in (first, *more) for n in nodes(v)),
    "join": _joined,
    "contains": lambda _, text, part: to_string(part) in to_string(text),
    "starts-with": lambda _, text, start: to_string(text).startswith(to_string(start)),
    "ends-with": lambda _, text, end: to_string(text).endswith(to_string(end)),
    "substring": _substring,
    "substr": _substr,
    "substring-before": _before,
    "substring-after": _after,
    "translate": _translate,
    "regex": _regex,
    # truth
    "not": lambda _, value: not to_boolean(value),
    "true": lambda _: True,
    "false": lambda _: False,
    "boolean": lambda _, value: to_boolean(value),
    "boolean-from-string": lambda _, value: to_string(value) in ("true", "1"),
}

_ONE_OPTIONAL = frozenset({"number", "string", "string-length", "normalize-space"})
_ONE_MORE = frozenset({"round", "substring", "substr"})


def arguments(name: str) -> tuple[int, int | None]:
    """The fewest and the most arguments that a function takes; ``None`` for any number."""
    kinds = [parameter.kind for parameter in signature(FUNCTIONS[name]).parameters.values()][1:]
    fixed = sum(kind is not Parameter.VAR_POSITIONAL for kind in kinds)
    if name in _ONE_OPTIONAL or name in _ONE_MORE:
        return fixed, fixed + 1
    return fixed, fixed if fixed == len(kinds) else None
