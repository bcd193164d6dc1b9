"""One stored answer as a cell: shown, cut to its month, or left empty."""

from __future__ import annotations

from datetime import date

from bot.exports.columns import Cell, Kind
from bot.exports.context import Context, Place
from bot.exports.forms import Exposure, Form

KINDS = {"integer": Kind.WHOLE, "decimal": Kind.NUMBER, "date": Kind.DATE}


def kind_of(form: Form, name: str) -> Kind:
    """The kind of the question's column; text where its versions differ."""
    kinds = {KINDS.get(question.type, Kind.TEXT) for question in form.of(name)}
    return kinds.pop() if len(kinds) == 1 else Kind.TEXT


def shown(context: Context, form: Form, name: str, value: str | None, home: Place) -> str | None:
    """``value`` as it may leave the house; ``home`` is where her profile says that she lives.

    A restricted question has no cell at all: its rows are never asked for.
    """
    if not value or context.identified:
        return value or None
    match context.forms.exposure(form, name):
        case Exposure.SHOWN:
            return value
        case Exposure.MONTH:
            return value[:7] if _is_day(value) else None
        case Exposure.PLACE:
            # only the place of her profile was counted; an answer of another time may name a rarer one
            return value if form.choices(name).get(value) == home[2] and context.names(*home) else None
        case _:
            return None


def label_of(form: Form, name: str, value: str | None) -> str | None:
    """The chosen options in Spanish, several with a comma between; empty for what is no choice."""
    labels = form.choices(name)
    if not value or not labels:
        return None
    if value in labels or form.questions[name].type == "select_one":
        return labels.get(value, value)
    return ", ".join(labels.get(one, one) for one in value.split())


def typed(kind: Kind, value: str | None) -> Cell:
    """The text as a cell of ``kind``; text that is none of that kind stays text."""
    if not value:
        return None
    try:
        if kind is Kind.WHOLE:
            return int(value)
        if kind is Kind.NUMBER:
            return float(value)
        if kind is Kind.DATE:
            return date.fromisoformat(value)
    except ValueError:
        return value
    return value


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
