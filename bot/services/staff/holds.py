"""Taking a conversation, answering in it, and handing it back; the bot is silent in between.

While ``conversations.held_by`` names a member of staff the turn stores what she writes and says nothing.
A conversation that was left is given back by time, with a word to her and her request still open.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Channel, Outbound
from bot.core.text import clean
from bot.services.profiles import is_her_turn
from bot.services.staff import logs
from bot.services.staff.member import Member, NotAllowed, NotFound, person_in_scope
from bot.services.staff.roles import Permission
from bot.services.window import takes_free_text
from bot.services.world import World
from bot.store.console_tables import Hold
from bot.store.tables import (
    AddressRow,
    Conversation,
    HandOver,
    OutboxRow,
    Participant,
)

Parts = Callable[[Channel, str, Outbound], tuple[Outbound, ...]]
BOT = "bot"
STALE_AFTER = timedelta(hours=4)
"""without a word of staff, after which the bot takes over again"""
LONGEST_REPLY = 1000


class CannotReply(Exception):
    """The message cannot leave; ``code`` is a text of the console: ``window``, ``blocked``, ``empty`` …"""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def take(session: Session, member: Member, participant_id: str, now: datetime) -> None:
    """The conversation is this member's; the bot is silent. Reading it is logged.

    Raises NotAllowed (also when a colleague has it), NotFound.
    """
    person = person_in_scope(session, member, participant_id)
    member.need(Permission.WORK_CASES)
    conversation = _conversation(session, person)
    # only one of two who press at the same moment gets it
    taken = session.execute(
        sa.update(Conversation)
        .where(Conversation.participant_id == person.id, Conversation.held_by.in_((BOT, member.id)))
        .values(held_by=member.id)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise NotAllowed("held")
    if open_hold(session, person.id) is None:
        session.add(Hold(participant_id=person.id, staff_id=member.id, taken_at=now))
        logs.note_change(session, member.id, "conversation_taken", now, participant_id=person.id)
    session.refresh(conversation)
    logs.reveal(session, member, [person.id], "content", "answer_her", now)


def can_write(session: Session, participant_id: str, now: datetime) -> AddressRow:
    """The address that a message of staff goes to.

    Raises CannotReply: ``no_address``, ``blocked``, ``shared`` (it is not known to be her turn on that telephone),
    ``window`` (her 24 hours are over).
    """
    address = address_of(session, participant_id)
    if not is_her_turn(session, address, participant_id, now):
        raise CannotReply("shared")
    if not takes_free_text(address.channel, address.last_inbound_at, now):
        raise CannotReply("window")
    return address


def address_of(session: Session, participant_id: str) -> AddressRow:
    """Where she writes from, if it takes messages. Raises CannotReply."""
    conversation = session.get(Conversation, participant_id)
    address = (
        session.get(AddressRow, conversation.address_id) if conversation and conversation.address_id else None
    )
    if address is None:
        raise CannotReply("no_address")
    if address.blocked_at is not None:
        raise CannotReply("blocked")
    return address


def reply(
    session: Session,
    world: World,
    member: Member,
    participant_id: str,
    text: str,
    parts: Parts,
    now: datetime,
) -> None:
    """Send her the member's words. Raises CannotReply, NotAllowed, NotFound."""
    person, conversation, hold = mine(session, member, participant_id)
    text = clean(text)
    if not text:
        raise CannotReply("empty")
    if len(text) > LONGEST_REPLY:
        raise CannotReply("long")
    address = can_write(session, person.id, now)
    queue(session, conversation, address, Outbound(text), parts, now)
    hold.replied_at, hold.waits_until = now, None
    logs.note_change(session, member.id, "replied", now, participant_id=person.id, characters=len(text))
    # whoever is writing to her needs to go on reading what she answers
    logs.reveal(session, member, [person.id], "content", "answer_her", now)


def hand_back(
    session: Session,
    world: World,
    member: Member,
    participant_id: str,
    parts: Parts,
    now: datetime,
    *,
    solved: bool,
    word: bool = True,
) -> None:
    """The bot goes on. ``solved`` closes her open requests for a person, else they stay on the list.

    ``word`` tells her; it is left out where nothing may be written to her any more.
    """
    person, conversation, hold = mine(session, member, participant_id)
    _return(session, conversation, hold, now, "staff")
    closed = 0
    if solved:
        closed = close_handovers(session, member, person.id, now)
    if word:
        _say(session, world, person, conversation, "staff_back" if solved else "staff_later", parts, now)
    logs.note_change(
        session,
        member.id,
        "conversation_returned",
        now,
        participant_id=person.id,
        solved=solved,
        closed=closed,
    )


def close_handovers(session: Session, member: Member, participant_id: str, now: datetime) -> int:
    """Close her open requests for a person; restricted ones only by a focal point. Returns how many."""
    person_in_scope(session, member, participant_id)
    member.need(Permission.WORK_CASES)
    rows = session.scalars(
        sa.select(HandOver).where(HandOver.participant_id == participant_id, HandOver.state == "open")
    ).all()
    mine = [row for row in rows if not row.restricted or member.may(Permission.READ_RESTRICTED)]
    for row in mine:
        row.state, row.closed_at = "closed", now
    return len(mine)


def close_handover(session: Session, member: Member, handover_id: int, now: datetime) -> str:
    """Close one request; returns whose it was. Raises NotAllowed, NotFound."""
    member.need(Permission.WORK_CASES)
    row = session.get(HandOver, handover_id)
    if row is None or (row.restricted and not member.may(Permission.READ_RESTRICTED)):
        raise NotFound("handover")
    person_in_scope(session, member, row.participant_id)
    if row.state == "open":
        row.state, row.closed_at = "closed", now
        # the log outlives her row, and administrators read it: why the focal point was asked is not in it
        why = {} if row.restricted else {"reason": row.reason}
        logs.note_change(
            session, member.id, "handover_closed", now, of=row.id, participant_id=row.participant_id, **why
        )
    return row.participant_id


def return_stale(world: World, now: datetime, parts: Parts, *, after: timedelta = STALE_AFTER) -> int:
    """Give conversations back that nobody wrote in for so long; returns how many. A step of the scheduler.

    Her request for a person stays open with the clock it has, so the promise stands, and she is told.
    """
    with world.database.write() as session:
        rows = session.scalars(
            sa.select(Hold)
            .join(Conversation, Conversation.participant_id == Hold.participant_id)
            .where(
                Hold.returned_at.is_(None),
                sa.func.coalesce(Hold.replied_at, Hold.taken_at) <= now - after,
                # a template went out: it is her turn, until she has written and nobody answered
                sa.or_(
                    Hold.waits_until.is_(None),
                    Hold.waits_until <= now,
                    sa.and_(
                        Conversation.last_inbound_at > Hold.replied_at,
                        Conversation.last_inbound_at <= now - after,
                    ),
                ),
            )
        ).all()
        for hold in rows:
            conversation = session.get(Conversation, hold.participant_id)
            person = session.get(Participant, hold.participant_id)
            if conversation is None or person is None:
                continue
            _return(session, conversation, hold, now, "time")
            if _keeps_promise_open(session, person.id):
                _say(session, world, person, conversation, "staff_delayed", parts, now)
            logs.note_change(session, None, "conversation_returned", now, participant_id=person.id, by="time")
        return len(rows)


def queue(
    session: Session,
    conversation: Conversation,
    address: AddressRow,
    message: Outbound,
    parts: Parts,
    now: datetime,
    *,
    not_before: datetime | None = None,
) -> None:
    """One outbox row a part, of kind ``staff``."""
    for number, part in enumerate(parts(Channel(address.channel), address.reply_to, message)):
        session.add(
            OutboxRow(
                participant_id=conversation.participant_id,
                channel=address.channel,
                lane=address.digest,
                send_to=address.reply_to,
                kind="staff",
                part=number,
                content=part.to_json(),
                state="queued",
                created_at=now,
                not_before=not_before or now,
                session_id=conversation.session_id,
            )
        )
    session.flush()


def open_hold(session: Session, participant_id: str) -> Hold | None:
    """Who of the team has her conversation now, and since when."""
    return session.scalar(
        sa.select(Hold).where(Hold.participant_id == participant_id, Hold.returned_at.is_(None)).limit(1)
    )


def mine(session: Session, member: Member, participant_id: str) -> tuple[Participant, Conversation, Hold]:
    """Her conversation that this member holds. Raises NotAllowed, NotFound."""
    person = person_in_scope(session, member, participant_id)
    member.need(Permission.WORK_CASES)
    conversation = _conversation(session, person)
    hold = open_hold(session, person.id)
    if hold is None or conversation.held_by != member.id or hold.staff_id != member.id:
        raise NotAllowed("not_held")
    return person, conversation, hold


def _conversation(session: Session, person: Participant) -> Conversation:
    conversation = session.get(Conversation, person.id)
    if conversation is None:
        raise NotFound("conversation")
    return conversation


def _return(session: Session, conversation: Conversation, hold: Hold, now: datetime, by: str) -> None:
    conversation.held_by = BOT
    conversation.unclear = conversation.misses = 0
    hold.returned_at, hold.returned_by = now, by
    session.flush()


def _keeps_promise_open(session: Session, participant_id: str) -> bool:
    """Whether a request of hers still waits; one that was closed is opened no second time."""
    return (
        session.scalar(
            sa.select(HandOver.id)
            .where(
                HandOver.participant_id == participant_id,
                HandOver.state == "open",
                HandOver.restricted.is_(False),
            )
            .limit(1)
        )
        is not None
    )


def _say(
    session: Session,
    world: World,
    person: Participant,
    conversation: Conversation,
    key: str,
    parts: Parts,
    now: datetime,
) -> None:
    try:
        address = can_write(session, person.id, now)
    except CannotReply:
        return
    programme = world.programme_of(person)
    text = world.texts.render(key, person.language, programme.placeholders(person.language))
    at = out_of_quiet_hours(world, person, now)
    if not takes_free_text(address.channel, address.last_inbound_at, at):
        return
    queue(session, conversation, address, Outbound(text), parts, now, not_before=at)


def out_of_quiet_hours(world: World, person: Participant, now: datetime) -> datetime:
    """Now, or the end of her night. She may read at night what she asks for then, not what staff do."""
    quiet, zone = world.programme_of(person).quiet_hours, world.zone_of(person)
    local = now.astimezone(zone)
    starts, ends = quiet.starts, quiet.ends
    clock = local.timetz().replace(tzinfo=None)
    asleep = starts <= clock or clock < ends if starts > ends else starts <= clock < ends
    if not asleep:
        return now
    morning = local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
    return (morning + timedelta(days=1) if morning <= local else morning).astimezone(now.tzinfo)


def return_stale_handovers(world: World, now: datetime) -> int:
    """:func:`return_stale` as the scheduler's steps are called; its words are far below every channel's limit."""
    return return_stale(world, now, lambda channel, to, message: (message,))
