"""Whether one nudge may leave now: every rule, asked again at the moment of sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.schedule import NeverAllowed, Rules, is_allowed, next_allowed
from bot.programme.hours import is_holiday
from bot.services.profiles import addresses_of, not_now
from bot.services.world import World
from bot.store.broadcast_tables import SURVEY as NOTICE
from bot.store.broadcast_tables import broadcast_of
from bot.store.followup_tables import Nudge
from bot.store.tables import (
    AddressRow,
    Consent,
    Conversation,
    OutboxRow,
    Participant,
    RestrictedAnswer,
    SurveyRunRow,
)

BASELINE = "baseline"
SURVEY = "e_survey"
INVITATION = "invitation"

WEEKLY_CAP = 2
"""automatic messages to one person in any seven days; what she asked for herself comes on top"""
WEEK = timedelta(days=7)
TALKING = timedelta(minutes=2)
"""she wrote a moment ago: what she is in the middle of goes first"""
FORM_IS_WARM = timedelta(hours=24)
"""so long after her last message an open question is still hers to answer"""
ASIDE_IS_WARM = timedelta(hours=1)
MAY_WAIT = frozenset({INVITATION, "summary", "menu", "did_you_mean"})
"""short questions that an invitation may replace: nothing is lost with them"""
ASK_A_PERSON_AGAIN = timedelta(hours=1)
TRY_ADDRESS_AGAIN = timedelta(days=1)
GONE = frozenset({"new", "consented", "withdrawn", "refused", "deleted"})
AUTOMATIC = ("nudge", "notice")


class Reason(StrEnum):
    """Why a nudge is in its state: the closed list."""

    PLANNED = "planned"
    ASKED = "asked"
    MOVED = "moved"
    QUIET_HOURS = "quiet_hours"
    WEEKLY_CAP = "weekly_cap"
    SAFETY_QUIET = "safety_quiet"
    OPEN_FORM = "open_form"
    IN_CONVERSATION = "in_conversation"
    PERSON_HOLDS = "person_holds"
    BLOCKED = "blocked"
    NO_SAFE_HOUR = "no_safe_hour"
    ERROR = "error"
    QUEUED = "queued"
    PROVIDER = "provider"
    HER_REPLY = "her_reply"
    FINISHED = "finished"
    HER_CHOICE = "her_choice"
    THIS_WAVE = "this_wave"
    WINDOW_CLOSED = "window_closed"
    NO_ANSWER = "no_answer"
    NOT_DELIVERED = "not_delivered"
    UNFINISHED = "unfinished"
    GONE = "gone"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    CALL_ASKED = "call_asked"
    OVERTAKEN = "overtaken"
    SUPERSEDED = "superseded"
    CALLED_OFF = "called_off"

    def said_to(self, restricted: bool) -> Reason:
        """As it may be told: what follows from a disclosure or a restricted answer only to who reads ``restricted``.

        The others read what is most often the reason: an empty one would tell (SAF-10).
        """
        return Reason.QUIET_HOURS if self in RESTRICTED_REASONS and not restricted else self


RESTRICTED_REASONS = frozenset({Reason.SAFETY_QUIET, Reason.NO_SAFE_HOUR})


@dataclass(frozen=True, slots=True)
class Send:
    """It may leave now, to this address."""

    address: AddressRow


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: asleep until that instant, which was worked out once."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Close:
    """Never: its last state and why."""

    state: str
    reason: Reason


Decision = Send | Hold | Close


def decide(
    session: Session, world: World, nudge: Nudge, now: datetime, *, leaving: OutboxRow | None = None
) -> Decision:
    """What becomes of a due nudge. ``leaving`` is its own outbox row when the sender is about to send it."""
    decision = _decide(session, world, nudge, now, leaving)
    if isinstance(decision, Hold) and decision.until >= nudge.closes_at:
        return Close("expired", decision.reason)
    return decision


def _decide(
    session: Session, world: World, nudge: Nudge, now: datetime, leaving: OutboxRow | None
) -> Decision:
    person = session.get(Participant, nudge.participant_id)
    conversation = session.get(Conversation, nudge.participant_id)
    if person is None or conversation is None or person.status in GONE:
        return Close("cancelled", Reason.GONE)
    closing = _over(session, person, nudge, now)
    if closing is not None:
        return closing
    address = (
        address_of(session, conversation)
        if leaving is None
        else session.scalar(
            sa.select(AddressRow).where(
                AddressRow.channel == leaving.channel, AddressRow.digest == leaving.lane
            )
        )
    )
    if address is None or address.blocked_at is not None:
        return Hold(now + TRY_ADDRESS_AGAIN, Reason.BLOCKED)
    if conversation.held_by != "bot":
        return Hold(now + ASK_A_PERSON_AGAIN, Reason.PERSON_HOLDS)
    others_until = not_now(session, address, person.id, now)
    if others_until is not None:
        return Hold(others_until, Reason.IN_CONVERSATION)
    return _by_the_clock(session, world, person, conversation, nudge, now, leaving) or Send(address)


def _over(session: Session, person: Participant, nudge: Nudge, now: datetime) -> Close | None:
    if person.opted_out_at is not None:
        return Close("cancelled", Reason.OPTED_OUT)
    purpose = "broadcast" if nudge.survey == NOTICE else "followup"
    if not permits(session, person.id, purpose):
        return Close("cancelled", Reason.NO_CONSENT)
    if nudge.survey == NOTICE and _called_off(session, nudge):
        return Close("cancelled", Reason.CALLED_OFF)
    if was_completed(session, nudge):
        return Close("cancelled", Reason.FINISHED)
    if nudge.wave == BASELINE and person.completed_at is not None:
        return Close("cancelled", Reason.OVERTAKEN)
    if now >= nudge.closes_at:
        held = nudge.state == "held" and nudge.reason
        return Close("expired", Reason(nudge.reason) if held else Reason.WINDOW_CLOSED)
    return None


def _by_the_clock(
    session: Session,
    world: World,
    person: Participant,
    conversation: Conversation,
    nudge: Nudge,
    now: datetime,
    leaving: OutboxRow | None,
) -> Hold | None:
    waits = _waits(conversation, nudge)
    sent = () if nudge.asked else sent_lately(session, person.id, now, leaving)
    rules = rules_of(session, world, person, sent=sent, not_before=tuple(waits))
    zone = world.zone_of(person)
    try:
        until = next_allowed(now, zone, rules)
    except NeverAllowed:
        return Hold(nudge.closes_at, Reason.NO_SAFE_HOUR)
    if until <= now:
        return None
    if not is_allowed(now, zone, rules):
        return Hold(until, Reason.QUIET_HOURS)
    latest = max(waits, default=now)
    return Hold(until, waits[latest] if latest > now else Reason.WEEKLY_CAP)


def _waits(conversation: Conversation, nudge: Nudge) -> dict[datetime, Reason]:
    """Instants before which she is left alone, each with its reason."""
    waits: dict[datetime, Reason] = {}
    last = conversation.last_inbound_at
    if last is not None:
        waits[last + TALKING] = Reason.IN_CONVERSATION
        own = conversation.survey == nudge.survey and conversation.wave == nudge.wave
        if conversation.survey and conversation.question and not (own and nudge.asked):
            waits[last + FORM_IS_WARM] = Reason.OPEN_FORM
        elif conversation.aside is not None and conversation.aside not in MAY_WAIT:
            waits[last + ASIDE_IS_WARM] = Reason.OPEN_FORM
    if conversation.quiet_until is not None:
        waits[conversation.quiet_until] = Reason.SAFETY_QUIET
    return waits


def rules_of(
    session: Session,
    world: World,
    person: Participant,
    *,
    sent: tuple[datetime, ...] = (),
    not_before: tuple[datetime, ...] = (),
) -> Rules:
    """Her window, her safe hours and the holidays of her country, with what else is given."""
    quiet = world.programme_of(person).quiet_hours
    country = person.country or ""
    return Rules(
        opens=quiet.ends,
        closes=quiet.starts,
        safe_hours=_safe_hours(session, person.id),
        is_holiday=lambda day: bool(country) and is_holiday(day, country),
        weekly_cap=WEEKLY_CAP,
        sent=sent,
        not_before=not_before,
    )


def _safe_hours(session: Session, participant_id: str) -> frozenset[str]:
    named = session.scalar(
        sa.select(RestrictedAnswer.value)
        .where(RestrictedAnswer.participant_id == participant_id, RestrictedAnswer.question == "safe_hours")
        .order_by(RestrictedAnswer.answered_at.desc())
        .limit(1)
    )
    return frozenset((named or "").split())


def _called_off(session: Session, nudge: Nudge) -> bool:
    broadcast = broadcast_of(session, nudge.wave)
    return broadcast is None or broadcast.state != "approved"


def may_follow_up(session: Session, participant_id: str) -> bool:
    """Whether the latest word of the consent ledger on follow-up is yes."""
    return permits(session, participant_id, "followup")


def permits(session: Session, participant_id: str, purpose: str) -> bool:
    """Whether the latest word of the consent ledger on that purpose is yes."""
    latest = session.scalar(
        sa.select(Consent.decision)
        .where(Consent.participant_id == participant_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return latest == "granted"


def was_completed(session: Session, nudge: Nudge) -> bool:
    """Whether she has been through the survey of this wave."""
    done = session.scalar(
        sa.select(SurveyRunRow.completed_at).where(
            SurveyRunRow.participant_id == nudge.participant_id,
            SurveyRunRow.survey == nudge.survey,
            SurveyRunRow.wave == nudge.wave,
        )
    )
    return done is not None


def sent_lately(
    session: Session, participant_id: str, now: datetime, leaving: OutboxRow | None = None
) -> tuple[datetime, ...]:
    """When the automatic messages of the last seven days were written, but for the one now leaving."""
    query = sa.select(OutboxRow.created_at).where(
        OutboxRow.participant_id == participant_id,
        OutboxRow.kind.in_(AUTOMATIC),
        OutboxRow.part == 0,
        OutboxRow.state.not_in(("cancelled", "failed")),
        OutboxRow.created_at > now - WEEK,
    )
    if leaving is not None:
        query = query.where(OutboxRow.id != leaving.id)
    return tuple(session.scalars(query.order_by(OutboxRow.created_at)))


def address_of(session: Session, conversation: Conversation) -> AddressRow | None:
    """Where to write: the address she last wrote from, else another of hers that is not blocked."""
    hers = addresses_of(session, conversation.participant_id)
    found = [row for row in hers if row.blocked_at is None]
    current = next((row for row in found if row.id == conversation.address_id), None)
    by_use = sorted(found, key=lambda row: row.last_inbound_at or row.created_at, reverse=True)
    return current or next(iter(by_use), None)
