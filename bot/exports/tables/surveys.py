"""One row a participant and wave of one questionnaire: wide, by KoboToolbox's conventions.

One column a question; a ``select_multiple`` has its joined answer and a ``question/choice`` column of 0 and 1
for each choice, empty where she gave no answer.
https://support.kobotoolbox.org/export_download.html
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from bot.exports.cells import kind_of, shown, typed
from bot.exports.columns import Cell, Column, Kind, Row, columns_of
from bot.exports.context import Context
from bot.exports.forms import Exposure, Form
from bot.exports.snapshot import stream
from bot.exports.tables.table import Table, size_of
from bot.store.tables import Answer, Participant, SurveyRunRow

WIDEST_LIST = 100
"""a longer list (a catalogue of places) stays one joined column: workbooks end at 16,384 columns"""

_YES_NO = {"0": "No", "1": "Sí"}
_WITH_VALUE = frozenset({"answered", "dont_know"})


def survey(context: Context, name: str) -> Table:
    """The wide table of the published questionnaire ``name``: all versions' columns, newest order first."""
    form = context.forms[name]
    fixed = columns_of("survey", identified=context.identified)
    taken = {column.name for column in fixed}
    questions = [_Question(context, form, question, taken) for question in context.forms.exported(form)]
    runs = (
        sa.select(SurveyRunRow.id)
        .join(Participant, Participant.id == SurveyRunRow.participant_id)
        .where(
            SurveyRunRow.survey == name,
            *context.request.within(SurveyRunRow.started_at),
            *context.request.lives(),
        )
    )
    columns = (*fixed, *(column for question in questions for column in question.columns))
    return Table(
        f"survey_{name}",
        columns,
        _rows(context, form, questions, runs),
        size_of(context.connection, runs),
    )


class _Question:
    """The columns of one question, and the cells of one answer to it."""

    def __init__(self, context: Context, form: Form, name: str, taken: set[str]) -> None:
        self.name = name
        self._context, self._form = context, form
        labels = form.choices(name)
        title = f"{name}_answer" if name in taken else name  # a question may be called "wave"
        self.kind = self._kind(context, form, name)
        self._several = any(question.type == "select_multiple" for question in form.of(name))
        self._split = tuple(labels) if self._several and len(labels) <= WIDEST_LIST else ()
        label = form.label(name)
        main = Column(title, self.kind, label, {} if self._several else labels)
        parts = [
            Column(f"{title}/{choice}", Kind.WHOLE, f"{label} :: {labels[choice]}", _YES_NO)
            for choice in self._split
        ]
        self.columns = (main, *parts)

    @staticmethod
    def _kind(context: Context, form: Form, name: str) -> Kind:
        kind = kind_of(form, name)
        if context.identified or kind is not Kind.DATE:
            return kind
        return Kind.MONTH if context.forms.exposure(form, name) is Exposure.MONTH else Kind.TEXT

    def cells(self, stored: str | None, home: tuple[str | None, str | None, str | None]) -> list[Cell]:
        value = shown(self._context, self._form, self.name, stored, home)
        if not value:
            return [None] * len(self.columns)
        chosen = set(value.split()) if self._split else ()
        return [typed(self.kind, value), *(int(choice in chosen) for choice in self._split)]


def _rows(
    context: Context, form: Form, questions: list[_Question], runs: sa.Select[Any]
) -> Generator[Row, None, None]:
    statement = (
        sa.select(
            SurveyRunRow.id,
            context.person(SurveyRunRow.participant_id).label("person"),
            SurveyRunRow.wave,
            SurveyRunRow.survey_version,
            SurveyRunRow.started_at,
            SurveyRunRow.completed_at,
            Participant.country,
            Participant.region,
            Participant.municipality,
            Answer.question,
            Answer.value,
            (Answer.text if context.identified else sa.null()).label("text"),
            Answer.reply_kind,
        )
        .join(Participant, Participant.id == SurveyRunRow.participant_id)
        .outerjoin(
            Answer,
            sa.and_(
                Answer.participant_id == SurveyRunRow.participant_id,
                Answer.survey == SurveyRunRow.survey,
                Answer.wave == SurveyRunRow.wave,
            ),
        )
        .where(SurveyRunRow.id.in_(runs))
        .order_by("person", SurveyRunRow.wave, SurveyRunRow.id)
    )
    for _, group in groupby(stream(context.connection, statement), key=lambda row: row.id):
        rows = list(group)
        first = rows[0]
        home = (first.country, first.region, first.municipality)
        said = _said(rows)
        yield [
            first.person,
            first.wave,
            first.survey_version,
            context.time(first.started_at),
            context.time(first.completed_at),
            *(cell for question in questions for cell in question.cells(said.get(question.name), home)),
        ]


def _said(rows: list[sa.Row[Any]]) -> Mapping[str, str]:
    """Her answers by question, free text included where it was asked for."""
    return {
        row.question: row.text if row.text is not None else row.value or ""
        for row in rows
        if row.reply_kind in _WITH_VALUE
    }
