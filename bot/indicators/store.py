"""The women of the store as the indicators see them, streamed: no personal column is read.

The reader leaves out what came after ``as_of``; a woman's status, pathway and place are today's, since the
store keeps no history of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.schedule import add_months
from bot.indicators.definition import Settings
from bot.indicators.designs import BASELINE, ENROLMENT
from bot.indicators.woman import Record, Woman
from bot.programme.load import Programmes
from bot.store.tables import Answer, Participant, Referral, SurveyRunRow

Source = Session | sa.Connection
"""Either gives the same rows; exports read through a connection."""
Person = sa.Row[Any]
CHUNK = 500
"""Women read at once. Their ids go into one query; SQLite takes at least 999 parameters."""
SAID = ("answered", "dont_know")
STARTED = frozenset({"in_course", "completed", "alumna"})
RESTRICTED_BARRIERS = ("violence",)
"""Disclosures are for the focal point only and enter no statistic."""


@dataclass(slots=True)
class _Said:
    """What one woman answered, and where."""

    answers: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    responded: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    referrals: list[Record] = field(default_factory=list)


def from_store(
    source: Source, as_of: date, country: str | None, settings: Settings, programmes: Programmes
) -> Iterator[Woman]:
    """Women of ``country`` (None: of every country) as of the end of that day in UTC, in a stable order."""
    before = datetime.combine(as_of + timedelta(days=1), time.min, UTC)
    for chunk in _chunks(source, before, country, settings.population):
        said = _said(source, [person.id for person in chunk], before, settings)
        for person in chunk:
            yield _woman(person, said.get(person.id) or _Said(), before, programmes)


def _chunks(
    source: Source, before: datetime, country: str | None, population: Sequence[str]
) -> Iterator[Sequence[Person]]:
    columns = (
        Participant.id, Participant.status, Participant.country, Participant.region, Participant.municipality,
        Participant.centre, Participant.pathway, Participant.level, Participant.completed_at,
    )  # fmt: skip
    query = (
        sa.select(*columns)
        .where(
            Participant.status.in_(population),
            Participant.country.is_not(None) if country is None else Participant.country == country,
            sa.or_(Participant.enrolled_at.is_(None), Participant.enrolled_at < before),
        )
        .order_by(Participant.id)
        .limit(CHUNK)
    )
    last = ""
    while chunk := source.execute(query.where(Participant.id > last)).all():
        yield chunk
        last = chunk[-1].id


def _said(source: Source, ids: list[str], before: datetime, settings: Settings) -> Mapping[str, _Said]:
    found: dict[str, _Said] = defaultdict(_Said)
    baseline = _pairs(settings.enrolment.baseline)
    for person, survey, wave, question, value in source.execute(_answers(ids, before, settings)):
        said = found[person]
        if survey == settings.survey:
            said.answers[wave][question] = value
            if question not in settings.opening:
                said.responded.add(wave)
            continue
        said.answers[ENROLMENT][question] = value
        if (survey, question) in baseline:
            # what the first survey itself asked again stands above what enrolment asked
            said.answers[BASELINE].setdefault(question, value)
    runs = sa.select(SurveyRunRow.participant_id, SurveyRunRow.wave).where(
        SurveyRunRow.participant_id.in_(ids),
        SurveyRunRow.survey == settings.survey,
        SurveyRunRow.completed_at < before,
    )
    for person, wave in source.execute(runs):
        found[person].finished.add(wave)
    referrals = (
        sa.select(Referral.participant_id, Referral.barrier, Referral.status, Referral.outcome)
        .where(
            Referral.participant_id.in_(ids),
            Referral.opened_at < before,
            Referral.barrier.not_in(RESTRICTED_BARRIERS),
        )
        .order_by(Referral.id)
    )
    for person, barrier, status, outcome in source.execute(referrals):
        found[person].referrals.append({"barrier": barrier, "status": status, "outcome": outcome or ""})
    return found


def _answers(
    ids: list[str], before: datetime, settings: Settings
) -> sa.Select[tuple[str, str, str, str, str]]:
    wanted = _pairs(settings.enrolment.baseline) | _pairs(settings.enrolment.other)
    at_enrolment = sa.and_(
        Answer.wave == ENROLMENT,
        Answer.survey.in_(sorted({survey for survey, _ in wanted})),
        Answer.question.in_(sorted({question for _, question in wanted})),
    )
    unknown = settings.missing[0]
    is_main = Answer.survey == settings.survey
    return (
        sa.select(
            Answer.participant_id,
            Answer.survey,
            Answer.wave,
            Answer.question,
            # a free text stays sealed: that she wrote one is enough
            sa.case(
                (
                    Answer.reply_kind == "dont_know",
                    sa.func.coalesce(sa.func.nullif(Answer.value, ""), unknown),
                ),
                else_=sa.func.coalesce(Answer.value, ""),
            ),
        )
        .where(
            Answer.participant_id.in_(ids),
            Answer.reply_kind.in_(SAID),
            Answer.answered_at < before,
            sa.or_(is_main, at_enrolment),
        )
        # the survey's own rows first, so that enrolment only fills what is missing
        .order_by(sa.case((is_main, 0), else_=1), Answer.id)
    )


def _pairs(questions: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    return {(survey, question) for survey, names in questions.items() for question in names}


def _woman(person: Person, said: _Said, before: datetime, programmes: Programmes) -> Woman:
    completed: datetime | None = person.completed_at
    done = completed is not None and completed < before
    course = "completed" if done else "started" if person.status in STARTED else ""
    columns = ("status", "region", "municipality", "centre", "pathway", "level")
    profile = {name: value for name in columns if (value := getattr(person, name))}
    return Woman(
        country=person.country,
        profile={**profile, "course": course},
        answers=said.answers,
        responded=frozenset(said.responded),
        finished=frozenset(said.finished),
        due=_due(person, completed, programmes) if completed is not None else {},
        records={"referrals": said.referrals},
    )


def _due(person: Person, completed: datetime, programmes: Programmes) -> Mapping[str, date]:
    """Completion plus calendar months on her own calendar, clamped to the month's end."""
    programme = programmes.get(person.country)
    day = completed.astimezone(programme.zone(person.region, person.municipality)).date()
    return {wave.code: add_months(day, wave.months) for wave in programme.waves}
