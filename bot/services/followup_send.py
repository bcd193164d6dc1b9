"""Sending what is due: each nudge is judged again, and its outbox row and its state are one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Address, Channel, Inbound, InboundKind, Outbound
from bot.services import broadcast_words
from bot.services.followup_plan import move, space_out
from bot.services.followup_rules import BASELINE, INVITATION, Close, Decision, Hold, Reason, Send, decide
from bot.services.placeholders import named_placeholders
from bot.services.profiles import is_shared, step_out_of
from bot.services.sheet import Sheet
from bot.services.turn import Judged, Turn, Verdict
from bot.services.window_rule import is_open
from bot.services.world import World
from bot.store.broadcast_tables import SURVEY as NOTICE
from bot.store.followup_tables import WAITING, Nudge
from bot.store.tables import AddressRow, Conversation, OutboxRow, Participant

log = logging.getLogger(__name__)

BATCH = 20
PER_MINUTE = 60
"""so many a minute at most: after an outage the catch-up is spread, and replies always find room"""
MINUTE = timedelta(minutes=1)
AFTER_ERROR = timedelta(hours=1)

# attempt → text key, template, the template's variables; later attempts are like the last
SAID = (
    ("nudge_invite", "tpl_survey_invite", ("nombre", "programa", "min")),
    ("nudge_reminder", "tpl_survey_n1", ("nombre", "programa", "min")),
    ("nudge_reason", "tpl_survey_n2", ("nombre", "programa")),
    ("nudge_last", "tpl_survey_last", ("nombre", "programa")),
)
BASELINE_SAID = ("nudge_baseline", "tpl_survey_invite", ("nombre", "programa", "min"))
ASKED_SAID = ("nudge_asked", "tpl_survey_n1", ("nombre", "programa", "min"))
DISCREET_SAID = ("nudge_discreet", "tpl_discreet", ())

CANCELLED = {
    "opted_out": Reason.OPTED_OUT, "template": Reason.NOT_DELIVERED, "window": Reason.NOT_DELIVERED,
}  # fmt: skip
"""why the sender let a nudge go, in the words of the plan; anything else is an address that takes nothing"""

Said = tuple[str, str, tuple[str, ...]]


def hold_or_send_due(world: World, now: datetime, *, per_minute: int = PER_MINUTE) -> int:
    """Work through the nudges that are due, a batch at most; returns how many rows changed.

    Safe to run in two places at once: rows are locked where the database can, and one writer at a time works
    where it cannot.
    """
    with world.database.read() as session:
        if session.scalar(due(now).with_only_columns(Nudge.id).limit(1)) is None:
            return 0
    worked = 0
    with world.database.write() as session:
        room = per_minute - _sent_since(session, now - MINUTE)
        # nothing is sent without room, yet what is to be closed or held needs none
        rows = session.scalars(world.database.lock(due(now).limit(BATCH))).all()
        for row in rows:
            if room < 1:
                break
            if row.state not in WAITING or row.not_before > now:
                continue  # an earlier row of this batch moved it
            conversation = session.scalar(
                world.database.lock(
                    sa.select(Conversation).where(Conversation.participant_id == row.participant_id)
                )
            )
            if conversation is None and session.get(Conversation, row.participant_id) is not None:
                continue  # a turn of hers is under way: the next tick looks again
            worked += 1
            room -= _work(session, world, row, now)
    return worked


def due(now: datetime) -> sa.Select[tuple[Nudge]]:
    """What waits and may wake, soonest first. Reads the index (state, not_before), not the table."""
    return (
        sa.select(Nudge)
        .where(Nudge.state.in_(WAITING), Nudge.not_before <= now)
        .order_by(Nudge.not_before, Nudge.id)
    )


def _sent_since(session: Session, since: datetime) -> int:
    count = session.scalar(sa.select(sa.func.count()).select_from(Nudge).where(Nudge.sent_at > since))
    return count or 0


def _work(session: Session, world: World, row: Nudge, now: datetime) -> int:
    """1 when it was sent. What fails is put off, so that one bad row never stops the others."""
    try:
        with session.begin_nested():
            decision = decide(session, world, row, now)
            if isinstance(decision, Send):
                _send(session, world, _first_waiting(session, row), decision.address, now)
                return 1
            settle(row, decision, now)
    except Exception as error:
        log.error("nudge failed: nudge=%s error=%s", row.id, type(error).__name__)
        settle(row, Hold(now + AFTER_ERROR, Reason.ERROR), now)
    return 0


def _first_waiting(session: Session, row: Nudge) -> Nudge:
    """The earliest attempt of this wave that waits: after weeks in which nothing could leave, the invitation.

    Whatever held them ends for all of them at once, and a "last reminder" of nothing must not come first.
    """
    if row.asked:
        return row
    earlier = sa.select(Nudge).where(
        Nudge.participant_id == row.participant_id,
        Nudge.wave == row.wave,
        Nudge.attempt < row.attempt,
        Nudge.asked.is_(False),
        Nudge.state.in_(WAITING),
    )
    return session.scalars(earlier.order_by(Nudge.attempt).limit(1)).first() or row


def settle(row: Nudge, decision: Hold | Close, now: datetime) -> None:
    """Put a nudge to sleep or close it."""
    if isinstance(decision, Hold):
        move(row, "held", decision.reason, now)
        row.not_before = decision.until
    else:
        move(row, decision.state, decision.reason, now)


def _send(session: Session, world: World, row: Nudge, address: AddressRow, now: datetime) -> None:
    turn = turn_without_message(session, world, row.participant_id, address, now)
    # a notice of the team goes the same way as an invitation; only its words are its own
    # on a telephone that several women share nothing names anybody, and whoever answers is asked who she is
    shared = is_shared(session, address)
    step_out_of(session, address.id)
    message = (
        broadcast_words.outbound(turn, row, address)
        if row.survey == NOTICE
        else _invite(turn, row, shared=shared)
    )
    out = OutboxRow(
        participant_id=row.participant_id,
        channel=address.channel,
        lane=address.digest,
        send_to=address.reply_to,
        kind="nudge",
        part=0,
        content=message.to_json(),
        state="queued",
        created_at=now,
        not_before=now,
        session_id=turn.conversation.session_id,
    )
    session.add(out)
    session.flush()
    row.outbox_id, row.sent_at = out.id, now
    move(row, "sent", Reason.QUEUED, now)
    space_out(session, world, turn.participant, row.wave, now, now)


def _invite(turn: Turn, row: Nudge, *, shared: bool) -> Outbound:
    """The invitation, which lies open from now on so that a bare "1" is read against it."""
    person = turn.participant
    key, template, names = DISCREET_SAID if person.discreet or shared else said_of(row)
    values = named_placeholders(turn)
    said = turn.world.texts.render(key, turn.language, values)
    conversation = turn.conversation
    conversation.aside = INVITATION
    conversation.misses = 0
    conversation.aside_values = {
        "nudge": str(row.id),
        "survey": row.survey,
        "wave": row.wave,
        "said": said,
        "open": "reply",
    }
    variables = tuple(values[name] for name in names)
    if person.discreet or shared:
        return Outbound(said, template=template, variables=variables)
    sheet = Sheet(turn, INVITATION)
    asked = sheet.ask(sheet.survey.by_name["reply"])
    return Outbound(asked.text, asked.options, template=template, variables=variables)


def said_of(row: Nudge) -> Said:
    """Which words a nudge has: the text's key, the template and the template's variables."""
    if row.asked:
        return ASKED_SAID
    if row.wave == BASELINE and row.attempt == 1:
        return BASELINE_SAID
    return SAID[min(row.attempt, len(SAID)) - 1]


def turn_without_message(
    session: Session, world: World, participant_id: str, address: AddressRow, now: datetime
) -> Turn:
    """A turn that nobody began by writing. Raises LookupError for a person who is gone."""
    person = session.get(Participant, participant_id)
    conversation = session.get(Conversation, participant_id)
    if person is None or conversation is None:
        raise LookupError("no such participant")
    to = Address(Channel(address.channel), address.key, address.reply_to)
    return Turn(
        session=session,
        now=now,
        world=world,
        participant=person,
        conversation=conversation,
        inbound=Inbound("", to, InboundKind.TEXT),
        inbox_id=None,
        judged=Judged(Verdict.INTERRUPTION),
        judgement_used=True,
    )


def guard(world: World) -> Callable[[Session, OutboxRow, datetime], str | None]:
    """What the sender asks before a nudge leaves: why it must not leave now, if so.

    A nudge that must wait goes back to its plan and its outbox row is cancelled: there is one place that
    knows when it is due.
    """

    def may_not_leave(session: Session, out: OutboxRow, now: datetime) -> str | None:
        row = session.scalar(sa.select(Nudge).where(Nudge.outbox_id == out.id))
        if row is None or row.state not in ("sent", "unknown"):
            return "overtaken" if row is not None else None
        decision: Decision = decide(session, world, row, now, leaving=out)
        if isinstance(decision, Send):
            whole = row.survey == NOTICE and broadcast_words.is_whole(out.content)
            if not whole or is_open(session, out, now):
                return None
            # her 24 hours ended while it waited: the next pass sends one line instead of the notice
            decision = Hold(now, Reason.MOVED)
        take_back(session, row)
        settle(row, decision, now)
        return decision.reason.value

    return may_not_leave


def take_back(session: Session, row: Nudge) -> None:
    """The nudge did not leave after all: it is not sent, and no reply to it is waited for."""
    row.outbox_id = row.sent_at = None
    conversation = session.get(Conversation, row.participant_id)
    if conversation is not None and conversation.aside == INVITATION:
        held = conversation.aside_values or {}
        if held.get("nudge") == str(row.id):
            conversation.aside = conversation.aside_values = None


def follow(session: Session, out: OutboxRow) -> bool:
    """Bring the nudge up to the state of its outbox row; returns whether that changed it."""
    row = session.scalar(sa.select(Nudge).where(Nudge.outbox_id == out.id))
    if row is None or row.state not in ("sent", "delivered", "failed", "unknown"):
        return False
    state = {"read": "delivered", "sending": "sent", "queued": "sent"}.get(out.state, out.state)
    if state == row.state:
        return False
    reason = Reason.QUEUED if state == "sent" else Reason.PROVIDER
    if state == "cancelled":
        reason = CANCELLED.get(out.error_code or "", Reason.BLOCKED)
        row.sent_at = None
    row.sent_at = out.sent_at or row.sent_at
    move(row, state, reason, row.updated_at if out.sent_at is None else out.sent_at)
    return True
