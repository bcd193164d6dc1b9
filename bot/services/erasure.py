"""Forgetting a person: everything that is hers goes, and what must stay says nothing about her."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.profiles import let_go
from bot.store.channel_tables import MediaFile, Merge
from bot.store.console_tables import ReadLog
from bot.store.followup_tables import Completion, Nudge
from bot.store.tables import (
    AddressRow,
    Answer,
    Conversation,
    DataRequest,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    Referral,
    Refusal,
    RestrictedAnswer,
    SurveyRunRow,
    TrackerEvent,
)

_HERS = (
    MediaFile,
    Nudge,
    Completion,
    Answer,
    RestrictedAnswer,
    SurveyRunRow,
    Referral,
    HandOver,
    AddressRow,
    Conversation,
)
_PERSONAL = (
    "name", "region", "municipality", "centre", "source", "consent_version", "consented_at", "enrolled_at",
    "pathway", "level", "modality", "completed_at",
)  # fmt: skip


def erase(session: Session, participant: Participant, reason: str, now: datetime) -> None:
    """Erase all that is hers, in the caller's transaction.

    Stay: the consent ledger and data requests under her random id (proof, PRV-06), one row that it happened,
    the providers' ids of messages (so that a repeat is still recognised), and messages still to be sent to
    her, which are emptied once sent. ``reason``: ``refused under_18 other_country deleted``.
    """
    mine = participant.id
    let_go(session, mine)
    for table in _HERS:
        session.execute(sa.delete(table).where(table.participant_id == mine))  # type: ignore[attr-defined]
    # that staff read of her is the proof and stays; what they noted about her does not
    taken_in = sa.select(Merge.merged_id).where(Merge.kept_id == mine)
    hers = sa.or_(ReadLog.participant_id == mine, ReadLog.participant_id.in_(taken_in))
    session.execute(sa.update(ReadLog).where(hers).values(note=None))
    # a merge keeps what it set aside; the files themselves go with the next sweep
    session.execute(sa.delete(Merge).where(Merge.kept_id == mine))
    session.execute(sa.delete(TrackerEvent).where(TrackerEvent.sender_id == mine))
    session.execute(
        sa.update(InboxRow)
        .where(InboxRow.participant_id == mine)
        .values(payload=None, intent=None, language=None, address_id=None, participant_id=None)
    )
    # rows that were waiting for their turn have nothing left to say
    session.execute(
        sa.update(InboxRow)
        .where(InboxRow.payload.is_(None), InboxRow.state == "waiting")
        .values(state="done", done_at=now)
    )
    done = ("sent", "delivered", "read", "failed", "unknown", "cancelled")
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.participant_id == mine, OutboxRow.state.in_(done))
        .values(content=None, send_to=None, participant_id=None)
    )
    session.execute(sa.update(OutboxRow).where(OutboxRow.participant_id == mine).values(erase_when_sent=True))
    for column in _PERSONAL:
        setattr(participant, column, None)
    participant.country = None
    participant.discreet = False
    participant.status = "deleted" if reason == "deleted" else "refused"
    participant.opted_out_at = participant.updated_at = now
    session.add(Refusal(reason=reason, channel=participant.channel, at=now))
    if reason != "deleted":
        session.execute(sa.delete(DataRequest).where(DataRequest.participant_id == mine))
