"""A woman's answers in words, masked where they are her own words or could say who she is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.library import UnknownSurvey
from bot.services.staff.member import Member
from bot.services.staff.roles import Permission
from bot.services.world import World
from bot.store.tables import Answer, Participant, RestrictedAnswer, SurveyRunRow
from bot.surveys.model import Question, Survey, in_language


@dataclass(frozen=True)
class ShownAnswer:
    """An answer as the page shows it; ``hidden`` when it is her own words and no reason was stated."""

    question: str
    label: str
    value: str
    reply_kind: str
    at: datetime
    hidden: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class AnswerSheet:
    survey: str
    title: str
    wave: str
    version: int
    completed_at: datetime | None
    answers: tuple[ShownAnswer, ...]


def survey_of(world: World, name: str, version: int) -> Survey | None:
    """That version, else the present one, else None: an old answer is shown even when its form is gone."""
    try:
        return world.library.version(name, version)
    except UnknownSurvey:
        try:
            return world.library.current(name)[1]
        except UnknownSurvey:
            return None


def sheets(
    session: Session, world: World, person: Participant, language: str, shown: bool
) -> tuple[AnswerSheet, ...]:
    rows: list[Answer] = list(
        session.scalars(sa.select(Answer).where(Answer.participant_id == person.id).order_by(Answer.id))
    )
    runs = {
        (r.survey, r.wave): r
        for r in session.scalars(sa.select(SurveyRunRow).where(SurveyRunRow.participant_id == person.id))
    }
    groups: dict[tuple[str, str], list[Answer]] = {}
    for row in rows:
        groups.setdefault((row.survey, row.wave), []).append(row)
    found = []
    for (name, wave), answers in groups.items():
        version = answers[-1].survey_version
        survey = survey_of(world, name, version)
        run = runs.get((name, wave))
        order = survey.position if survey else {}
        ordered = sorted(answers, key=lambda a: (order.get(a.question, len(order)), a.id))
        made = tuple(
            answer for row in ordered if (answer := _shown(row, survey, language, shown)) is not None
        )
        title = survey.title if survey else name
        found.append(AnswerSheet(name, title, wave, version, run.completed_at if run else None, made))
    return tuple(found)


def _shown(row: Answer, survey: Survey | None, language: str, shown: bool) -> ShownAnswer | None:
    question = survey.by_name.get(row.question) if survey else None
    if question is not None and not question.asked:
        return None
    own_words = row.text is not None or _is_personal(question)
    value = row.text if row.text is not None else row.value or ""
    hidden = own_words and not shown and row.reply_kind == "answered"
    if question is not None and survey is not None and not own_words:
        value = value_label(survey, question, value, language)
    return ShownAnswer(
        row.question,
        question_label(survey, question, language) or row.question,
        "" if hidden else value,
        row.reply_kind,
        row.answered_at,
        hidden,
        question.sensitivity == "sensitive" if question else False,
    )


def _is_personal(question: Question | None) -> bool:
    """Whether an answer could say who she is; of an unknown question it is assumed."""
    if question is None:
        return True
    return question.type in ("text", "image", "audio", "geopoint") or question.reads_as in (
        "phone", "person_name", "birth_date",
    )  # fmt: skip


def question_label(survey: Survey | None, question: Question | None, language: str) -> str:
    """The question's own line, without its options or placeholders' values."""
    if survey is None or question is None:
        return ""
    text = in_language(question.labels, language, survey.default_language)
    return next((line.strip() for line in text.splitlines() if line.strip()), question.name)


def value_label(survey: Survey, question: Question, value: str, language: str) -> str:
    """The label of a choice (of several, separated by a comma), or the value itself."""
    if not question.has_choices or not value:
        return value
    known = survey.choices_by_name.get(question.list_name, {})
    names = value.split() if question.type == "select_multiple" else [value]
    labels = [
        in_language(known[n].labels, language, survey.default_language) or n if n in known else n
        for n in names
    ]
    return ", ".join(labels)


def restricted(
    session: Session, world: World, person: Participant, member: Member, shown: bool
) -> tuple[ShownAnswer, ...]:
    if not member.may(Permission.READ_RESTRICTED):
        return ()
    found = []
    for row in session.scalars(
        sa.select(RestrictedAnswer)
        .where(RestrictedAnswer.participant_id == person.id)
        .order_by(RestrictedAnswer.id)
    ):
        survey = survey_of(world, row.survey, 0)
        question = survey.by_name.get(row.question) if survey else None
        value = (
            value_label(survey, question, row.value, member.language) if survey and question else row.value
        )
        label = question_label(survey, question, member.language) or row.question
        found.append(
            ShownAnswer(
                row.question, label, value if shown else "", "answered", row.answered_at, not shown, True
            )
        )
    return tuple(found)
