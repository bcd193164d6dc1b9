"""From hello to six months: how many came how far, by country, pathway and centre, small counts hidden."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.staff.member import Member
from bot.services.staff.roles import Permission
from bot.store.tables import Participant, Referral, SurveyRunRow

SMALLEST = 5
"""counts below it are not shown to staff (PRV-10)"""
STEPS = ("wrote", "consented", "enrolled", "completed", "answered_3", "answered_6")


@dataclass(frozen=True)
class Bar:
    """One line of a chart. ``count`` is None when it is too small to show; ``share`` of the first bar, percent."""

    code: str
    count: int | None
    share: float | None
    small: bool = False
    """too small itself; else hidden so that a small one cannot be worked out from the total"""


def funnel(session: Session, member: Member, *, country: str = "") -> list[Bar]:
    """How many reached each step. Raises NotAllowed."""
    member.need(Permission.SEE_OVERVIEW)
    where = [*member.scope.people()]
    if country:
        where.append(Participant.country == country)
    base = sa.select(sa.func.count()).select_from(Participant).where(*where)

    def answered(wave: str) -> int:
        done = sa.select(SurveyRunRow.participant_id).where(
            SurveyRunRow.wave == wave, SurveyRunRow.completed_at.is_not(None)
        )
        return session.scalar(base.where(Participant.id.in_(done))) or 0

    counts = {
        "wrote": session.scalar(base) or 0,
        "consented": session.scalar(base.where(Participant.consented_at.is_not(None))) or 0,
        "enrolled": session.scalar(base.where(Participant.enrolled_at.is_not(None))) or 0,
        "completed": session.scalar(base.where(Participant.completed_at.is_not(None))) or 0,
        "answered_3": answered("m3"),
        "answered_6": answered("m6"),
    }
    first = counts["wrote"]
    return [_bar(step, counts[step], first) for step in STEPS]


def groups(session: Session, member: Member, column: str, *, country: str = "") -> list[Bar]:
    """Enrolled women by ``country``, ``pathway``, ``centre`` or ``modality``, largest first."""
    member.need(Permission.SEE_OVERVIEW)
    by = {
        "country": Participant.country,
        "pathway": Participant.pathway,
        "centre": Participant.centre,
        "modality": Participant.modality,
    }[column]
    where = [Participant.enrolled_at.is_not(None), by.is_not(None), *member.scope.people()]
    if country:
        where.append(Participant.country == country)
    rows = session.execute(sa.select(by, sa.func.count()).where(*where).group_by(by)).all()
    return _bars(rows)


def barriers(session: Session, member: Member, *, country: str = "") -> list[Bar]:
    """Women by the supports they asked for. Disclosures are no referral and are not among them."""
    member.need(Permission.SEE_OVERVIEW)
    statement = (
        sa.select(Referral.barrier, sa.func.count(sa.distinct(Referral.participant_id)))
        .join(Participant, Participant.id == Referral.participant_id)
        .where(*member.scope.people(), Referral.barrier != "violence")
        .group_by(Referral.barrier)
    )
    if country:
        statement = statement.where(Participant.country == country)
    return _bars(session.execute(statement).all())


def _bars(rows: object) -> list[Bar]:
    counted: list[tuple[str, int]] = sorted(rows, key=lambda row: (-row[1], row[0]))  # type: ignore[call-overload]
    small = sum(1 for _, count in counted if 0 < count < SMALLEST)
    bars = [_bar(code, count, counted[0][1]) for code, count in counted]
    # one hidden count could be worked out from the total: the next smallest is hidden with it
    if small == 1 and len(bars) > 1:
        at = max(i for i, bar in enumerate(bars) if bar.count is not None)
        bars[at] = Bar(bars[at].code, None, None)
    return bars


def _bar(code: str, count: int, of: int) -> Bar:
    if 0 < count < SMALLEST:
        return Bar(code, None, None, small=True)
    return Bar(code, count, 100 * count / of if of else 0.0)
