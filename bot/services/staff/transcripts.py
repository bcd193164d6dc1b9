"""A conversation as lines to read, with the words left out that this reader may not see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.core.messages import Inbound, InboundKind, Outbound
from bot.services.staff.secrecy import restricted_messages
from bot.services.world import World
from bot.store.tables import InboxRow, OutboxRow


@dataclass(frozen=True)
class Line:
    """One message of a transcript. ``text`` is empty when it is not shown or no longer kept."""

    id: int
    inbound: bool
    at: datetime
    text: str
    kind: str
    state: str
    intent: str | None = None
    confidence: float | None = None
    for_review: bool = False
    kept: bool = True
    secret: bool = False
    """restricted, and not for this reader"""
    by_staff: bool = False
    error: str = ""


def transcript(
    session: Session, world: World, participant_id: str, *, shown: bool, restricted: bool, last: int = 200
) -> list[Line]:
    """Her latest messages and ours in order; without ``shown`` everything but the words.

    ``restricted`` says whether the focal point reads: without it those lines stay without words.
    """
    secret = restricted_messages(session, world, participant_id)
    inbound = session.scalars(
        sa.select(InboxRow)
        .where(InboxRow.participant_id == participant_id)
        .order_by(InboxRow.id.desc())
        .limit(last)
    )
    outbound = session.scalars(
        sa.select(OutboxRow)
        .where(OutboxRow.participant_id == participant_id)
        .order_by(OutboxRow.id.desc())
        .limit(last)
    )
    lines = [_in(row, shown, row.id in secret.inbox and not restricted) for row in inbound]
    lines += [_out(row, shown, row.id in secret.outbox and not restricted) for row in outbound]
    return sorted(lines, key=lambda line: (line.at, not line.inbound, line.id))[-last:]


def said(row: InboxRow) -> str:
    """What she wrote or pressed, as text; the kind in brackets where there are no words."""
    if row.payload is None:
        return ""
    inbound = Inbound.from_json(row.payload)
    if inbound.kind is InboundKind.LOCATION:
        return "[location]"
    if inbound.kind is InboundKind.CONTACT:
        return inbound.phone or "[contact]"
    if inbound.media:
        kinds = " ".join(f"[{media.kind.value}]" for media in inbound.media)
        return f"{kinds} {inbound.text}".strip()
    return inbound.text or f"[{inbound.kind.value}]"


def _in(row: InboxRow, shown: bool, secret: bool) -> Line:
    return Line(
        id=row.id,
        inbound=True,
        at=row.received_at,
        text=said(row) if shown and not secret else "",
        kind=row.kind,
        state=row.state,
        intent=None if secret else row.intent,
        confidence=None if secret else row.confidence,
        for_review=row.for_review,
        kept=row.payload is not None,
        secret=secret,
        error=row.error or "",
    )


def _out(row: OutboxRow, shown: bool, secret: bool) -> Line:
    text = Outbound.from_json(row.content).text if shown and not secret and row.content is not None else ""
    return Line(
        id=row.id,
        inbound=False,
        at=row.sent_at or row.created_at,
        text=text,
        kind=row.kind,
        state=row.state,
        kept=row.content is not None,
        secret=secret,
        by_staff=row.kind == "staff",
        error=row.error_code or "",
    )
