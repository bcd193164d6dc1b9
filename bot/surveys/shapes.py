"""What a stored answer of each type looks like, and what an expression sees of it."""

from __future__ import annotations

import re
from datetime import date
from math import isnan

from bot.surveys.model import NUMERIC_TYPES, Question
from bot.surveys.xpath_values import Value, to_number

_SHAPES = {
    "integer": re.compile(r"[+-]?\d+"),
    "decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "time": re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?"),
    "geopoint": re.compile(r"[+-]?\d+(\.\d+)?( [+-]?\d+(\.\d+)?){1,3}"),
}


def has_shape(question: Question, value: str) -> bool:
    """Whether the text is a value of the question's type; choices are judged by their list instead."""
    shape = _SHAPES.get(question.type)
    if shape is None:
        return True
    return shape.fullmatch(value) is not None and (question.type != "date" or _is_date(value))


def typed(question: Question | None, value: str) -> Value:
    """The value for an expression: a number where the question asks for one, as in JavaRosa, else text."""
    if question is not None and question.type in NUMERIC_TYPES and value:
        number = to_number(value)
        return value if isnan(number) else number
    return value


def day_first(value: str) -> str:
    """An ISO date as people write it here, ``03/05/2027``; anything else unchanged."""
    return f"{value[8:]}/{value[5:7]}/{value[:4]}" if _is_date(value) else value


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10
