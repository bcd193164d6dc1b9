"""The turn under way: one message of one person, in one transaction.

Rasa calls actions without a way to hand them anything of ours, so the turn is found through a context
variable. It holds what the turn may change and what it may use; nothing outlives it.
"""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from bot.core.messages import Channel, Inbound, Outbound
from bot.store.channel_tables import SharedPhone
from bot.store.tables import Conversation, Participant

if TYPE_CHECKING:
    from bot.services.world import World


SESSION_GAP = timedelta(hours=6)


class Verdict(StrEnum):
    """What her reply was judged to be, with the open question in view."""

    ANSWER = "answer"
    SKIP = "skip"
    DONT_KNOW = "dont_know"
    UNSURE = "unsure"
    REASK = "reask"
    INTERRUPTION = "interruption"


@dataclass(frozen=True, slots=True)
class Judged:
    """``value`` as stored when it is an answer, or the candidate when unsure; ``intent`` when Rasa decides."""

    verdict: Verdict
    value: str = ""
    intent: str = "answer"
    confidence: float = 1.0
    entities: tuple[tuple[str, str], ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()
    language: str | None = None
    beneath: bool = False
    """it answers the questionnaire's question that a short one was put over"""
    about: str = ""
    """what a reply that is none is about instead: ``link``, ``elsewhere`` or ``telling``"""


@dataclass(slots=True)
class Effects:
    """What an action wants: messages, and a questionnaire to open or the present one to leave."""

    messages: list[Outbound] = field(default_factory=list)
    open: str | None = None
    close: bool = False


@dataclass(slots=True)
class Turn:
    """Everything one turn may use and change."""

    session: Session
    now: datetime
    world: World
    participant: Participant
    conversation: Conversation
    inbound: Inbound
    inbox_id: int | None
    judged: Judged
    judgement_used: bool = False
    erase_reason: str | None = None
    """set when all that is hers goes at the end of the turn"""
    keep_silent: bool = False
    """the open question shall not be asked again now: she said that she will come back"""
    restricted: bool = False
    """her message answers a restricted question"""
    for_review: bool = False
    """the message joins the review queue: it was not understood"""
    known_values: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """stored answers by survey and wave, read once a turn and kept in step by bot.services.record"""
    phone: SharedPhone | None = None
    """the telephone that she shares with others, if she does"""
    fleeting: bool = False
    """what is said now is emptied once sent: it is about who is writing, and belongs to nobody's record"""
    said_first: list[Outbound] = field(default_factory=list)
    """messages that come before what the dialogue says"""
    left_aside: bool = False
    """she answered the question under a short one: that one is over, with nothing chosen"""
    language_told: bool = False
    """the language was asked, and what she said instead told it: that question is over"""
    kept: bool = False
    """she was correcting an answer and left it as it was"""
    first_of_session: bool = False
    """she writes after a gap: a greeting of hers is greeted back"""
    said_before: list[Outbound] = field(default_factory=list)
    """messages that the next questionnaire shall come after"""

    @property
    def language(self) -> str:
        return self.participant.language

    @property
    def channel(self) -> Channel:
        return self.inbound.address.channel

    @property
    def today(self) -> date:
        """The date where she lives."""
        return self.now.astimezone(self.world.zone_of(self.participant)).date()

    def take_judgement(self) -> Judged | None:
        """Her judged reply, once: a questionnaire that comes back after an interruption has none."""
        if self.judgement_used:
            return None
        self.judgement_used = True
        return self.judged


def begin_session(conversation: Conversation, now: datetime) -> bool:
    """She writes: the session goes on, or a new one begins after a gap; True when she came back after one."""
    last = conversation.last_inbound_at
    begins = conversation.session_id is None or last is None or now - last > SESSION_GAP
    if begins:
        conversation.session_id = uuid.uuid4().hex
    conversation.last_inbound_at = now
    return begins and last is not None


CURRENT: ContextVar[Turn] = ContextVar("turn")


def current() -> Turn:
    """The turn under way. Raises LookupError outside of one."""
    return CURRENT.get()
