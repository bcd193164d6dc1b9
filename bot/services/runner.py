"""The turn: claim one person's next message, let the engine answer it, commit everything at once.

Kill the process anywhere and the turn happened entirely or not at all. A message that fails three times is
set aside for staff with a plain apology and never blocks her next one.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Channel, Inbound, InboundKind, Outbound
from bot.core.payloads import parse_data
from bot.services import claims
from bot.services.abuse import hold_back
from bot.services.aloud import wants_to_listen
from bot.services.erasure import erase
from bot.services.identity import link
from bot.services.inbound import judged_of, note_start
from bot.services.judge import Judge
from bot.services.media import want, want_for_staff
from bot.services.outgoing import queue
from bot.services.profile_steps import keep_no_pin
from bot.services.profile_talk import asks_to_change, at_the_door, judged_at_the_door
from bot.services.profiles import asks_who, moved_on, phone_of
from bot.services.say import say
from bot.services.turn import CURRENT, Judged, Turn, Verdict, begin_session
from bot.services.world import World
from bot.store.tables import AddressRow, Conversation, InboxRow, Participant

log = logging.getLogger(__name__)

ATTEMPTS = 3
RESTRICTED = frozenset({"disclose_violence", "disclose_self_harm", "show_support"})


class Engine(Protocol):
    """The dialogue engine as the turn needs it."""

    def handle(self, sender_id: str, text: str, data: dict[str, object] | None) -> list[Outbound]: ...

    def committed(self) -> None: ...

    def rolled_back(self) -> None: ...


class TurnRunner:
    """``run_once`` handles one waiting message, if there is one. One runner a thread or process."""

    def __init__(
        self,
        world: World,
        engine: Engine,
        judge: Judge,
        *,
        worker: str,
        parts: Callable[[Channel, str, Outbound], tuple[Outbound, ...]],
        sent: Callable[[], None] = lambda: None,
    ) -> None:
        self._world = world
        self._engine = engine
        self._judge = judge
        self._worker = worker
        self._parts = parts
        self._sent = sent

    def run_once(self) -> bool:
        """True when a message was handled (or failed), False when none is waiting."""
        now = self._world.clock()
        with self._world.database.write() as session:
            inbox_id = claims.claim_inbox(self._world.database, session, self._worker, now)
        if inbox_id is None:
            return False
        try:
            self._turn(inbox_id)
            self._engine.committed()
            self._sent()
        except Exception as error:
            self._engine.rolled_back()
            # the class only: an error's text may hold what she wrote
            log.error("turn failed: inbox=%s error=%s", inbox_id, _where(error))
            self._failed(inbox_id, error)
        return True

    def _turn(self, inbox_id: int) -> None:
        with self._world.database.read() as session:
            payload = session.scalar(sa.select(InboxRow.payload).where(InboxRow.id == inbox_id))
        if payload is not None:
            self._judge.warm(Inbound.from_json(payload))
        with self._world.database.write() as session:
            row = session.get(InboxRow, inbox_id)
            if row is None or not claims.still_mine(row, self._worker) or moved_on(session, row):
                return
            turn = self._open(session, row)
            if turn is None:
                _finish(row, self._world.clock())
                return
            token = CURRENT.set(turn)
            try:
                messages = self._speak(turn, row)
            finally:
                CURRENT.reset(token)
            self._close(turn, row, messages)

    def _open(self, session: Session, row: InboxRow) -> Turn | None:
        if row.payload is None or row.participant_id is None:
            return None
        inbound = Inbound.from_json(row.payload)
        person = session.get(Participant, row.participant_id)
        conversation = session.get(Conversation, row.participant_id)
        address = session.get(AddressRow, row.address_id) if row.address_id is not None else None
        if person is None or conversation is None or address is None:
            return None
        now = self._world.clock()
        if inbound.kind in (InboundKind.BLOCKED, InboundKind.UNBLOCKED):
            address.blocked_at = now if inbound.kind is InboundKind.BLOCKED else None
            return None
        address.blocked_at = None
        conversation.address_id = address.id
        phone = phone_of(session, address)
        unknown = phone is not None and asks_who(session, phone, row)
        came_back = False
        if not unknown:
            came_back = begin_session(conversation, now)
            row.session_id = conversation.session_id
        turn = Turn(
            session=session,
            now=now,
            world=self._world,
            participant=person,
            conversation=conversation,
            inbound=inbound,
            inbox_id=row.id,
            judged=Judged(Verdict.INTERRUPTION),
            phone=phone,
            first_of_session=came_back,
        )
        if unknown:
            turn.judged = judged_at_the_door(turn, self._judge)
            return turn
        if inbound.kind is InboundKind.START:
            note_start(turn)
        turn.judged = judged_of(turn, self._judge)
        return turn

    def _speak(self, turn: Turn, row: InboxRow) -> list[Outbound]:
        if turn.phone is not None and turn.phone.asking is not None:
            instead = hold_back(turn)
            if instead is None:
                instead = at_the_door(turn, row)
            else:
                # nobody's yet, like everything at the door
                row.participant_id = None
                keep_no_pin(turn.phone, row)
            if instead is not None:
                turn.fleeting = True
                return instead
        judged = turn.judged
        row.intent = "restricted" if turn.restricted or judged.intent in RESTRICTED else judged.intent
        row.confidence = judged.confidence
        row.language = judged.language
        instead = asks_to_change(turn)
        if instead is not None:
            turn.fleeting = True
            return instead
        if turn.conversation.held_by != "bot":
            return []  # a person has the conversation: the bot listens and keeps silent
        instead = hold_back(turn)
        if instead is None:
            instead = link(turn)
        if instead is not None:
            row.for_review = turn.for_review
            return instead
        if wants_to_listen(turn):
            row.intent, row.confidence = "request_human", 1.0
        want(turn)
        judged = turn.judged
        entities = dict(judged.entities)
        if judged.verdict is not Verdict.INTERRUPTION:
            entities = {"reply": judged.value or "-"}
        intent = judged.intent if judged.verdict is Verdict.INTERRUPTION else "answer"
        text = turn.inbound.text or "."
        data = parse_data(text, intent, entities, judged.confidence)
        messages = self._engine.handle(turn.participant.id, text, data)
        row.for_review = turn.for_review
        want_for_staff(turn)
        return [*turn.said_first, *messages] or self._never_silent(turn)

    def _never_silent(self, turn: Turn) -> list[Outbound]:
        return [] if turn.keep_silent else [say(turn, "not_understood_2")]

    def _close(self, turn: Turn, row: InboxRow, messages: list[Outbound]) -> None:
        queue(turn, messages, self._parts, fleeting=turn.fleeting)
        _finish(row, turn.now)
        turn.session.flush()
        if turn.erase_reason is not None:
            erase(turn.session, turn.participant, turn.erase_reason, turn.now)

    def _failed(self, inbox_id: int, error: Exception) -> None:
        with self._world.database.write() as session:
            row = session.get(InboxRow, inbox_id)
            if row is None or row.state != "waiting":
                return
            row.claimed_by = row.claimed_until = None
            row.error = type(error).__name__
            if row.attempts < ATTEMPTS:
                row.retry_at = self._world.clock() + timedelta(seconds=2**row.attempts)
                return
            row.state = "set_aside"
            row.done_at = self._world.clock()
            address = session.get(AddressRow, row.address_id) if row.address_id is not None else None
            keep_no_pin(phone_of(session, address) if address is not None else None, row)
            with contextlib.suppress(Exception):
                self._apologise(session, row)
        self._sent()

    def _apologise(self, session: Session, row: InboxRow) -> None:
        turn = self._open_quietly(session, row)
        if turn is not None:
            queue(turn, [say(turn, "set_aside")], self._parts)

    def _open_quietly(self, session: Session, row: InboxRow) -> Turn | None:
        """A turn without judging: what failed may have been the judging."""
        person = session.get(Participant, row.participant_id) if row.participant_id else None
        conversation = session.get(Conversation, row.participant_id) if row.participant_id else None
        if person is None or conversation is None or row.payload is None:
            return None
        conversation.address_id = row.address_id
        return Turn(
            session=session,
            now=self._world.clock(),
            world=self._world,
            participant=person,
            conversation=conversation,
            inbound=Inbound.from_json(row.payload),
            inbox_id=row.id,
            judged=Judged(Verdict.INTERRUPTION),
        )


def _finish(row: InboxRow, now: datetime) -> None:
    row.state, row.done_at = "done", now
    row.claimed_by = row.claimed_until = row.error = None


def _where(error: BaseException) -> str:
    """The class and the innermost place in our code, without the message."""
    trace = error.__traceback__
    place = ""
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("bot."):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}" if place else type(error).__name__
