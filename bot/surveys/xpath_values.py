"""The values of XForms expressions and how they turn into one another.

A value is a string, a number, a boolean, a date, an instant, or a tuple of strings: the nodes that a path
into a choice list found. Conversions follow XPath 1.0 with JavaRosa's additions: a date counts as days since
1970, and a text that looks like a date counts as one where a number is wanted.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

Value = str | float | bool | date | datetime | tuple[str, ...]

_EPOCH = date(1970, 1, 1)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Scope(Protocol):
    """What an expression can see: the answers, the value at hand, one choice's columns, the time."""

    here: Value
    item: Any
    today: date
    now: datetime

    def typed(self, name: str) -> Value:
        """The answer to the question ``name``, a number for a numeric question; empty when irrelevant."""

    def rows(self, list_name: str) -> tuple[Any, ...]:
        """The choices of a list, for ``instance('list')/root/item``."""

    def choice_name(self, value: str, question: str) -> str:
        """The label of one of that question's choices."""


def to_number(value: Value) -> float:
    """XPath ``number()``; NaN for what is none, the empty string included."""
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime):
        return _days(value)
    if isinstance(value, date):
        return float((value - _EPOCH).days)
    if isinstance(value, tuple):
        value = value[0] if value else ""
    text = value.strip()
    if "_" in text:  # Python reads 1_2 as 12; a choice called 1_2 is no number
        return math.nan
    try:
        number = float(text)
    except ValueError:
        moment = to_date(text) if _DATE.match(text) else ""
        return to_number(moment) if isinstance(moment, date) else math.nan
    return number if text[-1:].isdigit() or text.endswith(".") else math.nan  # not 'inf', not 'nan'


def to_string(value: Value) -> str:
    """XPath ``string()``: whole numbers without a point, dates in ISO form."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return str(int(value)) if value == int(value) else repr(float(value))
    if isinstance(value, tuple):
        return value[0] if value else ""
    return value.isoformat()


def to_boolean(value: Value) -> bool:
    """XPath ``boolean()``: any text that is not empty is true, 'false' included."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) and not math.isnan(value)
    if isinstance(value, str | tuple):
        return len(value) > 0
    return True


def to_date(value: Value) -> date | str:
    """XForms ``date()``: from ISO text or days since 1970; the empty string for what is neither."""
    if isinstance(value, date):
        return value
    if isinstance(value, str | tuple):
        text = to_string(value).strip()
        if _DATE.match(text):
            try:
                return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
            except ValueError:
                return ""
    number = to_number(value)
    if math.isnan(number) or math.isinf(number) or abs(number) > 3_000_000:
        return ""
    if number == int(number):
        try:
            return _EPOCH + timedelta(days=int(number))
        except OverflowError:
            return ""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)


def equal(left: Value, right: Value) -> bool:
    """XPath ``=``: as booleans if one is, else as numbers if one is, else as strings; any node may match."""
    if isinstance(left, tuple) and not isinstance(right, bool):
        return any(equal(node, right) for node in left)
    if isinstance(right, tuple) and not isinstance(left, bool):
        return any(equal(left, node) for node in right)
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left) == to_number(right)


def _days(moment: datetime) -> float:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1)


def nodes(value: Value) -> tuple[Value, ...]:
    """The value as a node-set: a path's nodes, or the one value."""
    return value if isinstance(value, tuple) else (value,)
