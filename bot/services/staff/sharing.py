"""A telephone that several women share, as staff see it: who else writes from it, and her PIN taken away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.profile_pin import set_pin
from bot.services.profiles import is_her_turn
from bot.services.staff import logs
from bot.services.staff.member import Member, NotFound, person_in_scope
from bot.services.staff.roles import Permission
from bot.store.channel_tables import Profile
from bot.store.database import Database
from bot.store.tables import AddressRow, HandOver, Participant


@dataclass(frozen=True)
class Shared:
    """``others``: ids of the women whom this member may see; ``count``: how many there are besides her."""

    others: tuple[str, ...]
    count: int
    has_pin: bool
    her_turn: bool
    """whether she is the one who writes from it now"""


def shared_by(session: Session, member: Member, person: Participant, now: datetime) -> Shared | None:
    """What to know before writing to her; None for a woman who has her telephone to herself."""
    mine = session.scalars(sa.select(Profile).where(Profile.participant_id == person.id)).all()
    if not mine:
        return None
    there = [profile.address_id for profile in mine]
    besides = sa.select(Profile.participant_id).where(
        Profile.address_id.in_(there), Profile.participant_id != person.id
    )
    seen = session.scalars(besides.where(*member.scope.hers(Profile.participant_id)).order_by(Profile.id))
    count = session.scalar(sa.select(sa.func.count()).select_from(besides.subquery())) or 0
    phones = session.scalars(sa.select(AddressRow).where(AddressRow.id.in_(there))).all()
    hers = any(is_her_turn(session, phone, person.id, now) for phone in phones)
    return Shared(tuple(dict.fromkeys(seen)), count, any(p.pin for p in mine), hers)


def remove_pin(
    session: Session, database: Database, member: Member, participant_id: str, now: datetime
) -> None:
    """She forgot it: her conversation opens without one. Closes her request; logged. Raises NotAllowed, NotFound."""
    person = person_in_scope(session, member, participant_id)
    member.need(Permission.WORK_CASES)
    mine = session.scalars(sa.select(Profile).where(Profile.participant_id == person.id)).all()
    if not mine:
        raise NotFound("profile")
    for profile in mine:
        set_pin(database, profile, None)
    session.execute(
        sa.update(HandOver)
        .where(HandOver.participant_id == person.id, HandOver.reason == "pin", HandOver.state == "open")
        .values(state="closed", closed_at=now)
    )
    logs.note_change(session, member.id, "pin_removed", now, participant_id=person.id)
