"""The tables of the staff console: who may sign in, who read and changed what, who holds a conversation.

Nothing here holds a woman's words. What points to her row of work goes with it (``ON DELETE CASCADE``); the
two logs keep her random id only, as the proof that they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from bot.store.tables import Base, BigId
from bot.store.types import Sealed


class Staff(Base):
    """A member of staff. ``email`` is sealed and found by its digest; ``id`` is random."""

    __tablename__ = "staff"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    email: Mapped[str] = mapped_column(Sealed)
    email_digest: Mapped[str] = mapped_column(String(64), unique=True)
    roles: Mapped[str] = mapped_column(String(80))
    """one or more of ``viewer case_worker analyst admin``, separated by a space"""
    focal_point: Mapped[bool] = mapped_column(Boolean, default=False)
    """trained for disclosures: the only ones who see restricted hand-overs and answers (SAF-14)"""
    country: Mapped[str | None] = mapped_column(String(2))
    centre: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8), default="es")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(Sealed)
    totp_step: Mapped[int] = mapped_column(Integer, default=0)
    """the last 30-second step whose code was used: a code works once"""
    setup_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    setup_until: Mapped[datetime | None]
    setup_secret: Mapped[str | None] = mapped_column(Sealed)
    """the one-time-code secret that is offered until the set-up is through"""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser, by the digest of its token."""

    __tablename__ = "staff_sessions"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SignInFailure(Base):
    """A sign-in that failed, for the throttle. ``key`` is the digest of an e-mail or of a network address."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_key", "key", "at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ReadLog(Base):
    """Personal data was shown: to whom, of whom, what and why. Append-only."""

    __tablename__ = "read_log"
    __table_args__ = (Index("ix_read_log_grant", "staff_id", "participant_id", "what", "until"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    staff_id: Mapped[str] = mapped_column(String(32))
    participant_id: Mapped[str | None] = mapped_column(String(32), index=True)
    """None when many are concerned: an identified export"""
    what: Mapped[str] = mapped_column(String(16))
    """``identity content restricted export search``"""
    reason: Mapped[str] = mapped_column(String(24))
    note: Mapped[str | None] = mapped_column(Sealed)
    until: Mapped[datetime]
    """up to when the page shows it without asking again"""


class ChangeLog(Base):
    """Staff changed something. ``detail`` holds codes and counts, never personal data. Append-only."""

    __tablename__ = "change_log"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    staff_id: Mapped[str | None] = mapped_column(String(32))
    """None for the command line and for what the service did by itself"""
    action: Mapped[str] = mapped_column(String(40))
    object: Mapped[str | None] = mapped_column(String(80))
    participant_id: Mapped[str | None] = mapped_column(String(32), index=True)
    detail: Mapped[Any] = mapped_column(JSON, default=dict)


class Hold(Base):
    """A member of staff has, or had, a conversation. Open while ``returned_at`` is empty."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_open", "returned_at", "participant_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    # the conversation's row goes when a woman is forgotten, and this with it
    participant_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.participant_id", ondelete="CASCADE"), index=True
    )
    staff_id: Mapped[str] = mapped_column(String(32))
    taken_at: Mapped[datetime]
    replied_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[str | None] = mapped_column(String(12))
    """``staff`` or ``time``"""
    waits_until: Mapped[datetime | None]
    """staff wrote by a template, outside her window: up to when her answer is waited for"""


class ReferralStep(Base):
    """One step of a referral: from which status to which, by whom, and at the end how it went."""

    __tablename__ = "referral_steps"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[str] = mapped_column(String(32))
    before: Mapped[str] = mapped_column(String(12))
    after: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(40))
    eased: Mapped[str | None] = mapped_column(String(8))
    """whether the barrier eased: ``yes no unknown``"""
    note: Mapped[str | None] = mapped_column(Sealed)


class Attended(Base):
    """Something on the work list that has no state of its own was looked at (a send that failed)."""

    __tablename__ = "attended"
    __table_args__ = (UniqueConstraint("kind", "object_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    object_id: Mapped[int] = mapped_column(BigId)
    staff_id: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]


class LabelCorrection(Base):
    """A person's judgement of what a message meant. Her words stay in the inbox and are read from there."""

    __tablename__ = "label_corrections"
    __table_args__ = (UniqueConstraint("inbox_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox.id", ondelete="CASCADE"))
    staff_id: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    before: Mapped[str | None] = mapped_column(String(40))
    after: Mapped[str] = mapped_column(String(40))
    written_at: Mapped[datetime | None]
    """when it went into a file of ``nlu/`` to be reviewed"""
