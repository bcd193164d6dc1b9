"""The tables. Personal columns are sealed; what identifies an address is found by keyed hash.

A *participant* is a person; an *address* is where she writes from, and she may have several. *Inbox* and
*outbox* rows are the two ends of a message's way; *conversations* say where each person is; *answers* hold
what she said to questionnaires, *restricted_answers* the part that only the focal point may read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.dialects.sqlite import INTEGER
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import JSON, BigInteger, LargeBinary

from bot.store.types import Instant, Sealed, SealedJson

BigId = BigInteger().with_variant(INTEGER(), "sqlite")


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant}


class KeyRing(Base):
    """One row: the random key of the look-up hash, sealed."""

    __tablename__ = "keyring"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    hash_key: Mapped[bytes] = mapped_column(LargeBinary)


class Participant(Base):
    """A person. ``id`` is random and says nothing about her."""

    __tablename__ = "participants"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), default="new", index=True)
    language: Mapped[str] = mapped_column(String(8), default="es")
    country: Mapped[str | None] = mapped_column(String(2))
    region: Mapped[str | None] = mapped_column(String(80))
    municipality: Mapped[str | None] = mapped_column(String(120))
    centre: Mapped[str | None] = mapped_column(String(80))
    name: Mapped[str | None] = mapped_column(Sealed)
    channel: Mapped[str] = mapped_column(String(16))
    source: Mapped[str | None] = mapped_column(String(64))
    consent_version: Mapped[str | None] = mapped_column(String(32))
    consented_at: Mapped[datetime | None]
    enrolled_at: Mapped[datetime | None]
    pathway: Mapped[str | None] = mapped_column(String(24))
    level: Mapped[str | None] = mapped_column(String(16))
    modality: Mapped[str | None] = mapped_column(String(16))
    completed_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    discreet: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AddressRow(Base):
    """Where a person can be reached. ``digest`` finds it; ``key`` and ``reply_to`` are sealed."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("channel", "digest"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(Sealed)
    reply_to: Mapped[str] = mapped_column(Sealed)
    same_as: Mapped[int | None] = mapped_column(BigId)
    """the address that is the same chat by another key (WhatsApp's user id beside a number)"""
    last_inbound_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class InboxRow(Base):
    """One thing a provider delivered. Unique on the provider's id: a repeat changes nothing."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index("ix_inbox_waiting", "state", "id"),
        Index("ix_inbox_person", "participant_id", "state", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(128))
    participant_id: Mapped[str | None] = mapped_column(String(32))
    address_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str] = mapped_column(String(16))
    payload: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    """``waiting`` → ``done``, or after three failures ``set_aside`` for staff"""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_until: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(120))
    session_id: Mapped[str | None] = mapped_column(String(32))
    intent: Mapped[str | None] = mapped_column(String(40))
    confidence: Mapped[float | None] = mapped_column(Float)
    language: Mapped[str | None] = mapped_column(String(8))
    for_review: Mapped[bool] = mapped_column(Boolean, default=False)


class OutboxRow(Base):
    """One provider send, written before it is sent. ``unknown`` is never blindly repeated."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "state", "not_before", "id"),
        Index("ix_outbox_lane", "lane", "state", "id"),
        Index("ix_outbox_external", "channel", "external_id"),
        Index("ix_outbox_person", "participant_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str | None] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    lane: Mapped[str] = mapped_column(String(64))
    """the address's digest: one recipient's messages leave in order"""
    send_to: Mapped[str | None] = mapped_column(Sealed)
    kind: Mapped[str] = mapped_column(String(12), default="reply")
    """``reply`` to her message, ``nudge``, ``notice``, ``staff``"""
    inbox_id: Mapped[int | None] = mapped_column(BigId)
    part: Mapped[int] = mapped_column(Integer, default=0)
    content: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    """``queued sending sent delivered read failed unknown cancelled``"""
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    external_id: Mapped[str | None] = mapped_column(String(128))
    error_code: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    session_id: Mapped[str | None] = mapped_column(String(32))
    erase_when_sent: Mapped[bool] = mapped_column(Boolean, default=False)


class SendAttempt(Base):
    """Every try at sending an outbox row, with its outcome."""

    __tablename__ = "send_attempts"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    outbox_id: Mapped[int] = mapped_column(BigId, index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(40))


class TrackerEvent(Base):
    """Rasa's events of a person's current session; ``data`` is the event as Rasa writes it."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_sender", "sender_id", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    sender_id: Mapped[str] = mapped_column(String(32))
    type_name: Mapped[str] = mapped_column(String(60))
    timestamp: Mapped[float] = mapped_column(Float)
    data: Mapped[Any] = mapped_column(SealedJson)


class Conversation(Base):
    """Where a person is: the open questionnaire, the open question, and who holds the conversation."""

    __tablename__ = "conversations"
    participant_id: Mapped[str] = mapped_column(
        ForeignKey("participants.id", ondelete="CASCADE"), primary_key=True
    )
    address_id: Mapped[int | None] = mapped_column(BigId)
    survey: Mapped[str | None] = mapped_column(String(60))
    survey_version: Mapped[int | None] = mapped_column(Integer)
    wave: Mapped[str | None] = mapped_column(String(16))
    question: Mapped[str | None] = mapped_column(String(80))
    misses: Mapped[int] = mapped_column(Integer, default=0)
    """how often the open question got something that is no answer"""
    aside: Mapped[str | None] = mapped_column(String(40))
    """the short questionnaire about the conversation itself that is open: ``handover``, ``delete`` …"""
    aside_values: Mapped[Any] = mapped_column(SealedJson, nullable=True)
    held_by: Mapped[str] = mapped_column(String(80), default="bot")
    """``bot``, or the staff member who took the conversation"""
    paused_at: Mapped[datetime | None]
    quiet_until: Mapped[datetime | None]
    """no automatic message before this instant (24 hours after a safety card, SAF-07)"""
    unclear: Mapped[int] = mapped_column(Integer, default=0)
    """messages in a row that were not understood outside a question"""
    session_id: Mapped[str | None] = mapped_column(String(32))
    last_inbound_at: Mapped[datetime | None]


class SurveyVersion(Base):
    """A published questionnaire, compiled. A change of a letter is a new version."""

    __tablename__ = "survey_versions"
    __table_args__ = (UniqueConstraint("survey", "version"), UniqueConstraint("survey", "digest"))
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    survey: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    compiled: Mapped[Any] = mapped_column(JSON)
    published_at: Mapped[datetime]


class SurveyRunRow(Base):
    """One person going through one questionnaire in one wave: when she began and when she was done."""

    __tablename__ = "survey_runs"
    __table_args__ = (UniqueConstraint("participant_id", "survey", "wave"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"))
    survey: Mapped[str] = mapped_column(String(60))
    wave: Mapped[str] = mapped_column(String(16))
    survey_version: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class Answer(Base):
    """One answer; a correction replaces it. ``value`` for choices, numbers and dates; ``text`` is sealed."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("participant_id", "survey", "wave", "question"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"))
    survey: Mapped[str] = mapped_column(String(60))
    survey_version: Mapped[int] = mapped_column(Integer)
    wave: Mapped[str] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(String(80))
    value: Mapped[str | None] = mapped_column(String(400))
    text: Mapped[str | None] = mapped_column(Sealed)
    reply_kind: Mapped[str] = mapped_column(String(12))
    """``answered skipped dont_know not_asked``"""
    answered_at: Mapped[datetime]


class RestrictedAnswer(Base):
    """An answer of the safe block or about safe contact: sealed, in no export, read only with a log."""

    __tablename__ = "restricted_answers"
    __table_args__ = (UniqueConstraint("participant_id", "survey", "wave", "question"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"))
    survey: Mapped[str] = mapped_column(String(60))
    wave: Mapped[str] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(Sealed)
    answered_at: Mapped[datetime]


class Consent(Base):
    """What she agreed to or refused, with the exact text: append-only (PRV-01)."""

    __tablename__ = "consents"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(String(32), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    decision: Mapped[str] = mapped_column(String(12))
    text_version: Mapped[str] = mapped_column(String(32))
    text_hash: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    inbox_id: Mapped[int | None] = mapped_column(BigId)
    at: Mapped[datetime]


class Referral(Base):
    """One support that she wants, one row a need."""

    __tablename__ = "referrals"
    __table_args__ = (UniqueConstraint("participant_id", "barrier", "opened_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    barrier: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(12), default="opened")
    """``opened contacted reached closed``"""
    opened_at: Mapped[datetime]
    contacted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(40))


class HandOver(Base):
    """A person is wanted. ``reason`` is one of a closed list, never her words."""

    __tablename__ = "handovers"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(24))
    """``asked audio doubts stuck tie mentor media failure fact unknown_place disclosure pin``"""
    route: Mapped[str | None] = mapped_column(String(12))
    restricted: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(12), default="open", index=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class DataRequest(Base):
    """Her use of a data right, with the date it is due (PRV-05)."""

    __tablename__ = "data_requests"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    country: Mapped[str | None] = mapped_column(String(2))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Refusal(Base):
    """All that stays of someone who may not or does not want to enrol: that it happened."""

    __tablename__ = "refusals"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    reason: Mapped[str] = mapped_column(String(16))
    """``refused under_18 other_country deleted``"""
    channel: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
