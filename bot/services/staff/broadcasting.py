"""Broadcasts as staff work on them: who may write, who may approve, within whose reach, with a log of each step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import broadcast_plan
from bot.services.broadcast_audience import Audience, Estimate, estimate
from bot.services.broadcast_plan import CannotSend, Draft, Progress
from bot.services.staff import logs
from bot.services.staff.member import Member, NotFound
from bot.services.staff.roles import Permission, permissions
from bot.services.world import World
from bot.store.broadcast_tables import Broadcast
from bot.store.console_tables import ChangeLog, Staff

PAGE = 50
WRITTEN = "broadcast_written"


@dataclass(frozen=True)
class Sheet:
    """One broadcast with what its page says: estimate before approval, progress after it."""

    row: Broadcast
    audience: Audience
    estimate: Estimate | None
    progress: Progress
    may_approve: bool
    needs_other: bool
    """somebody else could approve it, so its author may not"""


def listed(session: Session, member: Member) -> list[tuple[Broadcast, Progress]]:
    """The latest broadcasts in scope, newest first. Raises NotAllowed."""
    member.need(Permission.SEE_OVERVIEW)
    rows = [
        row
        for row in session.scalars(sa.select(Broadcast).order_by(Broadcast.id.desc()))
        if in_reach(member, Audience.from_json(row.audience))
    ][:PAGE]
    found = broadcast_plan.progress(session, rows)
    return [(row, found[row.id]) for row in rows]


def in_reach(member: Member, audience: Audience) -> bool:
    """Whether everybody whom it is for is in this member's scope."""
    scope = member.scope
    return scope.country in (None, audience.country) and scope.centre in (None, audience.centre)


def get(session: Session, member: Member, number: int) -> Broadcast:
    """Raises NotAllowed, NotFound (also for one that reaches beyond the member's scope)."""
    member.need(Permission.SEE_OVERVIEW)
    row = session.get(Broadcast, number)
    if row is None or not in_reach(member, Audience.from_json(row.audience)):
        raise NotFound("broadcast")
    return row


def sheet(session: Session, member: Member, number: int, now: datetime) -> Sheet:
    """Its page. Raises NotAllowed, NotFound."""
    row = get(session, member, number)
    audience = Audience.from_json(row.audience)
    open_ = row.state in ("draft", "waiting")
    other = _somebody_else(session, member, audience)
    mine = member.id in _authors(session, row)
    return Sheet(
        row,
        audience,
        estimate(session, audience, row.per_day, now) if open_ else None,
        broadcast_plan.progress(session, [row])[row.id],
        may_approve=member.may(Permission.BROADCAST) and row.state == "waiting" and not (mine and other),
        needs_other=mine and other,
    )


def write(
    session: Session,
    world: World,
    member: Member,
    number: int | None,
    draft: Draft,
    private: frozenset[str],
    now: datetime,
) -> int:
    """Keep a draft, never wider than the member's scope; returns its number.

    Raises CannotSend, NotAllowed, NotFound.
    """
    member.need(Permission.BROADCAST)
    draft = replace(draft, audience=draft.audience.within(member.scope.country, member.scope.centre))
    country = draft.audience.country or world.default_country
    zone = ZoneInfo(world.programmes.get(country).default_zone)
    broadcast_plan.check(draft, now.astimezone(zone).date(), private)
    row = get(session, member, number) if number is not None else None
    row = broadcast_plan.write(session, row, draft, member.id, now)
    logs.note_change(session, member.id, WRITTEN, now, of=row.id, kind=row.kind)
    return row.id


def ask(session: Session, member: Member, number: int, now: datetime) -> None:
    """Ask for approval. Raises CannotSend, NotAllowed, NotFound."""
    member.need(Permission.BROADCAST)
    row = get(session, member, number)
    broadcast_plan.ask(row, member.id, now)
    logs.note_change(session, member.id, "broadcast_asked", now, of=row.id)


def approve(
    session: Session, world: World, member: Member, number: int, count: str, seen: str, now: datetime
) -> int:
    """The second step: plan it for the women it reaches; returns how many.

    ``count`` is how many the approver read on the page, typed again; ``seen`` the page's
    :func:`bot.services.broadcast_plan.stamp`. Raises CannotSend (``count`` when it is another number by now,
    ``changed`` when it no longer says what was read, ``other`` when somebody else must approve), NotAllowed,
    NotFound.
    """
    member.need(Permission.BROADCAST)
    row = get(session, member, number)
    audience = Audience.from_json(row.audience)
    if member.id in _authors(session, row) and _somebody_else(session, member, audience):
        raise CannotSend("other")
    if seen != broadcast_plan.stamp(row):
        raise CannotSend("changed")
    reach = estimate(session, audience, row.per_day, now).reach
    if count.strip() != str(reach):
        raise CannotSend("count")
    planned = broadcast_plan.approve(session, world, row, member.id, now)
    logs.note_change(session, member.id, "broadcast_approved", now, of=row.id, women=planned)
    return planned


def call_off(session: Session, member: Member, number: int, now: datetime) -> int:
    """Stop it; returns how many messages will not leave. Raises CannotSend, NotAllowed, NotFound."""
    member.need(Permission.BROADCAST)
    row = get(session, member, number)
    stopped = broadcast_plan.call_off(session, row, now)
    logs.note_change(session, member.id, "broadcast_cancelled", now, of=row.id, stopped=stopped)
    return stopped


def waiting(session: Session, member: Member) -> list[Broadcast]:
    """Broadcasts in scope that wait for approval, oldest first."""
    rows = session.scalars(
        sa.select(Broadcast).where(Broadcast.state == "waiting").order_by(Broadcast.asked_at, Broadcast.id)
    )
    return [row for row in rows if in_reach(member, Audience.from_json(row.audience))]


def _authors(session: Session, row: Broadcast) -> set[str | None]:
    """Who wrote the words that stand and who asked for approval: neither is the second person."""
    last = session.scalar(
        sa.select(ChangeLog.staff_id)
        .where(ChangeLog.action == WRITTEN, ChangeLog.object == str(row.id))
        .order_by(ChangeLog.id.desc())
        .limit(1)
    )
    return {last or row.created_by, row.asked_by}


def _somebody_else(session: Session, member: Member, audience: Audience) -> bool:
    """Whether another active account could approve it: then four eyes are asked for."""
    others = session.scalars(
        sa.select(Staff).where(
            Staff.id != member.id, Staff.disabled_at.is_(None), Staff.password_hash.is_not(None)
        )
    )
    return any(
        Permission.BROADCAST in permissions(frozenset(row.roles.split()), focal_point=False)
        and row.country in (None, audience.country)
        and row.centre in (None, audience.centre)
        for row in others
    )
