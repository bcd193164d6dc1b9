"""Broadcasts: one message of the team to many women. Who gets it when are rows of ``nudges``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import JSON

from bot.store.tables import Base, BigId

SURVEY = "broadcast"
"""what ``nudges.survey`` holds for a message of a broadcast"""


class Broadcast(Base):
    """A fair, a job fair, seed capital: its text, its audience, and who asked for and approved it."""

    __tablename__ = "broadcasts"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    """``fair job_fair seed_capital course other``"""
    title: Mapped[str] = mapped_column(String(80))
    """for staff; no woman sees it"""
    text_es: Mapped[str] = mapped_column(String(300))
    text_en: Mapped[str] = mapped_column(String(300))
    audience: Mapped[Any] = mapped_column(JSON)
    """as :class:`bot.services.broadcast_audience.Audience` writes it: codes and names of places only"""
    starts_on: Mapped[str] = mapped_column(String(10))
    """the first day, by each woman's own clock"""
    ends_on: Mapped[str] = mapped_column(String(10))
    """the last day on which it still makes sense"""
    per_day: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    """``draft`` → ``waiting`` for approval → ``approved``; or ``cancelled`` from any of them"""
    created_by: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(String(32))
    asked_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(32))
    approved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    @property
    def wave(self) -> str:
        """What ``nudges.wave`` holds for its messages."""
        return f"b{self.id}"


def broadcast_of(session: Session, wave: str) -> Broadcast | None:
    """The broadcast whose messages have this ``nudges.wave``; None where it is gone, or for another wave."""
    return session.get(Broadcast, int(wave[1:])) if wave[:1] == "b" and wave[1:].isdecimal() else None
