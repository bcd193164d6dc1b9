"""The follow-up in SQL: what was planned for whom, and every completion that was told to us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base, BigId

WAITING = ("scheduled", "held")
OUT = ("sent", "delivered", "unknown", "failed")
STATES = (
    "scheduled", "held", "sent", "delivered", "started", "answered", "refused", "expired", "cancelled",
    "failed", "unknown",
)  # fmt: skip


class Nudge(Base):
    """One automatic message of a wave: the invitation (attempt 1), a reminder, or one that she asked for.

    It waits as ``scheduled`` or ``held`` until ``not_before``, the one instant worked out for it.
    """

    __tablename__ = "nudges"
    __table_args__ = (
        UniqueConstraint("participant_id", "wave", "attempt"),
        Index("ix_nudges_due", "state", "not_before"),
        Index("ix_nudges_closing", "state", "closes_at"),
        Index("ix_nudges_sent", "sent_at"),
        Index("ix_nudges_outbox", "outbox_id"),
        Index("ix_nudges_wave", "wave", "state"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"))
    survey: Mapped[str] = mapped_column(String(60))
    wave: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(Integer)
    asked: Mapped[bool] = mapped_column(Boolean, default=False)
    """she named the time herself"""
    due_at: Mapped[datetime]
    local_due_at: Mapped[str] = mapped_column(String(32))
    """the same on her wall clock, with its offset"""
    not_before: Mapped[datetime]
    closes_at: Mapped[datetime]
    """the end of the wave's window of acceptance"""
    state: Mapped[str] = mapped_column(String(12), default="scheduled")
    reason: Mapped[str] = mapped_column(String(24), default="")
    """why it is in this state: one of ``bot.services.followup_reasons``"""
    sent_at: Mapped[datetime | None]
    outbox_id: Mapped[int | None] = mapped_column(BigId)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Completion(Base):
    """One word from staff on when she completed the course: append-only, the latest holds."""

    __tablename__ = "completions"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"), index=True)
    completed_on: Mapped[str] = mapped_column(String(10))
    """the local date, ISO 8601"""
    source: Mapped[str] = mapped_column(String(80))
    """``import:`` and the first digits of the file's hash, or ``staff:`` and who"""
    recorded_at: Mapped[datetime]
