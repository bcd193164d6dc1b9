"""What is kept no longer: the words of the chat, the restricted part, where she can be reached, her answers (PRV-08).

How long is each programme's ``retention``, and what she was told when she agreed. The chat counts from each message;
everything else from the last that was heard of her or planned for her. Consents stay as the proof that they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.core.schedule import add_months
from bot.programme.programme import Programme
from bot.services.profiles import let_go
from bot.services.staff.logs import note_change
from bot.services.world import World
from bot.store.broadcast_tables import SURVEY as BROADCAST
from bot.store.channel_tables import LinkCode, MediaFile, Merge
from bot.store.console_tables import Hold, ReadLog, ReferralStep
from bot.store.followup_tables import Completion, Nudge
from bot.store.tables import (
    AddressRow,
    Answer,
    Conversation,
    DataRequest,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    Referral,
    RestrictedAnswer,
    SurveyRunRow,
    TrackerEvent,
)

AT_ONCE = 500
"""rows a transaction: on SQLite nobody else writes meanwhile"""
_OVER_IN = ("done", "set_aside")
_OVER_OUT = ("sent", "delivered", "read", "failed", "unknown", "cancelled")
_PLACE = ("region", "municipality", "centre", "source")

Empty = Callable[[Session, str], None]


def let_old_data_go(world: World, now: datetime) -> int:
    """Empty or delete what is older than its programme keeps it; returns how many rows or women. Logged as counts.

    Safe to repeat, and to be killed anywhere: each batch is a transaction of its own.
    """
    gone = {"messages": 0, "events": 0, "restricted": 0, "contact": 0, "answers": 0}
    for country, programme in _programmes(world):
        kept = programme.retention
        since = now - timedelta(days=kept.chat_days)
        gone["messages"] += _batches(world, lambda s, c=country, t=since: _messages(s, world, c, t))  # type: ignore[misc]
        gone["events"] += _batches(world, lambda s, c=country, t=since: _events(s, world, c, t))  # type: ignore[misc]
        for what, months, has, empty in (
            ("restricted", kept.restricted_months, _has_restricted(), _forget_restricted),
            ("contact", kept.contact_months, _has_contact(), _forget_contact),
            ("answers", kept.answers_months, _has_answers(), _forget_answers),
        ):
            silent = (*_of(world, Participant.id, country), has, *_silent_since(_months_before(now, months)))
            gone[what] += _batches(world, lambda s, w=silent, e=empty: _women(s, w, e))  # type: ignore[misc]
    counts: dict[str, Any] = {what: number for what, number in gone.items() if number}
    if counts:
        with world.database.write() as session:
            note_change(session, None, "kept_no_longer", now, **counts)
    return sum(gone.values())


def _programmes(world: World) -> Iterator[tuple[str | None, Programme]]:
    for country in world.programmes.countries:
        yield country, world.programmes.get(country)
    yield None, world.programmes.get(world.default_country)


def _of(
    world: World, column: InstrumentedAttribute[Any], country: str | None
) -> list[sa.ColumnElement[bool]]:
    """Conditions that ``column`` names a woman of that country; None: of none that has a programme, or nobody."""
    if country is not None:
        return [column.in_(sa.select(Participant.id).where(Participant.country == country))]
    elsewhere = sa.select(Participant.id).where(Participant.country.in_(world.programmes.countries))
    return [sa.or_(column.is_(None), column.not_in(elsewhere))]


def _batches(world: World, work: Callable[[Session], int]) -> int:
    total = 0
    while True:
        with world.database.write() as session:
            done = work(session)
        total += done
        if done < AT_ONCE:
            return total


def _messages(session: Session, world: World, country: str | None, since: datetime) -> int:
    """The rows stay, for their ids and for counting; the words and where they went do not."""
    old_in = session.scalars(
        sa.select(InboxRow.id)
        .where(
            InboxRow.received_at < since, InboxRow.payload.is_not(None), InboxRow.state.in_(_OVER_IN),
            *_of(world, InboxRow.participant_id, country),
        )
        .limit(AT_ONCE)
    ).all()  # fmt: skip
    session.execute(sa.update(InboxRow).where(InboxRow.id.in_(old_in)).values(payload=None))
    old_out = session.scalars(
        sa.select(OutboxRow.id)
        .where(
            OutboxRow.created_at < since, OutboxRow.content.is_not(None), OutboxRow.state.in_(_OVER_OUT),
            *_of(world, OutboxRow.participant_id, country),
        )
        .limit(AT_ONCE - len(old_in))
    ).all()  # fmt: skip
    session.execute(sa.update(OutboxRow).where(OutboxRow.id.in_(old_out)).values(content=None, send_to=None))
    return len(old_in) + len(old_out)


def _events(session: Session, world: World, country: str | None, since: datetime) -> int:
    old = session.scalars(
        sa.select(TrackerEvent.id)
        .where(TrackerEvent.timestamp < since.timestamp(), *_of(world, TrackerEvent.sender_id, country))
        .limit(AT_ONCE)
    ).all()
    session.execute(sa.delete(TrackerEvent).where(TrackerEvent.id.in_(old)))
    return len(old)


def _women(session: Session, where: tuple[sa.ColumnElement[bool], ...], empty: Empty) -> int:
    ids = session.scalars(sa.select(Participant.id).where(*where).limit(AT_ONCE)).all()
    for participant_id in ids:
        empty(session, participant_id)
    session.flush()
    return len(ids)


# -- whose -----------------------------------------------------------------------------------------------------


def _hers(table: Any, *where: sa.ColumnElement[bool]) -> sa.Exists:
    return sa.exists().where(table.participant_id == Participant.id, *where)


def _silent_since(when: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Nothing was heard of her, told of her or planned for her since, and nobody has anything left to do for her."""
    return (
        Participant.created_at < when,
        *(
            sa.or_(column.is_(None), column < when)
            for column in (Participant.consented_at, Participant.enrolled_at, Participant.completed_at)
        ),
        ~_hers(Conversation, Conversation.last_inbound_at >= when),
        ~_hers(AddressRow, AddressRow.last_inbound_at >= when),
        ~_hers(InboxRow, InboxRow.received_at >= when),
        ~_hers(Answer, Answer.answered_at >= when),
        ~_hers(Completion, Completion.recorded_at >= when),
        # the end of the window of her last wave, also of one that is still to come
        ~_hers(Nudge, Nudge.survey != BROADCAST, Nudge.closes_at >= when),
        ~_hers(HandOver, HandOver.state == "open"),
        ~_hers(DataRequest, DataRequest.closed_at.is_(None)),
        ~_hers(Hold, Hold.returned_at.is_(None)),
    )


def _has_restricted() -> sa.ColumnElement[bool]:
    return sa.or_(_hers(RestrictedAnswer), _hers(HandOver, HandOver.restricted.is_(True)))


def _has_contact() -> sa.ColumnElement[bool]:
    return sa.or_(
        Participant.name.is_not(None),
        _hers(AddressRow),
        _hers(Answer, Answer.text.is_not(None)),
        _hers(MediaFile),
    )


def _has_answers() -> sa.ColumnElement[bool]:
    return sa.or_(_hers(Answer), _hers(SurveyRunRow), _hers(Referral))


# -- what ------------------------------------------------------------------------------------------------------


def _delete(session: Session, table: Any, participant_id: str, *where: sa.ColumnElement[bool]) -> None:
    session.execute(sa.delete(table).where(table.participant_id == participant_id, *where))


def _forget_restricted(session: Session, who: str) -> None:
    _delete(session, RestrictedAnswer, who)
    _delete(session, HandOver, who, HandOver.restricted.is_(True))


def _forget_contact(session: Session, who: str) -> None:
    """From now on her row is one among many: nobody can be reached by it, and nothing in it is in her own words."""
    let_go(session, who)
    for table in (AddressRow, LinkCode, MediaFile):
        _delete(session, table, who)
    _delete(session, Answer, who, Answer.text.is_not(None))
    session.execute(sa.delete(Merge).where(Merge.kept_id == who))
    session.execute(sa.delete(TrackerEvent).where(TrackerEvent.sender_id == who))
    session.execute(
        sa.update(InboxRow).where(InboxRow.participant_id == who).values(payload=None, address_id=None)
    )
    session.execute(
        sa.update(OutboxRow).where(OutboxRow.participant_id == who).values(content=None, send_to=None)
    )
    session.execute(sa.update(ReadLog).where(ReadLog.participant_id == who).values(note=None))
    hers = sa.select(Referral.id).where(Referral.participant_id == who)
    session.execute(sa.update(ReferralStep).where(ReferralStep.referral_id.in_(hers)).values(note=None))
    session.execute(
        sa.update(Conversation)
        .where(Conversation.participant_id == who)
        .values(address_id=None, aside=None, aside_values=None, survey=None, question=None)
    )
    session.get_one(Participant, who).name = None


def _forget_answers(session: Session, who: str) -> None:
    for table in (Answer, SurveyRunRow, Referral, HandOver, RestrictedAnswer):
        _delete(session, table, who)
    person = session.get_one(Participant, who)
    for column in _PLACE:
        setattr(person, column, None)


def _months_before(now: datetime, months: int) -> datetime:
    day = add_months(now.date(), -months)
    return now.replace(year=day.year, month=day.month, day=day.day)
