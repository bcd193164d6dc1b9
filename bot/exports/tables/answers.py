"""One row a participant, questionnaire, wave and question that was asked or passed over."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import sqlalchemy as sa

from bot.exports.cells import label_of, shown
from bot.exports.columns import Row, columns_of
from bot.exports.context import Context
from bot.exports.forms import Forms
from bot.exports.snapshot import stream
from bot.exports.tables.table import Table, size_of
from bot.store.tables import Answer, Participant

_WITHOUT_VALUE = frozenset({"skipped", "not_asked"})


def answers(context: Context) -> Table:
    """The long table. Calculations are worked out and not asked: they are in ``survey_<name>`` only."""
    text = Answer.text if context.identified else sa.null()
    statement = (
        sa.select(
            context.person(Answer.participant_id).label("person"),
            Answer.survey,
            Answer.survey_version,
            Answer.wave,
            Answer.question,
            Answer.value,
            text.label("text"),
            Answer.answered_at,
            Answer.reply_kind,
            Participant.country,
            Participant.region,
            Participant.municipality,
        )
        .join(Participant, Participant.id == Answer.participant_id)
        .where(
            _asked(context.forms),
            *context.request.within(Answer.answered_at),
            *context.request.lives(),
        )
        .order_by("person", Answer.survey, Answer.wave, Answer.id)
    )
    columns = columns_of("answers", identified=context.identified)
    return Table("answers", columns, _rows(context, statement), size_of(context.connection, statement))


def _asked(forms: Forms) -> sa.ColumnElement[bool]:
    """Rows of questions that a published form asks and that are not restricted (SAF-10)."""
    return sa.or_(
        sa.false(),
        *(
            sa.and_(Answer.survey == name, Answer.question.in_(asked))
            for name in forms.names
            if (asked := [q for q in forms.exported(forms[name]) if forms[name].questions[q].asked])
        ),
    )


def _rows(context: Context, statement: sa.Select[Any]) -> Generator[Row, None, None]:
    for row in stream(context.connection, statement):
        form = context.forms[row.survey]
        stored = row.text if row.text is not None else row.value
        home = (row.country, row.region, row.municipality)
        value = shown(context, form, row.question, None if row.reply_kind in _WITHOUT_VALUE else stored, home)
        yield (
            row.person,
            row.survey,
            row.survey_version,
            row.wave,
            row.question,
            value,
            label_of(form, row.question, value),
            context.time(row.answered_at),
            row.reply_kind,
        )
