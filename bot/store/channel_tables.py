"""What the channels need to keep: Content resources, checks of uncertain sends, files, links between addresses.

Nothing here holds what she wrote. What is hers goes when she is forgotten: by ``ON DELETE CASCADE`` where her
row goes, by :mod:`bot.services.erasure` where it stays empty.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from bot.store.tables import Base, BigId
from bot.store.types import Sealed, SealedJson


class SendCheck(Base):
    """A send whose outcome is not known, and when the provider is asked about it next."""

    __tablename__ = "send_checks"
    outbox_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    checks: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]


class RetiredSend(Base):
    """A provider's id of a send that failed and was repeated: its late reports no longer count."""

    __tablename__ = "retired_sends"
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    outbox_id: Mapped[int] = mapped_column(BigId)


class Watermark(Base):
    """Up to when something that is done again and again is done: one row a ``name``."""

    __tablename__ = "watermarks"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


class ChannelAlert(Base):
    """Something that staff must mend: one open row a cause, counted, never with personal data."""

    __tablename__ = "channel_alerts"
    __table_args__ = (
        UniqueConstraint("channel", "kind", "code"),
        Index("ix_channel_alerts_open", "cleared_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    """``send`` a provider's code, ``template`` one that is needed and not approved, ``content`` a sync failure,
    ``missed`` a provider's list of inbound messages that could not be read for long"""
    code: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(String(300), default="")
    """one line for staff: what it means, where to read on"""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(Integer, default=1)
    cleared_at: Mapped[datetime | None]


class ContentResource(Base):
    """A Content resource at Twilio, found by the digest of all that it says.

    A question's buttons (``quick_reply``, ``list_picker``) need no approval; a ``template`` does.
    """

    __tablename__ = "content_resources"
    __table_args__ = (
        Index("ix_content_titles", "titles"),
        Index("ix_content_template", "template", "language"),
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    friendly_name: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    titles: Mapped[str | None] = mapped_column(String(64))
    """the digest of the buttons' titles, by which a message finds its candidates"""
    template: Mapped[str | None] = mapped_column(String(40))
    definition: Mapped[Any] = mapped_column(JSON)
    """the body with ``{{n}}`` for what changes, the titles, the samples"""
    sid: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16), default="missing")
    """``missing`` at Twilio, ``created``; a template on: ``pending approved rejected paused``"""
    reason: Mapped[str | None] = mapped_column(String(300))
    """why a template was refused, in Meta's words"""
    category: Mapped[str | None] = mapped_column(String(20))
    """as approved: Meta may move a template to another category, which costs more"""
    current: Mapped[bool] = mapped_column(default=True)
    """false once the text changed: still there for messages under way, no longer used"""
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]


class MediaFile(Base):
    """A file that she sent, kept sealed outside the database under a random name."""

    __tablename__ = "media_files"
    __table_args__ = (
        UniqueConstraint("inbox_id", "place"),
        Index("ix_media_files_state", "state", "next_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"), index=True)
    inbox_id: Mapped[int] = mapped_column(BigId)
    place: Mapped[int] = mapped_column(Integer)
    """which of the message's files, from 0"""
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(12))
    mime: Mapped[str] = mapped_column(String(100), default="")
    size: Mapped[int | None] = mapped_column(Integer)
    """bytes, once stored"""
    name: Mapped[str | None] = mapped_column(String(40), unique=True)
    """of the file in ``var/media``"""
    ref: Mapped[str | None] = mapped_column(Sealed)
    """the provider's, until it is stored"""
    state: Mapped[str] = mapped_column(String(10), default="wanted")
    """``wanted stored refused lost``"""
    reason: Mapped[str | None] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]
    created_at: Mapped[datetime]


class LinkCode(Base):
    """A code that she asked for on one channel, to be typed on the other. Only its digest is kept."""

    __tablename__ = "link_codes"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"), index=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SharedPhone(Base):
    """An address from which more than one woman writes: who is being asked for what, if anybody.

    ``address_id`` is the address that the profiles hang on (:attr:`AddressRow.same_as` leads to it). Whose turn it
    is stands in ``addresses.participant_id``.
    """

    __tablename__ = "shared_phones"
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id", ondelete="CASCADE"), primary_key=True)
    asking: Mapped[str | None] = mapped_column(String(12))
    """``who pin nickname new_pin``; None while one of them is in her conversation"""
    candidate: Mapped[str | None] = mapped_column(String(32))
    """the participant who said it is her, until her PIN is right"""
    since_inbox: Mapped[int | None] = mapped_column(BigId)
    """the first message of whom nobody knows yet who wrote it"""
    then: Mapped[str | None] = mapped_column(String(40))
    """the command that waits until it is known who gave it"""
    misses: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]


class Profile(Base):
    """One woman on a shared telephone. ``nickname`` is the one thing of hers that the others see."""

    __tablename__ = "profiles"
    __table_args__ = (UniqueConstraint("address_id", "participant_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id", ondelete="CASCADE"))
    participant_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"), index=True)
    nickname: Mapped[str | None] = mapped_column(Sealed)
    pin: Mapped[str | None] = mapped_column(String(64))
    """keyed digest; of four digits no slow hash would keep the secret, the key does"""
    wrong_pins: Mapped[int] = mapped_column(Integer, default=0)
    """since the last right one"""
    wrong_from: Mapped[datetime | None]
    """when the last wrong one came"""
    created_at: Mapped[datetime]


class Merge(Base):
    """Two records became one person's. ``moved`` is what is needed to take it back."""

    __tablename__ = "merges"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kept_id: Mapped[str] = mapped_column(ForeignKey("participants.id", ondelete="CASCADE"), index=True)
    merged_id: Mapped[str] = mapped_column(String(32), index=True)
    """the record that was taken in; it is gone, so that she counts once, and can be made again"""
    by: Mapped[str] = mapped_column(String(40))
    """``code``, or the member of staff"""
    moved: Mapped[Any] = mapped_column(SealedJson)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class AddressGuard(Base):
    """How an address behaves: the same text again and again, and until when it is not answered."""

    __tablename__ = "address_guards"
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id", ondelete="CASCADE"), primary_key=True)
    window_from: Mapped[datetime]
    count: Mapped[int] = mapped_column(Integer, default=0)
    """messages since ``window_from``"""
    text_digest: Mapped[str | None] = mapped_column(String(64))
    repeats: Mapped[int] = mapped_column(Integer, default=0)
    wrong_codes: Mapped[int] = mapped_column(Integer, default=0)
    wrong_from: Mapped[datetime | None]
    muted_until: Mapped[datetime | None]


class DeclinedGroup(Base):
    """A group chat that was told, once, that the bot talks to one person at a time."""

    __tablename__ = "declined_groups"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
