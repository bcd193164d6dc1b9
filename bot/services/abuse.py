"""Too many messages, another bot at the other end, messages that come days late: kept, and answered with care.

People who answer quickly are no abuse: what counts is what piles up unread, and the same long text that is no answer
again and again. What tells of danger is never held back by this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.clock import Clock
from bot.core.messages import Channel, Outbound
from bot.core.text import fold
from bot.services.handovers import open_handover
from bot.services.say import say
from bot.services.texts import Texts
from bot.services.turn import Turn, Verdict
from bot.store.channel_tables import AddressGuard, DeclinedGroup
from bot.store.database import Database
from bot.store.tables import InboxRow, OutboxRow


@dataclass(frozen=True, slots=True)
class Limits:
    """``waiting``: unread messages of one address that are still answered one by one; ``per_minute``: in all;
    ``repeats``: the same text in a row; ``mute``: how long after the notice; ``late``: how old is too old."""

    waiting: int = 25
    per_minute: int = 300
    repeats: int = 6
    shortest: int = 12
    flood_mute: timedelta = timedelta(minutes=1)
    loop_mute: timedelta = timedelta(hours=1)
    late: timedelta = timedelta(hours=24)


DEFAULT = Limits()
# never muted
DANGER = frozenset({"disclose_violence", "disclose_self_harm", "show_support", "quick_exit", "stop"})


def hold_back(turn: Turn, limits: Limits = DEFAULT) -> list[Outbound] | None:
    """What to say in place of the dialogue: nothing, one polite notice, or None to go on as usual."""
    if turn.judged.intent in DANGER:
        return None
    guard = guard_of(turn)
    if guard.muted_until is not None and turn.now < guard.muted_until:
        return []
    if turn.now - guard.window_from >= timedelta(minutes=1):
        guard.window_from, guard.count = turn.now, 0
    guard.count += 1
    if guard.count > limits.per_minute or _waiting(turn) > limits.waiting:
        guard.muted_until = turn.now + limits.flood_mute
        return [say(turn, "slow_down")]
    if _repeats(turn, guard, limits) >= limits.repeats:
        guard.muted_until, guard.repeats = turn.now + limits.loop_mute, 0
        return [say(turn, "same_again")]
    return _late(turn, limits)


def _waiting(turn: Turn) -> int:
    return (
        turn.session.scalar(
            sa.select(sa.func.count()).where(
                InboxRow.participant_id == turn.participant.id, InboxRow.state == "waiting"
            )
        )
        or 0
    )


def _repeats(turn: Turn, guard: AddressGuard, limits: Limits) -> int:
    """How often in a row the same long text came that was no answer; "1" and "sí" never count."""
    said = fold(turn.inbound.text)
    if len(said) < limits.shortest or turn.judged.verdict in (
        Verdict.ANSWER,
        Verdict.SKIP,
        Verdict.DONT_KNOW,
    ):
        guard.text_digest, guard.repeats = None, 0
        return 0
    digest = turn.world.database.cipher.digest(f"text:{said}")
    guard.repeats = guard.repeats + 1 if digest == guard.text_digest else 1
    guard.text_digest = digest
    return guard.repeats


def _late(turn: Turn, limits: Limits) -> list[Outbound] | None:
    """Found in the provider's list after a long outage: what it answered is no longer certain, so a person looks."""
    sent_at = turn.inbound.sent_at
    # Telegram gives up after a day by itself, and its dates are those of the chat, not of the delivery
    if turn.channel is not Channel.WHATSAPP or sent_at is None or turn.now - sent_at <= limits.late:
        return None
    open_handover(turn, "failure")
    turn.for_review = True
    return [say(turn, "late_message")]


def guard_of(turn: Turn) -> AddressGuard:
    """How the address of this turn behaves; made with its first message."""
    assert turn.conversation.address_id is not None
    guard = turn.session.get(AddressGuard, turn.conversation.address_id)
    if guard is None:
        guard = AddressGuard(
            address_id=turn.conversation.address_id, window_from=turn.now, count=0, repeats=0, wrong_codes=0
        )
        turn.session.add(guard)
    return guard


class Groups:
    """Group chats are told once that the bot talks in private, and left alone after that."""

    def __init__(self, database: Database, texts: Texts, clock: Clock, language: str) -> None:
        self._database = database
        self._texts = texts
        self._clock = clock
        self._language = language

    def decline(self, chat_id: str) -> bool:
        """Queue the word to a Telegram group; False where it was said before."""
        now = self._clock()
        digest = self._database.cipher.digest(f"telegram:{chat_id}")
        with self._database.write() as session:
            if session.get(DeclinedGroup, digest) is not None:
                return False
            session.add(DeclinedGroup(digest=digest, at=now))
            session.add(_word(chat_id, digest, self._texts.render("group_declined", self._language, {}), now))
        return True


def _word(chat_id: str, digest: str, said: str, now: datetime) -> OutboxRow:
    return OutboxRow(
        channel=Channel.TELEGRAM.value,
        lane=digest,
        send_to=chat_id,
        kind="reply",
        part=0,
        content=Outbound(said).to_json(),
        state="queued",
        created_at=now,
        not_before=now,
        erase_when_sent=True,
    )


def muted(session: Session, now: datetime) -> int:
    """How many addresses are not answered at present: for the console and ``doctor``."""
    count = sa.select(sa.func.count()).select_from(AddressGuard).where(AddressGuard.muted_until > now)
    return session.scalar(count) or 0
