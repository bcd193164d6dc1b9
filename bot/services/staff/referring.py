"""A referral's way: opened, contacted, reached, closed. Nothing is closed without an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.staff import logs
from bot.services.staff.member import Member, NotFound, person_in_scope
from bot.services.staff.roles import Permission
from bot.store.console_tables import ReferralStep
from bot.store.tables import Participant, Referral

STATUSES = ("opened", "contacted", "reached", "closed")
OUTCOMES = (
    "received", "partly_received", "waiting_list", "not_available", "not_eligible", "declined", "not_reached",
    "solved_herself",
)  # fmt: skip
EASED = ("yes", "no", "unknown")
PAGE = 100
_AFTER = {
    "opened": ("contacted", "reached", "closed"),
    "contacted": ("reached", "closed"),
    "reached": ("closed",),
}


class WrongStep(Exception):
    """That step cannot be made; ``code`` is a text of the console: ``order``, ``outcome``, ``eased``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Case:
    """A referral with where she lives, as the list shows it."""

    referral: Referral
    country: str | None
    region: str | None
    centre: str | None
    eased: str | None


def listed(session: Session, member: Member, status: str, barrier: str) -> list[Case]:
    """Referrals in scope, oldest first. ``status``: one of STATUSES, or ``open`` for all but closed."""
    member.need(Permission.WORK_CASES)
    last = (
        sa.select(sa.func.max(ReferralStep.id))
        .where(ReferralStep.referral_id == Referral.id, ReferralStep.eased.is_not(None))
        .correlate(Referral)
        .scalar_subquery()
    )
    statement = (
        sa.select(Referral, Participant.country, Participant.region, Participant.centre, ReferralStep.eased)
        .join(Participant, Participant.id == Referral.participant_id)
        .join(ReferralStep, ReferralStep.id == last, isouter=True)
        .where(*member.scope.people())
        .order_by(Referral.opened_at, Referral.id)
        .limit(PAGE)
    )
    if status in STATUSES:
        statement = statement.where(Referral.status == status)
    elif status == "open":
        statement = statement.where(Referral.status != "closed")
    if barrier:
        statement = statement.where(Referral.barrier == barrier)
    return [Case(*row) for row in session.execute(statement)]


def get(
    session: Session, member: Member, referral_id: int
) -> tuple[Referral, Participant, list[ReferralStep]]:
    """One referral with its steps. Raises NotAllowed, NotFound."""
    member.need(Permission.WORK_CASES)
    row = session.get(Referral, referral_id)
    if row is None:
        raise NotFound("referral")
    person = person_in_scope(session, member, row.participant_id)
    steps = session.scalars(
        sa.select(ReferralStep).where(ReferralStep.referral_id == row.id).order_by(ReferralStep.id)
    )
    return row, person, list(steps)


def next_statuses(status: str) -> tuple[str, ...]:
    """To which statuses a referral may go from this one."""
    return _AFTER.get(status, ())


def step(
    session: Session,
    member: Member,
    referral_id: int,
    after: str,
    now: datetime,
    *,
    outcome: str = "",
    eased: str = "",
    note: str = "",
) -> None:
    """Take a referral on. Closing needs an outcome and whether the barrier eased.

    Raises WrongStep, NotAllowed, NotFound.
    """
    row, person, _ = get(session, member, referral_id)
    before = row.status
    if after not in next_statuses(before):
        raise WrongStep("order")
    if after == "closed":
        if outcome not in OUTCOMES:
            raise WrongStep("outcome")
        if eased not in EASED:
            raise WrongStep("eased")
        row.outcome, row.closed_at = outcome, now
    else:
        outcome = eased = ""
    if row.contacted_at is None and (after in ("contacted", "reached") or outcome not in ("", "not_reached")):
        row.contacted_at = now
    row.status = after
    session.add(
        ReferralStep(
            referral_id=row.id,
            at=now,
            staff_id=member.id,
            before=before,
            after=after,
            outcome=outcome or None,
            eased=eased or None,
            note=note.strip()[: logs.NOTE] or None,
        )
    )
    logs.note_change(
        session, member.id, "referral_step", now, of=row.id, participant_id=person.id,
        before=before, after=after, outcome=outcome, eased=eased,
    )  # fmt: skip
