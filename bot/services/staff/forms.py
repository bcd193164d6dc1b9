"""Questionnaires as staff see them: versions, and where women stop answering."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.staff.answered import question_label
from bot.services.staff.funnel import SMALLEST
from bot.services.staff.member import Member, NotFound
from bot.services.staff.roles import Permission
from bot.services.world import World
from bot.store.tables import Answer, Conversation, SurveyRunRow, SurveyVersion


@dataclass(frozen=True)
class Listed:
    """A questionnaire with its newest version and how many began and finished it."""

    name: str
    title: str
    version: int
    published_at: datetime
    versions: int
    started: int
    completed: int
    aside: bool


@dataclass(frozen=True)
class Drop:
    """One question: how many were asked and how each of them passed it; ``stopped`` went no further."""

    name: str
    label: str
    tier: str
    answered: int
    skipped: int
    dont_know: int
    stopped: int

    @property
    def asked(self) -> int:
        return self.answered + self.skipped + self.dont_know + self.stopped

    @property
    def points_at_somebody(self) -> bool:
        """Whether a count of the line is so small that it could be known whose it is (PRV-10)."""
        return any(0 < n < SMALLEST for n in (self.answered, self.skipped, self.dont_know, self.stopped))

    @property
    def share_stopped(self) -> float:
        """Percent of those asked who went no further; 0 where nobody was asked."""
        return 100 * self.stopped / self.asked if self.asked else 0.0


@dataclass(frozen=True)
class Detail:
    name: str
    title: str
    versions: list[tuple[int, datetime]]
    waves: list[str]
    wave: str
    started: int
    completed: int
    questions: list[Drop]
    restricted: int
    """questions of the restricted part: never counted here"""


def listed(session: Session, world: World, member: Member) -> list[Listed]:
    """Every published questionnaire. Raises NotAllowed."""
    member.need(Permission.SEE_OVERVIEW)
    rows = session.execute(
        sa.select(
            SurveyVersion.survey,
            sa.func.max(SurveyVersion.version),
            sa.func.max(SurveyVersion.published_at, type_=SurveyVersion.published_at.type),
            sa.func.count(),
        )
        .group_by(SurveyVersion.survey)
        .order_by(SurveyVersion.survey)
    ).all()
    runs = session.execute(
        sa.select(SurveyRunRow.survey, sa.func.count(), sa.func.count(SurveyRunRow.completed_at))
        .where(*member.scope.hers(SurveyRunRow.participant_id))
        .group_by(SurveyRunRow.survey)
    ).all()
    counted = {survey: (started, completed) for survey, started, completed in runs}
    found = []
    for name, version, at, versions in rows:
        started, completed = counted.get(name, (0, 0))
        title = world.library.version(name, version).title
        found.append(Listed(name, title, version, at, versions, started, completed, name in world.asides))
    return found


def detail(session: Session, world: World, member: Member, name: str, wave: str) -> Detail:
    """A questionnaire with its drop-off in one wave. Raises NotAllowed, NotFound."""
    member.need(Permission.SEE_OVERVIEW)
    versions = session.execute(
        sa.select(SurveyVersion.version, SurveyVersion.published_at)
        .where(SurveyVersion.survey == name)
        .order_by(SurveyVersion.version.desc())
    ).all()
    if not versions:
        raise NotFound("survey")
    survey = world.library.version(name, versions[0][0])
    mine = member.scope.hers(SurveyRunRow.participant_id)
    waves = list(
        session.scalars(
            sa.select(SurveyRunRow.wave)
            .where(SurveyRunRow.survey == name, *mine)
            .distinct()
            .order_by(SurveyRunRow.wave)
        )
    )
    chosen = wave if wave in waves else (waves[0] if waves else "")
    started, completed = session.execute(
        sa.select(sa.func.count(), sa.func.count(SurveyRunRow.completed_at)).where(
            SurveyRunRow.survey == name, SurveyRunRow.wave == chosen, *mine
        )
    ).one()
    counts: dict[str, Counter[str]] = {}
    for question, kind, count in session.execute(
        sa.select(Answer.question, Answer.reply_kind, sa.func.count())
        .where(
            Answer.survey == name,
            Answer.wave == chosen,
            Answer.reply_kind != "not_asked",
            *member.scope.hers(Answer.participant_id),
        )
        .group_by(Answer.question, Answer.reply_kind)
    ):
        counts.setdefault(question, Counter())[kind] = count
    order = [q.name for q in survey.questions if q.asked and q.sensitivity != "restricted"]
    stopped = _stopped_at(session, member, order, name, chosen)
    drops = [
        Drop(
            question,
            question_label(survey, survey.by_name[question], member.language),
            survey.by_name[question].tier,
            counts.get(question, Counter())["answered"],
            counts.get(question, Counter())["skipped"],
            counts.get(question, Counter())["dont_know"],
            stopped[question],
        )
        for question in order
    ]
    restricted = sum(q.asked and q.sensitivity == "restricted" for q in survey.questions)
    return Detail(
        name,
        survey.title,
        [(v, at) for v, at in versions],
        waves,
        chosen,
        started,
        completed,
        drops,
        restricted,
    )


def _stopped_at(session: Session, member: Member, order: list[str], name: str, wave: str) -> Counter[str]:
    """For each question, how many unfinished runs wait there.

    The conversation says where she is; where it has moved on to something else, the question after her last
    answer in the form's order is taken.
    """
    unfinished = (
        SurveyRunRow.survey == name,
        SurveyRunRow.wave == wave,
        SurveyRunRow.completed_at.is_(None),
        *member.scope.hers(SurveyRunRow.participant_id),
    )
    waiting = session.execute(
        sa.select(SurveyRunRow.participant_id, Conversation.question)
        .join(
            Conversation,
            sa.and_(
                Conversation.participant_id == SurveyRunRow.participant_id,
                Conversation.survey == name,
                Conversation.wave == wave,
            ),
            isouter=True,
        )
        .where(*unfinished)
    )
    place = {question: index for index, question in enumerate(order)}
    at = {person: question for person, question in waiting}
    furthest = {person: -1 for person, question in at.items() if question is None}
    rows = session.execute(
        sa.select(Answer.participant_id, Answer.question).where(
            Answer.survey == name,
            Answer.wave == wave,
            Answer.reply_kind != "not_asked",
            Answer.participant_id.in_(sa.select(SurveyRunRow.participant_id).where(*unfinished)),
        )
    )
    for person, question in rows:
        if person in furthest and question in place:
            furthest[person] = max(furthest[person], place[question])
    stopped = Counter(question for question in at.values() if question in place)
    stopped.update(order[last + 1] for last in furthest.values() if last + 1 < len(order))
    return stopped
