"""Files that she sends: kept sealed outside the database, and only where somebody asked for them.

Wanted are the files that answer a question (an image, a recording) and those that a person of the team shall look
at. Before she agreed to the use of her data nothing is kept. A voice note goes to a transcriber where there is one;
what it heard comes back as if she had typed it.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.channels.base import ChannelAdapter
from bot.channels.files import FileRefused, FileSource, FileUnavailable
from bot.core.clock import Clock
from bot.core.messages import Channel, Inbound, InboundKind, MediaKind
from bot.services.turn import Turn, Verdict
from bot.store.channel_tables import MediaFile
from bot.store.database import Database
from bot.store.tables import HandOver, InboxRow, Participant

log = logging.getLogger(__name__)

LIMIT = 8 * 1024 * 1024
"""bytes; WhatsApp itself takes images up to 5 MB and recordings up to 16"""
TYPES = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr",
        "audio/opus", "video/mp4", "video/3gpp", "application/pdf",
    }
)  # fmt: skip
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 30, 180))
BATCH = 5
UNKNOWN_AFTER = timedelta(hours=1)
"""a file without a row that is older than this was left by a crash or by an erasure"""
# nothing of hers is kept before she agreed
NOT_YET = frozenset({"new", "refused", "withdrawn", "deleted"})


class Transcriber(Protocol):
    """Speech to text. None ships with the project (docs/adr/0007-channel-depth.md)."""

    def transcribe(self, sound: bytes, mime: str, language: str) -> str:
        """What was said, empty when it is not clear. May take seconds; called in a thread of its own."""
        ...


def want(turn: Turn) -> None:
    """Before the answer is stored: its file is wanted, and the answer names our row, not the provider's file."""
    judged = turn.judged
    if judged.verdict is not Verdict.ANSWER or turn.inbound.kind is not InboundKind.MEDIA:
        return
    for place, file in enumerate(turn.inbound.media):
        if file.ref == judged.value:
            row = _wanted(turn, place)
            turn.judged = replace(judged, value=f"media:{row.id}" if row is not None else "")


def want_for_staff(turn: Turn) -> None:
    """After the turn: what was handed over to the team is wanted too."""
    if turn.inbound.kind is not InboundKind.MEDIA:
        return
    waits = sa.select(HandOver.id).where(
        HandOver.participant_id == turn.participant.id, HandOver.reason == "media", HandOver.state == "open"
    )
    if turn.session.scalar(waits) is None:
        return
    for place, file in enumerate(turn.inbound.media):
        if file.kind is not MediaKind.STICKER:
            _wanted(turn, place)


def _wanted(turn: Turn, place: int) -> MediaFile | None:
    if turn.participant.status in NOT_YET or turn.inbox_id is None:
        return None
    known = turn.session.scalar(
        sa.select(MediaFile).where(MediaFile.inbox_id == turn.inbox_id, MediaFile.place == place)
    )
    if known is not None:
        return known
    file = turn.inbound.media[place]
    too_big = file.size is not None and file.size > LIMIT
    row = MediaFile(
        participant_id=turn.participant.id,
        inbox_id=turn.inbox_id,
        place=place,
        channel=turn.channel.value,
        kind=file.kind.value,
        mime=file.mime,
        ref=file.ref,
        state="refused" if too_big else "wanted",
        reason="size" if too_big else None,
        next_at=turn.now,
        created_at=turn.now,
    )
    turn.session.add(row)
    turn.session.flush()
    return row


class MediaStore:
    """``step`` fetches what is wanted; ``read`` opens a stored file; ``sweep`` removes what belongs to nobody."""

    def __init__(
        self,
        database: Database,
        adapters: Mapping[Channel, ChannelAdapter],
        clock: Clock,
        folder: Path,
        *,
        transcriber: Transcriber | None = None,
        receive: Callable[[Inbound], bool] = lambda inbound: False,
    ) -> None:
        self._database = database
        self._sources = {c.value: cast(FileSource, a) for c, a in adapters.items() if hasattr(a, "fetch")}
        self._clock = clock
        self._folder = folder
        self._transcriber = transcriber
        self._receive = receive

    async def step(self) -> int:
        """How many files were fetched or given up; a batch at most."""
        with self._database.read() as session:
            due = session.scalars(
                sa.select(MediaFile)
                .where(MediaFile.state == "wanted", MediaFile.next_at <= self._clock())
                .order_by(MediaFile.id)
                .limit(BATCH)
            ).all()
        for row in due:
            await self._fetch(row)
        return len(due)

    def read(self, session: Session, media_id: int) -> bytes:
        """The file as she sent it. Raises LookupError when it is not stored. Who calls writes the read log."""
        row = session.get(MediaFile, media_id)
        if row is None or row.state != "stored" or row.name is None:
            raise LookupError("no such file")
        return self._database.cipher.open_bytes((self._folder / row.name).read_bytes())

    def sweep(self) -> int:
        """Remove files whose row is gone; returns how many."""
        if not self._folder.is_dir():
            return 0
        with self._database.read() as session:
            known = set(session.scalars(sa.select(MediaFile.name).where(MediaFile.name.is_not(None))))
        before = (self._clock() - UNKNOWN_AFTER).timestamp()
        gone = [p for p in self._folder.iterdir() if p.name not in known and p.stat().st_mtime < before]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    async def _fetch(self, row: MediaFile) -> None:
        source = self._sources.get(row.channel)
        try:
            if source is None or not row.ref:
                raise FileRefused("gone")
            if row.mime and row.mime not in TYPES:
                raise FileRefused("type")
            data = await source.fetch(row.ref, LIMIT)
        except FileRefused as error:
            self._close(row.id, "refused", str(error))
            return
        except FileUnavailable as error:
            log.warning("a file could not be fetched: channel=%s error=%s", row.channel, error)
            self._later(row.id)
            return
        except Exception as error:
            # one file must not keep the others waiting; the error's text may hold its address
            log.error("a file could not be fetched: channel=%s error=%s", row.channel, type(error).__name__)
            self._later(row.id)
            return
        name = self._write(data)
        if not self._stored(row.id, name, len(data)):
            (self._folder / name).unlink(missing_ok=True)
            return
        if row.kind == MediaKind.AUDIO and self._transcriber is not None:
            self._heard(row, data, self._transcriber)

    def _write(self, data: bytes) -> str:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = secrets.token_hex(16)
        sealed = self._database.cipher.seal_bytes(data)
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
        return name

    def _stored(self, media_id: int, name: str, size: int) -> bool:
        with self._database.write() as session:
            row = session.get(MediaFile, media_id)
            if row is None or row.state != "wanted":
                return False
            row.state, row.name, row.size, row.ref = "stored", name, size, None
            return True

    def _close(self, media_id: int, state: str, reason: str) -> None:
        with self._database.write() as session:
            row = session.get(MediaFile, media_id)
            if row is not None:
                row.state, row.reason, row.ref = state, reason[:20], None

    def _later(self, media_id: int) -> None:
        with self._database.write() as session:
            row = session.get(MediaFile, media_id)
            if row is None:
                return
            if row.attempts >= len(PAUSES):
                row.state, row.reason = "lost", "unavailable"
                return
            row.next_at = self._clock() + PAUSES[row.attempts]
            row.attempts += 1

    def _heard(self, row: MediaFile, data: bytes, transcriber: Transcriber) -> None:
        with self._database.read() as session:
            person = session.get(Participant, row.participant_id)
            inbox = session.get(InboxRow, row.inbox_id)
            payload = inbox.payload if inbox is not None else None
        if person is None or payload is None:
            return
        try:
            text = transcriber.transcribe(data, row.mime, person.language).strip()
        except Exception as error:
            log.warning("a recording could not be transcribed: %s", type(error).__name__)
            return
        if text:
            said = Inbound.from_json(payload)
            # an id of its own, so that a second pass changes nothing
            self._receive(
                replace(
                    said,
                    external_id=f"voice-{row.id}",
                    kind=InboundKind.TEXT,
                    text=text,
                    media=(),
                    press_id="",
                )
            )


def files_of(session: Session, participant_id: str) -> list[MediaFile]:
    """Her files, newest first: for her page in the console."""
    return list(
        session.scalars(
            sa.select(MediaFile)
            .where(MediaFile.participant_id == participant_id)
            .order_by(MediaFile.id.desc())
        )
    )


def due_since(session: Session, now: datetime) -> int:
    """How many wanted files wait: for ``doctor``."""
    waiting = sa.select(sa.func.count()).where(MediaFile.state == "wanted", MediaFile.next_at <= now)
    return session.scalar(waiting) or 0
