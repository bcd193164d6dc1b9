"""Two records that are one woman become one, and can be told apart again.

Everything that hangs on a participant moves: addresses, messages, answers, consents, referrals. Where both have
the same thing (an answer to the same question), the kept record's stays in force and the other is set aside with the
merge. A stop on either side holds for the person. Nothing is lost: :func:`undo` puts it back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.store.channel_tables import MediaFile, Merge, Profile
from bot.store.followup_tables import Completion, Nudge
from bot.store.tables import (
    AddressRow,
    Answer,
    Base,
    Consent,
    Conversation,
    DataRequest,
    HandOver,
    InboxRow,
    OutboxRow,
    Participant,
    Referral,
    RestrictedAnswer,
    SurveyRunRow,
    TrackerEvent,
)

# table and the columns that must stay unique within one person; where there are none, everything moves
_HERS: tuple[tuple[type[Base], tuple[str, ...]], ...] = (
    (AddressRow, ()),
    (InboxRow, ()),
    (OutboxRow, ()),
    (Consent, ()),
    (DataRequest, ()),
    (HandOver, ()),
    (Referral, ("barrier", "opened_at")),
    (MediaFile, ()),
    (Profile, ("address_id",)),
    (Completion, ()),
    (SurveyRunRow, ("survey", "wave")),
    (Answer, ("survey", "wave", "question")),
    (RestrictedAnswer, ("survey", "wave", "question")),
    (Nudge, ("wave", "attempt")),
)
# taken over where the kept record has nothing
_FILLED = (
    "country", "region", "municipality", "centre", "name", "source", "consent_version", "consented_at",
    "enrolled_at", "pathway", "level", "modality", "completed_at",
)  # fmt: skip
_RANK = (
    "deleted",
    "refused",
    "new",
    "withdrawn",
    "consented",
    "enrolled",
    "in_course",
    "completed",
    "alumna",
)


class CannotMerge(Exception):
    """The two records cannot be merged, or the merge cannot be taken back; the message says why."""


def which_stays(one: Participant, other: Participant) -> tuple[Participant, Participant]:
    """The record to keep and the one to take in: the one that got further, else the older."""
    first, second = sorted((one, other), key=lambda p: (-_RANK.index(p.status), p.created_at, p.id))
    return first, second


def merge(session: Session, kept: Participant, merged: Participant, by: str, now: datetime) -> Merge:
    """Make ``merged`` part of ``kept``, in the caller's transaction. Raises CannotMerge."""
    if kept.id == merged.id:
        raise CannotMerge("they are one record already")
    if "deleted" in (kept.status, merged.status):
        raise CannotMerge("one of them asked to be forgotten")
    session.flush()
    moved: dict[str, Any] = {"rows": {}, "set_aside": {}, "person": _row(merged), "before": _row(kept)}
    conversation = session.get(Conversation, merged.id)
    moved["conversation"] = _row(conversation) if conversation is not None else None
    for table, unique in _HERS:
        taken = _keys(session, table, unique, kept.id) if unique else set()
        for row in session.scalars(sa.select(table).where(_owner(table) == merged.id)).all():
            if unique and tuple(getattr(row, name) for name in unique) in taken:
                moved["set_aside"].setdefault(table.__tablename__, []).append(_row(row))
                session.delete(row)
            else:
                moved["rows"].setdefault(table.__tablename__, []).append(row.id)  # type: ignore[attr-defined]
                row.participant_id = kept.id  # type: ignore[attr-defined]
    _fill(kept, merged, now)
    session.flush()
    # the dialogue goes on in the kept record's conversation; what Rasa remembered of the other is worked out anew
    session.execute(sa.delete(TrackerEvent).where(TrackerEvent.sender_id == merged.id))
    if conversation is not None:
        session.delete(conversation)
    session.flush()
    session.delete(merged)
    record = Merge(kept_id=kept.id, merged_id=merged.id, by=by, moved=moved, at=now)
    session.add(record)
    session.flush()
    return record


def undo(session: Session, merge_id: int, now: datetime) -> Participant:
    """Take a merge back: the record made again. What came in since stays with the kept one.

    A stop stays on both: who asked for silence is not written to because staff mended a record. Raises
    CannotMerge.
    """
    record = session.get(Merge, merge_id)
    if record is None or record.undone_at is not None:
        raise CannotMerge("no such merge, or it was taken back already")
    kept = session.get(Participant, record.kept_id)
    if kept is None or kept.status == "deleted":
        raise CannotMerge("the record is gone")
    moved = record.moved
    person = Participant(**_values(Participant, moved["person"]))
    person.opted_out_at = person.opted_out_at or kept.opted_out_at
    session.add(person)
    session.flush()
    fresh = {"participant_id": person.id, "held_by": "bot", "misses": 0, "unclear": 0}
    session.add(
        Conversation(**(_values(Conversation, moved["conversation"]) if moved["conversation"] else fresh))
    )
    tables = {table.__tablename__: table for table, _ in _HERS}
    for name, ids in moved["rows"].items():
        table: Any = tables[name]
        back = sa.update(table).where(table.id.in_(ids), table.participant_id == kept.id)
        session.execute(back.values(participant_id=person.id))
    for name, rows in moved["set_aside"].items():
        session.add_all([tables[name](**_values(tables[name], row)) for row in rows])
    for name in (*_FILLED, "status", "discreet"):
        # only what the merge itself changed: later changes are hers
        before = _values(Participant, {name: moved["before"][name]})[name]
        taken = _values(Participant, {name: moved["person"][name]})[name]
        if getattr(kept, name) == taken:
            setattr(kept, name, before)
    kept.updated_at = record.undone_at = now
    session.flush()
    return person


def _fill(kept: Participant, merged: Participant, now: datetime) -> None:
    for name in _FILLED:
        if getattr(kept, name) is None:
            setattr(kept, name, getattr(merged, name))
    stops = [at for at in (kept.opted_out_at, merged.opted_out_at) if at is not None]
    kept.opted_out_at = max(stops) if stops else None
    # whoever was discreet in one place must be in both
    kept.discreet = kept.discreet or merged.discreet
    kept.updated_at = now


def _owner(table: type[Base]) -> Any:
    return table.participant_id  # type: ignore[attr-defined]


def _keys(session: Session, table: type[Base], unique: tuple[str, ...], owner: str) -> set[tuple[Any, ...]]:
    columns = [getattr(table, name) for name in unique]
    return {tuple(row) for row in session.execute(sa.select(*columns).where(_owner(table) == owner))}


def _row(row: Any) -> dict[str, Any]:
    """A row as JSON takes it; instants as text."""
    values = {column.key: getattr(row, column.key) for column in sa.inspect(type(row)).column_attrs}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


def _values(table: type[Base], data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        kind = sa.inspect(table).columns[key].type.__class__.__name__
        found[key] = datetime.fromisoformat(value) if kind == "Instant" and isinstance(value, str) else value
    return found
